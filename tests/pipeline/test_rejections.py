"""Why a filing came back: reasons are kept per field, and the causes known are told with what mends them."""

from __future__ import annotations

import pytest

from pipeline.errors import UsageError
from pipeline.order_tables import rows
from pipeline.rejections import Rejection, as_dicts, causes_of, from_dicts, rejection_of
from pipeline.rulebook import load_rulebook

TOLD = [
    ("entity_person.mobile", "主体负责人手机号无法接通，请保持电话畅通", "phone_unreachable"),
    ("service_person.mobile", "该手机号已被其他主体使用", "phone_reused"),
    ("service_person.emergency_phone", "应急电话与手机号相同", "phones_equal"),
    ("entity_person.name", "主体负责人应为法定代表人", "not_legal_person"),
    ("entity_person.certificate.valid_to", "身份证有效期不足三个月", "id_expired"),
    ("documents", "营业执照图片不清晰，边框不完整", "image_bad"),
    ("documents", "真实性核验照片背景不符合要求", "face_check"),
    ("entity.certificate.number", "证件号码与证件不符", "id_mismatch"),
    ("websites[0].name", "网站名称与主体无关，名称不规范", "site_name"),
    ("websites[0].domains[0].owner", "域名所有者与主办单位不一致", "domain_owner"),
    ("websites[0].domains[0].name", "域名后缀未批复", "domain_suffix"),
    ("websites", "备案期间网站可以访问，请关闭", "site_open"),
    ("websites", "名下已备案网站打不开", "old_site"),
    ("filing.operation", "备案类型选择错误，应为接入备案", "wrong_type"),
    ("order", "该主体在其他接入商有在途订单", "order_in_flight"),
    ("entity.business_scope", "经营范围涉及前置审批，请提供许可证", "pre_approval"),
    ("websites[0].remark", "请在备注中说明网站内容", "remark"),
    ("websites[0].content_types", "个人网站不能涉及经营性内容", "content"),
    ("entity.mail_address", "通讯地址不够详细，请填写到门牌", "address"),
    ("documents", "承诺书缺少手写签字，公章不清", "letter"),
    ("entity_person.mobile", "短信核验超时", "sms"),
    ("entity_person.certificate.address", "外省身份证请提供居住证", "residency"),
    ("resource.ends_on", "服务器资源到期", "resource"),
    ("apps[0].platforms[0].public_key", "APP特征信息中公钥错误", "app_features"),
]


@pytest.mark.parametrize(("field", "reason", "cause"), TOLD)
def test_a_reason_as_providers_word_it_finds_its_cause(field: str, reason: str, cause: str) -> None:
    found = causes_of(Rejection(field, reason))
    assert cause in [one.id for one in found[:2]] and found[0].do.zh and found[0].do.en


def test_every_cause_is_found_by_some_reason_and_cites_rules_that_exist() -> None:
    known = {rule.id for rule in load_rulebook().rules}
    causes = rows("causes", "rejections")
    assert {row["id"] for row in causes} == {cause for _, _, cause in TOLD}
    assert all(row["rules"] and set(row["rules"]) <= known for row in causes)


@pytest.mark.parametrize("reason", ["材料已阅", "请联系客服", "x"])
def test_a_reason_nobody_knows_gets_no_cause(reason: str) -> None:
    assert causes_of(Rejection("entity.name", reason)) == ()


@pytest.mark.parametrize(
    ("word", "field", "reason"),
    [
        ("entity_person.mobile=无法接通", "entity_person.mobile", "无法接通"),
        ("websites[1].name = 含敏感词", "websites[1].name", "含敏感词"),
        ("网站名称=含敏感词", "websites[0].name", "含敏感词"),
        ("documents=照片模糊", "documents", "照片模糊"),
        ("资料不完整", "order", "资料不完整"),
    ],
)
def test_a_typed_reason_says_field_and_words(word: str, field: str, reason: str) -> None:
    assert rejection_of(word) == Rejection(field, reason)


@pytest.mark.parametrize("word", ["entity_person.mobil=无法接通", "entity_person.mobile=", "=", "手机壳=x"])
def test_a_wrong_field_or_no_reason_is_refused(word: str) -> None:
    with pytest.raises(UsageError):
        rejection_of(word)


def test_reasons_come_back_from_the_ledger_as_they_were() -> None:
    told = (Rejection("order", "甲"), Rejection("entity.name", "乙"))
    assert from_dicts(as_dicts(told)) == told
