"""What can keep a page from being drawn."""

from __future__ import annotations


class GenerateError(Exception):
    """A page could not be drawn; `zh` and `en` say why and what to do, `code` names the kind."""

    code = "generate_failed"

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


class MissingGlyph(GenerateError):
    """No installed font has a character: drawing it would print a box."""

    code = "missing_glyph"

    def __init__(self, field: str, value: str, character: str) -> None:
        point = f"U+{ord(character):04X}"
        super().__init__(
            f"{field} 中的字符“{character}”（{point}）没有可用字体，无法打印。请核对该字；确认无误时安装 fonts-hanazono 后重试。",
            f"No font has the character {point} in {field}. Check the character; if it is right, install fonts-hanazono and try again.",
        )
        self.field = field
        self.value = value
        self.character = character


class DoesNotFit(GenerateError):
    """A value is too long for its place."""

    code = "does_not_fit"


class TemplateMismatch(GenerateError):
    """A template lacks a field, or is not the one its description was made for."""

    code = "template_mismatch"
