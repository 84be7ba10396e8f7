"""A sheet's outline from where the net for whole pictures sees the sheet, moved to the edges that are there.

The net's mask is coarse: each side is moved and turned, by a cell of the mask at most, to where the colours on either
hand differ most. A side along the picture's rim has nothing beyond it and stays at the rim.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from extractors.vision import page_net, quads
from extractors.vision.images import Picture

_FINER = 4  # times the mask's own cells
_SEEN, _LEAST_SHARE, _MOST_SHARE, _MOST_SKEW = 0.5, 0.03, 0.985, 30.0
_LEAK_PX, _MOST_BESIDE = 9, 0.12
_MOVES_PX, _LEAST_GAIN = (6.0, 2.0, 0.7), 0.3
_LEAST_SURE = 0.85  # mean of the mask inside
_SAMPLES = np.linspace(0.08, 0.92, 32, dtype=np.float32)
_BESIDE_PX = 2.5
_STEPS = ((-1.0, 1.0, 9), (-0.16, 0.16, 5))  # first and last move of a side's end in cells, and how many between
_LIGHT_WEIGHT = np.array((0.7, 1.0, 1.0), np.float32)
_FAR_COSTS, _LEAST_CONTRAST, _LEAST_AT_RIM = 2.0, 3.0, 7.0
_NEAR_RIM = 0.6  # of a cell

Floats = NDArray[np.float32]


def seen_outline(mask: Floats, small: Picture) -> Floats | None:
    """The four corners in a picture of the largest sheet that a mask over its square view shows; None where none is plain.

    They are as coarse as the mask: `at_edges` makes them exact.

    Args:
        mask: `page_net.PageLook.sheet`.
        small: the picture, blue, green, red, of any size.
    """
    height, width = small.shape[:2]
    surplus = _finer(mask) - np.float32(_SEEN)
    region = _largest_region(surplus)
    quad = None if region is None else _fitted((surplus > 0) & (region > 0), surplus * region)
    if region is None or quad is None or quads.most_skewed(quad) > _MOST_SKEW or not _is_plain(surplus, region, quad):
        return None
    scale, margin = _view(small)
    corners = (quad + 0.5 - margin) / scale
    corners = np.clip(corners, 0, (width - 1, height - 1)).astype(np.float32)
    return corners if _LEAST_SHARE < quads.share_of(corners, small) < _MOST_SHARE else None


def agreement(mask: Floats, quad: Floats, small: Picture) -> float:
    """How far a quad in the picture covers what a mask shows and nothing else, 0 to 1."""
    scale, margin = _view(small)
    seen = _finer(mask)
    inside = _filled(quad * scale + margin, seen.shape) > 0
    shared = float(seen[inside].sum())
    return shared / max(1.0, float(seen.sum()) + float(inside.sum()) - shared)


def _finer(mask: Floats) -> Floats:
    side = len(mask) * _FINER
    return np.asarray(cv2.resize(mask, (side, side), interpolation=cv2.INTER_LINEAR), np.float32)


def _view(small: Picture) -> tuple[float, Floats]:
    """The scale from a picture to the finer mask over its square view, and what lies beside the picture there."""
    height, width = small.shape[:2]
    side = page_net.GRID * _FINER
    scale = side / max(height, width)
    margin = (side - np.array((width, height), np.float32) * np.float32(scale)) / np.float32(2)
    return scale, margin.astype(np.float32)


def _largest_region(surplus: Floats) -> NDArray[np.uint8] | None:
    """Where the largest sheet is, and what lies round it so far as it belongs to no other."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats((surplus > 0).astype(np.uint8), connectivity=4)
    if len(stats) < 2:
        return None
    largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    return np.asarray((labels == largest) | (labels == 0), np.uint8)


def _fitted(seen: NDArray[np.bool_], surplus: Floats) -> Floats:
    """Four corners round as much of the surplus as can be, each moved in turn by ever smaller steps."""
    core = cv2.morphologyEx(seen.astype(np.uint8), cv2.MORPH_OPEN, np.ones((_LEAK_PX, _LEAK_PX), np.uint8))
    points = cv2.findNonZero(core if core.any() else seen.astype(np.uint8))
    quad = quads.clockwise(cv2.boxPoints(cv2.minAreaRect(points)))
    held = _held(quad, surplus)
    for step in _MOVES_PX:
        is_better = True
        while is_better:
            is_better = False
            for moved in _moved(quad, step):
                if (more := _held(moved, surplus)) > held + _LEAST_GAIN:
                    quad, held, is_better = moved, more, True
    return quad


def _moved(quad: Floats, step: float) -> Iterator[Floats]:
    """The quad with a corner or a side moved along the sides that meet there."""
    for corner in range(4):
        for beside in ((corner + 1) % 4, (corner - 1) % 4):
            along = quad[beside] - quad[corner]
            move = along / max(1e-6, float(np.linalg.norm(along))) * np.float32(step)
            for ends in ([corner], [corner, (beside + 2) % 4]):  # the latter is the other end of the side that moves
                for sign in (1, -1):
                    moved = quad.copy()
                    moved[ends] += sign * move
                    yield moved


