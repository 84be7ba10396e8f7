"""Our pages and PDFs of others into one file: contents with links, outline, page labels, page numbers.

The contents stand below what the cover says if there is room for all of them, else on pages of their own after it.

Our own pages are drawn on one canvas, so that they share their fonts: a font in every part would cost each reader of
the file, and the check of the archive, several times as much.
The same parts and the same `Meta` give the same bytes, in any process. The result is meant for `archive.py`, which
packs it tightly and gives it its identity.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.annotations import Link
from pypdf.constants import PageLabelStyle
from pypdf.errors import PyPdfError
from pypdf.generic import (
    BooleanObject,
    DictionaryObject,
    Fit,
    NameObject,
    TextStringObject,
)

from generators.cjk import GREY, HAIR, INK, Block, Canvas, Style, para
from generators.errors import GenerateError
from generators.fonts import SANS, check_values
from generators.page import (
    HEIGHT,
    MM,
    SHEET,
    WIDTH,
    Furniture,
    Info,
    Pages,
    draw_blocks,
    draw_small,
    lay_out,
    measure_small,
    open_canvas,
    paginate,
    shorten,
)

TITLE = Style(stack=SANS, size=18, leading=27, align="left", after=2)
SUB = Style(stack=SANS, size=8.6, leading=13, align="left", after=14, colour=GREY)
GROUP = Style(stack=SANS, size=10.5, leading=16, align="left", before=10, after=4)
ENTRY_SIZE = 9.6
GAP = 22.0
"""Points between the end of the cover and the contents below it."""

Page = PageObject | Callable[[Canvas], None]
"""A page of a finished PDF, or one of ours that is still to be drawn."""


@dataclass(frozen=True, slots=True)
class Part:
    """Pages of ours or a finished PDF.

    The first part is the cover; parts of one `group` that stand together share a heading.
    """

    title: str
    group: str
    content: Pages | bytes


@dataclass(frozen=True, slots=True)
class Meta:
    """What the file says about itself; `date` is YYYY-MM-DD."""

    title: str
    subject: str = ""
    date: str = ""
    author: str = ""
    keywords: str = ""


@dataclass(frozen=True, slots=True)
class _Entry:
    part: Part
    pages: tuple[Page, ...]
    start: int  # physical page from 0


@dataclass(frozen=True, slots=True)
class _LinkBox:
    page: int  # physical page from 0
    box: tuple[float, float, float, float]
    target: int


@dataclass
class _Line:
    """One line of the contents; remembers where it was drawn."""

    title: str
    target: int
    links: list[_LinkBox]
    before: float = 0.0
    after: float = 0.0
    keep_next: bool = False

    def height(self, width: float) -> float:
        return 17.0

    def split(self, width: float, room: float) -> tuple[Block, Block] | None:
        return None

    def draw(self, canvas: Canvas, x: float, top: float, width: float) -> None:
        y = top - 12
        number = str(self.target + 1)
        end = x + width - measure_small(number, ENTRY_SIZE)
        title = shorten(self.title, width - 50, ENTRY_SIZE)
        draw_small(canvas, title, x + 10, y, size=ENTRY_SIZE, colour=INK)
        draw_small(canvas, number, end, y, size=ENTRY_SIZE, colour=INK)
        canvas.setStrokeColorRGB(*HAIR)
        canvas.setLineWidth(0.6)
        canvas.setDash(0.6, 2.6)
        canvas.line(x + 16 + measure_small(title, ENTRY_SIZE), y + 1.5, end - 6, y + 1.5)
        canvas.setDash()
        self.links.append(_LinkBox(canvas.getPageNumber() - 1, (x, top - 17, x + width, top), self.target))


def bundle(parts: Sequence[Part], meta: Meta) -> bytes:
    """All parts as one PDF, with contents at the end of the first or after it.

    Raises:
        GenerateError: there is no part, or a part is not a readable PDF.
    """
    if not parts:
        raise GenerateError("没有可合并的文件。", "There is nothing to put into the bundle.")
    check_values({f"parts[{number}]": part.title + part.group for number, part in enumerate(parts)})
    opened = [(part, _open(part)) for part in parts]
    room = parts[0].content.room - GAP if isinstance(parts[0].content, Pages) else 0.0
    is_on_cover = _height(_contents(_entries(opened, 0), [])) <= room
    contents_pages = 0 if is_on_cover else len(_pages_of(_contents(_entries(opened, 1), []), meta).draw)
    entries = _entries(opened, contents_pages)
    links: list[_LinkBox] = []
    contents = _contents(entries, links)
    cover = entries[0].pages
    front = _below(cover, contents, room) if is_on_cover else (*cover, *_pages_of(contents, meta).draw)
    pages = [*front, *(page for one in entries[1:] for page in one.pages)]
    writer = _join(pages, _draw(pages, meta))
    _add_links(writer, links)
    _add_outline(writer, entries, len(cover) - is_on_cover)
    _add_labels(writer, entries, contents_pages)
    _describe(writer, meta)
    return _write(writer)


def join(pdfs: Sequence[bytes]) -> bytes:
    """The pages of several PDFs in one, and nothing else."""
    writer = PdfWriter()
    for pdf in pdfs:
        for page in PdfReader(io.BytesIO(pdf)).pages:
            _add_page(writer, page)
    return _write(writer)


def _open(part: Part) -> tuple[Page, ...]:
    if isinstance(part.content, Pages):
        return part.content.draw
    try:
        return tuple(PdfReader(io.BytesIO(part.content)).pages)
    except (PyPdfError, ValueError, KeyError, OSError) as error:
        raise GenerateError(
            f"《{part.title}》不是可读的 PDF，无法合并。请重新生成或另存后再试。",
            f"{part.title} is not a readable PDF. Make it again or save it anew.",
        ) from error


def _entries(opened: Sequence[tuple[Part, tuple[Page, ...]]], contents_pages: int) -> list[_Entry]:
    entries, start = [], 0
    for number, (part, pages) in enumerate(opened):
        entries.append(_Entry(part, pages, start))
        start += len(pages) + (contents_pages if number == 0 else 0)
    return entries


def _groups(entries: Sequence[_Entry]) -> Iterator[tuple[str, list[_Entry]]]:
    """Parts after the cover, by their headings."""
    for name, members in groupby(entries[1:], key=lambda entry: entry.part.group):
        yield name, list(members)


def _contents(entries: Sequence[_Entry], links: list[_LinkBox]) -> list[Block]:
    """The contents; drawing them fills `links`."""
    blocks: list[Block] = [para("目录", TITLE, bold=True), para("Contents", SUB)]
    for name, members in _groups(entries):
        if name:
            blocks.append(para(name, GROUP, bold=True, keep_next=True))
        blocks.extend(_Line(entry.part.title, entry.start, links) for entry in members)
    return blocks


def _height(blocks: Sequence[Block]) -> float:
    return sum(block.before + block.height(SHEET.width) + block.after for block in blocks)


def _pages_of(contents: Sequence[Block], meta: Meta) -> Pages:
    return paginate(contents, SHEET, Furniture(header=meta.title, numbers=False), Info("目录", "Contents", meta.date))


def _below(cover: Sequence[Page], contents: Sequence[Block], room: float) -> tuple[Page, ...]:
    """The cover with the contents in the room at its end."""
    frame = replace(SHEET, top=HEIGHT - SHEET.bottom - room)
    (placed,) = lay_out(contents, frame)
    *first, last = cover

    def both(canvas: Canvas) -> None:
        assert not isinstance(last, PageObject)
        last(canvas)
        draw_blocks(canvas, placed, frame)

    return (*first, both)


def _draw(pages: Sequence[Page], meta: Meta) -> Sequence[PageObject]:
    """A sheet for each page, with 第 x 页 / 共 y 页 at its foot: our own drawn, the others' still to be laid under it."""
    canvas, out = open_canvas(Info("", "", meta.date))
    for number, page in enumerate(pages, 1):
        width, height = _size(page)
        canvas.setPageSize((width, height))
        if not isinstance(page, PageObject):
            page(canvas)
        foot = f"第 {number} 页 / 共 {len(pages)} 页"
        draw_small(canvas, foot, width - 20 * MM, 11 * MM, size=7.4, align="right")
        canvas.showPage()
    canvas.save()
    return PdfReader(io.BytesIO(out.getvalue())).pages


