from __future__ import annotations

import io
from collections.abc import Callable

import pypdf
import pypdfium2
import pytest
from PIL import Image

from generators.errors import GenerateError, MissingGlyph
from generators.scans import MARK, Caption, CheckLine, fit_budget, id_card_page, scan_page

Jpeg = Callable[..., bytes]
TextOf = Callable[[bytes], str]
CAPTION = Caption("营业执照.jpg", "营业执照", (CheckLine("分辨率足够", True), CheckLine("图像偏模糊", False)))


def test_a_scan_page_names_file_kind_checks_and_mark(jpeg: Jpeg, text_of: TextOf) -> None:
    text = text_of(scan_page(jpeg(), CAPTION).pdf())
    for words in ("营业执照.jpg", "营业执照", "✓分辨率足够", "×图像偏模糊", MARK):
        assert words in text


def test_the_mark_can_be_left_out(jpeg: Jpeg, text_of: TextOf) -> None:
    assert MARK not in text_of(scan_page(jpeg(), CAPTION, mark="").pdf())


def test_nothing_is_drawn_over_the_picture() -> None:
    out = io.BytesIO()
    Image.new("RGB", (600, 800), (0, 0, 255)).save(out, "PNG")
    document = pypdfium2.PdfDocument(scan_page(out.getvalue(), CAPTION).pdf())
    image = document[0].render(scale=1).to_pil().convert("RGB")
    document.close()
    blue = [(x, y) for x in range(image.width) for y in range(image.height) if image.getpixel((x, y)) == (0, 0, 255)]
    xs, ys = [x for x, _ in blue], [y for _, y in blue]
    assert len(blue) == (max(xs) - min(xs) + 1) * (max(ys) - min(ys) + 1)


def test_both_sides_of_an_id_card_stand_on_one_page(jpeg: Jpeg, text_of: TextOf) -> None:
    pdf = id_card_page(jpeg(400, 250), jpeg(401, 250), Caption("正面.jpg、反面.jpg", "居民身份证", page=0)).pdf()
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    assert len(pages) == 1 and len(pages[0].images) == 2
    assert "人像面" in text_of(pdf) and "国徽面" in text_of(pdf)


@pytest.mark.parametrize("size", [(3000, 200), (200, 3000), (10, 10)])
def test_pictures_of_any_shape_fit_the_page(jpeg: Jpeg, size: tuple[int, int]) -> None:
    assert len(pypdf.PdfReader(io.BytesIO(scan_page(jpeg(*size), CAPTION).pdf())).pages) == 1


def test_a_picture_over_the_budget_is_made_smaller_and_upright() -> None:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.effect_noise((1500, 1000), 60).convert("RGB").save(out, "JPEG", quality=95, exif=exif)
    small = fit_budget(out.getvalue(), 250_000)
    assert len(small) <= 250_000
    with Image.open(io.BytesIO(small)) as image:
        assert image.height > image.width
        assert not image.getexif()


def test_a_picture_within_the_budget_is_not_touched(jpeg: Jpeg) -> None:
    data = jpeg()
    assert fit_budget(data, len(data)) is data
    assert fit_budget(data, 0) is data


def test_the_same_scan_gives_the_same_bytes(jpeg: Jpeg) -> None:
    assert len({scan_page(jpeg(), CAPTION, date="2026-11-22").pdf() for _ in range(2)}) == 1


def test_a_file_name_without_glyphs_and_a_broken_picture_are_refused(jpeg: Jpeg) -> None:
    with pytest.raises(MissingGlyph):
        scan_page(jpeg(), Caption("照片😀.jpg", "营业执照"))
    with pytest.raises(GenerateError):
        scan_page(b"x", CAPTION)
