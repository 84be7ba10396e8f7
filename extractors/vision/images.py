"""Pictures: sizes and pages from the header, decoding with the EXIF turn, shrinking, cutting out."""

from __future__ import annotations

import io
import struct
import warnings
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from extractors import limits
from extractors.errors import Unreadable
from extractors.vision.lines import Quad

if TYPE_CHECKING:
    from PIL.Image import Image as PilImage

Picture = NDArray[np.uint8]
_PNG = b"\x89PNG\r\n\x1a\n"
_MIN_SIDE_PX = 32
_LAST_STEP = 1.15  # shrinking by less than this blurs more than it averages

Matrix = NDArray[np.float64]

# What OpenCV says of damaged files goes to the terminal past all our messages, which say it better.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


def header_size(data: bytes, page: int = 1) -> tuple[int, int]:
    """Width and height a picture's header promises, without decoding it."""
    if data[:8] == _PNG and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return int(width), int(height)
    with _opened(data, page) as picture:
        return picture.size


_REDUCED = ((4, cv2.IMREAD_REDUCED_COLOR_4), (2, cv2.IMREAD_REDUCED_COLOR_2))


def frame_count(data: bytes) -> int:
    """How many pictures the file holds: the pages of a TIFF, the frames of an animation.

    What a phone's JPEG holds besides its picture (a depth map, a preview) does not count.
    """
    if data[:2] in (b"\xff\xd8", b"BM") or (data[:8] == _PNG and b"acTL" not in data[:256]):
        return 1
    with _opened(data) as picture:
        limits.check_pixels(*picture.size)
        try:
            return int(getattr(picture, "n_frames", 1))
        except Exception as error:  # see _opened
            raise _damaged() from error


def decode(data: bytes, page: int = 1, *, at_least_px: int = 0) -> Picture:
    """The picture as blue, green, red bytes, turned as its EXIF says, transparent parts white.

    Of an animation it is the first frame.

    Args:
        data: the file's bytes.
        page: of a TIFF, counted from 1.
        at_least_px: where positive, a JPEG may come at half or quarter size (which is several times faster) as long
            as its long side has so many pixels.

    Raises:
        TooLarge: from the header, before anything is decoded.
        Unreadable: where no decoder makes a picture of it.
    """
    width, height = header_size(data, page)
    limits.check_pixels(width, height)
    if min(width, height) < _MIN_SIDE_PX:
        raise _too_small(width, height)
    if page > 1 or _may_be_transparent(data):
        return _decode_with_pillow(data, page)
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), _flag(data, max(width, height), at_least_px))
    except cv2.error as error:
        raise _damaged() from error
    result: Picture = picture if picture is not None else _decode_with_pillow(data, page)
    return result


