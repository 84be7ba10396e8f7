"""Tables of every kind that sheets are photographed on, in small: for the net that looks at whole pictures.

Above all those on which a sheet's outline is hard to find: printed pages, tiles, stripes, keyboards, piles of paper.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np
from PIL import Image, ImageDraw

from tests.devset import scenes
from tests.devset.fonts import any_face
from tests.devset.scenes import Chance, Floats

_TEXT = "赵钱孙李周吴郑王冯陈，褚卫蒋沈。安博晨丹恩帆格涵佳凯的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成"


def table(chance: Chance, width: int, height: int) -> Floats:
    """A table of that size, floats in red, green, blue."""
    if chance.random() < 0.3:
        return np.asarray(scenes.desk(chance, width, height), np.float32)
    page = _KINDS[int(chance.integers(len(_KINDS)))](chance, width, height)
    return np.asarray(page + cloudy(chance, width, height, 60) * np.float32(chance.uniform(0, 6)), np.float32)


def _colour(chance: Chance) -> Floats:
    """Mostly a table's greys and browns, at times any."""
    if chance.random() < 0.25:
        return chance.uniform(10, 250, 3).astype(np.float32)
    light, warm = chance.uniform(20, 250), chance.uniform(-0.04, 0.3)
    return np.array((light, light * (1 - warm * 0.5), light * (1 - warm)), np.float32)


def cloudy(chance: Chance, width: int, height: int, size: float) -> Floats:
    """The same clouds for all three colours."""
    return scenes.clouds(chance, width, height, size, spare=1)[..., None]


