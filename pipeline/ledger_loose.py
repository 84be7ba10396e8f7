"""The ledger's loose files: which of them nobody has been found for, and the filings they were offered to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from pipeline.ledger_arrivals import as_arrival
from pipeline.ledger_base import Database, upsert
from pipeline.ledger_tables import arrivals, marks, offers
from pipeline.loose_files import Offer, names_in
from pipeline.marks import Mark
from pipeline.model import Text
from pipeline.rows import UNASSIGNED, Arrival, State

_LONGEST = 300
"""Letters of a value that is kept as a mark: a longer one was misread, and no index takes it."""
_MANY = 300


class Loose(Database):
    """Files that lie loose in the inbox."""

    def save_marks(self, arrival: int, found: Iterable[Mark]) -> None:
        """Keeps what a loose file says of whose it is."""
        with self._write() as connection:
            replace_marks(connection, UNASSIGNED, found, arrival)

    def marks_of(self, loose: Iterable[int]) -> dict[int, frozenset[Mark]]:
        """What loose files said of whose they are when they were read."""
        found: dict[int, frozenset[Mark]] = dict.fromkeys(loose, frozenset())
        query = sa.select(marks.c.arrival, marks.c.kind, marks.c.value).where(marks.c.arrival.in_(list(found)))
        with self._read() as connection:
            for arrival, kind, value in connection.execute(query):
                found[arrival] |= {(kind, value)}
        return found

    def filings_like(self, found: Iterable[Mark], file_name: str) -> dict[str, frozenset[Mark]]:
        """The filings that share a mark with a file, or whose entity its name may hold, each with those marks."""
        named = (marks.c.kind == "entity") & marks.c.value.in_(sorted(names_in(file_name)))
        conditions = [named, *(sa.tuple_(marks.c.kind, marks.c.value).in_(part) for part in _parts(sorted(found)))]
        like: dict[str, frozenset[Mark]] = {}
        with self._read() as connection:
            for condition in conditions:
                query = sa.select(marks.c.filing, marks.c.kind, marks.c.value).where(marks.c.arrival == 0, condition)
                for filing, kind, value in connection.execute(query):
                    like[filing] = like.get(filing, frozenset()) | {(kind, value)}
        return like

    def unoffered(self, *states: State, limit: int) -> tuple[Arrival, ...]:
        """The current loose files in these states that were offered to no filing, newest first."""
        loose = (arrivals.c.filing == UNASSIGNED) & arrivals.c.superseded_by.is_(None)
        is_new = arrivals.c.id.not_in(sa.select(offers.c.arrival))
        wanted = loose & is_new & arrivals.c.state.in_([state.value for state in states])
        with self._read() as connection:
            newest = sa.select(arrivals).where(wanted).order_by(arrivals.c.id.desc()).limit(limit)
            return tuple(as_arrival(row) for row in connection.execute(newest).mappings())

    def save_offers(self, found: Mapping[int, Offer]) -> None:
        """Keeps which filing each arrival was offered to; a newer offer replaces the older one."""
        with self._write() as connection:
            for arrival, offer in found.items():
                row = {"arrival": arrival, "filing": offer.filing, "why_zh": offer.why.zh, "why_en": offer.why.en}
                upsert(connection, offers, row, ("arrival",))

    def offers(self) -> dict[int, Offer]:
        """Arrival to the filing it was offered to, of all files that are still loose."""
        loose = sa.select(arrivals.c.id).where(arrivals.c.filing == UNASSIGNED)
        with self._read() as connection:
            rows = connection.execute(sa.select(offers).where(offers.c.arrival.in_(loose))).mappings()
            return {row["arrival"]: Offer(row["filing"], Text(row["why_zh"], row["why_en"])) for row in rows}


def replace_marks(connection: Connection, filing: str, found: Iterable[Mark], arrival: int = 0) -> None:
    """Puts the marks of a filing, or of a loose file, in place of those that are known."""
    connection.execute(sa.delete(marks).where(marks.c.filing == filing, marks.c.arrival == arrival))
    rows = [
        {"filing": filing, "arrival": arrival, "kind": kind, "value": value}
        for kind, value in sorted(found)
        if len(value) <= _LONGEST
    ]
    if rows:
        connection.execute(sa.insert(marks), rows)


def _parts(wanted: list[Mark]) -> list[list[Mark]]:
    return [wanted[start : start + _MANY] for start in range(0, len(wanted), _MANY)]
