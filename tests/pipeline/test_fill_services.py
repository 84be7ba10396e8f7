"""Several websites or APPs in one form: by numbers in its labels and headings, or a row for each; else left and said."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest
from openpyxl.styles import Border, Side

from generators.errors import TemplateMismatch
from generators.fill import fill
from pipeline import fill_command
from pipeline.checks_paths import filing_from
from pipeline.exports.template_values import entries
from pipeline.model import Filing
from tests.generators.drawn_templates import canvas_of, chars_in
from tests.generators.templates import document, run, xml_of

LINE = Side(style="thin")


def a_filing(sites: int = 2, apps: int = 1) -> Filing:
    values = {"entity.name": "样本科技有限公司", "entity_person.name": "李青禾", "entity_person.mobile": "13800000001"}
    for number in range(sites):
        values |= {
            f"websites[{number}].name": f"样本站{number + 1}号",
            f"websites[{number}].domains[0].name": f"site{number + 1}.example",
            f"websites[{number}].home_urls": f"www.site{number + 1}.example",
        }
    for number in range(apps):
        values |= {
            f"apps[{number}].name": f"样本应用{number + 1}号",
            f"apps[{number}].domains[0].name": f"app{number + 1}.example",
        }
    return filing_from(values)


def filled_book(rows: list[list[str]], filing: Filing, *, framed: int = 0) -> list[tuple[object, ...]]:
    """The cells of a sheet after filling; its first `framed` rows have lines around their cells."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for row in book.active.iter_rows(max_row=framed or 1):
        for cell in row if framed else ():
            cell.border = Border(LINE, LINE, LINE, LINE)
    out = io.BytesIO()
    book.save(out)
    page = openpyxl.load_workbook(io.BytesIO(fill(out.getvalue(), entries(filing)).data)).active
    return [tuple(cell.value for cell in row) for row in page.iter_rows()]


@pytest.mark.parametrize(
    "labels",
    [
        ["网站名称1", "域名1", "网站名称2", "域名2"],
        ["网站名称（一）", "域名（一）", "网站名称（二）", "域名（二）"],
        ["网站1名称", "网站1域名", "网站2名称", "网站2域名"],
        ["第一个网站名称", "第一个网站域名", "第2个网站名称", "第2个网站域名"],
        ["网站（1）名称：", "网站（1）域名：", "网站（2）名称：", "网站（2）域名："],
    ],
)
def test_numbers_in_labels_tell_websites_apart(labels: list[str]) -> None:
    rows = filled_book([[label, ""] for label in [*labels, "备注"]], a_filing())
    assert [row[1] for row in rows[:4]] == ["样本站1号", "site1.example", "样本站2号", "site2.example"]


def test_the_blank_of_a_website_that_the_filing_lacks_stays_empty() -> None:
    labels = ["主办单位名称", "网站名称（一）", "网站名称（二）"]
    rows = filled_book([[label, ""] for label in labels], a_filing(sites=1))
    assert [row[1] for row in rows] == ["样本科技有限公司", "样本站1号", None]


def test_a_second_domain_is_not_taken_for_that_of_a_second_website() -> None:
    rows = filled_book([["网站名称", ""], ["域名2", ""]], a_filing(apps=0))
    assert [row[1] for row in rows] == ["样本站1号", None]


@pytest.mark.parametrize("label", ["附件2", "材料名称2", "联系电话2", "第二类增值电信业务"])
def test_other_numbers_mean_no_website(label: str) -> None:
    rows = filled_book([["网站名称2", ""], [label, ""]], a_filing())
    assert [row[1] for row in rows] == ["样本站2号", None]


def test_a_numbered_heading_holds_for_the_labels_under_it() -> None:
    rows = [
        ["一、网站1信息"],
        ["网站名称", ""],
        ["首页网址", ""],
        ["二、网站2信息"],
        ["网站名称", ""],
        ["首页网址", ""],
    ]
    found = filled_book(rows, a_filing())
    assert [row[1] for row in found if row[1]] == ["样本站1号", "www.site1.example", "样本站2号", "www.site2.example"]


