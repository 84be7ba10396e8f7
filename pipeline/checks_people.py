"""Named checks about persons: age, who may be in charge, phones and e-mails, certificates' remaining validity."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from extractors import numbers
from pipeline.checks_base import (
    Among,
    Context,
    Hit,
    Params,
    add_months,
    birth_of,
    full_years,
    label,
    named,
)
from pipeline.model import LONG_TERM, Person, Severity, Text
from pipeline.same import same_name, same_person
from pipeline.vocabulary import CERTIFICATE_TYPES

FOREIGN = frozenset({"passport", "foreign_permanent_resident"})
COMPATRIOT = frozenset({"hk_macau_permit", "hk_macau_residence", "taiwan_permit", "taiwan_residence"})
MAINLAND = frozenset({"中国", "CHN", "CN", "China", "中华人民共和国"})
LATIN = re.compile(r"[A-Za-z][A-Za-z .,'·-]{2,}")
"""A name in Latin letters, as licences print those of foreign legal representatives."""
ORIGINS = ["mainland", "foreign", "hkmtw", "hk_macau", "taiwan", "non_mainland"]
"""Where a person may come from, as rules write it."""


@named({"who": list}, {"min": int, "max": int, "max_women": int, "proof_below": int, "documents": list})
def min_age(ctx: Context, params: Params) -> Iterator[Hit]:
    """Each person's age on the day of submission; between `min` and `proof_below` a document is asked."""
    for where in params["who"]:
        birth = birth_of(ctx.person(where))
        if birth is None or (where == "service_person" and ctx.one_person and "entity_person" in params["who"]):
            continue
        age, least, most = full_years(birth, ctx.day), params.get("min", 0), _most(ctx.person(where), params)
        values = {"who": label(where), "age": age}
        if not least <= age <= most:
            yield Hit(where, {**values, "min": least})
        elif age < params.get("proof_below", 0):
            yield Hit(where, {**values, "min": params["proof_below"]}, tuple(params["documents"]))


def _most(person: Person, params: Params) -> int:
    """The greatest age: `max`, or `max_women` for a woman, as her card or the 17th figure of her number says."""
    number = person.certificate.number
    sex = person.sex or (numbers.sex_of(number) if numbers.is_resident_id(number.upper()) else "")
    return int(params.get("max_women" if sex == "女" else "max", params.get("max", 200)))


@named(
    {"person": str},
    {"documents": list, "nationality": ORIGINS, "unless_origin": ORIGINS, "unless_nature": list, "unless_remark": str},
)
def is_legal_person(ctx: Context, params: Params) -> Iterator[Hit]:
    """The person is the legal representative (法定代表人); any of `documents` makes another one acceptable.

    `nationality` asks this of legal representatives of that origin only, `unless_origin` of all but those;
    `unless_remark` is what the entity's remark says where the two are one person under two spellings.
    """
    person, legal = ctx.person(params["person"]), ctx.filing.entity.legal_person
    if same_person(person, legal) is not False or not _asked_of(ctx, legal, params):
        return
    values = {"who": label(params["person"]), "name": person.name, "legal_name": legal.name}
    yield Hit(f"{params['person']}.name", values, tuple(params.get("documents", ())))


def _asked_of(ctx: Context, legal: Person, params: Params) -> bool:
    entity = ctx.filing.entity
    if "unless_remark" in params and re.search(params["unless_remark"], entity.remark):
        return False
    if "unless_origin" in params and _of(legal, params["unless_origin"]):
        return False
    return _of(legal, params.get("nationality", "")) and entity.nature not in params.get("unless_nature", ())


@named({"person": str, "documents": list})
def letter_if_other_person(ctx: Context, params: Params) -> Iterator[Hit]:
    """A person in charge who is not the legal representative needs a letter."""
    yield from is_legal_person(ctx, params)


@named({"left": str, "right": str}, {"if_left_is_not_legal_person": bool})
def are_one_person(ctx: Context, params: Params) -> Iterator[Hit]:
    """Two roles are filled by one person."""
    left, right = ctx.person(params["left"]), ctx.person(params["right"])
    if params.get("if_left_is_not_legal_person") and same_person(left, ctx.filing.entity.legal_person) is not False:
        return
    if same_person(left, right) is False:
        yield Hit(f"{params['right']}.name", {"left": label(params["left"]), "right": label(params["right"])})


@named({"who": list})
def is_the_entity(ctx: Context, params: Params) -> Iterator[Hit]:
    """For an individual: each person in charge is the individual who files."""
    entity = ctx.filing.entity
    as_person = Person(name=entity.name, certificate=entity.certificate)
    for where in params["who"]:
        person = ctx.person(where)
        if same_person(person, as_person) is False:
            yield Hit(f"{where}.name", {"who": label(where), "name": person.name, "entity": entity.name})


@named({"paths": list, "min": int}, {"hard_min": int, "more_than": bool})
def months_left(ctx: Context, params: Params) -> Iterator[Hit]:
    """A date lies at least so many months after submission; 长期 passes."""
    need = add_months(ctx.day, params["min"])
    seen: set[object] = set()
    for path in params["paths"]:
        for where, until in ctx.known(path):
            paper = (ctx.value(where.replace("valid_to", "number")), until) if where.endswith("valid_to") else where
            if until == LONG_TERM or not isinstance(until, date) or paper in seen:
                continue
            seen.add(paper)
            if until < need or (params.get("more_than") and until == need):
                yield Hit(
                    where,
                    {"what": label(where), "until": until, "left": _days((until - ctx.day).days), "min": params["min"]},
                    (),
                    _urgency(ctx, until, params),
                )


