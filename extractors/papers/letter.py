"""Letters and forms that come back signed (承诺书, 授权委托书, 核验单): which one it is, and where it wants a signature or seal."""

from __future__ import annotations

import re

from extractors.papers.layout import SheetText, Value
from extractors.papers.wording import squeeze, squeeze_with_places
from extractors.vision.lines import Line

TITLE = re.compile(r".{0,24}(承诺书|授权书|委托书|核验单|登记表|声明|确认书|情况说明|证明)")
_FIRST_LINES = 6
_SIGN = re.compile(r"(亲笔签名|签名|签字|签章)[)）]?[:：]?")
_SEAL = re.compile(r"(单位盖章|盖章|公章)[)）]?[:：]?")


def read(sheet: SheetText) -> dict[str, Value]:
    """The letter's title; whether it is signed and sealed is measured on the picture."""
    for line in sheet.lines[:_FIRST_LINES]:
        text = squeeze(line.text)
        if TITLE.fullmatch(text):
            return {"title": Value(text, (line,), round(line.mean_score, 3), line.method, line.text)}
    return {}


def signature_labels(lines: tuple[Line, ...]) -> list[Line]:
    """The labels beside which somebody has to sign, each up to its last character."""
    return _labels(lines, _SIGN)


def wants_seal(lines: tuple[Line, ...]) -> bool:
    """Whether the letter has a place for a seal."""
    return bool(_labels(lines, _SEAL))


def _labels(lines: tuple[Line, ...], pattern: re.Pattern[str]) -> list[Line]:
    """Labels at the end of a line or followed by a colon; in running text the same words ask for nothing."""
    found = []
    for line in lines:
        text = squeeze_with_places(line)
        for match in pattern.finditer(text.text):
            if match.group()[-1] in ":：" or match.end() == len(text.text):
                found.append(text.part(0, match.end()))
    return found
