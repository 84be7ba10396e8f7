"""Where a sheet lies when its picture is taken: on desks of all kinds, on a scanner's lid, cut out flat.

Part of the drawn faults (`faults.py`), as are `fingers.py`, `lights.py`, `displays.py` and `lens.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.devset.designs import Design

Chance = np.random.Generator
Floats = NDArray[np.float32]
_DESKS = (
    (140, 98, 62), (196, 160, 118), (222, 188, 148), (70, 76, 84), (58, 92, 78), (232, 232, 230), (246, 246, 244), (170, 172, 174),
    (40, 40, 44), (120, 40, 40), (205, 190, 170), (90, 110, 160), (216, 170, 140),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture being made: floats in red, green, blue; the sheet's corners; where it lies."""

    page: Floats
    corners: Floats
    place: str


def one(chance: Chance, options: tuple[float, ...], likely: tuple[float, ...] | None = None) -> float:
    """One of some numbers, as Python's own: numpy's would turn all pixels to double width."""
    return float(chance.choice(options, p=likely))


def grid(page: Floats) -> tuple[Floats, Floats]:
    """The rows and columns of a picture's pixels."""
    y, x = np.mgrid[0 : page.shape[0], 0 : page.shape[1]].astype(np.float32)
    return y, x


def clouds(chance: Chance, width: int, height: int, size: float, spare: int = 2) -> Floats:
    """Noise of about `size` pixels, around zero with a spread of one; rows x columns.

    It is drawn in cells of that size, so many to `spare`.
    """
    cells = tuple(max(2, round(side / size) + spare) for side in (height, width))
    coarse = chance.standard_normal(cells, np.float32)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)


def page_size(chance: Chance) -> tuple[int, int]:
    """Width and height of a picture, upright, wide or square."""
    width = round(one(chance, (800, 1000, 1200, 1500, 2000), (0.2, 0.25, 0.25, 0.2, 0.1)) * chance.uniform(0.9, 1.1))
    return width, round(width * one(chance, (0.75, 0.7, 1.33, 0.5625, 1.0)))


def placed(drawn: Design, place: str, cut: bool, chance: Chance) -> Scene:
    """The sheet on a desk, a scanner's lid, or flat; `cut` pushes it over the picture's rim."""
    if place == "flat":
        return _flat(drawn, cut, chance)
    width, height = page_size(chance)
    corners = set_down(drawn, width, height, chance, tilt=0.05 if place == "lid" else 1.0)
    if cut:
        corners = moved_out(corners, width, height, chance)
    page = _lid(chance, width, height) if place == "lid" else desk(chance, width, height)
    if place == "desk" and not drawn.is_card and chance.random() < 0.25:
        drawn = _curled(drawn, chance)
    return Scene(laid(page, drawn, corners, 0.1 if place == "lid" else float(chance.uniform(0, 0.5))), corners, place)


def _flat(drawn: Design, cut: bool, chance: Chance) -> Scene:
    """A scan cut at the sheet's edges, or inside them."""
    size = one(chance, (0.6, 0.8, 1.0))
    pixels = cv2.resize(drawn.pixels, None, fx=size, fy=size, interpolation=cv2.INTER_AREA).astype(np.float32)
    mask = cv2.resize(drawn.mask, pixels.shape[1::-1], interpolation=cv2.INTER_AREA)
    cover = mask.astype(np.float32)[..., None] / 255
    pixels = pixels * cover + chance.uniform(180, 255) * (1 - cover)
    height, width = pixels.shape[:2]
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    return Scene(*(_trimmed(pixels, corners, chance) if cut else (pixels, corners)), "flat")


def _trimmed(pixels: Floats, corners: Floats, chance: Chance) -> tuple[Floats, Floats]:
    height, width = pixels.shape[:2]
    off = np.array([chance.uniform(0.03, 0.2) if chance.random() < 0.4 else 0 for _ in range(4)])
    if not off.any():
        off[chance.integers(4)] = chance.uniform(0.05, 0.2)
    left, right, top, bottom = off * (width, width, height, height)
    inside = pixels[round(top) : height - round(bottom), round(left) : width - round(right)]
    return inside, corners - np.array((round(left), round(top)), np.float32)


