"""The inbox, class by class: slow writers, vanished files, killed processes, full disks, odd names."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import receiving, store_folder
from pipeline.errors import EnvironmentProblem, UsageError
from pipeline.folders import MAX_DEPTH, Look, LookKind, list_folder, look_at, scan
from pipeline.inbox import Seen, TakeReport, reject, settle, take_all, take_step, tidy_taken
from pipeline.ledger import Ledger, open_ledger
from pipeline.model import Text
from pipeline.receiving import Outcome, filing_id, receive
from pipeline.rows import UNASSIGNED, Arrival, State
from pipeline.settings import Settings, load_settings, prepare_places
from pipeline.store import Store, open_store

START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
SETTLE = 5.0


@dataclass
class Desk:
    """A home in a temporary folder, with a clock that only moves when told."""

    settings: Settings
    ledger: Ledger
    store: Store
    seconds: float = 0.0
    memory: dict[str, Seen] = field(default_factory=dict)

    @property
    def inbox(self) -> Path:
        return self.settings.inbox

    @property
    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def put(self, path: str, data: bytes = b"abc") -> Path:
        target = self.inbox / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        return target

    def take(self, during: Callable[[], object] = lambda: None) -> TakeReport:
        """Once: look, let `during` happen while waiting, take what did not change."""

        def wait(seconds: float) -> None:
            during()
            self.seconds += seconds

        return take_all(
            self.settings, self.ledger, self.store, clock=lambda: self.seconds, wait=wait, now=lambda: self.now
        )

    def step(self, after: float = SETTLE) -> TakeReport:
        """One look of a watch that has been running."""
        self.seconds += after
        report = take_step(
            self.settings, self.ledger, self.store, self.memory, clock=lambda: self.seconds, now=self.now
        )
        self.memory = dict(report.memory)
        return report

    def contents(self, filing: str) -> list[tuple[str, bytes, bool]]:
        """Path, stored bytes and whether it is the current version, for each arrival of a filing."""
        rows = self.ledger.arrivals_of(filing)
        return [(row.path, self.store.read(row.sha256), row.superseded_by is None) for row in rows]

    def files_left(self) -> list[str]:
        return [look.path for look in scan(self.inbox) if look.kind is LookKind.FILE]

    def originals(self) -> list[bytes]:
        return sorted(path.read_bytes() for path in (self.inbox / ".taken").rglob("*") if path.is_file())


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    settings = replace(load_settings({}, tmp_path / "home"), settle_seconds=SETTLE, min_free_bytes=0)
    prepare_places(settings)
    ledger = open_ledger(settings.ledger)
    yield Desk(settings, ledger, open_store(settings.store))
    ledger.close()


@pytest.fixture
def no_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system that cannot say who is writing, as network shares are."""
    monkeypatch.setattr(receiving, "is_being_written", lambda _file: None)


def only(report: TakeReport) -> Arrival:
    (arrival,) = report.taken
    return arrival


# -- arriving ----------------------------------------------------------------------------------------------------------


def test_a_dropped_folder_is_stored_recorded_and_moved_aside(desk: Desk) -> None:
    desk.put("广州某某科技/执照.jpg", b"licence")
    desk.put("广州某某科技/负责人/正面.jpg", b"card")
    report = desk.take()
    filing = filing_id("广州某某科技")
    assert [(row.path, row.filing, row.state) for row in report.taken] == [
        ("广州某某科技/执照.jpg", filing, State.TAKEN),
        ("广州某某科技/负责人/正面.jpg", filing, State.TAKEN),
    ]
    assert {name for name, _, _ in desk.contents(filing)} == {"广州某某科技/执照.jpg", "广州某某科技/负责人/正面.jpg"}
    assert desk.files_left() == []
    taken = desk.inbox / ".taken" / "广州某某科技"
    assert (taken / f"{report.taken[0].sha256[:8]}-执照.jpg").read_bytes() == b"licence"
    assert (taken / "负责人" / f"{report.taken[1].sha256[:8]}-正面.jpg").read_bytes() == b"card"
    assert report.waiting == ()
    assert report.busy == frozenset()


def test_a_loose_file_is_unassigned(desk: Desk) -> None:
    desk.put("执照.jpg")
    assert only(desk.take()).filing == UNASSIGNED


def test_a_second_run_finds_nothing_to_do(desk: Desk) -> None:
    desk.put("f/a.jpg")
    desk.take()
    assert desk.take().taken == ()
    assert len(desk.contents(filing_id("f"))) == 1


def test_an_empty_inbox_is_not_waited_for(desk: Desk) -> None:
    desk.take()
    assert desk.seconds == 0.0


