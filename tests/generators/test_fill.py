"""Supplied templates: every value lands in its blank, seals and dates stay empty, and wrong templates are refused."""

from __future__ import annotations

import contextlib
import io
import random
from typing import Any

import openpyxl
import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject
from reportlab.pdfbase.ttfonts import TTFont

from generators import fonts
from generators.errors import DoesNotFit, GenerateError, MissingGlyph, TemplateMismatch
from generators.fill import fill, kind_of
from generators.fill_places import Entry, is_never, plain_name
from tests.generators.drawn_templates import canvas_of, chars_in, dark_share
from tests.generators.templates import ENTRIES, VALUES, document, form, run, sheet, table, written, xml_of, zipped


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
