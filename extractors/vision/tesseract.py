"""Tesseract through pytesseract: the second reader, where the first is not installed or a cross-check is wanted.

Its Chinese model knows half of the national character table and not the dot of longer names; what it reads is said
to come from it.
"""

from __future__ import annotations

import functools
import os
import shutil

import cv2

from extractors.errors import ToolFailed, ToolMissing
from extractors.vision.images import Picture
from extractors.vision.lines import Line, Quad, even_line

LANGUAGES = "chi_sim+eng"
_TIMEOUT_SECONDS = 60
_MIN_HEIGHT_PX = 1000
_CONFIDENCE_CAP = 0.7  # Tesseract is often sure of a wrong character


def is_available() -> bool:
    """Whether the program and its Chinese model are installed."""
    return shutil.which("tesseract") is not None and "chi_sim" in _languages()


@functools.lru_cache(maxsize=1)
def _languages() -> frozenset[str]:
    import pytesseract

    try:
        return frozenset(pytesseract.get_languages(config=""))
    except (pytesseract.TesseractError, OSError, RuntimeError):
        return frozenset()


@functools.lru_cache(maxsize=1)
def engine_name() -> str:
    """The engine with its version, for the record of each reading.

    Raises:
        ToolMissing: where Tesseract or its Chinese model is not installed.
    """
    _check_installed()
    import pytesseract

    return f"tesseract {pytesseract.get_tesseract_version()} {LANGUAGES}"


def read_lines(picture: Picture) -> list[Line]:
    """The lines of an upright picture, from top to bottom.

    Raises:
        ToolMissing: where Tesseract or its Chinese model is not installed.
        ToolFailed: where it crashed or ran out of time.
    """
    _check_installed()
    scale = max(1.0, min(2.0, _MIN_HEIGHT_PX / picture.shape[0]))
    enlarged = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    return _lines(_run(cv2.cvtColor(enlarged, cv2.COLOR_BGR2RGB)), scale)


def _check_installed() -> None:
    if not is_available():
        raise ToolMissing(
            "未安装 Tesseract 或其中文模型。请执行：apt install tesseract-ocr tesseract-ocr-chi-sim。",
            "Tesseract or its Chinese model is not installed. Run: apt install tesseract-ocr tesseract-ocr-chi-sim.",
        )


def _run(rgb: Picture) -> dict[str, list[str]]:
    import pytesseract

    # Several threads of one Tesseract on few cores are many times slower than one.
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")
    try:
        data: dict[str, list[str]] = pytesseract.image_to_data(
            rgb, lang=LANGUAGES, config="--psm 11", timeout=_TIMEOUT_SECONDS, output_type=pytesseract.Output.DICT
        )
        data["text"]  # a program that broke may have printed another table, or none
    except (pytesseract.TesseractError, RuntimeError, OSError, ValueError, LookupError) as error:
        raise ToolFailed(
            "Tesseract 处理该图片时崩溃或超时。请换一张图片重试，或重新安装 tesseract-ocr。",
            "Tesseract crashed or ran out of time on this picture. Try another picture, or install tesseract-ocr again.",
        ) from error
    return data


def _lines(data: dict[str, list[str]], scale: float) -> list[Line]:
    words: dict[tuple[int, int, int], list[int]] = {}
    for at, text in enumerate(data["text"]):
        if str(text).strip():
            key = (int(data["block_num"][at]), int(data["par_num"][at]), int(data["line_num"][at]))
            words.setdefault(key, []).append(at)
    lines = [_line(data, places, scale) for _, places in sorted(words.items())]
    return sorted(lines, key=lambda line: (line.middle, line.left))


def _line(data: dict[str, list[str]], places: list[int], scale: float) -> Line:
    lefts, tops = ([float(data[side][i]) / scale for i in places] for side in ("left", "top"))
    rights = [left + float(data["width"][i]) / scale for left, i in zip(lefts, places, strict=True)]
    bottoms = [top + float(data["height"][i]) / scale for top, i in zip(tops, places, strict=True)]
    left, top, right, bottom = min(lefts), min(tops), max(rights), max(bottoms)
    box: Quad = ((left, top), (right, top), (right, bottom), (left, bottom))
    least = min(float(data["conf"][i]) for i in places) / 100
    return even_line(
        "".join(str(data["text"][i]) for i in places), box, "tesseract", max(0.0, min(_CONFIDENCE_CAP, least))
    )
