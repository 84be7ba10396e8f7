"""Pictures of drawn sheets as people send them, each with the faults it shows: the data the picture checks learn from.

`picture(seed)` chooses a design, a place (desk or scanner), a light, a camera and at most two faults. Held-out sets are
other seeds; `conditions.take` makes the like of them in another way, which no check has learnt from.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from samples.canvas import font
from tests.devset import displays, doubtful, fingers, lens, lights, scenes
from tests.devset.designs import Design, design
from tests.devset.scenes import Chance, Floats, Scene, one

Pixels = NDArray[np.uint8]
FAULTS = ("screen", "glare", "cut", "finger", "blur", "grey", "watermark")
_OFTEN = (0.17, 0.16, 0.2, 0.17, 0.14, 0.08, 0.08)
COPIES, COPY_FAULTS = (200_000, 320), ("grey", "grey+finger", "grey", "grey+glare")
"""Seed and number of pictures for learning to tell copies, and what they show in turn: by chance too few have two faults."""

_SAME_SHEET = 4  # pictures in a row of one sheet, for drawing it costs as much as a picture
_WATERMARKS = (
    "仅供网站备案使用",
    "仅供备案使用",
    "仅用于办理租房使用",
    "仅供实名认证使用 他用无效",
    "复印无效 仅供入职",
)


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture (blue, green, red), the faults it has, and where the sheet's true corners are.

    For the faults in `doubtful`, which hardly show (`doubtful.py`), neither training nor scores count it.
    """

    picture: Pixels
    faults: frozenset[str]
    place: str
    is_card: bool
    corners: Floats = field(default_factory=lambda: np.zeros((4, 2), np.float32))
    doubtful: frozenset[str] = frozenset()


def pictures(first: int, count: int, forced: Sequence[str] = ()) -> Iterator[Shot]:
    """Pictures of seeds from `first`, a few in a row of the same sheet; the `forced` faults in turn, else by chance."""
    for seed in range(first, first + count, _SAME_SHEET):
        sheet = design(np.random.default_rng((seed, 7)))
        for number in range(seed, min(seed + _SAME_SHEET, first + count)):
            yield picture(number, fault=forced[number % len(forced)] if forced else None, sheet=sheet)


def picture(seed: int, *, fault: str | None = None, sheet: Design | None = None) -> Shot:
    """One picture; `fault` forces that fault, or those joined by "+" (or none, when empty), instead of leaving it to chance."""
    chance = np.random.default_rng(seed)
    drawn = sheet or design(chance)
    faults = _faults(chance, fault)
    drawn = _before_camera(drawn, faults, chance)
    placed = _arranged(drawn, faults, chance)
    scene = _lit(placed.scene, faults, chance)
    letter = _letter_px(drawn, scene)
    optics = lens.focus(chance, blurred_letter_px=letter if "blur" in faults else 0.0)
    later = copy.deepcopy(chance)
    taken = lens.taken(scene, optics, chance)
    hardly = set(placed.hardly)
    if placed.grid is not None:
        plain = lens.taken(replace(scene, page=scene.page - placed.grid), optics, later)
        level = doubtful.grid_level(taken, plain, optics.through(placed.grid), scene)
        hardly |= {"screen"} if doubtful.is_faint_grid(level) else set()
    if doubtful.is_hardly_blurred(optics.spread_px, letter, blurred="blur" in faults):
        hardly.add("blur")
    return Shot(taken, faults, scene.place, drawn.is_card, scene.corners, frozenset(hardly))


def _letter_px(drawn: Design, scene: Scene) -> float:
    """About the height of the sheet's print in the picture."""
    return float(np.linalg.norm(scene.corners[1] - scene.corners[0])) * (0.037 if drawn.is_card else 0.022)


def _faults(chance: Chance, forced: str | None) -> frozenset[str]:
    if forced is not None:
        return frozenset(forced.split("+")) - {""}
    faults = set() if chance.random() < 0.3 else {str(chance.choice(FAULTS, p=_OFTEN))}
    if faults and chance.random() < 0.15:
        faults.add(str(chance.choice(FAULTS, p=_OFTEN)))
    return frozenset(faults - {"finger"} if "screen" in faults else faults)


