"""Reading papers: fields, honesty, processor time and memory on a drawn set, beside rapidocr and Tesseract as shipped.

`BEIANBOX_BENCH_PAPERS` is the number of pictures (130), `BEIANBOX_BENCH_SEED` the set drawn (1); peers, which are far
slower, read every fifth. A file named in `BEIANBOX_BENCH_MISTAKES` gets every wrong field.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.measure import ROOT, title
from tests.devset import draw, score

PEERS_READ_EVERY = 5


def main() -> None:
    """Draws the set, reads it with each engine in a process of its own, prints the figures."""
    count = int(os.environ.get("BEIANBOX_BENCH_PAPERS", "130"))
    seed = int(os.environ.get("BEIANBOX_BENCH_SEED", "1"))
    title(f"Reading papers: {count} drawn pictures, seed {seed}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        draw.write(folder, draw.items(count, seed))
        ours = _read(folder, "beianbox")
        print("\n".join((*score.report("beianbox", ours), *score.tables(ours))), flush=True)
        if wanted := os.environ.get("BEIANBOX_BENCH_MISTAKES"):
            Path(wanted).write_text("\n".join(score.mistakes(ours)) + "\n", encoding="utf-8")
        _thin_out(folder)
        print("\n".join(score.report("beianbox, the peers' pictures", _read(folder, "beianbox"))), flush=True)
        for peer, there in (
            ("rapidocr", importlib.util.find_spec("rapidocr")),
            ("tesseract", shutil.which("tesseract")),
        ):
            print(
                "\n".join(
                    score.report(f"{peer} as shipped", _read(folder, peer)) if there else [f"{peer}: not installed"]
                ),
                flush=True,
            )


def _read(folder: Path, engine: str) -> score.Outcome:
    result = folder / f"{engine}.json"
    subprocess.run([sys.executable, "-m", "tests.devset.read", str(folder), engine, str(result)], cwd=ROOT, check=True)
    return score.outcome(folder, result)


def _thin_out(folder: Path) -> None:
    """Leaves every fifth picture, of each kind and condition about alike."""
    truth = folder / "truth.json"
    kept = json.loads(truth.read_text(encoding="utf-8"))[::PEERS_READ_EVERY]
    truth.write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")
