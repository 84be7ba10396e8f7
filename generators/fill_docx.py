"""Word templates: a blank is the empty cell right of a label, `{{ name }}` in the text, or `□` before a word.

The document is changed only where a value goes: all else, down to the last byte of its XML, stays as it was. Loops and
conditions of template languages (`{% … %}`) are not understood.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape

from generators.errors import GenerateError
from generators.fill_places import BOXES, TEXT, TICK, Job, Place

DAMAGE = (zipfile.BadZipFile, zlib.error, KeyError, OSError, ValueError, RuntimeError, EOFError)
MAIN = "word/document.xml"
MAX_XML = 30_000_000
HOLE = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}")
TICK_BOX = re.compile(rf"([{BOXES}])\s*([^\s{BOXES}]+)")
EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass
class Piece:
    """One `w:t`: its text and where its content lies in the XML."""

    text: str = ""
    start: int = 0
    end: int = 0
    tag: int = 0


@dataclass
class Paragraph:
    """One `w:p`: its pieces of text, where it begins, and where its end tag stands (-1 for `<w:p/>`)."""

    start: int
    pieces: list[Piece] = field(default_factory=list)
    end: int = -1

    @property
    def text(self) -> str:
        """All its characters."""
        return "".join(piece.text for piece in self.pieces)


@dataclass
class Cell:
    """One `w:tc`, by its paragraphs; those of inner tables count too."""

    paragraphs: list[Paragraph] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All its characters, without blanks at the ends."""
        return "".join(paragraph.text for paragraph in self.paragraphs).strip()


class _Reader:
    """Notes where paragraphs, rows and cells lie while the XML is parsed."""

    def __init__(self, xml: bytes) -> None:
        self.xml = xml
        self.paragraphs: list[Paragraph] = []
        self.rows: list[list[Cell]] = []
        self.open_rows: list[list[Cell]] = []
        self.open_cells: list[Cell] = []
        self.open_paragraphs: list[Paragraph] = []
        self.piece: Piece | None = None
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.characters
        self.parser.StartDoctypeDeclHandler = _refuse_doctype
        self.parser.Parse(xml, True)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        at = self.parser.CurrentByteIndex
        if name == "w:tbl":
            self.rows.append([])  # headings end where another table begins
        elif name == "w:tr":
            self.open_rows.append([])
            self.rows.append(self.open_rows[-1])
        elif name == "w:tc" and self.open_rows:
            self.open_cells.append(Cell())
            self.open_rows[-1].append(self.open_cells[-1])
        elif name == "w:p":
            paragraph = Paragraph(at)
            self.open_paragraphs.append(paragraph)
            self.paragraphs.append(paragraph)
            for cell in self.open_cells:
                cell.paragraphs.append(paragraph)
        elif name == "w:t" and self.open_paragraphs:
            self.piece = Piece(start=self.xml.index(b">", at) + 1, tag=at)

    def end(self, name: str) -> None:
        at = self.parser.CurrentByteIndex
        if name == "w:tr" and self.open_rows:
            self.open_rows.pop()
        elif name == "w:tc" and self.open_cells:
            self.open_cells.pop()
        elif name == "w:p" and self.open_paragraphs:
            paragraph = self.open_paragraphs.pop()
            paragraph.end = at if at != paragraph.start else -1
        elif name == "w:t" and self.piece is not None:
            self.piece.end = at
            if self.piece.end >= self.piece.start:
                self.open_paragraphs[-1].pieces.append(self.piece)
            self.piece = None

    def characters(self, text: str) -> None:
        if self.piece is not None:
            self.piece.text += text


def _refuse_doctype(*_: object) -> None:
    raise _unreadable()


def _unreadable() -> GenerateError:
    return GenerateError(
        "这不是可读的 Word 文件（.docx）。请用 Word 另存为 .docx 后再试。",
        "This is no readable Word file (.docx). Save it as .docx from Word and try again.",
    )


def _main_part(template: bytes) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(template)) as archive:
            if archive.getinfo(MAIN).file_size > MAX_XML:
                raise _unreadable()
            return archive.read(MAIN)
    except DAMAGE as error:
        raise _unreadable() from error


