"""Outlines from a mask: found, moved to the edges that are there, and none where the mask shows no sheet."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from extractors.vision import outline, page_net, sheet
from extractors.vision.images import Picture
from extractors.vision.page_net import GRID
from tests.devset import tables
from tests.devset.designs import design

SIZE = (480, 640)
CARD = np.array([(130, 90), (520, 120), (500, 380), (110, 350)], np.float32)

Corners = np.ndarray[tuple[int, int], np.dtype[np.float32]]


def picture(corners: Corners) -> Picture:
    page = np.full((*SIZE, 3), (60, 80, 110), np.uint8)
    cv2.fillPoly(page, [corners.astype(np.int32)], (235, 228, 220))
    return page


def mask(corners: Corners) -> np.ndarray:  # type: ignore[type-arg]
    """The mask of a net that sees the sheet: coarse, over the square view."""
    side = max(SIZE)
    square = np.zeros((side, side), np.float32)
    cv2.fillPoly(square, [(corners + (side - np.array(SIZE[::-1])) / 2).astype(np.int32)], 1.0)
    return cv2.resize(square, (GRID, GRID), interpolation=cv2.INTER_AREA)


def found_in(mask: np.ndarray, page: Picture) -> Corners | None:  # type: ignore[type-arg]
    seen = outline.seen_outline(mask, page)
    return None if seen is None else outline.at_edges(seen, page)


def test_an_outline_lies_on_the_sheet_s_edges_though_the_mask_is_coarse() -> None:
    for off in ((0, 0), (5, -6), (-7, 4)):
        found = found_in(mask(CARD + np.array(off, np.float32)), picture(CARD))
        assert found is not None
        assert np.abs(found - CARD).max() < 3


def test_a_sheet_that_leaves_the_picture_ends_at_its_rim() -> None:
    beyond = np.array([(-40, 90), (420, 90), (420, 380), (-40, 380)], np.float32)
    found = found_in(mask(np.clip(beyond, 0, None)), picture(beyond))
    assert found is not None
    assert found[:, 0].min() == pytest.approx(0, abs=1)


def test_without_an_edge_nearby_the_mask_s_own_outline_stays() -> None:
    plain = np.full((*SIZE, 3), 200, np.uint8)
    found = found_in(mask(CARD), plain)
    assert found is not None
    assert np.abs(found - CARD).max() < 16


@pytest.mark.parametrize("value", [0.0, 0.6, 1.0])
def test_a_mask_of_nothing_of_all_or_unsure_has_no_outline(value: float) -> None:
    assert outline.seen_outline(np.full((GRID, GRID), value, np.float32), picture(CARD)) is None


def test_a_sheet_on_a_printed_page_is_found_where_edges_alone_show_none() -> None:
    drawn = picture(CARD)
    chance = np.random.default_rng(5)
    covered = (drawn == (235, 228, 220)).all(axis=2)
    page = np.where(covered[..., None], drawn, tables._printed(chance, SIZE[1], SIZE[0]).astype(np.uint8))
    card = design(np.random.default_rng(3)).pixels[..., ::-1]
    target = cv2.getPerspectiveTransform(
        np.array([(0, 0), (card.shape[1], 0), card.shape[1::-1], (0, card.shape[0])], np.float32), CARD
    )
    laid = cv2.warpPerspective(np.ascontiguousarray(card), target, SIZE[::-1], flags=cv2.INTER_AREA)
    page = np.where(covered[..., None], laid, page)
    (found,) = sheet.find_sheets(page)
    assert found.found
    assert np.abs(np.array(found.corners) - CARD).max() < 12
    assert page_net.look(page).cut < 0.3
