"""What filings and loose files say of whose they are is found by value."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

from pipeline.ledger_loose import replace_marks
from pipeline.loose_files import marks_of_filing

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """The marks of the filings there are come from the filings themselves."""
    op.create_table(
        "marks",
        sa.Column("filing", sa.Text, primary_key=True),
        sa.Column("arrival", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, primary_key=True),
    )
    op.create_index("marks_by_value", "marks", ["value", "kind"])
    op.create_index("marks_by_arrival", "marks", ["arrival"])
    connection = op.get_bind()
    filings = sa.table("filings", sa.column("id", sa.Text), sa.column("json", sa.Text))
    for (ident,) in connection.execute(sa.select(filings.c.id)).all():
        kept = connection.execute(sa.select(filings.c.json).where(filings.c.id == ident)).scalar_one()
        replace_marks(connection, ident, marks_of_filing(json.loads(kept).get("filing", {})))
