"""Whether a letter was signed and sealed: ink beside its signature labels, a red seal somewhere on it.

Says that there is ink, not whose: a person still has to look.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from extractors.papers import letter
from extractors.papers.layout import Value, same_row
from extractors.vision.images import Picture
from extractors.vision.lines import Line, Quad, even_line

PRESENT, ABSENT = "present", "absent"
_REACH = 9.0  # heights of the label: so far to its right people sign
_RISE = 0.9  # and so far above and below its line
_INK_SHARE = 0.012
_PRINTED = 0.9  # a line read so surely is print, not handwriting
_SEAL_WIDTHS = (0.08, 0.35)  # of the sheet's width
_SEAL_INK = 0.04  # of the seal's square; a ring with a star has about 0.2

Mask = NDArray[np.uint8]


def measure(picture: Picture, lines: Sequence[Line]) -> dict[str, Value]:
    """`signature` and `seal` as `present` or `absent`, each only where the letter has a place for it."""
    found: dict[str, Value] = {}
    places = [_place(label, lines, picture) for label in letter.signature_labels(tuple(lines))]
    if places:
        ink = _handwriting(picture)
        empty = [place for place in places if not _is_written(ink, place)]
        found["signature"] = _value(ABSENT if empty else PRESENT, (empty or places)[0])
    seal = _seal(picture)
    if seal is not None or letter.wants_seal(tuple(lines)):
        found["seal"] = _value(PRESENT if seal else ABSENT, seal)
    return found


def _value(word: str, place: Quad | None) -> Value:
    lines = (even_line(word, place, "ink"),) if place else ()
    return Value(word, lines, 0.9, "ink", word)


def _place(label: Line, lines: Sequence[Line], picture: Picture) -> Quad:
    """Right of a label up to the next print on its row."""
    width = picture.shape[1]
    beside = [x.left for x in lines if same_row(x, label) and x.left > label.right and x.score >= _PRINTED]
    right = min([label.right + _REACH * label.height, *beside, width - 1.0])
    top, bottom = label.top - _RISE * label.height, label.bottom + _RISE * label.height
    return (label.right, top), (right, top), (right, bottom), (label.right, bottom)


def _handwriting(picture: Picture) -> Mask:
    """Dark or coloured strokes, without the printed rule that people sign on."""
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    reach = max(15, picture.shape[1] // 40) | 1
    paper = cv2.medianBlur(cv2.dilate(grey, np.ones((9, 9), np.uint8)), min(reach, 255))
    ink: Mask = (grey < paper * 0.72).astype(np.uint8)
    rule = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, max(25, picture.shape[1] // 25)), np.uint8))
    strokes: Mask = ink & (1 - cv2.dilate(rule, np.ones((5, 1), np.uint8)))
    return strokes


def _is_written(ink: Mask, place: Quad) -> bool:
    (left, top), _, (right, bottom), _ = place
    part = ink[max(0, int(top)) : int(bottom), int(left) : int(right)]
    return part.size > 0 and float(part.mean()) > _INK_SHARE


def _seal(picture: Picture) -> Quad | None:
    """The square round the largest red mark of a seal's size."""
    hsv = cv2.cvtColor(picture, cv2.COLOR_BGR2HSV)
    red = (((hsv[:, :, 0] < 12) | (hsv[:, :, 0] > 166)) & (hsv[:, :, 1] > 60) & (hsv[:, :, 2] > 80)).astype(np.uint8)
    reach = max(5, picture.shape[1] // 60) | 1
    joined = cv2.morphologyEx(red, cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined)
    best: tuple[int, Quad] | None = None
    for x, y, width, height, _area in stats[1:]:
        if not _SEAL_WIDTHS[0] < width / picture.shape[1] < _SEAL_WIDTHS[1] or not 0.6 < width / height < 1.7:
            continue
        inked = int(red[y : y + height, x : x + width].sum())
        if inked > _SEAL_INK * width * height and (best is None or inked > best[0]):
            corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
            square = [(float(a), float(b)) for a, b in corners]
            best = inked, (square[0], square[1], square[2], square[3])
    return best[1] if best else None
