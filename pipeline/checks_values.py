"""Named checks on single values: present, equal, one of a list, of a shape, words in names, remarks, changes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date

from extractors import numbers
from pipeline import checks_numbers
from pipeline.checks_base import Among, Context, Hit, Params, label, named
from pipeline.model import EntityNature, Severity, Text
from pipeline.same import plain_name, same_name
from pipeline.vocabulary import CERTIFICATE_TYPES, NATURES, OPERATIONS

NATURE_OF_CODE = {
    "11": "government_organ",
    "12": "public_institution",
    "13": "mass_organization",
    "31": "law_firm",
    "32": "notary_body",
    "33": "forensic_body",
    "34": "arbitration_body",
    "51": "social_organization",
    "52": "private_non_enterprise",
    "53": "foundation",
    "71": "religious_body",
    "91": "enterprise",
    "92": "enterprise",
    "93": "enterprise",
    "N1": "collective_economy",
    "N2": "collective_economy",
    "N3": "collective_economy",
}
"""What the first two figures of a credit code (GB 32100) say about the unit's nature."""


@named({"path": str}, {"needs": str})
def present(ctx: Context, params: Params) -> Iterator[Hit]:
    """A value that a person must still give; `needs` names a list that must hold something first, as for values of each APP."""
    needs = params.get("needs")
    if not needs:
        if not ctx.known(params["path"]):
            yield Hit(params["path"], {"what": label(params["path"])})
        return
    tail = params["path"].removeprefix(f"{needs}.")
    for where, _ in ctx.known(needs):
        if not ctx.known(f"{where}.{tail}"):
            yield Hit(f"{where}.{tail}", {"what": label(f"{where}.{tail}")})


@named({"left": str, "right": str})
def same_as(ctx: Context, params: Params) -> Iterator[Hit]:
    """Every value on the left equals the one on the right; width of brackets and spaces aside."""
    right = ctx.value(params["right"])
    for where, left in ctx.known(params["left"]):
        if right is not None and not same_name(str(left), str(right)):
            yield Hit(where, {"left": label(where), "right": label(params["right"]), "value": left, "other": right})


@named({"path": str, "allowed": list}, {"nature": list})
def one_of(ctx: Context, params: Params) -> Iterator[Hit]:
    """A value is among those allowed."""
    for where, value in ctx.texts([params["path"]]):
        if _nature_fits(ctx, params) and value not in params["allowed"]:
            allowed = [shown(where, one) for one in params["allowed"]]
            yield Hit(where, {"what": label(where), "value": shown(where, value), "allowed": listed(allowed)})


@named({"path": str, "any_of": list})
def includes(ctx: Context, params: Params) -> Iterator[Hit]:
    """Each list that is known has one of the values asked, whatever else it holds."""
    for where, values in ctx.known(params["path"]):
        if not set(values) & set(params["any_of"]):
            yield Hit(where, {"what": label(where), "value": values, "allowed": tuple(params["any_of"])})


@named({"left": str, "right": str})
def not_same_as(ctx: Context, params: Params) -> Iterator[Hit]:
    """No value on the left equals the one on the right, as a site's name and a person's."""
    right = ctx.value(params["right"])
    for where, left in ctx.known(params["left"]):
        if right is not None and same_name(str(left), str(right)):
            yield Hit(where, {"left": label(where), "right": label(params["right"]), "value": left})


@named({"path": str, "forbidden": list}, {"nature": list})
def none_of(ctx: Context, params: Params) -> Iterator[Hit]:
    """A value is not among those refused."""
    for where, value in ctx.texts([params["path"]]):
        if _nature_fits(ctx, params) and value in params["forbidden"]:
            yield Hit(where, {"what": label(where), "value": shown(where, value)})


def shown(where: str, value: str) -> Text:
    """A value in words: a key of a code table by its name, anything else as it is."""
    if where.endswith("certificate.type"):
        return Text(CERTIFICATE_TYPES.get(value, value), value.replace("_", " "))
    if where.endswith("nature"):
        return nature_text(EntityNature(value))
    return Text(value, value)


def listed(texts: Iterable[Text]) -> Text:
    """Several words in a row."""
    words = list(texts)
    return Text("、".join(one.zh for one in words), ", ".join(one.en for one in words))


def _nature_fits(ctx: Context, params: Params) -> bool:
    return "nature" not in params or ctx.filing.entity.nature in params["nature"]


