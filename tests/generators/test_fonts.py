from __future__ import annotations

import bz2
import hashlib
from pathlib import Path

import pytest

from generators import fonts
from generators.errors import MissingGlyph

UNIHAN = Path("/usr/share/unicode/Unihan_OtherMappings.txt.bz2")


@pytest.mark.parametrize("character", [*"𬭎㛃䶮𫖯喆堃犇昇婳㵘㙓𬀩", "·", "□", "■", "√", "×", "✓", "①", "〇"])
def test_names_and_symbols_have_a_glyph_in_the_body_font(character: str) -> None:
    assert fonts.load("BeianSerif").face.charToGlyph[ord(character)]


@pytest.mark.skipif(not UNIHAN.exists(), reason="Debian's unicode-data is not installed")
@pytest.mark.parametrize("name", ["BeianSerif", "BeianSans", "BeianSansBold"])
def test_each_shipped_font_has_all_8105_characters(name: str) -> None:
    with bz2.open(UNIHAN, "rt", encoding="utf-8") as lines:
        wanted = {int(line.split("\t")[0][2:], 16) for line in lines if "\tkTGH\t" in line}
    assert len(wanted) == 8105
    assert wanted - set(fonts.load(name).face.charToGlyph) == set()


def test_the_body_font_has_the_first_block_and_extension_a() -> None:
    points = set(fonts.load("BeianSerif").face.charToGlyph)
    assert set(range(0x4E00, 0x9FA6)) <= points
    assert set(range(0x3400, 0x4DB6)) <= points


def test_a_missing_glyph_names_field_value_and_code_point() -> None:
    with pytest.raises(MissingGlyph) as caught:
        fonts.check_values({"entity.name": "甲公司", "entity_person.name": "王\ue000"})
    assert caught.value.field == "entity_person.name"
    assert caught.value.character == "\ue000"
    assert "U+E000" in caught.value.zh and "U+E000" in caught.value.en


@pytest.mark.parametrize("text", ["😀", "\u200b", "a\x00b", "\ufffd\ue123"])
def test_emoji_controls_and_private_characters_are_refused(text: str) -> None:
    with pytest.raises(MissingGlyph):
        fonts.check_values({"x": text})


def test_line_breaks_and_blanks_are_no_missing_glyphs() -> None:
    fonts.check_values({"x": "一\n二\t三\u3000四\u00a0五"})


@pytest.mark.skipif(fonts.rare_path() is None, reason="fonts-hanazono is not installed")
def test_a_character_outside_the_shipped_fonts_comes_from_hanazono() -> None:
    assert fonts.SERIF.pick("𠮟")[0] in ("BeianSerif", fonts.RARE)
    assert fonts.SERIF.pick("\U00020003") == (fonts.RARE, 1.0)


def test_to_unicode_maps_are_utf16_in_blocks_of_at_most_a_hundred() -> None:
    text = fonts.make_to_unicode("X", [0, 0x2CB4E, 0x36C3, *range(0x4E00, 0x4E00 + 200)])
    assert "<01> <D872DF4E>" in text
    assert "<02> <36C3>" in text
    assert [line for line in text.split("\n") if line.endswith("beginbfchar")] == [
        "100 beginbfchar",
        "100 beginbfchar",
        "2 beginbfchar",
    ]


def test_the_fonts_are_those_their_readme_names_and_carry_their_licences() -> None:
    readme = (fonts.FOLDER / "README.md").read_text(encoding="utf-8")
    for path in fonts.FILES.values():
        assert f"| {hashlib.sha256(path.read_bytes()).hexdigest()} |" in readme
    for name in ("OFL-serif.txt", "OFL-sans.txt"):
        assert "SIL OPEN FONT LICENSE" in (fonts.FOLDER / name).read_text(encoding="ascii")
