"""Variants of drawn pictures: what they say of themselves is true."""

from __future__ import annotations

import numpy as np
import pytest

from tests.devset import faults, page_views
from tests.devset.page_views import Small, View
from tests.devset.photographs import poses
from tests.devset.scenes import Scene


@pytest.fixture(scope="module")
def sound() -> Small:
    """A sheet that lies whole on a desk."""
    shots = (faults.picture(seed, fault="") for seed in range(910_000, 910_050))
    return next(small for small in map(page_views.shrunk, shots) if small.place == "desk")


@pytest.fixture(scope="module")
def variants(sound: Small) -> list[View]:
    return [page_views.variant(sound, np.random.default_rng(seed)) for seed in range(60)]


def test_a_trimmed_picture_holds_the_whole_sheet_and_a_cut_one_does_not(sound: Small) -> None:
    low, high = sound.corners.min(axis=0), sound.corners.max(axis=0)
    for seed in range(40):
        trimmed, cut = (make(sound, np.random.default_rng(seed)) for make in (page_views._trimmed, page_views._cutting))
        assert (low > trimmed[:2]).all() and (high < trimmed[2:]).all()
        assert (low < cut[:2]).any() or (high > cut[2:]).any()


def test_variants_are_cut_and_whole(variants: list[View]) -> None:
    assert {bool(one.answers[1]) for one in variants} == {True, False}


def test_what_is_said_to_be_covered_lies_on_the_sheet(variants: list[View]) -> None:
    held = [one for one in variants if one.counts[0]]
    assert {bool(one.answers[0]) for one in held} == {True, False}
    for one in held:
        assert bool(one.masks[1].max() > 0.1) == bool(one.answers[0])
        assert (one.masks[1] <= one.masks[0] + 0.02).all()


def test_the_same_chance_makes_the_same_variant(sound: Small, variants: list[View]) -> None:
    again = page_views.variant(sound, np.random.default_rng(7))
    assert np.array_equal(again.view, variants[7].view)


def test_nobody_knows_what_a_finger_drawn_before_covers() -> None:
    small = page_views.shrunk(faults.picture(910_003, fault="finger"))
    one = page_views.variant(small, np.random.default_rng(1))
    assert (one.cover_known, one.answers[0]) == (0, 1)


def test_a_lamp_brightens_the_sheet_and_nothing_beside_it(sound: Small) -> None:
    scene = Scene(sound.page[..., ::-1].astype(np.float32), sound.corners, sound.place)
    sheet = poses.inside(sound.corners, sound.page.shape[1::-1])
    for seed in range(10):
        after = page_views._lamp_mirrored(scene, np.random.default_rng(seed)).page - scene.page
        assert after.min() >= 0 and after[sheet].max() > 5
        assert after[~sheet].mean() < 0.1
