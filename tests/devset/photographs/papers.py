"""Sheets as printers make them, by their own colours only: light, shadow and camera come later.

Layouts, grounds and inks differ from those of `tests.devset.designs` and of the papers of the development set.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from tests.devset import fictional
from tests.devset.designs import Design, design
from tests.devset.fonts import any_face, faces
from tests.devset.page import card_mask
from tests.devset.scenes import Chance, Floats, clouds

Pixels = NDArray[np.uint8]
Colour = tuple[int, int, int]
_CARD, _BOOKLET, _SHEETS = (1600, 1009), (1600, 1127), ((1980, 1400), (1400, 1980))
_GROUNDS = ((250, 250, 250), (246, 243, 234), (238, 245, 250), (250, 238, 240), (240, 248, 238), (252, 250, 240))
_WALLS = ((255, 255, 255), (240, 244, 250), (90, 150, 210), (200, 60, 60), (225, 228, 232))
_SKINS = ((233, 200, 176), (214, 172, 140), (240, 212, 190))
_HAIR = ((25, 22, 24), (50, 36, 28), (70, 70, 74))
_REDS = ((200, 30, 30), (190, 50, 40), (214, 40, 50))
_FRAMES = ((180, 140, 60), (120, 150, 110), (170, 70, 60))
_LABELS = ((60, 100, 160), (40, 110, 130), (120, 60, 60))
_GOLD = (240, 200, 80)


@dataclass(frozen=True, slots=True)
class Paper:
    """A drawn sheet, and how high its print is as a share of its longer side."""

    design: Design
    letter: float


def paper(chance: Chance) -> Paper:
    """A sheet of this module's own, at times one that the other pictures know."""
    if chance.random() < 0.3:
        drawn = design(chance)
        return Paper(
            drawn, 0.037 if drawn.is_card else 0.022 if drawn.pixels.shape[1] > drawn.pixels.shape[0] else 0.016
        )
    make = _MAKERS[int(chance.integers(len(_MAKERS)))]
    return make(chance)


class _Print:
    """A sheet that is being printed: what one printer chose, and the picture so far."""

    def __init__(self, chance: Chance, size: tuple[int, int], letter: float) -> None:
        self.chance, self.size = chance, size
        self.letter = round(letter)
        self.face = any_face(chance)
        dark = chance.integers(5, 60, 3)
        self.ink: Colour = (int(dark[0]), int(dark[1]), int(dark[2]))
        self.label = (self.ink, *_LABELS)[int(chance.integers(1 + len(_LABELS)))]
        self.image = Image.fromarray(_ground(chance, *size))
        self.pen = ImageDraw.Draw(self.image)

    def font(self, share: float = 1.0) -> ImageFont.FreeTypeFont:
        """The printer's font, by the height of its lines."""
        return self.face.at(max(8, round(self.letter * share)))

    def line(self, x: float, y: float, label: str, value: str) -> None:
        """A label and its value."""
        self.pen.text((x, y), label, font=self.font(), fill=self.label)
        self.pen.text((x + self.letter * (len(label) + 0.6), y), value, font=self.font(), fill=self.ink)

    def done(self, *, is_card: bool) -> Paper:
        """The sheet; a card mostly with round corners."""
        pixels = np.asarray(self.image, np.float32)
        grey = pixels.mean(axis=2, keepdims=True)
        faded = grey + (pixels - grey) * np.float32(self.chance.uniform(0.75, 1.0))
        width, height = self.size
        rounded = is_card and self.chance.random() < 0.85
        mask = card_mask(width, height) if rounded else np.full((height, width), 255, np.uint8)
        return Paper(Design(np.clip(faded, 0, 255).astype(np.uint8), mask, is_card), self.letter / max(self.size))


