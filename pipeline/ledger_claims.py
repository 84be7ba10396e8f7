"""The ledger's claims: which worker prepares which filing, and for how long it may.

A claim is a lease. A worker that lives renews it; one that died lets it run out, and the filing is taken by another.
Several machines share the list through PostgreSQL, whose own clock counts; on one machine it is this machine's.
A filing that ended its workers again and again is left alone until something about it changes.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from pipeline.ledger_base import Database, as_text
from pipeline.ledger_tables import todo, waiting
from pipeline.rows import UNASSIGNED, Claim

MAX_ATTEMPTS = 5
BUSY_AT_MOST = timedelta(hours=1)
_PAUSE = timedelta(seconds=15)


class Claims(Database):
    """Filings to prepare, and who prepares them."""

    def claim(self, worker: str, seconds: float, *, skip: Iterable[str] = (), only: str = "") -> Claim | None:
        """The filing that has waited longest, ours for so many seconds; None when none is ready.

        Not ready are filings with files still on their way, those that another worker holds, those that failed a
        moment ago or `MAX_ATTEMPTS` times, and loose files. `skip` names more that the caller does not want, `only`
        the one that it wants.
        """
        with self._claim() as connection:
            now = _clock(connection)
            wanted = _is_ready(now) & todo.c.filing.not_in(tuple(skip))
            if only:
                wanted &= todo.c.filing == only
            query = sa.select(todo).where(wanted).order_by(todo.c.change).limit(1)
            row = connection.execute(query.with_for_update(skip_locked=True)).mappings().first()
            if row is None:
                return None
            values = {"worker": worker, "until": as_text(now + timedelta(seconds=seconds))}
            mine = sa.update(todo).where(todo.c.filing == row["filing"])
            connection.execute(mine.values({**values, "attempts": row["attempts"] + 1}))
        return Claim(row["filing"], row["change"], row["attempts"] + 1)

    def renew(self, worker: str, seconds: float) -> None:
        """Keeps what this worker holds for so many seconds from now."""
        with self._claim() as connection:
            until = as_text(_clock(connection) + timedelta(seconds=seconds))
            connection.execute(sa.update(todo).where(todo.c.worker == worker).values(until=until))

    def release(self, worker: str, *, failed: bool = False) -> None:
        """Gives back what this worker holds; what failed is tried again after a pause that grows."""
        with self._claim() as connection:
            now = _clock(connection)
            for row in connection.execute(sa.select(todo).where(todo.c.worker == worker)).mappings().all():
                pause = _PAUSE * (2 ** (row["attempts"] - 1) - 1) if failed else timedelta()
                values = {"worker": "", "until": as_text(now + pause)}
                attempts = row["attempts"] if failed else 0
                mine = sa.update(todo).where(todo.c.filing == row["filing"])
                connection.execute(mine.values({**values, "attempts": attempts}))

    def claimed(self) -> dict[str, str]:
        """Filing to the worker that holds it now."""
        with self._read() as connection:
            is_held = (todo.c.worker != "") & (todo.c.until > as_text(_clock(connection)))
            rows = connection.execute(sa.select(todo.c.filing, todo.c.worker).where(is_held)).mappings()
            return {row["filing"]: row["worker"] for row in rows}

    def clock(self) -> datetime:
        """The time that leases are counted by."""
        with self._read() as connection:
            return _clock(connection)

    def given_up(self) -> tuple[str, ...]:
        """Filings whose preparation failed so often that they wait for a change."""
        with self._read() as connection:
            query = sa.select(todo.c.filing).where(todo.c.attempts >= MAX_ATTEMPTS)
            return tuple(sorted(connection.execute(query).scalars()))


def _is_ready(now: datetime) -> sa.ColumnElement[bool]:
    young = waiting.c.since > as_text(now - BUSY_AT_MOST)
    busy = sa.exists().where(waiting.c.filing == todo.c.filing, waiting.c.is_busy, young)
    free = (todo.c.until <= as_text(now)) & (todo.c.attempts < MAX_ATTEMPTS)
    return free & (todo.c.filing != UNASSIGNED) & sa.not_(busy)


def _clock(connection: Connection) -> datetime:
    """The database server's time, which is one for all machines; with a file, this machine's."""
    if connection.dialect.name != "postgresql":
        return datetime.now(UTC)
    found: datetime = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    return found
