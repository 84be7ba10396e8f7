"""Passports, travel permits of Hong Kong, Macao and Taiwan residents, the foreign permanent resident's card."""

from __future__ import annotations

from datetime import date, timedelta

from extractors.numbers import mrz_check
from tests.devset import fictional as f
from tests.devset.cards import BLUE
from tests.devset.fictional import Chance
from tests.devset.fonts import faces
from tests.devset.page import Design, Drawn, Page, card, design, ground

_PASSPORT_MM = (125.0, 88.0)
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_COUNTRIES = ("UTO", "DEU", "USA", "GBR", "SGP", "KOR", "JPN", "FRA", "AUS", "MYS")
_PROVINCES = (("广东", "GUANGDONG"), ("湖北", "HUBEI"), ("北京", "BEIJING"), ("四川", "SICHUAN"), ("浙江", "ZHEJIANG"))


def passport(chance: Chance) -> Drawn:
    """A passport's data page, Chinese in half of the cases."""
    chinese = chance.random() < 0.5
    look = design(chance, "hei" if chinese else "latin", colour=(60, 70, 110))
    page = Page(
        _PASSPORT_MM, 15.0, look, ground(_PASSPORT_MM, 15.0, chance, (234, 242, 234), (242, 234, 246), (184, 206, 196))
    )
    surname, given = f.pinyin(chance)
    surname, given = surname.replace("'", ""), given.replace("-", " ")
    born, issued = f.day(chance, 1950, 2006), f.day(chance, 2017, 2026)
    expiry = issued.replace(year=issued.year + 10, day=min(28, issued.day)) - timedelta(days=1)
    number = (
        f"{f.pick(chance, 'EG')}{chance.integers(10**7, 10**8)}"
        if chinese
        else f"{f.pick(chance, 'CFGHJKLMNPRTVWXYZ')}{chance.integers(10**6, 10**7)}{f.pick(chance, 'CFGHKN12')}"
    )
    country, sex = ("CHN" if chinese else f.pick(chance, _COUNTRIES)), f.pick(chance, "MF")
    fields = {"passport_no": number, "country": country, "sex": sex, "birth": born.isoformat(), "expiry": expiry.isoformat(),
              "issue_date": issued.isoformat(), "surname": surname, "given_names": given}  # fmt: skip
    first, second = _zone(fields, chance)
    fields |= {"mrz1": first, "mrz2": second}
    if chinese:
        fields |= {"name_cn": f.name(chance), "birth_place": _PROVINCES[int(chance.integers(len(_PROVINCES)))][0]}
    _passport_rows(page, look, fields, chinese)
    zone = faces("zone")[int(chance.integers(len(faces("zone"))))]
    pitch = look.near(2.54, 0.02)
    for i, line in enumerate((first, second)):
        page.cells((_PASSPORT_MM[0] - 44 * pitch) / 2, 73.0 + 7.4 * i, line, 4.0, pitch, zone)
    return Drawn("passport", page.pixels(), fields, False, f"{'chinese' if chinese else 'foreign'} {look.said}")


def _zone(fields: dict[str, str], chance: Chance) -> tuple[str, str]:
    first = f"P{f.pick(chance, '<<<O') if fields['country'] == 'CHN' else '<'}{fields['country']}{fields['surname']}<<{fields['given_names'].replace(' ', '<')}".ljust(
        44, "<"
    )[:44]
    personal = "LMNOLPKH<<<<A9"[:14] if fields["country"] == "CHN" and chance.random() < 0.6 else "<" * 14
    number, birth, expiry = fields["passport_no"].ljust(9, "<"), _six(fields["birth"]), _six(fields["expiry"])
    parts = [part + str(mrz_check(part)) for part in (number, birth, expiry)]
    private = personal + ("<" if personal.strip("<") == "" else str(mrz_check(personal)))
    whole = mrz_check(parts[0] + parts[1] + parts[2] + private)
    return first, f"{parts[0]}{fields['country']}{parts[1]}{fields['sex']}{parts[2]}{private}{whole}"


def _six(day: str) -> str:
    return day[2:4] + day[5:7] + day[8:10]


