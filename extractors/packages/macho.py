"""What a Mach-O program says of itself: who signed it, what it may do, and which classes it defines.

Thin and fat files; of several architectures 64-bit ARM counts. Only headers and the parts asked for are read.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

MAX_SIGNATURE_BYTES = 16 * 1024 * 1024
MAX_COMMANDS_BYTES = 256 * 1024
_FAT = (b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf")
_THIN = {b"\xcf\xfa\xed\xfe": 32, b"\xce\xfa\xed\xfe": 28}
_ARM64 = 0x0100000C
_CODE_SIGNATURE = 0x1D
MAX_CLASS_BYTES = 8 * 1024 * 1024
# Load command of a segment -> size of its head and of each section, and where a section's size and offset stand.
_SEGMENTS = {0x19: (72, 80, "<QI", 40), 0x01: (56, 68, "<II", 36)}
_SUPER_BLOB = 0xFADE0CC0
_CMS = (0x10000, 0xFADE0B01)
_ENTITLEMENTS = (5, 0xFADE7171)

ReadAt = Callable[[int, int], bytes]


@dataclass(frozen=True, slots=True)
class Signature:
    """A code signature's parts; empty where the program has none."""

    cms: bytes = b""
    entitlements: bytes = b""


def read_signature(read_at: ReadAt) -> Signature:
    """Return a program's signature: its CMS, and the entitlements as property list. `read_at(offset, length)` reads."""
    start = _slice_start(read_at(0, 4096))
    head = read_at(start, MAX_COMMANDS_BYTES) if start is not None else b""
    for kind, place in _commands(head):
        if kind == _CODE_SIGNATURE and start is not None:
            offset, size = struct.unpack_from("<II", head, place + 8)
            blob = read_at(start + offset, min(size, MAX_SIGNATURE_BYTES))
            return Signature(_slot(blob, *_CMS), _slot(blob, *_ENTITLEMENTS))
    return Signature()


def class_names(read_at: ReadAt) -> tuple[bytes, ...]:
    """Return the names of the Objective-C classes a program defines."""
    start = _slice_start(read_at(0, 4096))
    head = read_at(start, MAX_COMMANDS_BYTES) if start is not None else b""
    for kind, place in _commands(head):
        section = _section(head, place, *_SEGMENTS[kind]) if kind in _SEGMENTS else None
        if section is not None and start is not None:
            size, offset = section
            return tuple(filter(None, read_at(start + offset, min(size, MAX_CLASS_BYTES)).split(b"\0")))
    return ()


def _section(head: bytes, place: int, first: int, each: int, shape: str, fields: int) -> tuple[int, int] | None:
    """Size and place of the section with class names in the segment at `place`."""
    count = int.from_bytes(head[place + first - 8 : place + first - 4], "little")
    for number in range(min(count, 256)):
        section = place + first + each * number
        if head[section : section + 16].rstrip(b"\0") == b"__objc_classname" and section + each <= len(head):
            size, offset = struct.unpack_from(shape, head, section + fields)
            return size, offset
    return None


def _slice_start(head: bytes) -> int | None:
    if head[:4] not in _FAT:
        return 0 if head[:4] in _THIN else None
    is_wide = head[3] == 0xBF
    count = min(int.from_bytes(head[4:8], "big"), 32)
    shape = struct.Struct(">IIQQII" if is_wide else ">IIIII")
    slices = [
        shape.unpack_from(head, 8 + shape.size * n) for n in range(count) if 8 + shape.size * (n + 1) <= len(head)
    ]
    best = sorted(slices, key=lambda one: one[0] != _ARM64)
    return int(best[0][2]) if best else None


def _commands(head: bytes) -> Iterator[tuple[int, int]]:
    """The load commands of a program as (kind, place), as far as their heads are there."""
    place = _THIN.get(head[:4], len(head))
    for _ in range(min(int.from_bytes(head[16:20], "little"), 10_000)):
        if place + 16 > len(head):
            return
        kind, size = struct.unpack_from("<II", head, place)
        yield kind, place
        place += max(size, 8)


def _slot(blob: bytes, wanted: int, wanted_magic: int) -> bytes:
    if len(blob) < 12 or int.from_bytes(blob[:4], "big") != _SUPER_BLOB:
        return b""
    for number in range(min(int.from_bytes(blob[8:12], "big"), 64)):
        if 20 + 8 * number > len(blob):
            break
        slot, offset = struct.unpack_from(">II", blob, 12 + 8 * number)
        if slot == wanted and offset + 8 <= len(blob):
            magic, length = struct.unpack_from(">II", blob, offset)
            return blob[offset + 8 : offset + length] if magic == wanted_magic else b""
    return b""
