"""Pictures of drawn sheets as people send them, each with the faults it shows: the data the picture checks learn from.

`picture(seed)` chooses a design, a place (desk or scanner), a light, a camera and at most two faults. Held-out sets are
other seeds; `conditions.take` makes the like of them in another way, which no check has learnt from.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from samples.canvas import font
from tests.devset import displays, fingers, lens, lights, scenes
from tests.devset.designs import Design, design
from tests.devset.scenes import Chance, Floats, Scene, one

Pixels = NDArray[np.uint8]
FAULTS = ("screen", "glare", "cut", "finger", "blur", "grey", "watermark")
_OFTEN = (0.17, 0.16, 0.2, 0.17, 0.14, 0.08, 0.08)
_LEAST_COVERED, _VISIBLE = 0.004, 14.0  # of the sheet; of 255
_PRINT, _LEAST_LOST = 30, 0.004
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

    Of its faults `doubtful` are those that hardly show: clerks would differ, so neither training nor scores count them.
    """

    picture: Pixels
    faults: frozenset[str]
    place: str
    is_card: bool
    corners: Floats = field(default_factory=lambda: np.zeros((4, 2), np.float32))
    doubtful: frozenset[str] = frozenset()


def pictures(first: int, count: int) -> Iterator[Shot]:
    """Pictures of seeds from `first`, a few in a row of the same sheet."""
    for seed in range(first, first + count, _SAME_SHEET):
        sheet = design(np.random.default_rng((seed, 7)))
        for number in range(min(_SAME_SHEET, first + count - seed)):
            yield picture(seed + number, sheet=sheet)


def picture(seed: int, *, fault: str | None = None, sheet: Design | None = None) -> Shot:
    """One picture; `fault` forces that fault (or none, when empty) instead of leaving it to chance."""
    chance = np.random.default_rng(seed)
    drawn = sheet or design(chance)
    faults = _faults(chance, fault)
    scene, doubtful = _arranged(_before_camera(drawn, faults, chance), faults, chance)
    scene = _lit(scene, faults, chance)
    letter = _letter_px(drawn, scene) if "blur" in faults else 0.0
    taken = lens.taken(scene, chance, blurred_letter_px=letter)
    return Shot(taken, faults, scene.place, drawn.is_card, scene.corners, doubtful)


def _letter_px(drawn: Design, scene: Scene) -> float:
    """About the height of the sheet's print in the picture."""
    return float(np.linalg.norm(scene.corners[1] - scene.corners[0])) * (0.037 if drawn.is_card else 0.022)


def _faults(chance: Chance, forced: str | None) -> frozenset[str]:
    if forced is not None:
        return frozenset({forced} - {""})
    faults = set() if chance.random() < 0.3 else {str(chance.choice(FAULTS, p=_OFTEN))}
    if faults and chance.random() < 0.15:
        faults.add(str(chance.choice(FAULTS, p=_OFTEN)))
    return frozenset(faults - {"finger"} if "screen" in faults else faults)


def _arranged(drawn: Design, faults: frozenset[str], chance: Chance) -> tuple[Scene, frozenset[str]]:
    """The sheet in its place, and those of its faults that hardly show."""
    if "screen" in faults:
        return displays.on_screen(drawn, "cut" in faults, chance), frozenset()
    place = "desk" if "finger" in faults else str(chance.choice(["desk", "lid", "flat"], p=[0.6, 0.18, 0.22]))
    scene = scenes.placed(drawn, place, "cut" in faults, chance)
    if "finger" in faults:
        held = fingers.held(scene, chance)
        return held, frozenset({"finger"} if _covered(scene, held) < _LEAST_COVERED else ())
    doubtful = frozenset({"cut"} if "cut" in faults and place == "flat" and not _loses_print(drawn, scene) else ())
    return fingers.beside(scene, chance) if place == "desk" and chance.random() < 0.08 else scene, doubtful


def _covered(before: Scene, after: Scene) -> float:
    """Share of the sheet that has become visibly another."""
    sheet = cv2.fillConvexPoly(np.zeros(before.page.shape[:2], np.uint8), before.corners.astype(np.int32), 1)
    changed = np.abs(after.page - before.page).max(axis=2) > _VISIBLE
    return float((changed & (sheet > 0)).sum()) / max(1, int(sheet.sum()))


def _loses_print(drawn: Design, scene: Scene) -> bool:
    """Whether print lies outside the picture: a scan trimmed within its plain margin looks like a narrower paper."""
    grey = cv2.cvtColor(drawn.pixels, cv2.COLOR_RGB2GRAY)
    print_ = cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, np.ones((9, 9), np.uint8)) > _PRINT
    height, width = grey.shape
    matrix = cv2.getPerspectiveTransform(
        scene.corners, np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    )
    seen = cv2.warpPerspective(np.ones(scene.page.shape[:2], np.uint8), matrix, (width, height))
    return float((print_ & (seen == 0)).sum()) > _LEAST_LOST * float(print_.sum())


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
