"""A table of filings: one row a filing, columns named like the fields; each row becomes a folder with a `filing.yaml`.

Columns are paths (`entity.name`, `websites[0].name`) or labels in Chinese or English as docs/filing-yaml.md lists them.
The column `文件夹` (`folder`) names a folder of papers beside the table, whose files join the row. A table is the first
sheet of a workbook, or CSV; one that lies loose in the inbox is turned into filings there (`pipeline.inbox_tables`).
"""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline import fields
from pipeline.errors import UsageError
from pipeline.folders import list_folder
from pipeline.names import safe_name
from pipeline.source_file import SourceFile, sha256_of
from pipeline.workers import Readers

SUFFIXES = frozenset({".csv", ".tsv", ".xlsx"})
MAX_BYTES = 20 << 20
MAX_ROWS = 10_000
FOLDER_COLUMNS = frozenset({"文件夹", "folder"})
_TOO_FAR = re.compile(r"\[\d{3,}\]")
"""A place in a list that no filing has: the places before it would have to be made."""

Row = dict[str, str]


def write_cases(table: Path, place: Path, readers: Readers) -> list[Path]:
    """Makes a folder in `place` for each row, in their order; gives the folders.

    Raises:
        UsageError: the table cannot be read, or a column or folder is not known; every wrong column is named.
    """
    rows = read_rows(table, table.name, readers)
    return [_write_case(row, number, table, place) for number, row in enumerate(rows, 1)]


def is_table(name: str) -> bool:
    """Whether a file's name is that of a table."""
    return Path(name).suffix.lower() in SUFFIXES


def names_a_field(table: Path, name: str, readers: Readers) -> bool:
    """Whether any column of a table is one of ours: else it is somebody's other table."""
    text = _sheet(table, name, readers) if name.lower().endswith(".xlsx") else _text(table, name)
    header = next(iter(_lines(text, name)), [])
    return any(_path_of(column.strip()) for column in header)


def read_rows(table: Path, name: str, readers: Readers) -> list[Row]:
    """Each row as field path to text; empty cells and empty rows are left out. `name` is the file's name for people.

    A workbook is opened by a reader process, since it may be a stranger's.

    Raises:
        UsageError: no table, or one with unknown columns or too many rows.
    """
    if not is_table(name):
        raise UsageError(
            f"{name} 不是表格（.xlsx、.csv）。请在表格软件中另存为 .xlsx 或“CSV UTF-8”后重试。",
            f"{name} is no table (.xlsx, .csv). Save it as .xlsx or CSV (UTF-8) in your spreadsheet program and try again.",
        )
    text = _sheet(table, name, readers) if name.lower().endswith(".xlsx") else _text(table, name)
    lines = _lines(text, name)
    if len(lines) < 2 or len(lines) > MAX_ROWS:
        raise UsageError(
            f"{name} 有 {max(0, len(lines) - 1)} 行数据，应为 1 至 {MAX_ROWS} 行，第一行为列名。",
            f"{name} has {max(0, len(lines) - 1)} rows; it needs 1 to {MAX_ROWS} below the line of column names.",
        )
    paths = _columns(lines[0], name)
    _check_headed(paths, lines[1:], name)
    rows = [{path: cell.strip() for path, cell in zip(paths, line, strict=False) if cell.strip()} for line in lines[1:]]
    return [row for row in rows if row]


def _sheet(table: Path, name: str, readers: Readers) -> str:
    """The first sheet of a workbook, as CSV."""
    with readers.room() as place:
        reading = readers.read_one(SourceFile(name, table, sha256_of(table)), place=place)
        if reading.failure is not None:
            raise UsageError(f"{name}：{reading.failure.message.zh}", f"{name}: {reading.failure.message.en}")
        if not reading.members:
            raise UsageError(
                f"{name} 不是 Excel 表格（.xlsx）。请另存为 .xlsx 后重试。",
                f"{name} is no Excel workbook (.xlsx). Save it as .xlsx and try again.",
            )
        return _text(place / "0", name)


def _text(table: Path, name: str) -> str:
    """UTF-8, or GB18030 as Chinese spreadsheet programs save it."""
    if table.stat().st_size > MAX_BYTES:
        raise UsageError(
            f"{name} 超过 {MAX_BYTES >> 20} MB，请拆分。", f"{name} is over {MAX_BYTES >> 20} MB; split it."
        )
    data = table.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UsageError(
        f"{name} 的文字编码无法识别，请另存为 CSV UTF-8。",
        f"The encoding of {name} is not known; save it as CSV (UTF-8).",
    )


