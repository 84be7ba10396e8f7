"""Which key a ledger was begun with: told apart by a number that says nothing of the key, and never changed."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from pipeline import ledger_tables as tables
from pipeline.ledger_base import WRITE
from pipeline.ledger_sealed import set_vault
from pipeline.vault import Vault, VaultProblem

MARK = "vault"
"""Key of the row of `meta` that tells the key; there is none in a ledger that is not encrypted."""


def use_vault(engine: Engine, vault: Vault | None) -> None:
    """Has a ledger opened with its key; a new one is begun with it.

    Raises:
        VaultProblem: the ledger was begun with another key, or without one, or it needs one. Nothing was changed.
    """
    set_vault(engine, vault)
    with engine.connect() as connection:
        found = connection.execute(_select_mark()).scalar_one_or_none()
    if found == (None if vault is None else vault.mark):
        return
    if vault is None:
        raise _key_needed()
    with engine.connect().execution_options(**{WRITE: True}) as connection, connection.begin():
        _begin(connection, vault)


def _begin(connection: Connection, vault: Vault) -> None:
    connection.execute(sa.select(tables.meta).where(tables.meta.c.key == "change").with_for_update())  # one at a time
    found = connection.execute(_select_mark()).scalar_one_or_none()
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
        "密钥与台账不符：台账是用另一把密钥建立的。什么都没有改动；请恢复原密钥，并让它留在密钥文件的最后一行。",
        "This is not the ledger's key: it was begun with another one. Nothing was changed; restore that key, and leave "
        "it in the last line of the key file.",
    )


def _begun_without() -> VaultProblem:
    return VaultProblem(
        "台账建立时没有加密，其中已有内容，不能中途改为加密。请删去设置 key_file；"
        "或用 BEIANBOX_HOME 另建主目录、设置密钥后重新放入材料，再清除旧的主目录。",
        "The ledger was begun without encryption and is in use: it cannot be encrypted on the way. Remove `key_file`; or "
        "begin another home (BEIANBOX_HOME) with a key, drop the folders in again, and purge the old home.",
    )
