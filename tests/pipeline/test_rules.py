"""Every checked rule shows itself at work, and situations written for filing agents come out as they say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from extractors.numbers import CREDIT_CODE_ALPHABET
from pipeline import checks, checks_numbers, rulebook, rulebook_files
from pipeline.checks_examples import DAY, example_filing, example_others
from pipeline.checks_paths import filing_from
from pipeline.model import Filing
from pipeline.rulebook import Rulebook

KEYS = ("expect", "gone", "silent", "holds")
SITUATIONS = Path(__file__).parent / "situations"


@lru_cache(maxsize=1)
def parsed() -> dict[str, Any]:
    return rulebook_files.parse(rulebook._files(rulebook.HERE))


@lru_cache(maxsize=1)
def book() -> Rulebook:
    return rulebook._build(parsed(), "test")


def examples() -> list[tuple[str, list[dict[str, Any]]]]:
    return [(row["id"], row["examples"]) for row in parsed()["rules"] if "examples" in row]


@pytest.mark.parametrize(("ident", "cases"), examples(), ids=[ident for ident, _ in examples()])
def test_a_rule_fires_on_a_filing_that_breaks_it_and_is_silent_on_one_that_keeps_it(
    ident: str, cases: list[dict[str, Any]]
) -> None:
    rule = book().rule(ident)
    for case in cases:
        for expected, values in case.items():
            findings = checks.evaluate(rule, example_filing(rule, values), book(), DAY, example_others(values))
            assert bool(findings) == (expected == "fires"), (
                ident,
                expected,
                values,
                [item.message.en for item in findings],
            )
            for item in findings:
                texts = (item.message.zh, item.message.en, item.advice.zh, item.advice.en)
                assert all(texts) and not any("{" in text for text in texts)


def test_every_row_of_the_facts_is_a_rule_with_a_source_and_a_date() -> None:
    rules = book().rules
    assert len({rule.province for rule in rules if rule.province}) == 31
    assert sum(1 for rule in rules if not rule.id.startswith("RQ-") and rule.id[-1].isdigit()) == 913
    assert all(rule.sources and rule.as_of and rule.requirement.zh and rule.requirement.en for rule in rules)
    assert all(max(rule.requirement.zh) >= "\u4e00" for rule in rules)


def test_only_current_rules_are_blockers() -> None:
    assert {rule.status for rule in book().rules if rule.severity == "blocker"} <= {"current", "likely_current"}


def test_retired_and_historical_rules_have_no_check() -> None:
    assert not [rule.id for rule in book().rules if rule.status in ("retired", "historical") and rule.check]


def situations() -> Iterator[Any]:
    for path in sorted(SITUATIONS.glob("*.yaml")):
        if path.name != "bases.yaml":
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
            sets = content.get("sets", {})
            for case in content["situations"]:
                facts = {**sets.get(case.get("with"), {}), **case.get("facts", {})}
                whole = {"base": content["base"], **case, "facts": facts}
                place = case.get("province", "")
                yield pytest.param(whole, id=f"{path.stem}: {place} {case['name']}")


@lru_cache(maxsize=1)
def bases() -> dict[str, Any]:
    content = yaml.safe_load((SITUATIONS / "bases.yaml").read_text(encoding="utf-8"))
    return {name: base["facts"] for name, base in content["bases"].items()}


def moved(facts: dict[str, Any], province: str) -> dict[str, Any]:
    """The same filing in another province: addresses, ID numbers and credit code go along."""
    place = book().provinces[province]
    city = f"{place.cities[0]}市" if place.cities else ""
    address = f"{place.full_name}{city}青穗区青穗路1号302室"
    numbers = {18: resident_number(f"{place.code[:2]}0102"), 0: ""}
    found = {"province": province}
    for path, value in facts.items():
        if path.endswith("certificate.address") or path == "entity.mail_address":
            found[path] = address
        elif path.endswith("certificate.number"):
            unit = str(value).startswith("91")
            found[path] = credit_number(f"{place.code[:2]}0102") if unit else numbers[len(str(value))]
    return {**facts, **found}


def resident_number(region: str) -> str:
    start = f"{region}19900115102"
    return next(start + last for last in "0123456789X" if checks_numbers.resident_id(start + last))


def credit_number(region: str) -> str:
    start = f"91{region}MA5CE7Q83"
    return next(start + last for last in CREDIT_CODE_ALPHABET if checks_numbers.credit_code(start + last))


def situation(base: str, facts: dict[str, Any], province: str = "") -> Filing:
    start = moved(bases()[base], province) if province else bases()[base]
    values = {**start, **facts}
    without = values.get("websites") == []
    return filing_from({path: value for path, value in values.items() if not (without and path.startswith("websites"))})


def found(filing: Filing) -> set[str]:
    return {item.rule for item in checks.check(filing, book(), DAY)}


@pytest.mark.parametrize("case", list(situations()))
def test_a_situation_gives_the_findings_it_names(case: dict[str, Any]) -> None:
    facts = case["facts"]
    base, province = case["base"], case.get("province", "")
    kept = {} if set(facts) == {"operation"} else {key: value for key, value in facts.items() if key == "operation"}
    before = found(situation(base, kept, province))
    after = found(situation(base, facts, province))
    if "expect" in case:
        assert (after - before, before - after) == (set(case["expect"]), set(case.get("gone", [])))
    assert not after & set(case.get("silent", []))
    assert set(case.get("holds", [])) <= after


@pytest.mark.parametrize("base", list(bases()))
def test_a_complete_filing_has_no_blocker(base: str) -> None:
    findings = checks.check(situation(base, {}), book(), DAY)
    assert [item.rule for item in findings if item.severity == "blocker"] == []


def test_there_are_situations_from_every_province() -> None:
    cases = [case.values[0] for case in situations()]
    assert len(cases) >= 250
    places = Counter(case.get("province") or case["base"][:2] for case in cases)
    assert set(places) == set(book().provinces) and min(places.values()) >= 4
    known = {rule.id for rule in book().rules}
    assert all(set(case.get(key, [])) <= known for case in cases for key in KEYS)
    assert all(set(case) & {"expect", "holds"} for case in cases)
