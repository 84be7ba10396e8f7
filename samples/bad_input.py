"""Files that cannot be read, each broken in its own way; small, and the same bytes each time.

Each builder writes one file into a folder (or makes the folder) and returns its path; `BUILDERS` names them all.
`python -m samples.bad_input FOLDER` writes the whole collection to try a program on.
"""

from __future__ import annotations

import io
import struct
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, ByteStringObject

GIANT_SIDE = 20_000


def unreadable_image(folder: Path) -> Path:
    """Bytes that are no picture under a picture's name."""
    rng = np.random.default_rng(7)
    return _write(folder / "unreadable.jpg", rng.integers(0, 256, 40_000, dtype=np.uint8).tobytes())


def truncated_jpeg(folder: Path) -> Path:
    """A sound JPEG whose second half never arrived."""
    whole = _striped_jpeg()
    return _write(folder / "truncated.jpg", whole[: len(whole) // 2])


def locked_pdf(folder: Path) -> Path:
    """A PDF that asks for a password before it shows anything."""
    writer = PdfWriter()
    writer.add_blank_page(width=595, height=842)
    # a given file identifier and RC4 keep the bytes the same each time; AES would start from chance
    writer._ID = _fixed_identifier()
    writer.encrypt(user_password="open-me", owner_password="owner", algorithm="RC4-128")
    writer._ID = _fixed_identifier()  # encrypt() put chance into the second half, which no key depends on
    buffer = io.BytesIO()
    writer.write(buffer)
    return _write(folder / "locked.pdf", buffer.getvalue())


def empty_file(folder: Path) -> Path:
    """A file of 0 bytes."""
    return _write(folder / "empty.jpg", b"")


def text_as_apk(folder: Path) -> Path:
    """A text file that somebody renamed."""
    return _write(folder / "notes.apk", "这不是安装包。This is no app package.\n".encode())


def giant_png(folder: Path) -> Path:
    """A sound black-and-white PNG of 20,000 x 20,000 pixels: 50 kB as a file, 1.2 GB when opened in colour."""
    return _write(folder / "giant.png", giant_png_bytes(GIANT_SIDE))


def empty_folder(folder: Path) -> Path:
    """A folder without anything in it."""
    made = folder / "empty-folder"
    made.mkdir(parents=True, exist_ok=True)
    return made


def no_known_document(folder: Path) -> Path:
    """A folder with sound files none of which belongs to a filing."""
    made = folder / "no-known-document"
    _write(made / "holiday.jpg", _striped_jpeg())
    _write(made / "shopping.txt", "牛奶\n面包\n".encode())
    return made


BUILDERS: dict[str, Callable[[Path], Path]] = {
    "unreadable_image": unreadable_image,
    "truncated_jpeg": truncated_jpeg,
    "locked_pdf": locked_pdf,
    "empty_file": empty_file,
    "text_as_apk": text_as_apk,
    "giant_png": giant_png,
    "empty_folder": empty_folder,
    "no_known_document": no_known_document,
}


def build_all(folder: Path) -> dict[str, Path]:
    """Every bad input under its name, all inside `folder`."""
    return {name: build(folder) for name, build in BUILDERS.items()}


def giant_png_bytes(side: int) -> bytes:
    """A one-bit PNG of `side` x `side` pixels, packed row by row so that it is never held unpacked."""
    packer = zlib.compressobj(9)
    row = b"\x00" + b"\xff" * ((side + 7) // 8)
    packed = b"".join([*(packer.compress(row) for _ in range(side)), packer.flush()])
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _striped_jpeg() -> bytes:
    y, x = np.mgrid[0:600, 0:800]
    picture = np.stack([(x // 8) % 256, (y // 5) % 256, (x + y) % 256], axis=-1).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def _fixed_identifier() -> ArrayObject:
    return ArrayObject([ByteStringObject(b"beianbox-sample!"), ByteStringObject(b"beianbox-sample!")])


def _write(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


if __name__ == "__main__":
    for name, path in build_all(Path(sys.argv[1])).items():
        print(f"{name}: {path}")
