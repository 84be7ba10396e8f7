"""What the server logs of a page that broke: where and what kind of error, never a value."""

from __future__ import annotations

import io
import logging

import httpx
import pytest

from pipeline import private_log
from pipeline.web.site import Site
from pipeline.work import Desk
from tests.web.chromium import serving


def test_a_page_that_breaks_is_logged_without_the_message_of_the_error(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken(_site: Site) -> None:
        raise KeyError("章密名")

    monkeypatch.setattr(Site, "queue", broken)
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(private_log.PrivateFormatter(private_log.FORMAT))
    logging.getLogger().addHandler(handler)
    try:
        with serving(desk) as (_, start), httpx.Client(follow_redirects=True) as client:
            answer = client.get(start)
    finally:
        logging.getLogger().removeHandler(handler)
    assert answer.status_code == 500 and "章密名" not in answer.text
    assert "builtins.KeyError" in written.getvalue() and "章密名" not in written.getvalue()
    assert "章密名" not in capfd.readouterr().err
