"""A camera: its lens, a blur, the grain of light, one colour a pixel, and what a phone makes of it all."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.devset.lens import mosaic
from tests.devset.photographs.light import tones
from tests.devset.scenes import Chance, Floats

_STEPS = 60  # of a shaking hand
_LEVELS = 65535  # of a sensor


@dataclass(frozen=True, slots=True)
class Camera:
    """One setting of a camera; it takes any picture the same way."""

    lens: float  # spread of a point, pixels
    blur: Floats | None  # a kernel
    spread: float  # of a point by the lens and the blur, pixels
    white: Floats
    grain: float
    one_colour_a_pixel: bool
    curve: float
    whitest: Floats  # what is burnt out is this bright in the picture
    sharpened: float
    smoothed: bool
    scale: float
    quality: int
    seed: int

    def take(self, light: Floats) -> NDArray[np.uint8]:
        """The picture as blue, green, red bytes, before it is packed."""
        light = cv2.GaussianBlur(light, (0, 0), self.lens)
        light = light if self.blur is None else cv2.filter2D(light, -1, self.blur)
        light = self._grainy(light * self.white)
        page = tones(light)
        page = page * (1 - self.curve) + self.curve * page * page * (3 - 2 * page)
        page = cv2.bilateralFilter(page.astype(np.float32), 5, 0.06, 2) if self.smoothed else page
        page = page + self.sharpened * (page - cv2.GaussianBlur(page, (0, 0), 1.1))
        pixels = np.clip(page * self.whitest * 255, 0, 255).astype(np.uint8)[..., ::-1]
        if self.scale < 1:
            return np.asarray(cv2.resize(pixels, None, fx=self.scale, fy=self.scale, interpolation=cv2.INTER_AREA))
        return np.ascontiguousarray(pixels)

    def packed(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The picture after it was saved."""
        coded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, self.quality])[1]
        return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)

    def _grainy(self, light: Floats) -> Floats:
        noise = np.random.default_rng(self.seed).standard_normal(light.shape, np.float32)
        light = light + noise * np.sqrt(np.clip(light, 0, 2) * np.float32(self.grain) + np.float32(1e-6))
        return mosaic(light[..., ::-1], _LEVELS)[..., ::-1] if self.one_colour_a_pixel else light


def camera(chance: Chance, stroke_px: float | None, *, scanner: bool) -> Camera:
    """A setting; `stroke_px` is how wide the print's strokes are where it shall be blurred."""
    lens = chance.uniform(0.35, 0.7)
    blur, spread = _blur(chance, stroke_px) if stroke_px else (None, 0.0)
    return Camera(
        lens=lens,
        blur=blur,
        spread=math.hypot(spread, lens),
        white=(1 + chance.normal(0, 0.04, 3)).astype(np.float32),
        grain=0.0003 if scanner else chance.uniform(0.0005, 0.006),
        one_colour_a_pixel=not scanner and chance.random() < 0.6,
        curve=chance.uniform(0, 0.35),
        whitest=_whitest(chance),
        sharpened=chance.uniform(0, 0.9) if chance.random() < 0.6 else 0.0,
        smoothed=chance.random() < 0.25,
        scale=1.0 if chance.random() < 0.6 else chance.uniform(0.6, 0.95),
        quality=int(chance.integers(60, 95)),
        seed=int(chance.integers(1 << 31)),
    )


def _whitest(chance: Chance) -> Floats:
    """Mostly white; some phones and apps leave it greyish, or with a tint."""
    if chance.random() < 0.6:
        return np.ones(3, np.float32)
    return np.asarray(chance.uniform(0.9, 1.0) * chance.uniform(0.95, 1.02, 3), np.float32)


def _blur(chance: Chance, stroke_px: float) -> tuple[Floats, float]:
    """Out of focus (soft or as a disc), drawn along a line, or shaken; and the spread it gives a point."""
    wanted = stroke_px * chance.uniform(1.0, 2.4)
    kind = int(chance.integers(5))
    if kind == 0:
        wanted = max(1.4, wanted)
        reach = math.ceil(3 * wanted)
        line = cv2.getGaussianKernel(2 * reach + 1, wanted).astype(np.float32)
        return np.asarray(line @ line.T, np.float32), wanted
    reach = int(max(3, round(wanted * 2.2)))
    kernel = np.zeros((2 * reach + 1,) * 2, np.float32)
    if kind == 1:
        cv2.circle(kernel, (reach, reach), max(2, round(wanted * 1.9)), 1.0, -1, cv2.LINE_AA)
    elif kind < 4:
        slant = chance.uniform(0, math.pi)
        way = np.array((math.cos(slant), math.sin(slant))) * reach
        ends = [tuple(int(v) for v in reach + sign * way) for sign in (-1, 1)]
        cv2.line(kernel, ends[0], ends[1], 1.0, 1, cv2.LINE_AA)
    else:
        _shake(chance, kernel)
    kernel /= kernel.sum()
    return kernel, _spread(kernel)


def _shake(chance: Chance, kernel: Floats) -> None:
    reach = kernel.shape[0] // 2
    at, slant = np.full(2, float(reach)), chance.uniform(0, 2 * math.pi)
    for _ in range(_STEPS):
        slant += chance.normal(0, 0.25)
        at = np.clip(at + np.array((math.cos(slant), math.sin(slant))) * reach / 18, 0, 2 * reach)
        kernel[int(at[1]), int(at[0])] += 1


def _spread(kernel: Floats) -> float:
    """In the direction it spreads most."""
    y, x = np.mgrid[0 : kernel.shape[0], 0 : kernel.shape[1]]
    spreads = [float((((at - (at * kernel).sum()) ** 2) * kernel).sum()) for at in (x, y)]
    return math.sqrt(max(spreads))
