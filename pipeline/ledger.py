"""The ledger: what arrived, what was read, filed, decided and run. The only module that speaks SQL.

SQLAlchemy Core on SQLite (write-ahead log), in statements that PostgreSQL knows as well. Unique keys are the memory
that makes every step repeatable: recording twice is recording once. Rows come and go as the plain values of
`pipeline.rows`. Every change carries a growing number, so "what has to be prepared again" is a question to the
ledger and survives a crash.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine, RowMapping
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError

from pipeline.errors import EnvironmentProblem, FilingError
from pipeline.model import Text
from pipeline.rows import (
    NOTHING,
    Arrival,
    BundleRow,
    Decision,
    FilingRow,
    FilingSummary,
    Forgotten,
    Incoming,
    Json,
    RunRow,
    State,
    Taking,
    Waiting,
)

SCHEMA_VERSION = 1
_BUSY_SECONDS = 30
_WRITE = "beianbox_write"

_metadata = sa.MetaData()

_meta = sa.Table("meta", _metadata, sa.Column("key", sa.Text, primary_key=True), sa.Column("value", sa.Integer))

_arrivals = sa.Table(
    "arrivals",
    _metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("filing", sa.Text, nullable=False),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("path_raw", sa.LargeBinary, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reason_zh", sa.Text, nullable=False),
    sa.Column("reason_en", sa.Text, nullable=False),
    sa.Column("note_zh", sa.Text, nullable=False),
    sa.Column("note_en", sa.Text, nullable=False),
    sa.Column("arrived_at", sa.Text, nullable=False),
    sa.Column("since", sa.Text, nullable=False),
    sa.Column("superseded_by", sa.Integer),
    sa.Column("change", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("sha256", "filing", "path_raw"),
    sa.Index("arrivals_by_filing", "filing", "change"),
    sa.Index("arrivals_by_path", "path_raw"),
    sa.Index("arrivals_by_state", "state"),
)

_takings = sa.Table(
    "takings",
    _metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("path_raw", sa.LargeBinary, nullable=False),
    sa.Column("taken_raw", sa.LargeBinary, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("inode", sa.BigInteger, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("mtime_ns", sa.BigInteger, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("closed", sa.Boolean, nullable=False),
    sa.UniqueConstraint("taken_raw", "inode", "size", "mtime_ns"),
    sa.Index("takings_open", "closed", "at"),
    sa.Index("takings_by_path", "path_raw"),
)

_readings = sa.Table(
    "readings",
    _metadata,
    sa.Column("sha256", sa.Text, primary_key=True),
    sa.Column("reader", sa.Text, primary_key=True),
    sa.Column("reader_version", sa.Text, primary_key=True),
    sa.Column("json", sa.Text, nullable=False),
    sa.Column("saved_at", sa.Text, nullable=False),
)

_filings = sa.Table(
    "filings",
    _metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("seen", sa.BigInteger, nullable=False),
    sa.Column("updated_at", sa.Text, nullable=False),
    sa.Column("json", sa.Text, nullable=False),
    sa.Index("filings_by_status", "status", "updated_at", "id", "version"),
)

_bundles = sa.Table(
    "bundles",
    _metadata,
    sa.Column("filing", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("folder", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("created_at", sa.Text, nullable=False),
)

_decisions = sa.Table(
    "decisions",
    _metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("filing", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("where", sa.Text, nullable=False),
    sa.Column("json", sa.Text, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("decided_at", sa.Text, nullable=False),
    sa.Column("change", sa.BigInteger, nullable=False),
    sa.Index("decisions_by_filing", "filing", "change"),
)

_runs = sa.Table(
    "runs",
    _metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("started_at", sa.Text, nullable=False),
    sa.Column("finished_at", sa.Text),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("json", sa.Text, nullable=False),
)

EVENT = "event"
"""Kind of the rows that say what happened to an order; all other kinds are a reviewer's decisions."""


class StaleFiling(FilingError):
    """Someone else saved the filing in between: read it again and repeat."""

    exit_code = 1
    code = "stale_filing"


class LedgerProblem(EnvironmentProblem):
    """The database did not answer: locked for too long, disk full, or damaged."""

    code = "ledger"


