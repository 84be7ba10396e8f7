"""PDF templates without fields: a blank is the empty cell right of a label, the rule after it, or its tick box.

A cell with anything printed in it (a seal's place, 年 月 日, a remark) is not a blank. Nothing is guessed from distances
alone: without ruled lines there is no blank.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pypdf import PdfReader, PdfWriter

from generators import fill_draw
from generators.errors import GenerateError
from generators.fill_places import BOXES, TEXT, TICK, Box, Job, Place
from generators.fill_text import Drawn, Glyph, Rule, read_page

NEAR = 1.6
"""How far a rule may miss the corner it should reach, in points."""
GAP_EM = 1.3
COLONS = "：:"
WIDE_GAP = re.compile(r"\s{2,}")
MIN_WIDTH, MIN_HEIGHT = 12.0, 7.0


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


def find(reader: PdfReader) -> list[Place]:
    """All blanks with their labels."""
    return [place for number, page in enumerate(reader.pages, 1) for place in places_of(read_page(page), number)]


def write(writer: PdfWriter, wanted: Sequence[Job]) -> bytes:
    """The template with the values drawn into its blanks."""
    for job in wanted:
        if writer.pages[job.place.page - 1].rotation:
            raise GenerateError(
                f"模板第 {job.place.page} 页是旋转过的页面，无法填写。请另存为正向的 PDF 后再试。",
                f"Page {job.place.page} of the template is turned and cannot be filled. Save it upright and try again.",
            )
    return fill_draw.draw(writer, wanted)


def places_of(drawn: Drawn, number: int) -> list[Place]:
    """The blanks of one page, from top to bottom."""
    shown = [one for one in drawn.glyphs if one.char.strip()]
    found: list[Place] = []
    heading = ""
    for line in lines_of(drawn.glyphs):
        pieces = pieces_of(line, drawn.rules)
        places = [place for piece in pieces if (place := _place(piece, number, drawn.rules, shown, heading))]
        if not places and len(pieces) == 1:
            heading = pieces[0].text
        found += places
    return list({(place.label, place.box): place for place in found}.values())  # one label in several pieces


def _place(piece: Piece, number: int, rules: Sequence[Rule], shown: Sequence[Glyph], heading: str) -> Place | None:
    """The blank of a piece of text, if it has one."""
    if piece.text[:1] in BOXES:
        return _tick_place(piece, number)
    box = blank_of(piece, rules, shown) if _is_label(piece.text) else None
    if box is None:
        return None
    section = spanning_cell(piece, rules, shown) or heading
    return Place(label_text(piece, rules, shown), TEXT, number, "", box, (piece.text,), section=section)


def spanning_cell(piece: Piece, rules: Sequence[Rule], shown: Sequence[Glyph]) -> str:
    """The text of the nearest cell left of a label's that is higher: the heading of several rows."""
    own = cell_of(piece, rules)
    left = own
    while own and left:
        left = _around(left[0] - NEAR - 2, piece.y, rules)
        if left and left[3] - left[1] >= 1.5 * (own[3] - own[1]):
            return _text_of(left, shown)
    return ""


def _is_label(text: str) -> bool:
    return any(char.isalnum() for char in text)


def _tick_place(piece: Piece, number: int) -> Place:
    glyph = piece.glyphs[0]
    box = (glyph.x0, glyph.y - 0.14 * glyph.size, glyph.x1, glyph.y + 0.86 * glyph.size)
    words = WIDE_GAP.split(piece.text[1:].strip())[0]
    return Place(words, TICK, number, "", box, tuple(words.split()[:1]))


def label_text(piece: Piece, rules: Sequence[Rule], shown: Sequence[Glyph]) -> str:
    """The whole text of the label's cell, for labels whose characters are set apart or broken over two lines."""
    cell = cell_of(piece, rules)
    return _text_of(cell, shown) if cell and piece.text[-1:] not in COLONS else piece.text


def _text_of(box: Box, shown: Sequence[Glyph]) -> str:
    return fill_draw.text_in(_grown(box, -1.0), shown)


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
    if right.char in BOXES or left.char in COLONS or (left.char == "_") != (right.char == "_"):
        return True
    if right.x0 - left.x1 > GAP_EM * right.size:
        return True
    middle = (left.x1 + right.x0) / 2
    return any(
        not rule.is_flat and left.middle[0] < rule.x0 < right.middle[0] and _spans(rule.y0, rule.y1, left.middle[1])
        for rule in rules
        if abs(rule.x0 - middle) < left.size + right.size
    )


