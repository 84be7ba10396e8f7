"""A supplied picture or PDF page on an A4 page of the review bundle: upright, captioned, marked beside and never over it.

The picture's own bytes go in (see `pictures.py`) unless the caller sets a budget: then the review copy, never the
original, is made smaller step by step. A PDF page (cleaned by `supplied.py`) stays what it is: sharp, and its text
can be searched.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from PIL import Image as PilImage
from PIL import ImageOps
from pypdf import PdfReader, PdfWriter, Transformation

from generators.cjk import ACCENT, GREY, HAIR, Block, Canvas, Para, Run, Style, para
from generators.fonts import SANS, check_values
from generators.page import (
    HEIGHT,
    MM,
    SHEET,
    WIDTH,
    Furniture,
    Info,
    Pages,
    draw_furniture,
    draw_small,
    measure_small,
    shorten,
)
from generators.pictures import open_picture

MARK = "仅供备案使用"
STEPS = ((2480, 85), (1754, 80), (1240, 75), (1000, 70), (800, 60))
"""Longest side and JPEG quality of a review copy, tried in this order."""

KIND = Style(stack=SANS, size=13, leading=19, align="left", after=0)
FILE = Style(stack=SANS, size=8.2, leading=12.5, align="left", after=0, colour=GREY)
CHECK = Style(stack=SANS, size=8.6, leading=13.2, align="left", after=0, hang=15)
SIGNS = {True: ("✓", GREY), False: ("×", ACCENT), None: ("?", ACCENT)}
ID_CARD_WIDTH = 125 * MM
"""Larger than life (85.6 mm), so that both sides fill one page and stay readable."""
GAP = 6 * MM
LEAST_DPI = 96
"""A small picture, such as an icon, is not blown up beyond this."""


class Shown(Protocol):
    """What can be set into the frame of a page: a picture, or a PDF page."""

    def fit(self, max_width: float, max_height: float) -> tuple[float, float]:
        """Its size in points within the limits."""

    def draw(self, canvas: Canvas, x: float, y: float, width: float, height: float) -> None:
        """Draw it there."""


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One image check: passed, failed, or for a person to look at."""

    text: str
    passed: bool | None = None


@dataclass(frozen=True, slots=True)
class Caption:
    """What stands around a scan."""

    file: str
    kind: str
    checks: tuple[CheckLine, ...] = ()
    page: int = 1
    note: str = ""


def scan_page(picture: bytes, caption: Caption, *, mark: str = MARK, budget_bytes: int = 0, date: str = "") -> Pages:
    """One scan on an A4 page.

    Args:
        picture: JPEG or PNG.
        caption: file name, kind of document and image checks.
        mark: words beside the picture; empty for none.
        budget_bytes: if positive, a larger picture is re-coded until it fits (or is as small as is still readable).
        date: YYYY-MM-DD for the document information.

    Raises:
        GenerateError: the bytes are not a usable picture.
    """
    return _page([(picture, "")], caption, mark=mark, budget_bytes=budget_bytes, date=date)


def id_card_page(
    front: bytes, back: bytes, caption: Caption, *, mark: str = MARK, budget_bytes: int = 0, date: str = ""
) -> Pages:
    """Both sides of an ID card on one page, the portrait side above."""
    pictures = [(front, "人像面 Portrait side"), (back, "国徽面 Emblem side")]
    return _page(pictures, caption, mark=mark, budget_bytes=budget_bytes, date=date, max_width=ID_CARD_WIDTH)


def pdf_scan_page(page: bytes, caption: Caption, *, mark: str = MARK, date: str = "") -> bytes:
    """A supplied PDF page on an A4 page, drawn and not pictured: `page` is a cleaned PDF of one page."""
    source = PdfWriter(clone_from=PdfReader(io.BytesIO(page))).pages[0]
    if source.rotation:
        source.transfer_rotation_to_content()
    left, low, right, high = (float(side) for side in source.cropbox)
    frame = _PageFrame(right - left, high - low)
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(_sheet([(frame, "")], caption, mark, date).pdf())))
    x, y, width = frame.placed
    move = Transformation().translate(-left, -low).scale(width / frame.width).translate(x, y)
    writer.pages[0].merge_transformed_page(source, move)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@dataclass
class _PageFrame:
    """The room that a PDF page takes; remembers where it was put."""

    width: float
    height: float
    placed: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def fit(self, max_width: float, max_height: float) -> tuple[float, float]:
        scale = min(max_width / self.width, max_height / self.height)
        return self.width * scale, self.height * scale

    def draw(self, canvas: Canvas, x: float, y: float, width: float, height: float) -> None:
        self.placed = (x, y, width)


def _page(
    pictures: Sequence[tuple[bytes, str]],
    caption: Caption,
    *,
    mark: str,
    budget_bytes: int,
    date: str,
    max_width: float = SHEET.width,
) -> Pages:
    opened = [(open_picture(fit_budget(data, budget_bytes), caption.file), label) for data, label in pictures]
    widest = max(picture.width for picture, _ in opened) * 72 / LEAST_DPI
    return _sheet(opened, caption, mark, date, max_width=min(max_width, widest))


