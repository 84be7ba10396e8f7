"""Excel templates: a blank is the empty cell right of a label; `□` before a word is its tick box.

Values are written as texts. Pictures and shapes in the template may be lost, which openpyxl cannot keep.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any

from generators.errors import GenerateError
from generators.fill_places import BOXES, TEXT, TICK, Job, Place
from generators.workbook import _same_bytes as same_bytes

TICK_BOX = re.compile(rf"([{BOXES}])\s*([^\s{BOXES}]+)")
MAX_CELLS = 200_000


def find(template: bytes) -> list[Place]:
    """All blanks of all sheets with their labels."""
    return list(_places(_open(template)))


def _open(template: bytes) -> Any:
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        return openpyxl.load_workbook(io.BytesIO(template))
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile, InvalidFileException) as error:
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
        merged = {cell: one for one in sheet.merged_cells.ranges for row in one.cells for cell in [row]}
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, str):
                    yield from _of_cell(sheet, cell, number, merged)


def _of_cell(sheet: Any, cell: Any, number: int, merged: dict[tuple[int, int], Any]) -> Iterator[Place]:
    ticks = TICK_BOX.findall(cell.value)
    for order, (_, word) in enumerate(ticks):
        yield Place(word, TICK, number, f"{cell.coordinate}#{order}")
    own = merged.get((cell.row, cell.column))
    column = (own.max_col if own else cell.column) + 1
    if not ticks and any(char.isalnum() for char in cell.value) and column <= 16384:
        beside = sheet.cell(cell.row, column)
        if beside.value is None and _is_first(beside, merged) and (own is None or own.min_row == cell.row):
            yield Place(cell.value.strip(), TEXT, number, beside.coordinate)


def _is_first(cell: Any, merged: dict[tuple[int, int], Any]) -> bool:
    area = merged.get((cell.row, cell.column))
    return area is None or (area.min_row, area.min_col) == (cell.row, cell.column)


def write(template: bytes, wanted: Sequence[Job]) -> bytes:
    """The workbook with the values written in."""
    book = _open(template)
    for job in wanted:
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


def _ticked(text: str, order: int) -> str:
    place = list(TICK_BOX.finditer(text))[order].start(1)
    return f"{text[:place]}☑{text[place + 1 :]}"
