"""Turns a package's icon into what the form wants: a square PNG or JPEG of at most 100 KB.

Needs Pillow, so it stands apart from the readers. The picture is only ever made smaller, and a PNG is kept whenever
it fits, because icons have transparent corners.
"""

from __future__ import annotations

import io
import os
import struct
import warnings
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from extractors.errors import TooLarge, Unreadable
from extractors.packages.arsc import ResourceTable
from extractors.packages.axml import AxmlError, Document, Value
from extractors.packages.cgbi import is_crushed, uncrush
from extractors.packages.icons import VECTOR_SIDE, colour_of, vector_bytes
from extractors.packages.manifest import read_resources
from extractors.packages.model import AppPackage, Icon
from extractors.packages.sources import BytesSource, FileSource
from extractors.packages.vectors import Paint, gradient, to_svg
from extractors.packages.zipread import ZipDirectory, open_member, open_zip, read_member

MAX_ICON_BYTES = 100_000
MAX_PIXELS = 4096 * 4096
_MAX_MEMBER = 32 * 1024 * 1024
_SIDES = (512, 384, 256, 192, 144, 108)
_QUALITIES = (92, 85, 75, 60)


@dataclass(frozen=True, slots=True)
class RenderedIcon:
    """An icon ready to hand in: `format` is `png` or `jpeg`."""

    data: bytes
    format: str
    width: int
    height: int


def render_icon(path: Path | str, package: AppPackage) -> RenderedIcon | None:
    """Return the icon of a package read from `path`; None where it has none. Raises ExtractError."""
    if package.icon is None:
        return None
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return render(open_zip(FileSource(descriptor)), package.icon)
    finally:
        os.close(descriptor)


def render(directory: ZipDirectory, icon: Icon) -> RenderedIcon:
    """Return an icon of an opened package as PNG or JPEG of at most `MAX_ICON_BYTES`."""
    if icon.inside:
        inner = directory.entry(icon.inside.encode())
        source = open_member(directory, inner) if inner else None
        directory = open_zip(source or BytesSource(b""))
    if icon.layers:
        return fit(_composed([_layer(directory, name) for name in icon.layers], is_cut=icon.format == "adaptive"))
    return fit(_member(directory, icon.entry))


def _member(directory: ZipDirectory, name: str) -> Image.Image:
    entry = directory.entry(name.encode())
    content = read_member(directory, entry, _MAX_MEMBER) if entry else None
    return open_picture(content.data if content else b"")


def open_picture(data: bytes) -> Image.Image:
    """Decode a raster within the pixel limit; raises Unreadable or TooLarge."""
    if is_crushed(data):
        data = uncrush(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture = Image.open(io.BytesIO(data))
            if picture.width * picture.height > MAX_PIXELS:
                raise TooLarge(
                    f"图标过大：{picture.width}×{picture.height} 像素，上限 {MAX_PIXELS} 像素。请另外提供图标文件。",
                    f"The icon is too large: {picture.width}×{picture.height} pixels, the limit is {MAX_PIXELS}. Supply the icon as a file.",
                )
            return picture.convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise Unreadable(
            "图标图片已损坏，无法转换。请另外提供 PNG 或 JPG 图标。",
            "The icon picture is damaged and cannot be converted. Supply a PNG or JPG icon separately.",
        ) from error


def _layer(directory: ZipDirectory, name: str) -> Image.Image | str:
    if name.startswith("#"):
        return name
    return _vector(directory, name) if name.endswith(".xml") else _member(directory, name)


def _vector(directory: ZipDirectory, name: str) -> Image.Image:
    resources = read_resources(directory, [])
    return draw_svg(
        to_svg(vector_bytes(directory, name), lambda value: _paint(directory, resources, value), VECTOR_SIDE)
    )


def draw_svg(svg: str) -> Image.Image:
    """Draw an SVG of ours; raises Unreadable where it is empty or cannot be drawn."""
    import resvg_py

    try:
        return Image.open(io.BytesIO(resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True))).convert("RGBA")
    except ValueError as error:
        raise Unreadable(
            "矢量图标已损坏，无法绘制。请另外提供 PNG 或 JPG 图标。",
            "The vector icon is damaged and cannot be drawn. Supply a PNG or JPG icon separately.",
        ) from error


def _paint(directory: ZipDirectory, resources: ResourceTable | None, value: Value) -> Paint | None:
    """A colour, or the gradient in the file a value leads to."""
    colour = colour_of(resources, value)
    found = resources.resolve(value.data) if resources and value.is_reference and colour is None else ()
    for one in found:
        try:
            document = Document(vector_bytes(directory, one.value.text))
        except (AxmlError, struct.error):
            continue
        return gradient(document, lambda inner: colour_of(resources, inner))
    return colour


def _composed(layers: list[Image.Image | str], *, is_cut: bool) -> Image.Image:
    """Layers on each other, cut to the two thirds Android shows of an adaptive icon."""
    side = max((one.width for one in layers if isinstance(one, Image.Image)), default=108)
    canvas = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    for layer in layers:
        piece = layer.resize((side, side)) if isinstance(layer, Image.Image) else _flat(layer, side)
        canvas = Image.alpha_composite(canvas, piece)
    margin = side // 6 if is_cut else 0
    return canvas.crop((margin, margin, side - margin, side - margin))


def _flat(colour: str, side: int) -> Image.Image:
    alpha, red, green, blue = bytes.fromhex(colour[1:])
    return Image.new("RGBA", (side, side), (red, green, blue, alpha))


def fit(picture: Image.Image) -> RenderedIcon:
    """Return a picture as PNG, or JPEG where only that stays below the limit."""
    largest = max(picture.size)
    for side in [min(largest, _SIDES[0]), *(one for one in _SIDES[1:] if one < largest)]:
        small = _shrunk(picture, side)
        data = _bytes(small, "PNG", optimize=True)
        if len(data) <= MAX_ICON_BYTES:
            return RenderedIcon(data, "png", *small.size)
        if side <= _SIDES[2]:
            break
    return _as_jpeg(picture)


def _as_jpeg(picture: Image.Image) -> RenderedIcon:
    for side in _SIDES:
        small = _shrunk(picture, min(side, max(picture.size)))
        flat = Image.new("RGB", small.size, "white")
        flat.paste(small, mask=small.getchannel("A"))
        for quality in _QUALITIES:
            data = _bytes(flat, "JPEG", quality=quality, optimize=True)
            if len(data) <= MAX_ICON_BYTES:
                return RenderedIcon(data, "jpeg", *flat.size)
    raise TooLarge(
        "图标无法压缩到 100 KB 以内。请另外提供图标文件。",
        "The icon cannot be brought below 100 KB. Supply the icon as a file.",
    )


def _shrunk(picture: Image.Image, side: int) -> Image.Image:
    largest = max(picture.size)
    if largest <= side:
        return picture
    width, height = (max(1, round(length * side / largest)) for length in picture.size)
    return picture.resize((width, height), Image.Resampling.LANCZOS)


def _bytes(picture: Image.Image, kind: str, *, optimize: bool, quality: int = 90) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, optimize=optimize, quality=quality)
    return out.getvalue()
