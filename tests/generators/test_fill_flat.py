"""Printed PDFs: cells, rules and tick boxes are found where they are drawn."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader, PdfWriter

from generators.fill import fill
from generators.fill_places import Entry
from tests.generators.drawn_templates import canvas_of, chars_in, dark_share
from tests.generators.templates import ENTRIES, VALUES, cell, table, written


@pytest.mark.parametrize("offset", [0, 12.5])
def test_every_value_of_a_printed_table_lies_inside_its_cell(offset: float) -> None:
    filled = fill(table(offset=offset), ENTRIES)
    assert filled.kind == "flat"
    for row, (_, value) in enumerate(VALUES.values()):
        assert chars_in(filled.data, cell(row, offset=offset)) == "".join(value.split())
    assert len(filled.filled) == len(VALUES) + 2


def test_ticks_of_a_printed_table_are_drawn_over_their_boxes() -> None:
    template = table()
    filled = fill(template, ENTRIES)
    boxes = {place.path: place.box for place in filled.filled if place.kind == "tick"}
    assert set(boxes) == {"entity.nature=enterprise", "service=app"}
    for box in boxes.values():
        assert box is not None
        assert cell(8)[0] < box[0] < box[2] < cell(8)[2]
        assert dark_share(filled.data, box) > dark_share(template, box) + 0.03


def test_seal_signature_and_date_of_a_printed_table_stay_empty() -> None:
    entries = [*ENTRIES, Entry("x", ("单位盖章", "签署日期", "负责人签字"), "不可填写")]
    template = table()
    made = fill(template, entries).data
    for row in (9, 10, 11):
        x0, y0, x1, y1 = cell(row)
        inner = (x0 + 2, y0 + 2, x1 - 2, y1 - 2)
        assert dark_share(made, inner) == dark_share(template, inner) == 0


def test_a_label_before_a_rule_is_filled_on_the_rule() -> None:
    canvas, out = canvas_of()
    canvas.drawString(60, 700, "主办单位名称：")
    canvas.line(140, 698, 420, 698)
    canvas.drawString(60, 660, "手机号码：____________________________")
    canvas.showPage()
    canvas.save()
    filled = fill(out.getvalue(), ENTRIES)
    assert chars_in(filled.data, (138, 694, 422, 716)) == VALUES["entity.name"][1]
    assert "13800000021" in chars_in(filled.data, (60, 655, 420, 676))


def test_tables_drawn_as_thin_bars_and_tight_rows_are_filled() -> None:
    """Word draws the borders of a table as filled bars, each cell for itself."""
    canvas, out = canvas_of()
    for number, (label, _) in enumerate(VALUES.values()):
        y = 760 - 17 * number
        for x, width in ((60, 80), (140, 360)):
            canvas.rect(x, y, width, 0.5, stroke=0, fill=1)
            canvas.rect(x, y + 17, width, 0.5, stroke=0, fill=1)
            canvas.rect(x, y, 0.5, 17, stroke=0, fill=1)
            canvas.rect(x + width, y, 0.5, 17, stroke=0, fill=1)
        canvas.drawString(63, y + 4, label)
    canvas.showPage()
    canvas.save()
    filled = fill(out.getvalue(), ENTRIES)
    for number, (_, value) in enumerate(VALUES.values()):
        y = 760 - 17 * number
        assert chars_in(filled.data, (140, y, 500, y + 17)) == "".join(value.split())
    assert all(place.box and place.box[3] - place.box[1] > 14 for place in filled.filled)


def test_text_inside_a_form_object_and_moved_pages_are_read() -> None:
    canvas, out = canvas_of()
    canvas.beginForm("inner")
    canvas.setFont("BeianSerif", 11)
    canvas.rect(0, 0, 100, 30)
    canvas.rect(100, 0, 300, 30)
    canvas.drawString(6, 10, "主办单位名称")
    canvas.endForm()
    canvas.translate(80, 500)
    canvas.doForm("inner")
    canvas.showPage()
    canvas.save()
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(out.getvalue())))
    writer.pages[0].mediabox.lower_left = (20, 30)
    filled = fill(written(writer), ENTRIES)
    box = filled.filled[0].box
    assert box == pytest.approx((180.8, 500.8, 479.2, 529.2), abs=0.5)


def test_labels_set_apart_in_their_cell_are_known() -> None:
    canvas, out = canvas_of()
    canvas.rect(60, 700, 120, 30)
    canvas.rect(180, 700, 300, 30)
    for number, char in enumerate("通讯地址"):
        canvas.drawString(66 + 28 * number, 711, char)
    canvas.showPage()
    canvas.save()
    assert [place.path for place in fill(out.getvalue(), ENTRIES).filled] == ["entity.mail_address"]