@named({"path": str, "pattern": str}, {"unless_remark": str})
def matches(ctx: Context, params: Params) -> Iterator[Hit]:
    """A text has a given shape."""
    for where, value in ctx.texts([params["path"]]):
        if not re.search(params["pattern"], value) and not _excused(ctx, params):
            yield Hit(where, {"what": label(where), "value": value})


@named({"path": str, "pattern": str}, {"unless_remark": str})
def not_matches(ctx: Context, params: Params) -> Iterator[Hit]:
    """A text has none of a given shape."""
    for where, value in ctx.texts([params["path"]]):
        found = re.search(params["pattern"], value)
        if found and not _excused(ctx, params):
            yield Hit(where, {"what": label(where), "value": value, "word": found[0]})


def _excused(ctx: Context, params: Params) -> bool:
    return "unless_remark" in params and any(
        re.search(params["unless_remark"], text) for _, text in ctx.texts(["services[].remark", "entity.remark"])
    )


@named(
    {"path": str, "words": list}, {"unless_nature": list, "unless_remark": str, "unless": str, "unless_in_entity": bool}
)
def contains_none(ctx: Context, params: Params) -> Iterator[Hit]:
    """A name holds none of the words that are refused."""
    if ctx.filing.entity.nature in params.get("unless_nature", ()):
        return
    for where, value in ctx.texts([params["path"]]):
        own = ctx.filing.entity.name if params.get("unless_in_entity") else ""
        found = [word for word in params["words"] if word in value and word not in own]
        if found and not _excused(ctx, params) and not re.search(params.get("unless", r"$^"), value):
            yield Hit(where, {"what": label(where), "value": value, "word": tuple(found)})


@named({"path": str, "min_cjk": int}, {"min": int, "max": int})
def name_shape(ctx: Context, params: Params) -> Iterator[Hit]:
    """A name has enough Chinese characters, is not too long, and holds only characters, letters and figures."""
    for where, value in ctx.texts([params["path"]]):
        chinese, length = len(re.findall(r"[\u3400-\u9fff\U00020000-\U0003ffff]", value)), len(value)
        odd = re.findall(r"[^\w\s（）()\-·]|_", value)
        if chinese < params["min_cjk"] or not params.get("min", 0) <= length <= params.get("max", 200) or odd:
            yield Hit(
                where,
                {
                    "what": label(where),
                    "value": value,
                    "chinese": chinese,
                    "length": length,
                    "min_cjk": params["min_cjk"],
                },
            )


@named({"path": str}, {"remark": bool, "documents": list})
def name_related(ctx: Context, params: Params) -> Iterator[Hit]:
    """A service's name shares two characters in a row with the entity's name, or a document or remark explains it."""
    entity = plain_name(ctx.filing.entity.name)
    for where, value in ctx.texts([params["path"]]):
        name = re.sub(r"官网|官方网站|网站|网$", "", plain_name(value))
        pairs = {name[at : at + 2] for at in range(len(name) - 1)} - COMMON
        if len(entity) > 1 and pairs and not any(pair in entity for pair in pairs):
            remark = ctx.value(where.rpartition(".")[0] + ".remark")
            if not (params.get("remark") and remark):
                yield Hit(
                    where,
                    {"what": label(where), "value": value, "entity": ctx.filing.entity.name},
                    tuple(params.get("documents", ())),
                )


COMMON = frozenset({"公司", "有限", "科技", "技术", "中国", "信息", "网络", "股份", "集团", "责任", "发展", "企业"})
"""Pairs of characters so frequent in company names that sharing them shows nothing."""


@named(
    {"path": str},
    {"min": int, "pattern": str, "if_words": list, "if_content": str, "unless_content": str, "if_pattern": str},
)
def remark_needed(ctx: Context, params: Params) -> Iterator[Hit]:
    """Each service's remark says enough; `pattern` is what it must hold, the `if_` parameters when it is asked at all."""
    owners = params["path"].rpartition(".")[0]
    for where, service in ctx.known(owners) if owners.endswith("[]") else [(owners, ctx.filing.entity)]:
        remark = getattr(service, "remark", "")
        if not _remark_asked(ctx, service, params):
            continue
        if len(remark.strip()) < params.get("min", 1) or (
            "pattern" in params and not re.search(params["pattern"], remark)
        ):
            yield Hit(
                f"{where}.remark",
                {
                    "what": label(f"{where}.remark"),
                    "length": len(remark.strip()),
                    "min": params.get("min", 1),
                    "state": _state_of(remark),
                    "example": Text("", "") if "pattern" in params else EXAMPLE,
                },
            )