def _size(page: Page) -> tuple[float, float]:
    """Width and height as it is seen."""
    if not isinstance(page, PageObject):
        return WIDTH, HEIGHT
    width, height = float(page.mediabox.width), float(page.mediabox.height)
    return (height, width) if page.rotation % 180 else (width, height)


def _join(pages: Sequence[Page], sheets: Sequence[PageObject]) -> PdfWriter:
    writer = PdfWriter()
    for page, sheet in zip(pages, sheets, strict=True):
        if isinstance(page, PageObject):
            box = (added := _add_page(writer, page)).mediabox
            added.merge_translated_page(sheet, float(box.left), float(box.bottom), over=True)
        else:
            _add_page(writer, sheet)
    return writer


def _add_page(writer: PdfWriter, page: PageObject) -> PageObject:
    added = writer.add_page(page)
    added.pop("/Trans", None)  # reportlab writes an empty one
    if added.rotation:
        added.transfer_rotation_to_content()
    return added


def _add_links(writer: PdfWriter, links: Sequence[_LinkBox]) -> None:
    for link in links:
        annotation = Link(rect=link.box, target_page_index=link.target, fit=Fit.fit(), border=[0, 0, 0])
        writer.add_annotation(page_number=link.page, annotation=annotation)


def _add_outline(writer: PdfWriter, entries: Sequence[_Entry], contents_page: int) -> None:
    writer.add_outline_item(title=entries[0].part.title, page_number=0)
    writer.add_outline_item(title="目录 Contents", page_number=contents_page)
    for name, members in _groups(entries):
        parent = writer.add_outline_item(title=name, page_number=members[0].start, bold=True) if name else None
        for entry in members:
            writer.add_outline_item(title=entry.part.title, page_number=entry.start, parent=parent)


