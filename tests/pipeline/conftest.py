from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.ledger import Ledger, open_ledger
from pipeline.vault import Vault
from tests.pipeline import object_store, postgres
from tests.pipeline.object_store import Bucket


@pytest.fixture(scope="session")
def postgres_address() -> Iterator[str]:
    with postgres.server() as address:
        yield address


@pytest.fixture
def postgres_url(postgres_address: str) -> str:
    """An empty PostgreSQL database."""
    return postgres.new_database(postgres_address)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """Where a ledger is to be: what a test says of it holds on both databases."""
    if request.param == "sqlite":
        return tmp_path / "state.db"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture(params=["sqlite", "postgresql", "sqlite, encrypted", "postgresql, encrypted"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    """A new ledger: what a test says of it holds on both databases, in clear and encrypted."""
    database, _, is_encrypted = request.param.partition(", ")
    place = tmp_path / "state.db" if database == "sqlite" else request.getfixturevalue("postgres_url")
    opened = open_ledger(place, vault=Vault([b"k" * 32]) if is_encrypted else None)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    with object_store.server() as endpoint:
        yield endpoint


@pytest.fixture
def bucket(s3_endpoint: str) -> Bucket:
    """An empty place in an object store that speaks S3."""
    return object_store.new_bucket(s3_endpoint)
