"""A table that lies loose in the inbox: each row becomes the `filing.yaml` of a filing.

The filing is that of the inbox folder which the column `文件夹` names, else of a folder with the entity's name: papers
dropped into that folder join it, before or after. The same table again changes nothing, a changed row only its filing.
A table none of whose columns is ours stays a loose file.
"""

from __future__ import annotations

import io
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from pipeline import filing_table
from pipeline.errors import FilingError, UsageError
from pipeline.model import Text
from pipeline.names import safe_name
from pipeline.receiving import filing_id
from pipeline.rows import UNASSIGNED, Arrival, Incoming, State
from pipeline.store import Store
from pipeline.workers import Readers

if TYPE_CHECKING:
    from pipeline.ledger import Ledger

log = logging.getLogger("beianbox.tables")

_AT_MOST = 1000
_FOLDER_BYTES = 120
_OTHER_TABLE = Text(
    "没有一列是备案字段，未作为备案表处理；列名见 docs/filing-yaml.md",
    "no column is a field of a filing, so it is kept as a plain file; docs/filing-yaml.md lists the names",
)


def open_tables(ledger: Ledger, store: Store, readers: Readers) -> int:
    """Makes filings of the loose tables that were not read yet; gives how many filings that were."""
    loose = ledger.arrivals_in(State.TAKEN, filing=UNASSIGNED, limit=_AT_MOST)
    made = 0
    for table in reversed(loose):  # the newest table has the last word
        if table.superseded_by is None and filing_table.is_table(table.name):
            made += _open_or_tell(table, ledger, store, readers)
    return made


def _open_or_tell(table: Arrival, ledger: Ledger, store: Store, readers: Readers) -> int:
    """One table that breaks the program never stops the rest."""
    try:
        return _open(table, ledger, store, readers)
    except FilingError:  # the ledger or the store, not the table
        raise
    except Exception as bug:
        word = type(bug).__name__
        log.exception("table %s: not opened (%s)", table.sha256[:8], word)
        reason = Text(
            f"读取此表格时程序内部出错（{word}）。请另存为新表格后重新放入，并把日志交给开发者。",
            f"The program broke on this table ({word}). Save it as a new table, drop it again, and report the log.",
        )
        ledger.set_state(table.id, State.NEEDS_ATTENTION, datetime.now(UTC), reason)
        return 0


def tables_of(filing: str, ledger: Ledger, store: Store, readers: Readers) -> Iterator[Arrival]:
    """The loose tables that have a row of this filing: they hold its values for as long as they are kept."""
    for table in ledger.arrivals_of(UNASSIGNED):
        if filing_table.is_table(table.name) and filing in _filings_in(table, store, readers):
            yield table


def _filings_in(table: Arrival, store: Store, readers: Readers) -> set[str]:
    try:
        with store.room() as room:
            rows = filing_table.read_rows(room.path(table.sha256), table.name, readers)
        return {filing_id(folder) for folder in _folders(rows, table.name)}
    except (UsageError, OSError):  # nothing was ever made of it, or its bytes are gone
        return set()


def _open(table: Arrival, ledger: Ledger, store: Store, readers: Readers) -> int:
    now = datetime.now(UTC)
    try:
        with store.room() as room:
            path = room.path(table.sha256)
            if not filing_table.names_a_field(path, table.name, readers):
                ledger.record_rows(table, (), now, _OTHER_TABLE)
                return 0
            rows = filing_table.read_rows(path, table.name, readers)
        folders = _folders(rows, table.name)
    except UsageError as problem:
        ledger.set_state(table.id, State.NEEDS_ATTENTION, now, Text(problem.zh, problem.en))
        return 0
    files = tuple(_incoming(row, folder, store) for row, folder in zip(rows, folders, strict=True))
    said = Text(f"已按表格各行建立 {len(files)} 份备案", f"{len(files)} filings were made of the rows of this table")
    ledger.record_rows(table, files, now, said)
    return len(files)


def _incoming(row: filing_table.Row, folder: str, store: Store) -> Incoming:
    stored = store.put(io.BytesIO(filing_table.as_filing_yaml(row)))
    path = f"{folder}/filing.yaml"
    raw = path.encode("utf-8")
    return Incoming(stored.sha256, stored.size, filing_id(folder), raw, path, taken_raw=b"", inode=0, mtime_ns=0)


def _folders(rows: Sequence[filing_table.Row], name: str) -> list[str]:
    """The folder of each row.

    Raises:
        UsageError: a row names a folder that cannot be one of the inbox, or two rows name the same.
    """
    named = [row.get("folder", "").strip("/") for row in rows]
    for number, folder in enumerate(named, 2):
        if "/" in folder or "\\" in folder or folder.startswith("."):
            raise UsageError(
                f"{name} 第 {number} 行的文件夹“{folder}”应是收件箱中的一个子文件夹名，不含斜杠。",
                f"The folder {folder!r} in row {number} of {name} must be the name of one folder of the inbox, without slashes.",
            )
    twice = [folder for folder, count in Counter(named).items() if folder and count > 1]
    if twice:
        raise UsageError(
            f"{name} 有几行写了同一个文件夹：{'、'.join(twice)}。每行是一份备案，请分开。",
            f"Several rows of {name} name the same folder: {', '.join(twice)}. Each row is one filing of its own.",
        )
    return list(_distinct(rows, named, PurePosixPath(name).stem))


def _distinct(rows: Sequence[filing_table.Row], named: Sequence[str], stem: str) -> Iterator[str]:
    """Folders that differ: a second filing of one entity gets a number."""
    taken = {folder for folder in named if folder}
    for number, (row, folder) in enumerate(zip(rows, named, strict=True), 1):
        wanted = safe_name(row.get("entity.name") or f"{stem}-{number:04d}", limit=_FOLDER_BYTES)
        tries = (wanted if count == 1 else f"{wanted}-{count}" for count in range(1, len(rows) + 2))
        chosen = folder or next(one for one in tries if one not in taken)
        taken.add(chosen)
        yield chosen