def _add_labels(writer: PdfWriter, entries: Sequence[_Entry], contents_pages: int) -> None:
    """Cover and pages of contents are named, all other pages bear the number printed on them."""
    cover = len(entries[0].pages)
    writer.set_page_label(0, cover - 1, prefix="封面", style=PageLabelStyle.DECIMAL if cover > 1 else None)
    style = PageLabelStyle.DECIMAL if contents_pages > 1 else None
    if contents_pages:
        writer.set_page_label(cover, cover + contents_pages - 1, prefix="目录", style=style)
    start, total = cover + contents_pages, len(writer.pages)
    if start < total:
        writer.set_page_label(start, total - 1, style=PageLabelStyle.DECIMAL, start=start + 1)


def _describe(writer: PdfWriter, meta: Meta) -> None:
    stamp = f"D:{meta.date.replace('-', '')}000000Z" if meta.date else "D:20000101000000Z"
    fields = {
        "/Title": meta.title,
        "/Subject": meta.subject,
        "/Author": meta.author,
        "/Keywords": meta.keywords,
        "/Creator": "beianbox",
        "/Producer": "beianbox",
        "/CreationDate": stamp,
        "/ModDate": stamp,
    }
    writer.add_metadata({key: value for key, value in fields.items() if value})
    root = writer.root_object
    root[NameObject("/Lang")] = TextStringObject("zh-CN")
    root[NameObject("/PageMode")] = NameObject("/UseOutlines")
    root[NameObject("/ViewerPreferences")] = DictionaryObject({NameObject("/DisplayDocTitle"): BooleanObject(True)})


def _write(writer: PdfWriter) -> bytes:
    writer.compress_identical_objects()
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
