"""Where the bundles of the inbox are: a folder a version, or packed in the store, where every machine reaches them.

The ledger knows a place as text: the folder, or that of a ZIP of its files in the store (see `pipeline.rows`).
"""

from __future__ import annotations

import functools
import hashlib
import io
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline import strays
from pipeline.ledger import Ledger
from pipeline.publish import publish
from pipeline.rows import hash_of_place, place_in_store
from pipeline.store import Store

_KEPT = 8
"""Packed bundles that are kept in memory: a page of the review asks for several files of one."""


@dataclass(frozen=True, slots=True)
class BundleFiles:
    """The files of a bundle: the size of each by its name in it, and what gives its bytes."""

    sizes: Mapping[str, int]
    read: Callable[[str], bytes]


_NOTHING: dict[str, bytes] = {}
NO_BUNDLE = BundleFiles({}, _NOTHING.__getitem__)


@contextmanager
def kept(contents: Mapping[str, bytes], folder: Path | None, store: Store, ledger: Ledger) -> Iterator[str]:
    """Writes a bundle and gives its place; in the store it stays if the ledger knows that place at the end.

    Raises:
        EnvironmentProblem: folder or store cannot be written.
    """
    if folder is not None:
        publish(folder, contents)
        yield str(folder)
        return
    data = _packed(contents)
    sha256 = hashlib.sha256(data).hexdigest()
    with strays.watched(store, ledger, [sha256]):
        store.ensure_space(len(data))
        store.put_bytes(data)
        yield place_in_store(sha256)


def pack(folder: Path, store: Store) -> str:
    """Packs a bundle's folder into the store and gives its place there; empty where there is no such folder."""
    files = _in_folder(folder)
    if not files.sizes:
        return ""
    return place_in_store(store.put_bytes(_packed({name: files.read(name) for name in files.sizes})).sha256)


def files_at(place: str, store: Store) -> BundleFiles:
    """The files of a bundle; none where it is not there any more.

    Raises:
        StoreProblem: the store cannot be reached.
    """
    packed = hash_of_place(place)
    return _in_store(packed, store) if packed else _in_folder(Path(place))


def _in_folder(folder: Path) -> BundleFiles:
    found = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    sizes = {path.relative_to(folder).as_posix(): path.stat().st_size for path in found}
    return BundleFiles(sizes, lambda name: (folder / name).read_bytes())


@functools.lru_cache(maxsize=_KEPT)
def _unpacked(sha256: str, store: Store) -> Mapping[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(store.read(sha256))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _in_store(sha256: str, store: Store) -> BundleFiles:
    try:
        files = _unpacked(sha256, store)
    except (FileNotFoundError, zipfile.BadZipFile):
        return NO_BUNDLE
    return BundleFiles({name: len(data) for name, data in files.items()}, files.__getitem__)


def _packed(contents: Mapping[str, bytes]) -> bytes:
    """A ZIP of the files, the same bytes for the same files: PDFs, pictures and workbooks do not shrink."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in sorted(contents.items()):
            archive.writestr(zipfile.ZipInfo(name), data)
    return stream.getvalue()
