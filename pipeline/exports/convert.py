"""The ways a value of the filing is turned into a value of a request body."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from pipeline.exports import codes
from pipeline.exports.mapping import Take, Work
from pipeline.model import LONG_TERM, Document, EntityNature
from pipeline.same import same_person

CHINA = timedelta(hours=8)
CITY = r"(?:[^\d市区县旗路街]{2,8}?(?:市|自治州|地区|盟))"
DISTRICT = r"(?:[^\d市区县旗路街道镇乡号]{1,10}?(?:自治县|新区|林区|区|县|市|旗))"
ADDRESS = re.compile(rf"({CITY})?({DISTRICT})?(.*)", re.S)
MUNICIPALITIES = ("北京", "天津", "上海", "重庆")
FRONTS = ("idcard_front", "idcard_both", "passport", "hk_macau_permit", "taiwan_permit", "residence_front")
BACKS = ("idcard_back", "idcard_both", "residence_back")
ENTITY_PAPERS = ("business_licence", "institution_certificate")
MAX_CONTENTS = 5


def is_unit(work: Work) -> bool:
    """Whether a unit files, not a person."""
    return not work.filing.entity.is_individual


def is_individual(work: Work) -> bool:
    """Whether a natural person files."""
    return work.filing.entity.is_individual


def needs_legal_person(work: Work) -> bool:
    """Whether the legal representative is someone else than the person in charge of the entity."""
    filing = work.filing
    return is_unit(work) and not same_person(filing.entity.legal_person, filing.entity_person)


def has_pre_approvals(work: Work) -> bool:
    """Whether the service names an approval."""
    return bool(work.at("{service}.pre_approvals"))


def nature(work: Work, path: str) -> int | None:
    """The number of the entity's nature."""
    return codes.nature_code(work.at(path))


def entity_certificate(work: Work, path: str) -> int | None:
    """The number of the entity's certificate type."""
    return codes.certificate_code(work.at(path) or "", work.filing.entity.nature)


def person_certificate(work: Work, path: str) -> int | None:
    """The number of a person's certificate type."""
    return codes.certificate_code(work.at(path) or "", EntityNature.INDIVIDUAL)


def compact_day(work: Work, path: str) -> str | None:
    """A day as 20261120, or 长期."""
    day = work.at(path)
    return f"{day:%Y%m%d}" if isinstance(day, date) else day


def unix_seconds(work: Work, path: str) -> int | None:
    """The first second of a day in China."""
    day = work.at(path)
    if not isinstance(day, date):
        return None
    return int((datetime(day.year, day.month, day.day, tzinfo=UTC) - CHINA).timestamp())


def has_end(work: Work, path: str) -> bool | None:
    """Whether a certificate has a last day."""
    end = work.at(path)
    return None if end is None else end != LONG_TERM


def province_code(work: Work, path: str) -> str | None:
    """The province's division code."""
    row = codes.province_row(work.at(path) or "")
    return row["code"] if row else None


def province_name(work: Work, path: str) -> str | None:
    """The province's full name."""
    row = codes.province_row(work.at(path) or "")
    return row["full_name"] if row else None


def city_code(work: Work, path: str) -> str | None:
    """The code of a municipality's only city; other cities are not in our tables."""
    own, _, district, _ = split_address(work, path)
    if own not in MUNICIPALITIES or not district or district.endswith("县"):
        return None
    row = codes.province_row(own)
    return f"{row['code'][:2]}0100" if row else None


def city_name(work: Work, path: str) -> str | None:
    """The city an address names; a municipality's districts have 市辖区 in its place."""
    own, city, district, _ = split_address(work, path)
    if own in MUNICIPALITIES:
        return "市辖区" if district and not district.endswith("县") else None
    return city or None


def district_name(work: Work, path: str) -> str | None:
    """The district or county an address names."""
    return split_address(work, path)[2] or None


def street(work: Work, path: str) -> str | None:
    """An address without its province, city and district."""
    return split_address(work, path)[3] or None


def split_address(work: Work, path: str) -> tuple[str, str, str, str]:
    """Province (short), city, district and the rest; an address that names no province is taken to lie in the filing's."""
    text = work.at(path) or ""
    row = _leading_province(text) or codes.province_row(work.filing.province)
    if row:
        text = text.removeprefix(row["full_name"])
    found = ADDRESS.fullmatch(text)
    city, district, rest = found.groups() if found else ("", "", text)
    return (row["name"] if row else "", city or "", district or "", rest.strip())


def _leading_province(text: str) -> dict[str, Any] | None:
    return next((row for row in codes.table("provinces") if text.startswith(row["full_name"])), None)


def content_ids(known: dict[str, int]) -> Take:
    """Numbers of service contents; a content whose number is not known makes the whole list unknown."""

    def take(work: Work, path: str) -> list[int] | None:
        names = work.at(path) or ()
        found = [int(name) if name.isdigit() else known.get(name) for name in names]
        return None if None in found else [one for one in found if one is not None][:MAX_CONTENTS]

    return take


def numbers(work: Work, path: str) -> list[int] | None:
    """A list whose items are numbers already; None where one is a name."""
    names = work.at(path) or ()
    return [int(name) for name in names] if all(name.isdigit() for name in names) else None


def media(kinds: tuple[str, ...], role: str = "") -> Take:
    """A placeholder for the first document of these kinds that belongs to `role`."""

    def take(work: Work, path: str) -> dict[str, Any] | None:
        found = documents(work, kinds, role)
        return placeholder(found[0], kinds) if found else None

    return take


def wrapped(take: Take, key: str) -> Take:
    """The placeholder inside an object with one key."""

    def outer(work: Work, path: str) -> dict[str, Any] | None:
        found = take(work, path)
        return None if found is None else {key: found}

    return outer


def documents(work: Work, kinds: tuple[str, ...], role: str) -> list[Document]:
    """The documents of these kinds that nothing has superseded, in the order of the kinds."""
    fitting = [one for one in work.filing.documents if not one.superseded_by and _belongs(one, role)]
    return sorted((one for one in fitting if one.kind in kinds), key=lambda one: kinds.index(one.kind))


def _belongs(document: Document, role: str) -> bool:
    return not role or role in document.role.split(",")


def placeholder(document: Document, kinds: tuple[str, ...]) -> dict[str, Any]:
    """What stands where the platform's media id goes once the file (or its named side or pages) has been uploaded."""
    mark: dict[str, Any] = {"media": document.file, "sha256": document.sha256}
    if document.kind == "idcard_both":
        mark["side"] = "front" if kinds == FRONTS else "back"
    return mark if document.pages == (1,) else {**mark, "pages": list(document.pages)}


def nothing(work: Work, path: str) -> None:
    """For what only the platform can give."""


def yes_if(test: Callable[[Work], bool]) -> Take:
    """Whether the test holds."""

    def take(work: Work, path: str) -> bool:
        return test(work)

    return take
