"""A folder read where it lies, without an inbox."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline.errors import UsageError
from pipeline.folders import list_folder


def test_a_folder_is_listed_in_order_and_left_as_it_is(tmp_path: Path) -> None:
    for path in ("b/执照.jpg", "a.pdf", "b/.hidden", ".x/y", "~$a.docx"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(b"12")
    (tmp_path / "empty").mkdir()
    before = sorted((path, path.lstat().st_mtime_ns) for path in tmp_path.rglob("*"))
    files = list_folder(tmp_path)
    assert [(file.name, file.size, file.skipped) for file in files] == [("a.pdf", 2, None), ("b/执照.jpg", 2, None)]
    assert files[1].path == tmp_path / "b" / "执照.jpg"
    assert sorted((path, path.lstat().st_mtime_ns) for path in tmp_path.rglob("*")) == before


def test_what_is_not_read_in_a_folder_is_listed_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "x.pdf.crdownload").write_bytes(b"1")
    found = {file.name: file.skipped for file in list_folder(tmp_path)}
    assert set(found) == {"link", "pipe", "x.pdf.crdownload"}
    assert all(reason is not None and reason.zh and reason.en for reason in found.values())


def test_an_empty_folder_has_no_files(tmp_path: Path) -> None:
    assert list_folder(tmp_path) == ()


@pytest.mark.parametrize("name", ["missing", "file"])
def test_a_folder_that_is_none_is_wrong_usage(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(UsageError) as caught:
        list_folder(tmp_path / name)
    assert str(tmp_path / name) in caught.value.zh
