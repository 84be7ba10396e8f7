"""The net that looks at whole pictures: what it is shown, and that it tells faulty ones from sound ones."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

from extractors.vision import outline, page_net
from extractors.vision.images import shrink
from tests.devset import faults

SEEDS = range(900_000, 900_006)


def test_a_picture_lies_in_the_middle_of_the_view_and_beside_it_is_nothing() -> None:
    page = np.full((300, 600, 3), 255, np.uint8)
    view = page_net.page_view(page)
    assert view.shape == (4, page_net.SIZE, page_net.SIZE)
    assert view[3].sum() == page_net.SIZE * page_net.SIZE / 2
    inside = view[3] > 0
    assert view[0][inside] == pytest.approx(1.0, abs=1e-3)
    assert not view[:, ~inside].any()


@pytest.mark.parametrize("shape", [(1, 900), (900, 1), (1, 1)])
def test_a_picture_of_any_shape_can_be_looked_at(shape: tuple[int, int]) -> None:
    look = page_net.look(np.full((*shape, 3), 90, np.uint8))
    assert 0 <= look.occlusion <= 1
    assert 0 <= look.cut <= 1


@lru_cache
def looks(fault: str) -> list[page_net.PageLook]:
    return [page_net.look(faults.picture(seed, fault=fault).picture) for seed in SEEDS]


@pytest.mark.parametrize(
    ("fault", "name"), [("finger", "occlusion"), ("cut", "cut"), ("grey", "copy"), ("glare", "glare")]
)
def test_faulty_pictures_look_worse_than_sound_ones(fault: str, name: str) -> None:
    scores = {kind: [getattr(look, name) for look in looks(kind)] for kind in ("", fault)}
    assert np.median(scores[""]) < 0.3 < 0.6 < np.median(scores[fault])


def test_a_picture_and_its_mirror_image_look_alike() -> None:
    picture = faults.picture(900_001, fault="finger").picture
    # Pictures are shrunk by halves, which leave out an odd last column.
    height, width = (side // 8 * 8 for side in picture.shape[:2])
    page = np.ascontiguousarray(picture[:height, :width])
    assert page_net.look(page) == page_net.look(np.ascontiguousarray(page[:, ::-1]))


def test_the_mask_shows_where_the_sheet_is() -> None:
    shots = (faults.picture(seed, fault="") for seed in range(900_010, 900_024))
    agreed = [agreement(shot) for shot in shots if shot.place == "desk"]
    assert len(agreed) > 3
    assert np.median(agreed) > 0.85


def agreement(shot: faults.Shot) -> float:
    small, scale = shrink(shot.picture, 640)
    return outline.agreement(page_net.look(shot.picture).sheet, shot.corners * np.float32(scale), small)


def test_a_page_that_was_just_looked_at_is_not_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    page = np.full((300, 400, 3), 120, np.uint8)
    first = page_net.look(page)
    monkeypatch.setattr(page_net, "page_view", lambda _: pytest.fail("looked at again"))
    assert page_net.look(page) is first
