"""Light on a sheet and its table, as physics has it: lamp and sky, a shadow's edge, what the sheet mirrors, a display's stripes.

All in linear light, 1 being what the camera takes for white.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tests.devset.displays import comb
from tests.devset.scenes import Chance, Floats, clouds, grid

_GAMMA = 2.2
_HARMONICS, _ROW_HARMONICS = 3, 2
_HARD = 0.4  # of what is mirrored has straight, hard sides


def linear(page: Floats) -> Floats:
    """Light that a page of these colours (0 to 255) throws back."""
    return np.asarray(np.power(np.clip(page, 0, 255) / np.float32(255), np.float32(_GAMMA)), np.float32)


def tones(light: Floats) -> Floats:
    """What a camera makes of light: 0 to 1, the opposite of `linear`; what is brighter than white is white."""
    return np.asarray(np.power(np.clip(light, 0, 1), np.float32(1 / _GAMMA)), np.float32)


def lit(chance: Chance, page: Floats, sheet: NDArray[np.bool_]) -> Floats:
    """Under one lamp and light from all round, in the lamp's colour, often with a shadow over a part; exposed for the sheet."""
    height, width = page.shape[:2]
    y, x = grid(page)
    lamp_x, lamp_y = chance.uniform(-0.5, 1.5, 2) * (width, height)
    far = chance.uniform(0.4, 1.6) * max(width, height)
    fall = (far * far / ((x - lamp_x) ** 2 + (y - lamp_y) ** 2 + far * far)) ** chance.uniform(0.6, 1.6)
    around = chance.uniform(0.25, 0.8)
    light = around + (1 - around) * fall / fall.max()
    if chance.random() < 0.35:
        light = light * _shadow(chance, y, x)
    warm = chance.uniform(-1, 1)
    cast = np.array((1 + 0.16 * warm, 1, 1 - 0.26 * warm), np.float32)
    page = (page * light[..., None] * cast).astype(np.float32)
    bright = float(np.percentile(page[sheet].max(axis=1), 90)) if sheet.any() else 0.8
    return page * np.float32(chance.uniform(0.62, 0.98) / max(0.1, bright))


def _shadow(chance: Chance, y: Floats, x: Floats) -> Floats:
    height, width = y.shape
    slant = chance.uniform(0, 2 * math.pi)
    across = (x - width * chance.uniform(0.1, 0.9)) * math.cos(slant) + (
        y - height * chance.uniform(0.1, 0.9)
    ) * math.sin(slant)
    across = across + clouds(chance, width, height, chance.uniform(200, 600)) * chance.uniform(0, 60)
    soft = chance.uniform(6, 80) if chance.random() < 0.7 else chance.uniform(80, 300)
    return np.asarray(1 - chance.uniform(0.25, 0.6) / (1 + np.exp(np.clip(-across / soft, -40, 40))), np.float32)


def mirrored(chance: Chance, page: Floats, corners: Floats, *, strong: bool) -> Floats:
    """What the sheet mirrors of one or two lamps, windows or tubes, to be added to it; a faint sheen when not `strong`."""
    y, x = grid(page)
    short = float(min(np.linalg.norm(corners[1] - corners[0]), np.linalg.norm(corners[2] - corners[1])))
    bend = clouds(chance, x.shape[1], x.shape[0], chance.uniform(150, 500)) * chance.uniform(0, 0.25) * short
    total = np.zeros(page.shape[:2], np.float32)
    for _ in range(1 if chance.random() < 0.7 else 2):
        right, down = chance.uniform(0.15, 0.85, 2)
        middle = corners[0] + (corners[1] - corners[0]) * right + (corners[3] - corners[0]) * down
        slant = chance.uniform(0, math.pi)
        along = (x - middle[0]) * math.cos(slant) + (y - middle[1]) * math.sin(slant) + bend
        aside = (y - middle[1]) * math.cos(slant) - (x - middle[0]) * math.sin(slant) + bend * 0.5
        size = short * chance.uniform((0.07, 0.05), (0.28, 0.14))
        bright = chance.uniform(0.8, 3.5) if strong else chance.uniform(0.03, 0.14)
        if chance.random() < _HARD:
            total += np.float32(bright) * _bar(chance, along - bend, aside - bend * 0.5, short)
        else:
            total += np.float32(bright) * _image(chance, along / size[0], aside / size[1])
    return np.asarray(total[..., None] * np.array((1, 0.99, 0.95), np.float32), np.float32)


def _image(chance: Chance, along: Floats, aside: Floats) -> Floats:
    """A round lamp, a window, or a tube."""
    kind = int(chance.integers(4))
    if kind < 2:
        return np.exp(-0.5 * (along**2 + aside**2))
    if kind == 2:
        far = np.maximum(np.abs(along), np.abs(aside))
        return 1 / (1 + np.exp(np.clip((far - 1) * chance.uniform(8, 25), -30, 30)))
    end = 1 / (1 + np.exp(np.clip((np.abs(along) / 2 - 1) * 8, -30, 30)))
    return np.asarray(np.exp(-2 * aside**2) * end, np.float32)


def _bar(chance: Chance, along: Floats, aside: Floats, short: float) -> Floats:
    """A tube, a window or a slit between curtains with straight sides, a few pixels soft, at times with a bar across it."""
    long = short * chance.uniform(0.08, 0.5)
    thin, soft = max(6.0, long * math.exp(chance.uniform(math.log(0.1), 0))), chance.uniform(1, 9)
    far = np.maximum(np.abs(along) - long, np.abs(aside) - thin)
    shape = 1 / (1 + np.exp(np.clip(far / soft, -30, 30)))
    if chance.random() < 0.25:
        shape *= 1 - np.exp(-((along / (long * 0.06 + 2)) ** 2))
    return np.asarray(shape, np.float32)


def burnt(page: Floats, sheet: NDArray[np.bool_]) -> float:
    """The share of the sheet where nothing but white is left."""
    return float((page.min(axis=2) >= 0.97)[sheet].mean()) if sheet.any() else 0.0


def shown(chance: Chance, page: Floats) -> Floats:
    """The page on a display: stripes of red, green and blue, one to 4.5 picture pixels apart."""
    y, x = grid(page)
    pitch = math.exp(chance.uniform(math.log(0.95), math.log(4.5)))
    slant = chance.normal(0, 0.08) + (math.pi / 2 if chance.random() < 0.1 else 0)
    lean, soft = chance.normal(0, 6e-5, 2), chance.uniform(0.28, 0.6)
    bend = (1 + lean[0] * x + lean[1] * y) / pitch
    across = (x * math.cos(slant) + y * math.sin(slant)) * bend
    down = (y * math.cos(slant) - x * math.sin(slant)) * bend
    passed = _through_lens(pitch, soft)
    rows = comb(down, chance.uniform(0.7, 0.95), _ROW_HARMONICS, passed)
    wide, deep = chance.uniform(0.22, 0.33), np.float32(chance.uniform(0.3, 1))
    stripes = np.stack([comb(across - c / 3, wide, _HARMONICS, passed) * rows for c in range(3)], axis=2)
    return np.asarray(page * (1 + deep * (stripes - 1)), np.float32)


def _through_lens(pitch: float, soft: float) -> Callable[[int], float]:
    return lambda order: math.exp(-2 * (math.pi * soft * order / pitch) ** 2)
