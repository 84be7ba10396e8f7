"""The inbox: find files by looking, take them when they are whole, never delete, never lose.

A file is taken when two looks at least `settle_seconds` apart are equal and no process has it open for writing.
The order of steps is the safety: bytes into the store, then one ledger transaction, then the original moves to
`.taken`. A process killed between any two of them repeats the rest, and repeating changes nothing. Originals moved
aside are looked at again for an hour: if a slow writer was still at it, the rest becomes a new version.
Files are judged by what changes between looks, never by their own date, which copying preserves.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.disk_space import StoreProblem
from pipeline.folders import REASONS, Fingerprint, Look, LookKind, look_at, scan
from pipeline.model import Text
from pipeline.names import display_path, raw_name, safe_name
from pipeline.receiving import TAKEN, Gone, Outcome, Received, filing_id, is_inside, open_regular, receive
from pipeline.rows import NOTHING, Arrival, State, Taking, Waiting
from pipeline.settings import Settings
from pipeline.store import Store, sha256_of

if TYPE_CHECKING:  # the ledger brings SQLAlchemy, which `beianbox run` does not need
    from pipeline.ledger import Ledger

NAME_FILE = ".beianbox-inbox"
MAX_REJECTED_BYTES = 100 << 20
"""Larger files are not copied into `rejected`: the text says where the original is."""

_HASH_LINE = "SHA-256 "

EMPTY_FILE_AGE = timedelta(minutes=5)
LOOK_AGAIN_AGE = timedelta(hours=1)
EMPTY_FOLDER_AGE = timedelta(minutes=10)

SETTLING = Text("等待：文件可能仍在写入", "Waiting: the file may still be being written")
EMPTY = Text(
    "文件为空（0 字节），内容没有传过来。请重新发送",
    "The file is empty (0 bytes): its contents never came. Send it again",
)
EMPTY_YET = Text("等待：文件为空（0 字节）", "Waiting: the file is empty (0 bytes)")


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


@dataclass(frozen=True, slots=True)
class TakeReport:
    """What one look at the inbox did; `memory` goes into the next one.

    `busy` names filings with files still on their way: they are better prepared later. `full` is set when the
    disk has no room or the store is not there; then taking stopped and everything not taken is still in the inbox.
    """

    taken: tuple[Arrival, ...]
    waiting: tuple[Waiting, ...]
    busy: frozenset[str]
    memory: Memory
    full: StoreProblem | None = None


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
    coming = tuple(_still_coming(settled, results, memory))
    waiting = _list_waiting(looks, settled, results, full, ledger, now, coming)
    ledger.note_waiting(waiting, now)
    ledger.close_takings(_quiet_takings(takings, changed, now))
    _remove_empty_folders(inbox, looks, ledger, now)
    busy = frozenset(filing_id(look.folder) for look in coming)
    taken = tuple(result.arrival for result in results if result.arrival and not result.is_repeat)
    return TakeReport(taken, waiting, busy, settled.memory, full)


def inbox_name(inbox: Path) -> str:
    """The name of an inbox among those that share a ledger; made at the first asking and kept beside the files.

    Raises:
        OSError: the inbox cannot be written.
    """
    place = inbox / NAME_FILE
    with contextlib.suppress(FileNotFoundError):
        return place.read_text("ascii").strip()
    mine = inbox / f"{NAME_FILE}-{os.getpid()}"
    _write_whole(mine, secrets.token_hex(8).encode("ascii"))
    try:
        with contextlib.suppress(FileExistsError):  # another process was faster: its name counts
            place.hardlink_to(mine)
    finally:
        mine.unlink(missing_ok=True)
    return place.read_text("ascii").strip()


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
    removed, gone = 0, [taking.id for taking in ledger.purged_takings() if _remove_original(inbox, taking)]
    for taking in ledger.takings_before(now - timedelta(days=keep_days)):
        place = os.fsdecode(taking.taken_raw)
        path = inbox / place
        if not is_inside(inbox, place):
            continue
        try:
            with open_regular(path) as file:
                is_kept = store.is_sound(sha256_of(file))
            if not is_kept:
                ledger.reopen_taking(taking.id)
                continue
            path.unlink()
            removed += 1
        except (Gone, FileNotFoundError):
            pass
        except OSError:
            continue
        gone.append(taking.id)
        remove_folders_above(path, inbox / TAKEN)
    ledger.forget_takings(gone)
    return removed


def _remove_original(inbox: Path, taking: Taking) -> bool:
    """Whether an original that is not to be kept is gone now."""
    place = os.fsdecode(taking.taken_raw)
    try:
        if is_inside(inbox, place):
            (inbox / place).unlink(missing_ok=True)
    except OSError:
        return False
    remove_folders_above(inbox / place, inbox / TAKEN)
    return True


def reject(rejected: Path, store: Store, arrival: Arrival, reason: Text, day: date) -> Path | None:
    """Puts a copy of a file that cannot be used into `rejected/<day>/`, with a text in both languages beside it.

    The same file of the same filing is put there once, whatever the day; None where it is there already.
    """
    name = f"{arrival.sha256[:8]}-{_mark(arrival.filing)}-{safe_name(arrival.name, limit=160)}"
    if any(rejected.glob(f"*/{arrival.sha256[:8]}-{_mark(arrival.filing)}-*.txt")):
        return None
    folder = rejected / day.isoformat()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = folder / name
    if arrival.size <= MAX_REJECTED_BYTES:
        _write_whole(target, store.read(arrival.sha256))
    text = f"{arrival.path}\n\n{reason.zh}\n\n{reason.en}\n\n{_HASH_LINE}{arrival.sha256}\n"
    _write_whole(target.with_name(target.name + ".txt"), text.encode("utf-8"))
    return target


def remove_rejected(rejected: Path, sha256: str, filing: str) -> None:
    """Removes what `reject` put there for a file of a filing."""
    for path in rejected.glob(f"*/{sha256[:8]}-{_mark(filing)}-*"):
        path.unlink(missing_ok=True)


def tidy_rejected(rejected: Path, ledger: Ledger) -> None:
    """Removes copies of files that the ledger does not know any more: another machine has purged them."""
    told = {path: sha256 for path in rejected.glob("*/*.txt") if (sha256 := _hash_told_in(path))}
    known = ledger.known_files(told.values()) if told else frozenset()
    for path in (path for path, sha256 in told.items() if sha256 not in known):
        path.unlink(missing_ok=True)
        path.with_suffix("").unlink(missing_ok=True)


def _hash_told_in(path: Path) -> str:
    """The hash that a text of ours tells; empty where it is somebody else's, or gone."""
    try:
        sha256 = path.read_text("utf-8", "replace").rpartition(_HASH_LINE)[2].strip()
    except OSError:
        return ""
    return sha256 if len(sha256) == 64 and path.name.startswith(f"{sha256[:8]}-") else ""


