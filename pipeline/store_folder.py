"""Blobs in a folder: `ab/<name>`, files 0600, never changed once they are there.

A blob is written under a temporary name, synced, and renamed: a reader sees all of it or nothing, also after a crash.
Two writers of the same bytes do no harm. Killed writers leave files in `tmp`, which `sweep` removes.
"""

from __future__ import annotations

import os
import platform
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pipeline.errors import EnvironmentProblem

_STALE_SECONDS = 86_400
_NAME = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class FolderBlobs:
    """Named bytes below `root`."""

    root: Path

    @contextmanager
    def draft(self) -> Iterator[FolderDraft]:
        """A new blob being written; what is not kept is removed."""
        folder = self.root / "tmp"
        folder.mkdir(mode=0o700, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f"{_owner()}.", dir=folder)
        path = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                yield FolderDraft(self, path, file)
        finally:
            path.unlink(missing_ok=True)

    def open(self, name: str) -> BinaryIO:
        """A blob for reading; FileNotFoundError when it is not here."""
        return self.path(name).open("rb")

    def path(self, name: str) -> Path:
        """Where a blob is, or would be."""
        return self.root / name[:2] / name

    def size(self, name: str) -> int | None:
        """The bytes of a blob; None where there is none."""
        try:
            return self.path(name).lstat().st_size
        except FileNotFoundError:
            return None

    def remove(self, name: str) -> bool:
        """Removes a blob; False when it was not here."""
        try:
            self.path(name).unlink()
        except FileNotFoundError:
            return False
        return True

    def names(self) -> Iterator[str]:
        """The names of all blobs."""
        return (path.name for path in self.root.glob("??/*") if is_blob(path.parent.name, path.name))

    def sweep(self) -> int:
        """Removes what killed writers left in `tmp`; returns how many files. Files of living writers stay."""
        return sum(_remove_stale(entry) for entry in sorted((self.root / "tmp").glob("*")))

    def tidy(self) -> int:
        """Nothing is left by killed writers that `sweep` does not find."""
        return 0


@dataclass(frozen=True, slots=True)
class FolderDraft:
    """A blob being written to `file`."""

    blobs: FolderBlobs
    path: Path
    file: BinaryIO

    def sync(self) -> None:
        """Has everything on the disk."""
        _sync(self.file)

    def keep(self, name: str) -> bool:
        """Gives the blob its name; False where the same was there before."""
        if self.blobs.size(name) == self.path.stat().st_size:
            return False
        target = self.blobs.path(name)
        target.parent.mkdir(mode=0o700, exist_ok=True)
        self.path.replace(target)
        _sync_folder(target.parent)
        return True


def open_folder(root: Path) -> FolderBlobs:
    """Makes the store's folders where they are missing (0700).

    Raises:
        EnvironmentProblem: the folder cannot be made or is not a folder.
    """
    try:
        for folder in (root, root / "tmp"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise EnvironmentProblem(
            f"无法建立存储目录 {root}：{error.strerror}。请检查该位置的权限，或在 beianbox.toml 中用 store 指定其他目录。",
            f"The store folder {root} cannot be made: {error.strerror}. "
            "Check the rights there, or name another folder as `store` in beianbox.toml.",
        ) from error
    return FolderBlobs(root)


def is_blob(folder: str, name: str) -> bool:
    """Whether a file in a folder can be one of ours."""
    return bool(_NAME.fullmatch(name)) and name[:2] == folder


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Makes a rename last through a power cut; some network mounts refuse, and then nothing better can be done."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)


def _owner() -> str:
    node = re.sub(r"[^A-Za-z0-9-]", "-", platform.node())[:60]
    return f"{node}.{os.getpid()}"


def _remove_stale(path: Path) -> bool:
    try:
        if _is_writing(path.name) and time.time() - path.lstat().st_mtime < _STALE_SECONDS:
            return False
        path.unlink()
    except FileNotFoundError:
        return False
    return True


def _is_writing(name: str) -> bool:
    """Whether the writer named in a temporary name may still live: on another machine nobody can tell."""
    node, _, rest = name.rpartition(".")[0].rpartition(".")
    if not rest.isdecimal() or f"{node}.{os.getpid()}" != _owner():
        return True
    try:
        os.kill(int(rest), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
