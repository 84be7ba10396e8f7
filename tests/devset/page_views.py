"""Endless small variants of drawn pictures, for the net that looks at whole pages (`tools/train_page_net.py`).

Of one picture with a known sheet come many: fingers laid over its sides or beside them, sides cut off by cropping or left
whole, turned, mirrored, in other tones. Each tells where the sheet is and what covers it, from which a net learns more
than from a yes or no.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from extractors.vision.page_net import SIZE, page_view
from tests.devset import fingers
from tests.devset.faults import Shot
from tests.devset.scenes import Chance, Floats, Scene

GRID = 40
"""The masks' side: a quarter of the view's."""

LONG_PX = 320
_HELD, _BESIDE = 0.5, 0.2
_VISIBLE, _COVERED, _UNCOVERED = 14.0, 0.004, 0.001  # of 255; shares of the sheet
_TRIMMED, _CUT, _CUT_TWICE = 0.45, 0.27, 0.25
_LEAST_CUT, _MOST_CUT = 0.012, 0.22
_LEAST_MARGIN = 0.006


@dataclass(frozen=True, slots=True)
class Small:
    """A drawn picture shrunk to `LONG_PX`, with its sheet, its faults, and those of them that hardly show."""

    page: NDArray[np.uint8]
    corners: Floats
    faults: frozenset[str]
    doubtful: frozenset[str]
    place: str


@dataclass(frozen=True, slots=True)
class View:
    """What the net is shown and what it should say; `counts` is 0 where nobody could tell, `cover_known` likewise."""

    view: Floats
    masks: Floats  # 2 x GRID x GRID: the sheet, what covers it
    answers: Floats  # occlusion, cut
    counts: Floats
    cover_known: float


@dataclass(frozen=True, slots=True)
class _Seen:
    """A variant on its way: `cover` is None where a finger was drawn before and nobody knows where."""

    page: NDArray[np.uint8]
    sheet: NDArray[np.uint8]
    cover: Floats | None
    is_held: bool
    is_cut: bool


def shrunk(shot: Shot) -> Small:
    """A drawn picture as the variants are made from it."""
    scale = LONG_PX / max(shot.picture.shape[:2])
    page = cv2.resize(shot.picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return Small(
        page.astype(np.uint8), (shot.corners * scale).astype(np.float32), shot.faults, shot.doubtful, shot.place
    )


def variant(small: Small, chance: Chance) -> View:
    """One of a picture's variants."""
    seen = _cropped(_held(small, chance), small, chance)
    view = _toned(page_view(seen.page), chance)
    masks = np.stack([_grid(seen.sheet / 255), _grid(seen.cover) if seen.cover is not None else np.zeros((GRID, GRID))])
    turns, mirrored = int(chance.integers(4)), chance.random() < 0.5
    is_held, held_counts = _is_held(seen, small)
    return View(
        _turned(view, turns, mirrored),
        _turned(masks, turns, mirrored),
        np.array((is_held, seen.is_cut), np.float32),
        np.array((held_counts, "cut" not in small.doubtful), np.float32),
        float(seen.cover is not None),
    )


def _held(small: Small, chance: Chance) -> _Seen:
    """Where nothing lies over a sheet on a desk: often a finger over it, or beside it."""
    page = small.page
    sheet = cv2.fillConvexPoly(
        np.zeros(page.shape[:2], np.uint8), np.round(small.corners * 16).astype(np.int32), 255, shift=4
    )
    seen = _Seen(page, sheet, np.zeros(page.shape[:2], np.float32), False, "cut" in small.faults)
    if "finger" in small.faults:
        return replace(seen, cover=None, is_held=True)
    if small.place != "desk" or "screen" in small.faults or chance.random() > _HELD:
        return seen
    scene = Scene(page[..., ::-1].astype(np.float32), small.corners, small.place)
    if chance.random() < _BESIDE:
        return replace(seen, page=_pixels(fingers.beside(scene, chance)))
    after, cover = fingers.held(scene, chance)
    visible = (np.abs(after.page - scene.page).max(axis=2) > _VISIBLE) & (cover > 0.5) & (sheet > 0)
    return replace(seen, page=_pixels(after), cover=np.where(visible, cover, 0).astype(np.float32))


def _pixels(scene: Scene) -> NDArray[np.uint8]:
    return np.clip(scene.page[..., ::-1], 0, 255).astype(np.uint8)


