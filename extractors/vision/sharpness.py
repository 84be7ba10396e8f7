"""How sharp a sheet's print is: the width of its edges, and what a small forest weighs (`extractors.vision.forest`).

Noise makes edges look wide and blurred pictures look detailed, so the forest is also given the noise itself, and
differences at several distances with the noise's own share taken off.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from extractors.vision import ranks
from extractors.vision.images import Picture, shrink

_LONG_PX = 1000
_DISTANCES = (1, 2, 3, 5, 8)
_STEPS = ((1, 0), (0, 1), (1, 1), (1, -1))
_BOTH_WAYS = (((9, 1), np.s_[:, 1:], np.s_[:, :-1]), ((1, 9), np.s_[1:], np.s_[:-1]))  # a blur and neighbours along it
_FEW, _MOST_PLACES = 200, 40_000
_WIDER = 4  # the place of the wider edges among the numbers

Floats = NDArray[np.float32]


def sharpness_numbers(sheet: Picture, long_side_px: float) -> list[float] | None:
    """Numbers that tell a picture out of focus or shaken from a sharp one, however noisy; None without print.

    Args:
        sheet: the squared-up sheet, as large as it is read.
        long_side_px: its longer side in the picture as taken.
    """
    light = cv2.cvtColor(sheet, cv2.COLOR_BGR2GRAY)
    grey = np.asarray(light, np.float32)
    noise = _noise(grey)
    places = _places_of_print(grey, noise)
    if len(places) < _FEW:
        return None
    sized = np.asarray(shrink(light, _LONG_PX)[0], np.float32)  # the size at which edges are measured
    return [
        noise,
        long_side_px,
        float(max(sheet.shape[:2])),
        *_widths(sized),
        *_widths(cv2.GaussianBlur(sized, (0, 0), 1.0)),
        *_steepness(grey, places, noise),
        reblur(sized) or 1.0,
    ]


def _noise(grey: Floats) -> float:
    """Standard deviation of the grain, from the calmer half of the picture's second differences (after Immerkaer 1996)."""
    second = cv2.filter2D(grey, -1, np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6)
    return float(ranks.percentile(np.abs(second[::3, ::3]), 40) / 0.524)


def _places_of_print(grey: Floats, noise: float) -> NDArray[np.intp]:
    """Where letters stand, as places in the flattened picture: near strokes well darker than what lies on both sides.

    A reflection or a shadow has soft edges too, but is no stroke.
    """
    # In bytes OpenCV looks over neighbourhoods four times as fast as in floats.
    soft = cv2.GaussianBlur(grey.astype(np.uint8), (3, 3), 0)
    half = cv2.resize(soft, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    reach = np.ones((7, 7), np.uint8)
    contrast = cv2.dilate(cv2.morphologyEx(half, cv2.MORPH_BLACKHAT, reach), reach)
    strong = max(25.0, 3 * noise, 0.6 * float(ranks.percentile(contrast, 97)))
    rim = max(_DISTANCES) + 1
    zone = np.zeros(grey.shape, np.bool_)
    zone[rim:-rim, rim:-rim] = cv2.resize(
        (contrast > strong).astype(np.uint8), grey.shape[::-1], interpolation=cv2.INTER_NEAREST
    )[rim:-rim, rim:-rim]
    places = np.flatnonzero(zone)
    return places[:: 1 + len(places) // _MOST_PLACES]


def _steepness(grey: Floats, places: NDArray[np.intp], noise: float) -> list[float]:
    """In four directions, how soon differences between pixels grow with their distance; the least sharp direction first.

    At a sharp edge pixels next to each other differ nearly as much as those a stroke apart.
    """
    flat = grey.ravel()
    here = flat[places]
    rows = [_growth(flat, places, here, noise, step[0] * grey.shape[1] + step[1]) for step in _STEPS]
    rows.sort(key=lambda row: row[0])
    return [*rows[0], *rows[-1][:2], rows[1][0]]


def _growth(flat: Floats, places: NDArray[np.intp], here: Floats, noise: float, offset: int) -> list[float]:
    """Root mean square of the differences at each distance, without noise's share, over that at the farthest."""
    squares = [float(np.square(here - flat[places + far * offset]).mean()) for far in _DISTANCES]
    spread = [max(0.0, value - 2 * noise * noise) ** 0.5 for value in squares]
    return [value / max(1.0, spread[-1]) for value in spread[:-1]]


def _widths(grey: Floats) -> list[float]:
    """Widths of the edges across and down, narrower first; 0 where there are too few."""
    found = [width or 0.0 for width in _both_widths(grey)]
    return sorted(found)


def edge_width(numbers: Sequence[float] | None) -> float | None:
    """Of `sharpness_numbers` the width of the strongest edges in pixels; None without edges."""
    return round(numbers[_WIDER], 2) or None if numbers else None


def _both_widths(grey: Floats) -> list[float | None]:
    """Width of the strongest edges across and down: local contrast over steepest slope; None where there are too few.

    Each direction by itself, for a hand's shake blurs one only. Unlike the Laplacian's variance it orders blurred noisy
    pictures before slightly blurred clean ones.
    """
    smooth = cv2.GaussianBlur(grey, (3, 3), 0.6)
    across = np.abs(cv2.filter2D(smooth, -1, np.array([[-0.5, 0, 0.5]])))
    down = np.abs(cv2.filter2D(smooth, -1, np.array([[-0.5], [0], [0.5]])))
    reach = np.ones((13, 13), np.uint8)
    light = smooth.astype(np.uint8)
    contrast = cv2.subtract(cv2.dilate(light, reach), cv2.erode(light, reach)).astype(np.float32)
    return [_width(one, other, contrast) for one, other in ((across, down), (down, across))]


def _width(slope: Floats, other: Floats, contrast: Floats) -> float | None:
    """Median width of the edges that run straight across the slope's direction."""
    steepest = cv2.dilate(slope, np.ones((5, 5), np.uint8))
    crest = np.flatnonzero((slope > 3) & (contrast > 40) & (slope >= steepest))
    crest = crest[slope.ravel()[crest] > 2 * other.ravel()[crest]]
    if len(crest) < _FEW:
        return None
    steep, depth = slope.ravel()[crest], contrast.ravel()[crest]
    strongest = depth >= ranks.percentile(depth, 60)
    return float(ranks.median(depth[strongest] / steep[strongest]))


def reblur(grey: Floats) -> float | None:
    """How little a picture changes when blurred again (after Crete 2007): near 0 sharp, near 1 blurred."""
    values = []
    for kernel, ahead, behind in _BOTH_WAYS:
        blurred = cv2.blur(grey, kernel)
        before, after = (cv2.absdiff(one[ahead], one[behind]) for one in (grey, blurred))
        total = float(before.sum())
        if total <= 0:
            return None
        lost = cv2.max(cv2.subtract(before, after), 0.0)
        values.append(1 - float(lost.sum()) / total)
    return round(max(values), 3)
