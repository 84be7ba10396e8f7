"""What all parts of the ledger stand on: one database, opened safely, with one way to read and one to write.

SQLAlchemy Core on SQLite (write-ahead log) or PostgreSQL. One writer at a time on both: the change numbers that tell
what has to be prepared again are committed in their order.
"""

from __future__ import annotations

import glob
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import ArgumentError, OperationalError

from pipeline import ledger_tables as tables
from pipeline.errors import EnvironmentProblem, FilingError
from pipeline.ledger_sealed import vault_of
from pipeline.rows import Json
from pipeline.vault import Vault

WRITE = "beianbox_write"
COPY_MARK = ".before-"
"""Stands between a ledger file's name and its revision in the name of the copy kept before a migration."""
_BUSY_SECONDS = 30
_CONNECT_SECONDS = 10
_DRIVER = "postgresql+psycopg"


class StaleFiling(FilingError):
    """Someone else saved the filing in between: read it again and repeat."""

    exit_code = 1
    code = "stale_filing"


class LedgerProblem(EnvironmentProblem):
    """The database did not answer: locked for too long, disk full, unreachable or damaged."""

    code = "ledger"


class Database:
    """One open database; safe to share between threads, one per process.

    `inbox` names the inbox that this process takes files from, where several share the ledger.
    """

    def __init__(self, engine: Engine, inbox: str = "", handle: int | None = None) -> None:
        self._engine = engine
        self._inbox = inbox
        self._handle = handle

    def close(self) -> None:
        """Closes all connections, and what tells others that the ledger is in use."""
        self._engine.dispose()
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    @property
    def vault(self) -> Vault | None:
        """What the ledger, and the store beside it, are sealed with."""
        return vault_of(self._engine.dialect)

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        with _database_errors(), self._engine.connect() as connection:
            connection.execution_options(**{WRITE: True})
            with connection.begin():
                if self._is_server:
                    connection.execute(sa.select(tables.meta).where(tables.meta.c.key == "change").with_for_update())
                yield connection

    @contextmanager
    def _claim(self) -> Iterator[Connection]:
        """A writing transaction that on a server locks only the rows it takes."""
        with _database_errors(), self._engine.connect() as connection:
            connection.execution_options(**{WRITE: True})
            with connection.begin():
                yield connection

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        with _database_errors(), self._engine.connect() as connection, connection.begin():
            yield connection

    @property
    def _is_server(self) -> bool:
        return self._engine.dialect.name != "sqlite"

    def _scrub(self) -> None:
        """Leaves no trace of deleted rows in the database's files.

        SQLite zeroes what it deletes (`secure_delete`), but its write-ahead log still holds it, and so do copies
        kept before a migration; PostgreSQL keeps dead rows until they are vacuumed.
        """
        _remove_copies(file_of(self._engine))
        self._run_alone("VACUUM" if self._is_server else "PRAGMA wal_checkpoint(TRUNCATE)")

    def _run_alone(self, *statements: str) -> None:
        """Runs statements that stand outside any transaction."""
        with _database_errors(), self._engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            for statement in statements:
                connection.exec_driver_sql(statement)


@contextmanager
def _database_errors() -> Iterator[None]:
    """Turns the database's own trouble into ours; anything wrong in a statement stays a programming error."""
    try:
        yield
    except OperationalError as error:
        cause = str(error.orig)
        raise LedgerProblem(
            f"台账数据库出错：{cause}。没有文件丢失；请检查磁盘空间、数据库服务和是否有其他程序占用，之后重试。",
            f"The ledger's database failed: {cause}. No file is lost; "
            "check the disk space, the database server and whether another program holds it, then try again.",
        ) from error