def _held(quad: Floats, surplus: Floats) -> float:
    return float((surplus * _filled(quad, surplus.shape)).sum())


def _filled(quad: Floats, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    filled = cv2.fillConvexPoly(np.zeros(shape[:2], np.uint8), np.round(quad * 8).astype(np.int32), 1, shift=3)
    return np.asarray(filled, np.uint8)


def _is_plain(surplus: Floats, region: NDArray[np.uint8], quad: Floats) -> bool:
    """Whether the mask is sure of what the corners hold and shows little beside them."""
    inside = _filled(quad, surplus.shape) > 0
    seen = (surplus > 0) & (region > 0)
    return bool(
        inside.any()
        and surplus[inside].mean() + _SEEN > _LEAST_SURE
        and (seen & ~inside).sum() < _MOST_BESIDE * inside.sum()
    )


def at_edges(quad: Floats, small: Picture) -> Floats:
    """The corners of a coarse outline moved to where the sheet's edges are; as they were where none are near."""
    cell = max(small.shape[:2]) / page_net.GRID
    lab = cv2.cvtColor(cv2.GaussianBlur(small, (3, 3), 0).astype(np.float32) / 255, cv2.COLOR_BGR2LAB)
    lines = [_edge(lab, quad[one], quad[(one + 1) % 4], cell) for one in range(4)]
    corners = [quads.meet(lines[one - 1], lines[one]) for one in range(4)]
    if any(corner is None for corner in corners):
        return quad
    moved = np.array(corners, np.float32)
    return moved if float(np.linalg.norm(moved - quad, axis=1).max()) < 3 * cell else quad


def _edge(lab: Floats, start: Floats, end: Floats, cell: float) -> Floats:
    """The side's line, as point and direction, where the colours on either hand differ most."""
    at_rim = _rim_near(lab, start, end, _NEAR_RIM * cell)
    if at_rim is not None:  # no farther than to an edge just inside: what a sheet has printed along its side is no edge
        cell, start, end = _NEAR_RIM * cell, *at_rim
    ends, contrast = np.stack([start, end]), 0.0
    for first, last, count in _STEPS:
        moves = np.linspace(first, last, count, dtype=np.float32) * cell
        tried = _tried(ends, moves)
        contrasts = _contrast(lab, tried)
        far = np.abs(np.stack(np.meshgrid(moves, moves, indexing="ij"), axis=-1)).mean(axis=-1).ravel() / cell
        best = int(np.argmax(contrasts - _FAR_COSTS * far))
        ends, contrast = tried[best], float(contrasts[best])
    if contrast < (_LEAST_CONTRAST if at_rim is None else _LEAST_AT_RIM):
        ends = np.stack([start, end])
    return np.array(
        (*ends[0], *((ends[1] - ends[0]) / max(1e-6, float(np.linalg.norm(ends[1] - ends[0]))))), np.float32
    )


def _rim_near(lab: Floats, start: Floats, end: Floats, near: float) -> Floats | None:
    """The picture's rim where the whole side lies along it."""
    height, width = lab.shape[:2]
    for axis, rim in ((0, 0.0), (1, 0.0), (0, width - 1.0), (1, height - 1.0)):
        if abs(start[axis] - rim) < near and abs(end[axis] - rim) < near:
            ends = np.stack([start, end])
            ends[:, axis] = rim
            return ends
    return None


def _tried(ends: Floats, moves: Floats) -> Floats:
    """The side with each of its ends moved aside by each of the moves: many x 2 x 2."""
    along = ends[1] - ends[0]
    aside = np.array((-along[1], along[0]), np.float32) / max(1e-6, float(np.linalg.norm(along)))
    first, second = (moved.ravel() for moved in np.meshgrid(moves, moves, indexing="ij"))
    return np.stack([ends[0] + first[:, None] * aside, ends[1] + second[:, None] * aside], axis=1)


def _contrast(lab: Floats, sides: Floats) -> Floats:
    """How much the colours on either hand of each side differ, in one way all along it and anyhow, in Lab units."""
    along = sides[:, 1] - sides[:, 0]
    aside = np.stack([-along[:, 1], along[:, 0]], axis=1)
    aside = aside / np.maximum(1e-6, np.linalg.norm(aside, axis=1, keepdims=True)) * np.float32(_BESIDE_PX)
    points = sides[:, :1] + along[:, None] * _SAMPLES[None, :, None]
    step = (_at(lab, points + aside[:, None]) - _at(lab, points - aside[:, None])) * _LIGHT_WEIGHT
    one_way = np.linalg.norm(step.mean(axis=1), axis=-1)
    return np.asarray(0.5 * one_way + 0.5 * np.minimum(np.linalg.norm(step, axis=-1), 25).mean(axis=1), np.float32)


def _at(lab: Floats, points: Floats) -> Floats:
    x = np.clip(np.rint(points[..., 0]), 0, lab.shape[1] - 1).astype(np.intp)
    y = np.clip(np.rint(points[..., 1]), 0, lab.shape[0] - 1).astype(np.intp)
    return np.asarray(lab[y, x])
