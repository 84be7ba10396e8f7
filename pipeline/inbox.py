"""The inbox: find files by looking, take them when they are whole, never delete, never lose.

A file is taken when two looks at least `settle_seconds` apart are equal and no process has it open for writing.
The order of steps is the safety: bytes into the store, then one ledger transaction, then the original moves to
`.taken`. A process killed between any two of them repeats the rest, and repeating changes nothing. Originals moved
aside are looked at again for an hour: if a slow writer was still at it, the rest becomes a new version.
Files are judged by what changes between looks, never by their own date, which copying preserves.
"""

from __future__ import annotations

import errno
import hashlib
import os
import signal
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from pipeline.folders import REASONS, Fingerprint, Look, LookKind, look_at, scan
from pipeline.model import Text
from pipeline.names import NAME_BYTES, cut_name, display_name, display_path, raw_name, safe_name
from pipeline.rows import NOTHING, UNASSIGNED, Arrival, Incoming, State, Taking, Waiting
from pipeline.settings import Settings
from pipeline.store import Store, StoreFull, sha256_of

if TYPE_CHECKING:  # the ledger brings SQLAlchemy, which `beianbox run` does not need
    from pipeline.ledger import Ledger

TAKEN = ".taken"
EMPTY_FILE_AGE = timedelta(minutes=5)
LOOK_AGAIN_AGE = timedelta(hours=1)
EMPTY_FOLDER_AGE = timedelta(minutes=10)
_ID_BYTES = 60

SETTLING = Text("等待：文件可能仍在写入", "Waiting: the file may still be being written")
BEING_WRITTEN = Text("等待：仍有程序在写入该文件", "Waiting: a program still has the file open for writing")
CHANGED = Text("等待：复制期间文件有变动", "Waiting: the file changed while it was copied")
EMPTY = Text(
    "文件为空（0 字节），内容没有传过来。请重新发送",
    "The file is empty (0 bytes): its contents never came. Send it again",
)
EMPTY_YET = Text("等待：文件为空（0 字节）", "Waiting: the file is empty (0 bytes)")
OUTSIDE = Text("路径经链接指向收件箱之外，不读取", "The path leads out of the inbox by a link and is not read")


@dataclass(frozen=True, slots=True)
class Seen:
    """How a file looked, and since when (on the monotonic clock) it has looked so."""

    fingerprint: Fingerprint
    since: float


Memory = Mapping[str, Seen]


@dataclass(frozen=True, slots=True)
class Settled:
    """What a look taught: files that are whole as far as looks can tell, and files still on their way."""

    memory: Memory
    ready: tuple[Look, ...]
    waiting: tuple[Look, ...]


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


@dataclass(frozen=True, slots=True)
class TakeReport:
    """What one look at the inbox did; `memory` goes into the next one.

    `busy` names filings with files still on their way: they are better prepared later. `full` is set when the
    disk has no room; then taking stopped and everything not taken is still in the inbox.
    """

    taken: tuple[Arrival, ...]
    waiting: tuple[Waiting, ...]
    busy: frozenset[str]
    memory: Memory
    full: StoreFull | None = None


