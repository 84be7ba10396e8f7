"""Stored bytes that may become nobody's: their hashes are written down before, and those nobody owns removed after.

A purge that is killed, or that does not reach the store, thus leaves no file behind for good, nor does a bundle that
was stored but never entered in the ledger: the next look at the inbox, purge or night's housekeeping finishes it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import held_folders
from pipeline.disk_space import StoreProblem

if TYPE_CHECKING:
    from pipeline.ledger import Ledger
    from pipeline.store import Store

_NOTES, _NAME, _LETTERS = "strays-", "hashes", 64


@contextmanager
def watched(store: Store, ledger: Ledger, hashes: Iterable[str]) -> Iterator[None]:
    """At the end those of these bytes that the ledger does not know are removed from the store.

    Raises:
        StoreProblem: the store cannot be reached; it is tried again later.
    """
    folder, handle = _note(store.work, hashes)
    try:
        try:
            yield
        except BaseException:
            with suppress(StoreProblem):
                _settle(folder, store, ledger)
            raise
        _settle(folder, store, ledger)
    finally:
        os.close(handle)


def remove_left(store: Store, ledger: Ledger) -> None:
    """Finishes what killed processes of this machine have left, and what did not reach the store."""
    for folder in store.work.glob(f"{_NOTES}*"):
        with suppress(FileNotFoundError), held_folders.taken(folder) as is_ours:
            if is_ours:
                _settle(folder, store, ledger)


def _note(work: Path, hashes: Iterable[str]) -> tuple[Path, int]:
    work.mkdir(mode=0o700, exist_ok=True)
    folder, handle = held_folders.make(work, _NOTES)
    with (folder / _NAME).open("w", encoding="ascii") as note:
        note.write("".join(f"{sha256}\n" for sha256 in hashes))
        note.flush()
        os.fsync(note.fileno())
    return folder, handle


def _settle(folder: Path, store: Store, ledger: Ledger) -> None:
    with suppress(FileNotFoundError):  # killed before it was written, or another process was faster
        for sha256 in (folder / _NAME).read_text("ascii").split():
            if len(sha256) == _LETTERS and not ledger.is_known(sha256):  # a cut line was never acted on
                store.remove(sha256)
    shutil.rmtree(folder, ignore_errors=True)
