"""A sheet of paper for the development set: fonts, grounds and proportions are chosen anew for each drawing.

Unlike the specimens in `samples`, which always look the same, a `Design` holds what differs between two printers of
the same paper: fonts, colours, security ground, sizes and places of everything within a few percent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from samples.canvas import PORTRAIT_WALL, portrait, rosette, seal, waves, wrap
from tests.devset.fictional import Chance
from tests.devset.fonts import Face, faces

Pixels = NDArray[np.uint8]
Colour = tuple[int, int, int]
INK: Colour = (26, 26, 30)
CARD_MM = (85.6, 54.0)
_CARD_CORNER_MM = 3.18
WALLS: tuple[tuple[Colour, int], ...] = (
    (PORTRAIT_WALL, 235), (PORTRAIT_WALL, 235), ((248, 248, 249), 255), ((252, 253, 253), 255), ((255, 255, 255), 255),
    ((206, 222, 240), 255), ((70, 120, 190), 255), ((244, 244, 244), 0), ((255, 255, 255), 60),
)  # fmt: skip
"""Behind a portrait: greyish, white or blue, and how far it hides the paper's own ground."""


@dataclass(frozen=True)
class Drawn:
    """A drawn paper and what stands on it."""

    kind: str
    pixels: Pixels
    fields: Mapping[str, str]
    is_card: bool = False
    design: str = ""


@dataclass
class Design:
    """What one drawing's printer chose."""

    chance: Chance
    value: Face
    label: Face
    title: Face
    label_colour: Colour
    scale: float
    _moved: dict[str, float] = field(default_factory=dict)

    def near(self, length: float, share: float = 0.04) -> float:
        """A length within a share of the given one."""
        return length * float(self.chance.uniform(1 - share, 1 + share))

    @property
    def said(self) -> str:
        """The fonts, for the record."""
        return f"{self.value.file.stem}/{self.label.file.stem}"


def design(chance: Chance, value: str, label: str = "hei", title: str = "song", colour: Colour = INK) -> Design:
    """Fonts of the wanted styles and a label colour near the given one."""
    shade = tuple(int(np.clip(c + chance.integers(-25, 26), 0, 200)) for c in colour)
    chosen = [options[int(chance.integers(len(options)))] for options in map(faces, (value, label, title))]
    return Design(chance, *chosen, shade, float(chance.uniform(0.95, 1.06)))  # type: ignore[arg-type]


