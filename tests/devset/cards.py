"""Resident ID cards (居民身份证), residence permits of Hong Kong, Macao and Taiwan residents, mainland residence permits."""

from __future__ import annotations

from datetime import date, timedelta

from tests.devset import fictional as f
from tests.devset.fictional import Chance
from tests.devset.page import Colour, Design, Drawn, Page, card, design, stacked

BLUE: Colour = (52, 108, 158)


def idcard_front(chance: Chance) -> Drawn:
    look = design(chance, f.pick(chance, ("hei", "hei", "song")), colour=BLUE)
    person = _person(chance)
    page = card(chance, look, (208, 230, 242), (244, 226, 228), (152, 192, 214))
    _front(page, look, person, with_nation=True)
    return Drawn("idcard_front", page.pixels(), person, True, look.said)


def idcard_back(chance: Chance) -> Drawn:
    look = design(chance, f.pick(chance, ("hei", "hei", "song")), label="bold", title="bold", colour=(30, 30, 34))
    fields = _back_fields(chance)
    page = card(chance, look, (234, 226, 240), (210, 234, 232), (182, 194, 216))
    page.emblem(look.near(4.8), 4.4, 14.5)
    page.text(look.near(26.0), 9.0, "中华人民共和国", 4.9 * look.scale, look.title, gap=1.5)
    page.text(look.near(26.0), 17.5, "居民身份证", 6.9 * look.scale, look.title, gap=1.8)
    _office_and_term(page, look, fields, look.near(18.5), 38.5, 46.0)
    return Drawn("idcard_back", page.pixels(), fields, True, look.said)


def idcard_both(chance: Chance) -> Drawn:
    front, back = idcard_front(chance), idcard_back(chance)
    pixels = stacked(front.pixels, back.pixels, chance)
    return Drawn("idcard_both", pixels, {**front.fields, **back.fields}, False, front.design)


def residence_front(chance: Chance) -> Drawn:
    look = design(chance, "hei", colour=BLUE)
    code = f.pick(chance, ("810000", "820000", "830000"))
    person = _person(chance, code)
    person.pop("nation")
    page = card(chance, look, (206, 224, 244), (238, 232, 240), (150, 180, 214))
    _front(page, look, person, with_nation=False)
    return Drawn("residence_front", page.pixels(), person, True, look.said)


def residence_back(chance: Chance) -> Drawn:
    look = design(chance, "hei", label="bold", title="bold", colour=(30, 30, 34))
    fields = _back_fields(chance, (5,))
    taiwan = chance.random() < 0.4
    fields["permit_no"] = (
        f"{chance.integers(1, 99999999):08d}" if taiwan else f"{f.pick(chance, 'HM')}{chance.integers(1, 99999999):08d}"
    )
    fields["issue_count"] = f"{chance.integers(1, 5):02d}"
    page = card(chance, look, (236, 226, 240), (212, 234, 236), (186, 198, 220))
    page.emblem(5.0, 4.4, 14.0)
    page.text(26.0, 9.0, "中华人民共和国", 4.7 * look.scale, look.title, gap=1.4)
    page.text(
        look.near(24.5), 17.5, ("台湾" if taiwan else "港澳") + "居民居住证", 6.4 * look.scale, look.title, gap=0.8
    )
    _office_and_term(page, look, fields, look.near(17.0), 29.0, 35.5)
    for y, label, value in ((42.0, "通行证号码", fields["permit_no"]), (48.5, "签发次数", fields["issue_count"])):
        page.label(17.0, y, label, 2.7, gap=0.2)
        page.value(35.5, y, value, 3.0)
    return Drawn("residence_back", page.pixels(), fields, True, look.said)


def temporary_idcard(chance: Chance) -> Drawn:
    """The temporary card (临时居民身份证): portrait side with authority and a term of three months."""
    look = design(chance, "hei", colour=(40, 96, 90))
    person = _person(chance)
    start = f.day(chance, 2026, 2026)
    where = f.place(chance)
    person |= {
        "authority": f.authority(where),
        "valid_from": start.isoformat(),
        "valid_to": (start + timedelta(days=91)).isoformat(),
    }
    page = card(chance, look, (226, 240, 226), (240, 240, 220), (180, 208, 176))
    page.centred(42.8, 4.4, "中华人民共和国临时居民身份证", 3.2, look.title)
    _front(page, look, person, with_nation=True, top=3.6, squeeze=0.80)
    for y, label, value in ((43.4, "签发机关", person["authority"]), (47.8, "有效期限", _term(person))):
        page.label(6.2, y, label, 2.3, gap=0.3)
        page.value(22.0, y, value, 2.6)
    return Drawn("temporary_idcard", page.pixels(), person, True, f"temporary {look.said}")


