"""Bytes under their SHA-256: put once, read back whole or not at all, wherever they are kept.

What is worked on is asked for as a path, in a room: the stored file itself where it lies in a folder of this machine,
else a private copy whose hash was checked, gone when the room is left. Copies of killed processes are swept.
"""

from __future__ import annotations

import hashlib
import io
import logging
import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from pipeline import disk_space, held_folders
from pipeline.store_folder import open_folder
from pipeline.vault import Damaged, Vault

log = logging.getLogger("beianbox.store")

_CHUNK_BYTES = 1 << 20
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_COPIES = "files-"


class Draft(Protocol):
    """A blob that is being written."""

    @property
    def file(self) -> BinaryIO:
        """What its bytes are written to."""

    def sync(self) -> None:
        """Has everything on the disk."""

    def keep(self, name: str) -> bool:
        """Makes it a blob of this name, whole; False where the same was there before."""


class Blobs(Protocol):
    """Where named bytes are kept: a folder, or an object store."""

    @property
    def root(self) -> Path:
        """The folder of this machine that new bytes are written to first."""

    def draft(self) -> AbstractContextManager[Draft]:
        """A new blob; nothing of it stays unless it is kept."""

    def open(self, name: str) -> BinaryIO:
        """A blob for reading; FileNotFoundError when there is none."""

    def path(self, name: str) -> Path | None:
        """Where a blob is on this machine, or would be; None where blobs are not files of this machine."""

    def size(self, name: str) -> int | None:
        """The bytes of a blob; None where there is none."""

    def remove(self, name: str) -> bool:
        """Removes a blob; False when there was none."""

    def names(self) -> Iterator[str]:
        """The names of all blobs."""

    def sweep(self) -> int:
        """Removes what killed writers left on this machine; returns how many files."""

    def tidy(self) -> int:
        """Removes what killed writers left anywhere else long ago; returns how many files."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What was put: `is_new` is False when the same bytes were there before."""

    sha256: str
    size: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class Store:
    """Bytes by hash; private copies are made in `work`, and `min_free_bytes` of the disk stay free.

    With a vault they are kept sealed, under names that do not tell their hash.
    """

    blobs: Blobs
    work: Path
    min_free_bytes: int = 0
    vault: Vault | None = None

    def put(self, source: BinaryIO, *, before_keeping: Callable[[], None] | None = None) -> Stored:
        """Copies and hashes an open file from where it stands.

        `before_keeping` is called when everything is copied; what it raises leaves the store as it was.

        Raises:
            StoreFull: the disk is full; nothing was kept.
            OSError: the source or the store could not be read or written; nothing was kept.
        """
        with disk_space.space_errors(self.blobs.root), self.blobs.draft() as draft:
            with self._sealing(draft.file) as target:
                digest, size = _copy(source, target)
            draft.sync()
            if before_keeping is not None:
                before_keeping()
            return Stored(digest, size, draft.keep(self.name(digest)))

    def take_over(self, sha256: str, other: Store) -> bool:
        """Copies bytes from another store as they are there, damaged or not; False where this one has them.

        Raises:
            FileNotFoundError: the other store has none.
            OSError: they do not open there.
        """
        if self.has(sha256):
            return False
        with disk_space.space_errors(self.blobs.root), other.open(sha256) as source, self.blobs.draft() as draft:
            with self._sealing(draft.file) as target:
                _copy(source, target)
            draft.sync()
            return draft.keep(self.name(sha256))

    def put_bytes(self, data: bytes) -> Stored:
        """Stores bytes that are already in memory."""
        return self.put(io.BytesIO(data))

    def open(self, sha256: str) -> BinaryIO:
        """Opens stored bytes for reading; FileNotFoundError when they are not here.

        Raises:
            VaultProblem: they were sealed with a key that is not among ours.
            OSError: they cannot be read, or were changed since they were sealed.
        """
        file = self.blobs.open(self.name(sha256))
        if self.vault is None:
            return file
        try:
            return self.vault.opened(file)
        except BaseException:
            file.close()
            raise

    def read(self, sha256: str) -> bytes:
        """Stored bytes in memory; FileNotFoundError when they are not here."""
        with self.open(sha256) as file:
            return file.read()

    def has(self, sha256: str) -> bool:
        """Whether these bytes are here."""
        return self.size(sha256) is not None

    def size(self, sha256: str) -> int | None:
        """How many bytes these take here, sealed or not; None where they are not here."""
        return self.blobs.size(self.name(sha256))

    def is_sound(self, sha256: str) -> bool:
        """Whether the bytes are here and still have their hash: reads the whole file."""
        try:
            with self.open(sha256) as file:
                return sha256_of(file) == sha256
        except (FileNotFoundError, Damaged):
            return False

    def remove(self, sha256: str) -> bool:
        """Removes bytes no filing uses any more; False when they were not here."""
        return self.blobs.remove(self.name(sha256))

    @contextmanager
    def room(self) -> Iterator[Room]:
        """Stored files as paths, until the end."""
        with ExitStack() as stack:
            yield Room(self, stack)

    def plain_path(self, sha256: str) -> Path | None:
        """The file with these bytes on this machine, or where it would be; None where a copy has to be made."""
        return None if self.vault is not None else self.blobs.path(self.name(sha256))

    def name(self, sha256: str) -> str:
        """The name of a blob; nothing but a hash may become part of a path."""
        if not _SHA256.match(sha256):
            raise ValueError("not a SHA-256 in lower-case hex")
        return sha256 if self.vault is None else self.vault.blob_name(sha256)

    def _sealing(self, target: BinaryIO) -> AbstractContextManager[BinaryIO]:
        return nullcontext(target) if self.vault is None else self.vault.sealing(target)

    def sweep(self) -> int:
        """Removes what killed processes left: unfinished blobs, and copies; returns how many blobs."""
        held_folders.sweep(self.work.glob(f"{_COPIES}*"))
        return self.blobs.sweep()

    def tidy(self) -> int:
        """Nightly: removes uploads that never ended; returns how many."""
        return self.blobs.tidy()

    def free_bytes(self) -> int:
        """Free space on the disk that files are taken to."""
        return disk_space.free_bytes(self.blobs.root)

    def ensure_space(self, needed: int) -> None:
        """Raises `StoreFull` unless `needed` bytes fit and `min_free_bytes` stay free after them."""
        disk_space.ensure_space(self.blobs.root, needed, self.min_free_bytes)


