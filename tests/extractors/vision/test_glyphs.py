"""Glyph comparison: rare characters are found, sure ones are left alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from extractors.vision import glyphs
from extractors.vision.lines import Line, even_line

FONT = Path(__file__).parents[3] / "generators/fonts/NotoSansSC-Bold.ttf"
SERIF = FONT.with_name("NotoSerifSC-Regular.ttf")


def strip(text: str, font: Path = FONT) -> tuple[np.ndarray, Line]:  # type: ignore[type-arg]
    face = ImageFont.truetype(str(font), 44)
    width = int(face.getlength(text)) + 14
    image = Image.new("RGB", (width, 60), (226, 232, 238))
    ImageDraw.Draw(image).text((7, 0), text, font=face, fill=(40, 40, 44))
    box = ((0.0, 0.0), (float(width), 0.0), (float(width), 60.0), (0.0, 60.0))
    return np.asarray(image)[:, :, ::-1].copy(), even_line(text, box, "ocr")


@pytest.mark.parametrize(("printed", "read"), [("周𬭎", "周铉"), ("梁㛃", "梁契"), ("朱䴙明", "朱鹏明")])
def test_an_unsure_look_alike_gives_way_to_the_rare_character(printed: str, read: str) -> None:
    picture, line = strip(printed)
    unsure = replace(line, text=read, probabilities=(1.0, 0.4, 1.0)[: len(read)])
    better = glyphs.settle(picture, unsure)
    assert better.text == printed
    assert better.score < 0.85


@pytest.mark.parametrize(("printed", "read"), [("孟立𫖯", "孟立頫"), ("萧𬶮", "萧鱚")])
def test_a_form_outside_the_table_gives_way_to_the_one_that_is_printed(printed: str, read: str) -> None:
    picture, line = strip(printed)
    unsure = replace(line, text=read, probabilities=(*(1.0,) * (len(read) - 1), 0.7))
    assert glyphs.settle(picture, unsure).text == printed


def test_a_plain_character_is_known_although_its_neighbour_is_spoilt() -> None:
    picture, line = strip("苏然𬍛")
    picture[:, :30] = np.random.default_rng(1).integers(0, 255, picture[:, :30].shape)
    unsure = replace(line, text="苏然珠", probabilities=(1.0, 1.0, 0.56))
    assert glyphs.settle(picture, unsure).text == "苏然𬍛"


def test_a_name_in_a_tall_box_is_cut_all_the_same() -> None:
    picture, line = strip("周𬭎")
    tall = np.pad(picture, ((10, 6), (0, 0), (0, 0)), mode="edge")
    box = ((0.0, 0.0), (line.right, 0.0), (line.right, 76.0), (0.0, 76.0))
    assert glyphs.settle(tall, replace(line, text="周铉", box=box, probabilities=(1.0, 0.4))).text == "周𬭎"


def test_a_character_that_looks_like_no_other_one_is_confirmed() -> None:
    picture, line = strip("欧阳晓岚")
    read = replace(line, probabilities=(1.0, 0.4, 0.9, 0.5))
    assert glyphs.settle(picture, read).probabilities == (1, 0.4, 0.995, 0.995)
    tiny = cv2.resize(picture, None, fx=0.25, fy=0.25)
    box = tuple((x / 4, y / 4) for x, y in line.box)
    read = replace(line, box=box, probabilities=(1.0, 1.0, 0.9, 0.99))  # type: ignore[arg-type]
    assert glyphs.settle(tiny, read).score < 0.95
    picture, line = strip("石国祎")  # 袆 is its twin
    assert glyphs.settle(picture, replace(line, probabilities=(1.0, 1.0, 0.9))).score == 0.9


def test_a_dot_does_not_cut_into_the_characters_beside_it() -> None:
    picture, line = strip("如则·古丽")
    halves = ((0.06, 0.21), (0.21, 0.4), (0.4, 0.6), (0.66, 0.79), (0.79, 0.93))  # cuts into the outer ones
    read = replace(line, spans=halves, probabilities=(1.0, 0.9, 0.9, 0.9, 0.9))
    assert glyphs.settle(picture, read).text == "如则·古丽"


@pytest.mark.parametrize("name", ["李明", "欧阳晓岚", "徐喆", "张三丰"])
def test_a_right_reading_stays_even_when_unsure(name: str) -> None:
    picture, line = strip(name)
    unsure = replace(line, probabilities=(0.5,) * len(name))
    assert glyphs.settle(picture, unsure).text == name


def test_a_character_read_rather_surely_gives_way_to_its_image_and_is_doubted_where_that_is_blurred() -> None:
    picture, line = strip("周𬭎")
    read = replace(line, probabilities=(1.0, 0.99))
    assert glyphs.settle(picture, read).text == "周𬭎"
    wrong = replace(read, text="周铉")
    assert glyphs.settle(picture, wrong).text == "周𬭎"
    doubted = glyphs.settle(cv2.GaussianBlur(picture, (0, 0), 3.0), wrong)
    assert (doubted.text, doubted.score) == ("周铉", 0.7)


def test_sure_characters_are_not_looked_at() -> None:
    picture, line = strip("周喆")
    wrong = replace(line, text="周诘")
    assert glyphs.settle(picture, wrong) == wrong


@pytest.mark.parametrize(("printed", "read"), [("周𬭎", "周铉"), ("冯勇𫍯", "冯勇诚")])
def test_what_is_often_read_for_another_is_looked_at_however_sure_it_was(printed: str, read: str) -> None:
    picture, line = strip(printed)
    assert glyphs.settle(picture, replace(line, text=read)).text == printed
    picture, line = strip(read)
    assert glyphs.settle(picture, line) == line


def test_a_character_that_can_hardly_be_told_from_what_it_is_read_for_is_doubted() -> None:
    picture, line = strip("周铉")
    tiny = cv2.resize(cv2.GaussianBlur(picture, (0, 0), 5.0), None, fx=0.2, fy=0.2)
    box = tuple((x / 5, y / 5) for x, y in line.box)
    settled = glyphs.settle(tiny, replace(line, box=box))  # type: ignore[arg-type]
    assert (settled.text, settled.probabilities) == ("周铉", (1.0, 0.7))


def test_where_both_readers_agree_only_what_one_of_them_lacks_is_put() -> None:
    company = "周云计算有限公司"
    picture, line = strip(company)
    read = replace(line, text="周去计算有限公司", probabilities=(1.0, 0.5, *(1.0,) * 6))
    assert glyphs.settle(picture, read).text == company
    agreed = glyphs.settle(picture, read, agreed={1})
    assert (agreed.text, agreed.score) == (read.text, 0.5)
    picture, line = strip("𬭎远计算有限公司")
    read = replace(line, text="铵远计算有限公司", probabilities=(0.5, *(1.0,) * 7))
    assert glyphs.settle(picture, read, agreed={0}).text == "𬭎远计算有限公司"


def test_of_two_that_look_alike_the_surname_is_taken() -> None:
    picture, line = strip("谭秀")
    small = cv2.resize(cv2.GaussianBlur(picture, (0, 0), 4.0), None, fx=0.25, fy=0.25)
    box = tuple((x / 4, y / 4) for x, y in line.box)
    read = replace(line, text="潭秀", box=box, probabilities=(0.6, 1.0))  # type: ignore[arg-type]
    assert glyphs.settle(small, read, frozenset("王李谭")).text == "谭秀"


def test_a_form_outside_the_national_table_stays_where_it_is_printed() -> None:
    picture, line = strip("鄧麗君", SERIF)
    assert glyphs.settle(picture, replace(line, probabilities=(0.9, 0.7, 1.0))).text == "鄧麗君"


def test_the_table_holds_the_whole_national_table_first() -> None:
    table = glyphs.table()
    national = table.characters[: table.national]
    assert len(national) == len(set(national)) == 8105
    assert {"㛃", "𬭎", "喆"} <= set(national)
    assert table.rows.shape == (len(table.characters), table.basis.shape[1])
    assert len(set(table.characters)) == len(table.characters) > 15_000
