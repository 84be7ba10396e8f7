"""Settles unsure characters of names by comparing their picture with drawn glyphs.

Readers learn common characters; for one they hardly know (㛃) or cannot answer with at all (𬭎) they give a common
look-alike, mostly with low probability. Here what the reader finds likely is weighed against how alike the character's
picture is to each of the 8,105 characters of the national table (通用规范汉字表) and of those the reader knows besides: by
directions of strokes in an 8 x 8 grid, as linear discriminants of them. What the reader answers with where it knows no
better (`lookalikes.py`) is looked at however sure it was. `data/glyphs.npz` holds the characters' features,
not the fonts; it is made again by `tools/build_glyphs.py`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from importlib.resources import as_file, files
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from extractors.vision import models, ocr
from extractors.vision.images import Picture, cut_quad
from extractors.vision.ink import STRIP_HEIGHT, darkness
from extractors.vision.lines import Line
from extractors.vision.lookalikes import LookAlikes, look_alikes

SURE = 0.9995
"""What was read so surely is left alone, but for what the reader answers with instead of others."""
_UNSURE = 0.98
SCALE = 127
"""What stands for 1 in the file's rows."""
_CHINESE = re.compile(r"[\u3400-\U0003ffff]+")  # runs between dots, which stand closer
_MARK = 0.3  # half a dot's width and by how much its place may be misjudged, in characters
_MORE = 0.2  # characters of room at a line's ends; more would take in the label's last stroke
_SIDE = 48
_GRID = 8
_DIRECTIONS = 8
_NARROWEST, _WIDEST = 0.45, 1.9  # a character's room, in heights of its box, which is taller than the print
_LONGEST = 24
_SETTLED = 0.7
# Weighed on drawn names in fonts other than the table's: blurred, shaken, grainy, small. All are natural logarithms.
_LIKENESS = 40.0  # for a likeness of 1
# For the characters that the reader cannot answer with, where it answers as it always does to them, and else.
_NEVER_TAUGHT, _ANSWERED_OTHERWISE = -1.0, -4.0
_LEAST_LIKELY, _OUT_OF_QUESTION = -8.0, -100.0
_NOT_NATIONAL = -3.0
_NO_SURNAME = -3.0
_MARGIN, _SURER_MARGIN = 1.0, 2.0
# Of characters so much likelier than any other one in a thousand was wrong, of those read with less than 0.9 none of 140.
_CLEARLY, _PLAINLY = 5.0, 6.0
_HARDLY = 1.0  # what is often read for others must be likelier than they by more
_IMAGE = 0.75  # likeness
SURE_ENOUGH = 0.9
"""What was read so surely is confirmed by being clearly likelier than any other."""
_CONFIRMABLE, _CONFIRMED = 0.5, 0.995
_LEGIBLE_PX = 16  # a line's height; in smaller print 启 and 自 are the same picture

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class GlyphTable:
    """Features of the drawn characters, one row each; `basis` brings a picture's feature to them.

    The `national` first ones are those of the national table, the others what the reader may answer with besides.
    """

    characters: str
    national: int
    rows: Floats
    mean: Floats
    basis: Floats

    @cached_property
    def places(self) -> dict[str, int]:
        """Each character's row."""
        return {character: at for at, character in enumerate(self.characters)}

    @cached_property
    def taught(self) -> NDArray[np.bool_]:
        """Which of the characters the reader can answer with."""
        return np.array([models.is_taught(character) for character in self.characters])

    @cached_property
    def known_to_both(self) -> NDArray[np.bool_]:
        """Which of the characters the quick reader can answer with too."""
        return np.array([models.is_known_to_both(character) for character in self.characters])

    @cached_property
    def look_alikes(self) -> LookAlikes:
        """What the reader answers with instead of others."""
        return look_alikes(self.characters)

    def likeness(self, features: Sequence[Floats]) -> Floats:
        """How much each of the characters looks like each feature, 1 being the same."""
        vectors = (np.stack(features) - self.mean) @ self.basis
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        likeness: Floats = vectors @ self.rows.T / np.maximum(1e-6, lengths)
        return likeness


@lru_cache(maxsize=1)
def table() -> GlyphTable:
    """The packaged table, loaded once."""
    with as_file(files("extractors.vision").joinpath("data/glyphs.npz")) as path, np.load(path) as data:
        rows = data["rows"].astype(np.float32)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        return GlyphTable(
            str(data["characters"]), int(data["national"]), rows, data["mean"].astype(np.float32), data["basis"]
        )


