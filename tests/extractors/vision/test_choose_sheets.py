"""A panel on a printed page is no sheet of its own; a card on a plain table is, and nothing need be looked for beside it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from extractors.vision import models, reader
from extractors.vision.images import Picture
from tests.extractors.vision.test_sheet import page

FONT = Path(__file__).parents[3] / "generators/fonts/NotoSansSC-Regular.ttf"
PANEL = ((300, 60), (700, 60), (700, 330), (300, 330))
NEEDS_MODELS = pytest.mark.skipif(not models.is_available(), reason="the reading models are not installed")


def printed(lines: int, size_px: int = 26) -> Picture:
    """A card on a light page, with lines of print below it."""
    image = Image.fromarray(page(PANEL, ground=(140, 150, 160)))
    face = ImageFont.truetype(str(FONT), size_px)
    for number in range(lines):
        ImageDraw.Draw(image).text(
            (120, 380 + 95 * number), "本单位承诺所提供的材料真实有效", font=face, fill=(40, 40, 40)
        )
    return np.asarray(image).copy()


@NEEDS_MODELS
@pytest.mark.parametrize(("lines", "is_a_sheet"), [(0, True), (1, True), (4, False)])
def test_a_panel_with_print_beside_it_is_part_of_the_page(lines: int, is_a_sheet: bool) -> None:
    assert reader.choose_sheets(printed(lines))[0].found is is_a_sheet


@NEEDS_MODELS
@pytest.mark.parametrize("size_px", [12, 18])
def test_small_print_beside_a_panel_is_seen(size_px: int) -> None:
    assert not reader.choose_sheets(printed(4, size_px))[0].found


def test_nobody_looks_for_lines_beside_a_card_on_a_plain_table(monkeypatch: pytest.MonkeyPatch) -> None:
    def looked(*_: object) -> None:
        raise AssertionError("lines were looked for")

    monkeypatch.setattr(reader.ocr, "find_lines", looked)
    assert reader.choose_sheets(printed(0))[0].found
