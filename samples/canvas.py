"""A sheet of paper measured in millimetres: text, wrapping, seals, soft security patterns.

Everything is drawn at a fixed number of pixels per millimetre, with fonts that ship in `generators/fonts`, so the
same specimen gives the same pixels on the same machine.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Pixels = NDArray[np.uint8]
Colour = tuple[int, int, int]

INK: Colour = (32, 32, 36)
LABEL_BLUE: Colour = (46, 104, 160)
SEAL_RED: Colour = (214, 40, 44)
MARK_GREY: Colour = (150, 130, 140)
SPECIMEN = "SPECIMEN 样本"

FONTS = Path(__file__).resolve().parent.parent / "generators" / "fonts"
FONT_FILES = {"hei": "NotoSansSC-Regular.ttf", "bold": "NotoSansSC-Bold.ttf", "song": "NotoSerifSC-Regular.ttf"}


def font_file(style: str) -> Path:
    """The TTF of a style: `hei`, `bold` or `song`."""
    return FONTS / FONT_FILES[style]


@cache
def font(style: str, size_px: int) -> ImageFont.FreeTypeFont:
    """A font at a pixel size; the plain layout engine keeps glyph places the same on every machine."""
    return ImageFont.truetype(font_file(style), size_px, layout_engine=ImageFont.Layout.BASIC)


class Sheet:
    """One sheet of paper; all places and sizes are millimetres from the upper left corner."""

    def __init__(self, width_mm: float, height_mm: float, px_per_mm: float, background: Pixels | None = None) -> None:
        self.width_mm = width_mm
        self.height_mm = height_mm
        self.scale = px_per_mm
        size = (round(width_mm * px_per_mm), round(height_mm * px_per_mm))
        self.image = Image.new("RGB", size, "white") if background is None else Image.fromarray(background)
        self.pen = ImageDraw.Draw(self.image)

    def px(self, mm: float) -> int:
        """Millimetres as whole pixels."""
        return round(mm * self.scale)

    def text_width(self, text: str, size: float, style: str = "hei", gap: float = 0.0) -> float:
        """How wide a line would be, in millimetres."""
        face = font(style, self.px(size))
        return sum(face.getlength(char) for char in text) / self.scale + gap * max(len(text) - 1, 0)

    def text(
        self, x: float, y: float, text: str, size: float, *, style: str = "hei", fill: Colour = INK, gap: float = 0.0
    ) -> None:
        """Writes one line with its upper left corner at x, y; `gap` is added between characters."""
        face = font(style, self.px(size))
        at = x * self.scale
        for char in text:
            self.pen.text((round(at), self.px(y)), char, font=face, fill=fill)
            at += face.getlength(char) + gap * self.scale

    def cells(self, x: float, y: float, text: str, size: float, pitch: float, *, style: str = "hei") -> None:
        """Writes one line with every character in a cell of its own, as machine readable zones are printed."""
        for at, char in enumerate(text):
            self.centred(x + (at + 0.5) * pitch, y, char, size, style=style)

    def centred(
        self, x: float, y: float, text: str, size: float, *, style: str = "hei", fill: Colour = INK, gap: float = 0.0
    ) -> None:
        """Writes one line centred on x."""
        self.text(x - self.text_width(text, size, style, gap) / 2, y, text, size, style=style, fill=fill, gap=gap)

    def paragraph(
        self, x: float, y: float, text: str, size: float, width: float, pitch: float, *, style: str = "hei"
    ) -> float:
        """Writes a text wrapped at `width`; returns the y under its last line."""
        for line in wrap(text, lambda part: self.text_width(part, size, style) <= width):
            self.text(x, y, line, size, style=style)
            y += pitch
        return y

    def paste(self, picture: Image.Image, x: float, y: float) -> None:
        """Puts a picture with its upper left corner at x, y, through its own alpha where it has one."""
        mask = picture if picture.mode == "RGBA" else None
        self.image.paste(picture, (self.px(x), self.px(y)), mask)

    def pixels(self) -> Pixels:
        """The drawing as RGB pixels."""
        return np.asarray(self.image, dtype=np.uint8)


def _floats(values: object) -> NDArray[np.float32]:
    return np.array(values, np.float32)


NO_LINE_START = "，。；：、）】》！？"


def wrap(text: str, fits: Callable[[str], bool]) -> list[str]:
    """Breaks a text into lines that fit; a closing mark never starts a line but takes the character before it along."""
    lines, line = [], ""
    for char in text:
        if line and not fits(line + char):
            keep = len(line) - (char in NO_LINE_START)
            lines.append(line[:keep])
            line = line[keep:]
        line += char
    return [*lines, line] if line else lines


def waves(width: int, height: int, left: Colour, right: Colour, ink: Colour, seed: int) -> Pixels:
    """A light two-colour ground with fine wave lines, like the security print of a card."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    share = (x / width)[..., None]
    ground = _floats(left) * (1 - share) + _floats(right) * share
    rng = np.random.default_rng(seed)
    strength = np.zeros((height, width), np.float32)
    for _ in range(3):
        bend = rng.uniform(0.05, 0.09) * np.sin(2 * math.pi * (x / width * rng.uniform(1.5, 3.5) + rng.random()))
        swell = rng.uniform(0.04, 0.07) * np.sin(2 * math.pi * (y / height * rng.uniform(1.2, 2.6) + rng.random()))
        # the lines' distance swells and shrinks: even lines would look like a photographed screen
        lines = np.cos(2 * math.pi * (y / height + bend + swell) / rng.uniform(0.018, 0.027))
        strength += np.clip(lines - 0.72, 0, 1)
    mix = np.clip(strength * 0.5, 0, 0.45)[..., None]
    return np.clip(ground * (1 - mix) + _floats(ink) * mix, 0, 255).astype(np.uint8)


