"""Word templates, filled where a label has an empty cell, line, prompt or form field, and at `{{ name }}` and `□`.

The document is changed only where a value goes: all else, down to the last byte of its XML, stays as it was. Loops and
conditions of template languages (`{% … %}`) are not understood.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise, takewhile
from xml.sax.saxutils import escape

from generators.docx_read import CHECK, TEXT, Cell, Document, Paragraph, Piece, Row, read, refuse
from generators.errors import GenerateError
from generators.fill_places import (
    BOXES,
    LABEL_END,
    LONGEST_LABEL,
    MOST_ROWS,
    TICK,
    Job,
    Place,
    is_counter,
    is_label,
    label_of,
    ticks_in,
)
from generators.fill_places import TEXT as TEXT_PLACE

DAMAGE = (zipfile.BadZipFile, zlib.error, KeyError, OSError, ValueError, RuntimeError, EOFError)
MAIN = "word/document.xml"
MAX_XML = 30_000_000
MAX_UNPACKED = 100_000_000
HOLE = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}")
BLANK = re.compile(r"_{2,}")
HEADING = re.compile(r"^[^，。；：:]{2,20}$")
TOLD_BELOW = re.compile(r"如下[：:]\s*$")
EPOCH = (1980, 1, 1, 0, 0, 0)
AFTER_LINE = re.compile(
    rb"<w:(effect|bdr|shd|fitText|vertAlign|rtl|cs|em|lang|eastAsianLayout|specVanish|oMath)\b|</w:rPr>"
)
Edit = tuple[int, int, bytes]
Found = tuple[int, Place]


def find(template: bytes) -> list[Place]:
    """All blanks with their labels, in reading order."""
    document = _document(_main_part(template))
    found = sorted([*_in_paragraphs(document), *_in_rows(document)], key=lambda one: one[0])
    return [place for _, place in found]


def _main_part(template: bytes) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(template)) as archive:
            whole = sum(item.file_size for item in archive.infolist())
            if archive.getinfo(MAIN).file_size > MAX_XML or whole > MAX_UNPACKED:
                raise refuse()
            return archive.read(MAIN)
    except DAMAGE as error:
        raise refuse() from error


def _document(xml: bytes) -> Document:
    if b"{%" in xml:
        raise GenerateError(
            "模板含有 {% … %} 语句，只支持 {{ 名称 }}、标签旁的空白和 □ 选项。请改用这些写法。",
            "The template has {% … %} statements; only {{ name }}, blanks beside labels and □ boxes are filled.",
        )
    return read(xml)


def _in_paragraphs(document: Document) -> Iterator[Found]:
    heading = ""
    own = _open_ended(document)
    for number, paragraph in enumerate(document.paragraphs):
        if paragraph.is_copy:
            continue
        places = list(_of_paragraph(paragraph, number, heading, id(paragraph) in own))
        if not places and paragraph.row == paragraph.start and HEADING.match(paragraph.text.strip()):
            heading = paragraph.text.strip()
        yield from places


def _of_paragraph(paragraph: Paragraph, number: int, heading: str, may_end: bool) -> Iterator[Found]:
    text, row = paragraph.text, paragraph.row
    for order, hole in enumerate(HOLE.finditer(text)):
        yield paragraph.start, Place(hole[1], ref=f"hole {number} {order}", row=row, explicit=True)
    for order, (word, _) in enumerate(ticks_in(text)):
        yield paragraph.start, Place(word, TICK, ref=f"tick {number} {order}", row=row)
    end = 0
    for order, blank in enumerate(BLANK.finditer(paragraph.masked)):
        label = label_of(text[end : blank.start()], text[blank.end() :])
        end = blank.end()
        if label:
            yield (
                paragraph.start + order,
                Place(label, TEXT_PLACE, ref=f"blank {number} {order}", row=row, section=heading),
            )
    label = label_of(text[end:].rstrip(), "")
    asks = LABEL_END.search(text) and not TOLD_BELOW.search(text)
    if may_end and label and asks and len(label) <= LONGEST_LABEL:
        yield paragraph.start + len(text), Place(label, ref=f"end {number} 0", row=row, section=heading)


def _open_ended(document: Document) -> set[int]:
    """The paragraphs that may end in a blank: those outside tables, and those alone in a cell with none beside it."""
    inside = {id(paragraph) for row in document.rows for cell in row.cells for paragraph in cell.paragraphs}
    lines = [one for one in document.paragraphs if one.row == one.start and id(one) not in inside]
    free = {id(one) for one, after in pairwise(lines) if not after.text.strip().startswith(("姓名", "名称"))}
    free |= {id(one) for one in lines[-1:]}
    for row in document.rows:
        for order, cell in enumerate(row.cells):
            beside = row.cells[order + 1] if order + 1 < len(row.cells) else None
            if len(cell.paragraphs) == 1 and not (beside and beside.is_blank):
                free.add(id(cell.paragraphs[0]))
    return free


def _in_rows(document: Document) -> Iterator[Found]:
    heading, table = "", -1
    for number, row in enumerate(document.rows):
        heading, table = ("" if row.table != table else heading), row.table
        if any(paragraph.is_copy for cell in row.cells for paragraph in cell.paragraphs):
            continue
        if len(row.cells) < 2:
            heading = row.cells[0].text if row.cells else ""
        yield from _of_row(document, row, number, heading) or _below(document.rows, number, heading)


def _of_row(document: Document, row: Row, number: int, heading: str) -> list[Found]:
    found = []
    for order, (cell, beside) in enumerate(pairwise(row.cells), 1):
        if _is_label(cell) and beside.is_blank and beside.paragraphs and beside.merged != "on":
            section = _spanning(row, order - 1) or heading
            place = Place(cell.text, ref=f"cell {number} {order}", row=row.start, section=section)
            found.append((beside.paragraphs[0].start, place))
    return found


def _is_label(cell: Cell) -> bool:
    return is_label(cell.text) and not any(char in BOXES for char in cell.text) and not cell.tables


def _spanning(row: Row, order: int) -> str:
    """The text of the nearest cell further left that goes on over several rows."""
    for cell in reversed(row.cells[:order]):
        if cell.merged:
            return "".join(paragraph.text for paragraph in cell.heads).strip()
    return ""


def _listed(rows: Sequence[Row], number: int) -> list[Row]:
    """The empty rows right below a row of headings; a column of running numbers may have its numbers."""
    heads = rows[number].cells
    if len(heads) < 2 or not all(map(_is_label, heads)):
        return []
    asked = [order for order, head in enumerate(heads) if not is_counter(head.text)]

    def is_empty(row: Row) -> bool:
        cells = row.cells
        return len(cells) == len(heads) and all(cells[one].is_blank and cells[one].paragraphs for one in asked)

    below = takewhile(lambda row: row.table == rows[number].table and is_empty(row), rows[number + 1 :])
    return list(islice(below, MOST_ROWS))


def _below(rows: Sequence[Row], number: int, heading: str) -> Iterator[Found]:
    """The blanks of a row of headings in the rows below it."""
    heads = tuple(head.text for head in rows[number].cells)
    for nth, under in enumerate(_listed(rows, number), 1):
        for order, (head, below) in enumerate(zip(heads, under.cells, strict=True)):
            if not is_counter(head):
                ref = f"cell {number + nth} {order}"
                place = Place(head, ref=ref, row=under.start, section=heading, heads=heads, nth=nth)
                yield below.paragraphs[0].start, place


@dataclass(frozen=True, slots=True)
class _Change:
    """Which characters of a paragraph become what; no value for a tick. On underscores a value gets a line of its own."""

    start: int
    end: int
    value: str | None
    on_line: bool = False


def write(template: bytes, wanted: Sequence[Job]) -> bytes:
    """The document with the values put in."""
    xml = _main_part(template)
    document = _document(xml)
    edits: set[Edit] = set()
    changes: dict[int, list[_Change]] = {}
    for job in wanted:
        kind, first, second = job.place.ref.split()
        number, order = int(first), int(second)
        if kind == "cell":
            edits.update(_into_cell(xml, document.rows[number].cells[order], job.value))
        else:
            changes.setdefault(number, []).append(_change(document.paragraphs[number], kind, order, job.value))
    for number, wished in changes.items():
        paragraph = document.paragraphs[number]
        for one in (paragraph, paragraph.twin):
            if one is not None and one.text == paragraph.text:
                edits.update(_rewritten(xml, one, wished))
    for start, end, data in sorted(edits, reverse=True):
        xml = xml[:start] + data + xml[end:]
    return _packed(template, xml)


def _change(paragraph: Paragraph, kind: str, order: int, value: str) -> _Change:
    if kind == "tick":
        _, place = ticks_in(paragraph.text)[order]
        return _Change(place, place + 1, None)
    if kind == "end":
        return _Change(len(paragraph.text), len(paragraph.text), value)
    if kind == "hole":
        return _Change(*list(HOLE.finditer(paragraph.text))[order].span(), value)
    return _on_blank(paragraph, list(BLANK.finditer(paragraph.masked))[order], value)


def _on_blank(paragraph: Paragraph, blank: re.Match[str], value: str) -> _Change:
    shown = paragraph.text[blank.start() : blank.end()]
    return _Change(*blank.span(), _padded(value, shown), on_line=shown[0] in "_＿")


def _padded(value: str, blank: str) -> str:
    """A value as wide as its blank, so that the line it stands on keeps its length."""
    tabs = blank.count("\t")
    if tabs:
        return value + "\t" * max(1, tabs - round(_width(value) / 4))
    return value + " " * (_width(blank) - _width(value)) if not blank.strip("_＿ \u3000\u00a0") else value


def _width(text: str) -> int:
    """The width in halves of a Han character."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _into_cell(xml: bytes, cell: Cell, value: str) -> list[Edit]:
    for paragraph in cell.paragraphs:
        blank = BLANK.search(paragraph.masked)
        if blank is not None:
            return list(_rewritten(xml, paragraph, [_on_blank(paragraph, blank, value)]))
    return [_appended(xml, cell.paragraphs[0], value, cell.paragraphs[0].mark)]


