"""PDFs made to hurt their reader, built from nothing so that everybody can see what is in them.

Each is small on disk. The names say what each does; none holds anything but blanks.
"""

from __future__ import annotations

import functools
import io
import os
import zlib
from collections.abc import Callable, Sequence

import pypdf

PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]%s>>"
PAGES = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"


def stream(data: bytes, entries: bytes = b"") -> bytes:
    return b"<</Length %d%s>>stream\n" % (len(data), entries) + data + b"\nendstream"


def file(parts: Sequence[bytes]) -> bytes:
    """A PDF of these objects; the first is the page tree, numbered 2."""
    out, places = b"%PDF-1.6\n", []
    for number, body in enumerate((b"<</Type/Catalog/Pages 2 0 R>>", *parts), 1):
        places.append(len(out))
        out += b"%d 0 obj" % number + body + b"endobj\n"
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
    table += b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + table + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(places) + 1, len(out))


UNPACKED = 1_000_000 * int(os.environ.get("BEIANBOX_TEST_BOMB_MB", "300"))


@functools.cache
def packed_blanks(size: int) -> bytes:
    packer, piece = zlib.compressobj(9), b" " * 1_000_000
    return b"".join([*(packer.compress(piece) for _ in range(size // len(piece))), packer.flush()])


def long_stream() -> bytes:
    """A little file whose instructions unpack to hundreds of megabytes."""
    packed = packed_blanks(UNPACKED)
    return file([PAGES, PAGE % b"/Contents 4 0 R", stream(packed, b"/Filter/FlateDecode")])


def packed_twice() -> bytes:
    """A few kB that unpack to some hundred kB that unpack to hundreds of megabytes."""
    twice = zlib.compress(packed_blanks(UNPACKED), 9)
    return file([PAGES, PAGE % b"/Contents 4 0 R", stream(twice, b"/Filter[/FlateDecode/FlateDecode]")])


def huge_picture() -> bytes:
    """A picture of 30000 x 30000 pixels in grey."""
    rows = packed_blanks(UNPACKED)
    picture = stream(
        rows,
        b"/Type/XObject/Subtype/Image/Width 30000/Height 30000/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/FlateDecode",
    )
    page = PAGE % b"/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>>>"
    return file([PAGES, page, stream(b"600 0 0 800 0 0 cm /I Do"), picture])


def nested_forms() -> bytes:
    """Nine forms, each drawing the next ten times: 10^9 drawings."""
    forms = [
        stream(
            b"/F Do " * 10 if depth < 8 else b"0 0 1 1 re f",
            b"/Type/XObject/Subtype/Form/BBox[0 0 600 800]/Resources<</XObject<</F %d 0 R>>>>" % (6 + depth),
        )
        for depth in range(9)
    ]
    return file([PAGES, PAGE % b"/Contents 4 0 R/Resources<</XObject<</F 5 0 R>>>>", stream(b"/F Do " * 10), *forms])


def tree_loop() -> bytes:
    """A page tree that holds itself."""
    return file([b"<</Type/Pages/Kids[3 0 R 2 0 R]/Count 2>>", PAGE % b""])


def many_pages() -> bytes:
    """200 000 pages, all the same object."""
    return file([b"<</Type/Pages/Count 200000/Kids[" + b"3 0 R " * 200_000 + b"]>>", PAGE % b""])


def giant_page() -> bytes:
    """A page five kilometres wide."""
    return file([PAGES, b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 14400000 14400000]>>"])


def locked() -> bytes:
    """A page behind a password."""
    writer = pypdf.PdfWriter()
    writer.add_blank_page(600, 800)
    writer.encrypt(user_password="secret", owner_password="owner", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def cut_off() -> bytes:
    """The first half of a file."""
    whole = file([PAGES, PAGE % b"/Contents 4 0 R", stream(b" " * 4000)])
    return whole[: len(whole) // 2]


def garbage() -> bytes:
    """The head of a PDF and nothing that follows from it."""
    return b"%PDF-1.7\n" + bytes(range(256)) * 40 + b"\n%%EOF\n"


def web_page() -> bytes:
    """A login page that was saved in place of the PDF."""
    return b"<!DOCTYPE html><html><body>Please log in</body></html>"


FILES: dict[str, Callable[[], bytes]] = {
    made.__name__: made
    for made in (
        long_stream, packed_twice, huge_picture, nested_forms, tree_loop, many_pages, giant_page, locked, cut_off,
        garbage, web_page,
    )
}  # fmt: skip