def _days(days: int) -> Text:
    if days < 0:
        return Text(f"到提交时已过期 {-days} 天", f"expired {-days} days before submission")
    return Text(f"距提交只剩 {days} 天", f"{days} days after submission")


def _urgency(ctx: Context, until: date, params: Params) -> Severity | None:
    hard = params.get("hard_min")
    if hard is None or until < add_months(ctx.day, hard):
        return None
    return Severity.WARNING


@named({"paths": list})
def not_expired(ctx: Context, params: Params) -> Iterator[Hit]:
    """A date of validity has not passed."""
    for path in params["paths"]:
        for where, until in ctx.known(path):
            if isinstance(until, date) and until < ctx.day:
                yield Hit(where, {"what": label(where), "until": until})


@named({"who": list, "by_origin": Among(frozenset(CERTIFICATE_TYPES), each=True)})
def certificate_by_origin(ctx: Context, params: Params) -> Iterator[Hit]:
    """A person's kind of certificate fits where the person comes from, as far as the nationality is known."""
    for origin, allowed in params["by_origin"].items():
        inner = {"who": params["who"], "allowed": allowed, "nationality": origin}
        yield from (hit for hit in certificate_type(ctx, inner) if ctx.person(hit.where.partition(".")[0]).nationality)


@named({"who": list, "allowed": Among(frozenset(CERTIFICATE_TYPES))}, {"nationality": ORIGINS, "nature": list})
def certificate_type(ctx: Context, params: Params) -> Iterator[Hit]:
    """A person's kind of certificate is one of those allowed, for persons of a given origin."""
    if ctx.filing.entity.nature not in params.get("nature", [ctx.filing.entity.nature]):
        return
    for where in params["who"]:
        person = ctx.person(where)
        kind = person.certificate.type
        if kind and kind not in params["allowed"] and _of(person, params.get("nationality", "")):
            yield Hit(
                f"{where}.certificate.type",
                {
                    "who": label(where),
                    "allowed": _names(params["allowed"]),
                },
            )


def _of(person: Person, origin: str) -> bool:
    tests = {
        "": True,
        "mainland": person.nationality in MAINLAND and not is_compatriot(person),
        "foreign": is_foreign(person),
        "hkmtw": is_compatriot(person),
        "non_mainland": is_foreign(person) or is_compatriot(person),
        "hk_macau": is_compatriot(person) and not _is_taiwan(person),
        "taiwan": _is_taiwan(person),
    }
    return tests[origin]


def is_foreign(person: Person) -> bool:
    """Whether the record shows a person without Chinese nationality: the nationality decides, else certificate, else name."""
    if is_compatriot(person) or person.nationality in MAINLAND:
        return False
    if person.nationality or person.certificate.type:
        return bool(person.nationality) or person.certificate.type in FOREIGN
    return bool(LATIN.fullmatch(person.name))


def is_compatriot(person: Person) -> bool:
    """Whether the record shows a person from Hong Kong, Macao or Taiwan (港澳台居民)."""
    places = ("香港", "澳门", "台湾", "HKG", "MAC", "TWN")
    return (
        person.certificate.type in COMPATRIOT
        or any(place in person.nationality for place in places)
        or person.certificate.number[:2] in ("81", "82", "83")
    )


def _is_taiwan(person: Person) -> bool:
    return (
        person.certificate.type.startswith("taiwan")
        or "台湾" in person.nationality
        or person.certificate.number.startswith("83")
    )


CERTIFICATE_EN = {
    "resident_id": "resident ID card",
    "passport": "passport",
    "hk_macau_permit": "Hong Kong/Macao travel permit",
    "hk_macau_residence": "Hong Kong/Macao residence card",
    "taiwan_permit": "Taiwan travel permit",
    "taiwan_residence": "Taiwan residence card",
    "foreign_permanent_resident": "foreign permanent resident card",
}


def _names(kinds: list[str]) -> Text:
    """Types of persons' certificates in words."""
    return Text("、".join(CERTIFICATE_TYPES[kind] for kind in kinds), ", ".join(CERTIFICATE_EN[kind] for kind in kinds))


@named({"left": str, "right": str})
def are_two_persons(ctx: Context, params: Params) -> Iterator[Hit]:
    """Two roles are filled by two persons."""
    if same_person(ctx.person(params["left"]), ctx.person(params["right"])):
        yield Hit(f"{params['right']}.name", {"left": label(params["left"]), "right": label(params["right"])})


@named({"left": str, "right": str, "pattern": str})
def same_name_or_remark(ctx: Context, params: Params) -> Iterator[Hit]:
    """Two names agree, or the entity's remark explains why they do not."""
    left, right = ctx.value(params["left"]), ctx.value(params["right"])
    if left and right and not same_name(left, right) and not re.search(params["pattern"], ctx.filing.entity.remark):
        yield Hit(
            "entity.remark",
            {"left": label(params["left"]), "right": label(params["right"]), "value": left, "other": right},
        )
