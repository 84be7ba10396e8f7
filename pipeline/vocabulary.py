"""Words people write for the values that have a fixed set: provinces, natures, operations, certificate types.

Sources: GB/T 2260 (province codes), the code tables of the filing console as published by WeChat's filing API
documentation (2026-11) and the Huawei Cloud user guide (2023-11-30).
"""

from __future__ import annotations

import re
from typing import TypeVar

from pipeline.model import EntityNature, Operation

PROVINCES: dict[str, str] = {
    "11": "北京", "12": "天津", "13": "河北", "14": "山西", "15": "内蒙古", "21": "辽宁", "22": "吉林", "23": "黑龙江",
    "31": "上海", "32": "江苏", "33": "浙江", "34": "安徽", "35": "福建", "36": "江西", "37": "山东", "41": "河南",
    "42": "湖北", "43": "湖南", "44": "广东", "45": "广西", "46": "海南", "50": "重庆", "51": "四川", "52": "贵州",
    "53": "云南", "54": "西藏", "61": "陕西", "62": "甘肃", "63": "青海", "64": "宁夏", "65": "新疆",
}  # fmt: skip
"""First two digits of a division code (GB/T 2260) to the short name of the province."""

PINYIN: dict[str, str] = {
    "beijing": "北京", "tianjin": "天津", "hebei": "河北", "shanxi": "山西", "neimenggu": "内蒙古", "innermongolia": "内蒙古",
    "liaoning": "辽宁", "jilin": "吉林", "heilongjiang": "黑龙江", "shanghai": "上海", "jiangsu": "江苏", "zhejiang": "浙江",
    "anhui": "安徽", "fujian": "福建", "jiangxi": "江西", "shandong": "山东", "henan": "河南", "hubei": "湖北", "hunan": "湖南",
    "guangdong": "广东", "guangxi": "广西", "hainan": "海南", "chongqing": "重庆", "sichuan": "四川", "guizhou": "贵州",
    "yunnan": "云南", "xizang": "西藏", "tibet": "西藏", "shaanxi": "陕西", "gansu": "甘肃", "qinghai": "青海",
    "ningxia": "宁夏", "xinjiang": "新疆",
}  # fmt: skip

NATURES: dict[EntityNature, str] = {
    EntityNature.DEFENCE_BODY: "国防机构",
    EntityNature.GOVERNMENT_ORGAN: "政府机关",
    EntityNature.PUBLIC_INSTITUTION: "事业单位",
    EntityNature.ENTERPRISE: "企业",
    EntityNature.INDIVIDUAL: "个人",
    EntityNature.SOCIAL_ORGANIZATION: "社会团体",
    EntityNature.PRIVATE_NON_ENTERPRISE: "民办非企业单位",
    EntityNature.FOUNDATION: "基金会",
    EntityNature.LAW_FIRM: "律师执业机构",
    EntityNature.FOREIGN_CULTURAL_CENTER: "外国在华文化中心",
    EntityNature.MASS_ORGANIZATION: "群众性团体组织",
    EntityNature.FORENSIC_BODY: "司法鉴定机构",
    EntityNature.RELIGIOUS_BODY: "宗教团体",
    EntityNature.OVERSEAS_BODY: "境外机构",
    EntityNature.MEDICAL_INSTITUTION: "医疗机构",
    EntityNature.NOTARY_BODY: "公证机构",
    EntityNature.COLLECTIVE_ECONOMY: "集体经济",
    EntityNature.ARBITRATION_BODY: "仲裁机构",
}
NATURE_ALIASES = {
    "个体工商户": EntityNature.ENTERPRISE, "sole_proprietor": EntityNature.ENTERPRISE, "公司": EntityNature.ENTERPRISE,
    "company": EntityNature.ENTERPRISE, "person": EntityNature.INDIVIDUAL, "党政机关": EntityNature.GOVERNMENT_ORGAN,
    "民办非企业": EntityNature.PRIVATE_NON_ENTERPRISE, "律师事务所": EntityNature.LAW_FIRM,
    "外商投资企业": EntityNature.ENTERPRISE, "外资企业": EntityNature.ENTERPRISE,
    "foreign_invested_enterprise": EntityNature.ENTERPRISE, "foreign_enterprise": EntityNature.ENTERPRISE,
}  # fmt: skip

