"""Wording: folding, full-width marks, comparison with tolerance, stray letters."""

from __future__ import annotations

from dataclasses import replace

import pytest

from extractors.papers import wording
from tests.extractors.papers.test_layout import at


def test_forms_outside_the_national_table_are_folded_and_names_kept() -> None:
    assert wording.simplify(at("漢 黃 廣東 喆 𬭎 㛃 昇", 0, 0)).text == "汉 黄 广东 喆 𬭎 㛃 昇"


def test_rare_forms_in_names_stay_as_they_are_printed() -> None:
    assert wording.simplify(at("漢黃龑", 0, 0)).text == "汉黄龑"


@pytest.mark.parametrize(
    ("text", "phrase", "held"),
    [
        ("统一杜会信用代码", "统一社会信用代码", True),
        ("营业抉照", "营业执照", True),
        ("营养食谱", "营业执照", False),
        ("姓各", "姓名", False),
    ],
)
def test_one_wrong_letter_in_four_is_forgiven(text: str, phrase: str, held: bool) -> None:
    assert wording.contains(text, phrase) is held


@pytest.mark.parametrize(
    ("read", "cleaned"),
    [
        ("软件开发;广告设计, 代理(含网络)", "软件开发；广告设计，代理（含网络）"),
        ("注册资本1,000万元", "注册资本1,000万元"),
        ("古丽•阿迪力", "古丽·阿迪力"),
    ],
)
def test_chinese_text_has_full_width_marks_and_no_blanks(read: str, cleaned: str) -> None:
    assert wording.chinese_text(read) == cleaned


@pytest.mark.parametrize(
    ("text", "probability", "want"),
    [
        ("样本O路2号A座", 0.5, "样本路2号A座"),
        ("样本O路2号A座", 0.95, "样本O路2号A座"),
        ("样本路O", 0.95, "样本路"),
        ("样本路O", 0.99, "样本路O"),
        ("O", 0.95, ""),
        ("O", 0.99, "O"),
        ("样本路0", 0.5, "样本路"),
        ("0", 0.5, "0"),
        ("样本路20", 0.5, "样本路20"),
    ],
)
def test_an_unsure_letter_beside_chinese_characters_is_dropped_and_a_sure_one_kept(
    text: str, probability: float, want: str
) -> None:
    probabilities = tuple(probability if c in "O0" else 1.0 for c in text)
    line = replace(at(text, 0, 0), probabilities=probabilities)
    assert wording.without_stray_letters(line).text == want
