"""A finger over a sheet's side makes a bridge of one colour; shadows, frames and things beside it do not."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from extractors.vision import crossing, rim
from extractors.vision.images import Picture
from extractors.vision.lines import Quad

CORNERS: Quad = ((200.0, 150.0), (800.0, 150.0), (800.0, 530.0), (200.0, 530.0))
SKIN, DARK_SKIN, GLOVE = (150, 178, 222), (44, 60, 92), (170, 110, 70)
BRIDGE = slice(3, 12)
"""The numbers of the strongest bridge; the second is how unlike the rest and alike across it is."""
THING = slice(23, 32)
"""The thing at that bridge: its share of the sheet, of what lies outside, how far it reaches in, how full its hull is."""
BITE = slice(32, 41)
"""The same of the strongest bite."""
TABLE = (70, 90, 60)


def sheet() -> Picture:
    page = np.full((680, 1000, 3), TABLE, np.uint8)
    cv2.rectangle(page, (200, 150), (800, 530), (225, 232, 230), -1)
    for row in range(200, 500, 50):
        cv2.line(page, (240, row), (640, row), (40, 40, 40), 6)
    noise = np.random.default_rng(3).normal(0, 2, page.shape)
    return np.clip(page + noise, 0, 255).astype(np.uint8)


def numbers(page: Picture) -> list[float]:
    return crossing.occlusion_numbers(rim.view_rim(page, CORNERS, found=True))


def with_finger(colour: tuple[int, int, int], end: int, row: int = 340) -> Picture:
    page = sheet()
    cv2.line(page, (980, row), (end, row), colour, 80)
    return page


@pytest.mark.parametrize("colour", [SKIN, DARK_SKIN, GLOVE])
def test_a_finger_of_any_colour_is_a_bridge(colour: tuple[int, int, int]) -> None:
    length, strength, *_rest = numbers(with_finger(colour, 740))[BRIDGE]
    assert 0.1 < length < 0.5
    assert strength > 5


def test_a_finger_at_a_corner_is_a_bridge_too() -> None:
    length, strength, *_rest = numbers(with_finger(SKIN, 740, row=190))[BRIDGE]
    assert length > 0.1
    assert strength > 5


def test_hands_at_two_sides_are_no_table_and_are_told_from_the_sheet() -> None:
    page = with_finger(GLOVE, 700)
    for column in (330, 480):
        cv2.line(page, (column, 20), (column, 200), GLOVE, 80)
    found = numbers(page)
    assert found[BRIDGE][1] > 5
    share, _outside, reach, solidity, *_rest = found[THING]
    assert share < 0.2
    assert 0.1 < reach < 0.3
    assert solidity > 0.8


def test_a_finger_is_seen_where_the_sheet_fills_the_picture() -> None:
    whole = with_finger(SKIN, 740)[152:528, 202:798]
    height, width = whole.shape[:2]
    corners = ((0.0, 0.0), (width, 0.0), (width, height), (0.0, height))
    found = crossing.occlusion_numbers(rim.view_rim(whole, corners, found=False))
    assert found[BRIDGE][1] > 1
    assert 0.02 < found[THING][0] < 0.2


def test_a_finger_of_the_table_s_colour_is_a_bite() -> None:
    length, strength, *_rest = numbers(with_finger(TABLE, 740))[BITE]
    assert 0.1 < length < 0.5
    assert strength > 5
    assert numbers(sheet())[BITE][1] < 1


def shadow(page: Picture) -> Picture:
    dark = page.astype(np.float32)
    dark[:, 500:] *= 0.55
    return np.clip(cv2.GaussianBlur(dark, (0, 0), 4), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("change", [lambda page: page, shadow, lambda _page: with_finger(SKIN, 880)])
def test_a_free_rim_a_shadow_and_a_hand_beside_are_none(change: Callable[[Picture], Picture]) -> None:
    length, strength, *_rest = numbers(change(sheet()))[BRIDGE]
    assert length * strength < 0.2


def test_as_many_numbers_whatever_is_seen() -> None:
    blank = np.full((680, 1000, 3), 200, np.uint8)
    assert len(numbers(blank)) == len(numbers(sheet())) == len(numbers(with_finger(SKIN, 740)))
