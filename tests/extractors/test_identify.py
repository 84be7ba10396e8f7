"""What a file is, by content; and what is refused before any reader sees it."""

from __future__ import annotations

import io
import os
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from PIL import Image

from extractors.errors import Empty, ExtractError, Incomplete, TooLarge, Unreadable, Unsupported
from extractors.identify import FileKind, identify


def picture(form: str, **options: object) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (64, 40), (200, 120, 40)).save(stream, form, **options)  # type: ignore[arg-type]
    return stream.getvalue()


def archive(*names: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        for name in names:
            file.writestr(zipfile.ZipInfo(name), "x")  # a fixed time: the bytes are part of test names
    return stream.getvalue()


def put(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
CERTIFICATE = b"0\x82\x03\x000\x82\x02\x00\xa0\x03\x02\x01\x02\x02\x01\x01" + b"\0" * 40
PKCS12 = b"0\x82\x03\x00\x02\x01\x030\x82" + b"\0" * 40


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.jpg", picture("JPEG"), FileKind.JPEG),
        ("a.png", picture("JPEG"), FileKind.JPEG),
        ("no suffix", picture("PNG"), FileKind.PNG),
        ("a.bmp", picture("BMP"), FileKind.BMP),
        ("a.gif", picture("GIF"), FileKind.GIF),
        ("a.tif", picture("TIFF"), FileKind.TIFF),
        ("a.webp", picture("WEBP"), FileKind.WEBP),
        ("a.pdf", PDF, FileKind.PDF),
        ("a.apk", archive("AndroidManifest.xml", "classes.dex"), FileKind.APP_PACKAGE),
        ("a.aab", archive("BundleConfig.pb", "base/manifest/AndroidManifest.xml"), FileKind.APP_PACKAGE),
        ("a.xapk", archive("manifest.json", "com.example.apk"), FileKind.APP_PACKAGE),
        ("a.hap", archive("module.json", "ets/modules.abc"), FileKind.APP_PACKAGE),
        ("a.app", archive("pack.info", "entry-default.hap"), FileKind.APP_PACKAGE),
        ("a.ipa", archive("Payload/Demo.app/Info.plist"), FileKind.APP_PACKAGE),
        ("a.docx", archive("[Content_Types].xml", "word/document.xml"), FileKind.OTHER),
        ("a.zip", archive("身份证.jpg"), FileKind.ZIP),
        ("a.cer", CERTIFICATE, FileKind.CERTIFICATE),
        ("a.pem", b"-----BEGIN CERTIFICATE-----\nMII\n", FileKind.CERTIFICATE),
        ("a.jks", b"\xfe\xed\xfe\xed" + b"\0" * 20, FileKind.KEYSTORE),
        ("a.p12", PKCS12, FileKind.KEYSTORE),
        ("filing.yaml", b"entity: {}\n", FileKind.FILING_YAML),
        ("FILING.YML", b"entity: {}\n", FileKind.FILING_YAML),
        ("notes.txt", "说明".encode(), FileKind.OTHER),
    ],
)
def test_the_content_decides_what_a_file_is(tmp_path: Path, name: str, data: bytes, kind: FileKind) -> None:
    assert identify(put(tmp_path, name, data)) is kind


JPEG_WITH_PREVIEW = picture("JPEG")[:2] + b"\xff\xe1\x00\x08ab\xff\xd9cd"[:10] + picture("JPEG")[2:]


@pytest.mark.parametrize(
    ("name", "data", "error", "word"),
    [
        ("a.jpg", b"", Empty, "0 字节"),
        ("a.apk", b"", Empty, "0 字节"),
        ("a.jpg", picture("JPEG")[:-30], Incomplete, "结尾缺失"),
        ("a.jpg", JPEG_WITH_PREVIEW[:-30], Incomplete, "结尾缺失"),
        ("a.png", picture("PNG")[:-8], Incomplete, "结尾缺失"),
        ("a.pdf", PDF[:20], Incomplete, "结尾缺失"),
        ("a.apk", archive("AndroidManifest.xml")[:60], Incomplete, "结尾缺失"),
        ("a.apk", b"hello\n", Unreadable, "文本"),
        ("a.jpg", b"<!DOCTYPE html><html></html>", Unreadable, "网页"),
        ("a.pdf", b"<html></html>", Unreadable, "网页"),
        ("a.jpg", bytes(range(1, 256)), Unreadable, "损坏"),
        ("a.heic", b"\0\0\0\x18ftypheic" + b"\0" * 20, Unsupported, "JPG"),
    ],
)
def test_what_cannot_be_read_is_refused_with_advice(
    tmp_path: Path, name: str, data: bytes, error: type[ExtractError], word: str
) -> None:
    with pytest.raises(error) as refusal:
        identify(put(tmp_path, name, data))
    assert word in refusal.value.zh
    assert refusal.value.en


def test_a_whole_jpeg_with_bytes_after_its_end_is_complete(tmp_path: Path) -> None:
    """Phones append a short film to a motion photo."""
    assert identify(put(tmp_path, "motion.jpg", picture("JPEG") + b"\0" * 100_000)) is FileKind.JPEG


def test_a_link_and_a_folder_are_not_followed(tmp_path: Path) -> None:
    real = put(tmp_path, "a.jpg", picture("JPEG"))
    (tmp_path / "link.jpg").symlink_to(real)
    for path in (tmp_path / "link.jpg", tmp_path):
        with pytest.raises(Unsupported):
            identify(path)


def test_a_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    with pytest.raises(Unsupported):
        identify(tmp_path / "pipe.jpg")


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(Unreadable):
        identify(tmp_path / "gone.jpg")


def test_a_picture_of_too_many_bytes_is_refused(tmp_path: Path) -> None:
    path = put(tmp_path, "a.jpg", picture("JPEG"))
    os.truncate(path, 61 * 1024 * 1024)
    with pytest.raises(TooLarge):
        identify(path)


def test_a_zip_that_promises_a_giant_directory_is_refused(tmp_path: Path) -> None:
    data = bytearray(archive("a"))
    at = data.rfind(b"PK\x05\x06")
    data[at + 12 : at + 16] = struct.pack("<I", 0x7FFFFFFF)
    with pytest.raises(TooLarge):
        identify(put(tmp_path, "a.zip", bytes(data)))


@pytest.mark.parametrize("seed", range(40))
def test_bytes_cut_or_changed_anywhere_give_a_kind_or_a_clear_refusal(tmp_path: Path, seed: int) -> None:
    samples = (
        picture("JPEG"),
        picture("PNG"),
        archive("AndroidManifest.xml", "a"),
        PDF,
        picture("WEBP"),
        picture("BMP"),
        picture("GIF"),
    )
    data = bytearray(samples[seed % len(samples)])
    data[(seed * 7919) % len(data)] ^= 0xFF
    path = put(tmp_path, "a.bin", bytes(data[: max(1, len(data) - seed * 3)]))
    try:
        assert identify(path) in FileKind
    except ExtractError as refusal:
        assert refusal.zh
        assert refusal.en


def test_crc_is_not_trusted_for_the_end_of_a_png(tmp_path: Path) -> None:
    chunk = b"IHDR" + struct.pack(">IIBBBBB", 5, 5, 8, 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    with pytest.raises(Incomplete):
        identify(put(tmp_path, "a.png", data))