def settle(
    picture: Picture, line: Line, beginnings: frozenset[str] = frozenset(), agreed: Collection[int] = ()
) -> Line:
    """The line with its Chinese characters held against the table that are less than sure or often read for others.

    One that looks like itself far more than like any other is confirmed, unless it is tiny. Where another one is clearly
    likelier, an unsure one is replaced, a rather sure one only by what it is the image of, else it is doubted; all these
    get a probability of at most 0.7, so that a person is shown them, as does one that is hardly likelier than what it is
    often read for. With `beginnings` the first character is likely one of these. At the `agreed` places both readers read
    the same, and one that both know is doubted there instead of replaced by another such one.
    """
    text, probabilities = list(line.text), list(line.probabilities)
    for at, likeness, weights in _weights(picture, line, beginnings):
        rival, lead = _rival(text[at], weights)
        was = line.probabilities[at]
        if line.height >= _LEGIBLE_PX and _is_confirmed(was, lead):
            probabilities[at] = max(_CONFIRMED, was)
        elif lead < -(_MARGIN if was < _UNSURE else _SURER_MARGIN):
            is_open = at not in agreed or not table().known_to_both[rival]
            if is_open and (was < _UNSURE or likeness[rival] >= _IMAGE):
                text[at] = table().characters[rival]
            probabilities[at] = min(_SETTLED, max(0.5, was))
        elif lead < _HARDLY and text[at] in table().look_alikes.suspects:
            probabilities[at] = min(_SETTLED, was)
    return replace(line, text="".join(text), probabilities=tuple(probabilities))


def _is_confirmed(was: float, lead: float) -> bool:
    return was >= _CONFIRMABLE and lead >= (_CLEARLY if was >= SURE_ENOUGH else _PLAINLY)


def _rival(read: str, weights: Floats) -> tuple[int, float]:
    """The row of the likeliest other character, and by how much the one read is likelier; 0 where the table lacks it."""
    at = table().places.get(read)
    first, second = np.argsort(weights)[:-3:-1]
    rival = int(second if first == at else first)
    return rival, 0.0 if at is None else float(weights[at] - weights[rival])


def _weights(picture: Picture, line: Line, beginnings: frozenset[str]) -> Iterator[tuple[int, Floats, Floats]]:
    """At the places that were unsure or look more like something else: likeness to, and all that speaks for, each character."""
    likeness = {
        at: row
        for at, row in _likeness(picture, line)
        if line.probabilities[at] < _CONFIRMED or table().characters[int(row.argmax())] != line.text[at]
    }
    if not likeness:
        return
    chances = ocr.log_chances(picture, line, table().characters)
    for at, row in likeness.items():
        weights = _LIKENESS * row + _chances(chances[at], line.probabilities[at])
        weights += _handicap(beginnings if at == 0 else frozenset())
        yield at, row, weights


def _chances(chances: Floats, sure: float) -> Floats:
    """What the reading of a place says of each character: how likely the reader finds it, or how usual its answer is for it."""
    # A reader that is rather sure errs about what it was never taught, hardly about anything else.
    taught = np.maximum(chances, _LEAST_LIKELY if sure < _UNSURE else _OUT_OF_QUESTION)
    as_usual = table().look_alikes.chances(chances) + _NEVER_TAUGHT
    never_taught = np.maximum(as_usual, _ANSWERED_OTHERWISE if sure < SURE else _OUT_OF_QUESTION)
    return np.where(table().taught, taught, never_taught)


def _likeness(picture: Picture, line: Line) -> Iterator[tuple[int, Floats]]:
    """The places of characters that were read less than surely or are often read for others, with what they look like."""
    features = {
        run.start() + at: found
        for run in _CHINESE.finditer(line.text if len(line.text) <= _LONGEST else "")
        for at, piece in _doubtful_pieces(picture, _run(line, *run.span()))
        if (found := feature(piece)) is not None
    }
    if features:
        yield from zip(features, table().likeness(list(features.values())), strict=True)


def _run(line: Line, start: int, end: int) -> Line:
    """A run of a line's characters with some more room at its ends, but not up to the marks beside it.

    Characters' own room ends halfway to a mark, which stands so close that it would cut into them.
    """
    spans = list(line.spans)
    width = spans[start][1] - spans[start][0]
    left = sum(spans[start - 1]) / 2 + _MARK * width if start else max(0.0, spans[0][0] - _MORE * width)
    right = sum(spans[end]) / 2 - _MARK * width if end < len(spans) else min(1.0, spans[-1][1] + _MORE * width)
    spans[start] = (left, spans[start][1])
    spans[end - 1] = (spans[end - 1][0], right)
    return replace(line, spans=tuple(spans)).part(start, end)


