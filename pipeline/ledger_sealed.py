"""Columns that are sealed where a ledger has a vault: values cannot be read, names can be compared, nothing else.

Two kinds: documents, sealed anew each time, and names (ids, paths, hashes, marks, short texts), where the same always
gives the same, so that keys, joins and look-ups work as ever. What needs to look inside (a part of a path, an order) is
done by the program after opening. A database without a vault keeps all of it as it is.
"""

from __future__ import annotations

import base64
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.types import TypeDecorator

from pipeline.vault import Vault

_VAULT = "beianbox_vault"


class Sealed(TypeDecorator[Any]):
    """A column that is sealed on its way in and opened on its way out; `about` says what it is, and binds it there."""

    def __init__(self, about: str) -> None:
        super().__init__()
        self.about = about

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """What the database is given."""
        vault = vault_of(dialect)
        return value if vault is None or value is None else self.sealed(vault, value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """What the program is given."""
        vault = vault_of(dialect)
        return value if vault is None or value is None else self.opened(vault, value)

    def sealed(self, vault: Vault, value: Any) -> Any:
        """The value, sealed."""
        raise NotImplementedError

    def opened(self, vault: Vault, value: Any) -> Any:
        """The value, opened."""
        raise NotImplementedError


class Document(Sealed):
    """A text with values."""

    impl = sa.Text
    cache_ok = True

    def sealed(self, vault: Vault, value: str) -> str:
        """Another text each time."""
        return vault.seal(value, self.about)

    def opened(self, vault: Vault, value: str) -> str:
        """The text."""
        return vault.open(value, self.about)


class RawName(Sealed):
    """Bytes that are looked up; columns of the same `about` can be compared with each other."""

    impl = sa.LargeBinary
    cache_ok = True

    def sealed(self, vault: Vault, value: bytes) -> bytes:
        """The same bytes for the same."""
        return vault.name(value, self.about)

    def opened(self, vault: Vault, value: bytes) -> bytes:
        """The bytes."""
        return vault.unname(bytes(value), self.about)


class Name(Sealed):
    """As `RawName`, of a text."""

    impl = sa.Text
    cache_ok = True

    def sealed(self, vault: Vault, value: str) -> str:
        """The same text for the same."""
        return base64.b64encode(vault.name(value.encode("utf-8"), self.about)).decode("ascii")

    def opened(self, vault: Vault, value: str) -> str:
        """The text."""
        return vault.unname(base64.b64decode(value), self.about).decode("utf-8")


def set_vault(engine: Engine, vault: Vault | None) -> None:
    """Has all sealed columns of an engine use a vault."""
    setattr(engine.dialect, _VAULT, vault)


def is_sealed(connection: Connection) -> bool:
    """Whether the database cannot read what is in it."""
    return vault_of(connection.dialect) is not None


def vault_of(dialect: Any) -> Vault | None:
    """What a database's columns are sealed with."""
    found: Vault | None = getattr(dialect, _VAULT, None)
    return found
