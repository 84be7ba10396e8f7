"""Blocks onto A4 pages: layout first, drawing after, so that every page knows how many there are.

The same blocks give the same bytes: reportlab runs in its invariant mode and the date in the file is the caller's.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from reportlab.pdfgen.canvas import Canvas as PdfCanvas

from generators.cjk import GREY, HAIR, INK, Block, Canvas, Colour
from generators.errors import DoesNotFit, MissingGlyph
from generators.fonts import SANS, register

WIDTH, HEIGHT = 595.2756, 841.8898
MM = 72 / 25.4


@dataclass(frozen=True, slots=True)
class Frame:
    """Margins of a page in points."""

    left: float = 28 * MM
    right: float = 26 * MM
    top: float = 27 * MM
    bottom: float = 25 * MM

    @property
    def width(self) -> float:
        """Room for text."""
        return WIDTH - self.left - self.right

    @property
    def height(self) -> float:
        """Room for text."""
        return HEIGHT - self.top - self.bottom


LETTER = Frame()
SHEET = Frame(left=20 * MM, right=20 * MM, top=24 * MM, bottom=22 * MM)


@dataclass(frozen=True, slots=True)
class Furniture:
    """What stands outside the text on each page: header left and right, footer left; page numbers if wanted."""

    header: str = ""
    header_right: str = ""
    footer: str = ""
    numbers: bool = True


@dataclass(frozen=True, slots=True)
class Info:
    """Document information; `date` is YYYY-MM-DD and ends up as the creation date."""

    title: str
    subject: str = ""
    date: str = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """A block and the y of its upper edge."""

    block: Block
    top: float


def lay_out(blocks: Sequence[Block], frame: Frame) -> list[list[Placed]]:
    """Put blocks on pages, keeping headings with what follows and cutting long blocks."""
    pages: list[list[Placed]] = [[]]
    queue = list(reversed(blocks))
    room = frame.height
    while queue:
        block = queue.pop()
        space = block.before if pages[-1] else 0.0
        if isinstance(block, PageBreak):
            if pages[-1]:
                pages.append([])
                room = frame.height
            continue
        need = space + block.height(frame.width)
        if need <= room + 0.01 and (not pages[-1] or _has_company(block, queue, frame, room - need)):
            pages[-1].append(Placed(block, frame.bottom + room - space))
            room -= need + block.after
            continue
        parts = None if block.keep_next else block.split(frame.width, room - space)
        if parts is not None:
            queue.extend((parts[1], parts[0]))
            continue
        if not pages[-1]:
            parts = block.split(frame.width, frame.height)
            if parts is None:
                raise DoesNotFit(
                    "内容太长，一页放不下且无法分页。请缩短该项内容。",
                    "A piece is higher than a page and cannot be cut. Shorten it.",
                )
            queue.extend((parts[1], parts[0]))
            continue
        queue.append(block)
        pages.append([])
        room = frame.height
    return pages


def _has_company(block: Block, queue: Sequence[Block], frame: Frame, room: float) -> bool:
    """Whether what a block may not be parted from (or the start of it) still fits below it."""
    position = len(queue) - 1
    while block.keep_next and position >= 0:
        room -= block.after
        block = queue[position]
        if isinstance(block, PageBreak):
            return True
        room -= block.before + block.height(frame.width)
        if room < -0.01:
            return not block.keep_next and block.split(frame.width, room + block.height(frame.width)) is not None
        position -= 1
    return True


@dataclass
class PageBreak:
    """Start a new page here."""

    before: float = 0.0
    after: float = 0.0
    keep_next: bool = False

    def height(self, width: float) -> float:
        """Nothing."""
        return 0.0

    def split(self, width: float, room: float) -> tuple[Block, Block] | None:
        """Not divisible."""
        return None

    def draw(self, canvas: Canvas, x: float, top: float, width: float) -> None:
        """Nothing."""


@dataclass(frozen=True, slots=True)
class Pages:
    """Laid-out A4 pages that are not drawn yet: alone as a PDF, or on one canvas with others, whose fonts they share.

    Each page of `draw` draws itself on the canvas it is given and leaves it to the caller to finish the page. `room` is
    the height in points that is free at the end of the last one.
    """

    draw: tuple[Callable[[Canvas], None], ...]
    info: Info
    room: float = 0.0

    def pdf(self) -> bytes:
        """The pages as a file of their own."""
        canvas, out = open_canvas(self.info)
        self.draw_all(canvas)
        return out.getvalue()

    def draw_all(self, canvas: Canvas) -> None:
        """Draw every page and finish the canvas."""
        for draw in self.draw:
            draw(canvas)
            canvas.showPage()
        canvas.save()


def paginate(blocks: Sequence[Block], frame: Frame, furniture: Furniture, info: Info) -> Pages:
    """The blocks on as many pages as they need."""
    register()
    return numbered(lay_out(blocks, frame), frame, furniture, info)


def numbered(laid: Sequence[Sequence[Placed]], frame: Frame, furniture: Furniture, info: Info) -> Pages:
    """Pages that are laid out already, each with its furniture."""
    page = partial(draw_page, frame=frame, furniture=furniture, total=len(laid))
    draw = tuple(partial(page, placed=one, number=number) for number, one in enumerate(laid, 1))
    return Pages(draw, info, _room_below(laid[-1], frame))


def _room_below(placed: Sequence[Placed], frame: Frame) -> float:
    if not placed:
        return frame.height
    last = placed[-1]
    return last.top - last.block.height(frame.width) - last.block.after - frame.bottom


def build(blocks: Sequence[Block], frame: Frame, furniture: Furniture, info: Info) -> bytes:
    """The finished PDF."""
    return paginate(blocks, frame, furniture, info).pdf()


def draw_page(
    canvas: Canvas, *, placed: Sequence[Placed], frame: Frame, furniture: Furniture, number: int, total: int
) -> None:
    """Draw one laid-out page; the caller finishes it."""
    draw_furniture(canvas, frame, furniture, number, total)
    draw_blocks(canvas, placed, frame)


def draw_blocks(canvas: Canvas, placed: Sequence[Placed], frame: Frame) -> None:
    """Draw what was laid out on one page."""
    for one in placed:
        one.block.draw(canvas, frame.left, one.top, frame.width)


def open_canvas(info: Info) -> tuple[Canvas, io.BytesIO]:
    """A canvas for A4 pages that writes the same bytes each time."""
    font = register()
    out = io.BytesIO()
    canvas = PdfCanvas(
        out, pagesize=(WIDTH, HEIGHT), invariant=1, pageCompression=1, lang="zh-CN", initialFontName=font
    )
    canvas.setTitle(info.title)
    canvas.setSubject(info.subject)
    canvas.setAuthor("")
    canvas.setCreator("beianbox")
    canvas.setProducer("beianbox")
    _set_date(canvas, info.date)
    return canvas, out


def _set_date(canvas: Canvas, date: str) -> None:
    """The invariant mode of reportlab writes the year 2000; the caller's date says more."""
    parts = [int(part) for part in date.split("-")] if date.count("-") == 2 else [2000, 1, 1]
    canvas._doc._timeStamp.YMDhms = (*parts, 0, 0, 0)


