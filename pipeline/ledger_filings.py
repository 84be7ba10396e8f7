"""The ledger's filings: what was read, what was put together, and what is forgotten."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from pipeline.ledger_base import Database, StaleFiling, as_text, as_time, dump, load, upsert
from pipeline.ledger_bundles import record_bundle
from pipeline.ledger_glance import NEWEST, Listed, listed
from pipeline.ledger_loose import replace_marks
from pipeline.ledger_tables import (
    arrivals,
    bundles,
    decisions,
    filings,
    marks,
    offers,
    readings,
    summaries,
    takings,
    todo,
    waiting,
)
from pipeline.marks import Mark
from pipeline.rows import Arrival, FilingRow, FilingSummary, Forgotten, Json, Sharing

_NEWEST = sa.text(NEWEST).columns(
    filings.c.id,
    filings.c.version,
    filings.c.status,
    sa.column("bundle", bundles.c.folder.type),
    sa.column("is_tracked", sa.Boolean),
    sa.column("line", summaries.c.json.type),
)


class Filings(Database):
    """Readings and filings."""

    def save_reading(self, sha256: str, reader: str, reader_version: str, document: Json, now: datetime) -> None:
        """Keeps what one version of a reader said about some bytes; saving again replaces it."""
        row = {
            "sha256": sha256,
            "reader": reader,
            "reader_version": reader_version,
            "json": dump(document),
            "saved_at": as_text(now),
        }
        with self._write() as connection:
            upsert(connection, readings, row, ("sha256", "reader", "reader_version"))

    def get_reading(self, sha256: str, reader: str, reader_version: str) -> Json | None:
        """What this version of the reader said, or None when it has not read these bytes."""
        query = sa.select(readings.c.json).where(
            readings.c.sha256 == sha256, readings.c.reader == reader, readings.c.reader_version == reader_version
        )
        with self._read() as connection:
            found = connection.execute(query).scalar_one_or_none()
        return None if found is None else load(found)

    def newest_reading(self, sha256: str, reader: str) -> Json | None:
        """What whichever version of the reader said last, or None when none has read these bytes."""
        mine = (readings.c.sha256 == sha256) & (readings.c.reader == reader)
        query = sa.select(readings.c.json).where(mine).order_by(readings.c.saved_at.desc()).limit(1)
        with self._read() as connection:
            found = connection.execute(query).scalar_one_or_none()
        return None if found is None else load(found)

    def save_filing(
        self,
        filing: str,
        document: Json,
        *,
        expected_version: int,
        seen: int,
        now: datetime,
        status: str = "prepared",
        marks_found: Iterable[Mark] | None = None,
        bundle: tuple[str, str] | None = None,
    ) -> int:
        """Saves a filing and returns its new version; `expected_version` is 0 for a new one.

        `marks_found` is what it says of whose it is; those known stay where None is given. `bundle` is place and digest
        of the bundle that was made of it.

        `seen` is `last_change(filing)` from before its arrivals and decisions were read. The filing leaves the list of
        those to prepare unless something newer than `seen` has come.

        Raises:
            StaleFiling: the ledger holds another version, or the filing was purged; nothing was saved.
        """
        values = {
            "version": expected_version + 1,
            "status": status,
            "seen": seen,
            "updated_at": as_text(now),
            "json": dump(document),
        }
        with self._write() as connection:
            is_purged = seen > _last_change(connection, filing)
            if is_purged or not _swap_filing(connection, filing, expected_version, values):
                raise StaleFiling(
                    f"备案 {filing} 已被其他进程更新，本次未保存。请重新读取后再试。",
                    f"Filing {filing} was changed by another process and was not saved. Read it again and repeat.",
                )
            if marks_found is not None:
                replace_marks(connection, filing, marks_found)
            if bundle is not None:
                record_bundle(connection, filing, *bundle, now)
            connection.execute(sa.delete(todo).where(todo.c.filing == filing, todo.c.change <= seen))
        return expected_version + 1

    def get_filing(self, filing: str) -> FilingRow | None:
        """The filing as last saved."""
        with self._read() as connection:
            row = connection.execute(sa.select(filings).where(filings.c.id == filing)).mappings().one_or_none()
        return None if row is None else as_filing(row)

    def newest(self, limit: int) -> tuple[Listed, ...]:
        """The filings changed last, each with its newest bundle."""
        with self._read() as connection:
            return tuple(listed(*row) for row in connection.execute(_NEWEST, {"limit": limit}))

    def filings(self, *, status: str | None = None, limit: int = 100) -> tuple[FilingSummary, ...]:
        """The filings changed last, without their documents."""
        columns = (filings.c.id, filings.c.version, filings.c.status, filings.c.updated_at)
        query = sa.select(*columns).order_by(filings.c.updated_at.desc(), filings.c.id).limit(limit)
        if status is not None:
            query = query.where(filings.c.status == status)
        with self._read() as connection:
            return tuple(
                FilingSummary(id, version, word, as_time(at)) for id, version, word, at in connection.execute(query)
            )

    def filings_sharing(
        self, found: Iterable[Mark], *, but: str = "", fully: Iterable[Mark] = (), most: int = 50
    ) -> tuple[Sharing, ...]:
        """The filings, `but` one, that have one of a few marks, always in the same order.

        Of those that share the very same ones with it (an agency's own person is in all its filings) `most` are given,
        and the last of these stands for the rest too; all of those are given that share one of `fully`.
        """
        asked, whole = sorted(found), set(fully)
        if not asked:
            return ()
        mask = sum(1 << bit for bit, mark in enumerate(asked) if mark in whole)
        ranked = _ranked(_shared(asked, but), mask)
        kept = sa.select(ranked).where((ranked.c.place <= most) | ranked.c.is_whole).order_by(ranked.c.id)
        with self._read() as connection:
            return tuple(
                Sharing(id, version, as_time(at), alike - most + 1 if place == most and not is_whole else 1)
                for id, version, at, place, alike, is_whole in connection.execute(kept)
            )

    def filings_untouched_since(self, moment: datetime, *, limit: int) -> tuple[FilingSummary, ...]:
        """Filings to which nothing happened since: no file, no decision, no event, no new bundle; oldest first."""
        before = as_text(moment)
        columns = (filings.c.id, filings.c.version, filings.c.status, filings.c.updated_at)
        later_file = sa.exists().where(arrivals.c.filing == filings.c.id, arrivals.c.arrived_at >= before)
        later_word = sa.exists().where(decisions.c.filing == filings.c.id, decisions.c.decided_at >= before)
        old = (filings.c.updated_at < before) & sa.not_(later_file) & sa.not_(later_word)
        query = sa.select(*columns).where(old).order_by(filings.c.updated_at).limit(limit)
        with self._read() as connection:
            return tuple(
                FilingSummary(id, version, word, as_time(at)) for id, version, word, at in connection.execute(query)
            )

    def filing_counts(self) -> dict[str, int]:
        """How many filings there are in each status."""
        query = sa.select(filings.c.status, sa.func.count().label("filings")).group_by(filings.c.status)
        with self._read() as connection:
            return {row.status: row.filings for row in connection.execute(query)}

    def last_change(self, filing: str) -> int:
        """The number of the newest arrival or decision of a filing; 0 when there is none."""
        with self._read() as connection:
            return _last_change(connection, filing)

    def filings_to_prepare(self) -> tuple[str, ...]:
        """Filings with an arrival or a decision newer than what they were last prepared from, in order of id.

        Loose files (`unassigned`) are listed like a filing: what to do with them is the caller's to know.
        """
        return tuple(self.changes_to_prepare())

    def changes_to_prepare(self) -> dict[str, int]:
        """The same filings, each with the number of its newest change."""
        with self._read() as connection:
            rows = connection.execute(sa.select(todo.c.filing, todo.c.change)).mappings()
            return dict(sorted((row["filing"], row["change"]) for row in rows))

    def forget_filing(self, filing: str) -> Forgotten:
        """Deletes every row of a filing; returns the bytes no other filing uses and the originals, to be removed."""
        with self._write() as connection:
            mine = set(connection.execute(_hashes(arrivals.c.filing == filing)).scalars())
            others = set(connection.execute(_hashes(arrivals.c.filing != filing)).scalars())
            lonely = tuple(sorted(mine - others))
            for sha256 in lonely:
                connection.execute(sa.delete(readings).where(readings.c.sha256 == sha256))
            paths = sa.select(arrivals.c.path_raw).where(arrivals.c.filing == filing)
            originals = _forget_originals(connection, takings.c.path_raw.in_(paths), self._inbox)
            _forget_mentions(connection, filing, mine)
            gone = sa.select(arrivals.c.id).where(arrivals.c.filing == filing)
            for table in (offers, marks):
                connection.execute(sa.delete(table).where(table.c.arrival.in_(gone)))
            for table, column in (
                (arrivals, "filing"),
                (waiting, "filing"),
                (todo, "filing"),
                (bundles, "filing"),
                (decisions, "filing"),
                (filings, "id"),
                (summaries, "filing"),
                (offers, "filing"),
                (marks, "filing"),
            ):
                connection.execute(sa.delete(table).where(table.c[column] == filing))
        self._scrub()
        return Forgotten(lonely, originals)

    def forget_file(self, arrival: Arrival) -> Forgotten:
        """Deletes the rows of one file; returns its bytes where no other file has them, and its originals."""
        with self._write() as connection:
            same = (arrivals.c.sha256 == arrival.sha256) & (arrivals.c.id != arrival.id)
            is_lonely = connection.execute(sa.select(arrivals.c.id).where(same)).first() is None
            if is_lonely:
                connection.execute(sa.delete(readings).where(readings.c.sha256 == arrival.sha256))
            mine = (takings.c.path_raw == arrival.path_raw) & (takings.c.sha256 == arrival.sha256)
            originals = _forget_originals(connection, mine, self._inbox)
            for table in (offers, marks):
                connection.execute(sa.delete(table).where(table.c.arrival == arrival.id))
            connection.execute(sa.delete(arrivals).where(arrivals.c.id == arrival.id))
        self._scrub()
        return Forgotten((arrival.sha256,) if is_lonely else (), originals)

    def forget_orphans(self) -> int:
        """Deletes readings of bytes that belong to no filing: what a worker saved while its filing was purged."""
        with self._write() as connection:
            known = sa.select(arrivals.c.sha256)
            return connection.execute(sa.delete(readings).where(readings.c.sha256.not_in(known))).rowcount


def _swap_filing(connection: Connection, filing: str, expected: int, values: Json) -> bool:
    if expected:
        mine = (filings.c.id == filing) & (filings.c.version == expected)
        return connection.execute(sa.update(filings).where(mine).values(values)).rowcount == 1
    if connection.execute(sa.select(filings.c.id).where(filings.c.id == filing)).first() is not None:
        return False
    connection.execute(sa.insert(filings).values({"id": filing, **values}))
    return True


def _last_change(connection: Connection, filing: str) -> int:
    return max(int(connection.execute(_newest(table, filing)).scalar_one()) for table in (arrivals, decisions))


def _newest(table: sa.Table, filing: str) -> sa.Select[Any]:
    return sa.select(sa.func.coalesce(sa.func.max(table.c.change), 0)).where(table.c.filing == filing)


def _hashes(condition: sa.ColumnElement[bool]) -> sa.Select[Any]:
    return sa.select(arrivals.c.sha256).where(condition).distinct()


def _forget_originals(connection: Connection, mine: sa.ColumnElement[bool], inbox: str) -> tuple[bytes, ...]:
    """Originals of this inbox; those of other inboxes are marked, for the process that can reach them."""
    here = mine & (takings.c.inbox == inbox)
    found = connection.execute(sa.select(takings.c.taken_raw).where(here).order_by(takings.c.id)).scalars()
    originals = tuple(bytes(raw) for raw in found)
    connection.execute(sa.delete(takings).where(here))
    connection.execute(sa.update(takings).where(mine).values(purged=True))
    return originals


def _forget_mentions(connection: Connection, filing: str, hashes: Iterable[str]) -> None:
    """Takes the filing's name out of the notes of other filings' files: those with the same bytes may name it."""
    for sha256 in hashes:
        same = sa.select(arrivals.c.id, arrivals.c.note_zh).where(arrivals.c.sha256 == sha256)
        for ident, note in connection.execute(same).all():
            if filing in note:
                connection.execute(sa.update(arrivals).where(arrivals.c.id == ident).values(note_zh="", note_en=""))


def as_filing(row: RowMapping) -> FilingRow:
    """A filing from its row."""
    return FilingRow(
        row["id"], row["version"], row["status"], row["seen"], as_time(row["updated_at"]), load(row["json"])
    )


def _shared(asked: Sequence[Mark], but: str) -> sa.Subquery:
    """Each filing with which of some marks it has, as the bits of a number."""
    is_one_of = (
        ((marks.c.kind == kind) & (marks.c.value == value), 1 << bit) for bit, (kind, value) in enumerate(asked)
    )
    which = sa.cast(sa.func.sum(sa.case(*is_one_of, else_=0)), sa.BigInteger).label("which")
    mine = (marks.c.arrival == 0) & sa.tuple_(marks.c.kind, marks.c.value).in_(asked) & (marks.c.filing != but)
    return sa.select(marks.c.filing, which).where(mine).group_by(marks.c.filing).subquery()


def _ranked(shared: sa.Subquery, mask: int) -> sa.Subquery:
    """Filings numbered among those that share the same, with how many these are and whether it is one of the mask's."""
    place = sa.func.row_number().over(partition_by=shared.c.which, order_by=filings.c.id).label("place")
    alike = sa.func.count().over(partition_by=shared.c.which).label("alike")
    is_whole = (shared.c.which.bitwise_and(mask) != 0).label("is_whole")
    columns = (filings.c.id, filings.c.version, filings.c.updated_at, place, alike, is_whole)
    return sa.select(*columns).join(shared, shared.c.filing == filings.c.id).subquery()
