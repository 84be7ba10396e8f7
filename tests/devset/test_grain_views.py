"""Variants of a picture's finest detail: what they say of themselves is true."""

from __future__ import annotations

import numpy as np
import pytest

from extractors.vision.grain_net import SIZE
from tests.devset import faults, grain_views
from tests.devset.grain_views import Patches


@pytest.fixture(scope="module")
def sound() -> Patches:
    return grain_views.patches(faults.picture(910_000, fault=""), np.random.default_rng(1))


def test_patches_of_sound_pictures_become_sound_ones_and_displays(sound: Patches) -> None:
    bags = [grain_views.variant(sound, np.random.default_rng(seed)) for seed in range(40)]
    assert {bag.answer for bag in bags} == {0.0, 1.0}
    assert {bag.views.shape for bag in bags} == {(grain_views.BAG, 3, SIZE, SIZE)}
    assert all(bag.counts for bag in bags if not bag.answer)


def test_a_picture_of_which_one_cannot_tell_does_not_count(sound: Patches) -> None:
    doubtful = Patches(sound.pixels, None)
    assert not any(grain_views.variant(doubtful, np.random.default_rng(seed)).counts for seed in range(10))


def test_a_display_s_stripes_average_to_the_picture() -> None:
    page = np.full((200, 200, 3), 120, np.float32)
    for seed in range(12):
        shown = grain_views.sampled(page, np.random.default_rng(seed))
        assert shown.mean(axis=(0, 1)) == pytest.approx((120, 120, 120), rel=0.04)


def test_a_sensor_with_one_colour_a_pixel_sees_even_colours_as_they_are() -> None:
    page = np.full((64, 64, 3), (40, 90, 200), np.float32)
    assert np.abs(grain_views.mosaic(page)[4:-4, 4:-4] - (40, 90, 200)).max() < 1


def test_the_same_chance_makes_the_same_variant(sound: Patches) -> None:
    first, again = (grain_views.variant(sound, np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(first.views, again.views)
