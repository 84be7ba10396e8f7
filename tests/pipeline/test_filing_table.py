"""A table of filings: columns by path or label, in the encodings spreadsheets write, one folder a row."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from pipeline import folder_facts
from pipeline.cli import main
from pipeline.errors import UsageError
from pipeline.filing_table import read_rows, write_cases

ROOT = Path(__file__).parent.parent.parent
DOMAIN = ROOT / "samples/gd_enterprise_website/in/域名证书.pdf"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("between", [",", ";", "\t"])
def test_rows_are_read_in_every_encoding_and_with_every_separator(tmp_path: Path, encoding: str, between: str) -> None:
    table = tmp_path / "batch.csv"
    lines = [("entity.name", "entity_person.mobile"), ("甲公司", "13800000011"), ("", "")]
    table.write_bytes("\r\n".join(between.join(line) for line in lines).encode(encoding))
    assert read_rows(table) == [{"entity.name": "甲公司", "entity_person.mobile": "13800000011"}]


def test_each_row_becomes_a_folder_that_filing_yaml_accepts_with_its_papers(tmp_path: Path) -> None:
    shutil.copytree(DOMAIN.parent, tmp_path / "papers", ignore=lambda _, names: [n for n in names if n != DOMAIN.name])
    table = tmp_path / "batch.csv"
    table.write_text(
        "entity.name,entity.nature,websites[].name,websites[0].languages,文件夹\n甲公司,企业,甲网,中文简体;英文,papers\n乙公司,企业,,,\n",
        "utf-8",
    )
    (tmp_path / "cases").mkdir()
    first, second = write_cases(table, tmp_path / "cases")
    found = folder_facts.load(first / "filing.yaml")
    assert found["entity.name"] == "甲公司" and found["websites[0].name"] == "甲网"
    assert (first / DOMAIN.name).read_bytes() == DOMAIN.read_bytes()
    assert first.name == "0001-甲公司" and second.name == "0002-乙公司"


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("batch.xlsx", "x", "CSV UTF-8"),
        ("batch.csv", "主体名城\n甲", "主体名城"),
        ("batch.csv", "entity.name\n", "1 至"),
        ("batch.csv", "entity.name,文件夹\n甲,../etc\n", "../etc"),
    ],
)
def test_a_wrong_table_says_what_is_wrong(tmp_path: Path, name: str, text: str, words: str) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    (tmp_path / "cases").mkdir()
    with pytest.raises(UsageError) as caught:
        write_cases(tmp_path / name, tmp_path / "cases")
    assert words in caught.value.zh and caught.value.en


def test_batch_takes_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "batch.csv").write_text("entity.name,filing.province\n甲公司,广东\n乙公司,江苏\n", "utf-8")
    assert main(["batch", str(tmp_path / "batch.csv"), "--out", str(tmp_path / "out"), "--json"]) == 1
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["filing"] for line in lines] == ["0001-甲公司", "0002-乙公司"]
    assert all(Path(line["bundle"]).exists() for line in lines)
