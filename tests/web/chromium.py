"""A real Chromium for the tests of the page: how it is started, and what a reviewer does with it.

Screenshots are kept in `BEIANBOX_SCREENSHOTS`, else in pytest's folder of the test.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pipeline.rulebook import load_rulebook
from pipeline.web import serve
from pipeline.web.redraw import Redraw
from pipeline.web.safety import Door, Sessions
from pipeline.web.site import Site
from pipeline.work import Desk
from tests.web import home

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def started() -> Iterator[Any]:
    """A browser; where none is installed the test is skipped, in CI it fails: there the set-up must bring one."""
    if CHROMIUM is None:
        missing = "no Chromium on this machine: sudo apt-get install --no-install-recommends chromium"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def serving(desk: Desk) -> Iterator[tuple[Site, str]]:
    """A page on a real port; gives the site and its start address."""
    listening = serve._listen("127.0.0.1", 0)
    door = Door("127.0.0.1", listening.getsockname()[1])
    site = Site(desk, door, Sessions(lang="zh"), Redraw(desk, load_rulebook, lambda: home.TODAY), "anna")
    server = serve.server_of(site)
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    yield site, serve.start_address(site)
    server.should_exit = True
    thread.join(10)
    site.redraw.stop()
    listening.close()


@contextmanager
def tab_of(chromium: Any, site: Site, start: str) -> Iterator[Any]:
    """A tab that was let in; it fails the test for every script error and every request that leaves the machine."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
    tab = context.new_page()
    troubles: list[str] = []
    tab.on("pageerror", lambda error: troubles.append(str(error)))
    tab.on("console", lambda line: troubles.append(line.text) if "Content Security Policy" in line.text else None)
    tab.on("dialog", lambda dialog: troubles.append(f"dialog {dialog.message}"))
    own = f"http://127.0.0.1:{site.door.port}/"
    tab.on(
        "request",
        lambda request: None if request.url.startswith((own, f"blob:{own}")) else troubles.append(request.url),
    )
    tab.goto(start)
    tab.wait_for_selector("table.queue")
    yield tab
    context.close()
    assert troubles == []


def shoot(page: Any, name: str, tmp_path: Path) -> None:
    folder = Path(os.environ.get("BEIANBOX_SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"{name}.png")


def open_filing(page: Any) -> None:
    page.click("table.queue td.main a")
    page.wait_for_selector(".field.active")


def field(path: str) -> str:
    return f'[data-field="{path}"]'


def go_to(page: Any, path: str) -> None:
    """Moves with the keyboard alone."""
    for _ in range(80):
        if page.locator(f"{field(path)}.active").count():
            return
        page.keyboard.press("j")
    raise AssertionError(f"{path} was not reached")
