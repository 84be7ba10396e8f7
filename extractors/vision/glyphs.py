"""Settles unsure characters of names by comparing their picture with drawn glyphs.

Readers learn common characters; for one they hardly know (𬭎, 㛃) they answer with a common look-alike and low
probability. Here the character's picture is compared with the 8,105 characters of the national table (通用规范汉字表),
by directions of strokes in an 8 x 8 grid. `data/glyphs.npz` holds the drawn characters' features, not the fonts; it is
made again by `python -m extractors.vision.glyphs OUT TABLE FONT...`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import as_file, files
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from extractors.vision.images import Picture, cut_quad
from extractors.vision.ink import STRIP_HEIGHT, darkness
from extractors.vision.lines import Line

UNSURE = 0.98  # every name read wrong but for one in a hundred has a character below this
_SIDE = 48
_GRID = 8
_DIRECTIONS = 8
_KEPT = 128
_MARGIN = 0.03
_SURER_MARGIN = 0.12  # for characters the reader was not very unsure of: a shaken picture bends the strokes
_VERY_UNSURE = 0.7
_PLAIN_LIKENESS = 0.8  # a picture so clear needs less of a margin
_PLAIN_MARGIN = 0.06
_PLAINLY, _PLAINLY_MARGIN = 0.85, 0.15  # so alike that it was cut out well whatever its neighbours look like
_BEYOND = 0.6
_ITSELF = 0.55
_NARROWEST, _WIDEST = 0.45, 1.9  # a character's room, in heights of its box, which is taller than the print
_LONGEST = 12
_LEAST = 0.55
_SETTLED = 0.7
_BEYOND_DISPUTE = 0.9995
_DISSENT_LIKENESS, _DISSENT_MARGIN = 0.7, 0.1  # right characters are outdone by 0.08 at most

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class GlyphTable:
    """Features of the drawn characters: one row for each character and font, brought down by `basis`."""

    characters: str
    rows: Floats
    mean: Floats
    basis: Floats

    def likeness(self, features: Sequence[Floats]) -> Floats:
        """How much each of the table's characters looks like each feature, 1 being the same; the best of its fonts."""
        vectors = (np.stack(features) - self.mean) @ self.basis
        vectors /= np.maximum(1e-6, np.linalg.norm(vectors, axis=1, keepdims=True))
        likeness: Floats = (vectors @ self.rows.T).reshape(len(features), -1, len(self.characters)).max(axis=1)
        return likeness


@lru_cache(maxsize=1)
def table() -> GlyphTable:
    """The packaged table, loaded once."""
    with as_file(files("extractors.vision").joinpath("data/glyphs.npz")) as path, np.load(path) as data:
        rows = data["rows"].astype(np.float32)
        rows /= np.maximum(1e-6, np.linalg.norm(rows, axis=1, keepdims=True))
        return GlyphTable(
            str(data["characters"]), rows, data["mean"].astype(np.float32), data["basis"].astype(np.float32)
        )


def settle(picture: Picture, line: Line) -> Line:
    """The line with unsure Chinese characters replaced where a drawn glyph fits clearly better.

    A replaced character never becomes sure: it gets a probability of at most 0.7, so that a person is shown it.
    """
    if not line.text or min(line.probabilities) >= UNSURE:
        return line
    found = _likeness(picture, line)
    is_cut_well = _cut_well(line, found)
    text, probabilities = list(line.text), list(line.probabilities)
    for at, likeness in enumerate(found):
        if probabilities[at] >= UNSURE or likeness is None or not _is_chinese(text[at]):
            continue
        chosen = _choose(text[at], likeness, probabilities[at], is_cut_well=is_cut_well)
        if chosen != text[at]:
            text[at], probabilities[at] = chosen, min(_SETTLED, max(0.5, probabilities[at]))
    return replace(line, text="".join(text), probabilities=tuple(probabilities))


def dissents(picture: Picture, line: Line) -> bool:
    """Whether some Chinese character looks clearly more like another one than like what was read."""
    found = _likeness(picture, line) if line.text and min(line.probabilities) < _BEYOND_DISPUTE else ()
    return _cut_well(line, found) and any(
        likeness is not None
        and probability < _BEYOND_DISPUTE
        and _is_chinese(character)
        and _differs(character, likeness)
        for character, probability, likeness in zip(line.text, line.probabilities, found, strict=True)
    )


