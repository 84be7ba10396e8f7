"""From one page's picture to papers: sheets, direction, lines, kind, values, measurements.

The order of steps stands in `read_page`; boxes of values are brought back to the page picture at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from extractors.paper import FieldReading, ImageFacts, Paper
from extractors.papers import doubt, kinds, people, registry
from extractors.papers.layout import SheetText, Value, simplify
from extractors.vision import cleaning, codes, glyphs, models, ocr, quality, second_look, signatures, tesseract
from extractors.vision.images import Matrix, Picture, map_quad, turn, turn_matrix
from extractors.vision.lines import Line
from extractors.vision.sheet import Sheet, find_sheets, whole_page

SURE_DIRECTION = 0.5
_FOREIGN_LINES = 3
_OVERVIEW_PX = 544  # enough to see that there is text, not to read it
_LARGE_SHARE = 0.6  # a sheet that takes so much of the page is hardly a part of another
_LARGER_SHARE = 0.85  # the same for an outline whose opposite sides differ
_MAX_ICON_PX = 1536
_MAX_ICON_LETTERS = 12
_FLIPS = (0, 180, 90, 270)

ReadLines = Callable[[Picture], list[Line]]


@dataclass(frozen=True)
class Engine:
    """A reader of lines: with `has_models` it reads single lines again, with `crosscheck` Tesseract has a word too."""

    name: str
    read: ReadLines
    has_models: bool
    crosscheck: bool = False


@dataclass(frozen=True)
class ReadSheet:
    """One sheet after reading: turned upright, its text and kind."""

    sheet: Sheet
    upright: Picture
    readable: Picture
    turned: int
    text: SheetText
    all_lines: tuple[Line, ...]
    kind: str


def choose_engine(wanted: str) -> Engine:
    """The engine by name; `auto` takes PP-OCR where it is installed, else Tesseract; `both` lets Tesseract confirm."""
    if wanted == "tesseract" or (wanted == "auto" and not models.is_available() and tesseract.is_available()):
        return Engine(tesseract.engine_name() if tesseract.is_available() else "tesseract", tesseract.read_lines, False)
    if wanted == "both":
        first = choose_engine("ppocr")
        return replace(first, name=f"{first.name}, {tesseract.engine_name()}", crosscheck=True)
    if wanted in ("auto", "ppocr"):
        models.model_file(models.RECOGNISER)
        return Engine(models.engine_name(), ocr.read_lines, True)
    raise ValueError(f"unknown engine {wanted!r}: auto, ppocr, tesseract or both")


def read_page(page: Picture, number: int, facts: ImageFacts, engine: Engine) -> tuple[Paper, ...]:
    """The papers on one page picture; one `unknown` paper where none is recognised."""
    models.give_back_memory()
    sheets = find_sheets(page)
    if engine.has_models and _text_outside(page, sheets):
        sheets = [whole_page(page)]
    read = [_read_sheet(sheet, engine) for sheet in sheets]
    if all(item.kind == "unknown" for item in read) and sheets[0].found:
        whole = _read_sheet(whole_page(page), engine)
        read = [whole] if whole.kind != "unknown" else [max(read, key=lambda item: item.sheet.picture.size)]
    known = [item for item in read if item.kind != "unknown"] or read[:1]
    if known[0].kind == "unknown" and _is_icon(page, known[0]):
        known = [replace(known[0], sheet=whole_page(page), kind="app_icon")]
    papers = [_paper(item, page, number, facts, engine) for item in known]
    return _join_sides(_without_echoes(papers))


def _is_icon(page: Picture, item: ReadSheet) -> bool:
    """A small square picture with next to no text is taken for an app's icon."""
    height, width = page.shape[:2]
    return height == width <= _MAX_ICON_PX and sum(len(line.text) for line in item.all_lines) <= _MAX_ICON_LETTERS


def _text_outside(page: Picture, sheets: Sequence[Sheet]) -> bool:
    """Whether much text stands beside the sheets found: then they are parts of a sheet, or one was missed."""
    if not sheets[0].found:
        return False
    outlines = [np.array(sheet.corners, dtype=np.float32) for sheet in sheets]
    share = sum(float(cv2.contourArea(o)) for o in outlines) / (page.shape[0] * page.shape[1])
    doubtful = _has_a_card_s_shape(page) or not all(_is_even(o) for o in outlines)
    if share > (_LARGER_SHARE if doubtful else _LARGE_SHARE):
        return False
    found = [np.array(quad) for quad in ocr.find_lines(page, _OVERVIEW_PX)]
    if doubtful and any(_is_cut(quad, outline) for quad in found for outline in outlines):
        return True
    centres = [np.mean(quad, axis=0) for quad in found]
    outside = [
        c for c in centres if all(cv2.pointPolygonTest(o, (float(c[0]), float(c[1])), False) < 0 for o in outlines)
    ]
    return len(outside) >= _FOREIGN_LINES