class Ledger:
    """One open ledger; safe to share between threads, one per process.

    `now` arguments are aware times from the caller: the ledger reads no clock.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def close(self) -> None:
        """Closes all connections."""
        self._engine.dispose()

    # -- arrivals ------------------------------------------------------------------------------------------------

    def record_arrival(
        self, incoming: Incoming, now: datetime, *, before_recording: Callable[[], None] = lambda: None
    ) -> Arrival:
        """Records a file whose bytes are in the store, and where its original is about to go: one transaction.

        Repeating it changes nothing. A different file under the same name replaces the older one, which stays
        visible with `superseded_by`; the same file under the same name again makes that version the current one.
        `before_recording` is called when the ledger is ours alone; what it raises leaves the ledger as it was.
        """
        with self._write() as connection:
            before_recording()
            found = _find_arrival(connection, incoming)
            key = _insert_arrival(connection, incoming, now) if found is None else int(found["id"])
            _make_current(connection, incoming, key, is_stale=found is not None and found["superseded_by"] is not None)
            _insert_taking(connection, incoming, now)
            connection.execute(_unrecorded().where(_arrivals.c.path_raw == incoming.path_raw))
            return _arrival(connection.execute(sa.select(_arrivals).where(_arrivals.c.id == key)).mappings().one())

    def note_waiting(self, waiting: Iterable[Waiting], now: datetime) -> None:
        """Replaces the list of what lies in the inbox untaken; an unchanged item keeps its `since`."""
        wanted = {row.path_raw: row for row in waiting}
        with self._read() as connection:
            known = {bytes(row["path_raw"]): row for row in connection.execute(_select_unrecorded()).mappings()}
        gone = [row["id"] for path, row in known.items() if path not in wanted]
        changed = [row for path, row in wanted.items() if path not in known or not _is_same(known[path], row)]
        if not gone and not changed:
            return
        with self._write() as connection:
            for key in gone:
                connection.execute(_unrecorded().where(_arrivals.c.id == key))
            for row in changed:
                _upsert_waiting(connection, row, now)

    def waiting(self) -> tuple[Arrival, ...]:
        """What lies in the inbox untaken, as last noted, in order of path."""
        with self._read() as connection:
            return tuple(_arrival(row) for row in connection.execute(_select_unrecorded()).mappings())

    def arrivals_of(self, filing: str) -> tuple[Arrival, ...]:
        """All recorded files of a filing, older versions included, in order of arrival."""
        return self._select_arrivals(_arrivals.c.filing == filing, _arrivals.c.sha256 != "")

    def arrivals_in(self, *states: State, limit: int = 1000) -> tuple[Arrival, ...]:
        """Recorded and waiting files in these states, newest first."""
        query = sa.select(_arrivals).where(_arrivals.c.state.in_([state.value for state in states]))
        with self._read() as connection:
            rows = connection.execute(query.order_by(_arrivals.c.id.desc()).limit(limit)).mappings()
            return tuple(_arrival(row) for row in rows)

    def arrivals_with(self, sha256: str) -> tuple[Arrival, ...]:
        """Everywhere the same bytes arrived, in order of arrival."""
        return self._select_arrivals(_arrivals.c.sha256 == sha256, _arrivals.c.sha256 != "")

    def set_state(self, arrival: int, state: State, now: datetime, reason: Text = NOTHING) -> None:
        """Says where a recorded file stands; `since` moves only when state or reason change."""
        change = (_arrivals.c.state != state.value) | (_arrivals.c.reason_en != reason.en)
        values = {"state": state.value, "reason_zh": reason.zh, "reason_en": reason.en, "since": _text(now)}
        with self._write() as connection:
            connection.execute(sa.update(_arrivals).where(_arrivals.c.id == arrival, change).values(values))

    def try_again(self, arrival: int, now: datetime) -> None:
        """Puts a file that needed attention back to `taken`, and its filing on the list of those to prepare."""
        self.set_state(arrival, State.TAKEN, now)
        with self._write() as connection:
            connection.execute(
                sa.update(_arrivals).where(_arrivals.c.id == arrival).values(change=_next_change(connection))
            )

    def move_arrival(self, arrival: int, filing: str) -> None:
        """Offers a loose file to a filing: from now on it belongs there, and both are to be prepared again.

        When the same bytes under the same name are there already, the loose row goes and the other stays.
        """
        with self._write() as connection:
            row = connection.execute(sa.select(_arrivals).where(_arrivals.c.id == arrival)).mappings().one()
            same = sa.select(_arrivals.c.id).where(
                _arrivals.c.sha256 == row["sha256"],
                _arrivals.c.filing == filing,
                _arrivals.c.path_raw == row["path_raw"],
                _arrivals.c.id != arrival,
            )
            if connection.execute(same).first() is not None:
                connection.execute(sa.delete(_arrivals).where(_arrivals.c.id == arrival))
                return
            values = {"filing": filing, "change": _next_change(connection)}
            connection.execute(sa.update(_arrivals).where(_arrivals.c.id == arrival).values(values))

    # -- originals moved aside -----------------------------------------------------------------------------------

    def open_takings(self) -> tuple[Taking, ...]:
        """Originals that are still looked at, oldest first."""
        query = sa.select(_takings).where(sa.not_(_takings.c.closed)).order_by(_takings.c.id)
        with self._read() as connection:
            return tuple(_taking(row) for row in connection.execute(query).mappings())

    def find_taking(self, path_raw: bytes, fingerprint: tuple[int, int, int]) -> tuple[Taking, Arrival] | None:
        """The record of a file that looks exactly so: it was recorded, and its original is still to be moved."""
        inode, size, mtime_ns = fingerprint
        same_look = (_takings.c.inode == inode) & (_takings.c.size == size) & (_takings.c.mtime_ns == mtime_ns)
        query = sa.select(_takings).where(_takings.c.path_raw == path_raw, same_look, sa.not_(_takings.c.closed))
        with self._read() as connection:
            row = connection.execute(query.order_by(_takings.c.id.desc()).limit(1)).mappings().first()
            if row is None:
                return None
            mine = (_arrivals.c.sha256 == row["sha256"]) & (_arrivals.c.path_raw == path_raw)
            found = connection.execute(sa.select(_arrivals).where(mine).limit(1)).mappings().first()
        return None if found is None else (_taking(row), _arrival(found))

    def close_takings(self, takings: Iterable[int]) -> None:
        """Ends the looking: these originals were unchanged long enough."""
        keys = tuple(takings)
        if not keys:
            return
        with self._write() as connection:
            for key in keys:
                connection.execute(sa.update(_takings).where(_takings.c.id == key).values(closed=True))

    def takings_before(self, moment: datetime) -> tuple[Taking, ...]:
        """Originals moved aside before a moment and closed: candidates for tidying away."""
        query = sa.select(_takings).where(_takings.c.closed, _takings.c.at < _text(moment)).order_by(_takings.c.id)
        with self._read() as connection:
            return tuple(_taking(row) for row in connection.execute(query).mappings())

    def forget_takings(self, takings: Iterable[int]) -> None:
        """Drops rows of originals that are gone from `.taken`."""
        keys = tuple(takings)
        if not keys:
            return
        with self._write() as connection:
            for key in keys:
                connection.execute(sa.delete(_takings).where(_takings.c.id == key))

    def reopen_taking(self, taking: int) -> None:
        """Puts an original back under watch, because its bytes are not those that were stored."""
        with self._write() as connection:
            connection.execute(sa.update(_takings).where(_takings.c.id == taking).values(closed=False))

    def last_taking_under(self, folder_raw: bytes) -> datetime | None:
        """When the last file was taken from a folder of the inbox; None when none ever was."""
        low, high = folder_raw + b"/", folder_raw + b"0"
        query = sa.select(sa.func.max(_takings.c.at)).where(_takings.c.path_raw > low, _takings.c.path_raw < high)
        with self._read() as connection:
            found = connection.execute(query).scalar_one()
        return None if found is None else _time(found)

    # -- readings ------------------------------------------------------------------------------------------------

    def save_reading(self, sha256: str, reader: str, reader_version: str, document: Json, now: datetime) -> None:
        """Keeps what one version of a reader said about some bytes; saving again replaces it."""
        row = {
            "sha256": sha256,
            "reader": reader,
            "reader_version": reader_version,
            "json": _dump(document),
            "saved_at": _text(now),
        }
        with self._write() as connection:
            _upsert(connection, _readings, row, ("sha256", "reader", "reader_version"))

    def get_reading(self, sha256: str, reader: str, reader_version: str) -> Json | None:
        """What this version of the reader said, or None when it has not read these bytes."""
        query = sa.select(_readings.c.json).where(
            _readings.c.sha256 == sha256, _readings.c.reader == reader, _readings.c.reader_version == reader_version
        )
        with self._read() as connection:
            return _load(connection.execute(query).scalar_one_or_none())

    # -- filings -------------------------------------------------------------------------------------------------

    def save_filing(
        self, filing: str, document: Json, *, expected_version: int, seen: int, now: datetime, status: str = "prepared"
    ) -> int:
        """Saves a filing and returns its new version; `expected_version` is 0 for a new one.

        `seen` is `last_change(filing)` from before its arrivals and decisions were read.

        Raises:
            StaleFiling: the ledger holds another version; nothing was saved.
        """
        values = {
            "version": expected_version + 1,
            "status": status,
            "seen": seen,
            "updated_at": _text(now),
            "json": _dump(document),
        }
        with self._write() as connection:
            if not _swap_filing(connection, filing, expected_version, values):
                raise StaleFiling(
                    f"备案 {filing} 已被其他进程更新，本次未保存。请重新读取后再试。",
                    f"Filing {filing} was changed by another process and was not saved. Read it again and repeat.",
                )
        return expected_version + 1

    def get_filing(self, filing: str) -> FilingRow | None:
        """The filing as last saved."""
        with self._read() as connection:
            row = connection.execute(sa.select(_filings).where(_filings.c.id == filing)).mappings().one_or_none()
        return None if row is None else _filing(row)

    def filings(self, *, status: str | None = None, limit: int = 100) -> tuple[FilingSummary, ...]:
        """The filings changed last, without their documents."""
        columns = (_filings.c.id, _filings.c.version, _filings.c.status, _filings.c.updated_at)
        query = sa.select(*columns).order_by(_filings.c.updated_at.desc(), _filings.c.id).limit(limit)
        if status is not None:
            query = query.where(_filings.c.status == status)
        with self._read() as connection:
            return tuple(
                FilingSummary(id, version, word, _time(at)) for id, version, word, at in connection.execute(query)
            )

    def filing_counts(self) -> dict[str, int]:
        """How many filings there are in each status."""
        query = sa.select(_filings.c.status, sa.func.count().label("filings")).group_by(_filings.c.status)
        with self._read() as connection:
            return {row.status: row.filings for row in connection.execute(query)}

    def last_change(self, filing: str) -> int:
        """The number of the newest arrival or decision of a filing; 0 when there is none."""
        with self._read() as connection:
            numbers = [connection.execute(_newest(table, filing)).scalar_one() for table in (_arrivals, _decisions)]
        return max(int(number) for number in numbers)

    def filings_to_prepare(self) -> tuple[str, ...]:
        """Filings with an arrival or a decision newer than what they were last prepared from, in order of id.

        Loose files (`unassigned`) are listed like a filing: what to do with them is the caller's to know.
        """
        changes = sa.union_all(
            sa.select(_arrivals.c.filing, _arrivals.c.change).where(_arrivals.c.sha256 != ""),
            sa.select(_decisions.c.filing, _decisions.c.change),
        ).subquery()
        query = (
            sa.select(changes.c.filing)
            .select_from(changes.outerjoin(_filings, _filings.c.id == changes.c.filing))
            .where(changes.c.change > sa.func.coalesce(_filings.c.seen, 0))
            .distinct()
            .order_by(changes.c.filing)
        )
        with self._read() as connection:
            return tuple(connection.execute(query).scalars())

    def forget_filing(self, filing: str) -> Forgotten:
        """Deletes every row of a filing; returns the bytes no other filing uses and the originals, to be removed."""
        with self._write() as connection:
            mine = set(connection.execute(_hashes(_arrivals.c.filing == filing)).scalars())
            others = set(connection.execute(_hashes(_arrivals.c.filing != filing)).scalars())
            lonely = tuple(sorted(mine - others - {""}))
            for sha256 in lonely:
                connection.execute(sa.delete(_readings).where(_readings.c.sha256 == sha256))
            originals = _forget_originals(connection, filing)
            for table, column in (
                (_arrivals, "filing"),
                (_bundles, "filing"),
                (_decisions, "filing"),
                (_filings, "id"),
            ):
                connection.execute(sa.delete(table).where(table.c[column] == filing))
        self._scrub()
        return Forgotten(lonely, originals)

    # -- bundles, decisions, runs --------------------------------------------------------------------------------

    def save_bundle(self, filing: str, folder: str, digest: str, now: datetime) -> BundleRow:
        """Records a written bundle under the filing's next bundle version; the same digest again is the same row."""
        with self._write() as connection:
            last = connection.execute(_select_bundles(filing)).mappings().first()
            if last is not None and last["digest"] == digest:
                return _bundle(last)
            version = 1 if last is None else last["version"] + 1
            row = {"filing": filing, "version": version, "folder": folder, "digest": digest, "created_at": _text(now)}
            connection.execute(sa.insert(_bundles).values(row))
        return BundleRow(filing, version, folder, digest, now)

    def latest_bundle(self, filing: str) -> BundleRow | None:
        """The newest bundle of a filing."""
        with self._read() as connection:
            row = connection.execute(_select_bundles(filing)).mappings().first()
        return None if row is None else _bundle(row)

    def save_decision(self, filing: str, kind: str, where: str, value: Json, who: str, now: datetime) -> Decision:
        """Keeps what a person decided; the filing is to be prepared again."""
        row = {"filing": filing, "kind": kind, "where": where, "json": _dump(value), "who": who}
        with self._write() as connection:
            stamped = {**row, "decided_at": _text(now), "change": _next_change(connection)}
            key = _insert(connection, _decisions, stamped)
        return Decision(key, filing, kind, where, value, who, now)

    def save_event(self, filing: str, event: str, value: Json, who: str, now: datetime) -> Decision:
        """Keeps what happened to a filing's order; its papers are the same, so it need not be prepared again."""
        row = {"filing": filing, "kind": EVENT, "where": event, "json": _dump(value), "who": who}
        with self._write() as connection:
            key = _insert(connection, _decisions, {**row, "decided_at": _text(now), "change": 0})
        return Decision(key, filing, EVENT, event, value, who, now)

    def events(self, filing: str = "") -> dict[str, tuple[Decision, ...]]:
        """What happened to the order of each filing that has events, oldest first; of one filing if it is named."""
        query = sa.select(_decisions).where(_decisions.c.kind == EVENT).order_by(_decisions.c.id)
        if filing:
            query = query.where(_decisions.c.filing == filing)
        found: dict[str, tuple[Decision, ...]] = {}
        with self._read() as connection:
            for row in connection.execute(query).mappings():
                found[row["filing"]] = (*found.get(row["filing"], ()), _decision(row))
        return found

    def decisions_of(self, filing: str) -> tuple[Decision, ...]:
        """All decisions about a filing, oldest first: the last one about a place counts."""
        query = sa.select(_decisions).where(_decisions.c.filing == filing).order_by(_decisions.c.id)
        with self._read() as connection:
            return tuple(_decision(row) for row in connection.execute(query).mappings())

    def start_run(self, kind: str, now: datetime) -> int:
        """Notes that a run began; returns its id."""
        row = {"kind": kind, "started_at": _text(now), "outcome": "running", "json": "{}"}
        with self._write() as connection:
            return _insert(connection, _runs, row)

    def finish_run(self, run: int, outcome: str, counts: Json, now: datetime) -> None:
        """Notes how a run ended; `counts` holds numbers and codes, no values."""
        values = {"finished_at": _text(now), "outcome": outcome, "json": _dump(counts)}
        with self._write() as connection:
            connection.execute(sa.update(_runs).where(_runs.c.id == run).values(values))

    def runs(self, limit: int = 20) -> tuple[RunRow, ...]:
        """The last runs, newest first."""
        with self._read() as connection:
            rows = connection.execute(sa.select(_runs).order_by(_runs.c.id.desc()).limit(limit)).mappings()
            return tuple(_run(row) for row in rows)

    # -- inside --------------------------------------------------------------------------------------------------

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        with _database_errors(), self._engine.connect() as connection:
            connection.execution_options(**{_WRITE: True})
            with connection.begin():
                self._lock(connection)
                yield connection

    def _lock(self, connection: Connection) -> None:
        """One writer at a time, on servers too: SQLite does it when the transaction begins."""
        if self._engine.dialect.name != "sqlite":
            connection.execute(sa.select(_meta).where(_meta.c.key == "change").with_for_update())

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        with _database_errors(), self._engine.connect() as connection, connection.begin():
            yield connection

    def _select_arrivals(self, *where: sa.ColumnElement[bool]) -> tuple[Arrival, ...]:
        with self._read() as connection:
            rows = connection.execute(sa.select(_arrivals).where(*where).order_by(_arrivals.c.id)).mappings()
            return tuple(_arrival(row) for row in rows)

    def _scrub(self) -> None:
        """Empties the write-ahead log, which still holds what was deleted (`secure_delete` zeroes the rest)."""
        if self._engine.dialect.name != "sqlite":
            return
        connection = self._engine.raw_connection()
        try:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            connection.close()


