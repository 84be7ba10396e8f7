"""The first sheet of an Excel workbook (.xlsx) as rows of text, as a person sees them; formulas by their last value.

Excel keeps 15 digits of a number: a longer one has lost its end before it reaches us and is refused with its place, so
that no certificate number goes on with zeros in it.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from extractors import limits
from extractors.errors import TooLarge, Unreadable

DIGITS = 15
_DAMAGE = (
    OSError, ValueError, LookupError, TypeError, AttributeError, SyntaxError, RuntimeError, EOFError,
    NotImplementedError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""What openpyxl raises for damaged files: it has no family of its own."""


def read_sheet(path: Path) -> tuple[tuple[str, ...], ...]:
    """The rows of the first visible sheet, without empty ones.

    Raises:
        Unreadable: no workbook, or a number longer than Excel can hold.
        TooLarge: more is unpacked, or there are more rows or columns, than a table of filings can have.
    """
    import openpyxl

    _check_size(path)
    try:
        with path.open("rb") as stream:
            book = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
            sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
            return tuple(_rows(sheets[0]))
    except _DAMAGE as error:
        raise _damaged() from error


def _check_size(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            limits.check_bytes(sum(info.file_size for info in archive.infolist()), limits.MAX_WORKBOOK_BYTES)
    except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile) as error:
        raise _damaged() from error


def _rows(sheet: Any) -> Iterator[tuple[str, ...]]:
    # the sheet's own word on its size is not believed: some programs write the last row there is
    sheet.reset_dimensions()
    for number, row in enumerate(sheet.iter_rows(), 1):
        if number > limits.MAX_WORKBOOK_ROWS or len(row) > limits.MAX_WORKBOOK_COLUMNS:
            raise TooLarge(
                f"表格过大：上限 {limits.MAX_WORKBOOK_ROWS} 行、{limits.MAX_WORKBOOK_COLUMNS} 列。请拆分，并删除多余的空行。",
                f"The sheet is over {limits.MAX_WORKBOOK_ROWS} rows or {limits.MAX_WORKBOOK_COLUMNS} columns. "
                "Split it and delete empty rows.",
            )
        texts = tuple(_text(cell) for cell in row)
        if any(texts):
            yield texts


def _text(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, int | float):
        return _number(value, cell)
    return str(value).strip()


def _number(value: float, cell: Any) -> str:
    if abs(value) >= 10**DIGITS:
        raise Unreadable(
            f"单元格 {cell.coordinate} 是超过 {DIGITS} 位的数字，Excel 已丢失末尾几位（常见于身份证号）。"
            "请把该列设为“文本”格式后重新填写。",
            f"Cell {cell.coordinate} is a number of more than {DIGITS} digits, of which Excel has lost the last ones (often "
            "an ID number). Format the column as text and type it again.",
        )
    return str(int(value)) if value == int(value) else repr(value)


def _damaged() -> Unreadable:
    return Unreadable(
        "这不是可读的 Excel 文件（.xlsx）。请用 Excel 或 WPS 另存为 .xlsx 或“CSV UTF-8”后再试。",
        "This is no readable Excel file (.xlsx). Save it as .xlsx or CSV (UTF-8) and try again.",
    )