def _appended(xml: bytes, paragraph: Paragraph, value: str, properties: bytes) -> Edit:
    """A new run at the end of a paragraph."""
    run = b"<w:r>" + properties + _text(value) + b"</w:r>"
    if paragraph.end >= 0:
        return paragraph.end, paragraph.end, run
    close = xml.index(b">", paragraph.start) + 1
    opened = xml[paragraph.start : close].rstrip(b">").rstrip(b"/ ") + b">"
    return paragraph.start, close, opened + run + b"</w:p>"


def _text(value: str) -> bytes:
    return f'<w:t xml:space="preserve">{escape(value)}</w:t>'.encode()


def _rewritten(xml: bytes, paragraph: Paragraph, changes: Sequence[_Change]) -> Iterator[Edit]:
    """The pieces of a paragraph anew: each value stands in the piece where its blank began."""
    for change in changes:
        if change.start == len(paragraph.text):
            properties = paragraph.pieces[-1].run.properties if paragraph.pieces else paragraph.mark
            yield _appended(xml, paragraph, change.value or "", properties)
    position = 0
    for piece in paragraph.pieces:
        here = [one for one in changes if one.start < position + len(piece.text) and one.end > position]
        if here:
            yield piece.start, piece.end, _content(piece, position, sorted(here, key=lambda one: one.start))
            for change in here:
                yield from _beside(xml, piece, change)
        position += len(piece.text)


