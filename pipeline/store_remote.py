"""Blobs in an object store or on any other file system that fsspec knows: `s3://bucket/prefix`.

A blob is whole or absent: object stores show an object when all of it is there; on other file systems it is uploaded
beside its place and moved. It is written to this machine's disk first, since its name is known at its end, and read by
way of it, so that a connection that breaks is begun again. What a store says no to, or does not answer, after some
tries is a `StoreProblem`: what is worked on waits.
"""

from __future__ import annotations

import logging
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from pipeline.disk_space import StoreProblem, is_full
from pipeline.errors import EnvironmentProblem
from pipeline.store_folder import FolderBlobs, FolderDraft, is_blob, open_folder

log = logging.getLogger("beianbox.store")

PAUSES = (0.5, 2.0)
"""Seconds before the second and the last try of what failed; a client of S3 has tried several times in each."""

_OBJECT_STORES = frozenset({"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "oss", "obs", "cos", "memory"})
"""Protocols under which an unfinished upload is never seen."""

_PARTS = "tmp"
_STALE_SECONDS = 86_400

Result = TypeVar("Result")


class StoreUnreachable(StoreProblem):
    """The store does not answer, or refuses: nothing is lost, and it is tried again."""

    code = "store_unreachable"


class RemoteBlobs:
    """Named bytes below a URL; safe to share between threads. Nothing is asked of the store before it is needed."""

    def __init__(self, url: str, spool: Path, options: Mapping[str, Any]) -> None:
        self._url, self._options = url, dict(options)
        self._spool: FolderBlobs = open_folder(spool)
        self._found: tuple[Any, str] | None = None
        self._lock = threading.Lock()

    @property
    def root(self) -> Path:
        """The folder of this machine that blobs pass through."""
        return self._spool.root

    @contextmanager
    def draft(self) -> Iterator[RemoteDraft]:
        """A new blob, on this machine until it is kept."""
        with self._spool.draft() as local:
            yield RemoteDraft(self, local)

    def open(self, name: str) -> BinaryIO:
        """A blob for reading, fetched whole; FileNotFoundError when there is none."""
        with self._spool.draft() as local:  # gone from the disk's folder at the end, it lives for as long as it is open
            self._tried(lambda fs, key: fs.get_file(key, str(local.path)), name)
            return local.path.open("rb")

    def path(self, name: str) -> None:
        """Blobs are no files of this machine."""

    def size(self, name: str) -> int | None:
        """The bytes of a blob; None where there is none."""
        try:
            return int(self._tried(_size, name))
        except FileNotFoundError:
            return None

    def remove(self, name: str) -> bool:
        """Removes a blob; False when there was none."""
        if self.size(name) is None:
            return False
        try:
            self._tried(lambda fs, key: fs.rm_file(key), name)
        except FileNotFoundError:  # somebody was faster
            return False
        return True

    def names(self) -> Iterator[str]:
        """The names of all blobs."""
        _, base = self._file_system()
        found: list[str] = self._tried(lambda fs, _: fs.find(base))
        pairs = (path.rsplit("/", 2)[-2:] for path in found)
        return (name for folder, name in pairs if is_blob(folder, name))

    def sweep(self) -> int:
        """Removes what killed processes left on this machine; returns how many files."""
        return self._spool.sweep()

    def tidy(self) -> int:
        """Removes uploads that were begun more than a day ago and never ended; returns how many."""
        fs, base = self._file_system()
        if _protocols(fs) & _OBJECT_STORES:
            return 0
        try:
            parts: list[str] = self._tried(lambda fs, _: fs.ls(f"{base}/{_PARTS}", detail=False))
        except FileNotFoundError:
            return 0
        stale = [part for part in parts if _is_stale(part)]
        self._tried(lambda fs, _: [fs.rm_file(part) for part in stale if fs.exists(part)])
        return len(stale)

    def upload(self, local: Path, name: str) -> None:
        """Makes a file of this machine a blob.

        Raises:
            StoreProblem: the store did not take it whole.
        """
        try:
            self._tried(lambda fs, key: _upload(fs, local, key), name)
        except FileNotFoundError as error:  # of the bucket
            raise self._unreachable(error) from error

    def _tried(self, call: Callable[[Any, str], Result], name: str = "") -> Result:
        """What a call on the file system and a blob's key gives, after as many tries as it takes.

        Raises:
            FileNotFoundError: there is no such blob.
            OSError: this machine's disk is full.
            StoreProblem: anything else.
        """
        fs, base = self._file_system()
        for pause in (*PAUSES, None):
            try:
                return call(fs, f"{base}/{name[:2]}/{name}")
            except FileNotFoundError:
                raise
            except Exception as error:  # each file system has errors of its own
                if isinstance(error, OSError) and is_full(error):
                    raise
                if pause is None or isinstance(error, PermissionError):
                    raise self._unreachable(error) from error
                log.warning("the store did not answer (%s); tried again in %.1f s", type(error).__name__, pause)
                time.sleep(pause)
        raise AssertionError("the last try gives or raises")

    def _file_system(self) -> tuple[Any, str]:
        with self._lock:
            if self._found is None:
                self._found = self._connected()
            return self._found

    def _connected(self) -> tuple[Any, str]:
        from fsspec.core import url_to_fs

        try:
            fs, base = url_to_fs(self._url, use_listings_cache=False, skip_instance_cache=True, **self._options)
        except (ImportError, ValueError, TypeError) as error:
            raise _unusable(self._url, error) from error
        except Exception as error:  # some connect at once
            raise self._unreachable(error) from error
        return fs, str(base).rstrip("/")

    def _unreachable(self, error: Exception) -> StoreUnreachable:
        cause, place = type(error).__name__, shown(self._url)
        return StoreUnreachable(
            f"无法使用共享存储 {place}（{cause}）。没有文件丢失：未收取的文件仍在收件箱，备案会等待。"
            "请检查网络、存储桶名称与权限、设置 store 和 store_options；恢复后自动继续。",
            f"The shared store {place} cannot be used ({cause}). Nothing is lost: what was not taken is still in the "
            "inbox, and filings wait. Check the network, the bucket and its rights, and the settings store and "
            "store_options; it goes on by itself.",
        )


@dataclass(frozen=True, slots=True)
class RemoteDraft:
    """A blob on this machine that is uploaded when it is kept."""

    blobs: RemoteBlobs
    local: FolderDraft

    @property
    def file(self) -> BinaryIO:
        """What its bytes are written to."""
        return self.local.file

    def sync(self) -> None:
        """Has everything where the upload finds it: what outlives a power cut is the store's copy."""
        self.file.flush()

    def keep(self, name: str) -> bool:
        """Uploads the blob; False where the same was there before."""
        if self.blobs.size(name) == self.local.path.stat().st_size:
            return False
        self.blobs.upload(self.local.path, name)
        return True


def shown(url: str) -> str:
    """A URL for messages, without a password."""
    return re.sub(r"(://[^/@:]*):[^/@]*@", r"\1:***@", url)


def _size(fs: Any, key: str) -> int:
    found: int = fs.info(key)["size"]
    return found


def _upload(fs: Any, local: Path, key: str) -> None:
    """Puts a file at its key, whole; what arrived is asked for again."""
    if _protocols(fs) & _OBJECT_STORES:
        fs.put_file(str(local), key)
    else:
        _upload_beside(fs, local, key)
    if _size(fs, key) != local.stat().st_size:
        raise OSError("the store keeps another number of bytes than were sent")


def _upload_beside(fs: Any, local: Path, key: str) -> None:
    folder, base = key.rpartition("/")[0], key.rsplit("/", 2)[0]
    part = f"{base}/{_PARTS}/{int(time.time())}-{secrets.token_hex(8)}"
    for place in (folder, f"{base}/{_PARTS}"):
        fs.makedirs(place, exist_ok=True)
    try:
        fs.put_file(str(local), part)
        fs.mv(part, key)
    except BaseException:
        with suppress(Exception):
            fs.rm_file(part)
        raise


def _is_stale(part: str) -> bool:
    began = part.rpartition("/")[2].partition("-")[0]
    return began.isdecimal() and time.time() - int(began) > _STALE_SECONDS


def _protocols(fs: Any) -> frozenset[str]:
    return frozenset((fs.protocol,) if isinstance(fs.protocol, str) else fs.protocol)


def _unusable(url: str, error: Exception) -> EnvironmentProblem:
    kind = url.partition("://")[0]
    return EnvironmentProblem(
        f"无法使用存储地址（{kind}://…）：{error}。请检查 store 与 store_options；S3 及兼容存储需安装 beianbox[s3]。",
        f"The store's URL ({kind}://…) cannot be used: {error}. Check `store` and `store_options`; "
        "for S3 and what speaks like it install beianbox[s3].",
    )