def draw_furniture(canvas: Canvas, frame: Frame, furniture: Furniture, number: int, total: int) -> None:
    """Header, footer and page number of one page."""
    top = HEIGHT - 14 * MM
    if furniture.header or furniture.header_right:
        draw_small(canvas, furniture.header, frame.left, top)
        draw_small(canvas, furniture.header_right, WIDTH - frame.right, top, align="right")
        hairline(canvas, frame.left, WIDTH - frame.right, top - 5)
    if furniture.footer:
        draw_small(canvas, furniture.footer, frame.left, 15.5 * MM, size=7.2)
    if furniture.numbers and total > 1:
        draw_small(canvas, f"{number} / {total}", WIDTH / 2, 11 * MM, align="center")


def draw_small(
    canvas: Canvas, text: str, x: float, y: float, *, size: float = 7.6, align: str = "left", colour: Colour = GREY
) -> None:
    """A single line of small sans text; never broken, cut by the caller."""
    width = measure_small(text, size)
    x -= width if align == "right" else width / 2 if align == "center" else 0
    canvas.setFillColorRGB(*colour)
    for font, piece in pieces(text):
        canvas.setFont(font, size)
        canvas.drawString(x, y, piece)
        x += sum(SANS.pick(char)[1] for char in piece) * size
    canvas.setFillColorRGB(*INK)


def measure_small(text: str, size: float) -> float:
    """The width of small text."""
    return sum(SANS.pick(char)[1] for char in text) * size


def pieces(text: str) -> list[tuple[str, str]]:
    """Text cut where the font changes."""
    found: list[tuple[str, str]] = []
    for char in text:
        font = SANS.pick(char)[0]
        if not font:
            raise MissingGlyph("header", text, char)
        if found and found[-1][0] == font:
            found[-1] = (font, found[-1][1] + char)
        else:
            found.append((font, char))
    return found


def shorten(text: str, width: float, size: float, measure: Callable[[str, float], float] = measure_small) -> str:
    """Text cut to a width with an ellipsis in the middle, so that the end of a file name stays."""
    if measure(text, size) <= width:
        return text
    head, tail = len(text) // 2, len(text) - len(text) // 2
    while head + tail > 4 and measure(text[:head] + "…" + text[-tail:], size) > width:
        head, tail = (head - 1, tail) if head >= tail else (head, tail - 1)
    return text[:head] + "…" + text[-tail:]


def hairline(canvas: Canvas, left: float, right: float, y: float, *, width: float = 0.4) -> None:
    """A thin grey rule."""
    canvas.setStrokeColorRGB(*HAIR)
    canvas.setLineWidth(width)
    canvas.line(left, y, right, y)
