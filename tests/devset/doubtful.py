"""Which drawn faults hardly show: clerks would differ about them, so that neither training nor scores count them.

Each is told by what was drawn, never by what a check measures. Nor is a sound picture counted for sharpness whose print
is so small that the lens alone spreads it as far as a blur would: that is a matter of resolution.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.devset.designs import Design
from tests.devset.scenes import Floats, Scene

_LEAST_COVERED, _VISIBLE = 0.004, 14.0  # of the sheet; of 255
_PRINT, _LEAST_LOST = 30, 0.004
_LEAST_STEP, _BESIDE_PX = 5.0, 5  # of 255
_LEAST_GRID = 1.5  # of 255, root mean square over the sheet
_SHARP_SPREAD, _BLURRED_SPREAD = 0.045, 0.052  # of the letters' height; a stroke is about a tenth of it
_COLOURED, _LEAST_COLOURED = 25, 0.002


def is_hardly_covered(before: Scene, after: Scene, cover: Floats) -> bool:
    """Whether what was laid over the sheet is visibly another on next to nothing of it; its shadow covers nothing."""
    sheet = _inside(before)
    changed = (np.abs(after.page - before.page).max(axis=2) > _VISIBLE) & (cover > 0.5)
    return float((changed & sheet).sum()) < _LEAST_COVERED * max(1, int(sheet.sum()))


def is_hardly_cut(drawn: Design, scene: Scene) -> bool:
    """Whether no print is lost and the sheet ends where one cannot see it end, as in scans trimmed within their margin."""
    return not _loses_print(drawn, scene) and (scene.place == "flat" or not _stands_out(scene))


def _loses_print(drawn: Design, scene: Scene) -> bool:
    grey = cv2.cvtColor(drawn.pixels, cv2.COLOR_RGB2GRAY)
    print_ = cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, np.ones((9, 9), np.uint8)) > _PRINT
    height, width = grey.shape
    matrix = cv2.getPerspectiveTransform(
        scene.corners, np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    )
    seen = cv2.warpPerspective(np.ones(scene.page.shape[:2], np.uint8), matrix, (width, height))
    return float((print_ & (seen == 0)).sum()) > _LEAST_LOST * float(print_.sum())


def _stands_out(scene: Scene) -> bool:
    """Whether the sheet's visible sides are of another tone than what lies beside them."""
    sheet = _inside(scene).astype(np.uint8)
    near = np.ones((2 * _BESIDE_PX + 1,) * 2, np.uint8)
    inner = (sheet > 0) & (cv2.erode(sheet, near, borderValue=1) == 0)
    outer = (sheet == 0) & (cv2.dilate(sheet, near) > 0)
    if not inner.any() or not outer.any():
        return False
    step = np.median(scene.page[inner], axis=0) - np.median(scene.page[outer], axis=0)
    return float(np.abs(step).max()) > _LEAST_STEP


def grid_level(shown: NDArray[np.uint8], plain: NDArray[np.uint8], pattern: Floats, scene: Scene) -> float:
    """How strong a display's grid is in a picture, root mean square in 255ths of what follows the grid as it was drawn.

    Args:
        shown: the picture as taken, blue, green, red.
        plain: the same without the grid.
        pattern: what the grid added, as the lens saw it: red, green, blue.
        scene: where the sheet lies; only the grid over it counts.
    """
    sheet = _inside(scene)
    left = (shown.astype(np.float32) - plain)[..., ::-1][sheet]
    drawn = pattern[sheet]
    power = float(np.square(drawn).sum())
    share = float((left * drawn).sum()) / max(1e-6, power)
    # A phone's smoothing may turn the finest grids over.
    return abs(share) * (power / max(1, drawn.size)) ** 0.5


def is_faint_grid(level: float) -> bool:
    """Whether so little of a display's grid is left that nobody would see it."""
    return level < _LEAST_GRID


def is_hardly_blurred(spread_px: float, letter_px: float, *, blurred: bool) -> bool:
    """Whether a picture lies between sharp and blurred, by how far a point spreads and how high the letters are."""
    share = spread_px / letter_px
    return share < _BLURRED_SPREAD if blurred else share > _SHARP_SPREAD


def is_coloured(drawn: Design) -> bool:
    """Whether there is colour on a copy, as of words that were laid over it."""
    pixels = drawn.pixels.astype(np.int16)
    return bool((pixels.max(axis=2) - pixels.min(axis=2) > _COLOURED).mean() > _LEAST_COLOURED)


def _inside(scene: Scene) -> NDArray[np.bool_]:
    return cv2.fillConvexPoly(np.zeros(scene.page.shape[:2], np.uint8), scene.corners.astype(np.int32), 1) > 0
