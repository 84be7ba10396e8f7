from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline import receiving
from pipeline.home_folders import prepare_places
from pipeline.ledger import open_ledger
from pipeline.settings import load_settings
from pipeline.store import open_store
from tests.pipeline.inbox.desk import SETTLE, Desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    settings = replace(load_settings({}, tmp_path / "home"), settle_seconds=SETTLE, min_free_bytes=0)
    prepare_places(settings)
    ledger = open_ledger(settings.ledger)
    yield Desk(settings, ledger, open_store(settings.store))
    ledger.close()


@pytest.fixture
def no_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system that cannot say who is writing, as network shares are."""
    monkeypatch.setattr(receiving, "is_being_written", lambda _file: None)
