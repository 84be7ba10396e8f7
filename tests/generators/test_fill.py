"""Supplied templates: every value lands in its blank, seals and dates stay empty, and wrong templates are refused."""

from __future__ import annotations

import contextlib
import io
import random
import zipfile
from collections.abc import Sequence
from typing import Any

import openpyxl
import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject
from reportlab.pdfbase.ttfonts import TTFont

from generators import fonts
from generators.errors import DoesNotFit, GenerateError, MissingGlyph, TemplateMismatch
from generators.fill import fill, kind_of, learn, load_anchors
from generators.fill_places import Box, Entry, is_never, plain_name
from tests.generators.drawn_templates import canvas_of, chars_in, dark_share

VALUES = {
    "entity.name": ("主办单位名称", "南京梧桐样本信息技术有限公司"),
    "entity.certificate.number": ("证件号码", "91320102MA2W6T4H6Y"),
    "entity.mail_address": ("通讯地址", "江苏省南京市玄武区样本东路100号5幢801室（样本产业园二期东门旁）"),
    "entity_person.name": ("负责人姓名", "古丽娜·阿迪力"),
    "entity_person.mobile": ("手机号码", "13800000021"),
    "entity_person.email": ("电子邮件", "beian@wutong-specimen.cn"),
    "service_person.name": ("服务负责人", "李𬭎㛃"),
    "apps[0].name": ("APP名称", "梧桐样本记事"),
}
NAMES = {
    path: path.replace("apps[0]", "app").replace("certificate.number", "cert_no").replace(".", "_") for path in VALUES
}
ENTRIES = [
    *(Entry(path, (label, NAMES[path]), value) for path, (label, value) in VALUES.items()),
    Entry("entity.nature=enterprise", ("企业", "entity_nature_enterprise"), ticked=True),
    Entry("entity.nature=individual", ("个人", "entity_nature_individual"), ticked=False),
    Entry("service=app", ("APP应用", "service_type_app"), ticked=True),
]


def form(extra: Sequence[tuple[str, Box]] = (), *, width: float = 300) -> bytes:
    """An AcroForm whose fields use Helvetica, with a seal field and three tick boxes."""
    canvas, out = canvas_of()
    for number, (path, (label, _)) in enumerate(VALUES.items()):
        y = 760 - 40 * number
        canvas.drawString(60, y + 8, label)
        canvas.acroForm.textfield(name=NAMES[path], x=200, y=y, width=width, height=28, fontName="Helvetica")
    canvas.acroForm.textfield(name="盖章", x=200, y=300, width=200, height=60, fontName="Helvetica")
    canvas.acroForm.textfield(name="sign_date", x=200, y=250, width=200, height=30, fontName="Helvetica")
    for number, name in enumerate(("entity_nature_enterprise", "entity_nature_individual", "service_type_app")):
        canvas.acroForm.checkbox(name=name, x=60 + 40 * number, y=400, size=14)
    for name, (x, y, right, top) in extra:
        canvas.acroForm.textfield(name=name, x=x, y=y, width=right - x, height=top - y, fontName="Helvetica")
    canvas.showPage()
    canvas.save()
    return out.getvalue()


ROW = 34


def table(labels: Sequence[str] | None = None, *, offset: float = 0) -> bytes:
    """A printed table, two columns, with tick boxes, a letter line with a rule, a seal's cell and a date line."""
    canvas, out = canvas_of()
    if offset:
        canvas.translate(offset, 0)
    names = list(labels if labels is not None else [label for label, _ in VALUES.values()])
    top = 780
    for number, label in enumerate(names):
        y = top - ROW * (number + 1)
        canvas.rect(60, y, 120, ROW)
        canvas.rect(180, y, 340, ROW)
        canvas.drawString(66, y + 12, label)
    low = top - ROW * (len(names) + 1)
    canvas.rect(60, low, 120, ROW)
    canvas.rect(180, low, 340, ROW)
    canvas.drawString(66, low + 12, "单位性质")
    canvas.drawString(190, low + 12, "□企业  □个人   □APP应用")
    for label, row in (("单位盖章", 2), ("签署日期", 3), ("负责人签字", 4)):
        canvas.rect(60, low - ROW * (row - 1), 120, ROW)
        canvas.rect(180, low - ROW * (row - 1), 340, ROW)
        canvas.drawString(66, low - ROW * (row - 1) + 12, label)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def cell(row: int, *, offset: float = 0) -> Box:
    return 180 + offset, 780 - ROW * (row + 1), 520 + offset, 780 - ROW * row


