from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from generators import cjk, linebreak
from generators.cjk import Run, Style
from generators.linebreak import Kind

NO_START = set("，。、；：？！）》〉」』】”’％·")
NO_END = set("（《〈「『【“‘·")
HAN = "的一是不了人我在有他这中大来上个国到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可"
PIECES = st.one_of(
    st.text(HAN, min_size=1, max_size=12),
    st.sampled_from(["，", "。", "；", "：", "？", "！", "、", "……", "——", "·", "％"]),
    st.text(HAN, min_size=1, max_size=6).map(lambda text: f"（{text}）"),
    st.text(HAN, min_size=1, max_size=6).map(lambda text: f"“《{text}》”，"),
    st.sampled_from(
        ["ICP", "2026年11月22日", "91440300MA5EXAMP1E", "a@b-c.example.cn", "APP备案", " of the ", "号-1A"]
    ),
)
TEXTS = st.lists(PIECES, min_size=1, max_size=60).map("".join)


def lines_of(text: str, width: float, size: float = 10.0) -> list[str]:
    style = Style(size=size, leading=15)
    atoms, lines = cjk.Para([Run(text)], style).lines(width)
    return ["".join(atom.char for atom in atoms[line.start : line.end]) for line in lines]


def faults(lines: list[str]) -> list[str]:
    starts = [line for line in lines[1:] if line and line[0] in NO_START]
    ends = [line for line in lines[:-1] if line and line[-1] in NO_END]
    pairs = [
        left + "|" + right
        for left, right in pairwise(lines)
        if left and right and left[-1] == right[0] and left[-1] in "—…" and (len(left) - len(left.rstrip(left[-1]))) % 2
    ]
    return [*starts, *ends, *pairs]


def is_fair(text: str) -> bool:
    """Whether no chain of marks is so long that it cannot be kept together."""
    run = longest = 0
    for char in text:
        run = run + 1 if char in NO_START | NO_END or char in "—…" else 0
        longest = max(longest, run)
    return longest <= 5


@settings(max_examples=250, deadline=None)
@given(text=TEXTS.filter(is_fair), width=st.floats(min_value=160, max_value=480))
def test_no_line_starts_or_ends_with_a_mark_that_may_not_stand_there(text: str, width: float) -> None:
    assert faults(lines_of(text, width)) == []


MARKED = st.lists(
    st.tuples(PIECES, st.sampled_from(["", "", "", "fill", "bold", "tick", "blank"])), min_size=1, max_size=40
)


def runs_of(pieces: list[tuple[str, str]]) -> list[Run]:
    """Runs of every look: bold words, values on rules, tick boxes, rules to write on."""
    made = {
        "bold": lambda text: Run(text, bold=True),
        "blank": lambda text: Run(mark="blank", width_em=float(len(text))),
    }
    return [
        made.get(mark, lambda text, mark=mark: Run(text, mark=mark, tight=mark == "fill"))(text)
        for text, mark in pieces
    ]


@settings(max_examples=150, deadline=None)
@given(pieces=MARKED, width=st.floats(min_value=160, max_value=480))
def test_values_rules_and_boxes_keep_the_rules_of_lines_too(pieces: list[tuple[str, str]], width: float) -> None:
    assume(is_fair("".join("" if mark in ("tick", "blank") else text for text, mark in pieces)))
    atoms, lines = cjk.Para(runs_of(pieces), Style(size=10, leading=15)).lines(width)
    assert faults(["".join(atom.char or "_" for atom in atoms[line.start : line.end]) for line in lines]) == []
    assert all(line.width <= width + 0.02 for line in lines)
    assert not [
        line for line in lines[:-1] if atoms[line.end - 1].char in linebreak.TICKS and line.end > line.start + 1
    ]


def test_a_rule_to_write_on_is_not_cut_into_stubs() -> None:
    runs = [Run("一二三四五六七八九十"), Run(mark="blank", width_em=12), Run("。")]
    atoms, lines = cjk.Para(runs, Style(size=10, leading=15)).lines(200)
    rules = [sum(atoms[at].run == 1 for at in range(line.start, line.end)) for line in lines]
    assert len([count for count in rules if count]) == 1


def test_a_short_name_and_the_word_of_a_tick_box_are_not_cut() -> None:
    runs = [
        Run("一二三四五六七八"),
        Run("欧阳𬭎", mark="fill", tight=True),
        Run("，"),
        Run(mark="box"),
        Run("高级管理人员"),
    ]
    atoms, lines = cjk.Para(runs, Style(size=10, leading=15)).lines(100)
    shown = ["".join(atom.char for atom in atoms[line.start : line.end]) for line in lines]
    assert shown == ["一二三四五六七八", "欧阳𬭎，", "☐高级管理人员"]


