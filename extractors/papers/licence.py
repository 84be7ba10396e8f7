"""The business licence (营业执照) in the layout of 2019, its individual form, and the older portrait layout."""

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
    Label,
    SheetText,
    Value,
    above,
    find_label,
    following,
    join_split_labels,
    joined,
    rows,
    text_value,
)
from extractors.papers.proven import number_value
from extractors.papers.wording import (
    address_text,
    chinese_text,
    contains,
    half_width_brackets,
    squeeze,
    squeeze_with_places,
    without_stray_letters,
)
from extractors.vision.lines import Line

_LABELS: dict[str, tuple[str, ...]] = {
    "credit_code": ("统一社会信用代码", "社会信用代码", "注册号"),
    "name": ("名称", "字号名称"),
    "type": ("类型", "主体类型", "公司类型"),
    "legal_person": ("法定代表人", "经营者", "负责人", "投资人", "执行事务合伙人", "经营者姓名"),
    "scope": ("经营范围", "业务范围"),
    "capital": ("注册资本", "出资额", "注册资金", "成员出资总额"),
    "established": ("成立日期",),
    "registered": ("注册日期",),
    "form": ("组成形式",),
    "term_end": ("营业期限", "合伙期限", "经营期限"),
    "address": ("住所", "往所", "佳所", "任所", "经营场所", "营业场所", "主要经营场所", "企业住所"),
}
_ROWS = {"name": 2, "type": 2, "legal_person": 1, "scope": 40, "address": 4, "capital": 1, "form": 1, "term_end": 2}
_LEAST_DIGITS = 7  # the division code and the registrar's digits, one of them misread
_ODD_TERM = 0.6
_NO_HEADING = re.compile(r"(?<!项目)(?<!如下)(?<!包括)(?<!范围)(?<!其中)(?<!主营)(?<!兼营)：")
_HEADING = re.compile(r"([^\W\d_])((?:一般|许可)(?:经营)?项目：)")
_GOODS = re.compile(r"(?<=[产食用制药商学藏饰妆])晶")
_CLAUSE_ENDS = ("经营活动", "审批结果为准")
_TYPE = re.compile(
    r"((?:其他)?有限责任公司|股份有限公司|个体工商户|个人独资企业|(?:普通|有限)合伙企业|农民专业合作社)([(（].{2,24}[)）])?"
)
_DATE_PIECE = re.compile(r"(19|20)\d\d年|\d{1,2}月|年.{0,2}月")
_DATE_LETTERS = "0123456789年月日"
_ISSUE_LABELS = ("登记机关",)
_CODE_IN_QR = re.compile(r"(?<![0-9A-Za-z])[0-9A-Z]{18}(?![0-9A-Za-z])")
_NAME_IN_QR = re.compile(r"名称[:：]\s*([^;；,，\s]{4,60})")
_CONTRADICTED = 0.5


def read(sheet: SheetText) -> dict[str, Value]:
    """The licence's printed values."""
    names = [name for group in _LABELS.values() for name in group] + list(_ISSUE_LABELS)
    lines = join_split_labels(sheet.lines, names)
    labels = {field: hit for field, group in _LABELS.items() if (hit := find_label(lines, *group))}
    stops = _stops(lines, labels)
    body = above(lines, find_label(lines, *_ISSUE_LABELS))
    values: dict[str, Value | None] = {"credit_code": credit_code(sheet, lines)}
    for field, label in labels.items():
        if field == "credit_code":
            continue
        found = following(label, body, stops, limit=_limit(label, labels), most=_ROWS.get(field, 1))
        values[field] = _value(field, _up_to_type(found) if field == "name" else found)
    values["type"] = values.get("type") or _unlabelled_type(body)
    values["issue_date"] = _issue_date(sheet, lines, labels)
    return {field: value for field, value in values.items() if value is not None}


def held_against_qr(values: dict[str, Value]) -> dict[str, Value]:
    """The values with credit code and name as the licence's QR code has them, where it has them.

    What a registrar's code holds differs by place and year: a web address with the credit code in it, or a list of
    values between semicolons. A printed credit code that is valid, too, but another one is left and doubted.
    """
    if "qr" not in values:
        return values
    qr, found = values["qr"], dict(values)
    codes = {code for code in _CODE_IN_QR.findall(qr.value) if numbers.is_credit_code(code)}
    name = _NAME_IN_QR.search(qr.value)
    if len(codes) == 1:
        found["credit_code"] = _as_in_qr(values.get("credit_code"), codes.pop(), qr)
    if name:
        found["name"] = _as_in_qr(values.get("name"), chinese_text(name.group(1)), qr)
    return found


def _as_in_qr(printed: Value | None, said: str, qr: Value) -> Value:
    """One value of a QR code beside the printed one."""
    if printed is None or (printed.value != said and printed.confidence < SURE):
        return replace(qr, value=said)
    if printed.value != said:
        return replace(printed, confidence=_CONTRADICTED)
    return printed if printed.method.endswith("check_digit") else replace(printed, confidence=1.0, method="qr")


