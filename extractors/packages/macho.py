"""Who signed a Mach-O program: the CMS inside its code signature.

Thin and fat files; of several architectures 64-bit ARM counts. Only headers and the signature are read.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

MAX_SIGNATURE_BYTES = 16 * 1024 * 1024
MAX_COMMANDS_BYTES = 256 * 1024
_FAT = (b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf")
_THIN = {b"\xcf\xfa\xed\xfe": 32, b"\xce\xfa\xed\xfe": 28}
_ARM64 = 0x0100000C
_CODE_SIGNATURE = 0x1D
_SUPER_BLOB = 0xFADE0CC0
_CMS_SLOT, _CMS_MAGIC = 0x10000, 0xFADE0B01

ReadAt = Callable[[int, int], bytes]


def signature_cms(read_at: ReadAt) -> bytes:
    """Return the CMS bytes of a program's signature; empty where it has none. `read_at(offset, length)` reads it."""
    start = _slice_start(read_at(0, 4096))
    head = read_at(start, MAX_COMMANDS_BYTES) if start is not None else b""
    place = _signature_place(head)
    if start is None or place is None:
        return b""
    offset, size = place
    return _cms(read_at(start + offset, min(size, MAX_SIGNATURE_BYTES)))


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


def _signature_place(head: bytes) -> tuple[int, int] | None:
    place = _THIN.get(head[:4])
    if place is None or len(head) < 32:
        return None
    for _ in range(min(int.from_bytes(head[16:20], "little"), 10_000)):
        if place + 16 > len(head):
            return None
        kind, size, offset, length = struct.unpack_from("<IIII", head, place)
        if kind == _CODE_SIGNATURE:
            return offset, length
        place += max(size, 8)
    return None


def _cms(blob: bytes) -> bytes:
    if len(blob) < 12 or int.from_bytes(blob[:4], "big") != _SUPER_BLOB:
        return b""
    for number in range(min(int.from_bytes(blob[8:12], "big"), 64)):
        if 20 + 8 * number > len(blob):
            break
        slot, offset = struct.unpack_from(">II", blob, 12 + 8 * number)
        if slot == _CMS_SLOT and offset + 8 <= len(blob):
            magic, length = struct.unpack_from(">II", blob, offset)
            return blob[offset + 8 : offset + length] if magic == _CMS_MAGIC else b""
    return b""
