"""The queue of the review page keeps its lines."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """A line is kept for the version and the decision it was made from."""
    op.create_table(
        "summaries",
        sa.Column("filing", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("decision", sa.Integer, nullable=False),
        sa.Column("json", sa.Text, nullable=False),
    )