def _trim(piece: list[Glyph]) -> list[Glyph]:
    start, end = 0, len(piece)
    while start < end and not piece[start].char.strip():
        start += 1
    while end > start and not piece[end - 1].char.strip():
        end -= 1
    return piece[start:end]


def _spans(low: float, high: float, value: float) -> bool:
    return low - NEAR <= value <= high + NEAR


def blank_of(piece: Piece, rules: Sequence[Rule], shown: Sequence[Glyph]) -> Box | None:
    """The empty box that belongs to a label: the rule after it, else the cell right of it, else the rest of its own."""
    return _after(piece, rules, shown) or _next_cell(piece, rules, shown) or _rest_of_cell(piece, rules, shown)


def _after(piece: Piece, rules: Sequence[Rule], shown: Sequence[Glyph]) -> Box | None:
    """The space above a rule (or a row of underscores) that begins right after the label, in the same cell if any."""
    size = piece.glyphs[-1].size
    base = piece.glyphs[-1].y
    own = cell_of(piece, rules)
    end = own[2] + NEAR if own else float("inf")
    starts = [
        (rule.x0, rule.x1)
        for rule in rules
        if rule.is_flat
        and rule.x1 <= end
        and -0.6 * size <= rule.y0 - base <= 0.15 * size
        and -0.5 * size <= rule.x0 - piece.x1 <= 2 * size
    ] + _underscores(piece, shown)
    if not starts:
        return None
    left, right = min(starts)
    box = (max(left, piece.x1), base - 0.25 * size, right, base + 1.15 * size)
    return box if _is_blank(box, [one for one in shown if one.char != "_"]) else None


def _underscores(piece: Piece, shown: Sequence[Glyph]) -> list[tuple[float, float]]:
    base, size = piece.glyphs[-1].y, piece.glyphs[-1].size
    row = sorted((one.x0, one.x1) for one in shown if one.char == "_" and abs(one.y - base) < 0.3 * size)
    end = piece.x1
    start: float | None = None
    for x0, x1 in row:
        if x0 < end - 1:
            continue
        if x0 - end > size:
            break
        start, end = (x0 if start is None else start), x1
    return [] if start is None else [(start, end)]


def cell_of(piece: Piece, rules: Sequence[Rule]) -> Box | None:
    """The ruled cell that a piece of text stands in."""
    middle = (piece.x0 + piece.x1) / 2
    return _around(middle, piece.y, rules)


def _around(x: float, y: float, rules: Sequence[Rule]) -> Box | None:
    upright = [(rule.x0 + rule.x1) / 2 for rule in rules if not rule.is_flat and _spans(rule.y0, rule.y1, y)]
    flat = [(rule.y0 + rule.y1) / 2 for rule in rules if rule.is_flat and _spans(rule.x0, rule.x1, x)]
    left = max((one for one in upright if one < x), default=None)
    right = min((one for one in upright if one > x), default=None)
    low = max((one for one in flat if one < y), default=None)
    high = min((one for one in flat if one > y), default=None)
    if left is None or right is None or low is None or high is None:
        return None
    return left, low, right, high


def _next_cell(piece: Piece, rules: Sequence[Rule], shown: Sequence[Glyph]) -> Box | None:
    own = cell_of(piece, rules)
    if own is None:
        return None
    beside = _around(own[2] + NEAR + 2, piece.y, rules)
    if beside is None:
        return None
    box = _grown(beside, -0.8)
    return box if _is_blank(box, shown) else None


def _rest_of_cell(piece: Piece, rules: Sequence[Rule], shown: Sequence[Glyph]) -> Box | None:
    """The room after a label with a colon that stands alone in its cell."""
    own = cell_of(piece, rules)
    if own is None or piece.text[-1] not in COLONS or _text_of(own, shown) != "".join(piece.text.split()):
        return None
    box = (piece.x1 + 1, own[1] + 0.8, own[2] - 0.8, own[3] - 0.8)
    return box if _is_blank(box, shown) else None


def _is_blank(box: Box, shown: Sequence[Glyph]) -> bool:
    if box[2] - box[0] < MIN_WIDTH or box[3] - box[1] < MIN_HEIGHT:
        return False
    inner = _grown(box, -1.0)
    return not any(inner[0] < one.middle[0] < inner[2] and inner[1] < one.middle[1] < inner[3] for one in shown)


def _grown(box: Box, by: float) -> Box:
    return box[0] - by, box[1] - by, box[2] + by, box[3] + by
