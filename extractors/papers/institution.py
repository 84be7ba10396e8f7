"""Certificates of organisations that are no companies: public institutions (事业单位法人证书) and their kin.

Social organisations, private non-enterprise units, foundations, law firms, medical institutions, representative
offices and bodies with only a code certificate print the same facts under labels of their own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from extractors.papers import licence, people
from extractors.papers.dates import find_dates
from extractors.papers.idcard import validity
from extractors.papers.layout import (
    SheetText,
    Value,
    above,
    find_label,
    following,
    join_split_labels,
    one_body,
    rows,
    text_value,
    title_value,
)
from extractors.papers.wording import address_text, chinese_text, squeeze, squeeze_with_places

TITLES = (
    "事业单位法人证书",
    "社会团体法人登记证书",
    "民办非企业单位登记证书",
    "社会服务机构登记证书",
    "基金会法人登记证书",
    "律师事务所执业许可证",
    "医疗机构执业许可证",
    "常驻代表机构登记证",
    "统一社会信用代码证书",
    "宗教活动场所登记证",
    "农村集体经济组织登记证",
    "司法鉴定许可证",
    "公证机构执业证",
    "工会法人资格证书",
)
_LABELS: Mapping[str, tuple[str, ...]] = {
    "name": (
        "名称",
        "机构名称",
        "单位名称",
        "组织名称",
        "事务所名称",
        "律师事务所名称",
        "医疗机构名称",
        "代表机构名称",
    ),
    "scope": ("宗旨和业务范围", "宗旨和业务", "业务范围", "诊疗科目"),
    "address": ("住所", "机构地址", "驻在场所", "地址", "注册地址"),
    "legal_person": ("法定代表人", "负责人", "首席代表", "主要负责人", "法人代表"),
    "funding": ("经费来源",),
    "capital": ("开办资金", "注册资金", "原始基金数额", "原始基金", "设立资产", "活动资金"),
    "organizer": ("举办单位", "业务主管单位", "主管机关", "主管单位", "派出企业名称", "派出企业"),
}
_OTHERS = (
    "统一社会信用代码",
    "登记管理机关",
    "登记机关",
    "发证机关",
    "颁发机关",
    "赋码机关",
    "有效期",
    "证书有效期",
    "驻在期限",
    "组织形式",
    "批准文号",
    "批准日期",
    "登记号",
    "机构性质",
    "活动地域",
    "类型",
    "发证日期",
    "成立日期",
)
_ENDS = ("登记管理机关", "登记机关", "发证机关", "颁发机关", "赋码机关")
_YUAN_READ_AS = re.compile(r"^[VvY](?=\d)")
_CLEAN = {
    "legal_person": people.clean_name,
    "address": address_text,
    "scope": licence.scope_text,
    "capital": lambda text: _YUAN_READ_AS.sub("¥", chinese_text(text)),
}
_ROWS = {"scope": 12, "address": 3, "name": 2, "organizer": 2}


def read(sheet: SheetText) -> dict[str, Value]:
    """The certificate's printed values; `title` says which certificate it is."""
    names = [name for group in _LABELS.values() for name in group] + list(_OTHERS)
    lines = join_split_labels(sheet.lines, names)
    labels = {field: hit for field, group in _LABELS.items() if (hit := find_label(lines, *group))}
    stops = [label.line for label in labels.values()] + [
        hit.line for name in _OTHERS if (hit := find_label(lines, name))
    ]
    body = above(lines, find_label(lines, *_ENDS))
    values: dict[str, Value | None] = {
        "credit_code": licence.credit_code(sheet, lines),
        "title": title_value(sheet.lines, TITLES),
    }
    for field, label in labels.items():
        clean = _CLEAN.get(field, chinese_text)
        found = following(label, body, stops, most=_ROWS.get(field, 1))
        values[field] = text_value(one_body(found) if field == "organizer" else found, clean=clean)
    return {field: value for field, value in values.items() if value is not None} | _period(sheet)


def _period(sheet: SheetText) -> dict[str, Value]:
    """The period printed as 自2021年03月31日至2026年03月31日."""
    # An institution's five years end on the day before or on the day itself: no usual term to check against.
    found = validity(sheet.lines, any_term=True)
    if found:
        return found
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
