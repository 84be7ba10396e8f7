"""The three example filings: which file is drawn how, what `filing.yaml` adds, and what must come out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from samples import drawn, people
from samples.people import Company, DomainRegistration, IdCard

SUBMIT_DATE = "2026-11-20"
Values = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SampleFile:
    """One input file: its place under `in/`, how its bytes are made, and what it is for."""

    name: str
    make: Callable[[], bytes]
    purpose: str


@dataclass(frozen=True, slots=True)
class Case:
    """One example filing folder and what must come out of it."""

    name: str
    title: str
    files: tuple[SampleFile, ...]
    filing_yaml: str
    values: Values
    must_find: tuple[Mapping[str, object], ...] = ()
    no_blocker: bool = False
    notes: tuple[str, ...] = field(default=())


def person_values(role: str, card: IdCard) -> Values:
    """What the two sides of a card say about the person at `role`."""
    values: dict[str, str | date] = {
        "name": card.name,
        "sex": card.sex,
        "nation": card.nation,
        "birth": card.birth,
        "certificate.type": "resident_id",
        "certificate.number": card.number,
        "certificate.address": card.address,
        "certificate.valid_from": card.valid_from,
        "certificate.valid_to": card.valid_to,
        "certificate.authority": card.authority,
    }
    return {f"{role}.{name}": _text(value) for name, value in values.items()}


def company_values(company: Company) -> Values:
    """What a licence says about the entity."""
    values: dict[str, str | date] = {
        "name": company.name,
        "nature": "enterprise",
        "certificate.type": "business_licence",
        "certificate.number": company.credit_code,
        "certificate.address": company.address,
        "legal_person.name": company.legal_person,
        "business_scope": company.scope,
        "kind_text": company.kind,
        "registered_capital": company.capital,
        "established": company.established,
    }
    return {f"entity.{name}": _text(value) for name, value in values.items()}


def domain_values(place: str, domain: DomainRegistration) -> Values:
    """What a domain certificate says about the domain at `place`."""
    values: dict[str, str | date] = {
        "name": domain.domain,
        "owner": domain.owner,
        "registrar": domain.registrar,
        "registered_on": domain.registered,
        "expires_on": domain.expires,
    }
    return {f"{place}.{name}": _text(value) for name, value in values.items()}


def _text(value: str | date) -> str:
    return value if isinstance(value, str) else value.isoformat()


WEBSITE_YAML = """\
# 备案信息：扫描件上没有的内容。What no scan says; the people, companies, numbers and domains are fictional.
filing:
  operation: first_filing
  province: 广东
  provider: huawei
  submit_date: 2026-11-20
entity:
  nature: enterprise
  mail_address: 广东省广州市天河区样本路18号1栋1205房
entity_person:
  mobile: "13800000011"
  emergency_phone: "13800000012"
  office_phone: 086-020-80000011
  email: office@yunshan-specimen.cn
service_person:        # 同一人：手机号相同，应急电话另有一个号码
  mobile: "13800000011"
  emergency_phone: "13800000012"
  email: office@yunshan-specimen.cn
websites:
  - name: 云杉样本科技
    domains: [yunshan-specimen.cn]
    home_urls: [www.yunshan-specimen.cn]
    ips: [203.0.113.18]
    content_types: [单位门户网站]
    languages: [中文简体]
    remark: 本网站为公司官方网站，介绍公司概况、软件产品、技术咨询服务内容和联系方式。
"""

APP_YAML = """\
# 备案信息：扫描件上没有的内容。What no scan says; the people, companies, numbers and domains are fictional.
filing:
  operation: first_filing
  province: 江苏
  provider: huawei
  submit_date: 2026-11-20
entity:
  nature: enterprise
  mail_address: 江苏省南京市玄武区样本东路100号5幢801室
entity_person:         # 不是法定代表人，需要法定代表人的授权书
  name: 古丽娜·阿迪力
  mobile: "13800000021"
  emergency_phone: "13800000022"
  office_phone: 086-025-80000021
  email: beian@wutong-specimen.cn
service_person:
  name: 古丽娜·阿迪力
  mobile: "13800000021"
  emergency_phone: "13800000022"
  office_phone: 086-025-80000021
  email: beian@wutong-specimen.cn
apps:
  - name: 梧桐样本记事
    domains: [wutong-specimen.cn]
    ips: [203.0.113.26]
    content_types: [工具]
    languages: [中文简体]
    sdk_provide: false
    sdk_use: false
    remark: 本APP为公司自有产品，供用户在手机上记录日常事项、整理清单并在多台设备之间同步。
"""

TROUBLES_YAML = """\
# 备案信息：扫描件上没有的内容。What no scan says; the person, numbers and domain are fictional.
filing:
  operation: first_filing
  province: 广东
  provider: huawei
  submit_date: 2026-11-20
entity:
  nature: individual
  name: 周𬭎             # 生僻字：扫描识别不一定准，这里写明
  mail_address: 广东省深圳市南山区样本中路5号2栋301室
entity_person:
  name: 周𬭎
  mobile: "13800000031"
  emergency_phone: "13800000031"   # 问题：与手机号相同
  email: zhou@qingchuang-specimen.cn
service_person:                    # 个人备案：与主体负责人是同一人
  name: 周𬭎
  mobile: "13800000031"
  emergency_phone: "13800000031"
  email: zhou@qingchuang-specimen.cn
websites:
  - name: 晴窗木作手记
    domains:
      - name: qingchuang-specimen.cn
        owner: 周𬭎
    home_urls: [www.qingchuang-specimen.cn]
    ips: [203.0.113.34]
    content_types: [博客/个人空间]
    languages: [中文简体]
    remark: 个人网站，记录本人业余学做木工的过程和照片，没有经营内容，不提供评论功能。
