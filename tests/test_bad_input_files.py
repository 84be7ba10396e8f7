"""The builders of bad input: each file is broken in the way it says, and the same each time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, UnidentifiedImageError
from pypdf import PdfReader

from samples import bad_input

by_builder = pytest.mark.parametrize("build", bad_input.BUILDERS.values(), ids=bad_input.BUILDERS.keys())


@by_builder
def test_a_builder_makes_the_same_bytes_each_time(build: Callable[[Path], Path], tmp_path: Path) -> None:
    assert _digests(build(tmp_path / "one")) == _digests(build(tmp_path / "two"))


def _digests(path: Path) -> dict[str, str]:
    files = [path] if path.is_file() else sorted(path.rglob("*"))
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def test_the_unreadable_image_is_no_image(tmp_path: Path) -> None:
    with pytest.raises(UnidentifiedImageError):
        Image.open(bad_input.unreadable_image(tmp_path))


def test_the_truncated_jpeg_opens_but_its_end_is_missing(tmp_path: Path) -> None:
    with Image.open(bad_input.truncated_jpeg(tmp_path)) as picture:
        assert picture.size == (800, 600)
        with pytest.raises(OSError, match="truncated"):
            picture.load()


def test_the_locked_pdf_opens_only_with_its_password(tmp_path: Path) -> None:
    reader = PdfReader(bad_input.locked_pdf(tmp_path))
    assert reader.is_encrypted
    assert not reader.decrypt("")
    assert reader.decrypt("open-me")


def test_the_empty_file_has_no_bytes(tmp_path: Path) -> None:
    assert bad_input.empty_file(tmp_path).stat().st_size == 0


def test_the_text_renamed_apk_is_no_zip(tmp_path: Path) -> None:
    path = bad_input.text_as_apk(tmp_path)
    assert path.suffix == ".apk"
    assert not path.read_bytes().startswith(b"PK")


def test_the_giant_png_is_small_on_disk_and_huge_when_opened(tmp_path: Path) -> None:
    path = bad_input.giant_png(tmp_path)
    assert path.stat().st_size < 100_000
    header = path.read_bytes()[16:24]
    assert (int.from_bytes(header[:4]), int.from_bytes(header[4:])) == (20_000, 20_000)


def test_a_png_built_like_the_giant_one_is_sound(tmp_path: Path) -> None:
    path = tmp_path / "small.png"
    path.write_bytes(bad_input.giant_png_bytes(70))
    with Image.open(path) as picture:
        picture.load()
        assert picture.size == (70, 70)


def test_the_empty_folder_is_empty(tmp_path: Path) -> None:
    assert list(bad_input.empty_folder(tmp_path).iterdir()) == []


def test_the_folder_without_a_known_document_holds_sound_files(tmp_path: Path) -> None:
    folder = bad_input.no_known_document(tmp_path)
    assert sorted(path.name for path in folder.iterdir()) == ["holiday.jpg", "shopping.txt"]
    with Image.open(folder / "holiday.jpg") as picture:
        picture.load()


def test_all_bad_inputs_lie_side_by_side_in_one_folder(tmp_path: Path) -> None:
    built = bad_input.build_all(tmp_path)
    assert all(path.exists() and path.parent == tmp_path for path in built.values())
    assert len(set(built.values())) == len(bad_input.BUILDERS) == 8
