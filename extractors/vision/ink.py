"""Print on a strip of paper: how dark each pixel is, how slim a letter is, and whether something printed was not read."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from extractors.vision.images import Picture, cut_quad
from extractors.vision.lines import Line, Point, Quad

STRIP_HEIGHT = 96
_NEAR, _NEAR_LAST = 0.7, 0.85  # pitches from a character's middle: its own ink, and by how much it may be misplaced
_PITCH = 0.85  # of a line's height, the widest that neighbours stand apart
_BEHIND = 1.55  # pitches behind the last character's middle: a next one would stand there, the next column does not
_BESIDE = 0.3  # of a strip's height, by how much a letter's place may be misjudged
_LEAST_WIDTH, _LEAST_HEIGHT = 0.33, 0.4  # of a pitch, of the strip: less is a mark or a piece of the ground

Floats = NDArray[np.float32]


def darkness(strip: Picture) -> Floats:
    """How dark each pixel is against its paper, 0 to 1."""
    grey = cv2.cvtColor(strip, cv2.COLOR_BGR2GRAY).astype(np.float32)
    paper = cv2.GaussianBlur(cv2.dilate(grey, np.ones((25, 25), np.uint8)), (0, 0), 12)
    dark = np.clip(paper - grey, 0, None)
    level = float(np.percentile(dark, 98)) or 1.0
    # The lower third of the range is pattern and noise of the ground.
    share: Floats = np.clip((dark / level - 0.3) / 0.7, 0, 1).astype(np.float32)
    return share


def has_unread_character(picture: Picture, line: Line) -> bool:
    """Whether a character's worth of ink stands between a line's characters or right behind the last, and was not read.

    A reader leaves out a character it does not know and is sure of the others.
    """
    if not line.text:
        return False
    width, height = _length(line.box[0], line.box[1]), max(1.0, _length(line.box[0], line.box[3]))
    middles = [(start + end) / 2 * width for start, end in line.spans]
    steps = sorted(b - a for a, b in pairwise(middles))
    pitch = min([*steps[len(steps) // 2 :][:1], _PITCH * height])
    end = middles[-1] + _BEHIND * pitch
    scale = STRIP_HEIGHT / height
    strip = cut_quad(picture, _longer(line.box, end / width), max(8, round(end * scale)), STRIP_HEIGHT)
    ink = darkness(strip) > 0.5
    places = np.arange(strip.shape[1]) / scale
    open_places = np.min([np.abs(places - middle) for middle in middles], axis=0) > _NEAR * pitch
    open_places &= (places > middles[0]) & ((places < middles[-1]) | (places > middles[-1] + _NEAR_LAST * pitch))
    return bool(
        ink[:, open_places].any(axis=0).sum() > _LEAST_WIDTH * pitch * scale
        and ink[:, open_places].any(axis=1).sum() > _LEAST_HEIGHT * STRIP_HEIGHT
    )


def slimness(picture: Picture, line: Line, at: int) -> float | None:
    """The width of a letter's print as a share of its height; None where there is no print at its place."""
    width, height = _length(line.box[0], line.box[1]), max(1.0, _length(line.box[0], line.box[3]))
    strip = cut_quad(picture, line.box, max(8, round(width * STRIP_HEIGHT / height)), STRIP_HEIGHT)
    _, _, pieces, _ = cv2.connectedComponentsWithStats((darkness(strip) > 0.5).astype(np.uint8))
    middle = sum(line.spans[at]) / 2 * strip.shape[1]
    tall = [piece for piece in pieces[1:] if piece[cv2.CC_STAT_HEIGHT] > _LEAST_HEIGHT * STRIP_HEIGHT]
    distances = [abs(piece[cv2.CC_STAT_LEFT] + piece[cv2.CC_STAT_WIDTH] / 2 - middle) for piece in tall]
    if not tall or min(distances) > _BESIDE * STRIP_HEIGHT:
        return None
    nearest = tall[int(np.argmin(distances))]
    return float(nearest[cv2.CC_STAT_WIDTH] / nearest[cv2.CC_STAT_HEIGHT])


def _length(a: Point, b: Point) -> float:
    return float(np.hypot(b[0] - a[0], b[1] - a[1]))


def _longer(box: Quad, share: float) -> Quad:
    """The box with its right side moved to that share of its width."""
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = box
    upper = (x0 + (x1 - x0) * share, y0 + (y1 - y0) * share)
    lower = (x3 + (x2 - x3) * share, y3 + (y2 - y3) * share)
    return box[0], upper, lower, box[3]
