"""Measurements order pictures as a reviewer would."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from extractors.vision import colour, forest, glare, sharpness
from samples import draw_cards, people

SHARP = cv2.cvtColor(
    cv2.resize(draw_cards.front(people.XU, 3), (1000, 631), interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2BGR
)


def distance(picture: np.ndarray) -> float:  # type: ignore[type-arg]
    return colour.colour_distance(colour.copy_numbers(picture))


def grey(picture: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
    return cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(np.float32)  # type: ignore[no-any-return]


def test_edges_widen_with_blur_and_not_with_noise() -> None:
    noise = np.random.default_rng(1).normal(0, 6, SHARP.shape)
    widths = [
        sharpness.edge_width(sharpness.sharpness_numbers(picture, 1000.0))
        for picture in (
            SHARP,
            np.clip(SHARP + noise, 0, 255).astype(np.uint8),
            cv2.GaussianBlur(SHARP, (0, 0), 1.6),
            np.clip(cv2.GaussianBlur(SHARP, (0, 0), 3.0) + noise, 0, 255).astype(np.uint8),
        )
    ]
    sharp, noisy, soft, blurred = (width or 0.0 for width in widths)
    assert sharp < 3.0
    assert noisy < 3.0
    assert soft > 3.0
    assert blurred > 4.0


def test_an_empty_sheet_has_no_edges_to_measure() -> None:
    assert sharpness.edge_width(sharpness.sharpness_numbers(np.full((300, 400, 3), 200, np.uint8), 400.0)) is None


def test_reblur_rises_with_blur() -> None:
    sharp, blurred = sharpness.reblur(grey(SHARP)), sharpness.reblur(grey(cv2.GaussianBlur(SHARP, (0, 0), 3.0)))
    assert sharp is not None
    assert blurred is not None
    assert sharp < 0.3 < 0.45 < blurred


@pytest.mark.parametrize("cast", [(1.0, 1.0, 1.0), (0.8, 0.93, 1.0), (1.0, 0.95, 0.82)])
def test_a_grey_copy_is_colourless_under_any_lamp_and_an_original_is_not(cast: tuple[float, float, float]) -> None:
    copy = np.repeat(cv2.cvtColor(SHARP, cv2.COLOR_BGR2GRAY)[:, :, None], 3, axis=2)
    assert distance((copy * np.array(cast)).astype(np.uint8)) < 8
    assert distance((SHARP * np.array(cast)).astype(np.uint8)) > 12


def test_coloured_grain_is_no_colour() -> None:
    copy = np.repeat(grey(SHARP)[:, :, None], 3, axis=2)
    assert distance(noisy(copy, 26.0)) < 5.9
    assert distance(noisy(SHARP, 26.0)) > 12


def test_a_reflection_is_measured_and_a_white_scan_is_not_one() -> None:
    dim = (SHARP * 0.75).astype(np.uint8)
    assert glare.burnt_share(dim) == 0.0
    shining = dim.copy()
    cv2.ellipse(shining, (400, 300), (150, 80), 20, 0, 360, (255, 255, 255), -1)
    assert glare.burnt_share(shining) == pytest.approx(0.06, abs=0.01)
    assert glare.burnt_share(np.full((400, 600, 3), 252, np.uint8)) == 0.0


def noisy(picture: np.ndarray, grain: float) -> np.ndarray:  # type: ignore[type-arg]
    noise = cv2.GaussianBlur(np.random.default_rng(4).normal(0, grain, picture.shape), (0, 0), 0.8)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def shaken(picture: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
    return cv2.blur(picture, (9, 1))


@pytest.mark.parametrize("blur", [lambda picture: cv2.GaussianBlur(picture, (0, 0), 2.2), shaken])
@pytest.mark.parametrize("grain", [0.0, 16.0])
def test_differences_grow_later_with_distance_in_blurred_pictures_noisy_or_not(blur, grain: float) -> None:  # type: ignore[no-untyped-def]
    found = [sharpness.sharpness_numbers(noisy(picture, grain), 1000.0) for picture in (SHARP, blur(SHARP))]
    assert found[0] is not None
    assert found[1] is not None
    sharp, blurred = (numbers[7] for numbers in found)
    assert blurred < 0.6 * sharp


def test_a_reflection_s_soft_rim_is_not_taken_for_blurred_print() -> None:
    lamp = np.zeros(SHARP.shape[:2], np.float32)
    cv2.ellipse(lamp, (420, 320), (330, 200), 20, 0, 360, 1.0, -1)
    lamp = cv2.GaussianBlur(lamp, (0, 0), 8)[..., None]
    dim = SHARP * 0.4
    lit = (dim * (1 - lamp) + 255 * lamp).astype(np.uint8)
    found = [sharpness.sharpness_numbers(picture, 1000.0) for picture in (dim.astype(np.uint8), lit)]
    assert found[0] is not None
    assert found[1] is not None
    plain, shining = (numbers[7] for numbers in found)
    assert shining == pytest.approx(plain, rel=0.15)


def test_a_sheet_without_print_has_no_sharpness() -> None:
    assert sharpness.sharpness_numbers(np.full((400, 600, 3), 220, np.uint8), 600.0) is None


def test_white_paper_all_round_two_cards_is_no_reflection_but_light_on_a_card_is() -> None:
    page = np.full((1000, 760, 3), 252, np.uint8)
    for top in (100, 540):
        page[top : top + 360, 80:680] = (228, 214, 200)
        cv2.putText(page, "SPECIMEN 2026", (120, top + 180), cv2.FONT_HERSHEY_SIMPLEX, 1.6, (40, 40, 40), 4)
    lamp = np.zeros(page.shape[:2], np.float32)
    cv2.ellipse(lamp, (380, 280), (110, 70), 20, 0, 360, 1.0, -1)
    lamp = cv2.GaussianBlur(lamp, (0, 0), 16)[..., None]
    shining = (page * (1 - lamp) + 255 * lamp).astype(np.uint8)
    plain, lit = (forest.score("glare", glare.glare_numbers(one)) for one in (page, shining))
    assert plain is not None and lit is not None
    assert plain < 0.3 < 0.4 < lit
