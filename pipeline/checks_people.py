"""Named checks about persons: age, who may be in charge, phones and e-mails, certificates' remaining validity."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from itertools import combinations

from pipeline.checks_base import (
    Context,
    Hit,
    Params,
    add_months,
    birth_of,
    full_years,
    label,
    named,
    same_name,
    same_person,
)
from pipeline.model import LONG_TERM, Person, Severity, Text

FOREIGN = frozenset({"passport", "foreign_permanent_resident"})
COMPATRIOT = frozenset({"hk_macau_permit", "hk_macau_residence", "taiwan_permit", "taiwan_residence"})
MAINLAND = frozenset({"中国", "CHN", "CN"})


@named({"who": list}, {"min": int, "max": int, "proof_below": int, "documents": list})
def min_age(ctx: Context, params: Params) -> Iterator[Hit]:
    """Each person's age on the day of submission; between `min` and `proof_below` a document is asked."""
    for where in params["who"]:
        birth = birth_of(ctx.person(where))
        if birth is None or (where == "service_person" and ctx.one_person and "entity_person" in params["who"]):
            continue
        age, least, most = full_years(birth, ctx.day), params.get("min", 0), params.get("max", 200)
        values = {"who": label(where), "age": age, "min": max(least, params.get("proof_below", 0))}
        if not least <= age <= most:
            yield Hit(where, values)
        elif age < params.get("proof_below", 0):
            yield Hit(where, values, tuple(params["documents"]))


@named({"person": str}, {"documents": list, "nationality": str, "unless_foreign": bool, "unless_nature": list})
def is_legal_person(ctx: Context, params: Params) -> Iterator[Hit]:
    """The person is the legal representative (法定代表人); any of `documents` makes another one acceptable."""
    person, legal = ctx.person(params["person"]), ctx.filing.entity.legal_person
    if same_person(person, legal) is not False:
        return
    if params.get("nationality") == "foreign" and not is_foreign(legal):
        return
    if (params.get("unless_foreign") and is_foreign(legal)) or ctx.filing.entity.nature in params.get(
        "unless_nature", ()
    ):
        return
    values = {"who": label(params["person"]), "name": person.name, "legal_name": legal.name}
    yield Hit(f"{params['person']}.name", values, tuple(params.get("documents", ())))


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


@named({"fields": list})
def contacts_fit_persons(ctx: Context, params: Params) -> Iterator[Hit]:
    """Two persons have different mobiles and e-mails; one person in both roles has the same ones."""
    filing = ctx.filing
    one = same_person(filing.entity_person, filing.service_person)
    if one is None:
        return
    for name in params["fields"]:
        left, right = getattr(filing.entity_person, name), getattr(filing.service_person, name)
        if left and right and (left.casefold() == right.casefold()) != one:
            said = (
                Text("同一个人却填了不同的", "one person with different values of ")
                if one
                else Text("不同的两个人却填了相同的", "two persons with the same ")
            )
            yield Hit(f"service_person.{name}", {"said": said, "field": label(f"service_person.{name}")})


@named({"pairs": list}, {"if_different_persons": bool})
def differ(ctx: Context, params: Params) -> Iterator[Hit]:
    """No two values of a pair are equal, such as an emergency phone and a mobile."""
    one = same_person(ctx.filing.entity_person, ctx.filing.service_person)
    if params.get("if_different_persons") and one is not False:
        return
    seen: set[object] = set()
    for left, right in params["pairs"]:
        values = ctx.value(left), ctx.value(right)
        key = values[1] if one else right
        if None not in values and values[0] == values[1] and key not in seen:
            seen.add(key)
            yield Hit(right, {"left": label(left), "right": label(right)})


@named({"paths": list, "min": int}, {"if_different_persons": bool})
def distinct_count(ctx: Context, params: Params) -> Iterator[Hit]:
    """Among several values at least so many different ones; silent while one is unknown."""
    one = same_person(ctx.filing.entity_person, ctx.filing.service_person)
    if params.get("if_different_persons") and one is not False:
        return
    found = [value for path in params["paths"] for _, value in ctx.known(path)]
    if len(found) == len(params["paths"]) and len(set(found)) < params["min"]:
        yield Hit(params["paths"][-1], {"count": len(set(found)), "min": params["min"]})


