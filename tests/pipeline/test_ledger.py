"""The ledger: recording twice is recording once, and what changed since is never forgotten."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.ledger import Ledger, open_ledger
from pipeline.ledger_base import StaleFiling
from pipeline.ledger_glance import Listed
from pipeline.model import Text
from pipeline.rows import NOTHING, State
from tests.pipeline.incoming import LATER, NOW, incoming, waiting


def test_an_arrival_comes_back_as_it_was_recorded(ledger: Ledger) -> None:
    arrival = ledger.record_arrival(incoming(), NOW)
    assert arrival == ledger.arrivals_of("f-1")[0]
    assert (arrival.state, arrival.arrived_at, arrival.name) == (State.TAKEN, NOW, "x.jpg")
    assert arrival.note == Text("", "")


def test_recording_twice_is_recording_once(ledger: Ledger) -> None:
    first = ledger.record_arrival(incoming(), NOW)
    change = ledger.last_change("f-1")
    assert ledger.record_arrival(incoming(), LATER) == first
    assert ledger.last_change("f-1") == change
    assert len(ledger.open_takings()) == 1


def test_names_that_are_not_utf_8_are_kept_byte_for_byte(ledger: Ledger) -> None:
    raw = "证照.jpg".encode("gbk") + b"\xff"
    ledger.record_arrival(replace(incoming(), path_raw=raw, path="证照.jpg\ufffd"), NOW)
    assert ledger.arrivals_of("f-1")[0].path_raw == raw


def test_a_different_file_under_the_same_name_replaces_the_older_one_which_stays_visible(ledger: Ledger) -> None:
    old = ledger.record_arrival(incoming("a"), NOW)
    new = ledger.record_arrival(incoming("b"), LATER)
    assert [(row.id, row.superseded_by) for row in ledger.arrivals_of("f-1")] == [(old.id, new.id), (new.id, None)]
    assert "older file" in new.note.en


def test_the_first_version_sent_once_more_becomes_the_current_one(ledger: Ledger) -> None:
    first = ledger.record_arrival(incoming("a"), NOW)
    second = ledger.record_arrival(incoming("b"), NOW)
    change = ledger.last_change("f-1")
    assert ledger.record_arrival(incoming("a"), LATER).superseded_by is None
    assert {row.id: row.superseded_by for row in ledger.arrivals_of("f-1")} == {first.id: None, second.id: first.id}
    assert ledger.last_change("f-1") > change, "the filing has to be prepared again"


def test_a_copy_in_the_same_filing_and_one_in_another_are_notes_not_errors(ledger: Ledger) -> None:
    ledger.record_arrival(incoming(path="f/x.jpg"), NOW)
    here = ledger.record_arrival(incoming(path="f/copy.jpg"), LATER)
    there = ledger.record_arrival(incoming(filing="g-2", path="g/x.jpg"), LATER)
    assert here.note.en == "Same as f/x.jpg, already here since 2026-01-05"
    assert there.note.zh == "同一文件也用于备案“f-1”"
    assert {row.state for row in ledger.arrivals_with("a" * 64)} == {State.TAKEN}
    assert len(ledger.arrivals_with("a" * 64)) == 3


def test_a_state_keeps_its_since_until_it_changes(ledger: Ledger) -> None:
    key = ledger.record_arrival(incoming(), NOW).id
    ledger.set_state(key, State.NEEDS_ATTENTION, LATER, Text("加密", "encrypted"))
    ledger.set_state(key, State.NEEDS_ATTENTION, LATER + timedelta(hours=1), Text("加密", "encrypted"))
    (row,) = ledger.arrivals_in(State.NEEDS_ATTENTION)
    assert (row.since, row.reason) == (LATER, Text("加密", "encrypted"))
    assert ledger.arrivals_in(State.READ) == ()


def test_try_again_puts_the_filing_back_on_the_list(ledger: Ledger) -> None:
    key = ledger.record_arrival(incoming(), NOW).id
    ledger.set_state(key, State.NEEDS_ATTENTION, NOW, Text("加密", "encrypted"))
    ledger.save_filing("f-1", {}, expected_version=0, seen=ledger.last_change("f-1"), now=NOW)
    assert ledger.filings_to_prepare() == ()
    ledger.try_again(key, LATER)
    assert ledger.filings_to_prepare() == ("f-1",)
    assert ledger.arrivals_of("f-1")[0].state is State.TAKEN


def test_the_waiting_list_is_replaced_and_an_item_keeps_its_since(ledger: Ledger) -> None:
    ledger.note_waiting([waiting("f/a"), waiting("f/b")], NOW)
    ledger.note_waiting([waiting("f/b"), waiting("f/c")], LATER)
    assert [(row.path, row.since) for row in ledger.waiting()] == [("f/b", NOW), ("f/c", LATER)]
    ledger.note_waiting([waiting("f/b", "another reason", state=State.NEEDS_ATTENTION)], LATER)
    (row,) = ledger.waiting()
    assert (row.since, row.reason.en, row.state) == (NOW, "another reason", State.NEEDS_ATTENTION)


def test_what_waits_is_no_arrival_of_its_filing_and_goes_when_it_is_taken(ledger: Ledger) -> None:
    ledger.note_waiting([waiting("f/x.jpg")], NOW)
    assert ledger.arrivals_of("f-1") == ()
    assert ledger.filings_to_prepare() == ()
    ledger.record_arrival(incoming(path="f/x.jpg"), NOW)
    assert ledger.waiting() == ()


def test_a_moved_loose_file_belongs_to_its_new_filing(ledger: Ledger) -> None:
    key = ledger.record_arrival(incoming(filing="unassigned", path="x.jpg"), NOW).id
    ledger.move_arrival(key, "f-1")
    assert [row.id for row in ledger.arrivals_of("f-1")] == [key]
    assert ledger.arrivals_of("unassigned") == ()
    assert ledger.filings_to_prepare() == ("f-1",)
    again = ledger.record_arrival(incoming(filing="unassigned", path="x.jpg"), NOW).id
    ledger.move_arrival(again, "f-1")
    assert [row.id for row in ledger.arrivals_of("f-1")] == [key], "offering the same file twice changes nothing"


def test_a_recorded_file_is_found_again_by_how_it_looked(ledger: Ledger) -> None:
    arrival = ledger.record_arrival(incoming(), NOW)
    found = ledger.find_taking(b"f/x.jpg", (ord("a"), 3, 7))
    assert found is not None
    assert found[1] == arrival
    assert ledger.find_taking(b"f/x.jpg", (ord("a"), 4, 7)) is None
    ledger.close_takings([found[0].id])
    assert ledger.find_taking(b"f/x.jpg", (ord("a"), 3, 7)) is None
    assert ledger.open_takings() == ()
    assert [row.id for row in ledger.takings_before(LATER)] == [found[0].id]
    assert ledger.takings_before(NOW) == ()


def test_the_last_taking_of_a_folder_counts_its_sub_folders_and_not_its_namesakes(ledger: Ledger) -> None:
    ledger.record_arrival(incoming(path="f/sub/x.jpg"), NOW)
    assert ledger.last_taking_under(b"f") == NOW
    assert ledger.last_taking_under(b"f/sub") == NOW
    assert ledger.last_taking_under(b"f-other") is None
    assert ledger.last_taking_under(b"f/su") is None


def test_a_reading_is_kept_per_reader_and_version(ledger: Ledger) -> None:
    ledger.save_reading("a" * 64, "idcard", "1", {"name": "张三"}, NOW)
    ledger.save_reading("a" * 64, "idcard", "2", {"name": "张叁"}, NOW)
    ledger.save_reading("a" * 64, "idcard", "2", {"name": "张彡"}, LATER)
    assert ledger.get_reading("a" * 64, "idcard", "1") == {"name": "张三"}
    assert ledger.get_reading("a" * 64, "idcard", "2") == {"name": "张彡"}
    assert ledger.get_reading("a" * 64, "idcard", "3") is None


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=40, deadline=None)
@given(document=st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=8), json_values, max_size=5))
def test_any_document_survives_with_the_order_of_its_keys(
    tmp_path_factory: pytest.TempPathFactory, document: dict[str, object]
) -> None:
    ledger = open_ledger(tmp_path_factory.getbasetemp() / "documents.db")
    try:
        ledger.save_reading("c" * 64, "any", "1", document, NOW)
        found = ledger.get_reading("c" * 64, "any", "1")
    finally:
        ledger.close()
    assert found == document
    assert list(found) == list(document)


def test_a_filing_is_saved_only_over_the_version_that_was_read(ledger: Ledger) -> None:
    assert ledger.save_filing("f-1", {"n": 1}, expected_version=0, seen=0, now=NOW) == 1
    assert ledger.save_filing("f-1", {"n": 2}, expected_version=1, seen=0, now=LATER, status="approved") == 2
    for stale in (0, 1, 3):
        with pytest.raises(StaleFiling) as caught:
            ledger.save_filing("f-1", {"n": 9}, expected_version=stale, seen=2, now=LATER)
        assert "f-1" in caught.value.zh
    row = ledger.get_filing("f-1")
    assert row is not None
    assert (row.version, row.document, row.seen, row.updated_at, row.status) == (2, {"n": 2}, 0, LATER, "approved")
    assert ledger.get_filing("nobody") is None


def test_what_arrives_while_a_filing_is_prepared_is_not_forgotten(ledger: Ledger) -> None:
    ledger.record_arrival(incoming("a", path="f/1"), NOW)
    seen = ledger.last_change("f-1")
    ledger.record_arrival(incoming("b", path="f/2"), NOW)
    ledger.save_filing("f-1", {}, expected_version=0, seen=seen, now=NOW)
    assert ledger.filings_to_prepare() == ("f-1",)


def test_a_decision_asks_for_a_new_preparation_and_the_last_one_counts(ledger: Ledger) -> None:
    ledger.save_filing("f-1", {}, expected_version=0, seen=0, now=NOW)
    ledger.save_decision("f-1", "correction", "entity.name", {"value": "甲"}, "me", NOW)
    ledger.save_decision("f-1", "correction", "entity.name", {"value": "乙"}, "me", LATER)
    assert ledger.filings_to_prepare() == ("f-1",)
    assert [decision.value["value"] for decision in ledger.decisions_of("f-1")] == ["甲", "乙"]
    ledger.save_filing("f-1", {}, expected_version=1, seen=ledger.last_change("f-1"), now=LATER)
    assert ledger.filings_to_prepare() == ()


def test_lists_and_counts_of_filings_leave_the_documents_out(ledger: Ledger) -> None:
    for number in range(5):
        status = "approved" if number == 3 else "prepared"
        moment = NOW + timedelta(minutes=number)
        ledger.save_filing(f"f-{number}", {}, expected_version=0, seen=0, now=moment, status=status)
    assert [row.filing for row in ledger.filings(limit=2)] == ["f-4", "f-3"]
    assert [row.filing for row in ledger.filings(status="approved")] == ["f-3"]
    assert ledger.filing_counts() == {"approved": 1, "prepared": 4}
    ledger.save_event("f-4", "submit", {}, "li", NOW)
    ledger.save_bundle("f-3", "b/v1", "d1", NOW)
    ledger.save_bundle("f-3", "b/v2", "d2", NOW)
    assert ledger.newest(2) == (
        Listed("f-4", 1, "prepared", "", True, None),
        Listed("f-3", 1, "approved", "b/v2", False, None),
    )


def test_bundles_are_numbered_and_the_same_bundle_is_not_numbered_twice(ledger: Ledger) -> None:
    assert ledger.latest_bundle("f-1") is None
    assert ledger.save_bundle("f-1", "b/v1", "d1", NOW).version == 1
    assert ledger.save_bundle("f-1", "b/v1", "d1", LATER).created_at == NOW
    assert ledger.save_bundle("f-1", "b/v2", "d2", LATER).version == 2
    latest = ledger.latest_bundle("f-1")
    assert latest is not None
    assert (latest.version, latest.folder, latest.digest) == (2, "b/v2", "d2")


def test_a_run_that_never_ended_shows_as_running(ledger: Ledger) -> None:
    first = ledger.start_run("drain", NOW)
    ledger.start_run("drain", LATER)
    ledger.finish_run(first, "done", {"filings": 3}, LATER)
    newest, oldest = ledger.runs()
    assert (newest.outcome, newest.finished_at) == ("running", None)
    assert (oldest.outcome, oldest.finished_at, oldest.counts) == ("done", LATER, {"filings": 3})


def test_times_of_any_zone_come_back_as_the_same_moment_in_utc(ledger: Ledger) -> None:
    china = timezone(timedelta(hours=8))
    arrival = ledger.record_arrival(incoming(), datetime(2026, 1, 5, 16, 0, tzinfo=china))
    assert arrival.arrived_at == NOW
    assert arrival.arrived_at.utcoffset() == timedelta(0)


def test_forgetting_a_filing_names_what_nobody_else_uses_and_leaves_no_trace(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path / "state.db")
    planted = "章素心的身份证"
    ledger.record_arrival(incoming("a", path=f"f/{planted}.jpg"), NOW)
    ledger.record_arrival(incoming("b", path="f/shared.jpg"), NOW)
    ledger.record_arrival(incoming("b", filing="g-2", path="g/shared.jpg"), NOW)
    ledger.save_reading("a" * 64, "idcard", "1", {"name": planted}, NOW)
    ledger.save_filing("f-1", {"name": planted}, expected_version=0, seen=1, now=NOW)
    ledger.save_decision("f-1", "correction", "x", {"value": planted}, "me", NOW)
    ledger.save_bundle("f-1", f"b/{planted}", "d", NOW)
    forgotten = ledger.forget_filing("f-1")
    assert forgotten.hashes == ("a" * 64,)
    assert len(forgotten.originals) == 2
    assert ledger.arrivals_of("f-1") == ()
    assert len(ledger.arrivals_of("g-2")) == 1
    found = [path.name for path in tmp_path.iterdir() if planted.encode() in path.read_bytes()]
    ledger.close()
    assert found == []


def test_inboxes_that_share_a_ledger_do_not_see_each_others_files(place: Path | str) -> None:
    here, there = open_ledger(place, inbox="here"), open_ledger(place, inbox="there")
    here.record_arrival(incoming(), NOW)
    there.note_waiting([waiting("f/y")], NOW)
    here.note_waiting([], NOW)
    assert [row.path for row in there.waiting()] == ["f/y"] and here.waiting() == ()
    assert len(here.open_takings()) == 1 and there.open_takings() == ()
    assert there.find_taking(b"f/x.jpg", (ord("a"), 3, 7)) is None
    assert there.forget_filing("f-1").originals == (), "the original lies where another process can reach it"
    assert [one.path_raw for one in here.purged_takings()] == [b"f/x.jpg"]
    here.close()
    there.close()


def test_forgetting_a_filing_takes_its_name_out_of_other_filings_notes(ledger: Ledger) -> None:
    ledger.record_arrival(incoming(filing="某某公司-1"), NOW)
    other = ledger.record_arrival(incoming(filing="g-2", path="g/x.jpg"), NOW)
    assert "某某公司" in other.note.zh
    ledger.forget_filing("某某公司-1")
    assert ledger.arrivals_of("g-2")[0].note == NOTHING


def test_the_audit_log_tells_who_looked_at_which_filing(ledger: Ledger) -> None:
    ledger.note_access("view", "1a2b3c4d", "li", NOW)
    ledger.note_access("purge", "9f8e7d6c", "wang", LATER)
    assert [(row.action, row.who) for row in ledger.accesses()] == [("purge", "wang"), ("view", "li")]
    assert [row.at for row in ledger.accesses("1a2b3c4d")] == [NOW]


def test_try_again_forgets_what_the_reader_said(ledger: Ledger) -> None:
    arrival = ledger.record_arrival(incoming(), NOW)
    ledger.save_reading(arrival.sha256, "beianbox", "1", {"failure": "x"}, NOW)
    ledger.try_again(arrival.id, LATER)
    assert ledger.get_reading(arrival.sha256, "beianbox", "1") is None


@pytest.mark.slow
def test_a_hundred_thousand_filings_are_listed_and_counted(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path / "state.db")
    document = '{"entity":{"name":"' + "某" * 300 + '"}}'
    rows = ((f"f-{n}", 1, "prepared", n, f"2026-01-05T08:00:00.{n:06d}+00:00", document) for n in range(100_000))
    with sqlite3.connect(tmp_path / "state.db") as connection:
        connection.executemany("insert into filings values (?, ?, ?, ?, ?, ?)", rows)
    connection.close()
    counts, newest, todo = ledger.filing_counts(), ledger.filings(limit=50), ledger.filings_to_prepare()
    ledger.close()
    assert counts == {"prepared": 100_000}
    assert newest[0].filing == "f-99999"
    assert todo == ()
