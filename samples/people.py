"""Fictional people and companies for the specimens, with numbers whose check digits are right.

Nobody here exists. Place codes are real (they name a county), streets and sequence numbers are made up, phone
numbers are of a form nobody is given, domain names end in `-specimen.cn`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ID_MAP = "10X98765432"
ORG_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def id_number(county: str, birth: date, sequence: int) -> str:
    """An 18-character citizen number (公民身份号码) with its check character, GB 11643."""
    body = f"{county}{birth:%Y%m%d}{sequence:03d}"
    return body + id_check(body)


def id_check(body: str) -> str:
    """The 18th character for the first 17."""
    return ID_MAP[sum(int(digit) * weight for digit, weight in zip(body, ID_WEIGHTS, strict=True)) % 11]


def organisation_code(body: str) -> str:
    """Eight characters and their check character, GB 11714."""
    rest = 11 - sum(ORG_ALPHABET.index(char) * weight for char, weight in zip(body, ORG_WEIGHTS, strict=True)) % 11
    return body + {10: "X", 11: "0"}.get(rest, str(rest))


def credit_code(kind: str, county: str, body: str) -> str:
    """A unified social credit code (统一社会信用代码), GB 32100: kind `91` company, `92` sole trader."""
    code = kind + county + organisation_code(body)
    return code + uscc_check(code)


def uscc_check(body: str) -> str:
    """The 18th character for the first 17."""
    total = sum(USCC_ALPHABET.index(char) * pow(3, at, 31) for at, char in enumerate(body))
    return USCC_ALPHABET[(31 - total % 31) % 31]


@dataclass(frozen=True, slots=True)
class IdCard:
    """What stands on a resident identity card (居民身份证)."""

    name: str
    sex: Literal["男", "女"]
    nation: str
    birth: date
    address: str
    number: str
    authority: str
    valid_from: date
    valid_to: date | Literal["长期"]


@dataclass(frozen=True, slots=True)
class Company:
    """What stands on a business licence (营业执照)."""

    name: str
    credit_code: str
    kind: str
    legal_person: str
    capital: str
    established: date
    address: str
    scope: str
    registrar: str
    issued: date
    form: str = ""

    @property
    def is_sole_trader(self) -> bool:
        return self.kind == "个体工商户"


@dataclass(frozen=True, slots=True)
class DomainRegistration:
    """What stands on a domain name certificate (域名证书)."""

    domain: str
    owner: str
    registrar: str
    registered: date
    expires: date
    number: str


def _card(
    name: str,
    sex: Literal["男", "女"],
    nation: str,
    birth: date,
    county: str,
    sequence: int,
    address: str,
    authority: str,
    valid: tuple[date, date | Literal["长期"]],
) -> IdCard:
    if sequence % 2 != (sex == "男"):
        raise ValueError("odd sequence numbers are men's, even ones women's")
    return IdCard(name, sex, nation, birth, address, id_number(county, birth, sequence), authority, *valid)


LIANG = _card(
    "梁㛃", "女", "汉", date(1985, 6, 18), "440106", 218, "广东省广州市天河区样本路18号2栋603房",
    "广州市公安局天河分局", (date(2018, 4, 12), date(2038, 4, 12)),
)  # fmt: skip
XU = _card(
    "徐喆", "男", "汉", date(1968, 9, 3), "320102", 335, "南京市玄武区样本巷9号4幢502室",
    "南京市公安局玄武分局", (date(2016, 10, 8), "长期"),
)  # fmt: skip
GULINA = _card(
    "古丽娜·阿迪力", "女", "维吾尔", date(1994, 2, 27), "320105", 482, "南京市建邺区云锦样本街66号1幢1203室",
    "南京市公安局建邺分局", (date(2021, 5, 6), date(2041, 5, 6)),
)  # fmt: skip
ZHOU = _card(
    "周𬭎", "男", "汉", date(1999, 12, 5), "360702", 605, "江西省赣州市章贡区样本大道27号3栋1单元402室",
    "赣州市公安局章贡分局", (date(2016, 12, 22), date(2026, 12, 22)),
)  # fmt: skip

YUNSHAN = Company(
    name="广州云杉样本科技有限公司",
    credit_code=credit_code("91", "440101", "MA9X7K2Q"),
    kind="有限责任公司(自然人独资)",
    legal_person=LIANG.name,
    capital="壹佰万元(人民币)",
    established=date(2021, 3, 15),
    address="广州市天河区样本路18号1栋1205房",
    scope="软件开发；信息技术咨询服务；信息系统集成服务；计算机软硬件及辅助设备零售；办公设备销售；企业管理咨询。"
    "（依法须经批准的项目，经相关部门批准后方可开展经营活动）",
    registrar="广州市天河区市场监督管理局",
    issued=date(2023, 8, 9),
)
WUTONG = Company(
    name="南京梧桐样本信息技术有限公司",
    credit_code=credit_code("91", "320102", "MA2W6T4H"),
    kind="有限责任公司",
    legal_person=XU.name,
    capital="500万元整",
    established=date(2019, 11, 26),
    address="南京市玄武区样本东路100号5幢801室",
    scope="许可项目：无。一般项目：软件开发；信息技术咨询服务；数据处理和存储支持服务；计算机系统服务；"
    "软件销售；日用品销售（除依法须经批准的项目外，凭营业执照依法自主开展经营活动）",
    registrar="南京市玄武区市场监督管理局",
    issued=date(2022, 5, 18),
)
WORKSHOP = Company(
    name="广州市天河区样本木作坊",
    credit_code=credit_code("92", "440106", "MA8Y5R3N"),
    kind="个体工商户",
    legal_person="欧阳喆",
    capital="",
    established=date(2020, 7, 2),
    address="广州市天河区样本村南街3号首层",
    scope="木制家具零售；工艺美术品零售；家具修理。",
    registrar="广州市天河区市场监督管理局",
    issued=date(2020, 7, 2),
    form="个人经营",
)
YUNSHAN_DOMAIN = DomainRegistration(
    "yunshan-specimen.cn",
    YUNSHAN.name,
    "样本域名注册服务有限公司",
    date(2022, 6, 1),
    date(2028, 6, 1),
    "SPM2022060100018",
)
WUTONG_DOMAIN = DomainRegistration(
    "wutong-specimen.cn",
    WUTONG.name,
    "样本域名注册服务有限公司",
    date(2021, 9, 14),
    date(2027, 9, 14),
    "SPM2021091400327",
)
ZHOU_DOMAIN = DomainRegistration(
    "qingchuang-specimen.cn",
    ZHOU.name,
    "样本域名注册服务有限公司",
    date(2025, 2, 11),
    date(2028, 2, 11),
    "SPM2025021100904",
)
