from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline import work
from pipeline.errors import EnvironmentProblem
from pipeline.ledger_base import StaleFiling
from pipeline.model import Text
from pipeline.rows import State
from pipeline.web.site import Site
from tests.web.conftest import BASE, Browser
from tests.web.home import HOSTILE_NAME, NOW

NAME = "entity.legal_person.name"
REMARK = {"old": "", "new": "备注", "also": [], "place": {}}


def test_trouble_while_drawing_is_told_and_the_decision_is_kept(
    browser: Browser, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise EnvironmentProblem("磁盘已满。", "The disk is full.")

    before = site.desk.ledger.latest_bundle(browser.filing)
    with monkeypatch.context() as patch:
        patch.setattr(work, "prepare_filing", full)
        answer = browser.do("correct", NAME, value="梁玉")
    assert answer.status_code == 200 and "磁盘已满" in answer.text
    assert site.desk.ledger.latest_bundle(browser.filing) == before
    assert [one.kind for one in site.desk.ledger.decisions_of(browser.filing)] == ["correct"]
    site.redraw.ask(browser.filing)
    assert site.redraw.wait(browser.filing, 30)
    assert site.redraw.failures == {} and "梁玉" in browser.page()


def test_a_bug_while_drawing_does_not_end_the_drawing(
    browser: Browser, site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(work, "prepare_filing", lambda *_, **__: 1 / 0)
        assert "重新生成失败" in browser.do("correct", NAME, value="梁玉").text
    assert "ZeroDivisionError" in caplog.text and "梁玉" not in caplog.text
    site.redraw.ask(browser.filing)
    assert site.redraw.wait(browser.filing, 30) and site.redraw.failures == {}


def test_a_filing_changed_by_another_process_is_drawn_once_more(
    browser: Browser, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []
    real = work.prepare_filing

    def once_stale(*args: Any, **values: Any) -> Any:
        tries.append(1)
        if len(tries) == 1:
            raise StaleFiling("旧", "stale")
        return real(*args, **values)

    monkeypatch.setattr(work, "prepare_filing", once_stale)
    assert "data-changes" in browser.do("correct", NAME, value="梁玉").text
    assert len(tries) == 2 and site.redraw.failures == {}


def test_quick_confirmations_are_one_drawing(browser: Browser, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    real = work.prepare_filing

    def counted(desk: Any, filing: str, **values: Any) -> Any:
        drawn.append(filing)
        return real(desk, filing, **values)

    monkeypatch.setattr(work, "prepare_filing", counted)
    for path in (NAME, "websites[0].domains[0].registrar", "entity.name"):
        assert browser.do("confirm", path).status_code == 200
    assert drawn == []
    assert site.redraw.wait(browser.filing, 30)
    assert drawn == [browser.filing]


def test_waiting_ends_when_drawing_takes_too_long(
    browser: Browser, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = threading.Event()
    monkeypatch.setattr(work, "prepare_filing", lambda *_, **__: go.wait(20))
    site.desk.ledger.save_decision(browser.filing, "correct", "entity.remark", REMARK, "ben", NOW)
    site.redraw.ask(browser.filing)
    assert not site.redraw.wait(browser.filing, 0.3)
    assert "data-drawing" in browser.page()
    go.set()
    assert site.redraw.wait(browser.filing, 10)


def test_a_file_that_needed_attention_is_tried_again(browser: Browser, site: Site) -> None:
    arrival = next(one for one in site.desk.ledger.arrivals_of(browser.filing) if one.path.endswith(HOSTILE_NAME))
    site.desk.ledger.set_state(arrival.id, State.NEEDS_ATTENTION, datetime.now(UTC), Text("读不了", "unreadable"))
    text = browser.get("/arrivals")
    assert "读不了" in text
    address = f"/arrivals/{arrival.id}/again"
    token = text.partition(f'action="{address}"')[2].partition('value="')[2].partition('"')[0]
    assert browser.client.post(address, data={"token": "x"}, headers={"Origin": BASE}).status_code == 403
    assert browser.client.post(address, data={"token": token}, headers={"Origin": BASE}).status_code == 303
    assert site.redraw.wait(browser.filing, 30, for_inbox=True)
    again = next(one for one in site.desk.ledger.arrivals_of(browser.filing) if one.id == arrival.id)
    assert again.state is State.READ
