"""The ledger's arrivals: which files came, where each stands, and what lies in the inbox untaken."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from pipeline import ledger_tables as tables
from pipeline.ledger_base import Database, as_text, as_time, insert, touch, upsert
from pipeline.ledger_sealed import is_sealed
from pipeline.ledger_tables import arrivals, readings
from pipeline.model import Text
from pipeline.rows import NOTHING, Arrival, Incoming, State, Waiting

_MANY = 500
"""Rows named in one statement: SQLite takes at most some tens of thousands."""
_MOST_FOUND = 30_000


class Arrivals(Database):
    """Files that came, and files on their way."""

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
            key = _record(connection, incoming, now)
            _insert_taking(connection, incoming, now, self._inbox)
            connection.execute(
                sa.delete(tables.waiting).where(self._is_mine, tables.waiting.c.path_raw == incoming.path_raw)
            )
            return as_arrival(connection.execute(sa.select(arrivals).where(arrivals.c.id == key)).mappings().one())

    def record_members(self, archive: Arrival, members: Sequence[Incoming], now: datetime) -> None:
        """Records the files unpacked from an archive as arrivals of its filing, one transaction; repeating it is free.

        Files that an older archive of this name held, and this one does not, are replaced by the archive.
        """
        below = archive.path_raw + b"/"
        with self._write() as connection:
            for incoming in members:
                _record(connection, incoming, now)
            wanted = {(incoming.path_raw, incoming.sha256) for incoming in members}
            current = sa.select(arrivals).where(arrivals.c.filing == archive.filing, arrivals.c.superseded_by.is_(None))
            for row in connection.execute(current).mappings().all():
                path = bytes(row["path_raw"])
                if path.startswith(below) and (path, row["sha256"]) not in wanted:
                    mine = sa.update(arrivals).where(arrivals.c.id == row["id"])
                    connection.execute(mine.values(superseded_by=archive.id))

    def record_rows(self, table: Arrival, rows: Sequence[Incoming], now: datetime, said: Text) -> None:
        """Records what the rows of a table stand for, and on the table what was made of it: one transaction."""
        values = {"state": State.READ.value, "reason_zh": "", "reason_en": "", "since": as_text(now)}
        values |= {"note_zh": said.zh, "note_en": said.en}
        with self._write() as connection:
            for incoming in rows:
                _record(connection, incoming, now)
            connection.execute(sa.update(arrivals).where(arrivals.c.id == table.id).values(values))

    def note_waiting(self, waiting: Iterable[Waiting], now: datetime) -> None:
        """Replaces the list of what lies in this inbox untaken; an unchanged item keeps its `since`."""
        wanted = {row.path_raw: row for row in waiting}
        with self._read() as connection:
            known = {bytes(row["path_raw"]): row for row in connection.execute(self._select_waiting()).mappings()}
        gone = [row["id"] for path, row in known.items() if path not in wanted]
        changed = [row for path, row in wanted.items() if path not in known or not _is_same(known[path], row)]
        if not gone and not changed:
            return
        with self._write() as connection:
            for start in range(0, len(gone), _MANY):
                connection.execute(
                    sa.delete(tables.waiting).where(tables.waiting.c.id.in_(gone[start : start + _MANY]))
                )
            for row in changed:
                _upsert_waiting(connection, row, now, self._inbox)

    def waiting(self) -> tuple[Arrival, ...]:
        """What lies in this inbox untaken, as last noted, in order of path."""
        with self._read() as connection:
            found = (_waiting(row) for row in connection.execute(self._select_waiting()).mappings())
            return tuple(sorted(found, key=lambda one: one.path_raw))

    def arrivals_of(self, filing: str) -> tuple[Arrival, ...]:
        """All recorded files of a filing, older versions included, in order of arrival."""
        return self._select_arrivals(arrivals.c.filing == filing)

    def arrivals_in(
        self, *states: State, text: str = "", filing: str = "", limit: int = 1000, offset: int = 0
    ) -> tuple[Arrival, ...]:
        """Waiting files of all inboxes, then recorded files, in these states; each newest first.

        `text` keeps those with it in their path, `filing` those of one filing; `offset` leaves out the first ones.
        """
        words, last = [state.value for state in states], limit + offset
        with self._read() as connection:
            lying, came = (_select_like(connection, table, words, text, filing) for table in (tables.waiting, arrivals))
            found = [_waiting(row) for row in connection.execute(lying.limit(last)).mappings()]
            found += [as_arrival(row) for row in connection.execute(came.limit(last)).mappings()]
        return tuple(found[offset:last])

    def arrival_counts(self, text: str = "", filing: str = "") -> dict[str, int]:
        """How many files are in each state, waiting ones too, and under the empty name how many there are in all."""
        found: dict[str, int] = {}
        with self._read() as connection:
            for table in (tables.waiting, arrivals):
                query = sa.select(table.c.state, sa.func.count()).where(*_like(connection, table, text, filing))
                for state, number in connection.execute(query.group_by(table.c.state)):
                    found[state] = found.get(state, 0) + int(number)
        return {"": sum(found.values()), **found}

    def arrivals_with(self, sha256: str) -> tuple[Arrival, ...]:
        """Everywhere the same bytes arrived, in order of arrival."""
        return self._select_arrivals(arrivals.c.sha256 == sha256)

    def set_state(self, arrival: int, state: State, now: datetime, reason: Text = NOTHING) -> None:
        """Says where a recorded file stands; `since` moves only when state or reason change."""
        change = (arrivals.c.state != state.value) | (arrivals.c.reason_en != reason.en)
        values = {"state": state.value, "reason_zh": reason.zh, "reason_en": reason.en, "since": as_text(now)}
        with self._write() as connection:
            connection.execute(sa.update(arrivals).where(arrivals.c.id == arrival, change).values(values))

    def try_again(self, arrival: int, now: datetime) -> None:
        """Puts a file that needed attention back to `taken`: it is read anew when its filing is prepared again."""
        self.set_state(arrival, State.TAKEN, now)
        mine = arrivals.c.id == arrival
        with self._write() as connection:
            row = connection.execute(sa.select(arrivals).where(mine)).mappings().one_or_none()
            if row is None:
                return
            connection.execute(sa.delete(readings).where(readings.c.sha256 == row["sha256"]))
            change = touch(connection, row["filing"])
            connection.execute(sa.update(arrivals).where(mine).values(change=change))

    def move_arrival(self, arrival: int, filing: str) -> None:
        """Offers a loose file to a filing: from now on it belongs there, and both are to be prepared again.

        When the same bytes under the same name are there already, the loose row goes and the other stays.
        """
        with self._write() as connection:
            row = connection.execute(sa.select(arrivals).where(arrivals.c.id == arrival)).mappings().one()
            connection.execute(sa.delete(tables.marks).where(tables.marks.c.arrival == arrival))
            same = sa.select(arrivals.c.id).where(
                arrivals.c.sha256 == row["sha256"],
                arrivals.c.filing == filing,
                arrivals.c.path_raw == row["path_raw"],
                arrivals.c.id != arrival,
            )
            if connection.execute(same).first() is not None:
                connection.execute(sa.delete(arrivals).where(arrivals.c.id == arrival))
            else:
                values = {"filing": filing, "change": touch(connection, filing)}
                connection.execute(sa.update(arrivals).where(arrivals.c.id == arrival).values(values))
            left = sa.exists().where(arrivals.c.filing == row["filing"])
            connection.execute(sa.delete(tables.todo).where(tables.todo.c.filing == row["filing"], sa.not_(left)))

    @property
    def _is_mine(self) -> sa.ColumnElement[bool]:
        return tables.waiting.c.inbox == self._inbox

    def _select_waiting(self) -> sa.Select[tuple[object, ...]]:
        return sa.select(tables.waiting).where(self._is_mine)

    def _select_arrivals(self, *where: sa.ColumnElement[bool]) -> tuple[Arrival, ...]:
        with self._read() as connection:
            rows = connection.execute(sa.select(arrivals).where(*where).order_by(arrivals.c.id)).mappings()
            return tuple(as_arrival(row) for row in rows)


def _select_like(
    connection: Connection, table: sa.Table, states: list[str], text: str, filing: str
) -> sa.Select[tuple[object, ...]]:
    wanted = (table.c.state.in_(states), *_like(connection, table, text, filing))
    return sa.select(table).where(*wanted).order_by(table.c.id.desc())


def _like(connection: Connection, table: sa.Table, text: str, filing: str) -> Iterator[sa.ColumnElement[bool]]:
    if text and is_sealed(connection):  # no database looks into what it cannot read
        paths = connection.execute(sa.select(table.c.id, table.c.path).order_by(table.c.id.desc()))
        yield table.c.id.in_([ident for ident, path in paths if text.casefold() in path.casefold()][:_MOST_FOUND])
    elif text:
        yield table.c.path.icontains(text, autoescape=True)
    if filing:
        yield table.c.filing == filing


def _find_arrival(connection: Connection, incoming: Incoming) -> RowMapping | None:
    query = sa.select(arrivals).where(
        arrivals.c.sha256 == incoming.sha256,
        arrivals.c.filing == incoming.filing,
        arrivals.c.path_raw == incoming.path_raw,
    )
    return connection.execute(query).mappings().one_or_none()


def _record(connection: Connection, incoming: Incoming, now: datetime) -> int:
    """Makes a file the current one of its name; gives its id."""
    found = _find_arrival(connection, incoming)
    key = _insert_arrival(connection, incoming, now) if found is None else int(found["id"])
    _make_current(connection, incoming, key, is_stale=found is not None and found["superseded_by"] is not None)
    return key


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
        "arrived_at": as_text(now),
        "since": as_text(now),
        "change": 0,
    }
    return insert(connection, arrivals, row)


def _make_current(connection: Connection, incoming: Incoming, key: int, *, is_stale: bool) -> None:
    """Makes one version the current one of its name; a version that is current already stays untouched."""
    mine = sa.select(arrivals.c.change).where(arrivals.c.id == key)
    if not is_stale and connection.execute(mine).scalar_one() > 0:
        return
    same_name = (arrivals.c.filing == incoming.filing) & (arrivals.c.path_raw == incoming.path_raw)
    others = same_name & (arrivals.c.id != key)
    connection.execute(sa.update(arrivals).where(others, arrivals.c.superseded_by.is_(None)).values(superseded_by=key))
    values = {"superseded_by": None, "change": touch(connection, incoming.filing)}
    connection.execute(sa.update(arrivals).where(arrivals.c.id == key).values(values))


def _insert_taking(connection: Connection, incoming: Incoming, now: datetime, inbox: str) -> None:
    row = {
        "inbox": inbox,
        "path_raw": incoming.path_raw,
        "taken_raw": incoming.taken_raw,
        "sha256": incoming.sha256,
        "inode": incoming.inode,
        "size": incoming.size,
        "mtime_ns": incoming.mtime_ns,
        "at": as_text(now),
        "closed": False,
    }
    upsert(connection, tables.takings, row, ("inbox", "taken_raw", "inode", "size", "mtime_ns"))


def _note(connection: Connection, incoming: Incoming) -> Text:
    """What a person may want to know about a new arrival: a copy, a new version, the same file elsewhere."""
    same = sa.select(arrivals).where(arrivals.c.sha256 == incoming.sha256).order_by(arrivals.c.id)
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
    query = sa.select(arrivals.c.id).where(
        arrivals.c.path_raw == incoming.path_raw, arrivals.c.filing == incoming.filing
    )
    return connection.execute(query.limit(1)).first() is not None


def _is_same(known: RowMapping, row: Waiting) -> bool:
    return bool(
        known["state"] == row.state.value
        and known["reason_en"] == row.reason.en
        and known["size"] == row.size
        and known["filing"] == row.filing
        and known["is_busy"] == row.is_busy
    )


def _upsert_waiting(connection: Connection, row: Waiting, now: datetime, inbox: str) -> None:
    """Adds or refreshes one waiting item; `since` says how long it has been lying there, so it is kept."""
    mine = (tables.waiting.c.inbox == inbox) & (tables.waiting.c.path_raw == row.path_raw)
    fresh = {
        "size": row.size,
        "filing": row.filing,
        "state": row.state.value,
        "reason_zh": row.reason.zh,
        "reason_en": row.reason.en,
        "is_busy": row.is_busy,
    }
    if connection.execute(sa.update(tables.waiting).where(mine).values(fresh)).rowcount:
        return
    new = {"inbox": inbox, "path": row.path, "path_raw": row.path_raw, "since": as_text(now)}
    connection.execute(sa.insert(tables.waiting).values({**fresh, **new}))


def _waiting(row: RowMapping) -> Arrival:
    """A file in the inbox as an arrival; its id is negative, since the file is in no filing yet."""
    since = as_time(row["since"])
    return Arrival(
        id=-row["id"],
        sha256="",
        size=row["size"],
        filing=row["filing"],
        path=row["path"],
        path_raw=bytes(row["path_raw"]),
        state=State(row["state"]),
        reason=Text(row["reason_zh"], row["reason_en"]),
        note=NOTHING,
        arrived_at=since,
        since=since,
    )


def as_arrival(row: RowMapping) -> Arrival:
    """The arrival in a row."""
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
        arrived_at=as_time(row["arrived_at"]),
        since=as_time(row["since"]),
        superseded_by=row["superseded_by"],
    )
