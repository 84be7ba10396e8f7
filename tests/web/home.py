"""A home with filings that were read already: pictures drawn here, readings as the reader would have kept them."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

from PIL import Image, ImageDraw

from extractors.paper import Box, FieldReading, ImageFacts, Paper
from pipeline import work
from pipeline.kept_readings import READER, to_json, version_of
from pipeline.names import raw_name
from pipeline.reading import Reading
from pipeline.receiving import filing_id
from pipeline.rows import Incoming
from pipeline.work import Desk

TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
NUMBER = "440106198506182182"
HOSTILE_NAME = "<script>alert(1)</script>.jpg"
HOSTILE_TEXT = "<script>alert(2)</script>广州样本路18号"
CASE = "云杉"
YAML = """
filing: {province: 广东, provider: huawei, submit_date: 2026-11-20}
entity: {mail_address: 广东省广州市天河区样本路18号1栋1205房}
entity_person: {mobile: "13800000011", emergency_phone: "13800000012", email: a@yunshan-specimen.cn}
service_person: {mobile: "13800000011", emergency_phone: "13800000012", email: a@yunshan-specimen.cn}
websites:
  - name: 云杉样本科技
    domains: [yunshan-specimen.cn]
    home_urls: [www.yunshan-specimen.cn]
    ips: [203.0.113.18]
    languages: [中文简体]
    content_types: [单位门户网站]
    remark: 本网站为公司官方网站，介绍公司概况、软件产品、技术咨询服务内容和联系方式。
"""
Values = Mapping[str, tuple[str, float, str]]


def picture(values: Values, size: tuple[int, int] = (1600, 1100)) -> tuple[bytes, dict[str, Box]]:
    """A page with one line a value, and where each line stands."""
    page = Image.new("RGB", size, "#f6f4ec")
    pen = ImageDraw.Draw(page)
    boxes: dict[str, Box] = {}
    for number, (name, (value, _, _)) in enumerate(values.items()):
        top = 90 + number * 110
        pen.text((80, top), f"{name}: {value.encode('ascii', 'replace').decode()}", fill="#202020", font_size=44)
        boxes[name] = ((70.0, top - 8.0), (1200.0, top - 8.0), (1200.0, top + 60.0), (70.0, top + 60.0))
    data = io.BytesIO()
    page.save(data, "JPEG", quality=85)
    return data.getvalue(), boxes


def add_paper(desk: Desk, file: str, kind: str, values: Values, case: str = CASE) -> str:
    """A picture that arrived and was read; gives its hash."""
    data, boxes = picture({"kind": (kind + file.encode().hex()[:8], 1.0, "ocr"), **values})
    sha256 = add_file(desk, file, data, case)
    fields = {
        name: FieldReading(value, confidence, 1, boxes[name], method, value, low=doubts(value, confidence))
        for name, (value, confidence, method) in values.items()
    }
    # a picture of more than 1000 pixels a side, sharp and complete, so that no image check speaks here
    paper = Paper(kind, 1, 1600, 1100, fields, ImageFacts("jpeg", len(data), 1600, 1100))
    keep(desk, Reading(file, sha256, len(data), kind, papers=(paper,)))
    return sha256


def doubts(value: str, confidence: float) -> tuple[int, ...]:
    """A value read with little confidence was unsure of its last character."""
    return (len(value) - 1,) if confidence < 0.7 else ()


def keep(desk: Desk, reading: Reading) -> None:
    desk.ledger.save_reading(reading.sha256, READER, version_of(desk), to_json(reading), NOW)


def add_file(desk: Desk, file: str, data: bytes, case: str = CASE) -> str:
    stored = desk.store.put_bytes(data)
    path = f"{case}/{file}"
    desk.ledger.record_arrival(
        Incoming(stored.sha256, len(data), filing_id(case), raw_name(path), path, raw_name(f".taken/{path}"), 1, 1), NOW
    )
    return stored.sha256


def add_unit(
    desk: Desk,
    case: str = CASE,
    *,
    card_name: tuple[str, float, str] = ("梁妖", 0.75, "ocr"),
    unsure: Sequence[str] = (),
    registrar: float = 0.74,
) -> str:
    """A unit's website filing; the name on the ID card was misread unless told otherwise.

    No character of the name is known to be doubtful, so that the licence cannot mend it.
    `unsure` names fields of the papers, such as `registrar`, that were read right, but with little confidence.
    """

    def sure(value: str, name: str = "") -> tuple[str, float, str]:
        return value, 0.66 if name in unsure else 0.99, "ocr"

    add_file(desk, "filing.yaml", YAML.encode(), case)
    licence = {
        "credit_code": ("91440101MA9X7K2Q1Y", 1.0, "ocr+check_digit"),
        "name": sure("广州云杉样本科技有限公司", "name"),
        "type": sure("有限责任公司", "type"),
        "legal_person": sure("梁玥", "legal_person"),
        "address": sure(HOSTILE_TEXT, "address"),
    }
    add_paper(desk, HOSTILE_NAME, "business_licence", licence, case)
    front = {
        "name": card_name,
        "id_number": (NUMBER, 1.0, "ocr+check_digit"),
        "address": sure("广东省广州市天河区样本路9号", "address"),
    }
    add_paper(desk, "正面.jpg", "idcard_front", front, case)
    back = {
        "authority": sure("广州市公安局天河分局", "authority"),
        "valid_from": sure("2018-04-12", "valid_from"),
        "valid_to": sure("2038-04-12", "valid_to"),
    }
    add_paper(desk, "反面.jpg", "idcard_back", back, case)
    paper = {
        "domain": sure("yunshan-specimen.cn", "domain"),
        "owner": sure("广州云杉样本科技有限公司", "owner"),
        "registrar": ("样本域名注册服务有限公司", registrar, "ocr"),
        "exp_date": sure("2028-06-01", "exp_date"),
    }
    add_paper(desk, "域名证书.jpg", "domain_certificate", paper, case)
    return filing_id(case)


@contextmanager
def open_home(home: Path, **settings: str) -> Iterator[Desk]:
    environ = {"BEIANBOX_HOME": str(home), "BEIANBOX_SETTLE_SECONDS": "0.2", **settings}
    with work.open_desk(environ) as desk:
        yield desk