def _lines(text: str, name: str) -> list[list[str]]:
    """The cells of each line, whatever the lines end in."""
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)))
    except csv.Error as problem:
        raise UsageError(
            f"{name} 不是完整的 CSV：引号不成对，或单元格过长。请在表格软件中重新另存为 CSV UTF-8。",
            f"{name} is no sound CSV ({problem}): a quote without its pair, or a huge cell. Save it again as CSV (UTF-8).",
        ) from problem


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return max("\t,;", key=first.count)


def _columns(header: list[str], name: str) -> list[str]:
    found = [_path_of(column.strip()) for column in header]
    unknown = [column.strip() for column, path in zip(header, found, strict=True) if column.strip() and not path]
    if unknown:
        near = fields.nearest(unknown[0], [field.zh for field in fields.FIELDS])
        raise UsageError(
            f"{name} 有不认识或含义不唯一的列：{'、'.join(unknown)}。“{unknown[0]}”是否指“{near}”？列名见 docs/filing-yaml.md。",
            f"{name} has columns that are unknown or could mean several fields: {', '.join(unknown)}. "
            f"Did you mean {near}? docs/filing-yaml.md lists the names.",
        )
    return found


def _check_headed(paths: list[str], lines: list[list[str]], name: str) -> None:
    """Refuses values that stand under no column name: they would be lost."""
    for number, line in enumerate(lines, 2):
        for column, cell in enumerate(line, 1):
            if cell.strip() and not (column <= len(paths) and paths[column - 1]):
                raise UsageError(
                    f"{name} 第 {number} 行第 {column} 列有内容，但该列没有列名。请补上列名或删除该内容。",
                    f"{name} has a value in row {number}, column {column}, whose column has no name. Name it or delete the value.",
                )


def _path_of(name: str) -> str:
    """The field a column means; of a list its first item. Empty where none or several are meant."""
    if name.lower() in FOLDER_COLUMNS:
        return "folder"
    if fields.field_of(name) is not None and not _TOO_FAR.search(name):
        return re.sub(r"\[\]", "[0]", name)
    meant = {field.path for field in fields.FIELDS if name in (field.path, field.zh, field.en)}
    meant = meant or {field.path for field in fields.FIELDS if name in field.aliases}
    return re.sub(r"\[\]", "[0]", meant.pop()) if len(meant) == 1 else ""


def _write_case(row: Row, number: int, table: Path, place: Path) -> Path:
    named = row.get("entity.name") or row.get("folder", "")
    case = place / f"{number:04d}-{safe_name(named, limit=120)}"
    case.mkdir(mode=0o700)
    if "folder" in row:
        _copy_papers(row["folder"], table, case)
    (case / "filing.yaml").write_bytes(as_filing_yaml(row))
    return case


def as_filing_yaml(row: Row) -> bytes:
    """A row as the `filing.yaml` it stands for; JSON is YAML, so no quoting can go wrong."""
    document = _nested({path: text for path, text in row.items() if path != "folder"})
    return json.dumps(document, ensure_ascii=False, indent=1).encode("utf-8")


def _copy_papers(name: str, table: Path, case: Path) -> None:
    folder = (table.parent / name).resolve()
    if not folder.is_relative_to(table.parent.resolve()) or not folder.is_dir():
        raise UsageError(
            f"{table.name} 中的文件夹 {name} 不在表格旁边。请把材料文件夹与表格放在一起。",
            f"The folder {name} in {table.name} is not beside the table. Put the folders of papers there.",
        )
    for file in list_folder(folder):
        if not file.skipped:
            target = case / file.path.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file.path, target)


def _nested(row: Mapping[str, str]) -> dict[str, Any]:
    """Paths to a document as `filing.yaml` has it."""
    document: dict[str, Any] = {}
    for path, text in row.items():
        field = fields.field_of(path)
        is_list = field is not None and field.kind == "texts"
        _put(document, path, [one for one in re.split(r"[;；、\n]+", text) if one] if is_list else text)
    return document


def _put(document: dict[str, Any], path: str, value: Any) -> None:
    place: Any = document
    parts = re.findall(r"[^.\[\]]+|\[\d+\]", path)
    for part, following in zip(parts, [*parts[1:], ""], strict=True):
        key: Any = int(part[1:-1]) if part.startswith("[") else part
        empty: Any = [] if following.startswith("[") else {}
        if isinstance(place, list):
            place.extend({} for _ in range(key + 1 - len(place)))
        if not following:
            place[key] = value
        elif isinstance(place, list):
            place = place[key]
        else:
            place = place.setdefault(key, empty)
