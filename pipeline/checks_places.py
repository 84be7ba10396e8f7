"""Where something lies: province and city of an address, of an ID number, of a credit code; and checks on them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from extractors import numbers
from extractors.divisions import was_division
from pipeline.checks_base import Context, Hit, Params, Province, label, named
from pipeline.model import Text

MUNICIPALITIES = ("北京", "天津", "上海", "重庆")
DETAIL = re.compile(r"号|室|层|楼|单元|栋|幢|座|村|组|信箱|\d{2,}")


def province_of(address: str, provinces: Mapping[str, Province]) -> str:
    """The province an address names, else the one its city lies in, else an empty text."""
    for name in provinces:
        if address.startswith(name):
            return name
    for name, province in provinces.items():
        if province.full_name in address[:14] or any(_begins(address, city) for city in province.cities):
            return name
    return ""


def _begins(address: str, city: str) -> bool:
    return address.startswith(city) and address[len(city) : len(city) + 1] in ("市", "州", "地", "盟")


def city_of(address: str, provinces: Mapping[str, Province]) -> str:
    """The prefecture-level city an address names, a municipality counting as its own city; empty when not said."""
    name = province_of(address, provinces)
    if name in MUNICIPALITIES:
        return name
    found = [(address.find(city), city) for city in provinces[name].cities if city in address[:20]] if name else []
    return min(found)[1] if found else ""


def province_by_code(code: str, provinces: Mapping[str, Province]) -> str:
    """The province of a GB/T 2260 code's first two figures."""
    return next((name for name, province in provinces.items() if province.code[:2] == code[:2]), "")


@named({"left": str, "right": str, "level": ["province", "city"]})
def same_region(ctx: Context, params: Params) -> Iterator[Hit]:
    """Two addresses lie in the same province or city."""
    left, right = ctx.value(params["left"]), ctx.value(params["right"])
    if not left or not right:
        return
    place = province_of if params["level"] == "province" else city_of
    places = place(left, ctx.provinces), place(right, ctx.provinces)
    if all(places) and places[0] != places[1]:
        yield Hit(
            params["left"],
            {"left": label(params["left"]), "right": label(params["right"]), "place": places[0], "other": places[1]},
        )


@named({"path": str}, {"documents": list})
def in_province(ctx: Context, params: Params) -> Iterator[Hit]:
    """An address lies in the province of the filing, or one of `documents` is there."""
    found = province_of(ctx.value(params["path"]) or "", ctx.provinces)
    if found and ctx.filing.province and found != ctx.filing.province:
        yield Hit(
            params["path"],
            {"what": label(params["path"]), "place": found, "province": ctx.filing.province},
            tuple(params.get("documents", ())),
        )


@named({}, {"documents": list, "if_entity_name": str, "outsiders": bool})
def id_of_province(ctx: Context, params: Params) -> Iterator[Hit]:
    """The individual's ID card is of the filing's province (address first, else the number), or a document is there.

    `if_entity_name` asks it only of entities so named; `outsiders` also of persons without a mainland ID card.
    """
    holder = ctx.filing.entity_person.certificate
    if "if_entity_name" in params and not re.search(params["if_entity_name"], ctx.filing.entity.name):
        return
    if holder.type not in ("", "resident_id"):
        if params.get("outsiders"):
            yield Hit("entity_person.certificate.type", _outside(ctx), tuple(params.get("documents", ())))
        return
    found = province_of(holder.address, ctx.provinces) or province_by_code(holder.number, ctx.provinces)
    if found and ctx.filing.province and found != ctx.filing.province:
        yield Hit(
            "entity_person.certificate.address",
            {"place": found, "province": ctx.filing.province},
            tuple(params.get("documents", ())),
        )


def _outside(ctx: Context) -> dict[str, object]:
    return {"place": Text("内地以外", "a place outside the mainland"), "province": ctx.filing.province}


@named({"paths": list})
def id_division_known(ctx: Context, params: Params) -> Iterator[Hit]:
    """The first six figures of a resident ID number are, or once were, a division's code (GB/T 2260)."""
    seen: set[str] = set()
    for where, number in ctx.texts(params["paths"]):
        if numbers.is_resident_id(number.upper()) and number not in seen and not was_division(number[:6]):
            seen.add(number)
            yield Hit(where, {"what": label(where)})


@named()
def code_of_province(ctx: Context, params: Params) -> Iterator[Hit]:
    """Figures 3-4 of the credit code name the filing's province; nationally registered units are let through."""
    code = ctx.filing.entity.certificate.number
    if len(code) != 18 or code[2:6] == "1000" or ctx.filing.entity.is_individual:
        return
    found = province_by_code(code[2:4], ctx.provinces)
    if found and ctx.filing.province and found != ctx.filing.province:
        yield Hit("entity.certificate.number", {"place": found, "province": ctx.filing.province})


@named({"path": str}, {"remark": str, "pattern": str})
def address_detail(ctx: Context, params: Params) -> Iterator[Hit]:
    """An address goes down to the door and is spelled out; a remark that it is the fullest one lets it pass."""
    address = ctx.value(params["path"])
    if not address or any(
        "最详细" in remark or "已是最" in remark for _, remark in ctx.texts(["entity.remark", "services[].remark"])
    ):
        return
    detail = re.search(params["pattern"], address) if "pattern" in params else DETAIL.search(address)
    if not detail or ("pattern" not in params and re.search(r"\d+-\d+", address)):
        yield Hit(params["path"], {"what": label(params["path"]), "value": address})


@named({"path": str})
def not_place_portal(ctx: Context, params: Params) -> Iterator[Hit]:
    """A site is not named like the portal of a place, such as 怒江网; government bodies may."""
    if ctx.filing.entity.nature in ("government_organ", "public_institution"):
        return
    places = [
        name for province in ctx.provinces.values() for name in (province.name, province.full_name, *province.cities)
    ]
    for where, value in ctx.texts([params["path"]]):
        found = re.fullmatch(r"(.{2,6}?)(省|市|州|县)?(网|在线|门户|门户网|信息港|热线)", value)
        if found and found[1] in places:
            yield Hit(where, {"what": label(where), "value": value})
