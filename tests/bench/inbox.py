"""The inbox and many filings: a look at 10,000 files, 100,000 filings in the ledger, one against 20,000, a batch.

Then one worker beside two that share a PostgreSQL ledger, where its server is installed.
`BEIANBOX_BENCH_FILINGS` says how many filings batch and workers have; the project's own measure is 200.
"""

from __future__ import annotations

import json
import os
import resource
import sqlite3
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.measure import BEIANBOX, ROOT, rate, show, title

if TYPE_CHECKING:
    from pipeline.ledger import Ledger
    from pipeline.model import Filing, Text
    from pipeline.rulebook import Rulebook

DAY = date(2026, 11, 20)
FILINGS = int(os.environ.get("BEIANBOX_BENCH_FILINGS", "8"))
_SILENT = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
PAPERS = ("js_enterprise_app/in/法定代表人/身份证正面.jpg", "js_enterprise_app/in/法定代表人/身份证反面.jpg")
PAPERS_TOO = ("js_enterprise_app/in/执照照片.jpg", "js_enterprise_app/in/wutong-notes-1.2.0.apk")


def main() -> None:
    """Prints each measurement beside its peer."""
    with tempfile.TemporaryDirectory() as name:
        _scan(Path(name) / "inbox")
        _status(Path(name) / "home")
        _neighbours(Path(name) / "state.db")
        _batch(Path(name) / "cases", Path(name) / "out")
        _machines(Path(name) / "machines")


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
    _track(home)
    subprocess.run([*BEIANBOX, "status"], cwd=ROOT, check=True, capture_output=True)
    show("the same, an order of each filing tracked", [*BEIANBOX, "status"])
    show("beianbox version: what starting costs", [*BEIANBOX, "version"])


def _track(home: Path) -> None:
    """A real filing, prepared in a home of its own, a thousand times, each with an order that was handed in."""
    small = home.with_name("small")
    case = small / "inbox/样本"
    case.mkdir(parents=True)
    small.chmod(0o700)
    (case / "filing.yaml").write_text("filing: {province: 广东, operation: 首次备案}\n", "utf-8")
    watch = {**os.environ, "BEIANBOX_HOME": str(small), "BEIANBOX_SETTLE_SECONDS": "0.1"}
    subprocess.run([*BEIANBOX, "watch", "--once"], cwd=ROOT, env=watch, capture_output=True)
    with sqlite3.connect(small / "state.db") as connection:
        (document,) = connection.execute("select json from filings").fetchone()
    connection.close()
    with sqlite3.connect(home / "state.db") as connection:
        at, said = "2030-01-05T08:00:00.000000+00:00", '{"at": "2026-11-05T00:00:00+08:00", "note": ""}'
        rows = ((f"g-{number}", 1, "prepared", number, at, document) for number in range(1000))
        connection.executemany("insert into filings values (?, ?, ?, ?, ?, ?)", rows)
        events = ((f"g-{number}", "event", "submit", said, "li", at, 0) for number in range(1000))
        columns = 'filing, kind, "where", json, who, decided_at, change'
        connection.executemany(f"insert into decisions ({columns}) values (?, ?, ?, ?, ?, ?, ?)", events)
    connection.close()


def _neighbours(place: Path) -> None:
    """A filing held against 20,000 others, of which each shares its service person's phone with nineteen."""
    from pipeline import checks, neighbours
    from pipeline.ledger import open_ledger
    from pipeline.model import Text
    from pipeline.other_filings import contacts_of
    from pipeline.rulebook import load_rulebook

    title("The phones, names and numbers of one filing in 20,000 others")
    ledger, rules, label = open_ledger(place), load_rulebook(), Text("编号 1", "id 1")
    filings = [_filing(number) for number in range(20_000)]
    _keep(ledger, filings)
    mine, every = filings[0], tuple(one for other in filings[1:] for one in contacts_of(other, label))
    sharing = neighbours.contacts(ledger, mine, lambda _: label)
    print(f"{'filings looked at':<58} {len({one.entity_number for one in sharing}):7d} of {len(filings)}")
    rate("beianbox: found by what they share, and judged", lambda: _judged(ledger, mine, rules, label))
    rate("judged beside all of them, held in memory", lambda: checks.check(mine, rules, DAY, every))
    _give_to_all(ledger, mine, filings)
    rate("its service person in all of them: found and judged", lambda: _judged(ledger, mine, rules, label))
    ledger.close()


def _give_to_all(ledger: Ledger, mine: Filing, filings: list[Filing]) -> None:
    """An agency's own person: all filings have the marks of it, and those that are looked at have it in full."""
    import sqlalchemy as sa

    from pipeline.ledger_tables import marks

    person = mine.service_person
    said = {"person": person.name, "number": person.certificate.number, "phone": person.mobile, "email": person.email}
    rows = [
        {"filing": filing.id, "arrival": 0, "kind": kind, "value": value}
        for filing in filings[:-60]
        for kind, value in said.items()
    ]
    with ledger._write() as connection:
        connection.execute(sa.delete(marks).where(marks.c.value.in_(said.values())))
        connection.execute(sa.insert(marks), rows)
    _keep(ledger, [replace(filing, service_person=person) for filing in filings[-60:]], first=len(filings))


