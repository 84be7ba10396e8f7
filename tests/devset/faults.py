"""Pictures of drawn sheets as people send them, each with the faults it shows: the data the picture checks learn from.

`picture(seed)` chooses a design, a place (desk or scanner), a light, a camera and at most two faults. Held-out sets are
other seeds; `conditions.take` makes the like of them in another way, which no check has learnt from.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from samples.canvas import font
from tests.devset.designs import Design, design

Chance = np.random.Generator
Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]
FAULTS = ("screen", "glare", "cut", "finger", "blur", "grey", "watermark")
_SKINS = ((236, 200, 178), (224, 178, 150), (206, 156, 122), (176, 122, 90), (128, 84, 60), (92, 60, 44))
_WATERMARKS = (
    "仅供网站备案使用",
    "仅供备案使用",
    "仅用于办理租房使用",
    "仅供实名认证使用 他用无效",
    "复印无效 仅供入职",
)


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture (blue, green, red), the faults it has, and where the sheet's true corners are."""

    picture: Pixels
    faults: frozenset[str]
    place: str
    is_card: bool
    corners: Floats = field(default_factory=lambda: np.zeros((4, 2), np.float32))


@dataclass(frozen=True, slots=True)
class _Scene:
    """A picture being made: floats in red, green, blue; the sheet's corners; what is wrong with it."""

    page: Floats
    corners: Floats
    place: str
    chance: Chance


def pictures(first: int, count: int) -> Iterator[Shot]:
    """Pictures of seeds from `first`; two in a row show the same sheet, for drawing it costs as much as a picture."""
    for seed in range(first, first + count, 2):
        sheet = design(np.random.default_rng((seed, 7)))
        yield picture(seed, sheet=sheet)
        yield picture(seed + 1, sheet=sheet)


def picture(seed: int, *, fault: str | None = None, sheet: Design | None = None) -> Shot:
    """One picture; `fault` forces that fault (or none, when empty) instead of leaving it to chance."""
    chance = np.random.default_rng(seed)
    drawn = sheet or design(chance)
    faults = _faults(chance, fault)
    drawn = _before_camera(drawn, faults, chance)
    scene = _placed(drawn, faults, chance)
    scene = _under_light(scene, faults)
    return Shot(_camera(scene, faults), frozenset(faults), scene.place, drawn.is_card, scene.corners)


def _one(chance: Chance, options: tuple[float, ...], likely: tuple[float, ...] | None = None) -> float:
    """One of some numbers, as Python's own: numpy's would turn all pixels to double width."""
    return float(chance.choice(options, p=likely))


def _faults(chance: Chance, forced: str | None) -> set[str]:
    if forced is not None:
        return {forced} - {""}
    faults = set() if chance.random() < 0.3 else {str(chance.choice(FAULTS))}
    if faults and chance.random() < 0.15:
        faults.add(str(chance.choice(FAULTS)))
    return faults - {"finger"} if "screen" in faults else faults


def _before_camera(drawn: Design, faults: set[str], chance: Chance) -> Design:
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
    layer = layer.rotate(float(chance.uniform(10, 40)) * _one(chance, (-1, 1)), center=(width, width))
    left, top = width // 2, width - height // 2
    cover = np.asarray(layer, np.float32)[top : top + height, left : left + width] / 255 * chance.uniform(0.25, 0.7)
    ink = np.array(((110, 110, 120), (200, 60, 60), (70, 110, 190), (30, 30, 30))[chance.integers(4)], np.float32)
    return np.clip(pixels + cover[..., None] * (ink - pixels), 0, 255).astype(np.uint8)


# --- where the sheet lies -------------------------------------------------------------------------------------------


def _placed(drawn: Design, faults: set[str], chance: Chance) -> _Scene:
    width = round((_one(chance, (900, 1100, 1300, 1600, 2000))) * chance.uniform(0.9, 1.1))
    height = round(width * _one(chance, (0.75, 0.7, 1.33, 0.5625, 1.0)))
    if "screen" in faults:
        return _on_screen(drawn, width, height, faults, chance)
    place = str(chance.choice(["desk", "desk", "desk", "lid", "flat"]))
    if "finger" in faults:
        place = "desk"
    if place == "flat":
        return _flat(drawn, faults, chance)
    corners = _corners(drawn, width, height, chance, tilt=0.05 if place == "lid" else 1.0)
    if "cut" in faults:
        corners = _moved_out(corners, width, height, chance)
    page = _lid(chance, width, height) if place == "lid" else _desk(chance, width, height)
    page = _laid(page, drawn, corners, shadow=0.1 if place == "lid" else float(chance.uniform(0, 0.5)))
    if "finger" in faults:
        page = _fingers(page, corners, chance)
    return _Scene(page, corners, place, chance)


