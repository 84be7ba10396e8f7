"""The calendar file of dates: read back as written, lines folded between characters."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from pipeline import ics
from tests.pipeline.orders import NOON


def parse(data: bytes) -> list[dict[str, str]]:
    """The events of a calendar, unfolded and unescaped, read by the rules of RFC 5545 and nothing of ours."""
    assert data.endswith(b"END:VCALENDAR\r\n") and b"\n" not in data.replace(b"\r\n", b"")
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    events: list[dict[str, str]] = []
    inside = ""
    for line in data.decode("utf-8").replace("\r\n ", "").split("\r\n"):
        name, _, value = line.partition(":")
        if name == "BEGIN":
            inside = value
            events += [{}] if value == "VEVENT" else []
        elif name == "END":
            inside = "VEVENT" if value == "VALARM" else ""
        elif inside == "VEVENT":
            events[-1][name] = re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], value)
    return events


def test_a_calendar_reads_back_as_it_was_written() -> None:
    long = "某某科技，" * 30 + "a,b;c\\n"
    entries = [
        ics.Entry("k/1", date(2026, 12, 14), long, "line one\nline, two"),
        ics.Entry("k/2", date(2026, 11, 17), "短信核验", at=NOON + timedelta(hours=24)),
    ]
    data = ics.calendar(entries, stamp=NOON, name="备案")
    first, second = parse(data)
    assert first["SUMMARY"] == long and first["DESCRIPTION"] == "line one\nline, two"
    assert first["DTSTART;VALUE=DATE"] == "20261214" and second["DTSTART"] == "20261117T040000Z"
    assert first["DTSTAMP"] == "20261116T040000Z" and first["UID"] != second["UID"]
    assert data == ics.calendar(entries, stamp=NOON, name="备案")


def test_an_entry_keeps_its_uid_when_its_day_moves() -> None:
    days = (date(2026, 12, 14), date(2026, 12, 15))
    one_, two = (parse(ics.calendar([ics.Entry("k", day, "t")], stamp=NOON, name="n"))[0] for day in days)
    assert one_["UID"] == two["UID"] and one_ != two


@pytest.mark.parametrize("width", range(70, 80))
def test_no_character_is_cut_where_a_line_is_folded(width: int) -> None:
    line = "S:" + "a" * (width - 2) + "备案" * 60
    folded = ics.folded(line)
    assert folded.replace(b"\r\n ", b"").decode() == line + "\r\n"
    assert all(len(part) <= 75 and part.decode() for part in folded.removesuffix(b"\r\n").split(b"\r\n"))
