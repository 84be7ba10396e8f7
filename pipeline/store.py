"""Bytes under their SHA-256: `store/ab/<sha256>`, files 0600, never changed once they are there.

A file is written under a temporary name, synced, and renamed: a reader sees all of it or nothing, also after a
crash. Two writers of the same bytes do no harm. Killed writers leave files in `store/tmp`, which `sweep` removes.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import platform
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pipeline.errors import EnvironmentProblem

_CHUNK_BYTES = 1 << 20
_STALE_SECONDS = 86_400
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})
_GIB = 1 << 30


class StoreFull(EnvironmentProblem):
    """No room for more files: taking stops, what waits in the inbox stays there."""

    code = "disk_full"


@dataclass(frozen=True, slots=True)
class Stored:
    """What was put: `is_new` is False when the same bytes were there before."""

    sha256: str
    size: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class Store:
    """A folder of files by hash; `min_free_bytes` stays free for the ledger, bundles and everyone else."""

    root: Path
    min_free_bytes: int = 0

    def put(self, source: BinaryIO, *, before_keeping: Callable[[], None] | None = None) -> Stored:
        """Copies and hashes an open file from where it stands.

        `before_keeping` is called when everything is copied; what it raises leaves the store as it was.

        Raises:
            StoreFull: the disk is full; nothing was kept.
            OSError: the source or the store could not be read or written; nothing was kept.
        """
        with _space_errors(self.root), self._temporary() as (target, temporary):
            digest, size = _copy(source, target)
            _sync(target)
            if before_keeping is not None:
                before_keeping()
            return Stored(digest, size, self._keep(temporary, digest, size))

    def put_bytes(self, data: bytes) -> Stored:
        """Stores bytes that are already in memory."""
        return self.put(io.BytesIO(data))

    def path(self, sha256: str) -> Path:
        """Where these bytes are, or would be; a name that is no SHA-256 is refused."""
        if not _SHA256.match(sha256):
            raise ValueError("not a SHA-256 in lower-case hex")
        return self.root / sha256[:2] / sha256

    def open(self, sha256: str) -> BinaryIO:
        """Opens stored bytes for reading; FileNotFoundError when they are not here."""
        return self.path(sha256).open("rb")

    def has(self, sha256: str) -> bool:
        """Whether these bytes are here."""
        return self.path(sha256).is_file()

    def is_sound(self, sha256: str) -> bool:
        """Whether the bytes are here and still have their hash: reads the whole file."""
        try:
            with self.open(sha256) as file:
                return sha256_of(file) == sha256
        except FileNotFoundError:
            return False

    def remove(self, sha256: str) -> bool:
        """Removes bytes no filing uses any more; False when they were not here."""
        try:
            self.path(sha256).unlink()
        except FileNotFoundError:
            return False
        return True

    def sweep(self) -> int:
        """Removes what killed writers left in `tmp`; returns how many files. Files of living writers stay."""
        return sum(_remove_stale(entry) for entry in sorted((self.root / "tmp").glob("*")))

    def free_bytes(self) -> int:
        """Free space on the store's disk."""
        return shutil.disk_usage(self.root).free

    def ensure_space(self, needed: int) -> None:
        """Raises `StoreFull` unless `needed` bytes fit and `min_free_bytes` stay free after them."""
        free = self.free_bytes()
        if free < needed + self.min_free_bytes:
            raise _full(self.root, free, needed + self.min_free_bytes)

    @contextmanager
    def _temporary(self) -> Iterator[tuple[BinaryIO, Path]]:
        folder = self.root / "tmp"
        folder.mkdir(mode=0o700, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f"{_owner()}.", dir=folder)
        path = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                yield file, path
        finally:
            path.unlink(missing_ok=True)

    def _keep(self, temporary: Path, sha256: str, size: int) -> bool:
        target = self.path(sha256)
        if _size_of(target) == size:
            return False
        target.parent.mkdir(mode=0o700, exist_ok=True)
        temporary.replace(target)
        _sync_folder(target.parent)
        return True


def open_store(root: Path, *, min_free_bytes: int = 0) -> Store:
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
    return Store(root, min_free_bytes)


def sha256_of(source: BinaryIO) -> str:
    """SHA-256 of an open file, in lower-case hex."""
    digest = hashlib.sha256()
    while chunk := source.read(_CHUNK_BYTES):
        digest.update(chunk)
    return digest.hexdigest()


def _copy(source: BinaryIO, target: BinaryIO) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    while chunk := source.read(_CHUNK_BYTES):
        digest.update(chunk)
        target.write(chunk)
        size += len(chunk)
    return digest.hexdigest(), size


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


def _size_of(path: Path) -> int | None:
    try:
        return path.lstat().st_size
    except FileNotFoundError:
        return None


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


@contextmanager
def _space_errors(root: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in _NO_SPACE:
            raise
        raise _full(root, shutil.disk_usage(root).free, None) from error


def _full(root: Path, free: int, wanted: int | None) -> StoreFull:
    zh = f"，需要 {_gib(wanted)}" if wanted is not None else ""
    en = f", {_gib(wanted)} are needed" if wanted is not None else ""
    return StoreFull(
        f"磁盘空间不足：{root} 所在磁盘剩余 {_gib(free)}{zh}。收件已暂停，收件箱中的文件未动；请清理磁盘，之后会自动继续。",
        f"The disk of {root} is full: {_gib(free)} free{en}. "
        "Taking files has stopped and nothing in the inbox was touched; free some space and it goes on by itself.",
    )


def _gib(size: int) -> str:
    return f"{size / _GIB:.2f} GiB"
