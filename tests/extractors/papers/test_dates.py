"""Dates as papers print them."""

from __future__ import annotations

import pytest

from extractors.papers import dates


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2015.03.08-2035.03.08", ["2015-03-08", "2035-03-08"]),
        ("2019年6月18日", ["2019-06-18"]),
        ("2019 年 06 月 18 日", ["2019-06-18"]),
        ("2024-02-29", ["2024-02-29"]),
        ("2023-02-29", []),
        ("2023.13.01", []),
        ("1234567890", []),
    ],
)
def test_dates_are_found_only_where_the_calendar_has_them(text: str, found: list[str]) -> None:
    assert [value for value, _, _ in dates.find_dates(text)] == found
