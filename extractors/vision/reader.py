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
from extractors.papers import certainty, doubt, kinds, licence, registry
from extractors.papers.layout import SheetText, Value
from extractors.papers.wording import simplify
from extractors.vision import (
    cleaning,
    codes,
    marks,
    models,
    motion,
    ocr,
    picture_facts,
    portrait,
    second_look,
    signatures,
    tesseract,
)
from extractors.vision.images import Matrix, Picture, map_quad, shrink, turn, turn_matrix
from extractors.vision.lines import Line
from extractors.vision.sheet import Sheet, find_sheets, has_a_card_s_shape, is_seen_apart, whole_page

SURE_DIRECTION = 0.5
_FOREIGN_LINES = 3
_GLANCE_PX = 320
_STROKE = 25  # of 255: the least contrast that print keeps so small
_STROKES_SHARE = 0.003  # of the picture; three lines of print have more
_OVERVIEW_PX = 544  # enough to see that there is text, not to read it
_LARGE_SHARE = 0.6  # a sheet that takes so much of the page is hardly a part of another
_LARGER_SHARE = 0.85  # the same for an outline whose opposite sides differ
_MAX_ICON_PX = 1536
_MAX_ICON_WITH_FACE_PX = 512  # larger square pictures with a face are photos
_MAX_ICON_LETTERS = 12
_MAX_CURTAIN_LETTERS = 80  # on the curtain behind a person
_TURNS, _QUARTERS = (180, 90, 270), (270, 90)
_LONG_LINE = 4  # characters
_SURE_CHARACTER = 0.9
_UNDISTURBED, _RARE_CHARACTERS = 0.96, 1  # one character read less surely than that may be a rare one

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
    sheets = choose_sheets(page) if engine.has_models else find_sheets(page)
    read = [_read_sheet(sheet, engine) for sheet in sheets]
    if all(item.kind == "unknown" for item in read) and sheets[0].found:
        whole = _read_sheet(whole_page(page), engine)
        read = [whole] if whole.kind != "unknown" else [max(read, key=lambda item: item.sheet.picture.size)]
    known = [item for item in read if item.kind != "unknown"] or read[:1]
    other = _photo_or_icon(page, number, facts, known[0], engine) if known[0].kind == "unknown" else None
    if other:
        return (other,)
    papers = [_paper(item, page, number, facts, engine) for item in known]
    return _join_sides(_without_echoes(papers))


def choose_sheets(page: Picture) -> list[Sheet]:
    """The sheets on a page, or the whole page where text stands beside those that were found."""
    sheets = find_sheets(page)
    return [whole_page(page)] if _text_outside(page, sheets) else sheets


def _photo_or_icon(page: Picture, number: int, facts: ImageFacts, item: ReadSheet, engine: Engine) -> Paper | None:
    """A picture that is no paper as an app's icon or a person's photo; None where it is neither."""
    letters = sum(len(line.text) for line in item.all_lines)
    height, width = page.shape[:2]
    texts = tuple(line.text for line in item.all_lines)
    found = portrait.find_portrait(page) if letters <= _MAX_CURTAIN_LETTERS else None
    if height == width <= (_MAX_ICON_PX if found is None else _MAX_ICON_WITH_FACE_PX) and letters <= _MAX_ICON_LETTERS:
        image = picture_facts.of_icon(page, facts)
        return Paper("app_icon", number, width, height, image=image, engine=engine.name, texts=texts)
    if found is None:
        return None
    image = picture_facts.of_photo(page, *found, facts)
    return Paper("verification_photo", number, width, height, image=image, engine=engine.name, texts=texts)


def _text_outside(page: Picture, sheets: Sequence[Sheet]) -> bool:
    """Whether much text stands beside the sheets found: then they are parts of a sheet, or one was missed."""
    if not sheets[0].found or (len(sheets) == 1 and is_seen_apart(page, sheets[0])):
        return False
    outlines = [np.array(sheet.corners, dtype=np.float32) for sheet in sheets]
    share = sum(float(cv2.contourArea(o)) for o in outlines) / (page.shape[0] * page.shape[1])
    doubtful = has_a_card_s_shape(page) or not all(_is_even(o) for o in outlines)
    if share > (_LARGER_SHARE if doubtful else _LARGE_SHARE):
        return False
    if not doubtful and _is_plain_outside(page, outlines):
        return False
    found = [np.array(quad) for quad in ocr.find_lines(page, _OVERVIEW_PX)]
    if doubtful and any(_is_cut(quad, outline) for quad in found for outline in outlines):
        return True
    centres = [np.mean(quad, axis=0) for quad in found]
    outside = [
        c for c in centres if all(cv2.pointPolygonTest(o, (float(c[0]), float(c[1])), False) < 0 for o in outlines)
    ]
    return len(outside) >= _FOREIGN_LINES


