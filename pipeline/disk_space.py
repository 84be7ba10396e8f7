"""Room on the disk that files are taken to: asked for before copying, and told in one way when it has run out."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import EnvironmentProblem

_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})
_GIB = 1 << 30


class StoreProblem(EnvironmentProblem):
    """The store takes or gives no files now: taking stops, what waits in the inbox stays there, and filings wait."""

    code = "store"


class StoreFull(StoreProblem):
    """No room for more files."""

    code = "disk_full"


def free_bytes(folder: Path) -> int:
    """Free space on a folder's disk."""
    return shutil.disk_usage(folder).free


def ensure_space(folder: Path, needed: int, keep_free: int) -> None:
    """Raises `StoreFull` unless `needed` bytes fit and `keep_free` stay free after them."""
    free = free_bytes(folder)
    if free < needed + keep_free:
        raise _full(folder, free, needed + keep_free)


def is_full(error: OSError) -> bool:
    """Whether a disk, or a person's share of it, is full."""
    return error.errno in _NO_SPACE


@contextmanager
def space_errors(folder: Path) -> Iterator[None]:
    """Turns what a full disk raises into `StoreFull`."""
    try:
        yield
    except OSError as error:
        if not is_full(error):
            raise
        raise _full(folder, free_bytes(folder), None) from error


def _full(folder: Path, free: int, wanted: int | None) -> StoreFull:
    zh = f"，需要 {_gib(wanted)}" if wanted is not None else ""
    en = f", {_gib(wanted)} are needed" if wanted is not None else ""
    return StoreFull(
        f"磁盘空间不足：{folder} 所在磁盘剩余 {_gib(free)}{zh}。收件已暂停，收件箱中的文件未动；请清理磁盘，之后会自动继续。",
        f"The disk of {folder} is full: {_gib(free)} free{en}. "
        "Taking files has stopped and nothing in the inbox was touched; free some space and it goes on by itself.",
    )


def _gib(size: int) -> str:
    return f"{size / _GIB:.2f} GiB"
