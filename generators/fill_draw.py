"""Draws values into the boxes of a supplied PDF, and reads the finished file back to prove that they lie inside."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Sequence
from typing import Literal

from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.generic import ArrayObject, ByteStringObject

from generators.cjk import Canvas, Para, Run, Style, draw_tick
from generators.errors import DoesNotFit, GenerateError
from generators.fill_places import DOTS, TICK, Box, Job
from generators.fill_text import Glyph, read_page
from generators.fonts import SERIF, check_values, clean
from generators.page import Info, open_canvas

SIZES = tuple(size / 2 for size in range(22, 11, -1))
"""From 11 points down to 6."""
LEAST_WHOLE = 8.0
"""Down to this size a word or an address is made smaller sooner than cut."""
WORD = re.compile(r"[!-~]+")
UNBROKEN = 100_000.0
PADDING = 2.0
SLACK = 1.0
TICKED = "■"


def draw(writer: PdfWriter, wanted: Sequence[Job], empty: Sequence[Job] = ()) -> bytes:
    """The writer's pages with all jobs drawn on them, checked by reading the result.

    Args:
        writer: the template.
        wanted: what to draw.
        empty: tick boxes to be drawn without a tick.

    Raises:
        DoesNotFit: a value is too long for its box even at 6 points.
        MissingGlyph: a character that no font has.
        GenerateError: a value was not found inside its box afterwards.
    """
    check_values({job.place.label: job.value for job in wanted})
    before = {number: read_page(writer.pages[number - 1]).glyphs for number in {job.place.page for job in wanted}}
    dotted = [job for job in wanted if any(_is_inside(box_of(job), one) for one in _dots(before[job.place.page]))]
    _overlay(writer, wanted, empty, dotted)
    made = _write(writer)
    _prove(made, wanted, before)
    return made


def _dots(glyphs: Sequence[Glyph]) -> list[Glyph]:
    return [one for one in glyphs if one.char in DOTS]


def _overlay(writer: PdfWriter, wanted: Sequence[Job], empty: Sequence[Job], dotted: Sequence[Job]) -> None:
    canvas, out = open_canvas(Info("", "", ""))
    for number, page in enumerate(writer.pages, 1):
        box = page.mediabox
        canvas.setPageSize((float(box.width), float(box.height)))
        canvas.translate(-float(box.left), -float(box.bottom))
        for job in wanted:
            if job.place.page == number:
                _draw_job(canvas, job, cover=job in dotted)
        for job in empty:
            if job.place.page == number:
                _draw_tick(canvas, job, ticked=False)
        canvas.showPage()
    canvas.save()
    layers = PdfReader(io.BytesIO(out.getvalue())).pages
    for number, (page, layer) in enumerate(zip(writer.pages, layers, strict=True), 1):
        if any(job.place.page == number for job in (*wanted, *empty)):
            _merge(page, layer)


def _merge(page: PageObject, layer: PageObject) -> None:
    page.merge_translated_page(layer, float(page.mediabox.left), float(page.mediabox.bottom), over=True)


def _draw_job(canvas: Canvas, job: Job, *, cover: bool) -> None:
    if job.place.kind == TICK:
        _draw_tick(canvas, job, ticked=True)
        return
    if job.place.comb:
        _draw_comb(canvas, job)
        return
    box = box_of(job)
    para, height, width = fit_text(job)
    middle = (box[1] + box[3]) / 2
    if cover:  # print on a row of dots cannot be read
        canvas.setFillGray(1)
        shown = min(para.natural_width(width), width) + 2 * PADDING
        canvas.rect(box[0], box[1], shown, box[3] - box[1], stroke=0, fill=1)
        canvas.setFillGray(0)
    para.draw(canvas, box[0] + PADDING, middle + height / 2, width)


def _draw_comb(canvas: Canvas, job: Job) -> None:
    """Each character in the middle of its part of the box."""
    box = box_of(job)
    if len(job.value) > job.place.limit:
        raise _too_long(job, f"只有 {job.place.limit} 格", f"it has {job.place.limit} parts")
    part = (box[2] - box[0]) / job.place.limit
    size = min(SIZES[0], 1.1 * part, (box[3] - box[1]) / 1.2)
    for number, char in enumerate(job.value):
        para = _para(char, size, "center")
        para.draw(canvas, box[0] + part * number, (box[1] + box[3] + para.height(part)) / 2, part)


def _draw_tick(canvas: Canvas, job: Job, *, ticked: bool) -> None:
    box = box_of(job)
    side = min(box[2] - box[0], box[3] - box[1]) * 0.86
    size = side / 0.82
    draw_tick(canvas, (box[0] + box[2] - side) / 2, (box[1] + box[3] - side) / 2 + 0.06 * size, size, ticked=ticked)


def box_of(job: Job) -> Box:
    """The box of a job on a PDF page; a value that would be tiny on its line goes on beyond the line's end."""
    if job.place.box is None:
        raise GenerateError(
            f"“{job.place.label}”没有位置。请重新生成锚点文件。",
            f"{job.place.label!r} has no box. Write the anchors anew.",
        )
    x0, y0, x1, y1 = job.place.box
    if job.place.room > x1 and _para(job.value, LEAST_WHOLE).natural_width(UNBROKEN) > x1 - x0 - 2 * PADDING:
        x1 = job.place.room
    return x0, y0, x1, y1


