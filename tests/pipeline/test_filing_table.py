"""A table of filings: columns by path or label, in the encodings spreadsheets write, one folder a row."""

from __future__ import annotations

import json
import os
import shutil
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from pipeline import filing_table, folder_facts, work
from pipeline.cli import main
from pipeline.errors import UsageError
from pipeline.filing_table import read_rows, write_cases
from pipeline.rows import State
from pipeline.workers import Readers

READERS = Readers(1)
"""Starts no process before a workbook is read."""

ROOT = Path(__file__).parent.parent.parent
DOMAIN = ROOT / "samples/gd_enterprise_website/in/域名证书.pdf"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("between", [",", ";", "\t"])
@pytest.mark.parametrize("ending", ["\r\n", "\n", "\r"])
def test_rows_are_read_in_every_encoding_and_with_every_separator(
    tmp_path: Path, encoding: str, between: str, ending: str
) -> None:
    table = tmp_path / "batch.csv"
    lines = [("entity.name", "entity_person.mobile"), ("甲公司", "13800000011"), ("", "")]
    table.write_bytes(ending.join(between.join(line) for line in lines).encode(encoding))
    assert read_rows(table, table.name, READERS) == [{"entity.name": "甲公司", "entity_person.mobile": "13800000011"}]


def test_each_row_becomes_a_folder_that_filing_yaml_accepts_with_its_papers(tmp_path: Path) -> None:
    shutil.copytree(DOMAIN.parent, tmp_path / "papers", ignore=lambda _, names: [n for n in names if n != DOMAIN.name])
    table = tmp_path / "batch.csv"
    table.write_text(
        "entity.name,entity.nature,websites[].name,websites[0].languages,文件夹\n甲公司,企业,甲网,中文简体;英文,papers\n乙公司,企业,,,\n",
        "utf-8",
    )
    (tmp_path / "cases").mkdir()
    first, second = write_cases(table, tmp_path / "cases", READERS)
    found = folder_facts.load(first / "filing.yaml")
    assert found["entity.name"] == "甲公司" and found["websites[0].name"] == "甲网"
    assert (first / DOMAIN.name).read_bytes() == DOMAIN.read_bytes()
    assert first.name == "0001-甲公司" and second.name == "0002-乙公司"


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("batch.xls", "x", "CSV UTF-8"),
        ("batch.xlsx", "x", "文本"),
        ("batch.csv", "entity.name,\n甲,乙\n", "第 2 行第 2 列"),
        ("batch.csv", "主体名城\n甲", "主体名城"),
        ("batch.csv", "entity.name\n", "1 至"),
        ("batch.csv", "entity.name,文件夹\n甲,../etc\n", "../etc"),
        ("batch.csv", 'entity.name\n"' + "甲" * 200_000, "引号不成对"),
        ("batch.csv", "websites[99999999].name\n甲网\n", "websites[99999999].name"),
    ],
)
def test_a_wrong_table_says_what_is_wrong(tmp_path: Path, name: str, text: str, words: str) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    (tmp_path / "cases").mkdir()
    with pytest.raises(UsageError) as caught:
        write_cases(tmp_path / name, tmp_path / "cases", READERS)
    assert words in caught.value.zh and caught.value.en


def test_batch_takes_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "batch.csv").write_text("entity.name,filing.province\n甲公司,广东\n乙公司,江苏\n", "utf-8")
    assert main(["batch", str(tmp_path / "batch.csv"), "--out", str(tmp_path / "out"), "--json"]) == 1
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["filing"] for line in lines] == ["0001-甲公司", "0002-乙公司"]
    assert all(Path(line["bundle"]).exists() for line in lines)


def workbook(path: Path, *rows: tuple[object, ...]) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def test_a_workbook_is_a_table_too_with_its_numbers_and_dates_as_a_person_sees_them(tmp_path: Path) -> None:
    table = workbook(
        tmp_path / "batch.xlsx",
        ("entity.name", "entity_person.mobile", "filing.submit_date", None),
        ("甲公司", 13800000011, date(2026, 11, 20), None),
        (None, None, None, None),
        ("乙公司", "13800000012", "2026-11-21"),
    )
    with Readers(1) as readers:
        assert read_rows(table, table.name, readers) == [
            {"entity.name": "甲公司", "entity_person.mobile": "13800000011", "filing.submit_date": "2026-11-20"},
            {"entity.name": "乙公司", "entity_person.mobile": "13800000012", "filing.submit_date": "2026-11-21"},
        ]


