from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from pipeline import work
from pipeline.rulebook import load_rulebook
from pipeline.web.app import make_app
from pipeline.web.redraw import Redraw
from pipeline.web.safety import Door, Sessions
from pipeline.web.site import Site
from pipeline.work import Desk
from tests.web import home
from tests.web.chromium import serving, started, tab_of

with warnings.catch_warnings():
    # Starlette 1.10 asks for httpx2 while Prefect still brings httpx
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

BASE = "http://127.0.0.1:8123"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with home.open_home(tmp_path / "home") as desk:
        yield desk


@pytest.fixture
def filing(desk: Desk) -> str:
    made = home.add_unit(desk)
    work.prepare_filing(desk, made, today=home.TODAY)
    return made


def make_site(desk: Desk, door: Door | None = None) -> Site:
    redraw = Redraw(desk, load_rulebook, lambda: home.TODAY)
    return Site(desk, door or Door("127.0.0.1", 8123), Sessions(lang="zh"), redraw, "anna")


@pytest.fixture
def site(desk: Desk) -> Iterator[Site]:
    made = make_site(desk)
    yield made
    made.redraw.stop()


@dataclass
class Browser:
    """A client that is let in and posts the forms of the page as a browser would."""

    client: TestClient
    filing: str = ""

    def get(self, path: str, status: int = 200) -> str:
        answer = self.client.get(path)
        assert answer.status_code == status, answer.text[:400]
        return answer.text

    def page(self) -> str:
        return self.get(f"/filings/{quote(self.filing)}")

    def form(self, kind: str, where: str, text: str = "", nth: int = 0) -> dict[str, str]:
        """The hidden fields of a form on the page."""
        found = [
            form
            for form in re.findall(r"<form[^>]*>(.*?)</form>", text or self.page(), re.S)
            if f'name="kind" value="{kind}"' in form and f'name="where" value="{where}"' in form
        ]
        assert len(found) > nth, f"no form {kind} {where}"
        return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', found[nth]))

    def post(self, form: dict[str, str], **headers: str) -> httpx.Response:
        return self.client.post(f"/filings/{quote(self.filing)}/decide", data=form, headers={"Origin": BASE, **headers})

    def do(self, kind: str, where: str, **values: str) -> httpx.Response:
        return self.post({**self.form(kind, where), **values})


def let_in(site: Site, filing: str = "") -> Browser:
    client = TestClient(make_app(site), base_url=BASE, follow_redirects=False)
    assert client.get(f"/start?token={site.sessions.start_token}").status_code == 303
    return Browser(client, filing)


@pytest.fixture
def browser(site: Site, filing: str) -> Browser:
    return let_in(site, filing)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with started() as browser:
        yield browser


@pytest.fixture
def served(desk: Desk, filing: str) -> Iterator[tuple[Site, str]]:
    with serving(desk) as running:
        yield running


@pytest.fixture
def page(chromium: Any, served: tuple[Site, str]) -> Iterator[Any]:
    with tab_of(chromium, *served) as tab:
        yield tab
