"""PDF templates without fields: a blank is the empty cell right of a label, the rule after it, or its tick box.

A cell with anything printed in it (a seal's place, 年 月 日, a remark) is not a blank. Nothing is guessed from distances
alone: without ruled lines there is no blank.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from pypdf import PdfReader, PdfWriter

from generators import fill_draw
from generators.errors import GenerateError
from generators.fill_lines import COLONS, LEADER, NEAR, Piece, glyphs_of, lines_of, pieces_of, spans, ticks_of
from generators.fill_places import (
    BOXES,
    MOST_ROWS,
    PARTS_OF_DATES,
    TEXT,
    Box,
    Job,
    Place,
    is_counter,
    is_label,
    label_of,
)
from generators.fill_text import Drawn, Glyph, Rule, read_page

MAX_LINES = 10_000
MIN_WIDTH, MIN_HEIGHT = 12.0, 7.0


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
    glyphs = glyphs_of(drawn)
    shown = [one for one in glyphs if one.char.strip()]
    found: list[Place] = []
    heading = ""
    for row, line in enumerate(lines_of(glyphs), number * MAX_LINES):
        pieces = pieces_of(line, drawn.rules)
        places = [*_texts(pieces, number, drawn.rules, shown, heading), *_ticks(pieces, number, drawn.rules)]
        if not places and len(pieces) == 1:
            heading = pieces[0].text
        found += [replace(place, row=row) for place in places if place.label]
    return list({(place.label, place.box): place for place in found}.values())  # one label in several pieces


def _ticks(pieces: Sequence[Piece], number: int, rules: Sequence[Rule]) -> Iterator[Place]:
    for _, together in groupby(pieces, key=lambda piece: cell_of(piece, rules)):
        yield from ticks_of(list(together), number)


def _texts(
    pieces: Sequence[Piece], number: int, rules: Sequence[Rule], shown: Sequence[Glyph], heading: str
) -> list[Place]:
    """The blanks of the labels of a line; of a row of headings those in the row below."""
    labels = [piece for piece in pieces if piece.text[0] not in BOXES and is_label(piece.text)]

    beside = [_place(one, box, number, rules, shown, heading) for one in labels if (box := blank_of(one, rules, shown))]
    return beside or (_listed(labels, number, rules, shown, heading) if len(labels) > 1 else [])


def _listed(
    labels: Sequence[Piece], number: int, rules: Sequence[Rule], shown: Sequence[Glyph], heading: str
) -> list[Place]:
    """The blanks in the empty rows below a row of headings."""
    asked = [piece for piece in labels if not is_counter(piece.text)]
    heads = tuple(label_text(piece, rules, shown) for piece in asked)
    rows = zip(*(_column(piece, rules, shown) for piece in asked), strict=False)
    return [
        replace(_place(piece, box, number, rules, shown, heading), heads=heads, nth=nth)
        for nth, row in enumerate(rows, 1)
        for piece, box in zip(asked, row, strict=True)
    ]


def _place(piece: Piece, box: Box, number: int, rules: Sequence[Rule], shown: Sequence[Glyph], heading: str) -> Place:
    section = spanning_cell(piece, rules, shown) or heading
    text = label_text(piece, rules, shown)
    if cell_of(piece, rules) is not None:
        return Place(text, TEXT, number, "", box, (piece.text,), section=section)
    behind = _behind(box, shown)
    label = label_of(piece.text, "".join(one.char for one in behind)) or text
    room = min((one.x0 - 3 for one in behind), default=max(one.x1 for one in shown))
    return Place(label, TEXT, number, "", box, (piece.text,), section=section, room=max(room, box[2]))


def _behind(box: Box, shown: Sequence[Glyph]) -> list[Glyph]:
    """What is printed on the line after a blank."""
    line = (one for one in shown if box[1] < one.middle[1] < box[3] and one.x0 >= box[2] - 1)
    return sorted(line, key=lambda one: one.x0)


def spanning_cell(piece: Piece, rules: Sequence[Rule], shown: Sequence[Glyph]) -> str:
    """The text of the nearest cell left of a label's that is higher: the heading of several rows."""
    own = cell_of(piece, rules)
    left = own
    while own and left:
        left = _around(left[0] - NEAR - 2, piece.y, rules)
        if left and left[3] - left[1] >= 1.5 * (own[3] - own[1]):
            return _text_of(left, shown)
    return ""


