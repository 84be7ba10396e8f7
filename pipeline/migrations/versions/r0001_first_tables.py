"""Arrivals, takings, readings, filings, bundles, decisions and runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Makes the first tables, with the counter of changes at its start."""
    meta = op.create_table(
        "meta", sa.Column("key", sa.Text, primary_key=True), sa.Column("value", sa.Integer, nullable=True)
    )
    op.bulk_insert(meta, [{"key": "change", "value": 0}])
    _arrivals()
    _takings()
    _filings()
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer, primary_key=True),
        *_texts("kind", "started_at"),
        sa.Column("finished_at", sa.Text, nullable=True),
        *_texts("outcome", "json"),
    )


def _arrivals() -> None:
    op.create_table(
        "arrivals",
        sa.Column("id", sa.Integer, primary_key=True),
        *_texts("sha256"),
        sa.Column("size", sa.BigInteger, nullable=False),
        *_texts("filing", "path"),
        sa.Column("path_raw", sa.LargeBinary, nullable=False),
        *_texts("state", "reason_zh", "reason_en", "note_zh", "note_en", "arrived_at", "since"),
        sa.Column("superseded_by", sa.Integer, nullable=True),
        sa.Column("change", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("sha256", "filing", "path_raw"),
    )
    op.create_index("arrivals_by_filing", "arrivals", ["filing", "change"])
    op.create_index("arrivals_by_path", "arrivals", ["path_raw"])
    op.create_index("arrivals_by_state", "arrivals", ["state"])
    op.create_table(
        "readings",
        *(sa.Column(name, sa.Text, primary_key=True) for name in ("sha256", "reader", "reader_version")),
        *_texts("json", "saved_at"),
    )


def _takings() -> None:
    op.create_table(
        "takings",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("path_raw", sa.LargeBinary, nullable=False),
        sa.Column("taken_raw", sa.LargeBinary, nullable=False),
        *_texts("sha256"),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in ("inode", "size", "mtime_ns")),
        *_texts("at"),
        sa.Column("closed", sa.Boolean, nullable=False),
        sa.UniqueConstraint("taken_raw", "inode", "size", "mtime_ns"),
    )
    op.create_index("takings_by_path", "takings", ["path_raw"])
    op.create_index("takings_open", "takings", ["closed", "at"])


def _filings() -> None:
    op.create_table(
        "filings",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        *_texts("status"),
        sa.Column("seen", sa.BigInteger, nullable=False),
        *_texts("updated_at", "json"),
    )
    op.create_index("filings_by_status", "filings", ["status", "updated_at", "id", "version"])
    op.create_table(
        "bundles",
        sa.Column("filing", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        *_texts("folder", "digest", "created_at"),
    )
    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer, primary_key=True),
        *_texts("filing", "kind", "where", "json", "who", "decided_at"),
        sa.Column("change", sa.BigInteger, nullable=False),
    )
    op.create_index("decisions_by_filing", "decisions", ["filing", "change"])


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]
