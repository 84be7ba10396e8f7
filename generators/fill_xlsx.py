"""Excel templates: a blank is the empty cell right of a label, or below a row of headings; `□` is a tick box.

Values are written as texts. Shapes, text boxes, charts and form controls are lost, which openpyxl cannot keep; `lost`
names them.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

from generators.errors import GenerateError
from generators.fill_places import BOXES, MOST_ROWS, TEXT, TICK, Job, Place, is_counter, is_label, ticks_in

HEADING = re.compile(r"(信息|情况|资料|部分)[:：]?$")
MAX_CELLS = 200_000
MAX_COLUMN = 16384
MAX_UNPACKED = 100_000_000
DAMAGE = (
    OSError, ValueError, LookupError, TypeError, AttributeError, SyntaxError, RuntimeError, EOFError,
    zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""What openpyxl raises for damaged files: it has no family of its own."""
EPOCH = (1980, 1, 1, 0, 0, 0)
UNKEPT = {"xl/drawings/drawing": re.compile(rb"<xdr:(sp|cxnSp|graphicFrame)\b"), "xl/ctrlProps/": re.compile(rb"")}
CORE = "docProps/core.xml"
SAVED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(<)")


def find(template: bytes) -> list[Place]:
    """All blanks of all sheets with their labels."""
    return list(_places(_open(template)))


def _open(template: bytes) -> Any:
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(io.BytesIO(template)) as archive:
            if sum(item.file_size for item in archive.infolist()) > MAX_UNPACKED:
                raise ValueError("too large when unpacked")
        return openpyxl.load_workbook(io.BytesIO(template))
    except (*DAMAGE, InvalidFileException) as error:
        raise GenerateError(
            "这不是可读的 Excel 文件（.xlsx）。请用 Excel 另存为 .xlsx 后再试。",
            "This is no readable Excel file (.xlsx). Save it as .xlsx from Excel and try again.",
        ) from error


def lost(template: bytes) -> list[Place]:
    """What the filled file will lack: shapes, text boxes, charts and form controls, each part of a drawing by its name."""
    found = []
    with zipfile.ZipFile(io.BytesIO(template)) as archive:
        for item in archive.infolist():
            kind = next((kind for start, kind in UNKEPT.items() if item.filename.startswith(start)), None)
            if kind and item.file_size <= MAX_UNPACKED and kind.search(archive.read(item)):
                found.append(Place(item.filename))
    return found


def _places(book: Any) -> Iterator[Place]:
    for number, sheet in enumerate(book.worksheets, 1):
        if sheet.max_row * sheet.max_column > MAX_CELLS:
            raise GenerateError(
                f"工作表“{sheet.title}”过大，不像是表格模板。",
                f"The sheet {sheet.title!r} is too large for a template.",
            )
        table = _Table(sheet, number)
        heading = ""
        for row in sheet.iter_rows():
            texts = [cell for cell in row if isinstance(cell.value, str)]
            if len(texts) == 1 and _is_heading(texts[0], table.merged):
                heading = texts[0].value
            yield from table.headings(texts, heading) or table.of_row(texts, heading)


