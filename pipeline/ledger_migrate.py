"""Brings a ledger to the newest revision with Alembic; the only module that loads it, and only where there is work.

The revisions stand in `pipeline/migrations/versions`, the oldest first; a new ledger goes through all of them, so that
there is one description of how tables come about. All of it is one transaction: a ledger is of the old revision or of
the newest, never between. There is no way back but the copy that is kept of a ledger file.

Ledgers from before Alembic have a number (1 to 5) as `schema` in their table `meta`; revision 0001 to 0005 is the same.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection, Engine

from pipeline import ledger_tables as tables
from pipeline.errors import EnvironmentProblem
from pipeline.ledger_base import COPY_MARK, WRITE, file_of
from pipeline.ledger_glance import REVISION, REVISION_TABLE

_LOCK_NUMBER = 0x6265_6961_6E  # "beian": the name of PostgreSQL's lock while tables are made


def migrate(engine: Engine) -> None:
    """Makes the tables where there are none, and runs the revisions that the ledger lacks.

    Raises:
        EnvironmentProblem: the ledger is of a newer revision than this program knows or is none, or no copy of its
            file can be kept.
    """
    with engine.connect().execution_options(**{WRITE: True}) as connection, _migrating(connection):
        config = _config(connection)
        _adopt(config, connection)
        found = _revision(connection)
        if found == REVISION:  # another process did it while this one waited
            return
        if found is not None:
            _refuse_unknown(config, found)
            _keep_copy(engine, found)
        command.upgrade(config, "head")


@contextmanager
def _migrating(connection: Connection) -> Iterator[None]:
    """One transaction that no other process migrates in, without foreign keys: SQLite changes a table by a new one.

    Deleting the old table would delete what refers to it; whether all references hold is asked at the end.
    """
    if connection.dialect.name != "sqlite":
        with connection.begin():
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK_NUMBER)))
            yield
        return
    _set_foreign_keys(connection, "OFF")
    try:
        with connection.begin():
            yield
            if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
                raise sa.exc.IntegrityError("PRAGMA foreign_key_check", None, ValueError("a reference leads nowhere"))
    finally:
        _set_foreign_keys(connection, "ON")


def _set_foreign_keys(connection: Connection, word: str) -> None:
    """By the driver's own connection: SQLite ignores this in a transaction, which SQLAlchemy would begin."""
    dbapi = connection.connection.dbapi_connection
    assert dbapi is not None
    with closing(dbapi.cursor()) as cursor:
        cursor.execute(f"PRAGMA foreign_keys={word}")


def _config(connection: Connection) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "pipeline:migrations")
    return config


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection, opts={"version_table": REVISION_TABLE}).get_current_revision()


def _adopt(config: Config, connection: Connection) -> None:
    """Puts a ledger from before Alembic at the revision that its number means."""
    if _revision(connection) is not None or not sa.inspect(connection).has_table("meta"):
        return
    number = tables.meta.c.key == "schema"
    found = connection.execute(sa.select(tables.meta.c.value).where(number)).scalar()
    if found not in range(1, 6):
        raise EnvironmentProblem(
            f"该数据库不是 beianbox 台账，或由更新的程序建立（版本 {found}）。请检查 ledger 所指的位置。",
            f"This database is no ledger of beianbox, or a newer program made it (version {found}). "
            "Check the place that `ledger` names.",
        )
    command.stamp(config, f"{found:04}")
    connection.execute(sa.delete(tables.meta).where(number))


def _refuse_unknown(config: Config, found: str) -> None:
    if found not in {one.revision for one in ScriptDirectory.from_config(config).walk_revisions()}:
        raise EnvironmentProblem(
            f"台账由更新的 beianbox 建立：其版本为 {found}，本程序只认识到 {REVISION}。台账未作改动；请升级 beianbox。",
            f"A newer beianbox made the ledger: its revision is {found}, this program knows none after {REVISION}. "
            "Nothing was changed; upgrade beianbox.",
        )


def _keep_copy(engine: Engine, found: str) -> None:
    """Keeps a copy of a ledger file as it was, beside it; whole or absent. A server's copies are its keeper's affair."""
    file = file_of(engine)
    if file is None:
        return
    copy = file.with_name(f"{file.name}{COPY_MARK}{found}")
    draft = copy.with_name(f"{copy.name}.part")
    try:
        draft.unlink(missing_ok=True)
        os.close(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(draft)) as target:
            source.backup(target)
        draft.replace(copy)
    except (OSError, sqlite3.Error) as error:
        draft.unlink(missing_ok=True)
        raise EnvironmentProblem(
            f"升级台账前无法保存副本 {copy}：{error}。台账未作改动；请检查磁盘空间与权限后重试。",
            f"No copy of the ledger could be kept as {copy} before bringing it up to date: {error}. "
            "Nothing was changed; check the disk's space and rights, then try again.",
        ) from error
