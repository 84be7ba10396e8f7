"""What a file is, by its content: first bytes, the members of a zip, and whether its end is there.

The name is only a hint: it tells a text file from `filing.yaml`, and lets a web page saved as `app.apk` be refused
instead of ignored. Links, devices and folders are refused; nothing is unpacked.
"""

from __future__ import annotations

import os
import re
import stat
import struct
import zipfile
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from extractors import limits
from extractors.errors import ArchiveKind, Empty, Incomplete, Unreadable, Unsupported


class FileKind(StrEnum):
    """What a file is."""

    JPEG = "jpeg"
    PNG = "png"
    BMP = "bmp"
    GIF = "gif"
    TIFF = "tiff"
    WEBP = "webp"
    PDF = "pdf"
    APP_PACKAGE = "app_package"
    CERTIFICATE = "certificate"
    KEYSTORE = "keystore"
    ZIP = "zip"
    WORKBOOK = "workbook"
    FILING_YAML = "filing_yaml"
    OTHER = "other"

    @property
    def is_picture(self) -> bool:
        """Whether the file is one picture."""
        return self in PICTURES

    @property
    def is_document(self) -> bool:
        """Whether `extractors.documents` reads it."""
        return self in PICTURES or self is FileKind.PDF


PICTURES = frozenset({FileKind.JPEG, FileKind.PNG, FileKind.BMP, FileKind.GIF, FileKind.TIFF, FileKind.WEBP})

_PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".heic", ".heif"})
_PACKAGE_SUFFIXES = frozenset({".apk", ".apks", ".xapk", ".apkm", ".aab", ".hap", ".hsp", ".app", ".ipa"})
_ZIP_SUFFIXES = frozenset({".zip", ".docx", ".xlsx", ".pptx"})
_HEAD_BYTES = 4096
_TAIL_BYTES = 66_000  # a zip's end record and its longest comment
_MAX_DIRECTORY_BYTES = 64 * limits.MEBIBYTE
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis")
_PKCS12_START = re.compile(rb"0[\x80-\x84].{0,4}?\x02\x01\x030", re.DOTALL)
_CMS_START = re.compile(rb"0[\x80-\x84].{0,4}?\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", re.DOTALL)
_X509_START = re.compile(rb"0\x82..0\x82..(\xa0\x03\x02\x01[\x00-\x02])?\x02", re.DOTALL)


def identify(path: Path) -> FileKind:
    """Says what the file is.

    Raises:
        ExtractError: for what no reader should be given: not a regular file, empty, cut off, over a size limit, a
            picture format that is not read, or a content that is not what the name promises.
    """
    size = _regular_size(path)
    if size == 0:
        raise Empty(
            "文件是空的（0 字节）。请重新复制或下载该文件。",
            "The file is empty (0 bytes). Copy or download it again.",
        )
    with _open_without_following(path) as stream:
        head = stream.read(_HEAD_BYTES)
        kind = _kind_of(head, path)
        _check_size(kind, size)
        if kind is FileKind.ZIP:
            _check_zip_end(stream, size)
            return _kind_of_zip(stream)
        _check_end(kind, stream, size)
    return kind


def _regular_size(path: Path) -> int:
    try:
        status = path.lstat()
    except OSError as error:
        raise Unreadable(
            f"无法访问文件：{error.strerror}。请检查文件是否存在以及读取权限。",
            f"The file cannot be reached: {error.strerror}. Check that it exists and may be read.",
        ) from error
    if not stat.S_ISREG(status.st_mode):
        raise Unsupported(
            "不是普通文件（链接、设备或文件夹），未读取。请放入文件本身。",
            "Not a regular file (a link, device or folder), so it was not read. Put the file itself here.",
        )
    return status.st_size


def _open_without_following(path: Path) -> BinaryIO:
    try:
        # O_NONBLOCK: a pipe put in the file's place after lstat must not make the reader wait for ever.
        return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb")
    except OSError as error:
        raise Unreadable(
            f"无法打开文件：{error.strerror}。请检查读取权限。",
            f"The file cannot be opened: {error.strerror}. Check that it may be read.",
        ) from error


def _kind_of(head: bytes, path: Path) -> FileKind:
    suffix = path.suffix.lower()
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS:
        raise Unsupported(
            "HEIC/AVIF 图片暂不支持。请在手机相机设置中选择“兼容性最佳”，或导出为 JPG 后重新放入。",
            "HEIC/AVIF pictures are not read. Choose 'Most Compatible' in the phone's camera settings, or export it as JPG.",
        )
    _refuse_other_archives(head)
    return (
        _kind_of_picture(head)
        or _kind_of_container(head)
        or _kind_of_key_material(head, suffix)
        or _kind_of_rest(head, path, suffix)
    )


