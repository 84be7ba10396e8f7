"""The store: whole or not at all, once, and never readable by others."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import store_folder
from pipeline.disk_space import StoreFull
from pipeline.errors import EnvironmentProblem
from pipeline.store import Store, open_store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "store")


def stored_file(store: Store, sha256: str) -> Path:
    path = store.plain_path(sha256)
    assert path is not None
    return path


def blobs(store: Store) -> list[str]:
    return sorted(path.name for path in store.blobs.root.rglob("*") if path.is_file() and path.parent.name != "tmp")


def leftovers(store: Store) -> list[Path]:
    return list((store.blobs.root / "tmp").iterdir())


def test_bytes_come_back_under_their_hash(store: Store) -> None:
    put = store.put_bytes(b"abc")
    assert put.sha256 == hashlib.sha256(b"abc").hexdigest()
    assert (put.size, put.is_new) == (3, True)
    assert store.has(put.sha256)
    assert store.read(put.sha256) == b"abc"
    assert leftovers(store) == []


@settings(max_examples=30, deadline=None)
@given(data=st.binary(max_size=4096))
def test_any_bytes_survive(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    store = open_store(tmp_path_factory.getbasetemp() / "any")
    sha256 = store.put_bytes(data).sha256
    assert store.read(sha256) == data
    assert store.is_sound(sha256)


def test_the_same_bytes_are_kept_once(store: Store) -> None:
    first, second = store.put_bytes(b"abc"), store.put_bytes(b"abc")
    assert first.sha256 == second.sha256
    assert not second.is_new
    assert len(blobs(store)) == 1


def test_files_and_folders_are_closed_to_others(store: Store) -> None:
    path = stored_file(store, store.put_bytes(b"abc").sha256)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for folder in (store.blobs.root, path.parent, store.blobs.root / "tmp"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_refusal_before_keeping_leaves_nothing(store: Store) -> None:
    def refuse() -> None:
        raise RuntimeError("changed")

    with pytest.raises(RuntimeError, match="changed"):
        store.put(io.BytesIO(b"abc"), before_keeping=refuse)
    assert blobs(store) == []
    assert leftovers(store) == []


def test_a_full_disk_says_so_and_leaves_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_space(_file: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(store_folder, "_sync", no_space)
    with pytest.raises(StoreFull) as caught:
        store.put_bytes(b"abc")
    assert "磁盘空间不足" in caught.value.zh
    assert caught.value.exit_code == 3
    assert blobs(store) == []
    assert leftovers(store) == []


def test_other_disk_errors_are_not_called_full(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_file: Any) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(store_folder, "_sync", broken)
    with pytest.raises(OSError, match="Input/output") as caught:
        store.put_bytes(b"abc")
    assert not isinstance(caught.value, StoreFull)
    assert leftovers(store) == []


def test_space_is_asked_for_before_copying(store: Store) -> None:
    store.ensure_space(1)
    with pytest.raises(StoreFull, match="are needed"):
        store.ensure_space(1 << 62)
    with pytest.raises(StoreFull):
        open_store(store.blobs.root, min_free_bytes=1 << 62).ensure_space(0)


def test_a_blob_of_the_wrong_length_is_replaced_and_a_changed_one_is_noticed(store: Store) -> None:
    sha256 = store.put_bytes(b"abc").sha256
    stored_file(store, sha256).write_bytes(b"ab")
    assert not store.is_sound(sha256)
    assert store.put_bytes(b"abc").is_new
    assert store.is_sound(sha256)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 64 + "\n"])
def test_only_a_hash_names_a_blob(store: Store, name: str) -> None:
    with pytest.raises(ValueError, match="not a SHA-256"):
        store.plain_path(name)


def test_removing_twice_is_no_error(store: Store) -> None:
    sha256 = store.put_bytes(b"abc").sha256
    assert store.remove(sha256)
    assert not store.remove(sha256)
    assert not store.has(sha256)
    assert not store.is_sound(sha256)


def test_what_a_killed_writer_left_is_swept(store: Store) -> None:
    code = (
        "import io, os, signal, sys; from pathlib import Path; from pipeline.store import open_store\n"
        "open_store(Path(sys.argv[1])).put(io.BytesIO(b'x'), before_keeping=lambda: os.kill(os.getpid(), signal.SIGKILL))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(store.blobs.root)], timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    assert len(leftovers(store)) == 1
    assert blobs(store) == []
    assert store.sweep() == 1
    assert leftovers(store) == []


def test_the_sweep_leaves_a_living_writer_alone(store: Store) -> None:
    swept = []
    store.put(io.BytesIO(b"x"), before_keeping=lambda: swept.append(store.sweep()))
    assert swept == [0]
    assert len(blobs(store)) == 1


def test_a_file_of_another_machine_is_swept_only_after_a_day(store: Store) -> None:
    foreign = store.blobs.root / "tmp" / "other-host.1.abc"
    foreign.write_bytes(b"x")
    assert store.sweep() == 0
    os.utime(foreign, (0, 0))
    assert store.sweep() == 1


def test_many_writers_of_the_same_bytes_do_no_harm(store: Store) -> None:
    data = os.urandom(300_000)
    threads = [threading.Thread(target=store.put_bytes, args=(data,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert blobs(store) == [hashlib.sha256(data).hexdigest()]
    assert store.is_sound(blobs(store)[0])
    assert leftovers(store) == []


def test_a_store_that_cannot_be_made_says_where_and_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(EnvironmentProblem) as caught:
        open_store(tmp_path / "file" / "store")
    assert str(tmp_path / "file" / "store") in caught.value.zh
    assert "`store`" in str(caught.value)
