"""Cuts ASN.1 bytes into elements without ever re-encoding them.

BER is accepted (long lengths, indefinite lengths, constructed strings): real signature blocks use it. Every element
keeps its place in the original bytes, so a certificate's fingerprint is always of the bytes in the file.
Broken input raises `DerError`, nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

MAX_DEPTH = 32
MAX_CHILDREN = 100_000

INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
OID = 0x06
SEQUENCE = 0x30
SET = 0x31


class DerError(ValueError):
    """The bytes are not a sound ASN.1 element."""


@dataclass(frozen=True, slots=True)
class Element:
    """One tag-length-value: `data[start:end]` is all of it, `data[body:body_end]` the value."""

    data: bytes
    tag: int
    start: int
    body: int
    body_end: int
    end: int
    depth: int = 0

    @property
    def raw(self) -> bytes:
        """The whole element, as found."""
        return self.data[self.start : self.end]

    @property
    def content(self) -> bytes:
        """The value bytes without tag and length."""
        return self.data[self.body : self.body_end]

    @property
    def is_constructed(self) -> bool:
        """Whether the value is made of elements."""
        return bool(self.tag & 0x20)

    def __iter__(self) -> Iterator[Element]:
        position = self.body
        count = 0
        while position < self.body_end:
            child = element(self.data, position, self.body_end, self.depth + 1)
            yield child
            position = child.end
            count += 1
            if count > MAX_CHILDREN:
                raise DerError("too many elements")

    def children(self, at_least: int = 0) -> tuple[Element, ...]:
        """All elements inside; raises DerError where there are fewer than expected."""
        if not self.is_constructed:
            raise DerError(f"element 0x{self.tag:02x} at {self.start} has no parts")
        parts = tuple(self)
        if len(parts) < at_least:
            raise DerError(f"element 0x{self.tag:02x} at {self.start} has {len(parts)} parts, {at_least} expected")
        return parts

    def octets(self) -> bytes:
        """The bytes of a string, joined when BER wrote it in pieces."""
        if not self.is_constructed:
            return self.content
        return b"".join(piece.octets() for piece in self)

    def integer(self) -> int:
        """The signed value of an INTEGER."""
        if self.tag != INTEGER:
            raise DerError(f"integer expected at {self.start}")
        return int.from_bytes(self.content, "big", signed=True)

    def unsigned(self) -> int:
        """The value of an INTEGER whose writer forgot the leading zero of a large positive number."""
        if self.tag != INTEGER:
            raise DerError(f"integer expected at {self.start}")
        return int.from_bytes(self.content, "big")

    def oid(self) -> str:
        """The dotted form of an OBJECT IDENTIFIER."""
        if self.tag != OID:
            raise DerError(f"object identifier expected at {self.start}")
        return _dotted(self.content)


def parse(data: bytes) -> Element:
    """Return the first element of `data`; bytes behind it are left alone."""
    return element(data, 0, len(data), 0)


def element(data: bytes, start: int, limit: int, depth: int) -> Element:
    """Return the element at `start`, which must end by `limit`."""
    if depth > MAX_DEPTH:
        raise DerError("nested too deeply")
    if start + 2 > limit:
        raise DerError(f"element cut off at {start}")
    tag = data[start]
    position = start + 1
    if tag & 0x1F == 0x1F:
        position = _skip_long_tag(data, position, limit)
    length, body = _length(data, position, limit)
    if length is None:
        body_end = _end_of_contents(data, body, limit, depth)
        return Element(data, tag, start, body, body_end, body_end + 2, depth)
    if body + length > limit:
        raise DerError(f"element at {start} says {length} bytes, {limit - body} are there")
    return Element(data, tag, start, body, body + length, body + length, depth)


def _skip_long_tag(data: bytes, position: int, limit: int) -> int:
    while position < limit and data[position] & 0x80:
        position += 1
    return position + 1


def _length(data: bytes, position: int, limit: int) -> tuple[int | None, int]:
    if position >= limit:
        raise DerError(f"length missing at {position}")
    first = data[position]
    if first < 0x80:
        return first, position + 1
    if first == 0x80:
        return None, position + 1
    count = first & 0x7F
    if count > 8 or position + 1 + count > limit:
        raise DerError(f"length of {count} bytes at {position}")
    return int.from_bytes(data[position + 1 : position + 1 + count], "big"), position + 1 + count


def _end_of_contents(data: bytes, position: int, limit: int, depth: int) -> int:
    while True:
        if data[position : position + 2] == b"\0\0" and position + 2 <= limit:
            return position
        position = element(data, position, limit, depth + 1).end


def _dotted(content: bytes) -> str:
    if not content or len(content) > 64:
        raise DerError("object identifier of odd length")
    numbers: list[int] = []
    value = 0
    for byte in content:
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            numbers.append(value)
            value = 0
    if not numbers:
        raise DerError("object identifier cut off")
    first = min(numbers[0] // 40, 2)
    return ".".join(str(number) for number in [first, numbers[0] - 40 * first, *numbers[1:]])
