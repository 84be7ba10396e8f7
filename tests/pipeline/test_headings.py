"""Groups and words are the same wherever values are shown, and none is forgotten."""

from __future__ import annotations

import pytest

from pipeline import fields, headings

LISTED_ELSEWHERE = {"documents"}  # the list of materials shows them


def test_every_field_stands_in_a_group_that_is_shown() -> None:
    places = {headings.group_of(field.path.replace("[]", "[0]")) for field in fields.FIELDS}
    shown = {group.partition("[")[0] for group in headings.in_order(places)}
    assert {place.partition("[")[0] for place in places} - shown == LISTED_ELSEWHERE


def test_the_tenth_website_comes_after_the_second() -> None:
    groups = ["websites[9]", "websites[1]", "resource", "filing"]
    assert list(headings.in_order(groups)) == ["filing", "websites[1]", "websites[9]", "resource"]
    assert headings.title("websites[9]", "zh") == "网站 10"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_labels_do_not_say_the_heading_again_and_are_never_empty(lang: str) -> None:
    for field in fields.FIELDS:
        path = field.path.replace("[]", "[0]")
        short, whole = headings.short_label(path, lang), fields.label(path, lang)
        assert short
        assert len(short) <= len(whole)


def test_a_method_without_words_is_named_as_it_is() -> None:
    assert headings.method("mrz", "en") == "MRZ"
    assert headings.method("guess", "zh") == "guess"
