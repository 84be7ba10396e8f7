"""Pages of others' PDFs: what acts is gone, what shows stays, and what cannot be had harms nothing."""

from __future__ import annotations

import io
from pathlib import Path

import pikepdf
import pypdf
import pytest

from generators import supplied
from generators.cjk import Style, para
from generators.page import SHEET, Furniture, Info, PageBreak, build
from generators.scans import Caption, pdf_scan_page

Name, Dictionary, Array = pikepdf.Name, pikepdf.Dictionary, pikepdf.Array
ACTIVE = (
    b"JavaScript",
    b"evil",
    b"/Launch",
    b"/URI",
    b"/SubmitForm",
    b"/EmbeddedFile",
    b"/RichMedia",
    b"/AA <<",
    b"secret",
)


def document(*texts: str) -> bytes:
    blocks = [block for text in texts for block in (para(text, Style()), PageBreak())]
    return build(blocks[:-1], SHEET, Furniture(), Info("证书"))


def planted() -> bytes:
    """A certificate with a script, an attachment, a program to start, links, a form that sends, and hidden data."""
    pdf = pikepdf.open(io.BytesIO(document("域名证书𬭎㛃䶮𫖯", "第二页·附注")))
    script = Dictionary(S=Name.JavaScript, JS=pikepdf.String("app.alert('evil')"))
    pdf.Root.OpenAction = script
    pdf.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array([pikepdf.String("evil"), script])))
    pdf.attachments["evil.exe"] = pikepdf.AttachedFileSpec(pdf, b"MZ secret", filename="evil.exe")
    page = pdf.pages[0].obj
    page.AA = Dictionary(O=Dictionary(S=Name.Launch, F=pikepdf.String("evil.sh")))
    link = Dictionary(
        Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 50, 50]),
        A=Dictionary(S=Name.URI, URI=pikepdf.String("https://evil.example/")),
    )  # fmt: skip
    button = Dictionary(
        Type=Name.Annot, Subtype=Name.Widget, FT=Name.Btn, T=pikepdf.String("send"), Rect=Array([50, 50, 90, 90]),
        A=Dictionary(S=Name.SubmitForm, F=pikepdf.String("https://evil.example/")),
    )  # fmt: skip
    media = Dictionary(Type=Name.Annot, Subtype=Name.RichMedia, Rect=Array([0, 0, 9, 9]))
    page.Annots = Array([pdf.make_indirect(one) for one in (link, button, media)])
    pdf.Root.AcroForm = Dictionary(Fields=Array([page.Annots[1]]))
    page.PieceInfo = Dictionary(Maker=Dictionary(Private=pikepdf.String("secret")))
    out = io.BytesIO()
    pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable, compress_streams=False)
    return out.getvalue()


def uncompressed(pdf: bytes) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        opened.save(out, qdf=True, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return out.getvalue()


def test_what_acts_or_hides_is_gone_and_the_words_stay() -> None:
    dirty = planted()
    assert all(mark in uncompressed(dirty) for mark in ACTIVE)
    pages = supplied.clean_pages(dirty, [1, 2])
    assert sorted(pages) == [1, 2]
    for pdf, words in ((pages[1], "域名证书𬭎㛃䶮𫖯"), (pages[2], "第二页·附注")):
        assert not [mark for mark in ACTIVE if mark in uncompressed(pdf)]
        assert words in "".join(pypdf.PdfReader(io.BytesIO(pdf)).pages[0].extract_text().split())


def test_a_cleaned_page_keeps_its_words_and_its_shape_on_our_page() -> None:
    page = supplied.clean_pages(planted(), [1])[1]
    sheet = pypdf.PdfReader(io.BytesIO(pdf_scan_page(page, Caption("域名证书.pdf", "域名证书"), date="2026-11-22")))
    assert len(sheet.pages) == 1
    text = "".join(sheet.pages[0].extract_text().split())
    assert "域名证书𬭎㛃䶮𫖯" in text and "仅供备案使用" in text
    assert "/Annots" not in sheet.pages[0]


def test_a_turned_page_is_set_upright() -> None:
    with pikepdf.open(io.BytesIO(document("横页"))) as pdf:
        pdf.pages[0].Rotate = 90
        out = io.BytesIO()
        pdf.save(out)
    page = supplied.clean_pages(out.getvalue(), [1])[1]
    sheet = pypdf.PdfReader(io.BytesIO(pdf_scan_page(page, Caption("横.pdf", "其他材料"))))
    assert sheet.pages[0].rotation == 0


def test_a_page_with_a_font_left_outside_is_not_carried_over() -> None:
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(200, 200))
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    pdf.pages[0].Resources = Dictionary(Font=Dictionary(F0=font))
    pdf.pages[0].Contents = pdf.make_stream(b"BT /F0 12 Tf 20 20 Td (Helvetica) Tj ET")
    out = io.BytesIO()
    pdf.save(out)
    assert supplied.clean_pages(out.getvalue(), [1]) == {}


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7 broken", b"<html></html>"])
def test_a_file_that_cannot_be_opened_gives_nothing(data: bytes) -> None:
    assert supplied.clean_pages(data, [1]) == {}


def test_a_child_that_hangs_or_dies_gives_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for code in ("import time; time.sleep(60)", "import os; os.abort()"):
        program = tmp_path / "child.py"
        program.write_text(code)
        monkeypatch.setattr(supplied, "PROGRAM", program)
        monkeypatch.setattr(supplied, "WALL_SECONDS", 1.0)
        assert supplied.clean_pages(document("一"), [1]) == {}
