"""Word and Excel as PDF: a stand-in for LibreOffice shows what is asked of it and each way it can fail."""

from __future__ import annotations

import io
import os
import shutil
import stat
import zipfile
from pathlib import Path

import pytest
from pypdf import PdfReader

from generators import office
from generators.errors import GenerateError
from tests.generators.drawn_templates import drawn

VALUE = "南京梧桐样本信息技术有限公司"


def word(relations: str = "") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/_rels/document.xml.rels", f"<Relationships>{relations}</Relationships>")
    return out.getvalue()


def stand_in(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> Path:
    """A program named soffice that notes its arguments and surroundings."""
    place = folder / "bin" / "soffice"
    place.parent.mkdir()
    place.write_text(
        f'#!/bin/sh\necho "$@" > "{folder}/asked"\ncp "$FONTCONFIG_FILE" "{folder}/fonts.conf"\n{script}\n'
    )
    place.chmod(place.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{place.parent}{os.pathsep}{os.environ['PATH']}")
    return place


@pytest.fixture
def page(tmp_path: Path) -> Path:
    made = tmp_path / "page.pdf"
    made.write_bytes(drawn(lambda canvas: canvas.drawString(60, 700, VALUE)))
    return made


COPY = 'cp "{page}" "$HOME/form.pdf"'


def test_the_pdf_comes_back_and_its_fonts_are_ours(tmp_path: Path, page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, monkeypatch, COPY.format(page=page))
    assert office.to_pdf(word(), ".docx", [VALUE]) == page.read_bytes()
    asked = (tmp_path / "asked").read_text().split()
    assert "--headless" in asked and asked[-1].endswith("form.docx") and "UserInstallation" in asked[0]
    fonts = (tmp_path / "fonts.conf").read_text("utf-8")
    assert "仿宋_GB2312" in fonts and str(Path(office.__file__).parent / "fonts") in fonts


@pytest.mark.parametrize(
    ("script", "values", "words"),
    [
        ("exit 3", (), "ended with 3"),
        ("exit 0", (), "made no file"),
        ("sleep 30", (), "over 1 seconds"),
        (COPY, ("别的公司",), "not read back"),
    ],
)
def test_each_failure_is_told_and_nothing_is_made(
    script: str, values: tuple[str, ...], words: str, tmp_path: Path, page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, monkeypatch, script.format(page=page))
    with pytest.raises(GenerateError, match=words):
        office.to_pdf(word(), ".docx", values, seconds=1)


def test_a_missing_program_is_named_with_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GenerateError, match="apt install libreoffice"):
        office.to_pdf(word(), ".docx")


@pytest.mark.parametrize(("kind", "refused"), [("image", True), ("attachedTemplate", True), ("hyperlink", False)])
def test_a_template_that_fetches_from_elsewhere_is_refused(
    kind: str, refused: bool, tmp_path: Path, page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, monkeypatch, COPY.format(page=page))
    data = word(f'<Relationship Id="r1" Type="http://x/{kind}" Target="http://y/z.png" TargetMode="External"/>')
    if refused:
        with pytest.raises(GenerateError, match="elsewhere"):
            office.to_pdf(data, ".docx")
    else:
        assert office.to_pdf(data, ".docx")


@pytest.mark.skipif(not (shutil.which("soffice") or shutil.which("libreoffice")), reason="LibreOffice is not installed")
def test_libreoffice_itself_draws_rare_characters_with_our_fonts() -> None:
    import openpyxl

    book = openpyxl.Workbook()
    book.active["A1"] = "李𬭎㛃䶮·样本"
    out = io.BytesIO()
    book.save(out)
    made = office.to_pdf(out.getvalue(), ".xlsx", ["李𬭎㛃䶮·样本"])
    assert len(PdfReader(io.BytesIO(made)).pages) == 1
