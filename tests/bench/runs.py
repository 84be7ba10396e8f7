"""Whole filings from folder to bundle, and a folder with one APK."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from tests.bench.measure import BEIANBOX, ROOT, show, title
from tests.bench.packages import APK


def main() -> None:
    """`beianbox run` on each sample filing."""
    title("Whole filings: beianbox run")
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        alone = scratch / "one-apk"
        alone.mkdir()
        shutil.copy(APK, alone)
        _run("one-apk", alone, scratch / "out" / "one-apk")
        for folder in sorted(ROOT.glob("samples/*/in")):
            _run(folder.parent.name, folder, scratch / "out" / folder.parent.name)


def _run(name: str, folder: Path, out: Path) -> None:
    show(name, [*BEIANBOX, "run", str(folder), "--out", str(out), "--today", "2026-11-20"], 3)
