"""Pictures: header sizes, turning and its matrix, proof crops."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from extractors.errors import Unreadable
from extractors.vision import images
from samples import bad_input


def test_the_header_tells_a_giant_s_size_without_decoding() -> None:
    assert images.header_size(bad_input.giant_png_bytes(20_000)) == (20_000, 20_000)


def test_a_header_of_nonsense_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        images.header_size(b"\xff\xd8\xff" + b"\0" * 40)


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_the_turn_s_matrix_sends_each_point_where_the_turn_does(degrees: int) -> None:
    picture = np.zeros((30, 50, 3), np.uint8)
    picture[4:7, 40:43] = 255
    turned = images.turn(picture, degrees)
    quad = images.map_quad(images.turn_matrix(50, 30, degrees), ((40, 4), (43, 4), (43, 7), (40, 7)))
    xs, ys = [int(x) for x, _ in quad], [int(y) for _, y in quad]
    assert turned[min(ys) : max(ys), min(xs) : max(xs)].min() == 255
    assert int((turned > 0).sum()) == 27


def test_a_crop_shows_the_box_and_a_margin() -> None:
    picture = np.full((400, 600, 3), 255, np.uint8)
    picture[100:140, 200:300] = 0
    crop = images.crop_jpeg(picture, ((200, 100), (300, 100), (300, 140), (200, 140)))
    decoded = cv2.imdecode(np.frombuffer(crop, np.uint8), cv2.IMREAD_COLOR)
    assert decoded.shape[:2] == (68, 128)
    assert decoded[34, 64].max() < 20
    assert decoded[2, 2].min() > 235


def test_a_box_outside_the_picture_gives_the_whole_picture() -> None:
    picture = np.full((100, 80, 3), 255, np.uint8)
    crop = images.crop_jpeg(picture, ((900, 900), (950, 900), (950, 950), (900, 950)))
    assert cv2.imdecode(np.frombuffer(crop, np.uint8), cv2.IMREAD_COLOR).shape[:2] == (100, 80)


def test_shrinking_never_enlarges() -> None:
    picture = np.zeros((100, 80, 3), np.uint8)
    assert images.shrink(picture, 500)[0] is picture
    assert images.shrink(picture, 50)[0].shape == (50, 40, 3)


@pytest.mark.parametrize("size", [(500, 300), (160, 96), (41, 77), (1000, 601)])
def test_shrinking_by_halves_first_averages_as_shrinking_at_once_does(size: tuple[int, int]) -> None:
    """Sides that are odd at some half are cut by a pixel, which must not shift what is seen."""
    noise = np.random.default_rng(3).integers(0, 255, (603, 1005, 3), dtype=np.uint8)
    picture = cv2.GaussianBlur(noise, (0, 0), 30)
    at_once = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    assert images.shrink_to(picture, size).shape == at_once.shape
    assert np.abs(images.shrink_to(picture, size).astype(int) - at_once).max() <= 3


def test_a_picture_s_half_is_made_once_and_goes_with_the_picture() -> None:
    picture = np.random.default_rng(4).integers(0, 255, (400, 640, 3), dtype=np.uint8)
    before = len(images._halves)
    first, second = images.shrink_to(picture, (200, 125)), images.shrink_to(picture, (180, 112))
    assert first.shape == (125, 200, 3)
    assert second.shape == (112, 180, 3)
    assert len(images._halves) == before + 1
    del picture
    assert len(images._halves) == before
