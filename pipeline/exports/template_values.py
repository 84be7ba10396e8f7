"""What a filing calls its values, for templates of others: every field with the words a form may use for it.

A word that fits several values (`证件号码` without whose) is handed over with each of them; the generators then leave
such a blank empty and name the choices. Chinese words stand in for codes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from generators.fill_places import Entry
from pipeline import fields, vocabulary
from pipeline.build import show, value_at
from pipeline.fields import Field
from pipeline.model import EntityNature, Filing, Operation

WHOSE: dict[str, tuple[str, ...]] = {
    "entity.legal_person": ("legal_person", "legal_rep", "法定代表人", "法人代表", "法人"),
    "entity_person": ("entity_person", "principal", "主体负责人"),
    "service_person": ("service_person", "互联网信息服务负责人", "服务负责人", "网站负责人", "APP负责人"),
    "entity": ("entity", "unit", "主办单位", "单位", "主办者"),
    "websites[0]": ("website", "site", "网站"),
    "apps[0]": ("app", "APP"),
}
"""Groups of fields and the words that stand before a field's own in a template; longer paths first."""
FOR_PERSONS = frozenset({"公民身份号码", "身份证号", "id_no", "id_number"})
FOR_UNITS = frozenset({"统一社会信用代码", "credit_code", "登记机关", "住所"})
FURTHER: dict[str, tuple[str, ...]] = {
    "entity.name": ("主办单位", "主办单位全称", "单位全称", "备案单位", "企业名称", "公司名称"),
    "entity.mail_address": ("联系地址", "单位地址"),
    "websites[0].domains[0].name": ("主域名", "备案域名"),
    "websites[0].home_urls": ("首页网址", "网站首页网址", "首页URL", "网站首页", "网址", "网站网址"),
}
"""Words of forms that are nobody's field names."""
BY_HAND = frozenset({"filing.submit_date"})
SERVICES: dict[str, tuple[str, ...]] = {
    "websites": ("网站", "互联网网站", "service_type_website", "website"),
    "apps": ("APP", "APP应用", "移动互联网应用程序", "service_type_app", "app"),
}


def entries(filing: Filing) -> list[Entry]:
    """All values of a filing and all its tick boxes; a value that is not known is an empty text."""
    return [*_texts(filing), *_ticks(filing)]


def _texts(filing: Filing) -> Iterator[Entry]:
    for field in fields.FIELDS:
        path = field.path.replace("[]", "[0]")
        if field.path not in BY_HAND and _is_there(filing, path):
            yield Entry(path, names_of(field, path, filing), text_at(filing, path))
    kinds = [names[0] for group, names in SERVICES.items() if value_at(filing, group)]
    yield Entry("filing.service", ("服务类型", "备案服务类型", "service_type"), "、".join(kinds))
    for group in SERVICES:
        service = f"{group}[0]"
        domains = value_at(filing, f"{service}.domains") or ()
        if domains:
            words = _with_owner(service, ("domains", "domain_list", "全部域名", "域名列表"))
            yield Entry(f"{service}.domains", (*words, "域名列表"), show([one.name for one in domains]))


def _is_there(filing: Filing, path: str) -> bool:
    """Whether the filing has the website or APP that a path is about; all other fields exist always."""
    head = path.partition(".")[0]
    return "[" not in head or value_at(filing, head) is not None


def names_of(field: Field, path: str, filing: Filing) -> tuple[str, ...]:
    """The words for a field: its labels, its other names, and these with their owner before them."""
    spoken = [name for name in field.aliases if _fits(name, path, filing)]
    # the name of an APP's domain or SDK is not the APP's name
    own = spoken if path.count("[") > 1 else [field.name, *spoken]
    return tuple(
        dict.fromkeys((path, field.name, field.zh, field.en, *_with_owner(path, own), *spoken, *FURTHER.get(path, ())))
    )


def _fits(name: str, path: str, filing: Filing) -> bool:
    """A unit has a credit code and a person an identity number, whoever else may use the same field."""
    of_unit = path.startswith("entity.certificate") and not filing.entity.is_individual
    return name not in FOR_PERSONS if of_unit else name not in FOR_UNITS


def _with_owner(path: str, names: Sequence[str]) -> tuple[str, ...]:
    for prefix, words in WHOSE.items():
        if path.startswith(prefix + ".") or path == prefix:
            return tuple(f"{word}_{name}" if name.isascii() else f"{word}{name}" for word in words for name in names)
    return ()


def text_at(filing: Filing, path: str) -> str:
    """A value as a form shows it: Chinese words in place of codes."""
    value: Any = value_at(filing, path)
    if isinstance(value, EntityNature):
        return vocabulary.NATURES[value]
    if isinstance(value, Operation):
        return vocabulary.OPERATIONS[value]
    if path.endswith("certificate.type"):
        return vocabulary.CERTIFICATE_TYPES.get(value or "", value or "")
    return show(value)


def _ticks(filing: Filing) -> Iterator[Entry]:
    nature, operation = filing.entity.nature, filing.operation
    names: tuple[str, ...]
    for key, zh in vocabulary.NATURES.items():
        names = (zh, f"entity_nature_{key}", f"主办单位性质{zh}")
        yield Entry(f"entity.nature={key}", names, ticked=nature is key)
    for action, zh in vocabulary.OPERATIONS.items():
        names = (zh, f"operation_{action}", f"filing_type_{action}")
        yield Entry(f"filing.operation={action}", names, ticked=operation is action)
    for group, names in SERVICES.items():
        yield Entry(f"filing.service={group}", names, ticked=bool(value_at(filing, group)))
    for name in ("sdk_provide", "sdk_use"):
        path = f"apps[0].{name}"
        field = fields.field_of(path)
        if field and filing.apps:
            yield Entry(path, (name, field.zh), ticked=bool(value_at(filing, path)))
