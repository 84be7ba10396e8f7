"""A character that the reader left out is seen by its ink."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from extractors.vision import ink
from extractors.vision.images import Picture
from extractors.vision.lines import Line, even_line
from samples.canvas import Sheet

NAME = "王云杉"
FRAME = 1.35  # a found line is that much higher than its characters


def printed(text: str) -> tuple[Picture, Line]:
    """A line of print, and where it would be found."""
    sheet = Sheet(80, 20, 12.0)
    sheet.text(10, 6, text, 6.0)
    picture = np.ascontiguousarray(sheet.pixels()[:, :, ::-1])
    dark = np.argwhere(picture.min(axis=2) < 120)
    (top, left), (bottom, right) = dark.min(axis=0), dark.max(axis=0)
    grow = (bottom - top) * (FRAME - 1) / 2
    box = tuple(
        (float(x), float(y))
        for x, y in ((left, top - grow), (right, top - grow), (right, bottom + grow), (left, bottom + grow))
    )
    return picture, even_line(text, box, "ocr")  # type: ignore[arg-type]


@pytest.mark.parametrize("left_out", [1, 2])
def test_a_character_left_out_between_others_or_at_the_end_is_missed(left_out: int) -> None:
    picture, whole = printed(NAME)
    kept = [place for place in range(len(NAME)) if place != left_out]
    read = replace(
        whole,
        text="".join(NAME[place] for place in kept),
        spans=tuple(whole.spans[place] for place in kept),
        probabilities=(0.999,) * len(kept),
    )
    assert not ink.has_unread_character(picture, whole)
    assert ink.has_unread_character(picture, read)


def test_print_far_behind_a_name_is_not_of_it() -> None:
    picture, whole = printed(NAME)
    cv2.rectangle(picture, (round(whole.right) + 90, 80), (round(whole.right) + 150, 150), (0, 0, 0), -1)
    assert not ink.has_unread_character(picture, whole)
