"""The resident identity card (居民身份证): portrait side, emblem side, or both on one page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from extractors import numbers
from extractors.paper import SURE
from extractors.papers import people
from extractors.papers.dates import date_value, find_dates
from extractors.papers.layout import (
    SheetText,
    Value,
    find_label,
    following,
    join_split_labels,
    merge,
    rows,
    same_row,
    text_value,
)
from extractors.papers.proven import number_value
from extractors.papers.wording import address_text, squeeze, squeeze_with_places, without_stray_letters
from extractors.vision.lines import Line

_FRONT_LABELS = ("姓名", "性别", "民族", "出生", "住址", "公民身份号码")
_LEAST_DIGITS = 11
_NUMBER_LINE = re.compile(r"\d{14}")
OFFICE_ENDS = ("局", "处", "厅")
_ODD_TERM = 0.6
_STRAY = 0.7  # a single mark read with less is a stain or a watermark's piece
_STOPS = (*_FRONT_LABELS, "签发机关", "有效期限", "有效期至", "签发日期")
# After the first, how small print is misread; then what residence permits call it.
_ADDRESS_LABELS = ("住址", "住社", "往址", "佳址", "任址", "居住地址", "现住址", "现居住地址", "现居住地", "暂住地址")
_ID_LABELS = ("公民身份号码",)
NATIONS = (
    "汉", "蒙古", "回", "藏", "维吾尔", "苗", "彝", "壮", "布依", "朝鲜", "满", "侗", "瑶", "白", "土家", "哈尼", "哈萨克", "傣", "黎",
    "傈僳", "佤", "畲", "高山", "拉祜", "水", "东乡", "纳西", "景颇", "柯尔克孜", "土", "达斡尔", "仫佬", "羌", "布朗", "撒拉", "毛南",
    "仡佬", "锡伯", "阿昌", "普米", "塔吉克", "怒", "乌孜别克", "俄罗斯", "鄂温克", "德昂", "保安", "裕固", "京", "塔塔尔", "独龙", "鄂伦春",
    "赫哲", "门巴", "珞巴", "基诺", "穿青人",
)  # fmt: skip


def read_front(sheet: SheetText) -> dict[str, Value]:
    """Name, sex, nation, birth, address and number from the portrait side."""
    lines = join_split_labels(sheet.lines, _FRONT_LABELS)
    number = _id_number(sheet, lines)
    found = {
        "name": _name(lines),
        "sex": _sex(lines),
        "nation": _nation(lines),
        "birth": _birth(lines),
        "address": _address(lines, number),
        "id_number": number,
    }
    values = {field: value for field, value in found.items() if value is not None}
    return _cross_checked(values)


def read_back(sheet: SheetText) -> dict[str, Value]:
    """Issuing authority and validity from the emblem side."""
    lines = join_split_labels(sheet.lines, ("签发机关", "有效期限"))
    values = {}
    authority = _authority(lines)
    if authority is not None:
        values["authority"] = authority
    return values | validity(lines)


def read_both(sheet: SheetText) -> dict[str, Value]:
    """Both sides read from one page."""
    return read_front(sheet) | read_back(sheet)


def read_temporary(sheet: SheetText) -> dict[str, Value]:
    """The temporary card (临时居民身份证): both sides' values on one, valid for three months."""
    lines = join_split_labels(sheet.lines, _STOPS)
    authority = _authority(lines)
    return read_front(sheet) | ({"authority": authority} if authority else {}) | validity(lines, any_term=True)


def read_residence_permit(sheet: SheetText) -> dict[str, Value]:
    """A province's residence permit (居住证) for people from elsewhere in the mainland."""
    values = read_temporary(sheet)
    issued = find_label(sheet.lines, "签发日期", "发证日期")
    day = date_value(following(issued, sheet.lines, [])) if issued else None
    return values | ({"issue_date": day} if day else {})


