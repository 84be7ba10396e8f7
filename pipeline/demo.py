"""`make demo`: the sample filings through the inbox, on a Prefect server of our own, from arrival to bundle."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

from pipeline import server, work
from pipeline.bundle_places import files_at
from pipeline.errors import FilingError
from pipeline.home_folders import prepare_places
from pipeline.settings import load_settings

TODAY = "2026-11-20"
"""The day the samples are judged as of; their validity dates are drawn for it."""

KEPT = "prefect"
"""Prefect's own database is kept between demos: making it anew costs half a minute."""


def main(arguments: list[str]) -> int:
    """Runs the demo: `python -m pipeline.demo SAMPLES HOME`."""
    samples, home = (Path(argument).resolve() for argument in arguments)
    try:
        _fill_inbox(samples, home)
        print("Starting a local Prefect server ...", flush=True)
        with server.running_server(home) as api_url:
            print("Running the flow: receive, read, assemble, check, plan, generate, bundle ...", flush=True)
            code = server.run_child(home, api_url, "pipeline.flows", "drain", TODAY)
        _print_bundles(home)
    except FilingError as problem:
        print(problem.zh, problem.en, sep="\n", file=sys.stderr)
        return problem.exit_code
    return code


def _fill_inbox(samples: Path, home: Path) -> None:
    """An empty home with each sample's files as a folder of its inbox."""
    home.mkdir(mode=0o700, exist_ok=True)
    for entry in home.iterdir():
        if entry.name != KEPT:
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    settings = load_settings({}, home)
    prepare_places(settings)
    for case in sorted(samples.glob("*/in")):
        shutil.copytree(case, settings.inbox / case.parent.name)


def _print_bundles(home: Path) -> None:
    with work.open_desk({**os.environ, "BEIANBOX_HOME": str(home)}) as desk:
        rows = [desk.ledger.latest_bundle(summary.filing) for summary in desk.ledger.filings()]
        for row in sorted((row for row in rows if row is not None), key=lambda one: one.filing):
            findings = json.loads(files_at(row.folder, desk.store).read("findings.json"))["findings"]
            blockers = sum(one["severity"] == "blocker" for one in findings)
            print(f"{row.filing}: 必须处理 {blockers} 项 ({blockers} blockers)\n    {Path(row.folder) / 'bundle.pdf'}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