EXAMPLE = Text("例如“介绍本人的读书笔记和摘抄，不含经营内容”。", "For example: 介绍本人的读书笔记和摘抄，不含经营内容.")


def _state_of(remark: str) -> Text:
    length = len(remark.strip())
    if not length:
        return Text("没有填写", "is empty")
    return Text(f"（现有 {length} 字）没有写明要求的内容", f"({length} characters now) does not say what is asked")


def _remark_asked(ctx: Context, service: object, params: Params) -> bool:
    contents = getattr(service, "content_types", ())
    if "if_content" in params and params["if_content"] not in contents:
        return False
    if "unless_content" in params and set(contents) <= {params["unless_content"]}:
        return False
    texts = (
        getattr(service, "name", ""),
        ctx.filing.entity.name,
        ctx.filing.entity.business_scope,
        ctx.filing.entity.remark,
    )
    if "if_words" in params and not any(word in text for word in params["if_words"] for text in texts):
        return False
    return "if_pattern" not in params or any(re.search(params["if_pattern"], text) for text in texts)


@named({"paths": list, "shape": sorted(checks_numbers.SHAPES)})
def valid_shape(ctx: Context, params: Params) -> Iterator[Hit]:
    """A phone, e-mail, domain, address or filing number can be right."""
    for where, value in ctx.texts(params["paths"]):
        if not checks_numbers.SHAPES[params["shape"]](value):
            yield Hit(where, {"what": label(where), "value": value})


@named({"paths": list})
def valid_number(ctx: Context, params: Params) -> Iterator[Hit]:
    """Certificates' numbers fit their type: length, date, check figure. One number in several places is named once."""
    seen: set[str] = set()
    for path in params["paths"]:
        for where, number in ctx.known(f"{path}.number"):
            test = checks_numbers.CERTIFICATES.get(ctx.value(f"{path}.type") or _guess(ctx, path))
            if test and number not in seen and not (test(number) and _is_born(number, test, ctx.day)):
                seen.add(number)
                yield Hit(where, {"what": label(where), "length": len(number)})


def _is_born(number: str, test: object, day: date) -> bool:
    """Whether the birth date in a resident ID number has come; other numbers pass."""
    birth = numbers.birth_of(number) if test is checks_numbers.resident_id else None
    return birth is None or birth <= day


def _guess(ctx: Context, path: str) -> str:
    number = ctx.value(f"{path}.number") or ""
    return "resident_id" if path != "entity.certificate" and re.fullmatch(r"\d{17}[\dXx]", number) else ""


@named()
def number_fits_nature(ctx: Context, params: Params) -> Iterator[Hit]:
    """The first two figures of the credit code fit the nature chosen."""
    entity = ctx.filing.entity
    said = NATURE_OF_CODE.get(entity.certificate.number[:2]) if len(entity.certificate.number) == 18 else None
    if entity.nature and said and said != entity.nature and not entity.is_individual:
        yield Hit("entity.nature", {"said": nature_text(EntityNature(said)), "chosen": nature_text(entity.nature)})


@named({"allowed": Among(frozenset(CERTIFICATE_TYPES), each=True)})
def certificate_fits_nature(ctx: Context, params: Params) -> Iterator[Hit]:
    """The kind of the entity's certificate is one its nature may file with."""
    entity = ctx.filing.entity
    allowed = params["allowed"].get(entity.nature.value) if entity.nature else None
    if allowed and entity.certificate.type and entity.certificate.type not in allowed:
        yield Hit(
            "entity.certificate.type",
            {
                "chosen": nature_text(entity.nature) if entity.nature else "",
                "value": shown("certificate.type", entity.certificate.type),
                "accepted": listed(shown("certificate.type", kind) for kind in allowed),
            },
        )


def nature_text(nature: EntityNature) -> Text:
    """A nature's Chinese and English word."""
    return Text(NATURES[nature], nature.value.replace("_", " "))


