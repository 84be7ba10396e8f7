"""ZIP files byte for byte: fixed times, and the parts apart that a signing block goes between."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping

_DOS_DATE = 0x0021  # 1 January 1980


def write_zip(files: Mapping[str, bytes]) -> tuple[bytes, bytes]:
    """The members and the directory of a ZIP; the resource table is stored, on a multiple of four, as Android asks."""
    local, central = bytearray(), bytearray()
    for name, data in files.items():
        is_stored = name == "resources.arsc" or name.endswith(".png")
        packed = data if is_stored else deflate(data)
        raw = name.encode()
        common = struct.pack(
            "<HHHHHIII", 20, 0x0800, 0 if is_stored else 8, 0, _DOS_DATE, zlib.crc32(data), len(packed), len(data)
        )
        padding = -(len(local) + 30 + len(raw)) % 4 if is_stored else 0
        central += b"PK\x01\x02" + struct.pack("<H", 20) + common
        central += struct.pack("<HHHHHII", len(raw), 0, 0, 0, 0, 0, len(local)) + raw
        local += b"PK\x03\x04" + common + struct.pack("<HH", len(raw), padding) + raw + bytes(padding) + packed
    return bytes(local), bytes(central)


def deflate(data: bytes) -> bytes:
    engine = zlib.compressobj(9, zlib.DEFLATED, -15)
    return engine.compress(data) + engine.flush()


def end_record(count: int, size: int, offset: int, comment: bytes = b"") -> bytes:
    return b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, count, count, size, offset, len(comment)) + comment
