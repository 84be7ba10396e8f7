"""Measures a picture against what reviewers look at: sharpness, colour, glare, edges, screen patterns.

Only measures; the limits are the pipeline's. Sharpness and colour are measured on the squared-up sheet so that the
table round it does not count.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from extractors.vision.images import Picture, shrink
from extractors.vision.lines import Quad

_SHARPNESS_WIDTH_PX = 1000
_COLOUR_WIDTH_PX = 400
_WINDOW = 256

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Measures:
    """What was measured on one sheet."""

    edge_width_px: float | None
    reblur: float | None
    colour_distance: float
    glare_share: float
    moire_luminance: float | None
    moire_red_green: float | None


def measure(page: Picture, sheet: Picture, corners: Quad) -> Measures:
    """All measures of one sheet; `corners` are its corners on the page."""
    scale = min(1.0, _SHARPNESS_WIDTH_PX / max(sheet.shape[:2]))
    sized, _ = shrink(sheet, round(max(sheet.shape[:2]) * scale))
    grey = cv2.cvtColor(sized, cv2.COLOR_BGR2GRAY).astype(np.float32)
    moire = _moire(page, corners)
    return Measures(
        edge_width(grey),
        reblur(grey),
        colour_distance(sheet),
        glare_share(sheet),
        moire[0] if moire else None,
        moire[1] if moire else None,
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
    light = lab[:, 0] / 100
    kept = np.ones(len(lab), dtype=bool)
    distance = np.zeros(len(lab), dtype=np.float32)
    for _ in range(4):
        # Outside the lightness of the pixels fitted, a quadratic runs away: there its last value holds.
        low, high = np.percentile(light[kept], (0.5, 99.5))
        held = np.clip(light, low, high)
        design = np.stack([np.ones_like(held), held, held * held], axis=1)
        solution, *_rest = np.linalg.lstsq(design[kept], lab[kept, 1:], rcond=None)
        distance = np.linalg.norm(lab[:, 1:] - design @ solution, axis=1)
        kept = distance <= max(0.5, float(np.percentile(distance, 70)))
    return round(float(np.percentile(distance, 99)), 2)


def glare_share(sheet: Picture) -> float:
    """Share of the sheet burnt out by a reflection; 0 where the paper itself is near white."""
    small, _ = shrink(sheet, 500)
    least = small.min(axis=2)
    paper = float(np.percentile(least, 75))
    # A white scan is bright all over; a reflection stands out from its paper.
    if paper >= 236:
        return 0.0
    burnt = cv2.morphologyEx((least >= 250).astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    return round(float(burnt.mean()), 4)


def _moire(page: Picture, corners: Quad) -> tuple[float, float] | None:
    """The strongest isolated peaks of the spectrum, of lightness and of red against green.

    Measured on the page as taken: squaring up would smear a screen's pixel grid.
    """
    points = np.array(corners)
    left, top = np.maximum(points.min(axis=0), 0).astype(int)
    right, bottom = points.max(axis=0).astype(int)
    region = page[top:bottom, left:right]
    if min(region.shape[:2]) < _WINDOW:
        return None
    light = cv2.cvtColor(region, cv2.COLOR_BGR2GRAY).astype(np.float32)
    red_green = region[:, :, 2].astype(np.float32) - region[:, :, 1].astype(np.float32)
    return _peak(light), _peak(red_green)


def _peak(channel: Floats) -> float:
    window = np.outer(np.hanning(_WINDOW), np.hanning(_WINDOW)).astype(np.float32)
    spectrum = np.zeros((_WINDOW, _WINDOW), np.float32)
    places = _window_places(channel.shape[0], channel.shape[1])
    for top, left in places:
        part = channel[top : top + _WINDOW, left : left + _WINDOW]
        spectrum += np.log1p(np.abs(np.fft.fftshift(np.fft.fft2((part - part.mean()) * window)))).astype(np.float32)
    spectrum /= len(places)
    scaled = np.clip(spectrum * 16, 0, 255).astype(np.uint8)
    above = spectrum - cv2.medianBlur(scaled, 15).astype(np.float32) / 16
    y, x = np.ogrid[:_WINDOW, :_WINDOW]
    middle = _WINDOW // 2
    near = (y - middle) ** 2 + (x - middle) ** 2 < 28**2
    # Printed lines and the sheet's sides make ridges along the axes, a screen makes single peaks off them.
    axes = (np.abs(y - middle) < 4) | (np.abs(x - middle) < 4)
    above[near | axes] = 0
    return round(float(np.sort(above.ravel())[-8]), 2)


def _window_places(height: int, width: int) -> list[tuple[int, int]]:
    tops = sorted({0, (height - _WINDOW) // 2, height - _WINDOW})
    lefts = sorted({0, (width - _WINDOW) // 2, width - _WINDOW})
    return [(top, left) for top in tops for left in lefts]
