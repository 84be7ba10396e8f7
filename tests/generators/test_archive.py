"""The finished bundle: PDF/A-3b with its data inside, and the same bytes from everyone."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
from pathlib import Path

import pikepdf
import pytest
from pikepdf import pdfa

from generators import archive
from generators.archive import Attachment
from generators.cjk import Style, para
from generators.merge import Meta, Part, bundle
from generators.page import SHEET, Furniture, Info, build

DATA = Attachment("filing.json", '{"名称": "样本"}'.encode(), "application/json", "Filing data")
DAY = "2026-11-22"


@pytest.fixture
def drawn() -> bytes:
    """A small bundle with contents, links, outline and page labels."""
    pages = [
        build([para(text, Style())], SHEET, Furniture(), Info(text)) for text in ("封面𬭎㛃䶮𫖯·", "意见", "承诺书")
    ]
    parts = [Part("封面", "", pages[0]), Part("意见", "核对", pages[1]), Part("承诺书", "表格", pages[2])]
    return bundle(parts, Meta("材料包", "首次备案", DAY))


def test_a_bundle_passes_the_check_of_the_standard(drawn: bytes) -> None:
    made = archive.archive(drawn, [DATA], DAY)
    assert (made.problems, made.flavour) == ((), "3b")
    assert pdfa.validate_written(io.BytesIO(made.pdf), "3b").passed


def test_the_data_lies_inside_as_associated_file(drawn: bytes) -> None:
    with pikepdf.open(io.BytesIO(archive.archive(drawn, [DATA], DAY).pdf)) as pdf:
        held = pdf.attachments["filing.json"]
        assert held.get_file().read_bytes() == DATA.data
        assert held.relationship == pikepdf.Name.Data
        assert pdf.Root.AF[0].objgen == held.obj.objgen


def test_contents_outline_and_labels_stay(drawn: bytes) -> None:
    with pikepdf.open(io.BytesIO(archive.archive(drawn, [DATA], DAY).pdf)) as pdf:
        assert [page.label for page in pdf.pages] == ["封面", "目录", "3", "4"]
        assert len(pdf.pages[1].Annots) == 2
        with pdf.open_outline() as outline:
            assert [item.title for item in outline.root] == ["封面", "目录 Contents", "核对", "表格"]


def test_nothing_of_the_clock_or_the_tool_is_in_the_file(drawn: bytes) -> None:
    with pikepdf.open(io.BytesIO(archive.archive(drawn, [DATA], DAY).pdf)) as pdf:
        metadata = pdf.open_metadata()
        assert metadata["xmp:MetadataDate"] == "2026-11-22T00:00:00Z"
        assert metadata["pdf:Producer"] == pdf.docinfo["/Producer"] == "beianbox"
        assert metadata["dc:title"] == "材料包"


PROGRAM = """
import hashlib, sys
from generators.archive import Attachment, archive
data = Attachment("filing.json", b"{}", "application/json", "data")
print(hashlib.sha256(archive(sys.stdin.buffer.read(), [data], "2026-11-22").pdf).hexdigest())
"""


def test_another_process_gives_the_same_bytes(drawn: bytes) -> None:
    data = Attachment("filing.json", b"{}", "application/json", "data")
    root = Path(archive.__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", PROGRAM], input=drawn, cwd=root, capture_output=True, check=True)
    here = hashlib.sha256(archive.archive(drawn, [data], DAY).pdf).hexdigest()
    assert done.stdout.decode().strip() == here


def test_what_cannot_be_archived_is_given_out_plain_and_says_why(bare_page: bytes) -> None:
    made = archive.archive(bare_page, [DATA], DAY)
    assert made.problems and made.flavour == ""
    with pikepdf.open(io.BytesIO(made.pdf)) as pdf:
        assert pdf.attachments["filing.json"].get_file().read_bytes() == DATA.data
        assert "pdfaid:part" not in pdf.open_metadata()


@pytest.fixture
def bare_page() -> bytes:
    """A page in Helvetica, which no PDF/A may leave outside."""
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(200, 200))
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    pdf.pages[0].Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F0=font))
    pdf.pages[0].Contents = pdf.make_stream(b"BT /F0 12 Tf 20 20 Td (Helvetica) Tj ET")
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()
