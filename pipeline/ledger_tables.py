"""The ledger's tables, as SQLite and PostgreSQL both know them.

Times are text in UTC that sorts as it passes. Documents are JSON text. `change` numbers grow with every change that
asks for a filing to be prepared again. `inbox` names the inbox a row belongs to where several machines share a ledger
and is empty where there is only one. Columns of type `Document`, `Name` and `RawName` are encrypted where the ledger has a
vault (`pipeline.ledger_sealed`).
"""

from __future__ import annotations

import sqlalchemy as sa

from pipeline.ledger_sealed import Document, Name, RawName

metadata = sa.MetaData()

meta = sa.Table("meta", metadata, sa.Column("key", sa.Text, primary_key=True), sa.Column("value", sa.BigInteger))

arrivals = sa.Table(
    "arrivals",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("sha256", Name("sha256"), nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("filing", Name("filing"), nullable=False),
    sa.Column("path", Name("path"), nullable=False),
    sa.Column("path_raw", RawName("path"), nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reason_zh", Name("text"), nullable=False),
    sa.Column("reason_en", Name("text"), nullable=False),
    sa.Column("note_zh", Name("text"), nullable=False),
    sa.Column("note_en", Name("text"), nullable=False),
    sa.Column("arrived_at", sa.Text, nullable=False),
    sa.Column("since", sa.Text, nullable=False),
    sa.Column("superseded_by", sa.Integer),
    sa.Column("change", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("sha256", "filing", "path_raw"),
    sa.Index("arrivals_by_filing", "filing", "change"),
    sa.Index("arrivals_by_path", "path_raw"),
    sa.Index("arrivals_by_state", "state"),
)

waiting = sa.Table(
    "waiting",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("inbox", sa.Text, nullable=False),
    sa.Column("path_raw", RawName("path"), nullable=False),
    sa.Column("path", Name("path"), nullable=False),
    sa.Column("filing", Name("filing"), nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reason_zh", Name("text"), nullable=False),
    sa.Column("reason_en", Name("text"), nullable=False),
    sa.Column("since", sa.Text, nullable=False),
    sa.Column("is_busy", sa.Boolean, nullable=False),
    sa.UniqueConstraint("inbox", "path_raw"),
)

takings = sa.Table(
    "takings",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("path_raw", RawName("path"), nullable=False),
    sa.Column("taken_raw", RawName("path"), nullable=False),
    sa.Column("sha256", Name("sha256"), nullable=False),
    sa.Column("inode", sa.BigInteger, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("mtime_ns", sa.BigInteger, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("closed", sa.Boolean, nullable=False),
    sa.Column("inbox", sa.Text, nullable=False, server_default=""),
    sa.Column("purged", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Index("takings_once", "inbox", "taken_raw", "inode", "size", "mtime_ns", unique=True),
    sa.Index("takings_open", "closed", "at"),
    sa.Index("takings_by_path", "path_raw"),
)

readings = sa.Table(
    "readings",
    metadata,
    sa.Column("sha256", Name("sha256"), primary_key=True),
    sa.Column("reader", sa.Text, primary_key=True),
    sa.Column("reader_version", sa.Text, primary_key=True),
    sa.Column("json", Document("readings"), nullable=False),
    sa.Column("saved_at", sa.Text, nullable=False),
)

filings = sa.Table(
    "filings",
    metadata,
    sa.Column("id", Name("filing"), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("seen", sa.BigInteger, nullable=False),
    sa.Column("updated_at", sa.Text, nullable=False),
    sa.Column("json", Document("filings"), nullable=False),
    sa.Index("filings_by_status", "status", "updated_at", "id", "version"),
    sa.Index("filings_by_time", "updated_at", "id", "version", "status"),
)

todo = sa.Table(
    "todo",
    metadata,
    sa.Column("filing", Name("filing"), primary_key=True),
    sa.Column("change", sa.BigInteger, nullable=False),
    sa.Column("worker", sa.Text, nullable=False),
    sa.Column("until", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Index("todo_by_until", "until", "change"),
)

bundles = sa.Table(
    "bundles",
    metadata,
    sa.Column("filing", Name("filing"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("folder", Name("bundle"), nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("created_at", sa.Text, nullable=False),
)

decisions = sa.Table(
    "decisions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("filing", Name("filing"), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("where", sa.Text, nullable=False),
    sa.Column("json", Document("decisions"), nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("decided_at", sa.Text, nullable=False),
    sa.Column("change", sa.BigInteger, nullable=False),
    sa.Index("decisions_by_filing", "filing", "change"),
)

summaries = sa.Table(
    "summaries",
    metadata,
    sa.Column("filing", Name("filing"), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("decision", sa.Integer, nullable=False),
    sa.Column("json", Document("summaries"), nullable=False),
)

offers = sa.Table(
    "offers",
    metadata,
    sa.Column("arrival", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("filing", Name("filing"), nullable=False),
    sa.Column("why_zh", Name("text"), nullable=False),
    sa.Column("why_en", Name("text"), nullable=False),
)

marks = sa.Table(
    "marks",
    metadata,
    sa.Column("filing", Name("filing"), primary_key=True),
    sa.Column("arrival", sa.Integer, primary_key=True, autoincrement=False),  # of a loose file, else 0
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("value", Name("mark"), primary_key=True),
    sa.Index("marks_by_value", "value", "kind"),
    sa.Index("marks_by_arrival", "arrival"),
)

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("started_at", sa.Text, nullable=False),
    sa.Column("finished_at", sa.Text),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("json", sa.Text, nullable=False),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("filing_key", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Index("audit_by_filing", "filing_key", "id"),
)
