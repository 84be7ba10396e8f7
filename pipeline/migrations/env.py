"""Run by Alembic for the ledger's revisions: over the connection that `pipeline.ledger_migrate` hands over.

`alembic -x ledger=state.db …` in the project's folder opens a ledger for those who write a revision; the command is
set up in pyproject.toml and nothing of it is needed to use beianbox.
"""

from __future__ import annotations

from alembic import context
from sqlalchemy.engine import Connection

from pipeline.ledger_base import make_engine
from pipeline.ledger_glance import REVISION_TABLE
from pipeline.ledger_tables import metadata


def run(connection: Connection) -> None:
    """Runs what was asked for in the transaction that is open, or in one of its own."""
    context.configure(
        connection=connection, target_metadata=metadata, version_table=REVISION_TABLE, render_as_batch=True
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with make_engine(context.get_x_argument(as_dictionary=True)["ledger"]).connect() as opened:
        run(opened)
        opened.commit()