class Page:
    """A sheet measured in millimetres."""

    def __init__(
        self, size_mm: tuple[float, float], px_per_mm: float, look: Design, ground: Pixels | None = None
    ) -> None:
        self.size_mm = size_mm
        self.ppm = px_per_mm
        self.look = look
        width, height = (round(v * px_per_mm) for v in size_mm)
        self.image = (
            Image.fromarray(ground) if ground is not None else Image.new("RGB", (width, height), (252, 251, 248))
        )
        self.pen = ImageDraw.Draw(self.image)

    def px(self, mm: float) -> int:
        return round(mm * self.ppm)

    def width_of(self, text: str, size: float, face: Face, gap: float = 0.0) -> float:
        """A line's width in millimetres."""
        pixels = max(6, self.px(size))
        return sum(face.drawing(c, pixels).getlength(c) for c in text) / self.ppm + gap * max(0, len(text) - 1)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        face: Face,
        *,
        fill: Colour = INK,
        gap: float = 0.0,
        bold: bool = False,
    ) -> float:
        """Writes a line from its left end, `y` being its middle; gives the x behind it."""
        pixels = max(6, self.px(size))
        at = x * self.ppm
        for char in text:
            font = face.drawing(char, pixels)
            self.pen.text(
                (round(at), self.px(y)),
                char,
                font=font,
                fill=fill,
                anchor="lm",
                stroke_width=max(1, pixels // 30) if bold else 0,
                stroke_fill=fill,
            )
            at += font.getlength(char) + gap * self.ppm
        return at / self.ppm

    def label(
        self, x: float, y: float, text: str, size: float, *, width: float | None = None, gap: float = 0.0
    ) -> None:
        """Writes a label in the design's label font, spread over `width` where one is given."""
        face = self.look.label
        if width is not None and len(text) > 1:
            gap = (width - self.width_of(text, size, face)) / (len(text) - 1)
        self.text(x, y, text, size, face, fill=self.look.label_colour, gap=gap)

    def value(self, x: float, y: float, text: str, size: float, *, gap: float = 0.0, bold: bool = False) -> float:
        """Writes a value in the design's value font."""
        return self.text(x, y, text, size, self.look.value, gap=gap, bold=bold)

    def centred(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        face: Face,
        *,
        fill: Colour = INK,
        gap: float = 0.0,
        bold: bool = False,
    ) -> None:
        """Writes a line centred on x."""
        self.text(x - self.width_of(text, size, face, gap) / 2, y, text, size, face, fill=fill, gap=gap, bold=bold)

    def paragraph(
        self, x: float, y: float, text: str, size: float, width: float, pitch: float, *, chars: int | None = None
    ) -> float:
        """Writes a wrapped value, its first line's middle at y; gives the y where the next line would stand."""
        face = self.look.value

        def fits(part: str) -> bool:
            return self.width_of(part, size, face) <= width and (chars is None or len(part) <= chars)

        for line in wrap(text, fits):
            self.text(x, y, line, size, face)
            y += pitch
        return y

    def cells(self, x: float, y: float, text: str, size: float, pitch: float, face: Face) -> None:
        """Writes each character in a cell of its own."""
        pixels = max(6, self.px(size))
        for i, char in enumerate(text):
            self.pen.text(
                (self.px(x + (i + 0.5) * pitch), self.px(y)),
                char,
                font=face.drawing(char, pixels),
                fill=INK,
                anchor="mm",
            )

    def paste(self, picture: Image.Image, x: float, y: float) -> None:
        self.image.paste(picture, (self.px(x), self.px(y)), picture if picture.mode == "RGBA" else None)

    def portrait(self, x: float, y: float, width: float) -> None:
        """A head and shoulders of nobody, before one of the walls that offices print."""
        seed = int(self.look.chance.integers(1 << 30))
        wall, opacity = WALLS[seed % len(WALLS)]
        portrait(self, seed, x, y, width, wall=wall, opacity=opacity)  # type: ignore[arg-type]

    def emblem(self, x: float, y: float, width: float, colour: Colour = (198, 58, 56)) -> None:
        """An ornament where the real paper carries an emblem."""
        self.paste(rosette(self.px(width), colour, int(self.look.chance.integers(6, 16))), x, y)

    def seal(self, x: float, y: float, width: float, issuer: str) -> None:
        """A round red seal round the given place."""
        self.paste(seal(self.px(width), issuer), x - width / 2, y - width / 2)

    @property
    def scale(self) -> float:
        """Pixels a millimetre, under the name the specimens' canvas has it."""
        return self.ppm

    def pixels(self) -> Pixels:
        return np.asarray(self.image, dtype=np.uint8)


def ground(
    size_mm: tuple[float, float], px_per_mm: float, chance: Chance, left: Colour, right: Colour, ink: Colour
) -> Pixels:
    """One of four security grounds: waves, crossing lines, dots, or a plain tint."""
    width, height = (round(v * px_per_mm) for v in size_mm)
    kind = int(chance.integers(4))
    if kind == 0:
        return waves(width, height, left, right, ink, int(chance.integers(1 << 30)))
    share = np.linspace(0, 1, width, dtype=np.float32)[None, :, None]
    plain = np.array(left, np.float32) * (1 - share) + np.array(right, np.float32) * share
    plain = np.repeat(plain, height, axis=0)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    pitch = px_per_mm * float(chance.uniform(0.9, 1.8))
    if kind == 1:
        swing = np.sin(x / width * chance.uniform(6, 20)) * pitch * 2
        strength = np.clip(np.cos((y + swing) / pitch * 3) + np.cos((y - swing) / pitch * 3) - 0.9, 0, 1) * 0.35
    elif kind == 2:
        strength = np.clip(np.cos(x / pitch * 4) * np.cos(y / pitch * 4) - 0.5, 0, 1) * 0.5
    else:
        strength = np.zeros((height, width), np.float32)
    mixed = plain * (1 - strength[..., None]) + np.array(ink, np.float32) * strength[..., None]
    return np.clip(mixed, 0, 255).astype(np.uint8)


def card(chance: Chance, look: Design, left: Colour, right: Colour, ink: Colour) -> Page:
    """An empty card of the size ID-1 at 18 pixels a millimetre."""
    return Page(CARD_MM, 18.0, look, ground(CARD_MM, 18.0, chance, left, right, ink))


def card_mask(width: int, height: int) -> Pixels:
    """255 on a card, 0 outside its round corners."""
    mask = Image.new("L", (width, height), 0)
    radius = min(width, height) * _CARD_CORNER_MM / CARD_MM[1]
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, width - 1, height - 1), radius=radius, fill=255)
    return np.asarray(mask)


def frame(page: Page, colour: Colour, *insets: tuple[float, float]) -> None:
    """Border lines, each with its inset and width."""
    width, height = page.size_mm
    for inset, line in insets:
        box = [page.px(v) for v in (inset, inset, width - inset, height - inset)]
        page.pen.rectangle(box, outline=colour, width=max(1, page.px(line)))


def stacked(upper: Pixels, lower: Pixels, chance: Chance) -> Pixels:
    """Two cards on one white A4-like sheet, one above the other, each a little askew."""
    height, width = upper.shape[:2]
    rim, gap = round(width * chance.uniform(0.12, 0.35)), round(height * chance.uniform(0.1, 0.3))
    sheet = np.full((2 * height + gap + 2 * rim, width + 2 * rim, 3), int(chance.integers(246, 256)), np.uint8)
    places = [(rim, 0), (rim + height + gap, 1)]
    for (top, which), _ in zip(places, pairwise(range(3)), strict=True):
        _lay_askew(
            sheet, (upper, lower)[which], rim + int(chance.integers(-20, 21)), top, float(chance.uniform(-1.5, 1.5))
        )
    return sheet


def _lay_askew(sheet: Pixels, drawn: Pixels, x: int, y: int, degrees: float) -> None:
    height, width = drawn.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    matrix[:, 2] += (x, y)
    size = (sheet.shape[1], sheet.shape[0])
    seen = cv2.warpAffine(drawn, matrix, size, flags=cv2.INTER_LINEAR)
    cover = cv2.warpAffine(card_mask(width, height), matrix, size)[..., None] / np.float32(255)
    sheet[:] = (seen * cover + sheet * (1 - cover)).astype(np.uint8)
