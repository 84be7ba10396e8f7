"""A heading, or a cell beside several rows, says whose value a label means."""

from __future__ import annotations

import io

import openpyxl

from generators.fill import fill
from generators.fill_places import Entry
from tests.generators.drawn_templates import canvas_of, chars_in
from tests.generators.templates import document, run, xml_of

PEOPLE = [
    Entry("entity_person.mobile", ("手机号码", "主体负责人手机号码"), "13800000021"),
    Entry("service_person.mobile", ("手机号码", "服务负责人手机号码"), "13800000099"),
]


def test_a_heading_says_whose_value_a_label_means() -> None:
    canvas, out = canvas_of()
    for number, heading in enumerate(("一、主体负责人信息", "二、服务负责人基本情况")):
        y = 700 - 100 * number
        canvas.drawString(60, y + 40, heading)
        canvas.rect(60, y, 120, 30)
        canvas.rect(180, y, 300, 30)
        canvas.drawString(66, y + 10, "手机号码")
    canvas.showPage()
    canvas.save()
    made = fill(out.getvalue(), PEOPLE).data
    assert chars_in(made, (180, 700, 480, 730)) == "13800000021"
    assert chars_in(made, (180, 600, 480, 630)) == "13800000099"


def test_a_cell_over_several_rows_says_whose_value_a_label_means() -> None:
    canvas, out = canvas_of()
    for number, heading in enumerate(("主体负责人", "服务负责人")):
        y = 700 - 60 * number
        canvas.rect(60, y, 100, 60)
        canvas.drawString(66, y + 35, heading[:2])
        canvas.drawString(66, y + 15, heading[2:])
        for row, label in enumerate(("手机号码", "备注")):
            canvas.rect(160, y + 30 - 30 * row, 100, 30)
            canvas.rect(260, y + 30 - 30 * row, 240, 30)
            canvas.drawString(166, y + 40 - 30 * row, label)
    canvas.showPage()
    canvas.save()
    made = fill(out.getvalue(), PEOPLE).data
    assert chars_in(made, (260, 730, 500, 760)) == "13800000021"
    assert chars_in(made, (260, 670, 500, 700)) == "13800000099"


def test_a_cell_over_several_rows_speaks_for_all_columns_beside_it() -> None:
    canvas, out = canvas_of()
    for number, heading in enumerate(("主体负责人", "服务负责人")):
        y = 700 - 60 * number
        canvas.rect(60, y, 60, 60)
        canvas.drawString(63, y + 35, heading)
        for row, labels in enumerate((("备注", "手机号码"), ("其他", "说明"))):
            for column, label in enumerate(labels):
                canvas.rect(120 + 200 * column, y + 30 - 30 * row, 80, 30)
                canvas.rect(200 + 200 * column, y + 30 - 30 * row, 120, 30)
                canvas.drawString(126 + 200 * column, y + 40 - 30 * row, label)
    canvas.showPage()
    canvas.save()
    made = fill(out.getvalue(), PEOPLE).data
    assert chars_in(made, (400, 730, 520, 760)) == "13800000021"
    assert chars_in(made, (400, 670, 520, 700)) == "13800000099"


def test_headings_of_a_sheet_say_whose_value_a_label_means() -> None:
    book = openpyxl.Workbook()
    for row in (["主体负责人信息"], ["手机号码"], ["服务负责人信息"], ["手机号码"], ["", "备注"]):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    page = openpyxl.load_workbook(io.BytesIO(fill(out.getvalue(), PEOPLE).data)).active
    assert (page["B2"].value, page["B4"].value) == ("13800000021", "13800000099")


def test_headings_of_a_word_table_say_whose_value_a_label_means() -> None:
    blank = "<w:tc><w:p/></w:tc>"
    heads = [f"<w:tr><w:tc><w:p>{run(one)}</w:p></w:tc></w:tr>" for one in ("主体负责人信息", "服务负责人信息")]
    label = f"<w:tr><w:tc><w:p>{run('手机号码')}</w:p></w:tc>{blank}</w:tr>"
    template = document(f"<w:tbl>{heads[0]}{label}{heads[1]}{label}</w:tbl>")
    xml = xml_of(fill(template, PEOPLE).data)
    assert (
        xml.index("主体负责人信息")
        < xml.index(">13800000021<")
        < xml.index("服务负责人信息")
        < xml.index(">13800000099<")
    )