OPERATIONS: dict[Operation, str] = {
    Operation.FIRST_FILING: "首次备案",
    Operation.NEW_ACCESS_SAME_PROVIDER: "新增接入（原备案在本接入商）",
    Operation.NEW_ACCESS_OTHER_PROVIDER: "新增接入（原备案不在本接入商）",
    Operation.NEW_SERVICE_SAME_PROVIDER: "新增互联网信息服务（原备案在本接入商）",
    Operation.NEW_SERVICE_OTHER_PROVIDER: "新增互联网信息服务（原备案不在本接入商）",
    Operation.CHANGE_ENTITY: "变更主体",
    Operation.CHANGE_SERVICE: "变更互联网信息服务",
    Operation.CHANGE_FILING: "变更备案",
    Operation.CHANGE_ACCESS: "变更接入",
    Operation.CANCEL_ACCESS: "取消接入",
    Operation.DEREGISTER_ENTITY: "注销主体",
    Operation.DEREGISTER_SERVICE: "注销互联网信息服务",
    Operation.CLAIM_FILING: "认领备案",
    Operation.TRANSFER_FILING: "转移备案",
}

CERTIFICATE_TYPES: dict[str, str] = {
    "resident_id": "居民身份证",
    "temporary_id": "临时居民身份证",
    "passport": "护照",
    "hk_macau_permit": "港澳居民来往内地通行证",
    "taiwan_permit": "台湾居民来往大陆通行证",
    "hk_macau_residence": "港澳居民居住证",
    "taiwan_residence": "台湾居民居住证",
    "foreign_permanent_resident": "外国人永久居留身份证",
    "business_licence": "营业执照（个人或企业）",
    "organization_code": "组织机构代码证",
    "credit_code_certificate": "统一社会信用代码证书",
    "institution_certificate": "事业单位法人证书",
    "social_organization_certificate": "社会团体法人登记证书",
    "private_non_enterprise_certificate": "民办非企业单位登记证书",
    "social_service_certificate": "社会服务机构登记证书",
    "private_school_licence": "民办学校办学许可证",
    "foundation_certificate": "基金会法人登记证书",
    "law_firm_licence": "律师事务所执业许可证",
    "foreign_office_registration": "外国企业常驻代表机构登记证",
    "foreign_cultural_center_registration": "外国在华文化中心登记证",
    "foreign_tourism_office_registration": "外国政府旅游部门常驻代表机构批准登记证",
    "embassy_school_licence": "北京市外国驻华使馆人员子女学校办学许可证",
    "forensic_licence": "司法鉴定许可证",
    "religious_site_registration": "宗教活动场所登记证",
    "overseas_certificate": "境外机构证件",
    "medical_licence": "医疗机构执业许可证",
    "notary_licence": "公证机构执业证",
    "collective_registration": "农村集体经济组织登记证",
    "arbitration_registration": "仲裁委员会登记证",
    "military_code": "部队代号",
    "military_service_licence": "军队单位对外有偿服务许可证",
}
"""Certificate types (证件类型) by the keys of `rules/codes/certificates.yaml`; 临时居民身份证 has no number there."""

CERTIFICATE_ALIASES: dict[str, str] = {
    "身份证": "resident_id",
    "organisation_code": "organization_code",
    "uscc_certificate": "credit_code_certificate",
    "统一社会信用代码证": "credit_code_certificate",
    "foreign_representative_office": "foreign_office_registration",
    "外国（地区）企业常驻代表机构登记证": "foreign_office_registration",
    "台胞证": "taiwan_permit",
    "回乡证": "hk_macau_permit",
    "事业单位法人证": "institution_certificate",
}
"""Other words for a certificate type, in use or from earlier versions."""

