"""Logging that keeps values out: of an exception it writes the kind and the places in the code, never the message.

A message may hold what a library was reading, and that may be a name or a number of a person. `reason` lines of our
own carry ids, codes and counts only.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from types import TracebackType

log = logging.getLogger("beianbox")

FORMAT = "%(levelname)s %(name)s: %(message)s"


class PrivateFormatter(logging.Formatter):
    """A formatter whose tracebacks name files, lines and kinds of errors, and nothing that was in a variable."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; what another formatter has kept of the error on the record is neither used nor changed."""
        kept, record.exc_text = record.exc_text, None
        try:
            return super().format(record)
        finally:
            record.exc_text = kept

    def formatException(
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        """The chain of errors, oldest first, each as its kind and where it passed."""
        return "\n".join(_shown(error) for error in _chain(ei[1]))


def set_up(level: int) -> None:
    """Sends all logging to standard error in this form."""
    logging.basicConfig(level=level, handlers=[_handler()])


def set_up_beside_framework(level: int) -> None:
    """Sends our own logging to standard error in this form, past the handlers of a framework that writes messages."""
    log.handlers, log.propagate = [_handler()], False
    log.setLevel(level)


def _handler() -> logging.Handler:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(PrivateFormatter(FORMAT))
    return handler


def keep_unhandled_private() -> None:
    """Writes errors that nobody caught in this form too, in place of Python's own traceback with its message."""
    sys.excepthook = lambda kind, error, trace: log.critical(
        "an error ended the program", exc_info=(kind, error, trace)
    )
    threading.excepthook = lambda args: log.critical("an error ended a thread", exc_info=args.exc_value)
    sys.unraisablehook = lambda args: log.error("an error was passed over", exc_info=args.exc_value)


def _chain(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return found[::-1]


def _shown(error: BaseException) -> str:
    kind = type(error)
    lines = [f"{kind.__module__}.{kind.__qualname__}"]
    lines += [f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    return "\n".join(lines)
