"""Specimen business licences (营业执照) in the 2019 landscape layout, for companies and for sole traders (个体工商户)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import zxingcpp
from PIL import Image

from samples.canvas import MARK_GREY, SPECIMEN, Colour, Pixels, Sheet, rosette, seal, waves
from samples.people import Company

WIDTH_MM, HEIGHT_MM = 297.0, 210.0
PX_PER_MM = 8.0
GOLD: Colour = (196, 160, 84)
LABEL_GOLD: Colour = (58, 50, 40)
LABEL, VALUE, PITCH = 5.2, 5.6, 7.8


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled value of the licence."""

    label: str
    value: str


def licence(company: Company, seed: int = 11, px_per_mm: float = PX_PER_MM) -> Pixels:
    """A business licence, duplicate copy (副本)."""
    sheet = _ground(seed, px_per_mm)
    _head(sheet, company)
    left, right = _rows(company)
    _column(sheet, left, 24.0, 54.0, 92.0)
    _column(sheet, right, 168.0, 196.0, 74.0)
    _foot(sheet, company)
    return sheet.pixels()


def licence_url(company: Company) -> str:
    """What the QR code says: an address under a name reserved for examples."""
    return f"https://licence.example/uscc/{company.credit_code}"


def _rows(company: Company) -> tuple[Sequence[Row], Sequence[Row]]:
    name, kind = Row("名称", company.name), Row("类型", company.kind)
    scope, opened = Row("经营范围", company.scope), _chinese_date(company.established)
    if company.is_sole_trader:
        left = (name, kind, Row("经营者", company.legal_person), scope)
        return left, (Row("组成形式", company.form), Row("注册日期", opened), Row("经营场所", company.address))
    left = (name, kind, Row("法定代表人", company.legal_person), scope)
    return left, (Row("注册资本", company.capital), Row("成立日期", opened), Row("住所", company.address))


def _ground(seed: int, px_per_mm: float) -> Sheet:
    size = round(WIDTH_MM * px_per_mm), round(HEIGHT_MM * px_per_mm)
    ground = waves(*size, (253, 252, 246), (250, 250, 240), (236, 226, 196), seed)
    sheet = Sheet(WIDTH_MM, HEIGHT_MM, px_per_mm, ground)
    for inset, width in ((6.0, 1.6), (9.0, 0.5), (11.5, 0.5)):
        box = [sheet.px(v) for v in (inset, inset, WIDTH_MM - inset, HEIGHT_MM - inset)]
        sheet.pen.rectangle(box, outline=GOLD, width=max(sheet.px(width), 1))
    for x in (6.5, WIDTH_MM - 18.5):
        for y in (6.5, HEIGHT_MM - 18.5):
            sheet.paste(rosette(sheet.px(12), GOLD, 8), x, y)
    return sheet


def _head(sheet: Sheet, company: Company) -> None:
    middle = WIDTH_MM / 2
    sheet.paste(rosette(sheet.px(22), (206, 70, 60)), middle - 11, 14.0)
    sheet.centred(middle, 38.5, "营业执照", 17.0, style="song", gap=7.0)
    sheet.centred(middle, 60.5, "（副本）", 5.6, style="song", gap=1.0)
    sheet.text(24.0, 30.0, "统一社会信用代码", 4.6, style="hei", gap=0.4)
    sheet.text(24.0, 37.0, company.credit_code, 5.0, style="bold", gap=0.3)
    sheet.paste(qr_picture(licence_url(company), sheet.px(25)), 226.0, 24.0)
    for at, line in enumerate(
        ("扫描二维码登录", "‘国家企业信用", "信息公示系统’", "了解更多登记、", "备案、许可、监", "管信息。")
    ):
        sheet.text(253.0, 25.0 + at * 3.9, line, 2.7, style="song")
    sheet.text(24.0, 22.0, SPECIMEN, 3.4, fill=MARK_GREY)


def _column(sheet: Sheet, rows: Sequence[Row], label_x: float, value_x: float, width: float) -> None:
    y = 78.0
    for row in rows:
        _spread(sheet, label_x, y, row.label, 25.0)
        under = sheet.paragraph(value_x, y, row.value, VALUE, width, PITCH, style="song")
        y = max(under, y + PITCH) + 4.6


def _spread(sheet: Sheet, x: float, y: float, label: str, width: float) -> None:
    """Writes a label over a fixed width: 名 and 称 stand far apart on real licences."""
    gap = (width - sheet.text_width(label, LABEL)) / max(len(label) - 1, 1)
    sheet.text(x, y, label, LABEL, fill=LABEL_GOLD, gap=gap)


def _foot(sheet: Sheet, company: Company) -> None:
    sheet.text(196.0, 158.0, "登记机关", 5.6, style="hei", gap=1.6)
    stamp = seal(sheet.px(38), company.registrar)
    sheet.paste(stamp, 226.0, 140.0)
    issued = company.issued
    sheet.text(212.0, 172.0, f"{issued.year}", 5.2, style="song", gap=0.3)
    for x, text in (
        (227.0, "年"),
        (233.5, f"{issued.month:02d}"),
        (241.5, "月"),
        (248.0, f"{issued.day:02d}"),
        (256.0, "日"),
    ):
        sheet.text(x, 172.0, text, 5.2, style="song")
    site = "国家企业信用信息公示系统网址：http://www.gsxt.gov.cn（样本，非真实执照）"
    yearly = "市场主体应当于每年1月1日至6月30日通过国家企业信用信息公示系统报送公示年度报告。"
    sheet.text(22.0, 186.5, site, 3.0, style="song")
    sheet.text(22.0, 191.5, yearly, 3.0, style="song")
    sheet.text(212.0, 189.5, "国家市场监督管理总局监制", 3.4, style="song", gap=0.4)


def qr_picture(text: str, size_px: int) -> Image.Image:
    """A QR code as a square picture."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    modules = zxingcpp.write_barcode_to_image(code, scale=1, add_quiet_zones=False)
    return Image.fromarray(modules).convert("RGB").resize((size_px, size_px), Image.Resampling.NEAREST)


def _chinese_date(day: object) -> str:
    return f"{day:%Y}年{day:%m}月{day:%d}日"
