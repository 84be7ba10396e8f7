"""Taking one file: into the store, into the ledger, then the original aside. Every step can be repeated.

Nothing is kept of a file that changes while it is copied. A file that is gone was taken by another consumer or
withdrawn by its sender; a file that cannot be read now waits. Neither is an error. The order of steps is the safety:
a process killed between any two of them leaves the original where it is or in `.taken`, and its bytes in the store.
"""

from __future__ import annotations

import errno
import hashlib
import os
import signal
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from pipeline.folders import Look, look_at
from pipeline.model import Text
from pipeline.names import NAME_BYTES, cut_name, display_name, display_path, raw_name, safe_name
from pipeline.rows import NOTHING, UNASSIGNED, Arrival, Incoming
from pipeline.store import Store

if TYPE_CHECKING:  # the ledger brings SQLAlchemy, which `beianbox run` does not need
    from pipeline.ledger import Ledger


TAKEN = ".taken"
_ID_BYTES = 60
BEING_WRITTEN = Text("等待：仍有程序在写入该文件", "Waiting: a program still has the file open for writing")
CHANGED = Text("等待：复制期间文件有变动", "Waiting: the file changed while it was copied")
OUTSIDE = Text("路径经链接指向收件箱之外，不读取", "The path leads out of the inbox by a link and is not read")


class Outcome(StrEnum):
    """How taking one file ended; `gone` is normal: another consumer or its sender was faster."""

    TAKEN = "taken"
    GONE = "gone"
    WAITING = "waiting"
    NEEDS_ATTENTION = "needs_attention"


@dataclass(frozen=True, slots=True)
class Received:
    """The result for one file; `arrival` is set when it is in the ledger, `reason` when something is to be said.

    `is_repeat` says that it had been recorded before, and only the original was still to be moved.
    """

    look: Look
    outcome: Outcome
    arrival: Arrival | None = None
    reason: Text = NOTHING
    is_repeat: bool = False


class Changed(Exception):
    """The file is not the one that was looked at any more, or someone is still writing it."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason.en)
        self.reason = reason


class Gone(Exception):
    """The file is not there any more: its sender or another consumer was faster."""


def filing_id(folder: str) -> str:
    """The filing a folder of the inbox stands for: its name made safe, and a short hash that keeps it unique.

    The same name in NFC and NFD, in UTF-8 and GB18030 is the same filing; a loose file belongs to `unassigned`.
    """
    if not folder:
        return UNASSIGNED
    name = display_name(raw_name(folder))
    return f"{safe_name(name, limit=_ID_BYTES)}-{hashlib.sha256(name.encode('utf-8')).hexdigest()[:8]}"


def receive(
    look: Look, store: Store, ledger: Ledger, inbox: Path, *, now: datetime, max_file_bytes: int | None = None
) -> Received:
    """Takes one settled file: into the store, into the ledger, then the original aside. Safe to repeat.

    Raises:
        StoreProblem: the disk has no room, or the store is not there; the file was not touched.
    """
    if max_file_bytes is not None and look.size > max_file_bytes:
        return Received(look, Outcome.NEEDS_ATTENTION, reason=_too_large(look.size, max_file_bytes))
    if not is_inside(inbox, look.path):
        return Received(look, Outcome.NEEDS_ATTENTION, reason=OUTSIDE)
    known = None if look.arrives_as else ledger.find_taking(raw_name(look.path), look.fingerprint)
    if known is not None and store.has(known[0].sha256):
        return replace(_finish(look, inbox, known[0].taken_raw, known[1]), is_repeat=True)
    try:
        incoming = _copy_in(look, store, inbox)
        # Looked at once more under the ledger's lock: a consumer that was held up must not record an older version
        # after a newer one, which would make the older one current.
        arrival = ledger.record_arrival(incoming, now, before_recording=lambda: _ensure_there(look, inbox))
    except Gone:
        return Received(look, Outcome.GONE)
    except Changed as change:
        return Received(look, Outcome.WAITING, reason=change.reason)
    except OSError as error:
        return Received(look, Outcome.WAITING, reason=_busy(error))
    return _finish(look, inbox, incoming.taken_raw, arrival)


def is_being_written(file: BinaryIO) -> bool | None:
    """Whether any process has an open file open for writing; None where the system cannot say.

    Linux grants a read lease only when nobody writes. It grants it to the owner of the file or with CAP_LEASE, on
    local file systems. The lease is given back at once; a writer who opens in between waits for microseconds.
    """
    try:
        import fcntl

        set_lease, set_signal = fcntl.F_SETLEASE, fcntl.F_SETSIG
    except (ImportError, AttributeError):
        return None
    try:
        # A lease broken while we hold it sends SIGIO, which would end this process; SIGURG is ignored by default.
        fcntl.fcntl(file, set_signal, signal.SIGURG)
        fcntl.fcntl(file, set_lease, fcntl.F_RDLCK)
        fcntl.fcntl(file, set_lease, fcntl.F_UNLCK)
    except BlockingIOError:
        return True
    except OSError:
        return None
    return False


def _copy_in(look: Look, store: Store, inbox: Path) -> Incoming:
    """Copies and hashes into the store; keeps nothing unless the file is still the one that was looked at."""
    with open_regular(inbox / look.path) as file:
        _ensure_unchanged(look, inbox, file)
        store.ensure_space(look.size)
        stored = store.put(file, before_keeping=lambda: _ensure_unchanged(look, inbox, file))
    return Incoming(
        sha256=stored.sha256,
        size=stored.size,
        filing=filing_id(look.folder),
        path_raw=raw_name(look.origin),
        path=display_path(look.origin),
        taken_raw=raw_name(_place_aside(look.origin, stored.sha256, inbox)),
        inode=look.inode,
        mtime_ns=look.mtime_ns,
    )


def open_regular(path: Path) -> BinaryIO:
    """Opens without following a link and without hanging on a pipe that took the file's place."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        return os.fdopen(os.open(path, flags), "rb")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise Gone from error


