"""Lamps, shadows and sunlight, which darken and brighten a sheet; and reflections, which wash its print out."""

from __future__ import annotations

import math

import cv2
import numpy as np

from tests.devset.scenes import Chance, Floats, Scene, grid, one


def under_lamp(scene: Scene, chance: Chance) -> Scene:
    """A desk under a lamp's falling light and its colour, at times in a shadow or in a patch of sunlight."""
    page = scene.page
    height, width = page.shape[:2]
    y, x = grid(page)
    at_x, at_y = chance.uniform(-0.3, 1.3) * width, chance.uniform(-0.3, 1.3) * height
    far = np.hypot(x - np.float32(at_x), y - np.float32(at_y)) / math.hypot(width, height)
    # Near a lamp at the side the paper may burn out, but what is printed on it stays dark: that is no reflection.
    level = one(chance, (chance.uniform(0.7, 1.0), chance.uniform(1.0, 1.2)), (0.75, 0.25))
    fall = level * (1 - chance.uniform(0.05, 0.6) * far)
    cast = np.array((1, chance.uniform(0.9, 1.0), chance.uniform(0.72, 1.05)), np.float32)
    page = page * fall[..., None] * (cast / cast.max())
    if chance.random() < 0.3:
        page = page * _shade(chance, y, x)[..., None]
    return Scene(page.astype(np.float32), scene.corners, scene.place)


def _shade(chance: Chance, y: Floats, x: Floats) -> Floats:
    """A shadow with a straight edge, the round one of a head or hand, a phone's, or all but a band of sunlight."""
    slant, soft = chance.uniform(0, 2 * math.pi), chance.uniform(3, 60)
    line = (x - x.mean()) * math.cos(slant) + (y - y.mean()) * math.sin(slant) + chance.uniform(-0.3, 0.3) * x.max()
    kind = chance.random()
    if kind < 0.5:
        deep = line
    elif kind < 0.75:
        middle, radius = chance.uniform(0, 1, 2) * (x.max(), y.max()), chance.uniform(0.1, 0.35) * x.max()
        deep = radius - np.hypot(x - middle[0], (y - middle[1]) * chance.uniform(0.5, 1.5))
    elif kind < 0.9:
        across = (y - y.mean()) * math.cos(slant) - (x - x.mean()) * math.sin(slant)
        deep = np.minimum(
            chance.uniform(0.1, 0.3) * x.max() - np.abs(line), chance.uniform(0.2, 0.5) * x.max() - across
        )
    else:
        deep = np.abs(line) - chance.uniform(0.08, 0.25) * x.max()
    dark = chance.uniform(0.15, 0.6) / (1 + np.exp(np.clip(-deep / soft, -50, 50)))
    return (1 - dark).astype(np.float32)


def faint_veil(scene: Scene) -> Scene:
    """A wide faint brightening, no reflection."""
    y, x = grid(scene.page)
    height, width = scene.page.shape[:2]
    veil = 30 * np.exp(-((np.hypot(x - width / 2, y - height / 2) / width) ** 2) * 3)
    return Scene((scene.page + veil[..., None]).astype(np.float32), scene.corners, scene.place)


def mirrored(scene: Scene, chance: Chance) -> Scene:
    """Light of a lamp or window mirrored by the sheet: a core that burns out, with a soft or sharp rim."""
    page, corners = scene.page, scene.corners
    size = float(np.sqrt(cv2.contourArea(corners)))
    low, high = np.maximum(corners.min(axis=0), 0), np.minimum(corners.max(axis=0), (page.shape[1], page.shape[0]))
    y, x = grid(page)
    for _ in range(1 if chance.random() < 0.7 else 2):
        middle = (low + (high - low) * chance.uniform(0.15, 0.85, 2)).astype(np.float32)
        tint = np.array((1, chance.uniform(0.93, 1.0), chance.uniform(0.85, 1.02)), np.float32)
        page = page + _spot(chance, y, x, middle, size)[..., None] * tint
    return Scene(page.astype(np.float32), corners, scene.place)


def _spot(chance: Chance, y: Floats, x: Floats, middle: Floats, size: float) -> Floats:
    slant = chance.uniform(0, math.pi)
    along = (x - middle[0]) * math.cos(slant) + (y - middle[1]) * math.sin(slant)
    aside = (y - middle[1]) * math.cos(slant) - (x - middle[0]) * math.sin(slant)
    ratio, radius = one(chance, (1.0, 1.6, 3.0, 6.0)), size * chance.uniform(0.07, 0.24)
    wide, narrow = radius * ratio**0.5, radius / ratio**0.5
    if chance.random() < 0.2:  # a window or a lamp's cover: straight sides, perhaps with a bar
        far = np.maximum(np.abs(along) / wide, np.abs(aside) / narrow)
        shape = 1 / (1 + np.exp(np.clip((far - 1) * chance.uniform(6, 30), -50, 50)))
        if chance.random() < 0.4:
            shape = shape * (np.abs(aside) > narrow * 0.08)
    else:
        shape = np.exp(-(np.hypot(along / wide, aside / narrow) ** one(chance, (2.0, 2.0, 4.0, 8.0))))
    strength = one(chance, (chance.uniform(85, 150), chance.uniform(150, 420)), (0.4, 0.6))
    return np.asarray(strength * shape, np.float32)
