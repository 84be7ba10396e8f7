"""What a filing calls its values, for templates of others: every field with the words a form may use for it.

A word that fits several values (`证件号码` without whose) is handed over with each of them; the generators then leave
such a blank empty and name the choices. Chinese words stand in for codes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from generators.fill_places import Entry
from pipeline import fields, vocabulary
from pipeline.build import show, value_at
from pipeline.fields import Field
from pipeline.model import EntityNature, Filing, Operation

WHOSE: dict[str, tuple[str, ...]] = {
    "entity.legal_person": ("legal_person", "legal_rep", "法定代表人", "法人代表", "法人"),
    "entity_person": ("entity_person", "principal", "主体负责人", "单位负责人", "负责人"),
    "service_person": (
        "service_person", "互联网信息服务负责人", "服务负责人", "网站负责人", "网站（APP）负责人", "APP负责人", "负责人",
    ),
    "entity": ("entity", "unit", "主办单位", "单位", "主办者", "主体"),
    "websites[0]": ("website", "site", "网站"),
    "apps[0]": ("app", "APP"),
}  # fmt: skip
"""Groups of fields and the words that stand before a field's own in a template; longer paths first."""
LEADERS = frozenset({"entity.name", "entity_person.name", "service_person.name", "websites[0].name", "apps[0].name"})
"""After these blanks a form's short labels speak of the same owner; what follows a legal representative may be the unit's."""
PEOPLE = ("entity.certificate.", "entity.legal_person.", "entity_person.", "service_person.")
OWN_ONLY = re.compile(r"^entity\.legal_person\.(mobile|emergency_phone|office_phone|email|remark)$")
"""What a form asks of a legal representative only where it says so."""
FOR_PERSONS = frozenset({"公民身份号码", "身份证号", "身份证号码", "居民身份证号码", "id_no", "id_number"})
FOR_UNITS = frozenset({"统一社会信用代码", "credit_code", "登记机关", "住所"})
FURTHER: dict[str, tuple[str, ...]] = {
    "entity.name": (
        "主办单位", "主办者", "主办单位全称", "主办单位或主办人全称", "单位全称", "备案单位", "企业名称", "公司名称", "网站主办者", "网站主办单位",
        "授权单位", "承诺单位", "申请单位", "责任单位",
        "organizer", "company", "company_name", "name_of_organizer", "name_of_company",
    ),
    "entity.legal_person.name": ("法定代表人", "法人代表", "legal_representative"),
    "entity.mail_address": ("联系地址", "单位地址", "办公地址", "详细地址"),
    "entity.superior": ("投资者或上级主管单位", "投资人或主管单位", "投资者或主管单位", "上级主管单位"),
    "entity_person.name": ("主体负责人", "单位负责人", "负责人"),
    "service_person.name": ("服务负责人", "互联网信息服务负责人", "网站负责人", "APP负责人", "负责人"),
    "websites[0].domains[0].name": ("主域名", "备案域名"),
    "websites[0].home_urls": ("首页网址", "网站首页网址", "首页URL", "网站首页", "网址", "网站网址"),
}  # fmt: skip
"""Words of forms that are nobody's field names."""
FOR_PEOPLE: dict[str, tuple[str, ...]] = {
    "number": ("身份证号码", "居民身份证号码"),
    "address": ("住址", "家庭住址"),
    "mobile": ("移动电话", "手机电话", "联系电话", "联系手机", "mobile_phone", "cell_phone"),
    "emergency_phone": ("应急联系方式", "紧急联系电话", "应急电话号码"),
    "email": ("电子邮箱地址", "联系邮箱", "email_address", "e-mail"),
    "office_phone": ("固定电话", "座机", "单位电话"),
}
"""Further words for what is asked of a person."""
FURTHER_ACTIONS: dict[Operation, tuple[str, ...]] = {
    Operation.FIRST_FILING: ("新增备案", "首次报备"),
    Operation.NEW_SERVICE_SAME_PROVIDER: ("新增网站", "新增服务", "新增APP"),
    Operation.NEW_SERVICE_OTHER_PROVIDER: ("新增网站", "新增服务", "新增APP"),
    Operation.CHANGE_ENTITY: ("变更主体信息", "变更备案主体"),
    Operation.CHANGE_SERVICE: ("变更网站", "变更服务", "变更网站信息", "变更服务信息"),
    Operation.DEREGISTER_SERVICE: ("注销网站", "注销服务"),
}
"""Words beside tick boxes; one box may stand for several kinds of order."""
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
        first = field.path.replace("[]", "[0]")
        if field.path not in BY_HAND and _has(filing, first):
            yield from _of_each(filing, first, names_of(field, first, filing))
    kinds = [names[0] for group, names in SERVICES.items() if value_at(filing, group)]
    yield Entry("filing.service", ("服务类型", "备案服务类型", "service_type"), "、".join(kinds))
    for group in SERVICES:
        for number, service in enumerate(value_at(filing, group), 1):
            if service.domains:
                words = _with_owner(f"{group}[0]", ("domains", "domain_list", "全部域名", "域名列表"))
                listed = show([one.name for one in service.domains])
                yield Entry(f"{group}[{number - 1}].domains", (*words, "域名列表"), listed, number=number)


def _of_each(filing: Filing, first: str, names: tuple[str, ...]) -> Iterator[Entry]:
    """A field's value, of websites and APPs that of each; `names` are those of the path of the first."""
    head, _, rest = first.partition("[0].")
    owner, leads = _owner(first), first in LEADERS
    if head in SERVICES:
        for number in range(1, len(value_at(filing, head)) + 1):
            path = f"{head}[{number - 1}].{rest}"
            called = (path, *(name for name in names if name != first))
            yield Entry(path, called, text_at(filing, path), owner=owner, leads=leads, number=number)
    elif not rest or value_at(filing, head):
        yield Entry(first, names, text_at(filing, first), owner=owner, leads=leads)


def _has(filing: Filing, path: str) -> bool:
    """A natural person has no legal representative."""
    return not (filing.entity.is_individual and path.startswith("entity.legal_person."))


def names_of(field: Field, path: str, filing: Filing) -> tuple[str, ...]:
    """The words for a field: its labels, its other names, and these with their owner before them."""
    known = (*field.aliases, *(FOR_PEOPLE.get(field.name, ()) if path.startswith(PEOPLE) else ()))
    spoken = [name for name in known if _fits(name, path, filing)]
    # the name of an APP's domain or SDK is not the APP's name
    own = spoken if path.count("[") > 1 else [field.name, *spoken]
    bare = () if OWN_ONLY.match(path) else (field.name, *spoken)
    return tuple(dict.fromkeys((path, field.zh, field.en, *bare, *_with_owner(path, own), *FURTHER.get(path, ()))))


def _owner(path: str) -> tuple[str, ...]:
    """The words for whom a value is of."""
    return next((words for prefix, words in WHOSE.items() if path.startswith(prefix + ".")), ())


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
        names = (
            zh,
            zh.partition("（")[0],
            *FURTHER_ACTIONS.get(action, ()),
            f"operation_{action}",
            f"filing_type_{action}",
        )
        yield Entry(f"filing.operation={action}", names, ticked=operation is action)
    for group, names in SERVICES.items():
        yield Entry(f"filing.service={group}", names, ticked=bool(value_at(filing, group)))
    for name in ("sdk_provide", "sdk_use"):
        path = f"apps[0].{name}"
        field = fields.field_of(path)
        if field and filing.apps:
            yield Entry(path, (name, field.zh), ticked=bool(value_at(filing, path)))
