"""Seals a whole ledger anew: a clear one with its first key, or one with another key. One transaction, or nothing.

A row of the ledger (`ledger_vault.CHANGE`) stays until nothing is left of how things lay before, so that whoever is killed on
the way goes on from there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from pipeline import ledger_tables as tables
from pipeline.ledger import Ledger, opening_errors
from pipeline.ledger_base import WRITE, make_engine
from pipeline.ledger_lock import alone
from pipeline.ledger_schema import prepare
from pipeline.ledger_sealed import Sealed, set_vault
from pipeline.ledger_vault import CHANGE, MARK, known_vault
from pipeline.vault import Vault

_ROWS = 500


class LedgerAlone(Ledger):
    """A ledger that nobody else uses; its vault is None where it is in clear."""

    def count_originals(self) -> int:
        """How many originals lie in clear in `.taken` of this inbox."""
        with self._read() as connection:
            query = sa.select(sa.func.count()).select_from(tables.takings).where(tables.takings.c.inbox == self._inbox)
            return connection.execute(query).scalar_one()

    def reseal(self, after: Vault, places: Mapping[tuple[str, int], str]) -> None:
        """Seals every row with `after`; `places` tells where bundles were moved to."""
        before = self.vault
        with self._engine.connect().execution_options(**{WRITE: True}) as connection, connection.begin():
            for table in tables.metadata.sorted_tables:
                _reseal_table(connection, table, before, after)
            _move_bundles(connection, after, places)
            connection.execute(sa.delete(tables.meta).where(tables.meta.c.key.in_([MARK, CHANGE])))
            rows = [{"key": MARK, "value": after.mark}, {"key": CHANGE, "value": 1}]
            connection.execute(sa.insert(tables.meta), rows)
        set_vault(self._engine, after)

    def rewrite(self) -> None:
        """Writes the database's files anew, so that nothing in them is older than its rows."""
        self._scrub()
        if self._is_server:
            self._run_alone(*(f"VACUUM FULL {table}" for table in tables.metadata.tables))
        else:
            self._run_alone("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)")

    def end(self) -> None:
        """Notes that nothing is left of how things lay before."""
        with self._write() as connection:
            connection.execute(sa.delete(tables.meta).where(tables.meta.c.key == CHANGE))


@contextmanager
def open_alone(place: Path | str, keys: Vault, *, inbox: str = "") -> Iterator[LedgerAlone]:
    """The ledger as it is, in clear or sealed, for the one process that changes it.

    Raises:
        EnvironmentProblem: as `open_ledger`; or another process uses it.
    """
    engine = make_engine(place)
    with ExitStack() as stack:
        stack.callback(engine.dispose)
        with opening_errors(place):
            stack.enter_context(alone(engine))
            prepare(engine)
            set_vault(engine, known_vault(engine, keys))
        yield LedgerAlone(engine, inbox)


def _reseal_table(connection: Connection, table: sa.Table, before: Vault | None, after: Vault) -> None:
    sealed = [column for column in table.columns if isinstance(column.type, Sealed)]
    if not sealed:
        return
    raw, keys = _as_stored(table), [column.name for column in table.primary_key]
    known = connection.execute(sa.select(*(raw.c[key] for key in keys))).all()
    change = sa.update(raw).where(*(raw.c[key] == sa.bindparam(f"old_{key}") for key in keys))
    change = change.values({column.name: sa.bindparam(f"new_{column.name}") for column in sealed})
    for start in range(0, len(known), _ROWS):
        rows = _rows(connection, raw, keys, known[start : start + _ROWS])
        connection.execute(change, [_changed(row, keys, sealed, before, after) for row in rows])


def _as_stored(table: sa.Table) -> sa.TableClause:
    """The table as the database knows it: its columns are neither sealed nor opened."""
    types = ((one.name, one.type.impl if isinstance(one.type, Sealed) else one.type) for one in table.columns)
    return sa.table(table.name, *(sa.column(name, kind) for name, kind in types))


def _rows(connection: Connection, raw: sa.TableClause, keys: list[str], known: Any) -> Iterator[RowMapping]:
    for key in known:
        same = (raw.c[name] == value for name, value in zip(keys, key, strict=True))
        yield connection.execute(sa.select(raw).where(*same)).mappings().one()


def _changed(row: RowMapping, keys: list[str], sealed: list[Any], before: Vault | None, after: Vault) -> dict[str, Any]:
    values = {f"old_{key}": row[key] for key in keys}
    for column in sealed:
        plain = row[column.name] if before is None else column.type.opened(before, row[column.name])
        values[f"new_{column.name}"] = column.type.sealed(after, plain)
    return values


def _move_bundles(connection: Connection, after: Vault, places: Mapping[tuple[str, int], str]) -> None:
    raw = _as_stored(tables.bundles)
    ids, folders = (cast(Sealed, tables.bundles.c[name].type) for name in ("filing", "folder"))
    for (filing, version), place in places.items():
        mine = (raw.c.filing == ids.sealed(after, filing)) & (raw.c.version == version)
        connection.execute(sa.update(raw).where(mine).values(folder=folders.sealed(after, place)))
