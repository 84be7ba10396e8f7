"""Measures a picture against what reviewers look at: sharpness, colour, and the scores of the trained checks.

Only measures; the limits are the pipeline's. Sharpness and colour are measured on the squared-up sheet so that the
table round it does not count.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from extractors.vision import crossing, forest, glare, moire, ranks, rim, sharpness
from extractors.vision.images import Picture, shrink
from extractors.vision.lines import Quad

_COLOUR_WIDTH_PX, _COLOUR_SPREAD_PX = 400, 1.5
_FITS, _FITTED_EVERY = 4, 7  # a seventh of the pixels gives the same axis in a seventh of the time

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Measures:
    """What was measured on one sheet; the names are those of `ImageFacts`."""

    edge_width_px: float | None
    colour_distance: float
    glare_share: float
    blur_score: float | None
    screen_score: float | None
    glare_score: float | None
    cut_score: float | None
    occlusion_score: float | None


def measure(page: Picture, sheet: Picture, corners: Quad, *, found: bool) -> Measures:
    """All measures of one sheet; `corners` are its corners on the page, `found` whether they were seen there."""
    numbers = numbers_of(page, sheet, corners, found)
    scores = {name: forest.score(name, weighed) for name, weighed in numbers.items()}
    return Measures(
        sharpness.edge_width(numbers["blur"]),
        colour_distance(sheet),
        glare.burnt_share(sheet),
        **{f"{name}_score": score for name, score in scores.items()},
    )


def numbers_of(page: Picture, sheet: Picture, corners: Quad, found: bool) -> dict[str, list[float] | None]:
    """What each trained check weighs, by its name; None where a sheet cannot be measured for it."""
    view = rim.view_rim(page, corners, found=found)
    return {
        "blur": sharpness.sharpness_numbers(sheet, _longest_side(corners)),
        "screen": moire.screen_numbers(page, corners),
        "glare": glare.glare_numbers(sheet),
        "cut": rim.edge_numbers(view),
        "occlusion": crossing.occlusion_numbers(view),
    }


def _longest_side(corners: Quad) -> float:
    points = np.array(corners)
    return float(np.linalg.norm(points - np.roll(points, 1, axis=0), axis=1).max())


def colour_distance(sheet: Picture) -> float:
    """99th percentile of the pixels' distance from the sheet's own grey axis; small for copies in grey.

    The axis is fitted to the sheet (a and b as quadratics of lightness), so a lamp's cast does not count as colour.
    """
    small, _ = shrink(sheet, _COLOUR_WIDTH_PX)
    # The rim often shows the table.
    cut_y, cut_x = max(1, small.shape[0] // 33), max(1, small.shape[1] // 33)
    inner = small[cut_y:-cut_y, cut_x:-cut_x].astype(np.float32) / 255
    # A camera's grain is coloured, and so are the blocks of JPEG: only colour over a few pixels counts.
    lab = cv2.cvtColor(cv2.GaussianBlur(inner, (0, 0), _COLOUR_SPREAD_PX), cv2.COLOR_BGR2LAB).reshape(-1, 3)
    fitted = lab[::_FITTED_EVERY]
    distance = np.zeros(len(fitted), dtype=np.float32)
    limit = 0.5
    for _ in range(_FITS):
        solution, span = _grey_axis(fitted[distance <= limit])
        distance = _from_axis(fitted, solution, span)
        limit = max(0.5, float(ranks.percentile(distance, 70)))
    return round(float(ranks.percentile(_from_axis(lab, solution, span), 99)), 2)


def _grey_axis(lab: Floats) -> tuple[Floats, tuple[float, float]]:
    """The axis, a and b as quadratics of lightness, and the lightness between which they were fitted."""
    low, high = np.percentile(lab[:, 0], (0.5, 99.5))
    design = _powers(lab[:, 0], (low, high))
    return np.linalg.lstsq(design, lab[:, 1:], rcond=None)[0].astype(np.float32), (float(low), float(high))


def _from_axis(lab: Floats, solution: Floats, span: tuple[float, float]) -> Floats:
    """Each pixel's distance from the axis; outside its span, where a quadratic runs away, its last value holds."""
    apart = lab[:, 1:] - _powers(lab[:, 0], span) @ solution
    return np.asarray(np.hypot(apart[:, 0], apart[:, 1]), np.float32)


def _powers(light: Floats, span: tuple[float, float]) -> Floats:
    held = np.clip(light, *span) / np.float32(100)
    return np.stack([np.ones_like(held), held, held * held], axis=1)