class _Changed(Exception):
    """The file is not the one that was looked at any more, or someone is still writing it."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason.en)
        self.reason = reason


class _Gone(Exception):
    """The file is not there any more: its sender or another consumer was faster."""


def filing_id(folder: str) -> str:
    """The filing a folder of the inbox stands for: its name made safe, and a short hash that keeps it unique.

    The same name in NFC and NFD, in UTF-8 and GB18030 is the same filing; a loose file belongs to `unassigned`.
    """
    if not folder:
        return UNASSIGNED
    name = display_name(raw_name(folder))
    return f"{safe_name(name, limit=_ID_BYTES)}-{hashlib.sha256(name.encode('utf-8')).hexdigest()[:8]}"


def settle(before: Memory, looks: Iterable[Look], *, began: float, ended: float, settle_seconds: float) -> Settled:
    """Compares looks with the ones remembered; pure.

    The looks were made between `began` and `ended` on the monotonic clock; a slow scan must not shorten the wait.
    """
    memory: dict[str, Seen] = {}
    ready: list[Look] = []
    waiting: list[Look] = []
    for look in looks:
        if look.kind not in (LookKind.FILE, LookKind.UNFINISHED):
            continue
        seen = before.get(look.path)
        if seen is None or seen.fingerprint != look.fingerprint:
            seen = Seen(look.fingerprint, ended)
        memory[look.path] = seen
        is_quiet = began - seen.since >= settle_seconds
        is_whole = look.kind is LookKind.FILE and look.size > 0
        (ready if is_quiet and is_whole else waiting).append(look)
    return Settled(memory, tuple(ready), tuple(waiting))


def receive(
    look: Look, store: Store, ledger: Ledger, inbox: Path, *, now: datetime, max_file_bytes: int | None = None
) -> Received:
    """Takes one settled file: into the store, into the ledger, then the original aside. Safe to repeat.

    Raises:
        StoreFull: the disk has no room; the file was not touched.
    """
    if max_file_bytes is not None and look.size > max_file_bytes:
        return Received(look, Outcome.NEEDS_ATTENTION, reason=_too_large(look.size, max_file_bytes))
    if not _is_inside(inbox, look.path):
        return Received(look, Outcome.NEEDS_ATTENTION, reason=OUTSIDE)
    known = None if look.arrives_as else ledger.find_taking(raw_name(look.path), look.fingerprint)
    if known is not None and store.has(known[0].sha256):
        return replace(_finish(look, inbox, known[0].taken_raw, known[1]), is_repeat=True)
    try:
        incoming = _copy_in(look, store, inbox)
    except _Gone:
        return Received(look, Outcome.GONE)
    except _Changed as change:
        return Received(look, Outcome.WAITING, reason=change.reason)
    except OSError as error:
        return Received(look, Outcome.WAITING, reason=_busy(error))
    arrival = ledger.record_arrival(incoming, now)
    return _finish(look, inbox, incoming.taken_raw, arrival)


def take_step(
    settings: Settings, ledger: Ledger, store: Store, memory: Memory, *, clock: Callable[[], float], now: datetime
) -> TakeReport:
    """One look at the inbox: takes what has settled since the look that left `memory`, notes what waits and why.

    The first look, with an empty memory, takes nothing. `clock` is monotonic; `now` is written to the ledger.
    """
    inbox = settings.inbox
    takings = ledger.open_takings()
    looks, changed, settled = _look_around(settings, takings, memory, clock)
    results, full = _receive_all(settled.ready, settings, ledger, store, now)
    waiting = _list_waiting(looks, settled, results, full, ledger, now)
    ledger.note_waiting(waiting, now)
    ledger.close_takings(_quiet_takings(takings, changed, now))
    _remove_empty_folders(inbox, looks, ledger, now)
    busy = frozenset(filing_id(look.folder) for look in _still_coming(settled, results, memory))
    taken = tuple(result.arrival for result in results if result.arrival and not result.is_repeat)
    return TakeReport(taken, waiting, busy, settled.memory, full)


def take_all(
    settings: Settings,
    ledger: Ledger,
    store: Store,
    *,
    clock: Callable[[], float] = time.monotonic,
    wait: Callable[[float], None] = time.sleep,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> TakeReport:
    """Looks, waits `settle_seconds` once, and takes everything that did not change: `beianbox watch --once`."""
    _, _, first = _look_around(settings, ledger.open_takings(), {}, clock)
    if first.memory:
        wait(settings.settle_seconds)
    return take_step(settings, ledger, store, first.memory, clock=clock, now=now())


def _look_around(
    settings: Settings, takings: Iterable[Taking], memory: Memory, clock: Callable[[], float]
) -> tuple[tuple[Look, ...], tuple[Look, ...], Settled]:
    """Everything in the inbox, the originals that changed in `.taken`, and what both have settled to."""
    began = clock()
    looks, changed = scan(settings.inbox), _look_again(settings.inbox, takings)
    both = (*looks, *changed)
    settled = settle(memory, both, began=began, ended=clock(), settle_seconds=settings.settle_seconds)
    return looks, changed, settled


def tidy_taken(inbox: Path, store: Store, ledger: Ledger, *, keep_days: int, now: datetime) -> int:
    """Removes originals moved aside more than `keep_days` ago; returns how many.

    Only an original whose bytes the store holds, compared by hash, is removed; any other is put back under watch.
    """
    removed, gone = 0, []
    for taking in ledger.takings_before(now - timedelta(days=keep_days)):
        path = inbox / os.fsdecode(taking.taken_raw)
        try:
            with path.open("rb") as file:
                is_kept = store.has(sha256_of(file))
            if not is_kept:
                ledger.reopen_taking(taking.id)
                continue
            path.unlink()
            removed += 1
        except FileNotFoundError:
            pass
        except OSError:
            continue
        gone.append(taking.id)
        _remove_folders_above(path, inbox / TAKEN)
    ledger.forget_takings(gone)
    return removed


def reject(rejected: Path, store: Store, arrival: Arrival, reason: Text, day: date) -> Path:
    """Puts a copy of a file that cannot be used into `rejected/<day>/`, with a text in both languages beside it."""
    folder = rejected / day.isoformat()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = folder / f"{arrival.sha256[:8]}-{safe_name(arrival.name, limit=180)}"
    with store.open(arrival.sha256) as source:
        _write_whole(target, source.read())
    text = f"{arrival.path}\n\n{reason.zh}\n\n{reason.en}\n\nSHA-256 {arrival.sha256}\n"
    _write_whole(target.with_name(target.name + ".txt"), text.encode("utf-8"))
    return target


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
    with _open_regular(inbox / look.path) as file:
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


def _open_regular(path: Path) -> BinaryIO:
    """Opens without following a link and without hanging on a pipe that took the file's place."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        return os.fdopen(os.open(path, flags), "rb")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise _Gone from error


