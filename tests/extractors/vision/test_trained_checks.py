"""The trained checks on drawn pictures they have not learnt from, and the walk through a forest itself."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import pytest

from extractors.vision import forest, glare, images, moire, quality, rim
from extractors.vision.forest import Forest
from extractors.vision.images import Picture
from extractors.vision.quality import Measures
from extractors.vision.sheet import find_sheets
from tests.devset import conditions, draw

SHEET = draw.KINDS["idcard_front"](np.random.default_rng(77))
HIGHEST_WAVE = slice(14, 20)
"""Of the screen's numbers those of the highest wave in lightness; the last three are how the colours go together."""
FAULTS = {
    "blur_score": "blur",
    "screen_score": "moire",
    "glare_score": "glare",
    "cut_score": "crop",
    "occlusion_score": "finger",
}


@cache
def measured(condition: str) -> Measures:
    page = images.decode(conditions.take(SHEET, condition, np.random.default_rng(11)))
    sheet = find_sheets(page)[0]
    return quality.measure(page, sheet.picture, sheet.corners, found=sheet.found)


@pytest.mark.parametrize(("score", "condition"), FAULTS.items())
def test_each_fault_scores_high_where_it_is_and_low_elsewhere(score: str, condition: str) -> None:
    assert getattr(measured(condition), score) > 0.5
    for other in ("phone", "perspective", *(fault for name, fault in FAULTS.items() if name != score)):
        assert getattr(measured(other), score) < 0.5, other


def test_a_portrait_before_a_white_wall_is_no_reflection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.devset.page.WALLS", (((255, 255, 255), 255),))
    for seed in range(3):
        drawn = draw.KINDS["idcard_front"](np.random.default_rng(seed))
        scan = cv2.resize(drawn.pixels[:, :, ::-1], (1100, 694), interpolation=cv2.INTER_AREA)
        score = forest.score("glare", glare.glare_numbers(np.asarray(scan, np.uint8)))
        assert score is not None
        assert score < 0.4


@pytest.mark.parametrize("size", [(40, 60), (300, 300), (33, 2000), (700, 1100)])
@pytest.mark.parametrize("found", [False, True])
def test_any_picture_can_be_measured(size: tuple[int, int], found: bool) -> None:
    height, width = size
    corners = ((0.0, 0.0), (width - 1.0, 0.0), (width - 1.0, height - 1.0), (0.0, height - 1.0))
    for page in (
        np.full((height, width, 3), 255, np.uint8),
        np.random.default_rng(3).integers(0, 256, (*size, 3), np.uint8),
    ):
        measures = quality.measure(page, page, corners, found=found)
        for name in FAULTS:
            score = getattr(measures, name)
            assert score is None or 0 <= score <= 1


def test_a_sheet_too_small_for_a_spectrum_has_no_screen_score() -> None:
    page: Picture = np.full((200, 300, 3), 200, np.uint8)
    assert moire.screen_numbers(page, ((0.0, 0.0), (300.0, 0.0), (300.0, 200.0), (0.0, 200.0))) is None


def test_a_grid_makes_peaks_that_paper_does_not() -> None:
    corners = ((0.0, 0.0), (640.0, 0.0), (640.0, 480.0), (0.0, 480.0))
    y, x = np.mgrid[0:480, 0:640]
    paper = np.random.default_rng(5).normal(200, 4, (480, 640, 1)).repeat(3, axis=2)
    screen = paper + 12 * np.sin(2 * np.pi * (x * 0.31 + y * 0.13))[..., None]
    flat, grid = (moire.screen_numbers(np.clip(p, 0, 255).astype(np.uint8), corners) for p in (paper, screen))
    assert flat is not None
    assert grid is not None
    # of each channel four bands with three peaks each come first
    assert max(grid[:12]) > max(flat[:12]) + 1


@pytest.mark.parametrize(("step", "together"), [(0.0, 1.0), (1 / 3, -0.5)])
def test_a_display_s_stripes_are_coloured_one_after_the_other_and_printed_lines_are_not(
    step: float, together: float
) -> None:
    corners = ((0.0, 0.0), (640.0, 0.0), (640.0, 480.0), (0.0, 480.0))
    y, x = np.mgrid[0:480, 0:640]
    waves = np.stack([np.cos(2 * np.pi * (x * 0.21 + y * 0.05 - c * step)) for c in range(3)], axis=2)
    page = np.random.default_rng(5).normal(200, 2, waves.shape) + 15 * waves
    numbers = moire.screen_numbers(np.clip(page, 0, 255).astype(np.uint8), corners)
    assert numbers is not None
    assert numbers[HIGHEST_WAVE][0] == pytest.approx(np.hypot(0.21, 0.05), abs=0.02)
    assert numbers[HIGHEST_WAVE][3:] == pytest.approx([together] * 3, abs=0.2)


def test_a_side_out_of_the_picture_shows_in_the_rim() -> None:
    page = np.full((400, 600, 3), 90, np.uint8)
    cv2.rectangle(page, (250, 80), (599, 320), (230, 230, 230), -1)
    view = rim.view_rim(page, ((250.0, 80.0), (600.0, 80.0), (600.0, 320.0), (250.0, 320.0)), found=True)
    whole = rim.view_rim(page, ((250.0, 80.0), (540.0, 80.0), (540.0, 320.0), (250.0, 320.0)), found=True)
    assert view.corner_margins[0] == 0 < whole.corner_margins[0]
    assert (~view.inside_page).sum() > 1000 > (~whole.inside_page).sum()


def test_a_forest_is_the_mean_of_its_trees_leaves() -> None:
    ints = {
        name: np.array(values, np.int32)
        for name, values in (("left", [1, 0, 0, 4, 0, 0]), ("right", [2, 0, 0, 5, 0, 0]))
    }
    two = Forest(
        roots=np.array([0, 3], np.int32),
        feature=np.array([0, -2, -2, 1, -2, -2], np.int16),
        threshold=np.array([0.5, 0, 0, 10, 0, 0], np.float32),
        value=np.array([0, 0.2, 0.8, 0, 0.4, 1.0], np.float32),
        **ints,
    )
    assert two.score([0.5, 10]) == pytest.approx(0.3)
    assert two.score([0.6, 11]) == pytest.approx(0.9)


def test_nothing_measured_is_no_score() -> None:
    assert forest.score("screen", None) is None


def test_a_short_stretch_at_the_start_of_the_ring_is_measured() -> None:
    ring = np.full((800, 3), (60.0, 0.0, 0.0), np.float32)
    ring[:3] = (95, 0, 0)
    share, lighter, *others = rim.across_the_ring(ring)
    assert share == pytest.approx(3 / 800)
    assert lighter == pytest.approx(35)
    assert np.isfinite(others).all()
