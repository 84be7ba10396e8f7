from __future__ import annotations

import io
import random
import struct
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from extractors.errors import TooLarge, Unreadable
from extractors.packages.iconrender import MAX_ICON_BYTES, draw_svg, fit, open_picture, render_icon
from extractors.packages.icons import measure
from extractors.packages.read import read_package
from extractors.packages.vectors import to_svg
from samples import apk_xml, apkbuild
from tests.extractors.packages.mutation import spoilt

PACKAGE = "com.example.icon"
RED, BLUE = (200, 30, 30, 255), (20, 40, 220, 255)


def encoded(kind: str, side: int = 96, colour: tuple[int, int, int, int] = RED, **options: Any) -> bytes:
    out = io.BytesIO()
    mode = "RGB" if kind == "JPEG" else "RGBA"
    Image.new("RGBA", (side, side), colour).convert(mode).save(out, kind, **options)
    return out.getvalue()


def noise(side: int, mode: str = "RGB") -> Image.Image:
    channels = len(mode)
    return Image.frombytes(mode, (side, side), random.Random(1).randbytes(side * side * channels))


def type_chunk(number: int, entries: list[tuple[int, int]], density: int = 0) -> bytes:
    """A type whose entries are (kind, data)."""
    settings = struct.pack("<IHH2s2sBBH", 64, 0, 0, b"\0\0", b"\0\0", 0, 0, density).ljust(64, b"\0")
    body = b"".join(struct.pack("<HHIHBBI", 8, 0, 0, 8, 0, kind, data) for kind, data in entries)
    offsets = b"".join(struct.pack("<I", 16 * place) for place in range(len(entries)))
    head = struct.pack("<BBHII", number, 0, 0, len(entries), 20 + 64 + len(offsets)) + settings
    return apk_xml.chunk(0x0201, head, offsets + body)


def apk(tmp_path: Path, texts: list[str], types: list[bytes], files: dict[str, bytes]) -> Path:
    """An app whose icon is resource 0x7f020000."""
    pool = apk_xml.string_pool(texts)
    head = (
        struct.pack("<I", 0x7F)
        + PACKAGE.encode("utf-16-le").ljust(256, b"\0")
        + struct.pack("<IIIII", 288, 0, 288, 0, 0)
    )
    body = apk_xml.chunk(0x0200, head, b"".join(types))
    table = struct.pack("<HHII", 2, 12, 12 + len(pool) + len(body), 1) + pool + body
    members = {"AndroidManifest.xml": apk_xml.manifest_xml(PACKAGE, "1", 1, 21, 34), "resources.arsc": table, **files}
    path = tmp_path / "icon.apk"
    path.write_bytes(apkbuild.sign_files(members, [], ()))
    return path


@pytest.mark.parametrize(
    ("kind", "options", "name"),
    [
        ("PNG", {}, "png"),
        ("JPEG", {}, "jpeg"),
        ("GIF", {}, "gif"),
        ("WEBP", {"lossless": True}, "webp"),
        ("WEBP", {"lossless": False}, "webp"),
        ("WEBP", {"lossless": False, "quality": 50, "alpha_quality": 10}, "webp"),
    ],
)
def test_format_and_size_are_read_from_the_header(kind: str, options: dict[str, Any], name: str) -> None:
    assert measure(encoded(kind, 96, (200, 30, 30, 100), **options)[:4096]) == (name, 96, 96)


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\n", b"RIFF1234WEBP", b"\xff\xd8\xff", b"GIF8", b"<vector/>"])
def test_what_is_no_picture_has_no_size(data: bytes) -> None:
    assert measure(data) is None


def test_the_densest_raster_is_chosen_and_webp_becomes_png(tmp_path: Path) -> None:
    texts = ["res/icon.xml", "res/small.png", "res/large.webp"]
    types = [
        type_chunk(2, [(3, 0)], density=0xFFFE),
        type_chunk(2, [(3, 2)], density=640),
        type_chunk(2, [(3, 1)], density=160),
    ]
    files = {
        "res/icon.xml": b"",
        "res/small.png": encoded("PNG", 48),
        "res/large.webp": encoded("WEBP", 192, lossless=True),
    }
    path = apk(tmp_path, texts, types, files)
    found = read_package(path)
    assert found.icon is not None
    assert (found.icon.entry, found.icon.format, found.icon.width) == ("res/large.webp", "webp", 192)
    icon = render_icon(path, found)
    assert icon is not None
    assert (icon.format, icon.width) == ("png", 192)
    assert Image.open(io.BytesIO(icon.data)).convert("RGBA").getpixel((96, 96)) == RED


