from __future__ import annotations

import pytest

from pipeline import letters

TITLES = {
    "commitment_letter": "互联网信息服务备案承诺书",
    "commitment_letter_sh": "上海市互联网信息服务备案承诺书",
    "verification_form": "网站备案信息真实性核验单",
    "construction_plan": "网站建设方案书（提纲）",
}


@pytest.mark.parametrize(
    ("lines", "template"),
    [
        (("互联网信息服务备案承诺书", "本单位承诺"), "commitment_letter"),
        (("上海市互联网信息服务备案承诺书",), "commitment_letter_sh"),
        (("编号 12", "网站备案信息真实性核验单"), "verification_form"),
        (("网站备案信息真买性核验单",), "verification_form"),
        (("《网站建设方案书》",), "construction_plan"),
    ],
)
def test_a_letter_answers_the_form_whose_title_it_carries(lines: tuple[str, ...], template: str) -> None:
    assert letters.matched(TITLES, {"a": lines}) == {template: "a"}


@pytest.mark.parametrize("lines", [(), ("租赁合同",), ("承诺书",)])
def test_a_paper_without_a_known_title_answers_none(lines: tuple[str, ...]) -> None:
    assert letters.matched(TITLES, {"a": lines}) == {}


def test_only_letters_and_unknown_papers_have_heads_and_only_their_first_lines() -> None:
    letter = {"kind": "letter", "texts": ["承 诺 书", *map(str, range(50))]}
    card = {"kind": "idcard_front", "texts": ["姓名"]}
    found = letters.heads([("a.jpg", "a", {"papers": [letter]}), ("b.jpg", "b", {"papers": [card]}), ("c", "c", None)])
    assert found == {"a": ("承诺书", *map(str, range(11)))}