def open_ledger(place: Path | str) -> Ledger:
    """Opens the ledger, making it (0600) where there is none; `place` is a file, or a database URL with `://`.

    Raises:
        EnvironmentProblem: the file is no ledger, cannot be opened, or was made by a newer version.
    """
    engine = _engine(place)
    try:
        _prepare(engine)
    except DatabaseError as error:
        engine.dispose()
        cause = str(error.orig)
        raise EnvironmentProblem(
            f"无法打开台账 {_shown(place)}：{cause}。请检查文件权限与磁盘；若文件已损坏，请从备份恢复。",
            f"The ledger {_shown(place)} cannot be opened: {cause}. "
            "Check its rights and the disk; if the file is damaged, restore it from a backup.",
        ) from error
    except EnvironmentProblem:
        engine.dispose()
        raise
    return Ledger(engine)


@contextmanager
def _database_errors() -> Iterator[None]:
    """Turns the database's own trouble into ours; anything wrong in a statement stays a programming error."""
    try:
        yield
    except OperationalError as error:
        cause = str(error.orig)
        raise LedgerProblem(
            f"台账数据库出错：{cause}。没有文件丢失；请检查磁盘空间和是否有其他程序占用，之后重试。",
            f"The ledger's database failed: {cause}. No file is lost; "
            "check the disk space and whether another program holds it, then try again.",
        ) from error


