"""Pictures for upload: inside the band, upright, without private data, or refused with the reason."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from generators.errors import GenerateError
from generators.upload import BandNotMet, fit_band


def noise(width: int, height: int, *, grain: float = 40.0, seed: int = 7) -> Image.Image:
    """A picture with a black upper left corner and as much detail as `grain` says."""
    rng = np.random.default_rng(seed)
    field = np.clip(rng.normal(150, grain, (height, width, 3)), 0, 255).astype("uint8")
    field[: height // 6, : width // 6] = 0
    return Image.fromarray(field)


def jpeg(image: Image.Image, *, quality: int = 92, orientation: int = 1, gps: bool = False) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "SpecimenPhone"
    if gps:
        exif.get_ifd(0x8825)[1] = "N"
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, exif=exif)
    return out.getvalue()


def png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("picture", "band"),
    [
        (jpeg(noise(1600, 1200)), (200, 8192)),
        (jpeg(noise(2400, 1800), quality=97), (200, 800)),
        (png(noise(1200, 1000)), (50, 500)),
        (png(noise(1200, 1000).convert("RGBA")), (100, 4096)),
    ],
    ids=["photo that fits", "large photo", "png", "png with transparency"],
)
def test_the_result_is_a_jpeg_inside_the_band(picture: bytes, band: tuple[int, int]) -> None:
    made = fit_band(picture, *band)
    assert Image.open(io.BytesIO(made)).format == "JPEG"
    assert band[0] * 1024 <= len(made) <= band[1] * 1000


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_the_result_is_upright_without_device_or_place(orientation: int) -> None:
    made = fit_band(jpeg(noise(1500, 1000), orientation=orientation, gps=True), 10, 8000)
    image = Image.open(io.BytesIO(made))
    assert not dict(image.getexif())
    assert b"SpecimenPhone" not in made
    assert image.size == ((1000, 1500) if orientation in (6, 8) else (1500, 1000))
    corners = {1: (5, 5), 3: (-6, -6), 6: (-6, 5), 8: (5, -6)}
    x, y = corners[orientation]
    assert max(image.getpixel((x % image.width, y % image.height))) < 60, "the black corner is where turning puts it"


def test_a_jpeg_that_fits_keeps_its_picture_data() -> None:
    picture = jpeg(noise(1500, 1000))
    made = fit_band(picture, 10, 8000)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(made))), np.asarray(Image.open(io.BytesIO(picture))))


def test_the_same_picture_gives_the_same_bytes() -> None:
    picture = png(noise(1200, 1000))
    assert fit_band(picture, 50, 500) == fit_band(picture, 50, 500)


@pytest.mark.parametrize(
    ("picture", "band", "formats", "words"),
    [
        (png(Image.new("RGB", (300, 200), "white")), (200, 8192), ("jpg",), "300×200"),
        (png(noise(1000, 1000, grain=90)), (0, 60), ("jpg",), "60 KB"),
        (png(noise(1000, 1000)), (500, 200), ("jpg",), "500–200 KB"),
        (png(noise(1000, 1000)), (0, 500), ("png", "bmp"), "png、bmp"),
    ],
    ids=["too small", "too detailed", "empty band", "no JPEG taken"],
)
def test_a_band_that_cannot_be_met_says_why(
    picture: bytes, band: tuple[int, int], formats: tuple[str, ...], words: str
) -> None:
    with pytest.raises(BandNotMet) as caught:
        fit_band(picture, *band, formats)
    assert words in caught.value.zh


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(GenerateError, match="no usable picture"):
        fit_band(b"%PDF-1.4 nothing", 1, 100)
    with pytest.raises(GenerateError):
        fit_band(jpeg(noise(900, 900))[:3000], 1, 100)
