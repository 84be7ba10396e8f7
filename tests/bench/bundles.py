"""Bundles with ten photos of 12 million pixels each, whole and by page, beside fpdf2, weasyprint and typst.

Each runs in a process of its own that is warmed up by one bundle before. The peers get the pictures small already and
only set them on captioned pages: none of them reads, judges, links, archives or checks.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

import cv2
import numpy as np

from tests.bench import peers
from tests.bench.measure import ROOT, title

PHOTOS = 10
WIDTH, HEIGHT = 4000, 3000
BOX = ((700.0, 600.0), (2100.0, 600.0), (2100.0, 700.0), (700.0, 700.0))
DAY = date(2026, 11, 20)
RUNS = 3


def main() -> None:
    """Prints seconds, processor seconds and memory of a bundle; pages a second of each program."""
    title(f"A bundle with {PHOTOS} photos of {WIDTH} x {HEIGHT} pixels, warm")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        draw_photos(folder)
        command = [sys.executable, "-m", "tests.bench.bundles", str(folder)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        print(done.stdout, end="", flush=True)
        captions = [f"营业执照　{path.name}" for path in _photos(folder)]
        peers.show("pages", {"captions": captions, "pictures": [str(path) for path in _shrunk(folder)]}, per=PHOTOS)


def draw_photos(folder: Path) -> None:
    """Pictures with the grain of a phone's photo: they pack to some 3 MB."""
    paper = cv2.imread(str(ROOT / "samples/gd_enterprise_website/in/营业执照.jpg"))
    large = cv2.resize(paper, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    chance = np.random.default_rng(1)
    for number in range(PHOTOS):
        grain = chance.normal(0, 5, large.shape).astype(np.int16)
        photo = np.clip(large + grain, 0, 255).astype(np.uint8)
        cv2.imwrite(str(folder / f"照片{number}.jpg"), photo, [cv2.IMWRITE_JPEG_QUALITY, 88])


def _photos(folder: Path) -> list[Path]:
    return sorted(folder.glob("照片*.jpg"))


def _shrunk(folder: Path) -> list[Path]:
    made = []
    for path in _photos(folder):
        made.append(folder / f"small-{path.name}")
        photo = cv2.resize(cv2.imread(str(path)), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        cv2.imwrite(str(made[-1]), photo, [cv2.IMWRITE_JPEG_QUALITY, 80])
    return made


def write_bundles(folder: Path) -> None:
    """One bundle to warm up, then some that are measured; run in a process of its own."""
    import time

    from pipeline import batch, bundle
    from pipeline.rulebook import load_rulebook
    from pipeline.source_file import SourceFile, sha256_of

    files = [SourceFile(path.name, path, sha256_of(path)) for path in _photos(folder)]
    prepared = batch.judge("F1", [_reading(file) for file in files], None, load_rulebook(()), DAY)
    bundle.write(prepared, files, folder / "out")
    begun, used = time.perf_counter(), time.process_time()
    for _ in range(RUNS):
        bundle.write(prepared, files, folder / "out")
    wall, cpu = (time.perf_counter() - begun) / RUNS, (time.process_time() - used) / RUNS
    peak = _own_peak()
    made = (folder / "out" / "bundle.pdf").read_bytes()
    pages = _pages(made)
    print(f"beianbox, folder written {wall:25.2f} s wall {cpu:7.2f} s CPU {peak:7.0f} MB")
    print(f"  bundle.pdf: {pages} pages, {len(made) / 1e6:.1f} MB, {pages / cpu:.1f} pages a second of CPU")


def _own_peak() -> float:
    """Megabytes; getrusage would count what the parent held when it started this process."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def _reading(file: object) -> object:
    from extractors.paper import FieldReading, ImageFacts, Paper
    from pipeline.reading import Reading

    names = ("name", "credit_code", "address", "legal_person")
    fields = {name: FieldReading("云帆样本有限公司", 0.99, 1, BOX, "ocr", "") for name in names}
    paper = Paper("business_licence", 1, WIDTH, HEIGHT, fields, ImageFacts("jpeg", 3_000_000, WIDTH, HEIGHT))
    return Reading(file.name, file.sha256, 3_000_000, "business_licence", papers=(paper,))  # type: ignore[attr-defined]


def _pages(pdf: bytes) -> int:
    import pypdf

    return len(pypdf.PdfReader(io.BytesIO(pdf)).pages)


if __name__ == "__main__":
    write_bundles(Path(sys.argv[1]))
