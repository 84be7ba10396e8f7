"""Versions of the ledger's schema: made new, or brought up to date, in one transaction under the writers' lock.

Both databases undo changes of tables with the transaction, so a ledger is of the old version or of the new one,
never between. A program refuses a ledger that a newer program has changed.
"""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from pipeline import ledger_tables as tables
from pipeline.errors import EnvironmentProblem
from pipeline.ledger_base import WRITE, load
from pipeline.ledger_glance import SCHEMA_VERSION
from pipeline.ledger_loose import replace_marks
from pipeline.loose_files import marks_of_filing

_LOCK_NUMBER = 0x6265_6961_6E  # "beian": the name of PostgreSQL's lock while tables are made


def prepare(engine: Engine) -> None:
    """Makes the tables where there are none, and runs the steps that the ledger lacks.

    Raises:
        EnvironmentProblem: the ledger is of a newer version than this program knows.
    """
    with engine.connect().execution_options(**{WRITE: True}) as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK_NUMBER)))
        if not sa.inspect(connection).has_table("meta"):
            _make_new(connection)
            return
        found = connection.execute(sa.select(tables.meta.c.value).where(tables.meta.c.key == "schema")).scalar()
        _bring_up_to_date(connection, found)


def _make_new(connection: Connection) -> None:
    tables.metadata.create_all(connection)
    rows = [{"key": "schema", "value": SCHEMA_VERSION}, {"key": "change", "value": 0}]
    connection.execute(sa.insert(tables.meta), rows)


def _bring_up_to_date(connection: Connection, found: int | None) -> None:
    if found is None or found not in range(1, SCHEMA_VERSION + 1):
        raise _other_version(found)
    for version in range(found, SCHEMA_VERSION):
        _STEPS[version](connection)
    if found != SCHEMA_VERSION:
        reached = sa.update(tables.meta).where(tables.meta.c.key == "schema").values(value=SCHEMA_VERSION)
        connection.execute(reached)


def _other_version(found: int | None) -> EnvironmentProblem:
    return EnvironmentProblem(
        f"台账版本为 {found}，本程序需要版本 {SCHEMA_VERSION}。请安装与台账相符的 beianbox 版本。",
        f"The ledger has version {found}, this program needs version {SCHEMA_VERSION}. "
        "Install the version of beianbox that made it.",
    )


def _from_1_to_2(connection: Connection) -> None:
    """Waiting files get a table of their own, filings to prepare become rows with leases, reads are audited."""
    for table in (tables.waiting, tables.todo, tables.audit):
        table.create(connection)
    connection.exec_driver_sql("ALTER TABLE takings ADD COLUMN inbox TEXT NOT NULL DEFAULT ''")
    connection.exec_driver_sql("ALTER TABLE takings ADD COLUMN purged BOOLEAN NOT NULL DEFAULT FALSE")
    next(index for index in tables.takings.indexes if index.name == "takings_once").create(connection)
    connection.exec_driver_sql(
        "INSERT INTO waiting (inbox, path_raw, path, filing, size, state, reason_zh, reason_en, since, is_busy) "
        "SELECT '', path_raw, path, filing, size, state, reason_zh, reason_en, since, FALSE "
        "FROM arrivals WHERE sha256 = ''"
    )
    connection.exec_driver_sql("DELETE FROM arrivals WHERE sha256 = ''")
    connection.exec_driver_sql(
        "INSERT INTO todo (filing, change, worker, until, attempts) "
        "SELECT changes.filing, MAX(changes.change), '', '', 0 "
        "FROM (SELECT filing, change FROM arrivals UNION ALL SELECT filing, change FROM decisions) AS changes "
        "LEFT JOIN filings ON filings.id = changes.filing "
        "WHERE changes.change > COALESCE(filings.seen, 0) GROUP BY changes.filing"
    )


def _from_2_to_3(connection: Connection) -> None:
    """The queue of the review page keeps its lines."""
    tables.summaries.create(connection)


def _from_3_to_4(connection: Connection) -> None:
    """Loose files are offered to filings; the newest filings are found without looking at all of them."""
    tables.offers.create(connection)
    next(index for index in tables.filings.indexes if index.name == "filings_by_time").create(connection)


def _from_4_to_5(connection: Connection) -> None:
    """What filings say of whose they are is found by value."""
    tables.marks.create(connection)
    for (ident,) in connection.execute(sa.select(tables.filings.c.id)).all():
        kept = connection.execute(sa.select(tables.filings.c.json).where(tables.filings.c.id == ident)).scalar_one()
        replace_marks(connection, ident, marks_of_filing(load(kept).get("filing", {})))


_STEPS: dict[int, Callable[[Connection], None]] = {
    1: _from_1_to_2,
    2: _from_2_to_3,
    3: _from_3_to_4,
    4: _from_4_to_5,
}
