"""A fictional filing, and helpers that read a finished page as a person or a program would."""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pypdf
import pypdfium2
import pytest
from PIL import Image

from samples import form_specimens

NAMES = ("欧阳𬭎", "王㛃", "李䶮", "张𫖯", "买买提·艾力")


@pytest.fixture
def filing() -> dict[str, Any]:
    """An enterprise in Guangdong with one website and one APP on three platforms; two persons in charge."""
    return form_specimens.unit()


@pytest.fixture
def individual() -> dict[str, Any]:
    """A natural person in Guangdong with one website."""
    return form_specimens.individual()


def read_text(pdf: bytes) -> str:
    """All text as pypdf gives it, without white space."""
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    return squeeze("".join(page.extract_text() for page in reader.pages))


def squeeze(text: str) -> str:
    """Text without white space, so that line ends do not count."""
    return "".join(text.split())


def readers(pdf: bytes, folder: Path) -> Iterator[tuple[str, str]]:
    """What three programs read on the pages, without white space."""
    yield "pypdf", squeeze("".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages))
    document = pypdfium2.PdfDocument(pdf)
    yield "pdfium", squeeze("".join(page.get_textpage().get_text_range() for page in document))
    document.close()
    if program := shutil.which("pdftotext"):
        (folder / "form.pdf").write_bytes(pdf)
        command = [program, "-raw", str(folder / "form.pdf"), "-"]
        yield "poppler", squeeze(subprocess.run(command, capture_output=True, check=True).stdout.decode())


@pytest.fixture
def text_of() -> Callable[[bytes], str]:
    """`read_text` as a fixture."""
    return read_text


@pytest.fixture
def poppler_words(tmp_path: Path) -> Callable[[bytes], str]:
    """All text as pdftotext gives it, with its blanks."""
    program = shutil.which("pdftotext")
    if program is None:
        pytest.skip("poppler-utils is not installed")

    def read(pdf: bytes) -> str:
        source = tmp_path / "page.pdf"
        source.write_bytes(pdf)
        done = subprocess.run([program, str(source), "-"], capture_output=True, check=True, timeout=60)
        return done.stdout.decode("utf-8")

    return read


@pytest.fixture
def poppler_text(poppler_words: Callable[[bytes], str]) -> Callable[[bytes], str]:
    """All text as pdftotext gives it, without white space."""
    return lambda pdf: squeeze(poppler_words(pdf))


@pytest.fixture
def jpeg() -> Callable[..., bytes]:
    """Make a JPEG: white with a black upper left quarter, with EXIF and a comment."""

    def make(width: int = 300, height: int = 200, orientation: int = 1) -> bytes:
        image = Image.new("RGB", (width, height), "white")
        image.paste((0, 0, 0), (0, 0, width // 2, height // 2))
        exif = Image.Exif()
        exif[0x0112] = orientation
        exif[0x010F] = "SECRETCAMERA"
        out = io.BytesIO()
        image.save(out, "JPEG", exif=exif, comment=b"SECRETCOMMENT", quality=90)
        return out.getvalue()

    return make


def fonts_without_file(pdf: bytes) -> list[str]:
    """Names of fonts that are used or named and not embedded."""
    bare = []
    for page in pypdf.PdfReader(io.BytesIO(pdf)).pages:
        for font in page["/Resources"].get("/Font", {}).values():
            entry = font.get_object()
            descriptor = entry.get("/FontDescriptor")
            if descriptor is None or "/FontFile2" not in descriptor.get_object():
                bare.append(str(entry.get("/BaseFont")))
    return bare


@pytest.fixture
def bare_fonts() -> Callable[[bytes], list[str]]:
    """`fonts_without_file` as a fixture."""
    return fonts_without_file
