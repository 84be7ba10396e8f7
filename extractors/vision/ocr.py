"""Reads the lines of a squared-up picture with PP-OCRv6: a small detector and recogniser on onnxruntime.

One line at a time (padding to a common width costs a fifth more), one thread, and each character's probability is
kept: a name is only as sure as its least sure character.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from extractors.vision import models
from extractors.vision.images import Picture, cut_quad, shrink_to, turn
from extractors.vision.lines import Line, Quad
from extractors.vision.models import Floats

DETECT_LONGEST_PX = 960
DETECT_CARD_PX = 640
_DETECT_MOST_PIXELS = 700_000  # an A4 sheet's; memory grows with the area, and square pages are those with small cards
CARD_ASPECT = 85.6 / 54
_STACKED = 1.8
_CARD_TOLERANCE = 0.08
_MAP_THRESHOLD = 0.2
_BOX_THRESHOLD = 0.4
_UNCLIP = 1.5
_LONGER = 0.2
_MIN_SIDE = 3.0
_LINE_HEIGHT = 48
_MAX_LINE_WIDTH = 2400
_LEAST_CHANCE = 1e-30
_MEAN = np.array((0.485, 0.456, 0.406), dtype=np.float32)
_STD = np.array((0.229, 0.224, 0.225), dtype=np.float32)


def read_lines(picture: Picture) -> list[Line]:
    """All lines of an upright picture by the quick recogniser, from top to bottom."""
    found = [read_line(picture, quad, quick=True) for quad in find_lines(picture, _detect_px(picture))]
    lines = [part for line in found for part in _unstacked(line)]
    return sorted((line for line in lines if line.text.strip()), key=lambda line: (line.middle, line.left))


def _unstacked(line: Line) -> list[Line]:
    """A line's characters one by one where they stand below each other: first letters of labels in a column."""
    (x0, y0), (x1, _), _, (_, y3) = line.box
    if y3 - y0 < _STACKED * (x1 - x0) or not 1 < len(line.text) < 6:
        return [line]
    step = (y3 - y0) / len(line.text)
    tops = [y0 + i * step for i in range(len(line.text))]
    boxes: list[Quad] = [((x0, top), (x1, top), (x1, top + step), (x0, top + step)) for top in tops]
    return [replace(line.part(i, i + 1), box=box, quick=line.quick) for i, box in enumerate(boxes)]


def _detect_px(picture: Picture) -> int:
    """Cards hold few large letters; sheets of paper need the finer look."""
    aspect = max(picture.shape[:2]) / min(picture.shape[:2])
    return DETECT_CARD_PX if abs(aspect / CARD_ASPECT - 1) < _CARD_TOLERANCE else DETECT_LONGEST_PX


def find_lines(picture: Picture, longest_px: int = DETECT_LONGEST_PX) -> list[Quad]:
    """The corners of each line of text."""
    height, width = picture.shape[:2]
    scale = min(1.0, longest_px / max(height, width), (_DETECT_MOST_PIXELS / (height * width)) ** 0.5)
    size = (_to_grid(width * scale), _to_grid(height * scale))
    resized = shrink_to(picture, size) if scale < 1 else cv2.resize(picture, size)
    heat = models.detector.run(_normalise(resized))[0, 0]
    factors = (width / size[0], height / size[1])
    return [_scaled(quad, factors, width, height) for quad in _boxes(heat)]


def read_line(picture: Picture, quad: Quad, allowed: str = "", *, quick: bool = False) -> Line:
    """The text inside the corners; with `allowed`, only those characters are considered.

    The quick recogniser costs a quarter, and knows a third of the characters: what it is unsure of is to be read again.
    """
    blob = _line_blob(_cut_line(picture, quad))
    if quick:
        line = _decode(models.quick_recogniser.run(blob)[0], models.QUICK_DICTIONARY, quad, allowed)
        return replace(line, quick=True)
    return _decode(models.recogniser.run(blob)[0], models.DICTIONARY, quad, allowed)


def log_chances(picture: Picture, line: Line, characters: str) -> Floats:
    """How likely the larger recogniser finds each of the characters at each place of a line, as natural logarithms.

    One row for each of the line's characters.
    """
    scores = models.recogniser.run(_line_blob(_cut_line(picture, line.box)))[0]
    outputs, columns = _outputs(characters, models.DICTIONARY), len(scores)
    spans = [(int(a * columns), int(np.ceil(b * columns))) for a, b in line.spans]
    best = np.stack([scores[min(a, columns - 1) : max(a + 1, b)].max(axis=0)[outputs] for a, b in spans])
    chances: Floats = np.log(np.maximum(np.where(outputs > 0, best, 0), _LEAST_CHANCE))  # output 0 is the blank
    return chances


def reading_direction(picture: Picture) -> tuple[int, float]:
    """By how many degrees the picture must be turned clockwise to stand upright, and how sure that is."""
    height, width = picture.shape[:2]
    scale = 256 / min(height, width)
    resized = cv2.resize(picture, (max(224, round(width * scale)), max(224, round(height * scale))))
    top, left = (resized.shape[0] - 224) // 2, (resized.shape[1] - 224) // 2
    scores = models.direction.run(_normalise(resized[top : top + 224, left : left + 224, ::-1]))[0]
    best = int(np.argmax(scores))
    # The classes say how the picture lies (counter-clockwise turn to undo).
    return (360 - best * 90) % 360, float(scores[best])


def _to_grid(length: float) -> int:
    return max(32, round(length / 32) * 32)


