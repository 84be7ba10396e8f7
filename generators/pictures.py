"""Pictures as they go into a page: upright by their EXIF mark, without place, device or comment data, not re-coded.

A JPEG's own bytes go into the PDF; only its APP1 (EXIF, XMP), APP3 to APP13, APP15 and comment segments are left out.
Other formats are decoded and stored without loss.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from PIL import Image as PilImage
from reportlab.lib.utils import ImageReader

from generators.cjk import Canvas
from generators.errors import GenerateError

MAX_PIXELS = 60_000_000
KEPT_APPS = frozenset((0xE0, 0xE2, 0xEE))
"""JFIF, colour profile, and Adobe's colour mark: without them the colours would be wrong."""
_BARE = frozenset((0x01, *range(0xD0, 0xD9)))

# Where the corners of the unit square go, by EXIF orientation: x = a*u + c*v + e, y = b*u + d*v + f
_TURNS = {
    1: (1, 0, 0, 1, 0, 0),
    2: (-1, 0, 0, 1, 1, 0),
    3: (-1, 0, 0, -1, 1, 1),
    4: (1, 0, 0, -1, 0, 1),
    5: (0, -1, -1, 0, 1, 1),
    6: (0, -1, 1, 0, 0, 1),
    7: (0, 1, 1, 0, 0, 0),
    8: (0, 1, -1, 0, 1, 0),
}


class _Jpeg(ImageReader):  # type: ignore[misc]
    """Hands reportlab the JPEG as it is; the stock reader decodes the picture only to name it."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._dataA = None
        self._image = None

    def getRGBData(self) -> bytes:
        return self._data

    def jpeg_fh(self) -> io.BytesIO:
        return io.BytesIO(self._data)


@dataclass(frozen=True)
class Picture:
    """A checked picture; `width` and `height` are in pixels after the EXIF turn."""

    data: bytes
    is_jpeg: bool
    orientation: int
    width: int
    height: int

    @cached_property
    def reader(self) -> Any:
        """What reportlab draws."""
        if self.is_jpeg:
            return _Jpeg(self.data)
        with PilImage.open(io.BytesIO(self.data)) as image:
            return ImageReader(_flatten(image))

    def fit(self, max_width: float, max_height: float) -> tuple[float, float]:
        """Width and height of the largest box of the picture's shape within the limits."""
        scale = min(max_width / self.width, max_height / self.height)
        return self.width * scale, self.height * scale

    def draw(self, canvas: Canvas, x: float, y: float, width: float, height: float) -> None:
        """Draw upright into the box whose lower left corner is given."""
        a, b, c, d, e, f = _TURNS[self.orientation]
        canvas.saveState()
        canvas.transform(a * width, b * height, c * width, d * height, x + e * width, y + f * height)
        canvas.drawImage(self.reader, 0, 0, 1, 1)
        canvas.restoreState()


def open_picture(data: bytes, name: str = "") -> Picture:
    """Check the header of a JPEG or PNG and prepare it.

    Raises:
        GenerateError: not a picture, damaged, or more than 60 million pixels.
    """
    try:
        with PilImage.open(io.BytesIO(data), formats=("JPEG", "PNG")) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise _trouble(name, f"{width}×{height} 像素过大", f"{width}x{height} pixels are too many")
            orientation = int(image.getexif().get(0x0112, 1) or 1)
            is_jpeg = image.format == "JPEG" and image.mode in ("L", "RGB")  # a PDF/A takes no colours for a press
    except (OSError, ValueError, SyntaxError, PilImage.DecompressionBombError) as error:
        raise _trouble(name, "不是可用的 JPEG 或 PNG 图片", "it is not a usable JPEG or PNG") from error
    orientation = orientation if orientation in _TURNS else 1
    if orientation >= 5:
        width, height = height, width
    return Picture(strip_jpeg(data) if is_jpeg else data, is_jpeg, orientation, width, height)


def _trouble(name: str, zh: str, en: str) -> GenerateError:
    return GenerateError(
        f"图片 {name} 无法放入文件：{zh}。请重新扫描或另存为 JPEG。",
        f"The picture {name} cannot be put on a page: {en}. Scan it again or save it as JPEG.",
    )


def strip_jpeg(data: bytes) -> bytes:
    """The JPEG without EXIF (place, device), XMP, maker data and comments; picture data byte for byte the same."""
    out = bytearray(data[:2])
    position = 2
    while position + 4 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if marker == 0xFF:  # fill byte
            position += 1
            continue
        if marker in _BARE:
            out += data[position : position + 2]
            position += 2
            continue
        if marker == 0xDA:
            return bytes(out + data[position:])
        end = position + 2 + int.from_bytes(data[position + 2 : position + 4], "big")
        if not _is_private(marker):
            out += data[position:end]
        position = end
    return bytes(out + data[position:])


def _is_private(marker: int) -> bool:
    return marker == 0xFE or (0xE0 <= marker <= 0xEF and marker not in KEPT_APPS)


def _flatten(image: PilImage.Image) -> PilImage.Image:
    """Any PNG, or a JPEG for a press, as RGB or grey on white."""
    if image.mode in ("L", "RGB"):
        image.load()
        return image.copy()
    if image.mode in ("1", "I;16", "I"):
        return image.convert("L")
    if image.mode == "CMYK":
        return image.convert("RGB")
    rgba = image.convert("RGBA")
    white = PilImage.new("RGB", rgba.size, (255, 255, 255))
    white.paste(rgba, mask=rgba.getchannel("A"))
    return white
