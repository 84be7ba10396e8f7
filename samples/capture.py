"""Turns a drawn sheet into what people send: a clean scan, a phone photo on a desk, a turned or blurred picture.

Chance comes from a seed given by the caller, so a capture is the same each time.
"""

from __future__ import annotations

import io
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from samples.canvas import Pixels

JPEG_QUALITY = 85
Desk = Literal["wood", "slate", "felt"]
_DESKS: dict[Desk, tuple[tuple[int, int, int], float]] = {
    "wood": ((138, 96, 62), 16.0),
    "slate": ((72, 78, 86), 7.0),
    "felt": ((58, 92, 78), 6.0),
}


def scan(sheet: Pixels, width_px: int, *, seed: int, mask: Pixels | None = None, rim: float = 0.05) -> Pixels:
    """A colour scan: the sheet on a light scanner lid, a little askew, hardly any noise."""
    rng = np.random.default_rng(seed)
    height_px = round(width_px * (sheet.shape[0] + 2 * rim * sheet.shape[1]) / (sheet.shape[1] * (1 + 2 * rim)))
    place = _upright(sheet, width_px, height_px, rim)
    place = _turn(place, float(rng.uniform(-0.7, 0.7)))
    page = np.full((height_px, width_px, 3), (214, 216, 218), np.float32)
    page = _lay(page, sheet, place, mask, shadow=0.10)
    return _finish(page, rng, noise=1.2)


def photo(
    sheet: Pixels,
    width_px: int,
    *,
    seed: int,
    mask: Pixels | None = None,
    desk: Desk = "wood",
    ratio: float = 0.75,
    fill: float = 0.80,
) -> Pixels:
    """A phone photo: the sheet on a desk, seen slightly from the side, lit by one lamp.

    `ratio` is the picture's height over its width, `fill` the share of the picture's width the sheet takes.
    """
    rng = np.random.default_rng(seed)
    height_px = round(width_px * ratio)
    page = _desk(rng, width_px, height_px, desk)
    page = _lay(page, sheet, _seen_from_the_side(sheet, width_px, height_px, fill, rng), mask, shadow=0.35)
    return _finish(page * _lamp(rng, width_px, height_px), rng, noise=2.2)


def turned(picture: Pixels, quarters: int) -> Pixels:
    """The picture turned counter-clockwise by quarters of a full turn."""
    return np.ascontiguousarray(np.rot90(picture, quarters))


def blurred(picture: Pixels, sigma_px: float) -> Pixels:
    """The picture out of focus."""
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma_px), dtype=np.uint8)


def jpeg(picture: Pixels, quality: int = JPEG_QUALITY, turn_tag: int | None = None) -> bytes:
    """JPEG bytes; `turn_tag` is the EXIF orientation a phone would write."""
    buffer = io.BytesIO()
    exif = Image.Exif()
    if turn_tag is not None:
        exif[0x0112] = turn_tag
    Image.fromarray(picture).save(buffer, "JPEG", quality=quality, subsampling=1, dpi=(300, 300), exif=exif)
    return buffer.getvalue()


def png(picture: Pixels) -> bytes:
    """PNG bytes."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


Corners = NDArray[np.float32]
Page = NDArray[np.float32]


def _floats(values: object) -> NDArray[np.float32]:
    return np.array(values, np.float32)


def _upright(sheet: Pixels, width_px: int, height_px: int, rim: float) -> Corners:
    inner = width_px / (1 + 2 * rim)
    tall = inner * sheet.shape[0] / sheet.shape[1]
    left, top = (width_px - inner) / 2, (height_px - tall) / 2
    return _floats([[left, top], [left + inner, top], [left + inner, top + tall], [left, top + tall]])


def _turn(corners: Corners, degrees: float) -> Corners:
    middle = corners.mean(axis=0)
    angle = np.radians(degrees)
    matrix = _floats([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return ((corners - middle) @ matrix.T + middle).astype(np.float32)


def _seen_from_the_side(sheet: Pixels, width_px: int, height_px: int, fill: float, rng: np.random.Generator) -> Corners:
    inner = min(width_px * fill, height_px * 0.9 * sheet.shape[1] / sheet.shape[0])
    tall = inner * sheet.shape[0] / sheet.shape[1]
    left, top = (width_px - inner) / 2, (height_px - tall) / 2
    corners = _floats([[left, top], [left + inner, top], [left + inner, top + tall], [left, top + tall]])
    pinch = inner * float(rng.uniform(0.012, 0.03))
    lean = tall * float(rng.uniform(-0.02, 0.02))
    corners += _floats([[pinch, pinch / 2], [-pinch, pinch / 2 + lean], [0, 0], [0, lean]])
    return _turn(corners, float(rng.uniform(-2.5, 2.5)))


def _lay(page: Page, sheet: Pixels, corners: Corners, mask: Pixels | None, shadow: float) -> Page:
    height, width = sheet.shape[:2]
    shrink = max(np.linalg.norm(corners[1] - corners[0]) / width, 1e-3)
    drawing = sheet if shrink > 0.9 else np.asarray(cv2.GaussianBlur(sheet, (0, 0), 0.32 / shrink))
    cover = np.full((height, width), 255, np.uint8) if mask is None else mask
    matrix = cv2.getPerspectiveTransform(_floats([[0, 0], [width, 0], [width, height], [0, height]]), corners)
    size = (page.shape[1], page.shape[0])
    seen = cv2.warpPerspective(drawing, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).astype(
        np.float32
    )
    share = cv2.warpPerspective(cover, matrix, size, flags=cv2.INTER_LINEAR).astype(np.float32) / 255
    dark = cv2.GaussianBlur(np.roll(share, 6, axis=(0, 1)), (0, 0), _shadow_width(page))
    under = page * (1 - shadow * dark[..., None])
    return under * (1 - share[..., None]) + seen * share[..., None]


def _shadow_width(page: Page) -> float:
    return page.shape[1] / 220


def _desk(rng: np.random.Generator, width: int, height: int, desk: Desk) -> Page:
    colour, strength = _DESKS[desk]
    grain = rng.normal(0, 1, (height, max(width // 12, 1))).astype(np.float32)
    grain = cv2.resize(cv2.GaussianBlur(grain, (0, 0), 2.5), (width, height), interpolation=cv2.INTER_CUBIC)
    return _floats(colour) + grain[..., None] * strength * _floats((1.0, 0.85, 0.7))


def _lamp(rng: np.random.Generator, width: int, height: int) -> Page:
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    at_x, at_y = rng.uniform(0.2, 0.8) * width, rng.uniform(0.0, 0.5) * height
    far = np.hypot(x - at_x, y - at_y) / np.hypot(width, height)
    return (1.03 - 0.22 * far)[..., None] * _floats((1.0, 0.99, 0.965))


def _finish(page: Page, rng: np.random.Generator, noise: float) -> Pixels:
    grain = rng.normal(0, noise, page.shape[:2]).astype(np.float32)[..., None]
    return np.clip(page + grain, 0, 255).astype(np.uint8)
