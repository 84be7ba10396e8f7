"""Files that arrive: slow, by rename, under a temporary name, replaced while they are copied."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import receiving, store_folder
from pipeline.folders import Look, LookKind, look_at, scan
from pipeline.inbox import Seen, settle
from pipeline.ledger import Ledger
from pipeline.receiving import Outcome, filing_id, receive
from pipeline.rows import UNASSIGNED, Arrival, State
from tests.pipeline.inbox.desk import SETTLE, START, Desk, only


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


def test_a_look_at_nothing_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert look_at(tmp_path, "missing") is None
    assert look_at(tmp_path, "file/below") is None
