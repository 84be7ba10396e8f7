"""Opening a ledger: its file's rights, URLs, trouble of the database, threads and processes that share it."""

from __future__ import annotations

import multiprocessing
import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from pipeline.errors import EnvironmentProblem
from pipeline.ledger import Ledger, open_ledger
from pipeline.ledger_base import LedgerProblem, shown
from pipeline.rows import Arrival
from tests.pipeline.incoming import NOW, incoming


def test_the_file_is_closed_to_others_with_its_log(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path / "state.db")
    ledger.record_arrival(incoming(), NOW)
    names = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert set(names) == {"state.db", "state.db-wal", "state.db-shm"}
    assert set(names.values()) == {0o600}
    ledger.close()


def test_the_ledger_is_the_same_when_opened_again(place: Path | str) -> None:
    first = open_ledger(place)
    arrival = first.record_arrival(incoming(), NOW)
    first.close()
    second = open_ledger(place)
    assert second.arrivals_of("f-1") == (arrival,)
    second.close()


def test_a_file_that_is_no_database_is_an_error_of_the_environment(tmp_path: Path) -> None:
    (tmp_path / "state.db").write_bytes(b"this is no database, but long enough to look like one" * 40)
    with pytest.raises(EnvironmentProblem, match="cannot be opened"):
        open_ledger(tmp_path / "state.db")


def test_a_place_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentProblem, match="cannot be written"):
        open_ledger(tmp_path / "missing" / "state.db")


def test_a_ledger_named_by_url_is_set_up_like_one_named_by_file(tmp_path: Path) -> None:
    ledger = open_ledger(f"sqlite:///{tmp_path / 'state.db'}")
    ledger.record_arrival(incoming(), NOW)
    assert (tmp_path / "state.db-wal").exists()
    ledger.close()


@pytest.mark.parametrize("url", ["nosuch://db/x", "sqlite+nosuch:///x", "://"])
def test_a_url_of_an_unknown_database_is_an_error_of_the_environment(url: str) -> None:
    with pytest.raises(EnvironmentProblem) as caught:
        open_ledger(url)
    assert "ledger" in caught.value.zh


def test_a_password_in_a_database_url_is_not_shown() -> None:
    text = shown("postgresql://beian:geheim@db.example/x")
    assert "geheim" not in text
    assert "db.example" in text


def test_a_database_that_stays_locked_is_reported_as_the_ledgers_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.ledger_base._BUSY_SECONDS", 0.2)
    ledger = open_ledger(tmp_path / "state.db")
    holder = sqlite3.connect(tmp_path / "state.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(LedgerProblem) as caught:
        ledger.record_arrival(incoming(), NOW)
    assert caught.value.exit_code == 3
    assert "No file is lost" in str(caught.value)
    holder.execute("ROLLBACK")
    holder.close()
    assert ledger.record_arrival(incoming(), NOW).id == 1
    ledger.close()


def test_threads_share_a_ledger(ledger: Ledger) -> None:
    rows: list[Arrival] = []

    def record(number: int) -> None:
        for item in range(10):
            rows.append(ledger.record_arrival(incoming("d", path=f"f/{number}-{item}"), NOW))

    threads = [threading.Thread(target=record, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({row.id for row in rows}) == 40
    assert len(ledger.arrivals_of("f-1")) == 40


def _record_same(place: Path | str) -> None:
    ledger = open_ledger(place)
    for number in range(20):
        ledger.record_arrival(incoming("e", path=f"f/{number}"), NOW)
    ledger.close()


def test_processes_that_open_and_record_at_once_agree(place: Path | str) -> None:
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_record_same, args=(place,)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0, 0, 0]
    ledger = open_ledger(place)
    assert len(ledger.arrivals_of("f-1")) == 20
    ledger.close()
