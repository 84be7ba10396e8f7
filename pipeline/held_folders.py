"""Temporary folders that hold people's data: locked while in use, so that what a killed process left is known and removed."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path


def make(parent: Path | None, prefix: str, suffix: str = "") -> tuple[Path, int]:
    """A new folder in use for as long as this process lives, and the handle to close at the end.

    A process that sweeps between the making and the lock takes it for left behind: then there is another.
    """
    while True:
        folder = Path(tempfile.mkdtemp(prefix=prefix, suffix=suffix, dir=parent))
        try:
            handle = os.open(folder, os.O_RDONLY)
        except FileNotFoundError:
            continue
        with contextlib.suppress(OSError):  # some network shares have no locks: there nothing is swept either
            fcntl.flock(handle, fcntl.LOCK_EX)
        if folder.exists():
            return folder, handle
        os.close(handle)


def sweep(folders: Iterable[Path]) -> None:
    """Removes those of our own folders that no process holds any more."""
    for folder in folders:
        with contextlib.suppress(OSError):  # somebody is at it, or has just removed it
            if folder.is_symlink() or folder.lstat().st_uid != os.getuid():
                continue
            with taken(folder) as is_ours:
                if is_ours:
                    shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def taken(folder: Path) -> Iterator[bool]:
    """Whether no process held a folder; then this one does until the end."""
    handle = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)
