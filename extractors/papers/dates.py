"""Dates as papers print them: 2019年6月18日, 2019.06.18 and their misreadings."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Sequence

from extractors.papers.layout import Value, confidence, joined
from extractors.vision.lines import Line

_DATE = re.compile(r"(\d{4})\s*[年.．,，\-/·:]\s*(\d{1,2})\s*[月.．,，\-/·:]\s*[-—_]?\s*(\d{1,2})")


def find_dates(text: str) -> list[tuple[str, int, int]]:
    """All dates in a text as (YYYY-MM-DD, start, end); days outside the calendar are left out."""
    found = []
    for match in _DATE.finditer(text):
        year, month, day = (int(part) for part in match.groups())
        if 1900 <= year <= 2199 and 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]:
            found.append((f"{year:04}-{month:02}-{day:02}", match.start(), match.end()))
    return found


def date_value(lines: Sequence[Line]) -> Value | None:
    """The first date in the lines."""
    if not lines:
        return None
    text = joined(lines)
    dates = find_dates(text.text)
    if not dates:
        return None
    value, start, end = dates[0]
    part = text.part(start, end)
    return Value(value, (part,), confidence((part,)), part.method, part.text)