def _flag(data: bytes, longest: int, at_least_px: int) -> int:
    if at_least_px > 0 and data[:2] == b"\xff\xd8":
        return next((flag for part, flag in _REDUCED if longest // part >= at_least_px), cv2.IMREAD_COLOR)
    return cv2.IMREAD_COLOR


def _may_be_transparent(data: bytes) -> bool:
    """Whether parts of the picture may be see-through; OpenCV would show what lies hidden under them."""
    if data[:8] == _PNG:
        return data[25:26] in (b"\x04", b"\x06") or b"tRNS" in data[: data.find(b"IDAT")]
    if data[8:12] == b"WEBP":
        return data[12:16] == b"VP8L" or (data[12:16] == b"VP8X" and bool(data[20] & 0x10))
    if data[:2] in (b"II", b"MM"):
        with _opened(data) as picture:
            return picture.has_transparency_data
    return data[:4] == b"GIF8"


def _decode_with_pillow(data: bytes, page: int) -> Picture:
    """See-through pictures, further pages, and what OpenCV was not built for (some TIFF and CMYK)."""
    from PIL import Image, ImageOps

    with _opened(data, page) as picture:
        try:
            upright = ImageOps.exif_transpose(picture)
            if upright.has_transparency_data:
                upright = upright.convert("RGBA")
                upright = Image.alpha_composite(Image.new("RGBA", upright.size, "white"), upright)
            return np.ascontiguousarray(np.asarray(upright.convert("RGB"))[:, :, ::-1])
        except MemoryError:
            raise
        except Exception as error:  # see _opened
            raise _damaged() from error


@contextmanager
def _opened(data: bytes, page: int = 1) -> Iterator[PilImage]:
    """The picture in Pillow's hands, undecoded; its plugins raise many classes for damaged files."""
    from PIL import Image

    with warnings.catch_warnings():
        # Pillow warns of large pictures; our own limit decides.
        warnings.simplefilter("ignore")
        try:
            picture = Image.open(io.BytesIO(data))
            if page > 1:
                picture.seek(page - 1)
        except Image.DecompressionBombError as error:
            raise limits.too_many_pixels() from error
        except MemoryError:
            raise
        except Exception as error:
            raise _damaged() from error
        with picture:
            yield picture


def _too_small(width: int, height: int) -> Unreadable:
    return Unreadable(
        f"图片太小（{width} × {height} 像素），不可能是证件。请提供原始照片或扫描件。",
        f"The picture is too small ({width} x {height} pixels) to hold a document. Supply the original photo or scan.",
    )


def _damaged() -> Unreadable:
    return Unreadable(
        "图片已损坏，无法打开。请重新拍摄、扫描或导出该图片。",
        "The picture is damaged and cannot be opened. Take, scan or export it again.",
    )


def shrink(picture: Picture, longest_px: int) -> tuple[Picture, float]:
    """The picture with its long side brought down to `longest_px`, and the factor; never enlarged."""
    scale = longest_px / max(picture.shape[:2])
    if scale >= 1:
        return picture, 1.0
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    return shrink_to(picture, size), scale


def shrink_to(picture: Picture, size: tuple[int, int]) -> Picture:
    """The picture averaged down to a width and height.

    By halves as far as that goes: OpenCV does them ten times as fast as any other factor.
    """
    least = [2 * _LAST_STEP * side for side in size]
    while picture.shape[1] >= least[0] and picture.shape[0] >= least[1]:
        picture = _halved(picture)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


_halves: dict[int, Picture] = {}


def _halved(picture: Picture) -> Picture:
    """The picture at half its size: made once, because pages are shrunk to many sizes, and kept as long as the picture is."""
    known = _halves.get(id(picture))
    if known is not None:
        return known
    half = (picture.shape[1] // 2, picture.shape[0] // 2)
    smaller = cv2.resize(picture[: 2 * half[1], : 2 * half[0]], half, interpolation=cv2.INTER_AREA)
    _halves[id(picture)] = np.asarray(smaller, np.uint8)
    weakref.finalize(picture, _halves.pop, id(picture), None)
    return _halves[id(picture)]


def turn(picture: Picture, degrees: int) -> Picture:
    """The picture turned clockwise by a multiple of 90 degrees."""
    return np.ascontiguousarray(np.rot90(picture, k=-(degrees // 90) % 4))


def turn_matrix(width: int, height: int, degrees: int) -> Matrix:
    """Where a point of a `width` x `height` picture lands when it is turned clockwise by `degrees`."""
    matrices = {
        0: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
        90: [[0, -1, height], [1, 0, 0], [0, 0, 1]],
        180: [[-1, 0, width], [0, -1, height], [0, 0, 1]],
        270: [[0, 1, 0], [-1, 0, width], [0, 0, 1]],
    }
    return np.array(matrices[degrees % 360], dtype=np.float64)


def map_quad(matrix: Matrix, quad: Quad) -> Quad:
    """The four corners moved by a perspective matrix."""
    moved = cv2.perspectiveTransform(np.array([quad], dtype=np.float64), matrix)[0]
    corners = [(round(float(x), 1), round(float(y), 1)) for x, y in moved]
    return corners[0], corners[1], corners[2], corners[3]


def cut_quad(picture: Picture, quad: Quad, width: int, height: int) -> Picture:
    """What lies inside the four corners, as an upright picture of the given size."""
    target = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float32)
    matrix = cv2.getPerspectiveTransform(np.array(quad, dtype=np.float32), target)
    cut: Picture = cv2.warpPerspective(picture, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return cut


def crop_jpeg(
    page_picture: Picture, box: Sequence[Sequence[float]], *, margin: float = 0.35, longest_px: int = 900
) -> bytes:
    """The upright region round a value's box as JPEG, for proof beside the value.

    Args:
        page_picture: the page as `documents.page_picture` gives it.
        box: the four corners of a `FieldReading`.
        margin: what is added on each side, as a share of the box's shorter side.
        longest_px: the crop is shrunk to this, never enlarged.
    """
    corners = np.asarray(box, dtype=np.float64)
    low, high = corners.min(axis=0), corners.max(axis=0)
    pad = max(4.0, margin * float((high - low).min()))
    height, width = page_picture.shape[:2]
    left, top = (int(max(0, v)) for v in np.floor(low - pad))
    right, bottom = int(min(width, np.ceil(high[0] + pad))), int(min(height, np.ceil(high[1] + pad)))
    if right <= left or bottom <= top:
        left, top, right, bottom = 0, 0, width, height
    crop, _ = shrink(turn(page_picture[top:bottom, left:right], _turn_of(corners)), longest_px)
    return encode_jpeg(crop)


def _turn_of(corners: NDArray[np.float64]) -> int:
    """Clockwise degrees, in quarters, that set text upright whose box starts at its own upper left corner."""
    along = corners[1] - corners[0]
    return round(float(np.degrees(np.arctan2(-along[1], along[0]))) / 90) % 4 * 90


def encode_lossless(picture: Picture) -> bytes:
    """The picture as a plain bitmap file, to be handed on without loss."""
    return bytes(cv2.imencode(".bmp", picture)[1].tobytes())


def encode_jpeg(picture: Picture, quality: int = 85) -> bytes:
    """The picture as JPEG bytes."""
    return bytes(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes())
