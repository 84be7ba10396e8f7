"""Drawn verification photos of nobody: head and shoulders in front of a wall, with the faults reviewers send back.

A detector of faces takes them for faces; no photograph of a person is needed to test with.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from samples.canvas import font

Pixels = NDArray[np.uint8]
Colour = tuple[int, int, int]
_OVER = 2  # drawn larger and shrunk, for smooth outlines


@dataclass(frozen=True, slots=True)
class Pose:
    """How the photo is taken; lengths are shares of the picture's width, `top` of its height."""

    width: int = 600
    height: int = 800
    wall: Colour = (246, 247, 247)
    face: float = 0.17  # half the face's width
    middle: float = 0.5
    eyes: float = 0.38  # the face's middle, from the picture's top
    people: int = 1
    cover: str = ""  # mask, sunglasses, hand, palm, hand_on_eye, hair
    lettering: bool = False  # a curtain's writing
    light: float = 1.0
    blur: float = 0.8


def portrait(seed: int, pose: Pose | None = None) -> Pixels:
    """The photo as RGB pixels; the same seed is the same nobody."""
    pose = pose or Pose()
    chance = np.random.default_rng(seed)
    image = Image.new("RGB", (pose.width * _OVER, pose.height * _OVER), pose.wall)
    if pose.lettering:
        _write_on_curtain(image)
    step = 0.42 if pose.people > 1 else 0.0
    for number in range(pose.people):
        _Person(image, chance, pose, pose.middle + (number - (pose.people - 1) / 2) * step).draw()
    image = image.resize((pose.width, pose.height), Image.Resampling.LANCZOS)
    return _photographed(image.filter(ImageFilter.GaussianBlur(pose.blur)), chance, pose.light)


def _photographed(image: Image.Image, chance: np.random.Generator, light: float) -> Pixels:
    pixels = np.asarray(image, np.float32)
    height, width = pixels.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    side, fall = chance.uniform(-0.06, 0.06), chance.uniform(0, 0.05)
    pixels = pixels * (light * (1 + side * (x / width - 0.5) - fall * y / height))[..., None]
    return np.clip(pixels + chance.normal(0, 2.0, pixels.shape), 0, 255).astype(np.uint8)


def _write_on_curtain(image: Image.Image) -> None:
    pen = ImageDraw.Draw(image)
    size = image.width // 9
    pen.text((image.width / 2, size), "样本云网站备案", font=font("bold", size), fill=(250, 250, 250), anchor="mm")