"""

WEBSITE = Case(
    name="gd_enterprise_website",
    title="an enterprise website filing in Guangdong that passes",
    files=(
        SampleFile("IMG_20261105_093112.jpg", drawn.liang_front_photo, "ID card, portrait side: phone photo on a desk"),
        SampleFile("scan0002.jpg", drawn.liang_back_scan, "the same ID card, emblem side: colour scan"),
        SampleFile("营业执照.jpg", drawn.yunshan_licence_scan, "business licence, 2019 layout: colour scan"),
        SampleFile("域名证书.pdf", drawn.yunshan_domain_pdf, "domain certificate: PDF with a text layer"),
    ),
    filing_yaml=WEBSITE_YAML,
    values={
        **company_values(people.YUNSHAN),
        **person_values("entity.legal_person", people.LIANG),
        **person_values("entity_person", people.LIANG),
        **person_values("service_person", people.LIANG),
        **domain_values("websites[0].domains[0]", people.YUNSHAN_DOMAIN),
        "filing.province": "广东",
        "entity.mail_address": "广东省广州市天河区样本路18号1栋1205房",
        "entity_person.mobile": "13800000011",
        "entity_person.emergency_phone": "13800000012",
        "websites[0].name": "云杉样本科技",
    },
    no_blocker=True,
    notes=(
        "The legal representative is both persons in charge, as Guangdong asks.",
        "All papers are valid for years after 2026-11-20, the domain belongs to the company.",
    ),
)

APP = Case(
    name="js_enterprise_app",
    title="an enterprise APP filing in Jiangsu with a separate person in charge",
    files=(
        SampleFile(
            "法定代表人/身份证正面.jpg", drawn.xu_front_scan, "legal representative's ID card, portrait side: scan"
        ),
        SampleFile(
            "法定代表人/身份证反面.jpg",
            drawn.xu_back_photo_upside_down,
            "legal representative's ID card, emblem side (valid 长期): phone photo, upside down",
        ),
        SampleFile(
            "负责人身份证.jpg", drawn.gulina_both_scan, "person in charge: both sides of the ID card on one page"
        ),
        SampleFile("执照照片.jpg", drawn.wutong_licence_photo, "business licence: phone photo on a desk"),
        SampleFile("域名证书.jpg", drawn.wutong_domain_scan, "domain certificate: colour scan"),
        SampleFile("图标.png", drawn.notes_icon, "icon of the APP"),
        SampleFile("wutong-notes-1.2.0.apk", drawn.notes_apk, "the APP: a small signed Android package"),
    ),
    filing_yaml=APP_YAML,
    values={
        **company_values(people.WUTONG),
        **person_values("entity.legal_person", people.XU),
        **person_values("entity_person", people.GULINA),
        **person_values("service_person", people.GULINA),
        **domain_values("apps[0].domains[0]", people.WUTONG_DOMAIN),
        **drawn.notes_values(),
        "filing.province": "江苏",
        "entity_person.mobile": "13800000021",
        "apps[0].name": "梧桐样本记事",
        "apps[0].ips": "203.0.113.26",
    },
    notes=(
        "The person in charge is not the legal representative: an authorisation letter must be among the forms.",
        "In Jiangsu such a person must then be in charge of the service as well, and is.",
        "The video that Jiangsu asks for is not in the folder: a finding that says so is right.",
    ),
)

TROUBLES = Case(
    name="gd_individual_website_troubles",
    title="an individual's website filing in Guangdong with planted troubles",
    files=(
        SampleFile(
            "微信图片_20261118201544.jpg",
            drawn.zhou_front_photo_on_its_side,
            "ID card, portrait side: phone photo lying on its side",
        ),
        SampleFile("微信图片_20261118201559.jpg", drawn.zhou_back_photo, "ID card, emblem side: expires 2026-12-22"),
        SampleFile("域名证书.jpg", drawn.zhou_domain_blurred, "domain certificate: out of focus"),
    ),
    filing_yaml=TROUBLES_YAML,
    values={
        "entity.name": people.ZHOU.name,
        "entity.nature": "individual",
        "entity.certificate.number": people.ZHOU.number,
        "entity.certificate.address": people.ZHOU.address,
        **person_values("entity_person", people.ZHOU),
        **person_values("service_person", people.ZHOU),
        "filing.province": "广东",
        "entity_person.mobile": "13800000031",
        "entity_person.emergency_phone": "13800000031",
        "websites[0].name": "晴窗木作手记",
        "websites[0].domains[0].name": people.ZHOU_DOMAIN.domain,
    },
    notes=(
        "The agent typed the rare name 周𬭎, which recognition may misread: what was typed counts, and says so.",
        "What the blurred certificate no longer says (its date of expiry) may be missing as well.",
    ),
    must_find=(
        {
            "trouble": "the ID card expires on 2026-12-22, about a month after submission (three months are asked)",
            "where": [
                "entity_person.certificate.valid_to",
                "entity.certificate.valid_to",
                "service_person.certificate.valid_to",
            ],
        },
        {
            "trouble": "emergency phone and mobile are the same number",
            "where": ["entity_person.emergency_phone", "entity_person.mobile", "service_person.emergency_phone"],
        },
        {
            "trouble": "the ID address lies in 江西 and no residence permit (居住证) is in the folder",
            "where": [
                "documents",
                "documents.residence_permit",
                "entity_person.certificate.address",
                "entity.certificate.address",
            ],
        },
        {"trouble": "the domain certificate is out of focus", "where": ["域名证书.jpg"]},
    ),
)

CASES = (WEBSITE, APP, TROUBLES)