def values_of(entries: Sequence[Entry] = ENTRIES) -> dict[str, str]:
    return {entry.path: entry.value for entry in entries if entry.value}


@pytest.mark.parametrize(
    ("label", "plain"),
    [
        ("证件号码（必填）：", "证件号码"),
        ("  主 办 单 位 名 称 ", "主办单位名称"),
        ("*APP Name:", "appname"),
        ("entity_person.mobile", "entitypersonmobile"),
    ],
)
def test_labels_are_compared_without_marks_and_hints(label: str, plain: str) -> None:
    assert plain_name(label) == plain


@pytest.mark.parametrize(
    ("label", "never"),
    [
        ("单位盖章", True), ("负责人签名", True), ("法定代表人签字：", True), ("日期", True), ("填表日期：", True),
        ("年　月　日", True), ("sign_date", True), ("Signature1", True), ("按手印", True),
        ("域名注册日期", False), ("出生日期", False), ("证件有效期", False), ("主办单位名称", False), ("entity_name", False),
        ("签名MD5值", False), ("签名指纹", False), ("signature_md5", False),
    ],
)  # fmt: skip
def test_what_only_a_person_may_write_is_known(label: str, never: bool) -> None:
    assert is_never(label) is never


def test_every_value_of_a_form_lies_inside_its_field() -> None:
    filled = fill(form(), ENTRIES)
    assert filled.kind == "acroform"
    for number, (_, value) in enumerate(VALUES.values()):
        y = 760 - 40 * number
        assert chars_in(filled.data, (200, y, 500, y + 28)) == "".join(value.split())
    assert {place.path for place in filled.filled} == set(VALUES) | {"entity.nature=enterprise", "service=app"}


def test_a_filled_form_has_no_fields_left_and_its_seal_and_date_stay_empty() -> None:
    filled = fill(form(), [*ENTRIES, Entry("seal", ("盖章", "sign_date"), "假印章")])
    reader = PdfReader(io.BytesIO(filled.data))
    assert "/AcroForm" not in reader.root_object
    assert not reader.pages[0].get("/Annots")
    assert dark_share(filled.data, (200, 300, 400, 360)) == 0
    assert dark_share(filled.data, (200, 250, 400, 280)) == 0
    assert {one.place.label for one in filled.left if one.why == "never"} == {"盖章", "sign_date"}


def nameless_form() -> bytes:
    """Fields called Text1, Check1 …: only the print beside or above them says what they are for."""
    canvas, out = canvas_of()
    field = canvas.acroForm.textfield
    for number, (label, _) in enumerate(VALUES.values()):
        y, above = 760 - 50 * number, number % 2
        canvas.drawString(*((60, y + 8) if not above else (200, y + 32)), f"{label}：")
        field(name=f"Text{number}", x=200, y=y, width=300, height=28, fontName="Helvetica")
    for number, label in enumerate(("负责人（签字）：", "日期：")):
        canvas.drawString(60 + 240 * number, 308, label)
        field(name=f"Text{20 + number}", x=150 + 240 * number, y=300, width=120, height=28, fontName="Helvetica")
    for number, word in enumerate(("企业", "个人", "APP应用")):
        canvas.acroForm.checkbox(name=f"Check{number}", x=60 + 90 * number, y=240, size=14)
        canvas.drawString(78 + 90 * number, 243, word)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def test_fields_without_telling_names_are_known_by_what_is_printed_beside_them() -> None:
    done = fill(nameless_form(), ENTRIES)
    for number, (_, value) in enumerate(VALUES.values()):
        y = 760 - 50 * number
        assert chars_in(done.data, (199, y - 1, 501, y + 29)) == value
    assert sorted(place.label for place in done.filled if place.kind == "tick") == ["APP应用", "企业"]
    assert {one.place.label for one in done.left if one.why == "never"} == {"负责人（签字）：", "日期："}
    assert all(dark_share(done.data, (x, 305, x + 110, 326)) == 0 for x in (155, 395))


def test_fields_of_two_columns_take_the_label_next_to_them() -> None:
    canvas, out = canvas_of()
    for column, label in enumerate(("手机号码", "电子邮件")):
        canvas.drawString(60 + 260 * column, 708, label)
        canvas.acroForm.textfield(name=f"f{column}", x=130 + 260 * column, y=700, width=150, height=26)
    canvas.showPage()
    canvas.save()
    made = fill(out.getvalue(), ENTRIES).data
    assert chars_in(made, (130, 700, 280, 726)) == "13800000021"
    assert chars_in(made, (390, 700, 540, 726)) == "beian@wutong-specimen.cn"


