"""Excel workbooks with the same bytes each time: no clock, no author, every cell a text."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime

EPOCH = datetime(1980, 1, 1, tzinfo=UTC)
MAX_WIDTH = 60


def workbook(sheets: Sequence[tuple[str, Sequence[Sequence[str]]]]) -> bytes:
    """An XLSX of texts: each sheet is a title and rows, the first row the head.

    Every cell is a text, so that a 617-digit key, a hash or a phone number stays as it is and "=1+1" is no formula.
    """
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.set_properties({"created": EPOCH})
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "num_format": "@"})
    body = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
    for title, rows in sheets:
        sheet = book.add_worksheet(title[:31])
        for line, row in enumerate(rows):
            for column, text in enumerate(row):
                sheet.write_string(line, column, text, body if line else head)
        for column in range(max((len(row) for row in rows), default=0)):
            sheet.set_column(column, column, _column_width(rows, column))
        sheet.freeze_panes(1, 0)
    book.close()
    return out.getvalue()


def _column_width(rows: Sequence[Sequence[str]], column: int) -> int:
    widest = max((_width(row[column]) for row in rows if len(row) > column), default=0)
    return min(widest + 2, MAX_WIDTH)


def _width(text: str) -> int:
    return sum(2 if ord(char) > 0x2E80 else 1 for char in text)
