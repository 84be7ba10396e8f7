"""Opening a filing, its scans and files, and deciding about it, are in the audit log; the page's own polling is not."""

from __future__ import annotations

from pipeline.web.site import Site
from pipeline.work import key_of
from tests.web.conftest import Browser


def test_reads_are_noted_once_an_hour_and_changes_each_time(site: Site, browser: Browser) -> None:
    for _ in range(2):
        browser.page()
        browser.get(f"/filings/{browser.filing}/work")
    for name in ("梁甲", "梁乙"):
        browser.post({**browser.form("correct", "entity_person.name"), "value": name})
    rows = site.desk.ledger.accesses(key_of(browser.filing))
    assert [(row.action, row.detail) for row in rows if row.action == "read"] == [("read", "page")]
    assert len([row for row in rows if row.action == "change"]) == 2
    assert all(row.who for row in rows)
