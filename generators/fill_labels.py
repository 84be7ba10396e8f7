"""What is printed beside the fields of a PDF form: many forms call their fields `Text1` and say on paper what they are for.

A text field's label stands left of it on its line, else right above it; a tick box's right of it. The heading of several
rows of a table says whose value a label means, as in forms without fields.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from pypdf import PageObject
from pypdf.errors import PyPdfError

from generators.errors import GenerateError
from generators.fill_flat import GAP_EM, Piece, label_text, lines_of, pieces_of, spanning_cell
from generators.fill_places import TICK, Box, Place
from generators.fill_text import Drawn, read_page

REACH = 260.0
"""A label farther left than this many points is another column's."""
SLACK = 3.0


def with_labels(places: Sequence[Place], page: PageObject) -> list[Place]:
    """The places of one page, each with the words printed beside it; a field without a telling name is called by them."""
    try:
        drawn = read_page(page)
    except (GenerateError, PyPdfError, ValueError, LookupError, TypeError, AttributeError):
        return list(places)  # the fields' own names are all there is
    pieces = [piece for line in lines_of(drawn.glyphs) for piece in pieces_of(line, drawn.rules)]
    boxes = [place.box for place in places if place.box]
    return [_labelled(place, pieces, boxes, drawn) for place in places]


def _labelled(place: Place, pieces: Sequence[Piece], boxes: Sequence[Box], drawn: Drawn) -> Place:
    piece = place.box and _beside(place.kind, place.box, pieces, boxes)
    if not piece:
        return place
    shown = [one for one in drawn.glyphs if one.char.strip()]
    text = piece.text if place.kind == TICK else label_text(piece, drawn.rules, shown)
    label = place.label if _tells(place.label) else text
    section = spanning_cell(piece, drawn.rules, shown)
    return replace(place, label=label, names=(*place.names, place.label, text, piece.text), section=section)


def _tells(name: str) -> bool:
    """Whether a field's name may mean something: `entity_name`, but not `Text1`, `f1_01[0]` or `undefined`."""
    short = name.rpartition(".")[2]
    return short.lower() != "undefined" and not any(char.isdigit() for char in short)


def _beside(kind: str, box: Box, pieces: Sequence[Piece], boxes: Sequence[Box]) -> Piece | None:
    if kind == TICK:
        return min(_after(box, pieces), key=lambda piece: piece.x0, default=None)
    left = max(_before(box, pieces, boxes), key=lambda piece: piece.x1, default=None)
    return left or min(_above(box, pieces), key=lambda piece: piece.y, default=None)


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
