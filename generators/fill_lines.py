"""What stands on the lines of a printed page: pieces of text, tick boxes with their words, and dotted blanks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from generators.fill_places import BOXES, DOTS, TICK, Box, Place
from generators.fill_text import Drawn, Glyph, Rule

NEAR = 1.6
"""How far a rule may miss the corner it should reach, in points."""
GAP_EM = 1.3
COLONS = "：:"
WIDE_GAP = re.compile(r"\s{2,}")
LEADER = "_"
_FEWEST_DOTS = 4


@dataclass(frozen=True, slots=True)
class Piece:
    """Characters that stand together on a line."""

    glyphs: tuple[Glyph, ...]

    @property
    def text(self) -> str:
        """The characters without blanks at the ends."""
        return "".join(one.char for one in self.glyphs).strip()

    @property
    def x0(self) -> float:
        """The left end."""
        return self.glyphs[0].x0

    @property
    def x1(self) -> float:
        """The right end."""
        return self.glyphs[-1].x1

    @property
    def y(self) -> float:
        """The middle of the line."""
        return self.glyphs[0].middle[1]


def glyphs_of(drawn: Drawn) -> list[Glyph]:
    """The characters of a page; rows of dots to write on as underscores, and drawn squares as `□`."""
    squares = [one for one in drawn.squares if not any(_touch(one, other) for other in drawn.squares)]
    return [*_with_leaders(drawn.glyphs), *(_square(one) for one in squares)]


def _square(box: Box) -> Glyph:
    size = box[3] - box[1]
    return Glyph(BOXES[0], box[0], box[2], box[1] + 0.14 * size, size)


def _touch(one: Box, other: Box) -> bool:
    """Squares side by side take a character each; they are no tick boxes."""
    beside = min(abs(one[0] - other[2]), abs(one[2] - other[0])) < NEAR
    return one != other and beside and abs(one[1] - other[1]) < NEAR


def _with_leaders(glyphs: Sequence[Glyph]) -> list[Glyph]:
    made: list[Glyph] = []
    run: list[Glyph] = []
    for glyph in glyphs:
        if run and not (glyph.char in DOTS and abs(glyph.y - run[-1].y) < 1):
            made, run = made + _leader(run), []
        if glyph.char in DOTS:
            run.append(glyph)
        else:
            made.append(replace(glyph, char=LEADER) if glyph.char == "＿" else glyph)
    return made + _leader(run)


def _leader(run: list[Glyph]) -> list[Glyph]:
    return run if len(run) < _FEWEST_DOTS else [replace(one, char=LEADER) for one in run]


def lines_of(glyphs: Sequence[Glyph]) -> Iterator[list[Glyph]]:
    """Characters by baseline, from the top; each line from the left."""
    waiting = sorted(glyphs, key=lambda one: -one.y)
    line: list[Glyph] = []
    for glyph in waiting:
        if line and line[0].y - glyph.y > 0.4 * max(glyph.size, 1):
            yield sorted(line, key=lambda one: one.x0)
            line = []
        line.append(glyph)
    if line:
        yield sorted(line, key=lambda one: one.x0)


def pieces_of(line: Sequence[Glyph], rules: Sequence[Rule]) -> list[Piece]:
    """A line cut at upright rules, wide gaps, tick boxes, after colons, and around underscores."""
    pieces: list[list[Glyph]] = []
    for glyph in line:
        last = pieces[-1][-1] if pieces else None
        if last is None or _parts(last, glyph, rules):
            pieces.append([])
        pieces[-1].append(glyph)
    trimmed = (_trim(piece) for piece in pieces)
    return [Piece(tuple(piece)) for piece in trimmed if piece]


def _parts(left: Glyph, right: Glyph, rules: Sequence[Rule]) -> bool:
    if right.char in BOXES or left.char in COLONS or (left.char == LEADER) != (right.char == LEADER):
        return True
    if right.x0 - left.x1 > GAP_EM * right.size:
        return True
    if bool(left.char.strip()) != bool(right.char.strip()) and _is_ruled(left if right.char.strip() else right, rules):
        return True  # blanks with a line under them are to be written on
    middle = (left.x1 + right.x0) / 2
    return any(
        not rule.is_flat and left.middle[0] < rule.x0 < right.middle[0] and spans(rule.y0, rule.y1, left.middle[1])
        for rule in rules
        if abs(rule.x0 - middle) < left.size + right.size
    )


def _is_ruled(blank: Glyph, rules: Sequence[Rule]) -> bool:
    """Whether a rule lies under a character."""
    middle = blank.middle[0]
    return any(
        rule.is_flat and rule.x0 <= middle <= rule.x1 and -0.4 * blank.size <= rule.y0 - blank.y <= 0.1 * blank.size
        for rule in rules
    )


def _trim(piece: list[Glyph]) -> list[Glyph]:
    start, end = 0, len(piece)
    while start < end and not piece[start].char.strip():
        start += 1
    while end > start and not piece[end - 1].char.strip():
        end -= 1
    return piece[start:end]


def spans(low: float, high: float, value: float) -> bool:
    """Whether a rule from `low` to `high` reaches a value."""
    return low - NEAR <= value <= high + NEAR


def ticks_of(pieces: Sequence[Piece], number: int) -> list[Place]:
    """The tick boxes among pieces that stand together on a line.

    Their words stand after them, unless the last box has none: then all have theirs before them.
    """
    boxes = [order for order, piece in enumerate(pieces) if piece.text[:1] in BOXES]
    if not boxes:
        return []
    behind = bool(pieces[boxes[-1]].text[1:].strip())
    words = [_words_after(pieces[order]) if behind else _words_before(pieces, order) for order in boxes]
    return [_tick_place(pieces[order].glyphs[0], one, number) for order, one in zip(boxes, words, strict=True)]


def _words_after(piece: Piece) -> str:
    return WIDE_GAP.split(piece.text[1:].strip())[0]


def _words_before(pieces: Sequence[Piece], order: int) -> str:
    text = pieces[order - 1].text.lstrip(BOXES).strip() if order else ""
    return WIDE_GAP.split(text)[-1]


def _tick_place(glyph: Glyph, words: str, number: int) -> Place:
    box = (glyph.x0, glyph.y - 0.14 * glyph.size, glyph.x1, glyph.y + 0.86 * glyph.size)
    return Place(words, TICK, number, "", box, tuple(words.split()[:1]))