def _engine(place: Path | str) -> Engine:
    if isinstance(place, str) and "://" in place:
        engine = _engine_at(place)
    else:
        _make_private(Path(place))
        url = sa.URL.create("sqlite", database=str(place))
        engine = sa.create_engine(url, connect_args={"timeout": _BUSY_SECONDS})
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _set_up_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _engine_at(url: str) -> Engine:
    try:
        return sa.create_engine(url)
    except (ArgumentError, ImportError) as error:
        kind = url.partition("://")[0]
        raise EnvironmentProblem(
            f"无法使用数据库地址（{kind}://…）：{error}。请检查 ledger 的写法，并安装该数据库的驱动。",
            f"The database URL ({kind}://…) cannot be used: {error}. Check `ledger`, and install the driver it names.",
        ) from error


def _shown(place: Path | str) -> str:
    """A place for messages: of a URL without its password."""
    if isinstance(place, str) and "://" in place:
        return sa.make_url(place).render_as_string(hide_password=True)
    return str(place)


def _make_private(path: Path) -> None:
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise EnvironmentProblem(
            f"无法写入台账文件 {path}：{error.strerror}。请检查该目录的权限，或用 ledger 指定其他位置。",
            f"The ledger file {path} cannot be written: {error.strerror}. "
            "Check the rights of its folder, or name another place as `ledger`.",
        ) from error


