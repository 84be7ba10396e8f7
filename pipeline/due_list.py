"""What falls due in the next days, over all filings: deadlines of orders, and papers that run out. Pure.

A paper is listed once: with its last day where that is near or past, else with the day from which it is too short for
a filing. Something missed is listed as long as the order runs, and as many days afterwards as the list looks ahead; an
expired paper until another takes its place.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pipeline.due import CHINA, Due, is_over
from pipeline.expiries import Paper, ending, reminder

AHEAD_DAYS = 30
"""How far the list looks where nobody says otherwise."""


@dataclass(frozen=True, slots=True)
class Window:
    """The days a list speaks of: today in China and the days ahead."""

    now: datetime
    days: int

    @property
    def today(self) -> date:
        """The day it is in China."""
        return self.now.astimezone(CHINA).date()

    @property
    def last(self) -> date:
        """The last day the list speaks of."""
        return self.today + timedelta(days=self.days)

    @property
    def first(self) -> date:
        """The earliest day of what was missed by an order that has ended."""
        return self.today - timedelta(days=self.days)


def falling_due(
    deadlines: Iterable[Due], papers: Iterable[Paper], window: Window, *, runs: bool, letters: bool
) -> tuple[Due, ...]:
    """What of one filing falls due, the earliest first.

    Args:
        deadlines: those of the order; reminders among them are left out, since the papers say the same.
        papers: what runs out.
        window: the days it is asked for.
        runs: whether the order still runs: what it missed then counts however long ago it was.
        letters: whether letters can still be handed in; else their age is nobody's trouble.
    """
    of_order = [due for due in deadlines if due.kind == "order" and _is_listed(due, window, runs=runs)]
    of_papers = [_of_paper(paper, window) for paper in papers if letters or paper.kind != "letter"]
    found = [*of_order, *(due for due in of_papers if due is not None)]
    return tuple(sorted(found, key=lambda due: (due.day, due.id)))


def _is_listed(due: Due, window: Window, *, runs: bool) -> bool:
    return due.day <= window.last and (not is_over(due, window.now) or runs or due.day >= window.first)


def _of_paper(paper: Paper, window: Window) -> Due | None:
    if paper.ends <= window.last:
        return ending(paper)
    early = reminder(paper)
    return early if window.today <= early.day <= window.last else None
