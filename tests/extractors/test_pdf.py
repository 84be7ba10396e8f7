"""PDFs: text with places, drawing in a child, and hostile or broken files."""

from __future__ import annotations

import io
import subprocess
import sys
import zlib
from pathlib import Path

import pypdf
import pytest
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from extractors import pdf
from extractors.errors import Encrypted, ExtractError, Incomplete, TooLarge, ToolFailed, Unreadable

FONT = Path(__file__).parents[2] / "generators/fonts/NotoSansSC-Regular.ttf"


def document(*pages: str, size: tuple[float, float] = (595, 842), hidden: bool = False) -> bytes:
    stream = io.BytesIO()
    if "test-hei" not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont("test-hei", str(FONT)))
    canvas = Canvas(stream, pagesize=size, invariant=1)
    for text in pages:
        drawn = canvas.beginText(100, size[1] - 100)
        drawn.setFont("test-hei", 14)
        drawn.setTextRenderMode(3 if hidden else 0)
        for line in text.split("\n"):
            drawn.textLine(line)
        canvas.drawText(drawn)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def rewritten(data: bytes, **encrypt: str) -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(data))
    writer.encrypt(**encrypt)  # type: ignore[arg-type]
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def bomb() -> bytes:
    """One page whose instructions unpack to 400 MB of blanks."""
    packed = zlib.compress(b" " * 400_000_000, 9)
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R>>",
        b"<</Length %d/Filter/FlateDecode>>stream\n" % len(packed) + packed + b"\nendstream",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(parts, 1):
        places.append(len(out))
        out += b"%d 0 obj" % number + body + b"endobj\n"
    table = b"xref\n0 5\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + table + b"trailer<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(out)


def test_text_is_found_with_its_place_on_the_drawn_page() -> None:
    drawn = pdf.draw_page(document("域名：example.cn\n域名所有者：样本科技有限公司（测试）"), 1)
    scale = pdf.RENDER_DPI / 72
    first = drawn.lines[0]
    assert first.text == "域名：example.cn"
    assert first.left == pytest.approx(100 * scale, abs=4)
    assert first.top < (842 - 742) * scale < first.bottom + 20
    assert drawn.has_text
    assert len(drawn.pixels) == drawn.stride * drawn.height


def test_text_hidden_behind_a_scan_is_not_taken_for_the_paper_s_word() -> None:
    assert not pdf.draw_page(document("扫描仪自己猜的文字，不能当作证件内容来读取", hidden=True), 1).has_text


def test_pages_are_counted() -> None:
    assert pdf.page_count(document("一", "二", "三")) == 3


def test_a_large_page_is_drawn_small() -> None:
    drawn = pdf.draw_page(document("大图", size=(3000, 2000)), 1)
    assert max(drawn.width, drawn.height) <= pdf.RENDER_LONGEST_PX + 1


@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-256"])
def test_a_password_is_asked_for_in_plain_words(algorithm: str) -> None:
    with pytest.raises(Encrypted, match="password") as refusal:
        pdf.page_count(rewritten(document("密"), user_password="secret", owner_password="owner", algorithm=algorithm))
    assert "密码" in refusal.value.zh


def test_a_pdf_locked_only_against_changes_is_read() -> None:
    data = rewritten(
        document("可以读取的文字内容，只是不能修改而已，足够长"),
        user_password="",
        owner_password="o",
        algorithm="RC4-128",
    )
    assert pdf.page_count(data) == 1
    assert pdf.draw_page(data, 1).has_text


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"%PDF-1.4\n" + b"x" * 5000 + b"%%EOF", Unreadable),
        (document("一")[:600], Incomplete),
        (document("一").replace(b"/FlateDecode", b"/FlateDecodX"), Unreadable),
        (document("一", size=(14_000, 14_000)), TooLarge),
        (document(*["页"] * 61), TooLarge),
    ],
)
def test_broken_and_oversized_files_are_refused(data: bytes, error: type[ExtractError]) -> None:
    with pytest.raises(error):
        pdf.page_count(data)


def test_a_bomb_is_refused_by_the_screen_before_anything_is_drawn() -> None:
    with pytest.raises(ToolFailed, match="unpacks"):
        pdf.page_count(bomb())


def test_a_drawing_program_that_dies_fails_only_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "_PROGRAM", Path(__file__).with_name("no_such_program.py"))
    with pytest.raises(ToolFailed) as refusal:
        pdf.draw_page(document("一"), 1)
    assert "打印为 PDF" in refusal.value.zh


def test_a_drawing_program_that_hangs_is_stopped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "hang.py"
    program.write_text("import time; time.sleep(60)")
    monkeypatch.setattr(pdf, "_PROGRAM", program)
    monkeypatch.setattr(pdf, "_WALL_SECONDS", 0.5)
    with pytest.raises(ToolFailed):
        pdf.draw_page(document("一"), 1)


def test_the_child_sets_its_own_limits() -> None:
    program = Path(pdf.__file__).with_name("render_child.py")
    code = f"import runpy, resource; m = runpy.run_path({str(program)!r}); m['limit_itself'](); print(resource.getrlimit(resource.RLIMIT_AS)[0])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 0 < int(done.stdout) <= 1 << 30
