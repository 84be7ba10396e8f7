"""A calendar file (iCalendar, RFC 5545) from dated items. Pure: the same items give the same bytes.

Every item keeps its UID from one export to the next, so importing again moves an entry instead of doubling it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

LINE = 75
"""Longest line in bytes, its line break aside (RFC 5545, 3.1)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: a whole day, or a moment where `at` is given."""

    key: str
    day: date
    title: str
    description: str = ""
    at: datetime | None = None
    alarm: str = "-P1D"


def calendar(entries: Iterable[Entry], *, stamp: datetime, name: str) -> bytes:
    """The file; `stamp` is the moment its content speaks of, never the clock."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//beianbox//deadlines//ZH", "CALSCALE:GREGORIAN"]
    lines += ["METHOD:PUBLISH", f"X-WR-CALNAME:{escaped(name)}"]
    for entry in entries:
        lines += _event(entry, stamp)
    return b"".join(folded(line) for line in (*lines, "END:VCALENDAR"))


def _event(entry: Entry, stamp: datetime) -> list[str]:
    start = f"DTSTART;VALUE=DATE:{entry.day:%Y%m%d}" if entry.at is None else f"DTSTART:{_utc(entry.at)}"
    uid = hashlib.sha256(entry.key.encode()).hexdigest()[:32]
    alarm = [
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"DESCRIPTION:{escaped(entry.title)}",
        f"TRIGGER:{entry.alarm}",
        "END:VALARM",
    ]
    described = [f"DESCRIPTION:{escaped(entry.description)}"] if entry.description else []
    head = ["BEGIN:VEVENT", f"UID:{uid}@beianbox", f"DTSTAMP:{_utc(stamp)}", start, f"SUMMARY:{escaped(entry.title)}"]
    return [*head, *described, "TRANSP:TRANSPARENT", *alarm, "END:VEVENT"]


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def escaped(text: str) -> str:
    """A text value: backslash, semicolon, comma and line break are written with a backslash."""
    for char in ("\\", ";", ","):
        text = text.replace(char, f"\\{char}")
    return "\\n".join(text.splitlines())


def folded(line: str) -> bytes:
    """One content line with its CRLF, folded so that no line is too long and no character is cut in two."""
    parts: list[bytes] = []
    part = b""
    for char in line:
        raw = char.encode()
        # a continued line begins with one space, which counts
        if len(part) + len(raw) > LINE - (1 if parts else 0):
            parts.append(part)
            part = b""
        part += raw
    return b"\r\n ".join((*parts, part)) + b"\r\n"