@settings(max_examples=150, deadline=None)
@given(text=TEXTS, width=st.floats(min_value=60, max_value=480))
def test_every_character_but_blanks_is_drawn_once_and_in_order(text: str, width: float) -> None:
    assert "".join("".join(lines_of(text, width)).split()) == "".join(text.split())


@settings(max_examples=150, deadline=None)
@given(text=TEXTS, width=st.floats(min_value=60, max_value=480))
def test_no_line_is_wider_than_its_room(text: str, width: float) -> None:
    atoms, lines = cjk.Para([Run(text)], Style(size=10, leading=15)).lines(width)
    assert all(line.width <= width + 0.02 for line in lines)
    assert all(line.width >= linebreak.natural_width(atoms, line.start, line.end) - 0.02 for line in lines)


def chain_round(atoms: Sequence[linebreak.Atom], at: int) -> tuple[int, int]:
    """First and last place of what the rules keep together round there: a number keeps its unit, a dot its neighbours."""
    first, last = at, at
    while first and not linebreak.may_break(atoms[first - 1], atoms[first]):
        first -= 1
    while last < len(atoms) and not linebreak.may_break(atoms[last - 1], atoms[last]):
        last += 1
    return first, last


@settings(max_examples=150, deadline=None)
@given(text=TEXTS, width=st.floats(min_value=60, max_value=480))
@example(text="ICPICP·（一）", width=60.0)
@example(text="91440300MA5EXAMP1E2026年11月22日", width=137.0)
def test_no_word_number_or_address_that_fits_a_line_is_cut_inside(text: str, width: float) -> None:
    atoms, lines = cjk.Para([Run(text)], Style(size=10, leading=15)).lines(width)
    for line in lines[:-1]:
        left, right = atoms[line.end - 1], atoms[line.end]
        if left.kind is right.kind is Kind.WORD and left.char.isalnum() and right.char.isalnum():
            assert linebreak.natural_width(atoms, *chain_round(atoms, line.end)) > width


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("一二三四五六七八。九", 90, ["一二三四五六七八。", "九"]),
        ("一二三四五六七八九。十", 90, ["一二三四五六七八", "九。十"]),
        ("一二三四五六七八（九十）", 90, ["一二三四五六七八", "（九十）"]),
        ("一二三四五六七8月9日", 90, ["一二三四五六七8月", "9日"]),
        ("一二三四五六买买提·艾力", 90, ["一二三四五六买买", "提·艾力"]),
        ("一二三四五六七——八", 80, ["一二三四五六七", "——八"]),
        ("一二三四五六七（ example", 80, ["一二三四五六七", "（ example"]),
        ("一二三四五六七· example", 80, ["一二三四五六", "七· example"]),
        ("一二三四五六 yunfan-specimen.cn", 120, ["一二三四五六", "yunfan-specimen.cn"]),
        ("一二\n三", 90, ["一二", "三"]),
        ("一二三四五六 example 七", 90, ["一二三四五六", "example 七"]),
    ],
)
def test_lines_break_where_a_typesetter_would(text: str, width: float, expected: list[str]) -> None:
    assert lines_of(text, width) == expected


def test_two_marks_side_by_side_share_one_and_a_half_widths() -> None:
    atoms, lines = cjk.Para([Run("一》，二")], Style(size=10, leading=15)).lines(200)
    assert lines[0].width == pytest.approx(35)
    assert [atom.width for atom in atoms] == pytest.approx([10, 5, 10, 10])


def test_a_mark_at_the_end_of_a_line_takes_half_its_width() -> None:
    assert lines_of("一二三四五六七八九。十一", 95)[0] == "一二三四五六七八九。"


def test_han_is_never_stretched_so_far_that_copied_text_gets_blanks() -> None:
    text = "一二三四五六七八九十" * 4 + "yunfan-network-technology-example.com.cn"
    _, lines = cjk.Para([Run(text)], Style(size=10, leading=15)).lines(333)
    assert all(line.stretch_all <= linebreak.HAN_STRETCH * 10 + 1e-9 for line in lines)


def test_a_word_longer_than_the_line_is_cut_rather_than_lost() -> None:
    assert "".join(lines_of("x" * 200, 80)) == "x" * 200


def test_a_single_character_does_not_stand_alone_in_the_last_line() -> None:
    lines = lines_of("一二三四五六七八九十甲乙丙丁戊己庚辛壬癸子丑", 210)
    assert len(lines) == 2 and len(lines[-1]) >= 2


def test_a_value_of_han_and_latin_has_no_gaps_inside() -> None:
    plain, value = (cjk.make_atoms([Run("深圳ABC科技100号", tight=tight)], Style(), 400) for tight in (False, True))
    assert [atom.char for atom in plain if atom.gap] == ["A", "科", "1", "号"]
    assert not any(atom.gap for atom in value)
