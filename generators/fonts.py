"""Which font draws which character, and the three settings reportlab needs for Chinese.

Fonts are loaded when first used. A stack is asked character by character, so a rare character in a name falls through
to a font that has it; what no font has is `MissingGlyph`, raised by `check_values` before anything is drawn.
Measured reasons for the settings: pictures must not be re-coded as text (33 times slower), a canvas must not name a
font it does not embed, and characters above U+FFFF must be copied out of the page as they were typed.
"""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from reportlab import rl_config
from reportlab.pdfbase import pdfmetrics, ttfonts

from generators.errors import GenerateError, MissingGlyph

FOLDER = Path(__file__).parent / "fonts"
FILES = {
    "BeianSerif": FOLDER / "NotoSerifSC-Regular.ttf",
    "BeianSans": FOLDER / "NotoSansSC-Regular.ttf",
    "BeianSansBold": FOLDER / "NotoSansSC-Bold.ttf",
}
RARE = "BeianRare"
"""HanaMinB of Debian's fonts-hanazono: every ideograph of the extensions B to F; used only if installed."""
RARE_PATHS = (Path("/usr/share/fonts/truetype/hanazono/HanaMinB.ttf"), Path("/usr/share/fonts/HanaMinB.ttf"))

_BREAKS = frozenset("\n\t")
_lock = threading.RLock()


@dataclass(frozen=True, slots=True)
class FontStack:
    """Fonts in the order they are asked for a character."""

    names: tuple[str, ...]
    _picks: dict[str, tuple[str, float]] = field(default_factory=dict, compare=False, repr=False)

    def pick(self, character: str) -> tuple[str, float]:
        """The font that has the character and its width for size 1; ("", 0) where none has it."""
        found = self._picks.get(character)
        if found is None:
            found = self._picks[character] = self._search(ord(character))
        return found

    def has(self, character: str) -> bool:
        """Whether any font of the stack can draw it."""
        return bool(self.pick(character)[0])

    def _search(self, point: int) -> tuple[str, float]:
        for name in self.names:
            if name == RARE and not rare_path():
                continue
            face = load(name).face
            if point in face.charToGlyph:
                return name, face.getCharWidth(point) / 1000
        return "", 0.0


SERIF = FontStack(("BeianSerif", RARE))
SANS = FontStack(("BeianSans", "BeianSerif", RARE))
BOLD = FontStack(("BeianSansBold", "BeianSerif", RARE))


@cache
def rare_path() -> Path | None:
    """Where the optional font for rare characters lies, if it is installed."""
    return next((path for path in RARE_PATHS if path.is_file()), None)


@cache
def _load(name: str) -> ttfonts.TTFont:
    path = FILES.get(name) or rare_path()
    if path is None or not path.is_file():
        raise GenerateError(
            f"缺少字体文件 {name}（{path}）。请重新安装 beianbox。",
            f"The font file {name} ({path}) is missing. Install beianbox again.",
        )
    font = ttfonts.TTFont(name, str(path), asciiReadable=False)
    # reportlab gives a second font with a known face the first one's settings: ours must not depend on who came before
    pdfmetrics._dynFaceNames.pop(font.face.name, None)
    pdfmetrics.registerFont(font)
    return font


def load(name: str) -> ttfonts.TTFont:
    """The registered font; safe to call from several threads."""
    with _lock:
        return _load(name)


def load_all() -> None:
    """Load our fonts now; each is loaded at its first use otherwise."""
    register()
    for name in FILES:
        load(name)


@cache
def register() -> str:
    """Prepare reportlab for our pages; the answer is the name of the body font. Calling it again costs nothing."""
    with _lock:
        rl_config.useA85 = 0
        ttfonts.makeToUnicodeCMap = make_to_unicode
        load("BeianSerif")
        rl_config.canvas_basefontname = "BeianSerif"
    return "BeianSerif"


def make_to_unicode(fontname: str, subset: list[int]) -> str:
    """The ToUnicode map of a font subset, in UTF-16 as the format wants it, in blocks of at most 100 lines.

    reportlab writes five hex digits for characters above U+FFFF, which readers take for another character.
    """
    rows = [f"<{code:02X}> <{_utf16(point)}>" for code, point in enumerate(subset) if point]
    blocks = [rows[start : start + 100] for start in range(0, len(rows), 100)]
    body = [line for block in blocks for line in (f"{len(block)} beginbfchar", *block, "endbfchar")]
    head = [
        "/CIDInit /ProcSet findresource begin",
        "12 dict begin",
        "begincmap",
        f"/CIDSystemInfo << /Registry ({fontname}) /Ordering ({fontname}) /Supplement 0 >> def",
        f"/CMapName /{fontname} def",
        "/CMapType 2 def",
        "1 begincodespacerange",
        "<00> <FF>",
        "endcodespacerange",
    ]
    return "\n".join([*head, *body, "endcmap", "CMapName currentdict /CMap defineresource pop", "end", "end"])


def _utf16(point: int) -> str:
    return chr(point).encode("utf-16-be").hex().upper()


def check_values(values: Mapping[str, str]) -> None:
    """Raise `MissingGlyph` for the first character that no font has.

    Args:
        values: text by the name of its field; the name is what the message says.
    """
    register()
    for name, value in values.items():
        for character in dict.fromkeys(value):
            if character not in _BREAKS and not SERIF.has(character):
                raise MissingGlyph(name, value, character)


def printable(text: str) -> str:
    """The text with characters that no font has written as their code points: readable, never a box."""
    while True:
        try:
            check_values({"text": text})
        except MissingGlyph as problem:
            text = text.replace(problem.character, f"‹U+{ord(problem.character):04X}›")
        else:
            return text


def clean(text: str) -> str:
    """Text as it is drawn: composed (NFC would change compatibility ideographs, so only marks are), no tabs."""
    return _compose(text).replace("\t", " ").replace("\u00a0", " ").replace("\r\n", "\n").replace("\r", "\n")


def _compose(text: str) -> str:
    if not any(unicodedata.combining(character) for character in text):
        return text
    return unicodedata.normalize("NFC", text)
