"""Writes a folder whole or not at all: under a temporary name beside its place, then renamed."""

from __future__ import annotations

import glob
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from pipeline import held_folders
from pipeline.errors import EnvironmentProblem, UsageError

MARKER = "manifest.json"


def publish(out: Path, contents: Mapping[str, bytes]) -> None:
    """Makes `out` hold exactly these files. An older bundle there is replaced; anything else there is refused.

    Raises:
        UsageError: `out` exists and is no bundle of ours.
        EnvironmentProblem: the disk is full or the place is not writable; what was there before is still there.
    """
    _refuse_foreign(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        held_folders.sweep(_beside(out, ".tmp"))
        scratch, handle = held_folders.make(out.parent, f".{out.name}.", ".tmp")
    except OSError as problem:
        raise _not_written(out, problem) from problem
    try:
        for name, data in contents.items():
            _write(scratch / name, data)
        scratch.chmod(0o755 if _is_public(out.parent) else 0o700)
        _swap(scratch, out)
    except OSError as problem:
        raise _not_written(out, problem) from problem
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        os.close(handle)


def _refuse_foreign(out: Path) -> None:
    if not out.exists() and not out.is_symlink():
        return
    if out.is_dir() and not out.is_symlink() and (not any(out.iterdir()) or (out / MARKER).is_file()):
        return
    raise UsageError(
        f"{out} 已存在，而且不是 beianbox 生成的材料包，不会覆盖。请换一个输出位置。",
        f"{out} exists and is no bundle made by beianbox; it is not overwritten. Choose another place.",
    )


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def _is_public(folder: Path) -> bool:
    return bool(folder.stat().st_mode & 0o005)


def _swap(scratch: Path, out: Path) -> None:
    """Puts the new folder in place; an old one is moved aside first and brought back if that fails."""
    aside = scratch.with_suffix(".old")
    if is_there := out.exists():
        out.rename(aside)
    try:
        scratch.rename(out)
    except OSError:
        if is_there:
            aside.rename(out)
        raise
    for old in _beside(out, ".old"):  # also one that a killed process had moved aside
        shutil.rmtree(old, ignore_errors=True)


def _beside(out: Path, suffix: str) -> Iterator[Path]:
    """The hidden folders that publishing to `out` makes beside it."""
    return out.parent.glob(f".{glob.escape(out.name)}.*{suffix}")


def _not_written(out: Path, problem: OSError) -> EnvironmentProblem:
    reason = problem.strerror or type(problem).__name__
    return EnvironmentProblem(
        f"无法写入 {out}（{reason}）。请检查权限和磁盘空间；原有内容没有改动。",
        f"{out} could not be written ({reason}). Check rights and free space; what was there is unchanged.",
    )