def test_an_adaptive_icon_without_raster_is_composed_of_its_layers(tmp_path: Path) -> None:
    layers = apk_xml.Tag(
        "adaptive-icon",
        (),
        (
            apk_xml.Tag("background", (("drawable", apk_xml.Reference(0x7F030000)),)),
            apk_xml.Tag("foreground", (("drawable", apk_xml.Reference(0x7F020001)),)),
        ),
    )
    foreground = Image.new("RGBA", (432, 432), (0, 0, 0, 0))
    foreground.paste(RED, (180, 180, 252, 252))
    out = io.BytesIO()
    foreground.save(out, "PNG")
    types = [
        type_chunk(2, [(3, 0), (3, 1)]),
        type_chunk(3, [(0x1C, 0xFF1428DC)]),
    ]
    path = apk(
        tmp_path,
        ["res/icon.xml", "res/fg.png"],
        types,
        {"res/icon.xml": apk_xml.binary_xml(layers), "res/fg.png": out.getvalue()},
    )
    found = read_package(path)
    assert found.icon is not None
    assert (found.icon.format, found.icon.width, found.icon.layers) == ("adaptive", 288, ("#ff1428dc", "res/fg.png"))
    icon = render_icon(path, found)
    assert icon is not None
    shown = Image.open(io.BytesIO(icon.data)).convert("RGBA")
    assert shown.size == (288, 288)
    assert (shown.getpixel((2, 2)), shown.getpixel((144, 144))) == (BLUE, RED)


def vector(*inside: apk_xml.Tag) -> bytes:
    return apk_xml.binary_xml(apk_xml.Tag("vector", (("viewportWidth", 108), ("viewportHeight", 108)), inside))


def drawn(data: str) -> apk_xml.Tag:
    return apk_xml.Tag("path", (("fillColor", apk_xml.Reference(0x7F030000)), ("pathData", data)))


def test_a_vector_foreground_is_drawn_with_its_holes_and_moved_groups(tmp_path: Path) -> None:
    layers = apk_xml.Tag(
        "adaptive-icon",
        (),
        (
            apk_xml.Tag("background", (("drawable", apk_xml.Reference(0x7F030001)),)),
            apk_xml.Tag("foreground", (("drawable", apk_xml.Reference(0x7F020001)),)),
        ),
    )
    ring = drawn("M36,36h36v36h-36z M48 48l0,12l12 0 0,-12Z")
    moved = apk_xml.Tag("group", (("translateX", 54),), (drawn("M0,0H54V30H0Z"),))
    path = apk(
        tmp_path,
        ["res/icon.xml", "res/fg.xml"],
        [type_chunk(2, [(3, 0), (3, 1)]), type_chunk(3, [(0x1C, 0xFF1428DC), (0x1C, 0xFFDC2814)])],
        {"res/icon.xml": apk_xml.binary_xml(layers), "res/fg.xml": vector(ring, moved)},
    )
    found = read_package(path)
    assert found.icon is not None
    assert found.icon.layers == ("#ffdc2814", "res/fg.xml")
    icon = render_icon(path, found)
    assert icon is not None
    shown = Image.open(io.BytesIO(icon.data)).convert("RGBA")
    assert shown.size == (288, 288)
    # The inner 72 of 108 parts are shown, four pixels each.
    at = {"ring": (4 * 22, 4 * 22), "hole": (4 * 36, 4 * 36), "moved": (4 * 60, 4 * 5), "beside": (4 * 10, 4 * 5)}
    colours = {name: shown.getpixel(place) for name, place in at.items()}
    blue, red = (0x14, 0x28, 0xDC, 255), (0xDC, 0x28, 0x14, 255)
    assert colours == {"ring": blue, "hole": red, "moved": blue, "beside": red}


