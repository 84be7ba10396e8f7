"""`beianbox status` as a list: quick with any number of filings, and never from a ledger it does not understand."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline import ledger_commands, ledger_glance
from pipeline.cli import main
from pipeline.ledger import open_ledger

ROOT = Path(__file__).parent.parent.parent
NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BEIANBOX_HOME", str(tmp_path / "home"))
    assert main(["status"]) == 0  # makes home and ledger
    return tmp_path / "home"


def save(home: Path, *filings: str) -> None:
    ledger = open_ledger(home / "state.db")
    for number, filing in enumerate(filings):
        ledger.save_filing(filing, {}, expected_version=0, seen=0, now=NOW.replace(minute=number))
    ledger.save_bundle(filings[0], "/bundles/v1", "d1", NOW)
    ledger.save_bundle(filings[0], "/bundles/v2", "d2", NOW)
    ledger.close()


def test_the_list_names_the_newest_filings_first_with_their_newest_bundle(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(home, "甲-1", "乙-2")
    capsys.readouterr()
    assert main(["status", "--json"]) == 0
    common = {"version": 1, "status": "prepared", "order": None, "next": None}
    assert json.loads(capsys.readouterr().out) == [
        {"filing": "乙-2", "bundle": "", **common},
        {"filing": "甲-1", "bundle": "/bundles/v2", **common},
    ]
    assert main(["status"]) == 0
    assert capsys.readouterr().out == "乙-2  1  prepared\n甲-1  1  prepared  /bundles/v2\n"


def test_the_glance_says_what_the_ledger_says(home: Path) -> None:
    save(home, *(f"f-{number}" for number in range(5)))
    ledger = open_ledger(home / "state.db")
    ledger.save_event("f-3", "submit", {}, "li", NOW)
    assert ledger_glance.newest(str(home / "state.db"), 4) == ledger.newest(4)
    assert [one.is_tracked for one in ledger.newest(4)] == [False, True, False, False]
    ledger.close()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.unlink(),
        lambda path: path.chmod(0o644),
        lambda path: path.write_bytes(b"no database" * 100),
        lambda path: execute(path, f"UPDATE {ledger_glance.REVISION_TABLE} SET version_num = '9999'"),
        lambda path: execute(path, "INSERT INTO meta VALUES ('vault', 1)"),
        lambda path: execute(path, "DROP TABLE filings"),
    ],
    ids=["missing", "open to others", "no ledger", "newer", "encrypted", "damaged"],
)
def test_the_glance_leaves_all_else_to_the_ledger(home: Path, spoil: object) -> None:
    assert ledger_glance.newest(str(home / "state.db"), 4) == ()
    spoil(home / "state.db")  # type: ignore[operator]
    assert ledger_glance.newest(str(home / "state.db"), 4) is None
    assert ledger_glance.newest("postgresql://db/beianbox", 4) is None


def test_status_refuses_a_ledger_of_a_newer_version(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    execute(home / "state.db", f"UPDATE {ledger_glance.REVISION_TABLE} SET version_num = '9999'")
    assert main(["status", "--json"]) == 3
    assert "99" in json.loads(capsys.readouterr().out)["error"]["message"]["en"]


def test_the_list_loads_no_database_library_and_stops_at_its_limit(home: Path) -> None:
    with sqlite3.connect(home / "state.db") as connection:
        rows = ((f"f-{number}", 1, "prepared", 0, f"2026-01-05T08:00:{number:05}", "{}") for number in range(1200))
        connection.executemany("INSERT INTO filings VALUES (?, ?, ?, ?, ?, ?)", rows)
    connection.close()
    code = (
        "import sys\nfrom pipeline.cli import main\nmain(['status', '--json'])\n"
        "heavy = {'sqlalchemy', 'pydantic', 'yaml', 'pipeline.work', 'pipeline.rulebook'}\n"
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    environ = {**os.environ, "BEIANBOX_HOME": str(home)}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    rows_shown = json.loads(done.stdout)
    assert len(rows_shown) == ledger_commands.SHOWN and rows_shown[0]["filing"] == "f-1199"


def execute(path: Path, statement: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    connection.close()
