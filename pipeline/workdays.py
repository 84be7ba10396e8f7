"""Working days in mainland China: Monday to Friday with the State Council's holidays and make-up days. Pure.

The days come from the package chinesecalendar, which follows the yearly notice of the State Council's office
(国务院办公厅关于部分节假日安排的通知). A year whose notice it does not know yet is counted with the days that are off by
law in any case (`rules/codes/statutory_holidays.yaml`) and without make-up days, and `is_known` says so.
"""

from __future__ import annotations

import functools
from datetime import date, timedelta
from typing import Any

from pipeline.order_tables import rows

ONE = timedelta(days=1)


def is_known(year: int) -> bool:
    """Whether the notice on a year's holidays is known."""
    return year in _years()


def is_workday(day: date) -> bool:
    """Whether offices work that day."""
    if is_known(day.year):
        return bool(_calendar().is_workday(day))
    return day.weekday() < 5 and day not in _statutory()


def add_workdays(day: date, count: int) -> date:
    """The last of `count` working days that follow a day; the day itself does not count."""
    while count:
        day += ONE
        count -= is_workday(day)
    return day


def workdays_between(first: date, last: date) -> int:
    """How many working days follow `first` up to and with `last`; none where `last` is not later."""
    return sum(is_workday(first + timedelta(days=number)) for number in range(1, (last - first).days + 1))


def unknown_years(first: date, last: date) -> tuple[int, ...]:
    """The years of a span whose notice is not known."""
    return tuple(year for year in range(first.year, last.year + 1) if not is_known(year))


@functools.cache
def _years() -> frozenset[int]:
    return frozenset(day.year for day in _calendar().constants.holidays)


@functools.cache
def _statutory() -> frozenset[date]:
    return frozenset(day for row in rows("years", "statutory_holidays") for day in row["closed"])


def _calendar() -> Any:
    import chinese_calendar

    return chinese_calendar
