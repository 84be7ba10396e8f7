"""Endless small variants of drawn pictures, for the net that looks at whole pages (`tools/train_page_net.py`).

Of one picture with a known sheet come many: fingers laid over its sides or beside them, sides cut off by cropping or left
whole, laid on other tables, copied in grey, reflecting, turned, mirrored, in other tones. Each tells where the sheet is and what covers it, from which a net learns more
than from a yes or no.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from extractors.vision.page_net import GRID, SIZE, page_view
from tests.devset import fingers, lights, scenes, tables
from tests.devset.designs import Design
from tests.devset.faults import Shot
from tests.devset.photographs import covers, light, poses
from tests.devset.scenes import Chance, Floats, Scene

LONG_PX = 320
_HELD, _BESIDE, _WAYS = 0.5, 0.2, (0.4, 0.2, 0.4)  # the last: fingers, things, those of the photographs
_VISIBLE, _COVERED = 14.0, 0.004  # of 255; share of the sheet
_TRIMMED, _CUT, _CUT_TWICE = 0.45, 0.27, 0.25
_LEAST_CUT, _MOST_CUT = 0.012, 0.22
_LEAST_MARGIN = 0.006
_COPIED, _SHINING, _ELSEWHERE = 0.15, 0.15, 0.6
_OVER_RIM, _SMALL_SHARE = 0.22, 0.4
_CARD_ASPECT, _ROUND = 1.585, 0.055  # a card's proportion, and its corners' radius as a share of its height
_SOFT_PX = 1.0  # at a copy's outline
ANSWERS = ("occlusion", "cut", "copy", "glare")
"""What the net answers, in this order."""


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
    answers: Floats  # as in ANSWERS
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
    is_trimmed: bool = False  # so that a part of the sheet is gone that was there when it was drawn


def shrunk(shot: Shot) -> Small:
    """A drawn picture as the variants are made from it."""
    scale = LONG_PX / max(shot.picture.shape[:2])
    page = cv2.resize(shot.picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return Small(
        page.astype(np.uint8), (shot.corners * scale).astype(np.float32), shot.faults, shot.doubtful, shot.place
    )


def variant(small: Small, chance: Chance) -> View:
    """One of a picture's variants."""
    small = _shining(_copied(_elsewhere(small, chance), chance), chance)
    seen = _cropped(_held(small, chance), small, chance)
    view = _toned(page_view(seen.page), chance)
    masks = np.stack([_grid(seen.sheet / 255), _grid(seen.cover) if seen.cover is not None else np.zeros((GRID, GRID))])
    turns, mirrored = int(chance.integers(4)), chance.random() < 0.5
    is_held, held_counts = _is_held(seen, small)
    return View(
        _turned(view, turns, mirrored),
        _turned(masks, turns, mirrored),
        np.array((is_held, seen.is_cut, "grey" in small.faults, "glare" in small.faults), np.float32),
        np.array((held_counts, *_counts(small, seen)), np.float32),
        float(seen.cover is not None),
    )


def _counts(small: Small, seen: _Seen) -> tuple[bool, bool, bool]:
    """Whether one could tell a cut, a copy and a reflection; what a part reflected is perhaps no longer there."""
    could = [fault not in small.doubtful for fault in ("cut", "grey", "glare")]
    return could[0], could[1], could[2] and not (seen.is_trimmed and "glare" in small.faults)


