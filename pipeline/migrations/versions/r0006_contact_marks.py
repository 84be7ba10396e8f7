"""Marks are kept in the form in which values are compared, with the phones and e-mails of persons in charge.

Unlike the tables, marks are an index of what the ledger holds: they are made anew as the program of today makes them,
because it is the one that looks them up.
"""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.engine import Connection

from pipeline.ledger_loose import replace_marks
from pipeline.marks import marks_of_filing
from pipeline.rows import UNASSIGNED
from pipeline.same import comparable

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Filings that share a phone or an e-mail are found by it."""
    connection = op.get_bind()
    _marks_of_filings(connection)
    _marks_of_loose_files(connection)


def _marks_of_filings(connection: Connection) -> None:
    filings = sa.table("filings", sa.column("id", sa.Text), sa.column("json", sa.Text))
    for (ident,) in connection.execute(sa.select(filings.c.id)).all():
        kept = connection.execute(sa.select(filings.c.json).where(filings.c.id == ident)).scalar_one()
        replace_marks(connection, ident, marks_of_filing(json.loads(kept).get("filing", {})))


def _marks_of_loose_files(connection: Connection) -> None:
    marks = sa.table("marks", *map(sa.column, ("arrival", "kind", "value")))
    found: dict[int, set[tuple[str, str]]] = {}
    for arrival, kind, value in connection.execute(sa.select(*marks.c).where(marks.c.arrival != 0)):
        found.setdefault(arrival, set()).add((kind, comparable(kind, value)))
    for arrival, said in found.items():
        replace_marks(connection, UNASSIGNED, said, arrival)
