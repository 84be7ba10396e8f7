"""The program that `pipeline.workers` starts: reads one file after another under limits, until its input ends.

A request is one line of JSON; an answer is its length in eight bytes and then the pickled `Reading`. The parent
takes nothing but readings out of the pickle (see `workers.unpack`). What a library prints goes to standard error.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import pickle
import signal
import sys
import threading
import time
from typing import Any, BinaryIO

from pipeline import confinement, private_log

_ORPHAN_SECONDS = 1.0


def main() -> int:
    """Confines itself by the first line of input, then answers each further line."""
    answers = _own_output()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to end
    gc.set_threshold(200_000, 50, 100)
    private_log.set_up(logging.WARNING)
    requests = sys.stdin.buffer
    opening = json.loads(requests.readline() or b"{}")
    if not opening:
        return 0
    confinement.confine(opening["memory_bytes"])
    threading.Thread(target=_end_with_parent, args=(opening["parent"],), daemon=True).start()
    for line in requests:
        _send(answers, _read(json.loads(line)))
    return 0


def _own_output() -> BinaryIO:
    """The answers' way out; from now on whatever prints by itself prints to standard error."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


def _read(request: dict[str, Any]) -> bytes:
    from pathlib import Path

    from pipeline.reading import read_file

    confinement.allow_cpu(request["cpu_seconds"])
    reading = read_file(
        Path(os.fsdecode(bytes.fromhex(request["path"]))),
        name=request["name"],
        sha256=request["sha256"],
        engine=request["engine"],
    )
    return pickle.dumps(reading, protocol=5)


def _send(answers: BinaryIO, answer: bytes) -> None:
    answers.write(len(answer).to_bytes(8, "big") + answer)
    answers.flush()


def _end_with_parent(parent: int) -> None:
    """Ends this process and what it started when the parent has gone, however that happened."""
    while os.getppid() == parent:
        time.sleep(_ORPHAN_SECONDS)
    os.killpg(os.getpgrp(), signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
