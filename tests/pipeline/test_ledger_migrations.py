"""The ledger's revisions: new ledgers and old ones end at the same tables, and none is left between two revisions."""

from __future__ import annotations

import json
import multiprocessing
import sqlite3
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from pipeline import ledger_migrate
from pipeline.errors import EnvironmentProblem
from pipeline.ledger import open_ledger
from pipeline.ledger_base import make_engine
from pipeline.ledger_glance import REVISION, REVISION_TABLE, newest
from pipeline.ledger_tables import filings, marks, metadata
from pipeline.rows import UNASSIGNED, Incoming

NOW = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
FIRST = (Path(__file__).parent / "ledger_version_1.sql").read_text("utf-8")
"""The statements of version 1: a recorded file, one that waits, and one filing that is prepared."""


def of_number(place: Path | str, number: int) -> None:
    """Makes a ledger as beianbox did before it used Alembic: with a number in the table `meta`."""
    engine = make_engine(place)
    with engine.connect() as connection, connection.begin():
        command.upgrade(ledger_migrate._config(connection), f"{number:04}")
        connection.execute(sa.text(f"DROP TABLE {REVISION_TABLE}"))
        connection.execute(sa.text("INSERT INTO meta VALUES ('schema', :number)"), {"number": number})
    engine.dispose()


def differences(place: Path | str) -> list[object]:
    """What Alembic would write into a next revision."""
    engine = make_engine(place)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": REVISION_TABLE})
        found: list[object] = compare_metadata(context, metadata)
    engine.dispose()
    return found


def first_version(path: Path, *more: str) -> Path:
    with sqlite3.connect(path) as connection:
        connection.executescript(FIRST)
        for statement in more:
            connection.execute(statement)
    connection.close()
    return path


