from __future__ import annotations

import struct

import pytest

from extractors.packages.arsc import ResourceTable, chinese
from extractors.packages.axml import AxmlError, Document
from samples import apk_xml

APP_NAME = apk_xml.APP_NAME
NO_ENTRY = 0xFFFFFFFF


def config(
    language: bytes = b"\0\0", region: bytes = b"\0\0", script: bytes = b"\0\0\0\0", density: int = 0, size: int = 64
) -> bytes:
    head = struct.pack("<IHH2s2sBBH", size, 0, 0, language, region, 0, 0, density)
    return (head + bytes(20) + script).ljust(64, b"\0")[:size]


def entry(text: int) -> bytes:
    return struct.pack("<HHIHBBI", 8, 0, 0, 8, 0, 3, text)


def type_chunk(number: int, settings: bytes, offsets: bytes, body: bytes, *, count: int, flags: int = 0) -> bytes:
    start = 20 + len(settings) + len(offsets)
    head = struct.pack("<BBHII", number, flags, 0, count, start) + settings
    return apk_xml.chunk(0x0201, head, offsets + body)


def plain(number: int, settings: bytes, text: int) -> bytes:
    return type_chunk(number, settings, struct.pack("<I", 0), entry(text), count=1)


def table(texts: list[str], *types: bytes, number: int = 0x7F, type_offset: int = 0) -> ResourceTable:
    names, keys = apk_xml.string_pool(["string"]), apk_xml.string_pool(["app_name"])
    head = struct.pack("<I", number) + "com.example".encode("utf-16-le").ljust(256, b"\0")
    head += struct.pack("<IIIII", 288, 1, 288 + len(names), 1, type_offset)
    body = apk_xml.chunk(0x0200, head, names + keys + b"".join(types))
    pool = apk_xml.string_pool(texts)
    return ResourceTable(struct.pack("<HHII", 2, 12, 12 + len(pool) + len(body), 1) + pool + body)


def texts(found: ResourceTable, identifier: int = APP_NAME) -> dict[str, str]:
    return {one.config.locale: one.value.text for one in found.resolve(identifier)}


@pytest.mark.parametrize(
    ("settings", "locale"),
    [
        (config(), ""),
        (config(b"zh"), "zh"),
        (config(b"zh", b"CN"), "zh-CN"),
        (config(b"zh", b"HK", b"Hant"), "zh-Hant-HK"),
        (config(b"zh", b"\0\0", b"Hans"), "zh-Hans"),
        (config(b"en", b"GB", size=28), "en-GB"),
        # Three letters packed in two bytes: `fil`, and the region `419` likewise.
        (config(bytes([0x80 | 11 << 2 | 8 >> 3, (8 & 7) << 5 | 5])), "fil"),
        (config(b"es", bytes([0x80 | 9 << 2 | 1 >> 3, (1 & 7) << 5 | 4])), "es-419"),
    ],
)
def test_locales_of_every_shape_are_spelt(settings: bytes, locale: str) -> None:
    assert texts(table(["text"], plain(1, settings, 0))) == {locale: "text"}


def test_sparse_types_are_searched_by_number() -> None:
    offsets = struct.pack("<HHHH", 3, 0, 0x20, 4)
    chunk = type_chunk(1, config(), offsets, entry(0) + entry(1), count=2, flags=1)
    found = table(["three", "thirty-two"], chunk)
    assert texts(found, APP_NAME | 0x20) == {"": "thirty-two"}
    assert texts(found, APP_NAME | 3) == {"": "three"}
    assert texts(found, APP_NAME) == {}


def test_short_offsets_are_counted_in_fours() -> None:
    offsets = struct.pack("<HHHH", 0xFFFF, 0, 4, 0xFFFF)
    chunk = type_chunk(1, config(), offsets, entry(0) + entry(1), count=4, flags=2)
    found = table(["one", "two"], chunk)
    assert texts(found, APP_NAME | 1) == {"": "one"}
    assert texts(found, APP_NAME | 2) == {"": "two"}
    assert texts(found, APP_NAME) == {}


def test_compact_entries_hold_their_value_in_themselves() -> None:
    compact = struct.pack("<HHI", 0, 3 << 8 | 8, 1)
    chunk = type_chunk(1, config(), struct.pack("<I", 0), compact, count=1)
    assert texts(table(["no", "compact"], chunk)) == {"": "compact"}


@pytest.mark.parametrize("stored", [1, 3])
def test_a_type_offset_is_tried_after_the_plain_number(stored: int) -> None:
    found = table(["text"], plain(stored, config(), 0), type_offset=2)
    assert texts(found, 0x7F010000) == {"": "text"}


def test_a_shared_librarys_own_number_is_zero() -> None:
    assert texts(table(["text"], plain(1, config(), 0), number=0)) == {"": "text"}


def test_references_are_followed_and_keep_their_locale() -> None:
    reference = struct.pack("<HHIHBBI", 8, 0, 0, 8, 0, 1, 0x7F020000)
    chunk = type_chunk(1, config(b"zh"), struct.pack("<I", 0), reference, count=1)
    assert texts(table(["target"], chunk, plain(2, config(), 0))) == {"zh": "target"}


@pytest.mark.parametrize(
    ("locales", "expected"),
    [
        ({"": "d", "zh": "a", "zh-CN": "b"}, "b"),
        ({"zh": "a", "zh-Hans": "b"}, "b"),
        ({"zh-Hans-CN": "a", "zh-CN": "b"}, "a"),
        ({"zh-SG": "a", "zh-TW": "b"}, "a"),
        ({"": "d", "zh-TW": "b", "zh-Hant-HK": "c"}, ""),
        ({"": "d"}, ""),
        ({"zh-CN": "", "zh": "a"}, "a"),
    ],
)
def test_a_phone_in_mainland_china_chooses(locales: dict[str, str], expected: str) -> None:
    assert chinese(locales) == expected


@pytest.mark.parametrize("data", [b"", b"\x02\0", b"\x03\0\x0c\0" + bytes(20)])
def test_what_is_no_table_is_refused(data: bytes) -> None:
    with pytest.raises(AxmlError):
        ResourceTable(data)


def test_lengths_beyond_the_bytes_give_nothing() -> None:
    chunk = plain(1, config(), 0)
    lying = chunk[:12] + struct.pack("<I", 0x7FFFFFFF) + chunk[16:]
    assert texts(table(["text"], lying), APP_NAME | 0xFFFF) == {}
    assert texts(table(["text"], plain(1, config(), 77))) == {"": ""}


@pytest.mark.parametrize("is_utf8", [True, False])
@pytest.mark.parametrize("text", ["", "short", "样例" * 60, "𬭎㛃" * 40, "x" * 20_000])
def test_strings_of_any_length_come_back_whole(is_utf8: bool, text: str) -> None:
    name = struct.pack("<IIHHHHHH", NO_ENTRY, 0, 20, 20, 0, 0, 0, 0)
    start = apk_xml.chunk(0x0102, struct.pack("<II", 1, NO_ENTRY), name)
    body = apk_xml.string_pool([text], is_utf8=is_utf8) + start
    document = Document(struct.pack("<HHI", 3, 8, 8 + len(body)) + body)
    assert document.elements[0].name == text[: 32 * 1024 // (1 if is_utf8 else 2)]