def test_a_file_that_is_still_growing_waits_and_is_taken_whole_later(desk: Desk) -> None:
    path = desk.put("f/a.jpg", b"half")

    def grow() -> None:
        with path.open("ab") as file:
            file.write(b" and half")

    report = desk.take(grow)
    assert report.taken == ()
    assert [(row.path, row.state) for row in report.waiting] == [("f/a.jpg", State.WAITING)]
    assert report.busy == {filing_id("f")}
    only(desk.take())
    assert desk.contents(filing_id("f")) == [("f/a.jpg", b"half and half", True)]
    assert desk.ledger.waiting() == ()


def test_a_writer_that_pauses_longer_than_the_wait_is_waited_for_while_it_holds_the_file(desk: Desk) -> None:
    path = desk.put("f/a.jpg", b"")
    with path.open("ab", buffering=0) as writer:
        writer.write(b"half")
        report = desk.take()
        if report.taken:
            pytest.skip("this file system grants no leases")
        assert report.waiting[0].reason == receiving.BEING_WRITTEN
        assert report.busy == {filing_id("f")}
        writer.write(b" and half")
    only(desk.take())
    assert desk.contents(filing_id("f")) == [("f/a.jpg", b"half and half", True)]


@pytest.mark.usefixtures("no_lease")
def test_without_leases_the_rest_of_a_slow_file_becomes_a_new_version(desk: Desk) -> None:
    path = desk.put("f/a.jpg", b"")
    with path.open("ab", buffering=0) as writer:
        writer.write(b"half")
        only(desk.take())
        writer.write(b" and half")
    only(desk.take())
    assert desk.contents(filing_id("f")) == [("f/a.jpg", b"half", False), ("f/a.jpg", b"half and half", True)]
    assert desk.originals() == [b"half and half"]


@pytest.mark.usefixtures("no_lease")
def test_an_original_moved_aside_is_watched_for_an_hour_and_once_more_after_a_long_pause(desk: Desk) -> None:
    path = desk.put("f/a.jpg", b"")
    with path.open("ab", buffering=0) as writer:
        writer.write(b"half")
        only(desk.take())
        desk.seconds += 86_400
        writer.write(b" and half")
    only(desk.take())
    assert [data for _, data, is_current in desk.contents(filing_id("f")) if is_current] == [b"half and half"]
    desk.seconds += 7200
    desk.take()
    assert desk.ledger.open_takings() == ()


def test_a_part_file_is_taken_only_under_its_final_name(desk: Desk) -> None:
    part = desk.put("f/a.pdf.part")
    report = desk.take()
    assert report.taken == ()
    assert "final name" in report.waiting[0].reason.en
    part.rename(part.with_name("a.pdf"))
    assert only(desk.take()).path == "f/a.pdf"


def test_a_download_in_progress_keeps_its_filing_busy_but_a_dead_one_does_not(desk: Desk) -> None:
    part = desk.put("f/a.pdf.part")
    assert desk.step().busy == {filing_id("f")}
    part.write_bytes(b"more and more")
    assert desk.step().busy == {filing_id("f")}
    assert desk.step().busy == frozenset()


def test_a_folder_moved_in_by_rename_is_found_with_all_its_files(desk: Desk, tmp_path: Path) -> None:
    outside = tmp_path / "outside" / "公司"
    outside.mkdir(parents=True)
    for name in ("a.jpg", "b.jpg"):
        (outside / name).write_bytes(name.encode())
    desk.step()
    outside.rename(desk.inbox / "公司")
    assert desk.step().taken == ()
    assert [row.name for row in desk.step().taken] == ["a.jpg", "b.jpg"]


def test_a_file_with_an_old_date_still_has_to_settle_and_is_taken(desk: Desk) -> None:
    path = desk.put("f/a.jpg")
    os.utime(path, (0, 0))
    assert desk.step().taken == ()
    only(desk.step())


def test_two_looks_too_close_together_settle_nothing(desk: Desk) -> None:
    desk.put("f/a.jpg")
    assert desk.step().taken == ()
    assert desk.step(after=SETTLE - 0.1).taken == ()
    only(desk.step(after=0.2))


def test_a_file_deleted_before_it_settled_leaves_no_trace(desk: Desk) -> None:
    path = desk.put("f/a.jpg")
    report = desk.take(path.unlink)
    assert (report.taken, report.waiting) == ((), ())
    assert desk.ledger.waiting() == ()


