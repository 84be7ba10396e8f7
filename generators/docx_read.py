"""Where the text of a Word document lies in its XML, byte by byte: paragraphs, cells, content controls, form fields.

Only places are noted, so that a document can be changed where a value goes and nowhere else. What a text box holds a
second time for old programs (`mc:Fallback`) is paired with the first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from xml.parsers import expat

from generators.errors import GenerateError
from generators.fill_places import BOXES

TICK_SYMBOLS = {("Wingdings", "F06F"), ("Wingdings", "F0A8"), ("Wingdings 2", "F0A3"), ("Wingdings 2", "F02A")}
"""Characters of symbol fonts that show an empty box; Word calls them by font and code."""
TEXT, TAB, SYMBOL, CHECK = "text", "tab", "symbol", "check"


@dataclass
class Run:
    """One `w:r`: its properties as they stand in the XML, and whether it is underlined."""

    properties: bytes = b""
    underlined: bool = False
    at: tuple[int, int] = (0, 0)


@dataclass
class Control:
    """One content control (`w:sdt`): whether it shows its prompt, and if it is a tick box, what tells it is ticked."""

    prompt: tuple[int, int] | None = None
    checked: tuple[int, int] | None = None
    mark: str = "☑"


@dataclass
class Piece:
    """Characters of one run: for a text where its content lies, else where the element lies that stands for them."""

    text: str
    start: int
    end: int
    run: Run
    kind: str = TEXT
    control: Control | None = None
    in_field: bool = False


@dataclass
class Paragraph:
    """One `w:p`: its pieces, where it begins, where its end tag stands (-1 for `<w:p/>`), and its mark's properties."""

    start: int
    pieces: list[Piece] = field(default_factory=list)
    end: int = -1
    mark: bytes = b""
    row: int = -1
    is_copy: bool = False
    twin: Paragraph | None = None

    @property
    def text(self) -> str:
        """All its characters."""
        return "".join(piece.text for piece in self.pieces)

    @property
    def masked(self) -> str:
        """Its characters, those to be written over as `_`: underscores, underlined blanks, prompts, empty fields."""
        return "".join(_masked(piece) for piece in self.pieces)


def _masked(piece: Piece) -> str:
    if piece.control and piece.control.prompt and piece.kind == TEXT:
        return "_" * len(piece.text)
    blank = piece.run.underlined or piece.in_field
    return "".join("_" if char in "_＿" or (blank and not char.strip()) else char for char in piece.text)