def _set_up_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    _switch_to_wal(cursor)
    cursor.close()


def _switch_to_wal(cursor: Any) -> None:
    """Turns the write-ahead log on; SQLite does not wait for another process that is doing the same."""
    deadline = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except Exception as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _begin_sqlite(connection: Connection) -> None:
    """Takes the write lock at once when writing: upgrading a read lock later fails instead of waiting."""
    is_write = connection.get_execution_options().get(_WRITE, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_write else "BEGIN")


def _prepare(engine: Engine) -> None:
    with engine.connect().execution_options(**{_WRITE: True}) as connection, connection.begin():
        if sa.inspect(connection).has_table("meta"):
            _check_version(connection.execute(sa.select(_meta.c.value).where(_meta.c.key == "schema")).scalar())
            return
        _metadata.create_all(connection)
        connection.execute(
            sa.insert(_meta), [{"key": "schema", "value": SCHEMA_VERSION}, {"key": "change", "value": 0}]
        )


def _check_version(found: int | None) -> None:
    if found == SCHEMA_VERSION:
        return
    raise EnvironmentProblem(
        f"台账版本为 {found}，本程序需要版本 {SCHEMA_VERSION}。请安装与台账相符的 beianbox 版本。",
        f"The ledger has version {found}, this program needs version {SCHEMA_VERSION}. "
        "Install the version of beianbox that made it.",
    )


