"""Encrypts a home that is in use, or seals it anew with one key alone. A killed run is finished by the next one.

First every stored file is sealed beside what lies there, and bundles that are folders are packed into the store. Then
one transaction of the ledger makes that what is used. Then what lay there before is removed. So a home is read at any
moment: as before until the transaction, as sealed from then on. Nobody else may use it meanwhile.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipeline import bundle_places, housekeeping, inbox, strays, vault_keys
from pipeline.errors import UsageError
from pipeline.home_folders import prepare_places
from pipeline.ledger_reseal import LedgerAlone, open_alone
from pipeline.progress import Progress
from pipeline.publish import MARKER
from pipeline.settings import Settings
from pipeline.store import Store, open_store
from pipeline.vault import Damaged, Vault, VaultProblem

_NOTE = "resealed-folders.json"


@dataclass(frozen=True, slots=True)
class Resealed:
    """What is sealed now.

    `files` are stored files and bundles, `missing` those that the store did not have before either. `originals` lie in
    clear in `inbox/.taken`, taken within the last hour or kept because of `keep_days`; `strangers` are files in a
    store elsewhere that the ledger knows nothing of: they were left alone.
    """

    files: int
    missing: int
    originals: int
    strangers: int


def encrypt(settings: Settings) -> Resealed:
    """Encrypts the home with the key that the settings name.

    Raises:
        UsageError: it is encrypted.
        EnvironmentProblem: there is no key or no space, or another process uses the home.
    """
    with _place(settings) as place:
        if not place.ledger.is_half_sealed:
            if place.ledger.vault is not None:
                raise UsageError(
                    "已经加密，无需再次加密。更换密钥请用 beianbox key --rotate。",
                    "It is encrypted already. To change keys use `beianbox key --rotate`.",
                )
            place.seal(place.keys)
        place.finish()
        return place.result()


def retire_old_keys(settings: Settings) -> Resealed:
    """Seals everything with the first key alone and takes the others out of the key file.

    Raises:
        UsageError: nothing is encrypted, or the first key is what the ledger goes by.
        EnvironmentProblem: as `encrypt`.
    """
    with _place(settings) as place:
        if was_killed := place.ledger.is_half_sealed:
            place.finish()
        if place.ledger.vault is None:
            raise UsageError(
                "尚未加密，没有可以停用的密钥。加密请用 beianbox key --encrypt。",
                "Nothing is encrypted, so there is no key to retire. To encrypt use `beianbox key --encrypt`.",
            )
        if place.goes_by_first_key:
            if was_killed:
                return place.result()
            raise UsageError(
                "第一把密钥就是台账现用的密钥，没有可以停用的旧密钥。请先用 beianbox key --rotate 生成新密钥。",
                "The first key is the one the ledger goes by: there is no older one to retire. Make a new one with "
                "`beianbox key --rotate` first.",
            )
        vault_keys.ensure_writable(settings.key_file)
        place.seal(place.keys.with_first_alone())
        place.finish()
        return place.result()


@contextmanager
def _place(settings: Settings) -> Iterator[_Place]:
    keys, before = settings.open_vault(), os.umask(0o077)
    assert keys is not None, "the command asks for key_file"
    try:
        prepare_places(settings)
        settings.work.mkdir(mode=0o700, exist_ok=True)
        name = inbox.inbox_name(settings.inbox) if "://" in settings.ledger else ""
        with open_alone(settings.ledger, keys, inbox=name) as ledger:
            yield _Place(settings, keys, ledger)
    finally:
        os.umask(before)


@dataclass
class _Place:
    """A home that nobody else uses."""

    settings: Settings
    keys: Vault
    ledger: LedgerAlone
    missing: int = 0
    strangers: int = 0

    def store(self, vault: Vault | None) -> Store:
        """The store as a vault seals it."""
        space, options = self.settings.min_free_bytes, self.settings.store_options
        return open_store(self.settings.store, self.settings.work, options=options, min_free_bytes=space, vault=vault)

    def seal(self, after: Vault) -> None:
        """Seals everything beside what lies there, and has the ledger go by it."""
        old, new = self.store(self.ledger.vault), self.store(after)
        self.missing = _copy_files(self.ledger.stored_files(), old, new, self._ledger_bytes())
        packed = {}
        for version, folder in self.ledger.bundle_folders().items():
            if place := bundle_places.pack(Path(folder), new):
                packed[version] = (folder, place)
        _write(self._note, [folder for folder, _ in packed.values()])
        self.ledger.reseal(after, {version: place for version, (_, place) in packed.items()})

    @property
    def goes_by_first_key(self) -> bool:
        """Whether the first key makes the names."""
        return self.ledger.vault is not None and self.ledger.vault.mark == self.keys.with_first_alone().mark

    def finish(self) -> None:
        """Leaves nothing of how things lay before, nor older keys where nothing is sealed with them."""
        self._remove_clear()
        if self.goes_by_first_key:
            vault_keys.keep_first_key(self.settings.key_file)
        self.ledger.end()

    def _remove_clear(self) -> None:
        """Removes what lay there before: other blobs, folders of bundles, copies for people, the ledger's old pages."""
        settings, store, now = self.settings, self.store(self.ledger.vault), datetime.now(UTC)
        self._remove_other_blobs(store)
        strays.remove_left(store, self.ledger)
        for folder in _noted(self._note):
            _remove_bundle(Path(folder))
        with suppress(OSError):
            (settings.home / "bundles").rmdir()
        housekeeping.remove_rejected_before(settings.rejected, now + timedelta(days=2))
        inbox.tidy_taken(settings.inbox, store, self.ledger, keep_days=settings.keep_days, now=now)
        self.ledger.rewrite()
        for left in settings.work.glob(f"{_NOTE}*"):
            left.unlink()

    def result(self) -> Resealed:
        """What there is now."""
        return Resealed(len(self.ledger.stored_files()), self.missing, self.ledger.count_originals(), self.strangers)

    @property
    def _note(self) -> Path:
        return self.settings.work / _NOTE

    def _ledger_bytes(self) -> int:
        """What a ledger file may grow by, while it is changed in one transaction and written anew."""
        file = Path(self.settings.ledger)
        return 3 * file.stat().st_size if "://" not in self.settings.ledger else 0

    def _remove_other_blobs(self, store: Store) -> None:
        """Removes blobs that are not named by the ledger's key: in a store elsewhere only those that the ledger knows."""
        hashes, place = self.ledger.stored_files(), self.settings.store
        kept = {store.name(sha256) for sha256 in hashes}
        known = hashes.union(*({vault.blob_name(one) for one in hashes} for vault in self.keys.namings()))
        others = [name for name in store.blobs.names() if name not in kept]
        is_own = isinstance(place, Path) and place.is_relative_to(self.settings.home)
        ours = others if is_own else known.intersection(others)
        for name in ours:
            store.blobs.remove(name)
        self.strangers = len(others) - len(ours)
        store.sweep()


