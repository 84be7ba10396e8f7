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


class Document(TypeDecorator[str]):
    """A text with values; `about` says what it is part of and binds it there."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, about: str) -> None:
        super().__init__()
        self.about = about

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Sealed on its way into the database."""
        vault = _vault_of(dialect)
        return value if vault is None or value is None else vault.seal(value, self.about)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Opened on its way out."""
        vault = _vault_of(dialect)
        return value if vault is None or value is None else vault.open(value, self.about)


class Name(TypeDecorator[str]):
    """A text that is looked up; columns of the same `about` can be compared with each other."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, about: str) -> None:
        super().__init__()
        self.about = about

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Sealed on its way into the database."""
        vault = _vault_of(dialect)
        return value if vault is None or value is None else sealed_name(vault, value, self.about)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Opened on its way out."""
        vault = _vault_of(dialect)
        if vault is None or value is None:
            return value
        return vault.unname(base64.b64decode(value), self.about).decode("utf-8")


class RawName(TypeDecorator[bytes]):
    """As `Name`, of bytes."""

    impl = sa.LargeBinary
    cache_ok = True

    def __init__(self, about: str) -> None:
        super().__init__()
        self.about = about

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        """Sealed on its way into the database."""
        vault = _vault_of(dialect)
        return value if vault is None or value is None else vault.name(value, self.about)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        """Opened on its way out."""
        vault = _vault_of(dialect)
        return value if vault is None or value is None else vault.unname(bytes(value), self.about)


def sealed_name(vault: Vault, value: str, about: str) -> str:
    """How a `Name` is kept."""
    return base64.b64encode(vault.name(value.encode("utf-8"), about)).decode("ascii")


def set_vault(engine: Engine, vault: Vault | None) -> None:
    """Has all sealed columns of an engine use a vault."""
    setattr(engine.dialect, _VAULT, vault)


def is_sealed(connection: Connection) -> bool:
    """Whether the database cannot read what is in it."""
    return _vault_of(connection.dialect) is not None


def _vault_of(dialect: Any) -> Vault | None:
    found: Vault | None = getattr(dialect, _VAULT, None)
    return found
