"""The app's icon: found by reading headers only.

Finding an icon costs a few reads and no imaging library; `iconrender` turns it into what the form wants.
"""

from __future__ import annotations

import struct
from pathlib import PurePosixPath

from extractors.packages.arsc import ANY_DENSITY, NO_DENSITY, ResourceTable
from extractors.packages.axml import AxmlError, Document, Value
from extractors.packages.model import Icon
from extractors.packages.vectors import is_vector
from extractors.packages.zipread import ZipDirectory, read_member

_HEADER_BYTES = 64 * 1024
_MAX_XML_BYTES = 256 * 1024
_MAX_TRIES = 12
VECTOR_SIDE = 432  # 108 dp at the density of the largest screens
_DRAWABLE = 0x01010199
_COLOURS = (0x1C, 0x1F)
ANDROID_COLOURS = {
    0x01060000: 0xFFAAAAAA,  # darker_gray
    0x0106000B: 0xFFFFFFFF,  # white
    0x0106000C: 0xFF000000,  # black
    0x0106000D: 0x00000000,  # transparent
    0x0106000E: 0xFF000000,  # background_dark
    0x0106000F: 0xFFFFFFFF,  # background_light
    0x01060012: 0xFF33B5E5,  # holo_blue_light and its kin
    0x01060013: 0xFF0099CC,
    0x01060014: 0xFF99CC00,
    0x01060015: 0xFF669900,
    0x01060016: 0xFFFF4444,
    0x01060017: 0xFFCC0000,
    0x01060018: 0xFFFFBB33,
    0x01060019: 0xFFFF8800,
    0x0106001A: 0xFFAA66CC,
    0x0106001B: 0xFF00DDFF,
}
"""The colours of Android itself that apps refer to; android.R.color of developer.android.com."""


def android_icon(directory: ZipDirectory, resources: ResourceTable | None, value: Value) -> Icon | None:
    """Return the highest-density raster a manifest's icon attribute leads to, else the adaptive icon or vector."""
    entries = _files(resources, value)[:_MAX_TRIES]
    for entry in entries:
        found = icon_at(directory, entry)
        if found is not None:
            return found
    for entry in entries:
        found = _adaptive(directory, resources, entry)
        if found is not None:
            return found
    for entry in entries:
        data = vector_bytes(directory, entry)
        if is_vector(data):
            return Icon(entry, "vector", VECTOR_SIDE, VECTOR_SIDE, len(data), (entry,))
    return None


def _adaptive(directory: ZipDirectory, resources: ResourceTable | None, name: str) -> Icon | None:
    """An adaptive icon (自适应图标) of rasters, colours and vector drawables; None where a layer is something else."""
    entry = directory.entry(name.encode())
    content = read_member(directory, entry, _MAX_XML_BYTES) if entry and name.endswith(".xml") else None
    if entry is None or content is None:
        return None
    try:
        document = Document(content.data)
    except (AxmlError, struct.error):
        return None
    layers = [_layer(directory, resources, document, kind) for kind in ("background", "foreground")]
    if document.elements[:1] == () or document.elements[0].name != "adaptive-icon" or None in layers:
        return None
    if all((layer or "#").startswith("#") for layer in layers):
        return None
    sizes = (found.width for layer in layers if (found := icon_at(directory, layer or "")))
    shown = max(sizes, default=VECTOR_SIDE) * 72 // 108
    return Icon(name, "adaptive", shown, shown, entry.size, tuple(layer or "" for layer in layers))


def colour_of(resources: ResourceTable | None, value: Value) -> int | None:
    """Return a colour as 0xaarrggbb, whether it stands there, in the app's table or in Android's own; else None."""
    if is_colour(value):
        return value.data
    if not value.is_reference:
        return None
    found = resources.resolve(value.data) if resources else ()
    return next((one.value.data for one in found if is_colour(one.value)), ANDROID_COLOURS.get(value.data))


def is_colour(value: Value) -> bool:
    """Whether a value is a colour by itself."""
    return _COLOURS[0] <= value.kind <= _COLOURS[1]


def _layer(directory: ZipDirectory, resources: ResourceTable | None, document: Document, kind: str) -> str | None:
    """One layer as a member name or a colour; None when it is neither."""
    element = next((one for one in document.elements if one.name == kind), None)
    value = document.value(element, _DRAWABLE) if element else None
    if value is None:
        return None
    colour = colour_of(resources, value)
    if colour is not None:
        return f"#{colour:08x}"
    files = _files(resources, value)
    raster = next((name for name in files if icon_at(directory, name)), None)
    return raster or next((name for name in files if is_vector(vector_bytes(directory, name))), None)


def vector_bytes(directory: ZipDirectory, name: str) -> bytes:
    """Return a compiled XML member, no longer than a drawable is; empty where there is none."""
    entry = directory.entry(name.encode()) if name.endswith(".xml") else None
    content = read_member(directory, entry, _MAX_XML_BYTES) if entry else None
    return content.data if content else b""


def _files(resources: ResourceTable | None, value: Value) -> list[str]:
    """The files behind an icon attribute, best density first."""
    if not value.is_reference:
        return [value.text] if value.text else []
    found = resources.resolve(value.data) if resources else ()
    ranked = sorted(found, key=lambda one: -_density(one.config.density))
    return list(dict.fromkeys(one.value.text for one in ranked if one.value.text))


def _density(density: int) -> int:
    return 0 if density in (ANY_DENSITY, NO_DENSITY) else density or 160


def icon_at(directory: ZipDirectory, name: str) -> Icon | None:
    """Return format and size of a raster member, read from its header."""
    if PurePosixPath(name).suffix.lower() == ".xml":
        return None
    entry = directory.entry(name.encode())
    if entry is None:
        return None
    content = read_member(directory, entry, _HEADER_BYTES)
    measured = measure(content.data) if content else None
    if measured is None:
        return None
    kind, width, height = measured
    return Icon(name, kind, width, height, entry.size)


def measure(data: bytes) -> tuple[str, int, int] | None:
    """Return (format, width, height) from the first bytes of a PNG, WebP, JPEG or GIF."""
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return _png(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp(data)
    if data[:2] == b"\xff\xd8":
        return _jpeg(data)
    if data[:4] == b"GIF8" and len(data) >= 10:
        return ("gif", *struct.unpack_from("<HH", data, 6))
    return None


def _png(data: bytes) -> tuple[str, int, int] | None:
    place = data.find(b"IHDR", 8, 64)
    if place < 0 or len(data) < place + 12:
        return None
    return ("png", *struct.unpack_from(">II", data, place + 4))


def _webp(data: bytes) -> tuple[str, int, int] | None:
    if len(data) < 30:
        return None
    kind = data[12:16]
    if kind == b"VP8X":
        return "webp", 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return "webp", 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = struct.unpack_from("<HH", data, 26)
    return "webp", width & 0x3FFF, height & 0x3FFF


def _jpeg(data: bytes) -> tuple[str, int, int] | None:
    place = 2
    while place + 9 < len(data) and data[place] == 0xFF:
        marker, length = data[place + 1], int.from_bytes(data[place + 2 : place + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", data, place + 5)
            return "jpeg", width, height
        place += 2 + max(length, 2)
    return None
