"""The ledger's decisions: what people said, what happened to orders, how runs ended, who looked at what."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from pipeline.ledger_base import Database, as_text, as_time, dump, insert, load, touch
from pipeline.ledger_tables import audit, decisions, runs
from pipeline.rows import AuditRow, Decision, Json, RunRow

EVENT = "event"
_MANY = 300
"""Kind of the rows that say what happened to an order; all other kinds are a reviewer's decisions."""


class Decisions(Database):
    """Decisions, events, runs and the audit log."""

    def save_decision(self, filing: str, kind: str, where: str, value: Json, who: str, now: datetime) -> Decision:
        """Keeps what a person decided; the filing is to be prepared again."""
        row = {"filing": filing, "kind": kind, "where": where, "json": dump(value), "who": who}
        with self._write() as connection:
            stamped = {**row, "decided_at": as_text(now), "change": touch(connection, filing)}
            key = insert(connection, decisions, stamped)
        return Decision(key, filing, kind, where, value, who, now)

    def save_event(self, filing: str, event: str, value: Json, who: str, now: datetime) -> Decision:
        """Keeps what happened to a filing's order; its papers are the same, so it need not be prepared again."""
        row = {"filing": filing, "kind": EVENT, "where": event, "json": dump(value), "who": who}
        with self._write() as connection:
            key = insert(connection, decisions, {**row, "decided_at": as_text(now), "change": 0})
        return Decision(key, filing, EVENT, event, value, who, now)

    def events(self, *of: str) -> dict[str, tuple[Decision, ...]]:
        """What happened to the orders of filings, oldest first; those without events are left out."""
        found: dict[str, tuple[Decision, ...]] = {}
        with self._read() as connection:
            for start in range(0, len(of), _MANY):
                mine = decisions.c.filing.in_(of[start : start + _MANY])
                query = sa.select(decisions).where(decisions.c.kind == EVENT, mine).order_by(decisions.c.id)
                for row in connection.execute(query).mappings():
                    found[row["filing"]] = (*found.get(row["filing"], ()), as_decision(row))
        return found

    def decisions_of(self, filing: str) -> tuple[Decision, ...]:
        """All decisions about a filing, oldest first: the last one about a place counts."""
        query = sa.select(decisions).where(decisions.c.filing == filing).order_by(decisions.c.id)
        with self._read() as connection:
            return tuple(as_decision(row) for row in connection.execute(query).mappings())

    def start_run(self, kind: str, now: datetime) -> int:
        """Notes that a run began; returns its id."""
        row = {"kind": kind, "started_at": as_text(now), "outcome": "running", "json": "{}"}
        with self._write() as connection:
            return insert(connection, runs, row)

    def finish_run(self, run: int, outcome: str, counts: Json, now: datetime) -> None:
        """Notes how a run ended; `counts` holds numbers and codes, no values."""
        values = {"finished_at": as_text(now), "outcome": outcome, "json": dump(counts)}
        with self._write() as connection:
            connection.execute(sa.update(runs).where(runs.c.id == run).values(values))

    def runs(self, limit: int = 20) -> tuple[RunRow, ...]:
        """The last runs, newest first."""
        with self._read() as connection:
            rows = connection.execute(sa.select(runs).order_by(runs.c.id.desc()).limit(limit)).mappings()
            return tuple(_run(row) for row in rows)

    def note_access(self, action: str, filing_key: str, who: str, now: datetime, detail: str = "") -> None:
        """Adds to the audit log who read or changed what; ids and codes only, so that it can outlive a filing."""
        row = {"at": as_text(now), "who": who, "action": action, "filing_key": filing_key, "detail": detail}
        with self._write() as connection:
            connection.execute(sa.insert(audit).values(row))

    def accesses(self, filing_key: str = "", limit: int = 1000) -> tuple[AuditRow, ...]:
        """The audit log, newest first; of one filing if it is named."""
        query = sa.select(audit).order_by(audit.c.id.desc()).limit(limit)
        if filing_key:
            query = query.where(audit.c.filing_key == filing_key)
        with self._read() as connection:
            return tuple(
                AuditRow(as_time(row["at"]), row["who"], row["action"], row["filing_key"], row["detail"])
                for row in connection.execute(query).mappings()
            )


def as_decision(row: RowMapping) -> Decision:
    """A decision from its row."""
    value, decided_at = load(row["json"]), as_time(row["decided_at"])
    return Decision(row["id"], row["filing"], row["kind"], row["where"], value, row["who"], decided_at)


def _run(row: RowMapping) -> RunRow:
    finished = None if row["finished_at"] is None else as_time(row["finished_at"])
    return RunRow(row["id"], row["kind"], as_time(row["started_at"]), finished, row["outcome"], load(row["json"]))
