"""The passport's data page (护照), mainly by its machine-readable zone (ICAO 9303, two lines of 44)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from extractors import numbers
from extractors.papers import people
from extractors.papers.dates import date_value
from extractors.papers.layout import SheetText, Value, below, find_label, following, rows, text_value
from extractors.papers.wording import as_zone, squeeze_with_places
from extractors.vision.lines import Line

_LENGTH = 44
_TO_LETTER = str.maketrans("0125678", "OIZSGTB")
_TO_DIGIT = str.maketrans("OQDIZSBG", "00012586")
_LAST_CENTURY_FROM = 30  # births of 00-30 are of this century: passports of people over 95 are rarer than children's
_ZONE = frozenset(numbers.MRZ_ALPHABET)
_MIN_FILLED = 30
_LEAST_DIGITS = 12  # the second line has at least its dates, the first has none
_FIRST = re.compile(r"P[A-Z0-9<]{4}")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_PRINTED_DAY = re.compile(r"(\d{1,2})\s*(?:\d{1,2}月|[A-Z0]{3,9})?\s*/?\s*([A-Z0]{3})[A-Z]*\.?\s*/?\s*((?:19|20)\d{2})")
_PRINTED = {
    "name_cn": ("姓名",),
    "birth_place": ("出生地点", "出生地"),
    "issue_date": ("签发日期", "dateofissue", "issuedate", "dateofissuance"),
}


def read(sheet: SheetText) -> dict[str, Value]:
    """The data page's values; dates, number and names from the machine-readable zone, proven by its check digits."""
    first, second = _zone(sheet)
    values: dict[str, Value] = {}
    if first is not None:
        values |= _names(first)
    if second is not None:
        values |= _numbers(second)
    return _printed(sheet.lines) | values


def _zone(sheet: SheetText) -> tuple[Value | None, Value | None]:
    lines = [squeeze_with_places(line) for line in sheet.lines]
    candidates = [line for line in rows(lines, gap=2) if len(as_zone(line.text)) >= _MIN_FILLED and _fillers(line.text)]
    first, second = None, None
    for line in candidates:
        text = as_zone(line.text)
        if sum(c.isdigit() for c in text) < _LEAST_DIGITS and _FIRST.match(text):
            first = first or _first(sheet, line)
        elif sum(c.isdigit() for c in text) >= _LEAST_DIGITS:
            second = second or _second(sheet, line)
    return first, second


def _first(sheet: SheetText, line: Line) -> Value:
    text = _whole(sheet, line, lambda text: len(text) == _LENGTH and set(text) <= _ZONE)
    letters = [sure for char, sure in zip(line.text, line.probabilities, strict=True) if char.isalnum()]
    sure = min([line.mean_score, *letters])  # the first line has no check digit
    return Value(text[:1] + text[1:].translate(_TO_LETTER), (line,), round(sure, 3), "mrz", line.text)


def _second(sheet: SheetText, line: Line) -> Value:
    read = _in_place(_whole(sheet, line, lambda text: numbers.is_mrz_line2(_in_place(text))))
    text = numbers.mend_mrz_line2(read)
    proven = numbers.is_mrz_line2(text)
    sure = min(0.5, line.score) if not proven else 0.99 if text == read else 0.95
    return Value(text, (line,), sure, "mrz", line.text, text != read)


def _whole(sheet: SheetText, line: Line, is_good: Callable[[str], bool]) -> str:
    """The line's 44 characters; read again with only the zone's 37 characters where it is not good."""
    text = _fitted(as_zone(line.text))
    if is_good(text) or sheet.reread is None:
        return text
    again = _fitted(sheet.reread(line, numbers.MRZ_ALPHABET).text)
    return again if is_good(again) else text


def _fillers(text: str) -> bool:
    zone = as_zone(text)
    return zone.count("<") >= 1 and sum(c.isascii() for c in zone) > 0.9 * len(zone)


