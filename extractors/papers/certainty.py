"""How sure a name, number or date must be read before it may pass without a person's look.

The limits are where, on drawn pictures under all conditions, nearly every wrong value lies below and few right ones do.
A check digit, a QR code, a machine-readable zone or a text layer needs no limit.
"""

from __future__ import annotations

import re
from dataclasses import replace

from extractors.papers import people
from extractors.papers.doubt import low_places
from extractors.papers.layout import Value
from extractors.papers.registry import KEYED, NAMES
from extractors.papers.wording import squeeze

DOUBTED = 0.8
"""The most confidence of a value that something speaks against; below `extractors.paper.SURE`."""

_PERSON_NAME = 0.99  # a name's characters vouch for each other in nothing: look-alikes are read at 0.9 and more
_KEYED = 0.95
_OTHER = 0.85
_AGREED = 0.9  # what both models read needs no more
_LONGEST_PERSON_NAME = 12
_BRANCH = re.compile(r"(?:店|部|厂|处|站|所|院|中心|\))$")
_MARK = re.compile(r"供.{0,3}网?站备|网站备案?|备案使|仅[供用]|他用无|复印无")


def limit(field: str, value: str) -> float:
    """The probability each character of that field needs; institutions' names stand in the same fields as people's."""
    if field == "domain":  # its look-alikes have been weighed already
        return _OTHER
    if field in NAMES and len(value) <= _LONGEST_PERSON_NAME and not people.is_institution(value):
        return _PERSON_NAME
    return _KEYED if field in KEYED else _OTHER


def weighed(field: str, value: Value, quick: Value | None) -> Value:
    """The value doubted where it lies below its limit, is no likely name, was read in another length, or holds a mark's words."""
    if not value.method.startswith("ocr") or value.method.endswith(("check_digit", "tesseract")):
        return value
    wanted = min(_AGREED, limit(field, value.value)) if _agrees(value, quick) else limit(field, value.value)
    low = [place for place in low_places(value, wanted) if value.value[place] != "·"]
    is_odd = not _begins_well(field, value.value) or _ends_oddly(field, value.value)
    is_weak = low or is_odd or _differs_in_length(field, value, quick)
    return doubted(value) if (field in KEYED and is_weak) or _MARK.search(value.value) else value


def _agrees(value: Value, quick: Value | None) -> bool:
    """Whether the smaller model, trained apart, was sure of the same text; no reading agrees with itself."""
    is_second = not any(line.quick for line in value.lines)
    return is_second and quick is not None and quick.value == value.value and quick.confidence > _KEYED


def doubted(value: Value) -> Value:
    """The value with so little confidence that a person looks at it."""
    return replace(value, confidence=min(DOUBTED, value.confidence))


def _begins_well(field: str, value: str) -> bool:
    return field not in NAMES or people.has_surname(value)


def _ends_oddly(field: str, value: str) -> bool:
    """Whether a name has half a pair of brackets, or goes on behind `公司` as no branch's does: with a line beside it."""
    name = value.replace("（", "(").replace("）", ")")
    _, company, behind = name.rpartition("公司")
    goes_on = bool(company and behind) and not _BRANCH.search(behind)
    return field in NAMES and (name.count("(") != name.count(")") or goes_on)


def _differs_in_length(field: str, value: Value, quick: Value | None) -> bool:
    """Whether one reader saw a character of a person's name that the other did not."""
    if quick is None or limit(field, value.value) != _PERSON_NAME:
        return False
    return len(_letters(quick.value)) != len(_letters(value.value))


def _letters(name: str) -> str:
    return squeeze(name).replace("·", "")