DOCUMENT_KINDS: dict[str, str] = {
    "idcard_front": "居民身份证（人像面）",
    "idcard_back": "居民身份证（国徽面）",
    "idcard_both": "居民身份证（双面）",
    "business_licence": "营业执照",
    "institution_certificate": "法人证书",
    "domain_certificate": "域名证书",
    "passport": "护照",
    "hk_macau_permit": "港澳居民来往内地通行证",
    "taiwan_permit": "台湾居民来往大陆通行证",
    "residence_front": "居住证（正面）",
    "residence_back": "居住证（背面）",
    "temporary_idcard": "临时居民身份证",
    "residence_permit": "居住证",
    "foreign_permanent_resident": "外国人永久居留身份证",
    "preapproval_permit": "前置审批许可证",
    "letter": "函件",
    "app_icon": "APP图标",
    "verification_photo": "核验照片",
    "app_package": "APP安装包",
    "filing_yaml": "备案信息文件",
    "multiple": "多种材料",
    "unknown": "未识别材料",
}
"""Kinds of `beianbox read` to their Chinese names."""

DOCUMENT_KINDS_EN: dict[str, str] = {
    "idcard_front": "ID card, front",
    "idcard_back": "ID card, back",
    "idcard_both": "ID card, both sides",
    "business_licence": "business licence",
    "institution_certificate": "institution's certificate",
    "domain_certificate": "domain certificate",
    "passport": "passport",
    "hk_macau_permit": "travel permit (Hong Kong, Macao)",
    "taiwan_permit": "travel permit (Taiwan)",
    "residence_front": "residence card, front",
    "residence_back": "residence card, back",
    "temporary_idcard": "temporary ID card",
    "residence_permit": "mainland residence permit",
    "foreign_permanent_resident": "foreign permanent resident's ID card",
    "preapproval_permit": "pre-approval permit",
    "letter": "letter",
    "app_icon": "APP icon",
    "verification_photo": "verification photo",
    "app_package": "APP package",
    "filing_yaml": "filing.yaml",
    "multiple": "several papers",
    "unknown": "paper not recognised",
}
"""The same in English."""

_Key = TypeVar("_Key", EntityNature, Operation)


def kind_name(kind: str, lang: str = "zh") -> str:
    """The name of a kind of document, in Chinese unless said otherwise."""
    return (DOCUMENT_KINDS if lang == "zh" else DOCUMENT_KINDS_EN).get(kind, kind)


def province_of(text: str) -> str | None:
    """The short province name a text means (`广东省`, `440000`, `Guangdong`) or begins with; None if it means none."""
    word = text.strip()
    if word[:2] in PROVINCES and word[:6].isdigit():
        return PROVINCES[word[:2]]
    latin = word.lower().replace(" ", "").removesuffix("province").removesuffix("city")
    if latin in PINYIN:
        return PINYIN[latin]
    for name in PROVINCES.values():
        if word.startswith(name):
            return name
    return None


def nature_of(text: str) -> EntityNature | None:
    """The nature a text means: its id, its Chinese name or a usual alias."""
    return _meaning(text, NATURES) or NATURE_ALIASES.get(text.strip())


def operation_of(text: str) -> Operation | None:
    """The operation a text means: its id or its Chinese name."""
    found = _meaning(text, OPERATIONS)
    if found is None and text.strip() in ("新增备案", "新增主体"):
        return Operation.FIRST_FILING
    return found


def certificate_type_of(text: str) -> str:
    """The certificate type a text means (`身份证` is `resident_id`); the text itself where it is not in the table."""
    word = text.strip().removeprefix("《").removesuffix("》")
    if word in CERTIFICATE_TYPES or not word:
        return word
    whole = {zh: key for key, zh in CERTIFICATE_TYPES.items()} | CERTIFICATE_ALIASES
    begun = [key for key, zh in CERTIFICATE_TYPES.items() if zh.startswith(word)]
    return whole.get(word) or (begun[0] if begun else word)


def _meaning(text: str, table: dict[_Key, str]) -> _Key | None:
    word = text.strip()
    ident = re.sub(r"[\s-]+", "_", word.casefold())
    return next((key for key, zh in table.items() if zh == word or str(key.value) == ident), None)
