"""Makes the table that unsure characters of names are compared with: `python tools/build_glyphs.py`.

Draws the 8,105 characters of the national table (通用规范汉字表) and the others that the reader answers with in the fonts of
`generators/fonts` and in a regular script (楷体), which licences are filled in with, and writes
`extractors/vision/data/glyphs.npz`: one row of numbers for each, no drawing. The numbers are linear discriminants
(Fisher): what differs between characters counts, what differs between pictures of the same character (fonts, blur, shake,
grain, coarse pixels) does not; that is learnt from characters spoilt by chance. Needs Debian's `unicode-data` and
`fonts-lxgw-wenkai` (OFL 1.1). The same fonts and libraries give the same table.
"""

from __future__ import annotations

import sys
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

from extractors.vision import glyphs, models  # noqa: E402
from extractors.vision.ink import STRIP_HEIGHT, darkness  # noqa: E402

TARGET = ROOT / "extractors/vision/data/glyphs.npz"
SERIF = FONTS / "NotoSerifSC-Regular.ttf"  # has the most of the characters
REGULAR_SCRIPT = Path("/usr/share/fonts/truetype/lxgw-wenkai/LXGWWenKai-Regular.ttf")
FACES = (FONTS / "NotoSansSC-Regular.ttf", FONTS / "NotoSansSC-Bold.ttf", SERIF, REGULAR_SCRIPT)
_KEPT = 128
_LEARNT_FROM = 2600  # of the characters, each spoilt twice in each font
_FLOOR = 0.1  # of the mean spread within a character: directions that hardly ever vary must not count for everything
_SEED = 77
_FONT_PX, _CANVAS_PX = 80, 140
_SMALLEST_PX, _LARGEST_PX = 16, 44  # a name's characters on a thumbnail, on a good photograph

Floats = NDArray[np.float32]
Chance = np.random.Generator


def main() -> None:
    """Draws, learns, writes."""
    faces = [ImageFont.truetype(path, _FONT_PX, layout_engine=ImageFont.Layout.BASIC) for path in FACES]
    held = [frozenset(TTFont(path).getBestCmap()) for path in FACES]
    national = sorted(read_table_8105())
    others = sorted(readers_ideographs() & held[FACES.index(SERIF)] - set(national))
    characters = "".join(map(chr, national + others))
    clean = [
        np.stack([feature(drawn(c, face)) for face, points in zip(faces, held, strict=True) if ord(c) in points])
        for c in characters
    ]
    chance = np.random.default_rng(_SEED)
    learnt = chance.permutation(len(national))[:_LEARNT_FROM]
    pictures = np.stack([list(spoilt_features(characters[i], faces, chance)) for i in learnt])
    arrays = table(np.stack([one.mean(axis=0) for one in clean]), np.stack([clean[i] for i in learnt]), pictures)
    np.savez_compressed(TARGET, characters=np.array(characters), national=np.array(len(national)), **arrays)


def readers_ideographs() -> set[int]:
    """The Chinese characters that the reader can answer with."""
    return {
        ord(c) for c in models.alphabet(models.DICTIONARY) if len(c) == 1 and models.is_taught(c) and ord(c) >= 0x3400
    }


def table(means: Floats, learnt: Floats, spoilt: Floats) -> dict[str, NDArray[np.generic]]:
    """The file's arrays: discriminants of the characters' mean drawings, and the projection that gives them.

    Args:
        means: features of the characters, the mean of their clean drawings.
        learnt: features of the clean drawings of those characters that were spoilt too, character by font.
        spoilt: features of those characters spoilt, character by picture.
    """
    whiten = _whitening(np.concatenate([learnt, spoilt], axis=1))
    whitened = (means - means.mean(axis=0)) @ whiten
    _, _, directions = np.linalg.svd(whitened, full_matrices=False)
    basis = whiten @ directions[:_KEPT].T
    rows = (means - means.mean(axis=0)) @ basis
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return {
        "rows": np.clip(np.round(rows * glyphs.SCALE), -127, 127).astype(np.int8),
        "mean": spoilt.mean(axis=(0, 1)).astype(np.float16),
        "basis": basis.astype(np.float32),
    }


def _whitening(pictures: Floats) -> Floats:
    """What makes pictures of the same character differ alike in all directions."""
    apart = (pictures - pictures.mean(axis=1, keepdims=True)).reshape(-1, pictures.shape[-1])
    spread = apart.T @ apart / len(apart)
    spread += _FLOOR * np.trace(spread) / len(spread) * np.eye(len(spread), dtype=np.float32)
    values, vectors = np.linalg.eigh(spread)
    whiten: Floats = vectors / np.sqrt(values)
    return whiten


def feature(ink: Floats) -> Floats:
    """A drawing's feature; every character of the fonts has one."""
    found = glyphs.feature(ink)
    if found is None:
        raise SystemExit("a font has no drawing for a character of the table")
    return found


def drawn(character: str, face: ImageFont.FreeTypeFont) -> Floats:
    """The character in white on black, 0 to 1."""
    image = Image.new("L", (_CANVAS_PX, _CANVAS_PX), 0)
    ImageDraw.Draw(image).text((_CANVAS_PX / 2,) * 2, character, fill=255, font=face, anchor="mm")
    return np.asarray(image, dtype=np.float32) / np.float32(255)


def spoilt_features(character: str, faces: list[ImageFont.FreeTypeFont], chance: Chance) -> Iterator[Floats]:
    """Two features in each font, of the character as bad pictures show it."""
    for face in faces:
        for _ in range(2):
            found = glyphs.feature(spoilt(drawn(character, face), chance))
            yield found if found is not None else feature(drawn(character, face))


def spoilt(ink: Floats, chance: Chance) -> Floats:
    """The drawing photographed: made small, blurred or shaken, grainy, compressed, cut out a little askew."""
    size = chance.uniform(_SMALLEST_PX, _LARGEST_PX)
    small = cv2.resize(ink, None, fx=size / _FONT_PX, fy=size / _FONT_PX, interpolation=cv2.INTER_AREA)
    small = _blurred(small, size, chance)
    small = small + chance.normal(0, chance.uniform(0.01, 0.09), small.shape)
    paper = np.clip((1 - small * 0.8) * 230, 0, 255).astype(np.uint8)
    _, packed = cv2.imencode(".jpg", paper, [cv2.IMWRITE_JPEG_QUALITY, int(chance.integers(25, 92))])
    turned = _askew(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), chance)
    strip = cv2.resize(turned, (STRIP_HEIGHT, STRIP_HEIGHT), interpolation=cv2.INTER_CUBIC)
    return darkness(cv2.cvtColor(strip, cv2.COLOR_GRAY2BGR))


def _blurred(ink: Floats, size: float, chance: Chance) -> Floats:
    kind = chance.random()
    if kind < 0.4:
        return cv2.GaussianBlur(ink, (0, 0), size * chance.uniform(0.02, 0.085))
    if kind > 0.65:
        return ink
    length = max(3, round(size * chance.uniform(0.1, 0.3)))
    kernel = np.zeros((length, length), np.float32)
    kernel[length // 2] = 1
    turn = cv2.getRotationMatrix2D(((length - 1) / 2,) * 2, chance.uniform(0, 180), 1)
    smear = cv2.warpAffine(kernel, turn, (length, length))
    return cv2.filter2D(ink, -1, smear / smear.sum())


def _askew(picture: NDArray[np.uint8], chance: Chance) -> NDArray[np.uint8]:
    height, width = picture.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), chance.uniform(-2, 2), 1)
    matrix[0, 1] += chance.uniform(-0.04, 0.04)
    return cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)


if __name__ == "__main__":
    main()