def _stops(lines: Sequence[Line], labels: dict[str, Label]) -> list[Line]:
    """Lines that end a value: labels, the issuing office, the foot and the title."""
    stops = [label.line for label in labels.values()]
    for line in lines:
        text = squeeze(line.text)
        if (
            text.startswith(("登记机", "国家企业信用", "国家市场监督", "市场主体应当", "扫描二维码", "企业信用信息"))
            or contains(text, "登记机关")
            or text in ("营业执照", "登", "记", "机", "关")
            or re.fullmatch(r"[（(]副本[）)].*", text)
            or text.startswith("http")
        ):
            stops.append(line)
    return stops


def _limit(label: Label, labels: dict[str, Label]) -> float:
    """Where the next column begins: the labels well to the right of this one."""
    far = [x.line.left for x in labels.values() if x.line.left > label.line.left + 12 * label.label.height]
    return min(far, default=float("inf")) - 0.5 * label.label.height


def _value(field: str, found: tuple[Line, ...]) -> Value | None:
    if field in ("established", "registered"):
        return date_value(found)
    if field == "term_end":
        return _term_end(found)
    if field == "legal_person":
        value = text_value(found[:1], clean=people.clean_name)
        return people.doubted(value) if value else None
    if field == "address":
        found = tuple(without_stray_letters(line) for line in found)
    clean = {
        "type": half_width_brackets,
        "capital": half_width_brackets,
        "scope": scope_text,
        "address": address_text,
    }.get(field, chinese_text)
    return text_value(found, clean=clean)


def _up_to_type(found: tuple[Line, ...]) -> tuple[Line, ...]:
    """A company's rows without the type's below them, where a watermark lies over its label."""
    whole = (at for at, line in enumerate(found) if squeeze(line.text).endswith("公司"))
    end = next(whole, len(found)) + 1
    return found[:end] if any(_TYPE.fullmatch(squeeze(line.text)) for line in found[end:]) else found


def _unlabelled_type(lines: Sequence[Line]) -> Value | None:
    """The type by its own words, where its label could not be read."""
    for line in lines:
        if _TYPE.fullmatch(squeeze(line.text)):
            return text_value((line,), clean=half_width_brackets)
    return None


def scope_text(text: str) -> str:
    """A business scope: phrases end with ；, which readers take for ：, headings begin a sentence, brackets close."""
    text = _NO_HEADING.sub("；", chinese_text(text))
    text = _HEADING.sub(r"\1。\2", text)
    text = _GOODS.sub("品", text).replace("都门", "部门")
    is_open = text.count("（") == text.count("）") + 1 and text.endswith(_CLAUSE_ENDS)
    return text + "）" if is_open else text


def _term_end(found: Sequence[Line]) -> Value | None:
    """The end of a term; its two dates may be broken over two rows."""
    if not found:
        return None
    text = joined(found)
    endless = re.search(r"长期|永久|不约定期限|无固定期限", text.text)
    if endless:
        part = text.part(*endless.span())
        return Value("长期", (part,), round(part.score, 3), part.method, text.text)
    dates = find_dates(text.text)
    if not dates:
        return None
    value, start, end = dates[-1]
    part = text.part(start, end)
    usual = len(dates) == 1 or _is_whole_years(dates[0][0], value)
    sure = part.score if usual else min(_ODD_TERM, part.score)
    return Value(value, (part,), round(sure, 3), part.method, text.text)


def _is_whole_years(start: str, end: str) -> bool:
    """Whether a term ends on the day it began, or the day before, some years later."""
    last = date.fromisoformat(end)
    next_day = last + timedelta(days=1)
    return end > start and start[5:] in (end[5:], next_day.isoformat()[5:])


def credit_code(sheet: SheetText, lines: Sequence[Line]) -> Value | None:
    """The sheet's unified social credit code: of all candidates the surest."""
    best: Value | None = None
    for line in lines:
        value = _code_in(sheet, squeeze_with_places(line))
        if value and (best is None or value.confidence > best.confidence):
            best = value
    return best


def _code_in(sheet: SheetText, line: Line) -> Value | None:
    match = re.search(r"[0-9A-Za-z]{17,19}(?![0-9A-Za-z])", line.text)
    if not match or sum(c.isdigit() for c in match.group()) < _LEAST_DIGITS:
        return None
    return number_value(sheet, line.part(*match.span()), numbers.mend_credit_code, numbers.CREDIT_CODE_ALPHABET)


def _issue_date(sheet: SheetText, lines: Sequence[Line], labels: dict[str, Label]) -> Value | None:
    """The lowest date of the sheet that stands below the labelled dates; a seal may have broken its row to pieces."""
    dated = [labels[field].line for field in ("established", "registered", "term_end") if field in labels]
    lowest = max((line.bottom for line in dated), default=0.0)
    low = [row for row in rows(lines, gap=6) if row.top > lowest]
    candidates = [row for row in low if find_dates(squeeze(row.text))]
    if candidates:
        return date_value((candidates[-1],))
    pieces = [row for row in low if _DATE_PIECE.search(squeeze(row.text))]
    if not pieces or sheet.reread is None:
        return None
    return date_value((sheet.reread(pieces[-1], _DATE_LETTERS),))