def _turned(chance: Chance, width: int, height: int) -> tuple[Floats, Floats]:
    """Coordinates along and across a direction, mostly nearly level."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    slant = chance.normal(0, 0.1) if chance.random() < 0.6 else chance.uniform(0, math.pi)
    return x * math.cos(slant) + y * math.sin(slant), y * math.cos(slant) - x * math.sin(slant)


def _printed(chance: Chance, width: int, height: int) -> Floats:
    """A page of print: rows of letters, each a pattern of a few strokes."""
    paper, ink = np.float32(chance.uniform(200, 252)), np.float32(chance.uniform(20, 120))
    letter, apart = chance.uniform(2.5, 14), chance.uniform(1.3, 2.2)
    across, down = _turned(chance, width, height)
    row, column = np.floor(down / (letter * apart)), np.floor(across / letter)
    inside = (down - row * letter * apart < letter) & (across - column * letter < letter * 0.88)
    strokes = chance.random((64, 64)) < chance.uniform(0.35, 0.6)
    part = letter / 4
    marked = strokes[(np.floor(down / part) % 64).astype(int), (np.floor(across / part) % 64).astype(int)]
    blank = chance.random((32, 32)) < 0.12
    gap = blank[(row % 32).astype(int), (np.floor(column / 3) % 32).astype(int)]
    page = np.where((inside & marked & ~gap)[..., None], ink, paper * np.ones(3, np.float32))
    return np.asarray(cv2.GaussianBlur(page.astype(np.float32), (0, 0), 0.6), np.float32)


def lettered(chance: Chance, width: int, height: int) -> Floats:
    """A page of real letters, small or as large as those of the sheet upon it, in one to three columns."""
    letter = max(4, round(max(width, height) * math.exp(chance.uniform(math.log(0.009), math.log(0.045)))))
    paper, ink = chance.uniform(195, 252), int(chance.uniform(15, 130))
    face, pitch = any_face(chance), letter * chance.uniform(1.15, 1.9)
    reach = int(math.hypot(width, height)) + 2
    layer, columns = Image.new("L", (reach, reach), 0), int(chance.integers(1, 4))
    pen, font, wide = ImageDraw.Draw(layer), face.at(letter), reach / columns
    for row in range(int(reach / pitch)):
        for column in range(columns):
            count = int(wide / letter * (chance.uniform(0.2, 1) if chance.random() < 0.15 else 0.93))
            words = "".join(_TEXT[at] for at in chance.integers(0, len(_TEXT), count))
            pen.text((column * wide, row * pitch), words, font=font, fill=255)
    turned = layer.rotate(float(chance.normal(0, 8) + chance.choice([0, 0, 90])), Image.Resampling.BILINEAR)
    left, top = (reach - width) // 2, (reach - height) // 2
    cover = np.asarray(turned, np.float32)[top : top + height, left : left + width, None] / 255
    tint = np.array((1, chance.uniform(0.96, 1.01), chance.uniform(0.85, 1.0)), np.float32)
    return np.asarray(paper * tint * (1 - cover) + ink * cover, np.float32)


def _plaid(chance: Chance, width: int, height: int) -> Floats:
    """Checks, sharp or soft, of one size or of two."""
    across, down = _turned(chance, width, height)
    wide = chance.uniform(6, 90)
    tall, steep = wide * chance.uniform(0.7, 1.4), chance.uniform(1, 14)
    waves = [np.clip(np.sin(2 * math.pi * at / size) * steep, -1, 1) for at, size in ((across, wide), (down, tall))]
    share = (waves[0] * waves[1] if chance.random() < 0.4 else waves[0] + waves[1]) / 4 + 0.5
    return np.asarray(_colour(chance) * share[..., None] + _colour(chance) * (1 - share[..., None]), np.float32)


def _fibrous(chance: Chance, width: int, height: int) -> Floats:
    """Noise of several sizes at once, often much longer than wide: brushed metal, straw, felt, marble."""
    long, page = math.exp(chance.uniform(0, math.log(30))), np.zeros((height, width), np.float32)
    size, upright = chance.uniform(1.5, 40), chance.random() < 0.5
    for octave in range(int(chance.integers(1, 5))):
        cell = max(1.0, size / 2**octave)
        tall, wide = (height, width) if upright else (width, height)
        coarse = chance.standard_normal((max(2, int(tall / cell / long)), max(2, int(wide / cell))), np.float32)
        grown = cv2.resize(coarse, (wide, tall), interpolation=cv2.INTER_CUBIC)
        page += (grown if upright else grown.T) / 2**octave
    if chance.random() < 0.3:
        page = np.abs(page) - 0.8  # veins
    tint = 1 + chance.uniform(-0.4, 0.4, 3) * chance.random()
    return np.asarray(_colour(chance) + page[..., None] * (chance.uniform(4, 40) * tint).astype(np.float32), np.float32)


def _tiled(chance: Chance, width: int, height: int) -> Floats:
    """Tiles, a grid of lines, or keys with gaps between them."""
    across, down = _turned(chance, width, height)
    wide = chance.uniform(8, 70)
    tall, gap = wide * chance.uniform(0.5, 1.2), chance.uniform(0.02, 0.22)
    tile = ((across % wide) > wide * gap) & ((down % tall) > tall * gap)
    page: Floats = np.where(tile[..., None], _colour(chance), _colour(chance)).astype(np.float32)
    if chance.random() < 0.4:
        page += (np.sin(np.floor(across / wide) * 12.9 + np.floor(down / tall) * 78.2) * chance.uniform(0, 25))[
            ..., None
        ]
    return page


def _striped(chance: Chance, width: int, height: int) -> Floats:
    across, _ = _turned(chance, width, height)
    pitch = chance.uniform(4, 90)
    wave = np.sin(2 * math.pi * across / pitch + cloudy(chance, width, height, 90)[..., 0] * chance.uniform(0, 2))
    share = (np.clip(wave * chance.uniform(1, 12), -1, 1) / 2 + 0.5)[..., None]
    return np.asarray(_colour(chance) * share + _colour(chance) * (1 - share), np.float32)


def _wooden(chance: Chance, width: int, height: int) -> Floats:
    across, down = _turned(chance, width, height)
    bent = down + cloudy(chance, width, height, chance.uniform(20, 120))[..., 0] * chance.uniform(1, 14)
    rings = np.sin(bent / chance.uniform(1, 9)) + 0.5 * np.sin(bent / chance.uniform(0.6, 2) + across / 40)
    return np.asarray(_colour(chance) * (1 + np.float32(chance.uniform(0.02, 0.16)) * rings[..., None]), np.float32)


def _rough(chance: Chance, width: int, height: int) -> Floats:
    """Stone, carpet, leather: noise of one or two sizes, grey or coloured."""
    rough = cloudy(chance, width, height, chance.uniform(1, 8)) + cloudy(chance, width, height, chance.uniform(8, 60))
    tint = 1 + chance.uniform(-0.3, 0.3, 3) * chance.random()
    return np.asarray(_colour(chance) + rough * (chance.uniform(3, 28) * tint).astype(np.float32), np.float32)


def _piled(chance: Chance, width: int, height: int) -> Floats:
    """Papers and folders lying over each other, some of them printed."""
    page = np.ones((height, width, 3), np.float32) * _colour(chance)
    for _ in range(int(chance.integers(1, 7))):
        middle = chance.uniform(0, 1, 2) * (width, height)
        size = chance.uniform(0.15, 0.9, 2) * max(width, height)
        box = cv2.boxPoints((tuple(map(float, middle)), tuple(map(float, size)), float(chance.uniform(0, 90))))
        cover = cv2.fillPoly(np.zeros((height, width), np.float32), [np.round(box).astype(np.int32)], 1.0, cv2.LINE_AA)
        shade = 1 - 0.3 * cv2.GaussianBlur(np.roll(cover, 2, axis=(0, 1)), (0, 0), 2)[..., None]
        paper = _printed(chance, width, height) if chance.random() < 0.3 else _colour(chance)
        page = page * shade * (1 - cover[..., None]) + paper * cover[..., None]
    return np.asarray(page, np.float32)


def _even(chance: Chance, width: int, height: int) -> Floats:
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    slope = chance.uniform(-0.2, 0.2, 2)
    return np.asarray(_colour(chance) * (1 + slope[0] * x / width + slope[1] * y / height)[..., None], np.float32)


_KINDS: tuple[Callable[[Chance, int, int], Floats], ...] = (
    _printed, lettered, lettered, _tiled, _tiled, _striped, _plaid, _wooden, _rough, _fibrous, _piled, _piled, _even, _even,
)  # fmt: skip
