"""Pictures of sheets taken through a camera of light and lens, each with the faults it shows.

The other kind of pictures the checks learn from, beside `tests.devset.faults`: there a picture is painted over, here light
falls on a sheet's own colours, is mirrored, and is seen by a sensor. Each kind keeps the checks from learning the other's
habits.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.devset.designs import Design
from tests.devset.faults import FAULTS, Shot
from tests.devset.photographs import camera, copies, covers, light, papers, poses, surfaces
from tests.devset.scenes import Chance, Floats, clouds, one

_SOUND, _TWO = 0.34, 0.08
_WIDTHS, _SHAPES, _MOST_PIXELS = (1100, 1280, 1440, 1600, 1920), (0.75, 0.75, 0.5625, 1.333, 1.0), 2.4e6
_DISPLAYS = ((30, 30, 32), (240, 240, 240), (250, 250, 250), (60, 63, 70))
_WORDS = (
    "仅供网站备案使用",
    "仅限ICP备案",
    "仅供某某公司备案使用 他用无效",
    "此件仅用于网站备案",
    "备案专用 再次复印无效",
)
_COVERED, _BESIDE_COVERED = 0.004, 0.0005
_BURNT, _SHEEN_BURNT = 0.015, 0.003
_STROKE, _BLURRED, _SHARP = 0.1, 0.75, 0.45
_LEAST_GRID = 2.0  # of 255, root mean square
_SEED = 991


@dataclass(frozen=True, slots=True)
class _Placed:
    """A sheet on its table: their own colours, where the sheet is, how high its letters are, and what hardly shows."""

    page: Floats
    corners: Floats
    cover: Floats  # of the sheet, 0 to 1
    letter: float
    place: str
    hardly: frozenset[str]

    @property
    def sheet(self) -> NDArray[np.bool_]:
        return poses.inside(self.corners, (self.page.shape[1], self.page.shape[0]))


def shots(first: int, count: int) -> Iterator[Shot]:
    """Pictures of seeds from `first`."""
    return map(shot, range(first, first + count))


def shot(seed: int, fault: str | None = None) -> Shot:
    """One picture; `fault` forces that fault, or none when it is empty, instead of leaving them to chance."""
    chance = np.random.default_rng((seed, _SEED))
    faults = _faults(chance) if fault is None else frozenset({fault} - {""})
    paper = _printed(chance, faults)
    placed = _placed(chance, paper, faults)
    lit, hardly = _lit(chance, placed, faults)
    taken_by = camera.camera(
        chance, placed.letter * _STROKE if "blur" in faults else None, scanner=placed.place == "flat"
    )
    hardly |= placed.hardly | _hardly_blurred(taken_by.spread, placed.letter * _STROKE, blurred="blur" in faults)
    pixels = taken_by.take(light.shown(chance, lit) if placed.place == "screen" else lit)
    if placed.place == "screen" and _grid_level(pixels, taken_by.take(lit), placed.sheet) < _LEAST_GRID:
        hardly |= {"screen"}
    if "grey" in faults and faults & {"screen", "watermark"}:
        hardly |= {"grey"}
    is_card = paper.design.is_card
    corners = (placed.corners * taken_by.scale).astype(np.float32)
    return Shot(taken_by.packed(pixels), faults, placed.place, is_card, corners, hardly)


def _faults(chance: Chance) -> frozenset[str]:
    kind = chance.random()
    faults = {str(chance.choice(FAULTS)) for _ in range(0 if kind < _SOUND else 2 if kind > 1 - _TWO else 1)}
    return frozenset(faults - {"finger", "glare"} if "screen" in faults else faults)


def _printed(chance: Chance, faults: frozenset[str]) -> papers.Paper:
    paper = papers.paper(chance)
    if "watermark" in faults:
        paper = copies.marked(paper, _WORDS[int(chance.integers(len(_WORDS)))], chance)
    return copies.copied(paper, chance) if "grey" in faults else paper


def _placed(chance: Chance, paper: papers.Paper, faults: frozenset[str]) -> _Placed:
    is_scan = chance.random() < 0.2 and not faults & {"finger", "glare"}
    place = "screen" if "screen" in faults else "flat" if is_scan else "desk"
    drawn = paper.design
    if place == "flat" and chance.random() < 0.4:
        size, corners = _trimmed(chance, drawn, faults)
        page = np.full((size[1], size[0], 3), 255, np.float32)
    else:
        size = _size(chance)
        fill = chance.uniform(0.5, 0.97) if place == "flat" else chance.uniform(0.55, 0.95)
        sheet = (drawn.pixels.shape[1], drawn.pixels.shape[0])
        corners = poses.seen(chance, sheet, size, fill, flat=place == "flat")
        corners = poses.pushed_out(chance, corners, size) if "cut" in faults else corners
        page = _table(chance, size, place)
    page, cover, scale = _laid(chance, page, drawn, corners, shaded=place == "desk")
    placed = _Placed(page, corners, cover, paper.letter * scale, place, frozenset())
    return _covered(chance, placed, faults) if place == "desk" else placed


def _size(chance: Chance) -> tuple[int, int]:
    width = one(chance, _WIDTHS)
    height = width * one(chance, _SHAPES)
    shrink = min(1.0, math.sqrt(_MOST_PIXELS / (width * height)))
    return int(width * shrink), int(height * shrink)


def _trimmed(chance: Chance, drawn: Design, faults: frozenset[str]) -> tuple[tuple[int, int], Floats]:
    """A scan that ends where the sheet ends, or inside it."""
    scale = chance.uniform(0.45, 0.9)
    width, height = (int(side * scale) for side in drawn.pixels.shape[1::-1])
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    if "cut" in faults:
        corners, (width, height) = poses.cut_flat(chance, corners, (width, height))
    return (width, height), corners


def _table(chance: Chance, size: tuple[int, int], place: str) -> Floats:
    width, height = size
    if place == "flat":
        lid = np.full((height, width, 3), one(chance, (252, 246, 232, 200, 30)), np.float32)
        return lid + clouds(chance, width, height, 3)[..., None]
    if place == "screen" and chance.random() < 0.6:
        shown = np.array(_DISPLAYS[int(chance.integers(len(_DISPLAYS)))], np.float32)
        return np.ones((height, width, 3), np.float32) * shown
    return surfaces.surface(chance, width, height)


def _laid(
    chance: Chance, page: Floats, drawn: Design, corners: Floats, *, shaded: bool
) -> tuple[Floats, Floats, float]:
    """The sheet on the page, where it covers it, and how many pixels its longer side has."""
    height, width = drawn.pixels.shape[:2]
    size = (page.shape[1], page.shape[0])
    longest = float(max(np.linalg.norm(corners[1] - corners[0]), np.linalg.norm(corners[2] - corners[1])))
    shrink = longest / max(width, height)
    pixels = drawn.pixels.astype(np.float32)
    pixels = cv2.GaussianBlur(pixels, (0, 0), max(0.1, 0.45 / shrink)) if shrink < 0.9 else pixels
    matrix = cv2.getPerspectiveTransform(
        np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32), corners
    )
    seen = cv2.warpPerspective(pixels, matrix, size, borderMode=cv2.BORDER_REPLICATE)
    cover = cv2.warpPerspective(drawn.mask, matrix, size).astype(np.float32) / 255
    if shaded:
        deep = chance.uniform(2, 10) * longest / 800
        moved = np.roll(cover, (int(deep), int(deep * chance.uniform(-1, 1))), (0, 1))
        page = page * (1 - 0.45 * cv2.GaussianBlur(moved, (0, 0), deep)[..., None])
    return np.asarray(page * (1 - cover[..., None]) + seen * cover[..., None], np.float32), cover, longest


def _covered(chance: Chance, placed: _Placed, faults: frozenset[str]) -> _Placed:
    """Held by fingers or under a thing where that is the fault, at times with fingers beside it where it is not."""
    if "finger" in faults:
        laid = covers.over(chance, placed.page, placed.corners)
        hardly = {"finger"} if _share(laid, placed) < _COVERED else set()
        return replace(placed, page=laid.over(placed.page), hardly=frozenset(hardly))
    if chance.random() < 0.1:
        laid = covers.beside(chance, placed.page, placed.corners)
        return replace(placed, page=laid.over(placed.page)) if _share(laid, placed) < _BESIDE_COVERED else placed
    return placed


def _share(laid: covers.Laid, placed: _Placed) -> float:
    """Of the sheet, what is covered by something that looks unlike it."""
    unlike = np.abs(laid.colour - placed.page).max(axis=2) > 14
    return float(((laid.cover > 0.5) & unlike)[placed.sheet].mean()) if placed.sheet.any() else 0.0


def _lit(chance: Chance, placed: _Placed, faults: frozenset[str]) -> tuple[Floats, frozenset[str]]:
    page = light.linear(placed.page)
    if placed.place == "screen":
        tint = np.array((0.95, 1, chance.uniform(1.0, 1.1)), np.float32)
        return page * np.float32(chance.uniform(0.6, 0.95)) * tint + np.float32(
            chance.uniform(0.002, 0.02)
        ), frozenset()
    if placed.place == "flat":
        return page * np.float32(chance.uniform(0.9, 1.02)), frozenset()
    page = light.lit(chance, page, placed.sheet)
    reflects = "glare" in faults
    if not reflects and chance.random() > 0.15:
        return page, frozenset()
    after = page + light.mirrored(chance, page, placed.corners, strong=reflects) * placed.cover[..., None]
    share = light.burnt(after, placed.sheet) - light.burnt(page, placed.sheet)
    is_hard_to_say = share < _BURNT if reflects else share > _SHEEN_BURNT
    return after, frozenset({"glare"} if is_hard_to_say else set())


def _hardly_blurred(spread: float, stroke: float, *, blurred: bool) -> frozenset[str]:
    between = spread < _BLURRED * stroke if blurred else spread > _SHARP * stroke
    return frozenset({"blur"} if between else set())


def _grid_level(shown: NDArray[np.uint8], plain: NDArray[np.uint8], sheet: NDArray[np.bool_]) -> float:
    """What a display's grid changes in the picture of the sheet, root mean square."""
    small = cv2.resize(sheet.astype(np.uint8), shown.shape[1::-1]) > 0
    change = shown.astype(np.float32) - plain
    return float(np.sqrt(np.square(change[small]).mean())) if small.any() else 0.0
