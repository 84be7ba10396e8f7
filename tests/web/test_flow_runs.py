"""Corrections as Prefect flow runs where a server is configured, and without one where it does not answer."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
import urllib.request
from typing import Any

import pytest

from pipeline import server, work
from pipeline.drain import LEASE_SECONDS, worker_name
from pipeline.web import flow_runs
from pipeline.web.flow_runs import FlowRuns, NoFlowRun, flow_runs_of
from pipeline.web.site import Site
from tests.web import home
from tests.web.conftest import Browser

NAME = "entity_person.name"


def test_flow_runs_are_made_only_where_a_server_is_configured(site: Site) -> None:
    place = site.desk.settings.home
    assert flow_runs_of(place, {}) is None
    assert flow_runs_of(place, {"PREFECT_API_URL": "http://127.0.0.1:4200/api"}) is not None


def test_a_filing_is_drawn_without_prefect_when_its_server_does_not_answer(
    browser: Browser, site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Silent(FlowRuns):
        def draw(self, *_: Any) -> str:
            raise NoFlowRun("Empty")

    site.redraw.flow_runs = Silent(site.desk.settings.home, "http://127.0.0.1:9/api")
    answer = browser.do("correct", NAME, value="梁玥")
    assert "材料包第 2 版已生成" in answer.text and "Prefect" not in answer.text
    assert "drawn without Prefect" in caplog.text and "梁玥" not in caplog.text


def test_a_child_that_dies_is_no_flow_run(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow_runs.sys, "executable", "/bin/false")
    with pytest.raises(NoFlowRun):
        FlowRuns(site.desk.settings.home, "http://127.0.0.1:9/api").draw("f", home.TODAY)


def test_what_another_process_holds_is_waited_for_and_not_done_twice(browser: Browser, site: Site) -> None:
    ledger, filing, other = site.desk.ledger, browser.filing, worker_name()
    value = {"old": "", "new": "备注", "also": [], "place": {}}
    ledger.save_decision(filing, "correct", "entity.remark", value, "ben", home.NOW)
    assert ledger.claim(other, LEASE_SECONDS, only=filing) is not None

    def finish() -> None:
        time.sleep(0.6)
        work.prepare_filing(site.desk, filing, today=home.TODAY)
        ledger.release(other)

    version = browser_version(site, filing)
    thread = threading.Thread(target=finish)
    thread.start()
    site.redraw.ask(filing)
    assert site.redraw.wait(filing, 30)
    thread.join()
    assert browser_version(site, filing) == version + 1 and ledger.claimed() == {}


def browser_version(site: Site, filing: str) -> int:
    row = site.desk.ledger.get_filing(filing)
    assert row is not None
    return row.version


@pytest.mark.slow
@pytest.mark.prefect
@pytest.mark.timeout(300)
def test_a_correction_is_a_flow_run_on_the_configured_server(browser: Browser, site: Site) -> None:
    place = site.desk.settings.home
    with server.running_server(place) as api_url:
        site.redraw.flow_runs = flow_runs_of(place, {"PREFECT_API_URL": api_url})
        try:
            text = browser.do("correct", NAME, value="梁玥").text
            assert site.redraw.wait(browser.filing, 120), "the first flow run waits until Prefect is loaded"
            text = browser.do("correct", NAME, value="梁玥儿").text
            address = text.partition('<a href="' + api_url.removesuffix("/api"))[2].partition('"')[0]
            assert address.startswith("/runs/flow-run/")
            run = address.rpartition("/")[2]
            with urllib.request.urlopen(f"{api_url}/flow_runs/{run}", timeout=20) as answer:
                found = json.load(answer)
        finally:
            site.redraw.stop()
    assert found["state_type"] == "COMPLETED"
    assert found["parameters"] == {"filing": work.key_of(browser.filing), "today": home.TODAY.isoformat()}
    row = site.desk.ledger.get_filing(browser.filing)
    assert row is not None and row.document["filing"]["entity_person"]["name"] == "梁玥儿"
    for database in (place / "prefect").glob("*.db"):
        with sqlite3.connect(database) as connection:
            assert not any("梁玥" in line or browser.filing in line for line in connection.iterdump())