def _refuse_other_archives(head: bytes) -> None:
    """Refuses archives that are not ZIP: their papers would go unread without a word."""
    starts = (
        (b"Rar!\x1a\x07", "RAR"),
        (b"7z\xbc\xaf\x27\x1c", "7z"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"MSCF\0\0\0\0", "CAB"),
    )
    name = next((name for start, name in starts if head.startswith(start)), "tar" if head[257:262] == b"ustar" else "")
    if name:
        raise ArchiveKind(
            f"{name} 压缩包不能打开，其中的材料没有读取。请解压后把文件直接放入文件夹，或重新打包为 ZIP。",
            f"Archives of the kind {name} are not opened; what is in it was not read. Unpack it into the folder, "
            "or pack it as ZIP.",
        )


def _kind_of_picture(head: bytes) -> FileKind | None:
    starts = (
        (b"\xff\xd8\xff", FileKind.JPEG),
        (b"\x89PNG\r\n\x1a\n", FileKind.PNG),
        (b"GIF87a", FileKind.GIF),
        (b"GIF89a", FileKind.GIF),
        (b"II*\x00", FileKind.TIFF),
        (b"MM\x00*", FileKind.TIFF),
    )
    for start, kind in starts:
        if head.startswith(start):
            return kind
    if (
        head[:2] == b"BM"
        and len(head) >= 26
        and head[14:18] in (b"\x0c\0\0\0", b"\x28\0\0\0", b"\x6c\0\0\0", b"\x7c\0\0\0")
    ):
        return FileKind.BMP
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return FileKind.WEBP
    return None


def _kind_of_container(head: bytes) -> FileKind | None:
    if b"%PDF-" in head[:1024]:
        return FileKind.PDF
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return FileKind.ZIP
    return None


