"""The ledger's queue: one summary a filing for the review page, made from the other tables and kept until they change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from pipeline.ledger_base import Database, as_time, dump, load
from pipeline.ledger_decisions import as_decision
from pipeline.ledger_filings import as_filing
from pipeline.ledger_tables import arrivals, decisions, filings, summaries
from pipeline.rows import Decision, FilingRow, QueueRow

Material = tuple[FilingRow, tuple[Decision, ...], datetime | None]


class Queue(Database):
    """Filings as the queue shows them."""

    def queue(self, wanted: Sequence[str] | None = None) -> tuple[QueueRow, ...]:
        """All filings, or those named, with the summary that was kept of each, in order of id."""
        query = _select_queue() if wanted is None else _select_queue().where(filings.c.id.in_(wanted))
        with self._read() as connection:
            found = (_queue_row(row) for row in connection.execute(query).mappings())
            return tuple(sorted(found, key=lambda one: one.filing))

    def queue_material(self, wanted: Sequence[str]) -> tuple[Material, ...]:
        """What summaries are made from, for many filings at once: the filing, its decisions, when its first file came."""
        first = sa.func.min(arrivals.c.arrived_at)
        came = sa.select(arrivals.c.filing, first).where(arrivals.c.filing.in_(wanted)).group_by(arrivals.c.filing)
        said = sa.select(decisions).where(decisions.c.filing.in_(wanted)).order_by(decisions.c.id)
        found: dict[str, list[Decision]] = {}
        with self._read() as connection:
            for row in connection.execute(said).mappings():
                found.setdefault(row["filing"], []).append(as_decision(row))
            arrived = {row[0]: as_time(row[1]) for row in connection.execute(came)}
            rows = connection.execute(sa.select(filings).where(filings.c.id.in_(wanted))).mappings()
            return tuple((as_filing(row), tuple(found.get(row["id"], ())), arrived.get(row["id"])) for row in rows)

    def save_summaries(self, rows: Iterable[QueueRow]) -> None:
        """Keeps summaries, each for the version and decision it was made from; none of a filing purged meanwhile."""
        made = {row.filing: row for row in rows}
        if not made:
            return
        with self._write() as connection:
            known = set(connection.execute(sa.select(filings.c.id).where(filings.c.id.in_(list(made)))).scalars())
            connection.execute(sa.delete(summaries).where(summaries.c.filing.in_(list(made))))
            values = [_values(row) for row in made.values() if row.filing in known]
            if values:
                connection.execute(sa.insert(summaries), values)


def _values(row: QueueRow) -> dict[str, Any]:
    return {
        "filing": row.filing,
        "version": row.version,
        "decision": row.decision,
        "json": dump(row.summary or {}),
    }


def _select_queue() -> sa.Select[Any]:
    newest = sa.select(decisions.c.filing, sa.func.max(decisions.c.id).label("last")).group_by(decisions.c.filing)
    last = newest.subquery()
    decision = sa.func.coalesce(last.c.last, 0)
    is_fresh = (summaries.c.version == filings.c.version) & (summaries.c.decision == decision)
    columns = (filings.c.id, filings.c.version, filings.c.status, filings.c.updated_at, summaries.c.json)
    joined = filings.outerjoin(last, last.c.filing == filings.c.id).outerjoin(
        summaries, (summaries.c.filing == filings.c.id) & is_fresh
    )
    return sa.select(*columns, decision.label("decision")).select_from(joined)


def _queue_row(row: RowMapping) -> QueueRow:
    kept = None if row["json"] is None else load(row["json"])
    return QueueRow(row["id"], row["version"], row["status"], as_time(row["updated_at"]), row["decision"], kept)
