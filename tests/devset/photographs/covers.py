"""What lies over a sheet's side or beside it: fingers of two joints, pens, coins, notes, clips, tape, papers, cables."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from tests.devset.scenes import Chance, Floats, clouds, grid

_SKINS = ((238, 200, 178), (222, 178, 150), (205, 155, 120), (180, 130, 95), (140, 95, 70), (95, 62, 48), (70, 48, 40))
_GLOVES = ((60, 120, 180), (235, 235, 238), (40, 40, 45))
_NOTES = ((250, 235, 120), (255, 180, 190), (180, 220, 250))
_COINS = ((190, 185, 170), (200, 170, 90), (170, 110, 80))
_SOFT_PX = 1.3


@dataclass(frozen=True, slots=True)
class Laid:
    """Its colours, how far it covers each pixel, and its shadow."""

    colour: Floats
    cover: Floats
    shadow: Floats

    def over(self, page: Floats) -> Floats:
        """The page with it, both by their own colours."""
        cover = self.cover[..., None]
        return np.asarray(page * (1 - self.shadow[..., None]) * (1 - cover) + self.colour * cover, np.float32)


@dataclass(frozen=True, slots=True)
class _Spot:
    """A place on a sheet's side, the way in from there, along the side, and the sheet's size: pixels."""

    at: Floats
    inward: Floats
    along: Floats
    size: float


def over(chance: Chance, page: Floats, corners: Floats) -> Laid:
    """Mostly fingers, else a thing, over one side of the sheet."""
    spot = _spot(chance, corners)
    made = _fingers(chance, page, spot, 1.0) if chance.random() < 0.65 else _thing(chance, page, spot)
    return _shaded(chance, *made, spot)


def beside(chance: Chance, page: Floats, corners: Floats) -> Laid:
    """Fingers that end before the sheet."""
    spot = _spot(chance, corners)
    return _shaded(chance, *_fingers(chance, page, spot, -1.0), spot)


def _spot(chance: Chance, corners: Floats) -> _Spot:
    side = int(chance.integers(4))
    first, last = corners[side], corners[(side + 1) % 4]
    at = first + (last - first) * chance.uniform(0.12, 0.88)
    inward = corners.mean(axis=0) - at
    slant = chance.normal(0, 0.45)
    turn = np.array(((math.cos(slant), -math.sin(slant)), (math.sin(slant), math.cos(slant))))
    size = math.sqrt(max(1.0, float(cv2.contourArea(corners))))
    return _Spot(at, turn @ inward / np.hypot(*inward), (last - first) / np.hypot(*(last - first)), size)


def _shaded(chance: Chance, colour: Floats, cover: Floats, spot: _Spot) -> Laid:
    off = spot.size * chance.uniform(0.01, 0.04)
    moved = np.roll(cover, (int(off), int(off * 0.7)), (0, 1))
    dark = cv2.GaussianBlur(moved, (0, 0), off + 1) * np.float32(chance.uniform(0.2, 0.5))
    return Laid(np.clip(colour, 0, 255).astype(np.float32), cover, np.asarray(dark, np.float32))


def _rod(page: Floats, root: Floats, tip: Floats, radii: tuple[float, float]) -> tuple[Floats, Floats, Floats, Floats]:
    """Distance from a rod's middle by its radius (1 at its skin), how far along it, and the way out: for each pixel."""
    y, x = grid(page)
    length = float(np.hypot(*(tip - root)))
    unit = (tip - root) / length
    along = np.clip(((x - root[0]) * unit[0] + (y - root[1]) * unit[1]) / length, 0, 1)
    radius = radii[0] + (radii[1] - radii[0]) * along
    out_x, out_y = x - (root[0] + along * length * unit[0]), y - (root[1] + along * length * unit[1])
    return np.hypot(out_x, out_y) / radius, along, out_x / radius, out_y / radius


