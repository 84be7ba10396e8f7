"""Sheets of paper of no fixed design: cards and certificates with made-up colours, prints, portraits and words.

What a picture check must learn is the fault, not our drawing of a card: so each seed is another design. The papers of
the development set are among them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from samples import draw_cards
from samples.canvas import SEAL_RED, Colour, Pixels, Sheet, rosette, seal
from tests.devset import draw
from tests.devset.page import WALLS
from tests.devset.portraits import Pose, portrait

Chance = np.random.Generator
_WORDS = (
    "姓名性别民族出生住址公民身份号码签发机关有效期限统一社会信用代码名称类型法定代表人经营范围注册资本成立日期"
    "营业期限登记机关样本云杉科技有限公司广东省深圳市南山区青穗路技术服务开发咨询转让推广零售批发除依法须经批准的项目外"
)
CARD = (85.6, 54.0)
ORIGINALS = sorted(set(draw.KINDS) - {"domain_certificate"})
_COLOURS = ((200, 60, 60), (60, 110, 190), (70, 150, 110), (220, 150, 60), (150, 90, 170), (90, 170, 200))
SHAPES = {"card": CARD, "upright_sheet": (210.0, 297.0), "wide_sheet": (297.0, 210.0), "booklet": (125.0, 88.0)}


@dataclass(frozen=True, slots=True)
class Design:
    """A drawn sheet: RGB pixels, its outline (255 inside), and whether it is a card."""

    pixels: Pixels
    mask: Pixels
    is_card: bool


def design(chance: Chance) -> Design:
    """A sheet: one of the development set's papers, or one of no kind at all."""
    if chance.random() < 0.45:
        return _known_paper(chance)
    shape = str(chance.choice(["card", "card", "card", "upright_sheet", "wide_sheet", "booklet"]))
    width, height = SHAPES[shape]
    scale = (1100 if shape in ("card", "booklet") else 1500) / max(width, height)
    background = ground(chance, round(width * scale), round(height * scale))
    sheet = Sheet(width, height, scale, background)
    (_fill_card if shape == "card" else _fill_sheet)(sheet, chance)
    return _outlined(sheet.pixels(), is_card=shape == "card")


def _known_paper(chance: Chance) -> Design:
    drawn = draw.KINDS[str(chance.choice(ORIGINALS))](chance)
    return _outlined(_fitted(drawn.pixels, 1100 if drawn.is_card else 1500), is_card=drawn.is_card)


def _fitted(pixels: Pixels, longest: int) -> Pixels:
    scale = longest / max(pixels.shape[:2])
    size = (round(pixels.shape[1] * scale), round(pixels.shape[0] * scale))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _outlined(pixels: Pixels, *, is_card: bool) -> Design:
    height, width = pixels.shape[:2]
    mask = draw_cards.corner_mask(width, height) if is_card else np.full((height, width), 255, np.uint8)
    return Design(pixels, mask, is_card)


