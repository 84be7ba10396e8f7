"""Anchors: written by `learn`, corrected by a person, refused for another template."""

from __future__ import annotations

from typing import Any

import pytest

from generators.errors import GenerateError, TemplateMismatch
from generators.fill import fill, learn, load_anchors
from generators.fill_places import Entry
from tests.generators.drawn_templates import chars_in
from tests.generators.templates import ENTRIES, cell, document, form, sheet, table


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