def _fingers(chance: Chance, page: Floats, spot: _Spot, way: float) -> tuple[Floats, Floats]:
    """One to three side by side, over the sheet (`way` 1) or short of it (-1)."""
    skins = _GLOVES if chance.random() < 0.06 else _SKINS
    skin = np.array(skins[chance.integers(len(skins))], np.float32)
    radius = spot.size * chance.uniform(0.05, 0.11)
    reach = spot.size * chance.uniform(0.08, 0.28) if way > 0 else -spot.size * chance.uniform(0.06, 0.2) - radius
    colour, cover = np.zeros_like(page), np.zeros(page.shape[:2], np.float32)
    for number in range(int(chance.choice([1, 2, 3], p=[0.5, 0.34, 0.16]))):
        start = spot.at + spot.along * number * radius * chance.uniform(1.9, 2.3)
        tip = start + spot.inward * reach * (chance.uniform(0.75, 1.1) if way > 0 else 1)
        joint = tip - spot.inward * radius * chance.uniform(2.5, 3.5)
        root = joint - spot.inward * spot.size * 1.5
        for ends, widths in (((root, joint), (1.25, 1.08)), ((joint, tip), (1.1, 0.9))):
            body, part = _joint(chance, page, ends, (widths[0] * radius, widths[1] * radius), skin)
            colour = colour * (1 - part[..., None]) + body * part[..., None]
            cover = np.maximum(cover, part)
        if chance.random() < 0.5:
            colour = _nailed(colour, tip, spot.inward, radius, skin)
    return colour, cover


def _joint(
    chance: Chance, page: Floats, ends: tuple[Floats, Floats], radii: tuple[float, float], skin: Floats
) -> tuple[Floats, Floats]:
    far, along, out_x, out_y = _rod(page, *ends, radii)
    lamp = chance.uniform(0, 2 * math.pi)
    light = (
        0.78 + 0.22 * np.sqrt(np.clip(1 - far * far, 0, 1)) + 0.08 * (out_x * math.cos(lamp) + out_y * math.sin(lamp))
    )
    folds = 1 - 0.06 * np.exp(-(((along - 0.15) / 0.03) ** 2)) - 0.05 * np.exp(-(((along - 0.22) / 0.02) ** 2))
    grain = clouds(chance, page.shape[1], page.shape[0], 6)[..., None] * np.float32(2)
    cover = np.clip((1 - far) * radii[1] / 1.5, 0, 1).astype(np.float32)
    return np.asarray(skin * (light * folds)[..., None] + grain, np.float32), cover


def _nailed(colour: Floats, tip: Floats, inward: Floats, radius: float, skin: Floats) -> Floats:
    y, x = grid(colour)
    ahead = ((x - tip[0]) * inward[0] + (y - tip[1]) * inward[1]) / (radius * 0.75)
    aside = ((x - tip[0]) * -inward[1] + (y - tip[1]) * inward[0]) / (radius * 0.6)
    nail = np.clip((1 - np.hypot(ahead, aside)) * 6, 0, 1)[..., None] * 0.7
    tone = np.clip(skin * 0.9 + np.array((35, 20, 20), np.float32), 0, 255)
    return np.asarray(colour * (1 - nail) + tone * nail, np.float32)


def _thing(chance: Chance, page: Floats, spot: _Spot) -> tuple[Floats, Floats]:
    colour, cover = _THINGS[int(chance.integers(len(_THINGS)))](chance, page, spot)
    return np.asarray(np.broadcast_to(colour, page.shape), np.float32), cover.astype(np.float32)


def _any_colour(chance: Chance) -> Floats:
    return chance.uniform(20, 245, 3).astype(np.float32)


def _pen(chance: Chance, page: Floats, spot: _Spot) -> tuple[Floats, Floats]:
    root, tip = spot.at - spot.inward * spot.size * 0.6, spot.at + spot.inward * spot.size * chance.uniform(0.12, 0.45)
    thick = spot.size * chance.uniform(0.013, 0.024)
    far, _, out_x, out_y = _rod(page, root, tip, (thick * 1.1, thick))
    shine = 0.7 + 0.5 * np.exp(-((out_x - 0.3) ** 2 + (out_y - 0.2) ** 2) * 3)
    return _any_colour(chance) * shine[..., None], np.clip((1 - far) * thick / _SOFT_PX, 0, 1)


