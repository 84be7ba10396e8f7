"""Values that forms print and a filing does not hold as such: joined names, Chinese words for keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from generators.form_text import look_up, text_of

OPERATIONS = {
    "first_filing": "首次备案",
    "new_access_same_provider": "新增接入（原备案在本服务商）",
    "new_access_other_provider": "新增接入（原备案在其他服务商）",
    "new_service_same_provider": "新增互联网信息服务（原备案在本服务商）",
    "new_service_other_provider": "新增互联网信息服务（原备案在其他服务商）",
    "change_entity": "变更主体",
    "change_service": "变更互联网信息服务",
    "change_filing": "变更备案",
    "change_access": "变更接入",
    "cancel_access": "取消接入",
    "deregister_entity": "注销主体",
    "deregister_service": "注销互联网信息服务",
    "claim_filing": "认领备案",
    "transfer_filing": "转移备案",
}
PROVIDERS = {
    "huawei": "华为云",
    "alibaba": "阿里云",
    "tencent": "腾讯云",
    "baidu": "百度智能云",
    "volcengine": "火山引擎",
    "jd": "京东云",
    "ucloud": "优刻得",
}
PROVIDERS_EN = {
    "huawei": "Huawei Cloud",
    "alibaba": "Alibaba Cloud",
    "tencent": "Tencent Cloud",
    "baidu": "Baidu AI Cloud",
    "volcengine": "Volcano Engine",
    "jd": "JD Cloud",
    "ucloud": "UCloud",
}
MANY = 4
"""More names than this do not go into a sentence."""
CITIES = frozenset({"北京", "上海", "天津", "重庆"})
REGIONS = {
    "内蒙古": "内蒙古自治区",
    "广西": "广西壮族自治区",
    "西藏": "西藏自治区",
    "宁夏": "宁夏回族自治区",
    "新疆": "新疆维吾尔自治区",
}


def derive(values: Mapping[str, Any]) -> dict[str, Any]:
    """Everything forms find under `derived.`."""
    websites, apps = _rows(values, "websites"), _rows(values, "apps")
    return {
        "operation": OPERATIONS.get(text_of(values.get("operation")), text_of(values.get("operation"))),
        "provider": PROVIDERS.get(text_of(values.get("provider")), text_of(values.get("provider"))),
        "province": full_province(text_of(values.get("province"))),
        "individual": is_individual(values),
        "unit": bool(look_up(values, "entity.nature")) and not is_individual(values),
        "site_names": [row.get("name") for row in websites],
        "app_names": [row.get("name") for row in apps],
        "service_names": [row.get("name") for row in (*websites, *apps)],
        "site_domains": _domains(websites),
        "chinese_domains": [name for name in _domains(websites) if not name.isascii()],
        "latin_domains": [name for name in _domains(websites) if name.isascii()],
        "registrars": _unique(text_of(look_up(domain, "registrar")) for domain in _domain_rows(websites)),
        "record_numbers": _unique(text_of(row.get("record_number")) for row in (*websites, *apps)),
        "domains": _unique((*_domains(websites), *_domains(apps))),
        "ips": _unique(ip for row in (*websites, *apps) for ip in row.get("ips") or ()),
        **_brief("site_domains", _domains(websites)),
        **_brief("domains", _unique((*_domains(websites), *_domains(apps)))),
        "has_sites": bool(websites),
        "has_apps": bool(apps),
        "contents": _unique(text for row in (*websites, *apps) for text in row.get("content_types") or ()),
    }


def _brief(key: str, names: Sequence[str]) -> dict[str, Any]:
    """The first names of a long list for the text of a letter; the whole list goes into its annex."""
    if len(names) <= MANY:
        return {f"{key}_brief": names, f"many_{key}": False}
    return {f"{key}_brief": f"{'、'.join(names[:2])} 等{len(names)}个域名（清单附后）", f"many_{key}": True}


def is_individual(values: Mapping[str, Any]) -> bool:
    """Whether a natural person files."""
    return bool(look_up(values, "entity.nature") == "individual")


def full_province(name: str) -> str:
    """广东 as 广东省, 北京 as 北京市; empty stays empty."""
    if not name or name[-1] in "省市区":
        return name
    return REGIONS.get(name) or name + ("市" if name in CITIES else "省")


def _rows(values: Mapping[str, Any], key: str) -> Sequence[Mapping[str, Any]]:
    return [row for row in values.get(key) or () if isinstance(row, Mapping)]


def _domains(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    names = (_domain_name(domain) for row in rows for domain in row.get("domains") or ())
    return _unique(names)


def _domain_rows(rows: Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    return (domain for row in rows for domain in row.get("domains") or () if isinstance(domain, Mapping))


def _domain_name(domain: Any) -> str:
    return text_of(domain.get("name")) if isinstance(domain, Mapping) else text_of(domain)


def _unique(items: Iterable[str]) -> list[str]:
    return [item for item in dict.fromkeys(items) if item]


def flatten(values: Any, path: str = "") -> dict[str, str]:
    """All texts of nested values by their path, for the check that every character can be printed."""
    if isinstance(values, str):
        return {path: values}
    found: dict[str, str] = {}
    if isinstance(values, Mapping):
        for key, value in values.items():
            found.update(flatten(value, f"{path}.{key}" if path else str(key)))
    elif isinstance(values, (list, tuple)):
        for number, value in enumerate(values):
            found.update(flatten(value, f"{path}[{number}]"))
    return found
