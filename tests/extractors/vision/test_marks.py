"""Watermarks of any colour are read from under the print; seals and plain papers say nothing."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw

from extractors.paper import ImageFacts
from extractors.papers.layout import SheetText
from extractors.vision import marks, models, reader
from extractors.vision.images import Picture
from extractors.vision.lines import Line, even_line
from extractors.vision.sheet import whole_page
from samples import draw_cards, draw_licence, people
from samples.canvas import font

pytestmark = pytest.mark.skipif(not models.is_available(), reason="the reading models are not installed")
WORDS = "仅供网站备案使用"
FACTS = ImageFacts("jpeg", 500_000, 1200, 757)


def card() -> Picture:
    drawn = cv2.resize(draw_cards.front(people.XU, 3), (1200, 757), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(drawn[:, :, ::-1])


def marked(picture: Picture, colour: tuple[int, int, int]) -> Picture:
    """The words laid over the picture, a third of their colour."""
    layer = Image.new("L", (picture.shape[1], picture.shape[0]), 0)
    ImageDraw.Draw(layer).text((layer.width / 2, layer.height / 2), WORDS, font=font("hei", 90), fill=255, anchor="mm")
    share = np.asarray(layer.rotate(18, Image.Resampling.BICUBIC), np.float32)[..., None] / 255 * 0.35
    return (picture * (1 - share) + np.array(colour[::-1]) * share).astype(np.uint8)


@pytest.mark.parametrize("is_likely", [True, False])
@pytest.mark.parametrize("colour", [(214, 60, 60), (120, 120, 124), (60, 90, 200), (40, 140, 90)])
def test_faint_words_are_read_from_over_the_print(colour: tuple[int, int, int], is_likely: bool) -> None:
    assert any("备案" in text for text in marks.faint_watermarks(marked(card(), colour), is_likely=is_likely))


def test_red_words_reach_the_watermark_check() -> None:
    (paper,) = reader.read_page(marked(card(), (214, 60, 60)), 1, FACTS, reader.choose_engine("ppocr"))
    assert paper.fields["name"].value == people.XU.name
    assert paper.image is not None
    assert any(WORDS[:6] in text for text in paper.image.watermark_texts)


def test_a_card_and_a_sealed_licence_have_no_faint_words() -> None:
    assert marks.faint_watermarks(card(), is_likely=True) == ()
    sealed = draw_licence.licence(people.WUTONG, 9, 5.0)
    assert marks.faint_watermarks(np.ascontiguousarray(sealed[:, :, ::-1]), is_likely=True) == ()


def test_spots_and_rings_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A box in which a watermark's words have no room costs no reading; one that stands upright may hold them."""
    spot, upright, level = (
        ((100.0, 100.0), (x, 100.0), (x, y), (100.0, y)) for x, y in ((180, 160), (140, 400), (500, 150))
    )
    read: list[object] = []
    monkeypatch.setattr(marks.ocr, "find_lines", lambda *_: [spot, upright, level])
    monkeypatch.setattr(marks.ocr, "read_line", lambda _, box, quick: read.append(box) or Line("", box, (), ()))
    marks.faint_watermarks(card(), is_likely=True)
    assert read == [upright, level]


def test_where_no_mark_is_likely_a_coarse_look_has_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    monkeypatch.setattr(marks.ocr, "find_lines", lambda _, longest_px: looked.append(longest_px) or [])
    for is_likely in (False, True):
        assert marks.faint_watermarks(card(), is_likely=is_likely) == ()
    assert looked == [marks._GLANCED_AT_PX, marks._FOUND_AT_PX]


@pytest.mark.parametrize(
    ("unsure", "colour", "is_likely"),
    [((), None, False), ((0.4,), None, False), ((0.4, 0.9), None, True), ((), (214, 60, 60), True)],
)
def test_faint_words_are_likely_where_print_is_disturbed_or_red_is_left_out(
    unsure: tuple[float, ...], colour: tuple[int, int, int] | None, is_likely: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One unsure character is mostly a rare one of a name."""
    thought: list[bool] = []
    monkeypatch.setattr(marks, "faint_watermarks", lambda _, *, is_likely: thought.append(is_likely) or ())
    upright = marked(card(), colour) if colour else card()
    line = even_line("张晓岚", ((0, 0), (90, 0), (90, 30), (0, 30)), "ocr", 0.99)
    lines = (replace(line, probabilities=(*unsure, *line.probabilities)[:3]),)
    sheet = reader.ReadSheet(
        whole_page(upright), upright, upright.copy(), 0, SheetText(lines, 1200, 757), lines, "idcard_front"
    )
    assert reader._watermarks(sheet, reader.Engine("none", lambda _: [], True)) == ()
    assert thought == [is_likely]


@pytest.mark.parametrize(("colour", "has_words"), [((214, 60, 60), True), ((60, 90, 200), False), (None, False)])
def test_red_words_are_told_from_an_emblem(colour: tuple[int, int, int] | None, has_words: bool) -> None:
    drawn = cv2.resize(draw_cards.back(people.XU, 3), (1200, 757), interpolation=cv2.INTER_AREA)
    back = np.ascontiguousarray(drawn[:, :, ::-1])
    assert marks.has_red_words(marked(back, colour) if colour else back) is has_words