def _read(xml: bytes) -> _Reader:
    if b"{%" in xml:
        raise GenerateError(
            "模板含有 {% … %} 语句，只支持 {{ 名称 }}、标签右侧的空单元格和 □ 选项。请改用这些写法。",
            "The template has {% … %} statements; only {{ name }}, empty cells right of labels and □ boxes are filled.",
        )
    try:
        return _Reader(xml)
    except (expat.ExpatError, ValueError) as error:
        raise _unreadable() from error


def find(template: bytes) -> list[Place]:
    """All blanks with their labels."""
    read = _read(_main_part(template))
    found = []
    for number, paragraph in enumerate(read.paragraphs):
        for order, hole in enumerate(HOLE.finditer(paragraph.text)):
            found.append(Place(hole[1], TEXT, 1, f"hole {number} {order}"))
        for order, tick in enumerate(TICK_BOX.finditer(paragraph.text)):
            found.append(Place(tick[2], TICK, 1, f"tick {number} {order}"))
    heading = ""
    for number, row in enumerate(read.rows):
        if len(row) < 2:
            heading = row[0].text if row else ""
        for order in range(len(row) - 1):
            label, blank = row[order].text, row[order + 1]
            if any(char.isalnum() for char in label) and not blank.text and blank.paragraphs:
                found.append(Place(label, TEXT, 1, f"cell {number} {order + 1}", section=heading))
    return found


def write(template: bytes, wanted: Sequence[Job]) -> bytes:
    """The document with the values put in."""
    xml = _main_part(template)
    read = _read(xml)
    edits: list[tuple[int, int, bytes]] = []
    changed: dict[int, list[tuple[int, int, str]]] = {}
    for job in wanted:
        kind, first, second = job.place.ref.split()
        number, order = int(first), int(second)
        if kind == "cell":
            edits.append(_into_cell(xml, read.rows[number][order], job.value))
            continue
        pattern = TICK_BOX if kind == "tick" else HOLE
        match = list(pattern.finditer(read.paragraphs[number].text))[order]
        span = match.span(1) if kind == "tick" else match.span()
        changed.setdefault(number, []).append((*span, "☑" if kind == "tick" else job.value))
    for number, spans in changed.items():
        edits += _rewrite(read.paragraphs[number], spans)
    for start, end, data in sorted(edits, reverse=True):
        xml = xml[:start] + data + xml[end:]
    return _packed(template, xml)


def _into_cell(xml: bytes, cell: Cell, value: str) -> tuple[int, int, bytes]:
    paragraph = cell.paragraphs[0]
    run = f'<w:r><w:t xml:space="preserve">{escape(value)}</w:t></w:r>'.encode()
    if paragraph.end >= 0:
        return paragraph.end, paragraph.end, run
    close = xml.index(b">", paragraph.start) + 1
    opened = xml[paragraph.start : close].rstrip(b">").rstrip(b"/ ") + b">"
    return paragraph.start, close, opened + run + b"</w:p>"


def _rewrite(paragraph: Paragraph, spans: Sequence[tuple[int, int, str]]) -> list[tuple[int, int, bytes]]:
    """The pieces of a paragraph anew: each value stands in the piece where its blank began."""
    texts = [piece.text for piece in paragraph.pieces]
    for start, end, value in sorted(spans, reverse=True):
        position = 0
        for number, piece in enumerate(paragraph.pieces):
            low, high = max(start - position, 0), min(end - position, len(piece.text))
            begins = position <= start < position + len(piece.text)
            if low < high:
                texts[number] = texts[number][:low] + (value if begins else "") + texts[number][high:]
            position += len(piece.text)
    return [
        (piece.start, piece.end, escape(text).encode())
        for piece, text in zip(paragraph.pieces, texts, strict=True)
        if text != piece.text
    ]


def _packed(template: bytes, xml: bytes) -> bytes:
    """The same package with another main part."""
    try:
        return _repacked(template, xml)
    except DAMAGE as error:
        raise _unreadable() from error


def _repacked(template: bytes, xml: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(template)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            info = zipfile.ZipInfo(item.filename, EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, xml if item.filename == MAIN else old.read(item))
    return out.getvalue()