def _ensure_unchanged(look: Look, inbox: Path, file: BinaryIO) -> None:
    """Refuses when the path or the open file is not what was looked at, or someone is writing."""
    _ensure_there(look, inbox)
    opened = os.fstat(file.fileno())
    if look.fingerprint != (opened.st_ino, opened.st_size, opened.st_mtime_ns):
        raise Changed(CHANGED)
    if is_being_written(file):
        raise Changed(BEING_WRITTEN)


def _ensure_there(look: Look, inbox: Path) -> None:
    current = look_at(inbox, look.path)
    if current is None:
        raise Gone
    if current.fingerprint != look.fingerprint:
        raise Changed(CHANGED)


def is_inside(inbox: Path, path: str) -> bool:
    """Whether the folder of a path, with all links resolved, still lies in the inbox."""
    parent = os.path.realpath((inbox / path).parent)
    return Path(parent).is_relative_to(os.path.realpath(inbox))


def _place_aside(origin: str, sha256: str, inbox: Path) -> str:
    """Where an original is moved: `.taken/<folders>/<sha8>-<name>`, with a number where that is taken."""
    folders, _, name = origin.rpartition("/")
    parent = "/".join(part for part in (TAKEN, folders) if part)
    for count in range(1, 10_000):
        number = "" if count == 1 else f"{count}-"
        prefix = f"{sha256[:8]}-{number}"
        place = f"{parent}/{prefix}{os.fsdecode(cut_name(raw_name(name), NAME_BYTES - len(prefix)))}"
        if not os.path.lexists(inbox / place):
            return place
    raise OSError(errno.EEXIST, "ten thousand originals of the same name and content")


def _finish(look: Look, inbox: Path, taken_raw: bytes, arrival: Arrival) -> Received:
    """Moves the original aside, unless it changed meanwhile: then the next look takes the new version."""
    current = look_at(inbox, look.path)
    if current is None or current.fingerprint != look.fingerprint:
        return Received(look, Outcome.TAKEN, arrival)
    place = os.fsdecode(taken_raw)
    target = inbox / place
    try:
        if not is_inside(inbox, place):
            raise OSError(errno.ELOOP, "the folder is a link that leads out of the inbox")
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        (inbox / look.path).rename(target)
    except FileNotFoundError:
        return Received(look, Outcome.TAKEN, arrival)
    except OSError as error:
        return Received(look, Outcome.TAKEN, arrival, _immovable(error))
    return Received(look, Outcome.TAKEN, arrival)


def _too_large(size: int, limit: int) -> Text:
    return Text(
        f"文件过大：{size} 字节，上限 {limit} 字节。请压缩后重新放入，或提高 max_file_bytes",
        f"Too large: {size} bytes, the limit is {limit}. Send a smaller file or raise max_file_bytes",
    )


def _busy(error: OSError) -> Text:
    cause = error.strerror or type(error).__name__
    return Text(
        f"等待：暂时无法收取（{cause}）。请检查文件、网络盘和存储目录的权限，之后会自动重试",
        f"Waiting: cannot be taken now ({cause}). "
        "Check the rights of the file, the share and the store; it is tried again by itself",
    )


def _immovable(error: OSError) -> Text:
    cause = error.strerror or type(error).__name__
    return Text(
        f"文件已收取，但原件无法移到 {TAKEN}（{cause}）。请修改收件箱文件夹的写入权限",
        f"The file was taken, but its original cannot be moved to {TAKEN} ({cause}). "
        "Give write rights on the folders of the inbox",
    )
