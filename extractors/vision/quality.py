"""Measures a picture against what reviewers look at: sharpness, colour, and the scores of the trained checks.

Only measures; the limits are the pipeline's. Sharpness and colour are measured on the squared-up sheet so that the
table round it does not count.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from extractors.vision import forest, glare, moire, rim
from extractors.vision.images import Picture, shrink
from extractors.vision.lines import Quad

_SHARPNESS_WIDTH_PX = 1000
_COLOUR_WIDTH_PX = 400
_FITS, _FITTED_EVERY = 4, 7  # a seventh of the pixels gives the same axis in a seventh of the time

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Measures:
    """What was measured on one sheet; the names are those of `ImageFacts`."""

    edge_width_px: float | None
    reblur: float | None
    colour_distance: float
    glare_share: float
    screen_score: float | None
    glare_score: float | None
    cut_score: float | None
    occlusion_score: float | None


def measure(page: Picture, sheet: Picture, corners: Quad, *, found: bool) -> Measures:
    """All measures of one sheet; `corners` are its corners on the page, `found` whether they were seen there."""
    sized, _ = shrink(sheet, _SHARPNESS_WIDTH_PX)
    grey = cv2.cvtColor(sized, cv2.COLOR_BGR2GRAY).astype(np.float32)
    view = rim.view_rim(page, corners, found=found)
    return Measures(
        edge_width(grey),
        reblur(grey),
        colour_distance(sheet),
        glare.burnt_share(sheet),
        forest.score("screen", moire.screen_numbers(page, corners)),
        forest.score("glare", glare.glare_numbers(sheet)),
        forest.score("cut", rim.edge_numbers(view)),
        forest.score("occlusion", rim.occlusion_numbers(view)),
    )


def edge_width(grey: Floats) -> float | None:
    """Width of the strongest edges in pixels: local contrast over steepest slope; None without edges.

    Taken across and down by themselves and the wider one given, for a hand's shake blurs one direction only. Unlike
    the Laplacian's variance it orders blurred noisy pictures before slightly blurred clean ones.
    """
    smooth = cv2.GaussianBlur(grey, (3, 3), 0.6)
    across = np.abs(cv2.filter2D(smooth, -1, np.array([[-0.5, 0, 0.5]])))
    down = np.abs(cv2.filter2D(smooth, -1, np.array([[-0.5], [0], [0.5]])))
    reach = np.ones((13, 13), np.uint8)
    contrast = cv2.dilate(smooth, reach) - cv2.erode(smooth, reach)
    widths = [_width(one, other, contrast) for one, other in ((across, down), (down, across))]
    found = [width for width in widths if width is not None]
    return round(max(found), 2) if found else None


def _width(slope: Floats, other: Floats, contrast: Floats) -> float | None:
    """Median width of the edges that run straight across the slope's direction."""
    steepest = cv2.dilate(slope, np.ones((5, 5), np.uint8)) - 1e-6
    crest = (slope >= steepest) & (slope > 2 * other) & (contrast > 40) & (slope > 3)
    if int(crest.sum()) < 200:
        return None
    strongest = crest & (contrast >= np.percentile(contrast[crest], 60))
    return float(np.median(contrast[strongest] / slope[strongest]))


def reblur(grey: Floats) -> float | None:
    """How little a picture changes when blurred again (after Crete 2007): near 0 sharp, near 1 blurred."""
    values = []
    for kernel in ((9, 1), (1, 9)):
        blurred = cv2.blur(grey, kernel)
        axis = 1 if kernel == (9, 1) else 0
        before, after = np.abs(np.diff(grey, axis=axis)), np.abs(np.diff(blurred, axis=axis))
        total = float(before.sum())
        if total <= 0:
            return None
        values.append(1 - float(np.maximum(0, before - after).sum()) / total)
    return round(max(values), 3)


def colour_distance(sheet: Picture) -> float:
    """99th percentile of the pixels' distance from the sheet's own grey axis; small for copies in grey.

    The axis is fitted to the sheet (a and b as quadratics of lightness), so a lamp's cast does not count as colour.
    """
    small, _ = shrink(sheet, _COLOUR_WIDTH_PX)
    # The rim often shows the table.
    cut_y, cut_x = max(1, small.shape[0] // 33), max(1, small.shape[1] // 33)
    inner = small[cut_y:-cut_y, cut_x:-cut_x].astype(np.float32) / 255
    lab = cv2.cvtColor(cv2.GaussianBlur(inner, (3, 3), 0), cv2.COLOR_BGR2LAB).reshape(-1, 3)
    fitted = lab[::_FITTED_EVERY]
    distance = np.zeros(len(fitted), dtype=np.float32)
    limit = 0.5
    for _ in range(_FITS):
        solution, span = _grey_axis(fitted[distance <= limit])
        distance = _from_axis(fitted, solution, span)
        limit = max(0.5, float(np.percentile(distance, 70)))
    return round(float(np.percentile(_from_axis(lab, solution, span), 99)), 2)


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
