"""Reads one document: the one way in. Light to import; cv2 and onnxruntime are loaded at the first reading."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractors import limits, pdf
from extractors.errors import Unsupported
from extractors.identify import FileKind, check_picture_end
from extractors.paper import FieldReading, ImageFacts, Paper

if TYPE_CHECKING:
    from extractors.vision.images import Picture
    from extractors.vision.reader import Engine

TEXT_LAYER = "text layer (pdfium)"
"""The engine of papers whose page had a text layer worth the name."""


def read_document(data: bytes, kind: FileKind, *, engine: str = "auto") -> tuple[Paper, ...]:
    """What the papers of one picture or PDF say, page after page.

    Args:
        data: the file's bytes.
        kind: what `identify` said it is.
        engine: `auto`, `ppocr`, `tesseract` or `both`.

    Raises:
        ExtractError: where the file cannot be read; other files are not concerned.
    """
    if kind is FileKind.PDF:
        return _read_pdf(data, engine)
    _check_picture(data, kind)
    from extractors.vision import images, reader

    frames = images.frame_count(data)
    pages = frames if kind is FileKind.TIFF else 1
    limits.check_pages(pages)
    papers: list[Paper] = []
    for number in range(1, pages + 1):
        page = images.decode(data, number)
        facts = ImageFacts(kind.value, len(data), page.shape[1], page.shape[0], frames=frames)
        papers += reader.read_page(page, number, facts, reader.choose_engine(engine))
    return tuple(papers)


def page_picture(data: bytes, kind: FileKind, page: int = 1, *, at_least_px: int = 0) -> Picture:
    """The page's picture (blue, green, red) in whose pixels the boxes of its values are given.

    With `at_least_px` a photo may come smaller, its long side no less than that; its boxes shrink with it.
    """
    if kind is FileKind.PDF:
        pdf.page_count(data)
        return _as_picture(pdf.draw_page(data, page))
    _check_picture(data, kind)
    from extractors.vision import images

    return images.decode(data, page, at_least_px=at_least_px)


def _check_picture(data: bytes, kind: FileKind) -> None:
    if not kind.is_picture:
        raise Unsupported(
            "该文件不是图片或 PDF，不能按证件读取。请提供 JPG、PNG 或 PDF。",
            "The file is neither a picture nor a PDF, so no paper can be read from it. Supply a JPG, PNG or PDF.",
        )
    limits.check_bytes(len(data), limits.MAX_PICTURE_BYTES)
    check_picture_end(kind, data)


def _read_pdf(data: bytes, engine: str) -> tuple[Paper, ...]:
    papers: list[Paper] = []
    chosen: Engine | None = None
    for number in range(1, pdf.page_count(data) + 1):
        drawn = pdf.draw_page(data, number)
        facts = ImageFacts(FileKind.PDF.value, len(data), drawn.width, drawn.height)
        if drawn.has_text:
            papers.append(_paper_of_text(drawn, number, facts))
            continue
        from extractors.vision import reader

        chosen = chosen or reader.choose_engine(engine)
        papers += reader.read_page(_as_picture(drawn), number, facts, chosen)
    return tuple(papers)


def _paper_of_text(drawn: pdf.DrawnPage, number: int, facts: ImageFacts) -> Paper:
    """A page whose text layer is real needs no reading of its picture."""
    from extractors.papers import kinds, registry
    from extractors.papers.layout import SheetText

    text = SheetText(drawn.lines, drawn.width, drawn.height)
    kind = kinds.kind_of(text)
    fields = {
        name: FieldReading(value.value, value.confidence, number, value.box, value.method, value.raw, value.repaired)
        for name, value in registry.read(kind, text).items()
    }
    texts = tuple(line.text for line in drawn.lines)
    return Paper(kind, number, drawn.width, drawn.height, fields, facts, TEXT_LAYER, texts)


def _as_picture(drawn: pdf.DrawnPage) -> Picture:
    import numpy as np

    rows = np.frombuffer(drawn.pixels, np.uint8).reshape(drawn.height, drawn.stride)
    pixels = rows[:, : drawn.width * drawn.channels].reshape(drawn.height, drawn.width, drawn.channels)
    if drawn.channels == 1:
        pixels = np.repeat(pixels, 3, axis=2)
    return np.ascontiguousarray(pixels[:, :, :3])
