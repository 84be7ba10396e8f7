"""Reads files in child processes, one a processor core, under limits: the only way strangers' files are opened.

A child is a fresh interpreter (`pipeline.reader_child`) that stays warm from file to file. It may use so much memory
and time, may write only small files, and has no network (see `pipeline.confinement`). A child that is killed, hangs or
goes over a limit costs its one file a finding; a new child goes on with the next. A crash or a stall is tried once
more with no other reader running, since a machine short of memory kills the innocent too.

Starting costs about a tenth of a second a child, and none is started before there is a file for it.
"""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol

from pipeline import children, held_folders
from pipeline.children import Ended
from pipeline.model import Failure, Text
from pipeline.reading import Reading

if TYPE_CHECKING:
    from pipeline.settings import Settings

PROGRAM: tuple[str, ...] = (sys.executable, "-m", "pipeline.reader_child")
FILES_A_CHILD = 500
"""A child that has read so many is replaced: no library is trusted to give back every byte."""

_SCRATCH = "beianbox-read-"
_KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TESSDATA_PREFIX", "LD_LIBRARY_PATH", "TZ")
_READABLE = frozenset(
    {
        ("pipeline.reading", "Reading"),
        ("pipeline.model", "Failure"),
        ("pipeline.model", "Text"),
        ("extractors.paper", "Paper"),
        ("extractors.paper", "FieldReading"),
        ("extractors.paper", "ImageFacts"),
        ("extractors.paper", "PortraitFacts"),
        ("extractors.archives", "Member"),
    }
)


class Source(Protocol):
    """A file to read: `pipeline.source_file.SourceFile` is one."""

    @property
    def name(self) -> str:
        """Its name for people."""

    @property
    def path(self) -> Path:
        """Where its bytes lie."""

    @property
    def sha256(self) -> str:
        """Their SHA-256."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost: address space in bytes, and seconds of processor time; 0 means no limit.

    The clock on the wall may take twice those seconds, for a machine that has more to do.
    """

    memory_bytes: int = 2 << 30
    seconds: int = 300

    @property
    def wall_seconds(self) -> float | None:
        """Seconds on the clock until a child counts as hung."""
        return self.seconds * 2.0 if self.seconds else None


def cores() -> int:
    """The processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Readers:
    """Up to `count` warm children (0: one a core); safe to share between threads; close it when done."""

    def __init__(self, count: int = 0, limits: Limits | None = None) -> None:
        self.count = count or cores()
        self.limits = limits or Limits()
        self._idle: list[_Child] = []
        self._gate = _Gate(self.count)
        self._scratch: _Scratch | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Readers:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _where: TracebackType | None
    ) -> None:
        self.close()

    def read_all(self, files: Sequence[Source], *, engine: str = "auto") -> tuple[Reading, ...]:
        """What each file says, in the order given."""
        return tuple(self.read_each(files, engine=engine))

    def read_each(self, files: Sequence[Source], *, engine: str = "auto") -> Iterator[Reading]:
        """The same one by one, as soon as a reading and all before it are there."""
        if len(files) < 2 or self.count < 2:
            for file in files:
                yield self.read_one(file, engine=engine)
            return
        with ThreadPoolExecutor(min(self.count, len(files))) as pool:
            yield from pool.map(lambda file: self.read_one(file, engine=engine), files)

    def read_one(self, file: Source, *, engine: str = "auto", place: Path | None = None) -> Reading:
        """What one file says; a child that ends without an answer becomes the reading's failure.

        An archive is unpacked into the folder `place`.
        """
        try:
            with self._gate.shared():
                return self._ask(file, engine, place)
        except Ended as end:
            if not _worth_another_try(end):
                return _failed(file, end, self.limits)
        try:
            with self._gate.alone():
                self._end_idle()
                _empty(place)
                return self._ask(file, engine, place)
        except Ended as end:
            return _failed(file, end, self.limits)

    def close(self) -> None:
        """Ends all children and removes their temporary files."""
        self._end_idle()
        with self._lock:
            scratch, self._scratch = self._scratch, None
        if scratch is not None:
            scratch.remove()

    def _end_idle(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for child in idle:
            child.end()

    @contextlib.contextmanager
    def room(self) -> Iterator[Path]:
        """A private folder for what is unpacked, gone at the end; also swept when this process was killed."""
        with self._lock:
            scratch = self._scratch = self._scratch or _Scratch()
        folder = Path(tempfile.mkdtemp(prefix="unpacked-", dir=scratch.folder))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _ask(self, file: Source, engine: str, place: Path | None) -> Reading:
        child = self._take()
        try:
            reading = unpack(child.ask(file, engine, self.limits, place))
        except BaseException:
            child.end()
            raise
        self._give_back(child)
        return reading

    def _take(self) -> _Child:
        with self._lock:
            if self._idle:
                return self._idle.pop()
            if self._scratch is None:
                self._scratch = _Scratch()
            return _Child(self._scratch.folder, self.limits)

    def _give_back(self, child: _Child) -> None:
        with self._lock:
            if child.asked < FILES_A_CHILD and self._scratch is not None:
                self._idle.append(child)
                return
        child.end()


def readers_of(settings: Settings) -> Readers:
    """Readers as the settings want them; no child is started yet."""
    return Readers(settings.workers, Limits(settings.reader_memory_bytes, settings.reader_seconds))


class _Gate:
    """Lets `count` readers in at a time, or one alone."""

    def __init__(self, count: int) -> None:
        self._count, self._inside, self._waiting = count, 0, 0
        self._change = threading.Condition()

    @contextlib.contextmanager
    def shared(self) -> Iterator[None]:
        """One of several."""
        yield from self._inside_when(lambda: self._inside < self._count and not self._waiting, 1)

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else; whoever comes meanwhile waits."""
        with self._change:
            self._waiting += 1
        try:
            yield from self._inside_when(lambda: self._inside == 0, self._count)
        finally:
            with self._change:
                self._waiting -= 1
                self._change.notify_all()

    def _inside_when(self, may_enter: Callable[[], bool], places: int) -> Iterator[None]:
        with self._change:
            self._change.wait_for(may_enter)
            self._inside += places
        try:
            yield
        finally:
            with self._change:
                self._inside -= places
                self._change.notify_all()


