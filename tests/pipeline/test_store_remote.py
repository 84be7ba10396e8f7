"""Stores behind fsspec: whole or absent, checked when read, tried again, and told when they are not there."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline import held_folders, store_remote
from pipeline.disk_space import StoreFull
from pipeline.errors import EnvironmentProblem
from pipeline.store import Store, open_store
from pipeline.store_remote import StoreUnreachable
from tests.pipeline.object_store import Bucket

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_remote, "PAUSES", (0.0, 0.0))


@pytest.fixture(params=["memory", "file", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """An object store, a file system that shows unfinished files, and a server that speaks S3."""
    if request.param == "s3":
        bucket: Bucket = request.getfixturevalue("bucket")
        return open_store(bucket.url, tmp_path / "work", options=bucket.options)
    place = {"memory": f"memory://{tmp_path.name}", "file": f"file://{tmp_path}/far"}[request.param]
    return open_store(place, tmp_path / "work")


def file_system(store: Store) -> tuple[Any, str]:
    return store.blobs._file_system()  # type: ignore[attr-defined]


def spoil(store: Store, sha256: str, data: bytes) -> None:
    fs, base = file_system(store)
    fs.pipe_file(f"{base}/{sha256[:2]}/{sha256}", data)


def kept(store: Store) -> list[str]:
    fs, base = file_system(store)
    fs.invalidate_cache()
    return sorted(name.rpartition("/")[2] for name in fs.find(base))


def left_here(store: Store) -> list[Path]:
    return [path for path in store.work.rglob("*") if path.is_file()]


def test_bytes_come_back_under_their_hash_and_nothing_stays_on_this_machine(store: Store) -> None:
    put = store.put_bytes(b"abc")
    assert (put.sha256, put.size, put.is_new) == (hashlib.sha256(b"abc").hexdigest(), 3, True)
    assert store.read(put.sha256) == b"abc"
    assert store.has(put.sha256) and store.is_sound(put.sha256)
    assert not store.put_bytes(b"abc").is_new
    assert kept(store) == [put.sha256]
    assert left_here(store) == []


def test_an_empty_and_a_large_file_survive(store: Store) -> None:
    for data in (b"", os.urandom(12_000_000)):
        put = store.put(io.BytesIO(data))
        assert store.read(put.sha256) == data


def test_a_room_gives_a_private_copy_once_and_takes_it_back(store: Store) -> None:
    sha256 = store.put_bytes(b"abc").sha256
    with store.room() as room:
        found: list[Path] = []
        threads = [threading.Thread(target=lambda: found.append(room.path(sha256))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        (path,) = set(found)
        assert path.read_bytes() == b"abc"
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert not path.exists()
    assert left_here(store) == []


def test_a_damaged_blob_is_noticed_and_never_given_out(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    sha256 = store.put_bytes(b"abc").sha256
    spoil(store, sha256, b"abd")
    assert not store.is_sound(sha256)
    with store.room() as room:
        assert not room.path(sha256).exists()
    assert "damaged" in caplog.text
    spoil(store, sha256, b"ab")
    assert store.put_bytes(b"abc").is_new, "one of the wrong length is replaced"
    assert store.is_sound(sha256)


def test_what_is_not_there_is_said_plainly(store: Store) -> None:
    absent = hashlib.sha256(b"never").hexdigest()
    assert not store.has(absent) and not store.is_sound(absent) and not store.remove(absent)
    with pytest.raises(FileNotFoundError):
        store.open(absent)
    with store.room() as room:
        assert not room.path(absent).exists()


def test_removing_leaves_nothing(store: Store) -> None:
    sha256 = store.put_bytes(b"abc").sha256
    assert store.remove(sha256)
    assert not store.has(sha256)
    assert kept(store) == []


def test_a_refusal_before_keeping_leaves_nothing(store: Store) -> None:
    def refuse() -> None:
        raise RuntimeError("changed")

    with pytest.raises(RuntimeError, match="changed"):
        store.put(io.BytesIO(b"abc"), before_keeping=refuse)
    assert kept(store) == []
    assert left_here(store) == []


def breaking(store: Store, monkeypatch: pytest.MonkeyPatch, name: str, errors: list[Exception]) -> None:
    """Lets the next calls of a method of the file system fail, one after the other."""
    fs, _ = file_system(store)
    real: Callable[..., Any] = getattr(fs, name)

    def sometimes(*arguments: Any, **named: Any) -> Any:
        if errors:
            raise errors.pop(0)
        return real(*arguments, **named)

    monkeypatch.setattr(fs, name, sometimes)


def test_a_connection_that_breaks_is_tried_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    breaking(store, monkeypatch, "put_file", [ConnectionResetError(), TimeoutError()])
    sha256 = store.put_bytes(b"abc").sha256
    breaking(store, monkeypatch, "get_file", [ConnectionResetError(), TimeoutError()])
    assert store.read(sha256) == b"abc"
    assert kept(store) == [sha256]


def test_a_store_that_does_not_come_back_is_told_and_nothing_is_kept(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaking(store, monkeypatch, "put_file", [ConnectionResetError() for _ in range(9)])
    with pytest.raises(StoreUnreachable) as caught:
        store.put_bytes(b"abc")
    assert "无法使用共享存储" in caught.value.zh and "Nothing is lost" in caught.value.en
    assert kept(store) == []
    assert left_here(store) == []


def test_a_refused_right_is_told_at_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    errors: list[Exception] = [PermissionError(), PermissionError()]
    breaking(store, monkeypatch, "put_file", errors)
    with pytest.raises(StoreUnreachable, match="PermissionError"):
        store.put_bytes(b"abc")
    assert len(errors) == 1


def test_a_full_disk_of_this_machine_is_not_blamed_on_the_store(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    sha256 = store.put_bytes(b"abc").sha256
    breaking(store, monkeypatch, "get_file", [OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))])
    with store.room() as room, pytest.raises(StoreFull):
        room.path(sha256)


def test_a_store_that_keeps_less_than_it_was_sent_is_noticed(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    fs, _ = file_system(store)
    monkeypatch.setattr(fs, "put_file", lambda local, key, **_: fs.pipe_file(key, Path(local).read_bytes()[:-1]))
    with pytest.raises(StoreUnreachable):
        store.put_bytes(b"abc")


def test_an_upload_that_never_ended_is_removed_after_a_day(tmp_path: Path) -> None:
    store = open_store(f"file://{tmp_path}/far", tmp_path / "work")
    store.put_bytes(b"abc")
    old, young = (f"{int(time.time()) - age}-0011223344556677" for age in (90_000, 60))
    for name in (old, young):
        (tmp_path / "far/tmp" / name).write_bytes(b"half")
    assert store.tidy() == 1
    assert [path.name for path in (tmp_path / "far/tmp").iterdir()] == [young]


def test_copies_of_a_killed_process_are_swept_and_those_of_a_living_one_stay(tmp_path: Path) -> None:
    store = open_store(f"file://{tmp_path}/far", tmp_path / "work")
    sha256 = store.put_bytes(b"abc").sha256
    code = (
        "import os, signal, sys; from pathlib import Path; from pipeline.store import open_store\n"
        "with open_store(sys.argv[1], Path(sys.argv[2])).room() as room:\n"
        "    assert room.path(sys.argv[3]).read_bytes() == b'abc'\n"
        "    os.kill(os.getpid(), signal.SIGKILL)"
    )
    command = [sys.executable, "-c", code, f"file://{tmp_path}/far", str(store.work), sha256]
    subprocess.run(command, cwd=ROOT, timeout=60, check=False)
    assert len(left_here(store)) == 1
    with store.room() as room:
        path = room.path(sha256)
        store.sweep()
        assert left_here(store) == [path]


def test_a_folder_that_was_swept_before_it_was_held_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, made = tempfile.mkdtemp, []

    def swept_at_first(*arguments: Any, **named: Any) -> str:
        made.append(real(*arguments, **named))
        if len(made) == 1:
            os.rmdir(made[0])
        return made[-1]

    monkeypatch.setattr(tempfile, "mkdtemp", swept_at_first)
    folder, handle = held_folders.make(tmp_path, "files-")
    assert folder == Path(made[1]) and folder.is_dir()
    held_folders.sweep([folder])
    assert folder.is_dir(), "it is held"
    os.close(handle)
    held_folders.sweep([folder])
    assert not folder.exists()


@pytest.mark.parametrize("url", ["nowhere://a/b", "s3nope://x"])
def test_a_store_of_no_known_kind_says_what_to_install(tmp_path: Path, url: str) -> None:
    with pytest.raises(EnvironmentProblem, match=r"beianbox\[s3\]"):
        open_store(url, tmp_path / "work").put_bytes(b"abc")


def test_a_bucket_that_does_not_exist_is_told(bucket: Bucket, tmp_path: Path) -> None:
    store = open_store("s3://no-such-bucket/x", tmp_path / "work", options=bucket.options)
    with pytest.raises(StoreUnreachable, match="no-such-bucket"):
        store.put_bytes(b"abc")


def test_a_server_that_is_not_there_is_told_without_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("s3fs.S3FileSystem.retries", 1)
    options = {"endpoint_url": "http://127.0.0.1:9", "key": "id-of-the-key", "secret": "hushed"}
    store = open_store("s3://bucket/x", tmp_path / "work", options=options)
    with pytest.raises(StoreUnreachable) as caught:
        store.has("0" * 64)
    assert "hushed" not in caught.value.zh + caught.value.en


def test_a_password_in_the_url_is_not_shown() -> None:
    assert store_remote.shown("sftp://li:hushed@host/a:b@c") == "sftp://li:***@host/a:b@c"
    assert store_remote.shown("s3://bucket/x") == "s3://bucket/x"
