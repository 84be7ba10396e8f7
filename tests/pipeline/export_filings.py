"""Fictional filings for exports and templates, with all that a portal may ask."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openpyxl

from pipeline.build import build_filing
from pipeline.model import Document, Filing

SHA = "ab" * 32


VALUES: dict[str, Any] = {
    "filing.province": "江苏",
    "entity.name": "南京梧桐样本信息技术有限公司",
    "entity.nature": "enterprise",
    "entity.certificate.type": "business_licence",
    "entity.certificate.number": "91320102MA2W6T4H6Y",
    "entity.certificate.address": "南京市玄武区样本东路100号5幢801室",
    "entity.mail_address": "江苏省南京市玄武区样本东路100号5幢801室",
    "entity.legal_person.name": "徐喆",
    "entity.legal_person.certificate.number": "320102196809033350",
    "apps[0].name": "梧桐样本记事",
    "apps[0].domains[0].name": "wutong-specimen.cn",
    "apps[0].content_types": ("招聘",),
    "apps[0].languages": ("中文简体",),
    "apps[0].remark": "本APP为公司自有产品，供用户在手机上记录日常事项并在设备之间同步。",
}
PERSON = {
    "name": "古丽娜·阿迪力",
    "certificate.type": "resident_id",
    "certificate.number": "320105199402274825",
    "certificate.valid_from": "2024-01-01",
    "certificate.valid_to": "2044-01-01",
    "mobile": "13800000021",
    "emergency_phone": "13800000022",
    "email": "beian@wutong-specimen.cn",
}
PEOPLE = {f"{who}.{name}": value for who in ("entity_person", "service_person") for name, value in PERSON.items()}
DOCUMENTS = (
    Document("business_licence", "旧执照.jpg", SHA, superseded_by="执照.jpg"),
    Document("business_licence", "执照.jpg", SHA),
    Document("idcard_front", "法人.jpg", SHA, role="entity.legal_person"),
    Document("idcard_both", "负责人.pdf", SHA, role="entity_person,service_person", pages=(2, 3)),
)


def filing(changes: Mapping[str, Any] | None = None, *, documents: tuple[Document, ...] = DOCUMENTS) -> Filing:
    values = {**VALUES, **PEOPLE, **(changes or {})}
    return build_filing("F1", {path: value for path, value in values.items() if value is not None}, documents=documents)


def template(path: Path, labels: list[str]) -> Path:
    book = openpyxl.Workbook()
    for label in labels:
        book.active.append([label])
    book.save(path)
    return path
