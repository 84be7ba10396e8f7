"""What the ledger remembers, as plain values: importing this costs nothing and needs no database.

Times are aware and in UTC. An arrival (来件) is one file that came into the inbox under one name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pipeline.model import Text

Json = dict[str, Any]
NOTHING = Text("", "")
UNASSIGNED = "unassigned"
"""Filing id of files that lie loose in the inbox, until someone says where they belong."""

SUMMARY_FORMAT = 2
"""Raised whenever a kept summary of a filing says something else; those of another format are made again."""


class State(StrEnum):
    """Where a file stands, in words a person understands."""

    WAITING = "waiting"
    TAKEN = "taken"
    READ = "read"
    NEEDS_ATTENTION = "needs_attention"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file about to be recorded: its bytes are in the store under `sha256`.

    `path_raw` is its path in the inbox as bytes; `taken_raw` is where the original will be moved to (both relative
    to the inbox); inode, size and time are those of the look it was copied at.
    """

    sha256: str
    size: int
    filing: str
    path_raw: bytes
    path: str
    taken_raw: bytes
    inode: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Arrival:
    """One recorded file; `sha256` is empty while it still lies in the inbox and waits.

    `path` is for people, relative to the inbox. `note` says what is worth knowing without being wrong, such as
    "already here since". `superseded_by` is the id of the newer version that came under the same name.
    """

    id: int
    sha256: str
    size: int
    filing: str
    path: str
    path_raw: bytes
    state: State
    reason: Text
    note: Text
    arrived_at: datetime
    since: datetime
    superseded_by: int | None = None

    @property
    def name(self) -> str:
        """The file's own name, without folders."""
        return self.path.rsplit("/", 1)[-1]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A thing that lies in the inbox and was not taken, and why; `is_busy` says that its filing should wait for it."""

    filing: str
    path_raw: bytes
    path: str
    size: int
    state: State
    reason: Text
    is_busy: bool = False


@dataclass(frozen=True, slots=True)
class Taking:
    """An original that was moved aside, and how it looked then; it is looked at again until it is closed."""

    id: int
    path_raw: bytes
    taken_raw: bytes
    sha256: str
    inode: int
    size: int
    mtime_ns: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What a forgotten filing leaves to be removed: stored bytes, and originals (paths relative to the inbox)."""

    hashes: tuple[str, ...]
    originals: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class FilingRow:
    """A filing as last prepared; `seen` is the ledger's change number it was prepared from."""

    id: str
    version: int
    status: str
    seen: int
    updated_at: datetime
    document: Json


@dataclass(frozen=True, slots=True)
class FilingSummary:
    """A filing without its document, for lists."""

    filing: str
    version: int
    status: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Sharing:
    """A filing that shares marks with another one, and how many filings of that kind it stands for."""

    filing: str
    version: int
    updated_at: datetime
    stands_for: int


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A filing for the queue: `decision` is the id of its newest decision or event, `summary` what was kept of it then.

    The summary is None where the filing was prepared, decided or reported on since.
    """

    filing: str
    version: int
    status: str
    updated_at: datetime
    decision: int
    summary: Json | None


@dataclass(frozen=True, slots=True)
class BundleRow:
    """One bundle written for a filing: its folder or place in the store; `digest` is the SHA-256 of its manifest."""

    filing: str
    version: int
    folder: str
    digest: str
    created_at: datetime


_IN_STORE = "store:"


def place_in_store(sha256: str) -> str:
    """The place of a bundle that is packed in the store."""
    return _IN_STORE + sha256


def hash_of_place(place: str) -> str:
    """The hash of a bundle packed in the store; empty for one in a folder."""
    return place.removeprefix(_IN_STORE) if place.startswith(_IN_STORE) else ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person said about a filing: a correction of the value at `where`, or an approval."""

    id: int
    filing: str
    kind: str
    where: str
    value: Json
    who: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Claim:
    """A filing that a worker holds: prepared from change number `change`, for the `attempts`-th time."""

    filing: str
    change: int
    attempts: int


@dataclass(frozen=True, slots=True)
class AuditRow:
    """Who read or changed a filing, which is named by its key: no name of a person or company."""

    at: datetime
    who: str
    action: str
    filing_key: str
    detail: str


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run of the machinery: counts only, no values."""

    id: int
    kind: str
    started_at: datetime
    finished_at: datetime | None
    outcome: str
    counts: Json
