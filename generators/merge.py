"""Many PDFs into one: contents with links after the cover, outline, page labels, page numbers.

The same parts and the same `Meta` give the same bytes, in any process. The result is meant for `archive.py`, which
packs it tightly and gives it its identity.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

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
    MM,
    SHEET,
    Furniture,
    Info,
    PageBreak,
    draw_page,
    draw_small,
    lay_out,
    measure_small,
    open_canvas,
    shorten,
)

TITLE = Style(stack=SANS, size=18, leading=27, align="left", after=2)
SUB = Style(stack=SANS, size=8.6, leading=13, align="left", after=14, colour=GREY)
GROUP = Style(stack=SANS, size=10.5, leading=16, align="left", before=10, after=4)
ENTRY_SIZE = 9.6


@dataclass(frozen=True, slots=True)
class Part:
    """One PDF of the bundle. The first part is the cover; parts of one `group` that stand together share a heading."""

    title: str
    group: str
    pdf: bytes


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
    pages: tuple[PageObject, ...]
    start: int  # physical page from 0


@dataclass(frozen=True, slots=True)
class _LinkBox:
    page: int  # page of the contents from 0
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
    """All parts as one PDF, with contents after the first.

    Raises:
        GenerateError: there is no part, or a part is not a readable PDF.
    """
    if not parts:
        raise GenerateError("没有可合并的文件。", "There is nothing to put into the bundle.")
    check_values({f"parts[{number}]": part.title + part.group for number, part in enumerate(parts)})
    opened = [(part, _open(part)) for part in parts]
    contents_pages = len(_lay_out_contents(_entries(opened, 1), []))
    entries = _entries(opened, contents_pages)
    contents, links = _draw_contents(entries, meta)
    writer = _join(entries, contents)
    _add_links(writer, links)
    _add_outline(writer, entries)
    _add_labels(writer, entries, contents_pages)
    _stamp_numbers(writer, meta)
    _describe(writer, meta)
    return _write(writer)


def join(pdfs: Sequence[bytes]) -> bytes:
    """The pages of several PDFs in one, and nothing else."""
    writer = PdfWriter()
    for pdf in pdfs:
        _add_pages(writer, PdfReader(io.BytesIO(pdf)).pages)
    return _write(writer)


def _open(part: Part) -> tuple[PageObject, ...]:
    try:
        return tuple(PdfReader(io.BytesIO(part.pdf)).pages)
    except (PyPdfError, ValueError, KeyError, OSError) as error:
        raise GenerateError(
            f"《{part.title}》不是可读的 PDF，无法合并。请重新生成或另存后再试。",
            f"{part.title} is not a readable PDF. Make it again or save it anew.",
        ) from error


def _entries(opened: Sequence[tuple[Part, tuple[PageObject, ...]]], contents_pages: int) -> list[_Entry]:
    entries, start = [], 0
    for number, (part, pages) in enumerate(opened):
        entries.append(_Entry(part, pages, start))
        start += len(pages) + (contents_pages if number == 0 else 0)
    return entries


def _groups(entries: Sequence[_Entry]) -> Iterator[tuple[str, list[_Entry]]]:
    """Parts after the cover, by their headings."""
    for name, members in groupby(entries[1:], key=lambda entry: entry.part.group):
        yield name, list(members)


def _lay_out_contents(entries: Sequence[_Entry], links: list[_LinkBox]) -> list[list[Any]]:
    blocks: list[Block] = [para("目录", TITLE, bold=True), para("Contents", SUB)]
    for name, members in _groups(entries):
        if name:
            blocks.append(para(name, GROUP, bold=True, keep_next=True))
        blocks.extend(_Line(entry.part.title, entry.start, links) for entry in members)
    return lay_out([block for block in blocks if not isinstance(block, PageBreak)], SHEET)


def _draw_contents(entries: Sequence[_Entry], meta: Meta) -> tuple[bytes, list[_LinkBox]]:
    links: list[_LinkBox] = []
    pages = _lay_out_contents(entries, links)
    canvas, out = open_canvas(Info("目录", "Contents", meta.date))
    furniture = Furniture(header=meta.title, numbers=False)
    for number, page in enumerate(pages, 1):
        draw_page(canvas, page, SHEET, furniture, number, len(pages))
    canvas.save()
    return out.getvalue(), links


def _join(entries: Sequence[_Entry], contents: bytes) -> PdfWriter:
    writer = PdfWriter()
    for number, entry in enumerate(entries):
        _add_pages(writer, entry.pages)
        if number == 0:
            _add_pages(writer, PdfReader(io.BytesIO(contents)).pages)
    return writer


def _add_pages(writer: PdfWriter, pages: Sequence[PageObject]) -> None:
    for page in pages:
        added = writer.add_page(page)
        added.pop("/Trans", None)  # reportlab writes an empty one
        if added.rotation:
            added.transfer_rotation_to_content()


def _add_links(writer: PdfWriter, links: Sequence[_LinkBox]) -> None:
    first = _contents_start(writer, links)
    for link in links:
        annotation = Link(rect=link.box, target_page_index=link.target, fit=Fit.fit(), border=[0, 0, 0])
        writer.add_annotation(page_number=first + link.page, annotation=annotation)


def _contents_start(writer: PdfWriter, links: Sequence[_LinkBox]) -> int:
    """The contents end where the first listed part starts."""
    pages = max((link.page for link in links), default=0) + 1
    return min((link.target for link in links), default=len(writer.pages)) - pages


def _add_outline(writer: PdfWriter, entries: Sequence[_Entry]) -> None:
    writer.add_outline_item(title=entries[0].part.title, page_number=0)
    writer.add_outline_item(title="目录 Contents", page_number=len(entries[0].pages))
    for name, members in _groups(entries):
        parent = writer.add_outline_item(title=name, page_number=members[0].start, bold=True) if name else None
        for entry in members:
            writer.add_outline_item(title=entry.part.title, page_number=entry.start, parent=parent)


def _add_labels(writer: PdfWriter, entries: Sequence[_Entry], contents_pages: int) -> None:
    """Cover and contents are named, all other pages bear the number printed on them."""
    cover = len(entries[0].pages)
    writer.set_page_label(0, cover - 1, prefix="封面", style=PageLabelStyle.DECIMAL if cover > 1 else None)
    style = PageLabelStyle.DECIMAL if contents_pages > 1 else None
    writer.set_page_label(cover, cover + contents_pages - 1, prefix="目录", style=style)
    start, total = cover + contents_pages, len(writer.pages)
    if start < total:
        writer.set_page_label(start, total - 1, style=PageLabelStyle.DECIMAL, start=start + 1)


def _stamp_numbers(writer: PdfWriter, meta: Meta) -> None:
    """第 x 页 / 共 y 页 at the foot of each page, whatever its size."""
    total = len(writer.pages)
    sizes = [(float(page.mediabox.width), float(page.mediabox.height)) for page in writer.pages]
    canvas, out = open_canvas(Info("", "", meta.date))
    for number, size in enumerate(sizes, 1):
        canvas.setPageSize(size)
        draw_small(canvas, f"第 {number} 页 / 共 {total} 页", size[0] - 20 * MM, 11 * MM, size=7.4, align="right")
        canvas.showPage()
    canvas.save()
    stamps = PdfReader(io.BytesIO(out.getvalue())).pages
    for page, stamp in zip(writer.pages, stamps, strict=True):
        box = page.mediabox
        page.merge_translated_page(stamp, float(box.left), float(box.bottom), over=True)


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
