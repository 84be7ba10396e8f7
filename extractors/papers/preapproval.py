"""Permits that some services need before they are filed (前置审批), such as 网络文化经营许可证: number, holder, issuer, term."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from extractors.papers import people
from extractors.papers.dates import date_value
from extractors.papers.idcard import validity
from extractors.papers.layout import (
    SheetText,
    Value,
    find_label,
    following,
    join_split_labels,
    one_body,
    text_value,
    title_value,
)
from extractors.papers.wording import address_text, chinese_text, squeeze_with_places
from extractors.vision.lines import Line

TITLES = (
    "互联网新闻信息服务许可证",
    "网络出版服务许可证",
    "互联网出版许可证",
    "互联网药品信息服务资格证书",
    "网络文化经营许可证",
    "信息网络传播视听节目许可证",
    "广播电视节目制作经营许可证",
    "网络预约出租汽车经营许可证",
    "民办学校办学许可证",
    "互联网宗教信息服务许可证",
    "增值电信业务经营许可证",
    "出版物经营许可证",
    "支付业务许可证",
)
_LABELS: Mapping[str, tuple[str, ...]] = {
    "permit_no": ("许可证编号", "许可证号", "证书编号", "证书号", "许可证书编号", "编号", "证号", "经营许可证编号"),
    "name": ("单位名称", "公司名称", "企业名称", "经营者名称", "学校名称", "机构名称", "持证单位", "名称"),
    "legal_person": ("法定代表人", "负责人"),
    "address": ("注册地址", "地址", "住所", "办学地址"),
    "scope": ("经营范围", "业务种类", "服务项目", "业务范围", "办学内容", "服务类别"),
    "domain": ("网站域名", "网址", "域名"),
    "authority": ("发证机关", "颁发机关", "发证部门", "审批机关", "批准机关"),
    "issue_date": ("发证日期", "发证时间", "颁发日期", "批准日期"),
    "valid_to": ("有效期至", "有效期限", "有效期", "许可期限"),
}
_ROWS = {"name": 2, "address": 3, "scope": 8, "authority": 2}
_YEAR = re.compile(r"[\[〔【](\d{4})[\]〕】]")
_NUMBER = re.compile(
    r"[（(]?[A-Za-z\u4e00-\u9fff]{0,12}[)）]?[A-Za-z0-9〔〕\[\]()（）号字第网文证经非性新\-—－_.·]{4,}"
)


def read(sheet: SheetText) -> dict[str, Value]:
    """The permit's printed values; `title` says which permit it is."""
    names = [name for group in _LABELS.values() for name in group]
    lines = join_split_labels(sheet.lines, names)
    labels = {field: hit for field, group in _LABELS.items() if (hit := find_label(lines, *group))}
    stops = [label.line for label in labels.values()]
    found: dict[str, Value | None] = {"title": title_value(sheet.lines, TITLES)}
    for field, label in labels.items():
        found[field] = _value(field, following(label, lines, stops, most=_ROWS.get(field, 1)))
    found |= validity(lines)
    return {field: value for field, value in found.items() if value is not None}


def _value(field: str, lines: Sequence[Line]) -> Value | None:
    if field in ("issue_date", "valid_to"):
        return date_value(lines)
    if field == "legal_person":
        return text_value(lines[:1], clean=people.clean_name)
    if field == "permit_no":
        return _number(lines)
    clean = address_text if field == "address" else chinese_text
    return text_value(one_body(lines) if field == "authority" else lines, clean=clean)


def _number(lines: Sequence[Line]) -> Value | None:
    for line in lines:
        text = squeeze_with_places(line)
        match = _NUMBER.search(text.text)
        if match and any(c.isdigit() for c in match.group()):
            part = text.part(*match.span())
            number = _YEAR.sub(r"〔\1〕", part.text)
            return Value(number, (part,), round(part.score, 3), part.method, part.text)
    return None
