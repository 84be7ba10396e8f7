"""Readings that the ledger keeps: what this version of the reader has read before is not read again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pipeline import batch
from pipeline.reading import READER_VERSION, Reading
from pipeline.workers import Source

if TYPE_CHECKING:
    from pipeline.work import Desk

READER = "beianbox"

MACHINE_FAULTS = frozenset({"tool_missing", "tool_failed", "internal"})
"""Failures that another run may not have: such a reading is not kept."""


def read_cached(desk: Desk, files: Sequence[Source]) -> tuple[Reading, ...]:
    """Readings in the order of the files; what this reader version has read before is not read again."""
    known = {file.sha256: kept(desk, file) for file in files}
    unread = [file for file in files if known[file.sha256] is None]
    fresh = batch.read_all(unread, desk.readers, engine=desk.settings.ocr_engine)
    for reading in fresh:
        keep(desk, reading)
    made = {(reading.file, reading.sha256): reading for reading in fresh}
    found = [made.get((file.name, file.sha256)) or _named(known[file.sha256], file) for file in files]
    return tuple(reading for reading in found if reading is not None)


def kept_reading(desk: Desk, sha256: str) -> dict[str, Any] | None:
    """What this reader said about some bytes, else what an earlier version of it said; None where none has read them.

    A saved filing was made from the newest reading of its time: after an upgrade its pages are still to be shown.
    """
    found = desk.ledger.get_reading(sha256, READER, version_of(desk))
    return found if found is not None else desk.ledger.newest_reading(sha256, READER)


def keep(desk: Desk, reading: Reading) -> None:
    """Keeps a reading, unless another run may fare better, or it is of an archive that was only looked into."""
    is_whole = all(member.sha256 for member in reading.members)
    if is_whole and (reading.failure is None or reading.failure.code not in MACHINE_FAULTS):
        desk.ledger.save_reading(reading.sha256, READER, version_of(desk), to_json(reading), datetime.now(UTC))


def version_of(desk: Desk) -> str:
    """Under which version this reader's readings are kept."""
    return f"{READER_VERSION}/{desk.settings.ocr_engine}"


def kept(desk: Desk, file: Source) -> Reading | None:
    """What this version of the reader said of a file; None where it has not read it."""
    document = desk.ledger.get_reading(file.sha256, READER, version_of(desk))
    return None if document is None else _from_json(document)


def _named(reading: Reading | None, file: Source) -> Reading | None:
    """A kept reading under the name that this filing knows the file by."""
    return None if reading is None else replace(reading, file=file.name)


def to_json(reading: Reading) -> dict[str, object]:
    """A reading as the ledger keeps it."""
    from pydantic import TypeAdapter

    document: dict[str, object] = TypeAdapter(Reading).dump_python(reading, mode="json")
    return document


def _from_json(document: object) -> Reading:
    from pydantic import TypeAdapter

    return TypeAdapter(Reading).validate_python(document)
