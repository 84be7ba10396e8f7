"""`filing.yaml`: every accepted spelling, and errors that name the nearest known key."""

from __future__ import annotations

import pytest

from pipeline import fields, folder_facts
from pipeline.errors import UsageError


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("filing: {province: 广东省}", "filing.province", "广东"),
        ("filing: {region: '440000'}", "filing.province", "广东"),
        ("filing: {备案类型: 首次备案}", "filing.operation", "first_filing"),
        ("filing: {submit_date: 2026-11-20}", "filing.submit_date", "2026-11-20"),
        ("entity: {nature: 企业}", "entity.nature", "enterprise"),
        ("entity: {entity_nature: 个体工商户}", "entity.nature", "enterprise"),
        ("entity: {comm_address: 广州}", "entity.mail_address", "广州"),
        ("entity: {legal_rep: 张三}", "entity.legal_person.name", "张三"),
        ("entity: {legal_person: {name: 张三}}", "entity.legal_person.name", "张三"),
        ("entity: {certificate: {number: 91}}", "entity.certificate.number", "91"),
        ("entity: {cert_valid_to: 永久}", "entity.certificate.valid_to", "长期"),
        ("entity_person: {mobile: 13800000000}", "entity_person.mobile", "13800000000"),
        ("entity_person: {entity_person_mobile: '138'}", "entity_person.mobile", "138"),
        ("entity_person: {应急电话: '139'}", "entity_person.emergency_phone", "139"),
        ("service_person: {birth: 1990年1月2日}", "service_person.birth", "1990-01-02"),
        ("service_person: {cert_type: 身份证}", "service_person.certificate.type", "resident_id"),
        ("websites: [{site_name: 某某}]", "websites[0].name", "某某"),
        ("websites: [{domains: [a.cn, b.cn]}]", "websites[0].domains[1].name", "b.cn"),
        ("websites: [{domain: a.cn}]", "websites[0].domains[0].name", "a.cn"),
        ("websites: {name: 某某}", "websites[0].name", "某某"),
        ("websites: [{ip: 203.0.113.1}]", "websites[0].ips", ("203.0.113.1",)),
        ("apps: [{sdk_use: yes}]", "apps[0].sdk_use", "true"),
        ("apps: [{name: a, platforms: [{platform: ios, bundle_id: x.y}]}]", "apps[0].platforms[0].package_name", "x.y"),
    ],
)
def test_each_usual_spelling_means_its_field(text: str, path: str, value: object) -> None:
    assert folder_facts.parse(text.encode())[path] == value


@pytest.mark.parametrize(
    ("text", "zh"),
    [
        ("entitty: {}", "您是否想写“entity”"),
        ("entity: {nmae: 张三}", "您是否想写“entity.name”"),
        ("websites: [{nam: 某某}]", "您是否想写“websites.name”"),
        ("entity: [1, 2]", "应当是一组"),
        ("entity: {name: {a: b}}", "应当是一个值"),
        ("entity_person: {birth: 1990-13-40}", "应为日期"),
        ("entity: {nature: 国企}", "可用：国防机构"),
        ("filing: {operation: 备案}", "可用：首次备案"),
        ("apps: [{sdk_use: 也许}]", "应为“是”或“否”"),
        ("a: [", "不是有效的 YAML"),
        ("a: " + "[" * 5000, "层次过深"),
        ("- 1", "应当由"),
        ("entity: {mail_address: a, comm_address: b}", "写了两次"),
    ],
)
def test_a_mistake_is_named_with_what_was_expected(text: str, zh: str) -> None:
    with pytest.raises(UsageError) as caught:
        folder_facts.parse(text.encode())
    assert zh in caught.value.zh
    assert "filing.yaml" in caught.value.en


def test_empty_values_and_an_empty_file_say_nothing() -> None:
    assert folder_facts.parse(b"") == {}
    assert folder_facts.parse(b"entity: {name: }") == {}


def test_a_file_saved_by_a_gbk_editor_is_read() -> None:
    assert folder_facts.parse("entity: {name: 某某科技}".encode("gb18030"))["entity.name"] == "某某科技"


def test_every_field_has_both_labels_and_a_unique_path() -> None:
    assert len({field.path for field in fields.FIELDS}) == len(fields.FIELDS)
    assert all(field.zh and field.en for field in fields.FIELDS)


def test_a_second_list_item_is_numbered_in_its_label() -> None:
    assert fields.label("websites[1].name") == "网站名称（2）"
    assert fields.label("entity.name", "en") == "entity name"
    assert fields.label("扫描件.jpg") == "扫描件.jpg"