def _kind_of_key_material(head: bytes, suffix: str) -> FileKind | None:
    if head.startswith((b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce")) or _PKCS12_START.match(head):
        return FileKind.KEYSTORE
    if suffix == ".bks" and head[:4] in (b"\0\0\0\x01", b"\0\0\0\x02"):
        return FileKind.KEYSTORE
    if b"-----BEGIN CERTIFICATE" in head or b"-----BEGIN PKCS7" in head:
        return FileKind.CERTIFICATE
    if _X509_START.match(head) or _CMS_START.match(head):
        return FileKind.CERTIFICATE
    return None


def _kind_of_rest(head: bytes, path: Path, suffix: str) -> FileKind:
    promised = _promise(suffix)
    if promised:
        raise _not_what_it_claims(head, *promised)
    if path.name.lower() in ("filing.yaml", "filing.yml"):
        return FileKind.FILING_YAML
    return FileKind.OTHER


def _promise(suffix: str) -> tuple[str, str] | None:
    if suffix in _PICTURE_SUFFIXES:
        return f"图片（{suffix}）", f"a picture ({suffix})"
    if suffix in _PACKAGE_SUFFIXES:
        return f"应用安装包（{suffix}）", f"an app package ({suffix})"
    if suffix == ".pdf":
        return "PDF 文件", "a PDF"
    if suffix in _ZIP_SUFFIXES:
        return f"压缩格式文件（{suffix}）", f"a zip file ({suffix})"
    return None


def _not_what_it_claims(head: bytes, zh: str, en: str) -> Unreadable:
    if _is_html(head):
        return Unreadable(
            f"文件名说是{zh}，内容却是网页：多半是下载失败时存下的提示页。请重新下载原文件。",
            f"The name says {en}, but the content is a web page, most likely saved by a failed download. Download it again.",
        )
    if _is_text(head):
        return Unreadable(
            f"文件名说是{zh}，内容却是文本：只改后缀名不会改变文件类型。请提供原文件。",
            f"The name says {en}, but the content is plain text: renaming does not change a file's type. Supply the original.",
        )
    return Unreadable(
        f"文件名说是{zh}，内容却不是：文件已损坏或格式不符。请重新导出或下载。",
        f"The name says {en}, but the content is not: damaged or of another format. Export or download it again.",
    )


def _is_html(head: bytes) -> bool:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:512].lower()
    return start.startswith((b"<!doctype html", b"<html", b"<head", b"<?xml")) or b"<html" in start


def _is_text(head: bytes) -> bool:
    return b"\0" not in head and sum(byte < 9 or 13 < byte < 32 for byte in head) == 0


def _check_size(kind: FileKind, size: int) -> None:
    if kind.is_picture:
        limits.check_bytes(size, limits.MAX_PICTURE_BYTES)
    elif kind is FileKind.PDF:
        limits.check_bytes(size, limits.MAX_PDF_BYTES)
    elif kind is FileKind.ZIP:
        limits.check_bytes(size, limits.MAX_PACKAGE_BYTES)
    elif kind in (FileKind.CERTIFICATE, FileKind.KEYSTORE, FileKind.FILING_YAML):
        limits.check_bytes(size, limits.MAX_SMALL_BYTES)


def _check_end(kind: FileKind, stream: BinaryIO, size: int) -> None:
    """Refuses a file whose end is missing; only kinds with a recognisable end are judged."""
    stream.seek(0)
    if kind.is_picture:
        check_picture_end(kind, stream.read())
    elif kind is FileKind.PDF:
        stream.seek(max(0, size - 4096))
        if b"%%EOF" not in stream.read():
            raise _cut_off("PDF", "PDF")


def check_picture_end(kind: FileKind, data: bytes) -> None:
    """Refuses a picture that stops before its end mark (a broken copy or download)."""
    complete = True
    if kind is FileKind.JPEG:
        complete = _jpeg_is_complete(data)
    elif kind is FileKind.PNG:
        complete = _png_is_complete(data)
    elif kind is FileKind.GIF:
        complete = b";" in data[-64:]
    elif kind is FileKind.WEBP:
        complete = struct.unpack("<I", data[4:8])[0] + 8 <= len(data) + 1
    elif kind is FileKind.BMP:
        complete = struct.unpack("<I", data[2:6])[0] <= len(data)
    if not complete:
        raise _cut_off(f"{kind.value.upper()} 图片", f"{kind.value.upper()} picture")


def _jpeg_is_complete(data: bytes) -> bool:
    """Walks the segments to the first scan; the preview inside EXIF has an end mark of its own that must not count."""
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            return False
        marker = data[at + 1]
        if marker == 0xDA:
            return data.find(b"\xff\xd9", at) != -1
        at += 1 if marker == 0xFF else 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return False


def _png_is_complete(data: bytes) -> bool:
    at = 8
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        if data[at + 4 : at + 8] == b"IEND":
            return True
        at += 12 + length
    return False


def _cut_off(zh: str, en: str) -> Incomplete:
    return Incomplete(
        f"{zh}不完整：文件结尾缺失，多半是复制或下载中断。请重新复制或下载原文件。",
        f"The {en} is incomplete: its end is missing, most likely a broken copy or download. Copy or download it again.",
    )


def _check_zip_end(stream: BinaryIO, size: int) -> None:
    stream.seek(max(0, size - _TAIL_BYTES))
    tail = stream.read()
    at = tail.rfind(b"PK\x05\x06")
    if at == -1 or len(tail) < at + 22:
        raise _cut_off("压缩包/安装包", "archive or app package")
    limits.check_bytes(int.from_bytes(tail[at + 12 : at + 16], "little"), _MAX_DIRECTORY_BYTES)


def _kind_of_zip(stream: BinaryIO) -> FileKind:
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError, struct.error, OSError) as error:
        raise Unreadable(
            "压缩包/安装包的目录已损坏，无法读取。请重新下载原文件。",
            "The directory of the archive or app package is damaged. Download the original again.",
        ) from error
    if _is_app(names):
        return FileKind.APP_PACKAGE
    if "[Content_Types].xml" in names:
        return FileKind.WORKBOOK if "xl/workbook.xml" in names else FileKind.OTHER
    return FileKind.ZIP


def _is_app(names: list[str]) -> bool:
    present = set(names)
    if present & {"AndroidManifest.xml", "base/manifest/AndroidManifest.xml", "module.json", "pack.info", "toc.pb"}:
        return True
    if "config.json" in present and any(n.startswith(("ets/", "assets/js/", "assets/")) for n in names):
        return True
    if any(re.match(r"Payload/[^/]+\.app/", n) for n in names):
        return True
    inner = [n for n in names if "/" not in n and n.endswith((".apk", ".hap"))]
    return bool(inner) and ("manifest.json" in present or "info.json" in present or "base.apk" in present)