def _printed(day: str, chinese: bool, short: bool) -> str:
    year, month, number = day.split("-")
    word = _MONTHS[int(month) - 1]
    if chinese:
        return f"{number} {int(month)}月/{word} {year}"
    return f"{number} {word} {year}" if not short else f"{number} {word.title()} / {word} {year}"


def _passport_rows(page: Page, look: Design, fields: dict[str, str], chinese: bool) -> None:
    page.text(
        look.near(42.0),
        6.0,
        "护照  PASSPORT" if chinese else f.pick(look.chance, ("PASSPORT", "REISEPASS PASSPORT PASSEPORT")),
        4.0,
        look.title,
        gap=0.6,
    )
    page.portrait(look.near(6.0), 14.0, 29.0)
    short = look.chance.random() < 0.3
    day = {name: _printed(fields[name], chinese, short) for name in ("birth", "issue_date", "expiry")}
    place = dict(_PROVINCES).get(fields.get("birth_place", ""), "BERLIN")
    word = {"M": "男/M", "F": "女/F"}[fields["sex"]] if chinese else fields["sex"]
    rows = [
        (42, 12, "类型/Type", "P"), (62, 12, "国家码/Country Code", fields["country"]), (92, 12, "护照号/Passport No.", fields["passport_no"]),
        (42, 22, "姓名/Name" if chinese else "Surname", fields["name_cn"] if chinese else fields["surname"]),
        (42, 36, "性别/Sex", word), (62, 36, "国籍/Nationality", "中国/CHINESE" if chinese else "UTOPIAN"), (92, 36, "出生日期/Date of birth", day["birth"]),
        (42, 46, "出生地点/Place of birth", f"{fields['birth_place']}/{place}" if chinese else place), (92, 46, "签发日期/Date of issue", day["issue_date"]),
        (42, 56, "签发地点/Place of issue", "广东/GUANGDONG" if chinese else "UTOPIA CITY"), (92, 56, "有效期至/Date of expiry", day["expiry"]),
    ]  # fmt: skip
    if not chinese:
        rows.insert(4, (42, 29, "Given names", fields["given_names"]))
    for x, y, label, value in rows:
        page.label(x, y, label if chinese else label.split("/")[-1], 1.9 * look.scale)
        page.value(x, y + 3.6, value, 3.0 * look.scale)
    if chinese:
        page.value(42, 30.0, f"{fields['surname']}, {fields['given_names']}", 3.0 * look.scale)


def hk_macau_permit(chance: Chance) -> Drawn:
    return _permit(
        chance, "hk_macau_permit", "港澳居民来往内地通行证", f"{f.pick(chance, 'HM')}{chance.integers(1, 10**8):08d}"
    )


def taiwan_permit(chance: Chance) -> Drawn:
    return _permit(chance, "taiwan_permit", "台湾居民来往大陆通行证", f"{chance.integers(1, 10**8):08d}")


def _permit(chance: Chance, kind: str, title: str, number: str) -> Drawn:
    look = design(chance, "hei", colour=BLUE)
    surname, given = f.pinyin(chance)
    start = f.day(chance, 2017, 2026)
    end = start.replace(year=start.year + int(f.pick(chance, ("5", "10"))), day=min(28, start.day)) - timedelta(days=1)
    start = start.replace(day=min(28, start.day))
    place = f.pick(chance, ("广东", "香港", "北京", "福建", "上海"))
    fields = {"name": f.name(chance), "pinyin": f"{surname}, {given}", "birth": f.day(chance, 1950, 2010).isoformat(), "sex": f.pick(chance, "男女"),
              "valid_from": start.isoformat(), "valid_to": end.isoformat(), "authority": "公安部出入境管理局", "permit_no": number, "issue_place": place}  # fmt: skip
    page = card(chance, look, (214, 230, 246), (234, 242, 250), (164, 190, 218))
    page.centred(46.0, 5.4, title, 4.0 * look.scale, look.title, gap=0.6)
    (_permit_under if chance.random() < 0.5 else _permit_beside)(page, look, fields)
    return Drawn(kind, page.pixels(), fields, True, look.said)