def _sheet(
    shown: Sequence[tuple[Shown, str]], caption: Caption, mark: str, date: str, *, max_width: float = SHEET.width
) -> Pages:
    _check(caption)
    draw = partial(_draw_sheet, shown=shown, caption=caption, mark=mark, max_width=max_width)
    return Pages((draw,), Info(f"{caption.kind} {caption.file}", "scan", date))


def _draw_sheet(
    canvas: Canvas, *, shown: Sequence[tuple[Shown, str]], caption: Caption, mark: str, max_width: float
) -> None:
    draw_furniture(canvas, SHEET, Furniture(header="材料 Document", header_right=caption.kind, numbers=False), 1, 1)
    top = _draw_head(canvas, caption, mark)
    checks = _check_blocks(caption)
    bottom = SHEET.bottom + sum(block.height(SHEET.width) for block in checks) + (10 if checks else 0)
    room = (top - bottom - GAP * (len(shown) - 1)) / len(shown)
    for picture, label in shown:
        top = _draw_picture(canvas, picture, label, top, room, max_width) - GAP
    _draw_checks(canvas, checks, top + GAP - 10)


def _check(caption: Caption) -> None:
    texts = {"file": caption.file, "kind": caption.kind, "note": caption.note}
    check_values({**texts, **{f"checks[{n}]": line.text for n, line in enumerate(caption.checks)}})


def _draw_head(canvas: Canvas, caption: Caption, mark: str) -> float:
    """Kind, file name and mark; the answer is the y below them."""
    top = HEIGHT - SHEET.top + 6
    if mark:
        draw_mark(canvas, mark, WIDTH - SHEET.right, top - 17)
    para(caption.kind, KIND, bold=True).draw(canvas, SHEET.left, top, SHEET.width - 110)
    name = f"{caption.file}　第 {caption.page} 页" if caption.page else caption.file
    para(shorten(name, SHEET.width, FILE.size), FILE).draw(canvas, SHEET.left, top - KIND.leading, SHEET.width)
    return top - KIND.leading - FILE.leading - 8


def draw_mark(canvas: Canvas, text: str, right: float, y: float) -> None:
    """Words in a thin frame, flush right."""
    width = measure_small(text, 8.6) + 12
    canvas.setStrokeColorRGB(*ACCENT)
    canvas.setLineWidth(0.7)
    canvas.rect(right - width, y, width, 16, stroke=1, fill=0)
    draw_small(canvas, text, right - width + 6, y + 4.8, size=8.6, colour=ACCENT)


def _draw_checks(canvas: Canvas, checks: Sequence[Block], top: float) -> None:
    """Checks right below the picture."""
    for block in checks:
        block.draw(canvas, SHEET.left, top, SHEET.width)
        top -= block.height(SHEET.width)


def _check_blocks(caption: Caption) -> list[Block]:
    blocks: list[Block] = [Para([_sign(line), Run(" " + line.text)], CHECK) for line in caption.checks]
    return blocks + ([para(caption.note, FILE)] if caption.note else [])


def _sign(line: CheckLine) -> Run:
    text, colour = SIGNS[line.passed]
    return Run(text, bold=True, colour=colour)


def _draw_picture(canvas: Canvas, picture: Shown, label: str, top: float, room: float, max_width: float) -> float:
    """Draw below `top`; the answer is the lower edge."""
    if label:
        draw_small(canvas, label, SHEET.left, top - 9)
        top, room = top - 14, room - 14
    width, height = picture.fit(max_width, room)
    x = SHEET.left + (SHEET.width - width) / 2
    picture.draw(canvas, x, top - height, width, height)
    canvas.setStrokeColorRGB(*HAIR)
    canvas.setLineWidth(0.5)
    canvas.rect(x, top - height, width, height, stroke=1, fill=0)
    return top - height


def fit_budget(data: bytes, budget_bytes: int) -> bytes:
    """The picture itself if it is small enough or there is no budget, else a smaller JPEG for review."""
    if budget_bytes <= 0 or len(data) <= budget_bytes:
        return data
    open_picture(data)  # a header that is not sound, or too many pixels, is refused before decoding
    with PilImage.open(io.BytesIO(data), formats=("JPEG", "PNG")) as image:
        image.draft("RGB", (STEPS[0][0], STEPS[0][0]))
        upright = _on_white(ImageOps.exif_transpose(image))
    for side, quality in STEPS:
        small = _encode(upright, side, quality)
        if len(small) <= budget_bytes:
            return small
    return small


def _on_white(image: PilImage.Image) -> PilImage.Image:
    if "A" not in image.getbands():
        return image.convert("RGB")
    white = PilImage.new("RGB", image.size, (255, 255, 255))
    white.paste(image, mask=image.getchannel("A"))
    return white


def _encode(image: PilImage.Image, side: int, quality: int) -> bytes:
    copy = image.copy()
    copy.thumbnail((side, side), PilImage.Resampling.LANCZOS)
    out = io.BytesIO()
    copy.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()
