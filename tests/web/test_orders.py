from __future__ import annotations

import re
from datetime import UTC, date, datetime
from urllib.parse import quote

import httpx
import pytest

from pipeline.due import Due, due_dict, due_of
from pipeline.model import Source, Text
from pipeline.web.site import Site
from tests.web.conftest import BASE, Browser

SUBMITTED = "2026-11-20T09:00"


def page(browser: Browser) -> str:
    return browser.get(f"/filings/{quote(browser.filing)}/order")


def record(browser: Browser, event: str, text: str = "", **values: str) -> httpx.Response:
    hidden = dict(re.findall(r'<input type="hidden" name="(basis|token)" value="([^"]*)"', text or page(browser)))
    return browser.client.post(
        f"/filings/{quote(browser.filing)}/order", data={**hidden, "event": event, **values}, headers={"Origin": BASE}
    )


def events(site: Site, browser: Browser) -> list[tuple[str, str]]:
    return [(one.where, one.who) for one in site.desk.ledger.events(browser.filing).get(browser.filing, ())]


def to_sms(browser: Browser) -> None:
    for hour, event in enumerate(("submit", "pass", "handed_over"), 9):
        assert record(browser, event, at=f"2026-11-20T{hour:02d}:00").status_code == 303


def test_an_order_is_followed_from_the_page(browser: Browser, site: Site) -> None:
    text = page(browser)
    assert 'data-order-state="draft"' in text and 'value="submit"' in text and 'value="handed_over"' not in text
    assert record(browser, "submit", at=SUBMITTED, note="单号 7").status_code == 303
    text = page(browser)
    assert 'data-order-state="provider_auditing"' in text and "单号 7" in text and "2026-11-20 09:00" in text
    assert events(site, browser) == [("submit", "anna")]
    assert browser.filing not in site.desk.ledger.filings_to_prepare()


def test_the_clock_runs_while_the_code_is_waited_for(browser: Browser) -> None:
    to_sms(browser)
    text = page(browser)
    assert 'datetime="2026-11-21T11:00:00+08:00" data-clock' in text
    assert "等待核验" in text and "还可输错" in text
    assert "data-clock" in browser.get("/orders")
    assert record(browser, "all_verified", at="2026-11-20T12:00").status_code == 303
    assert "data-clock" not in page(browser)


def test_what_cannot_happen_is_refused_with_what_can(browser: Browser, site: Site) -> None:
    answer = record(browser, "handed_over")
    assert answer.status_code == 422 and "submit" in answer.text and "data-problem" in answer.text
    assert record(browser, "submit", at="2099-01-01T00:00").status_code == 422
    assert record(browser, "submit", at="gestern").status_code == 422
    assert events(site, browser) == []


def test_a_stale_page_is_refused_and_shows_the_order_as_it_is(browser: Browser, site: Site) -> None:
    old = page(browser)
    record(browser, "submit", at=SUBMITTED)
    answer = record(browser, "abandon", old)
    assert answer.status_code == 409 and "data-stale" in answer.text
    assert 'data-order-state="provider_auditing"' in answer.text
    assert [one for one, _ in events(site, browser)] == ["submit"]


def test_the_last_event_can_be_taken_back(browser: Browser, site: Site) -> None:
    record(browser, "submit", at=SUBMITTED)
    assert record(browser, "undo").status_code == 303
    assert 'data-order-state="draft"' in page(browser)
    assert [one for one, _ in events(site, browser)] == ["submit", "undo"]


def test_events_that_contradict_are_shown_and_can_be_mended(browser: Browser, site: Site) -> None:
    value = {"at": "2026-11-20T09:00:00+08:00", "note": ""}
    site.desk.ledger.save_event(browser.filing, "pass", value, "ben", site.desk.ledger.queue()[0].updated_at)
    assert "data-problem" in page(browser)
    assert browser.get("/") and browser.get("/orders")
    assert record(browser, "undo").status_code == 303
    assert 'data-order-state="draft"' in page(browser)


@pytest.mark.parametrize("form", [{"token": "x"}, {"basis": "99"}])
def test_an_event_needs_its_token(browser: Browser, site: Site, form: dict[str, str]) -> None:
    assert record(browser, "submit", **form).status_code == 403
    assert events(site, browser) == []


def test_the_queue_and_the_list_of_orders_show_where_it_stands(browser: Browser) -> None:
    assert "接入商初审中" not in browser.get("/")
    record(browser, "submit", at=SUBMITTED)
    assert "接入商初审中" in browser.get("/?view=order") and "接入商初审中" in browser.get("/orders")


def test_what_is_due_can_be_had_as_a_calendar(browser: Browser) -> None:
    to_sms(browser)
    answer = browser.client.get(f"/filings/{quote(browser.filing)}/order.ics")
    assert answer.content.startswith(b"BEGIN:VCALENDAR") and answer.headers["content-type"].startswith("text/calendar")
    assert browser.client.get("/filings/nobody/order.ics").status_code == 404


def test_why_it_came_back_is_noted_with_what_mends_it(browser: Browser, site: Site) -> None:
    record(browser, "submit", at=SUBMITTED)
    assert "data-reasons" in page(browser)
    reasons = "entity_person.mobile=无法接通\n照片不清晰"
    assert record(browser, "reject", at="2026-11-20T10:00", reasons="nothing.at.all=x").status_code == 422
    assert record(browser, "reject", at="2026-11-20T10:00", reasons=reasons).status_code == 303
    text = page(browser)
    assert "data-rejections" in text and "无法接通" in text and "照片不清晰" in text and "主体负责人手机号" in text
    assert 'class="back"' in text, "the station it came back at"
    kept = site.desk.ledger.events(browser.filing)[browser.filing][-1].value["rejections"]
    assert [one["field"] for one in kept] == ["entity_person.mobile", "order"]


def test_what_falls_due_over_all_filings_stands_on_the_orders_page(browser: Browser, site: Site) -> None:
    row = site.desk.ledger.get_filing(browser.filing)
    assert row is not None
    document = row.document
    document["filing"]["entity"]["certificate"]["valid_to"] = "2020-01-31"
    site.desk.ledger.save_filing(row.id, document, expected_version=row.version, seen=row.seen, now=datetime.now(UTC))
    to_sms(browser)
    text = browser.get("/orders")
    assert "data-due" in text and "有效期至 2020-01-31" in text and "完成短信核验" in text
    assert "2026-11-21 11:00" in text  # the hour counts
    calendar = browser.client.get("/orders.ics")
    assert calendar.headers["content-type"].startswith("text/calendar") and b"2020-01-31" not in calendar.content
    for event in ("undo", "undo", "undo", "abandon"):
        record(browser, event)
    assert "有效期至 2020-01-31" not in browser.get("/orders")
    browser.client.get("/?lang=en")
    assert "data-due" not in browser.get("/orders") or "Over, or due within 30 days" in browser.get("/orders")


def test_a_deadline_survives_being_kept() -> None:
    kept = Due(
        "x", date(2026, 11, 21), Text("某", "s"), Source("t", "a", "d"), "CN-1", datetime(2026, 11, 21, tzinfo=UTC)
    )
    assert due_of(due_dict(kept, kept.at or datetime.now(UTC))) == kept