@dataclass
class Cell:
    """One `w:tc`: its paragraphs (those of inner tables count too), and the text it shares with the cells above it."""

    paragraphs: list[Paragraph] = field(default_factory=list)
    column: int = 0
    span: int = 1
    merged: str = ""
    heads: list[Paragraph] = field(default_factory=list)
    tables: int = 0

    @property
    def text(self) -> str:
        """All its characters, without blanks at the ends."""
        return "".join(paragraph.text for paragraph in self.paragraphs).strip()

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing in it but room for a value."""
        return not "".join(paragraph.masked for paragraph in self.paragraphs).replace("_", "").strip()


@dataclass
class Row:
    """One `w:tr`: where it begins, its cells, and which table it is in."""

    start: int
    table: int
    cells: list[Cell] = field(default_factory=list)


def refuse() -> GenerateError:
    """What is raised for a file that is no Word document."""
    return GenerateError(
        "这不是可读的 Word 文件（.docx）。请用 Word 另存为 .docx 后再试。",
        "This is no readable Word file (.docx). Save it as .docx from Word and try again.",
    )


def read(xml: bytes) -> Document:
    """The places in the main part of a document.

    Raises:
        GenerateError: it is no XML, or has a document type.
    """
    try:
        return Document(xml)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise refuse() from error


class Document:
    """Notes where paragraphs, rows and cells lie while the XML is parsed."""

    def __init__(self, xml: bytes) -> None:
        self.xml = xml
        self.paragraphs: list[Paragraph] = []
        self.rows: list[Row] = []
        self._rows: list[Row] = []
        self._cells: list[Cell] = []
        self._paragraphs: list[Paragraph] = []
        self._controls: list[Control] = []
        self._run = Run()
        self._piece: Piece | None = None
        self._properties: list[int] = []
        self._path: list[str] = []
        self._tables = 0
        self._fields: list[str] = []
        self._choices: list[list[Paragraph]] = []
        self._copies: list[list[Paragraph]] = []
        self._above: dict[tuple[int, int], list[Paragraph]] = {}
        self._open_tables: list[int] = []
        parser = self._parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.Parse(xml, True)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._path.append(name)
        action = _STARTS.get(name)
        if action is not None:
            action(self, self._parser.CurrentByteIndex, attributes)

    def _end(self, name: str) -> None:
        action = _ENDS.get(name)
        if action is not None:
            action(self, self._parser.CurrentByteIndex)
        self._path.pop()

    def _characters(self, text: str) -> None:
        if self._piece is not None:
            self._piece.text += text

    def _after(self, at: int) -> int:
        """Where the tag that begins at `at` has ended."""
        return self.xml.index(b">", at) + 1

    def _is_empty(self, at: int) -> bool:
        """Whether the tag at `at` ends itself; the parser's place for such an end differs from version to version."""
        return self.xml[self._after(at) - 2 : self._after(at) - 1] == b"/"

    def _start_table(self, at: int, _: dict[str, str]) -> None:
        self._tables += 1
        self._open_tables.append(self._tables)
        if self._cells:
            self._cells[-1].tables += 1

    def _end_table(self, at: int) -> None:
        if self._open_tables:
            self._open_tables.pop()

    def _start_row(self, at: int, _: dict[str, str]) -> None:
        row = Row(at, self._open_tables[-1] if self._open_tables else 0)
        self._rows.append(row)
        self.rows.append(row)

    def _end_row(self, at: int) -> None:
        if self._rows:
            self._rows.pop()

    def _start_cell(self, at: int, _: dict[str, str]) -> None:
        if self._rows:
            row = self._rows[-1]
            last = row.cells[-1] if row.cells else Cell(span=0)
            row.cells.append(Cell(column=last.column + last.span))
            self._cells.append(row.cells[-1])

    def _end_cell(self, at: int) -> None:
        if self._cells:
            self._cells.pop()

    def _span(self, at: int, attributes: dict[str, str]) -> None:
        if self._cells and self._path[-2:-1] == ["w:tcPr"]:
            self._cells[-1].span = int(attributes.get("w:val", "1"))

    def _merge(self, at: int, attributes: dict[str, str]) -> None:
        if not self._cells or not self._rows:
            return
        cell, place = self._cells[-1], (self._rows[-1].table, self._cells[-1].column)
        if attributes.get("w:val") == "restart":
            self._above[place] = cell.paragraphs
        cell.merged = "restart" if attributes.get("w:val") == "restart" else "on"
        cell.heads = self._above.get(place, [])

    def _start_paragraph(self, at: int, _: dict[str, str]) -> None:
        paragraph = Paragraph(at, row=self._rows[-1].start if self._rows else at)
        self._paragraphs.append(paragraph)
        self.paragraphs.append(paragraph)
        for cell in self._cells:
            cell.paragraphs.append(paragraph)
        if self._copies and "mc:Fallback" in self._path:
            paragraph.is_copy = True
            self._copies[-1].append(paragraph)
        elif self._choices and "mc:Choice" in self._path:
            self._choices[-1].append(paragraph)

    def _end_paragraph(self, at: int) -> None:
        if self._paragraphs:
            paragraph = self._paragraphs.pop()
            paragraph.end = -1 if self._is_empty(paragraph.start) else at

    def _start_run(self, at: int, _: dict[str, str]) -> None:
        self._run = Run()

    def _start_properties(self, at: int, _: dict[str, str]) -> None:
        self._properties.append(at)

    def _end_properties(self, at: int) -> None:
        start, end = self._properties.pop(), self._after(at)
        slice_ = self.xml[start:end]
        if self._path[-2:-1] == ["w:r"]:
            self._run.properties, self._run.at = slice_, (start, end)
        elif self._path[-2:-1] == ["w:pPr"] and self._paragraphs:
            self._paragraphs[-1].mark = slice_

    def _underline(self, at: int, attributes: dict[str, str]) -> None:
        if self._path[-3:-1] == ["w:r", "w:rPr"]:
            self._run.underlined = attributes.get("w:val", "single") not in ("none", "0")

    def _start_text(self, at: int, _: dict[str, str]) -> None:
        if self._paragraphs:
            start = self._after(at)
            self._piece = self._add("", start, start)
            if self._is_empty(at):
                self._paragraphs[-1].pieces.pop()  # <w:t/> has no content to put anything into

    def _end_text(self, at: int) -> None:
        if self._piece is not None:
            self._piece.end = max(at, self._piece.start)
            self._piece = None

    def _add(self, text: str, start: int, end: int, kind: str = TEXT) -> Piece:
        control = self._controls[-1] if self._controls else None
        piece = Piece(text, start, end, self._run, kind, control, bool(self._fields) and self._fields[-1] == "shown")
        self._paragraphs[-1].pieces.append(piece)
        return piece

    def _tab(self, at: int, _: dict[str, str]) -> None:
        if self._paragraphs and self._path[-2:-1] == ["w:r"]:
            self._add("\t", at, self._after(at), TAB)

    def _symbol(self, at: int, attributes: dict[str, str]) -> None:
        shown = (attributes.get("w:font", ""), attributes.get("w:char", "").upper())
        if self._paragraphs and shown in TICK_SYMBOLS:
            self._add(BOXES[0], at, self._after(at), SYMBOL)

    def _start_control(self, at: int, _: dict[str, str]) -> None:
        self._controls.append(Control())

    def _end_control(self, at: int) -> None:
        if self._controls:
            self._controls.pop()

    def _prompt(self, at: int, _: dict[str, str]) -> None:
        if self._controls:
            self._controls[-1].prompt = (at, self._after(at))

    def _checked(self, at: int, attributes: dict[str, str]) -> None:
        if self._controls:
            self._controls[-1].checked = (at, self._after(at))

    def _checked_mark(self, at: int, attributes: dict[str, str]) -> None:
        code = int(attributes.get("w14:val", "2611"), 16)
        if self._controls and 0x2000 <= code < 0x3000:  # other codes need a symbol font
            self._controls[-1].mark = chr(code)

    def _field(self, at: int, attributes: dict[str, str]) -> None:
        kind = attributes.get("w:fldCharType")
        if kind == "begin":
            self._fields.append("begun")
        elif self._fields and kind == "separate":
            self._fields[-1] = "shown" if self._fields[-1] == "asks" else "other"
        elif self._fields and kind == "end":
            self._fields.pop()

    def _text_input(self, at: int, _: dict[str, str]) -> None:
        if self._fields:
            self._fields[-1] = "asks"

    def _end_box(self, at: int) -> None:
        if self._paragraphs:
            self._add(BOXES[0], at, at, CHECK)

    def _start_alternates(self, at: int, _: dict[str, str]) -> None:
        self._choices.append([])
        self._copies.append([])

    def _end_alternates(self, at: int) -> None:
        choices, copies = self._choices.pop(), self._copies.pop()
        if len(choices) == len(copies):
            for paragraph, copy in zip(choices, copies, strict=True):
                paragraph.twin = copy


