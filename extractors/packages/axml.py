"""Android's binary XML: the manifest as a list of elements, attributes looked up by resource id.

Sizes and counts in the file are only hints: each string and attribute is read where it should be and checked against
the bytes that are there. Unknown chunks are stepped over; broken ones end the document where it breaks.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

MAX_ELEMENTS = 400_000
MAX_TEXT = 32 * 1024
MAX_STRINGS = 100_000

TYPE_REFERENCE = 0x01
TYPE_STRING = 0x03
TYPE_FLOAT = 0x04
TYPE_DYNAMIC_REFERENCE = 0x07
TYPE_INT_DEC = 0x10
TYPE_INT_HEX = 0x11
TYPE_BOOLEAN = 0x12
REFERENCES = (TYPE_REFERENCE, TYPE_DYNAMIC_REFERENCE)
_NOTHING = 0xFFFFFFFF

_CHUNK = struct.Struct("<HHI")
_ATTRIBUTE = struct.Struct("<3IHBBI")


class AxmlError(ValueError):
    """The bytes are not binary XML."""


class StringPool:
    """The strings of a chunk, decoded one by one as they are asked for."""

    def __init__(self, data: bytes, start: int, limit: int) -> None:
        if start + 28 > limit:
            raise AxmlError("string pool cut off")
        _kind, self._header, size, self.count, _styles, flags, strings, _ = struct.unpack_from("<HHIIIIII", data, start)
        self._data = data
        self._start = start
        self._offsets = start + max(self._header, 28)
        self._strings = start + strings
        self._limit = min(limit, start + size) if size >= 28 else limit
        self._is_utf8 = bool(flags & 0x100)
        self._cache: dict[int, str] = {}

    def get(self, index: int) -> str:
        """Return string `index`, or an empty text where the file does not hold it."""
        if index >= self.count or index < 0:
            return ""
        found = self._cache.get(index)
        if found is None:
            found = self._cache[index] = self._decode(index)
        return found

    def _decode(self, index: int) -> str:
        place = self._offsets + 4 * index
        if place + 4 > self._limit:
            return ""
        at = self._strings + int.from_bytes(self._data[place : place + 4], "little")
        if at < self._start or at >= self._limit:
            return ""
        return self._utf8(at) if self._is_utf8 else self._utf16(at)

    def _utf8(self, at: int) -> str:
        data = self._data
        at += 2 if data[at] & 0x80 else 1
        if at + 1 >= len(data):
            return ""
        length = data[at]
        at += 1
        if length & 0x80:
            length = (length & 0x7F) << 8 | data[at]
            at += 1
        raw = data[at : min(at + length, self._limit, at + MAX_TEXT)]
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            return _modified_utf8(raw)

    def _utf16(self, at: int) -> str:
        data = self._data
        length = int.from_bytes(data[at : at + 2], "little")
        at += 2
        if length & 0x8000:
            length = (length & 0x7FFF) << 16 | int.from_bytes(data[at : at + 2], "little")
            at += 2
        raw = data[at : min(at + 2 * length, self._limit, at + MAX_TEXT)]
        return raw[: len(raw) & ~1].decode("utf-16-le", "replace")


def _modified_utf8(raw: bytes) -> str:
    # Java writes characters beyond the first plane as two surrogates of three bytes each.
    try:
        return raw.decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    except UnicodeDecodeError:
        return raw.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Value:
    """A typed value: `text` is set for strings; `data` is the number, colour or resource id."""

    kind: int
    data: int
    text: str = ""

    @property
    def is_reference(self) -> bool:
        """Whether it points to a resource."""
        return self.kind in REFERENCES


@dataclass(frozen=True, slots=True)
class Element:
    """A start tag; `path` holds the names of the elements around it, `number` its place in the document."""

    name: str
    path: tuple[str, ...]
    parent: int
    number: int
    attributes: int
    count: int
    stride: int


class Document:
    """The elements of a binary XML file in document order."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._strings: StringPool | None = None
        self._ids: tuple[int, ...] = ()
        self.is_cut = False
        self.elements: tuple[Element, ...] = self._read()

    def _read(self) -> tuple[Element, ...]:
        if len(self._data) < 8:
            raise AxmlError("too short for binary XML")
        kind, header, _size = _CHUNK.unpack_from(self._data, 0)
        # Packers write 0 or anything else as type; Android looks only at the chunks inside.
        if kind not in (0, 3) and self._data[8:10] != b"\x01\x00":
            raise AxmlError("not binary XML")
        elements: list[Element] = []
        stack: list[Element] = []
        for place, chunk_kind, chunk_header, end in self._chunks(8 if header < 8 else header):
            if chunk_kind == 0x0001 and self._strings is None:
                self._strings = StringPool(self._data, place, end)
            elif chunk_kind == 0x0180 and not self._ids:
                count = max(0, (end - place - chunk_header) // 4)
                self._ids = struct.unpack_from(f"<{count}I", self._data, place + chunk_header)
            elif chunk_kind == 0x0102:
                self._open(place, chunk_header, end, elements, stack)
            elif chunk_kind == 0x0103 and stack:
                stack.pop()
        self.is_cut = self.is_cut or bool(stack)
        return tuple(elements)

    def _chunks(self, position: int) -> Iterator[tuple[int, int, int, int]]:
        data = self._data
        while position + 8 <= len(data):
            kind, header, size = _CHUNK.unpack_from(data, position)
            if size < 8 or header < 8:
                self.is_cut = any(data[position : position + 64])
                return
            end = min(position + size, len(data))
            yield position, kind, header, end
            self.is_cut = self.is_cut or position + size > len(data)
            position += size

    def _open(self, place: int, header: int, end: int, elements: list[Element], stack: list[Element]) -> None:
        if place + header + 20 > end or len(elements) >= MAX_ELEMENTS or self._strings is None:
            return
        _ns, name, start, stride, count = struct.unpack_from("<IIHHH", self._data, place + header)
        stride = max(stride, 20)
        first = place + header + start
        count = max(0, min(count, (end - first) // stride))
        around = stack[-1] if stack else None
        path = (*around.path, around.name) if around and len(stack) < 64 else ()
        element = Element(
            self._strings.get(name), path, around.number if around else -1, len(elements), first, count, stride
        )
        elements.append(element)
        stack.append(element)

    def texts(self) -> tuple[str, ...]:
        """All strings of the document, names of elements and attributes among them."""
        pool = self._strings
        return tuple(pool.get(index) for index in range(min(pool.count, MAX_STRINGS))) if pool else ()

    def value(self, element: Element, resource_id: int) -> Value | None:
        """Return the attribute with that resource id; names are only believed where there is no id."""
        for _namespace, name, raw, kind, data in self._attributes(element):
            if name < len(self._ids) and self._ids[name] == resource_id:
                return self._typed(kind, data, raw)
        return None

    def plain(self, element: Element, name: str) -> str:
        """Return the text of an attribute without namespace, such as `package`.

        Obfuscators put a namespace on it; without a resource id it is still no attribute of Android's.
        """
        strange = ""
        for namespace, index, raw, kind, data in self._attributes(element):
            if self._text(index) != name:
                continue
            text = self._text(raw) or self._typed(kind, data, raw).text
            if namespace == _NOTHING:
                return text
            if not strange and not (index < len(self._ids) and self._ids[index]):
                strange = text
        return strange

    def _attributes(self, element: Element) -> Iterator[tuple[int, int, int, int, int]]:
        place = element.attributes
        for _ in range(element.count):
            namespace, name, raw, _size, _zero, kind, data = _ATTRIBUTE.unpack_from(self._data, place)
            yield namespace, name, raw, kind, data
            place += element.stride

    def _typed(self, kind: int, data: int, raw: int) -> Value:
        if kind == TYPE_STRING:
            return Value(kind, data, self._text(data) or self._text(raw))
        return Value(kind, data)

    def _text(self, index: int) -> str:
        return self._strings.get(index) if self._strings and index != _NOTHING else ""
