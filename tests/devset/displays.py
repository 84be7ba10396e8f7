"""A sheet shown on a display and photographed from it: the display's pixel grid beats with the camera's (moiré)."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from tests.devset.designs import Design
from tests.devset.scenes import Chance, Floats, Scene, desk, grid, laid, moved_out, one, page_size, set_down


def comb(phase: Floats, duty: float, harmonics: int, passed: Callable[[int], float]) -> Floats:
    """Bars over a share of each pitch, as bright in all as without them; `passed` says how much of a harmonic is let through."""
    total = np.ones_like(phase)
    for order in range(1, harmonics + 1):
        total += np.float32(2 * np.sinc(order * duty) * passed(order)) * np.cos(2 * math.pi * order * phase)
    return total


def on_screen(drawn: Design, cut: bool, chance: Chance) -> tuple[Scene, Scene]:
    """The sheet on a display that fills the picture, with some backdrop round it; and the same without the grid."""
    width, height = page_size(chance)
    corners = set_down(drawn, width, height, chance, tilt=0.6)
    if cut:
        corners = moved_out(corners, width, height, chance)
    backdrop = np.full((height, width, 3), one(chance, (12.0, 30.0, 128.0, 240.0)), np.float32)
    if chance.random() < 0.4:  # the display shows a phone picture, desk and all
        backdrop = desk(chance, width, height)
    page = laid(backdrop, drawn, corners, shadow=0) * np.float32(chance.uniform(0.7, 1.0))
    y, x = grid(page)
    shown = KINDS[int(chance.choice(len(KINDS), p=_LIKELY))](page, chance, y, x)
    light = np.ones((height, width, 1), np.float32) * np.array((0.97, 1.0, 1.05), np.float32)
    if chance.random() < 0.2:  # a display that is refreshed while the shutter is open
        light *= (1 + chance.uniform(0.03, 0.12) * np.sin(y * 2 * math.pi / chance.uniform(80, 500)))[..., None]
    return Scene(shown * light, corners, "screen"), Scene(page * light, corners, "screen")


def _stripes(page: Floats, chance: Chance, y: Floats, x: Floats) -> Floats:
    """Red, green and blue stripes of a display whose pixels are `pitch` camera pixels wide, seen a little from aside."""
    pitch = one(chance, (chance.uniform(0.9, 2.6), chance.uniform(2.6, 6.0)), (0.75, 0.25))
    angle = chance.normal(0, 0.06) if chance.random() < 0.7 else chance.uniform(-0.7, 0.7)
    lean = chance.normal(0, 4e-5, 2)
    bend = 1 + lean[0] * x + lean[1] * y
    u = (x * math.cos(angle) + y * math.sin(angle)) / pitch * bend
    v = (y * math.cos(angle) - x * math.sin(angle)) / pitch * bend
    deep, rows = chance.uniform(0.08, 0.4), chance.uniform(0.03, 0.3)
    steps = one(chance, (1 / 3, 0.0, 0.5)) * np.arange(3) if chance.random() < 0.8 else chance.uniform(0, 1, 3)
    shade = np.stack([1 + deep * np.cos(2 * math.pi * (u - c)) for c in steps], axis=2)
    if chance.random() < 0.15:  # displays with dots in diamonds
        shade = np.stack([1 + deep * np.cos(2 * math.pi * (u + v - c / 2)) for c in range(3)], axis=2)
    return np.asarray(page * shade * (1 + rows * np.cos(2 * math.pi * v))[..., None], np.float32)


def _beats(page: Floats, chance: Chance, y: Floats, x: Floats) -> Floats:
    """Only the beats, as coloured or grey waves: fine ones, or as wide as letters."""
    strength = chance.uniform(0.04, 0.14)
    shade = np.ones_like(page)
    for _ in range(int(chance.integers(1, 4))):
        pitch = one(chance, (chance.uniform(2.5, 14), chance.uniform(14, 50)), (0.8, 0.2))
        slant = chance.uniform(0, math.pi)
        bend = chance.uniform(0, 12) * np.sin(y / chance.uniform(100, 500))
        wave = 2 * math.pi * (x * math.cos(slant) + y * math.sin(slant) + bend) / pitch
        step = one(chance, (0.0, 1.0)) * 2 * math.pi / 3
        shade += strength * np.stack([np.sin(wave + c * step) for c in range(3)], axis=2)
    return np.asarray(page * shade, np.float32)


def _three_grids(page: Floats, chance: Chance, y: Floats, x: Floats) -> Floats:
    """Each colour beating in its own direction and width, with fainter rows."""
    deep, rows = chance.uniform(0.05, 0.16), chance.uniform(0, 0.1)
    shade = np.ones_like(page)
    for channel in range(3):
        angle, pitch = chance.uniform(-0.4, 0.4), chance.uniform(2.3, 6.0)
        phase = (x * math.cos(angle) + y * math.sin(angle)) / pitch
        other = (y * math.cos(angle) - x * math.sin(angle)) / pitch
        shade[..., channel] += deep * np.cos(2 * math.pi * phase + channel * 2.1) + rows * np.cos(2 * math.pi * other)
    return np.asarray(page * shade, np.float32)


KINDS = (_stripes, _beats, _three_grids)
_LIKELY = (0.6, 0.2, 0.2)
