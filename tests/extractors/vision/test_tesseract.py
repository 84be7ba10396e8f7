"""A Tesseract that crashes, hangs or prints nonsense is the failure of one picture; a stand-in program does it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from extractors.errors import ToolFailed
from extractors.vision import tesseract

LANGUAGES = "printf 'List of available languages (2):\\nchi_sim\\neng\\n'"
SCRIPT = """#!/bin/sh
case "$1" in
--version) echo "tesseract 5.3.0" ;;
--list-langs) {languages} ;;
*) {work} ;;
esac
"""
HEAD = "level\\tpage_num\\tblock_num\\tpar_num\\tline_num\\tword_num\\tleft\\ttop\\twidth\\theight\\tconf\\ttext"


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(tesseract, "_TIMEOUT_SECONDS", 1)
    for cached in (tesseract._languages, tesseract.engine_name):
        cached.cache_clear()
    yield tmp_path / "tesseract"
    for cached in (tesseract._languages, tesseract.engine_name):
        cached.cache_clear()


def install(program: Path, work: str) -> None:
    program.write_text(SCRIPT.format(languages=LANGUAGES, work=work), "utf-8")
    program.chmod(0o755)


@pytest.mark.parametrize(
    "work",
    [
        "kill -9 $$",
        "exec sleep 30",
        "exit 3",
        "printf '\\377\\376\\200 bad' >&2; exit 1",
        f"printf '{HEAD}\\n5\\t1\\t1\\t1\\t1\\t1\\t1\\t1\\t9\\t9\\t90\\t\\377\\376\\200\\n' > \"$2.tsv\"",
        'printf "" > "$2.tsv"',
        'printf "5\\t1\\n" > "$2.tsv"',
    ],
    ids=["killed", "hung", "failed", "bad UTF-8 in its errors", "bad UTF-8", "empty", "no such columns"],
)
def test_a_tesseract_that_breaks_is_a_failure_with_advice(stand_in: Path, work: str) -> None:
    install(stand_in, work)
    with pytest.raises(ToolFailed) as caught:
        tesseract.read_lines(np.full((40, 60, 3), 255, np.uint8))
    assert "重新安装" in caught.value.zh and "another picture" in caught.value.en
