"""What is sealed opens whole or not at all, with its own key; keys are refused when others could read them."""

from __future__ import annotations

import base64
import io
import os
import stat
import sys
import tracemalloc
import types
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import doctor_ledger, vault_keys, work
from pipeline import vault as vault_module
from pipeline.cli import main
from pipeline.disk_space import StoreProblem
from pipeline.errors import EnvironmentProblem
from pipeline.ledger import open_ledger
from pipeline.rows import State
from pipeline.settings import load_settings
from pipeline.store import Store, open_store
from pipeline.vault import Damaged, Vault, VaultProblem, sealed_size
from pipeline.vault_keys import count_keys, make_key, open_vault
from tests.pipeline.object_store import Bucket

OLD, NEW = Vault([b"o" * 32]), Vault([b"n" * 32])
NOW = datetime(2026, 11, 20, tzinfo=UTC)
BOTH = Vault([b"n" * 32, b"o" * 32])


def sealed(data: bytes, vault: Vault = OLD) -> bytes:
    target = io.BytesIO()
    with vault.sealing(target) as file:
        file.write(data)
    return target.getvalue()


def opened(data: bytes, vault: Vault = OLD) -> bytes:
    with vault.opened(io.BytesIO(data)) as file:
        return file.read()


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vault_module, "_CHUNK_BYTES", 16)


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 31, 32, 33, 48, 1000])
def test_a_file_of_any_size_comes_back_and_its_sealed_size_is_known(size: int) -> None:
    data = os.urandom(size)
    assert opened(sealed(data)) == data
    assert len(sealed(data)) == sealed_size(size)
    assert data[:8] not in sealed(data) or size < 8
    assert sealed(data) != sealed(data)


@settings(max_examples=50, deadline=None)
@given(pieces=st.lists(st.binary(max_size=3_000_000), max_size=4))
def test_pieces_of_any_size_come_back_in_their_order(pieces: list[bytes]) -> None:
    target = io.BytesIO()
    with OLD.sealing(target) as file:
        for piece in pieces:
            file.write(piece)
    assert opened(target.getvalue()) == b"".join(pieces)


@pytest.mark.usefixtures("small_chunks")
def test_every_change_of_a_byte_is_noticed() -> None:
    whole = sealed(os.urandom(40))
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 1
        with pytest.raises((Damaged, VaultProblem)):
            opened(bytes(changed))


@pytest.mark.usefixtures("small_chunks")
def test_a_file_cut_anywhere_or_grown_is_noticed() -> None:
    whole = sealed(os.urandom(64))
    for size in range(len(whole)):
        with pytest.raises(Damaged):
            opened(whole[:size])
    with pytest.raises(Damaged):
        opened(whole + b"x")


@pytest.mark.usefixtures("small_chunks")
def test_chunks_that_change_places_or_files_are_noticed() -> None:
    head, chunk = 24, 32
    one, other = sealed(b"a" * 64), sealed(b"b" * 64)
    swapped = one[:head] + one[head + chunk : head + 2 * chunk] + one[head : head + chunk] + one[head + 2 * chunk :]
    mixed = one[:head] + other[head : head + chunk] + one[head + chunk :]
    for spoilt in (swapped, mixed):
        with pytest.raises(Damaged):
            opened(spoilt)


def test_a_text_opens_with_its_key_and_where_it_belongs() -> None:
    text = OLD.seal("章密名", "filings")
    assert text != OLD.seal("章密名", "filings")
    assert OLD.open(text, "filings") == "章密名"
    for vault, about in ((OLD, "readings"), (NEW, "filings")):
        with pytest.raises(VaultProblem):
            vault.open(text, about)
    with pytest.raises(VaultProblem):
        OLD.open("章密名", "filings")