def _is_held(seen: _Seen, small: Small) -> tuple[bool, bool]:
    """Whether something lies over the sheet, and whether one could tell."""
    if seen.cover is None or not seen.cover.any():
        return seen.is_held, "finger" not in small.doubtful
    share = float((seen.cover > 0.5).sum() / max(1, (seen.sheet > 0).sum()))
    return share >= _COVERED, not _UNCOVERED < share < _COVERED


def _cropped(seen: _Seen, small: Small, chance: Chance) -> _Seen:
    """The picture trimmed outside the sheet, or cutting it; one already cut, or of which one cannot tell, is left as it is."""
    if seen.is_cut or "cut" in small.doubtful or not _lies_inside(small):
        return seen
    kind = chance.random()
    if kind < _TRIMMED:
        return _within(seen, _trimmed(small, chance), is_cut=False)
    if kind < _TRIMMED + _CUT and small.place != "flat":
        return _within(seen, _cutting(small, chance), is_cut=True)
    return seen


def _lies_inside(small: Small) -> bool:
    height, width = small.page.shape[:2]
    return bool(small.corners.min() > 2 and (small.corners.max(axis=0) < (width - 2, height - 2)).all())


def _trimmed(small: Small, chance: Chance) -> list[float]:
    height, width = small.page.shape[:2]
    margin = _LEAST_MARGIN * max(height, width)
    (left, top), (right, bottom) = small.corners.min(axis=0) - margin, small.corners.max(axis=0) + margin
    box = [0.0, 0.0, float(width), float(height)]
    for side, (low, high) in enumerate(((0, left), (0, top), (right, width), (bottom, height))):
        if chance.random() < 0.7 and high > low:
            box[side] = chance.uniform(low, high)
    return box


def _cutting(small: Small, chance: Chance) -> list[float]:
    height, width = small.page.shape[:2]
    low, high = small.corners.min(axis=0), small.corners.max(axis=0)
    lost = (high - low) * max(_LEAST_CUT, chance.uniform(_LEAST_CUT, _MOST_CUT) * chance.uniform(0.3, 1))
    cuts = [*(low + lost), *(high - lost)]
    box = [0.0, 0.0, float(width), float(height)]
    side = int(chance.integers(4))
    for one in (side, (side + 1) % 4)[: 2 if chance.random() < _CUT_TWICE else 1]:
        box[one] = float(cuts[one])
    return box


def _within(seen: _Seen, box: list[float], *, is_cut: bool) -> _Seen:
    left, top, right, bottom = (round(value) for value in box)
    sheet = seen.sheet[top:bottom, left:right]
    cover = None if seen.cover is None else seen.cover[top:bottom, left:right]
    return replace(seen, page=seen.page[top:bottom, left:right], sheet=sheet, cover=cover, is_cut=is_cut)


def _toned(view: Floats, chance: Chance) -> Floats:
    """Other light, another cast, softer or grainier; nothing outside the picture."""
    toned = view.copy()
    toned[0] = (toned[0] + 1) * chance.uniform(0.8, 1.15) + chance.uniform(-0.08, 0.08) - 1
    toned[1:3] = toned[1:3] * chance.uniform(0.8, 1.2) + chance.uniform(-0.07, 0.07, (2, 1, 1))
    if chance.random() < 0.25:
        spread = chance.uniform(0.3, 0.8)
        toned[:3] = np.stack([cv2.GaussianBlur(layer, (0, 0), spread) for layer in toned[:3]])
    if chance.random() < 0.3:
        toned[:3] += chance.normal(0, chance.uniform(0.01, 0.05), toned[:3].shape)
    toned[:3] *= view[3]
    return toned


def _grid(mask: Floats) -> Floats:
    """A mask of the picture as the view places it, a quarter as fine."""
    height, width = mask.shape
    scale = SIZE / max(height, width)
    small = cv2.resize(
        mask.astype(np.float32),
        (max(1, round(width * scale)), max(1, round(height * scale))),
        interpolation=cv2.INTER_AREA,
    )
    whole = np.zeros((SIZE, SIZE), np.float32)
    top, left = (SIZE - small.shape[0]) // 2, (SIZE - small.shape[1]) // 2
    whole[top : top + small.shape[0], left : left + small.shape[1]] = small
    return np.asarray(cv2.resize(whole, (GRID, GRID), interpolation=cv2.INTER_AREA), np.float32)


def _turned(layers: NDArray[np.floating], turns: int, mirrored: bool) -> Floats:
    turned = np.rot90(layers, turns, axes=(1, 2))
    return np.ascontiguousarray(turned[:, :, ::-1] if mirrored else turned, np.float32)
