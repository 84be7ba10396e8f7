"""What filings and loose files say of whose they are is found by value."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """The marks of the filings there are follow with the next revision."""
    op.create_table(
        "marks",
        sa.Column("filing", sa.Text, primary_key=True),
        sa.Column("arrival", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, primary_key=True),
    )
    op.create_index("marks_by_value", "marks", ["value", "kind"])
    op.create_index("marks_by_arrival", "marks", ["arrival"])
