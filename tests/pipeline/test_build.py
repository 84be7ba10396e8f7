"""Texts to types and back: dates, long terms, lists, and paths that lead nowhere."""

from __future__ import annotations

from datetime import date

import pytest

from pipeline import fields, vocabulary
from pipeline.build import build_filing, known_paths, parse_date, parse_validity, plain, show, value_at
from pipeline.model import EntityNature, Operation


@pytest.mark.parametrize(
    "text", ["2026-11-20", "2026.11.20", "2026/11/20", "20261120", "2026年11月20日", " 2026 年 11 月 20 日 "]
)
def test_each_usual_way_to_write_a_day_is_understood(text: str) -> None:
    assert parse_date(text) == date(2026, 11, 20)


@pytest.mark.parametrize("text", ["", "2026-13-01", "2026-02-30", "长期", "明天", "2026-11"])
def test_what_is_no_day_is_none(text: str) -> None:
    assert parse_date(text) is None


def test_a_long_term_is_kept_as_such() -> None:
    assert parse_validity("长期") == "长期"
    assert parse_validity("long-term") == "长期"
    assert parse_validity("2030.01.01") == date(2030, 1, 1)


VALUES = {
    "filing.province": "广东",
    "filing.operation": "change_entity",
    "entity.nature": "individual",
    "entity.certificate.valid_to": "长期",
    "websites[0].name": "甲",
    "websites[0].domains[0].name": "a.cn",
    "websites[0].domains[0].expires_on": "2028-06-01",
    "websites[0].ips": ("203.0.113.1", "203.0.113.2"),
    "apps[0].sdk_use": "false",
    "apps[0].icon_bytes": "100",
}


def test_a_filing_is_built_and_read_back_by_the_same_paths() -> None:
    filing = build_filing("F1", VALUES)
    assert filing.operation is Operation.CHANGE_ENTITY
    assert filing.entity.nature is EntityNature.INDIVIDUAL
    assert filing.websites[0].domains[0].expires_on == date(2028, 6, 1)
    assert filing.apps[0].sdk_use is False
    assert filing.apps[0].icon_bytes == 100
    assert set(known_paths(filing)) == set(VALUES)
    for path, text in VALUES.items():
        assert value_at(filing, path) is not None, (path, text)


def test_a_path_that_leads_nowhere_gives_none() -> None:
    filing = build_filing("F1", VALUES)
    assert value_at(filing, "websites[7].name") is None
    assert value_at(filing, "entity.nothing.name") is None


def test_plain_values_are_ready_for_json() -> None:
    found = plain(build_filing("F1", VALUES))
    assert found["websites"][0]["domains"][0]["expires_on"] == "2028-06-01"
    assert found["supplied"] == []


@pytest.mark.parametrize(
    ("value", "text"), [(None, ""), (True, "是"), (("a", "b"), "a、b"), (date(2026, 1, 2), "2026-01-02")]
)
def test_values_are_shown_as_a_person_reads_them(value: object, text: str) -> None:
    assert show(value) == text


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("广东省广州市天河区", "广东"),
        ("内蒙古自治区", "内蒙古"),
        ("Shaanxi", "陕西"),
        ("110105", "北京"),
        ("Guangdong Province", "广东"),
        ("某省", None),
        ("", None),
    ],
)
def test_a_province_is_recognised_in_each_spelling(text: str, name: str | None) -> None:
    assert vocabulary.province_of(text) == name


def test_there_are_31_provinces() -> None:
    assert len(set(vocabulary.PROVINCES.values())) == 31
    assert set(vocabulary.PINYIN.values()) == set(vocabulary.PROVINCES.values())


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("身份证", "resident_id"),
        ("居民身份证", "resident_id"),
        ("营业执照", "business_licence"),
        ("passport", "passport"),
        ("军官证", "军官证"),
    ],
)
def test_a_certificate_type_is_recognised(text: str, key: str) -> None:
    assert vocabulary.certificate_type_of(text) == key


@pytest.mark.parametrize("text", ["first_filing", "First filing", "first-filing", "首次备案", "新增备案"])
def test_an_operation_is_recognised_however_it_is_written(text: str) -> None:
    assert vocabulary.operation_of(text) is Operation.FIRST_FILING


def test_each_kind_of_document_has_a_name_in_either_language() -> None:
    assert set(vocabulary.DOCUMENT_KINDS) == set(vocabulary.DOCUMENT_KINDS_EN)
    assert (vocabulary.kind_name("idcard_front"), vocabulary.kind_name("idcard_front", "en")) == (
        "居民身份证（人像面）",
        "ID card, front",
    )


@pytest.mark.parametrize(
    ("path", "zh", "en"),
    [
        ("websites[0].domains", "网站域名", "website domains"),
        ("apps[1].platforms", "APP运行平台及特征信息（2）", "APP platforms and their features (2)"),
        ("websites[0].domains[1].owner", "域名所有者（2）", "domain holder (2)"),
        ("websites[0].ips[2]", "网站IP地址（3）", "website IP addresses (3)"),
        ("entity.legal_person", "法定代表人", "legal representative"),
        ("file:a.pdf", "file:a.pdf", "file:a.pdf"),
    ],
)
def test_a_place_is_named_in_words_of_either_language(path: str, zh: str, en: str) -> None:
    assert (fields.label(path), fields.label(path, "en")) == (zh, en)
