"""Words laid over a paper half-transparently (水印): the print under them spoils their reading, so they are read by themselves.

They are paler than print. With the print painted over by what lies round it, they are all that is left to read, of
whatever colour they are.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from extractors.papers import kinds
from extractors.vision import ocr
from extractors.vision.images import Picture, shrink, shrink_to
from extractors.vision.lines import Quad

_WORK_PX, _LONGEST_PX = 1300, 800  # the print is taken off at the first, the words are read at the second
_FOUND_AT_PX = 544  # enough to see where they stand: they are larger than print
_GLANCED_AT_PX = 352  # where nothing speaks for one: at a quarter of the cost
_LEAST_SLANT = 0.1
_LEAST_LENGTH = 2.0  # heights; four characters take more
_NEAR_SHARE = 1 / 30  # the paper's brightness is looked for so far round a point, as a share of the long side
_PRINT = 0.6  # of the paper's brightness: what is darker is print
_AROUND_PX = 9  # print is painted over by the mean of so many pixels
_LEAST_FAINT = 15.0  # of 255 under the paper's brightness: the mark that becomes black at the least
_WIDER_THAN_STROKES_PX, _LEAST_RED = 31, 10
_COMPACT = 0.5  # of what is round it an emblem fills more, words in a row less
_RED_WORDS_SHARE = 0.003  # of the sheet; four small characters have more, traces of a shadow or of JPEG mostly less

Floats = NDArray[np.float32]


def faint_watermarks(picture: Picture, *, is_likely: bool) -> tuple[str, ...]:
    """Watermarks among what is paler than the print of an upright sheet; of one read in part only, the part between dots.

    Unless one `is_likely`, a coarser look for slanted words has to do: what stands level is mostly left of print.
    """
    page = np.repeat(_pale_layer(picture, _WORK_PX if is_likely else _LONGEST_PX)[:, :, None], 3, axis=2)
    found = ocr.find_lines(page, _FOUND_AT_PX if is_likely else _GLANCED_AT_PX)
    boxes = (box for box in found if _is_long(box) and (is_likely or _is_slanted(box)))
    lines = (ocr.read_line(page, box, quick=True) for box in boxes)
    return tuple(text for text in (kinds.faint_watermark(line.text) for line in lines) if text)


def has_red_words(picture: Picture) -> bool:
    """Whether an upright sheet has reddish strokes that are not those of an emblem or a seal."""
    size = (320, 240) if picture.shape[1] > picture.shape[0] else (240, 320)
    _, green, red = cv2.split(shrink_to(picture, size))
    redness = cv2.subtract(red, green)
    # A card's ground may be reddish as a whole.
    strokes = cv2.subtract(redness, cv2.medianBlur(redness, _WIDER_THAN_STROKES_PX)) > _LEAST_RED
    clean = cv2.morphologyEx(strokes.astype(np.uint8), cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
    _, _, things, _ = cv2.connectedComponentsWithStats(cv2.dilate(clean, np.ones((5, 5), np.uint8)))
    x, y, width, height, area = max(things[1:], key=lambda thing: thing[2] * thing[3], default=(0, 0, 0, 0, 0))
    if area > _COMPACT * width * height:
        clean[y : y + height, x : x + width] = 0
    return float(clean.mean()) > _RED_WORDS_SHARE


def _is_long(box: Quad) -> bool:
    """Whether a watermark's words have room in it: most faint things on a paper are spots and rings."""
    a, b, _, d = box
    sides = math.dist(a, b), math.dist(a, d)
    return max(sides) >= _LEAST_LENGTH * min(sides)


def _is_slanted(box: Quad) -> bool:
    """Whether the longer side is neither level nor upright."""
    a, b, _, d = box
    end = b if math.dist(a, b) > math.dist(a, d) else d
    across, along = sorted((abs(end[0] - a[0]), abs(end[1] - a[1])))
    return across > _LEAST_SLANT * along


def _pale_layer(picture: Picture, work_px: int) -> NDArray[np.uint8]:
    """What is paler than print, dark on an even ground."""
    grey, _ = shrink(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), work_px)
    off = 255 * (1 - _without_print(np.divide(grey, _paper(grey), dtype=np.float32)))
    faint, _ = shrink(np.clip(off, 0, 255).astype(np.uint8), _LONGEST_PX)
    darkest = max(_LEAST_FAINT, float(np.percentile(faint, 98.5)))
    return (240 - 210 * np.clip(faint / np.float32(darkest), 0, 1)).astype(np.uint8)


def _paper(grey: NDArray[np.uint8]) -> Floats:
    """The brightness of the paper under everything printed on it."""
    small = cv2.resize(grey, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    reach = max(3, round(max(small.shape) * _NEAR_SHARE)) | 1
    lightest = cv2.blur(cv2.dilate(small, np.ones((reach, reach), np.uint8)), (reach, reach))
    full = cv2.resize(lightest, (grey.shape[1], grey.shape[0])).astype(np.float32)
    return np.asarray(np.maximum(1, full), np.float32)


def _without_print(share: Floats) -> Floats:
    """Shares of the paper's brightness with the print, and the blur round it, painted over."""
    is_print = cv2.dilate((share < _PRINT).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    free = (~is_print).astype(np.float32)
    around = (_AROUND_PX, _AROUND_PX)
    known = cv2.blur(free, around)
    painted = np.where(known > 0.05, cv2.blur(share * free, around) / np.maximum(known, 0.05), 1)
    return np.asarray(np.where(is_print, painted, share), np.float32)