@dataclass
class Room:
    """Stored files as paths for as long as they are worked on; safe to share between threads."""

    store: Store
    _ending: ExitStack
    _folder: Path | None = None
    _copying: dict[str, threading.Lock] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def path(self, sha256: str) -> Path:
        """A file with these bytes, fetched at the first asking; nothing lies there where the store lacks them.

        Raises:
            StoreProblem: the store cannot be reached, or the disk has no room.
        """
        own = self.store.plain_path(sha256)
        if own is not None:
            return own
        with self._lock:
            folder = self._folder = self._folder or self._made()
            copying = self._copying.setdefault(sha256, threading.Lock())
        with copying:
            return self._copied(sha256, folder / sha256)

    def _made(self) -> Path:
        self.store.work.mkdir(mode=0o700, exist_ok=True)
        folder, handle = held_folders.make(self.store.work, _COPIES)
        self._ending.callback(os.close, handle)
        self._ending.callback(shutil.rmtree, folder, ignore_errors=True)
        return folder

    def _copied(self, sha256: str, target: Path) -> Path:
        """A copy that is whole and has its hash, or none: a damaged blob is as good as none."""
        part = target.with_suffix(".part")
        try:
            if not target.exists():
                with disk_space.space_errors(target.parent), self.store.open(sha256) as source, part.open("xb") as file:
                    digest, _ = _copy(source, file)
                if digest == sha256:
                    return part.rename(target)
                log.error("file %s: its bytes in the store are damaged; restore it from a backup", sha256[:8])
        except Damaged as damage:
            log.error("file %s: its bytes in the store are damaged (%s); restore it from a backup", sha256[:8], damage)
        except FileNotFoundError:
            log.error("file %s: the store does not have it", sha256[:8])
        finally:
            part.unlink(missing_ok=True)
        return target


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of a filing whose bytes are in the store: they are fetched when its path is asked for."""

    name: str
    sha256: str
    room: Room

    @property
    def path(self) -> Path:
        """Where its bytes lie, for as long as the room is open."""
        return self.room.path(self.sha256)


def open_store(
    place: Path | str,
    work: Path | None = None,
    *,
    options: Mapping[str, Any] | None = None,
    min_free_bytes: int = 0,
    vault: Vault | None = None,
) -> Store:
    """The store in a folder, which is made (0700) where it is missing, or at a URL that fsspec knows.

    Args:
        place: a folder or a URL.
        work: the folder of this machine for copies, made when it is needed; beside a folder by default.
        options: what the URL's file system is opened with, such as `endpoint_url`.
        min_free_bytes: what stays free on this machine's disk.
        vault: what seals the bytes, where they are to be encrypted.

    Raises:
        EnvironmentProblem: the folder cannot be made or is not a folder.
    """
    if isinstance(place, Path):
        return Store(open_folder(place), work or place.parent / "work", min_free_bytes, vault)
    from pipeline.store_remote import RemoteBlobs

    assert work is not None, "what is kept elsewhere passes through a folder here"
    return Store(RemoteBlobs(place, work, options or {}), work, min_free_bytes, vault)


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
