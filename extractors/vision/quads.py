"""Four-cornered outlines: fitted to a region's contour, and what is asked of them.

Corners are points of x and y, clockwise from the upper left. A side's line is fitted to the middle of the side, because
the corners of a card are round.
"""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from extractors.vision.images import Picture

Floats = NDArray[np.float32]


def fit_quad(contour: NDArray[np.int32]) -> Floats | None:
    """The four side lines of a contour, met at the corners."""
    hull = cv2.convexHull(contour)
    rough = _rough_corners(hull)
    if rough is None:
        return None
    points = contour.reshape(-1, 2).astype(np.float32)
    sides = [_side_line(points, rough[i], rough[(i + 1) % 4]) for i in range(4)]
    corners = [meet(a, b) for a, b in pairwise([sides[3], *sides])]
    if any(corner is None for corner in corners):
        return rough
    fitted = np.array(corners, dtype=np.float32)
    moved = float(np.linalg.norm(fitted - rough, axis=1).max())
    return fitted if moved < 0.12 * max(side_lengths(rough)) else rough


def most_skewed(quad: Floats) -> float:
    """By how many degrees the corner farthest from a right angle differs from it."""
    edges = np.roll(quad, -1, axis=0) - quad
    unit = edges / np.maximum(1e-6, np.linalg.norm(edges, axis=1, keepdims=True))
    cosines = (unit * np.roll(unit, 1, axis=0)).sum(axis=1)
    return float(np.degrees(np.abs(np.arcsin(np.clip(cosines, -1, 1)))).max())


def _rough_corners(hull: NDArray[np.int32]) -> Floats | None:
    perimeter = cv2.arcLength(hull, True)
    for share in (0.02, 0.03, 0.04, 0.06, 0.08):
        polygon = cv2.approxPolyDP(hull, share * perimeter, True)
        if len(polygon) == 4 and cv2.isContourConvex(polygon):
            return clockwise(polygon.reshape(4, 2).astype(np.float32))
    box = cv2.boxPoints(cv2.minAreaRect(hull))
    return clockwise(box) if cv2.contourArea(box) > 0 else None


def clockwise(points: Floats) -> Floats:
    """Corners clockwise from the one nearest the upper left."""
    centre = points.mean(axis=0)
    angles = np.arctan2(points[:, 1] - centre[1], points[:, 0] - centre[0])
    ordered = points[np.argsort(angles, kind="stable")]
    first = int(np.argmin(ordered.sum(axis=1)))
    return np.roll(ordered, -first, axis=0)


def _side_line(points: Floats, start: Floats, end: Floats) -> Floats:
    """A line through the contour points along the middle of a side: point and direction."""
    along = end - start
    length = float(np.linalg.norm(along)) or 1.0
    unit = along / length
    offset = points - start
    position = offset @ unit / length
    aside = np.abs(offset @ np.array((-unit[1], unit[0])))
    near = points[(position > 0.12) & (position < 0.88) & (aside < 0.04 * length)]
    if len(near) < 12:
        return np.array((*start, *unit), dtype=np.float32)
    vx, vy, x, y = cv2.fitLine(near, cv2.DIST_HUBER, 0, 0.01, 0.01).ravel()
    return np.array((x, y, vx, vy), dtype=np.float32)


def meet(a: Floats, b: Floats) -> tuple[float, float] | None:
    """Where two lines (point and direction) cross; None where they are nearly parallel."""
    cross = float(a[2] * b[3] - a[3] * b[2])
    if abs(cross) < 0.2:
        return None
    t = ((b[0] - a[0]) * b[3] - (b[1] - a[1]) * b[2]) / cross
    return float(a[0] + t * a[2]), float(a[1] + t * a[3])


def side_lengths(quad: Floats) -> list[float]:
    """From the first corner on: upper, right, lower, left."""
    return [float(np.linalg.norm(quad[i] - quad[(i + 1) % 4])) for i in range(4)]


def share_of(quad: Floats, small: Picture) -> float:
    """How much of a picture's area a quad takes."""
    area = float(small.shape[0] * small.shape[1])
    return float(cv2.contourArea(quad.astype(np.float32))) / area


def overlap(a: Floats, b: Floats) -> bool:
    """Whether two quads share more than a fifth of the smaller one."""
    area, _ = cv2.intersectConvexConvex(cv2.convexHull(a.astype(np.float32)), cv2.convexHull(b.astype(np.float32)))
    least = min(float(cv2.contourArea(a.astype(np.float32))), float(cv2.contourArea(b.astype(np.float32))))
    return bool(area > 0.2 * least)
