"""Templates in the styles that offices print, filled with a filing's own words: what is asked is what is written."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pytest
from reportlab.pdfgen.canvas import Canvas

from generators.errors import GenerateError
from generators.fill import Filled, fill, learn, load_anchors
from generators.fill_assign import assign
from generators.fill_places import Place
from pipeline.build import build_filing
from pipeline.exports.template_values import entries
from pipeline.model import Filing
from tests.generators.drawn_templates import chars_in, dark_share, drawn

VALUES = {
    "filing.operation": "first_filing",
    "entity.name": "南京梧桐样本信息技术有限公司",
    "entity.nature": "enterprise",
    "entity.certificate.type": "business_licence",
    "entity.certificate.number": "91320102MA2W6T4H6Y",
    "entity.mail_address": "江苏省南京市玄武区样本东路100号5幢801室",
    "entity.legal_person.name": "徐喆",
    "entity_person.name": "古丽娜·阿迪力",
    "entity_person.certificate.number": "320105199402274825",
    "entity_person.mobile": "13800000021",
    "entity_person.emergency_phone": "13800000022",
    "entity_person.email": "beian@wutong-specimen.cn",
    "service_person.name": "李𬭎㛃",
    "service_person.mobile": "13800000099",
    "websites[0].name": "梧桐样本",
    "websites[0].domains[0].name": "wutong-specimen.cn",
}


def filing(**changes: str) -> Filing:
    values = {**VALUES, **{key.replace("__", "."): value for key, value in changes.items()}}
    return build_filing("F1", values)


def paths(labels: Sequence[str | Place], one: Filing | None = None) -> list[str]:
    """The path each label leads to, an empty one for none."""
    places = [
        label if isinstance(label, Place) else Place(label, ref=str(row), row=row) for row, label in enumerate(labels)
    ]
    assigned, _ = assign(places, entries(one or filing()))
    known = {place.ref: place.path for place in assigned}
    return [known.get(place.ref, "") for place in places]


@pytest.mark.parametrize(
    ("label", "path"),
    [
        ("主办单位名称 Name of organizer", "entity.name"), ("单位名称Companyname", "entity.name"), ("companyName", "entity.name"),
        ("通信地址\nAddress", "entity.mail_address"), ("网站名称(Website name)", "websites[0].name"), ("1、单位名称", "entity.name"),
        ("（二）网站名称", "websites[0].name"), ("域名/Domain", "websites[0].domains[0].name"), ("主体负责人", "entity_person.name"),
        ("网站负责人", "service_person.name"), ("法定代表人：", "entity.legal_person.name"), ("手机号码（主体负责人）", "entity_person.mobile"),
        ("负责人", ""), ("联系人", ""), ("证件号码 ID No.", ""), ("移动电话", ""), ("Name", ""),
    ],
)  # fmt: skip
def test_a_label_alone_leads_to_one_value_or_none(label: str, path: str) -> None:
    assert paths([label]) == [path]


def test_what_follows_a_name_is_of_that_person_and_after_another_name_of_the_other() -> None:
    asked = ["单位名称", "证件号码", "主体负责人", "证件号码", "手机号码", "服务负责人", "手机号码"]
    assert paths(asked)[1:] == [
        "entity.certificate.number", "entity_person.name", "entity_person.certificate.number", "entity_person.mobile",
        "service_person.name", "service_person.mobile",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["法定代表人", "联系人", "经办部门负责人", "网站名称"])
def test_what_follows_the_name_of_somebody_else_stays_empty(name: str) -> None:
    assert paths(["主体负责人", name, "手机号码"])[2] == ""


def test_below_two_names_side_by_side_nothing_is_guessed() -> None:
    names = [Place("主体负责人", ref="a", row=1), Place("服务负责人", ref="b", row=1)]
    assert paths([*names, Place("手机号码", ref="c", row=2), Place("手机号码", ref="d", row=3)])[2:] == ["", ""]


def test_a_value_that_only_a_name_before_it_gave_is_not_written_twice() -> None:
    assert paths(["主体负责人", "手机号码", "手机号码"])[1:] == ["", ""]


def test_a_new_heading_ends_what_was_said_before() -> None:
    below = Place("手机号码", ref="c", row=2, section="三、联系信息")
    assert paths(["主体负责人", "证件号码", below])[1:] == ["entity_person.certificate.number", ""]


def test_a_new_page_ends_what_was_said_before() -> None:
    assert paths([Place("主体负责人", ref="a", row=1), Place("手机号码", ref="b", page=2, row=2)])[1] == ""


def test_the_title_of_a_form_is_no_heading() -> None:
    places = [Place(label, ref=label, row=1, section="服务负责人授权书") for label in ("主体负责人", "身份证号")]
    assert paths(places) == ["entity_person.name", "entity_person.certificate.number"]


def test_values_that_are_the_same_need_no_telling_apart() -> None:
    same = filing(service_person__mobile=VALUES["entity_person.mobile"])
    assert paths(["手机号码"], same) == ["entity_person.mobile"]
    assert paths(["手机号码"], filing(service_person__mobile="")) == [""], "an unknown number may be another one"


def test_a_box_for_several_kinds_of_order_is_ticked_for_each_of_them() -> None:
    boxes = [Place(word, "tick", ref=word) for word in ("首次备案", "新增接入", "新增网站", "变更备案")]
    new = filing(filing__operation="new_access_other_provider")
    assigned, left = assign(boxes, entries(new))
    ticked = {entry.path for entry in entries(new) if entry.ticked}
    assert [place.label for place in assigned if place.path in ticked] == ["新增接入"]
    assert not left


def filled(draw: Callable[[Canvas], None]) -> Filled:
    return fill(drawn(draw), entries(filing()))


def row(canvas: Canvas, y: float, cells: Sequence[tuple[float, float, str]], height: float = 30) -> None:
    for x0, x1, text in cells:
        canvas.rect(x0, y, x1 - x0, height)
        canvas.drawString(x0 + 5, y + 10, text)


def test_headings_of_columns_have_their_blanks_below() -> None:
    heads = ("网站名称", "网站域名", "主体负责人", "手机号码")

    def draw(canvas: Canvas) -> None:
        row(canvas, 700, [(50 + 120 * k, 170 + 120 * k, head) for k, head in enumerate(heads)])
        row(canvas, 660, [(50 + 120 * k, 170 + 120 * k, "") for k in range(4)], 40)

    data = filled(draw).data
    shown = [chars_in(data, (50 + 120 * k, 660, 170 + 120 * k, 700)) for k in range(4)]
    assert shown == ["梧桐样本", "wutong-specimen.cn", "古丽娜·阿迪力", "13800000021"]


def test_a_heading_that_runs_down_its_cell_is_read() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.rect(50, 640, 30, 60)
        for k, char in enumerate("主办者"):
            canvas.drawString(58, 684 - 18 * k, char)
        row(canvas, 670, [(80, 170, "名    称"), (170, 500, "")])
        row(canvas, 640, [(80, 170, "证件号码"), (170, 500, "")])

    data = filled(draw).data
    assert chars_in(data, (170, 640, 500, 670)) == VALUES["entity.certificate.number"]
    assert chars_in(data, (170, 670, 500, 700)) == VALUES["entity.name"]


def test_rows_of_dots_are_written_on_and_covered_where_they_are() -> None:
    def dots(canvas: Canvas) -> None:
        canvas.drawString(60, 700, "网站域名：" + "." * 80)
        canvas.drawString(60, 660, "主体负责人：" + "…" * 20)

    def line(canvas: Canvas) -> None:
        canvas.drawString(60, 700, "网站域名：")
        canvas.line(115, 697, 400, 697)

    done = filled(dots)
    assert [place.path for place in done.filled] == ["websites[0].domains[0].name", "entity_person.name"]
    box = (120, 699, 200, 712)
    assert dark_share(done.data, box) == pytest.approx(dark_share(filled(line).data, box), rel=0.1)


def test_blanks_inside_a_sentence_are_known_by_the_words_around_them() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(60, 700, "我单位（单位名称：" + "_" * 40 + "）承诺如下：")
        canvas.drawString(60, 670, "兹授权" + "_" * 20 + "（主体负责人，身份证号：" + "_" * 24 + "）负责备案。")
        canvas.drawString(60, 640, "网站的域名为" + " " * 60 + "，内容属实。")
        canvas.line(
            60 + canvas.stringWidth("网站的域名为"), 637, 60 + canvas.stringWidth("网站的域名为" + " " * 60), 637
        )
        canvas.drawString(60, 610, "证件有效期至：____年__月__日")

    assert [place.path for place in filled(draw).filled] == [
        "entity.name", "entity_person.name", "entity_person.certificate.number", "websites[0].domains[0].name",
    ]  # fmt: skip


def test_a_value_too_long_for_its_line_goes_on_beyond_it_where_nothing_is_printed() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(60, 700, "通讯地址：")
        canvas.line(115, 697, 160, 697)
        canvas.drawString(60, 660, "本行文字说明右边的版心到哪里为止，所以要写得长一些，再长一些，直到这里。")

    data = filled(draw).data
    assert chars_in(data, (114, 697, 420, 713)) == VALUES["entity.mail_address"]
    anchors = load_anchors(learn(drawn(draw), entries(filing()), "a.pdf"))
    assert fill(drawn(draw), entries(filing()), anchors).data == data


def squares(canvas: Canvas) -> None:
    canvas.drawString(60, 700, "单位性质：")
    for number, word in enumerate(("企业", "个人")):
        canvas.rect(130 + 80 * number, 699, 9, 9)
        canvas.drawString(143 + 80 * number, 700, word)
    canvas.drawString(60, 660, "备案类型：首次备案 □   变更备案 □")


def test_drawn_squares_are_tick_boxes_and_boxes_may_stand_after_their_words() -> None:
    done = filled(squares)
    assert [place.label for place in done.filled] == ["企业", "首次备案"]
    assert dark_share(done.data, (131, 700, 138, 707)) > 0.15
    assert dark_share(done.data, (211, 700, 218, 707)) == 0


def test_squares_side_by_side_are_no_tick_boxes() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(60, 700, "证件号码")
        for number in range(18):
            canvas.rect(130 + 14 * number, 696, 14, 14)
        canvas.drawString(60, 660, "单位名称：")
        canvas.line(115, 657, 400, 657)

    assert [place.path for place in filled(draw).filled] == ["entity.name"]


def test_an_address_is_made_smaller_sooner_than_cut_in_two() -> None:
    def draw(canvas: Canvas) -> None:
        row(canvas, 690, [(50, 120, "网站域名"), (120, 216, "")], 40)

    found = chars_in(filled(draw).data, (120, 704, 216, 716))
    assert found == VALUES["websites[0].domains[0].name"], "on one line"


def form(canvas: Canvas) -> None:
    field: Any = canvas.acroForm.textfield
    for number, (label, limit) in enumerate((("单位名称", 0), ("证件号码", 18), ("主体负责人", 0), ("手机号码", 11))):
        y = 700 - 40 * number
        canvas.drawString(60, y + 8, label)
        more = {"maxlen": limit, "fieldFlags": "comb"} if limit else {}
        field(name=f"T{number}", x=140, y=y, width=360, height=26, fontName="Helvetica", **more)
    for number, word in enumerate(("企业", "个人")):
        canvas.drawString(60 + 90 * number, 503, word)
        canvas.acroForm.checkbox(name=f"C{number}", x=90 + 90 * number, y=500, size=14)


def test_fields_with_a_part_for_each_character_get_one_in_each() -> None:
    data = filled(form).data
    number = VALUES["entity.certificate.number"]
    assert [chars_in(data, (140 + 20 * k, 660, 160 + 20 * k, 686)) for k in range(18)] == list(number)
    anchors = load_anchors(learn(drawn(form), entries(filing()), "a.pdf"))
    assert fill(drawn(form), entries(filing()), anchors).data == data


def test_a_field_whose_name_and_print_disagree_is_left_to_a_person() -> None:
    def draw(canvas: Canvas) -> None:
        for number, (label, name) in enumerate((("网站名称", "company"), ("手机号码", "entity_person_mobile"))):
            canvas.drawString(60, 708 - 40 * number, label)
            canvas.acroForm.textfield(name=name, x=140, y=700 - 40 * number, width=200, height=26)

    done = filled(draw)
    assert [place.path for place in done.filled] == ["entity_person.mobile"]
    assert [one.choose for one in done.left] == [("entity.name", "websites[0].name")]


def test_words_before_the_boxes_of_a_form_are_theirs() -> None:
    assert [place.label for place in filled(form).filled if place.kind == "tick"] == ["企业"]


W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
W14 = 'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'
MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'


def run(text: str, properties: str = "") -> str:
    return f'<w:r>{properties and f"<w:rPr>{properties}</w:rPr>"}<w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(*parts: str) -> str:
    return f"<w:p>{''.join(part if part.startswith('<') else run(part) for part in parts)}</w:p>"


def cell(text: str = "", properties: str = "") -> str:
    inner = text if text.startswith("<w:p") else paragraph(text) if text else "<w:p/>"
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{inner}</w:tc>"


def word_table(*rows: Sequence[str]) -> str:
    shown = ("".join(one if one.startswith("<w:tc") else cell(one) for one in cells) for cells in rows)
    return f"<w:tbl>{''.join(f'<w:tr>{cells}</w:tr>' for cells in shown)}</w:tbl>"


def word(*blocks: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        xml = f"<w:document {W} {W14} {MC}><w:body>{''.join(blocks)}</w:body></w:document>"
        archive.writestr("word/document.xml", xml)
    return out.getvalue()


def xml_after(*blocks: str) -> str:
    done = fill(word(*blocks), entries(filing()))
    with zipfile.ZipFile(io.BytesIO(done.data)) as archive:
        xml = archive.read("word/document.xml").decode()
    ElementTree.fromstring(xml)
    return xml


def shown(xml: str) -> str:
    """The text of a document, a line for each paragraph."""
    tab = xml.replace("<w:tab/>", "<w:t>\t</w:t>")
    return "\n".join("".join(re.findall(r"<w:t(?: [^>]*)?>([^<]*)</w:t>", one)) for one in tab.split("</w:p>"))


LINE = '<w:u w:val="single"/>'


@pytest.mark.parametrize(
    ("line", "path"),
    [
        (paragraph("单位名称：", run(" " * 30, LINE)), "entity.name"),
        (paragraph("单位", "名称", "：", run(" " * 15, LINE), run(" " * 15, LINE)), "entity.name"),
        (paragraph("网站域名：____________。"), "websites[0].domains[0].name"),
        (paragraph("主体负责人：＿＿＿＿＿＿＿＿"), "entity_person.name"),
        (paragraph("通信地址：", f"<w:r><w:rPr>{LINE}</w:rPr><w:tab/><w:tab/></w:r>"), "entity.mail_address"),
        (paragraph("本单位（单位名称：________）承诺遵守规定。"), "entity.name"),
        (paragraph("本人________（主体负责人）承诺遵守规定。"), "entity_person.name"),
        (paragraph("兹授权________（主体负责人，男）负责。"), "entity_person.name"),
        (paragraph("我单位网站名称（________）与内容一致。"), "websites[0].name"),
        (paragraph("网站的域名为________。"), "websites[0].domains[0].name"),
        (paragraph("网站名称："), "websites[0].name"),
        (word_table(["通信地址：", "邮政编码："]), "entity.mail_address"),
        (word_table(["单位全称：", ""]), "entity.name"),
        (word_table(["网站名称 Website name", cell(paragraph("______"))]), "websites[0].name"),
    ],
)  # fmt: skip
def test_a_line_of_a_word_form_is_written_on(line: str, path: str) -> None:
    assert shown(xml_after(line)).count(VALUES[path]) == 1


@pytest.mark.parametrize("line", ["证件有效期至：____年__月__日", "主体负责人承诺如下：", "主体负责人：____月"])
def test_parts_of_dates_and_words_before_a_list_are_no_blanks(line: str) -> None:
    assert shown(xml_after(paragraph("单位名称：____"), paragraph(line))).splitlines()[1] == line


def test_a_natural_person_has_no_legal_representative() -> None:
    person = filing(
        entity__nature="individual", entity__name="李𬭎㛃", entity_person__name="李𬭎㛃", entity__legal_person__name=""
    )
    assert paths(["姓名", "身份证号码", "联系电话"], person)[0] == "entity_person.name"


def test_a_value_on_underscores_has_a_line_under_it_as_long_as_they_were() -> None:
    xml = xml_after(paragraph(run("网站名称：____________（全称）", "<w:b/><w:lang/>")))
    assert f'<w:rPr><w:b/>{LINE}<w:lang/></w:rPr><w:t xml:space="preserve">梧桐样本    </w:t>' in xml
    assert shown(xml).strip() == "网站名称：梧桐样本    （全称）"


def test_cells_merged_over_rows_say_whose_value_a_label_means() -> None:
    start, on = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    wide = '<w:gridSpan w:val="2"/>'
    made = shown(
        xml_after(
            word_table(
                [cell("主体负责人信息", start), "手机号码", cell("", wide)],
                [cell("", on), "证件号码", cell("", wide)],
                [cell("网站负责人信息", start), "手机号码", "", ""],
                [cell("", on), "备注", "", ""],
            )
        )
    )
    assert made.split() == [
        "主体负责人信息", "手机号码", VALUES["entity_person.mobile"], "证件号码", VALUES["entity_person.certificate.number"],
        "网站负责人信息", "手机号码", VALUES["service_person.mobile"], "备注",
    ]  # fmt: skip


def test_headings_of_columns_of_a_word_table_have_their_blanks_below() -> None:
    made = shown(xml_after(word_table(["网站名称", "网站域名", "网站负责人"], ["", "", ""], ["", "", ""])))
    assert made.split()[3:] == ["梧桐样本", "wutong-specimen.cn", "李𬭎㛃"]


def test_tables_in_cells_are_filled_and_the_cell_around_them_is_no_label() -> None:
    inner = cell(f"<w:p/>{word_table(['单位名称', ''], ['证件号码', ''])}<w:p/>")
    made = shown(xml_after(word_table([inner, ""])))
    assert made.split() == ["单位名称", VALUES["entity.name"], "证件号码", VALUES["entity.certificate.number"]]


def control(inner: str, properties: str = "<w:showingPlcHdr/>") -> str:
    return f"<w:sdt><w:sdtPr>{properties}</w:sdtPr><w:sdtContent>{inner}</w:sdtContent></w:sdt>"


def test_a_content_control_gets_its_value_in_place_of_its_prompt() -> None:
    prompt = run("单击此处输入文字。", '<w:rStyle w:val="a3"/><w:color w:val="808080"/>')
    xml = xml_after(
        word_table(["单位名称", cell(paragraph(control(prompt)))]), paragraph("网站域名：", control(prompt))
    )
    assert shown(xml).split() == [
        "单位名称",
        VALUES["entity.name"],
        f"网站域名：{VALUES['websites[0].domains[0].name']}",
    ]
    assert "showingPlcHdr" not in xml
    assert "808080" not in xml


def test_tick_boxes_of_word_are_ticked_in_their_own_way() -> None:
    state = '<w14:checkbox><w14:checked w14:val="0"/><w14:checkedState w14:val="2612"/></w14:checkbox>'
    begin = '<w:fldChar w:fldCharType="begin"><w:ffData><w:checkBox><w:default w:val="0"/></w:checkBox></w:ffData></w:fldChar>'
    old = f'<w:r>{begin}</w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'
    symbol = '<w:r><w:sym w:font="Wingdings 2" w:char="F0A3"/></w:r>'
    xml = xml_after(
        paragraph(control(run("☐"), state), "企业 ", control(run("☐"), state), "个人"),
        paragraph(old, "首次备案 ", old, "变更备案"),
        paragraph(symbol, "网站 ", symbol, "APP"),
    )
    assert "☒企业 ☐个人" in shown(xml)
    assert xml.count('<w14:checked w14:val="1"/>') == xml.count("<w:checked/>") == 1
    assert xml.index("<w:checked/>") < xml.index("首次备案") < xml.rindex("<w:checkBox>")
    assert ("☑网站" in shown(xml), xml.count("<w:sym ")) == (True, 1)


def test_an_old_form_field_gets_its_value() -> None:
    def field(kind: str) -> str:
        return f'<w:r><w:fldChar w:fldCharType="{kind}">{"<w:ffData><w:textInput/></w:ffData>" if kind == "begin" else ""}</w:fldChar></w:r>'

    parts = (field("begin"), field("separate"), run("\u2002" * 5), field("end"))
    xml = xml_after(word_table(["手机号码（主体负责人）", cell(paragraph(*parts))]))
    assert shown(xml).split()[1] == VALUES["entity_person.mobile"]


def test_what_a_text_box_holds_twice_is_filled_in_both() -> None:
    inside = f"<w:txbxContent>{paragraph('服务负责人：________')}</w:txbxContent>"
    box = (
        f"<mc:AlternateContent><mc:Choice>{inside}</mc:Choice><mc:Fallback>{inside}</mc:Fallback></mc:AlternateContent>"
    )
    assert shown(xml_after(f"<w:p><w:r>{box}</w:r></w:p>")).count(VALUES["service_person.name"]) == 2


def test_a_word_file_that_grows_when_unpacked_is_refused() -> None:
    out = io.BytesIO(word(paragraph("单位名称：________")))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/media/image1.png", bytes(101_000_000))
    assert len(out.getvalue()) < 200_000
    with pytest.raises(GenerateError, match="no readable Word file"):
        fill(out.getvalue(), entries(filing()))


def test_only_a_person_writes_after_signatures_seals_and_dates() -> None:
    by_hand = [paragraph(f"{label}：________") for label in ("法定代表人（签字）", "单位（盖章）", "日期", "经办人")]
    done = fill(word(paragraph("单位名称：______"), *by_hand), entries(filing()))
    assert [place.path for place in done.filled] == ["entity.name"]
    assert {one.why for one in done.left} == {"never"}


def test_a_sheet_with_a_row_of_headings_is_filled_in_the_row_below() -> None:
    book = openpyxl.Workbook()
    book.active.append(["主办单位名称", "证件号码", "主体负责人姓名", "手机号码", "网站域名"])
    done = openpyxl.load_workbook(io.BytesIO(fill(saved(book), entries(filing())).data)).active
    assert [cell.value for cell in done[2]] == [
        VALUES[path]
        for path in ("entity.name", "entity.certificate.number", "entity_person.name", "entity_person.mobile", "websites[0].domains[0].name")
    ]  # fmt: skip


def test_boxes_with_a_cell_of_their_own_and_boxes_after_their_words_are_ticked() -> None:
    book = openpyxl.Workbook()
    for row in (["企业", "□", "个人", "□"], ["□", "首次备案", "□", "变更备案"], ["网站□  APP□"]):
        book.active.append(row)
    done = openpyxl.load_workbook(io.BytesIO(fill(saved(book), entries(filing())).data)).active
    assert [done[place].value for place in ("B1", "D1", "A2", "C2", "A3")] == ["☑", "□", "☑", "□", "网站☑  APP□"]


def test_shapes_that_a_filled_sheet_loses_are_named() -> None:
    book = openpyxl.Workbook()
    book.active.append(["主办单位名称"])
    made = io.BytesIO(saved(book))
    with zipfile.ZipFile(made, "a") as archive:
        archive.writestr("xl/drawings/drawing1.xml", '<xdr:wsDr xmlns:xdr="urn:x"><xdr:sp/></xdr:wsDr>')
        archive.writestr("xl/drawings/drawing2.xml", '<xdr:wsDr xmlns:xdr="urn:x"><xdr:pic/></xdr:wsDr>')
    left = fill(made.getvalue(), entries(filing())).left
    assert [(one.place.label, one.why) for one in left] == [("xl/drawings/drawing1.xml", "lost")]


def saved(book: Any) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