def _refuse_doctype(*_: object) -> None:
    raise refuse()


_STARTS: dict[str, Callable[[Document, int, dict[str, str]], None]] = {
    "w:tbl": Document._start_table,
    "w:tr": Document._start_row,
    "w:tc": Document._start_cell,
    "w:gridSpan": Document._span,
    "w:vMerge": Document._merge,
    "w:p": Document._start_paragraph,
    "w:r": Document._start_run,
    "w:rPr": Document._start_properties,
    "w:u": Document._underline,
    "w:t": Document._start_text,
    "w:tab": Document._tab,
    "w:sym": Document._symbol,
    "w:sdt": Document._start_control,
    "w:showingPlcHdr": Document._prompt,
    "w14:checked": Document._checked,
    "w14:checkedState": Document._checked_mark,
    "w:fldChar": Document._field,
    "w:textInput": Document._text_input,
    "mc:AlternateContent": Document._start_alternates,
}
_ENDS: dict[str, Callable[[Document, int], None]] = {
    "w:tbl": Document._end_table,
    "w:tr": Document._end_row,
    "w:tc": Document._end_cell,
    "w:p": Document._end_paragraph,
    "w:rPr": Document._end_properties,
    "w:t": Document._end_text,
    "w:sdt": Document._end_control,
    "w:checkBox": Document._end_box,
    "mc:AlternateContent": Document._end_alternates,
}