def test_a_vector_by_itself_is_an_icon(tmp_path: Path) -> None:
    types = [type_chunk(2, [(3, 0)]), type_chunk(3, [(0x1C, 0xFF1428DC)])]
    path = apk(tmp_path, ["res/icon.xml"], types, {"res/icon.xml": vector(drawn("M0,0h108v108h-108z"))})
    found = read_package(path)
    assert found.icon is not None
    assert (found.icon.format, found.icon.width) == ("vector", 432)
    icon = render_icon(path, found)
    assert icon is not None
    assert Image.open(io.BytesIO(icon.data)).convert("RGBA").getpixel((216, 216)) == (0x14, 0x28, 0xDC, 255)


def shown(tmp_path: Path, *inside: apk_xml.Tag, files: dict[str, bytes] | None = None, **root: Any) -> Image.Image:
    """An app's vector icon as it is handed in, four pixels a part; colour 0x7f030000 is blue."""
    types = [type_chunk(2, [(3, 0), (3, 1)]), type_chunk(3, [(0x1C, 0xFF1428DC)])]
    drawable = apk_xml.binary_xml(apk_xml.Tag("vector", (*SIZE, *root.items()), inside))
    texts = ["res/icon.xml", "res/gradient.xml"]
    path = apk(tmp_path, texts, types, {"res/icon.xml": drawable, **(files or {})})
    icon = render_icon(path, read_package(path))
    assert icon is not None
    return Image.open(io.BytesIO(icon.data)).convert("RGBA")


def at(picture: Image.Image, x: int, y: int) -> Any:
    return picture.getpixel((4 * x, 4 * y))


SIZE = (("viewportWidth", 108), ("viewportHeight", 108))
DEEP_BLUE, NOTHING = (0x14, 0x28, 0xDC, 255), (0, 0, 0, 0)
OWN_BLUE = apk_xml.Reference(0x7F030000)
ANDROID_WHITE = apk_xml.Reference(0x0106000B)
ALL = "M0,0h108v108h-108z"


def path_of(data: str, **attributes: Any) -> apk_xml.Tag:
    return apk_xml.Tag("path", (("pathData", data), *attributes.items()))


def test_a_line_is_drawn_as_wide_as_it_says(tmp_path: Path) -> None:
    icon = shown(tmp_path, path_of("M10,54h88", strokeColor=OWN_BLUE, strokeWidth=10))
    assert [at(icon, 54, y) for y in (47, 51, 57, 61)] == [NOTHING, DEEP_BLUE, DEEP_BLUE, NOTHING]
    assert at(icon, 7, 54) == NOTHING
    assert at(shown(tmp_path, path_of("M10,54h88", strokeColor=OWN_BLUE, strokeWidth=10, strokeLineCap=1)), 7, 54)[3]


def test_paths_over_each_other_fill_by_their_rule(tmp_path: Path) -> None:
    twice = ALL + "M20,20h60v60h-60z"
    assert at(shown(tmp_path, path_of(twice, fillColor=OWN_BLUE)), 50, 50) == DEEP_BLUE
    assert at(shown(tmp_path, path_of(twice, fillColor=OWN_BLUE, fillType=1)), 50, 50) == NOTHING


def test_a_clip_path_holds_for_what_follows_in_its_group(tmp_path: Path) -> None:
    clip = apk_xml.Tag("clip-path", (("pathData", "M0,0h54v108h-54z"),))
    group = apk_xml.Tag(
        "group", (), (path_of("M0,0h108v20h-108z", fillColor=OWN_BLUE), clip, path_of(ALL, fillColor=ANDROID_WHITE))
    )
    icon = shown(tmp_path, group, path_of("M80,80h20v20h-20z", fillColor=OWN_BLUE))
    assert (at(icon, 90, 10), at(icon, 90, 50), at(icon, 20, 50)) == (DEEP_BLUE, NOTHING, (255, 255, 255, 255))
    assert at(icon, 90, 90) == DEEP_BLUE


def test_a_tint_colours_all_that_is_drawn(tmp_path: Path) -> None:
    icon = shown(tmp_path, path_of("M0,0h54v108h-54z", fillColor=ANDROID_WHITE), tint=OWN_BLUE)
    assert (at(icon, 20, 20), at(icon, 80, 20)) == (DEEP_BLUE, NOTHING)


def gradient_file(**attributes: Any) -> dict[str, bytes]:
    items = tuple(
        apk_xml.Tag("item", (("offset", place), ("color", colour)))
        for place, colour in ((0, ANDROID_WHITE), (1, OWN_BLUE))
    )
    return {"res/gradient.xml": apk_xml.binary_xml(apk_xml.Tag("gradient", tuple(attributes.items()), items))}