def test_names_are_the_same_for_the_same_and_only_for_that() -> None:
    name = OLD.name(b"a.jpg", "path")
    assert name == OLD.name(b"a.jpg", "path")
    assert len({name, OLD.name(b"b.jpg", "path"), OLD.name(b"a.jpg", "filing"), NEW.name(b"a.jpg", "path")}) == 4
    assert OLD.unname(name, "path") == b"a.jpg"
    assert OLD.name(b"", "path") == b""
    with pytest.raises(VaultProblem):
        NEW.unname(name, "path")


def test_with_a_new_key_before_the_old_one_all_is_read_and_names_stay() -> None:
    data, text = sealed(b"abc"), OLD.seal("abc", "filings")
    assert opened(data, BOTH) == b"abc" and BOTH.open(text, "filings") == "abc"
    assert BOTH.name(b"x", "path") == OLD.name(b"x", "path") and BOTH.mark == OLD.mark
    assert BOTH.blob_name("0" * 64) == OLD.blob_name("0" * 64) != NEW.blob_name("0" * 64)
    assert opened(sealed(b"new", BOTH), NEW) == b"new"
    with pytest.raises(VaultProblem, match="not among"):
        opened(sealed(b"new", BOTH), OLD)


# -- in the store ------------------------------------------------------------------------------------------------------