def _is_plain_outside(page: Picture, outlines: Sequence[NDArray[np.float32]]) -> bool:
    """Whether so little stands out beside the sheets that it cannot be print; a glance costs a tenth of looking for lines."""
    small, scale = shrink(page, _GLANCE_PX)
    edges = cv2.morphologyEx(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    outside = np.full(edges.shape, 255, np.uint8)
    for outline in outlines:
        cv2.fillPoly(outside, [np.round(outline * scale).astype(np.int32)], 0)
    outside = cv2.erode(outside, np.ones((7, 7), np.uint8))  # a sheet's own edge and shadow are no print
    return float(((edges > _STROKE) & (outside > 0)).mean()) < _STROKES_SHARE


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
    """Reads a sheet upright.

    Other directions are tried where its lines turn out to run up and down, and where nothing is recognised and the
    direction is unsure.
    """
    degrees, sure = ocr.reading_direction(sheet.picture) if engine.has_models else (0, 0.0)
    best = _read_turned(sheet, degrees, engine)
    lies_on_side = _lies_on_its_side(best)
    if not lies_on_side and (best.kind != "unknown" or sure >= SURE_DIRECTION):
        return best
    for extra in _QUARTERS if lies_on_side else _TURNS:
        other = _read_turned(sheet, (degrees + extra) % 360, engine)
        if other.kind != "unknown" and not _lies_on_its_side(other):
            return other
    return best


def _lies_on_its_side(item: ReadSheet) -> bool:
    """Whether most of what was read stands in lines taller than wide: labels are read so from a card on its side."""
    long = [line for line in item.all_lines if len(line.text) >= _LONG_LINE]
    return 2 * sum(line.right - line.left < line.bottom - line.top for line in long) > len(long)


def _read_turned(sheet: Sheet, degrees: int, engine: Engine) -> ReadSheet:
    upright = turn(sheet.picture, degrees)
    readable = cleaning.without_red_ink(upright)
    found = tuple(simplify(line) for line in engine.read(readable))
    if engine.has_models:
        readable, found = _held_still(readable, found, engine)
    reread = (lambda line, allowed: ocr.read_line(readable, line.box, allowed)) if engine.has_models else None
    height, width = upright.shape[:2]
    text = SheetText(kinds.without_watermarks(found), width, height, reread)
    kind = kinds.kind_of(text)
    if kind == "unknown" and engine.has_models and found:
        text = second_look.read_all_again(text, readable)
        kind = kinds.kind_of(text)
        if kind == "unknown" and kinds.has_watermark(found):
            text = second_look.read_text(cleaning.without_pale_marks(readable))
            kind = kinds.kind_of(text)
    return ReadSheet(sheet, upright, readable, degrees, text, found, kind)


def _held_still(readable: Picture, found: tuple[Line, ...], engine: Engine) -> tuple[Picture, tuple[Line, ...]]:
    """A shaken picture with its smear taken out, where more can be read from it that way.

    It is not looked for where every character was read surely: then there is nothing to gain.
    """
    is_sure = _sure_characters(found) == sum(len(line.text) for line in found)
    smear = None if is_sure else motion.find_smear(readable)
    if smear is None:
        return readable, found
    still = motion.without_smear(readable, smear)
    lines = tuple(simplify(line) for line in engine.read(still))
    return (still, lines) if _sure_characters(lines) > _sure_characters(found) else (readable, found)


def _sure_characters(lines: Sequence[Line]) -> int:
    return sum(probability > _SURE_CHARACTER for line in lines for probability in line.probabilities)


def _paper(item: ReadSheet, page: Picture, number: int, facts: ImageFacts, engine: Engine) -> Paper:
    if engine.has_models:
        values = second_look.values(item.kind, item.text, item.readable, item.all_lines)
        if engine.crosscheck and second_look.is_doubtful(values):
            values = second_look.confirmed(values, tesseract.read_lines(item.upright))
    else:
        values = registry.read(item.kind, item.text)
    if item.kind == "letter":
        values |= signatures.measure(item.upright, item.all_lines)
    if item.kind == "business_licence":
        values = licence.held_against_qr(values | (codes.read_qr(item.upright) or codes.read_qr(item.readable)))
    to_page = _to_page(item)
    return Paper(
        kind=item.kind,
        page=number,
        width_px=page.shape[1],
        height_px=page.shape[0],
        fields={name: _reading(name, value, number, to_page) for name, value in values.items()},
        image=picture_facts.of_sheet(page, item.sheet, item.upright, item.turned, _watermarks(item, engine), facts),
        engine=engine.name,
        texts=tuple(line.text for line in item.all_lines),
    )


def _watermarks(item: ReadSheet, engine: Engine) -> tuple[str, ...]:
    """What is laid over the print: as it was read with it, else by itself.

    It is likely where something disturbed the reading, and where it may have gone with the red ink.
    """
    read = kinds.watermark_texts(item.all_lines)
    if read or not engine.has_models:
        return read
    disturbed = sum(probability < _UNDISTURBED for line in item.all_lines for probability in line.probabilities)
    has_left_out_red = item.readable is not item.upright and marks.has_red_words(item.upright)
    is_likely = disturbed > _RARE_CHARACTERS or has_left_out_red
    return marks.faint_watermarks(item.upright, is_likely=is_likely)


def _to_page(item: ReadSheet) -> Matrix:
    height, width = item.upright.shape[:2]
    return item.sheet.to_page @ turn_matrix(width, height, -item.turned % 360)


def _reading(name: str, value: Value, number: int, to_page: Matrix) -> FieldReading:
    box = map_quad(to_page, value.box) if value.box else None
    low = doubt.low_places(value, certainty.limit(name, value.value))
    return FieldReading(value.value, value.confidence, number, box, value.method, value.raw, value.repaired, low)


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
        image=picture_facts.worse(front[0].image, back[0].image),
        texts=front[0].texts + back[0].texts,
    )
    return (both, *(p for p in papers if p not in (front[0], back[0])))
