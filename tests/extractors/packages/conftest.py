from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from extractors.packages.model import AppPackage
from extractors.packages.read import read_package
from samples import apk_signing, apk_xml

DATA = Path(__file__).resolve().parents[2] / "data" / "packages"


@pytest.fixture(scope="session")
def facts() -> dict[str, Any]:
    """What apksigner and openssl said about the committed packages."""
    found: dict[str, Any] = json.loads((DATA / "facts.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="session")
def icon_png() -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", (144, 144), (10, 90, 200, 255)).save(out, "PNG")
    return out.getvalue()


@pytest.fixture(scope="session")
def release_key() -> apk_signing.SigningKey:
    return apk_signing.load_key("specimen_release")


@pytest.fixture(scope="session")
def old_key() -> apk_signing.SigningKey:
    return apk_signing.load_key("specimen_old", "Specimen Old")


@pytest.fixture(scope="session")
def app_files() -> dict[str, bytes]:
    """Manifest and resources of a small app, to be signed or spoilt by a test."""
    package = "com.example.specimen"
    return {
        "AndroidManifest.xml": apk_xml.manifest_xml(package, "1.2", 12, 21, 29, has_icon=False),
        "resources.arsc": apk_xml.resource_table(package, ["Specimen"] * 2, ["样例"] * 2, has_icon=False),
    }


@pytest.fixture
def read(tmp_path: Path) -> Callable[[bytes], AppPackage]:
    """Reads bytes as a file of their own."""

    def read_bytes(data: bytes) -> AppPackage:
        path = tmp_path / "应用 1.apk"
        path.write_bytes(data)
        return read_package(path)

    return read_bytes
