"""The certificate of a public institution (事业单位法人证书)."""

from __future__ import annotations

from extractors.papers import licence, people
from extractors.papers.idcard import validity
from extractors.papers.layout import (
    SheetText,
    Value,
    chinese_text,
    find_dates,
    find_label,
    following,
    join_split_labels,
    rows,
    squeeze,
    squeeze_with_places,
    text_value,
)

_LABELS: dict[str, tuple[str, ...]] = {
    "name": ("名称",),
    "scope": ("宗旨和业务范围", "宗旨和业务", "业务范围"),
    "address": ("住所",),
    "legal_person": ("法定代表人",),
    "funding": ("经费来源",),
    "capital": ("开办资金",),
    "organizer": ("举办单位",),
}
_OTHERS = ("统一社会信用代码", "登记管理机关", "有效期", "证书有效期")
_ROWS = {"scope": 12, "address": 3, "name": 2, "organizer": 2}


def read(sheet: SheetText) -> dict[str, Value]:
    """The certificate's printed values."""
    names = [name for group in _LABELS.values() for name in group] + list(_OTHERS)
    lines = join_split_labels(sheet.lines, names)
    labels = {field: hit for field, group in _LABELS.items() if (hit := find_label(lines, *group))}
    stops = [label.line for label in labels.values()] + [
        hit.line for name in _OTHERS if (hit := find_label(lines, name))
    ]
    values: dict[str, Value | None] = {"credit_code": licence.credit_code(sheet, lines)}
    for field, label in labels.items():
        clean = people.clean_name if field == "legal_person" else chinese_text
        values[field] = text_value(following(label, lines, stops, most=_ROWS.get(field, 1)), clean=clean)
    return {field: value for field, value in values.items() if value is not None} | _period(sheet)


def _period(sheet: SheetText) -> dict[str, Value]:
    """The period printed as 自2021年03月31日至2026年03月31日."""
    found = validity(sheet.lines)
    if found:
        # An institution's five years end on the day before or on the day itself: no usual term to check against.
        return {
            field: Value(v.value, v.lines, round(min((x.score for x in v.lines), default=0.0), 3), v.method, v.raw)
            for field, v in found.items()
        }
    dated = [
        squeeze_with_places(row)
        for row in rows(sheet.lines, gap=3)
        if "有效期" in squeeze(row.text) and find_dates(squeeze(row.text))
    ]
    if not dated:
        return {}
    value, start, end = find_dates(dated[0].text)[-1]
    part = dated[0].part(start, end)
    return {"valid_to": Value(value, (part,), round(part.score, 3), part.method, part.text)}
