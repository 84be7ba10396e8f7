"""`beianbox track` and the order's part of `beianbox status`, on a small home."""

from __future__ import annotations

import json
import os
import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline import work
from pipeline.cli import main

ROOT = Path(__file__).parent.parent.parent
DOMAIN = ROOT / "samples/gd_enterprise_website/in/域名证书.pdf"
TYPED = """
filing: {province: 广东, provider: huawei, operation: 首次备案}
entity_person: {name: 张三, mobile: "13800138000", certificate: {type: resident_id, valid_to: 2026-12-30}}
service_person: {name: 李四, mobile: "13900139000"}
"""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one prepared filing, made once; each test works on its own copy."""
    home = tmp_path_factory.mktemp("prepared") / "home"
    with pytest.MonkeyPatch.context() as patch:
        set_home(patch, home)
        drop(home, "甲公司")
    return home


@pytest.fixture
def home(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(prepared, tmp_path / "home")
    set_home(monkeypatch, tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def fresh_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home that was not copied: a copy's originals look changed to the inbox, which takes them again."""
    set_home(monkeypatch, tmp_path / "home")
    drop(tmp_path / "home", "甲公司")
    return tmp_path / "home"


def set_home(patch: pytest.MonkeyPatch, home: Path) -> None:
    patch.setenv("BEIANBOX_HOME", str(home))
    patch.setenv("BEIANBOX_SETTLE_SECONDS", "0.1")
    patch.setenv("BEIANBOX_MIN_FREE_BYTES", "0")


def drop(home: Path, name: str) -> None:
    folder = home / "inbox" / name
    folder.mkdir(parents=True)
    shutil.copy(DOMAIN, folder / "domain.pdf")
    (folder / "filing.yaml").write_text(TYPED, "utf-8")
    with work.open_desk(os.environ) as desk:
        work.run_once(desk, today=date(2026, 11, 20))


