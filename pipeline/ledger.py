"""The ledger: what arrived, what was read, filed, decided and run. The only modules that speak SQL are `ledger*`.

Unique keys are the memory that makes every step repeatable: recording twice is recording once. Rows come and go as
the plain values of `pipeline.rows`. Every change carries a growing number, so "what has to be prepared again" is a
question to the ledger and survives a crash. `now` arguments are aware times from the caller; only leases
(`ledger_claims`) are counted by the database's clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from pipeline.errors import EnvironmentProblem
from pipeline.ledger_arrivals import Arrivals
from pipeline.ledger_base import make_engine, shown
from pipeline.ledger_bundles import Bundles
from pipeline.ledger_claims import Claims
from pipeline.ledger_decisions import Decisions
from pipeline.ledger_filings import Filings
from pipeline.ledger_lock import share
from pipeline.ledger_loose import Loose
from pipeline.ledger_queue import Queue
from pipeline.ledger_schema import prepare
from pipeline.ledger_tables import meta
from pipeline.ledger_takings import Takings
from pipeline.ledger_vault import CHANGE, use_vault
from pipeline.vault import Vault


class Ledger(Arrivals, Loose, Takings, Filings, Bundles, Claims, Decisions, Queue):
    """One open ledger; safe to share between threads, one per process."""

    @property
    def is_half_sealed(self) -> bool:
        """Whether encrypting, or a change of keys, was killed before all that lay there before was removed."""
        with self._read() as connection:
            return connection.execute(sa.select(meta).where(meta.c.key == CHANGE)).first() is not None


def open_ledger(place: Path | str, *, inbox: str = "", vault: Vault | None = None) -> Ledger:
    """Opens the ledger, making it (0600) where there is none; `place` is a file, or a database URL with `://`.

    `inbox` names this process's inbox where several share the ledger; `vault` is what it is encrypted with.

    Raises:
        EnvironmentProblem: the file is no ledger, cannot be opened, was made by a newer version, or has another key.
    """
    engine = make_engine(place)
    ledger = Ledger(engine, inbox, share(engine))
    try:
        with opening_errors(place):
            prepare(engine)
            use_vault(engine, vault)
    except EnvironmentProblem:
        ledger.close()
        raise
    return ledger


@contextmanager
def opening_errors(place: Path | str) -> Iterator[None]:
    """Turns what a database says while it is opened into an `EnvironmentProblem`."""
    try:
        yield
    except DatabaseError as error:
        cause = str(error.orig)
        raise EnvironmentProblem(
            f"无法打开台账 {shown(place)}：{cause}。请检查文件权限与磁盘、数据库服务与账号；若文件已损坏，请从备份恢复。",
            f"The ledger {shown(place)} cannot be opened: {cause}. Check its rights and the disk, the database server "
            "and its account; if the file is damaged, restore it from a backup.",
        ) from error
