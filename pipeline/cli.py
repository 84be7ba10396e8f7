"""The command `beianbox`: the one place that turns errors into messages and exit codes.

Arguments stand in `pipeline/cli_parser.py`, what each command does in `pipeline/cli_commands.py`.
Exit codes: 0 fine, 1 finished but a person is needed, 2 wrong usage, 3 environment, 4 our own error.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import sys
from collections.abc import Sequence

from pipeline import private_log
from pipeline.cli_parser import build_parser
from pipeline.errors import FilingError

INTERNAL = 4

log = logging.getLogger("beianbox")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; the only place that turns errors into exit codes."""
    # start-up builds many long-lived objects; looking through them for garbage costs a tenth of a small run
    gc.set_threshold(200_000, 50, 100)
    arguments = list(sys.argv[1:] if argv is None else argv)
    as_json = "--json" in arguments
    if argv is None:  # a program of its own, not a test that calls it
        private_log.keep_unhandled_private()
    try:
        parsed = build_parser().parse_args(arguments)
        _set_up_logging(parsed.verbose)
        code = parsed.run(parsed)
        sys.stdout.flush()
        return int(code)
    except FilingError as problem:
        _tell_problem(problem.code, problem.zh, problem.en, as_json)
        return problem.exit_code
    except BrokenPipeError:
        # the reader of our output has gone (`| head`): nobody is left to tell
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    except Exception as bug:
        log.exception("internal error")
        word = type(bug).__name__
        _tell_problem(
            "internal",
            f"程序内部错误（{word}），请把日志交给开发者。",
            f"Internal error ({word}); please report the log.",
            as_json,
        )
        return INTERNAL


def _set_up_logging(verbose: bool) -> None:
    private_log.set_up(logging.INFO if verbose else logging.WARNING)


def _tell_problem(code: str, zh: str, en: str, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"error": {"code": code, "message": {"zh": zh, "en": en}}}, ensure_ascii=False))
    print(zh, en, sep="\n", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
