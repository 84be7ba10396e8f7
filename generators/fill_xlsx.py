"""Excel templates: a blank is the empty cell right of a label; `□` before a word is its tick box.

Values are written as texts. Pictures and shapes in the template may be lost, which openpyxl cannot keep.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

from generators.errors import GenerateError
from generators.fill_places import BOXES, TEXT, TICK, Job, Place

TICK_BOX = re.compile(rf"([{BOXES}])\s*([^\s{BOXES}]+)")
HEADING = re.compile(r"(信息|情况|资料|部分)[:：]?$")
MAX_CELLS = 200_000
MAX_UNPACKED = 100_000_000
DAMAGE = (
    OSError, ValueError, LookupError, TypeError, AttributeError, SyntaxError, RuntimeError, EOFError,
    zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""What openpyxl raises for damaged files: it has no family of its own."""
EPOCH = (1980, 1, 1, 0, 0, 0)
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


def _places(book: Any) -> Iterator[Place]:
    for number, sheet in enumerate(book.worksheets, 1):
        if sheet.max_row * sheet.max_column > MAX_CELLS:
            raise GenerateError(
                f"工作表“{sheet.title}”过大，不像是表格模板。",
                f"The sheet {sheet.title!r} is too large for a template.",
            )
        merged = {cell: area for area in sheet.merged_cells.ranges for cell in area.cells}
        heading = ""
        for row in sheet.iter_rows():
            texts = [cell for cell in row if isinstance(cell.value, str)]
            if len(texts) == 1 and _is_heading(texts[0], merged):
                heading = texts[0].value
            for cell in texts:
                yield from _of_cell(sheet, cell, number, merged, heading)


def _of_cell(sheet: Any, cell: Any, number: int, merged: dict[tuple[int, int], Any], heading: str) -> Iterator[Place]:
    ticks = TICK_BOX.findall(cell.value)
    for order, (_, word) in enumerate(ticks):
        yield Place(word, TICK, number, f"{cell.coordinate}#{order}", row=cell.row)
    own = merged.get((cell.row, cell.column))
    column = (own.max_col if own else cell.column) + 1
    if not ticks and any(char.isalnum() for char in cell.value) and column <= 16384:
        beside = sheet.cell(cell.row, column)
        if beside.value is None and _is_first(beside, merged) and (own is None or own.min_row == cell.row):
            section = _spanning_cell(sheet, cell, merged) or heading
            yield Place(cell.value.strip(), TEXT, number, beside.coordinate, section=section, row=cell.row)


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
            sheet[place].value = job.value
            sheet[place].data_type = "s"  # "=..." is a text too, never a formula
            sheet[place].number_format = "@"
    out = io.BytesIO()
    book.save(out)
    return same_bytes(out.getvalue())


def _ticked(text: object, order: int) -> str:
    place = list(TICK_BOX.finditer(str(text)))[order].start(1)
    text = str(text)
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
