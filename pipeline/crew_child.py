"""The program that `pipeline.crew` starts: prepares filings of the ledger, or folders of a batch, one at a time.

It opens its desk with the first job and keeps it, so that readers stay warm from filing to filing. Asked to end
(SIGTERM), it finishes the filing in work.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from pipeline import children, confinement
from pipeline.children import Message

if TYPE_CHECKING:
    from pipeline.batch_run import BatchRun
    from pipeline.work import Desk

_open = contextlib.ExitStack()
_end = {"asked": False}


def main() -> int:
    """Answers jobs until the parent has no more."""
    signal.signal(signal.SIGTERM, _ask_to_end)
    with _open:
        return children.serve(_work, opened=lambda _opening: confinement.leave_no_core_file())


def _ask_to_end(_number: int, _frame: FrameType | None) -> None:
    _end["asked"] = True


def _work(job: Message) -> Iterator[bytes]:
    answers = {"drain": _drain, "read": _read, "finish": _finish}[job["job"]](job)
    for answer in answers:
        yield json.dumps(answer).encode("ascii")


def _drain(job: Message) -> Iterator[Message]:
    """An answer a prepared filing, and one when none is ready."""
    from pipeline import drain, work

    desk, today = _desk(), date.fromisoformat(job["today"]) if job["today"] else None
    rules = work.rules_of(desk)

    def prepare(filing: str) -> work.Outcome:
        return work.prepare_filing(desk, filing, today=today, rules=rules)

    for outcome in drain.drain_each(desk.ledger, prepare, stop=lambda: _end["asked"], is_patient=job["is_patient"]):
        yield outcome.as_message()
    yield {"done": True}


@lru_cache(maxsize=1)
def _desk() -> Desk:
    from pipeline import work

    return _open.enter_context(work.open_desk({**os.environ, "BEIANBOX_WORKERS": "1"}))


def _read(job: Message) -> Iterator[Message]:
    case = os.fsdecode(bytes.fromhex(job["case"]))
    yield _batch().read(job["number"], Path(case), date.fromisoformat(job["today"]))


def _finish(job: Message) -> Iterator[Message]:
    yield _batch().finish(job["number"], Path(os.fsdecode(bytes.fromhex(job["out"]))), job["others"])


@lru_cache(maxsize=1)
def _batch() -> BatchRun:
    from pipeline.batch_run import BatchRun

    return _open.enter_context(BatchRun({**os.environ, "BEIANBOX_WORKERS": "1"}))


if __name__ == "__main__":
    sys.exit(main())
