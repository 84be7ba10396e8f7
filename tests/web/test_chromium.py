"""The page in a real Chromium. Screenshots are kept in `BEIANBOX_SCREENSHOTS`, else in pytest's folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline.web.site import Site
from tests.web import home
from tests.web.chromium import field, go_to, open_filing, shoot

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
NAME = "entity.legal_person.name"


MISREAD = "entity_person.name"
"""Read from the card alone; the licence has the same name right."""


def doubts(site: Site, filing: str) -> set[str]:
    row = site.desk.ledger.get_filing(filing)
    assert row is not None
    return {one["where"] for one in row.document["findings"] if one["rule"].startswith("evidence.")}


def test_a_misread_name_is_corrected_by_keyboard_and_the_bundle_is_new(
    page: Any, served: tuple[Site, str], filing: str, tmp_path: Path
) -> None:
    site, _ = served
    where = MISREAD
    assert {where, NAME} <= doubts(site, filing)
    before = site.desk.ledger.latest_bundle(filing)
    shoot(page, "queue", tmp_path)
    open_filing(page)
    page.wait_for_selector(".field.active")
    go_to(page, where)
    page.wait_for_selector("[data-picture][href]")
    shoot(page, "filing", tmp_path)
    assert page.locator(f"{field(where)} .inline").count() > 0
    page.keyboard.press("e")
    page.keyboard.press("Backspace")
    page.keyboard.insert_text("玥")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-changes]")
    shoot(page, "corrected", tmp_path)
    assert page.locator(f"{field(where)} [data-value]").inner_text() == "梁玥"
    assert page.locator(f"{field(where)} .inline").count() == 0
    assert "已消除" in page.locator("[data-changes]").inner_text()
    after = site.desk.ledger.latest_bundle(filing)
    assert before and after and after.version > before.version
    assert not {where, NAME} & doubts(site, filing), "the mended card agrees with the licence now"
    assert page.locator(".field.active").get_attribute("data-field") != where, "Enter goes on to the next field"


def test_reviewing_all_open_fields_takes_one_key_each(page: Any, served: tuple[Site, str], filing: str) -> None:
    """A value that is right costs Enter; the wrong one costs e, Backspace, a character and Enter."""
    open_filing(page)
    wrong = MISREAD
    open_fields = page.locator('.field[data-state="open"]')
    count, presses = open_fields.count(), 0
    for _ in range(30):
        if not open_fields.count():
            break
        current = page.locator(".field.active").get_attribute("data-field")
        left = open_fields.count()
        if current == wrong:
            page.keyboard.press("e")
            page.keyboard.press("Backspace")
            page.keyboard.insert_text("玥")
            presses += 3
        page.keyboard.press("Enter")
        presses += 1
        page.wait_for_selector(f'#work:not([data-open="{left}"])')
    assert open_fields.count() == 0
    assert presses <= count + 4


def test_waive_approve_and_download(page: Any, served: tuple[Site, str], filing: str, tmp_path: Path) -> None:
    site, _ = served
    open_filing(page)
    warning = page.locator(".finding.warning").first
    warning.locator("summary").click()
    warning.locator("[name=reason]").fill("原件已核对")
    warning.locator("[name=reason]").press("Enter")
    page.wait_for_selector("[data-changes]")
    reason = page.locator(".approve [name=reason]")
    if reason.count():
        reason.fill("材料另行提交")
    page.click("[data-approve]")
    page.wait_for_selector("text=已批准")
    page.locator("#bundle").scroll_into_view_if_needed()
    shoot(page, "approved", tmp_path)
    row = site.desk.ledger.get_filing(filing)
    assert row is not None and row.status == "approved"
    with page.expect_download() as download:
        page.click("text=下载整个文件夹")
    target = tmp_path / "bundle.zip"
    download.value.save_as(target)
    assert target.read_bytes().startswith(b"PK")


def test_the_second_tab_is_refused_with_the_newer_value(
    page: Any, served: tuple[Site, str], filing: str, tmp_path: Path
) -> None:
    open_filing(page)
    second = page.context.new_page()
    second.goto(page.url)
    second.wait_for_selector(".field.active")
    for tab, name in ((page, "梁玥"), (second, "李四")):
        go_to(tab, NAME)
        tab.keyboard.press("e")
        tab.locator(f"{field(NAME)} form.edit [name=value]").fill(name)
        tab.keyboard.press("Enter")
        tab.wait_for_selector("[data-changes], [data-stale]")
    assert "梁玥" in second.locator("[data-stale]").inner_text()
    shoot(second, "stale", tmp_path)


def test_hostile_names_and_texts_are_shown_as_text(page: Any, tmp_path: Path) -> None:
    own = page.url
    page.goto(f"{own}arrivals")
    assert home.HOSTILE_NAME in page.locator("table.arrivals").inner_text()
    shoot(page, "arrivals", tmp_path)
    page.goto(own)
    open_filing(page)
    assert home.HOSTILE_TEXT in page.locator("#fields").inner_text()
    assert page.locator("#main script").count() == 0


def test_a_hidden_number_is_revealed_by_a_key_and_covered_on_the_scan_before(page: Any, tmp_path: Path) -> None:
    open_filing(page)
    where = "entity.legal_person.certificate.number"
    go_to(page, where)
    page.wait_for_selector("[data-covers] polygon")
    shoot(page, "masked", tmp_path)
    assert home.NUMBER not in page.content()
    page.keyboard.press("r")
    page.wait_for_selector(f"{field(where)} form.edit", state="attached")
    assert home.NUMBER in page.locator(f"{field(where)} [data-value]").inner_text()
    page.wait_for_selector("[data-covers] polygon", state="detached")


def test_the_page_in_english_on_a_phone(page: Any, tmp_path: Path) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.click("text=English")
    page.wait_for_selector("text=Queue")
    for name in ("queue", "filing", "arrivals", "rules"):
        if name == "filing":
            open_filing(page)
            address = page.url
        elif name != "queue":
            page.goto(address.partition("/filings")[0] + f"/{name}")
        page.wait_for_timeout(300)
        shoot(page, f"phone-{name}", tmp_path)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 390, f"{name} is {width} pixels wide"


def test_the_start_address_does_not_work_a_second_time(chromium: Any, page: Any, served: tuple[Site, str]) -> None:
    site, _ = served
    other = chromium.new_context()
    tab = other.new_page()
    answer = tab.goto(f"http://127.0.0.1:{site.door.port}/")
    assert answer.status == 401
    other.close()
