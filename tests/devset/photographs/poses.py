"""Where a sheet lies before the camera: turned in space, inside the picture or pushed over its rim."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.devset.scenes import Chance, Floats, one


def seen(chance: Chance, sheet: tuple[int, int], picture: tuple[int, int], fill: float, *, flat: bool) -> Floats:
    """Corners of a sheet (both sizes as width, height) wholly inside the picture; `flat` as on a scanner."""
    width, height = sheet
    corners = np.array([(-width, -height, 0), (width, -height, 0), (width, height, 0), (-width, height, 0)]) / 2
    for axis, degrees in zip((2, 0, 1), _angles(chance, flat=flat), strict=True):
        corners = corners @ _turn(axis, degrees).T
    far = 1.6 * max(sheet) + corners[:, 2:]
    points = corners[:, :2] / far
    low, high = points.min(axis=0), points.max(axis=0)
    points = (points - (low + high) / 2) * (fill * np.min(np.array(picture) / (high - low)))
    room = np.array(picture) / 2 - np.abs(points).max(axis=0)
    return np.asarray(points + np.array(picture) / 2 + room * chance.uniform(-0.8, 0.8, 2), np.float32)


def _angles(chance: Chance, *, flat: bool) -> tuple[float, float, float]:
    if flat:
        return chance.normal(0, 1.2) + one(chance, (0, 0, 90, 180)), 0.0, 0.0
    level = chance.normal(0, 5) if chance.random() < 0.8 else chance.uniform(-40, 40)
    return level + one(chance, (0, 0, 0, 0, 0, 90, -90, 180)), chance.normal(0, 9), chance.normal(0, 9)


def _turn(axis: int, degrees: float) -> NDArray[np.float64]:
    turn = np.eye(3)
    one_, other = ((1, 2), (0, 2), (0, 1))[axis]
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    turn[one_, one_] = turn[other, other] = cosine
    turn[one_, other], turn[other, one_] = -sine, sine
    return turn


def pushed_out(chance: Chance, corners: Floats, picture: tuple[int, int]) -> Floats:
    """The sheet over one or two of the picture's sides, by 3.5 to 20 % of what it measures across them."""
    corners = corners.copy()
    lost = chance.uniform(0.035, 0.2, 2) * (corners.max(axis=0) - corners.min(axis=0))
    for side in chance.permutation(4)[: 2 if chance.random() < 0.3 else 1]:
        axis = side % 2
        if side < 2:
            corners[:, axis] -= corners[:, axis].min() + lost[axis]
        else:
            corners[:, axis] += picture[axis] + lost[axis] - corners[:, axis].max()
    return corners


def cut_flat(chance: Chance, corners: Floats, picture: tuple[int, int]) -> tuple[Floats, tuple[int, int]]:
    """A scan cut inside the sheet's edges: its corners, and the picture's size."""
    lost = np.where(chance.random(4) < 0.5, chance.uniform(0.03, 0.16, 4), 0)
    lost[chance.integers(4)] = chance.uniform(0.06, 0.2)
    width, height = picture
    off = np.array((lost[0] * width, lost[1] * height), np.float32)
    return corners - off, (int(width * (1 - lost[0] - lost[2])), int(height * (1 - lost[1] - lost[3])))


def inside(corners: Floats, picture: tuple[int, int]) -> NDArray[np.bool_]:
    """Where the sheet is in the picture."""
    points = np.round(corners * 16).astype(np.int32)
    return cv2.fillConvexPoly(np.zeros(picture[::-1], np.uint8), points, 1, shift=4) > 0
