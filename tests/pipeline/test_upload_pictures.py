"""Pictures for a provider's page: cropped, upright, bare, inside the band, or told why not."""

from __future__ import annotations

import io
import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from extractors.paper import Box, ImageFacts, Paper
from generators.cjk import Style, para
from generators.page import SHEET, Furniture, Info, build
from pipeline import batch, upload_command
from pipeline.reading import Reading
from pipeline.rulebook import load_rulebook
from pipeline.source_file import SourceFile, sha256_of
from pipeline.upload_pictures import Made, crop_of, make

WIDTH, HEIGHT = 1600, 1200
CARD: Box = ((400.0, 300.0), (1200.0, 300.0), (1200.0, 800.0), (400.0, 800.0))


def photo(path: Path, *, orientation: int = 1) -> SourceFile:
    """A grey table with a white card on it whose upper left corner is black; with a place in its EXIF."""
    grain = np.random.default_rng(5).integers(90, 130, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    image = Image.fromarray(grain)
    image.paste((250, 250, 250), (400, 300, 1200, 800))
    image.paste((0, 0, 0), (400, 300, 600, 420))
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = orientation, "SECRETCAMERA"
    exif.get_ifd(0x8825)[1] = "N"
    image.save(path, exif=exif, quality=92)
    return SourceFile(path.name, path, sha256_of(path))


def read(file: SourceFile, corners: Box | None = CARD, degrees: int = 0, kind: str = "idcard_front") -> Reading:
    facts = ImageFacts("jpeg", 1000, WIDTH, HEIGHT, sheet_corners=corners, turned_degrees=degrees)
    return Reading(file.name, file.sha256, 1000, kind, papers=(Paper(kind, 1, WIDTH, HEIGHT, {}, facts),))


def opened(one: Made) -> Image.Image:
    assert one.problem is None, one.problem
    return Image.open(io.BytesIO(one.data))


def test_a_card_is_cropped_with_its_border_and_nothing_private_stays(tmp_path: Path) -> None:
    file = photo(tmp_path / "a.jpg")
    (made,) = make([read(file)], [file], "tencent", least_kb=10)
    image = opened(made)
    assert (made.file, image.size) == ("01-居民身份证（人像面）.jpg", (865, 565))
    assert b"SECRETCAMERA" not in made.data and not image.getexif()
    assert image.getpixel((60, 60)) < (30, 30, 30) and image.getpixel((5, 5)) > (60, 60, 60)


def test_a_card_that_lies_on_its_head_is_turned(tmp_path: Path) -> None:
    file = photo(tmp_path / "a.jpg")
    (made,) = make([read(file, degrees=180)], [file], "")
    image = opened(made)
    assert image.getpixel((image.width - 60, image.height - 60)) < (30, 30, 30)


def test_a_photo_with_nothing_to_mend_keeps_its_picture_data(tmp_path: Path) -> None:
    file = photo(tmp_path / "a.jpg")
    (made,) = make([read(file, corners=None)], [file], "")
    scan = made.data[made.data.index(b"\xff\xda") :]
    assert file.path.read_bytes().endswith(scan) and b"SECRETCAMERA" not in made.data


def test_a_page_of_a_pdf_becomes_a_picture(tmp_path: Path) -> None:
    path = tmp_path / "证书.pdf"
    path.write_bytes(build([para("域名证书", Style(size=40, leading=60))] * 8, SHEET, Furniture(), Info("x")))
    file = SourceFile(path.name, path, sha256_of(path))
    (made,) = make([read(file, None, kind="domain_certificate")], [file], "alibaba")
    assert made.band.least_kb == 200 and made.band.most_kb == 4096
    assert 200 * 1024 <= len(made.data) <= 4096 * 1024 and opened(made).format == "JPEG"


def test_a_band_that_cannot_be_met_is_told_and_the_others_are_made(tmp_path: Path) -> None:
    small = tmp_path / "small.jpg"
    Image.new("RGB", (300, 200), "white").save(small)
    files = [SourceFile("small.jpg", small, sha256_of(small)), photo(tmp_path / "b.jpg")]
    prepared = batch.judge("F1", [read(files[0], None), read(files[1])], None, load_rulebook(()), date(2026, 11, 20))
    shown, failed = upload_command.pictures(prepared, files, tmp_path / "out", provider="tencent", least_kb=100)
    assert failed and "太小" in shown["pictures"][0]["error"]["zh"] and shown["pictures"][1]["error"] is None
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "02-居民身份证（人像面）.jpg",
        "manifest.json",
    ]
    listed = json.loads((tmp_path / "out/manifest.json").read_text("utf-8"))
    assert [entry["sha256"] is None for entry in listed["pictures"]] == [True, False]
    assert "✗ small.jpg" in upload_command.as_text(shown, "zh")


def test_icons_packages_and_unknown_papers_are_left_out(tmp_path: Path) -> None:
    file = photo(tmp_path / "a.jpg")
    assert make([read(file, kind="unknown"), read(file, kind="app_icon")], [file], "") == []


@pytest.mark.parametrize(
    ("corners", "expected"),
    [
        ([CARD], (368, 268, 1233, 833)),
        ([CARD, None], (0, 0, WIDTH, HEIGHT)),
        ([], (0, 0, WIDTH, HEIGHT)),
        ([((10.0, 10.0), (1590.0, 10.0), (1590.0, 1190.0), (10.0, 1190.0))], (0, 0, WIDTH, HEIGHT)),
        ([((0.0, 0.0), (500.0, 0.0), (500.0, 300.0), (0.0, 300.0))], (0, 0, 521, 321)),
    ],
)
def test_a_crop_keeps_every_paper_of_the_page(corners: list[Box | None], expected: tuple[int, int, int, int]) -> None:
    assert crop_of(corners, WIDTH, HEIGHT) == expected