def test_tick_boxes_of_a_form_are_ticked_as_said() -> None:
    data = fill(form(), ENTRIES).data
    assert dark_share(data, (60, 400, 74, 414)) > 0.1
    assert dark_share(data, (140, 400, 154, 414)) > 0.1
    assert dark_share(data, (104, 404, 110, 410)) == 0, "no tick"
    assert dark_share(data, (100, 400, 114, 414)) > 0.05, "but its frame"


def test_the_right_one_of_several_radio_buttons_is_ticked() -> None:
    canvas, out = canvas_of()
    for number, state in enumerate(("enterprise", "individual", "foundation")):
        chosen = state == "individual"
        canvas.acroForm.radio(name="entity_nature", value=state, selected=chosen, x=100 + 60 * number, y=500, size=16)
    canvas.showPage()
    canvas.save()
    made = fill(out.getvalue(), ENTRIES)
    assert [place.ref for place in made.filled] == ["entity_nature=enterprise"]
    inner = [dark_share(made.data, (104 + 60 * number, 504, 112 + 60 * number, 512)) for number in range(3)]
    assert inner[0] > 0.05
    assert inner[1:] == [0, 0], "the template's own choice gives way"


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


def test_a_label_that_stands_twice_is_refused() -> None:
    with pytest.raises(TemplateMismatch, match="2 times"):
        fill(table(["主办单位名称", "手机号码", "手机号码"]), ENTRIES)


def test_a_template_without_any_known_label_is_refused() -> None:
    with pytest.raises(TemplateMismatch, match="0 found"):
        fill(table(["品名", "数量"]), [ENTRIES[0]])


def test_a_name_that_means_two_values_is_left_to_a_person() -> None:
    entries = [Entry("a.name", ("姓名",), "甲"), Entry("b.name", ("姓名",), "乙"), ENTRIES[0]]
    filled = fill(table(["主办单位名称", "姓名"]), entries)
    assert [place.path for place in filled.filled] == ["entity.name"]
    assert [(one.why, one.choose) for one in filled.left if one.place.label == "姓名"] == [
        ("ambiguous", ("a.name", "b.name"))
    ]


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


def test_a_value_that_is_not_known_is_reported_not_drawn() -> None:
    filled = fill(table(["主办单位名称", "手机号码"]), [ENTRIES[0], Entry("entity_person.mobile", ("手机号码",), "")])
    assert [(one.place.path, one.why) for one in filled.left if one.place.path] == [
        ("entity_person.mobile", "no_value")
    ]


def test_a_long_value_shrinks_and_one_too_long_is_refused() -> None:
    address = "江苏省南京市玄武区样本东路" * 4
    entries = [Entry("entity.mail_address", ("extra",), address)]
    made = fill(form([("extra", (60, 100, 300, 124))]), entries).data
    assert chars_in(made, (60, 100, 300, 124)) == address
    with pytest.raises(DoesNotFit) as caught:
        fill(form([("extra", (60, 100, 120, 114))]), entries)
    assert "extra" in caught.value.zh
    assert address not in caught.value.zh


def test_a_character_without_font_is_named_before_anything_is_drawn() -> None:
    with pytest.raises(MissingGlyph, match=r"U\+1F600"):
        fill(form(), [Entry("entity.name", ("entity_name",), "样本😀")])


def test_the_same_template_and_values_give_the_same_bytes() -> None:
    for template in (form(), table(), sheet(), document()):
        assert fill(template, ENTRIES).data == fill(template, ENTRIES).data


def test_what_a_form_had_filled_in_itself_stays() -> None:
    canvas, out = canvas_of()
    canvas.acroForm.textfield(name="entity_name", x=60, y=700, width=300, height=28, fontName="Helvetica")
    canvas.acroForm.textfield(name="provider", value="HUAWEI", x=60, y=600, width=300, height=28, fontName="Helvetica")
    canvas.showPage()
    canvas.save()
    made = fill(out.getvalue(), ENTRIES).data
    assert chars_in(made, (60, 600, 360, 628)) == "HUAWEI"