def track(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["track", *arguments, "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["track", *arguments, "--json"]) == 2
    error: dict[str, Any] = json.loads(capsys.readouterr().out)["error"]
    return error


def test_events_move_the_order_and_are_kept_with_who_and_when(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert track(capsys, "甲公司")["order"]["state"] == "draft"
    track(capsys, "甲公司", "submit", "--at", "2026-01-05T09:00")
    track(capsys, "甲", "pass", "--at", "2026-01-06")
    found = track(capsys, "甲", "handed_over", "--at", "2026-01-06", "--note", "专员 来电")
    assert found["order"]["state"] == "sms_pending" and found["order"]["provider_names"] == ["短信核验"]
    assert found["order"]["sms"]["waits_for"] == [["entity_person"], ["service_person"]]
    last = found["events"][-1]
    assert (last["event"], last["at"], last["note"]) == ("handed_over", "2026-01-06T00:00:00+08:00", "专员 来电")
    assert last["who"] and datetime.fromisoformat(last["recorded_at"]).tzinfo
    assert {one["id"] for one in found["deadlines"]} >= {"sms_check"}
    assert all(one["source"]["as_of"] for one in found["deadlines"])
    assert any("24 小时已过" in one["zh"] for one in found["now"])
    assert "13800138000" not in json.dumps(found)


def test_a_providers_word_for_the_new_state_is_taken_as_the_event(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    track(capsys, "甲", "提交", "--at", "2026-01-05")
    assert track(capsys, "甲", "初审驳回", "--at", "2026-01-06")["order"]["state"] == "provider_rejected"
    assert track(capsys, "甲", "undo")["order"]["state"] == "provider_auditing"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["甲", "pass"], "impossible_event", "submit"),
        (["甲", "拍照"], "impossible_event", "submit"),
        (["甲", "undo"], "impossible_event", "没有可撤回"),
        (["乙"], "usage", "beianbox status"),
        (["", "submit"], "usage", "beianbox status"),
        (["甲", "submit", "--at", "昨天"], "usage", "2026-11-22"),
        (["甲", "submit", "--at", "2999-01-01"], "usage", "将来"),
        (["甲", "submit", "--note", "长" * 501], "usage", "500"),
    ],
)
def test_what_cannot_be_recorded_is_refused_and_nothing_is_kept(
    home: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: str, words: str
) -> None:
    error = refused(capsys, *arguments)
    assert error["code"] == code and words in error["message"]["zh"] and error["message"]["en"]
    assert track(capsys, "甲")["events"] == []


def test_a_beginning_that_two_filings_share_is_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drop(home, "甲乙公司")
    assert "2 份" in refused(capsys, "甲", "submit")["message"]["zh"]
    assert track(capsys, "甲公")["filing"].startswith("甲公司-")


def test_a_whole_id_is_meant_even_where_another_begins_with_it(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ident = track(capsys, "甲")["filing"]
    with work.open_desk(os.environ) as desk:
        row = desk.ledger.get_filing(ident)
        assert row is not None
        desk.ledger.save_filing(f"{ident}0", row.document, expected_version=0, seen=0, now=datetime.now(UTC))
    assert track(capsys, ident)["filing"] == ident


def test_the_key_alone_names_a_filing(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ident = track(capsys, "甲")["filing"]
    assert track(capsys, ident.rpartition("-")[2][:6])["filing"] == ident


def test_an_event_does_not_make_the_bundle_anew(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ident = track(capsys, "甲", "submit", "--at", "2026-01-05")["filing"]
    with work.open_desk(os.environ) as desk:
        assert work.waiting_filings(desk) == ()
        assert desk.ledger.last_change(ident) == desk.ledger.get_filing(ident).seen  # type: ignore[union-attr]


def test_later_papers_do_not_change_a_submitted_order(fresh_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for event in ("submit", "pass", "handed_over", "verified_entity_person"):
        track(capsys, "甲", event, "--at", "2026-01-05")
    (fresh_home / "inbox/甲公司").mkdir(exist_ok=True)
    (fresh_home / "inbox/甲公司/filing.yaml").write_text(TYPED.replace("首次备案", "取消接入"), "utf-8")
    with work.open_desk(os.environ) as desk:
        (outcome,) = work.run_once(desk, today=date(2026, 11, 20))
        assert desk.ledger.get_filing(outcome.filing).document["filing"]["operation"] == "cancel_access"  # type: ignore[union-attr]
    found = track(capsys, "甲")
    assert found["order"]["operation"] == "first_filing" and found["order"]["state"] == "sms_pending"


def test_status_shows_state_and_next_date(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert row["order"] is None and row["next"] is None
    track(capsys, "甲", "submit")
    assert main(["status", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert row["order"]["state"] == "provider_auditing" and row["next"]["id"] == "provider_audit"
    assert main(["status"]) == 0
    assert "接入商初审中" in capsys.readouterr().out
    assert main(["status", row["filing"]]) == 0
    assert "保持电话畅通" in capsys.readouterr().out


def test_the_list_keeps_what_it_said_of_an_order_until_the_order_changes(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def shown() -> dict[str, Any]:
        assert main(["status", "--json"]) == 0
        return dict(json.loads(capsys.readouterr().out)[0])

    track(capsys, "甲", "submit")
    first = shown()
    with monkeypatch.context() as patch:
        patch.setattr(work, "open_desk", lambda _environ: pytest.fail("the ledger was opened in full"))
        assert shown() == first
    track(capsys, "甲", "pass")
    assert shown()["order"]["state"] != first["order"]["state"]


@pytest.mark.parametrize(("lang", "words"), [("zh", "可记录的事件"), ("en", "Events: submit, abandon")])
def test_the_order_is_told_in_the_users_language(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, lang: str, words: str
) -> None:
    monkeypatch.setenv("BEIANBOX_LANG", lang)
    assert main(["track", "甲"]) == 0
    assert words in capsys.readouterr().out


def test_the_calendar_holds_what_is_to_come_and_replaces_only_a_calendar(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "due.ics"
    found = track(capsys, "甲", "submit", "--ics", str(out))
    data = out.read_bytes()
    coming = [one for one in found["deadlines"] if not one["over"]]
    assert data.count(b"BEGIN:VEVENT\r\n") == len(coming) > 0 and found["ics"] == str(out)
    assert len(coming) < len(found["deadlines"])
    track(capsys, "甲", "--ics", str(out))
    assert out.read_bytes() == data
    other = tmp_path / "执照.jpg"
    other.write_bytes(b"\xff\xd8")
    refused(capsys, "甲", "--ics", str(other))
    assert other.read_bytes() == b"\xff\xd8"
    assert main(["track", "甲", "--ics", str(tmp_path / "none/due.ics")]) == 3


def test_a_purged_filing_takes_its_events_along(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ident = track(capsys, "甲", "submit")["filing"]
    assert main(["purge", ident]) == 0
    with work.open_desk(os.environ) as desk:
        assert desk.ledger.events(*(one.filing for one in desk.ledger.filings())) == {}


def test_an_event_is_no_review_decision(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from pipeline import review

    ident = track(capsys, "甲", "submit")["filing"]
    with work.open_desk(os.environ) as desk:
        assert review.standing(desk.ledger.decisions_of(ident)) == review.Standing()
        desk.ledger.save_event(ident, "pass", {"at": "2026-01-05T00:00:00+08:00", "note": ""}, "x", datetime.now(UTC))
        assert [one.where for one in desk.ledger.events(ident)[ident]] == ["submit", "pass"]


def test_events_that_contradict_are_named_and_can_be_undone(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ident = track(capsys, "甲", "submit", "--at", "2026-01-05")["filing"]
    with work.open_desk(os.environ) as desk:  # as when two people record the same event at the same moment
        row = desk.ledger.events(ident)[ident][0]
        desk.ledger.save_event(ident, row.where, row.value, "other", datetime.now(UTC))
    assert "submit" in refused(capsys, "甲")["message"]["zh"]
    assert main(["status", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["order"]["state"] == "unclear"
    assert main(["status", ident]) == 0
    assert "不能记录“submit”" in capsys.readouterr().out
    assert track(capsys, "甲", "undo")["order"]["state"] == "provider_auditing"


def test_two_events_of_one_day_need_no_hour(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    track(capsys, "甲", "submit", "--at", "2026-01-05T15:00")
    found = track(capsys, "甲", "pass", "--at", "2026年1月5日")
    assert found["events"][-1]["at"] == "2026-01-05T15:00:00+08:00"


def test_a_planned_change_lies_ahead_and_does_not_stop_later_events(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for event in ("submit", "pass", "handed_over", "all_verified", "pass"):
        track(capsys, "甲", event, "--at", "2026-01-05")
    found = track(capsys, "甲", "change_planned", "--at", "2999-03-31")
    assert {one["id"]: one["day"] for one in found["deadlines"]}["change_ahead"] == "2999-03-01"
    assert track(capsys, "甲", "opened", "--at", "2026-01-06")["order"]["state"] == "filed"


def test_reasons_are_kept_per_field_and_shown_with_the_remedy_until_it_is_handed_in_again(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ident = "甲公司"
    told = ["--reason", "entity_person.mobile=电话无法接通", "--reason", "域名所有者与主体不一致"]
    assert main(["track", ident, "submit", "--json"]) == 0
    capsys.readouterr()
    assert main(["track", ident, "reject", *told, "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert [one["field"] for one in shown["rejections"]] == ["entity_person.mobile", "order"]
    assert [one["causes"][0]["id"] for one in shown["rejections"]] == ["phone_unreachable", "domain_owner"]
    assert (shown["order"]["may_edit"], shown["order"]["may_withdraw"], shown["order"]["may_abandon"]) == (
        True,
        False,
        True,
    )
    assert main(["track", ident]) == 0
    text = capsys.readouterr().out
    assert "电话无法接通" in text and "12381" not in text and "关闭来电拦截" in text
    assert main(["track", ident, "resubmit", "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert again["rejections"] == [] and again["events"][1]["rejections"][0]["reason"] == "电话无法接通"


def test_reasons_go_only_with_events_that_bring_an_order_back(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ident = "甲公司"
    assert main(["track", ident, "submit", "--reason", "无法接通"]) == 2
    assert main(["track", ident, "--reason", "无法接通"]) == 2
    assert "reject" in capsys.readouterr().err


def test_how_often_a_code_is_resent_is_a_setting(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for event in ("submit", "pass", "handed_over", "resend", "resend"):
        track(capsys, "甲", event, "--at", "2026-01-05")
    assert "sms_resends" in refused(capsys, "甲", "resend", "--at", "2026-01-05")["message"]["zh"]
    monkeypatch.setenv("BEIANBOX_SMS_RESENDS", "3")
    found = track(capsys, "甲", "resend", "--at", "2026-01-05")
    assert (found["order"]["sms"]["resends"], found["order"]["sms"]["most_resends"]) == (3, 3)
    monkeypatch.delenv("BEIANBOX_SMS_RESENDS")
    assert track(capsys, "甲")["order"]["sms"]["resends"] == 3
