"""How a drawn paper reaches us: flat scans, phone pictures, and everything that goes wrong with them.

Each condition takes the drawing and a chance generator, and gives the picture as people send it. `scan` and `phone`
lie under all others, so a shaken picture is a phone picture that was shaken.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from tests.devset.fictional import Chance, pick
from tests.devset.fonts import faces
from tests.devset.page import Drawn, Pixels, card_mask

Corners = NDArray[np.float32]
Floats = NDArray[np.float32]


@dataclass
class Shot:
    """A picture on the way: its pixels and where the sheet lies in it."""

    picture: Pixels
    corners: Corners
    quality: int = 88


def take(drawn: Drawn, condition: str, chance: Chance) -> bytes:
    """The drawn paper under a condition, as JPEG bytes."""
    shot = CONDITIONS[condition](drawn, chance)
    buffer = io.BytesIO()
    Image.fromarray(shot.picture).save(buffer, "JPEG", quality=shot.quality, subsampling=1 if shot.quality > 60 else 2)
    return buffer.getvalue()


def scan(drawn: Drawn, chance: Chance) -> Shot:
    """A flat scan: cut at the edges, or on the scanner's light lid."""
    width = int(chance.integers(1000, 1500)) if drawn.is_card else int(chance.integers(1700, 2500))
    rim = 0.0 if chance.random() < 0.4 else float(chance.uniform(0.03, 0.15))
    lid = (int(chance.integers(236, 254)),) * 3
    return _laid(
        drawn,
        chance,
        width,
        rim,
        float(chance.uniform(-0.8, 0.8)) * (rim > 0),
        0.0,
        np.full((8, 8, 3), lid, np.float32),
        noise=1.0,
    )


def phone(
    drawn: Drawn, chance: Chance, *, lean: float = 0.025, turn: float = 3.0, fill: tuple[float, float] = (0.68, 0.88)
) -> Shot:
    """A phone picture on some table."""
    width = int(chance.integers(1400, 2200)) if drawn.is_card else int(chance.integers(2000, 2900))
    shot = _laid(
        drawn,
        chance,
        width,
        (1 / float(chance.uniform(*fill)) - 1) / 2,
        float(chance.uniform(-turn, turn)),
        lean,
        _table(chance),
        noise=2.0,
    )
    return Shot(_lit(shot.picture, chance), shot.corners, int(chance.integers(78, 93)))


def perspective(drawn: Drawn, chance: Chance) -> Shot:
    return phone(drawn, chance, lean=0.09, turn=6.0)


def tilt(drawn: Drawn, chance: Chance) -> Shot:
    return phone(drawn, chance, turn=22.0, fill=(0.6, 0.75))


def rotated(quarters: int) -> Callable[[Drawn, Chance], Shot]:
    """A phone picture or scan turned by quarters of a full turn."""

    def condition(drawn: Drawn, chance: Chance) -> Shot:
        shot = (phone if chance.random() < 0.5 else scan)(drawn, chance)
        return Shot(np.ascontiguousarray(np.rot90(shot.picture, quarters)), shot.corners, shot.quality)

    return condition


def blur(drawn: Drawn, chance: Chance) -> Shot:
    shot = phone(drawn, chance)
    sigma = _letter_px(drawn, shot) * float(chance.uniform(0.045, 0.085))
    return Shot(cv2.GaussianBlur(shot.picture, (0, 0), sigma).astype(np.uint8), shot.corners, shot.quality)