def test_a_number_that_excel_has_cut_is_refused_with_its_cell(tmp_path: Path) -> None:
    table = workbook(tmp_path / "batch.xlsx", ("entity_person.certificate.number",), (440101199001010000,))
    with Readers(1) as readers, pytest.raises(UsageError, match="A2"):
        read_rows(table, table.name, readers)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BEIANBOX_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BEIANBOX_SETTLE_SECONDS", "0.1")
    monkeypatch.setenv("BEIANBOX_MIN_FREE_BYTES", "0")
    (tmp_path / "home/inbox").mkdir(parents=True)
    (tmp_path / "home").chmod(0o700)
    return tmp_path / "home"


def test_a_table_in_the_inbox_makes_a_filing_of_each_row_and_again_only_of_changed_ones(home: Path) -> None:
    (home / "inbox/湖畔").mkdir()
    (home / "inbox/湖畔/说明.txt").write_text("x", "utf-8")
    rows = [("entity.name", "文件夹"), ("甲公司", None), ("甲公司", None), ("乙公司", "湖畔")]
    workbook(home / "inbox/备案.xlsx", *rows)
    with work.open_desk(os.environ) as desk:
        made = work.run_once(desk)
        assert sorted(one.filing.rpartition("-")[0] for one in made) == ["湖畔", "甲公司", "甲公司-2"]
        lake = next(one for one in made if one.filing.startswith("湖畔"))
        inputs = [one["file"] for one in json.loads((lake.folder / "manifest.json").read_text("utf-8"))["inputs"]]
        assert inputs == ["filing.yaml", "说明.txt"]
        (table,) = desk.ledger.arrivals_of("unassigned")
        assert table.state is State.READ and "3 份备案" in table.note.zh
        workbook(home / "inbox/备案.xlsx", *rows[:3], ("丙公司", "湖畔"))
        assert [one.filing for one in work.run_once(desk)] == [lake.filing]


@pytest.mark.parametrize(
    ("text", "state", "words"),
    [
        ("entity.name,主体名城\n甲,乙\n", State.NEEDS_ATTENTION, "主体名城"),
        ("entity.name,文件夹\n甲,../etc\n", State.NEEDS_ATTENTION, "../etc"),
        ("entity.name,文件夹\n甲,a\n乙,a\n", State.NEEDS_ATTENTION, "同一个文件夹"),
        ("货号,单价\n1,2\n", State.READ, "未作为备案表处理"),
    ],
)
def test_a_wrong_table_in_the_inbox_says_so_and_another_table_is_left_alone(
    home: Path, capsys: pytest.CaptureFixture[str], text: str, state: State, words: str
) -> None:
    (home / "inbox/表.csv").write_text(text, "utf-8")
    with work.open_desk(os.environ) as desk:
        work.receive_all(desk)
        (table,) = desk.ledger.arrivals_of("unassigned")
        assert table.state is state and words in table.reason.zh + table.note.zh
        assert not work.waiting_filings(desk)
    assert main(["status", "unassigned"]) == 0
    assert words in capsys.readouterr().out


def test_a_table_that_breaks_the_program_needs_attention_and_the_next_is_opened(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "inbox/坏.csv").write_text("entity.name\n甲公司\n", "utf-8")
    (home / "inbox/好.csv").write_text("entity.name\n乙公司\n", "utf-8")
    real = filing_table.read_rows

    def breaking(table: Path, name: str, readers: Readers) -> list[filing_table.Row]:
        if name == "坏.csv":
            raise ZeroDivisionError
        return real(table, name, readers)

    monkeypatch.setattr(filing_table, "read_rows", breaking)
    with work.open_desk(os.environ) as desk:
        (outcome,) = work.run_once(desk, today=date(2026, 11, 20))
        assert outcome.filing.startswith("乙公司")
        (bad,) = desk.ledger.arrivals_in(State.NEEDS_ATTENTION)
        assert bad.path == "坏.csv" and "ZeroDivisionError" in bad.reason.en
