"""The ledger's takings: originals that were moved aside, looked at again for an hour, and tidied away later."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from pipeline.ledger_arrivals import as_arrival
from pipeline.ledger_base import Database, as_text, as_time
from pipeline.ledger_sealed import is_sealed
from pipeline.ledger_tables import arrivals, takings
from pipeline.rows import Arrival, Taking


class Takings(Database):
    """Originals of this process's inbox that were moved aside."""

    def open_takings(self) -> tuple[Taking, ...]:
        """Originals that are still looked at, oldest first."""
        query = sa.select(takings).where(self._is_here, sa.not_(takings.c.closed)).order_by(takings.c.id)
        with self._read() as connection:
            return tuple(_taking(row) for row in connection.execute(query).mappings())

    def find_taking(self, path_raw: bytes, fingerprint: tuple[int, int, int]) -> tuple[Taking, Arrival] | None:
        """The record of a file that looks exactly so: it was recorded, and its original is still to be moved."""
        inode, size, mtime_ns = fingerprint
        same_look = (takings.c.inode == inode) & (takings.c.size == size) & (takings.c.mtime_ns == mtime_ns)
        mine = self._is_here & (takings.c.path_raw == path_raw) & sa.not_(takings.c.closed)
        query = sa.select(takings).where(mine, same_look)
        with self._read() as connection:
            row = connection.execute(query.order_by(takings.c.id.desc()).limit(1)).mappings().first()
            if row is None:
                return None
            same = (arrivals.c.sha256 == row["sha256"]) & (arrivals.c.path_raw == path_raw)
            found = connection.execute(sa.select(arrivals).where(same).limit(1)).mappings().first()
        return None if found is None else (_taking(row), as_arrival(found))

    def close_takings(self, ids: Iterable[int]) -> None:
        """Ends the looking: these originals were unchanged long enough."""
        keys = tuple(ids)
        if not keys:
            return
        with self._write() as connection:
            for key in keys:
                connection.execute(sa.update(takings).where(takings.c.id == key).values(closed=True))

    def takings_before(self, moment: datetime) -> tuple[Taking, ...]:
        """Originals moved aside before a moment and closed: candidates for tidying away."""
        query = sa.select(takings).where(self._is_here, takings.c.closed, takings.c.at < as_text(moment))
        with self._read() as connection:
            return tuple(_taking(row) for row in connection.execute(query.order_by(takings.c.id)).mappings())

    def purged_takings(self) -> tuple[Taking, ...]:
        """Originals in this inbox whose filing was purged by a process of another inbox: to be removed at once."""
        with self._read() as connection:
            rows = connection.execute(sa.select(takings).where(self._is_here, takings.c.purged)).mappings()
            return tuple(_taking(row) for row in rows)

    def forget_takings(self, ids: Iterable[int]) -> None:
        """Drops rows of originals that are gone from `.taken`."""
        keys = tuple(ids)
        if not keys:
            return
        with self._write() as connection:
            for key in keys:
                connection.execute(sa.delete(takings).where(takings.c.id == key))

    def reopen_taking(self, taking: int) -> None:
        """Puts an original back under watch, because its bytes are not those that were stored."""
        with self._write() as connection:
            connection.execute(sa.update(takings).where(takings.c.id == taking).values(closed=False))

    def last_taking_under(self, folder_raw: bytes) -> datetime | None:
        """When the last file was taken from a folder of the inbox; None when none ever was."""
        low, high = folder_raw + b"/", folder_raw + b"0"
        query = sa.select(takings.c.path_raw, takings.c.at).where(self._is_here)
        with self._read() as connection:
            if not is_sealed(connection):  # only then does the order of paths mean anything
                query = query.where(takings.c.path_raw > low, takings.c.path_raw < high)
            found = [at for path, at in connection.execute(query) if low < bytes(path) < high]
        return as_time(max(found)) if found else None

    @property
    def _is_here(self) -> sa.ColumnElement[bool]:
        return takings.c.inbox == self._inbox


def _taking(row: RowMapping) -> Taking:
    return Taking(
        id=row["id"],
        path_raw=bytes(row["path_raw"]),
        taken_raw=bytes(row["taken_raw"]),
        sha256=row["sha256"],
        inode=row["inode"],
        size=row["size"],
        mtime_ns=row["mtime_ns"],
        at=as_time(row["at"]),
    )