class _Child:
    """One reader process with a temporary folder of its own."""

    def __init__(self, scratch: Path, limits: Limits) -> None:
        self.asked = 0
        self._folder = Path(tempfile.mkdtemp(dir=scratch))
        self.process = children.Child(
            PROGRAM,
            environ=_environment(self._folder),
            folder=self._folder,
            opening={"memory_bytes": limits.memory_bytes},
        )

    def ask(self, file: Source, engine: str, limits: Limits, place: Path | None) -> bytes:
        """The answer as it came.

        Raises:
            Ended: there will be none.
        """
        self.asked += 1
        request = {"path": _hex(file.path), "name": file.name, "sha256": file.sha256, "engine": engine}
        request["place"] = _hex(place) if place else ""
        deadline = None if limits.wall_seconds is None else time.monotonic() + limits.wall_seconds
        self.process.send({**request, "cpu_seconds": limits.seconds})
        return self.process.receive(deadline)

    def end(self) -> None:
        """Ends the process and removes its temporary files."""
        self.process.end()
        shutil.rmtree(self._folder, ignore_errors=True)


def _hex(path: Path) -> str:
    """A path that need not be UTF-8, for a message that must be."""
    return os.fsencode(path.absolute()).hex()


def _empty(place: Path | None) -> None:
    """Removes what an attempt that failed has left."""
    for left in place.iterdir() if place else ():
        left.unlink()


class _Scratch:
    """A private folder for the children's temporary files; those of parents that were killed are swept."""

    def __init__(self) -> None:
        held_folders.sweep(Path(tempfile.gettempdir()).glob(f"{_SCRATCH}*"))
        self.folder, self._handle = held_folders.make(None, _SCRATCH)

    def remove(self) -> None:
        """Removes the folder with whatever is in it."""
        shutil.rmtree(self.folder, ignore_errors=True)
        os.close(self._handle)


def _environment(scratch: Path) -> dict[str, str]:
    """What a reader may know: no secrets of the parent's, one thread in every library, its own temporary folder."""
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    return {**kept, **children.ONE_THREAD, "TMPDIR": str(scratch), "PYTHONUTF8": "1"}


class _ReadingUnpickler(pickle.Unpickler):
    """Makes readings and nothing else, whatever the bytes say: the child may have been taken over by a file."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _READABLE:
            raise pickle.UnpicklingError("not a part of a reading")
        return super().find_class(module, name)


def unpack(answer: bytes) -> Reading:
    """The reading in a child's answer.

    Raises:
        Ended: the bytes are no reading.
    """
    try:
        found = _ReadingUnpickler(io.BytesIO(answer)).load()
    except Exception as error:  # a damaged pickle may raise nearly anything
        raise Ended(0) from error
    if not isinstance(found, Reading):
        raise Ended(0)
    return found


def _worth_another_try(end: Ended) -> bool:
    """Whether a quieter machine may help; time on the processor is spent alike at any hour."""
    return end.signal != signal.SIGXCPU


def _failed(file: Source, end: Ended, limits: Limits) -> Reading:
    try:
        size = file.path.stat().st_size
    except OSError:
        size = 0
    return Reading(file.name, file.sha256, size, "unknown", failure=_failure(end, limits))


FAILURES = {
    "reader_timeout": "Reading took longer than `reader_seconds` and was ended.",
    "reader_crashed": "The reader process crashed on this file twice, or the system ended it for want of memory.",
    "out_of_memory": "Reading needs more memory than `reader_memory_bytes`.",
}
"""Codes of readings that a limit ended; for documentation."""


def _failure(end: Ended, limits: Limits) -> Failure:
    if end.signal in (None, signal.SIGXCPU):
        return Failure(
            "reader_timeout",
            Text(
                f"读取此文件超过时间上限（{limits.seconds} 秒处理器时间），已中止。请拆分、缩小或重新导出该文件；"
                "确需处理时可提高设置 reader_seconds。",
                f"Reading took longer than the limit ({limits.seconds} s of processor time) and was ended. Split the "
                "file, make it smaller or export it again; or raise the setting reader_seconds.",
            ),
        )
    word = signal.Signals(end.signal).name if end.signal in set(signal.Signals) else "exit"
    return Failure(
        "reader_crashed",
        Text(
            f"读取此文件时读取进程崩溃或被系统终止（{word}），文件可能已损坏或过大。请重新扫描、导出或缩小后再放入。",
            f"The reader process crashed on this file or was ended by the system ({word}): it may be damaged or too "
            "large. Scan or export it again, or make it smaller.",
        ),
    )
