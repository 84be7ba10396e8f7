"""Further specimens that no example filing holds yet: passport, Hong Kong and Macau permit, institution certificate.

Each function returns the sheet; the values drawn stand in the dataclass it is given, so a test can compare.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from samples import draw_cards
from samples.canvas import LABEL_BLUE, MARK_GREY, SPECIMEN, Colour, Pixels, Sheet, portrait, rosette, seal, waves

PX_PER_MM = 16.0
MRZ_WIDTH = 44
MRZ_WEIGHTS = (7, 3, 1)


@dataclass(frozen=True, slots=True)
class Passport:
    """The data page of a passport; `country` UTO is Utopia, kept by ICAO for specimens."""

    number: str
    country: str
    surname: str
    given_names: str
    sex: str
    birth: date
    birth_place: str
    issued: date
    expires: date


@dataclass(frozen=True, slots=True)
class HomeReturnPermit:
    """A Mainland travel permit for Hong Kong and Macau residents (港澳居民来往内地通行证)."""

    name: str
    pinyin: str
    birth: date
    sex: str
    valid_from: date
    valid_to: date
    authority: str
    number: str
    place: str


@dataclass(frozen=True, slots=True)
class Institution:
    """A certificate of a public institution (事业单位法人证书)."""

    name: str
    credit_code: str
    scope: str
    address: str
    legal_person: str
    funding: str
    capital: str
    organizer: str
    valid_from: date
    valid_to: date
    registrar: str


def mrz_check(text: str) -> str:
    """The check digit of a part of a machine readable zone, ICAO 9303."""
    values = [0 if char == "<" else int(char, 36) for char in text]
    return str(sum(value * MRZ_WEIGHTS[at % 3] for at, value in enumerate(values)) % 10)


def mrz(passport: Passport) -> tuple[str, str]:
    """The two lines of the machine readable zone."""
    names = f"{passport.surname}<<{passport.given_names.replace(' ', '<')}"
    first = f"P<{passport.country}{names}".ljust(MRZ_WIDTH, "<")[:MRZ_WIDTH]
    number = passport.number.ljust(9, "<")
    birth, expires, personal = f"{passport.birth:%y%m%d}", f"{passport.expires:%y%m%d}", "<" * 14
    number, birth, expires = (part + mrz_check(part) for part in (number, birth, expires))
    personal += "<"
    whole = mrz_check(number + birth + expires + personal)
    return first, f"{number}{passport.country}{birth}{passport.sex}{expires}{personal}{whole}"


def passport_page(passport: Passport, seed: int = 61) -> Pixels:
    """The data page."""
    sheet = _ground(125.0, 88.0, (232, 240, 232), (240, 232, 244), (176, 200, 190), seed)
    sheet.text(40.0, 4.0, "PASSPORT", 4.0, style="bold", fill=LABEL_BLUE, gap=1.0)
    sheet.text(88.0, 4.6, SPECIMEN, 2.2, fill=MARK_GREY)
    portrait(sheet, seed, 6.0, 14.0, 30.0)
    rows = (
        (40, 11, "Type", "P"), (62, 11, "Country code", passport.country), (90, 11, "Passport No.", passport.number),
        (40, 20, "Surname", passport.surname), (40, 29, "Given names", passport.given_names),
        (40, 38, "Sex", passport.sex), (90, 38, "Date of birth", _passport_day(passport.birth)),
        (40, 47, "Place of birth", passport.birth_place), (90, 47, "Date of issue", _passport_day(passport.issued)),
        (90, 56, "Date of expiry", _passport_day(passport.expires)),
    )  # fmt: skip
    for x, y, label, value in rows:
        sheet.text(x, y, label, 2.0, fill=LABEL_BLUE)
        sheet.text(x, y + 2.9, value, 3.1)
    for at, line in enumerate(mrz(passport)):
        sheet.cells(6.6, 69.5 + at * 7.0, line, 3.6, 2.54)
    return sheet.pixels()


def home_return_permit(permit: HomeReturnPermit, seed: int = 62) -> Pixels:
    """The front of the card."""
    sheet = _ground(draw_cards.WIDTH_MM, draw_cards.HEIGHT_MM, (214, 228, 244), (232, 240, 250), (160, 186, 216), seed)
    sheet.text(20.0, 3.6, "港澳居民来往内地通行证", 4.2, style="bold", gap=0.7)
    portrait(sheet, seed, 4.6, 12.0, 22.0)
    rows = (
        (30.0, 11.5, "姓名", permit.name), (30.0, 22.0, "出生日期", f"{permit.birth:%Y.%m.%d}"),
        (60.0, 22.0, "性别", permit.sex), (30.0, 31.0, "有效期限", _span(permit.valid_from, permit.valid_to)),
        (30.0, 40.0, "签发机关", permit.authority), (60.0, 40.0, "签发地点", permit.place),
    )  # fmt: skip
    for x, y, label, value in rows:
        sheet.text(x, y, label, 2.1, fill=LABEL_BLUE)
        sheet.text(x, y + 2.9, value, 3.0)
    sheet.text(30.0, 18.3, permit.pinyin, 2.6)
    sheet.text(4.6, 40.8, "证件号码", 2.1, fill=LABEL_BLUE)
    sheet.text(4.6, 43.8, permit.number, 3.6, style="bold")
    sheet.text(60.0, 50.2, SPECIMEN, 1.9, fill=MARK_GREY)
    return sheet.pixels()


def institution_certificate(institution: Institution, seed: int = 63) -> Pixels:
    """The certificate, landscape A4."""
    sheet = _ground(297.0, 210.0, (254, 250, 242), (252, 246, 240), (240, 222, 196), seed, 7.0)
    box = [sheet.px(v) for v in (9.0, 9.0, 288.0, 201.0)]
    sheet.pen.rectangle(box, outline=(190, 120, 60), width=sheet.px(1.2))
    sheet.paste(rosette(sheet.px(20), (206, 70, 60)), 138.5, 14.0)
    sheet.centred(148.5, 38.0, "事业单位法人证书", 12.0, style="song", gap=3.0)
    sheet.text(92.0, 57.0, "统一社会信用代码", 5.0, gap=0.4)
    sheet.text(142.0, 57.0, institution.credit_code, 5.0, style="bold", gap=0.3)
    left = (("名称", institution.name), ("宗旨和业务范围", institution.scope), ("住所", institution.address))
    right = (
        ("法定代表人", institution.legal_person), ("经费来源", institution.funding),
        ("开办资金", institution.capital), ("举办单位", institution.organizer),
    )  # fmt: skip
    _rows(sheet, left, 26.0, 66.0, 84.0)
    _rows(sheet, right, 164.0, 194.0, 74.0)
    sheet.text(
        26.0,
        172.0,
        f"有效期：自{_chinese(institution.valid_from)}至{_chinese(institution.valid_to)}",
        5.0,
        style="song",
    )
    sheet.text(190.0, 150.0, "登记管理机关", 5.0, gap=0.8)
    sheet.paste(seal(sheet.px(36), institution.registrar), 232.0, 138.0)
    sheet.text(22.0, 190.0, SPECIMEN, 3.4, fill=MARK_GREY)
    return sheet.pixels()


def _rows(sheet: Sheet, rows: tuple[tuple[str, str], ...], label_x: float, value_x: float, width: float) -> None:
    y = 76.0
    for label, value in rows:
        sheet.text(label_x, y, label, 5.0)
        y = max(sheet.paragraph(value_x, y, value, 5.0, width, 7.2, style="song"), y + 7.2) + 6.0


def _ground(
    width: float, height: float, left: Colour, right: Colour, ink: Colour, seed: int, scale: float = PX_PER_MM
) -> Sheet:
    return Sheet(width, height, scale, waves(round(width * scale), round(height * scale), left, right, ink, seed))


def _passport_day(day: date) -> str:
    return f"{day:%d %b %Y}".upper()


def _span(start: date, end: date) -> str:
    return f"{start:%Y.%m.%d}-{end:%Y.%m.%d}"


def _chinese(day: date) -> str:
    return f"{day:%Y}年{day:%m}月{day:%d}日"