def _ensure_unchanged(look: Look, inbox: Path, file: BinaryIO) -> None:
    """Raises `_Changed` when the path or the open file is not what was looked at, or someone is writing."""
    opened = os.fstat(file.fileno())
    current = look_at(inbox, look.path)
    if current is None:
        raise _Gone
    if not look.fingerprint == current.fingerprint == (opened.st_ino, opened.st_size, opened.st_mtime_ns):
        raise _Changed(CHANGED)
    if is_being_written(file):
        raise _Changed(BEING_WRITTEN)


def _is_inside(inbox: Path, path: str) -> bool:
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
    target = inbox / os.fsdecode(taken_raw)
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        (inbox / look.path).rename(target)
    except FileNotFoundError:
        return Received(look, Outcome.TAKEN, arrival)
    except OSError as error:
        return Received(look, Outcome.TAKEN, arrival, _immovable(error))
    return Received(look, Outcome.TAKEN, arrival)


def _look_again(inbox: Path, takings: Iterable[Taking]) -> tuple[Look, ...]:
    """Originals in `.taken` that are not as they were when they were taken: a slow writer was still at work."""
    changed: dict[str, Look] = {}
    for taking in takings:
        look = look_at(inbox, os.fsdecode(taking.taken_raw))
        if look is None or look.kind is not LookKind.FILE:
            continue
        known = (taking.inode, taking.size, taking.mtime_ns)
        if look.fingerprint != known:
            changed[look.path] = replace(look, arrives_as=os.fsdecode(taking.path_raw))
        else:
            changed.pop(look.path, None)
    return tuple(changed.values())


def _quiet_takings(takings: Iterable[Taking], changed: Iterable[Look], now: datetime) -> tuple[int, ...]:
    """Originals that were looked at for an hour and have not changed."""
    restless = {raw_name(look.path) for look in changed}
    return tuple(
        taking.id for taking in takings if now - taking.at >= LOOK_AGAIN_AGE and taking.taken_raw not in restless
    )


def _receive_all(
    ready: Iterable[Look], settings: Settings, ledger: Ledger, store: Store, now: datetime
) -> tuple[tuple[Received, ...], StoreFull | None]:
    """Takes file after file; a full disk ends it, since the next file would fare no better."""
    results: list[Received] = []
    for look in ready:
        try:
            limit = settings.max_file_bytes
            results.append(receive(look, store, ledger, settings.inbox, now=now, max_file_bytes=limit))
        except StoreFull as full:
            return tuple(results), full
    return tuple(results), None