def _after(lines: Sequence[Line], *names: str, most: int = 1) -> tuple[Line, ...]:
    label = find_label(lines, *names)
    if label is None:
        return ()
    others = [hit.line for name in _STOPS if (hit := find_label(lines, name)) and hit.line is not label.line]
    return following(label, lines, others, most=most)


def _name(lines: Sequence[Line]) -> Value | None:
    value = text_value(_after(lines, "姓名")[:1], clean=people.clean_name)
    return people.doubted(value) if value else None


def _sex(lines: Sequence[Line]) -> Value | None:
    for line in lines:
        text = squeeze_with_places(line)
        match = re.search(r"性?别([男女])", text.text) or re.fullmatch(r"([男女])", text.text)
        match = match or re.match(r"([男女])民族", text.text)
        if match:
            part = text.part(*match.span(1))
            return Value(part.text, (part,), round(part.score, 3), part.method, part.text)
    return None


def _nation(lines: Sequence[Line]) -> Value | None:
    for line in lines:
        text = squeeze_with_places(line)
        match = re.search(r"民族(.{1,5})$", text.text) if "民族" in text.text else None
        if match:
            return _known_nation(text.part(*match.span(1)))
    beside = _after(lines, "民族")
    return _known_nation(beside[0]) if beside else None


def _known_nation(part: Line) -> Value | None:
    word = squeeze(part.text).removesuffix("族")
    if word in NATIONS:
        return Value(word, (part,), round(part.score, 3), part.method, part.text)
    close = [n for n in NATIONS if len(n) == len(word) > 1 and sum(a != b for a, b in zip(n, word, strict=True)) == 1]
    return Value(close[0], (part,), min(0.6, part.score), part.method, part.text) if len(close) == 1 else None


def _birth(lines: Sequence[Line]) -> Value | None:
    label = find_label(lines, "出生")
    candidates = (
        [label.line, *(x for x in lines if same_row(label.label, x) and x is not label.line)] if label else lines
    )
    for line in rows(candidates, gap=4):
        value = date_value((line,))
        if value:
            return value
    return None


def _address(lines: Sequence[Line], number: Value | None) -> Value | None:
    found = _after(lines, *_ADDRESS_LABELS, most=4) or _between(lines, number)
    parts = [without_stray_letters(line) for line in found if not _NUMBER_LINE.search(squeeze(line.text))]
    return text_value(parts, clean=address_text)


def _between(lines: Sequence[Line], number: Value | None) -> tuple[Line, ...]:
    """Where the address's label cannot be read: the lines between the birth date and the number, left of the portrait."""
    birth = _birth(lines)
    if birth is None or number is None or not number.lines:
        return ()
    low, high = birth.lines[0].bottom, number.lines[0].top
    inside = [x for x in lines if low < x.middle < high and x.left < number.lines[0].right and len(x.text) > 2]
    start = birth.lines[0].left - 3 * birth.lines[0].height
    return tuple(sorted((x for x in inside if x.left > start), key=lambda x: x.middle))


def _id_number(sheet: SheetText, lines: Sequence[Line]) -> Value | None:
    best: Value | None = None
    for line in [*lines, *_joined_after_label(lines)]:
        value = _number_in(sheet, squeeze_with_places(line))
        if value and (best is None or value.confidence > best.confidence):
            best = value
    return best


def _joined_after_label(lines: Sequence[Line]) -> list[Line]:
    label = find_label(lines, *_ID_LABELS)
    found = following(label, lines, []) if label else ()
    whole = found[0] if found else None
    for line in found[1:]:
        whole = merge(whole, line) if whole else line
    return [whole] if whole and len(found) > 1 else []


def _number_in(sheet: SheetText, line: Line) -> Value | None:
    match = re.search(r"[0-9A-Za-z×|]{16,19}$", line.text)
    if not match or sum(c.isdigit() for c in match.group()) < _LEAST_DIGITS:
        return None
    part = line.part(*match.span())
    return number_value(sheet, part, numbers.mend_resident_id, numbers.RESIDENT_ID_ALPHABET)


