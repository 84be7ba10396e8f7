"""Two fictional filings as forms see them: a unit with a website and an APP, and a natural person with a website.

The forms' gallery in `docs/forms` and the forms' tests print these. All numbers are made up and bear right check digits.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from samples.people import credit_code, id_number

MODULUS = "".join(str((number * 7 + 3) % 10) for number in range(617))
LEGAL_PERSON, AGENT, KEEPER = "李䶮", "欧阳𬭎", "买买提·艾力㛃"
PRINTS = {"md5": "ab" * 16, "sha1": "cd" * 20, "sha256": "ef" * 32}


def unit() -> dict[str, Any]:
    """An enterprise in Guangdong with one website and one APP on three platforms; two persons in charge."""
    name, place = "深圳市云帆样本科技有限公司", "深圳市南山区样本路100号云帆大厦A座18层1801室"
    return {
        "operation": "first_filing",
        "province": "广东",
        "provider": "huawei",
        "submit_date": "2026-11-22",
        "entity": {
            "name": name,
            "nature": "enterprise",
            "nature_zh": "企业",
            "certificate": {
                "type": "business_licence",
                "type_zh": "营业执照（个人或企业）",
                "number": credit_code("91", "440300", "MA5YF2PC"),
                "address": place,
                "valid_to": "长期",
            },
            "legal_person": {
                "name": LEGAL_PERSON,
                "certificate": _card(date(1980, 3, 7), "440304", 11, ""),
            },
            "mail_address": f"广东省{place}",
        },
        "entity_person": {
            "name": AGENT,
            "certificate": _card(date(1990, 3, 7), "440304", 21, "2039-01-01"),
            "mobile": "13800000001",
            "email": "ouyang@yunfan-specimen.com.cn",
        },
        "service_person": {
            "name": KEEPER,
            "certificate": _card(date(1992, 3, 7), "650102", 31, ""),
            "mobile": "13700000003",
        },
        "websites": [
            {
                "name": "云帆样本科技",
                "domains": [{"name": "yunfan-specimen.com.cn", "owner": name}],
                "home_urls": ["www.yunfan-specimen.com.cn"],
                "ips": ["203.0.113.10"],
                "content_types": ["单位门户网站"],
            }
        ],
        "apps": [
            {
                "name": "云帆随行",
                "domains": [{"name": "api.yunfan-specimen.com.cn"}],
                "platforms": [
                    {"platform": "android", "package_name": "cn.yunfan.app", "public_key": MODULUS, **PRINTS},
                    {"platform": "ios", "package_name": "cn.yunfan.ios", "public_key": "3082" * 40, **PRINTS},
                    {"platform": "harmony", "package_name": "cn.yunfan.harmony"},
                ],
                "sdk_use": True,
                "sdk_provide": False,
            }
        ],
    }


def individual() -> dict[str, Any]:
    """A natural person in Guangdong with one website."""
    person = {"name": "王㛃", "certificate": _card(date(1991, 3, 7), "440304", 42, ""), "mobile": "13800000005"}
    return {
        "operation": "first_filing",
        "province": "广东",
        "submit_date": "2026-11-22",
        "entity": {
            **person,
            "nature": "individual",
            "nature_zh": "个人",
            "mail_address": "广东省深圳市福田区样本街7号",
        },
        "entity_person": person,
        "service_person": person,
        "websites": [{"name": "王某的学习笔记", "domains": [{"name": "notes-specimen.cn"}]}],
    }


def _card(birth: date, county: str, sequence: int, valid_to: str) -> dict[str, str]:
    card = {"type": "resident_id", "type_zh": "居民身份证", "number": id_number(county, birth, sequence)}
    return {**card, "valid_to": valid_to} if valid_to else card