def _has_a_card_s_shape(page: Picture) -> bool:
    """Whether the page itself is as long and wide as a card: then it may be a scan cut at the card's edges."""
    height, width = page.shape[:2]
    return bool(abs(max(height, width) / min(height, width) / ocr.CARD_ASPECT - 1) < 0.03)


def _is_cut(quad: NDArray[np.float64], outline: NDArray[np.float32]) -> bool:
    """Whether an outline runs through a line of text: it is then no sheet's edge."""
    depths = [cv2.pointPolygonTest(outline, (float(x), float(y)), True) for x, y in quad]
    # Text on a page that lies on its side has its longer edge where an upright line has its height.
    reach = 0.5 * float(min(np.linalg.norm(quad[0] - quad[3]), np.linalg.norm(quad[0] - quad[1])))
    return min(depths) < -reach and max(depths) > reach


def _is_even(outline: NDArray[np.float32]) -> bool:
    """Whether opposite sides are about as long, as those of a sheet seen from above are."""
    sides = [float(np.linalg.norm(outline[i] - outline[(i + 1) % 4])) for i in range(4)]
    return all(max(a, b) < 1.15 * max(1.0, min(a, b)) for a, b in ((sides[0], sides[2]), (sides[1], sides[3])))


def _read_sheet(sheet: Sheet, engine: Engine) -> ReadSheet:
    """Reads a sheet upright; other directions are tried where nothing is recognised and the direction is unsure."""
    degrees, sure = ocr.reading_direction(sheet.picture) if engine.has_models else (0, 0.0)
    best = _read_turned(sheet, degrees, engine)
    if best.kind != "unknown" or sure >= SURE_DIRECTION:
        return best
    for extra in _FLIPS[1:]:
        other = _read_turned(sheet, (degrees + extra) % 360, engine)
        if other.kind != "unknown":
            return other
    return best


def _read_turned(sheet: Sheet, degrees: int, engine: Engine) -> ReadSheet:
    upright = turn(sheet.picture, degrees)
    readable = cleaning.without_red_ink(upright)
    found = tuple(simplify(line) for line in engine.read(readable))
    reread = (lambda line, allowed: ocr.read_line(readable, line.box, allowed)) if engine.has_models else None
    height, width = upright.shape[:2]
    text = SheetText(kinds.without_watermarks(found), width, height, reread)
    kind = kinds.kind_of(text)
    if kind == "unknown" and engine.has_models and found:
        text = second_look.read_all_again(text, readable)
        kind = kinds.kind_of(text)
    return ReadSheet(sheet, upright, readable, degrees, text, found, kind)


def _paper(item: ReadSheet, page: Picture, number: int, facts: ImageFacts, engine: Engine) -> Paper:
    if engine.has_models:
        values = second_look.values(item.kind, item.text, item.readable, item.all_lines)
        values = _with_settled_names(values, item)
        if engine.crosscheck and second_look.is_doubtful(values):
            values = second_look.confirmed(values, tesseract.read_lines(item.upright))
    else:
        values = registry.read(item.kind, item.text)
    if item.kind == "letter":
        values |= signatures.measure(item.upright, item.all_lines)
    if item.kind == "business_licence":
        values |= codes.read_qr(item.upright)
    to_page = _to_page(item)
    return Paper(
        kind=item.kind,
        page=number,
        width_px=page.shape[1],
        height_px=page.shape[0],
        fields={name: _reading(value, number, to_page) for name, value in values.items()},
        image=_facts(item, page, facts),
        engine=engine.name,
        texts=tuple(line.text for line in item.all_lines),
    )


def _with_settled_names(values: dict[str, Value], item: ReadSheet) -> dict[str, Value]:
    """Unsure characters of people's names compared with drawn glyphs."""
    for field in registry.PERSON_NAMES & values.keys():
        value = values[field]
        if value.confidence < glyphs.UNSURE and len(value.lines) == 1:
            values[field] = people.settled(value, lambda line: glyphs.settle(item.readable, line))
    return values


