"""Working days in mainland China: Monday to Friday, with the State Council's holidays where they are known. Pure.

A year whose notice is not in `rules/codes/holidays.yaml` is counted without public holidays, and `is_known` says so.
"""

from __future__ import annotations

import functools
from datetime import date, timedelta

from pipeline.order_tables import rows

ONE = timedelta(days=1)


def is_known(year: int) -> bool:
    """Whether the holidays of a year are in the table."""
    return any(row["year"] == year for row in rows("years", "holidays"))


def is_workday(day: date) -> bool:
    """Whether offices work that day."""
    off, on = _special()
    return day in on or (day.weekday() < 5 and day not in off)


def add_workdays(day: date, count: int) -> date:
    """The last of `count` working days that follow a day; the day itself does not count."""
    while count:
        day += ONE
        count -= is_workday(day)
    return day


def unknown_years(first: date, last: date) -> tuple[int, ...]:
    """The years of a span that were counted without public holidays."""
    return tuple(year for year in range(first.year, last.year + 1) if not is_known(year))


@functools.cache
def _special() -> tuple[frozenset[date], frozenset[date]]:
    off = {day for row in rows("years", "holidays") for first, last in row["closed"] for day in _span(first, last)}
    on = {day for row in rows("years", "holidays") for day in row["worked"]}
    return frozenset(off), frozenset(on)


def _span(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
