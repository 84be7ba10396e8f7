"""One dated item of an order or a filing: what, when, and who says so. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any

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


def due_dict(due: Due, now: datetime) -> dict[str, Any]:
    """One deadline for programs."""
    return {
        "id": due.id,
        "day": due.day.isoformat(),
        "at": due.at.isoformat(timespec="minutes") if due.at else None,
        "title": words_of(due.title),
        "expected": due.is_expected,
        "reminder": due.is_reminder,
        "over": is_over(due, now),
        "rule": due.rule or None,
        "source": source_dict(due.source),
    }


def due_of(kept: Mapping[str, Any]) -> Due:
    """The deadline that `due_dict` wrote."""
    return Due(
        kept["id"],
        date.fromisoformat(kept["day"]),
        Text(**kept["title"]),
        Source(**kept["source"]),
        kept["rule"] or "",
        datetime.fromisoformat(kept["at"]) if kept["at"] else None,
        kept["expected"],
    )


def words_of(text: Text) -> dict[str, str]:
    """A text for programs."""
    return {"zh": text.zh, "en": text.en}


def source_dict(source: Source) -> dict[str, str]:
    """A source for programs."""
    return {"title": source.title, "address": source.address, "as_of": source.as_of}
