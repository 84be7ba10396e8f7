"""The filings changed last, for a list that has to be there at once.

A ledger file is asked through Python's own SQLite: loading SQLAlchemy alone takes longer than `beianbox status` may.
Whatever is not plainly a ledger of this program's revision is left to `pipeline.ledger`, which mends or refuses it.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from pathlib import Path
from typing import NamedTuple

from pipeline.rows import SUMMARY_FORMAT, Json

REVISION = "0006"
"""The newest revision in `pipeline/migrations`: of the ledgers that this program works with."""

REVISION_TABLE = "ledger_revision"
"""Not Alembic's own name for it, so that Prefect's tables may lie in the same database."""

NEWEST = """
SELECT id, version, status,
  COALESCE((SELECT folder FROM bundles WHERE filing = filings.id ORDER BY bundles.version DESC LIMIT 1), '') AS bundle,
  EXISTS (SELECT 1 FROM decisions WHERE filing = filings.id AND kind = 'event') AS is_tracked,
  (SELECT json FROM summaries WHERE filing = filings.id AND summaries.version = filings.version AND decision =
    (SELECT MAX(id) FROM decisions WHERE decisions.filing = filings.id)) AS line
FROM filings ORDER BY updated_at DESC, id LIMIT :limit
"""
"""The same text for both databases."""

_BUSY_SECONDS = 30


class Listed(NamedTuple):
    """A filing in a list: `bundle` is its newest folder or empty, `is_tracked` whether its order has events.

    `summary` is what the queue keeps of it (see `pipeline.summaries`), where that still holds.
    """

    filing: str
    version: int
    status: str
    bundle: str
    is_tracked: bool
    summary: Json | None


def newest(place: str, limit: int) -> tuple[Listed, ...] | None:
    """The filings changed last; None where `place` is no ledger file that can be read just like that."""
    try:
        if Path(place).stat().st_mode & 0o077:  # opening it properly closes it to others
            return None
        with contextlib.closing(_connect(Path(place))) as connection:
            if connection.execute(f"SELECT version_num FROM {REVISION_TABLE}").fetchone() != (REVISION,):
                return None
            if connection.execute("SELECT 1 FROM meta WHERE key = 'vault'").fetchone():  # to be opened with its key
                return None
            return tuple(listed(*row) for row in connection.execute(NEWEST, {"limit": limit}))
    except (OSError, sqlite3.Error):
        return None


def listed(filing: str, version: int, status: str, bundle: str, is_tracked: int, line: str | None) -> Listed:
    """A filing from a row of `NEWEST`."""
    kept = json.loads(line) if is_tracked and line else {}
    is_known = str(kept.get("mark", "")).startswith(f"{SUMMARY_FORMAT}/")
    return Listed(filing, version, status, bundle, bool(is_tracked), kept if is_known else None)


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=_BUSY_SECONDS)
    connection.execute("PRAGMA query_only = ON")
    return connection