def set_down(drawn: Design, width: int, height: int, chance: Chance, tilt: float) -> Floats:
    """Corners of the sheet wholly inside the picture; `tilt` is how slantwise and turned it may be seen."""
    tall, wide = drawn.pixels.shape[:2]
    fill = one(chance, (chance.uniform(0.45, 0.93), chance.uniform(0.93, 0.995)), (0.75, 0.25))
    inner = min(width * fill, height * fill * wide / tall)
    half = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], np.float32) * (inner / 2, inner * tall / wide / 2)
    half = half * (1 + chance.uniform(-0.06, 0.06, (4, 2)) * tilt)
    angle = math.radians(chance.normal(0, one(chance, (1.5, 5.0, 14.0), (0.3, 0.55, 0.15))) * min(tilt, 1.0))
    half = half @ np.array([(math.cos(angle), math.sin(angle)), (-math.sin(angle), math.cos(angle))])
    # Nearly filling the picture, the sheet still keeps clear of its rim: by a few pixels at least.
    half = half * min(1.0, *(np.array((width - 6, height - 6)) / 2 / np.abs(half).max(axis=0)))
    room = np.maximum(np.array((width, height)) / 2 - np.abs(half).max(axis=0) - 3, 0)
    corners = half + np.array((width, height)) / 2 + chance.uniform(-1, 1, 2) * room * one(chance, (0.9, 1.0))
    return corners.astype(np.float32)


def moved_out(corners: Floats, width: int, height: int, chance: Chance) -> Floats:
    """The sheet pushed over the picture's rim on one or two sides."""
    size = corners.max(axis=0) - corners.min(axis=0)
    for side in chance.choice(4, size=1 if chance.random() < 0.7 else 2, replace=False):
        axis, low = side % 2, side < 2
        out = size[axis] * one(chance, (chance.uniform(0.008, 0.03), chance.uniform(0.03, 0.22)), (0.35, 0.65))
        move = -out - corners[:, axis].min() if low else (width, height)[axis] + out - corners[:, axis].max()
        corners[:, axis] += move
    return corners


