"""The APK Signing Block: who signed by scheme v2, v3 and v3.1, and the record of key rotation.

Layout: size, pairs of (size, id, value), size again, magic, directly before the ZIP central directory. Of two pairs
with one id the first counts, as on Android. Everything is checked against the bytes that are there.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from extractors.packages.sources import Source

MAGIC = b"APK Sig Block 42"
MAX_BLOCK_BYTES = 16 * 1024 * 1024
MAX_SIGNERS = 64

V2 = 0x7109871A
V3 = 0xF05368C0
V31 = 0x1B93AD61
SOURCE_STAMP = 0x6DFF800D
SCHEME_IDS = {V2: "v2", V3: "v3", V31: "v3.1"}

_LINEAGE = 0x3BA06F8C
_ROTATION_MIN_SDK = 0x559F8B02
_STRIPPED = 0xBEEFF00D


class BlockError(ValueError):
    """A scheme's value is damaged."""


@dataclass(frozen=True, slots=True)
class SigningBlock:
    """The pairs of the block: first value per id, and which ids came twice."""

    values: dict[int, bytes]
    repeated: tuple[int, ...] = ()
    is_damaged: bool = False
    offset: int = 0


@dataclass(frozen=True, slots=True)
class BlockSigner:
    """One signer of one scheme: `certificates[0]` is whose key signed."""

    certificates: tuple[bytes, ...]
    public_key: bytes
    signed_data: bytes
    digests: tuple[tuple[int, bytes], ...]
    signatures: tuple[tuple[int, bytes], ...]
    min_sdk: int | None = None
    max_sdk: int | None = None
    lineage: tuple[bytes, ...] = ()
    attributes: dict[int, bytes] = field(default_factory=dict)

    @property
    def announces_v31(self) -> bool:
        """Whether a v3.1 signer was there when this one was written."""
        return _ROTATION_MIN_SDK in self.attributes

    @property
    def announces_newer(self) -> bool:
        """Whether a v3 signature was there when this v2 one was written."""
        return _STRIPPED in self.attributes


def find_signing_block(source: Source, central_offset: int) -> SigningBlock | None:
    """Return the block before the central directory, or None where there is none."""
    if central_offset < 32:
        return None
    footer = source.read(central_offset - 24, 24)
    if footer[8:] != MAGIC:
        return None
    size = int.from_bytes(footer[:8], "little")
    start = central_offset - size - 8
    if size < 24 or start < 0 or size > MAX_BLOCK_BYTES:
        return SigningBlock({}, is_damaged=True)
    data = source.read(start, size + 8)
    if len(data) < size + 8 or int.from_bytes(data[:8], "little") != size:
        return SigningBlock({}, is_damaged=True)
    return _pairs(data[8:-24], start)


def _pairs(data: bytes, start: int) -> SigningBlock:
    values: dict[int, bytes] = {}
    repeated: list[int] = []
    position = 0
    while position + 12 <= len(data):
        length, identifier = struct.unpack_from("<QI", data, position)
        if length < 4 or position + 8 + length > len(data):
            return SigningBlock(values, tuple(repeated), is_damaged=True, offset=start)
        if identifier in values:
            repeated.append(identifier)
        else:
            values[identifier] = data[position + 12 : position + 8 + length]
        position += 8 + length
    return SigningBlock(values, tuple(repeated), is_damaged=position != len(data), offset=start)


class _Cursor:
    """Reads little-endian numbers and length-prefixed pieces off a byte string."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    @property
    def has_more(self) -> bool:
        return self._position < len(self._data)

    def number(self) -> int:
        piece = self._data[self._position : self._position + 4]
        if len(piece) < 4:
            raise BlockError("number cut off")
        self._position += 4
        return int.from_bytes(piece, "little")

    def piece(self) -> bytes:
        length = self.number()
        end = self._position + length
        if end > len(self._data):
            raise BlockError(f"piece of {length} bytes, {len(self._data) - self._position} are there")
        data = self._data[self._position : end]
        self._position = end
        return data

    def rest(self) -> bytes:
        return self._data[self._position :]


def _pieces(data: bytes) -> list[bytes]:
    cursor = _Cursor(data)
    found: list[bytes] = []
    while cursor.has_more:
        found.append(cursor.piece())
    return found


def read_signers(value: bytes, *, has_sdk_range: bool) -> tuple[BlockSigner, ...]:
    """Return the signers of a v2 value, or of a v3 / v3.1 value (`has_sdk_range`); raises BlockError."""
    signers = _pieces(_Cursor(value).piece())
    if not signers:
        raise BlockError("no signer inside")
    if len(signers) > MAX_SIGNERS:
        raise BlockError(f"{len(signers)} signers")
    return tuple(_signer(data, has_sdk_range=has_sdk_range) for data in signers)


def _signer(data: bytes, *, has_sdk_range: bool) -> BlockSigner:
    cursor = _Cursor(data)
    signed = cursor.piece()
    low, high = (cursor.number(), cursor.number()) if has_sdk_range else (None, None)
    signatures = tuple(_numbered(piece) for piece in _pieces(cursor.piece()))
    public_key = cursor.piece()
    inner = _Cursor(signed)
    digests = tuple(_numbered(piece) for piece in _pieces(inner.piece()))
    certificates = tuple(_pieces(inner.piece()))
    if not certificates:
        raise BlockError("signer without certificate")
    if has_sdk_range:
        inner.number(), inner.number()
    attributes = _attributes(inner.piece() if inner.has_more else b"")
    lineage = _lineage(attributes[_LINEAGE]) if _LINEAGE in attributes else ()
    return BlockSigner(certificates, public_key, signed, digests, signatures, low, high, lineage, attributes)


def _numbered(piece: bytes) -> tuple[int, bytes]:
    cursor = _Cursor(piece)
    return cursor.number(), cursor.piece()


def _attributes(data: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    for piece in _pieces(data):
        cursor = _Cursor(piece)
        found.setdefault(cursor.number(), cursor.rest())
    return found


def _lineage(value: bytes) -> tuple[bytes, ...]:
    """The certificates of the rotation record (签名轮替), oldest first."""
    cursor = _Cursor(value)
    cursor.number()
    levels: list[bytes] = []
    while cursor.has_more and len(levels) < MAX_SIGNERS:
        levels.append(_Cursor(_Cursor(cursor.piece()).piece()).piece())
    return tuple(levels)
