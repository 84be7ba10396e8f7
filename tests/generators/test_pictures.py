from __future__ import annotations

import io
from collections.abc import Callable

import pypdfium2
import pytest
from PIL import Image

from generators.errors import GenerateError
from generators.page import Info, open_canvas
from generators.pictures import open_picture, strip_jpeg

Jpeg = Callable[..., bytes]

DARK_CORNER = {1: "lt", 2: "rt", 3: "rb", 4: "lb", 5: "lt", 6: "rt", 7: "rb", 8: "lb"}


def corner(pdf: bytes, x: float, y: float) -> int:
    document = pypdfium2.PdfDocument(pdf)
    image = document[0].render(scale=1, grayscale=True).to_pil()
    document.close()
    value = image.getpixel((round(x), image.height - round(y)))
    assert isinstance(value, int)
    return value


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_stands_as_its_exif_mark_says(jpeg: Jpeg, orientation: int) -> None:
    picture = open_picture(jpeg(orientation=orientation))
    assert (picture.width, picture.height) == ((300, 200) if orientation < 5 else (200, 300))
    canvas, out = open_canvas(Info("x"))
    width, height = picture.fit(300, 300)
    picture.draw(canvas, 100, 100, width, height)
    canvas.showPage()
    canvas.save()
    places = {"l": 0.2, "r": 0.8, "t": 0.8, "b": 0.2}
    for horizontal in "lr":
        for vertical in "tb":
            value = corner(out.getvalue(), 100 + places[horizontal] * width, 100 + places[vertical] * height)
            assert (value < 60) is (horizontal + vertical == DARK_CORNER[orientation])


def test_private_data_is_left_out_and_the_picture_is_the_same(jpeg: Jpeg) -> None:
    data = jpeg()
    assert b"SECRETCAMERA" in data and b"SECRETCOMMENT" in data
    bare = strip_jpeg(data)
    assert b"SECRET" not in bare
    with Image.open(io.BytesIO(data)) as before, Image.open(io.BytesIO(bare)) as after:
        assert before.tobytes() == after.tobytes()


def test_the_jpeg_goes_into_the_page_byte_for_byte(jpeg: Jpeg) -> None:
    data = jpeg()
    canvas, out = open_canvas(Info("x"))
    open_picture(data).draw(canvas, 0, 0, 100, 100)
    canvas.showPage()
    canvas.save()
    assert strip_jpeg(data) in out.getvalue()


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "I;16"])
def test_png_pictures_of_every_mode_are_drawn(mode: str) -> None:
    out = io.BytesIO()
    Image.new(mode, (40, 30)).save(out, "PNG")
    canvas, pdf = open_canvas(Info("x"))
    open_picture(out.getvalue()).draw(canvas, 0, 0, 40, 30)
    canvas.showPage()
    canvas.save()
    assert pdf.getvalue().startswith(b"%PDF")


@pytest.mark.parametrize("data", [b"", b"not a picture", b"\xff\xd8\xff", b"%PDF-1.7", b"GIF89a" + bytes(20)])
def test_what_is_no_picture_is_refused_with_its_name(data: bytes) -> None:
    with pytest.raises(GenerateError) as caught:
        open_picture(data, "执照.jpg")
    assert "执照.jpg" in caught.value.zh


def test_a_picture_of_too_many_pixels_is_refused_before_decoding() -> None:
    out = io.BytesIO()
    Image.new("1", (9000, 9000)).save(out, "PNG")
    with pytest.raises(GenerateError) as caught:
        open_picture(out.getvalue(), "大图.png")
    assert "9000" in caught.value.zh


def test_a_truncated_jpeg_loses_no_bytes_while_stripping(jpeg: Jpeg) -> None:
    data = strip_jpeg(jpeg())
    for cut in range(2, len(data), 37):
        assert strip_jpeg(data[:cut]) == data[:cut]
