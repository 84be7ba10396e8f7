"""One line on the terminal that says how far a long run is; nothing where nobody looks."""

from __future__ import annotations

import sys
import time
from typing import TextIO

_WIDTH = 24


class Progress:
    """`[####....] 12/200  3.1/s` on standard error, kept up to date; silent where that is no terminal."""

    def __init__(self, total: int, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._total, self._done, self._began = total, 0, time.monotonic()
        self._is_shown = self._stream.isatty() and total > 1

    def __enter__(self) -> Progress:
        self._draw()
        return self

    def __exit__(self, *_error: object) -> None:
        self._wipe()

    def step(self) -> None:
        """One more is done; the caller may print a line after it."""
        self._done += 1
        self._total = max(self._total, self._done)
        self._wipe()
        self._draw()

    def _draw(self) -> None:
        if not self._is_shown:
            return
        filled = _WIDTH * self._done // self._total
        rate = self._done / max(0.001, time.monotonic() - self._began)
        bar = "#" * filled + "." * (_WIDTH - filled)
        self._stream.write(f"[{bar}] {self._done}/{self._total}  {rate:.1f}/s")
        self._stream.flush()

    def _wipe(self) -> None:
        if self._is_shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
