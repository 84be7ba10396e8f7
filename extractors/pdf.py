"""PDF: opens it safely, counts pages, draws a page and gives its text layer.

pypdf looks first (cheap, pure Python, with its own limits); PDFium draws in a child process under limits, because
hostile files make it abort. A child that dies is an error of that file only.
"""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from extractors import limits
from extractors.errors import Encrypted, Incomplete, ToolFailed, ToolMissing, Unreadable
from extractors.vision.lines import Line, Quad

RENDER_DPI = 250
RENDER_LONGEST_PX = 3000
_WALL_SECONDS = 30.0  # on a busy machine; the child's own limit of processor time comes first
_PROGRAM = Path(__file__).with_name("render_child.py")
_MIN_TEXT = 20
_MAX_FORMS = 4
_COLUMN_GAP = 1.5  # a gap of so many letter heights starts a new line of text


@dataclass(frozen=True, slots=True)
class DrawnPage:
    """One page: its pixels (blue, green, red, rows of `stride` bytes) and the text that stands on it."""

    width: int
    height: int
    stride: int
    channels: int
    pixels: bytes
    lines: tuple[Line, ...]

    @property
    def has_text(self) -> bool:
        """Whether the text layer is a real one: enough readable characters."""
        text = "".join(line.text for line in self.lines)
        readable = sum(not c.isspace() and c != "\ufffd" and not "\ue000" <= c <= "\uf8ff" for c in text)
        return readable >= _MIN_TEXT and readable >= 0.8 * len(text.replace(" ", ""))


def page_count(data: bytes) -> int:
    """The number of pages.

    Raises:
        Encrypted: when a password is needed to open the file.
        Incomplete, Unreadable, TooLarge: when it is cut off, damaged or over a limit.
    """
    limits.check_bytes(len(data), limits.MAX_PDF_BYTES)
    if b"%%EOF" not in data[-4096:]:
        raise Incomplete(
            "PDF不完整：文件结尾缺失，多半是复制或下载中断。请重新复制或下载原文件。",
            "The PDF is incomplete: its end is missing, most likely a broken copy or download. Copy or download it again.",
        )
    pages = _count_with_pypdf(data)
    if pages is None:
        pages = int(_ask_child(data, 0)[0]["pages"])
    limits.check_pages(pages)
    if pages == 0:
        raise _damaged()
    return pages


def _count_with_pypdf(data: bytes) -> int | None:
    """Pages by pypdf, None where the file is encrypted (PDFium knows more ciphers and says whether it opens)."""
    import pypdf
    from pypdf.errors import LimitReachedError, PyPdfError

    # pypdf logs each repair of a damaged file; the file's name is not known there, so it helps nobody.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = pypdf.PdfReader(io.BytesIO(data))
        if reader.is_encrypted:
            return None
        pages = len(reader.pages)
        limits.check_pages(pages)
        for page in reader.pages:
            limits.check_page_size(float(page.mediabox.width), float(page.mediabox.height))
            _check_pictures(page)
            _unpack(page)
        return pages
    except LimitReachedError as error:
        raise _too_complex() from error
    except (
        PyPdfError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        RecursionError,
        AssertionError,
        NotImplementedError,  # a filter that no PDF has, as a damaged name of one reads
    ) as error:
        raise _damaged() from error


def _check_pictures(holder: Any, depth: int = 0) -> None:
    """The pixels its pictures promise, before anything unpacks them; forms inside forms as far as sane files go."""
    resources = holder.get("/Resources")
    found = resources.get_object().get("/XObject") if resources is not None else None
    for reference in (found.get_object() if found is not None else {}).values():
        drawn = reference.get_object()
        if drawn.get("/Subtype") == "/Image":
            limits.check_pixels(int(drawn.get("/Width", 0)), int(drawn.get("/Height", 0)))
        elif drawn.get("/Subtype") == "/Form" and depth < _MAX_FORMS:
            _check_pictures(drawn, depth + 1)


