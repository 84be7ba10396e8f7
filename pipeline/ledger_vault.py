"""Which key a ledger was begun with: told apart by a number that says nothing of the key, and never changed."""

from __future__ import annotations

import functools
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from pipeline import ledger_tables as tables
from pipeline.ledger_base import WRITE
from pipeline.ledger_sealed import set_vault
from pipeline.vault import Vault, VaultProblem

MARK = "vault"
"""Key of the row of `meta` that tells the key; there is none in a ledger that is not encrypted."""

CHANGE = "reseal"
"""Key of the row of `meta` that says that something may be left of how the ledger or its store was sealed before."""


def use_vault(engine: Engine, vault: Vault | None) -> None:
    """Has a ledger opened with its keys, of which it knows the one that makes names; a new one is begun with them.

    Raises:
        VaultProblem: the ledger was begun with another key, or without one, or it needs one. Nothing was changed.
    """
    named = known_vault(engine, vault)
    if named is None and vault is not None:
        with engine.connect().execution_options(**{WRITE: True}) as connection, connection.begin():
            _begin(connection, vault)
        named = vault
    set_vault(engine, named)
    if engine.dialect.name != "sqlite":
        sa.event.listen(engine, "connect", functools.partial(_refuse_another, None if named is None else named.mark))


def known_vault(engine: Engine, keys: Vault | None) -> Vault | None:
    """The keys as the ledger uses them; None where it is not encrypted.

    Raises:
        VaultProblem: it is, with a key that is not among them.
    """
    with engine.connect() as connection:
        found = _mark_of(connection)
    if found is None:
        return None
    if keys is None:
        raise _key_needed()
    named = keys.named_by(found)
    if named is None:
        raise _other_key()
    return named


def _refuse_another(mark: int | None, connection: Any, _record: object) -> None:
    """A server's connection may break while the ledger is sealed anew, and begin again afterwards."""
    with connection.cursor() as cursor:
        found = cursor.execute("SELECT value FROM meta WHERE key = %s", (MARK,)).fetchone()
    connection.rollback()
    if (found[0] if found else None) != mark:
        raise _other_key() if found else _key_needed()


def _mark_of(connection: Connection) -> int | None:
    return connection.execute(_select_mark()).scalar_one_or_none()


def _begin(connection: Connection, vault: Vault) -> None:
    connection.execute(sa.select(tables.meta).where(tables.meta.c.key == "change").with_for_update())  # one at a time
    found = _mark_of(connection)
    if found is None:
        if _is_in_use(connection):
            raise _begun_without()
        connection.execute(sa.insert(tables.meta).values(key=MARK, value=vault.mark))
    elif found != vault.mark:  # also where another process was faster
        raise _other_key()


def _select_mark() -> sa.Select[tuple[int]]:
    return sa.select(tables.meta.c.value).where(tables.meta.c.key == MARK)


def _is_in_use(connection: Connection) -> bool:
    kept = (tables.arrivals, tables.waiting, tables.filings, tables.decisions)
    return any(connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first() for table in kept)


def _key_needed() -> VaultProblem:
    return VaultProblem(
        "台账已加密，但没有设置密钥。请在设置 key_file 中写明密钥的位置。",
        "The ledger is encrypted and there is no key. Name the place of its key as `key_file` in the settings.",
    )


def _other_key() -> VaultProblem:
    return VaultProblem(
        "密钥与台账不符：台账是用另一把密钥建立的。什么都没有改动；请恢复原密钥（可与新密钥并存）。",
        "This is not the ledger's key: it was begun with another one. Nothing was changed; restore that key, beside the "
        "new one if need be.",
    )


def _begun_without() -> VaultProblem:
    return VaultProblem(
        "台账建立时没有加密，其中已有内容。请停止其他 beianbox 进程，运行 beianbox key --encrypt 将其加密；或删去设置 key_file。",
        "The ledger was begun without encryption and is in use. Stop the other processes of beianbox and run "
        "`beianbox key --encrypt`, which encrypts all of it; or remove `key_file`.",
    )