def _flat(drawn: Design, faults: set[str], chance: Chance) -> _Scene:
    """A scan cut at the sheet's edges, or inside them."""
    pixels = drawn.pixels.astype(np.float32)
    cover = drawn.mask.astype(np.float32)[..., None] / 255
    pixels = pixels * cover + chance.uniform(180, 255) * (1 - cover)
    if "cut" in faults:
        height, width = pixels.shape[:2]
        off = np.array([chance.uniform(0.02, 0.2) if chance.random() < 0.4 else 0 for _ in range(4)])
        if not off.any():
            off[chance.integers(4)] = chance.uniform(0.05, 0.2)
        left, right, top, bottom = off * (width, width, height, height)
        pixels = pixels[round(top) : height - round(bottom), round(left) : width - round(right)]
    height, width = pixels.shape[:2]
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    return _Scene(pixels, corners, "flat", chance)


def _corners(drawn: Design, width: int, height: int, chance: Chance, tilt: float) -> Floats:
    tall, wide = drawn.pixels.shape[:2]
    fill = chance.uniform(0.5, 0.93)
    inner = min(width * fill, height * fill * wide / tall)
    half = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], np.float32) * (inner / 2, inner * tall / wide / 2)
    half = half * (1 + chance.uniform(-0.06, 0.06, (4, 2)) * tilt)
    angle = math.radians(chance.normal(0, 4) * (tilt if tilt < 1 else 1.0))
    half = half @ np.array([(math.cos(angle), math.sin(angle)), (-math.sin(angle), math.cos(angle))])
    room = np.maximum(np.array((width, height)) / 2 - np.abs(half).max(axis=0) - 8, 0)
    corners = half + np.array((width, height)) / 2 + chance.uniform(-1, 1, 2) * room * 0.9
    return corners.astype(np.float32)


def _moved_out(corners: Floats, width: int, height: int, chance: Chance) -> Floats:
    """The sheet pushed over the picture's rim on one or two sides."""
    size = corners.max(axis=0) - corners.min(axis=0)
    for side in chance.choice(4, size=1 if chance.random() < 0.7 else 2, replace=False):
        axis, low = side % 2, side < 2
        out = size[axis] * _one(chance, (chance.uniform(0.006, 0.03), chance.uniform(0.03, 0.22)), (0.3, 0.7))
        move = -out - corners[:, axis].min() if low else (width, height)[axis] + out - corners[:, axis].max()
        corners[:, axis] += move
    return corners


def _laid(page: Floats, drawn: Design, corners: Floats, shadow: float) -> Floats:
    height, width = drawn.pixels.shape[:2]
    shrink = max(float(np.linalg.norm(corners[1] - corners[0])) / width, 1e-3)
    pixels = drawn.pixels if shrink > 0.9 else cv2.GaussianBlur(drawn.pixels, (0, 0), 0.32 / shrink)
    source = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    matrix = cv2.getPerspectiveTransform(source, corners)
    size = (page.shape[1], page.shape[0])
    seen = cv2.warpPerspective(pixels, matrix, size, borderMode=cv2.BORDER_REPLICATE)
    cover = cv2.warpPerspective(drawn.mask, matrix, size).astype(np.float32)[..., None] / 255
    dark = cv2.GaussianBlur(np.roll(cover[..., 0], (5, 7), (0, 1)), (0, 0), max(2.0, page.shape[1] / 200))[..., None]
    return page * (1 - shadow * dark) * (1 - cover) + seen * cover


def _lid(chance: Chance, width: int, height: int) -> Floats:
    return np.full((height, width, 3), 1, np.float32) * (chance.uniform(195, 254) + chance.normal(0, 2, 3)).astype(
        np.float32
    )


