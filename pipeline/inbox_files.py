"""The files of a filing of the inbox, in the store: which of them count, what they are called, and those in its archives."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from extractors.archives import Member
from pipeline import archives, kept_readings
from pipeline.reading import Reading
from pipeline.receiving import filing_id, open_regular
from pipeline.rows import Arrival, Incoming
from pipeline.store import Room, StoredFile

if TYPE_CHECKING:
    from pipeline.work import Desk


def current(arrivals: Iterable[Arrival]) -> list[Arrival]:
    """Those that no newer version replaces."""
    return [arrival for arrival in arrivals if arrival.superseded_by is None]


def files_of(arrivals: Sequence[Arrival], room: Room) -> tuple[StoredFile, ...]:
    """The files of a filing, named by their path below its folder, in the order of their names."""
    return tuple(sorted((file_of(arrival, room) for arrival in arrivals), key=lambda file: file.name))


def file_of(arrival: Arrival, room: Room) -> StoredFile:
    """A file of a filing, or a loose one."""
    return StoredFile(name_of(arrival), arrival.sha256, room)


def name_of(arrival: Arrival) -> str:
    """A loose file that was given to a filing keeps its whole path: the first part of it may be an archive."""
    folder, _, rest = os.fsdecode(arrival.path_raw).partition("/")
    is_below = bool(rest) and filing_id(folder) == arrival.filing
    return arrival.path.partition("/")[2] if is_below else arrival.path


def open_archives(desk: Desk, filing: str, room: Room) -> None:
    """Puts the members of a filing's archives beside them, as arrivals of their own; repeating it costs next to nothing.

    Members go with the archive: when another file takes its name, those of the old one are replaced.
    """
    here = current(desk.ledger.arrivals_of(filing))
    for arrival in here:
        if _is_archive(desk, file_of(arrival, room)):
            found = _members(desk, arrival, room)
            below = arrival.path_raw + b"/"
            present = {(one.path_raw, one.sha256) for one in here if one.path_raw.startswith(below)}
            if present != {(one.path_raw, one.sha256) for one in found}:
                desk.ledger.record_members(arrival, found, datetime.now(UTC))


def _is_archive(desk: Desk, file: StoredFile) -> bool:
    """What was read before need not be fetched to be looked at."""
    known = kept_readings.kept(desk, file) if archives.may_be_called(file.name) else None
    return archives.may_be_archive(file) if known is None else known.kind == "zip"


def _members(desk: Desk, archive: Arrival, room: Room) -> tuple[Incoming, ...]:
    """The files of an archive, with their bytes in the store; it is unpacked only where they are not there yet."""
    file = file_of(archive, room)
    reading = kept_readings.kept(desk, file)
    if reading is None or not all(desk.store.has(member.sha256) for member in reading.members):
        with desk.readers.room() as place:
            reading = desk.readers.read_one(file, engine=desk.settings.ocr_engine, place=place)
            reading = replace(reading, members=tuple(_stored(desk, reading, place)))
        kept_readings.keep(desk, reading)
    return tuple(_incoming(archive, member) for member in reading.members)


def _stored(desk: Desk, reading: Reading, place: Path) -> Iterator[Member]:
    """The members that could be put into the store, under the hashes of what was put."""
    for member, file in archives.members(reading, place):
        desk.store.ensure_space(member.size)
        with open_regular(file) as source:
            stored = desk.store.put(source)
        yield replace(member, size=stored.size, sha256=stored.sha256)


def _incoming(archive: Arrival, member: Member) -> Incoming:
    path = archive.path_raw + b"/" + member.name.encode("utf-8", "replace")
    shown = f"{archive.path}/{member.name}"
    return Incoming(member.sha256, member.size, archive.filing, path, shown, taken_raw=b"", inode=0, mtime_ns=0)
