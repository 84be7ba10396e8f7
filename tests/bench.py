"""`make bench`: how long things take and how much memory they need, beside a peer in the same run.

Each line is the median of several runs of a whole process (wall and CPU seconds, peak memory). Nothing here passes or
fails: a number without its neighbour says little on another machine.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
APK = ROOT / "samples/js_enterprise_app/in/wutong-notes-1.2.0.apk"
BEIANBOX = [sys.executable, "-m", "pipeline.cli"]
RUNS = 5


def measure(command: Sequence[str], runs: int = RUNS) -> tuple[float, float, float]:
    """Median wall seconds, CPU seconds and peak megabytes of a command."""
    rows = [_once(command) for _ in range(runs)]
    return tuple(statistics.median(column) for column in zip(*rows, strict=True))  # type: ignore[return-value]


def _once(command: Sequence[str]) -> tuple[float, float, float]:
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, usage = os.wait4(process.pid, 0)
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def show(name: str, command: Sequence[str], runs: int = RUNS) -> None:
    """Prints one measured line."""
    wall, cpu, memory = measure(command, runs)
    print(f"{name:<58} {wall:7.2f} s wall {cpu:7.2f} s CPU {memory:7.0f} MB", flush=True)


def bench_packages() -> None:
    """Features of one APK, beside apksigner and keytool."""
    print("\nOne APK")
    show("beianbox app --json", [*BEIANBOX, "app", str(APK), "--json"])
    for name, command in PEERS.items():
        if shutil.which(command[0]):
            show(name, [*command, str(APK)])
        else:
            print(f"{name:<58} not installed")


PEERS = {
    "apksigner verify --print-certs (certificates only)": ["apksigner", "verify", "--print-certs"],
    "keytool -printcert -jarfile (certificates only, v1)": ["keytool", "-printcert", "-jarfile"],
    "aapt dump badging (manifest only)": ["aapt", "dump", "badging"],
}


def bench_runs(scratch: Path) -> None:
    """Whole filings, and a folder with one APK."""
    print("\nWhole filings: beianbox run")
    alone = scratch / "one-apk"
    alone.mkdir()
    shutil.copy(APK, alone)
    for folder in (alone, *sorted(ROOT.glob("samples/*/in"))):
        name = folder.parent.name if folder.name == "in" else folder.name
        command = [
            *BEIANBOX,
            "run",
            str(folder),
            "--out",
            str(scratch / name / "bundle" if folder != alone else scratch / "bundle"),
        ]
        show(name, [*command, "--today", "2026-11-20"], 3)


def bench_letters() -> None:
    """Letters a second, warm, beside reportlab's own paragraphs with the same text."""
    from generators import forms

    values = {
        "entity": {
            "name": "广州云杉样本科技有限公司",
            "nature": "enterprise",
            "certificate": {"number": "91440101MA9X7K2Q1Y"},
        }
    }
    print("\nLetters, warm, one process")
    rate("beianbox commitment letter", lambda: forms.render("commitment_letter", values))
    rate("reportlab Paragraph, wordWrap=CJK, same amount of text", _stock_letter)


def bench_checks() -> None:
    """Filings judged a second: all rules of a province, no files."""
    from datetime import date

    from pipeline import checks
    from pipeline.assemble import TypedFacts, assemble
    from pipeline.folder_facts import parse
    from pipeline.rulebook import load_rulebook

    typed = TypedFacts(parse((ROOT / "samples/gd_enterprise_website/in/filing.yaml").read_bytes()))
    filing, rules, day = assemble("F1", [], typed), load_rulebook(), date(2026, 11, 20)
    print("\nRules of one province, warm, one process")
    rate("beianbox check", lambda: checks.check(filing, rules, day))


def _stock_letter() -> None:
    import io

    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph, SimpleDocTemplate

    from generators import fonts

    style = ParagraphStyle("body", fontName=fonts.register(), wordWrap="CJK", fontSize=12, leading=20)
    SimpleDocTemplate(io.BytesIO()).build(
        [Paragraph("本单位承诺所提供的备案信息真实、准确、完整，并及时更新。" * 2, style) for _ in range(10)]
    )


def rate(name: str, work: Callable[[], object], seconds: float = 3.0) -> None:
    """Prints how often a second a piece of work is done, after one warm-up."""
    work()
    start, done = time.process_time(), 0
    while time.process_time() - start < seconds:
        work()
        done += 1
    print(f"{name:<58} {done / (time.process_time() - start):7.1f} a second", flush=True)


def main() -> None:
    """Runs all benches."""
    bench_packages()
    with tempfile.TemporaryDirectory() as scratch:
        bench_runs(Path(scratch))
    bench_letters()
    bench_checks()
    print("\nReview page, 2,000 filings", flush=True)
    subprocess.run([sys.executable, "-m", "tests.web.speed"], cwd=ROOT, check=False)


if __name__ == "__main__":
    main()
