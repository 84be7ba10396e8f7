"""Excel workbooks with the same bytes each time: no clock, no author, fixed entry times in the zip."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import datetime

EPOCH = (1980, 1, 1, 0, 0, 0)
MAX_WIDTH = 60


def workbook(sheets: Sequence[tuple[str, Sequence[Sequence[str]]]]) -> bytes:
    """An XLSX of texts: each sheet is a title and rows, the first row the head.

    Every cell is a text, so that a 617-digit key, a hash or a phone number stays as it is.
    """
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        _fill(book.create_sheet(title[:31]), rows)
    book.properties.created = book.properties.modified = datetime(*EPOCH)
    raw = io.BytesIO()
    book.save(raw)
    return _same_bytes(raw.getvalue())


def _fill(sheet: object, rows: Sequence[Sequence[str]]) -> None:
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    for line, row in enumerate(rows, 1):
        for column, text in enumerate(row, 1):
            cell = sheet.cell(line, column, text)  # type: ignore[attr-defined]
            cell.data_type = "s"  # "=..." is a text too, never a formula
            cell.number_format = "@"
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.font = Font(bold=line == 1)
    for column in range(1, max((len(row) for row in rows), default=0) + 1):
        widest = max((_width(row[column - 1]) for row in rows if len(row) >= column), default=0)
        sheet.column_dimensions[get_column_letter(column)].width = min(widest + 2, MAX_WIDTH)  # type: ignore[attr-defined]
    sheet.freeze_panes = "A2"  # type: ignore[attr-defined]


def _width(text: str) -> int:
    return sum(2 if ord(char) > 0x2E80 else 1 for char in text)


def _same_bytes(data: bytes) -> bytes:
    """The same zip with fixed times and order, and without the time of saving in its properties."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist(), key=lambda one: (one != "[Content_Types].xml", one)):
            info = zipfile.ZipInfo(name, EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, _without_time(name, old.read(name)))
    return out.getvalue()


def _without_time(name: str, data: bytes) -> bytes:
    if name != "docProps/core.xml":
        return data
    import re

    return re.sub(rb"(<dcterms:modified[^>]*>)[^<]*(<)", rb"\g<1>1980-01-01T00:00:00Z\g<2>", data)