def _content(piece: Piece, position: int, changes: Sequence[_Change]) -> bytes:
    """What stands in a piece now."""
    made, done = b"", 0
    for change in changes:
        low, high = max(change.start - position, 0), min(change.end - position, len(piece.text))
        made += escape(piece.text[done:low]).encode()
        if change.start >= position:
            made += _new(piece, change)
        done = high
    return made + escape(piece.text[done:]).encode()


def _new(piece: Piece, change: _Change) -> bytes:
    value = _mark(piece) if change.value is None else change.value
    if piece.kind == CHECK:
        return b""
    if piece.kind != TEXT:
        return _tabbed(value)
    if not change.on_line:
        return escape(value).encode()
    own = b"<w:r>" + _with_line(piece.run.properties) + _text(value) + b"</w:r>"
    return b"</w:t></w:r>" + own + b"<w:r>" + piece.run.properties + b'<w:t xml:space="preserve">'


def _tabbed(text: str) -> bytes:
    """A text with its tabs as Word has them."""
    return b"<w:tab/>".join(_text(part) if part else b"" for part in text.split("\t"))


def _with_line(properties: bytes) -> bytes:
    """The properties of a run, underlined; `w:u` has its fixed place among them."""
    bare = re.sub(rb"<w:u\b[^>]*/>", b"", properties) or b"<w:rPr></w:rPr>"
    at = AFTER_LINE.search(bare)
    place = at.start() if at else len(bare)
    return bare[:place] + b'<w:u w:val="single"/>' + bare[place:]


def _mark(piece: Piece) -> str:
    return piece.control.mark if piece.control and piece.control.checked else "☑"


def _beside(xml: bytes, piece: Piece, change: _Change) -> Iterator[Edit]:
    """What else tells that a box is ticked or a prompt answered: the state of a content control or old form field."""
    control = piece.control
    if piece.kind == CHECK:
        yield piece.start, piece.start, b"<w:checked/>"
    elif control and control.checked and change.value is None:
        yield (*control.checked, b'<w14:checked w14:val="1"/>')
    elif control and control.prompt:
        yield (*control.prompt, b"")
        start, end = piece.run.at
        yield start, end, re.sub(rb"<w:(rStyle|color)\b[^>]*/>", b"", xml[start:end])  # a prompt is grey


def _packed(template: bytes, xml: bytes) -> bytes:
    """The same package with another main part."""
    try:
        return _repacked(template, xml)
    except DAMAGE as error:
        raise refuse() from error


def _repacked(template: bytes, xml: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(template)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            info = zipfile.ZipInfo(item.filename, EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, xml if item.filename == MAIN else old.read(item))
    return out.getvalue()