def rosette(size_px: int, ink: Colour, petals: int = 12) -> Image.Image:
    """An abstract ornament of rings and petals; it stands where the real paper carries the national emblem."""
    big = size_px * 3
    image = Image.new("RGBA", (big, big), (*ink, 0))
    pen = ImageDraw.Draw(image)
    mid, line = big / 2, max(big // 70, 2)
    for share in (0.48, 0.43, 0.16):
        pen.ellipse(_square(mid, mid, mid * 2 * share), outline=(*ink, 255), width=line)
    for step in range(petals):
        angle = 2 * math.pi * step / petals
        x, y = mid + math.cos(angle) * big * 0.26, mid + math.sin(angle) * big * 0.26
        pen.ellipse(_square(x, y, big * 0.15), outline=(*ink, 255), width=line)
    pen.ellipse(_square(mid, mid, big * 0.09), fill=(*ink, 255))
    return image.resize((size_px, size_px), Image.Resampling.LANCZOS)


PORTRAIT_WALL: Colour = (238, 240, 242)


def portrait(
    sheet: Sheet, seed: int, x: float, y: float, width: float, *, wall: Colour = PORTRAIT_WALL, opacity: int = 235
) -> None:
    """A head and shoulders of nobody: a silhouette in flat colours, its shades chosen by the seed.

    The wall behind lets the sheet's ground through as far as its `opacity` is under 255.
    """
    rng = np.random.default_rng(seed)
    skin = tuple(int(v) for v in np.array((226, 190, 166)) - rng.integers(0, 24))
    coat = tuple(int(v) for v in rng.integers(40, 110, 3))
    picture = Image.new("RGB", (520, 640), wall)
    pen = ImageDraw.Draw(picture)
    pen.ellipse((60, 455, 460, 860), fill=coat)
    pen.rectangle((218, 385, 302, 500), fill=skin)
    pen.ellipse((145, 95, 375, 430), fill=(38, 34, 36))
    pen.ellipse((160, 150, 360, 440), fill=skin)
    pen.polygon(((205, 470), (315, 470), (260, 560)), fill=(236, 236, 236))
    frame = Image.new("L", picture.size, 0)
    ImageDraw.Draw(frame).rounded_rectangle((4, 4, 516, 636), radius=30, fill=255)
    person = (np.asarray(picture) != wall).any(axis=2)
    shown = np.where(person, max(235, opacity), opacity) * (np.asarray(frame) > 0)
    picture.putalpha(Image.fromarray(shown.astype(np.uint8)))
    size = (sheet.px(width), sheet.px(width * 1.2314))
    sheet.paste(picture.resize(size, Image.Resampling.LANCZOS), x, y)


def _square(x: float, y: float, radius: float) -> tuple[float, float, float, float]:
    return (x - radius, y - radius, x + radius, y + radius)


def seal(size_px: int, issuer: str) -> Image.Image:
    """A round red seal that says whose it would be and, in its middle, 样本: no real seal looks so."""
    big = size_px * 2
    image = Image.new("RGBA", (big, big), (*SEAL_RED, 0))
    pen = ImageDraw.Draw(image)
    mid = big / 2
    pen.ellipse(_square(mid, mid, big * 0.485), outline=(*SEAL_RED, 225), width=big // 40)
    face = font("song", big // 5)
    pen.text((mid, mid), "样本", font=face, fill=(*SEAL_RED, 225), anchor="mm")
    _ring_text(image, issuer, big)
    return image.resize((size_px, size_px), Image.Resampling.LANCZOS)


def _ring_text(image: Image.Image, text: str, big: int) -> None:
    face = font("song", int(big * min(0.125, 1.7 / max(len(text), 1))))
    cell = int(face.size * 1.3)
    span = math.radians(min(270, 26 * len(text)))
    for at, char in enumerate(text):
        angle = -math.pi / 2 - span / 2 + span * (at + 0.5) / len(text)
        glyph = Image.new("RGBA", (cell, cell), (*SEAL_RED, 0))
        ImageDraw.Draw(glyph).text((cell / 2, cell / 2), char, font=face, fill=(*SEAL_RED, 225), anchor="mm")
        turned = glyph.rotate(-math.degrees(angle) - 90, Image.Resampling.BICUBIC)
        x = big / 2 + math.cos(angle) * big * 0.385 - cell / 2
        y = big / 2 + math.sin(angle) * big * 0.385 - cell / 2
        image.alpha_composite(turned, (round(x), round(y)))
