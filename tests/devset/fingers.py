"""Fingers and hands over a sheet's edge, and the things that only resemble them: hands beside it."""

from __future__ import annotations

import math

import cv2
import numpy as np

from tests.devset.scenes import Chance, Floats, Scene, grid, one

_SKINS = ((244, 214, 196), (236, 200, 178), (224, 178, 150), (206, 156, 122), (176, 122, 90), (128, 84, 60), (92, 60, 44), (66, 44, 34))  # fmt: skip
_GLOVES = ((70, 110, 170), (238, 240, 240), (40, 40, 44), (190, 180, 150), (120, 60, 120))


def held(scene: Scene, chance: Chance) -> tuple[Scene, Floats]:
    """One to four fingers, or another thing, over a side that the picture shows; and how far they cover each pixel."""
    spots = _visible_spots(scene)
    if not len(spots):
        return scene, np.zeros(scene.page.shape[:2], np.float32)
    side, at = spots[chance.integers(len(spots))]
    kind = chance.random()
    if kind < 0.18:
        page, cover = _oval(scene, (int(side), at), chance)
    elif kind < 0.24:
        page, cover = _strip(scene, (int(side), at), chance)
    else:
        page, cover = _fingers(scene, int(side), at, chance, (0.35, 1.9))
    return _with(scene, page), cover


def thing(scene: Scene, chance: Chance) -> tuple[Scene, Floats]:
    """A coin, a note or a pen on the sheet, over its side or inside; and how far it covers each pixel."""
    corners, short = scene.corners, _shorter(scene.corners)
    side, at = int(chance.integers(4)), chance.uniform(0.1, 0.9)
    unit = _inward(corners, side, chance, 0.7)
    kind = chance.random()
    if kind < 0.3:
        half = np.full(2, short * chance.uniform(0.04, 0.11))
    elif kind < 0.65:
        half = short * chance.uniform(0.05, 0.18, 2)
    else:
        half = short * np.array((chance.uniform(0.2, 0.8), chance.uniform(0.012, 0.04)))
    middle = _on_side(corners, side, at) + unit * half[0] * chance.uniform(-0.8, 2.0 if kind < 0.65 else 0.5)
    y, x = grid(scene.page)
    slant = chance.uniform(0, math.pi) if kind < 0.65 else math.atan2(unit[1], unit[0])
    along = (x - middle[0]) * math.cos(slant) + (y - middle[1]) * math.sin(slant)
    aside = (y - middle[1]) * math.cos(slant) - (x - middle[0]) * math.sin(slant)
    inside = (
        half[0] - np.hypot(along, aside) if kind < 0.3 else np.minimum(half[0] - np.abs(along), half[1] - np.abs(aside))
    )
    cover = np.clip(inside / 1.2 + 0.5, 0, 1).astype(np.float32)[..., None]
    body = chance.uniform(15, 250, 3) * (1 + chance.uniform(-0.2, 0.2) * np.clip(along / half[0], -1, 1))[..., None]
    dark = cv2.GaussianBlur(np.roll(cover[..., 0], (2, 2), (0, 1)), (0, 0), max(1.0, short / 60))[..., None]
    page = scene.page * (1 - chance.uniform(0, 0.4) * dark) * (1 - cover) + body * cover
    return _with(scene, page), cover[..., 0]


def beside(scene: Scene, chance: Chance) -> Scene:
    """Fingers on the desk that end before the sheet: nothing is covered."""
    page, _ = _fingers(scene, int(chance.integers(4)), chance.uniform(0.1, 0.9), chance, (-3.0, -0.25))
    return _with(scene, page)


def _with(scene: Scene, page: Floats) -> Scene:
    return Scene(page.astype(np.float32), scene.corners, scene.place)


def _visible_spots(scene: Scene) -> Floats:
    """Sides and shares of their length where the sheet's edge lies well inside the picture."""
    height, width = scene.page.shape[:2]
    spots = [
        (side, share)
        for side in range(4)
        for share in np.linspace(0.0, 0.95, 20)
        for x, y in [_on_side(scene.corners, side, share)]
        if 12 < x < width - 12 and 12 < y < height - 12
    ]
    return np.array(spots, np.float32).reshape(-1, 2)


def _on_side(corners: Floats, side: int, share: float) -> Floats:
    return np.asarray(corners[side] + (corners[(side + 1) % 4] - corners[side]) * share, np.float32)


def _skin(chance: Chance) -> Floats:
    tones = _SKINS if chance.random() < 0.88 else _GLOVES
    return (np.array(tones[chance.integers(len(tones))]) + chance.normal(0, 7, 3)).astype(np.float32)


def _inward(corners: Floats, side: int, chance: Chance, spread: float) -> Floats:
    middle = (corners[side] + corners[(side + 1) % 4]) / 2
    toward = corners.mean(axis=0) - middle
    angle = math.atan2(toward[1], toward[0]) + chance.uniform(-spread, spread)
    return np.array((math.cos(angle), math.sin(angle)), np.float32)