class _Table:
    """One sheet, with the merged area of each cell."""

    def __init__(self, sheet: Any, number: int) -> None:
        self.sheet, self.number = sheet, number
        self.merged = {cell: area for area in sheet.merged_cells.ranges for cell in area.cells}
        self.width = sheet.max_column

    def of_row(self, texts: Sequence[Any], heading: str) -> list[Place]:
        """The blanks beside the labels of a row, and its tick boxes."""
        found = list(self._lone_ticks(texts))
        for cell in texts:
            ticks = ticks_in(cell.value)
            found += [self._tick(cell, word, place) for word, place in ticks]
            if not any(char in BOXES for char in cell.value) and _is_label(cell) and (ref := self._blank(cell)):
                section = _spanning_cell(self.sheet, cell, self.merged) or heading
                found.append(Place(cell.value.strip(), TEXT, self.number, ref, section=section, row=cell.row))
        return found

    def _tick(self, cell: Any, word: str, place: int) -> Place:
        return Place(word, TICK, self.number, f"{cell.coordinate}#{place}", row=cell.row)

    def _lone_ticks(self, texts: Sequence[Any]) -> Iterator[Place]:
        """Boxes that have a cell of their own: their words stand in the cells after them, or all before them."""
        alone = [order for order, cell in enumerate(texts) if cell.value.strip() in BOXES]
        step = 1 if alone and alone[-1] + 1 < len(texts) else -1
        for order in alone:
            if order + step >= 0 and texts[order + step].value.strip() not in BOXES:
                yield self._tick(
                    texts[order],
                    texts[order + step].value.strip(),
                    texts[order].value.index(texts[order].value.strip()),
                )

    def _blank(self, cell: Any) -> str:
        """The empty cell right of a label, else the rest of its own (`A4+`) after a colon."""
        own = self.merged.get((cell.row, cell.column))
        column = (own.max_col if own else cell.column) + 1
        asks = cell.value.rstrip().endswith(("：", ":"))
        has_room = asks and own is not None and own.max_col > own.min_col and column > self.width
        is_first_row = own is None or own.min_row == cell.row
        if not has_room and column <= MAX_COLUMN and is_first_row and self._is_free(cell.row, column):
            return str(self.sheet.cell(cell.row, column).coordinate)
        return f"{cell.coordinate}+" if asks else ""

    def _is_free(self, row: int, column: int) -> bool:
        return self.sheet.cell(row, column).value is None and _is_first(self.sheet.cell(row, column), self.merged)

    def headings(self, texts: Sequence[Any], heading: str) -> list[Place]:
        """The blanks under a row of headings that stand side by side, if that row is empty."""
        columns = [cell.column for cell in texts]
        beside = len(texts) > 1 and columns == list(range(columns[0], columns[0] + len(columns)))
        if not beside or (len(texts) == 2 and columns[-1] < self.width) or not all(map(_is_label, texts)):
            return []
        asked = [cell for cell in texts if not is_counter(cell.value)]
        if not asked:
            return []
        heads = tuple(cell.value.strip() for cell in asked)
        return [
            Place(head, TEXT, self.number, below.coordinate, section=heading, row=texts[0].row, heads=heads, nth=nth)
            for nth, row in enumerate(self._listed(asked), 1)
            for head, below in zip(heads, row, strict=True)
        ]

    def _listed(self, heads: Sequence[Any]) -> Iterator[list[Any]]:
        """The empty rows below headings: those framed like the first."""
        frames = None
        for row in range(heads[0].row + 1, heads[0].row + 1 + MOST_ROWS):
            cells = [self.sheet.cell(row, head.column) for head in heads]
            framed = [_is_framed(cell) for cell in cells]
            if framed != (frames or framed) or not all(self._is_free(row, head.column) for head in heads):
                return
            frames = framed
            yield cells


def _is_framed(cell: Any) -> bool:
    return any(side is not None and side.style for side in (cell.border.left, cell.border.right, cell.border.bottom))


def _is_label(cell: Any) -> bool:
    return is_label(cell.value)


def _is_heading(cell: Any, merged: dict[tuple[int, int], Any]) -> bool:
    """Whether a cell that is alone in its row speaks of the rows below it."""
    area = merged.get((cell.row, cell.column))
    return HEADING.search(cell.value.strip()) is not None or (area is not None and area.max_col > area.min_col)


def _spanning_cell(sheet: Any, cell: Any, merged: dict[tuple[int, int], Any]) -> str:
    """The text of a cell further left that is merged over several rows, among them this one."""
    for column in range(cell.column - 1, 0, -1):
        area = merged.get((cell.row, column))
        if area is not None and area.max_row > area.min_row:
            text = sheet.cell(area.min_row, area.min_col).value
            return text if isinstance(text, str) else ""
    return ""


def _is_first(cell: Any, merged: dict[tuple[int, int], Any]) -> bool:
    area = merged.get((cell.row, cell.column))
    return area is None or (area.min_row, area.min_col) == (cell.row, cell.column)


def write(template: bytes, wanted: Sequence[Job]) -> bytes:
    """The workbook with the values written in; `wanted` in the order in which `find` gives the places."""
    book = _open(template)
    for job in reversed(wanted):  # a box that is ticked no longer counts as one, so the last goes first
        sheet = book.worksheets[job.place.page - 1]
        place, _, order = job.place.ref.partition("#")
        if job.place.kind == TICK:
            sheet[place].value = _ticked(sheet[place].value, int(order))
        else:
            own = place.endswith("+")
            place = place.rstrip("+")
            sheet[place].value = f"{sheet[place].value}{job.value}" if own else job.value
            sheet[place].data_type = "s"  # "=..." is a text too, never a formula
            sheet[place].number_format = "@"
    out = io.BytesIO()
    book.save(out)
    return same_bytes(out.getvalue())


def _ticked(text: object, place: int) -> str:
    text = str(text)
    if text[place : place + 1] not in tuple(BOXES):
        raise IndexError(place)
    return f"{text[:place]}☑{text[place + 1 :]}"


def same_bytes(data: bytes) -> bytes:
    """The same zip with fixed times, and without the time of saving in its properties."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            info = zipfile.ZipInfo(name, EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            content = old.read(name)
            new.writestr(info, SAVED.sub(rb"\g<1>1980-01-01T00:00:00Z\g<2>", content) if name == CORE else content)
    return out.getvalue()
