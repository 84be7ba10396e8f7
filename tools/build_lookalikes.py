"""Writes down what the reader answers with for characters it cannot read: `python tools/build_lookalikes.py`.

Draws each character of the national table (通用规范汉字表) that the reader cannot answer with in the fonts of
`generators/fonts`, within a name or alone, sharp and less so, has the reader read it and writes
`extractors/vision/data/lookalikes.txt`. Needs Debian's `unicode-data` and the reading models; half a minute.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from fontTools.ttLib import TTFont
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

from build_fonts import FONTS, read_table_8105  # noqa: E402

from extractors.vision import models, ocr  # noqa: E402
from extractors.vision.lines import even_line  # noqa: E402

TARGET = ROOT / "extractors/vision/data/lookalikes.txt"
FACES = ("NotoSansSC-Regular.ttf", "NotoSansSC-Bold.ttf", "NotoSerifSC-Regular.ttf")
WORDS = ("王{}明", "李{}", "张子{}", "京{}远科技")
SHARPNESS = ((36, 0.0), (24, 0.04), (18, 0.05), (28, 0.07))
"""For each of the words: the characters' size in pixels, and the blur as a share of it."""
_LEAST = 0.05
_DRAWN_PX, _MARGIN_PX = 64, 16
_HEAD = (
    "# A character; what the reader answers with where it is printed, each with its mean probability in hundredths.\n"
)


def main() -> None:
    """Draws, reads, writes."""
    faces = [ImageFont.truetype(FONTS / name, _DRAWN_PX, layout_engine=ImageFont.Layout.BASIC) for name in FACES]
    held = [frozenset(TTFont(FONTS / name).getBestCmap()) for name in FACES]
    rows = []
    for point in sorted(read_table_8105()):
        if not models.is_taught(chr(point)):
            usable = [face for face, points in zip(faces, held, strict=True) if point in points]
            rows.append(row(chr(point), usable))
    TARGET.write_text(_HEAD + "".join(rows), encoding="utf-8")


def row(character: str, faces: list[ImageFont.FreeTypeFont]) -> str:
    """The character's row of the file."""
    found = list(answers(character, faces))
    total: Counter[str] = Counter()
    for one in found:
        total.update(one)
    means = {answer: weight / len(found) for answer, weight in total.most_common()}
    kept = [f"{answer}{mean * 100:.0f}" for answer, mean in means.items() if mean >= _LEAST]
    return " ".join([character, *kept]) + "\n"


def answers(character: str, faces: list[ImageFont.FreeTypeFont]) -> Iterator[dict[str, float]]:
    """What the reader finds likely in each drawing of it."""
    ideographs = "".join(c for c in models.alphabet(models.DICTIONARY) if len(c) == 1 and ord(c) >= 0x3400)
    for face in faces:
        for words, (size, blur) in zip(WORDS, SHARPNESS, strict=True):
            picture = drawn(words.format(character), face, size, blur)
            height, width = picture.shape[:2]
            box = ((0.0, 0.0), (float(width), 0.0), (float(width), float(height)), (0.0, float(height)))
            line = even_line(words.format(character), box, "ocr")
            chances = np.exp(ocr.log_chances(picture, line, ideographs)[words.index("{")])
            yield {ideographs[at]: float(chances[at]) for at in np.flatnonzero(chances > _LEAST)}


def drawn(text: str, face: ImageFont.FreeTypeFont, size: float, blur: float) -> NDArray[np.uint8]:
    """The text in dark grey on light grey, its characters so many pixels high."""
    image = Image.new("L", (_DRAWN_PX * len(text) + 2 * _MARGIN_PX, _DRAWN_PX + 2 * _MARGIN_PX), 235)
    ImageDraw.Draw(image).text((_MARGIN_PX, image.height / 2), text, fill=30, font=face, anchor="lm")
    scale = size / _DRAWN_PX
    small = cv2.resize(np.asarray(image), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(small, (0, 0), blur * size) if blur else small
    return cv2.cvtColor(soft, cv2.COLOR_GRAY2BGR)


if __name__ == "__main__":
    main()