def test_a_file_replaced_while_it_is_copied_is_not_kept_and_taken_later(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = desk.put("f/a.jpg", b"old")
    real = store_folder._sync

    def replace_meanwhile(file: Any) -> None:
        real(file)
        path.with_name("new").write_bytes(b"new!")
        path.with_name("new").replace(path)
        monkeypatch.setattr(store_folder, "_sync", real)

    monkeypatch.setattr(store_folder, "_sync", replace_meanwhile)
    report = desk.take()
    assert report.taken == ()
    assert report.waiting[0].reason == receiving.CHANGED
    only(desk.take())
    assert desk.contents(filing_id("f")) == [("f/a.jpg", b"new!", True)]
    assert [path.name for path in desk.store.blobs.root.rglob("*") if path.is_file()] == [
        desk.ledger.arrivals_of(filing_id("f"))[0].sha256
    ], "the half-old copy is not in the store"


def test_a_file_replaced_after_it_was_recorded_is_not_moved_away(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    path = desk.put("f/a.jpg", b"old")
    real = Ledger.record_arrival

    def record_then_replace(self: Ledger, *arguments: Any, **named: Any) -> Arrival:
        arrival = real(self, *arguments, **named)
        path.with_name("new").write_bytes(b"new!")
        path.with_name("new").replace(path)
        return arrival

    monkeypatch.setattr(Ledger, "record_arrival", record_then_replace)
    desk.take()
    assert path.read_bytes() == b"new!"
    monkeypatch.setattr(Ledger, "record_arrival", real)
    desk.take()
    assert desk.contents(filing_id("f")) == [("f/a.jpg", b"old", False), ("f/a.jpg", b"new!", True)]


def test_a_consumer_that_was_held_up_does_not_record_an_older_version_after_a_newer_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = desk.put("f/a.jpg", b"old")
    late = scan(desk.inbox)[0]
    real = Ledger.record_arrival

    def held_up(self: Ledger, *arguments: Any, **named: Any) -> Arrival:
        monkeypatch.setattr(Ledger, "record_arrival", real)
        path.unlink()
        desk.put("f/a.jpg", b"new!")
        desk.take()
        return real(self, *arguments, **named)

    monkeypatch.setattr(Ledger, "record_arrival", held_up)
    assert receive(late, desk.store, desk.ledger, desk.inbox, now=START).outcome is Outcome.GONE
    assert desk.contents(filing_id("f")) == [("f/a.jpg", b"new!", True)]


# -- once only ---------------------------------------------------------------------------------------------------------


def test_the_same_file_sent_again_is_a_no_op_that_tidies_the_inbox(desk: Desk) -> None:
    desk.put("f/a.jpg")
    first = only(desk.take())
    desk.put("f/a.jpg")
    assert only(desk.take()) == first
    assert desk.files_left() == []
    assert desk.originals() == [b"abc", b"abc"], "nothing people gave is overwritten"


def test_the_same_bytes_under_another_name_are_a_note(desk: Desk) -> None:
    desk.put("f/a.jpg")
    desk.take()
    desk.put("f/b.jpg")
    arrival = only(desk.take())
    assert arrival.state is State.TAKEN
    assert "already here since" in arrival.note.en
    assert len([path for path in desk.store.blobs.root.rglob("*") if path.is_file()]) == 1


def test_the_same_name_with_new_bytes_is_a_new_version_and_the_old_one_stays(desk: Desk) -> None:
    desk.put("f/a.jpg", b"one")
    desk.take()
    desk.put("f/a.jpg", b"two")
    desk.take()
    assert desk.contents(filing_id("f")) == [("f/a.jpg", b"one", False), ("f/a.jpg", b"two", True)]


def test_a_file_that_another_consumer_took_is_silently_gone(desk: Desk) -> None:
    path = desk.put("f/a.jpg")
    look = scan(desk.inbox)[0]
    path.unlink()
    result = receive(look, desk.store, desk.ledger, desk.inbox, now=START)
    assert (result.outcome, result.arrival, result.reason) == (Outcome.GONE, None, Text("", ""))


def test_four_consumers_record_each_file_exactly_once(desk: Desk) -> None:
    for number in range(40):
        desk.put(f"f/{number}.jpg", b"%d" % number)
    looks = scan(desk.inbox)

    def consume() -> None:
        for look in looks:
            receive(look, desk.store, desk.ledger, desk.inbox, now=START)

    threads = [threading.Thread(target=consume) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(data for _, data, _ in desk.contents(filing_id("f"))) == sorted(b"%d" % n for n in range(40))
    assert desk.files_left() == []
    assert sorted(set(desk.originals())) == sorted(b"%d" % n for n in range(40))


KILLED_AT = {
    "while copying": "store_folder._sync = die",
    "after the copy": "Ledger.record_arrival = die",
    "after the record": "receiving._finish = die",
    "just before the move": "Path.rename = die",
    "just after the move": "Ledger.note_waiting = die",
}
KILLED_RUN = """
import os, signal, sys
from pathlib import Path
from pipeline import inbox, receiving, store_folder
from pipeline.ledger import Ledger, open_ledger
from pipeline.settings import load_settings
from pipeline.store import open_store

def die(*_arguments, **_named):
    os.kill(os.getpid(), signal.SIGKILL)

settings = load_settings({"BEIANBOX_SETTLE_SECONDS": "0.05", "BEIANBOX_MIN_FREE_BYTES": "0"}, Path(sys.argv[1]))
ledger, store = open_ledger(settings.ledger), open_store(settings.store)
"""


@pytest.mark.parametrize("moment", KILLED_AT)
def test_a_process_killed_between_any_two_steps_loses_nothing_and_doubles_nothing(desk: Desk, moment: str) -> None:
    desk.put("f/a.jpg", b"precious")
    code = KILLED_RUN + KILLED_AT[moment] + "\ninbox.take_all(settings, ledger, store)"
    done = subprocess.run([sys.executable, "-c", code, str(desk.settings.home)], timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    everywhere = [path.read_bytes() for path in desk.inbox.rglob("*") if path.is_file()]
    assert everywhere == [b"precious"], "the original is there at every moment"
    desk.store.sweep()
    desk.take()
    assert desk.contents(filing_id("f")) == [("f/a.jpg", b"precious", True)]
    assert desk.files_left() == []
    assert desk.originals() == [b"precious"]
    assert list((desk.store.blobs.root / "tmp").iterdir()) == []


# -- trouble -----------------------------------------------------------------------------------------------------------


def test_a_full_disk_stops_taking_says_so_and_goes_on_by_itself(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b", "c"):
        desk.put(f"f/{name}.jpg", name.encode())
    real, calls = store_folder._sync, [0]

    def second_fails(file: Any) -> None:
        calls[0] += 1
        if calls[0] == 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(file)

    monkeypatch.setattr(store_folder, "_sync", second_fails)
    report = desk.take()
    assert report.full is not None
    assert [row.name for row in report.taken] == ["a.jpg"]
    assert desk.files_left() == ["f/b.jpg", "f/c.jpg"]
    assert [row.reason.zh for row in report.waiting] == [report.full.zh] * 2
    assert [row.name for row in desk.take().taken] == ["b.jpg", "c.jpg"]


def test_space_is_checked_before_copying(desk: Desk) -> None:
    desk.put("f/a.jpg")
    desk.store = replace(desk.store, min_free_bytes=1 << 62)
    report = desk.take()
    assert report.full is not None
    assert desk.files_left() == ["f/a.jpg"]


@pytest.mark.parametrize("number", [errno.EACCES, errno.EBUSY, errno.EIO])
def test_a_file_that_cannot_be_read_now_waits_with_the_cause_and_the_others_are_taken(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    locked = desk.put("f/a.jpg")
    desk.put("f/b.jpg")
    real = os.open

    def refuse(path: Any, *arguments: Any, **named: Any) -> int:
        if path == locked:
            raise OSError(number, os.strerror(number))
        return real(path, *arguments, **named)

    monkeypatch.setattr(os, "open", refuse)
    report = desk.take()
    assert only(report).name == "b.jpg"
    (row,) = report.waiting
    assert row.state is State.WAITING
    assert os.strerror(number) in row.reason.en
    monkeypatch.setattr(os, "open", real)
    assert only(desk.take()).name == "a.jpg"


def test_a_store_that_cannot_be_written_makes_files_wait_and_stay(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.put("f/a.jpg")

    def read_only(*_arguments: Any, **_named: Any) -> Any:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    with monkeypatch.context() as patch:
        patch.setattr(store_folder.tempfile, "mkstemp", read_only)
        (row,) = desk.take().waiting
    assert os.strerror(errno.EROFS) in row.reason.zh
    assert desk.files_left() == ["f/a.jpg"]
    only(desk.take())


def test_a_clock_that_jumps_back_changes_nothing(desk: Desk) -> None:
    desk.put("f/a.jpg")
    desk.take()
    desk.seconds -= 86_400
    desk.put("f/b.jpg", b"other")
    assert only(desk.take()).name == "b.jpg"
    assert len(desk.ledger.open_takings()) == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_without_read_rights_waits(desk: Desk) -> None:
    desk.put("f/a.jpg").chmod(0)
    assert desk.take().waiting[0].state is State.WAITING


def test_an_original_that_cannot_be_moved_is_taken_once_and_said_until_it_can(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.put("f/a.jpg")

    def refuse(_path: Path, _target: Path) -> Path:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", refuse)
        only(desk.take())
        patch.setattr(Store, "put", lambda *_arguments, **_named: pytest.fail("copied again"))
        report = desk.take()
        assert report.taken == ()
        (row,) = report.waiting
        assert row.state is State.NEEDS_ATTENTION
        assert "cannot be moved" in row.reason.en
        assert desk.files_left() == ["f/a.jpg"]
    assert desk.take().waiting == ()
    assert desk.files_left() == []
    assert len(desk.contents(filing_id("f"))) == 1


def test_a_store_that_vanished_is_not_taken_for_a_vanished_file(desk: Desk) -> None:
    desk.put("f/a.jpg")
    desk.store.blobs.root.rename(desk.store.blobs.root.with_name("away"))
    result = receive(scan(desk.inbox)[0], desk.store, desk.ledger, desk.inbox, now=START)
    assert result.outcome is Outcome.WAITING
    assert "No such file" in result.reason.en
    assert desk.files_left() == ["f/a.jpg"]
    assert not desk.store.blobs.root.exists(), (
        "a store on a share that is not mounted is not made anew on the wrong disk"
    )


def test_a_file_that_vanishes_while_it_is_copied_is_gone_and_nothing_of_it_is_kept(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = desk.put("f/a.jpg")
    look = scan(desk.inbox)[0]
    real = store_folder._sync
    monkeypatch.setattr(store_folder, "_sync", lambda file: (real(file), path.unlink()))
    assert receive(look, desk.store, desk.ledger, desk.inbox, now=START).outcome is Outcome.GONE
    assert list(desk.store.blobs.root.glob("*/*")) == []


def test_links_pipes_and_sockets_are_listed_and_never_followed(desk: Desk, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "a.jpg").write_bytes(b"secret")
    (desk.inbox / "f").mkdir()
    (desk.inbox / "f" / "link.jpg").symlink_to(secret / "a.jpg")
    (desk.inbox / "f" / "linked").symlink_to(secret)
    (desk.inbox / "loop").symlink_to(desk.inbox)
    os.mkfifo(desk.inbox / "f" / "pipe.jpg")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(desk.inbox / "f" / "sock"))
        report = desk.take()
    assert report.taken == ()
    assert [(row.path, row.state) for row in report.waiting] == [
        ("f/link.jpg", State.NEEDS_ATTENTION),
        ("f/linked", State.NEEDS_ATTENTION),
        ("f/pipe.jpg", State.NEEDS_ATTENTION),
        ("f/sock", State.NEEDS_ATTENTION),
        ("loop", State.NEEDS_ATTENTION),
    ]
    assert (secret / "a.jpg").read_bytes() == b"secret"


def test_a_pipe_that_takes_the_place_of_a_file_does_not_hang_anything(desk: Desk) -> None:
    path = desk.put("f/a.jpg")
    look = scan(desk.inbox)[0]
    path.unlink()
    os.mkfifo(path)
    assert receive(look, desk.store, desk.ledger, desk.inbox, now=START).outcome is Outcome.WAITING


def test_a_link_that_takes_the_place_of_a_file_or_a_folder_is_not_followed(desk: Desk, tmp_path: Path) -> None:
    path = desk.put("f/a.jpg")
    look = scan(desk.inbox)[0]
    (tmp_path / "a.jpg").write_bytes(b"secret")
    path.unlink()
    path.symlink_to(tmp_path / "a.jpg")
    assert receive(look, desk.store, desk.ledger, desk.inbox, now=START).outcome is Outcome.WAITING
    path.unlink()
    path.parent.rmdir()
    path.parent.symlink_to(tmp_path)
    assert receive(look, desk.store, desk.ledger, desk.inbox, now=START).reason == receiving.OUTSIDE
    assert (tmp_path / "a.jpg").read_bytes() == b"secret"
    assert list(desk.store.blobs.root.glob("??/*")) == []


def test_originals_are_not_moved_out_of_the_inbox_by_a_link(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (desk.inbox / ".taken").symlink_to(tmp_path / "outside")
    desk.put("f/a.jpg")
    report = desk.take()
    assert "out of the inbox" in report.waiting[0].reason.en
    assert desk.files_left() == ["f/a.jpg"]
    assert list((tmp_path / "outside").iterdir()) == []
    assert desk.contents(filing_id("f")) == [("f/a.jpg", b"abc", True)]


def test_an_empty_file_is_not_eaten_and_reported_after_some_minutes(desk: Desk) -> None:
    desk.put("f/a.jpg", b"")
    first = desk.take()
    assert (first.taken, first.waiting[0].state) == ((), State.WAITING)
    desk.seconds += 600
    (row,) = desk.take().waiting
    assert row.state is State.NEEDS_ATTENTION
    assert "0 字节" in row.reason.zh
    assert desk.files_left() == ["f/a.jpg"]
    assert desk.ledger.waiting()[0].since == START + timedelta(seconds=SETTLE)


def test_a_file_over_the_limit_is_left_with_both_numbers(desk: Desk) -> None:
    desk.put("f/a.apk", b"x" * 11)
    desk.settings = replace(desk.settings, max_file_bytes=10)
    (row,) = desk.take().waiting
    assert row.state is State.NEEDS_ATTENTION
    assert "11 bytes, the limit is 10" in row.reason.en
    assert desk.files_left() == ["f/a.apk"]


def test_an_unsupported_file_is_taken_like_any_other(desk: Desk) -> None:
    desk.put("f/notes.xyz", b"whatever")
    assert only(desk.take()).path == "f/notes.xyz"


def test_a_rejected_file_is_copied_with_a_text_in_both_languages(desk: Desk) -> None:
    desk.put("f/合同?.xyz", b"whatever")
    arrival = only(desk.take())
    reason = Text("不支持的文件类型", "Unsupported kind of file")
    target = reject(desk.settings.rejected, desk.store, arrival, reason, date(2026, 1, 5))
    assert target is not None
    assert target == desk.settings.rejected / "2026-01-05" / f"{arrival.sha256[:8]}-697f504a-合同_.xyz"
    assert target.read_bytes() == b"whatever"
    text = target.with_name(target.name + ".txt").read_text(encoding="utf-8")
    assert "不支持的文件类型" in text
    assert "Unsupported kind of file" in text
    assert reject(desk.settings.rejected, desk.store, arrival, reason, date(2026, 1, 6)) is None, (
        "once, whatever the day"
    )
    assert len(list(desk.settings.rejected.glob("*/*"))) == 2


def test_an_inbox_that_is_not_mounted_is_an_error_of_the_environment(desk: Desk) -> None:
    desk.inbox.rmdir()
    with pytest.raises(EnvironmentProblem) as caught:
        desk.take()
    assert "挂载" in caught.value.zh


def test_a_folder_that_cannot_be_opened_is_listed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.put("f/a.jpg")
    desk.put("g/b.jpg")
    real = os.scandir

    def refuse(path: Any) -> Any:
        if str(path).endswith("/f/"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return real(path)

    monkeypatch.setattr(os, "scandir", refuse)
    report = desk.take()
    assert only(report).path == "g/b.jpg"
    assert [(row.path, row.state) for row in report.waiting] == [("f", State.NEEDS_ATTENTION)]
    assert report.waiting[0].filing == filing_id("f")


def test_folders_without_end_are_listed_not_followed(desk: Desk) -> None:
    deep = "/".join(["d"] * (MAX_DEPTH + 5))
    desk.put(f"{deep}/a.jpg")
    desk.put("/".join(["e"] * MAX_DEPTH) + "/a.jpg")
    report = desk.take()
    assert only(report).path.startswith("e/")
    assert f"{MAX_DEPTH}" in report.waiting[0].reason.en


# -- names -------------------------------------------------------------------------------------------------------------


def test_a_gbk_name_arrives_readable_and_its_bytes_are_kept(desk: Desk) -> None:
    raw = "营业执照.jpg".encode("gbk")
    desk.put(f"f/{os.fsdecode(raw)}")
    arrival = only(desk.take())
    assert arrival.path == "f/营业执照.jpg"
    assert arrival.path_raw == b"f/" + raw
    assert desk.files_left() == []


def test_a_folder_in_nfd_and_its_twin_in_nfc_are_one_filing(desk: Desk) -> None:
    for form in ("NFC", "NFD"):
        desk.put(unicodedata.normalize(form, "Café 公司") + f"/{form}.pdf", form.encode())
    report = desk.take()
    assert len({row.filing for row in report.taken}) == 1
    assert len(report.taken) == 2


def test_files_in_nfd_and_nfc_are_two_files_with_one_display_name(desk: Desk) -> None:
    for form in ("NFC", "NFD"):
        desk.put("f/" + unicodedata.normalize(form, "é.pdf"), form.encode())
    assert [row.path for row in desk.take().taken] == ["f/é.pdf", "f/é.pdf"]
    assert len(desk.contents(filing_id("f"))) == 2


def test_the_longest_name_a_disk_takes_is_moved_aside_with_its_suffix(desk: Desk) -> None:
    name = "证" * 83 + "a.jpg"
    assert len(name.encode()) == 254
    desk.put(f"f/{name}")
    assert only(desk.take()).name == name
    (moved,) = (desk.inbox / ".taken" / "f").iterdir()
    assert moved.name.endswith("证.jpg")
    assert desk.files_left() == []


def test_hidden_files_locks_and_system_folders_are_no_arrivals(desk: Desk) -> None:
    for path in ("f/.DS_Store", "f/~$合同.docx", "f/Thumbs.db", "__MACOSX/a.jpg", ".git/config", "f/.x.jpg.swp"):
        desk.put(path)
    report = desk.take()
    assert (report.taken, report.waiting, report.busy) == ((), (), frozenset())


@pytest.mark.parametrize(
    ("folder", "start"),
    [("广州某某科技", "广州某某科技-"), ("a:b?c", "a_b_c-"), ("...", "file-"), ("公" * 80, "公" * 20 + "-")],
)
def test_a_filing_id_is_readable_safe_and_of_bounded_length(folder: str, start: str) -> None:
    assert filing_id(folder).startswith(start)
    assert len(filing_id(folder).encode()) <= 69
    assert filing_id(folder) == filing_id(folder)


def test_filing_ids_of_different_folders_differ_and_none_is_unassigned() -> None:
    folders = ["a:b", "a?b", "a_b", "unassigned", "a", "A"]
    assert len({filing_id(folder) for folder in folders}) == len(folders)
    assert UNASSIGNED not in {filing_id(folder) for folder in folders}
    assert filing_id("") == UNASSIGNED


# -- looking again, tidying --------------------------------------------------------------------------------------------


def test_a_folder_we_emptied_goes_after_some_minutes_and_one_we_never_saw_stays(desk: Desk) -> None:
    desk.put("f/sub/a.jpg")
    (desk.inbox / "new").mkdir()
    desk.take()
    assert (desk.inbox / "f" / "sub").is_dir()
    desk.seconds += 601
    desk.take()
    desk.take()
    assert not (desk.inbox / "f").exists()
    assert (desk.inbox / "new").is_dir()


def test_originals_are_kept_for_the_days_of_the_settings_and_then_tidied_away(desk: Desk) -> None:
    desk.put("f/sub/a.jpg")
    desk.take()
    desk.seconds += 7200
    desk.take()
    assert tidy_taken(desk.inbox, desk.store, desk.ledger, keep_days=1, now=desk.now) == 0
    assert desk.originals() == [b"abc"]
    desk.seconds += 86_400
    assert tidy_taken(desk.inbox, desk.store, desk.ledger, keep_days=1, now=desk.now) == 1
    assert list((desk.inbox / ".taken").iterdir()) == []
    assert desk.contents(filing_id("f")) == [("f/sub/a.jpg", b"abc", True)]
    assert tidy_taken(desk.inbox, desk.store, desk.ledger, keep_days=1, now=desk.now) == 0


def test_an_original_whose_bytes_the_store_does_not_hold_is_never_removed(desk: Desk) -> None:
    desk.put("f/a.jpg")
    desk.take()
    desk.seconds += 7200
    desk.take()
    (original,) = (desk.inbox / ".taken" / "f").iterdir()
    original.write_bytes(b"written much later")
    desk.seconds += 40 * 86_400
    assert tidy_taken(desk.inbox, desk.store, desk.ledger, keep_days=30, now=desk.now) == 0
    assert original.exists()
    desk.take()
    assert desk.contents(filing_id("f"))[-1] == ("f/a.jpg", b"written much later", True)


def _settled_for_good(desk: Desk) -> Path:
    """An original in `.taken` that is old enough to be tidied away."""
    desk.put("f/a.jpg")
    desk.take()
    desk.seconds += 7200
    desk.take()
    desk.seconds += 40 * 86_400
    (original,) = (desk.inbox / ".taken" / "f").iterdir()
    return original


def test_tidying_leaves_alone_what_a_link_leads_to(desk: Desk, tmp_path: Path) -> None:
    original = _settled_for_good(desk)
    original.parent.rename(tmp_path / "elsewhere")
    original.parent.symlink_to(tmp_path / "elsewhere")
    assert tidy_taken(desk.inbox, desk.store, desk.ledger, keep_days=30, now=desk.now) == 0
    assert [path.read_bytes() for path in (tmp_path / "elsewhere").iterdir()] == [b"abc"]


def test_tidying_forgets_an_original_that_someone_took_away(desk: Desk) -> None:
    _settled_for_good(desk).unlink()
    assert tidy_taken(desk.inbox, desk.store, desk.ledger, keep_days=30, now=desk.now) == 0
    assert desk.ledger.takings_before(desk.now) == ()


def test_tidying_skips_an_original_that_cannot_be_removed_now(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    original = _settled_for_good(desk)

    def refuse(_path: Path) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refuse)
        assert tidy_taken(desk.inbox, desk.store, desk.ledger, keep_days=30, now=desk.now) == 0
    assert original.exists()
    assert tidy_taken(desk.inbox, desk.store, desk.ledger, keep_days=30, now=desk.now) == 1


def test_tidying_leaves_a_folder_that_still_holds_something(desk: Desk) -> None:
    original = _settled_for_good(desk)
    original.with_name("note.txt").write_bytes(b"of a person")
    assert tidy_taken(desk.inbox, desk.store, desk.ledger, keep_days=30, now=desk.now) == 1
    assert [path.name for path in original.parent.iterdir()] == ["note.txt"]


def test_a_writer_that_opens_while_we_ask_for_a_lease_kills_nobody(desk: Desk) -> None:
    path = desk.put("f/a.jpg")
    code = "import sys, time\nend = time.time() + 1.5\nwhile time.time() < end:\n    open(sys.argv[1], 'ab').close()"
    writer = subprocess.Popen([sys.executable, "-c", code, str(path)])
    answers = set()
    end = time.monotonic() + 1.5
    while time.monotonic() < end:
        with path.open("rb") as file:
            answers.add(receiving.is_being_written(file))
    assert writer.wait(30) == 0
    assert answers in ({None}, {False}, {True, False}), "one that is closed again and again is seen closed"


def test_five_thousand_waiting_files_are_all_seen_and_settle_together(desk: Desk) -> None:
    for folder in range(50):
        (desk.inbox / f"公司{folder}").mkdir()
        for number in range(100):
            (desk.inbox / f"公司{folder}" / f"{number}.jpg").write_bytes(b"x")
    looks = scan(desk.inbox)
    first = settle({}, looks, began=0, ended=0, settle_seconds=SETTLE)
    second = settle(first.memory, looks, began=SETTLE, ended=SETTLE, settle_seconds=SETTLE)
    assert (len(looks), len(first.ready), len(second.ready)) == (5000, 0, 5000)


def test_originals_brought_back_from_a_backup_do_not_replace_a_file_dropped_since(desk: Desk) -> None:
    desk.put("f/a.jpg", b"old")
    desk.take()
    (original,) = (path for path in (desk.inbox / ".taken").rglob("*") if path.is_file())
    shutil.copy2(original, original.with_suffix(".copy"))  # bytes and time kept, a new inode: cp -a, rsync -a, tar
    original.with_suffix(".copy").replace(original)
    desk.put("f/a.jpg", b"new")
    desk.take()
    assert [data for _, data, is_current in desk.contents(filing_id("f")) if is_current] == [b"new"]


fingerprints = st.tuples(st.integers(1, 2), st.integers(0, 2), st.integers(0, 2))


@given(st.lists(st.tuples(fingerprints | st.none(), st.floats(0, 4), st.floats(0, 3)), max_size=12))
def test_nothing_is_ready_before_it_looked_the_same_for_the_whole_wait(
    history: list[tuple[tuple[int, int, int] | None, float, float]],
) -> None:
    """Compared with a plain model: the moment since which every look was the same and present."""
    memory: dict[str, Seen] = {}
    at, since, last = 0.0, 0.0, None
    for fingerprint, pause, duration in history:
        began = at + pause
        at = began + duration
        looks = [] if fingerprint is None else [Look("a", LookKind.FILE, *fingerprint)]
        settled = settle(memory, looks, began=began, ended=at, settle_seconds=SETTLE)
        if fingerprint is None or fingerprint != last:
            since = at
        is_ready = fingerprint is not None and fingerprint[1] > 0 and began - since >= SETTLE
        assert bool(settled.ready) is is_ready
        last, memory = fingerprint, dict(settled.memory)


# -- a folder read in place --------------------------------------------------------------------------------------------


def test_a_folder_is_listed_in_order_and_left_as_it_is(tmp_path: Path) -> None:
    for path in ("b/执照.jpg", "a.pdf", "b/.hidden", ".x/y", "~$a.docx"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(b"12")
    (tmp_path / "empty").mkdir()
    before = sorted((path, path.lstat().st_mtime_ns) for path in tmp_path.rglob("*"))
    files = list_folder(tmp_path)
    assert [(file.name, file.size, file.skipped) for file in files] == [("a.pdf", 2, None), ("b/执照.jpg", 2, None)]
    assert files[1].path == tmp_path / "b" / "执照.jpg"
    assert sorted((path, path.lstat().st_mtime_ns) for path in tmp_path.rglob("*")) == before


def test_what_is_not_read_in_a_folder_is_listed_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "x.pdf.crdownload").write_bytes(b"1")
    found = {file.name: file.skipped for file in list_folder(tmp_path)}
    assert set(found) == {"link", "pipe", "x.pdf.crdownload"}
    assert all(reason is not None and reason.zh and reason.en for reason in found.values())


def test_an_empty_folder_has_no_files(tmp_path: Path) -> None:
    assert list_folder(tmp_path) == ()


@pytest.mark.parametrize("name", ["missing", "file"])
def test_a_folder_that_is_none_is_wrong_usage(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(UsageError) as caught:
        list_folder(tmp_path / name)
    assert str(tmp_path / name) in caught.value.zh


def test_a_look_at_nothing_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert look_at(tmp_path, "missing") is None
    assert look_at(tmp_path, "file/below") is None