def _cross_checked(values: dict[str, Value]) -> dict[str, Value]:
    """Birth and sex against the number, which its check character vouches for."""
    number = values.get("id_number")
    if number is None or not numbers.is_resident_id(number.value):
        return values
    born = numbers.birth_of(number.value)
    for field, proven in (("birth", born.isoformat() if born else ""), ("sex", numbers.sex_of(number.value))):
        if proven:
            values[field] = _proven(proven, values.get(field), number)
    return values


def _proven(proven: str, read: Value | None, number: Value) -> Value:
    """A value the number tells: sure where the print agrees or could not be read, doubtful where it says otherwise."""
    if read is not None and read.value == proven:
        return replace(read, confidence=max(read.confidence, min(0.99, number.confidence)))
    contradicted = read is not None and read.confidence >= SURE
    lines, raw = (read.lines, read.raw) if read else (number.lines, number.raw)
    return Value(proven, lines, 0.75 if contradicted else min(0.9, number.confidence), number.method, raw, True)


def _authority(lines: Sequence[Line]) -> Value | None:
    label = find_label(lines, "签发机关")
    found: tuple[Line, ...] = ()
    if label:
        stops = [x.line for x in (find_label(lines, "有效期限"),) if x]
        found = following(label, lines, stops, most=2)
    else:
        found = tuple(x for x in lines if re.search(r"公安局|移民管理局", squeeze(x.text)))[:1]
    kept: list[Line] = []
    for part in filter(None, map(_office_part, found)):
        kept.append(part)
        if part.text.endswith(OFFICE_ENDS):
            break
    return text_value(kept, clean=address_text)


def _office_part(line: Line) -> Line | None:
    """The part of a line that belongs to an office's name: up to its last 局, without a stray mark before it."""
    text = squeeze_with_places(line)
    if len(text.text) == 1 and text.score < _STRAY:
        return None
    end = max(text.text.rfind(word) for word in OFFICE_ENDS)
    return text.part(0, end + 1) if end >= 0 else text


def validity(lines: Sequence[Line], *, ends_a_day_before: bool = False, any_term: bool = False) -> dict[str, Value]:
    """The two ends of a printed period such as 2015.03.08-2035.03.08 or 2015.03.08-长期.

    ID cards end on the day they began, travel permits on the day before; with `any_term` the length proves nothing.
    """
    for line in rows(lines, gap=3):
        text = squeeze_with_places(line)
        dates = find_dates(text.text)
        long_term = re.search(r"长期|長期", text.text)
        if len(dates) >= 2 or (dates and long_term):
            return _period(text, dates, long_term, None if any_term else ends_a_day_before)
    return {}


def _period(
    text: Line, dates: list[tuple[str, int, int]], long_term: re.Match[str] | None, day_before: bool | None
) -> dict[str, Value]:
    start, begin, end = dates[0]
    first = text.part(begin, end)
    if long_term:
        last, value = text.part(*long_term.span()), "长期"
    else:
        value, begin, end = dates[1]
        last = text.part(begin, end)
    sure = min(first.score, last.score)
    if day_before is not None and not _is_usual_term(start, value, day_before):
        sure = min(_ODD_TERM, sure)
    return {
        "valid_from": Value(start, (first,), round(sure, 3), first.method, first.text),
        "valid_to": Value(value, (last,), round(sure, 3), last.method, last.text),
    }


def _is_usual_term(start: str, end: str, day_before: bool) -> bool:
    """Terms are 5, 10 or 20 years, or without end; a temporary card's three months are not read here."""
    if end == "长期":
        return True
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    if day_before:
        last += timedelta(days=1)
    same_day = (first.month, first.day) == (last.month, last.day)
    leap_day = (first.month, first.day) == (2, 29) and (last.month, last.day) in ((2, 28), (3, 1))
    return last.year - first.year in (5, 10, 20) and (same_day or leap_day)
