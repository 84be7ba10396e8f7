"""A program of its own: draws one PDF page and tells its text, then ends.

PDFium aborts the whole process on some hostile files, so it only ever runs here, under limits of memory and
processor time that this program sets for itself first. It is started by `extractors.pdf` by file path, reads the PDF
from standard input and writes one line of JSON and then the picture's bytes (blue, green, red) to standard output.
"""

from __future__ import annotations

import ctypes
import json
import resource
import sys
from typing import Any

_MEMORY_BYTES = 1024 * 1024 * 1024
_CPU_SECONDS = 8
_MAX_CHARACTERS = 20_000
_INVISIBLE = 3


def main() -> int:
    """Reads the arguments page (from 1), dots per inch and longest side, and answers."""
    limit_itself()
    number, dpi, longest = (int(argument) for argument in sys.argv[1:4])
    header, pixels = _answer(sys.stdin.buffer.read(), number, dpi, longest)
    sys.stdout.buffer.write(json.dumps(header).encode() + b"\n" + pixels)
    return 0


def limit_itself() -> None:
    """Caps this process's memory and processor time, and lets it leave no core file."""
    limits = ((resource.RLIMIT_AS, _MEMORY_BYTES), (resource.RLIMIT_CPU, _CPU_SECONDS), (resource.RLIMIT_CORE, 0))
    for kind, value in limits:
        _, hard = resource.getrlimit(kind)
        lowest = value if hard == resource.RLIM_INFINITY else min(value, hard)  # a stricter parent's limit stays
        resource.setrlimit(kind, (lowest, lowest))


def _answer(data: bytes, number: int, dpi: int, longest: int) -> tuple[dict[str, Any], bytes]:
    import pypdfium2 as pdfium
    import pypdfium2.raw as raw

    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError:
        password = raw.FPDF_GetLastError() == raw.FPDF_ERR_PASSWORD
        return {"error": "password" if password else "damaged"}, b""
    pages = len(document)
    if not 1 <= number <= pages:
        return {"pages": pages, "error": "" if number == 0 else "damaged"}, b""
    try:
        page = document[number - 1]
    except pdfium.PdfiumError:
        return {"pages": pages, "error": "damaged"}, b""
    width, height = page.get_size()
    scale = min(dpi / 72, longest / max(width, height, 1))
    bitmap = page.render(scale=scale)
    header = {
        "pages": pages,
        "width": bitmap.width,
        "height": bitmap.height,
        "stride": bitmap.stride,
        "channels": bitmap.n_channels,
        "characters": _characters(raw, page, bitmap.width, bitmap.height),
    }
    return header, bytes(bitmap.buffer)


def _characters(raw: Any, page: Any, width: int, height: int) -> list[Any]:
    """Each character with its box in pixels: left, top, right, bottom; hidden ones are left out."""
    text = page.get_textpage()
    found: list[Any] = []
    for at in range(min(text.count_chars(), _MAX_CHARACTERS)):
        code = raw.FPDFText_GetUnicode(text, at)
        if code in (10, 13):
            found.append("\n")
        elif code > 31 and not _is_hidden(raw, text, at):
            found.append([chr(code), *_box(raw, page, text, at, width, height)])
    return found


def _is_hidden(raw: Any, text: Any, at: int) -> bool:
    """Scanners lay their own guess of the text invisibly over the picture: that is not the paper's word."""
    piece = raw.FPDFText_GetTextObject(text, at)
    return bool(piece) and raw.FPDFTextObj_GetTextRenderMode(piece) == _INVISIBLE


def _box(raw: Any, page: Any, text: Any, at: int, width: int, height: int) -> list[float]:
    rect = raw.FS_RECTF()
    raw.FPDFText_GetLooseCharBox(text, at, rect)
    corners = [_pixel(raw, page, x, y, width, height) for x, y in ((rect.left, rect.top), (rect.right, rect.bottom))]
    (x0, y0), (x1, y1) = corners
    return [min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)]


def _pixel(raw: Any, page: Any, x: float, y: float, width: int, height: int) -> tuple[float, float]:
    # The function answers in whole pixels, so it is asked for a page ten times as large.
    device_x, device_y = ctypes.c_int(), ctypes.c_int()
    raw.FPDF_PageToDevice(page, 0, 0, width * 10, height * 10, 0, x, y, device_x, device_y)
    return device_x.value / 10, device_y.value / 10


if __name__ == "__main__":
    sys.exit(main())
