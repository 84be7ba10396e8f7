"""Photographs of drawn sheets: what they say of themselves is true."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tests.devset import tables
from tests.devset.faults import FAULTS
from tests.devset.photographs import camera, copies, covers, light, papers, poses, shots, surfaces
from tests.devset.scenes import Floats

PICTURE = (900, 700)
CORNERS = np.array([(200, 150), (700, 160), (690, 480), (205, 470)], np.float32)


def chance(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_the_same_seed_takes_the_same_picture() -> None:
    one, other = shots.shot(911_001), shots.shot(911_001)
    assert np.array_equal(one.picture, other.picture)
    assert (one.faults, one.doubtful, one.place) == (other.faults, other.doubtful, other.place)


@pytest.mark.parametrize("fault", ["", *FAULTS])
def test_each_fault_can_be_taken(fault: str) -> None:
    shot = shots.shot(911_002, fault)
    height, width = shot.picture.shape[:2]
    beyond = shot.corners.min() < -1 or (shot.corners.max(axis=0) > (width + 1, height + 1)).any()
    assert shot.faults == frozenset({fault} - {""})
    assert beyond == (fault == "cut")
    assert shot.picture.std() > 5


@pytest.mark.parametrize("flat", [True, False])
def test_a_sheet_lies_inside_until_it_is_pushed_out(flat: bool) -> None:
    for seed in range(20):
        corners = poses.seen(chance(seed), (1600, 1009), PICTURE, 0.9, flat=flat)
        assert corners.min() >= 0 and (corners.max(axis=0) <= PICTURE).all()
        out = poses.pushed_out(chance(seed), corners, PICTURE)
        assert out.min() < -3 or (out.max(axis=0) > np.add(PICTURE, 3)).any()


def test_a_scan_cut_inside_its_edges_is_smaller_than_the_sheet() -> None:
    whole = np.array([(0, 0), (900, 0), (900, 700), (0, 700)], np.float32)
    corners, (width, height) = poses.cut_flat(chance(3), whole, PICTURE)
    assert (width, height) != PICTURE
    assert corners.min() < -3 or (corners.max(axis=0) > (width + 3, height + 3)).any()


@pytest.mark.parametrize("thing", covers._THINGS)
def test_what_is_laid_over_a_sheet_covers_some_of_it_and_not_most(thing: covers._Maker) -> None:
    page = np.full((700, 900, 3), 200, np.float32)
    sheet = poses.inside(CORNERS, PICTURE)
    shares = []
    for seed in range(8):
        spot = covers._spot(chance(seed), CORNERS)
        _, cover = thing(chance(seed), page, spot)
        shares.append(float((cover > 0.5)[sheet].mean()))
    assert 0.001 < max(shares) < 0.5


def test_fingers_beside_a_sheet_cover_hardly_any_of_it() -> None:
    page = np.full((700, 900, 3), 200, np.float32)
    sheet = poses.inside(CORNERS, PICTURE)
    shares = [float((covers.beside(chance(seed), page, CORNERS).cover > 0.5)[sheet].mean()) for seed in range(10)]
    assert np.median(shares) < 0.002


def test_a_display_s_stripes_are_as_bright_in_all_as_the_page() -> None:
    page = np.full((240, 240, 3), 0.4, np.float32)
    shown = light.shown(chance(5), page)
    assert shown.std() > 0.01
    assert shown.mean(axis=(0, 1)) == pytest.approx(page.mean(axis=(0, 1)), rel=0.05)


def test_a_lamp_s_image_burns_the_sheet_and_a_sheen_does_not() -> None:
    page = np.full((700, 900, 3), 0.6, np.float32)
    sheet = poses.inside(CORNERS, PICTURE)
    lamp, sheen = (light.burnt(page + light.mirrored(chance(2), page, CORNERS, strong=s), sheet) for s in (True, False))
    assert lamp > 0.005 and sheen == 0


def test_a_hard_bar_of_light_falls_off_within_a_few_pixels() -> None:
    y, x = np.mgrid[-300:300, -400:400].astype(np.float32)
    for seed in range(20):
        bar = light._bar(chance(seed), x, y, 400.0)
        between = float(((bar > 0.05) & (bar < 0.95)).sum())
        assert bar.min() >= 0 and 0.6 < bar.max() <= 1
        assert between < 0.2 * bar.size


def test_what_is_burnt_out_is_no_brighter_than_the_camera_makes_it() -> None:
    page, levels = np.full((60, 80, 3), 3.0, np.float32), set()
    for seed in range(30):
        taken_by = camera.camera(chance(seed), None, scanner=True)
        white = taken_by.take(page)[10:50, 10:70]
        assert np.abs(white.astype(float) - np.minimum(255 * taken_by.whitest[::-1], 255)).max() < 2
        levels.add(int(white.min()))
    assert 255 in levels and min(levels) < 250


@pytest.mark.parametrize("make", [tables.lettered, tables._plaid, tables._fibrous, surfaces.surface])
def test_a_table_has_a_pattern_of_its_own_each_time(make: Callable[..., Floats]) -> None:
    one, other = (make(chance(seed), 320, 240) for seed in (1, 2))
    assert one.shape == other.shape == (240, 320, 3)
    assert np.abs(one - other).mean() > 2
    assert np.array_equal(one, make(chance(1), 320, 240))


def test_a_blur_spreads_a_point_about_as_far_as_it_says() -> None:
    for seed in range(20):
        kernel, spread = camera._blur(chance(seed), 3.0)
        assert kernel.sum() == pytest.approx(1, abs=1e-4)
        assert 1.0 < spread < 9


def test_a_copy_has_no_colour_and_an_original_has() -> None:
    original = papers._back(chance(4))
    copy = copies.copied(original, chance(4))
    assert np.ptp(copy.design.pixels.astype(int), axis=2).max() == 0
    assert np.ptp(original.design.pixels.astype(int), axis=2).max() > 60