@named({"operations": list}, {"if_changed": list})
def operation_not(ctx: Context, params: Params) -> Iterator[Hit]:
    """The province or provider does not take this kind of order.

    `if_changed` names a value and the one on file: it is refused only where the two differ, and only a warning while
    the one on file is not known.
    """
    operation = ctx.filing.operation
    if operation not in params["operations"]:
        return
    severity = None
    if "if_changed" in params:
        now, before = (ctx.value(path) for path in params["if_changed"])
        if now and before and same_name(now, before):
            return
        severity = None if now and before else Severity.WARNING
    yield Hit("filing.operation", {"operation": Text(OPERATIONS[operation], operation.value)}, severity=severity)


@named()
def shell_cannot_add(ctx: Context, params: Params) -> Iterator[Hit]:
    """An entity with a number but no live service (空壳主体) is cancelled before anything is added."""
    if ctx.filing.record.shell:
        yield Hit("record.shell", {})


@named({"before": list, "after": list})
def nature_not_changed(ctx: Context, params: Params) -> Iterator[Hit]:
    """A filing does not turn from one nature into another."""
    before, after = ctx.filing.record.entity_nature, ctx.filing.entity.nature
    if before and after and before != after and before in params["before"] and after in params["after"]:
        yield Hit("entity.nature", {"before": nature_text(before), "after": nature_text(after)})


@named({"path": str, "recorded": str}, {"documents": list})
def unchanged(ctx: Context, params: Params) -> Iterator[Hit]:
    """A value equals the one on file, or the document that explains the change is there."""
    now, before = ctx.value(params["path"]), ctx.value(params["recorded"])
    if now is not None and before is not None and not same_name(str(now), str(before)):
        yield Hit(
            params["path"],
            {"what": label(params["path"]), "value": now, "before": before},
            tuple(params.get("documents", ())),
        )


@named()
def same_legal_person_on_new_number(ctx: Context, params: Params) -> Iterator[Hit]:
    """A filing goes from one company to another only where both have the same legal representative."""
    entity, record = ctx.filing.entity, ctx.filing.record
    new, old = entity.certificate.number, record.certificate_number
    if not new or not old or new.upper() == old.upper() or entity.is_individual:
        return
    legal = entity.legal_person.name
    if legal and record.entity_person_name and not same_name(legal, record.entity_person_name):
        yield Hit("entity.certificate.number", {"legal_name": legal, "before": record.entity_person_name})


@named()
def individual_to_own_company(ctx: Context, params: Params) -> Iterator[Hit]:
    """A person's filing turns only into that of the company whose legal representative the person is."""
    filing = ctx.filing
    if filing.record.entity_nature is not EntityNature.INDIVIDUAL or filing.entity.nature in (
        None,
        EntityNature.INDIVIDUAL,
    ):
        return
    legal, before = filing.entity.legal_person.name, filing.record.entity_person_name or filing.record.entity_name
    if legal and before and not same_name(legal, before):
        yield Hit("entity.legal_person.name", {"legal_name": legal, "before": before})


@named({"path": str, "max": int}, {"min": int})
def size_limit(ctx: Context, params: Params) -> Iterator[Hit]:
    """A number of bytes, months or pieces lies within limits."""
    for where, value in ctx.known(params["path"]):
        if isinstance(value, int) and not params.get("min", 0) <= value <= params["max"]:
            yield Hit(where, {"what": label(where), "value": value, "max": params["max"], "min": params.get("min", 0)})


NO_TRADE_NAME = frozenset({"", "*", "**", "***", "无", "无字号"})


@named(optional={"remark": str, "marked": bool, "refused": bool, "as_individual": bool})
def sole_trader_without_trade_name(ctx: Context, params: Params) -> Iterator[Hit]:
    """A sole trader (个体工商户) whose licence has no trade name (字号) files as the province says.

    `remark`: what the entity's remark must hold; `marked`: the name ends with （个体工商户）; `refused`: not at all;
    `as_individual`: as a person, not as an enterprise.
    """
    entity = ctx.filing.entity
    bare = re.sub(r"[（(]个体工商户[）)]", "", entity.name).strip()
    if not entity.is_sole_trader or bare not in NO_TRADE_NAME | {
        entity.legal_person.name or ctx.filing.entity_person.name
    }:
        return
    kept = (
        not params.get("refused")
        and ("remark" not in params or re.search(params["remark"], entity.remark))
        and (not params.get("marked") or bare != entity.name)
        and (not params.get("as_individual") or entity.is_individual)
    )
    if not kept:
        yield Hit("entity.name", {"name": entity.name})