def _copy_files(hashes: frozenset[str], old: Store, new: Store, besides: int) -> int:
    """Seals all files anew beside the old ones; gives how many the store does not have.

    Raises:
        StoreFull: there is no room for both, and for some bytes besides.
        VaultProblem: one does not open any more.
    """
    if isinstance(old.blobs.path("0" * 64), Path):  # an object store has no end
        sizes = (old.size(sha256) or 0 for sha256 in hashes if not new.has(sha256))
        old.ensure_space(sum(sizes) + besides)
    missing, damaged = 0, []
    with Progress(len(hashes)) as progress:
        for sha256 in sorted(hashes):
            try:
                new.take_over(sha256, old)
            except FileNotFoundError:
                missing += 1
            except Damaged:
                damaged.append(sha256[:8])
            progress.step()
    if damaged:
        raise _damaged(damaged)
    return missing


def _remove_bundle(folder: Path) -> None:
    """Removes a bundle's folder and what killed processes left beside it, and the filing's folder when it is empty."""
    if (folder / MARKER).is_file():
        shutil.rmtree(folder)
    for left in folder.parent.glob(".v*"):
        shutil.rmtree(left, ignore_errors=True)
    with suppress(OSError):
        folder.parent.rmdir()


def _write(note: Path, folders: list[str]) -> None:
    part = note.with_name(f"{note.name}.part")
    with part.open("w", encoding="utf-8") as file:
        json.dump(folders, file)
        file.flush()
        os.fsync(file.fileno())
    part.replace(note)


def _noted(note: Path) -> list[str]:
    try:
        found: list[str] = json.loads(note.read_text("utf-8"))
    except FileNotFoundError:
        return []
    return found


def _damaged(files: list[str]) -> VaultProblem:
    names = ", ".join(files[:5])
    return VaultProblem(
        f"存储中有 {len(files)} 个文件已损坏，无法解开（{names}）。密钥没有更换；请从备份恢复这些文件，或清除相应的备案，再重试。",
        f"{len(files)} files of the store are damaged and do not open ({names}). The key was not changed; restore them "
        "from a backup or purge their filings, then try again.",
    )