def _ground(chance: Chance, width: int, height: int) -> Pixels:
    """Tinted paper, up to three prints of bent lines over it, and often a wash of colour."""
    strength = chance.uniform(0.35, 1.2)
    paper_ = np.ones((height, width, 3), np.float32) * np.array(_GROUNDS[chance.integers(len(_GROUNDS))], np.float32)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    for _ in range(int(chance.integers(0, 4))):
        cover = _bent_lines(chance, y, x) * np.float32(chance.uniform(0.08, 0.4))
        paper_ += cover[..., None] * (_tint(chance, 120, strength) - paper_)
    if chance.random() < 0.5:
        cover = np.clip(clouds(chance, width, height, chance.uniform(150, 500)) * 0.15, 0, 0.3)
        paper_ += cover[..., None] * (_tint(chance, 150, strength) - paper_)
    return np.clip(paper_, 0, 255).astype(np.uint8)


def _tint(chance: Chance, darkest: float, strength: float) -> Floats:
    colour = chance.uniform(darkest, 255, 3).astype(np.float32)
    return np.asarray(colour.mean() + (colour - colour.mean()) * np.float32(strength), np.float32)


def _bent_lines(chance: Chance, y: Floats, x: Floats) -> Floats:
    pitch, slant = chance.uniform(9, 60), chance.uniform(0, math.pi)
    along, across = x * math.cos(slant) + y * math.sin(slant), y * math.cos(slant) - x * math.sin(slant)
    bend = chance.uniform(5, 60) * np.sin(across / chance.uniform(80, 500) * 2 * math.pi)
    phase = ((along + bend) / pitch) % 1 - 0.5
    return np.exp(-((np.abs(phase) / chance.uniform(0.06, 0.15)) ** 2)).astype(np.float32)


def _portrait(made: _Print, box: Sequence[float]) -> None:
    left, top, right, bottom = box
    wide, tall, chance, pen = right - left, bottom - top, made.chance, made.pen

    def part(x0: float, y0: float, x1: float, y1: float) -> list[float]:
        return [left + wide * x0, top + tall * y0, left + wide * x1, top + tall * y1]

    skin, hair, wall = (some[int(chance.integers(len(some)))] for some in (_SKINS, _HAIR, _WALLS))
    coat = tuple(int(v) for v in chance.integers(20, 200, 3))
    pen.rectangle(part(0, 0, 1, 1), fill=wall)
    pen.pieslice(part(0.02, 0.72, 0.98, 1.28), 180, 360, fill=coat)
    pen.rectangle(part(0.02, 1.0, 0.98, 1.3), fill=made.image.getpixel((int(left) - 3, int(bottom) - 1)))
    pen.rectangle(part(0.42, 0.6, 0.58, 0.8), fill=skin)
    pen.ellipse(part(0.24, 0.12, 0.76, 0.5), fill=hair)
    pen.ellipse(part(0.28, 0.2, 0.72, 0.7), fill=skin)
    for eye in (0.4, 0.6):
        pen.ellipse(part(eye - 0.04, 0.42, eye + 0.04, 0.45), fill=(30, 25, 25))
    pen.arc(part(0.42, 0.52, 0.58, 0.6), 20, 160, fill=(150, 70, 70), width=max(2, int(wide * 0.01)))


def _emblem(made: _Print, x: float, y: float, radius: float) -> None:
    """A round ornament where the real paper has an emblem."""
    pen, red = made.pen, _REDS[int(made.chance.integers(len(_REDS)))]
    around = (x - radius, y - radius, x + radius, y + radius)
    pen.ellipse(around, outline=(210, 160, 60), width=max(2, int(radius * 0.12)), fill=red)
    for angle in np.arange(5) * 2 * math.pi / 5 - math.pi / 2:
        at_x, at_y = x + math.cos(angle) * radius * 0.5, y + math.sin(angle) * radius * 0.5
        pen.ellipse([v + side * radius * 0.12 for side in (-1, 1) for v in (at_x, at_y)], fill=_GOLD)
    pen.rectangle((x - radius * 0.4, y + radius * 0.1, x + radius * 0.4, y + radius * 0.4), fill=_GOLD)


