"""The net that looks at a sheet's finest detail: what it is shown, and that it tells displays from paper."""

from __future__ import annotations

import numpy as np

from extractors.vision import grain_net
from extractors.vision.images import Picture
from extractors.vision.lines import Quad
from tests.devset import faults

SEEDS = range(900_000, 900_006)


def whole(page: Picture) -> Quad:
    height, width = page.shape[:2]
    return (0.0, 0.0), (float(width), 0.0), (float(width), float(height)), (0.0, float(height))


def test_a_patch_of_one_tone_is_nothing_to_look_at() -> None:
    view = grain_net.patch_view(np.full((grain_net.SIZE, grain_net.SIZE, 3), 180, np.uint8))
    assert np.abs(view).max() < 1e-3


def test_a_picture_smaller_than_a_patch_is_not_judged() -> None:
    page = np.full((grain_net.SIZE - 1, 900, 3), 90, np.uint8)
    assert grain_net.screen_likeness(page, whole(page)) is None


def test_corners_outside_the_picture_do_no_harm() -> None:
    page = np.full((300, 400, 3), 90, np.uint8)
    said = grain_net.screen_likeness(page, ((-500.0, -500.0), (900.0, -500.0), (900.0, 900.0), (-500.0, 900.0)))
    assert said is not None
    assert 0 <= said <= 1


def test_displays_look_more_like_displays_than_paper_does() -> None:
    said = {
        kind: [
            grain_net.screen_likeness(page, whole(page))
            for page in (faults.picture(seed, fault=kind).picture for seed in SEEDS)
        ]
        for kind in ("", "screen")
    }
    assert np.median(said[""]) < 0.2 < 0.6 < np.median(said["screen"])  # type: ignore[arg-type]
