"""A reviewer's day in a real Chromium: keys alone, letters that come back, orders, a phone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline import work
from pipeline.web.site import Site
from pipeline.work import Desk
from tests.web import home
from tests.web.chromium import field, go_to, open_filing, serving, shoot, tab_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
MISREAD = "entity_person.name"
AUTHORITY = "entity.legal_person.certificate.authority"
REGISTRAR = "websites[0].domains[0].registrar"
TEN = ("type", "address", "authority", "valid_from", "valid_to", "exp_date")
"""With these read in doubt, ten fields of the filing are open, and one of them is wrong."""


class Keys:
    """Counts what a reviewer presses; a character of an input method counts as one."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.count = 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.count += 1

    def type(self, char: str) -> None:
        self.page.keyboard.insert_text(char)
        self.count += len(char)


def opened(page: Any) -> int:
    return int(page.locator("#work").get_attribute("data-open"))


def current(page: Any) -> str:
    return str(page.locator(".field.active").get_attribute("data-field"))


def test_ten_open_fields_with_one_wrong_take_at_most_fourteen_keys(chromium: Any, desk: Desk, tmp_path: Path) -> None:
    filing = home.add_unit(desk, unsure=TEN)
    work.prepare_filing(desk, filing, today=home.TODAY)
    with serving(desk) as (site, start), tab_of(chromium, site, start) as page:
        open_filing(page)
        assert opened(page) == 10
        keys = Keys(page)
        while left := opened(page):
            if current(page) == MISREAD:
                keys.press("e", "Backspace")
                keys.type("玥")
            keys.press("Enter")
            page.wait_for_selector(f'#work:not([data-open="{left}"])')
        assert site.redraw.wait(filing, 60)
        row = desk.ledger.get_filing(filing)
        assert row is not None and row.document["filing"]["entity_person"]["name"] == "梁玥"
        assert keys.count <= 14, f"{keys.count} keys"
        shoot(page, "all-looked-at", tmp_path)


def test_another_sources_value_is_taken_by_one_key(page: Any, served: tuple[Site, str], filing: str) -> None:
    open_filing(page)
    go_to(page, "entity.legal_person.name")
    assert page.locator(".field.active .source").count() == 2
    page.keyboard.press("s")
    page.keyboard.press("s")
    assert page.locator(".source.shown").count() == 1
    page.keyboard.press("1")
    page.wait_for_selector("[data-changes]")
    row = served[0].desk.ledger.get_filing(filing)
    assert row is not None and row.document["filing"]["entity"]["legal_person"]["name"] == "梁妖"


def test_doubtful_characters_are_marked_and_typed_values_checked_at_once(
    chromium: Any, desk: Desk, tmp_path: Path
) -> None:
    filing = home.add_unit(desk, unsure=("authority",))
    work.prepare_filing(desk, filing, today=home.TODAY)
    with serving(desk) as (site, start), tab_of(chromium, site, start) as page:
        open_filing(page)
        go_to(page, AUTHORITY)
        assert page.locator(f"{field(AUTHORITY)} mark").inner_text() == "局"
        shoot(page, "doubtful", tmp_path)
        go_to(page, "entity_person.mobile")
        page.keyboard.press("e")
        page.keyboard.press("Backspace")
        page.wait_for_selector(".check.wrong")
        assert "11 位手机号" in page.locator(".field.active [data-check]").inner_text()
        shoot(page, "checked-while-typing", tmp_path)
        page.keyboard.insert_text("1")
        page.wait_for_selector(".check.wrong", state="detached")
        page.keyboard.press("Escape")
        assert page.locator("form.edit:visible").count() == 0


def test_a_warning_is_waived_and_the_filing_approved_by_keys(
    page: Any, served: tuple[Site, str], filing: str, tmp_path: Path
) -> None:
    open_filing(page)
    go_to(page, MISREAD)
    page.keyboard.press("w")
    page.keyboard.insert_text("原件已核对")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-changes]")
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    page.wait_for_selector("#approve .pill.good")
    row = served[0].desk.ledger.get_filing(filing)
    assert row is not None and row.status == "approved"
    page.keyboard.press("n")
    page.wait_for_selector("[data-list]")
    assert page.locator(".chips .approved b").inner_text() == "1"


def test_a_signed_letter_is_uploaded_and_matched_to_its_form(
    page: Any, served: tuple[Site, str], filing: str, tmp_path: Path
) -> None:
    site, _ = served
    bundle = site.desk.ledger.latest_bundle(filing)
    assert bundle is not None
    signed = tmp_path / "扫描0001.pdf"
    signed.write_bytes(next(Path(bundle.folder).glob("forms/*commitment_letter.pdf")).read_bytes())
    open_filing(page)
    page.set_input_files("#documents [data-file]", signed)
    page.click("#documents [data-send]")
    page.wait_for_selector("text=标题相符：扫描0001.pdf", state="attached", timeout=60_000)
    form = page.locator('#documents form:has(input[value="hand:commitment_letter"])')
    assert form.locator("select option:checked").inner_text() == "标题相符：扫描0001.pdf"
    page.locator("#documents").scroll_into_view_if_needed()
    shoot(page, "letter-matched", tmp_path)
    form.locator("button").click()
    page.wait_for_selector("text=签回件 扫描0001.pdf")
    said = site.desk.ledger.decisions_of(filing)[-1]
    assert (said.kind, said.where, said.value["file"]) == ("done", "hand:commitment_letter", "扫描0001.pdf")


def test_an_order_is_tracked_with_its_clock(page: Any, served: tuple[Site, str], filing: str, tmp_path: Path) -> None:
    base = page.url
    page.goto(f"{base}filings/{filing}/order")
    shoot(page, "order-draft", tmp_path)
    for event in ("submit", "pass", "handed_over"):
        page.check(f'[name=event][value="{event}"]')
        page.click("[data-record] button")
        page.wait_for_load_state()
    assert "还剩 23 小时 59 分" in page.locator(".countdown time").inner_text()
    assert page.locator(".rail [aria-current]").inner_text() == "待短信核验"
    shoot(page, "order-sms", tmp_path)
    page.goto(f"{base}orders")
    assert "还剩 23 小时" in page.locator("[data-clock]").inner_text()
    shoot(page, "orders", tmp_path)


def test_the_queue_is_searched_and_opened_by_keys(page: Any) -> None:
    page.keyboard.press("/")
    page.keyboard.type("yunshan-specimen")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=yunshan-specimen**")  # the name stands on the page before, too
    page.wait_for_selector("text=云杉样本")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_selector(".field.active")
    assert "/filings/" in page.url
    assert "云杉样本" in page.locator("h1").first.inner_text()


def test_every_page_fits_a_phone(page: Any, filing: str, tmp_path: Path) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    base = page.url
    pages = ("", "orders", "arrivals", "rules", f"filings/{filing}", f"filings/{filing}/order")
    for path in (*pages, f"filings/{filing}/preview/bundle.pdf", f"rules?filing={filing}"):
        page.goto(base + path)
        page.wait_for_timeout(150)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 390, f"/{path} is {width} pixels wide"
        shoot(page, "phone-zh-" + (path.replace(filing, "").replace("/", "-").partition("?")[0] or "queue"), tmp_path)
