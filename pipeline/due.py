"""One dated item of an order or a filing: what, when, and who says so. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

from pipeline.model import Source, Text

CHINA = timezone(timedelta(hours=8))
"""China has one time zone and no summer time."""


@dataclass(frozen=True, slots=True)
class Due:
    """One dated item: `at` where the hour counts, `is_expected` where it is others who should be done by then.

    `kind` says what falls due: a deadline of the `order`, or a paper (see `pipeline.expiries`).
    """

    id: str
    day: date
    title: Text
    source: Source
    rule: str = ""
    at: datetime | None = None
    is_expected: bool = False
    kind: str = "order"

    @property
    def is_reminder(self) -> bool:
        """Whether it only reminds of something that will run out."""
        return self.id.startswith("expiry:")


def is_over(due: Due, now: datetime) -> bool:
    """Whether an item's time has passed."""
    return due.at < now if due.at is not None else due.day < now.astimezone(CHINA).date()
