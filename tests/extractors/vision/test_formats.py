"""Every picture format that people send is read alike, and the broken ones are refused with a reason."""

from __future__ import annotations

import io
import os
import struct
import zlib
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from extractors.errors import ExtractError, TooLarge, Unreadable
from extractors.vision import images
from samples import draw_cards, people

PICTURE = Image.fromarray(draw_cards.front(people.XU, 3)).resize((400, 252))
WANTED = np.ascontiguousarray(np.asarray(PICTURE)[:, :, ::-1])
GREY = np.asarray(PICTURE.convert("L").convert("RGB"))
ROUNDS = int(os.environ.get("BEIANBOX_TEST_ROUNDS", "60"))


def saved(form: str, mode: str = "RGB", **options: object) -> bytes:
    out = io.BytesIO()
    PICTURE.convert(mode).save(out, form, **options)
    return out.getvalue()


def sixteen_bits(suffix: str) -> bytes:
    return bytes(cv2.imencode(suffix, WANTED.astype(np.uint16) * 257)[1].tobytes())


def off(data: bytes, wanted: np.ndarray = WANTED) -> float:  # type: ignore[type-arg]
    decoded = images.decode(data)
    assert decoded.shape == wanted.shape
    return float(np.abs(decoded.astype(int) - wanted.astype(int)).mean())


@pytest.mark.parametrize(
    ("data", "wanted", "most"),
    [
        (saved("JPEG", quality=95), WANTED, 3),
        (saved("JPEG", "CMYK", quality=95), WANTED, 3),
        (saved("JPEG", "L", quality=95), GREY, 3),
        (saved("JPEG", progressive=True, quality=95), WANTED, 3),
        (saved("PNG"), WANTED, 0),
        (saved("PNG", "L"), GREY, 0),
        (saved("PNG", "LA"), GREY, 0),
        (saved("PNG", "P"), WANTED, 24),
        (sixteen_bits(".png"), WANTED, 0.5),
        (saved("TIFF", compression="tiff_lzw"), WANTED, 0),
        (saved("TIFF", "CMYK"), WANTED, 3),
        (sixteen_bits(".tiff"), WANTED, 0.5),
        (saved("WEBP", lossless=True), WANTED, 0),
        (saved("BMP"), WANTED, 0),
        (saved("GIF"), WANTED, 24),
    ],
)
def test_all_formats_depths_and_colour_models_give_the_same_picture(
    data: bytes,
    wanted: np.ndarray,  # type: ignore[type-arg]
    most: float,
) -> None:
    assert off(data, wanted) <= most


@pytest.mark.parametrize("form", ["PNG", "WEBP", "TIFF"])
def test_what_is_transparent_is_white_whatever_lies_under_it(form: str) -> None:
    pixels = np.asarray(PICTURE.convert("RGBA")).copy()
    pixels[:50] = (200, 0, 0, 0)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, form, **({"lossless": True} if form == "WEBP" else {}))
    decoded = images.decode(out.getvalue())
    assert decoded[:48].min() == 255
    assert np.abs(decoded[60:].astype(int) - WANTED[60:].astype(int)).mean() < 1


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_exif_turn_is_applied_in_every_format_alike(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    jpeg, png = (images.decode(saved(form, exif=exif)) for form in ("JPEG", "PNG"))
    assert jpeg.shape == png.shape
    assert np.abs(jpeg.astype(int) - png.astype(int)).mean() < 5


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
def test_an_animation_gives_its_first_frame_and_their_number(form: str) -> None:
    red = Image.new("RGB", PICTURE.size, "red")
    data = saved(form, save_all=True, append_images=[red, red.rotate(90)], duration=100)
    assert images.frame_count(data) in (2, 3)  # equal frames are stored once
    assert np.abs(images.decode(data).astype(int) - WANTED.astype(int)).mean() < 24


def test_every_page_of_a_tiff_can_be_read() -> None:
    data = saved("TIFF", save_all=True, append_images=[Image.new("RGB", (120, 90), "blue")])
    assert images.frame_count(data) == 2
    assert images.decode(data, 1).shape == (252, 400, 3)
    assert images.decode(data, 2).shape == (90, 120, 3)
    assert images.decode(data, 2)[40, 60].tolist() == [255, 0, 0]


def test_a_phone_s_jpeg_is_one_picture_whatever_else_it_holds() -> None:
    assert images.frame_count(saved("MPO", save_all=True, append_images=[PICTURE.resize((40, 25))])) == 1


def png_of(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b""))
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def gif_of(width: int, height: int) -> bytes:
    data = bytearray(saved("GIF"))
    data[6:10] = struct.pack("<HH", width, height)
    return bytes(data)


def bmp_of(width: int, height: int) -> bytes:
    data = bytearray(saved("BMP"))
    data[18:26] = struct.pack("<ii", width, height)
    return bytes(data)


@pytest.mark.parametrize("make", [png_of, gif_of, bmp_of])
@pytest.mark.parametrize("side", [8_000, 40_000])
def test_a_header_that_promises_too_much_is_refused_before_decoding(
    make: Callable[[int, int], bytes], side: int
) -> None:
    with pytest.raises(TooLarge, match="60"):
        images.decode(make(side, side))


@pytest.mark.parametrize("make", [png_of, bmp_of])
def test_a_header_without_its_pixels_is_refused(make: Callable[[int, int], bytes]) -> None:
    with pytest.raises(Unreadable):
        images.decode(make(3000, 3000))


@settings(max_examples=ROUNDS, deadline=None)
@given(
    form=st.sampled_from(["JPEG", "PNG", "GIF", "TIFF", "WEBP", "BMP"]),
    at=st.floats(0, 1),
    change=st.binary(min_size=1, max_size=24),
)
def test_damage_anywhere_gives_a_picture_or_a_reason(form: str, at: float, change: bytes) -> None:
    data = bytearray(saved(form))
    start = int(at * (len(data) - 1))
    data[start : start + len(change)] = change
    try:
        images.frame_count(bytes(data))
        decoded = images.decode(bytes(data))
    except ExtractError as reason:
        assert "请" in reason.zh
    else:
        assert decoded.ndim == 3
