"""What is printed beside the fields of a PDF form: many forms call their fields `Text1` and say on paper what they are for.

A text field's label stands left of it on its line, else right above it; a tick box's right of it, or left of it where
the last box of the line has nothing after it. The heading of several rows of a table says whose value a label means, as
in forms without fields.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from pypdf import PageObject
from pypdf.errors import PyPdfError

from generators.errors import GenerateError
from generators.fill_flat import label_text, spanning_cell
from generators.fill_lines import GAP_EM, Piece, glyphs_of, lines_of, pieces_of
from generators.fill_places import TICK, Box, Place
from generators.fill_text import Glyph, Rule, read_page

REACH = 260.0
"""A label farther left than this many points is another column's."""
SLACK = 3.0


def with_labels(places: Sequence[Place], page: PageObject) -> list[Place]:
    """The places of one page, each with the words printed beside it; a field without a telling name is called by them."""
    try:
        drawn = read_page(page)
    except (GenerateError, PyPdfError, ValueError, LookupError, TypeError, AttributeError):
        return list(places)  # the fields' own names are all there is
    glyphs = glyphs_of(drawn)
    page_of = _Page(
        pieces=[piece for line in lines_of(glyphs) for piece in pieces_of(line, drawn.rules)],
        boxes=[place.box for place in places if place.box],
        rules=drawn.rules,
        shown=[one for one in glyphs if one.char.strip()],
    )
    rows = groupby(places, key=lambda place: (place.row, place.kind))
    return [one for _, row in rows for one in _labelled_row(list(row), page_of)]


@dataclass(frozen=True, slots=True)
class _Page:
    """What stands on a page: pieces of text, the fields' boxes, rules, and all characters."""

    pieces: Sequence[Piece]
    boxes: Sequence[Box]
    rules: Sequence[Rule]
    shown: Sequence[Glyph]


def _labelled_row(row: Sequence[Place], page: _Page) -> list[Place]:
    """The fields of a line; its tick boxes have their words before them where the last has none after it."""
    last = row[-1].box
    if row[-1].kind == TICK and last and not any(_after(last, page.pieces)):
        return [_labelled(place, place.box and _just_before(place.box, page.pieces), page) for place in row]
    return [_labelled(place, place.box and _beside(place, page), page) for place in row]


def _labelled(place: Place, piece: Piece | None, page: _Page) -> Place:
    if not piece:
        return place
    text = piece.text if place.kind == TICK else label_text(piece, page.rules, page.shown)
    label = place.label if _tells(place.label) and place.kind != TICK else text
    section = spanning_cell(piece, page.rules, page.shown)
    names = (*place.names, place.label)
    return replace(place, label=label, names=names, printed=(text, piece.text), section=section)


def _tells(name: str) -> bool:
    """Whether a field's name may mean something: `entity_name`, but not `Text1`, `f1_01[0]` or `undefined`."""
    short = name.rpartition(".")[2]
    return short.lower() != "undefined" and not any(char.isdigit() for char in short)


def _beside(place: Place, page: _Page) -> Piece | None:
    box = place.box or (0, 0, 0, 0)
    if place.kind == TICK:
        return min(_after(box, page.pieces), key=lambda piece: piece.x0, default=None)
    left = max(_before(box, page.pieces, page.boxes), key=lambda piece: piece.x1, default=None)
    return left or min(_above(box, page.pieces), key=lambda piece: piece.y, default=None)


def _just_before(box: Box, pieces: Sequence[Piece]) -> Piece | None:
    near = (one for one in pieces if -SLACK <= box[0] - one.x1 <= GAP_EM * one.glyphs[0].size and _same_line(box, one))
    return max(near, key=lambda piece: piece.x1, default=None)


def _after(box: Box, pieces: Sequence[Piece]) -> Iterator[Piece]:
    for piece in pieces:
        if _same_line(box, piece) and -SLACK <= piece.x0 - box[2] <= GAP_EM * piece.glyphs[0].size:
            yield piece


def _before(box: Box, pieces: Sequence[Piece], boxes: Sequence[Box]) -> Iterator[Piece]:
    for piece in pieces:
        if _same_line(box, piece) and -SLACK <= box[0] - piece.x1 <= REACH:
            between = (other for other in boxes if piece.x1 - SLACK <= other[0] < box[0])
            if not any(_same_line(other, piece) for other in between):
                yield piece


def _above(box: Box, pieces: Sequence[Piece]) -> Iterator[Piece]:
    for piece in pieces:
        size = piece.glyphs[0].size
        if 0 < piece.y - box[3] <= 1.6 * size and abs(piece.x0 - box[0]) <= 2 * size:
            yield piece


def _same_line(box: Box, piece: Piece) -> bool:
    return box[1] - SLACK <= piece.y <= box[3] + SLACK