def asked(path: Path, question: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(question).fetchall()
    finally:
        connection.close()


def test_the_constant_is_the_newest_revision() -> None:
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        scripts = ScriptDirectory.from_config(ledger_migrate._config(connection))
    assert scripts.get_heads() == [REVISION]


def test_a_new_ledger_has_the_tables_the_program_speaks_of(place: Path | str) -> None:
    open_ledger(place).close()
    assert differences(place) == []


@pytest.mark.parametrize("number", range(1, 6))
def test_a_ledger_from_before_alembic_ends_at_the_same_tables(place: Path | str, number: int) -> None:
    of_number(place, number)
    open_ledger(place).close()
    assert differences(place) == []


def test_what_stood_in_a_ledger_of_the_first_version_is_there_afterwards(tmp_path: Path) -> None:
    place = first_version(tmp_path / "state.db")
    for _ in range(2):
        ledger = open_ledger(place)
        assert ledger.filings_to_prepare() == ("f-2",)
        assert [(row.path, row.since) for row in ledger.waiting()] == [("f/waits.jpg", NOW)]
        assert [row.path for row in ledger.arrivals_of("f-1")] == ["f/x.jpg"]
        assert [row.path_raw for row in ledger.open_takings()] == [b"f/x.jpg"]
        ledger.close()
    assert differences(place) == []
    ledger = open_ledger(place)
    claim = ledger.claim("one", 60)
    assert claim is not None and claim.change == 2
    ledger.record_arrival(Incoming("c" * 64, 3, "f-3", b"g/new.jpg", "g/new.jpg", b".taken/new", 1, 7), NOW)
    assert ledger.filings_to_prepare() == ("f-2", "f-3")
    ledger.close()


def test_filings_of_an_older_ledger_are_found_by_their_phones_and_loose_files_by_their_numbers(
    place: Path | str,
) -> None:
    of_number(place, 5)
    document = {"filing": {"entity": {"name": "样本（甲）公司"}, "service_person": {"mobile": "+86 138 0000 0001"}}}
    engine = make_engine(place)
    with engine.connect() as connection, connection.begin():
        row = {
            "id": "f-1",
            "version": 1,
            "status": "prepared",
            "seen": 0,
            "updated_at": "2026-01-05T08:00:00+00:00",
            "json": json.dumps(document),
        }
        connection.execute(sa.insert(filings).values(row))
        said = {"filing": UNASSIGNED, "arrival": 7, "kind": "number", "value": "44x"}
        connection.execute(sa.insert(marks).values([said, {**said, "value": "44X"}]))
    engine.dispose()
    ledger = open_ledger(place)
    assert [one.filing for one in ledger.filings_sharing([("phone", "13800000001")])] == ["f-1"]
    assert [one.filing for one in ledger.filings_sharing([("entity", "样本(甲)公司")])] == ["f-1"]
    assert ledger.marks_of([7]) == {7: {("number", "44X")}}
    ledger.close()


def test_a_copy_of_an_older_ledger_is_kept_closed_to_others_until_a_filing_is_purged(tmp_path: Path) -> None:
    ledger = open_ledger(first_version(tmp_path / "state.db"))
    copy = tmp_path / "state.db.before-0001"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert asked(copy, "select value from meta where key = 'schema'") == [(1,)]
    assert asked(copy, "select count(*) from arrivals") == [(2,)], "with what moved to a table of its own since"
    ledger.forget_filing("f-1")
    ledger.close()
    assert [path.name for path in tmp_path.iterdir() if "before" in path.name] == []


def test_a_new_ledger_and_one_at_the_newest_revision_need_no_copy(tmp_path: Path) -> None:
    for _ in range(2):
        open_ledger(tmp_path / "state.db").close()
    assert [path.name for path in tmp_path.iterdir()] == ["state.db"]


def test_where_no_copy_can_be_kept_the_ledger_stays_as_it_was(tmp_path: Path) -> None:
    place = first_version(tmp_path / "state.db")
    (tmp_path / "state.db.before-0001").mkdir()
    with pytest.raises(EnvironmentProblem, match="Nothing was changed") as caught:
        open_ledger(place)
    assert "副本" in caught.value.zh
    assert asked(place, "select value from meta where key = 'schema'") == [(1,)]
    assert [path.name for path in tmp_path.glob("*.part")] == []


def test_a_revision_that_fails_undoes_those_before_it(tmp_path: Path) -> None:
    place = first_version(tmp_path / "state.db", "CREATE TABLE offers (mine TEXT)")
    before = asked(place, "select sql from sqlite_master order by name")
    with pytest.raises(EnvironmentProblem, match="offers"):
        open_ledger(place)
    assert asked(place, "select sql from sqlite_master order by name") == before
    assert asked(place, "select value from meta where key = 'schema'") == [(1,)]


def test_a_ledger_of_a_newer_program_is_refused_untouched(place: Path | str) -> None:
    open_ledger(place).close()
    engine = make_engine(place)
    with engine.connect() as connection, connection.begin():
        connection.execute(sa.text(f"UPDATE {REVISION_TABLE} SET version_num = '9999'"))
    with pytest.raises(EnvironmentProblem, match="upgrade beianbox") as caught:
        open_ledger(place)
    assert "9999" in caught.value.zh and REVISION in caught.value.zh
    with engine.connect() as connection:
        assert connection.execute(sa.text(f"SELECT version_num FROM {REVISION_TABLE}")).scalar() == "9999"
    engine.dispose()
    assert isinstance(place, str) or (newest(str(place), 5) is None and not list(place.parent.glob("*.before-*")))


@pytest.mark.parametrize("rows", ["", "INSERT INTO meta VALUES ('schema', 6)"])
def test_a_database_that_is_no_ledger_is_refused(tmp_path: Path, rows: str) -> None:
    with sqlite3.connect(tmp_path / "state.db") as connection:
        connection.executescript(f"CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER);{rows}")
    connection.close()
    with pytest.raises(EnvironmentProblem, match="no ledger of beianbox"):
        open_ledger(tmp_path / "state.db")


def _open(place: Path | str) -> None:
    open_ledger(place).close()


def test_processes_that_start_at_once_bring_a_ledger_up_to_date_once(place: Path | str) -> None:
    of_number(place, 1)
    context = multiprocessing.get_context("spawn")
    starting = [context.Process(target=_open, args=(place,)) for _ in range(3)]
    for one in starting:
        one.start()
    for one in starting:
        one.join(120)
    assert [one.exitcode for one in starting] == [0, 0, 0]
    assert differences(place) == []


def test_foreign_keys_count_again_after_a_migration(tmp_path: Path) -> None:
    engine = make_engine(tmp_path / "state.db")
    ledger_migrate.migrate(engine)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    engine.dispose()


def test_a_reference_that_leads_nowhere_afterwards_undoes_the_migration(tmp_path: Path) -> None:
    orphans = "CREATE TABLE mine (filing TEXT REFERENCES filings (id))", "INSERT INTO mine VALUES ('gone')"
    place = first_version(tmp_path / "state.db", *orphans)
    with pytest.raises(EnvironmentProblem, match="reference"):
        open_ledger(place)
    assert asked(place, "select value from meta where key = 'schema'") == [(1,)]


def test_a_ledger_at_the_newest_revision_is_opened_without_alembic(tmp_path: Path) -> None:
    open_ledger(tmp_path / "state.db").close()
    code = (
        "import sys\nfrom pathlib import Path\nfrom pipeline.ledger import open_ledger\n"
        "open_ledger(Path(sys.argv[1])).close()\nprint('alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "state.db")], capture_output=True, text=True)
    assert done.stdout.strip() == "False", done.stderr
