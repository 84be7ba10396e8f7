"""Dated items as a calendar file (.ics), for one order or for all filings."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from pipeline import ics
from pipeline.deadlines import deadlines
from pipeline.due import Due, is_over
from pipeline.errors import EnvironmentProblem, UsageError
from pipeline.model import Filing
from pipeline.order import Order


def write(path: Path, data: bytes) -> None:
    """Writes a calendar file; an older calendar there is replaced, any other file is not.

    Raises:
        UsageError: something that is no calendar lies there.
        EnvironmentProblem: it cannot be written.
    """
    try:
        if path.exists() and not path.read_bytes().startswith(b"BEGIN:VCALENDAR"):
            raise UsageError(f"{path} 不是日历文件，不覆盖。", f"{path} is no calendar; it is left alone.")
        path.write_bytes(data)
    except OSError as error:
        raise EnvironmentProblem(
            f"无法写入 {path}：{error.strerror}。", f"Cannot write {path}: {error.strerror}."
        ) from error


def calendar(ident: str, filing: Filing, now_order: Order, now: datetime) -> bytes:
    """What is still to come of one order (RFC 5545)."""
    coming = [(ident, due) for due in deadlines(now_order, filing) if not is_over(due, now)]
    stamp = now_order.history[-1].at if now_order.history else day_of(now)
    return ics.calendar((entry(*one) for one in coming), stamp=stamp, name=f"备案 {ident}")


def calendar_of_all(coming: Iterable[tuple[str, Due]], now: datetime) -> bytes:
    """Items of many filings, each with its filing's id."""
    return ics.calendar((entry(*one) for one in coming), stamp=day_of(now), name="备案期限")


def day_of(now: datetime) -> datetime:
    """The beginning of the day: two exports of one day are the same."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def entry(ident: str, due: Due) -> ics.Entry:
    """One item as a calendar's entry, with an alarm the day before, or four hours before where hours count."""
    described = f"{due.title.en}\n{due.source.title} ({due.source.as_of})\n{due.source.address}"
    alarm = "-P1D" if due.at is None else "-PT4H"
    return ics.Entry(f"{ident}/{due.id}", due.day, f"{ident}：{due.title.zh}", described, due.at, alarm)
