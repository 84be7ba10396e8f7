"""Names held against their print: what the two readers dispute is decided by its looks, domains' twins are doubted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from extractors.paper import SURE
from extractors.papers.layout import Value
from extractors.vision import models, names
from extractors.vision.images import Picture
from extractors.vision.lines import Line

FONTS = Path(__file__).parents[3] / "generators/fonts"
NEEDS_MODELS = pytest.mark.skipif(not models.is_available(), reason="the reading models are not installed")


def strip(text: str, font: str = "NotoSansSC-Regular.ttf") -> tuple[Picture, Line]:
    """The text drawn, and a line that says where its characters stand."""
    face = ImageFont.truetype(str(FONTS / font), 44)
    ends = [7 + face.getlength(text[:at]) for at in range(len(text) + 1)]
    width = round(ends[-1]) + 7
    image = Image.new("RGB", (width, 60), (226, 232, 238))
    ImageDraw.Draw(image).text((7, 0), text, font=face, fill=(40, 40, 44))
    box = ((0.0, 0.0), (float(width), 0.0), (float(width), 60.0), (0.0, 60.0))
    spans = tuple((ends[at] / width, ends[at + 1] / width) for at in range(len(text)))
    return np.asarray(image)[:, :, ::-1].copy(), Line(text, box, (1.0,) * len(text), spans)


def value(line: Line, confidence: float = 1.0) -> Value:
    return Value(line.text, (line,), confidence, "ocr", line.text)


@pytest.mark.parametrize(
    ("printed", "read", "font", "is_sure"),
    [
        ("alma.cn", "alma.cn", "NotoSansSC-Regular.ttf", True),
        ("a1ma.cn", "alma.cn", "NotoSansSC-Regular.ttf", False),
        ("a1ma.cn", "alma.cn", "NotoSerifSC-Regular.ttf", False),
        ("a1ma.cn", "a1ma.cn", "NotoSansSC-Regular.ttf", True),
        ("shuma.cn", "shuma.cn", "NotoSerifSC-Regular.ttf", True),
        ("0range.cn", "Orange.cn", "NotoSansSC-Regular.ttf", False),
    ],
)
def test_a_domain_is_doubted_where_a_letter_may_be_a_digit(printed: str, read: str, font: str, is_sure: bool) -> None:
    picture, line = strip(printed, font)
    settled = names.domain_settled(value(replace(line, text=read)), picture)
    assert settled.value == read
    assert (settled.confidence >= SURE) is is_sure


def test_a_twin_that_was_read_less_than_surely_is_doubted() -> None:
    picture, line = strip("a0.cn")
    read = replace(line, probabilities=(1.0, 0.97, 1.0, 1.0, 1.0))
    assert names.domain_settled(value(read, 0.97), picture).confidence < SURE


@NEEDS_MODELS
def test_what_the_readers_dispute_is_decided_by_its_looks() -> None:
    company = "哈尔滨启明智能科技有限公司"
    picture, line = strip(company)
    quick = value(replace(line, text=company.replace("启", "目")))
    confirmed = names.settled(value(line), quick, picture)
    assert (confirmed.value, confirmed.confidence) == (company, 0.995)
    wrong = names.settled(value(replace(line, text=company.replace("启", "自"))), quick, picture)
    assert wrong.value == company or wrong.confidence < SURE


@NEEDS_MODELS
def test_what_the_quick_reader_has_no_character_for_it_cannot_dispute() -> None:
    picture, line = strip("周䴙明")
    quick = value(replace(line, text="周鹏明"))
    read = value(line)
    assert names.settled(read, quick, picture) == read
