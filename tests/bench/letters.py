"""Letters and forms, warm, one process; and the same plain letter of two pages by ours, reportlab's own and others'."""

from __future__ import annotations

import io

from samples import form_specimens
from tests.bench import peers
from tests.bench.measure import rate, title

CLAUSE = (
    "本单位（91440101MA9X7K2Q1Y）已知悉并承诺：所提交的备案信息真实、准确、完整，网站“云帆样本”（yunfan-example.cn）"
    "仅用于介绍本单位的产品与服务，不从事未经许可的经营活动；信息发生变化的，在30日内办理变更备案，逾期愿承担相应责任。"
)
PARAGRAPHS = [f"{number}. {CLAUSE}" for number in range(1, 15)]
"""Two pages of our letters' size."""


def main() -> None:
    """Letters a second, ours and others'."""
    from generators import forms

    unit = form_specimens.unit()
    title("Letters and forms a second of CPU, warm, one process")
    for template in ("commitment_letter", "jiangsu_commitment", "filing_information_sheet", "verification_form"):
        rate(
            f"{template} ({_pages(forms.render(template, unit))} pages)", lambda name=template: forms.render(name, unit)
        )
    title("The same letter of two pages")
    rate("beianbox", _our_letter)
    rate("reportlab Paragraph, wordWrap=CJK", _stock_letter)
    peers.show("letters", {"paragraphs": PARAGRAPHS})


def _pages(pdf: bytes) -> int:
    import pypdf

    return len(pypdf.PdfReader(io.BytesIO(pdf)).pages)


def _our_letter() -> bytes:
    from generators.cjk import Style, para
    from generators.page import LETTER, Furniture, Info, build

    style = Style(indent=2)
    return build([para(text, style) for text in PARAGRAPHS], LETTER, Furniture(), Info("承诺书"))


def _stock_letter() -> None:
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph, SimpleDocTemplate

    from generators import fonts

    style = ParagraphStyle("body", fontName=fonts.register(), wordWrap="CJK", fontSize=11.5, leading=20, spaceAfter=4)
    SimpleDocTemplate(io.BytesIO()).build([Paragraph(text, style) for text in PARAGRAPHS])
