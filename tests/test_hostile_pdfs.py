"""PDFs made to hurt: each ends in a clear refusal within its limits, and the rest of the filing goes on."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pikepdf
import pytest

from generators.cjk import Style, para
from generators.page import SHEET, Furniture, Info, build
from tests.data import hostile_pdfs

ROOT = Path(__file__).parent.parent
CPU_SECONDS = 10
MEGABYTES = 1024
REFUSALS = {
    "long_stream": "tool_failed",
    "packed_twice": "tool_failed",
    "huge_picture": "too_large",
    "nested_forms": "tool_failed",
    "tree_loop": "unreadable",
    "many_pages": "tool_failed",
    "giant_page": "too_large",
    "locked": "encrypted",
    "cut_off": "incomplete",
    "garbage": "unreadable",
    "web_page": "unreadable",
}

READER = f"""
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_CPU, ({CPU_SECONDS}, {CPU_SECONDS}))
from pipeline.reading import read_file
reading = read_file(Path(sys.argv[1]), name="x.pdf", sha256="0" * 64)
# getrusage counts for this process what its parent held when it was started; the kernel's own line does not
own = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
peak = max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) // 1024
print(reading.failure.code if reading.failure else "read", peak, reading.failure.message.zh)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All of them in one folder, and one good certificate among them."""
    made = tmp_path_factory.mktemp("filing") / "in"
    made.mkdir()
    for name, content in hostile_pdfs.FILES.items():
        (made / f"{name}.pdf").write_bytes(content())
    words = ("域名证书", "域名：yunfan-specimen.cn", "域名所有者：云帆样本有限公司", "到期日期：2028-06-01")
    (made / "域名证书.pdf").write_bytes(
        build([para(text, Style()) for text in words], SHEET, Furniture(), Info("证书"))
    )
    return made


def test_every_kind_is_tried() -> None:
    assert set(REFUSALS) == set(hostile_pdfs.FILES)


@pytest.mark.parametrize(("name", "code"), REFUSALS.items())
def test_each_is_refused_in_clear_words_within_ten_seconds_and_a_gigabyte(name: str, code: str, folder: Path) -> None:
    command = [sys.executable, "-c", READER, str(folder / f"{name}.pdf")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-500:]
    found, megabytes, message = done.stdout.split(" ", 2)
    assert found == code
    assert int(megabytes) <= MEGABYTES
    assert any(todo in message for todo in ("请", "重新")), message


def test_the_rest_of_the_filing_goes_on(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-m", "pipeline.cli", "run", str(folder), "--out", str(out), "--json"]
    home = {**os.environ, "BEIANBOX_HOME": str(tmp_path / "home")}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False, env=home)
    assert done.returncode == 1
    said = " ".join(finding["message"]["zh"] for finding in json.loads(done.stdout)["findings"])
    assert not [name for name in REFUSALS if f"{name}.pdf" not in said]
    with pikepdf.open(io.BytesIO((out / "bundle.pdf").read_bytes())) as pdf:
        assert "yunfan-specimen.cn" in pdf.attachments["filing.json"].get_file().read_bytes().decode()
