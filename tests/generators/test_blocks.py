from __future__ import annotations

import io

import pypdf
import pytest

from generators.blocks import Cell, NeverBox, SignatureBlock, SignRow, Table, value_cell
from generators.cjk import Para, Run, Style, para
from generators.errors import DoesNotFit, MissingGlyph
from generators.page import LETTER, Furniture, Info, build, lay_out

BODY = Style(size=11, leading=20, indent=2)


def text_pages(pdf: bytes) -> list[str]:
    return ["".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]


def test_a_heading_is_not_left_at_the_foot_of_a_page() -> None:
    filler = [para("行", Style(size=11, leading=20, after=0)) for _ in range(33)]
    pages = lay_out([*filler, para("标题", BODY, keep_next=True), para("正文" * 60, BODY)], LETTER)
    last = pages[0][-1].block
    assert isinstance(last, Para) and last.runs[0].text != "标题"


def test_a_paragraph_is_cut_with_two_lines_on_each_side() -> None:
    filler = [para("行", Style(size=11, leading=20, after=0)) for _ in range(31)]
    pages = lay_out([*filler, para("正文" * 120, BODY)], LETTER)
    assert len(pages) == 2
    upper, lower = pages[0][-1].block, pages[1][0].block
    assert upper.height(LETTER.width) >= 40 and lower.height(LETTER.width) >= 40


def test_a_signature_is_never_cut() -> None:
    block = SignatureBlock([SignRow("签名：", "sign"), SignRow("日期：", "date")])
    assert block.split(LETTER.width, 10) is None
    filler = [para("行", Style(size=11, leading=20, after=0)) for _ in range(33)]
    assert len(lay_out([*filler, block], LETTER)) == 2


def test_a_table_repeats_its_head_and_loses_no_row() -> None:
    rows = [[value_cell([Run("表头")])], *([value_cell([Run(f"第{number}行")])] for number in range(90))]
    pages = text_pages(build([Table((1,), rows, head=1)], LETTER, Furniture(numbers=False), Info("x")))
    assert len(pages) > 1 and all(page.startswith("表头") for page in pages)
    assert "".join(page.removeprefix("表头") for page in pages) == "".join(f"第{number}行" for number in range(90))


def test_a_row_higher_than_a_page_is_cut_inside() -> None:
    text = "".join(f"{number:04d}号" for number in range(900))
    pages = text_pages(
        build(
            [Table((1, 3), [[value_cell([Run("长")]), value_cell([Run(text)])]])],
            LETTER,
            Furniture(numbers=False),
            Info("x"),
        )
    )
    assert len(pages) > 1
    assert "".join(pages).replace("长", "", 1) == text


def test_a_block_that_cannot_be_cut_and_does_not_fit_is_an_error() -> None:
    tall = SignatureBlock([SignRow("签名：", "sign")] * 60)
    with pytest.raises(DoesNotFit):
        lay_out([tall], LETTER)


def test_cells_of_different_height_share_their_row() -> None:
    table = Table((1, 1), [[Cell((para("短", BODY),)), Cell((para("长" * 200, BODY),))]])
    assert table.height(200) == table.heights(200)[0] > 200


def test_a_heading_before_a_block_as_high_as_a_page_is_drawn_all_the_same() -> None:
    box = NeverBox("手写", "hand", room=LETTER.height - 30)
    pages = lay_out([para("标题" * 40, BODY, keep_next=True), box], LETTER)
    assert [len(page) for page in pages] == [1, 1]


def test_a_heading_moves_on_with_a_block_that_cannot_be_cut() -> None:
    filler = [para("行", Style(size=11, leading=20, after=0)) for _ in range(30)]
    box = NeverBox("手写", "hand", room=100)
    pages = lay_out([*filler, para("标题", BODY, keep_next=True), box], LETTER)
    assert [len(page) for page in pages] == [30, 2]


def test_small_text_without_a_glyph_is_an_error_too() -> None:
    with pytest.raises(MissingGlyph):
        build([para("正文", BODY)], LETTER, Furniture(header="公司\ue000"), Info("x"))
