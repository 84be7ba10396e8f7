"""What falls due in the next days: the pure list, `beianbox status --due`, and its calendar file."""

from __future__ import annotations

import json
import os
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from pipeline import due_command, work
from pipeline.cli import main
from pipeline.due import CHINA, Due
from pipeline.due_list import AHEAD_DAYS, Window, falling_due
from pipeline.expiries import Paper, ending, papers, reminder
from pipeline.model import App, Certificate, Document, Entity, Filing, Person, PreApproval, Source, Text
from tests.pipeline.test_track_command import fresh_home, home, prepared, track

__all__ = ["fresh_home", "home", "prepared"]

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=CHINA)
NEXT_30 = Window(NOW, 30)
SOURCE = Source("t", "a", "2026-01-01")


def deadline(day: date, *, at: datetime | None = None) -> Due:
    return Due("x", day, Text("某事", "something"), SOURCE, at=at)


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        (date(2026, 11, 1), "end"),  # run out: listed until another takes its place
        (date(2020, 1, 1), "end"),
        (date(2026, 11, 20), "end"),
        (date(2026, 12, 20), "end"),  # the last day of the list
        (date(2026, 12, 21), None),  # its reminder was in September
        (date(2027, 2, 19), None),
        (date(2027, 2, 20), "expiry"),  # three months before is today
        (date(2027, 3, 20), "expiry"),
        (date(2027, 3, 21), None),
        (date(2030, 1, 1), None),
    ],
)
def test_a_paper_is_listed_when_it_ends_or_when_it_becomes_too_short(ends: date, expected: str | None) -> None:
    found = falling_due((), [Paper("certificate", "entity", ends)], NEXT_30, runs=True, letters=True)
    assert [one.id.partition(":")[0] for one in found] == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("day", "runs", "is_listed"),
    [
        (date(2026, 12, 20), True, True),
        (date(2026, 12, 21), True, False),
        (date(2025, 1, 1), True, True),  # missed, and the order still runs
        (date(2026, 10, 21), False, True),
        (date(2026, 10, 20), False, False),  # missed long ago by an order that has ended
        (date(2026, 11, 25), False, True),
    ],
)
def test_a_deadline_is_listed_while_it_matters(day: date, runs: bool, is_listed: bool) -> None:
    assert bool(falling_due([deadline(day)], (), NEXT_30, runs=runs, letters=True)) is is_listed


def test_an_hour_counts_where_there_is_one() -> None:
    over = deadline(date(2026, 11, 20), at=NOW - timedelta(minutes=1))
    assert falling_due([over], (), Window(NOW, 0), runs=False, letters=True) == (over,)
    assert not falling_due(
        [deadline(date(2026, 11, 19), at=NOW)], (), Window(NOW + timedelta(days=9), 1), runs=False, letters=True
    )


def test_letters_are_listed_only_while_they_can_be_handed_in() -> None:
    letter = Paper("letter", "授权书.pdf", date(2026, 12, 1))
    assert [one.id for one in falling_due((), [letter], NEXT_30, runs=True, letters=True)] == ["letter:授权书.pdf"]
    assert falling_due((), [letter], NEXT_30, runs=True, letters=False) == ()


def test_the_earliest_comes_first_and_reminders_of_the_order_are_not_said_twice() -> None:
    paper = Paper("domain", "a.cn", date(2026, 12, 5))
    found = falling_due([deadline(date(2026, 12, 10)), reminder(paper)], [paper], NEXT_30, runs=True, letters=True)
    assert [one.id for one in found] == ["end:domain:a.cn", "x"]


def test_every_paper_of_a_filing_that_runs_out_is_known() -> None:
    card = Certificate(number="440106199001011234", valid_to=date(2027, 1, 1))
    filing = Filing(
        "x",
        entity=Entity(certificate=Certificate(valid_to=date(2027, 5, 31)), legal_person=Person(certificate=card)),
        entity_person=Person(certificate=card),
        service_person=Person(certificate=Certificate(valid_to="长期")),
        apps=(App(pre_approvals=(PreApproval(valid_to=date(2029, 8, 8)),)),),
        documents=(Document("letter", "授权书.pdf", "ab" * 32, dated=date(2026, 9, 30)),),
    )
    assert [(one.kind, one.subject) for one in papers(filing)] == [
        ("certificate", "entity"),
        ("certificate", "legal_person+entity_person"),  # one card, one line
        ("approval", "pre_approvals[0]"),
        ("letter", "授权书.pdf"),
    ]
    card_ends = ending(papers(filing)[1])
    assert card_ends.title.zh.startswith("法定代表人、主体负责人证件有效期至 2027-01-01")
    assert "the legal person and the entity person" in card_ends.title.en and card.number not in str(card_ends)
    assert all(ending(one).source.as_of and reminder(one).rule for one in papers(filing))


def due(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    assert main(["status", "--due", *arguments, "--json"]) == 0
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_the_command_lists_what_falls_due_over_the_ledger(
    home: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    track(capsys, "甲", "submit")
    found = due(capsys, "9999", "--ics", str(tmp_path / "due.ics"))
    kinds = {(one["kind"], one["id"].partition(":")[0]) for one in found["due"]}  # type: ignore[attr-defined]
    assert {("order", "provider_audit"), ("domain", "end"), ("certificate", "end")} <= kinds
    assert all(one["filing"].startswith("甲公司") and one["source"]["as_of"] for one in found["due"])  # type: ignore[attr-defined]
    calendar = (tmp_path / "due.ics").read_bytes()
    coming = [one for one in found["due"] if not one["over"]]  # type: ignore[attr-defined]
    assert calendar.count(b"BEGIN:VEVENT") == len(coming) > 1
    span = due(capsys)
    assert date.fromisoformat(str(span["until"])) - date.fromisoformat(str(span["today"])) == timedelta(AHEAD_DAYS)


@pytest.mark.parametrize(("lang", "words"), [("zh", "到期："), ("en", "Due from ")])
def test_the_list_is_told_in_the_users_language(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, lang: str, words: str
) -> None:
    monkeypatch.setenv("BEIANBOX_LANG", lang)
    assert main(["status", "--due", "9999"]) == 0
    said = capsys.readouterr().out
    assert words in said and "甲公司" in said and "2026-12-30" in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--ics", "x.ics"], "--due"),
        (["--due", "soon"], "9999"),
        (["乙", "--due", "9"], "beianbox status"),
    ],
)
def test_what_cannot_be_listed_is_refused_with_what_to_do(
    home: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert main(["status", *arguments, "--json"]) == 2
    assert words in json.loads(capsys.readouterr().out)["error"]["message"]["en"]


def test_events_that_contradict_hide_neither_the_papers_nor_the_other_filings(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with work.open_desk(os.environ) as desk:
        (row,) = desk.ledger.filings()
        desk.ledger.save_event(row.filing, "pass", {"at": NOW.isoformat(), "note": ""}, "x", NOW)
    found = due(capsys, "9999")["due"]
    assert {one["kind"] for one in found} == {"certificate", "domain"}  # type: ignore[attr-defined]


def test_an_abandoned_order_has_nothing_due(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    track(capsys, "甲", "abandon")
    assert due(capsys, "9999")["due"] == []


def test_the_nightly_run_counts_by_kind_and_names_nothing(home: Path) -> None:
    with work.open_desk(os.environ) as desk:
        found = due_command.counts(desk, Window(datetime(2026, 12, 1, 12, tzinfo=CHINA), 30))
    assert found == {"due_certificate": 1, "overdue": 0}