def motion(drawn: Drawn, chance: Chance) -> Shot:
    """A shaken hand: a straight smear in some direction."""
    shot = phone(drawn, chance)
    length = max(3, round(_letter_px(drawn, shot) * float(chance.uniform(0.16, 0.30))))
    kernel = np.zeros((length, length), np.float32)
    kernel[length // 2] = 1.0
    turned = cv2.warpAffine(
        kernel, cv2.getRotationMatrix2D(((length - 1) / 2,) * 2, float(chance.uniform(0, 180)), 1.0), (length, length)
    )
    return Shot(
        cv2.filter2D(shot.picture, -1, turned / max(1e-6, turned.sum())).astype(np.uint8), shot.corners, shot.quality
    )


def noise(drawn: Drawn, chance: Chance) -> Shot:
    shot = phone(drawn, chance)
    grain = chance.normal(0, chance.uniform(10, 20), shot.picture.shape)
    return Shot(_bytes(shot.picture + cv2.GaussianBlur(grain, (0, 0), 0.7) * 1.6), shot.corners, shot.quality)


def jpeg(drawn: Drawn, chance: Chance) -> Shot:
    shot = phone(drawn, chance)
    return Shot(shot.picture, shot.corners, int(chance.integers(18, 35)))


def lowres(drawn: Drawn, chance: Chance) -> Shot:
    """A thumbnail from a chat: a card some 420 pixels wide, a certificate some 900."""
    shot = phone(drawn, chance)
    wanted = float(chance.uniform(380, 520)) if drawn.is_card else float(chance.uniform(850, 1100))
    scale = wanted / float(np.linalg.norm(shot.corners[1] - shot.corners[0]))
    return Shot(
        cv2.resize(shot.picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.uint8),
        shot.corners * scale,
        85,
    )


def shadow(drawn: Drawn, chance: Chance) -> Shot:
    """A hand's or phone's shadow with a soft edge over part of the picture."""
    shot = phone(drawn, chance)
    height, width = shot.picture.shape[:2]
    edge, angle = chance.uniform(0.3, 0.7), chance.uniform(0, 2 * np.pi)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    along = (x / width - 0.5) * np.cos(angle) + (y / height - 0.5) * np.sin(angle) + 0.5
    dark = 1 - float(chance.uniform(0.35, 0.62)) / (1 + np.exp(-(along - edge) * chance.uniform(30, 120)))
    return Shot(_bytes(shot.picture * dark[..., None]), shot.corners, shot.quality)


def glare(drawn: Drawn, chance: Chance) -> Shot:
    """A lamp's reflection over a part of the sheet that leaves the print below it just visible."""
    shot = phone(drawn, chance)
    height, width = shot.picture.shape[:2]
    centre = shot.corners.min(axis=0) + (shot.corners.max(axis=0) - shot.corners.min(axis=0)) * chance.uniform(
        0.2, 0.8, 2
    )
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    spread = np.linalg.norm(shot.corners[1] - shot.corners[0]) * chance.uniform(0.07, 0.14)
    light = np.exp(-(((x - centre[0]) / spread) ** 2 + ((y - centre[1]) / (spread * chance.uniform(0.5, 1.0))) ** 2))
    return Shot(_bytes(shot.picture + light[..., None] * chance.uniform(90, 135)), shot.corners, shot.quality)


def moire(drawn: Drawn, chance: Chance) -> Shot:
    """Photographed from a screen: its pixel grid beats with the camera's."""
    shot = phone(drawn, chance, lean=0.02)
    height, width = shot.picture.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    result = shot.picture.astype(np.float32)
    for channel in range(3):
        angle, pitch = chance.uniform(-0.3, 0.3), chance.uniform(2.7, 4.6)
        phase = (x * np.cos(angle) + y * np.sin(angle)) / pitch
        other = (y * np.cos(angle) - x * np.sin(angle)) / pitch
        result[:, :, channel] *= 1 + 0.10 * np.cos(2 * np.pi * phase + channel * 2.1) + 0.06 * np.cos(2 * np.pi * other)
    return Shot(_bytes(result), shot.corners, shot.quality)


_MARKS = (
    "仅供网站备案使用",
    "仅供ICP备案使用 他用无效",
    "仅用于办理网站备案",
    "仅供样本科技备案使用，复印无效",
    "备案专用",
)


def watermark(drawn: Drawn, chance: Chance) -> Shot:
    """A watermark's words laid by the sender over the whole sheet, values included."""
    marked = Drawn(drawn.kind, watermarked(drawn.pixels, chance), drawn.fields, drawn.is_card)
    return (phone if chance.random() < 0.5 else scan)(marked, chance)


def watermarked(pixels: Pixels, chance: Chance) -> Pixels:
    """Half-transparent words, once or in rows, slanted or level."""
    height, width = pixels.shape[:2]
    size = int(min(width, height) * chance.uniform(0.05, 0.11))
    words, face = pick(chance, _MARKS), faces("hei")[int(chance.integers(len(faces("hei"))))]
    font = face.at(size)
    layer = Image.new("L", (width * 2, height * 2), 0)
    pen = ImageDraw.Draw(layer)
    rows = int(chance.integers(1, 4))
    for row in range(rows):
        top = height + (row - (rows - 1) / 2) * height * 0.34
        if rows > 1 and chance.random() < 0.5:
            pen.text((width * 0.62, top), f"{words}    {words}", font=font, fill=255, anchor="lm")
        else:
            pen.text((width, top), words, font=font, fill=255, anchor="mm")
    layer = layer.rotate(
        float(chance.choice([0, 12, 20, 30, 38, -25])) + float(chance.uniform(-3, 3)), Image.Resampling.BICUBIC
    )
    cover = (
        np.asarray(layer.crop((width // 2, height // 2, width // 2 + width, height // 2 + height)), np.float32)[
            ..., None
        ]
        / 255
    )
    colour = np.array(((120, 120, 124), (214, 60, 60), (60, 90, 200))[int(chance.integers(3))], np.float32)
    strength = float(chance.uniform(0.22, 0.5))
    return _bytes(pixels * (1 - cover * strength) + colour * cover * strength)


def photocopy(drawn: Drawn, chance: Chance) -> Shot:
    """A black-and-white copy, scanned."""
    shot = scan(drawn, chance)
    grey = cv2.cvtColor(shot.picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    hard = np.clip((grey - chance.uniform(40, 70)) * chance.uniform(1.25, 1.6), 0, 255) + chance.normal(
        0, 5, grey.shape
    )
    return Shot(np.repeat(_bytes(hard)[..., None], 3, axis=2), shot.corners, shot.quality)


def finger(drawn: Drawn, chance: Chance) -> Shot:
    """A thumb over the sheet's edge, away from the values."""
    shot = phone(drawn, chance)
    image = Image.fromarray(shot.picture)
    pen = ImageDraw.Draw(image)
    corner, other = shot.corners[1], shot.corners[2]
    at = corner + (other - corner) * float(chance.uniform(0.02, 0.12))
    reach = float(np.linalg.norm(shot.corners[1] - shot.corners[0])) * float(chance.uniform(0.05, 0.08))
    tone = tuple(int(v) for v in np.array((222, 178, 150)) - chance.integers(0, 70))
    pen.ellipse((at[0] - reach, at[1] - reach * 0.6, at[0] + reach * 3, at[1] + reach * 0.6), fill=tone)
    soft = cv2.GaussianBlur(np.asarray(image), (0, 0), 1.5)
    changed = (np.asarray(image) != shot.picture).any(axis=2)[..., None]
    return Shot(np.where(changed, soft, shot.picture).astype(np.uint8), shot.corners, shot.quality)


def crop(drawn: Drawn, chance: Chance) -> Shot:
    """A picture whose rim cuts a little of the sheet's edge, no value."""
    shot = phone(drawn, chance, lean=0.01, turn=1.0)
    (left, top), (right, bottom) = shot.corners.min(axis=0), shot.corners.max(axis=0)
    cut = (right - left) * float(chance.uniform(0.005, 0.02))
    side = int(chance.integers(4))
    box = [0, 0, shot.picture.shape[1], shot.picture.shape[0]]
    box[side] = round((left + cut, top + cut, right - cut, bottom - cut)[side])
    return Shot(
        np.ascontiguousarray(shot.picture[box[1] : box[3], box[0] : box[2]]),
        shot.corners - (box[0], box[1]),
        shot.quality,
    )


CONDITIONS: Mapping[str, Callable[[Drawn, Chance], Shot]] = {
    "scan": scan, "phone": phone, "perspective": perspective, "tilt": tilt, "rot90": rotated(3), "rot180": rotated(2), "rot270": rotated(1),
    "blur": blur, "motion": motion, "noise": noise, "jpeg": jpeg, "lowres": lowres, "shadow": shadow, "glare": glare, "moire": moire,
    "watermark": watermark, "photocopy": photocopy, "finger": finger, "crop": crop,
}  # fmt: skip


def _letter_px(drawn: Drawn, shot: Shot) -> float:
    """About the height of the paper's print in the picture."""
    width = float(np.linalg.norm(shot.corners[1] - shot.corners[0]))
    return width * (0.037 if drawn.is_card else 0.022)


def _laid(
    drawn: Drawn, chance: Chance, width: int, rim: float, degrees: float, lean: float, table: Floats, noise: float
) -> Shot:
    """The sheet laid on a table: turned, seen from the side by up to `lean`, with its shadow."""
    tall, wide = drawn.pixels.shape[:2]
    inner = width / (1 + 2 * rim)
    if tall > wide and rim:
        inner *= 0.75
    size = np.array((inner, inner * tall / wide), np.float32)
    corners = (np.array(((0, 0), (1, 0), (1, 1), (0, 1)), np.float32) - 0.5) * size
    corners = corners + chance.uniform(-lean, lean, (4, 2)).astype(np.float32) * size.max()
    angle = np.radians(degrees)
    corners = corners @ np.array(((np.cos(angle), np.sin(angle)), (-np.sin(angle), np.cos(angle))), np.float32)
    low, high = corners.min(axis=0), corners.max(axis=0)
    margin = rim * inner
    corners = (corners - low + margin).astype(np.float32)
    extent = tuple(int(v) for v in np.ceil(high - low + 2 * margin))
    page = cv2.resize(table, extent, interpolation=cv2.INTER_CUBIC)
    return Shot(_bytes(_over(page, drawn, corners) + chance.normal(0, noise, (extent[1], extent[0], 1))), corners)


def _over(page: Floats, drawn: Drawn, corners: Corners) -> Floats:
    tall, wide = drawn.pixels.shape[:2]
    matrix = cv2.getPerspectiveTransform(np.array(((0, 0), (wide, 0), (wide, tall), (0, tall)), np.float32), corners)
    shrink = float(np.linalg.norm(corners[1] - corners[0])) / wide
    source = drawn.pixels if shrink > 0.9 else cv2.GaussianBlur(drawn.pixels, (0, 0), 0.35 / shrink)
    extent = (page.shape[1], page.shape[0])
    seen = cv2.warpPerspective(source, matrix, extent, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).astype(
        np.float32
    )
    mask = card_mask(wide, tall) if drawn.is_card else np.full((tall, wide), 255, np.uint8)
    cover = cv2.warpPerspective(mask, matrix, extent, flags=cv2.INTER_LINEAR).astype(np.float32)[..., None] / 255
    dark = cv2.GaussianBlur(np.roll(cover[..., 0], 5, axis=(0, 1)), (0, 0), extent[0] / 200)[..., None]
    return page * (1 - 0.3 * dark) * (1 - cover) + seen * cover


_TABLES = ((150, 108, 72), (74, 80, 88), (58, 92, 78), (196, 186, 172), (228, 226, 222), (40, 40, 44), (120, 60, 56))


def _table(chance: Chance) -> Floats:
    colour = np.array(_TABLES[int(chance.integers(len(_TABLES)))], np.float32)
    grain = cv2.GaussianBlur(chance.normal(0, 1, (400, 60)).astype(np.float32), (0, 0), 1.5) * 14
    if chance.random() < 0.5:
        grain = grain.T
    return (colour + cv2.resize(grain, (600, 500))[..., None]).astype(np.float32)


def _lit(picture: Pixels, chance: Chance) -> Pixels:
    """One lamp's falling light and its colour."""
    height, width = picture.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    far = np.hypot(x / width - chance.uniform(0.1, 0.9), y / height - chance.uniform(0, 0.6))
    cast = np.array((1.0, chance.uniform(0.95, 1.0), chance.uniform(0.88, 1.0)), np.float32)
    return _bytes(picture * (chance.uniform(0.92, 1.05) - 0.25 * far)[..., None] * cast)


def _bytes(values: NDArray[np.floating]) -> Pixels:
    return np.clip(values, 0, 255).astype(np.uint8)