@pytest.mark.parametrize(
    ("attributes", "light", "dark"),
    [
        ({"endX": 108}, (2, 54), (106, 54)),
        ({"endY": 108}, (54, 2), (54, 106)),
        ({"type": 1, "centerX": 54, "centerY": 54, "gradientRadius": 54}, (54, 54), (2, 54)),
    ],
)
def test_a_gradient_goes_from_its_first_colour_to_its_last(
    tmp_path: Path, attributes: dict[str, int], light: tuple[int, int], dark: tuple[int, int]
) -> None:
    icon = shown(tmp_path, path_of(ALL, fillColor=apk_xml.Reference(0x7F020001)), files=gradient_file(**attributes))
    assert at(icon, *light)[0] > 235
    assert at(icon, *dark)[0] < 40


def test_a_sweep_gradient_becomes_the_mean_of_its_colours(tmp_path: Path) -> None:
    icon = shown(tmp_path, path_of(ALL, fillColor=apk_xml.Reference(0x7F020001)), files=gradient_file(type=2))
    assert at(icon, 54, 54) == ((0x14 + 255) // 2, (0x28 + 255) // 2, (0xDC + 255) // 2, 255)


@given(st.text('MmLlHhVvCcSsQqTtAaZz0123456789.,-+eE \t"<>/&', max_size=60))
@settings(deadline=None, max_examples=200)
def test_nothing_but_path_data_becomes_markup(data: str) -> None:
    said = to_svg(vector(path_of(data, fillColor=ANDROID_WHITE)), lambda _: 0, 432)
    assert ('<path d="' in said) == (bool(data.split()) and not set(data) & set('"<>/&'))
    assert ElementTree.fromstring(said).tag.endswith("svg")


def test_an_empty_vector_is_said_to_be_missing(tmp_path: Path) -> None:
    empty = apk_xml.binary_xml(apk_xml.Tag("vector"))
    found = read_package(apk(tmp_path, ["res/icon.xml"], [type_chunk(2, [(3, 0)])], {"res/icon.xml": empty}))
    assert found.icon is None
    assert "icon_missing" in [one.code for one in found.warnings]


@pytest.mark.parametrize(("side", "mode"), [(96, "RGBA"), (512, "RGB"), (1500, "RGBA")])
def test_every_icon_ends_below_the_limit(side: int, mode: str) -> None:
    icon = fit(noise(side, mode).convert("RGBA"))
    assert len(icon.data) <= MAX_ICON_BYTES
    assert icon.format in ("png", "jpeg")
    assert max(icon.width, icon.height) <= min(side, 512)
    assert Image.open(io.BytesIO(icon.data)).size == (icon.width, icon.height)


def test_a_plain_icon_is_not_made_smaller() -> None:
    assert (fit(open_picture(encoded("PNG", 512))).width, fit(open_picture(encoded("PNG", 20))).width) == (512, 20)


def test_rendering_twice_gives_the_same_bytes() -> None:
    assert fit(noise(300).convert("RGBA")) == fit(noise(300).convert("RGBA"))


def test_a_damaged_and_a_huge_picture_are_refused() -> None:
    with pytest.raises(Unreadable):
        open_picture(encoded("PNG")[:60])
    header = struct.pack(">II", 20_000, 20_000)
    huge = encoded("PNG")
    with pytest.raises((TooLarge, Unreadable)):
        open_picture(huge[:16] + header + huge[24:])


def test_a_spoilt_vector_is_drawn_or_said_to_be_damaged() -> None:
    group = apk_xml.Tag("group", (("rotation", 45), ("translateX", 54)), (drawn("M0,0H54V30a9 9 0 0 1-9 9z"),))
    good, chance = vector(group, drawn("M1,1c3 3 3 5 9 9")), random.Random(3)
    assert to_svg(good, lambda _: 0, 432).count("<path") == 2
    seen = {bool(to_svg(spoilt(good, chance), lambda _: 0, 432)) for _ in range(500)}
    assert seen == {True, False}
    for _ in range(100):
        said = to_svg(spoilt(good, chance), lambda _: 0, 48)
        assert not said or draw_svg(said).size == (48, 48)
