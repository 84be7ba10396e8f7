"""Whether a ledger's tables are those this program knows: one plain question at each start.

Making them, or bringing them up to date, is `pipeline.ledger_migrate`'s: Alembic is loaded only for that.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DatabaseError

from pipeline.ledger_glance import REVISION, REVISION_TABLE


def prepare(engine: Engine) -> None:
    """Makes a new ledger's tables, and brings those of an older one up to date.

    Raises:
        EnvironmentProblem: as `pipeline.ledger_migrate.migrate`.
    """
    with engine.connect() as connection:
        if _is_newest(connection):
            return
    from pipeline.ledger_migrate import migrate

    migrate(engine)


def _is_newest(connection: Connection) -> bool:
    try:
        found = connection.execute(sa.text(f"SELECT version_num FROM {REVISION_TABLE}")).scalar_one_or_none()
    except DatabaseError:  # there is no such table, or worse: migrating tells
        return False
    return bool(found == REVISION)
