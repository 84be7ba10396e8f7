"""The bundle as it leaves the house: archivable, with its data inside, within its size, and no stranger's code in it."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pikepdf
import pytest
from pikepdf import pdfa
from PIL import Image

from extractors.paper import FieldReading, ImageFacts, Paper
from generators.cjk import Style, para
from generators.page import SHEET, Furniture, Info, build
from pipeline import batch, bundle, bundle_pages, proofs
from pipeline.reading import Reading, read_file
from pipeline.rulebook import Rulebook, load_rulebook
from pipeline.source_file import SourceFile, sha256_of

DAY = date(2026, 11, 20)
BOX = ((60.0, 60.0), (400.0, 60.0), (400.0, 90.0), (60.0, 90.0))


def photo(path: Path, shade: int) -> SourceFile:
    image = Image.effect_noise((900, 600), 60).convert("RGB")
    image.paste((shade, shade, shade), (60, 60, 400, 90))
    image.save(path, quality=90)
    return SourceFile(path.name, path, sha256_of(path))


def certificate(path: Path) -> SourceFile:
    """A domain certificate as PDF with a script and a hidden program in it."""
    words = ("域名证书", "域名：yunfan-example.cn", "域名所有者：云帆样本有限公司", "到期日期：2028-06-01")
    made = build([para(text, Style()) for text in words], SHEET, Furniture(), Info("域名证书"))
    with pikepdf.open(io.BytesIO(made)) as pdf:
        pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("evil()"))
        pdf.attachments["evil.exe"] = b"MZ evil"
        pdf.save(path)
    return SourceFile(path.name, path, sha256_of(path))


def scanned(file: SourceFile) -> Reading:
    fields = {"name": FieldReading("云帆样本有限公司", 0.99, 1, BOX, "ocr", "")}
    paper = Paper("business_licence", 1, 900, 600, fields, ImageFacts("jpeg", 1000, 900, 600))
    return Reading(file.name, file.sha256, 1000, "business_licence", papers=(paper,))


@pytest.fixture
def files(tmp_path: Path) -> list[SourceFile]:
    return [certificate(tmp_path / "域名证书.pdf"), *(photo(tmp_path / f"{n}.jpg", 40 * n) for n in range(3))]


@pytest.fixture(scope="module")
def rules() -> Rulebook:
    return load_rulebook(())


@pytest.fixture
def prepared(files: list[SourceFile], rules: Rulebook) -> batch.Prepared:
    paper = read_file(files[0].path, name=files[0].name, sha256=files[0].sha256)
    readings = [paper, *map(scanned, files[1:])]
    return batch.judge("F1", readings, None, rules, DAY)


def written(prepared: batch.Prepared, files: list[SourceFile], out: Path) -> bytes:
    bundle.write(prepared, files, out)
    return (out / "bundle.pdf").read_bytes()


def test_the_bundle_is_a_pdfa_that_carries_its_data(
    prepared: batch.Prepared, files: list[SourceFile], tmp_path: Path
) -> None:
    made = written(prepared, files, tmp_path / "out")
    assert pdfa.validate_written(io.BytesIO(made), "3b").passed
    with pikepdf.open(io.BytesIO(made)) as pdf:
        assert list(pdf.attachments) == ["filing.json"]
        held = pdf.attachments["filing.json"].get_file().read_bytes()
    assert held == (tmp_path / "out/filing.json").read_bytes()
    assert json.loads(held)["entity"]["name"] == "云帆样本有限公司"


def test_a_supplied_pdf_comes_along_without_its_scripts_and_with_its_words(
    prepared: batch.Prepared, files: list[SourceFile], tmp_path: Path
) -> None:
    from pypdf import PdfReader

    made = written(prepared, files, tmp_path / "out")
    with pikepdf.open(io.BytesIO(made)) as pdf:
        plain = io.BytesIO()
        pdf.save(plain, qdf=True)
    assert b"evil" not in plain.getvalue() and b"/JavaScript" not in plain.getvalue()
    last = PdfReader(io.BytesIO(made)).pages[-1]
    assert "yunfan-example.cn" in "".join(last.extract_text().split())
    assert not last.images  # drawn, not pictured


def test_the_same_filing_gives_the_same_bytes(
    prepared: batch.Prepared, files: list[SourceFile], tmp_path: Path
) -> None:
    one, two = (hashlib.sha256(written(prepared, files, tmp_path / name)).hexdigest() for name in ("a", "b"))
    assert one == two


def test_scans_that_are_too_large_together_are_made_smaller_and_the_cover_says_so(
    prepared: batch.Prepared, files: list[SourceFile], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pypdf import PdfReader

    whole = written(prepared, files, tmp_path / "whole")
    monkeypatch.setattr(proofs, "MAX_SCANS_BYTES", 150_000)
    small = written(prepared, files, tmp_path / "small")
    assert len(whole) - len(small) > 200_000
    assert "3页扫描件进一步缩小" in "".join(PdfReader(io.BytesIO(small)).pages[0].extract_text().split())


@pytest.mark.parametrize(
    ("sizes", "total", "expected"),
    [([], 10, 0), ([3, 4], 10, 4), ([3, 9], 10, 7), ([9, 9, 9], 10, 3), ([1, 8, 9], 10, 4), ([5, 5], 10, 5)],
)
def test_the_largest_give_way_first(sizes: list[int], total: int, expected: int) -> None:
    assert proofs.cap_of(sizes, total) == expected
    assert sum(min(size, expected) for size in sizes) <= total


def test_what_no_program_could_tell_of_a_picture_stands_under_it_and_on_the_cover(
    files: list[SourceFile], rules: Rulebook, tmp_path: Path
) -> None:
    """Of a file of two pages each page tells its own; what passed is only counted."""
    tiny, small, good = (ImageFacts("jpeg", 1000, 2000, 1400, sheet_width_px=width) for width in (300, 900, 2000))
    papers = tuple(Paper("business_licence", page, 900, 600, {}, facts) for page, facts in ((1, tiny), (2, small)))
    two = Reading(files[1].name, files[1].sha256, 1000, "business_licence", papers=papers)
    one = Reading(files[2].name, files[2].sha256, 1000, "business_licence", papers=(replace(papers[0], image=good),))
    prepared = batch.judge("F1", [two, one], None, rules, DAY)
    under = {
        (document.file, document.pages): [line.passed for line in bundle_pages._caption(document, prepared).checks]
        for document in prepared.filing.documents
    }
    assert under == {
        (files[1].name, (1,)): [False, True],
        (files[1].name, (2,)): [None, True],
        (files[2].name, (1,)): [True],
    }
    told = [line for group in bundle_pages.cover_info(prepared).todo for line in group.items if "“?”" in line]
    assert [line.endswith(files[1].name) for line in told] == [True]
