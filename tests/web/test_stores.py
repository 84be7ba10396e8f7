"""The review page where files and bundles lie in an object store, or encrypted: it is the same page."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from pipeline import work
from pipeline.vault_keys import make_key
from pipeline.web.site import Site
from tests.web import home
from tests.web.conftest import Browser, let_in, make_site


@pytest.fixture(params=["object store", "encrypted", "encrypted object store"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    settings = {}
    if "object store" in request.param:
        settings["BEIANBOX_STORE"] = f"memory://{tmp_path.name}"
    if "encrypted" in request.param:
        settings["BEIANBOX_KEY_FILE"] = str(tmp_path / "key")
        make_key(str(tmp_path / "key"))
    with home.open_home(tmp_path / "home", **settings) as desk:
        work.prepare_filing(desk, home.add_unit(desk), today=home.TODAY)
        made = make_site(desk)
        yield made
        made.redraw.stop()


@pytest.fixture
def browser(site: Site) -> Browser:
    return let_in(site, site.desk.ledger.filings()[0].filing)


def test_a_filing_is_shown_corrected_and_given_out(browser: Browser, site: Site) -> None:
    base = f"/filings/{quote(browser.filing)}"
    assert "广州云杉样本科技有限公司" in browser.get("/") and "bundle.pdf" in browser.page()
    sha256 = next(sha256 for name, sha256 in work.current_files(site.desk, browser.filing) if name == "正面.jpg")
    for picture in (f"{base}/scan/{sha256}/1.jpg", f"{base}/preview/1/bundle.pdf"):
        assert browser.client.get(picture).content.startswith(b"\xff\xd8")
    whole = browser.client.get(f"{base}/file/bundle.pdf")
    assert whole.content.startswith(b"%PDF") and whole.headers["content-type"] == "application/pdf"
    with zipfile.ZipFile(io.BytesIO(browser.client.get(f"{base}/bundle.zip").content)) as archive:
        assert archive.read(f"{browser.filing}/bundle.pdf") == whole.content
    answer = browser.do("correct", "entity_person.mobile", value="13800000015")
    assert answer.status_code == 200, answer.text[:400]
    assert site.redraw.wait(browser.filing, 60)
    assert b"13800000015" in browser.client.get(f"{base}/file/filing.json").content
    assert browser.get(f"{base}/file/nothing.pdf", 404)


def test_loose_files_and_names_are_found(browser: Browser, site: Site) -> None:
    assert "正面.jpg" in browser.get("/arrivals?q=正面") and "反面.jpg" not in browser.get("/arrivals?q=正面")
    assert site.desk.ledger.arrival_counts("正面")[""] == 1
