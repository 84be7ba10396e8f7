"""A fictional filing, and helpers that read a finished page as a person or a program would."""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pypdf
import pytest
from PIL import Image

NAMES = ("欧阳𬭎", "王㛃", "李䶮", "张𫖯", "买买提·艾力")
MODULUS = "".join(str((number * 7 + 3) % 10) for number in range(617))


@pytest.fixture
def filing() -> dict[str, Any]:
    """An enterprise in Guangdong with one website and one APP on three platforms; two persons in charge."""
    fingerprints = {"md5": "ab" * 16, "sha1": "cd" * 20, "sha256": "ef" * 32}
    return {
        "operation": "first_filing",
        "province": "广东",
        "provider": "huawei",
        "submit_date": "2026-11-22",
        "entity": {
            "name": "深圳市云帆网络科技有限公司",
            "nature": "enterprise",
            "nature_zh": "企业",
            "certificate": {
                "type": "business_licence",
                "type_zh": "营业执照",
                "number": "91440300MA5EXAMP1E",
                "address": "深圳市南山区科技南十二路100号云帆大厦A座18层1801室",
                "valid_to": "长期",
            },
            "legal_person": {"name": "李䶮", "certificate": {"number": "440304198003071234"}},
            "mail_address": "广东省深圳市南山区科技南十二路100号云帆大厦A座18层1801室",
        },
        "entity_person": {
            "name": "欧阳𬭎",
            "certificate": {"type_zh": "居民身份证", "number": "440304199003071234", "valid_to": "2039-01-01"},
            "mobile": "13800000001",
            "email": "ouyang@yunfan-example.com.cn",
        },
        "service_person": {
            "name": "买买提·艾力㛃",
            "certificate": {"type_zh": "居民身份证", "number": "650102199203072233"},
            "mobile": "13700000003",
        },
        "websites": [
            {
                "name": "云帆网络科技",
                "domains": [{"name": "yunfan-example.com.cn", "owner": "深圳市云帆网络科技有限公司"}],
                "home_urls": ["www.yunfan-example.com.cn"],
                "ips": ["203.0.113.10"],
                "content_types": ["单位门户网站"],
            }
        ],
        "apps": [
            {
                "name": "云帆随行",
                "domains": [{"name": "api.yunfan-example.com.cn"}],
                "platforms": [
                    {"platform": "android", "package_name": "cn.yunfan.app", "public_key": MODULUS, **fingerprints},
                    {"platform": "ios", "package_name": "cn.yunfan.ios", "public_key": "3082" * 40, **fingerprints},
                    {"platform": "harmony", "package_name": "cn.yunfan.harmony"},
                ],
                "sdk_use": True,
                "sdk_provide": False,
            }
        ],
    }


@pytest.fixture
def individual() -> dict[str, Any]:
    """A natural person in Guangdong with one website."""
    certificate = {"type_zh": "居民身份证", "number": "440304199003071234"}
    return {
        "operation": "first_filing",
        "province": "广东",
        "submit_date": "2026-11-22",
        "entity": {"name": "王㛃", "nature": "individual", "nature_zh": "个人", "certificate": certificate},
        "entity_person": {"name": "王㛃", "certificate": certificate, "mobile": "13800000001"},
        "service_person": {"name": "王㛃", "certificate": certificate, "mobile": "13800000001"},
        "websites": [{"name": "王某的学习笔记", "domains": [{"name": "example.cn"}]}],
    }


def read_text(pdf: bytes) -> str:
    """All text as pypdf gives it, without white space."""
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    return squeeze("".join(page.extract_text() for page in reader.pages))


def squeeze(text: str) -> str:
    """Text without white space, so that line ends do not count."""
    return "".join(text.split())


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