def _next_change(connection: Connection) -> int:
    bump = sa.update(_meta).where(_meta.c.key == "change").values(value=_meta.c.value + 1).returning(_meta.c.value)
    return int(connection.execute(bump).scalar_one())


def _find_arrival(connection: Connection, incoming: Incoming) -> RowMapping | None:
    query = sa.select(_arrivals).where(
        _arrivals.c.sha256 == incoming.sha256,
        _arrivals.c.filing == incoming.filing,
        _arrivals.c.path_raw == incoming.path_raw,
    )
    return connection.execute(query).mappings().one_or_none()


def _insert_arrival(connection: Connection, incoming: Incoming, now: datetime) -> int:
    note = _note(connection, incoming)
    row = {
        "sha256": incoming.sha256,
        "size": incoming.size,
        "filing": incoming.filing,
        "path": incoming.path,
        "path_raw": incoming.path_raw,
        "state": State.TAKEN.value,
        "reason_zh": "",
        "reason_en": "",
        "note_zh": note.zh,
        "note_en": note.en,
        "arrived_at": _text(now),
        "since": _text(now),
        "change": 0,
    }
    return _insert(connection, _arrivals, row)


def _make_current(connection: Connection, incoming: Incoming, key: int, *, is_stale: bool) -> None:
    """Makes one version the current one of its name; a version that is current already stays untouched."""
    mine = sa.select(_arrivals.c.change).where(_arrivals.c.id == key)
    if not is_stale and connection.execute(mine).scalar_one() > 0:
        return
    same_name = (_arrivals.c.filing == incoming.filing) & (_arrivals.c.path_raw == incoming.path_raw)
    others = same_name & (_arrivals.c.id != key) & (_arrivals.c.sha256 != "")
    connection.execute(
        sa.update(_arrivals).where(others, _arrivals.c.superseded_by.is_(None)).values(superseded_by=key)
    )
    values = {"superseded_by": None, "change": _next_change(connection)}
    connection.execute(sa.update(_arrivals).where(_arrivals.c.id == key).values(values))


