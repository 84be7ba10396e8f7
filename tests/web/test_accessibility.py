"""The main pages under axe-core (MPL-2.0), which the locked package axe-playwright-python brings; test-only."""

from __future__ import annotations

from importlib import resources
from typing import Any

import pytest

from pipeline.web.site import Site

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
PAGES = ("/", "/filings/{}", "/arrivals", "/rules?province=广东", "/filings/{}/preview/bundle.pdf")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_main_pages_have_no_serious_accessibility_violation(
    chromium: Any, served: tuple[Site, str], filing: str, lang: str
) -> None:
    site, start = served
    # axe is put into the page by the test, which the page's own policy would not allow
    context = chromium.new_context(bypass_csp=True, viewport={"width": 1280, "height": 900})
    tab = context.new_page()
    tab.goto(start)
    base = f"http://127.0.0.1:{site.door.port}"
    tab.goto(f"{base}/?lang={lang}")
    found = [one for path in PAGES for one in violations(tab, base + path.format(filing))]
    context.close()
    assert found == []


def violations(tab: Any, address: str) -> list[tuple[str, str, str]]:
    """Page, rule and element of each serious or critical violation."""
    tab.goto(address)
    tab.wait_for_load_state("networkidle")
    tab.evaluate(resources.files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8"))
    result = tab.evaluate("axe.run()")
    return [
        (address, one["id"], one["nodes"][0]["html"][:160])
        for one in result["violations"]
        if one["impact"] in ("serious", "critical")
    ]
