"""What was read, drawn beside its picture: nothing of it is cut off."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from generators import marked

SCOPE = "技术开发；" * 60


def drawn(*texts: str) -> Image.Image:
    picture = io.BytesIO()
    Image.new("RGB", (900, 300), (255, 255, 255)).save(picture, "JPEG")
    marks = [marked.Mark("scope", text, 0.92, "ok") for text in texts]
    return Image.open(io.BytesIO(marked.draw_marks(picture.getvalue(), marks, "business_licence")))


@pytest.mark.parametrize("text", ["", "短", SCOPE, "http://www.gsxt.gov.cn/" + "a1W" * 40, "𬮿" * 90])
def test_a_long_value_goes_on_in_further_lines_and_loses_nothing(text: str) -> None:
    lines = marked._wrapped(text, 20, 400)
    assert "".join(lines) == text
    widths = [sum(marked._font_of(one, 20).getlength(one) for one in line) for line in lines]
    assert max(widths) <= 400 + 10  # a closing mark gives up its blank half


def test_no_line_begins_with_a_closing_mark() -> None:
    lines = marked._wrapped("（依法须经批准的项目，" * 12, 20, 300)
    assert not any(line[0] in "，）；" for line in lines)


def test_a_letter_wider_than_the_strip_still_has_its_line() -> None:
    assert marked._wrapped("样本", 20, 5) == ["样", "本"]


def test_the_sheet_is_as_tall_as_its_values_and_clear_at_its_right_edge() -> None:
    few, many = drawn("短"), drawn(SCOPE, SCOPE, SCOPE)
    assert few.height == 300 < many.height
    assert np.asarray(many)[:, -5:].min() == 255
    assert np.asarray(many)[-5:].min() == 255