def _mark(filing: str) -> str:
    return hashlib.sha256(filing.encode("utf-8")).hexdigest()[:8]


def _look_again(inbox: Path, takings: Iterable[Taking]) -> tuple[Look, ...]:
    """Originals in `.taken` that are not as they were when they were taken: a slow writer was still at work."""
    changed: dict[str, Look] = {}
    for taking in takings:
        look = look_at(inbox, os.fsdecode(taking.taken_raw))
        if look is None or look.kind is not LookKind.FILE:
            continue
        # not the inode: a home brought back from a backup has new ones, and a writer changes size or time
        if (look.size, look.mtime_ns) != (taking.size, taking.mtime_ns):
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
) -> tuple[tuple[Received, ...], StoreProblem | None]:
    """Takes file after file; a full disk ends it, since the next file would fare no better."""
    results: list[Received] = []
    for look in ready:
        try:
            limit = settings.max_file_bytes
            results.append(receive(look, store, ledger, settings.inbox, now=now, max_file_bytes=limit))
        except StoreProblem as full:
            return tuple(results), full
    return tuple(results), None


def _list_waiting(
    looks: Iterable[Look],
    settled: Settled,
    results: Iterable[Received],
    full: StoreProblem | None,
    ledger: Ledger,
    now: datetime,
    coming: Iterable[Look],
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
    busy = {raw_name(look.origin) for look in coming}
    rows = [replace(row, is_busy=row.path_raw in busy) for row in rows]
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


def remove_folders_above(path: Path, top: Path) -> None:
    """Removes the empty folders between a file that is gone and a folder that stays."""
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