def with_xfa(template: bytes) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(template)))
    writer.root_object[NameObject("/AcroForm")].get_object()[NameObject("/XFA")] = TextStringObject("x")  # type: ignore[index]
    return written(writer)


def with_password(template: bytes) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(template)))
    writer.encrypt("geheim", algorithm="RC4-128")
    return written(writer)


def turned(template: bytes) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(template)))
    writer.pages[0].rotate(90)
    return written(writer)


def written(writer: PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def zipped(**members: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in members.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), text)
    return out.getvalue()


@pytest.mark.parametrize(
    ("template", "words"),
    [
        (with_xfa(form()), "XFA"),
        (with_password(form()), "密码"),
        (turned(table()), "旋转"),
        (b"%PDF-1.7 nothing more", "不是可读的 PDF"),
        (b"\xd0\xcf\x11\xe0 old word", ".docx"),
        (zipped(xl__workbook_xml="<x"), "Excel"),
        (zipped(word__document_xml="<w:p"), "Word"),
        (zipped(word__document_xml='<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'), "Word"),
        (zipped(word__document_xml='<a xmlns:w="w">{% for x in y %}</a>'), "{%"),
    ],
    ids=["xfa", "password", "turned", "broken pdf", "old word", "broken xlsx", "broken docx", "doctype", "statements"],
)
def test_templates_that_cannot_be_filled_say_why(template: bytes, words: str) -> None:
    with pytest.raises(GenerateError) as caught:
        fill(template, ENTRIES)
    assert words in caught.value.zh
    assert caught.value.en


def sheet() -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    page.append(["备案信息表"])
    for label, _ in VALUES.values():
        page.append([label + "："])
    page.append(["单位性质", "□企业  □个人  □APP应用"])
    page.append(["单位盖章"])
    page.merge_cells("A2:B2")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_an_excel_template_is_filled_beside_its_labels() -> None:
    filled = fill(sheet(), ENTRIES)
    page = openpyxl.load_workbook(io.BytesIO(filled.data)).active
    label, value = VALUES["entity.name"]
    assert page["A2"].value == f"{label}：{value}", "a label merged over the whole width has its room in its own cell"
    assert [page.cell(row, 2).value for row in range(3, 10)] == [value for _, value in list(VALUES.values())[1:]]
    assert page["B10"].value == "☑企业  □个人  ☑APP应用"
    assert page["B11"].value is None


def test_a_value_that_looks_like_a_formula_stays_a_text() -> None:
    filled = fill(sheet(), [Entry("apps[0].name", ("APP名称",), "=1+1")])
    found = openpyxl.load_workbook(io.BytesIO(filled.data)).active["B9"]
    assert (found.value, found.data_type) == ("=1+1", "s")


W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


def document(body: str = "") -> bytes:
    rows = "".join(
        f"<w:tr><w:tc><w:p>{run(label)}</w:p></w:tc><w:tc><w:tcPr/><w:p{' /' if number % 2 else '><w:pPr/></w:p'}></w:tc></w:tr>"
        for number, (label, _) in enumerate(VALUES.values())
    )
    seal = f"<w:tr><w:tc><w:p>{run('单位盖章')}</w:p></w:tc><w:tc><w:p/></w:tc></w:tr>"
    ticks = f"<w:p>{run('□企')}{run('业 □个人 &amp; □APP应用')}</w:p>"
    xml = (
        f'<?xml version="1.0" encoding="UTF-8"?><w:document {W} xmlns:mc="urn:mc" mc:Ignorable="w14" xmlns:w14="urn:w14">'
        f"<w:body>{ticks}{body}<w:tbl>{rows}{seal}</w:tbl></w:body></w:document>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", xml)
    return out.getvalue()