def _desk(chance: Chance, width: int, height: int) -> Floats:
    colour = np.array(
        ((140, 98, 62), (196, 160, 118), (70, 76, 84), (58, 92, 78), (232, 232, 230), (170, 172, 174), (40, 40, 44), (120, 40, 40), (205, 190, 170), (90, 110, 160))[
            chance.integers(10)
        ],
        np.float32,
    ) + chance.normal(0, 8, 3).astype(np.float32)  # fmt: skip
    kind = str(chance.choice(["plain", "grain", "cloth", "speckled", "checked"]))
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    if kind == "grain":
        noise = chance.standard_normal((height, max(width // 14, 1)), np.float32)
        pattern = cv2.resize(cv2.GaussianBlur(noise, (0, 0), 2.5), (width, height), interpolation=cv2.INTER_CUBIC) * 16
    elif kind == "cloth":
        pitch = chance.uniform(3, 9)
        pattern = 9 * (np.sin(2 * math.pi * x / pitch) + np.sin(2 * math.pi * y / pitch))
    elif kind == "speckled":
        pattern = cv2.GaussianBlur(chance.standard_normal((height, width), np.float32) * 30, (0, 0), 1.5)
    elif kind == "checked":
        pitch = chance.uniform(40, 160)
        pattern = 20 * np.sign(np.sin(2 * math.pi * x / pitch)) * np.sign(np.sin(2 * math.pi * y / pitch))
    else:
        pattern = np.zeros((height, width), np.float32)
    return colour + pattern[..., None] * np.array((1.0, 0.9, 0.8), np.float32)


# --- a finger over the edge -----------------------------------------------------------------------------------------


def _fingers(page: Floats, corners: Floats, chance: Chance) -> Floats:
    skin = np.array(_SKINS[chance.integers(len(_SKINS))], np.float32) + chance.normal(0, 6, 3).astype(np.float32)
    if chance.random() < 0.06:
        skin = np.array(((70, 110, 170), (240, 240, 240), (40, 40, 40))[chance.integers(3)], np.float32)  # a glove
    across = float(np.linalg.norm(corners[1] - corners[0]))
    down = float(np.linalg.norm(corners[3] - corners[0]))
    thick = min(across, down) * chance.uniform(0.07, 0.2)
    side = int(chance.integers(4))
    at = chance.uniform(0, 1)
    for _ in range(1 if chance.random() < 0.7 else 2):
        page = _finger(page, corners, (side, at), thick, skin, chance)
        if chance.random() < 0.5:
            side, at = (side + 2) % 4, chance.uniform(0.2, 0.8)
        else:
            at = at + 1.15 * thick / across if at < 0.5 else at - 1.15 * thick / across
    return page


def _finger(page: Floats, corners: Floats, at: tuple[int, float], thick: float, skin: Floats, chance: Chance) -> Floats:
    start, end = corners[at[0]], corners[(at[0] + 1) % 4]
    edge = start + (end - start) * at[1]
    inward = corners.mean(axis=0) - (start + end) / 2
    angle = math.atan2(inward[1], inward[0]) + chance.uniform(-0.5, 0.5)
    unit = np.array((math.cos(angle), math.sin(angle)), np.float32)
    tip = edge + unit * thick * chance.uniform(0.4, 1.9)
    root = edge - unit * max(page.shape[:2]) * 1.2
    y, x = np.mgrid[0 : page.shape[0], 0 : page.shape[1]].astype(np.float32)
    aside = np.abs((x - tip[0]) * -unit[1] + (y - tip[1]) * unit[0])
    ahead = (x - tip[0]) * unit[0] + (y - tip[1]) * unit[1]
    half = thick / 2 * (1 + 0.12 * np.clip(-ahead / (thick * 4), 0, 1))
    far = np.where(ahead > 0, np.hypot(aside, ahead), aside) / half
    far = np.where((x - root[0]) * unit[0] + (y - root[1]) * unit[1] < 0, 9, far)
    cover = np.clip((1 - far) * half / 1.5, 0, 1)[..., None]
    shade = (1.06 - _one(chance, (0.0, 0.32)) * np.clip(far, 0, 1) ** 2.2)[..., None]
    body = skin * shade + cv2.GaussianBlur(chance.standard_normal(page.shape[:2], np.float32) * 9, (0, 0), 2)[..., None]
    if chance.random() < 0.6:
        nail = (
            np.clip(1.3 - np.hypot(aside / (half * 0.62), (ahead + thick * 0.12) / (thick * 0.34)), 0, 0.3)[..., None]
            * 2.2
        )
        body = body * (1 - nail) + (skin * 0.6 + np.array((105, 88, 84), np.float32)) * nail
    dark = cv2.GaussianBlur(np.roll(cover[..., 0], (4, 6), (0, 1)), (0, 0), thick / 12)[..., None]
    return page * (1 - 0.3 * dark * (1 - cover)) * (1 - cover) + body * cover


# --- light and reflections ------------------------------------------------------------------------------------------


def _under_light(scene: _Scene, faults: set[str]) -> _Scene:
    chance, page = scene.chance, scene.page
    height, width = page.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    if scene.place == "desk":
        at_x, at_y = chance.uniform(-0.2, 1.2) * width, chance.uniform(-0.2, 1.2) * height
        far = np.hypot(x - np.float32(at_x), y - np.float32(at_y)) / math.hypot(width, height)
        level = chance.uniform(0.72, 1.05) * (1 - chance.uniform(0.05, 0.5) * far)
        cast = np.array((1, chance.uniform(0.93, 1.0), chance.uniform(0.78, 1.05)), np.float32)
        page = page * level[..., None] * (cast / cast.max())
        if chance.random() < 0.25:
            page = page * _shadow(chance, x, y)[..., None]
    if "glare" in faults:
        page = _reflected(page, scene.corners, chance, x, y)
    elif chance.random() < 0.1:
        page = page + (30 * np.exp(-((np.hypot(x - width / 2, y - height / 2) / width) ** 2) * 3))[..., None]
    return replace(scene, page=page.astype(np.float32))


def _shadow(chance: Chance, x: Floats, y: Floats) -> Floats:
    slant = chance.uniform(0, 2 * math.pi)
    line = (x - x.mean()) * math.cos(slant) + (y - y.mean()) * math.sin(slant) + chance.uniform(-0.3, 0.3) * x.max()
    return (1 - chance.uniform(0.15, 0.5) / (1 + np.exp(np.clip(-line / chance.uniform(4, 60), -50, 50)))).astype(
        np.float32
    )


def _reflected(page: Floats, corners: Floats, chance: Chance, x: Floats, y: Floats) -> Floats:
    """Light of a lamp or window mirrored by the sheet: a core that burns out, with a soft rim."""
    size = float(np.sqrt(cv2.contourArea(corners)))
    low, high = np.maximum(corners.min(axis=0), 0), np.minimum(corners.max(axis=0), (page.shape[1], page.shape[0]))
    for _ in range(1 if chance.random() < 0.7 else 2):
        middle = (low + (high - low) * chance.uniform(0.15, 0.85, 2)).astype(np.float32)
        slant = chance.uniform(0, math.pi)
        along = (x - middle[0]) * math.cos(slant) + (y - middle[1]) * math.sin(slant)
        aside = (y - middle[1]) * math.cos(slant) - (x - middle[0]) * math.sin(slant)
        ratio = _one(chance, (1.0, 1.6, 3.0, 6.0))
        radius = size * chance.uniform(0.07, 0.22)
        power = _one(chance, (2.0, 2.0, 4.0, 8.0))
        far = np.hypot(along / (radius * ratio**0.5), aside / (radius / ratio**0.5))
        strength = _one(chance, (chance.uniform(85, 150), chance.uniform(150, 420)), (0.35, 0.65)) * np.exp(
            -(far**power)
        )
        page = page + strength[..., None] * np.array(
            (1, chance.uniform(0.93, 1.0), chance.uniform(0.85, 1.02)), np.float32
        )
    return page.astype(np.float32)


# --- a screen instead of paper --------------------------------------------------------------------------------------


def _on_screen(drawn: Design, width: int, height: int, faults: set[str], chance: Chance) -> _Scene:
    """The sheet shown on a display and photographed: its pixel grid beats with the camera's."""
    corners = _corners(drawn, width, height, chance, tilt=0.6)
    if "cut" in faults:
        corners = _moved_out(corners, width, height, chance)
    backdrop = np.full((height, width, 3), _one(chance, (12.0, 30.0, 128.0, 240.0)), np.float32)
    if chance.random() < 0.3:
        backdrop = _desk(chance, width, height)
    page = _laid(backdrop, drawn, corners, shadow=0)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    page = _grid(page, chance, x, y) if chance.random() < 0.75 else _beats(page, chance, x, y)
    return _Scene(page * np.array((0.97, 1.0, 1.05), np.float32), corners, "screen", chance)


def _grid(page: Floats, chance: Chance, x: Floats, y: Floats) -> Floats:
    """Red, green and blue stripes of a display whose pixels are `pitch` camera pixels wide, seen a little from aside."""
    pitch = _one(chance, (chance.uniform(0.9, 2.6), chance.uniform(2.6, 6.0)), (0.75, 0.25))
    angle = chance.normal(0, 0.06) if chance.random() < 0.7 else chance.uniform(-0.7, 0.7)
    lean = chance.normal(0, 4e-5, 2)
    bend = 1 + lean[0] * x + lean[1] * y
    u = (x * math.cos(angle) + y * math.sin(angle)) / pitch * bend
    v = (y * math.cos(angle) - x * math.sin(angle)) / pitch * bend
    deep, rows = chance.uniform(0.05, 0.4), chance.uniform(0.03, 0.3)
    steps = _one(chance, (1 / 3, 0.0, 0.5)) * np.arange(3) if chance.random() < 0.8 else chance.uniform(0, 1, 3)
    shade = np.stack([1 + deep * np.cos(2 * math.pi * (u - c)) for c in steps], axis=2)
    if chance.random() < 0.15:  # displays with dots in diamonds
        shade = np.stack([1 + deep * np.cos(2 * math.pi * (u + v - c / 2)) for c in range(3)], axis=2)
    return page * shade * (1 + rows * np.cos(2 * math.pi * v))[..., None]


def _beats(page: Floats, chance: Chance, x: Floats, y: Floats) -> Floats:
    """Only the beats, as coloured or grey waves."""
    strength = chance.uniform(0.03, 0.14)
    shade = np.ones_like(page)
    for _ in range(int(chance.integers(1, 4))):
        pitch, slant = chance.uniform(2.5, 14), chance.uniform(0, math.pi)
        bend = chance.uniform(0, 12) * np.sin(y / chance.uniform(100, 500))
        wave = 2 * math.pi * (x * math.cos(slant) + y * math.sin(slant) + bend) / pitch
        step = _one(chance, (0.0, 1.0)) * 2 * math.pi / 3
        shade += strength * np.stack([np.sin(wave + c * step) for c in range(3)], axis=2)
    return page * shade


# --- the camera -----------------------------------------------------------------------------------------------------


def _camera(scene: _Scene, faults: set[str]) -> Pixels:
    chance, page = scene.chance, scene.page
    page = cv2.GaussianBlur(page, (0, 0), chance.uniform(0.25, 0.7))
    if "blur" in faults:
        page = _blurred(page, scene.corners, chance)
    page = page + _noise(page, chance)
    pixels = np.clip(page, 0, 255).astype(np.uint8)
    quality = int(_one(chance, (60, 75, 85, 92, 96)))
    coded = cv2.imencode(".jpg", pixels[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), dtype=np.uint8)


def _noise(page: Floats, chance: Chance) -> Floats:
    """A sensor's grain: fine and grey, or coarse and coloured as phones leave it in the dark."""
    if chance.random() < 0.75:
        strength = _one(chance, (0.8, 2.0, 4.0, 8.0), (0.3, 0.4, 0.2, 0.1))
        return chance.standard_normal((*page.shape[:2], 1), np.float32) * strength
    grain = chance.standard_normal(page.shape, np.float32) * chance.uniform(4, 26)
    return np.asarray(cv2.GaussianBlur(grain, (0, 0), chance.uniform(0.4, 1.2)), np.float32)


def _blurred(page: Floats, corners: Floats, chance: Chance) -> Floats:
    """Out of focus, or moved; by a share of the sheet's width, so that its letters suffer at any resolution."""
    unit = float(np.linalg.norm(corners[1] - corners[0])) / 1000
    if chance.random() < 0.6:
        return np.asarray(cv2.GaussianBlur(page, (0, 0), max(1.2, chance.uniform(1.8, 4.5) * unit)), np.float32)
    length = max(5, round(chance.uniform(8, 18) * unit))
    kernel = np.zeros((length, length), np.float32)
    cv2.line(kernel, *_through(length, chance.uniform(0, math.pi)), 1.0)
    return np.asarray(cv2.filter2D(page, -1, kernel / kernel.sum()), np.float32)


def _through(length: int, slant: float) -> tuple[tuple[int, int], tuple[int, int]]:
    middle, reach = (length - 1) / 2, (length - 1) / 2
    dx, dy = math.cos(slant) * reach, math.sin(slant) * reach
    return (round(middle - dx), round(middle - dy)), (round(middle + dx), round(middle + dy))
