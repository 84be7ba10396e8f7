"""Layout on lines: labels, values, rows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from extractors.papers import layout
from extractors.papers.layout import SheetText
from extractors.vision.lines import Line, even_line


def at(text: str, left: float, top: float, height: float = 30, method: str = "ocr") -> Line:
    width = sum(height if ord(c) > 0x2E7F else height / 2 for c in text)
    return even_line(
        text, ((left, top), (left + width, top), (left + width, top + height), (left, top + height)), method
    )


def value_of(lines: list[Line], name: str, *others: str, most: int = 1) -> str:
    label = layout.find_label(lines, name)
    assert label is not None
    stops = [hit.line for other in others if (hit := layout.find_label(lines, other))]
    found = layout.text_value(layout.following(label, lines, stops, most=most))
    return found.value if found else ""


def test_a_value_follows_its_label_on_the_line_or_beside_it() -> None:
    assert value_of([at("姓名张三", 0, 0)], "姓名") == "张三"
    assert value_of([at("姓 名", 0, 0), at("张三", 150, 2)], "姓名") == "张三"


def test_a_watermark_s_character_before_a_value_below_its_label_is_left_out() -> None:
    label, value = at("姓名", 100, 0), at("备郭静军", 60, 40)
    apart = replace(value, spans=((0, 0.2), (0.4, 0.6), (0.6, 0.8), (0.8, 1)))
    assert [line.text for line in layout.below(label, [label, value])] == ["备郭静军"]
    assert [line.text for line in layout.below(label, [label, apart])] == ["郭静军"]


def test_a_label_that_runs_into_its_value_leaves_the_value_whole() -> None:
    assert value_of([at("姓名古", 0, 0), at("胡辉明", 64, 0)], "姓名") == "胡辉明"


@pytest.mark.parametrize(("left", "value"), [(104, "科技园南路178号9号楼2710"), (190, "科技园南路178号9号楼271")])
def test_a_last_row_read_with_doubt_belongs_to_the_value_where_it_begins_level(left: float, value: str) -> None:
    last = replace(at("0", left, 90), probabilities=(0.5,))
    lines = [at("住址", 0, 0), at("科技园南路178号", 100, 0), at("9号楼271", 100, 45), last]
    assert value_of(lines, "住址", most=4) == value


def test_a_value_goes_on_below_until_the_next_label() -> None:
    lines = [
        at("住址", 0, 0),
        at("广东省广州市", 100, 0),
        at("天河区1号", 100, 45),
        at("公民身份号码", 0, 90),
        at("123", 250, 90),
    ]
    assert value_of(lines, "住址", "公民身份号码", most=4) == "广东省广州市天河区1号"


def test_a_line_far_below_does_not_belong_to_the_value() -> None:
    lines = [at("住址", 0, 0), at("广东省广州市", 100, 0), at("水印文字", 100, 140)]
    assert value_of(lines, "住址", most=4) == "广东省广州市"


def test_a_row_with_an_unreadable_label_is_another_value() -> None:
    lines = [at("域名所有者", 0, 0), at("样本公司", 300, 0), at("注珊窗", 0, 40), at("样本注册商", 300, 40)]
    assert value_of(lines, "域名所有者", most=2) == "样本公司"


def test_labels_printed_wide_apart_are_joined() -> None:
    joined = layout.join_split_labels(
        [at("名", 0, 0), at("称样本公司", 60, 0), at("类", 0, 50), at("型", 60, 50)], ["名称", "类型"]
    )
    assert sorted(line.text for line in joined) == ["名称样本公司", "类型"]


def test_a_value_is_as_sure_as_its_least_sure_character() -> None:
    line = Line("张三", at("张三", 0, 0).box, (0.99, 0.41), ((0, 0.5), (0.5, 1)))
    value = layout.text_value([line])
    assert value is not None
    assert value.confidence == 0.41


def test_the_part_of_a_line_has_its_own_place() -> None:
    part = at("姓名张三", 0, 0).part(2, 4)
    assert (part.text, part.left, part.right) == ("张三", 60, 120)


def test_joined_text_is_by_lines_without_blanks() -> None:
    assert SheetText((at("营 业", 0, 0), at("执照", 0, 50)), 10, 10).joined == "营业\n执照"
