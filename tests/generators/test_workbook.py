"""Workbooks hold texts only and are the same bytes each time."""

from __future__ import annotations

import io
import time

import openpyxl

from generators.workbook import workbook

SHEETS = [("APP特征信息", [["名称", "公钥"], ["=1+1", "9" * 617]]), ("APP域名", [["域名"]])]


def test_every_cell_stays_the_text_it_is() -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook(SHEETS)))
    assert book.sheetnames == ["APP特征信息", "APP域名"]
    cell, key = book["APP特征信息"]["A2"], book["APP特征信息"]["B2"]
    assert (cell.value, cell.data_type, key.value) == ("=1+1", "s", "9" * 617)


def test_two_workbooks_made_at_different_times_are_equal() -> None:
    first = workbook(SHEETS)
    time.sleep(2.1)  # the zip format keeps times in steps of two seconds
    assert workbook(SHEETS) == first
