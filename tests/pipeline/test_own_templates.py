"""Templates that the user keeps take the place of our own forms, or say why they cannot."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pikepdf
import pytest
from pikepdf import pdfa
from pypdf import PdfReader

from generators.blocks import Table, value_cell
from generators.cjk import Run
from generators.page import SHEET, Furniture, Info, build
from pipeline import batch, bundle, cli
from pipeline.model import Severity
from pipeline.rulebook import load_rulebook
from tests.pipeline import papers

DAY = date(2026, 11, 20)


@pytest.fixture(scope="module")
def prepared() -> batch.Prepared:
    made = batch.judge("F1", [papers.licence(), papers.front(), papers.back()], None, load_rulebook(()), DAY)
    return replace(made, readings=(), forms=tuple(form for form in made.forms if form.template == "commitment_letter"))


def printed(*labels: str) -> bytes:
    """A printed form with a script in it: labels in ruled cells, blanks beside them."""
    rows = [[value_cell([Run(label)]), value_cell([Run(" ")])] for label in labels]
    with pikepdf.open(io.BytesIO(build([Table((1, 2), rows, least=30)], SHEET, Furniture(), Info("表")))) as pdf:
        pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("evil()"))
        out = io.BytesIO()
        pdf.save(out)
    return out.getvalue()


def text_of(pdf: bytes) -> str:
    return "".join("".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages)


def test_a_printed_template_stands_in_the_bundle_in_place_of_ours(prepared: batch.Prepared, tmp_path: Path) -> None:
    (tmp_path / "commitment_letter.pdf").write_bytes(printed("主办单位名称", "统一社会信用代码", "单位盖章"))
    written = bundle.write(prepared, [], tmp_path / "out", templates=tmp_path)
    (form,) = written.prepared.forms
    assert form.is_supplied and form.file == "forms/02-commitment_letter.pdf"
    filled, whole = (tmp_path / "out" / form.file).read_bytes(), (tmp_path / "out/bundle.pdf").read_bytes()
    for pdf in (filled, whole):
        assert "广州云杉样本科技有限公司" in text_of(pdf) and "单位盖章" in text_of(pdf)
    assert "所提交的主办者信息" not in text_of(whole)
    assert b"evil" not in filled and "签署前与服务商" not in text_of(whole)
    assert pdfa.validate_written(io.BytesIO(whole), "3b").passed


def test_an_excel_template_lies_beside_the_bundle_and_the_cover_says_so(
    prepared: batch.Prepared, tmp_path: Path
) -> None:
    book = openpyxl.Workbook()
    book.active.append(["主办单位名称"])
    book.save(tmp_path / "commitment_letter.xlsx")
    bundle.write(prepared, [], tmp_path / "out", templates=tmp_path)
    filled = openpyxl.load_workbook(tmp_path / "out/forms/02-commitment_letter.xlsx")
    assert filled.active["B1"].value == "广州云杉样本科技有限公司"
    assert "forms/02-commitment_letter.xlsx，不在本册内" in text_of((tmp_path / "out/bundle.pdf").read_bytes())


def test_a_template_that_cannot_be_filled_is_a_warning_and_ours_is_made(
    prepared: batch.Prepared, tmp_path: Path
) -> None:
    (tmp_path / "commitment_letter.pdf").write_bytes(printed("毫不相干"))
    written = bundle.write(prepared, [], tmp_path / "out", templates=tmp_path)
    (trouble,) = [one for one in written.prepared.findings if one.rule == "form.template_mismatch"]
    assert trouble.severity is Severity.WARNING and "commitment_letter.pdf" in trouble.message.zh
    assert "所提交的主办者信息" in text_of((tmp_path / "out/forms/02-commitment_letter.pdf").read_bytes())


def test_our_own_words_are_to_be_compared_before_signing(prepared: batch.Prepared, tmp_path: Path) -> None:
    bundle.write(prepared, [], tmp_path / "out", templates=tmp_path)
    cover = "".join(PdfReader(tmp_path / "out/bundle.pdf").pages[0].extract_text().split())
    assert "签署前与服务商当前提供的模板核对" in cover


def test_forms_learn_writes_the_anchors_of_a_template(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    template = tmp_path / "核验单.pdf"
    template.write_bytes(printed("主办单位名称", "备注栏"))
    assert cli.main(["forms", "learn", str(template), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    anchors = Path(shown["anchors"]).read_text("utf-8")
    assert shown["sha256"] in anchors and "path: entity.name" in anchors and "label: 备注栏" in anchors


def test_two_folders_are_told_apart_from_learning(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["forms", str(tmp_path), str(tmp_path), "--json"]) == 2
    assert "forms learn" in json.loads(capsys.readouterr().out)["error"]["message"]["zh"]