def _insert_taking(connection: Connection, incoming: Incoming, now: datetime) -> None:
    row = {
        "path_raw": incoming.path_raw,
        "taken_raw": incoming.taken_raw,
        "sha256": incoming.sha256,
        "inode": incoming.inode,
        "size": incoming.size,
        "mtime_ns": incoming.mtime_ns,
        "at": _text(now),
        "closed": False,
    }
    _upsert(connection, _takings, row, ("taken_raw", "inode", "size", "mtime_ns"))


def _note(connection: Connection, incoming: Incoming) -> Text:
    """What a person may want to know about a new arrival: a copy, a new version, the same file elsewhere."""
    same = sa.select(_arrivals).where(_arrivals.c.sha256 == incoming.sha256).order_by(_arrivals.c.id)
    copies = list(connection.execute(same).mappings())
    here = next((row for row in copies if row["filing"] == incoming.filing), None)
    if here is not None:
        day = here["arrived_at"][:10]
        return Text(
            f"与“{here['path']}”内容相同，{day} 起已在此备案中", f"Same as {here['path']}, already here since {day}"
        )
    if _has_older_version(connection, incoming):
        return Text("替换了同名的旧文件，旧文件仍保留", "Replaces an older file of this name, which is kept")
    if copies:
        other = copies[0]["filing"]
        return Text(f"同一文件也用于备案“{other}”", f"The same file also belongs to filing {other}")
    return NOTHING


def _has_older_version(connection: Connection, incoming: Incoming) -> bool:
    query = sa.select(_arrivals.c.id).where(
        _arrivals.c.path_raw == incoming.path_raw, _arrivals.c.filing == incoming.filing, _arrivals.c.sha256 != ""
    )
    return connection.execute(query.limit(1)).first() is not None


def _select_unrecorded() -> sa.Select[Any]:
    return sa.select(_arrivals).where(_arrivals.c.sha256 == "").order_by(_arrivals.c.path_raw)


def _unrecorded() -> sa.Delete:
    return sa.delete(_arrivals).where(_arrivals.c.sha256 == "")


def _is_same(known: RowMapping, row: Waiting) -> bool:
    return bool(
        known["state"] == row.state.value
        and known["reason_en"] == row.reason.en
        and known["size"] == row.size
        and known["filing"] == row.filing
    )


def _upsert_waiting(connection: Connection, row: Waiting, now: datetime) -> None:
    """Adds or refreshes one waiting item; `since` says how long it has been lying there, so it is kept."""
    mine = (_arrivals.c.sha256 == "") & (_arrivals.c.path_raw == row.path_raw)
    fresh = {
        "size": row.size,
        "filing": row.filing,
        "state": row.state.value,
        "reason_zh": row.reason.zh,
        "reason_en": row.reason.en,
    }
    if connection.execute(sa.update(_arrivals).where(mine).values(fresh)).rowcount:
        return
    new = {"sha256": "", "path": row.path, "path_raw": row.path_raw, "note_zh": "", "note_en": "", "change": 0}
    times = {"arrived_at": _text(now), "since": _text(now)}
    connection.execute(sa.insert(_arrivals).values({**fresh, **new, **times}))


