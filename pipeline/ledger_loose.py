"""The ledger's loose files: which of them nobody has been found for, and the filings they were offered to."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from pipeline.ledger_arrivals import as_arrival
from pipeline.ledger_base import Database, upsert
from pipeline.ledger_tables import arrivals, offers
from pipeline.loose_files import Offer
from pipeline.model import Text
from pipeline.rows import UNASSIGNED, Arrival, State


class Loose(Database):
    """Files that lie loose in the inbox."""

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
