"""Who uses a ledger: many processes together, or one alone that changes what all of it is sealed with.

A ledger file is used under a shared lock on its folder, a server's ledger under one that each connection holds; both go
with the process. Some network shares know no locks: there nobody can be alone.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from pipeline.ledger_base import LedgerProblem, file_of

_LOCK_NUMBER = 0x6265_6961_6F
"""The name of PostgreSQL's lock; the one before is `ledger_migrate`'s."""


def share(engine: Engine) -> int | None:
    """Uses a ledger together with others; gives the handle that is closed with it, where there is one.

    Raises:
        LedgerProblem: a process has the ledger alone.
    """
    file = file_of(engine)
    if file is None:
        sa.event.listen(engine, "connect", _share_server)
        return None
    try:
        handle = _folder_of(file)
    except OSError:  # a folder that cannot be listed: nobody can be alone there
        return None
    try:
        _lock(handle, fcntl.LOCK_SH)
    except LedgerProblem:
        os.close(handle)
        raise
    return handle


@contextmanager
def alone(engine: Engine) -> Iterator[None]:
    """Nobody else uses the ledger until the end.

    Raises:
        LedgerProblem: somebody does, or nobody can tell.
    """
    file = file_of(engine)
    with _server_alone(engine) if file is None else _file_alone(file):
        yield


def _share_server(connection: Any, _record: object) -> None:
    with connection.cursor() as cursor:
        is_ours = cursor.execute("SELECT pg_try_advisory_lock_shared(%s)", (_LOCK_NUMBER,)).fetchone()[0]
    connection.commit()  # the lock is the connection's, and stays
    if not is_ours:
        raise _in_change()


@contextmanager
def _server_alone(engine: Engine) -> Iterator[None]:
    with engine.connect() as connection:
        is_ours = connection.execute(sa.select(sa.func.pg_try_advisory_lock(_LOCK_NUMBER))).scalar_one()
        connection.commit()  # an open transaction would hold back what is to be vacuumed
        try:
            if not is_ours:
                raise _in_use()
            yield
        finally:
            connection.invalidate()


@contextmanager
def _file_alone(file: Path) -> Iterator[None]:
    try:
        handle = _folder_of(file)
    except OSError:
        raise _in_use() from None
    try:
        _lock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _folder_of(file: Path) -> int:
    return os.open(file.absolute().parent, os.O_RDONLY)


def _lock(handle: int, kind: int) -> None:
    """Raises `LedgerProblem` where somebody holds it; where there are no locks, only for who wants to be alone."""
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except OSError as error:
        if kind == fcntl.LOCK_EX:
            raise _in_use() from None
        if isinstance(error, BlockingIOError):
            raise _in_change() from None


def _in_use() -> LedgerProblem:
    return LedgerProblem(
        "其他 beianbox 进程正在使用台账（watch、serve、review、batch 或其他机器上的进程），或所在磁盘不支持文件锁。什么都没有改动；请先停止它们，再重试。",
        "Other processes of beianbox use the ledger (watch, serve, review, batch, or those of another machine), or its "
        "disk knows no locks. Nothing was changed; stop them, then try again.",
    )


def _in_change() -> LedgerProblem:
    return LedgerProblem(
        "正在更换台账与存储的密钥（beianbox key）。请等待其完成后再启动。",
        "The key of ledger and store is being changed (beianbox key). Start again when that has ended.",
    )
