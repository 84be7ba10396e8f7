"""Endless variants of a picture's finest detail, for the net that tells displays (`tools/train_grain_net.py`).

Patches of drawn pictures as they were taken, with a display's grid laid over many of them as a colour sensor samples it:
each of its pixels sees one colour only, which makes coloured beats. Then what phones and messengers do to a picture.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from extractors.vision.grain_net import SIZE, patch_view
from tests.devset import displays, lens
from tests.devset.faults import Shot
from tests.devset.scenes import Chance, Floats, grid

SOURCE, COUNT = 232, 6
"""Pixels of a patch's side as kept, more than the net sees, for it may be made smaller; and how many of each picture."""

BAG = 3
_OVER = 0.35
_LEAST_GRID = 1.5  # of 255, root mean square: as `doubtful` has it
_SMALLER, _LEAST_SCALE = 0.3, SIZE / SOURCE
_HARMONICS = 3
_LEVELS = 64  # of a sensor, to one of 255


@dataclass(frozen=True, slots=True)
class Patches:
    """Patches (blue, green, red) of one picture, and whether it shows a display; None where nobody could tell."""

    pixels: NDArray[np.uint8]
    is_screen: bool | None


@dataclass(frozen=True, slots=True)
class Bag:
    """What the net is shown: `BAG` patches of one picture, what it should say, and 0 where that does not count."""

    views: Floats
    answer: float
    counts: float


def patches(shot: Shot, chance: Chance) -> Patches:
    """`COUNT` patches by chance from where the sheet is."""
    height, width = shot.picture.shape[:2]
    page = cv2.copyMakeBorder(shot.picture, 0, max(0, SOURCE - height), 0, max(0, SOURCE - width), cv2.BORDER_REFLECT)
    kept = []
    for _ in range(COUNT):
        u, v = chance.uniform(0.05, 0.95, 2)
        upper = shot.corners[0] * (1 - u) + shot.corners[1] * u
        lower = shot.corners[3] * (1 - u) + shot.corners[2] * u
        x, y = np.clip(upper * (1 - v) + lower * v - SOURCE / 2, 0, np.subtract(page.shape[1::-1], SOURCE)).astype(int)
        kept.append(page[y : y + SOURCE, x : x + SOURCE])
    is_screen = None if "screen" in shot.doubtful else "screen" in shot.faults
    return Patches(np.stack(kept), is_screen)


def variant(source: Patches, chance: Chance) -> Bag:
    """One of a picture's variants."""
    chosen = source.pixels[chance.permutation(COUNT)[:BAG]].astype(np.float32)
    is_screen, counts = bool(source.is_screen), source.is_screen is not None
    drawn_over = source.is_screen is False and chance.random() < _OVER
    over = _display(chance) if drawn_over else mosaic if chance.random() < _OVER else None
    after = _camera(chance)
    seen = [after(page if over is None else over(page)) for page in chosen]
    if drawn_over:
        level = np.mean([_rms(one, after(page)) for one, page in zip(seen, chosen, strict=True)])
        is_screen, counts = True, bool(level >= _LEAST_GRID)
    return Bag(
        np.stack([patch_view(_coded(one, chance)) for one in _turned(seen, chance)]), float(is_screen), float(counts)
    )


def _rms(one: Floats, other: Floats) -> float:
    return float(np.sqrt(np.square(one - other).mean()))


def _display(chance: Chance) -> Callable[[Floats], Floats]:
    """One display over all patches of a bag: as `displays` draws its grid, or sampled as a sensor does."""
    seed = int(chance.integers(2**31))
    if chance.random() < 0.6:
        return lambda page: sampled(page, np.random.default_rng(seed))
    kind = displays.KINDS[int(chance.integers(len(displays.KINDS)))]

    def over(page: Floats) -> Floats:
        y, x = grid(page)
        return np.asarray(kind(page[..., ::-1], np.random.default_rng(seed), y, x)[..., ::-1], np.float32)

    return over


def sampled(page: Floats, chance: Chance) -> Floats:
    """The page shown by stripes of red, green and blue, as a sensor with one colour a pixel sees it."""
    y, x = grid(page)
    pitch, angle = math.exp(chance.uniform(math.log(0.9), math.log(6.0))), chance.normal(0, 0.12)
    if chance.random() < 0.15:
        angle += math.pi / 2
    soft, lean = chance.uniform(0.25, 0.7), chance.normal(0, 2e-4, 2)
    bend = (1 + lean[0] * x + lean[1] * y) / pitch
    u = (x * math.cos(angle) + y * math.sin(angle)) * bend
    v = (y * math.cos(angle) - x * math.sin(angle)) * bend
    wide, tall = chance.uniform(0.2, 0.33), chance.uniform(0.6, 0.95)
    passed = _through_lens_and_pixel(pitch, soft)
    rows, deep = displays.comb(v, tall, _HARMONICS, passed), np.float32(chance.uniform(0.15, 1.0))
    shades = [displays.comb(u - (2 - c) / 3, wide, _HARMONICS, passed) * rows for c in range(3)]
    return mosaic(page * (1 + deep * (np.stack(shades, axis=2) - 1)))


def _through_lens_and_pixel(pitch: float, soft: float) -> Callable[[int], float]:
    return lambda order: math.exp(-2 * (math.pi * soft * order / pitch) ** 2) * abs(float(np.sinc(order / pitch)))


def mosaic(page: Floats) -> Floats:
    """The page as a sensor with one colour a pixel sees it."""
    return lens.mosaic(page, _LEVELS)


def _camera(chance: Chance) -> Callable[[Floats], Floats]:
    """The same for a bag: softer, smaller, brighter."""
    soft = chance.uniform(0.3, 0.9) if chance.random() < 0.4 else 0.0
    scale = chance.uniform(_LEAST_SCALE, 1.0) if chance.random() < _SMALLER else 1.0
    gain = chance.uniform(0.75, 1.1, 3).astype(np.float32) * np.float32(chance.uniform(0.8, 1.1))
    y, x = (int(chance.integers(round(SOURCE * scale) - SIZE + 1)) for _ in range(2))

    def seen(page: Floats) -> Floats:
        page = np.clip(page * gain, 0, 255)
        page = cv2.GaussianBlur(page, (0, 0), soft) if soft else page
        page = cv2.resize(page, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else page
        return np.asarray(page[y : y + SIZE, x : x + SIZE], np.float32)

    return seen


def _turned(pages: list[Floats], chance: Chance) -> list[Floats]:
    turns, mirrored = int(chance.integers(4)), chance.random() < 0.5
    turned = [np.rot90(page, turns) for page in pages]
    return [np.ascontiguousarray(page[:, ::-1] if mirrored else page) for page in turned]


def _coded(page: Floats, chance: Chance) -> NDArray[np.uint8]:
    if chance.random() < 0.3:
        page = page + chance.standard_normal((*page.shape[:2], 1), np.float32) * np.float32(chance.uniform(0.5, 6))
    pixels = np.clip(page, 0, 255).astype(np.uint8)
    if chance.random() < 0.4:
        return pixels
    coded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, int(chance.integers(50, 96))])[1]
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