def _coin(chance: Chance, page: Floats, spot: _Spot) -> tuple[Floats, Floats]:
    middle = spot.at + spot.inward * spot.size * chance.uniform(-0.02, 0.2)
    radius = spot.size * chance.uniform(0.05, 0.1)
    y, x = grid(page)
    far = np.hypot(x - middle[0], y - middle[1]) / radius
    relief = 0.85 + 0.2 * np.cos(far * 25) * (far > 0.8) + 0.05 * np.sin(x / 3) * np.sin(y / 4)
    metal = np.array(_COINS[chance.integers(len(_COINS))], np.float32)
    return metal * relief[..., None], np.clip((1 - far) * radius / _SOFT_PX, 0, 1)


def _rectangle(chance: Chance, page: Floats, spot: _Spot, wide: float, tall: float) -> tuple[Floats, Floats]:
    """Cover of a rectangle near the spot, and pixels along it."""
    slant, middle = chance.uniform(0, 3), spot.at + spot.inward * spot.size * chance.uniform(-0.02, 0.14)
    y, x = grid(page)
    along = (x - middle[0]) * math.cos(slant) + (y - middle[1]) * math.sin(slant)
    aside = (y - middle[1]) * math.cos(slant) - (x - middle[0]) * math.sin(slant)
    return np.clip(np.minimum(wide / 2 - np.abs(along), tall / 2 - np.abs(aside)), 0, 1), along


def _note(chance: Chance, page: Floats, spot: _Spot) -> tuple[Floats, Floats]:
    cover, _ = _rectangle(chance, page, spot, *(spot.size * chance.uniform(0.1, 0.25, 2)))
    return np.array(_NOTES[chance.integers(len(_NOTES))], np.float32), cover


def _clip(chance: Chance, page: Floats, spot: _Spot) -> tuple[Floats, Floats]:
    cover, along = _rectangle(
        chance, page, spot, spot.size * chance.uniform(0.03, 0.08), spot.size * chance.uniform(0.1, 0.2)
    )
    return _any_colour(chance) * (0.9 + 0.2 * np.sin(along / 5))[..., None], cover


def _tape(chance: Chance, page: Floats, spot: _Spot) -> tuple[Floats, Floats]:
    cover, _ = _rectangle(
        chance, page, spot, spot.size * chance.uniform(0.1, 0.25), spot.size * chance.uniform(0.05, 0.1)
    )
    return _any_colour(chance), cover * np.float32(chance.uniform(0.75, 1.0))


def _paper(chance: Chance, page: Floats, spot: _Spot) -> tuple[Floats, Floats]:
    """Another sheet over a corner or side, white, printed at times."""
    cover, along = _rectangle(chance, page, spot, *(spot.size * chance.uniform(0.25, 0.6, 2)))
    ink = 1 - 0.6 * (np.sin(along / chance.uniform(3, 7)) > 0.5) * (chance.random() < 0.5)
    return np.float32(chance.uniform(215, 250)) * ink[..., None] * np.ones(3, np.float32), cover


def _cable(chance: Chance, page: Floats, spot: _Spot) -> tuple[Floats, Floats]:
    y, x = grid(page)
    slant = chance.normal(0, 0.5)
    ahead = (x - spot.at[0]) * spot.inward[0] + (y - spot.at[1]) * spot.inward[1]
    aside = (y - spot.at[1]) * spot.inward[0] - (x - spot.at[0]) * spot.inward[1]
    bend = spot.size * 0.12 * np.sin(ahead / spot.size * chance.uniform(2, 6)) + ahead * slant
    thick = spot.size * chance.uniform(0.012, 0.025)
    far = np.abs(aside - bend) / math.hypot(1, slant) / thick
    return _any_colour(chance) * (1.05 - 0.35 * np.clip(far, 0, 1) ** 2)[..., None], np.clip(
        (1 - far) * thick / _SOFT_PX, 0, 1
    )


_Maker = Callable[[Chance, Floats, _Spot], tuple[Floats, Floats]]
_THINGS: tuple[_Maker, ...] = (_pen, _coin, _note, _clip, _tape, _paper, _cable)
