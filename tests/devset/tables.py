"""Tables of every kind that sheets are photographed on, in small: for the net that looks at whole pictures.

Above all those on which a sheet's outline is hard to find: printed pages, tiles, stripes, keyboards, piles of paper.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np

from tests.devset import scenes
from tests.devset.scenes import Chance, Floats


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
    _printed, _printed, _tiled, _tiled, _striped, _wooden, _rough, _piled, _piled, _even, _even,
)  # fmt: skip