def _to_page(item: ReadSheet) -> Matrix:
    height, width = item.upright.shape[:2]
    return item.sheet.to_page @ turn_matrix(width, height, -item.turned % 360)


def _reading(value: Value, number: int, to_page: Matrix) -> FieldReading:
    box = map_quad(to_page, value.box) if value.box else None
    low = doubt.low_places(value)
    return FieldReading(value.value, value.confidence, number, box, value.method, value.raw, value.repaired, low)


def _facts(item: ReadSheet, page: Picture, facts: ImageFacts) -> ImageFacts:
    measures = quality.measure(page, item.upright, item.sheet.corners)
    found = item.sheet.found
    return replace(
        facts,
        width_px=page.shape[1],
        height_px=page.shape[0],
        sheet_found=found,
        sheet_corners=item.sheet.corners if found else None,
        sheet_width_px=_true_width(item),
        turned_degrees=item.turned,
        edge_width_px=measures.edge_width_px,
        reblur=measures.reblur,
        colour_distance=measures.colour_distance,
        glare_share=measures.glare_share,
        corner_margin_share=_corner_margin(item.sheet, page) if found else None,
        moire_luminance=measures.moire_luminance,
        moire_red_green=measures.moire_red_green,
        watermark_texts=kinds.watermark_texts(item.all_lines),
    )


def _true_width(item: ReadSheet) -> float:
    """The upright sheet's width in pixels of the page as taken, before it was shrunk for reading."""
    corners = np.array(item.sheet.corners)
    sides = [float(np.linalg.norm(corners[i] - corners[(i + 1) % 4])) for i in range(4)]
    across, down = (sides[0] + sides[2]) / 2, (sides[1] + sides[3]) / 2
    return round(down if item.turned in (90, 270) else across, 1)


def _corner_margin(sheet: Sheet, page: Picture) -> float:
    height, width = page.shape[:2]
    margin = min(min(x, y, width - x, height - y) for x, y in sheet.corners)
    return round(float(margin / min(height, width)), 4)


def _without_echoes(papers: Sequence[Paper]) -> list[Paper]:
    """The papers without those that repeat a part of another: a piece of a sheet taken for a sheet of its own."""
    kept: list[Paper] = []
    for paper in sorted(papers, key=lambda p: -len(p.fields)):
        values = {name: field.value for name, field in paper.fields.items()}
        if not any(
            p.kind == paper.kind and values.items() <= {n: f.value for n, f in p.fields.items()}.items() for p in kept
        ):
            kept.append(paper)
    return sorted(kept, key=list(papers).index)


def _join_sides(papers: Sequence[Paper]) -> tuple[Paper, ...]:
    """The two sides of one ID card on one page as one paper; other papers stay as they are."""
    front = [p for p in papers if p.kind == "idcard_front"]
    back = [p for p in papers if p.kind == "idcard_back"]
    if len(front) != 1 or len(back) != 1:
        return tuple(papers)
    both = replace(
        front[0],
        kind="idcard_both",
        fields={**front[0].fields, **back[0].fields},
        image=_worse(front[0].image, back[0].image),
        texts=front[0].texts + back[0].texts,
    )
    return (both, *(p for p in papers if p not in (front[0], back[0])))


def _worse(a: ImageFacts | None, b: ImageFacts | None) -> ImageFacts | None:
    """The measures of the worse of two sheets, each by itself."""
    if a is None or b is None:
        return a or b
    return replace(
        a,
        sheet_width_px=_pick(min, a.sheet_width_px, b.sheet_width_px),
        edge_width_px=_pick(max, a.edge_width_px, b.edge_width_px),
        reblur=_pick(max, a.reblur, b.reblur),
        colour_distance=_pick(min, a.colour_distance, b.colour_distance),
        glare_share=_pick(max, a.glare_share, b.glare_share),
        corner_margin_share=_pick(min, a.corner_margin_share, b.corner_margin_share),
        turned_degrees=a.turned_degrees or b.turned_degrees,
        watermark_texts=a.watermark_texts + b.watermark_texts,
    )


def _pick(choose: Callable[[float, float], float], a: float | None, b: float | None) -> float | None:
    return choose(a, b) if a is not None and b is not None else (a if a is not None else b)
