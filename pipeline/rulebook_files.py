"""Reads and validates the rule files. What is wrong is said with file, line, item, key and what was expected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from pipeline.errors import EnvironmentProblem
from pipeline.rulebook_rows import Bad, Data, checked_row

Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Loader: Any = type(
    "RuleLoader",
    (Base,),
    {
        "__doc__": "Leaves dates as text, so that a wrong one is named by our own message.",
        "yaml_implicit_resolvers": {
            letter: [(tag, shape) for tag, shape in known if tag != "tag:yaml.org,2002:timestamp"]
            for letter, known in Base.yaml_implicit_resolvers.items()
        },
    },
)


def parse(files: Iterable[tuple[str, bytes]]) -> Data:
    """All rule files of the package as plain data, validated.

    Raises:
        EnvironmentProblem: a file does not load.
    """
    tables: Data = {"rules": []}
    loaded = [(name, raw, _yaml(name, raw)) for name, raw in files]
    for _, _, content in loaded:
        for key in ("sources", "messages", "documents", "provinces"):
            if isinstance(content, dict) and key in content:
                tables[key] = content[key]
    _tidy_sources(tables)
    for name, raw, content in loaded:
        if isinstance(content, dict) and "rules" in content:
            tables["rules"] += _guarded(name, raw, content, tables)
    _unique(tables["rules"])
    return {key: tables[key] for key in ("sources", "messages", "documents", "provinces", "rules")}


def lay_over(data: Data, files: Iterable[tuple[str, bytes]]) -> Data:
    """The data with a user's files laid over it: `rules` adds or overrides rows by id, `retire` lists ids that fall silent."""
    rows = {row["id"]: row for row in data["rules"]}
    tables = {**data, "sources": dict(data["sources"])}
    for name, raw in files:
        content = _yaml(name, raw)
        if not isinstance(content, dict):
            raise _problem(
                name, raw, Bad(None, "-", "rules", "含有 rules 或 retire 的映射", "a mapping with rules or retire")
            )
        _add_sources(content, tables)
        _inherit(content, rows)
        content["own"] = True
        for row in _guarded(name, raw, content, tables):
            rows[row["id"]] = {**row, "own": True}
        for ident in content.get("retire", []):
            if ident not in rows:
                raise _problem(name, raw, Bad(None, str(ident), "retire", "已有规则的编号", "the id of a known rule"))
            rows[ident] = {**rows[ident], "status": "retired", "own": True}
    return {**tables, "rules": list(rows.values())}


def _inherit(content: Data, rows: Mapping[str, Data]) -> None:
    """An own row with a known id keeps what it does not say itself."""
    full = []
    for row in content.get("rules", []):
        base = rows.get(row.get("id", ""), {}) if isinstance(row, dict) else {}
        full.append({**{key: value for key, value in base.items() if key != "own"}, **row} if base else row)
    content["rules"] = full


def _add_sources(content: Data, tables: Data) -> None:
    """Sources an own file brings, in a table or written out in its rows."""
    tables["sources"].update(content.get("sources", {}))
    for row in content.get("rules", []):
        for place, source in enumerate(row.get("sources", []) if isinstance(row, dict) else []):
            if isinstance(source, dict):
                key = f"own:{source.get('title', '')}"
                tables["sources"][key] = source
                row["sources"][place] = key
    _tidy_sources(tables)


def _tidy_sources(tables: Data) -> None:
    for key in ("sources", "messages", "documents", "provinces"):
        if key not in tables:
            raise EnvironmentProblem(
                f"规则目录缺少 {key} 表，请重新安装。", f"The rules lack the table {key}; install again."
            )
    for name, row in tables["sources"].items():
        if not isinstance(row, dict) or not all(row.get(key) for key in ("title", "address", "date")):
            raise EnvironmentProblem(
                f"来源 {name} 缺少 title、address 或 date。", f"Source {name} lacks title, address or date."
            )
        row["date"] = str(row["date"])


def _yaml(name: str, raw: bytes) -> Any:
    try:
        return yaml.load(raw, Loader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise EnvironmentProblem(
            f"规则文件 {name} 第 {line} 行不是正确的 YAML，请修正后重试。",
            f"Rule file {name}, line {line}: not valid YAML ({getattr(error, 'problem', error)}).",
        ) from error


def _guarded(name: str, raw: bytes, content: Data, tables: Data) -> list[Data]:
    try:
        return [checked_row(index, row, content, tables) for index, row in enumerate(content.get("rules") or [])]
    except Bad as bad:
        raise _problem(name, raw, bad) from bad


def _problem(name: str, raw: bytes, bad: Bad) -> EnvironmentProblem:
    line = _line(raw, bad.index, bad.key)
    return EnvironmentProblem(
        f"规则文件 {name} 第 {line} 行，规则 {bad.item}，键 {bad.key}：应为{bad.expected_zh}。",
        f"Rule file {name}, line {line}, rule {bad.item}, key {bad.key}: expected {bad.expected_en}.",
    )


def _line(raw: bytes, index: int | None, key: str) -> int:
    """The line of a key in the nth item, found by composing the file again; the item's own line where the key is missing."""
    root = yaml.compose(raw, Loader)
    parts = {node.value: (node, value) for node, value in root.value} if isinstance(root, yaml.MappingNode) else {}
    if index is None or "rules" not in parts:
        found = parts.get(key)
        return int(found[0].start_mark.line) + 1 if found else 1
    item = parts["rules"][1].value[index]
    inner = item.value if isinstance(item, yaml.MappingNode) else []
    return (
        int(
            next(
                (node.start_mark.line for node, _ in inner if node.value == key.partition(".")[0]), item.start_mark.line
            )
        )
        + 1
    )


def _unique(rows: list[Data]) -> None:
    seen: set[str] = set()
    for row in rows:
        if row["id"] in seen:
            raise EnvironmentProblem(f"规则编号 {row['id']} 出现两次。", f"The rule id {row['id']} occurs twice.")
        seen.add(row["id"])
