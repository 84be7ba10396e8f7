"""Telephone numbers of the mainland: shapes, the ranges of mobile numbers, and a mobile's home province. Pure.

Mobile ranges: the table `rules/codes/mobile_ranges.yaml` after the ministry's list. Area codes: 010, 02x with eight
figures, 03xx to 09xx with seven or eight. The home of a number comes from the package phonenumbers (Google's
libphonenumber); newer ranges and ported numbers have none there, so an unknown home means nothing.
"""

from __future__ import annotations

import functools
import re

from pipeline.order_tables import rows
from pipeline.vocabulary import PROVINCES

MOBILE = re.compile(r"1[3-9]\d{9}")
AREA_AND_NUMBER = re.compile(r"(0?(10|2\d)-?[1-9]\d{7}|0?[3-9]\d{2}-?[1-9]\d{6,7})(-\d{1,5})?")


def plain(number: str) -> str:
    """A mobile number without the country's code, spaces and dashes."""
    return re.sub(r"[\s-]", "", number).removeprefix("+86").removeprefix("0086")


def mobile(number: str) -> bool:
    """A mainland mobile: eleven figures from 13 to 19."""
    return bool(MOBILE.fullmatch(plain(number)))


def landline(number: str) -> bool:
    """086-area-number: the area with or without its zero, an extension allowed."""
    return number.startswith("086-") and bool(AREA_AND_NUMBER.fullmatch(number[4:]))


def phone(number: str) -> bool:
    """A mobile or a landline, the landline with or without 086; without it the area's zero is written."""
    local = number.startswith("0") and bool(AREA_AND_NUMBER.fullmatch(number))
    return mobile(number) or landline(number) or local


def office_phone(number: str) -> bool:
    """086-area-number, or a mobile, also in that shape (086-area-mobile)."""
    return landline(number) or mobile(number) or bool(re.fullmatch(r"086-0?\d{2,3}-1[3-9]\d{9}", number))


def range_of(number: str) -> str:
    """What a mobile's range is for: `ordinary`, `resale` (虚拟运营商), `data`, `satellite`, `unassigned`; empty for none."""
    if not mobile(number):
        return ""
    digits = plain(number)
    best = max((row for row in _ranges() if digits.startswith(row[0])), key=lambda row: len(row[0]), default=("", ""))
    return best[1] or "unassigned"


@functools.cache
def _ranges() -> tuple[tuple[str, str], ...]:
    table = rows("ranges", "mobile_ranges")
    return tuple((str(start), str(row["use"])) for row in table for start in row["starts"])


def home_province(number: str) -> str:
    """The short name of the province a mobile number was given out in; empty where that is not known."""
    if not mobile(number):
        return ""
    import phonenumbers
    from phonenumbers import geocoder  # its tables take a third of a second to load

    text = geocoder.description_for_number(phonenumbers.parse(plain(number), "CN"), "zh")
    return next((name for name in PROVINCES.values() if text.startswith(name)), "")
