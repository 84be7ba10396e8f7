"""Helpers that draw a printed template, and look at a box of a finished page with another reader than ours."""

from __future__ import annotations

import io
from collections.abc import Callable

import pypdfium2
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from generators import fonts
from generators.fill_places import Box


def drawn(draw: Callable[[Canvas], None]) -> bytes:
    """A page of A4 in our font."""
    canvas, out = canvas_of()
    draw(canvas)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def canvas_of() -> tuple[Canvas, io.BytesIO]:
    """A canvas for a page of A4, and where its bytes go."""
    fonts.register()
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    canvas.setFont("BeianSerif", 11)
    return canvas, out


def chars_in(pdf: bytes, box: Box) -> str:
    """What another reader than ours finds inside a box."""
    document = pypdfium2.PdfDocument(pdf)
    text = document[0].get_textpage()
    found = text.get_text_bounded(*box)
    text.close()
    document.close()
    return "".join(found.split())


def dark_share(pdf: bytes, box: Box) -> float:
    """How much of a box is ink."""
    document = pypdfium2.PdfDocument(pdf)
    page = document[0]
    image = page.render(scale=2).to_pil().convert("L")
    height = page.get_height()
    document.close()
    part = image.crop((int(box[0] * 2), int((height - box[3]) * 2), int(box[2] * 2), int((height - box[1]) * 2)))
    counts = part.histogram()
    return sum(counts[:160]) / sum(counts)