def test_a_label_that_stands_twice_without_a_number_is_refused_as_before() -> None:
    with pytest.raises(TemplateMismatch, match="网站名称"):
        filled_book([["网站名称", ""], ["备注", ""], ["网站名称", ""]], a_filing())


def test_a_sheet_gets_one_row_a_website_and_no_more_than_has_lines() -> None:
    rows = [["序号", "网站名称", "域名", "网站首页网址"], ["1", "", "", ""], ["2", "", "", ""], ["", "", "", ""]]
    found = filled_book(rows, a_filing(sites=3), framed=3)
    assert found[1:] == [
        ("1", "样本站1号", "site1.example", "www.site1.example"),
        ("2", "样本站2号", "site2.example", "www.site2.example"),
    ]


def test_rows_of_persons_or_of_domains_alone_get_no_second_website() -> None:
    found = filled_book([["主办单位名称", "手机号码"], ["", ""], ["", ""]], a_filing())
    assert found[1:] == [("样本科技有限公司", None)]
    found = filled_book([["域名", "网站首页网址"], ["", ""], ["", ""]], a_filing(apps=0))
    assert found[1:] == [("site1.example", "www.site1.example")]


def test_a_word_table_gets_one_row_a_website() -> None:
    blank = "<w:tc><w:p/></w:tc>"

    def cell(text: str) -> str:
        return f"<w:tc><w:p>{run(text)}</w:p></w:tc>"

    head = f"<w:tr>{''.join(map(cell, ('序号', '网站名称', '域名')))}</w:tr>"
    rows = "".join(f"<w:tr>{cell(str(number))}{blank * 2}</w:tr>" for number in (1, 2, 3))
    done = fill(document(f"<w:tbl>{head}{rows}</w:tbl>"), entries(a_filing()))
    xml = xml_of(done.data)
    order = [
        xml.index(f">{text}<") for text in ("1", "样本站1号", "site1.example", "2", "样本站2号", "site2.example", "3")
    ]
    assert order == sorted(order)
    assert not {left.place.label for left in done.left} & {"1", "网站名称", "域名"}


def test_a_printed_table_gets_one_row_an_app() -> None:
    canvas, out = canvas_of()
    columns = ((60, "序号"), (100, "APP名称"), (300, "APP域名"))
    for number in range(4):
        y = 700 - 30 * number
        for (x, head), width in zip(columns, (40, 200, 200), strict=True):
            canvas.rect(x, y, width, 30)
            text = head if number == 0 else str(number) if head == "序号" else ""
            canvas.drawString(x + 6, y + 10, text)
    canvas.showPage()
    canvas.save()
    done = fill(out.getvalue(), entries(a_filing(sites=2, apps=2)))
    told = [
        [chars_in(done.data, (x, 700 - 30 * row, x + 200, 730 - 30 * row)) for x in (100, 300)] for row in (1, 2, 3)
    ]
    assert told == [["样本应用1号", "app1.example"], ["样本应用2号", "app2.example"], ["", ""]]


def test_a_blank_that_bears_a_path_gets_that_very_value() -> None:
    body = f"<w:p>{run('{{ websites[1].name }}')}</w:p><w:p>{run('{{ websites[0].name }}')}</w:p>"
    xml = xml_of(fill(document(body), entries(a_filing())).data)
    assert 0 < xml.index("样本站2号") < xml.index("样本站1号")


def test_services_without_room_in_the_form_are_told(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["网站名称", ""])
    book.save(tmp_path / "form.xlsx")
    shown, is_left = fill_command.fill(tmp_path / "form.xlsx", a_filing(sites=3), tmp_path / "out.xlsx")
    assert [(one["label"], one["why"]) for one in shown["left"]] == [("网站2", "no_room"), ("网站3", "no_room")]
    assert is_left
    _, is_left = fill_command.fill(tmp_path / "form.xlsx", a_filing(sites=1), tmp_path / "out.xlsx")
    assert not is_left