def _elsewhere(small: Small, chance: Chance) -> Small:
    """Mostly the sheet by itself on another table, seen from elsewhere, at times pushed over the picture's rim."""
    if small.faults & {"cut", "finger", "screen"} or not _lies_inside(small, -2) or chance.random() > _ELSEWHERE:
        return small
    drawn = _lifted(small)
    longer = chance.integers(LONG_PX * 3 // 4, LONG_PX + 1)
    width, height = (
        int(longer * share) for share in chance.permutation((1.0, chance.choice((0.5625, 0.75, 0.75, 1.0))))
    )
    corners = scenes.set_down(drawn, width, height, chance, tilt=chance.uniform(0.2, 2.0))
    if chance.random() < _SMALL_SHARE:
        middle = corners.mean(axis=0)
        corners = ((corners - middle) * chance.uniform(0.55, 1) + middle).astype(np.float32)
    is_cut = chance.random() < _OVER_RIM
    if is_cut:
        corners = scenes.moved_out(corners, width, height, chance)
    page = scenes.laid(tables.table(chance, width, height), drawn, corners, float(chance.uniform(0, 0.5)))
    page *= 1 + np.float32(chance.uniform(0, 0.25)) * tables.cloudy(chance, width, height, 200)
    pixels = np.clip(page[..., ::-1], 0, 255).astype(np.uint8)
    faults = small.faults | ({"cut"} if is_cut else set())
    return Small(pixels, corners, faults, small.doubtful - {"cut"}, "desk")


def _lifted(small: Small) -> Design:
    """The sheet squared up, without its table."""
    sides = np.linalg.norm(small.corners - np.roll(small.corners, -1, axis=0), axis=1)
    width, height = (max(16, round(float(sides[one] + sides[one + 2]) / 2)) for one in (0, 1))
    target = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    matrix = cv2.getPerspectiveTransform(small.corners, target)
    pixels = cv2.warpPerspective(
        small.page[..., ::-1].astype(np.float32), matrix, (width, height), borderMode=cv2.BORDER_REPLICATE
    )
    is_card = abs(max(width, height) / min(width, height) / _CARD_ASPECT - 1) < 0.06
    return Design(pixels, _outline(width, height, _ROUND * min(width, height) if is_card else 0), is_card)


def _outline(width: int, height: int, radius: float) -> NDArray[np.uint8]:
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    beyond = np.hypot(
        *(np.maximum(radius - np.minimum(at, last - at), 0) for at, last in ((x, width - 1), (y, height - 1)))
    )
    return np.asarray(255 * (beyond <= radius), np.uint8)


def _copied(small: Small, chance: Chance) -> Small:
    """Often the sheet as a copy in grey, in light of one colour and with a copier's contrast."""
    if small.faults & {"grey", "finger", "screen"} or "grey" in small.doubtful or chance.random() > _COPIED:
        return small
    height, width = small.page.shape[:2]
    sheet = poses.inside(small.corners, (width, height)).astype(np.float32)
    cover = cv2.GaussianBlur(sheet, (0, 0), _SOFT_PX)[..., None]
    copy = _in_grey(small.page, sheet, chance)
    page = np.clip(small.page * (1 - cover) + copy * cover, 0, 255).astype(np.uint8)
    return replace(small, page=page, faults=small.faults | {"grey"})


def _in_grey(page: NDArray[np.uint8], sheet: Floats, chance: Chance) -> Floats:
    grey = cv2.cvtColor(page, cv2.COLOR_BGR2GRAY).astype(np.float32)
    paper = cv2.GaussianBlur(cv2.dilate(grey * sheet, np.ones((15, 15), np.uint8)), (0, 0), 8) + 1
    contrast, bright = chance.uniform(1.0, 1.7), chance.uniform(0, 0.12)
    share = np.clip((grey / paper - 0.5) * contrast + 0.5 + bright, 0, 1)
    cast = np.array((chance.uniform(0.7, 1.08), chance.uniform(0.92, 1.02), 1.0), np.float32)
    return np.asarray((share * paper)[..., None] * cast, np.float32)


def _shining(small: Small, chance: Chance) -> Small:
    """Often with a lamp or window mirrored by the sheet."""
    if small.faults & {"glare", "screen"} or "glare" in small.doubtful or chance.random() > _SHINING:
        return small
    scene = Scene(small.page[..., ::-1].astype(np.float32), small.corners, small.place)
    shining = (lights.mirrored if chance.random() < 0.4 else _lamp_mirrored)(scene, chance)
    return replace(small, page=_pixels(shining), faults=small.faults | {"glare"})


def _lamp_mirrored(scene: Scene, chance: Chance) -> Scene:
    """As the photographs have it, in light; what is burnt out is no brighter than the picture's camera makes it."""
    sheet = poses.inside(scene.corners, scene.page.shape[1::-1])
    lamp = light.mirrored(chance, scene.page, scene.corners, strong=True)
    whitest = (chance.uniform(225, 256) * chance.uniform(0.95, 1.0, 3)).astype(np.float32)
    bright = light.tones(light.linear(scene.page) + lamp) * whitest
    return replace(scene, page=np.where(sheet[..., None], np.maximum(scene.page, bright), scene.page))


def _held(small: Small, chance: Chance) -> _Seen:
    """Where nothing lies over a sheet on a desk: often a finger over it, or beside it."""
    page = small.page
    sheet = poses.inside(small.corners, page.shape[1::-1]).astype(np.uint8) * np.uint8(255)
    seen = _Seen(page, sheet, np.zeros(page.shape[:2], np.float32), False, "cut" in small.faults)
    if "finger" in small.faults:
        return replace(seen, cover=None, is_held=True)
    if small.place != "desk" or "screen" in small.faults or chance.random() > _HELD:
        return seen
    scene = Scene(page[..., ::-1].astype(np.float32), small.corners, small.place)
    if chance.random() < _BESIDE:
        return replace(seen, page=_pixels(fingers.beside(scene, chance)))
    after, cover = (fingers.held, fingers.thing, _laid_over)[int(chance.choice(3, p=_WAYS))](scene, chance)
    visible = (np.abs(after.page - scene.page).max(axis=2) > _VISIBLE) & (cover > 0.5) & (sheet > 0)
    return replace(seen, page=_pixels(after), cover=np.where(visible, cover, 0).astype(np.float32))


def _laid_over(scene: Scene, chance: Chance) -> tuple[Scene, Floats]:
    laid = covers.over(chance, scene.page, scene.corners)
    laid = replace(laid, colour=laid.colour * np.float32(chance.uniform(0.55, 1.1)))
    return replace(scene, page=laid.over(scene.page)), laid.cover


def _pixels(scene: Scene) -> NDArray[np.uint8]:
    return np.clip(scene.page[..., ::-1], 0, 255).astype(np.uint8)


def _is_held(seen: _Seen, small: Small) -> tuple[bool, bool]:
    """Whether something lies over the sheet, and whether one could tell."""
    if seen.cover is None or not seen.cover.any():
        return seen.is_held, "finger" not in small.doubtful
    share = float((seen.cover > 0.5).sum() / max(1, (seen.sheet > 0).sum()))
    return share >= _COVERED, share >= _COVERED


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


def _lies_inside(small: Small, margin: float = 2) -> bool:
    height, width = small.page.shape[:2]
    far = (width - margin, height - margin)
    return bool(small.corners.min() > margin and (small.corners.max(axis=0) < far).all())


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
    page = seen.page[top:bottom, left:right]
    return replace(seen, page=page, sheet=sheet, cover=cover, is_cut=is_cut, is_trimmed=is_cut)


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