def _unpack(page: Any) -> None:
    """Unpacks the page's instructions once, so that a bomb meets pypdf's limit and not the drawing program."""
    contents = page.get_contents()
    if contents is not None:
        contents.get_data()


def draw_page(data: bytes, number: int) -> DrawnPage:
    """Draws page `number` (from 1) at 250 dots per inch, its long side at most 3000 pixels."""
    header, pixels = _ask_child(data, number)
    width, height, stride, channels = (int(header[k]) for k in ("width", "height", "stride", "channels"))
    if len(pixels) != stride * height:
        raise _drawing_failed()
    return DrawnPage(width, height, stride, channels, pixels, tuple(_lines(header["characters"])))


def _ask_child(data: bytes, number: int) -> tuple[dict[str, Any], bytes]:
    command = [sys.executable, "-I", str(_PROGRAM), str(number), str(RENDER_DPI), str(RENDER_LONGEST_PX)]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=_WALL_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise _drawing_failed() from error
    if b"No module named" in done.stderr:
        raise ToolMissing(
            "缺少 pypdfium2，无法打开 PDF。请执行：pip install pypdfium2，或重新运行 make demo。",
            "pypdfium2 is not installed, so PDFs cannot be drawn. Run pip install pypdfium2, or make demo again.",
        )
    first, _, pixels = done.stdout.partition(b"\n")
    if done.returncode != 0 or not first:
        raise _drawing_failed()
    header: dict[str, Any] = json.loads(first)
    if header.get("error") == "password":
        raise Encrypted(
            "PDF 需要密码才能打开。请用密码打开后另存为不加密的 PDF，再重新放入。",
            "The PDF needs a password. Open it with the password, save it without one, and put it here again.",
        )
    if header.get("error"):
        raise _damaged()
    return header, pixels


def _lines(characters: Sequence[Any]) -> Iterable[Line]:
    """Characters grouped to lines: a line break, or a wide gap on the same row, ends one."""
    group: list[Any] = []
    for item in characters:
        if item == "\n" or (group and _is_apart(group[-1], item)):
            yield from _line(group)
            group = []
        if item != "\n":
            group.append(item)
    yield from _line(group)


def _is_apart(last: Sequence[Any], item: Sequence[Any]) -> bool:
    height = max(1.0, last[4] - last[2], item[4] - item[2])
    middles = (last[2] + last[4]) / 2, (item[2] + item[4]) / 2
    return bool(abs(middles[0] - middles[1]) > 0.6 * height or item[1] - last[3] > _COLUMN_GAP * height)


def _line(group: list[Any]) -> Iterable[Line]:
    while group and group[0][0].isspace():
        group = group[1:]
    while group and group[-1][0].isspace():
        group = group[:-1]
    if not group:
        return
    left, top = min(c[1] for c in group), min(c[2] for c in group)
    right, bottom = max(c[3] for c in group), max(c[4] for c in group)
    width = max(1.0, right - left)
    spans = tuple(((c[1] - left) / width, (c[3] - left) / width) for c in group)
    box: Quad = ((left, top), (right, top), (right, bottom), (left, bottom))
    yield Line("".join(c[0] for c in group), box, (1.0,) * len(group), spans, "text_layer")


def _damaged() -> Unreadable:
    return Unreadable(
        "PDF 已损坏，无法打开。请重新导出或下载原文件。",
        "The PDF is damaged and cannot be opened. Export or download it again.",
    )


def _too_complex() -> ToolFailed:
    return ToolFailed(
        "PDF 内容异常（解压后超过安全上限），未读取。请用“打印为 PDF”重新生成后放入。",
        "The PDF unpacks to more than is safe and was not read. Print it to a new PDF and put that here.",
    )


def _drawing_failed() -> ToolFailed:
    return ToolFailed(
        "PDF 无法安全打开（渲染程序崩溃或超时）。请用“打印为 PDF”重新生成，或改用图片。",
        "The PDF could not be opened safely (the drawing program crashed or ran out of time). Print it to a new PDF, or use a picture.",
    )