def make_engine(place: Path | str) -> Engine:
    """An engine for a file or a database URL; the file is made (0600) where there is none.

    Its errors name statements without their values: those are people's.

    Raises:
        EnvironmentProblem: the file cannot be written, or the URL names no database we can use.
    """
    if is_url(place):
        engine = _engine_at(str(place))
    else:
        _make_private(Path(place))
        url = sa.URL.create("sqlite", database=str(place))
        engine = sa.create_engine(url, connect_args={"timeout": _BUSY_SECONDS}, hide_parameters=True)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _set_up_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def is_url(place: Path | str) -> bool:
    """Whether a place is a database URL rather than a file."""
    return isinstance(place, str) and "://" in place


def shown(place: Path | str) -> str:
    """A place for messages: of a URL without its password."""
    return sa.make_url(str(place)).render_as_string(hide_password=True) if is_url(place) else str(place)


def file_of(engine: Engine) -> Path | None:
    """The file of a ledger that is one."""
    return Path(engine.url.database) if engine.dialect.name == "sqlite" and engine.url.database else None


def _remove_copies(file: Path | None) -> None:
    if file is not None:
        for copy in file.parent.glob(f"{glob.escape(file.name)}{COPY_MARK}*"):
            copy.unlink(missing_ok=True)


def _engine_at(text: str) -> Engine:
    try:
        url = sa.make_url(text)
        if url.get_backend_name() != "postgresql":
            return sa.create_engine(url, hide_parameters=True)
        # a connection that the server has closed meanwhile is noticed before it is used
        return sa.create_engine(
            url.set(drivername=_DRIVER),
            pool_pre_ping=True,
            connect_args={"connect_timeout": _CONNECT_SECONDS},
            hide_parameters=True,
        )
    except (ArgumentError, ImportError) as error:
        kind = text.partition("://")[0]
        raise EnvironmentProblem(
            f"无法使用数据库地址（{kind}://…）：{error}。请检查 ledger 的写法；PostgreSQL 需安装 beianbox[postgres]。",
            f"The database URL ({kind}://…) cannot be used: {error}. Check `ledger`; for PostgreSQL install beianbox[postgres].",
        ) from error


def _make_private(path: Path) -> None:
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        if path.stat().st_mode & 0o077:  # restored from a backup, or made by hand
            path.chmod(0o600)
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
    options = connection.get_execution_options()
    if options.get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get(WRITE, False) else "BEGIN")


def touch(connection: Connection, filing: str) -> int:
    """The next change number, with the filing put on the list of those to prepare; whoever prepares it goes on."""
    bump = sa.update(tables.meta).where(tables.meta.c.key == "change").values(value=tables.meta.c.value + 1)
    change = int(connection.execute(bump.returning(tables.meta.c.value)).scalar_one())
    row = {"filing": filing, "change": change, "attempts": 0}
    statement = _dialect(connection).insert(tables.todo).values({**row, "worker": "", "until": ""})
    held = tables.todo.c.worker != ""
    at_once = {"until": sa.case((held, tables.todo.c.until), else_="")}  # a pause after a failure ends with a change
    connection.execute(statement.on_conflict_do_update(index_elements=["filing"], set_={**row, **at_once}))
    return change


def insert(connection: Connection, table: sa.Table, row: Json) -> int:
    """Inserts a row and returns its id."""
    return int(connection.execute(sa.insert(table).values(row).returning(table.c.id)).scalar_one())


def upsert(connection: Connection, table: sa.Table, row: Json, keys: tuple[str, ...]) -> None:
    """Inserts a row, or replaces the values of the one with the same keys."""
    rest = {name: value for name, value in row.items() if name not in keys}
    statement = _dialect(connection).insert(table).values(row)
    connection.execute(statement.on_conflict_do_update(index_elements=list(keys), set_=rest))


def _dialect(connection: Connection) -> Any:
    return postgresql if connection.dialect.name == "postgresql" else sqlite


def as_text(moment: datetime) -> str:
    """A time as text that sorts as it passes: always UTC, always with microseconds."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def as_time(text: str) -> datetime:
    """The time that `as_text` wrote."""
    return datetime.fromisoformat(text)


def dump(document: Json) -> str:
    """A document as text."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def load(text: str) -> Json:
    """The document that `dump` wrote."""
    found: Json = json.loads(text)
    return found