def _seal(made: _Print, x: int, y: int, radius: int) -> None:
    """A red seal with a star, stamped unevenly."""
    chance, size = made.chance, 2 * radius + 8
    layer = Image.new("L", (size, size), 0)
    pen, font = ImageDraw.Draw(layer), made.face.at(max(10, radius // 5))
    pen.ellipse([4, 4, size - 4, size - 4], outline=255, width=max(3, radius // 16))
    tips = [(radius * 0.32 * (1 if i % 2 == 0 else 0.4), i * math.pi / 5 - math.pi / 2) for i in range(10)]
    pen.polygon([(size / 2 + math.cos(a) * far, size / 2 + math.sin(a) * far) for far, a in tips], fill=255)
    words = "样本市市场监督管理局专用"
    for number, letter in enumerate(words):
        angle = math.pi * (0.85 + 1.3 * number / (len(words) - 1))
        tile = Image.new("L", (radius // 4 + 4,) * 2, 0)
        ImageDraw.Draw(tile).text((2, 0), letter, font=font, fill=255)
        tile = tile.rotate(-math.degrees(angle) - 90, expand=True)
        at = (
            int(size / 2 + trig(angle) * radius * 0.78 - side / 2)
            for trig, side in ((math.cos, tile.width), (math.sin, tile.height))
        )
        layer.paste(tile, tuple(at), tile)
    uneven = np.clip(0.9 + 0.25 * clouds(chance, size, size, size / 12), 0.3, 1) * chance.uniform(0.55, 0.9)
    cover = Image.fromarray((np.asarray(layer, np.float32) * uneven).clip(0, 255).astype(np.uint8))
    made.image.paste((205, 35, 40), (x - size // 2, y - size // 2), cover)


def _code(made: _Print, x: int, y: int, size: int) -> None:
    """Squares like those of a QR code; they say nothing."""
    cells = (made.chance.random((29, 29)) < 0.5).astype(np.uint8) * 255
    made.image.paste(Image.fromarray(cells).resize((size, size), Image.Resampling.NEAREST).convert("RGB"), (x, y))


def _person(chance: Chance) -> tuple[str, str]:
    return fictional.name(chance), fictional.address(chance, fictional.place(chance))


def _front(chance: Chance) -> Paper:
    made = _Print(chance, _CARD, 46 * chance.uniform(0.9, 1.1))
    name, street = _person(chance)
    _portrait(made, (1020, 130, 1490, 720))
    born = f"19{chance.integers(50, 99)} 年 {chance.integers(1, 13)} 月 {chance.integers(1, 28)} 日"
    rows = (("姓名", name), ("性别", "女   民族 汉"), ("出生", born), ("住址", street[:11]), ("", street[11:22]))
    for number, (label, value) in enumerate(rows):
        made.line(110, 120 + number * 125, label, value)
    made.pen.text((110, 840), "公民身份号码", font=made.font(), fill=made.label)
    made.pen.text((560, 830), _digits(chance, 18), font=made.font(1.25), fill=made.ink)
    return made.done(is_card=True)


def _back(chance: Chance) -> Paper:
    made = _Print(chance, _CARD, 46 * chance.uniform(0.9, 1.1))
    _emblem(made, 260, 280, 170)
    made.pen.text((520, 140), "中华人民共和国", font=made.font(2.3), fill=made.ink)
    made.pen.text((560, 330), "居民身份证", font=made.font(2.8), fill=made.ink)
    made.line(300, 720, "签发机关", "样本市公安局")
    made.line(300, 840, "有效期限", "2019.05.06-2039.05.06")
    return made.done(is_card=True)


def _permit(chance: Chance) -> Paper:
    return _travel(chance, _CARD, is_card=True)


def _passport(chance: Chance) -> Paper:
    return _travel(chance, _BOOKLET, is_card=False)


def _travel(chance: Chance, size: tuple[int, int], *, is_card: bool) -> Paper:
    made = _Print(chance, size, 46 * chance.uniform(0.85, 1.1))
    width, height = size
    title = ("往来内地通行证", "样本国护照", "通行证")[int(chance.integers(3))]
    made.pen.text((width * 0.1, height * 0.05), title, font=made.font(1.6), fill=made.label)
    _portrait(made, [int(v) for v in (width * 0.06, height * 0.2, width * 0.33, height * 0.65)])
    if chance.random() < 0.6:
        _emblem(made, width * 0.9, height * 0.12, height * 0.07)
    rows = (
        ("姓名 Name", _person(chance)[0]), ("出生日期", "1988.03.12"), ("性别", "男"), ("有效期限", "2020.01.01-2030.01.01"),
        ("签发机关", "出入境管理局"), ("证件号码", "H" + _digits(chance, 8)),
    )  # fmt: skip
    for number, (label, value) in enumerate(rows):
        made.line(width * 0.38, height * (0.22 + 0.085 * number), label, value)
    if not is_card:
        zone = faces("zone")[int(chance.integers(len(faces("zone"))))].at(width // 30)
        for number in range(2):
            letters = "".join(chance.choice(list("ABCDEFGHKLMNP0123456789<<<<<"), 44))
            made.pen.text((width * 0.04, height * (0.84 + 0.07 * number)), letters, font=zone, fill=made.ink)
    return made.done(is_card=is_card)


def _digits(chance: Chance, count: int) -> str:
    return "".join(str(digit) for digit in chance.integers(0, 10, count))


def _licence(chance: Chance) -> Paper:
    return _certificate(chance, "营业执照", emblem=True, code=True)


def _institution(chance: Chance) -> Paper:
    return _certificate(chance, "事业单位法人证书", emblem=True, code=chance.random() < 0.4)


def _domain(chance: Chance) -> Paper:
    return _certificate(chance, "域名注册证书", emblem=False, code=chance.random() < 0.4)


def _certificate(chance: Chance, title: str, *, emblem: bool, code: bool) -> Paper:
    size = _SHEETS[int(chance.integers(2))] if emblem else _SHEETS[1]
    width, height = size
    made = _Print(chance, size, 40 * chance.uniform(0.85, 1.1))
    if not emblem and chance.random() < 0.6:
        made.image.paste((int(chance.integers(246, 256)),) * 3, (0, 0, width, height))
    if emblem and chance.random() < 0.6:
        for inset in (30, 54):
            colour = _FRAMES[int(chance.integers(len(_FRAMES)))]
            made.pen.rectangle([inset, inset, width - inset, height - inset], outline=colour, width=9)
    if emblem:
        _emblem(made, width // 2, int(height * 0.1), 60)
    elif chance.random() < 0.7:
        mark = tuple(int(v) for v in chance.integers(0, 255, 3))
        made.pen.rectangle([width * 0.08, height * 0.05, width * 0.3, height * 0.09], fill=mark)
    made.pen.text((width / 2, height * 0.2), "　".join(title), font=made.font(1.9), fill=made.ink, anchor="mm")
    for number, (label, value) in enumerate(_rows(chance)[: int(chance.integers(6, 11))]):
        made.line(width * 0.1, height * 0.28 + number * made.letter * 1.7, label, value)
    if code:
        _code(made, int(width * 0.78), int(height * 0.72), 150)
    if chance.random() < 0.85:
        _seal(made, int(width * chance.uniform(0.55, 0.8)), int(height * chance.uniform(0.75, 0.85)), 130)
    return made.done(is_card=False)


def _rows(chance: Chance) -> list[tuple[str, str]]:
    name, street = _person(chance)
    where = fictional.place(chance)
    return [
        ("名称", fictional.company(chance, where)[:18]),
        ("统一社会信用代码", fictional.credit_code(chance, "91", where[0])),
        ("类型", "有限责任公司"),
        ("法定代表人", name),
        ("住所", street[:22]),
        ("成立日期", "2016年05月20日"),
        ("注册资本", "伍佰万元整"),
        ("经营范围", "技术开发、技术咨询、技术服务；软件开发；"),
        ("", "计算机系统服务；销售电子产品、日用品。"),
        ("", "其他按规定须批准的，批准后方可经营"),
    ]


_MAKERS: tuple[Callable[[Chance], Paper], ...] = (
    _front, _back, _licence, _licence, _domain, _passport, _permit, _institution,
)  # fmt: skip
