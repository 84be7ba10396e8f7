"""Binary XML and resource tables as aapt2 writes them."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_ANDROID = "http://schemas.android.com/apk/res/android"
_ATTRIBUTES = {
    "label": 0x01010001,
    "icon": 0x01010002,
    "name": 0x01010003,
    "hasCode": 0x0101000C,
    "exported": 0x01010010,
    "host": 0x01010028,
    "drawable": 0x01010199,
    "enabled": 0x0101000E,
    "targetActivity": 0x01010202,
    "minSdkVersion": 0x0101020C,
    "versionCode": 0x0101021B,
    "versionName": 0x0101021C,
    "targetSdkVersion": 0x01010270,
    "rotation": 0x01010326,
    "viewportWidth": 0x01010402,
    "viewportHeight": 0x01010403,
    "fillColor": 0x01010404,
    "pathData": 0x01010405,
    "strokeColor": 0x01010406,
    "strokeWidth": 0x01010407,
    "strokeLineCap": 0x0101040B,
    "translateX": 0x0101045A,
    "fillType": 0x0101051E,
    "tint": 0x01010121,
    "type": 0x010101A1,
    "centerX": 0x010101A2,
    "centerY": 0x010101A3,
    "gradientRadius": 0x010101A4,
    "color": 0x010101A5,
    "endX": 0x01010512,
    "endY": 0x01010513,
    "offset": 0x01010514,
}
_STRING, _REFERENCE, _INTEGER, _BOOLEAN = 0x03, 0x01, 0x10, 0x12
_NOTHING = 0xFFFFFFFF

STRING_TYPE, MIPMAP_TYPE = 1, 2
APP_NAME = 0x7F010000
LAUNCHER_NAME = 0x7F010001
ICON_ID = 0x7F020000
ICON_FILE = "res/mipmap-xxhdpi-v4/ic_launcher.png"


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference to a resource, as an attribute's value."""

    id: int


Attribute = tuple[str, "str | int | bool | Reference"]


@dataclass(frozen=True, slots=True)
class Tag:
    """An element of the manifest; attribute names with a resource id are Android's, others are plain."""

    name: str
    attributes: tuple[Attribute, ...] = ()
    children: tuple[Tag, ...] = ()


def manifest_xml(
    package: str,
    version_name: str,
    version_code: int,
    min_sdk: int,
    target_sdk: int,
    *,
    has_icon: bool = True,
    has_launcher_label: bool = False,
) -> bytes:
    """The manifest of an app with one starting screen."""
    start = Tag(
        "intent-filter",
        (),
        (
            Tag("action", (("name", "android.intent.action.MAIN"),)),
            Tag("category", (("name", "android.intent.category.LAUNCHER"),)),
        ),
    )
    named: tuple[Attribute, ...] = (("label", Reference(LAUNCHER_NAME)),) if has_launcher_label else ()
    icon: tuple[Attribute, ...] = (("icon", Reference(ICON_ID)),) if has_icon else ()
    activity = Tag("activity", (*named, ("name", ".MainActivity"), ("exported", True)), (start,))
    application = Tag("application", (("label", Reference(APP_NAME)), *icon, ("hasCode", False)), (activity,))
    root = Tag(
        "manifest",
        (("versionCode", version_code), ("versionName", version_name), ("package", package)),
        (Tag("uses-sdk", (("minSdkVersion", min_sdk), ("targetSdkVersion", target_sdk))), application),
    )
    return binary_xml(root)


class _Strings:
    """Collects strings; those that name attributes with ids come first, in order of the ids."""

    def __init__(self, first: Iterable[str]) -> None:
        self.texts: list[str] = list(first)

    def index(self, text: str) -> int:
        if text not in self.texts:
            self.texts.append(text)
        return self.texts.index(text)


def binary_xml(root: Tag) -> bytes:
    """A binary XML file of an element and what is inside it."""
    used = sorted({name for tag in _walk(root) for name, _ in tag.attributes if name in _ATTRIBUTES}, key=_id)
    strings = _Strings(used)
    body = _namespace(0x0100, strings) + _element(root, strings) + _namespace(0x0101, strings)
    ids = b"".join(struct.pack("<I", _ATTRIBUTES[name]) for name in used)
    chunks = string_pool(strings.texts, is_utf8=False) + chunk(0x0180, b"", ids) + body
    return struct.pack("<HHI", 3, 8, len(chunks) + 8) + chunks


def _id(name: str) -> int:
    return _ATTRIBUTES[name]


def _walk(tag: Tag) -> Iterable[Tag]:
    yield tag
    for child in tag.children:
        yield from _walk(child)


def chunk(kind: int, header: bytes, body: bytes) -> bytes:
    return struct.pack("<HHI", kind, 8 + len(header), 8 + len(header) + len(body)) + header + body


def _namespace(kind: int, strings: _Strings) -> bytes:
    body = struct.pack("<II", strings.index("android"), strings.index(_ANDROID))
    return chunk(kind, struct.pack("<II", 1, _NOTHING), body)