@pytest.fixture(params=["folder", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path | str, dict[str, object]]:
    if request.param == "folder":
        return tmp_path / "store", {}
    bucket: Bucket = request.getfixturevalue("bucket")
    return bucket.url, bucket.options


def store_at(place: tuple[Path | str, dict[str, object]], tmp_path: Path, vault: Vault) -> Store:
    return open_store(place[0], tmp_path / "work", options=place[1], vault=vault)


def test_a_sealed_store_gives_back_what_it_took_and_keeps_nothing_of_it_in_clear(
    place: tuple[Path | str, dict[str, object]], tmp_path: Path
) -> None:
    store, data = store_at(place, tmp_path, OLD), "章密名".encode() * 100_000
    put = store.put_bytes(data)
    assert (put.is_new, store.put_bytes(data).is_new) == (True, False)
    assert store.read(put.sha256) == data and store.is_sound(put.sha256) and store.has(put.sha256)
    with store.room() as room:
        path = room.path(put.sha256)
        assert path.read_bytes() == data and stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    for path in (path for path in tmp_path.rglob("*") if path.is_file()):
        assert "章密名".encode() not in path.read_bytes() and put.sha256 not in path.name
    assert store.remove(put.sha256) and not store.has(put.sha256)


def test_another_key_does_not_read_a_store_and_says_so(
    place: tuple[Path | str, dict[str, object]], tmp_path: Path
) -> None:
    sha256 = store_at(place, tmp_path, BOTH).put_bytes(b"abc").sha256
    assert not store_at(place, tmp_path, NEW).has(sha256), "another key looks under other names"
    with pytest.raises(VaultProblem, match="Nothing was changed"):
        store_at(place, tmp_path, OLD).read(sha256)
    with store_at(place, tmp_path, OLD).room() as room, pytest.raises(VaultProblem):
        room.path(sha256)
    assert issubclass(VaultProblem, StoreProblem), "filings wait for the key and have not failed"
    assert store_at(place, tmp_path, BOTH).read(sha256) == b"abc"


def test_a_sealed_file_that_was_changed_is_never_given_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = open_store(tmp_path / "store", vault=OLD)
    sha256 = store.put_bytes(b"abc" * 1000).sha256
    path = store.blobs.path(OLD.blob_name(sha256))
    assert path is not None
    path.write_bytes(path.read_bytes()[:-1])
    assert not store.is_sound(sha256)
    with store.room() as room:
        assert not room.path(sha256).exists()
    assert "damaged" in caplog.text


def test_a_large_file_is_never_whole_in_memory(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store", vault=OLD)
    source = tmp_path / "large"
    with source.open("wb") as file:
        for _ in range(64):
            file.write(os.urandom(1 << 20))
    tracemalloc.start()
    try:
        with source.open("rb") as file:
            sha256 = store.put(file).sha256
        with store.room() as room:
            assert room.path(sha256).stat().st_size == 64 << 20
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()


# -- keys --------------------------------------------------------------------------------------------------------------


def test_a_key_is_made_once_for_its_owner_alone_and_rotated_on_request(tmp_path: Path) -> None:
    place = tmp_path / "keys/key"
    make_key(str(place))
    first = place.read_text()
    assert stat.S_IMODE(place.stat().st_mode) == 0o600 and len(base64.b64decode(first)) == 32
    with pytest.raises(VaultProblem, match="--rotate"):
        make_key(str(place))
    assert place.read_text() == first
    name = open_vault(str(place)).name(b"x", "path")
    make_key(str(place), rotate=True)
    assert place.read_text().split()[1] == first.strip() and count_keys(str(place)) == 2
    assert open_vault(str(place)).name(b"x", "path") == name
    assert list(place.parent.iterdir()) == [place]


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "key"
    make_key(str(place))
    for mode in (0o640, 0o604, 0o666):
        place.chmod(mode)
        with pytest.raises(VaultProblem, match="chmod 600"):
            open_vault(str(place))


@pytest.mark.parametrize("text", ["", "\n", "short", base64.b64encode(b"x" * 31).decode(), "!" * 44, "密钥"])
def test_what_is_no_key_is_refused_without_being_shown(tmp_path: Path, text: str) -> None:
    place = tmp_path / "key"
    place.write_text(text, "utf-8")
    place.chmod(0o600)
    with pytest.raises(VaultProblem) as caught:
        open_vault(str(place))
    assert not text.strip() or text not in caught.value.en


def test_a_missing_key_says_how_to_make_one_and_what_it_means(tmp_path: Path) -> None:
    for call in (lambda: open_vault(str(tmp_path / "none")), lambda: make_key(str(tmp_path / "none"), rotate=True)):
        with pytest.raises(VaultProblem) as caught:
            call()
        assert "beianbox key" in caught.value.zh and caught.value.exit_code == 3


def test_the_systems_keyring_may_keep_the_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[tuple[str, str], str] = {}
    ring = types.ModuleType("keyring")
    ring.get_password = lambda service, name: kept.get((service, name))  # type: ignore[attr-defined]
    ring.set_password = lambda service, name, text: kept.update({(service, name): text})  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", ring)
    make_key("keyring:office")
    make_key("keyring:office", rotate=True)
    assert count_keys("keyring:office") == 2 and list(kept) == [("beianbox", "office")]
    with pytest.raises(VaultProblem, match="no key"):
        open_vault("keyring:other")


def test_without_a_keyring_the_way_out_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(VaultProblem, match=r"beianbox\[keyring\]"):
        open_vault("keyring:office")


def test_the_command_makes_the_key_that_the_settings_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BEIANBOX_HOME", str(tmp_path / "home"))
    assert main(["key"]) == 2
    assert "key_file" in capsys.readouterr().err
    monkeypatch.setenv("BEIANBOX_KEY_FILE", str(tmp_path / "key"))
    assert main(["key"]) == 0
    text = (tmp_path / "key").read_text().strip()
    assert text not in capsys.readouterr().out
    assert main(["key"]) == 3
    assert main(["key", "--rotate", "--json"]) == 0
    assert '"keys": 2' in capsys.readouterr().out


def test_a_writer_that_breaks_leaves_no_key_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(vault_keys.os, "fsync", refuse)
    with pytest.raises(VaultProblem, match="No space"):
        make_key(str(tmp_path / "key"))
    assert list(tmp_path.iterdir()) == []


# -- in the ledger, and in a home --------------------------------------------------------------------------------------


def test_another_key_does_not_open_a_ledger_and_changes_nothing(tmp_path: Path) -> None:
    place = tmp_path / "state.db"
    ledger = open_ledger(place, vault=OLD)
    ledger.save_decision("章密名-1a2b3c4d", "correct", "entity.name", {"new": "章密名"}, "li", NOW)
    ledger.close()
    before = place.read_bytes()
    assert "章密名".encode() not in before
    for vault in (NEW, None):
        with pytest.raises(VaultProblem):
            open_ledger(place, vault=vault)
    assert place.read_bytes() == before
    ledger = open_ledger(place, vault=BOTH)
    assert [one.value for one in ledger.decisions_of("章密名-1a2b3c4d")] == [{"new": "章密名"}]
    ledger.close()


def test_a_ledger_in_use_is_not_encrypted_unasked(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path / "state.db")
    ledger.save_decision("f", "correct", "entity.name", {"new": "x"}, "li", NOW)
    ledger.close()
    with pytest.raises(VaultProblem, match="key --encrypt"):
        open_ledger(tmp_path / "state.db", vault=OLD)
    open_ledger(tmp_path / "state.db").close()


def test_the_ledger_knows_which_of_the_keys_makes_names_wherever_it_stands(tmp_path: Path) -> None:
    open_ledger(tmp_path / "state.db", vault=OLD).close()
    for keys in ([b"n" * 32, b"o" * 32], [b"o" * 32, b"n" * 32]):
        ledger = open_ledger(tmp_path / "state.db", vault=Vault(keys))
        assert ledger.vault is not None and ledger.vault.blob_name("0" * 64) == OLD.blob_name("0" * 64)
        ledger.close()


def test_what_a_key_changes_in_the_settings(tmp_path: Path) -> None:
    key = {"BEIANBOX_KEY_FILE": str(tmp_path / "key")}
    settings = load_settings(key, tmp_path / "home")
    assert (settings.keep_days, settings.bundles) == (0, None)
    assert load_settings({**key, "BEIANBOX_KEEP_DAYS": "7"}, tmp_path / "home").keep_days == 7
    with pytest.raises(EnvironmentProblem, match="in clear"):
        load_settings({**key, "BEIANBOX_BUNDLES": str(tmp_path / "b")}, tmp_path / "home")


def test_nothing_starts_without_the_key_and_doctor_says_why(tmp_path: Path) -> None:
    environ = {"BEIANBOX_HOME": str(tmp_path / "home"), "BEIANBOX_KEY_FILE": str(tmp_path / "key")}
    with pytest.raises(VaultProblem, match="no key"), work.open_desk(environ):
        pass
    told = doctor_ledger.check_encryption(load_settings(environ))
    assert told.ok is False and "beianbox key" in told.zh
    make_key(str(tmp_path / "key"))
    assert doctor_ledger.check_encryption(load_settings(environ)).ok is True
    kept = doctor_ledger.check_encryption(load_settings({**environ, "BEIANBOX_KEEP_DAYS": "30"}))
    assert kept.ok is None and "keep_days" in kept.todo.en
    with work.open_desk(environ) as desk:
        assert desk.store.vault is not None


def test_a_file_that_cannot_be_read_is_not_laid_out_in_clear(tmp_path: Path) -> None:
    make_key(str(tmp_path / "key"))
    folder = tmp_path / "home/inbox/f"
    folder.mkdir(parents=True)
    (folder / "bad.jpg").write_bytes(b"\xff\xd8\xff\xe0 cut")
    more = {"BEIANBOX_SETTLE_SECONDS": "0.1", "BEIANBOX_MIN_FREE_BYTES": "0", "BEIANBOX_WORKERS": "1"}
    environ = {"BEIANBOX_HOME": str(tmp_path / "home"), "BEIANBOX_KEY_FILE": str(tmp_path / "key"), **more}
    with work.open_desk(environ) as desk:
        (outcome,) = work.run_once(desk)
        (row,) = desk.ledger.arrivals_of(outcome.filing)
        assert row.state is State.NEEDS_ATTENTION and row.reason.zh
        assert list(desk.settings.rejected.iterdir()) == []
