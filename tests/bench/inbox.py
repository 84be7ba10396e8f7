"""The inbox and many filings: a look at 10,000 files, 100,000 filings in the ledger, a batch on one core and on all.

`BEIANBOX_BENCH_FILINGS` says how many filings the batch has; the project's own measure is 200.
"""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from tests.bench.measure import BEIANBOX, ROOT, rate, show, title

FILINGS = int(os.environ.get("BEIANBOX_BENCH_FILINGS", "8"))
PAPERS = ("js_enterprise_app/in/法定代表人/身份证正面.jpg", "js_enterprise_app/in/法定代表人/身份证反面.jpg")
PAPERS_TOO = ("js_enterprise_app/in/执照照片.jpg", "js_enterprise_app/in/wutong-notes-1.2.0.apk")


def main() -> None:
    """Prints each measurement beside its peer."""
    with tempfile.TemporaryDirectory() as name:
        _scan(Path(name) / "inbox")
        _status(Path(name) / "home")
        _batch(Path(name) / "cases", Path(name) / "out")


def _scan(inbox: Path) -> None:
    from pipeline.folders import scan

    title("A look at an inbox of 10,000 files in 100 folders")
    for number in range(10_000):
        folder = inbox / f"公司{number % 100}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number}.jpg").write_bytes(b"x")
    rate("beianbox: one look", lambda: scan(inbox))
    rate("os.walk with a stat of each file", lambda: _walk(inbox))


def _walk(inbox: Path) -> int:
    return sum(os.stat(f"{folder}/{name}").st_size for folder, _, names in os.walk(inbox) for name in names)


def _status(home: Path) -> None:
    title("100,000 filings in the ledger")
    os.environ["BEIANBOX_HOME"] = str(home)
    subprocess.run([*BEIANBOX, "status"], cwd=ROOT, check=True, capture_output=True)
    document = '{"entity":{"name":"' + "某" * 300 + '"}}'
    times = (f"2026-01-05T08:00:00.{number:06d}+00:00" for number in range(100_000))
    rows = ((f"f-{number}", 1, "prepared", number, at, document) for number, at in enumerate(times))
    with sqlite3.connect(home / "state.db") as connection:
        connection.executemany("insert into filings values (?, ?, ?, ?, ?, ?)", rows)
        bundles = (
            (f"f-{number}", 1, f"/b/f-{number}/v1", "d", "2026-01-05T08:00:00+00:00") for number in range(100_000)
        )
        connection.executemany("insert into bundles values (?, ?, ?, ?, ?)", bundles)
    connection.close()
    show("beianbox status, 100,000 filings", [*BEIANBOX, "status"])
    show("beianbox version: what starting costs", [*BEIANBOX, "version"])


def _batch(cases: Path, out: Path) -> None:
    title(f"{FILINGS} filings: two ID sides, licence, APK")
    for number in range(FILINGS):
        case = cases / f"case{number:03d}"
        case.mkdir(parents=True)
        for paper in (*PAPERS, *PAPERS_TOO):
            shutil.copy(ROOT / "samples" / paper, case)
    alone = _timed(cases, out / "one", "1")
    both = _timed(cases, out / "all", "0")
    print(f"{'one process':<58} {alone[0]:7.2f} s wall {alone[1]:7.2f} s CPU {alone[2]:7.0f} MB at once")
    print(f"{'all cores':<58} {both[0]:7.2f} s wall {both[1]:7.2f} s CPU {both[2]:7.0f} MB at once")
    print(f"{'throughput of all cores to one':<58} {alone[0] / both[0]:7.2f}")
    print(f"{'more processor time for working side by side':<58} {100 * (both[1] / alone[1] - 1):7.1f} %", flush=True)


def _timed(cases: Path, out: Path, workers: str) -> tuple[float, float, float]:
    """Wall seconds, processor seconds and most megabytes (proportional shares) of all processes together."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [*BEIANBOX, "batch", str(cases), "--out", str(out), "--today", "2026-11-20"]
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, "BEIANBOX_WORKERS": workers}, stdout=subprocess.DEVNULL
    )
    peak = _Peak(process)
    peak.start()
    process.wait()
    peak.join()
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, peak.megabytes


class _Peak(threading.Thread):
    """Looks at a process and all below it, and keeps the largest sum."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        super().__init__(daemon=True)
        self._process, self.megabytes = process, 0.0

    def run(self) -> None:
        while self._process.poll() is None:
            self.megabytes = max(self.megabytes, sum(_share(pid) for pid in _below(self._process.pid)) / 1024)
            time.sleep(0.5)


def _share(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def _below(pid: int) -> list[int]:
    found = [pid]
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [one for child in thread.read_text().split() for one in _below(int(child))]
        except OSError:
            continue
    return found
