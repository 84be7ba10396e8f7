"""The wording of papers: text cleaned of what readers put in, and compared with a letter's tolerance.

Works on texts, and on single lines whose characters keep their places.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise

from extractors.vision.lines import Line

_STRAY_LETTER, _STRAY_AT_EDGE = 0.8, 0.97
_NO_TEXT = frozenset({"So", "Cn", "Co"})  # ticked boxes and the like, read into stains
_REGIONS = ("内蒙古自治区", "广西壮族自治区", "西藏自治区", "宁夏回族自治区", "新疆维吾尔自治区")
# Readers take the filler < for letters of other scripts that look like it.
_FILLERS = str.maketrans("くΛ∧へヘ＜《«〈‹()（）", "<<<<<<<<<<<<<<")


def squeeze(text: str) -> str:
    """The text without blanks."""
    return re.sub(r"\s+", "", text)


def squeeze_with_places(line: Line) -> Line:
    """The line without blanks, places kept."""
    return _only(line, [i for i, c in enumerate(line.text) if not c.isspace()])


def _only(line: Line, places: Sequence[int]) -> Line:
    """The line with the characters at these places alone; its box and their spans stay."""
    return Line(
        "".join(line.text[i] for i in places),
        line.box,
        tuple(line.probabilities[i] for i in places),
        tuple(line.spans[i] for i in places),
        line.method,
    )


def as_zone(text: str) -> str:
    """The text as a machine-readable zone has it: capitals and fillers."""
    return text.translate(_FILLERS).upper()


def chinese_text(text: str) -> str:
    """Text as a Chinese paper has it: no blanks, full-width punctuation, the licence's round brackets full width."""
    text = "".join(c for c in squeeze(text) if unicodedata.category(c) not in _NO_TEXT)
    for half, full in (
        (",", "，"),
        (";", "；"),
        (":", "："),
        ("(", "（"),
        (")", "）"),
        ("﹒", "·"),
        ("•", "·"),
        ("・", "·"),
        ("￥", "¥"),
    ):
        text = text.replace(half, full)
    # A decimal point or a figure group keeps its comma.
    return re.sub(r"(?<=\d)，(?=\d{3})", ",", text)


def half_width_brackets(text: str) -> str:
    """Text with half-width brackets, as licences print a company's type and capital."""
    return chinese_text(text).replace("（", "(").replace("）", ")")


def address_text(text: str) -> str:
    """An address as `chinese_text`, without colons and marks, its region's long name spelt right."""
    text = re.sub(r"[：|_]+", "", chinese_text(text))
    for region in _REGIONS:
        start = text[: len(region)]
        if len(start) == len(region) and differences(start, region) == 1:
            return region + text[len(region) :]
    return text


def simplify(line: Line) -> Line:
    """The line with forms outside the national table replaced by those in it (漢 becomes 汉), one for one.

    Only where the form in the table is a common one, of GB 2312: 龑 in a name is not read for 䶮, it is printed so.
    """
    return replace(line, text=line.text.translate(_simplified()))


@lru_cache(maxsize=1)
def _simplified() -> dict[int, str]:
    text = files("extractors.papers").joinpath("data/simplified.txt").read_text(encoding="utf-8")
    pairs = (line for line in text.splitlines() if len(line) == 2 and line[0] != "#")
    return {ord(pair[0]): pair[1] for pair in pairs if _is_common(pair[1])}


def _is_common(character: str) -> bool:
    try:
        return len(character.encode("gb2312")) == 2
    except UnicodeEncodeError:
        return False


def without_stray_letters(line: Line) -> Line:
    """The line without unsure single Latin letters beside Chinese characters or alone, or digits at the end of such a line.

    The ground's pattern is read as an O, a portrait's edge as a 1 or as a V of its own.
    """
    return _only(line, [i for i in range(len(line.text)) if not _is_stray(line, i)])


def _is_stray(line: Line, at: int) -> bool:
    character = line.text[at]
    beside = line.text[at - 1 : at] + line.text[at + 1 : at + 2]
    is_digit_at_end = bool(beside) and at == len(line.text) - 1
    if not character.isascii() or not (character.isalpha() or is_digit_at_end) or any(ord(c) <= 0x2E7F for c in beside):
        return False
    is_between = len(beside) == 2 or not character.isalpha()
    return line.probabilities[at] < (_STRAY_LETTER if is_between else _STRAY_AT_EDGE)


def contains(text: str, phrase: str) -> bool:
    """Whether the text holds the phrase, with one wrong letter in each four forgiven."""
    allowed = len(phrase) // 4
    # Of one part more than letters may be wrong, one part is right: only round those need be compared.
    return any(
        differences(text[at : at + len(phrase)], phrase) <= allowed
        for start, part in _parts(phrase, allowed + 1)
        for at in _places(text, part, start, len(phrase))
    )


@lru_cache(maxsize=512)
def _parts(phrase: str, count: int) -> tuple[tuple[int, str], ...]:
    """The phrase cut into parts about as long, each with its place in it."""
    cuts = [len(phrase) * number // count for number in range(count + 1)]
    return tuple((a, phrase[a:b]) for a, b in pairwise(cuts))


def _places(text: str, part: str, start: int, length: int) -> Iterator[int]:
    """Where a phrase of that length would begin in the text whose part at `start` is found there."""
    at = text.find(part, start)
    while 0 <= at <= len(text) - length + start:
        yield at - start
        at = text.find(part, at + 1)


def differences(a: str, b: str) -> int:
    """How many letters two texts of one length do not share."""
    return sum(x != y for x, y in zip(a, b, strict=True))
