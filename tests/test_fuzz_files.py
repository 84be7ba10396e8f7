"""Files of every kind, spoilt by chance, as a filing: readings or findings come out, whatever goes in.

`BEIANBOX_FUZZ_FILES` is the number of spoilt files (60 unless set; the project's own measure is 2000),
`BEIANBOX_FUZZ_SEED` another chance. Every fourth filing is drawn too: spoilt pictures and PDFs go into a bundle.
"""

from __future__ import annotations

import io
import os
import random
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from PIL import Image

from generators.workbook import workbook
from pipeline import archives, batch, bundle, filing_folder, filing_table
from pipeline.errors import UsageError
from pipeline.reading import Reading
from pipeline.rulebook import load_rulebook
from pipeline.source_file import SourceFile
from pipeline.workers import Limits, Readers
from tests.extractors.packages.mutation import spoilt
from tests.extractors.packages.test_fuzz import FORMATS

FILES = int(os.environ.get("BEIANBOX_FUZZ_FILES", "60"))
SEED = int(os.environ.get("BEIANBOX_FUZZ_SEED", "1"))
SAMPLES = Path(__file__).parent.parent / "samples"
LIMITS = Limits(memory_bytes=1 << 30, seconds=20)
IN_A_FILING = 6
TODAY = date(2026, 11, 20)
TABLE = "entity.name,主办单位证件号码,websites[0].name\n云帆样本有限公司,91440101MA5XXXXXXX,样本网\n"

Make = Callable[[random.Random], bytes]


def picture(kind: str) -> bytes:
    with Image.open(SAMPLES / "gd_enterprise_website/in/营业执照.jpg") as whole:
        small = whole.convert("RGB").resize((420, 300))
    out = io.BytesIO()
    small.save(out, kind)
    return out.getvalue()


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("执照/营业执照.jpg", picture("JPEG"))
        packed.writestr("filing.yaml", typed())
        packed.writestr("说明.txt", "样本" * 400)
    return out.getvalue()


def table() -> bytes:
    return workbook([("样本", [line.split(",") for line in TABLE.splitlines()])])


def typed() -> bytes:
    return (SAMPLES / "gd_enterprise_website/in/filing.yaml").read_bytes()


def whole(data: bytes) -> Make:
    return lambda chance: spoilt(data, chance)


def cut(make: Make) -> Make:
    """Sometimes the end is missing too, or the beginning is another kind's."""

    def changed(chance: random.Random) -> bytes:
        data = make(chance)
        if chance.random() < 0.15:
            return data[: chance.randrange(len(data) + 1)]
        if chance.random() < 0.1:
            return chance.choice((b"\xff\xd8\xff\xe0", b"%PDF-1.7\n", b"PK\x03\x04", b"\x89PNG\r\n\x1a\n", b"")) + data
        return data

    return changed


def member(data: bytes, name: str) -> Make:
    """One member of an office file is spoilt and packed soundly again."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        files = {one: packed.read(one) for one in packed.namelist()}

    def changed(chance: random.Random) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
            for one, content in files.items():
                packed.writestr(one, spoilt(content, chance) if one == name else content)
        return out.getvalue()

    return changed


def kinds() -> Iterator[tuple[str, Make]]:
    for kind in ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF"):
        yield f"picture.{kind.lower()}", whole(picture(kind))
    yield "text.pdf", whole((SAMPLES / "gd_enterprise_website/in/域名证书.pdf").read_bytes())
    yield "scan.pdf", whole(picture("PDF"))
    yield "filing.yaml", whole(typed())
    yield "papers.zip", whole(archive())
    yield "member.zip", member(archive(), "执照/营业执照.jpg")
    yield "table.xlsx", whole(table())
    yield "sheet.xlsx", member(table(), "xl/worksheets/sheet1.xml")
    yield "table.csv", whole(TABLE.encode("gb18030"))
    for name, make in FORMATS.items():
        yield f"{name.replace(' ', '-')}.package", make


@pytest.fixture(scope="module")
def makers() -> dict[str, Make]:
    return {name: cut(make) for name, make in kinds()}


def write_filing(folder: Path, number: int, makers: dict[str, Make]) -> list[Path]:
    """The spoilt files of one filing, kinds in turn; the same for the same number."""
    folder.mkdir()
    names, chance = list(makers), random.Random(f"{SEED} {number}")
    found = []
    for place in range(number * IN_A_FILING, min(FILES, (number + 1) * IN_A_FILING)):
        name = names[place % len(names)]
        path = folder / (name if name == "filing.yaml" else f"{place}-{name}")
        path.write_bytes(makers[name](chance))
        found.append(path)
    return found


@pytest.mark.slow
@pytest.mark.timeout(60 + 30 * FILES)
def test_spoilt_files_of_every_kind_cost_a_finding_and_nothing_more(tmp_path: Path, makers: dict[str, Make]) -> None:
    rules, seen, slowest = load_rulebook(()), Counter[str](), 0.0
    with Readers(0, LIMITS) as readers:
        for number in range(-(-FILES // IN_A_FILING)):
            folder = tmp_path / str(number)
            spoilt_files = write_filing(folder, number, makers)
            start = time.monotonic()
            with archives.opened(filing_folder.files_of(folder), readers) as (files, known):
                readings = batch.read_all(files, readers, known=known)
                slowest = max(slowest, time.monotonic() - start)
                check_readings(readings, files, f"seed {SEED}, filing {number}")
                prepared = batch.judge("F1", readings, typed_or_nothing(files), rules, TODAY)
                if number % 4 == 0:
                    written = bundle.write(prepared, files, tmp_path / f"out{number}")
                    assert (tmp_path / f"out{number}/bundle.pdf").exists() and written.digest
            seen.update(one.failure.code if one.failure else one.kind for one in readings)
            read_tables(spoilt_files, tmp_path / f"cases{number}", readers)
    print(f"\n{FILES} spoilt files, slowest filing {slowest:.1f} s: {dict(seen.most_common())}")
    assert slowest < IN_A_FILING * 2 * (LIMITS.wall_seconds or 0), "a stalled child is ended at the limit"


def check_readings(readings: tuple[Reading, ...], files: tuple[SourceFile, ...], where: str) -> None:
    """One reading a file; `internal` would be a mistake of ours, a crash one of a library that cost only its file."""
    assert {one.file for one in readings} == {one.name for one in batch.readable(files)}, where
    broken = [one.file for one in readings if one.failure and one.failure.code == "internal"]
    assert not broken, f"{where}: {broken}"


def typed_or_nothing(files: tuple[SourceFile, ...]) -> batch.assemble.TypedFacts | None:
    try:
        return batch.typed_facts(files)
    except UsageError as problem:
        assert problem.zh and problem.en
        return None


def read_tables(paths: list[Path], place: Path, readers: Readers) -> None:
    place.mkdir()
    for path in paths:
        if filing_table.is_table(path.name):
            with suppress(UsageError):
                filing_table.names_a_field(path, path.name, readers)
                filing_table.write_cases(path, place, readers)