def _normalise(picture: Picture) -> Floats:
    blob = np.empty((1, 3, *picture.shape[:2]), np.float32)
    for channel, (mean, deviation) in enumerate(zip(_MEAN, _STD, strict=True)):
        np.multiply(picture[..., channel], np.float32(1 / 255 / deviation), out=blob[0, channel])
        blob[0, channel] -= mean / deviation
    return blob


def _boxes(heat: Floats) -> list[Quad]:
    """Rectangles round the connected regions of the detector's map, grown back to the letters' full height."""
    mask = (heat > _MAP_THRESHOLD).astype(np.uint8)
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    boxes = []
    for contour in contours[:3000]:
        (centre, (width, height), angle) = cv2.minAreaRect(contour)
        if min(width, height) < _MIN_SIDE or _mean_inside(heat, contour) < _BOX_THRESHOLD:
            continue
        grow = width * height * _UNCLIP / (2 * (width + height)) * 2
        along = _LONGER * (min(width, height) + grow)  # closing brackets stand a little apart
        size = (width + grow + along, height + grow) if width >= height else (width + grow, height + grow + along)
        boxes.append(_ordered(cv2.boxPoints((centre, size, angle))))
    return boxes


def _mean_inside(heat: Floats, contour: NDArray[np.int32]) -> float:
    x, y, width, height = cv2.boundingRect(contour)
    mask = np.zeros((height, width), np.uint8)
    cv2.fillPoly(mask, [contour - (x, y)], 1)
    return float(cv2.mean(heat[y : y + height, x : x + width], mask)[0])


def _ordered(points: NDArray[np.float32]) -> Quad:
    """Corners clockwise from the upper left, for a box that leans by less than 45 degrees."""
    by_x = points[np.argsort(points[:, 0], kind="stable")]
    left = by_x[:2][np.argsort(by_x[:2, 1], kind="stable")]
    right = by_x[2:][np.argsort(by_x[2:, 1], kind="stable")]
    corners = [(float(p[0]), float(p[1])) for p in (left[0], right[0], right[1], left[1])]
    return corners[0], corners[1], corners[2], corners[3]


def _scaled(quad: Quad, factors: tuple[float, float], width: int, height: int) -> Quad:
    corners = [(min(max(x * factors[0], 0.0), width), min(max(y * factors[1], 0.0), height)) for x, y in quad]
    return corners[0], corners[1], corners[2], corners[3]


def _cut_line(picture: Picture, quad: Quad) -> Picture:
    corners = np.array(quad)
    width = max(np.linalg.norm(corners[0] - corners[1]), np.linalg.norm(corners[3] - corners[2]))
    height = max(np.linalg.norm(corners[0] - corners[3]), np.linalg.norm(corners[1] - corners[2]))
    strip = cut_quad(picture, quad, max(2, round(float(width))), max(2, round(float(height))))
    return turn(strip, 270) if height > width * 1.5 else strip


def _line_blob(strip: Picture) -> Floats:
    width = min(_MAX_LINE_WIDTH, max(48, round(strip.shape[1] * _LINE_HEIGHT / strip.shape[0])))
    shrinks = strip.shape[0] > _LINE_HEIGHT
    resized = cv2.resize(strip, (width, _LINE_HEIGHT), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)
    scaled = resized.astype(np.float32) / 127.5 - 1.0
    return np.ascontiguousarray(scaled.transpose(2, 0, 1)[None])


def _decode(scores: Floats, dictionary: str, quad: Quad, allowed: str) -> Line:
    """Greedy decoding: equal neighbours are one character, blanks separate."""
    if allowed:
        scores = scores * _mask(allowed, dictionary)
    alphabet = models.alphabet(dictionary)
    best = scores.argmax(axis=1)
    columns = len(best)
    text, probabilities, spans = [], [], []
    start = 0
    for at in range(1, columns + 1):
        if at < columns and best[at] == best[start]:
            continue
        if best[start] != 0:
            text.append(alphabet[best[start]])
            probabilities.append(float(scores[start:at, best[start]].max()))
            spans.append((start, at))
        start = at
    return Line("".join(text), quad, tuple(probabilities), _widened(spans, columns))


def _widened(spans: list[tuple[int, int]], columns: int) -> tuple[tuple[float, float], ...]:
    """Characters answer for a column or two only: each is given the room up to halfway to its neighbours."""
    if not spans:
        return ()
    centres = [(a + b) / 2 for a, b in spans]
    steps = sorted(b - a for a, b in pairwise(centres))
    half = (steps[len(steps) // 2] if steps else columns) / 2
    widened = []
    for i, centre in enumerate(centres):
        left = max(centre - half, (centres[i - 1] + centre) / 2 if i else 0.0)
        right = min(centre + half, (centres[i + 1] + centre) / 2 if i + 1 < len(centres) else float(columns))
        widened.append((max(0.0, left) / columns, min(columns, right) / columns))
    return tuple(widened)


@lru_cache(maxsize=2)
def _outputs(characters: str, dictionary: str) -> NDArray[np.int64]:
    places = {character: at for at, character in enumerate(models.alphabet(dictionary))}
    return np.array([places.get(character, 0) for character in characters])


@lru_cache(maxsize=8)
def _mask(allowed: str, dictionary: str) -> Floats:
    wanted, alphabet = set(allowed), models.alphabet(dictionary)
    return np.array([1.0 if i == 0 or c in wanted else 0.0 for i, c in enumerate(alphabet)], dtype=np.float32)