class _Person:
    """One head with shoulders; coordinates are multiples of the face's half width from its middle."""

    def __init__(self, image: Image.Image, chance: np.random.Generator, pose: Pose, middle: float) -> None:
        self.pen = ImageDraw.Draw(image)
        self.unit = image.width * pose.face * (0.72 if pose.people > 1 else 1.0)
        self.x, self.y = image.width * middle, image.height * pose.eyes
        self.long = float(chance.uniform(1.22, 1.42))
        self.skin = np.array((232, 196, 172), np.float32) - chance.integers(0, 85) * np.array((0.9, 1.0, 1.1))
        self.hair = np.array((34, 28, 26), np.float32) + chance.integers(0, 40)
        self.coat = chance.integers(25, 150, 3).astype(np.float32)
        self.long_hair = bool(chance.random() < 0.4)
        self.glasses = bool(chance.random() < 0.3)
        self.cover = pose.cover
        self.chance = chance

    def draw(self) -> None:
        if self.long_hair:
            self._oval(0, self.long * 0.35, 1.22, self.long * 1.45, self.hair)
        self._body()
        self._head()
        for side in (-1, 1):
            self._eye(side)
        self._nose_and_mouth()
        if self.glasses:
            self._glasses((60, 60, 66), filled=False)
        getattr(self, f"_cover_{self.cover}", lambda: None)()

    def _oval(self, x: float, y: float, rx: float, ry: float, colour: Any) -> None:
        u = self.unit
        self.pen.ellipse(
            (self.x + (x - rx) * u, self.y + (y - ry) * u, self.x + (x + rx) * u, self.y + (y + ry) * u),
            fill=tuple(int(np.clip(v, 0, 255)) for v in colour),
        )

    def _polygon(self, points: list[tuple[float, float]], colour: Any) -> None:
        u = self.unit
        self.pen.polygon(
            [(self.x + x * u, self.y + y * u) for x, y in points],
            fill=tuple(int(np.clip(v, 0, 255)) for v in colour),
        )

    def _body(self) -> None:
        low = self.long
        self._oval(0, low * 3.25, 2.75, low * 1.75, self.coat)
        self._polygon(
            [(-0.52, low * 0.5), (0.52, low * 0.5), (0.62, low * 1.75), (-0.62, low * 1.75)], self.skin * 0.87
        )
        self._polygon([(-0.62, low * 1.5), (0.62, low * 1.5), (0, low * 2.2)], (238, 238, 240))

    def _head(self) -> None:
        tall = self.long
        self._oval(0, -tall * 0.18, 1.12, tall * 1.05, self.hair)
        for side in (-1, 1):
            self._oval(side, tall * 0.05, 0.14, tall * 0.2, self.skin * 0.9)
        self._oval(0, 0, 1, tall, self.skin)
        self._oval(0, -tall * 0.85, 0.86, tall * 0.28, self.hair)
        self._oval(0, tall * 0.1, 0.92, tall * 0.72, self.skin)

    def _eye(self, side: int) -> None:
        x, y, tall = side * 0.42, -self.long * 0.05, self.long
        self._oval(x, y - 0.03 * tall, 0.27, 0.14 * tall, self.skin * 0.86)
        self._oval(x, y, 0.2, 0.075 * tall, (244, 242, 240))
        self._oval(x, y, 0.095, 0.085 * tall, (42, 30, 24))
        self._oval(x, y - 0.2 * tall, 0.25, 0.035 * tall, self.hair + 14)

    def _nose_and_mouth(self) -> None:
        tall = self.long
        self._polygon([(-0.05, 0), (0.05, 0), (0.16, 0.33 * tall), (-0.16, 0.33 * tall)], self.skin * 0.95)
        for side in (-1, 1):
            self._oval(side * 0.1, 0.34 * tall, 0.06, 0.03 * tall, self.skin * 0.6)
        self._oval(0, 0.58 * tall, 0.3, 0.075 * tall, (176, 88, 84))
        self._oval(0, 0.58 * tall, 0.29, 0.018 * tall, (112, 52, 52))

    def _glasses(self, colour: Colour, *, filled: bool) -> None:
        u, wide = self.unit, max(2, round(self.unit * 0.05))
        for side in (-1, 1):
            x, y = self.x + side * 0.44 * u, self.y - 0.04 * u
            box = (x - 0.34 * u, y - 0.26 * u, x + 0.34 * u, y + 0.26 * u)
            self.pen.ellipse(box, outline=colour, width=wide, fill=colour if filled else None)
        self.pen.line((self.x - 0.12 * u, self.y - 0.06 * u, self.x + 0.12 * u, self.y - 0.06 * u), colour, wide)

    def _cover_sunglasses(self) -> None:
        self._glasses((26, 26, 30), filled=True)

    def _cover_mask(self) -> None:
        colour = (np.array((232, 238, 242)), np.array((150, 190, 216)), np.array((44, 46, 50)))[self.chance.integers(3)]
        tall = self.long
        self._polygon(
            [(-0.86, 0.12 * tall), (0, 0.02 * tall), (0.86, 0.12 * tall), (0.7, 0.78 * tall), (0, 1.02 * tall), (-0.7, 0.78 * tall)],
            colour,
        )  # fmt: skip

    def _cover_hand(self) -> None:
        low = 0.62 * self.long
        for finger in range(4):
            self._oval(-0.35 + 0.24 * finger, low - 0.1, 0.14, 0.62, self.skin * (0.9 + 0.02 * finger))
        self._oval(0.05, low + 0.7, 0.62, 0.5, self.skin * 0.92)

    def _cover_palm(self) -> None:
        """A hand laid across the mouth, fingers level."""
        for finger in range(4):
            self._oval(
                0.2, (0.32 + 0.17 * finger) * self.long, 0.85, 0.1 * self.long, self.skin * (0.9 + 0.02 * finger)
            )
        self._oval(1.1, 0.6 * self.long, 0.5, 0.4 * self.long, self.skin * 0.9)

    def _cover_hand_on_eye(self) -> None:
        for finger in range(3):
            self._oval(-0.72 + 0.25 * finger, -0.1 * self.long, 0.15, 0.55, self.skin * (0.9 + 0.02 * finger))

    def _cover_hair(self) -> None:
        self._polygon([(-1.1, -self.long), (0.4, -self.long), (0.05, 0.5), (-0.9, 0.9)], self.hair)
