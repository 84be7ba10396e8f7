"""A wrong name, number or date must not pass as sure: limits, two readings held against each other, stray words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from extractors.paper import SURE
from extractors.papers import certainty, people
from extractors.papers.layout import Value
from extractors.vision.lines import Line, even_line

BOX = ((0.0, 0.0), (90.0, 0.0), (90.0, 30.0), (0.0, 30.0))


def value(text: str, confidence: float, method: str = "ocr") -> Value:
    """A value whose least sure character has that probability."""
    read = replace(even_line(text, BOX, "ocr"), probabilities=(confidence, *(1.0,) * (len(text) - 1)))
    return Value(text, (read,), confidence, method, text)


@pytest.mark.parametrize(
    ("field", "read", "quick", "is_sure"),
    [
        ("name", value("王云杉", 0.999), value("王云杉", 0.9), True),
        ("name", value("王云杉", 0.98), None, False),
        ("name", value("王云杉", 0.93), value("王云杉", 0.97), True),
        ("name", value("王云杉", 0.93), value("王元杉", 0.97), False),
        ("name", value("·古丽", 0.93), None, True),
        ("name", value("潭壤", 0.999), value("潭壤", 0.99), False),
        ("name", value("谭壤", 0.999), None, True),
        ("name", value("欧阳文晓", 0.999), None, True),
        ("name", value("帕提古丽努尔", 0.999), None, True),
        ("name", value("好味餐馆", 0.999), None, True),
        ("name", value("LEE, KA YAN", 0.999), None, True),
        ("domain", value("sample.cn", 0.9), None, True),
        ("name", value("王云", 0.999), value("王云灿", 0.4), False),
        ("name", value("古丽努尔", 0.999), value("古丽·努尔", 0.9), True),
        ("name", value("王云", 0.9, "text_layer"), None, True),
        ("name", value("杭州样本软件技术服务有限公司", 0.97), None, True),
        ("name", value("杭州样本软件有限公司又供网站备", 0.97), None, False),
        ("name", value("厦门样本文化传媒有限公司股）", 0.999), None, False),
        ("owner", value("上海样本软件有限公司子安", 0.999), None, False),
        ("name", value("上海样本软件有限公司（集团）", 0.999), None, True),
        ("name", value("上海样本软件有限公司杭州分公司", 0.999), None, True),
        ("name", value("上海样本软件有限公司西湖门店", 0.999), None, True),
        ("name", value("样本餐饮（上海有限公司", 0.999), None, False),
        ("scope", value("上海样本软件有限公司的产品", 0.999), None, True),
        ("legal_person", value("王云", 0.9, "ocr+tesseract"), value("王云杉", 0.4), True),
        ("issue_date", value("2020-01-02", 0.96), None, True),
        ("issue_date", value("2020-01-02", 0.94), None, False),
        ("id_number", value("11010119900101001X", 0.9, "ocr+check_digit"), None, True),
        ("address", value("样本路1号", 0.86), None, True),
        ("scope", Value("软件开发", value("软件开发", 0.5).lines, 0.86), None, True),
    ],
)
def test_a_value_is_sure_where_nothing_speaks_against_it(
    field: str, read: Value, quick: Value | None, is_sure: bool
) -> None:
    after = certainty.weighed(field, read, quick)
    assert (after.confidence >= SURE) is is_sure
    assert after.value == read.value


def test_a_reading_of_the_smaller_model_alone_is_no_second_witness() -> None:
    read = value("2025-03-07", 0.94)
    quick = replace(read, lines=tuple(replace(line, quick=True) for line in read.lines), confidence=0.96)
    assert certainty.weighed("issue_date", read, quick).confidence >= SURE
    assert certainty.weighed("issue_date", replace(quick, confidence=0.94), quick).confidence < SURE


def with_sureness(sure: float, text: str = "") -> Callable[[Line], Line]:
    """A comparison that finds every character so likely, or finds other ones."""
    return lambda line: replace(line, text=text or line.text, probabilities=(sure,) * len(line.text))


def test_a_name_confirmed_by_its_looks_is_sure_unless_something_else_speaks_against_it() -> None:
    unsure = value("王云杉", 0.9)
    confirmed = people.settled(unsure, with_sureness(0.995))
    assert (confirmed.confidence, confirmed.method, confirmed.repaired) == (0.995, "ocr", False)
    assert certainty.weighed("name", confirmed, None).confidence >= SURE
    disputed = replace(unsure, confidence=0.8)
    assert people.settled(disputed, with_sureness(0.995)).confidence == 0.8


def test_a_name_settled_by_its_looks_stays_unsure() -> None:
    settled = people.settled(value("周铉", 0.9), with_sureness(0.7, "周𬭎"))
    assert (settled.value, settled.method, settled.repaired) == ("周𬭎", "ocr+glyph", True)
    assert certainty.weighed("name", settled, None).confidence < SURE


def test_an_institution_s_name_is_settled_in_all_its_rows() -> None:
    rows = [
        replace(even_line(text, BOX, "ocr"), probabilities=(1.0, 0.6, 1.0, 1.0)) for text in ("贵阳铵远", "有限公司")
    ]
    read = Value("贵阳铵远有限公司", tuple(rows), 0.6, "ocr", "贵阳铵远有限公司")
    settled = people.settled(read, lambda line: replace(line, text=line.text.replace("铵", "𬭎")))
    assert (settled.value, settled.method, settled.confidence) == ("贵阳𬭎远有限公司", "ocr+glyph", 0.6)
    confirmed = people.settled(read, with_sureness(0.995))
    assert (confirmed.value, confirmed.method, confirmed.confidence) == (read.value, "ocr", 0.995)
    with_more = replace(read, value="贵阳铵远有限公司（普通合伙）")
    assert people.settled(with_more, with_sureness(0.995)) == with_more


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("谭堃", False), ("欧阳文晓", False), ("如则古丽·亚森", False), ("LEE, KA YAN", False), ("好味小餐馆", True)],
)
def test_long_chinese_names_without_a_dot_are_institutions_(name: str, is_one: bool) -> None:
    assert people.is_institution(name) is is_one


def test_a_name_that_was_not_read_from_a_line_stays_as_it_is() -> None:
    told = Value("王云杉", (), 0.9, "mrz", "王云杉")
    assert people.settled(told, with_sureness(0.5)) == told
    assert people.fuller(told, replace(told, value="王云杉木")) == told


@pytest.mark.parametrize(
    ("read", "quick", "whole"),
    [
        ("汪华", "汪献华", "汪献华"),
        ("诸暨源文化有限公司", "诸暨排源文化有限公司", "诸暨排源文化有限公司"),
        ("贵阳诚信有限公司", "贵阳诚信有限公司]", "贵阳诚信有限公司"),
        ("贵阳诚信有限公司", "仅贵阳诚信有限公司", "贵阳诚信有限公司"),
    ],
)
def test_a_reading_with_one_more_character_is_the_whole_name(read: str, quick: str, whole: str) -> None:
    taken = people.fuller(value(read, 0.999), value(quick, 0.9))
    assert taken.value == whole
    assert (taken.confidence < SURE) is (whole == quick)


@pytest.mark.parametrize(
    ("read", "is_sure"),
    [("古丽·努尔兰", True), ("古丽努尔兰", False), ("扎西多吉", True), ("王云杉", True)],
)
def test_a_person_s_long_name_without_its_dot_is_doubted(read: str, is_sure: bool) -> None:
    assert (people.doubted(value(read, 0.999)).confidence >= SURE) == is_sure