def _shorter(corners: Floats) -> float:
    return float(min(np.linalg.norm(corners[1] - corners[0]), np.linalg.norm(corners[3] - corners[0])))


def _fingers(scene: Scene, side: int, at: float, chance: Chance, reach: tuple[float, float]) -> tuple[Floats, Floats]:
    page, corners, skin = scene.page, scene.corners, _skin(chance)
    covered = np.zeros(page.shape[:2], np.float32)
    thick = _shorter(corners) * chance.uniform(0.07, 0.22)
    length = float(np.linalg.norm(corners[(side + 1) % 4] - corners[side]))
    shade = one(chance, (0.0, 0.2, 0.32))
    for _ in range(int(chance.choice([1, 2, 3, 4], p=[0.6, 0.25, 0.1, 0.05]))):
        unit = _inward(corners, side, chance, 0.5)
        tip = _on_side(corners, side, at) + unit * thick * chance.uniform(*reach)
        page, cover = _finger(page, tip, unit, thick, skin, shade, chance)
        covered = np.maximum(covered, cover)
        if chance.random() < 0.3:
            side, at = (side + 2) % 4, chance.uniform(0.2, 0.8)
        else:
            at += 1.12 * thick / length * (1 if at < 0.5 else -1)
    return page, covered


def _finger(
    page: Floats, tip: Floats, unit: Floats, thick: float, skin: Floats, fall: float, chance: Chance
) -> tuple[Floats, Floats]:
    y, x = grid(page)
    aside = np.abs((x - tip[0]) * -unit[1] + (y - tip[1]) * unit[0])
    ahead = (x - tip[0]) * unit[0] + (y - tip[1]) * unit[1]
    half = thick / 2 * (1 + one(chance, (0.12, 0.45)) * np.clip(-ahead / (thick * 4), 0, 1))
    far = np.where(ahead > 0, np.hypot(aside, ahead), aside) / half
    cover = np.clip((1 - far) * half / 1.5, 0, 1)[..., None]
    body = skin * (1.06 - fall * np.clip(far, 0, 1) ** 2.2)[..., None]
    grain = chance.standard_normal(page.shape[:2], np.float32) * np.float32(one(chance, (2.0, 9.0)))
    body = body + cv2.GaussianBlur(grain, (0, 0), 2)[..., None]
    if chance.random() < 0.55:
        nail = np.clip(1.3 - np.hypot(aside / (half * 0.62), (ahead + thick * 0.12) / (thick * 0.34)), 0, 0.3) * 2.2
        body = body * (1 - nail[..., None]) + (skin * 0.6 + np.array((105, 88, 84), np.float32)) * nail[..., None]
    dark = cv2.GaussianBlur(np.roll(cover[..., 0], (4, 6), (0, 1)), (0, 0), thick / 12)[..., None]
    shaded = page * (1 - chance.uniform(0.05, 0.35) * dark * (1 - cover))
    return (shaded * (1 - cover) + body * cover).astype(np.float32), cover[..., 0]


def _oval(scene: Scene, spot: tuple[int, float], chance: Chance) -> tuple[Floats, Floats]:
    """A fingertip or thumb as an oval of nearly one tone, out of focus at its outline."""
    unit = _inward(scene.corners, spot[0], chance, 0.4)
    short = _shorter(scene.corners) * chance.uniform(0.05, 0.13)
    long = short * chance.uniform(1.2, 3.2)
    middle = _on_side(scene.corners, *spot) - unit * long * chance.uniform(-0.3, 0.6)
    y, x = grid(scene.page)
    ahead = (x - middle[0]) * unit[0] + (y - middle[1]) * unit[1]
    aside = (y - middle[1]) * unit[0] - (x - middle[0]) * unit[1]
    far = np.hypot(ahead / long, aside / short)
    cover = np.clip((1 - far) * short / chance.uniform(1.0, 6.0), 0, 1)[..., None]
    body = _skin(chance) * (1 - chance.uniform(0, 0.15) * np.clip(far, 0, 1) ** 2)[..., None]
    return (scene.page * (1 - cover) + body * cover).astype(np.float32), cover[..., 0]


def _strip(scene: Scene, spot: tuple[int, float], chance: Chance) -> tuple[Floats, Floats]:
    """A pen, a clip, a strip of tape or another paper across the edge."""
    unit = _inward(scene.corners, spot[0], chance, 0.8)
    half = _shorter(scene.corners) * np.array((chance.uniform(0.08, 0.4), chance.uniform(0.025, 0.12)))
    middle = _on_side(scene.corners, *spot) - unit * half[0] * chance.uniform(-0.5, 0.5)
    y, x = grid(scene.page)
    ahead = np.abs((x - middle[0]) * unit[0] + (y - middle[1]) * unit[1]) - half[0]
    aside = np.abs((y - middle[1]) * unit[0] - (x - middle[0]) * unit[1]) - half[1]
    cover = np.clip(-np.maximum(ahead, aside) / 1.5, 0, 1)[..., None]
    body = chance.uniform(15, 250, 3).astype(np.float32)
    return (scene.page * (1 - cover) + body * cover).astype(np.float32), cover[..., 0]
