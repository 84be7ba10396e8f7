"""Fonts for the development set: those the project carries and whatever Chinese fonts Debian has installed.

`BEIANBOX_FONTS` adds folders (separated by colons), so that a set can be drawn with fonts that are not installed.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from fontTools.ttLib import TTCollection, TTFont
from PIL import ImageFont

_PACKAGED = Path(__file__).resolve().parents[2] / "generators" / "fonts"
# Style, file name, index inside a collection.
_KNOWN = (
    ("hei", "NotoSansSC-Regular.ttf", 0),
    ("hei", "wqy-microhei.ttc", 0),
    ("hei", "wqy-zenhei.ttc", 0),
    ("hei", "NotoSansCJK-Regular.ttc", 2),
    ("bold", "NotoSansSC-Bold.ttf", 0),
    ("bold", "NotoSansCJK-Bold.ttc", 2),
    ("song", "NotoSerifSC-Regular.ttf", 0),
    ("song", "uming.ttc", 0),
    ("song", "NotoSerifCJK-Regular.ttc", 2),
    ("kai", "ukai.ttc", 0),
    ("kai", "LXGWWenKai-Regular.ttf", 0),
    ("latin", "LiberationSans-Regular.ttf", 0),
    ("latin", "DejaVuSans.ttf", 0),
    ("zone", "OCRB.otf", 0),
    ("zone", "LiberationMono-Regular.ttf", 0),
    ("zone", "DejaVuSansMono.ttf", 0),
)
_INSTEAD = {"kai": "song", "latin": "hei", "zone": "hei", "bold": "hei"}
FALLBACK = _PACKAGED / "NotoSerifSC-Regular.ttf"


@dataclass(frozen=True, slots=True)
class Face:
    """One font of a style."""

    file: Path
    index: int = 0

    def has(self, character: str) -> bool:
        # Some fonts name characters that they hold no drawing for.
        return (
            ord(character) in _characters(self.file, self.index)
            and self.at(40).getmask(character).getbbox() is not None
        )

    def at(self, size_px: int) -> ImageFont.FreeTypeFont:
        return _loaded(self.file, self.index, size_px)

    def drawing(self, character: str, size_px: int) -> ImageFont.FreeTypeFont:
        """This font, or the packaged one that holds the whole national table."""
        return self.at(size_px) if self.has(character) else _loaded(FALLBACK, 0, size_px)


@cache
def faces(style: str) -> tuple[Face, ...]:
    """All fonts found of a style (`hei`, `bold`, `song`, `kai`, `latin`, `zone`); of a near style where there is none."""
    found = [
        Face(path, index)
        for known, name, index in _KNOWN
        if known == style and (path := _files().get(name)) is not None
    ]
    return tuple(found) or faces(_INSTEAD[style])


def any_face(chance: np.random.Generator) -> Face:
    """A font of any style that Chinese is printed in."""
    options = faces(str(chance.choice(["hei", "song", "kai", "bold"])))
    return options[int(chance.integers(len(options)))]


@cache
def _files() -> dict[str, Path]:
    folders = [
        _PACKAGED,
        Path("/usr/share/fonts"),
        *map(Path, filter(None, os.environ.get("BEIANBOX_FONTS", "").split(":"))),
    ]
    wanted = {name for _, name, _ in _KNOWN}
    return {path.name: path for folder in folders for path in sorted(folder.rglob("*.*")) if path.name in wanted}


@cache
def _characters(file: Path, index: int) -> frozenset[int]:
    font = TTCollection(file).fonts[index] if file.suffix == ".ttc" else TTFont(file)
    return frozenset(font.getBestCmap())


@lru_cache(maxsize=100)  # Chinese fonts are large, and a set needs hundreds of sizes
def _loaded(file: Path, index: int, size_px: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(file, size_px, index=index, layout_engine=ImageFont.Layout.BASIC)
