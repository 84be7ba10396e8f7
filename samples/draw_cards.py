"""Specimen resident identity cards (居民身份证), front and back, in their real proportions and label layout.

The portrait is a silhouette, the emblem an abstract ornament, and each side is marked SPECIMEN 样本 away from its
values: nobody can take one for a real card.
"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from samples.canvas import LABEL_BLUE, MARK_GREY, SPECIMEN, Colour, Pixels, Sheet, portrait, rosette, waves, wrap
from samples.people import IdCard

WIDTH_MM, HEIGHT_MM = 85.6, 54.0
PX_PER_MM = 18.0
ADDRESS_LINE_CHARS = 11
LABEL, VALUE = 2.5, 3.1


def front(card: IdCard, seed: int = 1) -> Pixels:
    """The portrait side (人像面)."""
    sheet = _card((206, 228, 240), (244, 224, 226), (150, 190, 214), seed)
    _label(sheet, 6.2, 7.6, "姓", "名")
    sheet.text(14.8, 7.1, card.name, 3.5)
    _label(sheet, 6.2, 14.9, "性", "别")
    sheet.text(14.8, 14.5, card.sex, VALUE)
    _label(sheet, 23.4, 14.9, "民", "族")
    sheet.text(32.0, 14.5, card.nation, VALUE)
    _birth(sheet, card)
    _label(sheet, 6.2, 29.3, "住", "址")
    _address(sheet, card.address)
    sheet.text(6.2, 46.0, "公民身份号码", LABEL, fill=LABEL_BLUE, gap=0.35)
    sheet.text(29.2, 45.2, card.number, 3.7, style="bold", gap=0.1)
    portrait(sheet, seed, 54.2, 7.0, 25.5)
    sheet.text(58.0, 2.2, SPECIMEN, 1.9, fill=MARK_GREY)
    return sheet.pixels()


def back(card: IdCard, seed: int = 2) -> Pixels:
    """The emblem side (国徽面)."""
    sheet = _card((232, 224, 238), (208, 232, 230), (178, 190, 214), seed)
    sheet.paste(rosette(sheet.px(15.5), (196, 60, 62)), 4.6, 4.2)
    sheet.text(25.5, 5.6, "中华人民共和国", 5.0, style="bold", gap=1.7)
    sheet.text(25.5, 13.0, "居民身份证", 7.2, style="bold", gap=2.0)
    sheet.text(19.0, 36.6, "签发机关", 2.9, style="bold", gap=0.25)
    sheet.text(35.0, 36.4, card.authority, VALUE)
    sheet.text(19.0, 44.2, "有效期限", 2.9, style="bold", gap=0.25)
    sheet.text(35.0, 44.0, _validity(card), VALUE, gap=0.12)
    sheet.text(62.5, 50.4, SPECIMEN, 1.9, fill=MARK_GREY)
    return sheet.pixels()


def stacked(card: IdCard, seed: int = 3) -> Pixels:
    """Both sides under each other on one white sheet, as many people send them."""
    upper, lower = front(card, seed), back(card, seed + 1)
    gap, rim = round(9 * PX_PER_MM), round(12 * PX_PER_MM)
    height, width = upper.shape[0] * 2 + gap + 2 * rim, upper.shape[1] + 2 * rim
    page = np.full((height, width, 3), 252, np.uint8)
    place_card(page, upper, rim, rim)
    place_card(page, lower, rim, rim + upper.shape[0] + gap)
    return page


def place_card(page: Pixels, card: Pixels, x: int, y: int) -> None:
    """Lays a card with its round corners on a page, in place."""
    height, width = card.shape[:2]
    mask = corner_mask(width, height)[..., None] / np.float32(255)
    part = page[y : y + height, x : x + width]
    part[:] = (card * mask + part * (1 - mask)).astype(np.uint8)


def corner_mask(width: int, height: int) -> Pixels:
    """255 on the card, 0 outside its round corners (3.18 mm, ISO 7810)."""
    mask = Image.new("L", (width, height), 0)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, width - 1, height - 1), radius=width * 3.18 / WIDTH_MM, fill=255)
    return np.asarray(mask)


def _card(left: Colour, right: Colour, ink: Colour, seed: int) -> Sheet:
    size = round(WIDTH_MM * PX_PER_MM), round(HEIGHT_MM * PX_PER_MM)
    return Sheet(WIDTH_MM, HEIGHT_MM, PX_PER_MM, waves(*size, left, right, ink, seed))


def _label(sheet: Sheet, x: float, y: float, first: str, second: str) -> None:
    sheet.text(x, y, first, LABEL, fill=LABEL_BLUE)
    sheet.text(x + 3.6, y, second, LABEL, fill=LABEL_BLUE)


def _birth(sheet: Sheet, card: IdCard) -> None:
    _label(sheet, 6.2, 22.1, "出", "生")
    sheet.text(14.8, 21.7, f"{card.birth.year}", VALUE)
    sheet.text(23.4, 22.1, "年", LABEL, fill=LABEL_BLUE)
    sheet.centred(29.2, 21.7, f"{card.birth.month}", VALUE)
    sheet.text(32.2, 22.1, "月", LABEL, fill=LABEL_BLUE)
    sheet.centred(38.0, 21.7, f"{card.birth.day}", VALUE)
    sheet.text(41.0, 22.1, "日", LABEL, fill=LABEL_BLUE)


def _address(sheet: Sheet, address: str) -> None:
    width = ADDRESS_LINE_CHARS * VALUE + 0.5
    lines = wrap(address, lambda part: sheet.text_width(part, VALUE) <= width)
    for at, line in enumerate(lines):
        sheet.text(14.8, 28.9 + at * 4.7, line, VALUE)


def _validity(card: IdCard) -> str:
    end = card.valid_to if isinstance(card.valid_to, str) else f"{card.valid_to:%Y.%m.%d}"
    return f"{card.valid_from:%Y.%m.%d}-{end}"
