"""Files as the inbox hands them to the ledger, and files that wait."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

from pipeline.model import Text
from pipeline.rows import Incoming, State, Waiting

NOW = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def incoming(sha: str = "a", *, filing: str = "f-1", path: str = "f/x.jpg") -> Incoming:
    raw = os.fsencode(path)
    return Incoming(
        sha256=sha * 64,
        size=3,
        filing=filing,
        path_raw=raw,
        path=path,
        taken_raw=b".taken/" + raw + sha.encode(),
        inode=ord(sha),
        mtime_ns=7,
    )


def waiting(path: str, reason: str = "why", *, size: int = 1, state: State = State.WAITING) -> Waiting:
    return Waiting("f-1", os.fsencode(path), path, size, state, Text("原因", reason))