def _doubtful_pieces(picture: Picture, line: Line) -> Iterator[tuple[int, Floats]]:
    suspects = table().look_alikes.suspects
    doubtful = [at for at, sure in enumerate(line.probabilities) if sure < SURE or line.text[at] in suspects]
    pieces = _pieces(picture, line, len(line.text)) if doubtful else None
    yield from ((at, pieces[at]) for at in doubtful if pieces)


@lru_cache(maxsize=2)
def _handicap(wanted: frozenset[str]) -> Floats:
    """What speaks against characters outside the national table, and against those not `wanted`, where any are."""
    glyphs = table()
    handicap = np.zeros(len(glyphs.characters), np.float32)
    handicap[glyphs.national :] += _NOT_NATIONAL
    if wanted:
        handicap[[character not in wanted for character in glyphs.characters]] += _NO_SURNAME
    return handicap


def _pieces(picture: Picture, line: Line, count: int) -> list[Floats] | None:
    """The line cut into so many characters, None where they do not stand as evenly as print does."""
    corners = np.array(line.box)
    width = float(np.linalg.norm(corners[0] - corners[1]))
    height = max(1.0, float(np.linalg.norm(corners[0] - corners[3])))
    strip = cut_quad(picture, line.box, max(8, round(width * STRIP_HEIGHT / height)), STRIP_HEIGHT)
    ink = darkness(strip)
    columns = np.flatnonzero(ink.max(axis=0) > 0.5)
    if len(columns) < 8:
        return None
    cuts = _cuts(ink.sum(axis=0), int(columns[0]), int(columns[-1]) + 1, count)
    return [ink[:, a:b] for a, b in pairwise(cuts)] if cuts else None


def _cuts(profile: Floats, start: int, end: int, count: int) -> list[int] | None:
    """Where to cut: near even steps, at the least ink."""
    pitch = (end - start) / count
    if not _NARROWEST * STRIP_HEIGHT < pitch < _WIDEST * STRIP_HEIGHT:
        return None
    cuts = [start]
    for i in range(1, count):
        middle, reach = start + i * pitch, max(2, round(pitch * 0.18))
        window = profile[int(middle) - reach : int(middle) + reach + 1]
        cuts.append(int(middle) - reach + int(np.argmin(window)))
    return [*cuts, end]


def feature(piece: Floats) -> Floats | None:
    """Directions of the strokes' edges, pooled on a grid over the ink's own bounds; none where there is hardly ink.

    `piece` is one character's ink, 0 to 1.
    """
    rows, columns = np.flatnonzero(piece.max(axis=1) > 0.5), np.flatnonzero(piece.max(axis=0) > 0.5)
    if len(rows) < 4 or len(columns) < 4:
        return None
    ink = piece[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = (_SIDE - 8) / max(ink.shape)
    size = max(2, round(ink.shape[1] * scale)), max(2, round(ink.shape[0] * scale))
    small = cv2.resize(ink, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    canvas = np.zeros((_SIDE, _SIDE), np.float32)
    top, left = (_SIDE - size[1]) // 2, (_SIDE - size[0]) // 2
    canvas[top : top + size[1], left : left + size[0]] = small
    return _directions(cv2.GaussianBlur(canvas, (0, 0), 1.0))


def _directions(canvas: Floats) -> Floats:
    across, down = cv2.Sobel(canvas, cv2.CV_32F, 1, 0), cv2.Sobel(canvas, cv2.CV_32F, 0, 1)
    strength, angle = cv2.cartToPolar(across, down)
    place = angle * (_DIRECTIONS / (2 * np.pi))
    step = _SIDE // _GRID
    pooled = []
    for direction in range(_DIRECTIONS):
        gap = np.abs((place - direction + _DIRECTIONS / 2) % _DIRECTIONS - _DIRECTIONS / 2)
        share = strength * np.clip(1 - gap, 0, None)
        pooled.append(cv2.GaussianBlur(share, (0, 0), step * 0.6)[step // 2 :: step, step // 2 :: step].ravel())
    feature: Floats = np.sqrt(np.concatenate(pooled)).astype(np.float32)
    feature /= max(1e-6, float(np.linalg.norm(feature)))
    return feature