def _differs(character: str, likeness: Floats) -> bool:
    at, best = table().characters.find(character), float(likeness.max())
    return at >= 0 and best > _DISSENT_LIKENESS and best > float(likeness[at]) + _DISSENT_MARGIN


def _likeness(picture: Picture, line: Line) -> list[Floats | None]:
    """What each character looks like, nothing for a line too long or that cannot be cut into so many."""
    pieces = _pieces(picture, line, len(line.text)) if len(line.text) <= _LONGEST else None
    features = [_feature(piece) for piece in pieces or ()]
    drawn = [feature for feature in features if feature is not None]
    rows = iter(table().likeness(drawn) if drawn else ())
    return [None if feature is None else next(rows) for feature in features]


def _cut_well(line: Line, found: Sequence[Floats | None]) -> bool:
    """Whether the characters read without doubt look like themselves: else the line was not cut between characters."""
    if not found:
        return False
    characters = table().characters
    for character, probability, likeness in zip(line.text, line.probabilities, found, strict=True):
        at = characters.find(character)
        if probability >= UNSURE and at >= 0 and (likeness is None or likeness[at] < _ITSELF):
            return False
    return True


def _choose(read: str, likeness: Floats, probability: float, *, is_cut_well: bool) -> str:
    """The character drawn most like the picture's, if clearly more so than the one read."""
    glyphs = table()
    at, best = glyphs.characters.find(read), int(np.argmax(likeness))
    as_read, as_best = float(likeness[at]) if at >= 0 else 0.0, float(likeness[best])
    if as_best > max(_PLAINLY, as_read + _PLAINLY_MARGIN):
        return glyphs.characters[best]
    if not is_cut_well or (at < 0 and probability > _BEYOND):
        return read  # outside the national table
    margin = _MARGIN if probability < _VERY_UNSURE else _SURER_MARGIN
    if as_best >= _PLAIN_LIKENESS:
        margin = min(margin, _PLAIN_MARGIN)
    return glyphs.characters[best] if as_best > max(_LEAST, as_read + margin) else read


def _is_chinese(character: str) -> bool:
    return ord(character) > 0x3400


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


def _feature(piece: Floats) -> Floats | None:
    """Directions of the strokes' edges, pooled on a grid over the ink's own bounds."""
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


def build(characters: str, fonts: Sequence[Path]) -> dict[str, NDArray[np.generic]]:
    """The table's arrays from fonts that hold all the characters."""
    from PIL import ImageFont

    faces = [ImageFont.truetype(str(font), 80) for font in fonts]
    drawn = [_drawn(character, face) for face in faces for character in characters]
    features = np.stack([feature if feature is not None else np.zeros(512, np.float32) for feature in drawn])
    mean = features.mean(axis=0)
    _, vectors = np.linalg.eigh(np.cov((features - mean).T))
    basis = np.ascontiguousarray(vectors[:, ::-1][:, :_KEPT])
    rows = (features - mean) @ basis
    rows = rows / np.maximum(1e-6, np.linalg.norm(rows, axis=1, keepdims=True))
    return {
        "characters": np.array(characters),
        "rows": np.clip(np.round(rows * 254), -127, 127).astype(np.int8),
        "mean": mean.astype(np.float16),
        "basis": basis.astype(np.float16),
    }


def _drawn(character: str, face: object) -> Floats | None:
    from PIL import Image, ImageDraw

    image = Image.new("L", (128, 128), 0)
    ImageDraw.Draw(image).text((20, 10), character, fill=255, font=face)  # type: ignore[arg-type]
    return _feature(np.asarray(image, dtype=np.float32) / np.float32(255))


def main(arguments: Sequence[str]) -> None:
    """Makes the table's file: `OUT TABLE FONT...`, TABLE being a text file of the characters."""
    out, characters, *fonts = arguments
    text = "".join(Path(characters).read_text(encoding="utf-8").split())
    np.savez_compressed(out, **build(text, [Path(font) for font in fonts]))  # type: ignore[arg-type]


if __name__ == "__main__":
    main(sys.argv[1:])
