"""Pictures: sizes from the header, decoding with the EXIF turn, shrinking, cutting out."""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from extractors import limits
from extractors.errors import Unreadable
from extractors.vision.lines import Quad

Picture = NDArray[np.uint8]
_MIN_SIDE_PX = 32

Matrix = NDArray[np.float64]


def header_size(data: bytes) -> tuple[int, int]:
    """Width and height a picture's header promises, without decoding it."""
    if data[:8] == b"\x89PNG\r\n\x1a\n" and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return int(width), int(height)
    from PIL import Image

    try:
        with warnings.catch_warnings():
            # Pillow warns of large pictures; our own limit decides.
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data)) as picture:
                return picture.size
    except Exception as error:  # Pillow's plugins raise many classes for damaged headers
        raise _damaged() from error


_REDUCED = ((4, cv2.IMREAD_REDUCED_COLOR_4), (2, cv2.IMREAD_REDUCED_COLOR_2))


def decode(data: bytes, *, at_least_px: int = 0) -> Picture:
    """The picture as blue, green, red bytes, turned as its EXIF says; the first frame of an animation.

    Args:
        data: the file's bytes.
        at_least_px: where positive, a JPEG may come at half or quarter size (which is several times faster) as long
            as its long side has so many pixels.

    Raises:
        TooLarge: from the header, before anything is decoded.
        Unreadable: where no decoder makes a picture of it.
    """
    width, height = header_size(data)
    limits.check_pixels(width, height)
    if min(width, height) < _MIN_SIDE_PX:
        raise _too_small(width, height)
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), _flag(data, max(width, height), at_least_px))
    except cv2.error as error:
        raise _damaged() from error
    if picture is None:
        picture = _decode_with_pillow(data)
    result: Picture = picture
    return result


def _flag(data: bytes, longest: int, at_least_px: int) -> int:
    if at_least_px > 0 and data[:2] == b"\xff\xd8":
        return next((flag for part, flag in _REDUCED if longest // part >= at_least_px), cv2.IMREAD_COLOR)
    return cv2.IMREAD_COLOR


def _decode_with_pillow(data: bytes) -> Picture:
    """Formats OpenCV was not built for (GIF with odd frames, some TIFF and CMYK)."""
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(data)) as picture:
            warnings.simplefilter("ignore")
            rgb = ImageOps.exif_transpose(picture).convert("RGB")
            return np.ascontiguousarray(np.asarray(rgb)[:, :, ::-1])
    except Exception as error:  # see header_size
        raise _damaged() from error


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
    smaller: Picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return smaller, scale


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