def xml_of(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read("word/document.xml").decode()


def test_a_word_template_is_filled_in_cells_boxes_and_holes() -> None:
    hole = f"<w:p>{run('承诺单位：{{ entity_')}{run('name }}，&lt;样本&gt;')}</w:p>"
    entries = [Entry("entity.name", ("entity_name", "主办单位名称"), "甲 & 乙<有限>公司"), *ENTRIES[1:]]
    xml = xml_of(fill(document(hole), entries).data)
    assert xml.count("甲 &amp; 乙&lt;有限&gt;公司") == 2, "what bears the value's name may stand beside its label"
    assert "承诺单位：甲 &amp; 乙&lt;有限&gt;公司" in xml
    assert "，&lt;样本&gt;" in xml
    assert "☑企" in xml
    assert "业 □个人 &amp; ☑APP应用" in xml
    for path, (label, value) in list(VALUES.items())[1:]:
        after = xml.partition(f">{label}<")[2]
        assert after.index(f">{value}<") < after.index("</w:tr>"), path
    assert xml.partition("单位盖章")[2].startswith("</w:t></w:r></w:p></w:tc><w:tc><w:p/></w:tc></w:tr>")
    assert 'mc:Ignorable="w14" xmlns:w14="urn:w14"' in xml, "what is not filled stays byte for byte"


@pytest.mark.parametrize("make", [form, table, sheet, document], ids=["acroform", "flat", "xlsx", "docx"])
def test_anchors_that_were_learned_fill_the_same(make: Any) -> None:
    template = make()
    anchors = load_anchors(learn(template, ENTRIES, "模板"))
    assert fill(template, ENTRIES, anchors).data == fill(template, ENTRIES).data


def test_anchors_give_twice_found_labels_their_values() -> None:
    template = table(["负责人姓名", "手机号码", "服务负责人", "手机号码"])
    entries = [*ENTRIES, Entry("service_person.mobile", ("服务手机",), "13800000099")]
    text = learn(template, entries, "模板.pdf")
    head, mark, tail = text.rpartition("path: entity_person.mobile")
    anchors = load_anchors(f"{head}path: service_person.mobile{tail}")
    assert mark
    made = fill(template, entries, anchors).data
    assert chars_in(made, cell(1)) == "13800000021"
    assert chars_in(made, cell(3)) == "13800000099"


def test_anchors_of_another_template_are_refused() -> None:
    anchors = load_anchors(learn(table(), ENTRIES, "模板.pdf"))
    with pytest.raises(TemplateMismatch, match="has changed"):
        fill(table(offset=1), ENTRIES, anchors)


@pytest.mark.parametrize("text", ["", "[1, 2]", "places: 5", "sha256: a\nkind: flat\nplaces: [{path: a}]", "a: : b"])
def test_damaged_anchors_are_refused(text: str) -> None:
    with pytest.raises(GenerateError, match="cannot be read"):
        load_anchors(text)


@pytest.mark.parametrize(
    ("make", "old", "new"), [(sheet, "ref: B3", "ref: '?'"), (document, "ref: cell 1 1", "ref: cell 99 1")]
)
def test_anchors_that_point_nowhere_are_refused(make: Any, old: str, new: str) -> None:
    template = make()
    text = learn(template, ENTRIES, "t")
    assert old in text
    with pytest.raises(TemplateMismatch, match="lacks"):
        fill(template, ENTRIES, load_anchors(text.replace(old, new)))


def test_anchors_cannot_fill_what_only_a_person_may_write() -> None:
    template = table()
    text = learn(template, ENTRIES, "t").replace("label: APP名称", "label: 单位盖章")
    filled = fill(template, ENTRIES, load_anchors(text))
    assert "apps[0].name" not in {place.path for place in filled.filled}


@pytest.mark.parametrize("make", [form, table, sheet, document], ids=["acroform", "flat", "xlsx", "docx"])
def test_a_damaged_template_is_filled_or_refused_never_anything_else(make: Any) -> None:
    template = bytearray(make())
    rng = random.Random(11)
    for _ in range(40):
        damaged = bytearray(template)
        for _ in range(rng.randint(1, 6)):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        if rng.random() < 0.3:
            del damaged[rng.randrange(len(damaged)) :]
        with contextlib.suppress(GenerateError):
            assert fill(bytes(damaged), ENTRIES).data


def test_kinds_are_told_by_content() -> None:
    assert [kind_of(one) for one in (form(), table(), sheet(), document())] == ["acroform", "flat", "xlsx", "docx"]


def test_an_empty_form_dictionary_is_no_form() -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(table())))
    writer.root_object[NameObject("/AcroForm")] = DictionaryObject()
    assert kind_of(written(writer)) == "flat"


def test_fonts_of_the_result_are_embedded() -> None:
    reader = PdfReader(io.BytesIO(fill(table(), ENTRIES).data))
    for font in reader.pages[0]["/Resources"]["/Font"].values():  # type: ignore[index]
        descriptor = font.get_object().get("/FontDescriptor")
        assert descriptor is not None
        assert "/FontFile2" in descriptor.get_object()


def test_the_test_font_is_ours() -> None:
    assert isinstance(fonts.load("BeianSerif"), TTFont)
