"""Specimen domain name certificates (域名证书): as a registrar's PDF with a text layer, and as a picture of one."""

from __future__ import annotations

import io
from collections.abc import Sequence

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from generators import fonts
from samples.canvas import MARK_GREY, SPECIMEN, Pixels, Sheet, rosette, seal, waves
from samples.people import DomainRegistration

WIDTH_MM, HEIGHT_MM = 297.0, 210.0
PX_PER_MM = 7.0
INTRO = "兹证明以下域名已由本机构注册，注册信息如下："

HEI, BOLD = "BeianSans", "BeianSansBold"


def certificate_pdf(domain: DomainRegistration) -> bytes:
    """The certificate as one landscape A4 page whose text can be copied."""
    buffer = io.BytesIO()
    _fonts()
    canvas = Canvas(buffer, pagesize=(WIDTH_MM * mm, HEIGHT_MM * mm), invariant=1, pageCompression=1)
    canvas.setTitle(f"域名证书 {domain.domain}")
    canvas.setAuthor(domain.registrar)
    _pdf_frame(canvas)
    _pdf_text(canvas, domain)
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def certificate_picture(domain: DomainRegistration, seed: int = 21) -> Pixels:
    """The certificate as a sheet of paper."""
    size = round(WIDTH_MM * PX_PER_MM), round(HEIGHT_MM * PX_PER_MM)
    ground = waves(*size, (246, 250, 255), (250, 248, 255), (206, 222, 240), seed)
    sheet = Sheet(WIDTH_MM, HEIGHT_MM, PX_PER_MM, ground)
    for inset, width in ((8.0, 1.4), (10.8, 0.4)):
        box = [sheet.px(v) for v in (inset, inset, WIDTH_MM - inset, HEIGHT_MM - inset)]
        sheet.pen.rectangle(box, outline=(70, 110, 170), width=max(sheet.px(width), 1))
    sheet.paste(rosette(sheet.px(18), (70, 110, 170), 10), WIDTH_MM / 2 - 9, 15.0)
    sheet.centred(WIDTH_MM / 2, 37.0, "域名证书", 13.0, style="bold", gap=5.0)
    sheet.centred(WIDTH_MM / 2, 55.0, "Domain Name Registration Certificate", 5.0)
    sheet.text(42.0, 72.0, INTRO, 5.0)
    for at, (label, value) in enumerate(_rows(domain)):
        sheet.text(42.0, 86.0 + at * 13.0, f"{label}：", 5.4, style="bold")
        sheet.text(84.0, 86.0 + at * 13.0, value, 5.4)
    sheet.paste(seal(sheet.px(38), domain.registrar), 216.0, 148.0)
    sheet.text(24.0, 190.0, SPECIMEN, 3.4, fill=MARK_GREY)
    return sheet.pixels()


def _rows(domain: DomainRegistration) -> Sequence[tuple[str, str]]:
    return (
        ("域名", domain.domain),
        ("域名所有者", domain.owner),
        ("注册商", domain.registrar),
        ("注册日期", f"{domain.registered:%Y-%m-%d}"),
        ("到期日期", f"{domain.expires:%Y-%m-%d}"),
        ("证书编号", domain.number),
    )


def _fonts() -> None:
    """The same reportlab settings and fonts as the product's own pages, whatever was drawn before."""
    fonts.register()
    for name in (HEI, BOLD):
        fonts.load(name)


def _pdf_frame(canvas: Canvas) -> None:
    for inset, width in ((10.0, 3.0), (13.0, 0.8)):
        canvas.setLineWidth(width)
        canvas.setStrokeColorRGB(0.27, 0.43, 0.67)
        canvas.rect(inset * mm, inset * mm, (WIDTH_MM - 2 * inset) * mm, (HEIGHT_MM - 2 * inset) * mm)


def _pdf_text(canvas: Canvas, domain: DomainRegistration) -> None:
    canvas.setFont(BOLD, 34)
    canvas.drawCentredString(WIDTH_MM / 2 * mm, 166 * mm, "域名证书", charSpace=10)
    canvas.setFont(HEI, 13)
    canvas.drawCentredString(WIDTH_MM / 2 * mm, 155 * mm, "Domain Name Registration Certificate")
    canvas.drawString(42 * mm, 138 * mm, INTRO)
    for at, (label, value) in enumerate(_rows(domain)):
        canvas.setFont(BOLD, 14)
        canvas.drawString(42 * mm, (122 - at * 13) * mm, f"{label}：")
        canvas.setFont(HEI, 14)
        canvas.drawString(84 * mm, (122 - at * 13) * mm, value)
    canvas.setFont(HEI, 9)
    canvas.setFillColorRGB(0.55, 0.5, 0.55)
    canvas.drawString(20 * mm, 18 * mm, f"{SPECIMEN}：域名、公司与注册商均为虚构，只为演示")
