"""What sheets lie on when they are photographed, in a picture's own size: wood, cloth, stone, keys, print, leather."""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np

from tests.devset import tables
from tests.devset.scenes import Chance, Floats, clouds

_HUES = (
    (150, 100, 60), (190, 150, 110), (90, 60, 40), (60, 62, 68), (200, 200, 205), (60, 90, 120), (110, 130, 100), (225, 215, 195),
    (150, 60, 50), (35, 35, 38),
)  # fmt: skip


def surface(chance: Chance, width: int, height: int) -> Floats:
    """A table's own colours, red, green, blue."""
    kind = chance.random()
    if kind < 0.12:
        return tables.lettered(chance, width, height)
    if kind < 0.37:
        small = tables.table(chance, width // 3, height // 3)
        return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
    hue = np.array(_HUES[chance.integers(len(_HUES))], np.float32) * np.float32(chance.uniform(0.8, 1.1))
    page = _KINDS[int(chance.integers(len(_KINDS)))](chance, hue, *np.mgrid[0:height, 0:width].astype(np.float32))
    return np.asarray(np.clip(page, 0, 255), np.float32)


def _wood(chance: Chance, hue: Floats, y: Floats, x: Floats) -> Floats:
    slant = chance.uniform(0, math.pi)
    along, across = x * math.cos(slant) + y * math.sin(slant), y * math.cos(slant) - x * math.sin(slant)
    bend = clouds(chance, x.shape[1], x.shape[0], chance.uniform(100, 400)) * chance.uniform(4, 20)
    rings = np.sin((across + bend) / chance.uniform(4, 22) + 0.4 * np.sin(along / chance.uniform(60, 300)))
    fine = 0.5 * np.sin((across + bend * 1.7) / chance.uniform(2, 6))
    return hue * (1 + 0.09 * (rings + fine)[..., None])


def _cloth(chance: Chance, hue: Floats, y: Floats, x: Floats) -> Floats:
    pitch = chance.uniform(3, 14) / 2 / math.pi
    weave = chance.uniform(0.03, 0.15) * np.sin(x / pitch) * np.sin(y / pitch)
    return hue * (1 + (weave + 0.05 * clouds(chance, x.shape[1], x.shape[0], 60))[..., None])


def _plain(chance: Chance, hue: Floats, _y: Floats, x: Floats) -> Floats:
    return hue * (1 + 0.02 * clouds(chance, x.shape[1], x.shape[0], 200)[..., None])


def _stone(chance: Chance, hue: Floats, _y: Floats, x: Floats) -> Floats:
    return hue * (1 + 0.16 * clouds(chance, x.shape[1], x.shape[0], chance.uniform(3, 9))[..., None])


def _white(chance: Chance, _hue: Floats, _y: Floats, x: Floats) -> Floats:
    light = np.full((*x.shape, 3), chance.uniform(225, 252), np.float32)
    return light + 1.5 * clouds(chance, x.shape[1], x.shape[0], 4)[..., None]


def _striped(chance: Chance, hue: Floats, y: Floats, x: Floats) -> Floats:
    other = chance.uniform(40, 240, 3).astype(np.float32)
    stripe = (((x + y * chance.uniform(-1, 1)) // chance.uniform(30, 120)) % 2)[..., None]
    return hue * (1 - stripe * 0.5) + other * stripe * 0.5


def _keys(chance: Chance, hue: Floats, y: Floats, x: Floats) -> Floats:
    pitch = chance.uniform(90, 160)
    key = ((x % pitch > pitch * 0.1) & (y % pitch > pitch * 0.1)).astype(np.float32)[..., None]
    colour = np.array(((30, 30, 32), (220, 220, 222))[chance.integers(2)], np.float32)
    return hue * 0.35 * (1 - key) + colour * key


def _leather(chance: Chance, hue: Floats, _y: Floats, x: Floats) -> Floats:
    grain = 0.1 * clouds(chance, x.shape[1], x.shape[0], 7) + 0.06 * clouds(chance, x.shape[1], x.shape[0], 20)
    return hue * 0.6 * (1 + grain[..., None])


_KINDS: tuple[Callable[[Chance, Floats, Floats, Floats], Floats], ...] = (
    _wood, _wood, _cloth, _plain, _plain, _stone, _white, _striped, _keys, _leather,
)  # fmt: skip