def _fitted(text: str) -> str:
    """44 characters: the run of fillers, whose length readers misjudge, is lengthened or shortened."""
    if len(text) == _LENGTH:
        return text
    runs = list(re.finditer(r"<{2,}", text))
    if not runs:
        return text[:_LENGTH]
    longest = max(runs, key=lambda m: len(m.group()))
    length = max(1, len(longest.group()) + _LENGTH - len(text))
    return (text[: longest.start()] + "<" * length + text[longest.end() :])[:_LENGTH]


def _in_place(text: str) -> str:
    """Letters and digits put where the standard has them: number, check, country, birth, sex, expiry, optional."""
    if len(text) != _LENGTH:
        return text
    digits, letters = _TO_DIGIT, _TO_LETTER
    return (
        text[:9] + text[9].translate(digits) + text[10:13].translate(letters) + text[13:20].translate(digits) + text[20]
        + text[21:28].translate(digits) + text[28:43] + text[43].translate(digits)
    )  # fmt: skip


def _names(first: Value) -> dict[str, Value]:
    surname, _, given = first.value[5:].partition("<<")
    sure = min(0.95, first.confidence)
    values = {"mrz1": first, "country": replace(first, value=first.value[2:5].strip("<"), confidence=sure)}
    for field, text in (("surname", surname), ("given_names", given)):
        name = " ".join(text.replace("<", " ").split())
        if name:
            values[field] = replace(first, value=name, confidence=sure)
    return values


def _numbers(second: Value) -> dict[str, Value]:
    line = second.value
    values = {"mrz2": second, "passport_no": _part(second, 0, 9)}
    if line[20] in "MF":
        values["sex"] = replace(_part(second, 20, 20), value=line[20])
    for field, start in (("birth", 13), ("expiry", 21)):
        day = _day(line[start : start + 6], past=field == "birth")
        if day:
            values[field] = replace(_part(second, start, start + 6), value=day)
    return values


def _part(second: Value, start: int, end: int) -> Value:
    """A piece of the line, as sure as its own check digit makes it."""
    text, check = second.value[start:end], second.value[end]
    proven = second.confidence > 0.9 or numbers.is_mrz_part(text, check)
    as_read = as_zone(second.raw)[start:end] == text
    confidence = 0.99 if proven else min(0.5, second.confidence)
    return replace(second, value=text.strip("<"), confidence=confidence, repaired=second.repaired and not as_read)


def _day(text: str, *, past: bool) -> str:
    """A date of two-figure years: births lie in the last hundred years or so, expiries in this century."""
    if not re.fullmatch(r"\d{6}", text):
        return ""
    year = int(text[:2]) + (1900 if past and int(text[:2]) > _LAST_CENTURY_FROM else 2000)
    month, day = int(text[2:4]), int(text[4:])
    return f"{year}-{month:02}-{day:02}" if 1 <= month <= 12 and 1 <= day <= 31 else ""


def _printed(lines: Sequence[Line]) -> dict[str, Value]:
    """What only the upper part says: the Chinese name, the place of birth, the day of issue."""
    values: dict[str, Value] = {}
    for field, names in _PRINTED.items():
        label = find_label(lines, *names)
        found = (below(label.line, lines) or following(label, lines, [])) if label else ()
        value = _issue_date(found) if field == "issue_date" else text_value(found, clean=people.clean_name)
        if value:
            values[field] = value
    return values


def _issue_date(found: Sequence[Line]) -> Value | None:
    """A day printed as 12 3月/MAR 2020 or 12 MAR 2020."""
    for line in found:
        match = _PRINTED_DAY.search(line.text.upper())
        month = match[2].replace("0", "O") if match else ""
        if match and month in _MONTHS:
            value = f"{match[3]}-{_MONTHS.index(month) + 1:02}-{int(match[1]):02}"
            return Value(value, (line,), round(line.score, 3), line.method, line.text)
    return date_value(found)
