"""Reading papers: fields, honesty, processor time and memory on a drawn set, beside rapidocr and Tesseract as shipped.

`BEIANBOX_BENCH_PAPERS` is the number of pictures (130), `BEIANBOX_BENCH_SEED` the set drawn (1); peers, which are far
slower, read every fifth. `BEIANBOX_BENCH_RAPIDOCR` names the Python of an environment with rapidocr, onnxruntime and
OpenCV, where it is not installed beside beianbox. A file named in `BEIANBOX_BENCH_MISTAKES` gets every wrong field.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import mean

from pipeline import children
from tests.bench.measure import BEIANBOX, ROOT, measure, show, title
from tests.devset import draw, score

PEERS_READ_EVERY = 5
_FOLDER = 100
_SIDES = 38  # each side under each condition
_RAPIDOCR = os.environ.get("BEIANBOX_BENCH_RAPIDOCR", "")

_COLD: Mapping[str, Callable[[str, str], list[str]]] = {
    "rapidocr": lambda python, file: [python, "-c", "import sys, rapidocr; rapidocr.RapidOCR()(sys.argv[1])", file],
    "tesseract": lambda _, file: ["tesseract", file, "-", "-l", "chi_sim+eng", "--psm", "11"],
}
"""The command that reads one file from a cold start, by peer; it is given the peer's Python."""


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
        for peer, python in _peers():
            print("\n".join(score.report(f"{peer} as shipped", _read(folder, peer, python))), flush=True)
        _on_all_cores(sorted(folder.glob("*.jpg"))[:_FOLDER])
    with tempfile.TemporaryDirectory() as name:
        _id_sides(Path(name), seed)


def _peers() -> Iterator[tuple[str, str]]:
    """The peers that are there, each with the Python that can import it."""
    if _RAPIDOCR or importlib.util.find_spec("rapidocr"):
        yield "rapidocr", _RAPIDOCR or sys.executable
    if shutil.which("tesseract"):
        yield "tesseract", sys.executable


def _on_all_cores(pictures: Sequence[Path]) -> None:
    """One folder read by one process and by one a core, as `beianbox read` does it; other work falsifies the ratio."""
    title(f"A folder of {len(pictures)} mixed pictures")
    cores = len(os.sched_getaffinity(0))
    walls = []
    for workers in (1, cores):
        command = ["env", f"BEIANBOX_WORKERS={workers}", *BEIANBOX, "read", "--json", *map(str, pictures)]
        wall, cpu, _ = measure(command, 1)
        walls.append(wall)
        print(
            f"beianbox read, {workers} at a time: {wall:.1f} s wall, {cpu:.1f} s CPU, {60 * len(pictures) / wall:.0f} a minute"
        )
    print(f"{cores} cores read {walls[0] / walls[1]:.2f} times as fast as one", flush=True)


def _id_sides(folder: Path, seed: int) -> None:
    """Sides of ID cards alone: each side's processor time, warm and with start-up, and of one file by a whole command."""
    title(f"{_SIDES} sides of ID cards, seed {seed}")
    draw.write(folder, draw.items(_SIDES, seed, ("idcard_front", "idcard_back")))
    pictures = [str(path) for path in sorted(folder.glob("*.jpg"))]
    for side, times in _read(folder, "beianbox").cpu.items():
        print(f"beianbox, {side}: {mean(times):.2f} s CPU a picture, start-up not counted")
    _, cpu, _ = measure(["env", "BEIANBOX_WORKERS=1", *BEIANBOX, "read", "--json", *pictures], 1)
    print(
        f"beianbox read, all of them in one command: {cpu / _SIDES:.2f} s CPU a picture, start-up counted", flush=True
    )
    show("beianbox read, one front", [*BEIANBOX, "read", "--json", pictures[0]])
    for peer, python in _peers():
        show(f"{peer}, one front", _COLD[peer](python, pictures[0]))


def _read(folder: Path, engine: str, python: str = sys.executable) -> score.Outcome:
    result = folder / f"{engine}.json"
    threads = children.ONE_THREAD if engine == "beianbox" else {}
    command = [python, "-m", "tests.devset.read", str(folder), engine, str(result)]
    subprocess.run(command, cwd=ROOT, env={**os.environ, **threads}, check=True)
    return score.outcome(folder, result)


def _thin_out(folder: Path) -> None:
    """Leaves every fifth picture, of each kind and condition about alike."""
    truth = folder / "truth.json"
    kept = json.loads(truth.read_text(encoding="utf-8"))[::PEERS_READ_EVERY]
    truth.write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")