def living_permit(chance: Chance) -> Drawn:
    """A provincial residence permit (居住证): name, sex, nation, birth, present address, ID number, validity."""
    look = design(chance, "hei", colour=(40, 110, 90))
    person = _person(chance)
    where = f.place(chance)
    start = f.day(chance, 2022, 2026)
    page = card(chance, look, (216, 238, 226), (240, 244, 226), (160, 204, 176))
    page.centred(42.8, 5.0, f"{where[1]}居住证", 4.2, look.title, gap=1.0)
    rows = (
        ("姓名", person["name"]),
        ("性别", person["sex"]),
        ("民族", person["nation"]),
        ("公民身份号码", person["id_number"]),
    )
    for i, (label, value) in enumerate(rows):
        page.label(5.0, 11.5 + 5.2 * i, label, 2.4, gap=0.4)
        page.value(25.0, 11.5 + 5.2 * i, value, 2.9)
    page.label(5.0, 33.0, "居住地址", 2.4, gap=0.4)
    person["address"] = f.address(chance, where)
    y = page.paragraph(25.0, 33.0, person["address"], 2.8, 33.0, 4.1)
    person |= {
        "authority": f.authority(where),
        "valid_from": start.isoformat(),
        "valid_to": start.replace(year=start.year + 1, day=min(28, start.day)).isoformat(),
    }
    person["valid_from"] = start.replace(day=min(28, start.day)).isoformat()
    person.pop("birth")
    for i, (label, value) in enumerate((("签发机关", person["authority"]), ("有效期限", _term(person)))):
        page.label(5.0, max(43.0, y) + 4.6 * i, label, 2.4, gap=0.4)
        page.value(25.0, max(43.0, y) + 4.6 * i, value, 2.8)
    page.portrait(60.0, 10.0, 20.0)
    return Drawn("residence_permit", page.pixels(), person, True, f"living {look.said}")


def _person(chance: Chance, code: str = "") -> dict[str, str]:
    where, sex = f.place(chance), f.pick(chance, "男女")
    birth = f.day(chance, 1950, 2007)
    return {
        "name": f.name(chance), "sex": sex, "nation": f.nation(chance), "birth": birth.isoformat(),
        "address": f.address(chance, where), "id_number": f.id_number(chance, code or where[0], birth, sex),
    }  # fmt: skip


def _front(
    page: Page, look: Design, person: dict[str, str], *, with_nation: bool, top: float = 0.0, squeeze: float = 1.0
) -> None:
    """The portrait side's rows; `squeeze` brings them closer together."""
    left, value_x, size = look.near(6.0), look.near(15.0, 0.03), 3.1 * look.scale
    ys = [top + y * squeeze for y in (9.4, 16.3, 23.6, 31.0, 47.2)]
    apart = look.near(1.0, 0.15)
    for y, label in zip(ys, ("姓名", "性别", "出生", "住址"), strict=False):
        page.label(left, y, label, 2.5, gap=apart)
    page.value(value_x, ys[0], person["name"], 3.5 * look.scale)
    page.value(value_x, ys[1], person["sex"], size)
    if with_nation:
        page.label(left + 17.0, ys[1], "民族", 2.5, gap=apart)
        page.value(left + 26.0, ys[1], person["nation"], size)
    _birth(page, person["birth"], left, value_x, ys[2], size)
    page.paragraph(value_x, ys[3], person["address"], size, 37.0, 4.5 * min(1.0, squeeze + 0.1), chars=11)
    page.label(left, ys[4] if squeeze == 1.0 else 52.0, "公民身份号码", 2.5, gap=0.3)
    page.value(
        left + 22.5,
        ys[4] if squeeze == 1.0 else 52.0,
        person["id_number"],
        3.6 if squeeze == 1.0 else 2.8,
        gap=look.near(0.12, 0.9),
        bold=squeeze == 1.0,
    )
    page.portrait(54.5, top + 7.2, 25.0 * squeeze)


def _birth(page: Page, birth: str, left: float, value_x: float, y: float, size: float) -> None:
    year, month, day = (str(int(part)) for part in birth.split("-"))
    if page.look.chance.random() < 0.5:
        for x, text in ((value_x, year), (value_x + 12.6, month), (value_x + 21.6, day)):
            page.value(x, y, text, size)
        for x, text in ((value_x + 8.6, "年"), (value_x + 16.8, "月"), (value_x + 25.8, "日")):
            page.label(x, y, text, 2.5)
        return
    at = value_x
    for text, mark in ((year, "年"), (month, "月"), (day, "日")):
        at = page.value(at, y, text, size) + 0.8
        page.label(at, y, mark, 2.5)
        at += 3.6


def _back_fields(chance: Chance, terms: tuple[int, ...] = (5, 10, 20, 0)) -> dict[str, str]:
    where, start = f.place(chance), f.day(chance, 2016, 2026)
    years = terms[int(chance.integers(len(terms)))]
    return {
        "authority": f.authority(where),
        "valid_from": start.isoformat(),
        "valid_to": "长期" if not years else _later(start, years).isoformat(),
    }


def _later(day: date, years: int) -> date:
    return day.replace(year=day.year + years) if (day.month, day.day) != (2, 29) else date(day.year + years, 2, 28)


def _term(fields: dict[str, str]) -> str:
    return f"{fields['valid_from'].replace('-', '.')}-{fields['valid_to'].replace('-', '.')}"


def _office_and_term(
    page: Page, look: Design, fields: dict[str, str], left: float, first: float, second: float
) -> None:
    value_x = left + look.near(16.5)
    for y, label, value in ((first, "签发机关", fields["authority"]), (second, "有效期限", _term(fields))):
        page.label(left, y, label, 2.8, gap=0.2)
        page.value(value_x, y, value, 3.1 * look.scale, gap=0.08)