def _keep(ledger: Ledger, filings: list[Filing], first: int = 0) -> None:
    """Saves filings with their marks as preparing them does, but all at once; changed in this order from a number on."""
    import sqlalchemy as sa

    from pipeline import ledger_tables as tables
    from pipeline.build import plain
    from pipeline.marks import marks_of_filing

    rows, marks = [], []
    for number, filing in enumerate(filings, first):
        document = {"filing": plain(filing), "findings": []}
        at = f"2026-01-05T08:00:00.{number:06d}+00:00"
        rows.append({"id": filing.id, "version": 1, "status": "prepared", "seen": 0, "updated_at": at})
        rows[-1]["json"] = json.dumps(document)
        said = marks_of_filing(document["filing"])
        marks += [{"filing": filing.id, "arrival": 0, "kind": kind, "value": value} for kind, value in said]
    with ledger._write() as connection:
        for table, column, kept in ((tables.filings, "id", rows), (tables.marks, "filing", marks)):
            connection.execute(sa.delete(table).where(table.c[column].in_([filing.id for filing in filings])))
            connection.execute(sa.insert(table), kept)


def _judged(ledger: Ledger, mine: Filing, rules: Rulebook, label: Text) -> object:
    from pipeline import checks, neighbours

    return checks.check(mine, rules, DAY, neighbours.contacts(ledger, mine, lambda _: label))


def _filing(number: int) -> Filing:
    from pipeline.checks_paths import filing_from

    values = {"province": "广东", "entity.nature": "enterprise", "websites[0].name": "样本数据"}
    values |= {"entity.name": f"广州样本{number}有限公司", "entity.certificate.number": f"{number:018}"}
    for role, who in (("entity_person", number), ("service_person", 100_000 + number % 1000)):
        values |= {f"{role}.name": f"样本{who}", f"{role}.certificate.number": f"44{who:016}"}
        values |= {f"{role}.mobile": f"138{who:08}", f"{role}.email": f"p{who}@specimen.cn"}
    return replace(filing_from(values), id=f"f-{number}")


def _batch(cases: Path, out: Path) -> None:
    title(f"{FILINGS} filings: two ID sides, licence, APK")
    for number in range(FILINGS):
        _case(cases / f"case{number:03d}", number)
    with _one_core():
        alone = _timed(cases, out / "one")
    both = _timed(cases, out / "all")
    print(f"{'one core':<58} {alone[0]:7.2f} s wall {alone[1]:7.2f} s CPU {alone[2]:7.0f} MB at once")
    print(f"{'all cores':<58} {both[0]:7.2f} s wall {both[1]:7.2f} s CPU {both[2]:7.0f} MB at once")
    print(f"{'throughput of all cores to one':<58} {alone[0] / both[0]:7.2f}")
    print(f"{'more processor time for working side by side':<58} {100 * (both[1] / alone[1] - 1):7.1f} %", flush=True)


def _case(folder: Path, number: int) -> None:
    """Papers whose bytes are those of no other filing: nothing that was read before helps."""
    folder.mkdir(parents=True)
    for paper in (*PAPERS, *PAPERS_TOO):
        data = (ROOT / "samples" / paper).read_bytes()
        if data.startswith(b"\xff\xd8"):
            comment = b"%08d" % number
            data = data[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + data[2:]
        (folder / Path(paper).name).write_bytes(data)


def _machines(place: Path) -> None:
    """Each worker has one core, as on a machine of its own; a lone one would otherwise draw on the other's core."""
    from tests.pipeline import postgres

    title(f"{FILINGS} filings on PostgreSQL: one worker with one core, and two")
    if postgres.programs() is None:
        print("PostgreSQL's server is not installed", flush=True)
        return
    with postgres.server() as address:
        alone, both = (_drained(place / str(count), postgres.new_database(address), count) for count in (1, 2))
    for count, (wall, cpu) in ((1, alone), (2, both)):
        print(f"{f'{count} worker(s)':<58} {wall:7.2f} s wall {cpu:7.2f} s CPU {FILINGS / wall:7.2f} filings a second")
    print(f"{'rate of two workers to one':<58} {alone[0] / both[0]:7.2f}", flush=True)


def _drained(place: Path, ledger: str, count: int) -> tuple[float, float]:
    """Wall and processor seconds in which workers with homes of their own empty their inboxes."""
    shared = {name: str(place / name) for name in ("store", "bundles")}
    environ = {f"BEIANBOX_{name.upper()}": path for name, path in shared.items()}
    environ |= {"BEIANBOX_LEDGER": ledger, "BEIANBOX_WORKERS": "1", "BEIANBOX_SETTLE_SECONDS": "0.1"}
    for number in range(FILINGS):
        _case(place / f"home{number % count}/inbox/case{number:03d}", number)
    for folder in (*shared.values(), *map(str, place.glob("home*"))):
        Path(folder).mkdir(mode=0o700, exist_ok=True)
        Path(folder).chmod(0o700)
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [*BEIANBOX, "watch", "--once", "--today", "2026-11-20"]
    workers = []
    for core, home in enumerate(sorted(place.glob("home*"))):
        environ["BEIANBOX_HOME"] = str(home)
        with _one_core(core):
            workers.append(subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environ}, **_SILENT))
    for worker in workers:
        worker.wait()
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    done = len(list((place / "bundles").glob("*/v1/bundle.pdf")))
    if done != FILINGS:
        raise SystemExit(f"only {done} of {FILINGS} filings were prepared")
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@contextmanager
def _one_core(number: int = 0) -> Iterator[None]:
    """What starts meanwhile has one processor core; a process and its reader would otherwise share in a second."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {sorted(cores)[number % len(cores)]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def _timed(cases: Path, out: Path) -> tuple[float, float, float]:
    """Wall seconds, processor seconds and most megabytes (proportional shares) of all processes together."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [*BEIANBOX, "batch", str(cases), "--out", str(out), "--today", "2026-11-20"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
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
