"""Filings judged a second: all rules of a province, no files."""

from __future__ import annotations

from datetime import date

from tests.bench.measure import ROOT, rate, title


def main() -> None:
    """`checks.check`, warm, in one process."""
    from pipeline import checks
    from pipeline.assemble import TypedFacts, assemble
    from pipeline.folder_facts import parse
    from pipeline.rulebook import load_rulebook

    typed = TypedFacts(parse((ROOT / "samples/gd_enterprise_website/in/filing.yaml").read_bytes()))
    filing, rules, day = assemble("F1", [], typed), load_rulebook(), date(2026, 11, 20)
    title("Rules of one province, warm, one process")
    rate("beianbox check", lambda: checks.check(filing, rules, day))
