"""Filings judged a second: the rules alone, whole folders whose facts are complete, and a thousand of them in a row."""

from __future__ import annotations

import tempfile
import time
from datetime import date
from pathlib import Path

from tests.bench.measure import ROOT, rate, title

DAY = date(2026, 11, 20)
FACTS = ROOT / "samples/gd_enterprise_website/in/filing.yaml"
PEOPLE = """
documents: [主办单位证件, 主体负责人证件正反面, 互联网信息服务负责人证件正反面, 域名证书]
"""
MANY = 1000


def main() -> None:
    """`checks.check` and `beianbox check` without scans, warm, in one process."""
    from pipeline import batch, checks, filing_folder
    from pipeline.assemble import TypedFacts, assemble
    from pipeline.folder_facts import parse
    from pipeline.rulebook import load_rulebook

    typed = TypedFacts(parse(FACTS.read_bytes()))
    filing, rules = assemble("F1", [], typed), load_rulebook()
    title("Rules of one province, warm, one process")
    rate("checks.check", lambda: checks.check(filing, rules, DAY))

    def judge(folder: Path) -> int:
        files = filing_folder.files_of(folder)
        prepared = batch.judge(filing_folder.filing_id(files), (), batch.typed_facts(files), rules, DAY)
        return len(prepared.findings)

    with tempfile.TemporaryDirectory() as home:
        folders = _folders(Path(home), tuple(rules.provinces))
        title("Folders with complete facts and no scans: read, assembled, judged, documents and forms planned")
        rate("beianbox check", lambda: judge(folders[0]))
        begun, used = time.perf_counter(), time.process_time()
        found = sum(map(judge, folders))
        wall, cpu = time.perf_counter() - begun, time.process_time() - used
        print(f"{MANY} filings of 31 provinces in a row: {wall:.1f} s wall, {cpu:.1f} s CPU, {found} findings")


def _folders(home: Path, provinces: tuple[str, ...]) -> list[Path]:
    """A thousand filings, province after province."""
    facts = FACTS.read_text("utf-8") + PEOPLE
    folders = []
    for number in range(MANY):
        folder = home / f"{number:04}"
        folder.mkdir()
        text = facts.replace("province: 广东", f"province: {provinces[number % len(provinces)]}")
        (folder / "filing.yaml").write_text(text, encoding="utf-8")
        folders.append(folder)
    return folders
