"""Named checks about phones and e-mails: which must differ, what range a number is of, and reuse in other filings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from pipeline import phones
from pipeline.checks_base import Among, Context, Hit, Params, label, named
from pipeline.checks_places import province_by_code, province_of
from pipeline.model import Person, Text
from pipeline.other_filings import ROLES, Contact
from pipeline.same import comparable, same_name, same_person


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


@named({"pairs": list})
def not_swapped(ctx: Context, params: Params) -> Iterator[Hit]:
    """The pairs are not all equal at once, as when two persons only exchange their numbers."""
    values = [(ctx.value(left), ctx.value(right)) for left, right in params["pairs"]]
    if ctx.one_person is False and all(left is not None and left == right for left, right in values):
        yield Hit(
            params["pairs"][-1][1], {"left": label(params["pairs"][-1][0]), "right": label(params["pairs"][-1][1])}
        )


RANGES: dict[str, Text] = {
    "resale": Text("虚拟运营商号段", "a virtual operator's range"),
    "data": Text("物联网号段", "a range for machines"),
    "satellite": Text("卫星通信号段", "a satellite range"),
    "unassigned": Text("尚未分配的号段", "a range not yet given out"),
}


@named({"paths": list, "refused": Among(frozenset(RANGES))})
def mobile_range(ctx: Context, params: Params) -> Iterator[Hit]:
    """A mobile is of no range that may not get the ministry's messages (工信部短信)."""
    seen: set[str] = set()
    for where, number in ctx.texts(params["paths"]):
        use = phones.range_of(number)
        if use in params["refused"] and number not in seen:
            seen.add(number)
            yield Hit(where, {"what": label(where), "start": phones.plain(number)[:4], "range": RANGES[use]})


@named({"paths": list}, {"unless_local_id": bool})
def home_province(ctx: Context, params: Params) -> Iterator[Hit]:
    """A mobile was given out in the filing's province, as far as its home is known; `unless_local_id` asks it of outsiders only."""
    if not ctx.filing.province or (params.get("unless_local_id") and not _is_outsider(ctx)):
        return
    seen: set[str] = set()
    for where, number in ctx.texts(params["paths"]):
        home = phones.home_province(number)
        if home and home != ctx.filing.province and number not in seen:
            seen.add(number)
            yield Hit(where, {"what": label(where), "home": home, "province": ctx.filing.province})


def _is_outsider(ctx: Context) -> bool:
    holder = ctx.filing.entity_person.certificate
    home = province_of(holder.address, ctx.provinces) or province_by_code(holder.number, ctx.provinces)
    return bool(home) and home != ctx.filing.province


_ROUND = (2, *(digit * 10**zeros for zeros in range(7) for digit in (5, 10, 20)))
REUSED = ("mobile", "email", "emergency_phone", "certificate")


@named({"fields": Among(frozenset(REUSED))}, {"who": list, "unless_same_person": bool, "unless_individual": bool})
def not_reused(ctx: Context, params: Params) -> Iterator[Hit]:
    """No phone, e-mail or certificate stands in the agent's filing for another entity.

    `unless_same_person`: the same person may hold it there; `unless_individual`: also in an own personal filing.
    """
    seen: set[str] = set()
    for role in params.get("who", ROLES):
        person = ctx.person(role)
        for name in params["fields"]:
            value = value_of(person, name)
            others = _holders(ctx, person, value, params) if value and value not in seen else []
            if others:
                seen.add(value)
                where = f"{role}.certificate.number" if name == "certificate" else f"{role}.{name}"
                yield Hit(where, {"what": label(where), "filing": _together(others)})


def _holders(ctx: Context, person: Person, value: str, params: Params) -> list[Contact]:
    """The contacts of other entities that hold a value where it may not be held."""
    found = []
    for contact in ctx.others:
        if _same_entity(ctx, contact) or value not in _values(contact.person):
            continue
        same = same_person(person, contact.person) is True
        if same and (params.get("unless_same_person") or (params.get("unless_individual") and contact.is_individual)):
            continue
        found.append(contact)
    return found


def _together(found: Sequence[Contact]) -> Text:
    """The first of some filings, and about how many they are: one more does not make another finding of it."""
    filings = {contact.filing: contact.stands_for for contact in found}
    first, count = found[0].filing, sum(filings.values())
    if count == 1:
        return first
    least = max(one for one in _ROUND if one <= count)
    return Text(f"{first.zh} 等 {least} 份以上", f"{first.en} and others, {least} or more in all")


@named({})
def one_order_at_a_time(ctx: Context, _params: Params) -> Iterator[Hit]:
    """No other order of the same entity is in review, with whichever provider."""
    for contact in ctx.others:
        if contact.order is not None and _same_entity(ctx, contact):
            yield Hit("entity.name", {"filing": contact.filing, "state": contact.order})
            return


def _same_entity(ctx: Context, contact: Contact) -> bool:
    entity = ctx.filing.entity
    if entity.certificate.number and contact.entity_number:
        return comparable("number", entity.certificate.number) == comparable("number", contact.entity_number)
    return bool(entity.name) and same_name(entity.name, contact.entity_name)


def value_of(person: Person, name: str) -> str:
    """A value in the form in which two of them are compared."""
    if name == "certificate":
        return comparable("number", person.certificate.number)
    return comparable("email" if name == "email" else "phone", getattr(person, name))


def _values(person: Person) -> set[str]:
    return {value_of(person, name) for name in REUSED} - {""}


@named({"fields": Among(frozenset(REUSED))})
def same_contacts_elsewhere(ctx: Context, params: Params) -> Iterator[Hit]:
    """One person in charge of several entities has the same phone and e-mail in all of the agent's filings."""
    for role in ROLES:
        person = ctx.person(role)
        if role == "service_person" and ctx.one_person:
            return
        mine = [one for one in ctx.others if person.certificate.number and same_person(person, one.person) is True]
        for name in params["fields"]:
            value = value_of(person, name)
            others = [one for one in mine if value and value_of(one.person, name) not in ("", value)]
            if others:
                where = f"{role}.{name}"
                yield Hit(where, {"what": label(where), "filing": _together(others)})