@dataclass(frozen=True, slots=True)
class _Placed:
    """A sheet in its place, a display's grid over it, and those of its faults that hardly show there."""

    scene: Scene
    hardly: frozenset[str]
    grid: Floats | None = None


def _arranged(drawn: Design, faults: frozenset[str], chance: Chance) -> _Placed:
    # What a display or coloured words add to a copy is colour: whether it is a copy cannot be told by that.
    hardly = {"grey"} if "grey" in faults and ("screen" in faults or doubtful.is_coloured(drawn)) else set()
    if "screen" in faults:
        shown, plain = displays.on_screen(drawn, "cut" in faults, chance)
        return _Placed(shown, frozenset(hardly), shown.page - plain.page)
    place = "desk" if "finger" in faults else str(chance.choice(["desk", "lid", "flat"], p=[0.6, 0.18, 0.22]))
    scene = scenes.placed(drawn, place, "cut" in faults, chance)
    if "cut" in faults and doubtful.is_hardly_cut(drawn, scene):
        hardly.add("cut")
    if "finger" in faults:
        held, cover = fingers.held(scene, chance)
        hardly |= {"finger"} if doubtful.is_hardly_covered(scene, held, cover) else set()
        scene = held
    elif place == "desk" and chance.random() < 0.08:
        scene = fingers.beside(scene, chance)
    return _Placed(scene, frozenset(hardly))


def _lit(scene: Scene, faults: frozenset[str], chance: Chance) -> Scene:
    if scene.place == "desk":
        scene = lights.under_lamp(scene, chance)
    if "glare" in faults:
        return lights.mirrored(scene, chance)
    return lights.faint_veil(scene) if chance.random() < 0.1 else scene


def _before_camera(drawn: Design, faults: frozenset[str], chance: Chance) -> Design:
    """What is on the paper itself: a copy's greys, a watermark."""
    pixels = drawn.pixels
    if "grey" in faults:
        pixels = _photocopied(pixels, chance)
    if "watermark" in faults:
        pixels = _watermarked(pixels, chance)
    return replace(drawn, pixels=pixels)


def _photocopied(pixels: Pixels, chance: Chance) -> Pixels:
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    grey = np.clip((grey - 128) * chance.uniform(1.0, 1.7) + 128 + chance.uniform(0, 30), 0, 255)
    if chance.random() < 0.3:
        grey += chance.normal(0, chance.uniform(2, 14), grey.shape)
    paper = np.array((255, 255, 255)) - chance.uniform(0, 8, 3)
    return np.clip(grey[..., None] / 255 * paper, 0, 255).astype(np.uint8)


def _watermarked(pixels: Pixels, chance: Chance) -> Pixels:
    height, width = pixels.shape[:2]
    text = str(chance.choice(_WATERMARKS))
    size = round(min(width, height) * chance.uniform(0.035, 0.11))
    layer = Image.new("L", (width * 2, width * 2), 0)
    pen = ImageDraw.Draw(layer)
    step_y = size * chance.uniform(2.5, 8)
    rows = 1 if chance.random() < 0.3 else 40
    for row in range(rows):
        y = width if rows == 1 else row * step_y
        pen.text(
            (width, y), "　　".join([text] * (1 if rows == 1 else 4)), font=font("hei", size), fill=255, anchor="mm"
        )
    layer = layer.rotate(float(chance.uniform(10, 40)) * one(chance, (-1, 1)), center=(width, width))
    left, top = width // 2, width - height // 2
    cover = np.asarray(layer, np.float32)[top : top + height, left : left + width] / 255 * chance.uniform(0.25, 0.7)
    ink = np.array(((110, 110, 120), (200, 60, 60), (70, 110, 190), (30, 30, 30))[chance.integers(4)], np.float32)
    return np.clip(pixels + cover[..., None] * (ink - pixels), 0, 255).astype(np.uint8)