def label_text(piece: Piece, rules: Sequence[Rule], shown: Sequence[Glyph]) -> str:
    """The whole text of the label's cell, for labels whose characters are set apart or broken over two lines."""
    cell = cell_of(piece, rules)
    return _text_of(cell, shown) if cell and piece.text[-1:] not in COLONS else piece.text


def _text_of(box: Box, shown: Sequence[Glyph]) -> str:
    return fill_draw.text_in(_grown(box, -1.0), shown)


def blank_of(piece: Piece, rules: Sequence[Rule], shown: Sequence[Glyph]) -> Box | None:
    """The empty box that belongs to a label: the rule after it, else the cell right of it, else the rest of its own."""
    return _after(piece, rules, shown) or _next_cell(piece, rules, shown) or _rest_of_cell(piece, rules, shown)


def _after(piece: Piece, rules: Sequence[Rule], shown: Sequence[Glyph]) -> Box | None:
    """The space above a rule (or a row of underscores) that begins right after the label, in the same cell if any."""
    size = piece.glyphs[-1].size
    base = piece.glyphs[-1].y
    own = cell_of(piece, rules)
    end = own[2] + NEAR if own else float("inf")
    lines = _lines_under(base, size, rules)
    starts = [one for one in lines if one[1] <= end and -0.5 * size <= one[0] - piece.x1 <= 2 * size]
    starts += _underscores(piece, shown)
    if not starts:
        return None
    left, right = min(starts)
    for start, stop in lines:  # a line made of several
        if left < start <= right + NEAR and stop <= end:
            right = max(right, stop)
    box = (max(left, piece.x1), base - 0.25 * size, right, base + 1.15 * size)
    behind = [one for one in shown if abs(one.y - base) < 0.4 * size and 0 <= one.x0 - right + 1 < size]
    if any(one.char in PARTS_OF_DATES for one in behind):
        return None
    return box if _is_blank(box, [one for one in shown if one.char != LEADER]) else None


def _lines_under(base: float, size: float, rules: Sequence[Rule]) -> list[tuple[float, float]]:
    """Where the rules lie that a line of text could stand on, from the left."""
    under = (rule for rule in rules if rule.is_flat and -0.6 * size <= rule.y0 - base <= 0.15 * size)
    return sorted((rule.x0, rule.x1) for rule in under)


def _underscores(piece: Piece, shown: Sequence[Glyph]) -> list[tuple[float, float]]:
    base, size = piece.glyphs[-1].y, piece.glyphs[-1].size
    row = sorted((one.x0, one.x1) for one in shown if one.char == LEADER and abs(one.y - base) < 0.3 * size)
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
    upright = [(rule.x0 + rule.x1) / 2 for rule in rules if not rule.is_flat and spans(rule.y0, rule.y1, y)]
    flat = [(rule.y0 + rule.y1) / 2 for rule in rules if rule.is_flat and spans(rule.x0, rule.x1, x)]
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


def _column(piece: Piece, rules: Sequence[Rule], shown: Sequence[Glyph]) -> list[Box]:
    """The empty cells one below another under that of a heading, as wide as it."""
    own, found = cell_of(piece, rules), list[Box]()
    while own and len(found) < MOST_ROWS:
        under = _around((own[0] + own[2]) / 2, own[1] - NEAR - 2, rules)
        if under is None or abs(under[0] - own[0]) > NEAR or abs(under[2] - own[2]) > NEAR:
            break
        box = _grown(under, -0.8)
        if not _is_blank(box, shown):
            break
        found.append(box)
        own = under
    return found


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
