"""Sheets: found on tables, squared up, several on a page, none where there is none."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from extractors.vision import sheet
from extractors.vision.lines import Quad

Corners = tuple[tuple[int, int], ...]
CARD: Corners = ((120, 90), (860, 150), (820, 640), (90, 560))


def page(*cards: Corners, ground: tuple[int, int, int] = (60, 80, 110)) -> np.ndarray:  # type: ignore[type-arg]
    picture = np.full((760, 1000, 3), ground, np.uint8)
    for card in cards:
        cv2.fillPoly(picture, [np.array(card, np.int32)], (235, 228, 220))
    return picture


def near(found: Quad, wanted: Corners, tolerance: float) -> bool:
    return all(abs(a - c) < tolerance and abs(b - d) < tolerance for (a, b), (c, d) in zip(found, wanted, strict=True))


def test_a_tilted_card_is_found_at_its_corners() -> None:
    (found,) = sheet.find_sheets(page(CARD))
    assert found.found
    assert near(found.corners, CARD, 6)


def test_a_point_of_the_sheet_is_brought_back_to_the_page() -> None:
    (found,) = sheet.find_sheets(page(CARD))
    height, width = found.picture.shape[:2]
    back = cv2.perspectiveTransform(np.array([[[0.0, 0.0], [width, height]]]), found.to_page)[0]
    assert np.allclose(back, [found.corners[0], found.corners[2]], atol=1)


def test_two_cards_on_a_page_are_two_sheets_from_top_to_bottom() -> None:
    upper, lower = ((200, 40), (700, 40), (700, 350), (200, 350)), ((220, 400), (720, 400), (720, 710), (220, 710))
    found = sheet.find_sheets(page(upper, lower))
    assert [near(one.corners, want, 6) for one, want in zip(found, (upper, lower), strict=True)] == [True, True]


@pytest.mark.parametrize("shade", [0, 127, 255])
def test_a_page_without_a_sheet_is_the_sheet_itself(shade: int) -> None:
    (found,) = sheet.find_sheets(np.full((400, 600, 3), shade, np.uint8))
    assert not found.found
    assert found.picture.shape[:2] == (400, 600)


def test_a_sheet_is_shrunk_to_the_size_asked_for_and_never_enlarged() -> None:
    (found,) = sheet.find_sheets(page(CARD), longest_px=300)
    assert max(found.picture.shape[:2]) == 300
    (same,) = sheet.find_sheets(page(CARD), longest_px=5000)
    assert max(same.picture.shape[:2]) < 800


def test_a_thing_over_a_corner_does_not_move_the_sheet() -> None:
    picture = page(CARD)
    cv2.ellipse(picture, (900, 160), (130, 40), 10, 0, 360, (150, 178, 222), -1)
    (found,) = sheet.find_sheets(picture)
    assert near(found.corners, CARD, 8)


def printed(picture: np.ndarray, card: Corners) -> np.ndarray:  # type: ignore[type-arg]
    """Short strokes in rows inside the card, as print has them."""
    (left, top), (right, bottom) = np.min(card, axis=0) + 60, np.max(card, axis=0) - 60
    for y in range(top, bottom, 36):
        for x in range(left, right, 14):
            cv2.line(picture, (x, y), (x + 3, y + 16), (50, 50, 50), 3)
    return picture


def test_a_thing_under_a_corner_does_not_pull_it_out() -> None:
    card = ((300, 120), (900, 120), (900, 480), (300, 480))
    picture = np.full((760, 1000, 3), (60, 80, 60), np.uint8)
    cv2.fillPoly(picture, [np.array(((300, 200), (240, 600), (560, 480)), np.int32)], (225, 215, 200))
    cv2.fillPoly(picture, [np.array(card, np.int32)], (235, 228, 220))
    for row in range(170, 440, 40):
        cv2.line(picture, (340, row), (860, row), (60, 50, 50), 5)
    noise = np.random.default_rng(2).normal(0, 2, picture.shape)
    (found,) = sheet.find_sheets(np.clip(picture + noise, 0, 255).astype(np.uint8))
    assert near(found.corners, card, 8)


def test_a_sheet_on_a_chequered_cloth_is_found() -> None:
    card = ((330, 210), (760, 210), (760, 480), (330, 480))
    y, x = np.mgrid[0:760, 0:1000] // 70
    cloth = np.where(((y + x) % 2)[..., None] > 0, (150, 165, 190), (120, 135, 165)).astype(np.uint8)
    cv2.fillPoly(cloth, [np.array(card, np.int32)], (235, 228, 220))
    (found,) = sheet.find_sheets(printed(cloth, card))
    assert found.found
    assert near(found.corners, card, 8)


def test_a_page_with_two_cards_that_leaves_the_picture_is_one_sheet() -> None:
    sheet_on_table: Corners = ((150, 0), (860, 0), (850, 700), (165, 690))
    picture = page(sheet_on_table)
    for top in (90, 390):
        cv2.rectangle(picture, (300, top), (700, top + 240), (200, 190, 150), -1)
        printed(picture, ((300, top), (700, top), (700, top + 240), (300, top + 240)))
    (found,) = sheet.find_sheets(picture)
    assert near(found.corners, sheet_on_table, 8)


def test_a_card_hardly_paler_than_its_table_is_found() -> None:
    card = ((250, 180), (770, 200), (760, 530), (240, 505))
    picture = np.full((760, 1000, 3), (206, 208, 210), np.uint8)
    cv2.fillPoly(picture, [np.array(card, np.int32)], (215, 216, 217))
    noise = np.random.default_rng(3).normal(0, 5, picture.shape)
    picture = np.clip(printed(picture, card) + noise, 0, 255).astype(np.uint8)
    (found,) = sheet.find_sheets(picture)
    assert found.found
    assert near(found.corners, card, 8)


def test_a_sheet_that_leaves_the_picture_reaches_its_rim() -> None:
    picture = page(CARD)[:, :700]
    (found,) = sheet.find_sheets(picture)
    assert found.found
    assert near(found.corners, ((120, 90), (700, 137), (700, 625), (90, 560)), 12)


@pytest.mark.parametrize("seed", range(3))
def test_print_on_a_flat_scan_is_no_sheet(seed: int) -> None:
    chance = np.random.default_rng(seed)
    picture = np.full((760, 1000, 3), 244, np.uint8)
    for row in range(80, 700, 40):
        cv2.line(picture, (80, row), (int(chance.integers(300, 900)), row), (60, 60, 60), 6)
    (found,) = sheet.find_sheets(picture)
    assert not found.found


def test_a_scan_cut_at_a_card_s_edges_is_not_searched_the_costly_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing lies round such a card; a picture of other proportions may still hold one on a table of its colour."""
    searched: list[tuple[int, ...]] = []
    monkeypatch.setattr(
        sheet, "_cut_out", lambda small: searched.append(small.shape) or np.zeros(small.shape[:2], np.uint8)
    )
    for size in ((540, 856), (856, 540), (640, 856)):
        (found,) = sheet.find_sheets(np.full((*size, 3), 210, np.uint8))
        assert not found.found
    assert len(searched) == 1