def fit_text(job: Job) -> tuple[Para, float, float]:
    """The value as a paragraph of the largest size that fits, its height and its width."""
    box = box_of(job)
    width, room = box[2] - box[0] - 2 * PADDING, box[3] - box[1]
    if job.place.limit and len(job.value) > job.place.limit:
        raise _too_long(job, f"最多 {job.place.limit} 个字", f"it takes {job.place.limit} characters")
    for size in SIZES if width > 0 else ():
        words = WORD.findall(job.value) if size >= LEAST_WHOLE else ()
        if any(_para(word, size).natural_width(UNBROKEN) > width for word in words):
            continue  # a smaller address on one line reads better than one cut in two
        para = _para(job.value, size)
        height = para.height(width)
        if height <= room + SLACK and para.natural_width(width) <= width + 0.1:
            return para, height, width
    raise _too_long(job, f"空白处只有 {width:.0f}×{room:.0f} 点", f"its box has {width:.0f} by {room:.0f} points")


def _para(text: str, size: float, align: Literal["left", "center"] = "left") -> Para:
    style = Style(stack=SERIF, size=size, leading=1.2 * size, align=align, tight=True)
    return Para([Run(text, tight=True)], style)


def _too_long(job: Job, zh: str, en: str) -> DoesNotFit:
    return DoesNotFit(
        f"“{job.place.label}”的内容有 {len(job.value)} 个字，填不下：{zh}，6 号点也放不下。请缩短内容或改用其他模板。",
        f"The value for {job.place.label!r} has {len(job.value)} characters and does not fit even at 6 points: {en}. Shorten it or use another template.",
    )


def _write(writer: PdfWriter) -> bytes:
    plain = io.BytesIO()
    writer.write(plain)
    digest = ByteStringObject(hashlib.sha256(plain.getvalue()).digest()[:16])
    writer._ID = ArrayObject((digest, digest))
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _prove(made: bytes, wanted: Sequence[Job], before: dict[int, list[Glyph]]) -> None:
    pages = PdfReader(io.BytesIO(made)).pages
    for number, old in before.items():
        known = {_mark(glyph) for glyph in old}
        new = [glyph for glyph in read_page(pages[number - 1]).glyphs if _mark(glyph) not in known]
        for job in wanted:
            if job.place.page == number:
                _prove_job(job, new)


def _mark(glyph: Glyph) -> tuple[str, float, float]:
    return glyph.char, round(glyph.x0, 1), round(glyph.y, 1)


def _prove_job(job: Job, new: Sequence[Glyph]) -> None:
    found = text_in(box_of(job), new)
    expected = TICKED if job.place.kind == TICK else "".join(clean(job.value).split())
    if found != expected:
        raise GenerateError(
            f"“{job.place.label}”填写后读回的内容与应填内容不一致，未生成文件。请换用其他格式的模板。",
            f"What was drawn for {job.place.label!r} is not what is read back from its box; no file was made. Use a template of another format.",
        )


def text_in(box: Box, glyphs: Sequence[Glyph]) -> str:
    """The characters whose centres lie inside a box, line by line, without blanks."""
    inside = [one for one in glyphs if _is_inside(box, one)]
    inside.sort(key=lambda one: (-round(one.y), one.x0))
    return "".join("".join(one.char for one in inside).split())


def _is_inside(box: Box, glyph: Glyph) -> bool:
    x, y = glyph.middle
    return box[0] - SLACK <= x <= box[2] + SLACK and box[1] - SLACK <= y <= box[3] + SLACK
