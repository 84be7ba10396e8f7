"""A bundle folder is written whole or not at all, and nothing that is not ours is overwritten."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from pipeline import publish as module
from pipeline.errors import EnvironmentProblem, UsageError
from pipeline.publish import publish

CONTENTS = {"manifest.json": b"{}", "forms/a.pdf": b"%PDF"}


def test_a_new_folder_holds_exactly_the_files(tmp_path: Path) -> None:
    publish(tmp_path / "out", CONTENTS)
    found = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert found == set(CONTENTS)


def test_an_older_bundle_is_replaced_with_nothing_left_over(tmp_path: Path) -> None:
    publish(tmp_path / "out", {**CONTENTS, "forms/old.pdf": b"x"})
    publish(tmp_path / "out", CONTENTS)
    assert not (tmp_path / "out/forms/old.pdf").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_an_empty_folder_is_used(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    publish(tmp_path / "out", CONTENTS)
    assert (tmp_path / "out/manifest.json").exists()


@pytest.mark.parametrize("kind", ["folder", "file", "link"])
def test_something_foreign_is_refused_and_untouched(tmp_path: Path, kind: str) -> None:
    out = tmp_path / "out"
    if kind == "folder":
        out.mkdir()
        (out / "mine.txt").write_text("mine")
    elif kind == "file":
        out.write_text("mine")
    else:
        (tmp_path / "elsewhere").mkdir()
        out.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="not overwritten"):
        publish(out, CONTENTS)
    assert out.is_symlink() or (out / "mine.txt" if kind == "folder" else out).read_text() == "mine"


def test_a_full_disk_leaves_the_old_bundle_and_no_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(tmp_path / "out", {**CONTENTS, "old": b"old"})

    def full(path: Path, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "_write", full)
    with pytest.raises(EnvironmentProblem, match="No space left"):
        publish(tmp_path / "out", CONTENTS)
    assert (tmp_path / "out/old").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_what_a_killed_publisher_left_is_removed_and_what_another_is_writing_is_not(tmp_path: Path) -> None:
    names = (".out.abc.tmp", ".out.abc.old", ".out2.abc.tmp", ".out.xyz.tmp")
    left, aside, other, busy = (tmp_path / name for name in names)
    for folder in (left, aside, other, busy):
        folder.mkdir()
        (folder / "bundle.pdf").write_bytes(b"%PDF")
    handle = os.open(busy, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    publish(tmp_path / "out", CONTENTS)
    os.close(handle)
    assert {path.name for path in tmp_path.iterdir()} == {"out", other.name, busy.name}