def _permit_under(page: Page, look: Design, fields: dict[str, str]) -> None:
    """Values under their labels, as the cards since 2013 have them."""
    left = look.near(30.0, 0.03)
    page.portrait(4.6, 11.0, 21.0)
    rows = ((left, 11.5, "姓名", fields["name"]), (left, 23.0, "出生日期", fields["birth"].replace("-", ".")), (left + 30, 23.0, "性别", fields["sex"]),
            (left, 31.0, "有效期限", _span(fields)), (left, 39.0, "签发机关", fields["authority"]), (left + 31, 39.0, "签发地点", fields["issue_place"]))  # fmt: skip
    for x, y, label, value in rows:
        page.label(x, y, label, 2.0)
        page.value(x, y + 3.4, value, 2.9 * look.scale)
    page.value(left, 18.9, fields["pinyin"], 2.5)
    page.label(left, 47.0, "证件号码", 2.0)
    page.value(left + 12, 47.2, fields["permit_no"], 3.3, bold=True)


def _permit_beside(page: Page, look: Design, fields: dict[str, str]) -> None:
    """Values beside their labels."""
    left = look.near(5.0)
    page.portrait(60.0, 10.0, 21.0)
    rows = (("姓名", fields["name"]), ("", fields["pinyin"]), ("出生日期", fields["birth"].replace("-", ".")), ("性别", fields["sex"]),
            ("有效期限", _span(fields)), ("签发机关", fields["authority"]), ("签发地点", fields["issue_place"]), ("证件号码", fields["permit_no"]))  # fmt: skip
    for i, (label, value) in enumerate(rows):
        y = 12.0 + 5.2 * i
        page.label(left, y, label, 2.3, gap=0.2)
        page.value(left + 15.0, y, value, 2.9 * look.scale)


def foreign_permanent_card(chance: Chance) -> Drawn:
    """The foreign permanent resident's card (外国人永久居留身份证, issued since 2017, of 2023 the five-star card)."""
    look = design(chance, "hei", colour=BLUE)
    surname, given = f.pinyin(chance)
    born, sex = f.day(chance, 1955, 2005), f.pick(chance, "男女")
    start = f.day(chance, 2023, 2026).replace(day=5)
    number = f.id_number(chance, "9" + f"{chance.integers(10**4, 10**5)}", born, sex)
    end = date(start.year + 10, start.month, 5)
    fields = {"name": f"{surname}, {given}", "sex": sex, "birth": born.isoformat(), "permit_no": number, "country": "德国/DEU",
              "valid_from": start.isoformat(), "valid_to": end.isoformat(), "authority": "国家移民管理局"}  # fmt: skip
    page = card(chance, look, (224, 232, 244), (244, 236, 232), (180, 196, 214))
    page.text(5.0, 5.0, "中华人民共和国外国人永久居留身份证", 3.0, look.title)
    page.text(5.0, 8.6, "FOREIGN PERMANENT RESIDENT ID CARD", 2.0, look.label)
    rows = (("姓名/Name", fields["name"]), ("性别/Sex", f"{sex}/{'M' if sex == '男' else 'F'}"), ("出生日期/Date of Birth", fields["birth"].replace("-", ".")),
            ("国籍/Nationality", fields["country"]), ("有效期限/Period of Validity", _span(fields)), ("签发机关/Issuing Authority", fields["authority"]))  # fmt: skip
    for i, (label, value) in enumerate(rows):
        page.label(5.0, 13.0 + 5.8 * i, label, 1.8)
        page.value(5.0, 15.8 + 5.8 * i, value, 2.6)
    page.label(5.0, 48.6, "证件号码/ID No.", 1.9)
    page.value(24.0, 48.6, number, 3.2, bold=True)
    page.portrait(58.0, 10.0, 22.0)
    return Drawn("foreign_permanent_resident", page.pixels(), fields, True, look.said)


def _span(fields: dict[str, str]) -> str:
    return f"{fields['valid_from'].replace('-', '.')}-{fields['valid_to'].replace('-', '.')}"