@named({"paths": list})
def all_differ(ctx: Context, params: Params) -> Iterator[Hit]:
    """No value occurs twice among several paths."""
    found = [item for path in params["paths"] for item in ctx.known(path)]
    for (left, one), (right, other) in combinations(found, 2):
        if one == other:
            yield Hit(right, {"left": label(left), "right": label(right)})


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


@named({"who": list, "by_origin": dict})
def certificate_by_origin(ctx: Context, params: Params) -> Iterator[Hit]:
    """A person's kind of certificate fits where the person comes from, as far as the nationality is known."""
    for origin, allowed in params["by_origin"].items():
        inner = {"who": params["who"], "allowed": allowed, "nationality": origin}
        yield from (hit for hit in certificate_type(ctx, inner) if ctx.person(hit.where.partition(".")[0]).nationality)


@named({"who": list, "allowed": list}, {"nationality": str, "nature": list})
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
                    "allowed": Text(_names(params["allowed"], "zh"), _names(params["allowed"], "en")),
                },
            )


def _of(person: Person, origin: str) -> bool:
    tests = {
        "": True,
        "mainland": person.nationality in MAINLAND and not is_compatriot(person),
        "foreign": is_foreign(person),
        "hkmtw": is_compatriot(person),
        "hk_macau": is_compatriot(person) and not _is_taiwan(person),
        "taiwan": _is_taiwan(person),
    }
    return tests[origin]


def is_foreign(person: Person) -> bool:
    """Whether the record shows a person without Chinese nationality."""
    if person.certificate.type in FOREIGN:
        return True
    return bool(person.nationality) and person.nationality not in MAINLAND and not is_compatriot(person)


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


CERTIFICATE_NAMES = {
    "resident_id": ("居民身份证", "resident ID card"),
    "passport": ("护照", "passport"),
    "hk_macau_permit": ("港澳居民来往内地通行证", "Hong Kong/Macao travel permit"),
    "hk_macau_residence": ("港澳居民居住证", "Hong Kong/Macao residence card"),
    "taiwan_permit": ("台湾居民来往大陆通行证", "Taiwan travel permit"),
    "taiwan_residence": ("台湾居民居住证", "Taiwan residence card"),
    "foreign_permanent_resident": ("外国人永久居留身份证", "foreign permanent resident card"),
}


def _names(kinds: list[str], language: str) -> str:
    place = 0 if language == "zh" else 1
    return ("、" if language == "zh" else ", ").join(CERTIFICATE_NAMES.get(kind, (kind, kind))[place] for kind in kinds)


@named({"left": str, "right": str})
def are_two_persons(ctx: Context, params: Params) -> Iterator[Hit]:
    """Two roles are filled by two persons."""
    if same_person(ctx.person(params["left"]), ctx.person(params["right"])):
        yield Hit(f"{params['right']}.name", {"left": label(params["left"]), "right": label(params["right"])})


@named({"pairs": list})
def not_swapped(ctx: Context, params: Params) -> Iterator[Hit]:
    """The pairs are not all equal at once, as when two persons only exchange their numbers."""
    values = [(ctx.value(left), ctx.value(right)) for left, right in params["pairs"]]
    if ctx.one_person is False and all(left is not None and left == right for left, right in values):
        yield Hit(
            params["pairs"][-1][1], {"left": label(params["pairs"][-1][0]), "right": label(params["pairs"][-1][1])}
        )


@named({"left": str, "right": str, "pattern": str})
def same_name_or_remark(ctx: Context, params: Params) -> Iterator[Hit]:
    """Two names agree, or the entity's remark explains why they do not."""
    left, right = ctx.value(params["left"]), ctx.value(params["right"])
    if left and right and not same_name(left, right) and not re.search(params["pattern"], ctx.filing.entity.remark):
        yield Hit(
            "entity.remark",
            {"left": label(params["left"]), "right": label(params["right"]), "value": left, "other": right},
        )
