"""How much colour a sheet has of its own: coloured originals have some in their print, copies in grey have none.

Colour is a pixel's distance from the sheet's own grey axis (a and b as quadratics of lightness), so that a lamp's cast
does not count. A finger, a warm reflection or the table at the rim are coloured too; what they add is told from print
by where it lies and how far it spreads, and a small forest weighs that (`extractors.vision.forest`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from extractors.vision import ranks
from extractors.vision.images import Picture, shrink

_LONG_PX, _SPREAD_PX = 400, 1.5
_EVERY = 2  # neighbours are alike after smoothing
_FITS, _FITTED_EVERY = 4, 3  # a third of the pixels gives the same axis in a third of the time
_RIM_SHARE, _CORE_SHARE = 33, 7  # the rim often shows the table; fingers seldom reach a seventh of the sheet
_COLOURED, _TINTED, _RED = 8.0, 6.0, 3.0  # Lab units from the axis
_FULL_LIGHT, _NO_LIGHT = 90.0, 8.0  # lightness of paper; what keeps black from counting
_DISTANCE = 1  # its place in the numbers
_COARSE, _PRINT_CELLS = 2, 15  # colour that is spread over more than 60 pixels of the shrunk sheet is light, not print

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Colours:
    """A sheet's pixels without its rim: how far each is from the grey axis in a and b, and what the sheet looks like."""

    off: Floats  # height x width x 2
    lightness: Floats
    grain: float  # how much colour changes from pixel to pixel, as a camera's noise does
    cast: float  # how strongly the grey axis itself is coloured


def colours_of(sheet: Picture) -> Colours:
    """The colours of a squared-up sheet (blue, green, red)."""
    small, _ = shrink(sheet, _LONG_PX)
    inner = _without_rim(small, _RIM_SHARE).astype(np.float32) / 255
    # A camera's grain is coloured, and so are the blocks of JPEG: only colour over a few pixels counts.
    smooth = np.ascontiguousarray(cv2.GaussianBlur(inner, (0, 0), _SPREAD_PX)[::_EVERY, ::_EVERY])
    raw, lab = (cv2.cvtColor(one, cv2.COLOR_BGR2LAB) for one in (inner[::_EVERY, ::_EVERY].copy(), smooth))
    flat = lab.reshape(-1, 3)
    solution, span = _sheets_axis(flat[::_FITTED_EVERY])
    return Colours(
        _from_axis(flat, solution, span).reshape(*lab.shape[:2], 2),
        lab[..., 0],
        float(cv2.absdiff(raw, lab)[..., 1:].mean()),
        float(np.abs(solution[1:]).sum()),
    )


def copy_numbers(sheet: Picture) -> list[float]:
    """Numbers that tell a copy in grey from a coloured original, whatever lies over it and however it is lit."""
    colours = colours_of(sheet)
    lit = colours.off * _brightening(colours.lightness)[..., None]
    far, near = _length(lit), _length(lit - _spread_light(lit))
    core, near_core = _without_rim(far, _CORE_SHARE), _without_rim(near, _CORE_SHARE)
    tinted = lit[..., 0][far > _TINTED]
    return [
        *_percentiles(_length(colours.off), 97, 99, 99.7),
        *_percentiles(far, 50, 90, 97, 99, 99.7),
        *_percentiles(core, 90, 97, 99.7),
        *_percentiles(near, 90, 97, 99.7),
        *_percentiles(near_core, 97, 99.7),
        colours.grain,
        float((far > _COLOURED).mean()),
        *_free_and_touching(far > _COLOURED),
        float((tinted > _RED).mean()) if len(tinted) else 0.0,
        colours.cast,
        float(colours.lightness.mean()),
        float(colours.lightness.std()),
    ]


def colour_distance(numbers: Sequence[float]) -> float:
    """Of `copy_numbers`: the pixels' distance from the sheet's own grey axis that 99 % of them keep, in Lab units.

    It is small for copies in grey.
    """
    return round(numbers[_DISTANCE], 2)


def _without_rim(values: NDArray[np.generic], share: int) -> NDArray[np.generic]:
    y, x = max(1, values.shape[0] // share), max(1, values.shape[1] // share)
    inner = values[y:-y, x:-x]
    return inner if inner.size else values


def _sheets_axis(lab: Floats) -> tuple[Floats, tuple[float, float]]:
    """The axis fitted to the sheet's greyest pixels again and again, and the lightness between which it holds."""
    distance = np.zeros(len(lab), dtype=np.float32)
    limit = 0.5
    for _ in range(_FITS):
        solution, span = _grey_axis(lab[distance <= limit])
        distance = _length(_from_axis(lab, solution, span))
        limit = max(0.5, float(ranks.percentile(distance, 70)))
    return solution, span


def _grey_axis(lab: Floats) -> tuple[Floats, tuple[float, float]]:
    """The axis, a and b as quadratics of lightness, and the lightness between which they were fitted."""
    low, high = np.percentile(lab[:, 0], (0.5, 99.5))
    design = _powers(lab[:, 0], (low, high))
    return np.linalg.lstsq(design, lab[:, 1:], rcond=None)[0].astype(np.float32), (float(low), float(high))


def _from_axis(lab: Floats, solution: Floats, span: tuple[float, float]) -> Floats:
    """Where each pixel lies from the axis; outside its span, where a quadratic runs away, its last value holds."""
    return np.asarray(lab[:, 1:] - _powers(lab[:, 0], span) @ solution, np.float32)


def _powers(light: Floats, span: tuple[float, float]) -> Floats:
    held = np.clip(light, *span) / np.float32(100)
    return np.stack([np.ones_like(held), held, held * held], axis=1)


def _brightening(lightness: Floats) -> Floats:
    """By how much colours would be stronger where the paper lies in full light: in a shadow they are as weak as the light."""
    height, width = lightness.shape
    size = (max(1, width // _COARSE), max(1, height // _COARSE))
    coarse = cv2.resize(lightness, size, interpolation=cv2.INTER_AREA)
    paper = cv2.blur(cv2.dilate(coarse, np.ones((7, 7), np.uint8)), (9, 9), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(_FULL_LIGHT / (cv2.resize(paper, (width, height)) + _NO_LIGHT), np.float32)


def _length(off: Floats) -> Floats:
    return np.asarray(np.hypot(off[..., 0], off[..., 1]), np.float32)


def _spread_light(off: Floats) -> Floats:
    """Colour that is the same over a wide stretch of the sheet, as light's is."""
    height, width = off.shape[:2]
    size = (max(1, width // _COARSE), max(1, height // _COARSE))
    coarse = cv2.blur(
        cv2.resize(off, size, interpolation=cv2.INTER_AREA), (_PRINT_CELLS,) * 2, borderType=cv2.BORDER_REPLICATE
    )
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


def _percentiles(values: NDArray[np.generic], *shares: float) -> list[float]:
    return [float(ranks.percentile(values, share)) for share in shares]


def _free_and_touching(coloured: NDArray[np.bool_]) -> tuple[float, float]:
    """Share of the sheet in coloured regions that end before its sides; and of the largest that goes on beyond them."""
    flags = cv2.morphologyEx(coloured.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(flags)
    height, width = flags.shape
    x, y, wide, tall, area = stats[1:].T
    touches = (x <= 1) | (y <= 1) | (x + wide >= width - 1) | (y + tall >= height - 1)
    return float(area[~touches].sum() / flags.size), float(area[touches].max(initial=0) / flags.size)
