"""Loose files are offered to filings; the newest filings are found without looking at all of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """A loose file has one offer at a time."""
    op.create_table(
        "offers",
        sa.Column("arrival", sa.Integer, primary_key=True, autoincrement=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("filing", "why_zh", "why_en")),
    )
    op.create_index("filings_by_time", "filings", ["updated_at", "id", "version", "status"])
