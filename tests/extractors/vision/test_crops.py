"""A crop shows its text upright, whichever way the page was photographed."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from extractors.vision import images


def page(degrees: int) -> tuple[np.ndarray, list[tuple[float, float]]]:
    """A page turned clockwise, with a black bar at the start of a text field, and the field's box on it."""
    upright = np.full((300, 500, 3), 255, np.uint8)
    upright[100:140, 100:140] = 0
    corners = [(100.0, 100.0), (300.0, 100.0), (300.0, 140.0), (100.0, 140.0)]
    matrix = images.turn_matrix(500, 300, degrees)
    return images.turn(upright, degrees), list(images.map_quad(matrix, tuple(corners)))  # type: ignore[arg-type]


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_the_start_of_the_text_is_at_the_left_of_the_crop(degrees: int) -> None:
    picture, box = page(degrees)
    crop = cv2.imdecode(np.frombuffer(images.crop_jpeg(picture, box), np.uint8), cv2.IMREAD_GRAYSCALE)
    height, width = crop.shape
    assert width > height
    assert crop[:, : width // 3].mean() < crop[:, -width // 3 :].mean() - 20
