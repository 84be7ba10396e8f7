from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.pipeline import postgres


@pytest.fixture(scope="session")
def postgres_address() -> Iterator[str]:
    with postgres.server() as address:
        yield address


@pytest.fixture
def postgres_url(postgres_address: str) -> str:
    """An empty PostgreSQL database."""
    return postgres.new_database(postgres_address)
