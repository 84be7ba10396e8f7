"""What the documentation lists is what the code has."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from pipeline import folder_facts
from pipeline.cli import main
from pipeline.settings import SETTINGS

ROOT = Path(__file__).parent.parent
SPEC = importlib.util.spec_from_file_location("build_docs", ROOT / "tools/build_docs.py")
assert SPEC and SPEC.loader
build_docs = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(build_docs)


@pytest.mark.parametrize("name", build_docs.pages())
def test_the_lists_in_docs_are_those_of_the_code(name: str) -> None:
    assert (ROOT / "docs" / name).read_text("utf-8") == build_docs.pages()[name], "run: python tools/build_docs.py"


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_each_command_in_the_readme_exists(name: str) -> None:
    known = set(build_docs._subparsers())
    used = set(re.findall(r"`(?:\.venv/bin/)?beianbox ([a-z]+)", (ROOT / name).read_text("utf-8")))
    assert used <= known
    assert {"run", "watch", "app", "read", "check", "rules", "doctor"} <= used


def test_the_example_of_filing_yaml_is_accepted() -> None:
    assert folder_facts.parse(build_docs.EXAMPLE.encode())["websites[0].domains[0].name"] == "yunshan-specimen.cn"


def test_the_example_of_own_rules_is_loaded_and_speaks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, text in (("rules/own.yaml", build_docs.OWN_RULES), ("case/filing.yaml", FIVE_MONTHS_LEFT)):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text, "utf-8")
    monkeypatch.setenv("BEIANBOX_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BEIANBOX_RULES_DIR", str(tmp_path / "rules"))
    main(["check", str(tmp_path / "case"), "--json", "--today", "2026-11-25"])
    assert '"OURS-001"' in capsys.readouterr().out


FIVE_MONTHS_LEFT = """filing: {province: 广东, operation: first_filing}
websites: [{name: 云杉样本科技, domains: [{name: yunshan-specimen.cn, expires_on: 2027-04-25}]}]
"""


def test_there_are_at_most_25_settings() -> None:
    assert len(SETTINGS) <= 25


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md", "docs/architecture.md"])
def test_links_in_the_documentation_lead_somewhere(name: str) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", (ROOT / name).read_text("utf-8")):
        assert ((ROOT / name).parent / target).exists(), target
