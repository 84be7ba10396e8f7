"""Waiting files get a table of their own, filings to prepare become rows with leases, reads are audited."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_NAMES = {"uq": "%(table_name)s_%(column_0_N_name)s_key"}
"""How PostgreSQL names a unique constraint by itself; SQLite gives it no name."""


def upgrade() -> None:
    """Several inboxes and several workers may share the ledger."""
    with op.batch_alter_table("meta") as meta:
        meta.alter_column("value", type_=sa.BigInteger, existing_type=sa.Integer, existing_nullable=True)
    with op.batch_alter_table("takings", naming_convention=_NAMES) as takings:
        takings.drop_constraint("takings_taken_raw_inode_size_mtime_ns_key", type_="unique")
        takings.add_column(sa.Column("inbox", sa.Text, nullable=False, server_default=""))
        takings.add_column(sa.Column("purged", sa.Boolean, nullable=False, server_default=sa.false()))
    once = ["inbox", "taken_raw", "inode", "size", "mtime_ns"]
    op.create_index("takings_once", "takings", once, unique=True)
    _new_tables()
    _move_waiting()
    _list_filings_to_prepare()


def _new_tables() -> None:
    op.create_table(
        "waiting",
        sa.Column("id", sa.Integer, primary_key=True),
        *_texts("inbox"),
        sa.Column("path_raw", sa.LargeBinary, nullable=False),
        *_texts("path", "filing"),
        sa.Column("size", sa.BigInteger, nullable=False),
        *_texts("state", "reason_zh", "reason_en", "since"),
        sa.Column("is_busy", sa.Boolean, nullable=False),
        sa.UniqueConstraint("inbox", "path_raw"),
    )
    op.create_table(
        "todo",
        sa.Column("filing", sa.Text, primary_key=True),
        sa.Column("change", sa.BigInteger, nullable=False),
        *_texts("worker", "until"),
        sa.Column("attempts", sa.Integer, nullable=False),
    )
    op.create_index("todo_by_until", "todo", ["until", "change"])
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, primary_key=True),
        *_texts("at", "who", "action", "filing_key", "detail"),
    )
    op.create_index("audit_by_filing", "audit", ["filing_key", "id"])


def _move_waiting() -> None:
    op.execute(
        "INSERT INTO waiting (inbox, path_raw, path, filing, size, state, reason_zh, reason_en, since, is_busy) "
        "SELECT '', path_raw, path, filing, size, state, reason_zh, reason_en, since, FALSE "
        "FROM arrivals WHERE sha256 = ''"
    )
    op.execute("DELETE FROM arrivals WHERE sha256 = ''")


def _list_filings_to_prepare() -> None:
    op.execute(
        "INSERT INTO todo (filing, change, worker, until, attempts) "
        "SELECT changes.filing, MAX(changes.change), '', '', 0 "
        "FROM (SELECT filing, change FROM arrivals UNION ALL SELECT filing, change FROM decisions) AS changes "
        "LEFT JOIN filings ON filings.id = changes.filing "
        "WHERE changes.change > COALESCE(filings.seen, 0) GROUP BY changes.filing"
    )


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]
