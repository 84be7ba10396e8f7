from __future__ import annotations

import io
from collections.abc import Callable

import pypdf
import pytest

from generators import sheet
from generators.errors import MissingGlyph
from generators.sheet_model import CoverInfo, FindingRow, ReadingRow, TodoGroup, ValueGroup, ValueRow

TextOf = Callable[[bytes], str]
COVER = CoverInfo(
    "ICP备案材料核对包", "深圳市云帆网络科技有限公司", "首次备案", "广东省", "华为云", "2026-11-22", 1, 2, 3,
    (TodoGroup("mend", ("更换服务负责人手机号码",), ("Give another mobile",)), TodoGroup("sign", ("承诺书：法定代表人签名",)), TodoGroup("seal", ())),
    (("备案编号", "F-1"),),
    ("一张扫描件已缩小",),
)  # fmt: skip


def finding(severity: str, text: str) -> FindingRow:
    return FindingRow(
        severity, text, "english " + text, "请更换", "change it", "service_person.mobile", "gd.phone", "likely_current",
        "广东备案规则", "2026-01-19", "https://example.com/rule",
    )  # fmt: skip


def test_the_cover_shows_status_counts_and_what_is_left_to_do(text_of: TextOf) -> None:
    text = text_of(sheet.cover(COVER).pdf())
    for words in (
        "深圳市云帆网络科技有限公司", "首次备案", "广东省", "华为云", "2026年11月22日", "尚有1项必须处理", "F-1",
        "更换服务负责人手机号码", "承诺书：法定代表人签名", "一张扫描件已缩小", "Giveanothermobile", "1tobemended",
    ):  # fmt: skip
        assert words in text
    assert "需盖章" not in text


def test_findings_come_with_blockers_first_and_with_their_source(text_of: TextOf) -> None:
    rows = [finding("note", "提示甲"), finding("warning", "核实乙"), finding("blocker", "必须丙")]
    text = text_of(sheet.findings_sheet(rows).pdf())
    assert text.index("必须丙") < text.index("核实乙") < text.index("提示甲")
    for words in (
        "service_person.mobile",
        "广东备案规则",
        "2026-01-19",
        "https://example.com/rule",
        "可能现行",
        "请更换",
    ):
        assert words in text


def test_no_findings_are_said_to_be_none(text_of: TextOf) -> None:
    assert "没有意见" in text_of(sheet.findings_sheet([]).pdf())


def test_many_findings_run_over_pages_without_loss(text_of: TextOf) -> None:
    rows = [finding("warning", f"第{number:03d}号意见。" * 6) for number in range(60)]
    text = text_of(sheet.findings_sheet(rows).pdf())
    assert all(f"第{number:03d}号意见" in text for number in range(60))


def test_values_stand_beside_their_origin_confidence_and_disagreements(
    jpeg: Callable[..., bytes], text_of: TextOf
) -> None:
    reading = ReadingRow("欧阳𬭎", "身份证.jpg", 2, "识别，校验码无误", 0.999, jpeg(120, 30))
    other = ReadingRow("欧阳铉", "申请表.pdf", 1, "PDF 文字", 0.6)
    rows = (ValueRow("姓名", "Name", "欧阳𬭎", reading, (other,)), ValueRow("备注", "Remark", ""))
    pdf = sheet.values_sheet([ValueGroup("主体负责人", "Person in charge", rows)]).pdf()
    text = text_of(pdf)
    for words in (
        "欧阳𬭎",
        "身份证.jpg第2页",
        "99%",
        "识别，校验码无误",
        "不一致",
        "欧阳铉",
        "申请表.pdf",
        "60%",
        "（未取得）",
    ):
        assert words in text
    assert len(pypdf.PdfReader(io.BytesIO(pdf)).pages[0].images) == 1


def test_a_confidence_is_never_rounded_up_to_certainty() -> None:
    assert sheet._percent(0.9999) == "99 %"
    assert sheet._percent(1.0) == "100 %"


def test_sheets_embed_all_fonts_and_repeat_their_bytes(bare_fonts: Callable[[bytes], list[str]]) -> None:
    for make in (lambda: sheet.cover(COVER), lambda: sheet.findings_sheet([finding("note", "甲")], date="2026-11-22")):
        pdf = make().pdf()
        assert bare_fonts(pdf) == [] and pdf == make().pdf()


def test_a_text_without_glyphs_is_refused() -> None:
    with pytest.raises(MissingGlyph):
        sheet.findings_sheet([finding("note", "\ue000")])
