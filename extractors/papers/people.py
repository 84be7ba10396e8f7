"""Names: which characters people's hold, surnames that there are or that readers confuse, unsure characters settled.

Institutions' names stand in the same fields as people's; they are longer, and have neither surnames nor dots.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from importlib.resources import files

from extractors.papers.layout import Value, confidence
from extractors.papers.wording import chinese_text, squeeze, squeeze_with_places
from extractors.vision.lines import Line

_NOT_IN_NAMES = re.compile(r"[^\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff·.•・﹒‧●]")
_DOTS = re.compile(r"[.•・﹒‧●]")
# Left: no surname, but what readers make of the rarer surname on the right.
_SURNAMES = {"咎": "昝", "逢": "逄"}
_LONGEST = 12
_SHORTEST = 2
_TOO_SHORT_CONFIDENCE = 0.4  # a rare character the reader saw nothing in
_DOUBTED = 0.8
_MARK_LETTERS = frozenset("仅供用网站备案使效")  # of a watermark's words; none is a surname
_LONGEST_PERSON = 4
_LONGEST_HAN = 3  # longer names are other nations', which have no surname, and those of shops


def clean_name(text: str) -> str:
    """A person's name: Chinese characters and the dot of longer names."""
    return _DOTS.sub("·", _NOT_IN_NAMES.sub("", squeeze(text))).strip("·")


def has_surname(name: str) -> bool:
    """Whether a name begins with a known surname, as all but the rarest do; true of names that need have none."""
    return not _is_han(name) or name[:1] in _surnames() or name[:2] in _surnames()


def is_institution(name: str) -> bool:
    """Whether a Chinese name is too long for a person's and has no dot, as a company's or a shop's."""
    return len(name) > _LONGEST_PERSON and "·" not in name and not name.isascii()


def likely_beginnings(name: str) -> frozenset[str]:
    """The characters that a name of this length begins with, but for the rarest; none for names that need no surname."""
    return _beginnings() if _is_han(name) else frozenset()


@lru_cache(maxsize=1)
def _beginnings() -> frozenset[str]:
    return frozenset(surname[0] for surname in _surnames())


def _is_han(name: str) -> bool:
    return len(name) <= _LONGEST_HAN and "·" not in name and not name.isascii()


@lru_cache(maxsize=1)
def _surnames() -> frozenset[str]:
    text = files("extractors.papers").joinpath("data/surnames.txt").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if not line.startswith("#")]
    return frozenset(name for row in rows for name in (row.split() if " " in row else row))


def is_name_line(value: Value) -> bool:
    """Whether the value's line holds a person's name and nothing else."""
    if len(value.lines) != 1:
        return False
    text = squeeze(value.lines[0].text)
    return len(text) <= _LONGEST and clean_name(text) == value.value


def is_settled_here(value: Value) -> bool:
    """Whether the value's lines hold a name and nothing else: a person's in one line, an institution's in one or more."""
    if is_institution(value.value):
        return chinese_text("".join(line.text for line in value.lines)) == value.value
    return is_name_line(value)


def fuller(value: Value, other: Value | None) -> Value:
    """The other reading of a name where it has one character more: readers leave out those they do not know.

    At the ends of an institution's name stand marks and seals rather than characters that were left out.
    """
    if other is None or not (is_institution(value.value) or is_short_name(other)):
        return value
    inner = slice(1, -1) if is_institution(value.value) else slice(None)
    places = range(len(other.value))[inner]
    is_fuller = any(other.value[:at] + other.value[at + 1 :] == value.value for at in places)
    return replace(other, confidence=min(_DOUBTED, other.confidence)) if is_fuller else value


def is_short_name(value: Value) -> bool:
    """Whether the value is a name as short as most people's, and nothing else stands in its line."""
    return len(value.value) <= _LONGEST_PERSON and is_name_line(value)


def settled(value: Value, settle: Callable[[Line], Line]) -> Value:
    """The name with its unsure characters settled by `settle`; values that hold more than a name come back as they are."""
    if not is_settled_here(value):
        return value
    lines = tuple(squeeze_with_places(line) for line in value.lines)
    better = tuple(settle(line) for line in lines)
    if better == lines:
        return value
    is_doubted = value.confidence < confidence(lines)  # for another reason than its characters
    sure = min(value.confidence, confidence(better)) if is_doubted else confidence(better)
    text = "".join(line.text for line in better)
    if text == "".join(line.text for line in lines):
        return replace(value, lines=better, confidence=sure)
    text = chinese_text(text) if is_institution(value.value) else clean_name(text)
    return replace(value, value=text, confidence=sure, method=f"{value.method}+glyph", repaired=True)


def doubted(value: Value) -> Value:
    """A person's name made less sure where it cannot be whole, lacks the dot of long ones, or begins with no surname.

    咎 is read for the surname 昝, which is put there.
    """
    value = _without_mark_letter(value)
    if len(value.value) < _SHORTEST:
        return replace(value, confidence=min(_TOO_SHORT_CONFIDENCE, value.confidence))
    if is_institution(value.value):  # as long as only names with a dot are: readers overlook it in shaken pictures
        return replace(value, confidence=min(_DOUBTED, value.confidence))
    surname = _SURNAMES.get(value.value[:1])
    if surname is None:
        return value
    sure = min(_DOUBTED, value.confidence)
    return replace(value, value=surname + value.value[1:], confidence=sure, repaired=True)


def _without_mark_letter(value: Value) -> Value:
    """The name without a watermark's letter that stands between its label and its surname."""
    rest = value.value[1:]
    if value.value[:1] not in _MARK_LETTERS or len(rest) < _SHORTEST or rest[0] not in _beginnings():
        return value
    return replace(value, value=rest, confidence=min(_DOUBTED, value.confidence), repaired=True)
