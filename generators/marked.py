"""A picture with what was read from it drawn over it: a box round each value, the value and how sure it is.

For people who want to see why the reader said what it said; the picture itself stays recognisable below.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from PIL import Image, ImageDraw, ImageFont

from generators.fonts import FOLDER
from generators.linebreak import Atom, break_lines, classify

COLOURS = {"ok": (22, 130, 62), "repaired": (196, 110, 0), "unsure": (200, 30, 30)}
_FONT = FOLDER / "NotoSansSC-Regular.ttf"
_WIDER_FONT = FOLDER / "NotoSerifSC-Regular.ttf"
_MARGIN_SHARE = 0.42  # the strip beside the picture, where values stand that have no box too
_LONGEST_PX = 2400
# Heights in letters: of the heading, of a value's name and each of its lines, of the blank below.
_HEADING, _NAME, _LINE, _GAP = 3.6, 1.2, 1.4, 0.8


@dataclass(frozen=True, slots=True)
class Mark:
    """One value: its name, text, confidence (0 to 1), state (`ok`, `repaired`, `unsure`, `missing`) and corners on the picture."""

    name: str
    text: str
    confidence: float
    state: str
    box: Sequence[tuple[float, float]] = ()


def draw_marks(picture: bytes, marks: Sequence[Mark], heading: str = "") -> bytes:
    """PNG of the picture with numbered boxes, and beside it the heading and the numbered values in the same colours."""
    with Image.open(io.BytesIO(picture)) as opened:
        shown = opened.convert("RGB")
    scale = min(1.0, _LONGEST_PX / max(shown.size))
    if scale < 1:
        shown = shown.resize((round(shown.width * scale), round(shown.height * scale)), Image.Resampling.LANCZOS)
    size = max(14, round(max(shown.size) / 75))
    strip = max(round(shown.width * _MARGIN_SHARE), 26 * size)
    texts = [_wrapped(mark.text, size, strip - 2 * size) for mark in marks]
    rows = [_NAME + _LINE * len(text) + _GAP for text in texts]
    tops = [round(size * row) for row in accumulate(rows, initial=_HEADING)]
    height = max(shown.height, tops[-1])
    sheet = Image.new("RGB", (shown.width + strip, height), (255, 255, 255))
    sheet.paste(shown, (0, 0))
    pen = ImageDraw.Draw(sheet)
    for row, words in enumerate(heading.splitlines()):
        _write(pen, shown.width + size, round(size * (0.5 + row * 1.3)), words, round(size * 0.8), (30, 30, 30))
    for number, (mark, text, top) in enumerate(zip(marks, texts, tops, strict=False), 1):
        _draw_mark(pen, mark, number, scale, size)
        _draw_entry(pen, mark, text, number, (shown.width + size, top), size)
    buffer = io.BytesIO()
    sheet.save(buffer, "PNG")
    return buffer.getvalue()


def _draw_mark(pen: ImageDraw.ImageDraw, mark: Mark, number: int, scale: float, size: int) -> None:
    if not mark.box:
        return
    corners = [(x * scale, y * scale) for x, y in mark.box]
    colour = COLOURS.get(mark.state, COLOURS["unsure"])
    pen.line([*corners, corners[0]], fill=colour, width=max(2, size // 8))
    left, top = min(corners)[0], min(y for _, y in corners)
    _write(pen, max(0, left - size), max(0, top - size), str(number), round(size * 0.9), colour)


def _draw_entry(
    pen: ImageDraw.ImageDraw, mark: Mark, text: Sequence[str], number: int, at: tuple[int, int], size: int
) -> None:
    colour = COLOURS.get(mark.state, COLOURS["unsure"])
    sure = f"  {mark.confidence:.0%} {mark.state}" if mark.text else f"  {mark.state}"
    x, y = at
    _write(pen, x, y, f"{number}  {mark.name}{sure}", round(size * 0.8), colour)
    for row, line in enumerate(text):
        _write(pen, x, y + round(size * (_NAME + _LINE * row)), line, size, (30, 30, 30))


def _wrapped(text: str, size: int, width: float) -> list[str]:
    """The text in lines of that width, broken as Chinese is; a mark that closes one may reach half a letter beyond."""
    lengths = [_font_of(character, size).getlength(character) for character in text]
    atoms = [
        Atom(character, classify(character), "", size, length, 0, tight=True)
        for character, length in zip(text, lengths, strict=True)
    ]
    return [text[line.start : line.end] for line in break_lines(atoms, [width], justify=False)]


def _write(pen: ImageDraw.ImageDraw, x: float, y: float, text: str, size: int, colour: tuple[int, int, int]) -> None:
    """One line, each character by the font that has it."""
    for character in text:
        font = _font_of(character, size)
        pen.text((x, y), character, font=font, fill=colour)
        x += font.getlength(character)


def _font_of(character: str, size: int) -> ImageFont.FreeTypeFont:
    return _font(size, ord(character) > 0xFFFF or 0x3400 <= ord(character) < 0x4DC0)


@lru_cache(maxsize=8)
def _font(size: int, wider: bool) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(_WIDER_FONT if wider else _FONT, size, layout_engine=ImageFont.Layout.BASIC)
