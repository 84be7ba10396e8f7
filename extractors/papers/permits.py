"""Travel permits (港澳居民来往内地通行证, 台湾居民来往大陆通行证) and residence cards of Hong Kong, Macao and Taiwan residents."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from extractors.papers import idcard, people
from extractors.papers.dates import date_value
from extractors.papers.layout import SheetText, Value, below, find_label, following, text_value
from extractors.papers.wording import squeeze, squeeze_with_places
from extractors.vision.lines import Line

_LABELS = (
    "姓名",
    "出生日期",
    "性别",
    "有效期限",
    "签发机关",
    "证件号码",
    "签发地点",
    "换证次数",
    "签发次数",
    "通行证号码",
    "国籍",
)
_HK_MACAU = r"[HM]\d{8}(?:\d{2})?"
_FOREIGN = r"[A-Z]{3}\d{12}|9\d{16}[\dX]"
_TAIWAN = r"(?<!\d)\d{8}(?!\d)"
_TO_CAPITALS = str.maketrans("l1|0’‘", "IIIO''")
_PINYIN = re.compile(r"[A-Z][A-Z' -]*,\s*[A-Z][A-Z' -]*")


def read_hk_macau(sheet: SheetText) -> dict[str, Value]:
    """The permit of Hong Kong and Macao residents."""
    return _read(sheet, _HK_MACAU)


def read_taiwan(sheet: SheetText) -> dict[str, Value]:
    """The permit of Taiwan residents."""
    return _read(sheet, _TAIWAN)


def read_foreign_resident(sheet: SheetText) -> dict[str, Value]:
    """The foreign permanent resident's card: bilingual labels, the name in Latin letters."""
    lines = sheet.lines
    found = {
        "name": _pinyin(lines) or _after(lines, "姓名"),
        "sex": _sex(lines),
        "birth": _birth(lines),
        "country": _after(lines, "国籍"),
        "authority": _authority(lines),
        "permit_no": _number(lines, _FOREIGN),
    }
    return {field: value for field, value in found.items() if value is not None} | idcard.validity(lines)


def read_residence_front(sheet: SheetText) -> dict[str, Value]:
    """The portrait side of a residence card: as a resident ID card without nation."""
    values = idcard.read_front(sheet)
    return {field: value for field, value in values.items() if field != "nation"}


def read_residence_back(sheet: SheetText) -> dict[str, Value]:
    """The other side: authority, validity, permit number, issue count."""
    values = idcard.read_back(sheet)
    number = _number(sheet.lines, f"{_HK_MACAU}|{_TAIWAN}")
    if number is not None:
        values["permit_no"] = number
    count = _after(sheet.lines, "签发次数")
    if count is not None and re.fullmatch(r"\d{1,2}", count.value):
        values["issue_count"] = count
    return values


def _read(sheet: SheetText, pattern: str) -> dict[str, Value]:
    lines = sheet.lines
    found = {
        "name": _name(lines),
        "pinyin": _pinyin(lines),
        "birth": _birth(lines),
        "sex": _sex(lines),
        "authority": _authority(lines),
        "issue_place": _after(lines, "签发地点"),
        "permit_no": _number(lines, pattern),
    }
    return {field: value for field, value in found.items() if value is not None} | idcard.validity(
        lines, ends_a_day_before=True
    )


def _name(lines: Sequence[Line]) -> Value | None:
    value = _after(lines, "姓名")
    return replace(value, value=people.clean_name(value.value)) if value and people.clean_name(value.value) else None


def _after(lines: Sequence[Line], name: str) -> Value | None:
    label = find_label(lines, name)
    if label is None:
        return None
    stops = [hit.line for other in _LABELS if (hit := find_label(lines, other)) and hit.line is not label.line]
    beside = _levellest(label.line, following(label, lines, stops))
    if beside and beside[0].text.startswith("/"):  # the label's other language
        beside = ()
    return text_value(beside or below(label.line, lines, stops))


def _authority(lines: Sequence[Line]) -> Value | None:
    """The issuing office; by its last character where something else was laid over its place."""
    value = _after(lines, "签发机关")
    if value and value.value.endswith(idcard.OFFICE_ENDS):
        return value
    return text_value([line for line in lines if squeeze(line.text).endswith(idcard.OFFICE_ENDS)][:1]) or value


def _levellest(label: Line, found: tuple[Line, ...]) -> tuple[Line, ...]:
    """The first of a row's lines that stands as high as the label; what was laid over the row stands askew."""
    level = [line for line in found if abs(line.middle - label.middle) < 0.3 * label.height]
    return tuple(level[:1]) or found[:1]


def _pinyin(lines: Sequence[Line]) -> Value | None:
    for line in lines:
        text = line.text.strip().replace("，", ",").translate(_TO_CAPITALS)
        match = _PINYIN.fullmatch(text)
        if match:
            name = re.sub(r",\s*", ", ", match.group())
            return Value(name, (line,), round(line.score, 3), line.method, line.text)
    return None


def _birth(lines: Sequence[Line]) -> Value | None:
    label = find_label(lines, "出生日期", "出生")
    return date_value(following(label, lines, [])) or date_value(below(label.line, lines)) if label else None


def _sex(lines: Sequence[Line]) -> Value | None:
    for line in lines:
        text = squeeze_with_places(line)
        match = re.search(r"(?:性别)([男女])", text.text) or re.fullmatch(r"([男女])(?:/[MF])?", text.text)
        if match:
            part = text.part(*match.span(1))
            return Value(part.text, (part,), round(part.score, 3), part.method, part.text)
    return None


def _number(lines: Sequence[Line], pattern: str) -> Value | None:
    for line in lines:
        text = squeeze_with_places(line)
        match = re.search(pattern, text.text)
        if match and not re.search(r"\d{4}[.年]", text.text):
            part = text.part(*match.span())
            return Value(part.text, (part,), round(part.score, 3), part.method, part.text)
    return None