def _element(tag: Tag, strings: _Strings) -> bytes:
    attributes = b"".join(_attribute(name, value, strings) for name, value in sorted(tag.attributes, key=_order))
    head = struct.pack("<IIHHHHHH", _NOTHING, strings.index(tag.name), 20, 20, len(tag.attributes), 0, 0, 0)
    start = chunk(0x0102, struct.pack("<II", 1, _NOTHING), head + attributes)
    inside = b"".join(_element(child, strings) for child in tag.children)
    end = chunk(0x0103, struct.pack("<II", 1, _NOTHING), struct.pack("<II", _NOTHING, strings.index(tag.name)))
    return start + inside + end


def _order(attribute: Attribute) -> int:
    # Android looks attributes up in the order of their ids; those without one come last.
    return _ATTRIBUTES.get(attribute[0], _NOTHING)


def _attribute(name: str, value: str | int | bool | Reference, strings: _Strings) -> bytes:
    namespace = strings.index(_ANDROID) if name in _ATTRIBUTES else _NOTHING
    raw = _NOTHING
    if isinstance(value, str):
        raw = strings.index(value)
        kind, data = _STRING, raw
    elif isinstance(value, Reference):
        kind, data = _REFERENCE, value.id
    elif isinstance(value, bool):
        kind, data = _BOOLEAN, _NOTHING if value else 0
    else:
        kind, data = _INTEGER, value
    return struct.pack("<IIIHBBI", namespace, strings.index(name), raw, 8, 0, kind, data)


def string_pool(texts: Sequence[str], *, is_utf8: bool = True) -> bytes:
    """A string pool chunk."""
    encoded = [_utf8(text) if is_utf8 else _utf16(text) for text in texts]
    offsets, at = b"", 0
    for one in encoded:
        offsets += struct.pack("<I", at)
        at += len(one)
    data = b"".join(encoded)
    data += bytes(-len(data) % 4)
    header = struct.pack("<IIIII", len(texts), 0, 0x100 if is_utf8 else 0, 28 + len(offsets), 0)
    return chunk(0x0001, header, offsets + data)


def _utf8(text: str) -> bytes:
    data = text.encode()
    return _short(len(text.encode("utf-16-le")) // 2) + _short(len(data)) + data + b"\0"


def _short(length: int) -> bytes:
    return bytes([length]) if length < 0x80 else bytes([0x80 | length >> 8, length & 0xFF])


def _utf16(text: str) -> bytes:
    data = text.encode("utf-16-le")
    return struct.pack("<H", len(data) // 2) + data + b"\0\0"


def resource_table(
    package: str, labels: Sequence[str], labels_zh: Sequence[str | None], *, has_icon: bool = True
) -> bytes:
    """A resource table: the names by default and in Chinese, and the icon for xxhdpi screens."""
    strings: list[str] = []
    keys = ["app_name", "launcher_name", "ic_launcher"]
    types = _type_spec(STRING_TYPE, [0x0004] * len(labels))
    types += _type(STRING_TYPE, _config(), _values(labels, 0, strings))
    if any(label is not None for label in labels_zh):
        types += _type(STRING_TYPE, _config(language=b"zh"), _values(labels_zh, 0, strings))
    if has_icon:
        types += _type_spec(MIPMAP_TYPE, [0x0100])
        types += _type(MIPMAP_TYPE, _config(density=480), _values([ICON_FILE], 2, strings))
    type_names, key_names = string_pool(["string", "mipmap"], is_utf8=False), string_pool(keys)
    header = struct.pack("<I", 0x7F) + package[:127].encode("utf-16-le").ljust(256, b"\0")
    header += struct.pack("<IIIII", 288, 2, 288 + len(type_names), len(keys), 0)
    body = chunk(0x0200, header, type_names + key_names + types)
    pool = string_pool(strings)
    return struct.pack("<HHII", 2, 12, 12 + len(pool) + len(body), 1) + pool + body


def _values(texts: Sequence[str | None], first_key: int, strings: list[str]) -> list[bytes | None]:
    found: list[bytes | None] = []
    for place, text in enumerate(texts):
        if text is None:
            found.append(None)
            continue
        if text not in strings:
            strings.append(text)
        found.append(struct.pack("<HHIHBBI", 8, 0, first_key + place, 8, 0, _STRING, strings.index(text)))
    return found


def _type_spec(number: int, flags: Sequence[int]) -> bytes:
    return chunk(0x0202, struct.pack("<BBHI", number, 0, 0, len(flags)), struct.pack(f"<{len(flags)}I", *flags))


def _config(*, language: bytes = b"\0\0", density: int = 0) -> bytes:
    sdk = 4 if density else 0
    head = struct.pack("<IHH2s2sBBHBBBBHHHH", 64, 0, 0, language, b"\0\0", 0, 0, density, 0, 0, 0, 0, 0, 0, sdk, 0)
    return head.ljust(64, b"\0")


def _type(number: int, config: bytes, values: Sequence[bytes | None]) -> bytes:
    offsets, body = b"", b""
    for value in values:
        offsets += struct.pack("<I", _NOTHING if value is None else len(body))
        body += value or b""
    start = 8 + 12 + len(config) + len(offsets)
    return chunk(0x0201, struct.pack("<BBHII", number, 0, 0, len(values), start) + config, offsets + body)