def _curled(drawn: Design, chance: Chance) -> Design:
    """A sheet that does not lie flat: its sides are bent a little, in and out."""
    tall, wide = drawn.pixels.shape[:2]
    y, x = np.mgrid[0:tall, 0:wide].astype(np.float32)
    bend = chance.uniform(0.002, 0.012, 2) * max(tall, wide)
    waves, phases = chance.uniform(0.5, 1.5, 2), chance.uniform(0, 2 * math.pi, 2)
    from_x = x + bend[0] * np.sin(2 * math.pi * waves[0] * y / tall + phases[0])
    from_y = y + bend[1] * np.sin(2 * math.pi * waves[1] * x / wide + phases[1])
    maps = from_x.astype(np.float32), from_y.astype(np.float32)
    pixels = cv2.remap(drawn.pixels, *maps, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return Design(np.asarray(pixels), np.asarray(cv2.remap(drawn.mask, *maps, cv2.INTER_LINEAR)), drawn.is_card)


def laid(page: Floats, drawn: Design, corners: Floats, shadow: float) -> Floats:
    """The sheet over the page, with a shadow round it."""
    height, width = drawn.pixels.shape[:2]
    shrink = max(float(np.linalg.norm(corners[1] - corners[0])) / width, 1e-3)
    pixels = drawn.pixels if shrink > 0.9 else cv2.GaussianBlur(drawn.pixels, (0, 0), 0.32 / shrink)
    source = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    matrix = cv2.getPerspectiveTransform(source, corners)
    size = (page.shape[1], page.shape[0])
    seen = cv2.warpPerspective(pixels, matrix, size, borderMode=cv2.BORDER_REPLICATE)
    cover = cv2.warpPerspective(drawn.mask, matrix, size).astype(np.float32)[..., None] / 255
    dark = cv2.GaussianBlur(np.roll(cover[..., 0], (5, 7), (0, 1)), (0, 0), max(2.0, page.shape[1] / 200))[..., None]
    return page * (1 - shadow * dark) * (1 - cover) + seen * cover


def _lid(chance: Chance, width: int, height: int) -> Floats:
    light = chance.uniform(195, 254) + chance.normal(0, 2, 3)
    return np.full((height, width, 3), 1, np.float32) * light.astype(np.float32)


def desk(chance: Chance, width: int, height: int) -> Floats:
    """A desk of some colour and pattern, at times with other things on it."""
    colour = np.array(_DESKS[chance.integers(len(_DESKS))], np.float32) + chance.normal(0, 8, 3).astype(np.float32)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    pattern = _PATTERNS[chance.integers(len(_PATTERNS))](chance, y, x)
    page = colour + pattern[..., None] * np.array((1.0, 0.9, 0.8), np.float32)
    return _with_things(page, chance) if chance.random() < 0.15 else page


def _plain(_chance: Chance, y: Floats, _x: Floats) -> Floats:
    return np.zeros_like(y)


def _grain(chance: Chance, y: Floats, _x: Floats) -> Floats:
    height, width = y.shape
    noise = chance.standard_normal((height, max(width // 14, 1)), np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), 2.5)
    pattern = cv2.resize(soft, (width, height), interpolation=cv2.INTER_CUBIC) * np.float32(chance.uniform(10, 40))
    return np.asarray(pattern if chance.random() < 0.5 else cv2.resize(pattern.T, (width, height)), np.float32)


def _cloth(chance: Chance, y: Floats, x: Floats) -> Floats:
    pitch = chance.uniform(3, 12)
    return (chance.uniform(3, 11) * (np.sin(2 * math.pi * x / pitch) + np.sin(2 * math.pi * y / pitch))).astype(
        np.float32
    )


def _speckled(chance: Chance, y: Floats, _x: Floats) -> Floats:
    noise = chance.standard_normal(y.shape, np.float32) * np.float32(chance.uniform(10, 45))
    return np.asarray(cv2.GaussianBlur(noise, (0, 0), chance.uniform(0.8, 3)), np.float32)


def _checked(chance: Chance, y: Floats, x: Floats) -> Floats:
    pitch = chance.uniform(40, 160)
    squares = np.sign(np.sin(2 * math.pi * x / pitch)) * np.sign(np.sin(2 * math.pi * y / pitch))
    return (chance.uniform(6, 20) * squares).astype(np.float32)


def _boards(chance: Chance, y: Floats, x: Floats) -> Floats:
    """Planks or tiles: wide stripes of slightly unlike lightness with dark joints."""
    pitch, along = chance.uniform(90, 400), y if chance.random() < 0.5 else x
    board = np.floor(along / pitch)
    return (12 * np.sin(board * 12.9) - 30 * ((along % pitch) < 3)).astype(np.float32)


_PATTERNS = (_plain, _plain, _grain, _grain, _cloth, _speckled, _checked, _boards)


def _with_things(page: Floats, chance: Chance) -> Floats:
    """Pens, cups and papers that lie about; the sheet will lie over them."""
    height, width = page.shape[:2]
    drawn = page.astype(np.float32).copy()
    for _ in range(int(chance.integers(1, 4))):
        colour = tuple(float(v) for v in chance.uniform(15, 250, 3))
        middle = (int(chance.integers(width)), int(chance.integers(height)))
        size = (int(chance.integers(8, width // 4)), int(chance.integers(8, width // 4)))
        if chance.random() < 0.5:
            cv2.ellipse(drawn, middle, size, float(chance.uniform(0, 180)), 0, 360, colour, -1, cv2.LINE_AA)
        else:
            box = cv2.boxPoints((middle, size, float(chance.uniform(0, 90)))).astype(np.int32)
            cv2.fillPoly(drawn, [box], colour, cv2.LINE_AA)
    return drawn
