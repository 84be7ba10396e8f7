"""The rule files load, say what is wrong with them, and can be laid over by a user's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline import rulebook, rulebook_files
from pipeline.cli import main
from pipeline.errors import EnvironmentProblem
from pipeline.rulebook import load_rulebook, rules_json

TABLES = """
sources: {S1: {title: A page, address: https://example.cn/, date: 2025-01-01}}
messages:
  present: {message: {zh: "缺少{what}", en: "missing {what}"}, advice: {zh: 请填写, en: fill in}}
documents: [{id: domain_certificate, zh: 域名证书, en: domain certificate}]
provinces: [{code: '440000', name: 广东, full_name: 广东省, en: Guangdong, abbr: GD, cities: [广州]}]
"""

ROW = """
rules:
- id: T-001
  topic: required_value
  applies_to: {subject: [all], service: both, filing: [all]}
  requirement: {zh: 须填写名称。, en: The name is required.}
  check: present
  params: {path: entity.name}
  severity: blocker
  status: current
  confidence: high
  as_of: 2025-01-01
  sources: [S1]
  examples: [{fires: {}}, {silent: {entity.name: 青穗}}]
"""


def parse(row: str) -> dict[str, Any]:
    return rulebook_files.parse((("tables.yaml", TABLES.encode()), ("rules.yaml", row.encode())))


def test_a_sound_row_loads_with_its_date_as_text() -> None:
    assert parse(ROW)["rules"][0]["as_of"] == "2025-01-01"


WRONG = [
    ("topic: required_value", "topic: nonsense", 4, "topic"),
    ("check: present", "check: is_present", 7, "check"),
    ("sources: [S1]", "sources: []", 13, "sources"),
    ("sources: [S1]", "sources: [S9]", 13, "sources"),
    ("as_of: 2025-01-01", "as_of: spring", 12, "as_of"),
    ("as_of: 2025-01-01", "as_of: 2025-02-30", 12, "as_of"),
    ("severity: blocker", "severity: fatal", 9, "severity"),
    ("status: current", "status: fresh", 10, "status"),
    ("params: {path: entity.name}", "params: {path: entity.nam}", 8, "params"),
    ("params: {path: entity.name}", "params: {}", 8, "params"),
    ("params: {path: entity.name}", "params: {path: entity.name, deep: 1}", 8, "params"),
    ("params: {path: entity.name}", "params: {path: 7}", 8, "params"),
    ("{zh: 须填写名称。, en: The name is required.}", "{zh: 须填写名称。}", 6, "requirement"),
    ("subject: [all]", "subject: [everyone]", 5, "applies_to"),
    ("  confidence: high\n", "", 3, "confidence"),
    ("  confidence: high\n", "  confidence: high\n  colour: red\n", 12, "colour"),
    ("{silent: {entity.name: 青穗}}", "{fires: {}}", 14, "examples"),
    ("  examples: [{fires: {}}, {silent: {entity.name: 青穗}}]\n", "", 3, "examples"),
]


@pytest.mark.parametrize(("old", "new", "line", "key"), WRONG)
def test_a_wrong_row_names_file_line_rule_and_key(old: str, new: str, line: int, key: str) -> None:
    assert old in ROW
    with pytest.raises(EnvironmentProblem) as caught:
        parse(ROW.replace(old, new))
    assert f"rules.yaml, line {line}, rule T-001, key {key}" in str(caught.value)
    assert f"rules.yaml 第 {line} 行" in caught.value.zh


@pytest.mark.parametrize("value", ["null", "7", "[]", "{}", "[[]]", "[{}]", "x", "{a: b}", "{? [a] : b}"])
@pytest.mark.parametrize("line", [line for line in ROW.splitlines()[2:] if line.startswith("  ")])
def test_a_value_of_a_wrong_shape_is_refused_or_harmless(line: str, value: str) -> None:
    key = line.strip().partition(":")[0]
    try:
        parse(ROW.replace(line, f"  {key}: {value}"))
    except EnvironmentProblem as problem:
        assert "rules.yaml" in str(problem)


PARAMS = [
    ("min_age", "{who: [entity], min: 18}"),
    ("matches", "{path: entity.name, pattern: '('}"),
    ("document_needed", "{documents: [nothing]}"),
    ("document_if_words", "{words: [a], documents: [domain_certificate], letter: nothing}"),
    ("nature_not_changed", "{before: [person], after: [enterprise]}"),
    ("count_limit", "{what: everything, max: 1}"),
    ("months_left", "{paths: [entity.name], min: yes}"),
]


@pytest.mark.parametrize(("check", "params"), PARAMS)
def test_a_parameter_that_cannot_work_is_refused(check: str, params: str) -> None:
    text = "  message: {zh: 甲, en: a}\n  advice: {zh: 乙, en: b}\n"
    row = ROW.replace("check: present", f"check: {check}").replace("params: {path: entity.name}", f"params: {params}")
    with pytest.raises(EnvironmentProblem, match="key params"):
        parse(row + text)


@pytest.mark.parametrize("text", ["{", "{0}", "{what.name}", "}"])
def test_a_message_with_odd_braces_is_refused(text: str) -> None:
    more = f'  message: {{zh: "{text}", en: a}}\n  advice: {{zh: 乙, en: b}}\n'
    with pytest.raises(EnvironmentProblem, match="key message"):
        parse(ROW + more)


def test_broken_yaml_names_file_and_line() -> None:
    with pytest.raises(EnvironmentProblem, match=r"rules.yaml, line \d+: not valid YAML"):
        parse(ROW.replace("[all]", "[all"))


def test_an_id_given_twice_is_refused() -> None:
    with pytest.raises(EnvironmentProblem, match="T-001 occurs twice"):
        parse(ROW + ROW.partition("rules:\n")[2])


def test_the_compiled_rules_are_those_of_the_yaml_files() -> None:
    files = rulebook._files(rulebook.HERE)
    compiled = json.loads(rulebook.COMPILED.read_bytes())
    assert compiled.pop("digest") == rulebook._digest(files), "run: python -m pipeline.rulebook"
    assert compiled == rulebook.without_examples(rulebook_files.parse(files))


def test_without_the_compiled_file_the_yaml_files_give_the_same_rulebook(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    compiled = load_rulebook()
    monkeypatch.setattr(rulebook, "COMPILED", tmp_path / "none.json")
    rulebook._load.cache_clear()
    slow = load_rulebook()
    rulebook._load.cache_clear()
    assert slow == compiled


def test_a_province_gets_the_national_rules_and_its_own() -> None:
    found = {rule.province for rule in load_rulebook().rules_for("湖南")}
    assert found == {None, "湖南"}


def test_a_provider_s_limits_count_only_for_that_provider() -> None:
    book = load_rulebook()
    assert {rule.provider for rule in book.rules_for("广东", "huawei")} == {None, "huawei"}
    assert {rule.provider for rule in book.rules_for("广东")} == {None}


@pytest.mark.parametrize("text", ["广东", "广东省", "Guangdong", "gd", "440000"])
def test_a_province_is_known_by_any_of_its_names(text: str) -> None:
    province = load_rulebook().province(text)
    assert province is not None and province.name == "广东"


def test_rules_json_has_the_promised_keys_and_no_rule_without_source() -> None:
    rows = rules_json(load_rulebook(), "河南")
    keys = {
        "id",
        "province",
        "provider",
        "topic",
        "applies_to",
        "requirement",
        "check",
        "params",
        "severity",
        "status",
        "confidence",
        "as_of",
        "sources",
    }
    assert all(keys <= set(row) for row in rows)
    assert all(source["title"] and source["address"] and source["date"] for row in rows for source in row["sources"])
    assert json.loads(json.dumps(rows, ensure_ascii=False)) == rows


OWN = """
rules:
- id: GD-023
  severity: note
- id: MY-001
  topic: remark_rule
  province: 广东
  applies_to: {subject: [all], service: web, filing: [all]}
  requirement: {zh: 备注写明客户编号。, en: The remark gives the client number.}
  check: remark_needed
  params: {path: "services[].remark", pattern: 编号}
  severity: warning
  status: current
  confidence: high
  as_of: 2026-01-01
  sources: [{title: 本公司办法, address: 内部, date: 2026-01-01}]
retire: [GD-019]
"""


def test_a_user_s_own_rows_add_override_and_retire(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(OWN, encoding="utf-8")
    ours, own = load_rulebook(), load_rulebook((tmp_path,))
    assert own.rule("GD-023").severity == "note"
    assert own.rule("GD-023").requirement == ours.rule("GD-023").requirement
    assert own.rule("MY-001").sources[0].title == "本公司办法"
    assert own.rule("GD-019").status == "retired"
    assert {rule.id for rule in own.rules if rule.own} == {"GD-023", "MY-001", "GD-019"}
    assert own.version != ours.version
    assert not [rule.id for rule in load_rulebook().rules if rule.own]


def test_retiring_an_unknown_rule_is_refused(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("retire: [XX-999]\n", encoding="utf-8")
    with pytest.raises(EnvironmentProblem, match=r"own.yaml, line 1, rule XX-999, key retire"):
        load_rulebook((tmp_path,))


def test_every_file_of_codes_is_readable_and_dated_or_a_standard() -> None:
    names = {path.name for path in (rulebook.HERE / "codes").glob("*.yaml")}
    assert {
        "natures.yaml",
        "certificates.yaml",
        "contents.yaml",
        "pre_approvals.yaml",
        "languages.yaml",
        "access_modes.yaml",
        "provinces.yaml",
    } <= names


def test_the_user_s_own_rows_are_shown_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules/own.yaml").write_text(OWN, encoding="utf-8")
    monkeypatch.setenv("BEIANBOX_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BEIANBOX_RULES_DIR", str(tmp_path / "rules"))
    assert main(["rules", "广东"]) == 0
    shown = {line.split()[0]: line for line in capsys.readouterr().out.splitlines() if not line.startswith(" ")}
    assert all("自定" in shown[rule] for rule in ("GD-023", "MY-001", "GD-019"))
    assert "retired" in shown["GD-019"] and "自定" not in shown["GD-018"]
    assert "程序检查" in shown["MY-001"] and "人工核对" in shown["GD-004"]


def test_a_wrong_row_of_the_user_s_names_file_line_and_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "own.yaml").write_text(OWN.replace("check: remark_needed", "check: remark_neded"), encoding="utf-8")
    monkeypatch.setenv("BEIANBOX_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BEIANBOX_RULES_DIR", str(tmp_path))
    assert main(["rules", "广东"]) == 3
    told = capsys.readouterr().err
    assert "own.yaml" in told and "line 10, rule MY-001, key check" in told
