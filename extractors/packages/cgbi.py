"""Apple's crushed PNG (`CgBI`): turned back into an ordinary PNG.

Xcode swaps red and blue, multiplies colours by alpha and writes the picture data as raw deflate. Undoing it needs the
row filters undone first, because the swap happens on pixels.
"""

from __future__ import annotations

import struct
import zlib

from extractors.errors import TooLarge, Unreadable

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_PIXELS = 2048 * 2048


def is_crushed(data: bytes) -> bool:
    """Whether a PNG starts with Apple's own chunk."""
    return data[:8] == _SIGNATURE and data[12:16] == b"CgBI"


def uncrush(data: bytes) -> bytes:
    """Return the same picture as an ordinary PNG; raises Unreadable or TooLarge."""
    header, body = b"", bytearray()
    place = 8
    while place + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, place)
        piece = data[place + 8 : place + 8 + length]
        if kind == b"IHDR":
            header = piece
        elif kind == b"IDAT":
            body += piece
        place += 12 + length
    if len(header) != 13 or header[8:] != b"\x08\x06\0\0\0":
        raise _damaged()
    width, height = struct.unpack_from(">II", header)
    if width * height > MAX_PIXELS:
        raise TooLarge(
            f"图标过大：{width}×{height} 像素。请另外提供图标文件。",
            f"The icon is too large: {width}×{height} pixels. Supply the icon as a file.",
        )
    pixels = _swapped(_unfiltered(_inflated(bytes(body), (4 * width + 1) * height), width, height))
    rows = b"".join(b"\0" + pixels[row * 4 * width : (row + 1) * 4 * width] for row in range(height))
    return _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


def _damaged() -> Unreadable:
    return Unreadable(
        "图标图片已损坏，无法转换。请另外提供 PNG 或 JPG 图标。",
        "The icon picture is damaged and cannot be converted. Supply a PNG or JPG icon separately.",
    )


def _inflated(body: bytes, size: int) -> bytes:
    try:
        data = zlib.decompressobj(-15).decompress(body, size)
    except zlib.error as error:
        raise _damaged() from error
    if len(data) < size:
        raise _damaged()
    return data


def _unfiltered(data: bytes, width: int, height: int) -> bytearray:
    stride = 4 * width
    out = bytearray()
    above = bytearray(stride)
    for number in range(height):
        start = number * (stride + 1)
        row = bytearray(data[start + 1 : start + 1 + stride])
        _undo(data[start], row, above)
        out += row
        above = row
    return out


def _undo(kind: int, row: bytearray, above: bytearray) -> None:
    for place in range(len(row)):
        left = row[place - 4] if place >= 4 else 0
        corner = above[place - 4] if place >= 4 else 0
        guess = (0, left, above[place], (left + above[place]) // 2, _paeth(left, above[place], corner))[min(kind, 4)]
        row[place] = (row[place] + guess) & 0xFF


def _paeth(left: int, above: int, corner: int) -> int:
    estimate = left + above - corner
    return min((left, above, corner), key=lambda one: abs(estimate - one))


def _swapped(pixels: bytearray) -> bytes:
    pixels[0::4], pixels[2::4] = pixels[2::4], pixels[0::4]
    for place in range(3, len(pixels), 4):
        alpha = pixels[place]
        if 0 < alpha < 255:
            for colour in (place - 3, place - 2, place - 1):
                pixels[colour] = min(255, pixels[colour] * 255 // alpha)
    return bytes(pixels)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
