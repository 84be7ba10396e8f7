"""The store: a package put in and asked for as a path, in a folder, encrypted and behind fsspec.

Beside them what each cannot do without: a copy with its hash, and the same with AES-GCM over the whole in memory. The
ledger's sealed columns are measured by saving and reading filings.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pipeline.ledger import Ledger, open_ledger
from pipeline.store import Store, open_store
from pipeline.vault import Vault
from tests.bench.measure import rate, title

MEBIBYTES = int(os.environ.get("BEIANBOX_BENCH_MEBIBYTES", "64"))
VAULT = Vault([b"k" * 32])


def main() -> None:
    """Prints each measurement beside its peer."""
    with tempfile.TemporaryDirectory() as name:
        _files(Path(name))
        _filings(Path(name))


def _files(place: Path) -> None:
    title(f"{MEBIBYTES} MiB put into the store, then asked for as a path (MiB per second of CPU)")
    source = place / "package"
    source.write_bytes(os.urandom(MEBIBYTES << 20))
    _speed("folder", lambda: _put_and_get(open_store(place / "plain"), source))
    _speed("folder, encrypted", lambda: _put_and_get(open_store(place / "sealed", vault=VAULT), source))
    _speed("behind fsspec (file://)", lambda: _put_and_get(_far(place / "far"), source))
    _speed("behind fsspec, encrypted", lambda: _put_and_get(_far(place / "far-sealed", VAULT), source))
    _speed("peer: hash and copy, twice", lambda: _copied(source, place / "copy"))
    _speed("peer: AES-GCM over the whole in memory, there and back", lambda: _sealed_whole(source, place / "copy"))


def _far(place: Path, vault: Vault | None = None) -> Store:
    return open_store(f"file://{place}", place.with_name("work"), vault=vault)


def _put_and_get(store: Store, source: Path) -> None:
    with source.open("rb") as file:
        sha256 = store.put(file).sha256
    with store.room() as room:
        room.path(sha256)
    store.remove(sha256)


def _copied(source: Path, target: Path) -> None:
    for _ in range(2):
        data = source.read_bytes()
        hashlib.sha256(data).hexdigest()
        target.write_bytes(data)


def _sealed_whole(source: Path, target: Path) -> None:
    cipher, data = AESGCM(b"k" * 32), source.read_bytes()
    hashlib.sha256(data).hexdigest()
    target.write_bytes(cipher.encrypt(b"n" * 12, data, None))
    opened = cipher.decrypt(b"n" * 12, target.read_bytes(), None)
    hashlib.sha256(opened).hexdigest()
    target.write_bytes(opened)


def _speed(name: str, work: Callable[[], None]) -> None:
    work()
    start = time.process_time()
    for _ in range(3):
        work()
    print(f"{name:<58} {3 * MEBIBYTES / (time.process_time() - start):7.0f}", flush=True)


def _filings(place: Path) -> None:
    title("A filing saved in the ledger and read again")
    plain, sealed = open_ledger(place / "plain.db"), open_ledger(place / "sealed.db", vault=VAULT)
    rate("ledger in clear", lambda: _save_and_read(plain))
    rate("ledger, encrypted", lambda: _save_and_read(sealed))
    for ledger in (plain, sealed):
        ledger.close()


def _save_and_read(ledger: Ledger) -> None:
    document = {"filing": {"entity": {"name": "某" * 3000}}, "findings": []}
    known = ledger.get_filing("f")
    ledger.save_filing("f", document, expected_version=known.version if known else 0, seen=0, now=datetime.now(UTC))