def ground(chance: Chance, width: int, height: int) -> Pixels:
    """Tinted paper with fine wavy line prints; a good part as even as a display's, as guilloches are."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    light = chance.uniform(218, 252)
    tint = chance.normal(0, chance.choice([4.0, 10.0, 18.0]), (2, 3))
    share = (x / width * math.cos(t := chance.uniform(0, 3)) + y / height * math.sin(t))[..., None]
    paper = light + tint[0] * (1 - share) + tint[1] * share
    ink = chance.uniform(20, 190, 3)
    for _ in range(int(chance.integers(0, 4))):
        paper += (_lines(chance, x, y) * chance.uniform(0.03, 0.3))[..., None] * (ink - paper)
    return np.clip(paper, 0, 255).astype(np.uint8)


def _lines(chance: Chance, x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.float32]:
    pitch = chance.uniform(4, 40)
    slant = chance.uniform(0, math.pi)
    along, across = x * math.cos(slant) + y * math.sin(slant), y * math.cos(slant) - x * math.sin(slant)
    bend = chance.uniform(3, 25) * np.sin(along / chance.uniform(40, 300)) + chance.uniform(1, 9) * np.sin(along / 31)
    wave = np.cos(2 * math.pi * (across + bend) / pitch)
    return np.clip(wave - chance.uniform(0.2, 0.8), 0, 1).astype(np.float32)


def _words(chance: Chance, least: int, most: int) -> str:
    start = int(chance.integers(len(_WORDS) - most))
    return _WORDS[start : start + int(chance.integers(least, most))]


def _ink(chance: Chance) -> Colour:
    dark = int(chance.integers(15, 70))
    return (dark, dark, dark + int(chance.integers(0, 60)))


def _face(sheet: Sheet, chance: Chance, x: float, y: float, width: float) -> None:
    wall, _ = WALLS[chance.integers(len(WALLS))]
    person = portrait(int(chance.integers(1_000_000)), Pose(360, 440, wall=wall, face=0.2, eyes=0.42))
    size = (sheet.px(width), sheet.px(width * 440 / 360))
    sheet.paste(Image.fromarray(person).resize(size, Image.Resampling.LANCZOS), x, y)


def _fill_card(sheet: Sheet, chance: Chance) -> None:
    style = str(chance.choice(["hei", "song", "bold"]))
    ink, label = (
        _ink(chance),
        (int(chance.integers(20, 120)), int(chance.integers(60, 130)), int(chance.integers(120, 200))),
    )
    # No card is printed in greys alone: one without an emblem has a band or corner of colour.
    if chance.random() < 0.65:
        _band(sheet, chance)
        _face(sheet, chance, chance.uniform(52, 60), chance.uniform(5, 12), chance.uniform(19, 25))
    else:
        sheet.paste(
            rosette(sheet.px(17), (int(chance.integers(150, 230)), 40, 40)), chance.uniform(5, 10), chance.uniform(5, 9)
        )
        sheet.centred(52, 8, _words(chance, 6, 8), 5.0, style="bold", gap=0.6)
    y = chance.uniform(6, 10) if chance.random() < 0.6 else 26
    while y < 40:
        sheet.text(6, y, _words(chance, 2, 4), 2.9, style=style, fill=label)
        sheet.text(15, y, _words(chance, 2, 11), chance.uniform(3.0, 4.0), style=style, fill=ink)
        y += chance.uniform(5.5, 8.5)
    digits = "".join(str(d) for d in chance.integers(0, 10, 18))
    sheet.text(chance.uniform(6, 28), 45, digits, chance.uniform(3.2, 4.4), style="hei", fill=ink, gap=0.5)


def _band(sheet: Sheet, chance: Chance) -> None:
    """A coloured stripe along a side, as permits have, or a pale wash of colour over a corner, as ID cards have."""
    tone = np.array(_COLOURS[chance.integers(len(_COLOURS))]) + chance.integers(-25, 25, 3)
    colour = (int(tone[0]), int(tone[1]), int(tone[2]))
    wide, tall = sheet.width_mm, sheet.height_mm
    if chance.random() < 0.5:
        top = float(chance.choice([0.0, tall - 4]))
        sheet.pen.rectangle([sheet.px(v) for v in (0, top, wide, top + chance.uniform(1.5, 4))], fill=colour)
        return
    x, y = chance.uniform(0, wide), chance.uniform(0, tall)
    sheet.paste(_wash(sheet.px(chance.uniform(25, 45)), colour, chance.uniform(0.25, 0.5)), x - 18, y - 18)


def _wash(size: int, colour: Colour, strength: float) -> Image.Image:
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    image = np.full((size, size, 4), 255, np.float64)
    image[..., :3] = colour
    image[..., 3] = 255 * strength * np.clip(1.2 - np.hypot(y, x), 0, 1)
    return Image.fromarray(image.astype(np.uint8), "RGBA")


def _fill_sheet(sheet: Sheet, chance: Chance) -> None:
    wide, tall, ink = sheet.width_mm, sheet.height_mm, _ink(chance)
    unit = min(wide, tall) / 100
    if chance.random() < 0.7:
        _border(sheet, chance)
    # Certificates carry the emblem and a seal in red, or one of them.
    has_emblem = chance.random() < 0.6
    if has_emblem:
        size = chance.uniform(9, 15) * unit
        sheet.paste(rosette(sheet.px(size), SEAL_RED), wide / 2 - size / 2, 5 * unit)
    sheet.centred(
        wide / 2, (20 if has_emblem else 11) * unit, _words(chance, 4, 8), 8 * unit, style="bold", fill=ink, gap=unit
    )
    y = (35 if has_emblem else 26) * unit
    while y < tall - 22 * unit:
        sheet.text(12 * unit, y, _words(chance, 2, 5), 2.9 * unit, style="bold", fill=ink)
        sheet.text(28 * unit, y, _words(chance, 5, 26), chance.uniform(2.4, 3.0) * unit, style="song", fill=ink)
        y += chance.uniform(4.5, 10) * unit
    if not has_emblem or chance.random() < 0.8:
        size = chance.uniform(18, 26) * unit
        sheet.paste(seal(sheet.px(size), "样本登记机关"), wide - size - 12 * unit, tall - size - 8 * unit)
    if chance.random() < 0.4:
        _face(sheet, chance, wide - 32 * unit, 24 * unit, 18 * unit)


def _border(sheet: Sheet, chance: Chance) -> None:
    colour = (int(chance.integers(120, 220)), int(chance.integers(60, 180)), int(chance.integers(40, 160)))
    unit = min(sheet.width_mm, sheet.height_mm) / 100
    for inset in (3.0, 4.5, 6.0)[: int(chance.integers(1, 4))]:
        box = (inset * unit, inset * unit, sheet.width_mm - inset * unit, sheet.height_mm - inset * unit)
        sheet.pen.rectangle([sheet.px(v) for v in box], outline=colour, width=max(1, sheet.px(0.4 * unit)))
