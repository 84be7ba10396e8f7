"""Bad input through the command: a clear message in two languages, the exit code, the other files still processed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli import main
from samples import bad_input

ROOT = Path(__file__).parent.parent
TODAY = "2026-11-20"
GOOD = "samples/gd_enterprise_website/in/域名证书.pdf"

SINGLE = {
    "unreadable_image": ("unreadable", "重新"),
    "truncated_jpeg": ("incomplete", "重新"),
    "locked_pdf": ("encrypted", "密码"),
    "empty_file": ("empty", "0 字节"),
    "text_as_apk": ("unreadable", "后缀"),
    "giant_png": ("too_large", "20000"),
}


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any]:
    code = main([*arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("name", SINGLE)
def test_one_bad_file_is_named_and_the_others_are_still_read(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    bad = bad_input.BUILDERS[name](folder)
    shutil.copy(ROOT / GOOD, folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    code, found = run(capsys, "run", str(folder), "--out", str(tmp_path / "out"), "--today", TODAY)
    wanted, word = SINGLE[name]
    (finding,) = [one for one in found["findings"] if one["where"] == bad.name and one["rule"].startswith("file.")]
    assert code == 1
    assert finding["rule"] == f"file.{wanted}"
    assert word in finding["message"]["zh"].replace(",", "")
    assert len(finding["message"]["en"]) > 20 and finding["advice"]["en"]
    filing = json.loads((tmp_path / "out/filing.json").read_text("utf-8"))
    assert filing["websites"][0]["domains"][0]["name"] == "yunshan-specimen.cn"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert (tmp_path / "out/bundle.pdf").stat().st_size > 10_000


def test_an_empty_folder_says_what_to_put_in(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = bad_input.empty_folder(tmp_path)
    code, found = run(capsys, "run", str(folder), "--out", str(tmp_path / "out"))
    assert code == 2
    assert "是空的" in found["error"]["message"]["zh"]
    assert "empty" in found["error"]["message"]["en"]
    assert not (tmp_path / "out").exists()


def test_a_folder_without_any_known_document_still_gives_a_bundle_that_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = bad_input.no_known_document(tmp_path)
    code, found = run(capsys, "run", str(folder), "--out", str(tmp_path / "out"), "--today", TODAY)
    assert code == 1
    assert any(one["rule"] == "file.no_known_document" and one["severity"] == "blocker" for one in found["findings"])
    assert (tmp_path / "out/bundle.pdf").exists()


def test_all_bad_files_together_end_in_one_bundle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    for name in SINGLE:
        bad_input.BUILDERS[name](folder)
    code, found = run(capsys, "run", str(folder), "--out", str(tmp_path / "out"), "--today", TODAY)
    assert code == 1
    assert {one["rule"] for one in found["findings"]} >= {f"file.{code}" for code, _ in SINGLE.values()}


@pytest.mark.parametrize(
    ("arguments", "code", "zh"),
    [
        (["run", "/does/not/exist", "--out", "/tmp/x"], 2, "找不到文件夹"),
        (["run"], 2, "命令写得不对"),
        (["run", "README.md", "--out", "/tmp/x"], 2, "不是文件夹"),
        (["check", "samples", "--today", "2026-13-01"], 2, "命令写得不对"),
        (["rules", "加利福尼亚"], 2, "没有名为"),
        (["type", "entity_fild=yes"], 2, "entity_fild"),
        (["frobnicate"], 2, "命令写得不对"),
    ],
)
def test_wrong_usage_is_json_with_both_languages(
    arguments: list[str], code: int, zh: str, capsys: pytest.CaptureFixture[str]
) -> None:
    got, found = run(capsys, *arguments)
    assert got == code
    assert zh in found["error"]["message"]["zh"]
    assert found["error"]["message"]["en"]


def test_an_output_inside_the_papers_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy(ROOT / GOOD, tmp_path)
    code, found = run(capsys, "run", str(tmp_path), "--out", str(tmp_path / "out"))
    assert code == 2
    assert "重叠" in found["error"]["message"]["zh"]


def test_a_wrong_filing_yaml_names_file_key_and_the_nearest_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers/filing.yaml").write_text("entity: {nmae: 某某}", "utf-8")
    code, found = run(capsys, "run", str(tmp_path / "papers"), "--out", str(tmp_path / "out"))
    assert code == 2
    assert "entity.name" in found["error"]["message"]["en"]


def test_a_character_no_font_has_is_a_blocker_and_never_a_box(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "filing.yaml").write_text(
        "entity: {nature: 企业, name: 某某\U0001f600科技}\nfiling: {province: 广东}", "utf-8"
    )
    shutil.copy(ROOT / GOOD, folder)
    code, found = run(capsys, "run", str(folder), "--out", str(tmp_path / "out"), "--today", TODAY)
    assert code == 1
    finding = next(one for one in found["findings"] if one["rule"] == "form.missing_glyph")
    assert "U+1F600" in finding["message"]["zh"]
    assert (tmp_path / "out/bundle.pdf").exists()


def test_an_internal_error_is_one_line_for_the_person(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from pipeline import cli_parser

    def broken(_: object) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(cli_parser, "cmd_version", broken)
    code, found = run(capsys, "version")
    assert code == 4
    assert found["error"]["code"] == "internal"