def _insert(connection: Connection, table: sa.Table, row: Json) -> int:
    """Inserts a row and returns its id."""
    return int(connection.execute(sa.insert(table).values(row).returning(table.c.id)).scalar_one())


def _upsert(connection: Connection, table: sa.Table, row: Json, keys: tuple[str, ...]) -> None:
    """Inserts a row, or replaces the values of the one with the same keys."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    rest = {name: value for name, value in row.items() if name not in keys}
    statement = dialect.insert(table).values(row)
    connection.execute(statement.on_conflict_do_update(index_elements=list(keys), set_=rest))


def _swap_filing(connection: Connection, filing: str, expected: int, values: Json) -> bool:
    if expected:
        mine = (_filings.c.id == filing) & (_filings.c.version == expected)
        return connection.execute(sa.update(_filings).where(mine).values(values)).rowcount == 1
    if connection.execute(sa.select(_filings.c.id).where(_filings.c.id == filing)).first() is not None:
        return False
    connection.execute(sa.insert(_filings).values({"id": filing, **values}))
    return True


def _newest(table: sa.Table, filing: str) -> sa.Select[Any]:
    return sa.select(sa.func.coalesce(sa.func.max(table.c.change), 0)).where(table.c.filing == filing)


def _hashes(condition: sa.ColumnElement[bool]) -> sa.Select[Any]:
    return sa.select(_arrivals.c.sha256).where(condition).distinct()


def _forget_originals(connection: Connection, filing: str) -> tuple[bytes, ...]:
    paths = sa.select(_arrivals.c.path_raw).where(_arrivals.c.filing == filing)
    mine = _takings.c.path_raw.in_(paths)
    found = connection.execute(sa.select(_takings.c.taken_raw).where(mine).order_by(_takings.c.id)).scalars()
    originals = tuple(bytes(raw) for raw in found)
    connection.execute(sa.delete(_takings).where(mine))
    return originals


def _select_bundles(filing: str) -> sa.Select[Any]:
    return sa.select(_bundles).where(_bundles.c.filing == filing).order_by(_bundles.c.version.desc()).limit(1)


def _text(moment: datetime) -> str:
    """A time as text that sorts as it passes: always UTC, always with microseconds."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _dump(document: Json) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _load(text: str | None) -> Json | None:
    return None if text is None else _document(text)


def _document(text: str) -> Json:
    found: Json = json.loads(text)
    return found


def _arrival(row: RowMapping) -> Arrival:
    return Arrival(
        id=row["id"],
        sha256=row["sha256"],
        size=row["size"],
        filing=row["filing"],
        path=row["path"],
        path_raw=bytes(row["path_raw"]),
        state=State(row["state"]),
        reason=Text(row["reason_zh"], row["reason_en"]),
        note=Text(row["note_zh"], row["note_en"]),
        arrived_at=_time(row["arrived_at"]),
        since=_time(row["since"]),
        superseded_by=row["superseded_by"],
    )


def _taking(row: RowMapping) -> Taking:
    return Taking(
        id=row["id"],
        path_raw=bytes(row["path_raw"]),
        taken_raw=bytes(row["taken_raw"]),
        sha256=row["sha256"],
        inode=row["inode"],
        size=row["size"],
        mtime_ns=row["mtime_ns"],
        at=_time(row["at"]),
    )


def _filing(row: RowMapping) -> FilingRow:
    return FilingRow(
        row["id"], row["version"], row["status"], row["seen"], _time(row["updated_at"]), _document(row["json"])
    )


def _bundle(row: RowMapping) -> BundleRow:
    return BundleRow(row["filing"], row["version"], row["folder"], row["digest"], _time(row["created_at"]))


def _decision(row: RowMapping) -> Decision:
    value, decided_at = _document(row["json"]), _time(row["decided_at"])
    return Decision(row["id"], row["filing"], row["kind"], row["where"], value, row["who"], decided_at)


def _run(row: RowMapping) -> RunRow:
    finished = None if row["finished_at"] is None else _time(row["finished_at"])
    return RunRow(row["id"], row["kind"], _time(row["started_at"]), finished, row["outcome"], _document(row["json"]))
