"""Letters and forms, warm, beside reportlab's own paragraphs with the same text."""

from __future__ import annotations

import io

from tests.bench.measure import rate, title

VALUES = {
    "entity": {
        "name": "广州云杉样本科技有限公司",
        "nature": "enterprise",
        "certificate": {"number": "91440101MA9X7K2Q1Y"},
    }
}


def main() -> None:
    """Letters a second."""
    from generators import forms

    title("Letters, warm, one process")
    rate("beianbox commitment letter", lambda: forms.render("commitment_letter", VALUES))
    rate("reportlab Paragraph, wordWrap=CJK, same amount of text", _stock_letter)


def _stock_letter() -> None:
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph, SimpleDocTemplate

    from generators import fonts

    style = ParagraphStyle("body", fontName=fonts.register(), wordWrap="CJK", fontSize=12, leading=20)
    SimpleDocTemplate(io.BytesIO()).build(
        [Paragraph("本单位承诺所提供的备案信息真实、准确、完整，并及时更新。" * 2, style) for _ in range(10)]
    )
