"""Names: bytes for the system, words for people, something safe for output."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.names import (
    NAME_BYTES,
    SAFE_BYTES,
    cut_name,
    display_name,
    display_path,
    is_skipped_folder,
    is_temporary_name,
    is_unfinished_name,
    raw_name,
    safe_name,
)

DISPLAY = [
    ("执照.jpg".encode(), "执照.jpg"),
    ("营业执照.jpg".encode("gbk"), "营业执照.jpg"),
    ("𬭎.jpg".encode("gb18030"), "𬭎.jpg"),
    (unicodedata.normalize("NFD", "Café.pdf").encode(), "Café.pdf"),
    (b"plain.pdf", "plain.pdf"),
    (b"bad\xff\xff.pdf", "bad\ufffd\ufffd.pdf"),
    (b"two\nlines.pdf", "two\ufffdlines.pdf"),
    ("photo\u202egpj.exe".encode(), "photo\ufffdgpj.exe"),
]

SAFE = [
    ("执照.jpg", "执照.jpg"),
    ("..\\win.txt", "_win.txt"),
    ("../../etc/passwd", "_.._etc_passwd"),
    ('a<b>c:d"e|f?g*h.pdf', "a_b_c_d_e_f_g_h.pdf"),
    ("ends with dots. . .", "ends with dots"),
    (".hidden", "hidden"),
    ("-rf.pdf", "_rf.pdf"),
    ("CON", "_CON"),
    ("con.txt", "_con.txt"),
    ("LPT1.pdf", "_LPT1.pdf"),
    ("console.txt", "console.txt"),
    ("a\u3000b.pdf", "a b.pdf"),
    ("a\x00b\u200bc.pdf", "abc.pdf"),
    ("", "file"),
    ("...", "file"),
    ("//", "__"),
]


@pytest.mark.parametrize(("raw", "shown"), DISPLAY)
def test_a_display_name_is_what_the_sender_saw(raw: bytes, shown: str) -> None:
    assert display_name(raw) == shown


@pytest.mark.parametrize(("name", "safe"), SAFE)
def test_a_safe_name_holds_nothing_that_a_system_reads_in_its_own_way(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_parts_of_a_path_are_decoded_one_by_one() -> None:
    mixed = os.fsdecode("公司".encode() + b"/" + "证件.jpg".encode("gbk"))
    assert display_path(mixed) == "公司/证件.jpg"


def test_a_name_of_86_chinese_characters_is_cut_to_what_a_disk_takes_and_keeps_its_suffix(tmp_path: Path) -> None:
    cut = cut_name(("证" * 86 + ".pdf").encode())
    assert cut == ("证" * 83 + ".pdf").encode()
    (tmp_path / os.fsdecode(cut)).write_bytes(b"")


def test_a_name_of_85_chinese_characters_is_not_cut() -> None:
    raw = ("证" * 85).encode()
    assert cut_name(raw) == raw


def test_a_long_gbk_name_is_cut_too() -> None:
    cut = cut_name(("照" * 200).encode("gbk") + b".pdf")
    assert len(cut) == NAME_BYTES
    assert cut.endswith(b".pdf")


@pytest.mark.parametrize(
    "name",
    [
        ".DS_Store",
        "~$合同.docx",
        "执照.pdf.part",
        "a.crdownload",
        "a.filepart",
        "a.TMP",
        "Thumbs.db",
        "desktop.ini",
        ".x",
    ],
)
def test_names_that_are_no_documents_are_known(name: str) -> None:
    assert is_temporary_name(name)


@pytest.mark.parametrize(
    ("name", "unfinished"), [("a.pdf.part", True), ("A.TMP", True), ("~$a.tmp", False), ("a.pdf", False)]
)
def test_a_name_that_will_change_is_told_from_one_that_stays(name: str, unfinished: bool) -> None:
    assert is_unfinished_name(name) is unfinished


@pytest.mark.parametrize(("name", "skipped"), [(".taken", True), ("__MACOSX", True), ("@eaDir", True), ("公司", False)])
def test_folders_of_systems_are_skipped(name: str, skipped: bool) -> None:
    assert is_skipped_folder(name) is skipped


@given(st.binary(max_size=300))
@example("执照".encode("gbk"))
@example(b"\xed\xa0\x80")
@example(b"\x81\x30\x81\x30")
def test_any_bytes_have_a_display_name_that_can_be_stored_and_printed_on_one_line(raw: bytes) -> None:
    shown = display_name(raw)
    assert shown.encode("utf-8").decode("utf-8") == shown
    assert len(shown.splitlines()) <= 1


@given(st.text(max_size=300), st.integers(min_value=32, max_value=255))
@example("\ud800.pdf", 200)
@example("é" * 300 + ".pdf", 201)
@example("a" + " ." * 200 + "x.pdf", 64)
@example("e\u200d\u0301", 200)
@example("-CON", 200)
@example("CON\u200b", 200)
def test_a_safe_name_fits_is_one_plain_part_and_is_its_own_safe_name(name: str, limit: int) -> None:
    safe = safe_name(name, limit=limit)
    assert 0 < len(safe.encode("utf-8")) <= limit
    assert not set(safe) & set('<>:"/\\|?*\0\n')
    assert not safe.startswith((".", " ", "-"))
    assert not safe.endswith((".", " "))
    assert safe_name(safe, limit=limit) == safe


@given(st.binary(min_size=1, max_size=600), st.integers(min_value=40, max_value=255))
def test_a_cut_name_fits_and_is_left_alone_when_it_did(raw: bytes, limit: int) -> None:
    cut = cut_name(raw, limit)
    assert len(cut) <= limit
    assert cut == raw or len(raw) > limit


@given(st.text(alphabet=st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=3, max_size=40))
def test_a_gbk_name_that_is_no_utf_8_by_chance_comes_back(name: str) -> None:
    raw = name.encode("gbk")
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        assert display_name(raw) == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize("name", [("照" * 60) + ".jpg", "x" * 500])
def test_safe_names_can_be_created(tmp_path: Path, name: str) -> None:
    path = tmp_path / safe_name(name)
    path.write_bytes(b"1")
    assert len(raw_name(path.name)) <= SAFE_BYTES
