"""What a camera does to the light that falls in: focus, a shaking hand, grain, sharpening, and its JPEG."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.devset.scenes import Chance, Floats, Scene, one


@dataclass(frozen=True, slots=True)
class Focus:
    """How a lens and a hand spread each point: a filter, and its standard deviation in the direction that suffers most."""

    through: Callable[[Floats], Floats]
    spread_px: float


def focus(chance: Chance, *, blurred_letter_px: float = 0.0) -> Focus:
    """A lens in focus; or out of focus, or shaken, where the height of the letters that suffer is given."""
    own = chance.uniform(0.25, 0.75)
    sharp = Focus(lambda page: np.asarray(cv2.GaussianBlur(page, (0, 0), own), np.float32), own)
    if not blurred_letter_px:
        return sharp
    blurred = _blurred(blurred_letter_px, chance)
    return Focus(lambda page: blurred.through(sharp.through(page)), math.hypot(own, blurred.spread_px))


def taken(scene: Scene, optics: Focus, chance: Chance) -> NDArray[np.uint8]:
    """The picture as blue, green, red bytes."""
    page = optics.through(scene.page)
    page = page + _noise(page, chance)
    page = _processed(np.clip(page, 0, 255).astype(np.float32), chance)
    pixels = np.clip(page, 0, 255).astype(np.uint8)
    quality = int(one(chance, (22, 35, 60, 75, 85, 92, 96), (0.05, 0.05, 0.15, 0.2, 0.25, 0.2, 0.1)))
    coded = cv2.imencode(".jpg", pixels[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), dtype=np.uint8)


def mosaic(page: Floats, levels: int) -> Floats:
    """A page (blue, green, red) as a sensor with one colour a pixel sees it, the other two taken from the pixels beside.

    `levels` steps make one unit of it; the sensor has 65,535.
    """
    raw = page[..., 1].copy()
    raw[0::2, 0::2], raw[1::2, 1::2] = page[0::2, 0::2, 2], page[1::2, 1::2, 0]
    whole = cv2.cvtColor(np.clip(raw * levels, 0, 65535).astype(np.uint16), cv2.COLOR_BayerRGGB2BGR)
    return whole.astype(np.float32) / levels


def _noise(page: Floats, chance: Chance) -> Floats:
    """A sensor's grain: fine and grey, or coarse and coloured as phones leave it in the dark."""
    if chance.random() < 0.75:
        strength = one(chance, (0.8, 2.0, 4.0, 8.0), (0.3, 0.4, 0.2, 0.1))
        return chance.standard_normal((*page.shape[:2], 1), np.float32) * strength
    grain = chance.standard_normal(page.shape, np.float32) * np.float32(chance.uniform(4, 26))
    return np.asarray(cv2.GaussianBlur(grain, (0, 0), chance.uniform(0.4, 1.2)), np.float32)


def _processed(page: Floats, chance: Chance) -> Floats:
    """What phones do before they save: nothing, smooth the grain away, or sharpen the edges."""
    kind = chance.random()
    if kind < 0.1:
        return np.asarray(cv2.medianBlur(page.astype(np.uint8), 3), np.float32)
    if kind < 0.35:
        soft = cv2.GaussianBlur(page, (0, 0), chance.uniform(0.8, 1.6))
        return np.asarray(page + chance.uniform(0.2, 1.0) * (page - soft), np.float32)
    return page


def _blurred(letter: float, chance: Chance) -> Focus:
    """Out of focus, or moved; by a share of the letters' height, so that they suffer at any resolution."""
    kind = chance.random()
    if kind < 0.45:
        spread = max(1.3, chance.uniform(0.045, 0.12) * letter)
        return Focus(lambda page: np.asarray(cv2.GaussianBlur(page, (0, 0), spread), np.float32), spread)
    if kind < 0.65:
        radius = max(2.2, chance.uniform(0.085, 0.21) * letter)
        return Focus(_filtering(_disc(radius)), radius / 2)
    length = max(5, round(chance.uniform(0.16, 0.48) * letter))
    kernel = np.zeros((length, length), np.float32)
    cv2.line(kernel, *_through(length, chance.uniform(0, math.pi)), 1.0)
    return Focus(_filtering(kernel / kernel.sum()), length / math.sqrt(12))


def _filtering(kernel: Floats) -> Callable[[Floats], Floats]:
    return lambda page: np.asarray(cv2.filter2D(page, -1, kernel), np.float32)


def _disc(radius: float) -> Floats:
    """A lens out of focus spreads each point over a disc."""
    reach = math.ceil(radius)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disc = np.clip(radius + 0.5 - np.hypot(y, x), 0, 1).astype(np.float32)
    return np.asarray(disc / disc.sum(), np.float32)


def _through(length: int, slant: float) -> tuple[tuple[int, int], tuple[int, int]]:
    middle, reach = (length - 1) / 2, (length - 1) / 2
    dx, dy = math.cos(slant) * reach, math.sin(slant) * reach
    return (round(middle - dx), round(middle - dy)), (round(middle + dx), round(middle + dy))
