"""Real disks that fill up or turn read-only under the inbox, and clocks that jump: nothing is lost, nothing is done twice."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from pipeline import drain, ledger_claims, work
from pipeline.errors import EnvironmentProblem
from pipeline.ledger import open_ledger
from pipeline.ledger_base import StaleFiling

Remount = Callable[[str], None]
MIB = 1 << 20


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[tuple[Path, Remount]]:
    """A disk of 4 MiB in memory, and a way to change its options."""
    place = tmp_path / "disk"
    place.mkdir(mode=0o700)
    command = ["mount", "-t", "tmpfs", "-o", "size=4m,mode=700", "tmpfs", str(place)]
    if os.getuid() != 0 or subprocess.run(command, capture_output=True).returncode != 0:
        pytest.skip("a disk can only be mounted by root, where mounting is allowed")

    def remount(options: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{options}", str(place)], check=True)

    try:
        yield place, remount
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def environ(tmp_path: Path, **more: str) -> dict[str, str]:
    base = {"BEIANBOX_HOME": str(tmp_path / "home"), "BEIANBOX_SETTLE_SECONDS": "0.05", "BEIANBOX_MIN_FREE_BYTES": "0"}
    return {**base, **more}


def drop(tmp_path: Path, count: int) -> dict[str, bytes]:
    folder = tmp_path / "home/inbox/公司"
    folder.mkdir(parents=True)
    files = {f"{number}.bin": bytes([number]) * MIB for number in range(count)}
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return files


def stored(desk: work.Desk) -> dict[str, bytes]:
    rows = [row for one in desk.ledger.filings_to_prepare() for row in desk.ledger.arrivals_of(one)]
    return {row.name: desk.store.read(row.sha256) for row in rows}


def test_a_full_store_stops_taking_says_so_and_goes_on_when_there_is_room(
    tmp_path: Path, small_disk: tuple[Path, Remount]
) -> None:
    disk, remount = small_disk
    files = drop(tmp_path, 7)
    with work.open_desk(environ(tmp_path, BEIANBOX_STORE=str(disk / "store"))) as desk:
        report = work.receive_all(desk)
        assert report.full is not None and "磁盘空间不足" in report.full.zh
        assert 0 < len(report.taken) < 7
        assert list((disk / "store/tmp").iterdir()) == [], "no half file is left"
        left = {path.name for path in (desk.settings.inbox / "公司").iterdir()}
        assert left == set(files) - {arrival.name for arrival in report.taken}, "what was not taken lies where it was"
        remount("size=32m")
        assert work.receive_all(desk).full is None
        assert stored(desk) == files


def test_a_store_that_turned_read_only_makes_files_wait_with_the_cause(
    tmp_path: Path, small_disk: tuple[Path, Remount]
) -> None:
    disk, remount = small_disk
    files = drop(tmp_path, 2)
    with work.open_desk(environ(tmp_path, BEIANBOX_STORE=str(disk / "store"))) as desk:
        remount("ro")
        report = work.receive_all(desk)
        assert report.taken == () and report.full is None
        assert all("Read-only" in row.reason.en and "权限" in row.reason.zh for row in report.waiting)
        remount("rw")
        work.receive_all(desk)
        assert stored(desk) == files


def test_a_full_disk_under_the_ledger_is_told_and_costs_nothing(
    tmp_path: Path, small_disk: tuple[Path, Remount]
) -> None:
    disk, _ = small_disk
    files = drop(tmp_path, 2)
    with work.open_desk(environ(tmp_path, BEIANBOX_LEDGER=str(disk / "state.db"))) as desk:
        (disk / "ballast").write_bytes(b"x" * (disk_free(disk) - 4096))
        with pytest.raises(EnvironmentProblem) as caught:
            work.receive_all(desk)
        assert "No file is lost" in caught.value.en
        assert {path.name for path in (desk.settings.inbox / "公司").iterdir()} == set(files)
        (disk / "ballast").unlink()
        work.receive_all(desk)
        assert stored(desk) == files


def test_a_full_disk_under_the_bundles_leaves_no_half_bundle(tmp_path: Path, small_disk: tuple[Path, Remount]) -> None:
    disk, _ = small_disk
    folder = tmp_path / "home/inbox/公司"
    folder.mkdir(parents=True)
    (folder / "filing.yaml").write_text("entity: {nature: enterprise}", "utf-8")
    with work.open_desk(environ(tmp_path, BEIANBOX_BUNDLES=str(disk / "bundles"))) as desk:
        (disk / "ballast").write_bytes(b"x" * (disk_free(disk) - 8192))
        assert work.run_once(desk, today=date(2026, 11, 20)) == ()
        assert [path for path in (disk / "bundles").rglob("*") if path.is_file()] == []
        (disk / "ballast").unlink()
        (outcome,) = work.prepare_waiting(desk, today=date(2026, 11, 20))
        assert outcome.folder.name == "v1" and (outcome.folder / "manifest.json").exists()


def disk_free(disk: Path) -> int:
    found = os.statvfs(disk)
    return found.f_bavail * found.f_bsize


@pytest.mark.parametrize("hours", [2, -2])
def test_a_clock_that_jumps_lets_two_work_and_one_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    """Forward, a lease seems over and the filing is prepared twice: the second result is refused. Back, it is not lost."""
    ledger = open_ledger(tmp_path / "state.db")
    ledger.save_decision("f-1", "correction", "x", {}, "me", datetime.now(UTC))
    first = ledger.claim("machine/1/1/one", 60)
    assert first is not None
    real = ledger_claims._clock
    monkeypatch.setattr(ledger_claims, "_clock", lambda connection: real(connection) + timedelta(hours=hours))
    second = ledger.claim("machine/1/2/two", 60)
    assert (second is not None) == (hours > 0)
    seen = ledger.last_change("f-1")
    ledger.save_filing("f-1", {"by": "one"}, expected_version=0, seen=seen, now=datetime.now(UTC))
    if second is not None:
        with pytest.raises(StaleFiling):
            ledger.save_filing("f-1", {"by": "two"}, expected_version=0, seen=seen, now=datetime.now(UTC))
    row = ledger.get_filing("f-1")
    assert row is not None and (row.version, row.document) == (1, {"by": "one"})
    assert ledger.filings_to_prepare() == ()
    ledger.close()


def test_a_lease_left_in_the_future_by_a_clock_put_back_is_freed_with_its_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = open_ledger(tmp_path / "state.db")
    ledger.save_decision("f-1", "correction", "x", {}, "me", datetime.now(UTC))
    gone = subprocess.Popen(["true"])
    gone.wait()
    machine = drain.worker_name().rsplit("/", 2)[0]
    assert ledger.claim(f"{machine}/{gone.pid}/ab", 60)
    real = ledger_claims._clock
    monkeypatch.setattr(ledger_claims, "_clock", lambda connection: real(connection) - timedelta(days=1))
    assert drain.free_the_dead(ledger) == 1
    assert ledger.claim("machine/1/2/two", 60) is not None
    ledger.close()