def _list_waiting(
    looks: Iterable[Look],
    settled: Settled,
    results: Iterable[Received],
    full: StoreFull | None,
    ledger: Ledger,
    now: datetime,
) -> tuple[Waiting, ...]:
    """What is in the inbox and was not taken, each with its reason, in order of path."""
    since = {row.path_raw: row.since for row in ledger.waiting()}
    rows = [_waiting(look, State.NEEDS_ATTENTION, REASONS[look.kind]) for look in looks if look.kind in _NEVER_TAKEN]
    rows += [_waiting_on_the_way(look, now - since.get(raw_name(look.path), now)) for look in settled.waiting]
    rows += [_waiting(r.look, _STATES[r.outcome], r.reason) for r in results if r.reason != NOTHING]
    if full is not None:
        done = {result.look.path for result in results}
        reason = Text(full.zh, str(full))
        rows += [_waiting(look, State.WAITING, reason) for look in settled.ready if look.path not in done]
    return tuple(sorted(rows, key=lambda row: row.path_raw))


_NEVER_TAKEN = frozenset({LookKind.LINK, LookKind.SPECIAL, LookKind.CLOSED_FOLDER, LookKind.DEEP_FOLDER})
_STATES = {
    Outcome.TAKEN: State.NEEDS_ATTENTION,
    Outcome.WAITING: State.WAITING,
    Outcome.NEEDS_ATTENTION: State.NEEDS_ATTENTION,
}


def _waiting_on_the_way(look: Look, age: timedelta) -> Waiting:
    if look.kind is LookKind.UNFINISHED:
        return _waiting(look, State.WAITING, REASONS[look.kind])
    if look.size:
        return _waiting(look, State.WAITING, SETTLING)
    if age >= EMPTY_FILE_AGE:
        return _waiting(look, State.NEEDS_ATTENTION, EMPTY)
    return _waiting(look, State.WAITING, EMPTY_YET)


def _waiting(look: Look, state: State, reason: Text) -> Waiting:
    raw, shown = raw_name(look.origin), display_path(look.origin)
    return Waiting(filing_id(look.folder), raw, shown, look.size, state, reason)


def _still_coming(settled: Settled, results: Iterable[Received], before: Memory) -> Iterable[Look]:
    """Files a filing should wait for: those that change. A download that died days ago holds nothing up."""
    for look in settled.waiting:
        seen = before.get(look.path)
        if seen is None or seen.fingerprint != look.fingerprint or (look.kind is LookKind.FILE and look.size):
            yield look
    for result in results:
        if result.outcome is Outcome.WAITING:
            yield result.look


def _remove_empty_folders(inbox: Path, looks: Iterable[Look], ledger: Ledger, now: datetime) -> None:
    """Removes folders we emptied, when they stayed empty: a sender may just have made one for the next files."""
    for look in looks:
        if look.kind is not LookKind.EMPTY_FOLDER:
            continue
        last = ledger.last_taking_under(raw_name(look.path))
        if last is not None and now - last >= EMPTY_FOLDER_AGE:
            _remove_folder(inbox / look.path)


def _remove_folders_above(path: Path, top: Path) -> None:
    for folder in path.parents:
        if folder == top or not folder.is_relative_to(top) or not _remove_folder(folder):
            return


def _remove_folder(folder: Path) -> bool:
    """Removes an empty folder; one that is in use, not empty or not ours to remove stays."""
    try:
        folder.rmdir()
    except OSError:
        return False
    return True


def _write_whole(target: Path, data: bytes) -> None:
    temporary = target.with_name(f".{os.getpid()}-{hashlib.sha256(raw_name(target.name)).hexdigest()[:16]}.tmp")
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _too_large(size: int, limit: int) -> Text:
    return Text(
        f"文件过大：{size} 字节，上限 {limit} 字节。请压缩后重新放入，或提高 max_file_bytes",
        f"Too large: {size} bytes, the limit is {limit}. Send a smaller file or raise max_file_bytes",
    )


def _busy(error: OSError) -> Text:
    cause = error.strerror or type(error).__name__
    return Text(
        f"等待：暂时无法读取（{cause}）。请检查文件权限或网络盘，之后会自动重试",
        f"Waiting: cannot be read now ({cause}). Check its rights or the share; it is tried again by itself",
    )


def _immovable(error: OSError) -> Text:
    cause = error.strerror or type(error).__name__
    return Text(
        f"文件已收取，但原件无法移到 {TAKEN}（{cause}）。请修改收件箱文件夹的写入权限",
        f"The file was taken, but its original cannot be moved to {TAKEN} ({cause}). "
        "Give write rights on the folders of the inbox",
    )
