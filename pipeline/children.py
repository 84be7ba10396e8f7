"""Two ends of a pipe between a process and the programs of ours that it starts.

The parent sends one line of JSON a request; the child answers with frames: their length in eight bytes, then the bytes.
A child ends with its parent, however that ends, and takes along what it has started itself.
"""

from __future__ import annotations

import contextlib
import gc
import json
import logging
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from pipeline import private_log
from pipeline.errors import EnvironmentProblem

ROOT = Path(__file__).resolve().parent.parent
MAX_FRAME_BYTES = 256 << 20
ONE_THREAD = dict.fromkeys(
    ("OMP_THREAD_LIMIT", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENCV_FOR_THREADS_NUM"), "1"
)
"""Variables that keep every library of a child to one thread: there is a child for each core already."""

_ORPHAN_SECONDS = 1.0

Message = dict[str, Any]


class Ended(Exception):
    """A child ended without an answer: by signal `signal`, by itself (0), or because it was too slow (None)."""

    def __init__(self, signal_number: int | None) -> None:
        super().__init__(signal_number)
        self.signal = signal_number


class Child:
    """The parent's end: a started program, in a session of its own so that Ctrl-C stays the parent's.

    Raises:
        EnvironmentProblem: the system starts no more processes.
    """

    def __init__(self, program: Sequence[str], *, environ: Mapping[str, str], folder: Path, opening: Message) -> None:
        try:
            self._process = subprocess.Popen(
                program,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                cwd=folder,
                env={**environ, "PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1"},
                start_new_session=True,
            )
        except OSError as error:
            raise EnvironmentProblem(
                f"无法启动子进程：{error.strerror}。请检查 Python 安装和进程数限制（ulimit -u）。",
                f"No child process can be started: {error.strerror}. Check the Python installation and `ulimit -u`.",
            ) from error
        self.send({**opening, "parent": os.getpid()})

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def send(self, message: Message) -> None:
        """Sends a request; a child that has gone is noticed by its silence."""
        with contextlib.suppress(OSError, ValueError):
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps(message).encode("ascii") + b"\n")
            self._process.stdin.flush()

    def receive(self, deadline: float | None = None) -> bytes:
        """The next frame.

        Raises:
            Ended: there will be none, or none before `deadline` on the monotonic clock.
        """
        size = int.from_bytes(self._receive(8, deadline), "big")
        if size > MAX_FRAME_BYTES:
            raise Ended(0)
        return self._receive(size, deadline)

    def ask_to_end(self) -> None:
        """Tells the child that nobody wants more than what it is doing."""
        self._process.terminate()

    def wait_for_end(self, seconds: float) -> None:
        """Says that there are no more requests, and gives the child time to end by itself."""
        with contextlib.suppress(OSError):
            assert self._process.stdin is not None
            self._process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)

    def end(self) -> None:
        """Ends the process and everything it started, at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):  # an unsent rest is nobody's any more
                assert pipe is not None
                pipe.close()
        self._process.wait()

    def _receive(self, size: int, deadline: float | None) -> bytes:
        assert self._process.stdout is not None
        handle, found, watch = self._process.stdout.fileno(), bytearray(), select.poll()
        watch.register(handle, select.POLLIN)
        while len(found) < size:
            left = None if deadline is None else max(0.0, deadline - time.monotonic()) * 1000
            if not watch.poll(left):
                raise Ended(None)
            piece = os.read(handle, min(size - len(found), 1 << 20))
            if not piece:
                raise Ended(-min(0, self._process.wait()))
            found += piece
        return bytes(found)


def serve(answer: Callable[[Message], Iterable[bytes]], *, opened: Callable[[Message], None]) -> int:
    """The child's end: `opened` gets the first message, `answer` each further one; ends when the parent has no more."""
    frames = _own_output()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to end
    gc.set_threshold(200_000, 50, 100)
    private_log.set_up(logging.WARNING)
    private_log.keep_unhandled_private()
    requests = sys.stdin.buffer
    opening = json.loads(requests.readline() or b"{}")
    if not opening:
        return 0
    opened(opening)
    threading.Thread(target=_end_with_parent, args=(opening["parent"],), daemon=True).start()
    try:
        for line in requests:
            for frame in answer(json.loads(line)):
                frames.write(len(frame).to_bytes(8, "big") + frame)
                frames.flush()
    except BrokenPipeError:  # the parent has gone; nobody is left to tell
        os.dup2(os.open(os.devnull, os.O_WRONLY), frames.fileno())
    return 0


def _own_output() -> BinaryIO:
    """The frames' way out; from now on whatever prints by itself prints to standard error."""
    frames = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return frames


def _end_with_parent(parent: int) -> None:
    """Ends this process and what it started when the parent has gone, however that happened."""
    while os.getppid() == parent:
        time.sleep(_ORPHAN_SECONDS)
    os.killpg(os.getpgrp(), signal.SIGKILL)
