"""A home in use is encrypted, or gets another key: nothing is lost, nothing stays as it was, wherever it is killed."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline import bundle_places, doctor_ledger, reseal, work
from pipeline.cli import main
from pipeline.errors import EnvironmentProblem, UsageError
from pipeline.ledger import open_ledger
from pipeline.ledger_base import LedgerProblem, make_engine
from pipeline.ledger_lock import alone
from pipeline.settings import load_settings
from pipeline.vault import VaultProblem
from pipeline.vault_keys import count_keys, make_key

NAME, PHONE = "章密名样本有限公司", "13912345678"
PLANTED = [NAME.encode(), NAME.encode("utf-16-le"), PHONE.encode(), b"planted bytes"]
QUICK = {"BEIANBOX_SETTLE_SECONDS": "0.1", "BEIANBOX_MIN_FREE_BYTES": "0", "BEIANBOX_WORKERS": "1"}
FACTS = f"""
filing: {{province: 广东}}
entity: {{name: {NAME}, nature: 企业}}
entity_person: {{name: 章密名, mobile: "{PHONE}"}}
websites: [样本数据]
"""

Environ = dict[str, str]


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in clear with one filing, two versions of its bundle, a file that cannot be read, and a correction."""
    home = tmp_path_factory.mktemp("made") / "home"
    make_home({**QUICK, "BEIANBOX_HOME": str(home)}, home)
    return home


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Environ:
    """The settings of a copy of that home."""
    copy = tmp_path / "home"
    shutil.copytree(made, copy)
    with closing(sqlite3.connect(copy / "state.db")) as ledger, ledger:
        ledger.execute("UPDATE bundles SET folder = replace(folder, ?, ?)", (str(made), str(copy)))
    return {**QUICK, "BEIANBOX_HOME": str(copy)}


@pytest.fixture(params=["sqlite, folder", "postgresql, s3"])
def environ(request: pytest.FixtureRequest, tmp_path: Path) -> Environ:
    """The settings of such a home on one machine, and of one that others share."""
    if request.param == "sqlite, folder":
        found: Environ = request.getfixturevalue("home")
        return found
    shared = {**QUICK, **request.getfixturevalue("bucket").environ, "BEIANBOX_HOME": str(tmp_path / "home")}
    shared["BEIANBOX_LEDGER"] = request.getfixturevalue("postgres_url")
    make_home(shared, tmp_path / "home")
    return shared


def make_home(clear: Environ, home: Path) -> None:
    folder = home / "inbox" / NAME
    folder.mkdir(parents=True)
    (folder / "filing.yaml").write_text(FACTS, encoding="utf-8")
    (folder / "扫描.jpg").write_bytes(b"\xff\xd8\xff\xe0 planted bytes")
    with work.open_desk(clear) as desk:
        (outcome,) = work.run_once(desk)
        desk.ledger.save_decision(outcome.filing, "correct", "entity.name", {"new": NAME}, "li", datetime.now(UTC))
        work.prepare_waiting(desk)
        desk.ledger.close_takings(one.id for one in desk.ledger.open_takings())
        if isinstance(desk.settings.store, Path):
            (home / "state.db.before-0005").write_bytes(NAME.encode())
            assert list(desk.settings.rejected.rglob("*.jpg"))


def with_key(environ: Environ, tmp_path: Path) -> Environ:
    if not (tmp_path / "key").exists():
        make_key(str(tmp_path / "key"))
    return {**environ, "BEIANBOX_KEY_FILE": str(tmp_path / "key")}


def encrypt(environ: Environ) -> reseal.Resealed:
    return reseal.encrypt(load_settings(environ))


def everything(environ: Environ) -> dict[str, Any]:
    """What a home says: rows and the bytes that they name."""
    with work.open_desk(environ) as desk:
        (filing,) = (one.filing for one in desk.ledger.filings(limit=9))
        row, bundle = desk.ledger.get_filing(filing), desk.ledger.latest_bundle(filing)
        assert row is not None and bundle is not None
        files = bundle_places.files_at(bundle.folder, desk.store)
        arrivals = desk.ledger.arrivals_of(filing)
        assert all(desk.store.is_sound(one.sha256) for one in arrivals)
        return {
            "document": row.document,
            "version": row.version,
            "arrivals": [(one.name, one.sha256, one.state, one.reason) for one in arrivals],
            "decisions": [(one.where, one.value) for one in desk.ledger.decisions_of(filing)],
            "bundle": {name: files.read(name) for name in sorted(files.sizes)},
            "versions": bundle.version,
            "marks": desk.ledger.filings_sharing([("phone", PHONE)])[0].filing,
        }


def clear_files(home: Path) -> list[str]:
    """What in a home holds a planted value in its name or bytes, but for the folder that the user made in the inbox."""
    found = []
    for path in set(home.rglob("*")) - {home / "inbox" / NAME}:
        data = path.read_bytes() if path.is_file() else b""
        if any(word in data or word in os.fsencode(path.relative_to(home)) for word in PLANTED):
            found.append(path.relative_to(home).as_posix())
    return found


def test_a_home_in_use_is_encrypted_and_says_the_same(
    environ: Environ, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    before = everything(environ)
    assert len(clear_files(tmp_path / "home")) > 1
    keyed = with_key(environ, tmp_path)
    with pytest.raises(VaultProblem, match="key --encrypt"):
        everything(keyed)
    done = encrypt(keyed)
    assert (done.missing, done.originals, done.strangers) == (0, 0, 0)
    assert everything(keyed) == before
    assert clear_files(tmp_path / "home") == []
    assert done.files == 2 + before["versions"], "two files of the folder, and each version of the bundle"
    if "BEIANBOX_STORE" in environ:
        objects = request.getfixturevalue("bucket").objects()
        assert len(objects) == done.files
        assert not [name for name, data in objects.items() if any(word in data for word in PLANTED)]
    with pytest.raises(VaultProblem, match="no key"):
        everything(environ)
    with pytest.raises(UsageError, match="already"):
        encrypt(keyed)


def test_work_goes_on_after_it(environ: Environ, tmp_path: Path) -> None:
    keyed = with_key(environ, tmp_path)
    encrypt(keyed)
    folder = tmp_path / "home/inbox" / NAME
    folder.mkdir(exist_ok=True)
    (folder / "filing.yaml").write_text(FACTS.replace("样本数据", "样本新站"), encoding="utf-8")
    with work.open_desk(keyed) as desk:
        (outcome,) = work.run_once(desk)
        row = desk.ledger.get_filing(outcome.filing)
    assert row is not None and row.document["filing"]["websites"][0]["name"] == "样本新站"
    assert all(one.startswith("inbox/.taken/") for one in clear_files(tmp_path / "home")), "originals go after an hour"


def test_an_old_key_is_retired_and_opens_nothing_any_more(environ: Environ, tmp_path: Path) -> None:
    keyed = with_key(environ, tmp_path)
    encrypt(keyed)
    before, old = everything(keyed), (tmp_path / "key").read_text().strip()
    make_key(str(tmp_path / "key"), rotate=True)
    assert everything(keyed) == before
    done = reseal.retire_old_keys(load_settings(keyed))
    assert count_keys(str(tmp_path / "key")) == 1 and old not in (tmp_path / "key").read_text()
    assert everything(keyed) == before and done.files == 2 + before["versions"]
    (tmp_path / "old").write_text(old)
    (tmp_path / "old").chmod(0o600)
    with pytest.raises(VaultProblem, match="not the ledger's key"):
        everything({**keyed, "BEIANBOX_KEY_FILE": str(tmp_path / "old")})
    with pytest.raises(UsageError, match="no older one"):
        reseal.retire_old_keys(load_settings(keyed))


def test_nothing_is_to_be_retired_of_a_home_in_clear(environ: Environ, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="key --encrypt"):
        reseal.retire_old_keys(load_settings(with_key(environ, tmp_path)))


def test_it_is_refused_while_another_process_uses_the_home(environ: Environ, tmp_path: Path) -> None:
    before, keyed = everything(environ), with_key(environ, tmp_path)
    with work.open_desk(environ), pytest.raises(LedgerProblem, match="Other processes"):
        encrypt(keyed)
    assert everything(environ) == before


def test_nobody_opens_a_home_while_it_is_encrypted(environ: Environ, tmp_path: Path) -> None:
    settings = load_settings(environ)
    engine = make_engine(settings.ledger)
    with alone(engine), pytest.raises(EnvironmentProblem, match="being changed"):
        open_ledger(settings.ledger)
    engine.dispose()
    open_ledger(settings.ledger).close()


def test_a_server_s_connection_that_broke_meanwhile_does_not_write_in_clear(
    postgres_url: str, bucket: Any, tmp_path: Path
) -> None:
    clear = {**QUICK, **bucket.environ, "BEIANBOX_HOME": str(tmp_path / "home"), "BEIANBOX_LEDGER": postgres_url}
    make_home(clear, tmp_path / "home")
    with work.open_desk(clear) as desk:
        desk.ledger._engine.dispose()  # the server closed them all
        encrypt(with_key(clear, tmp_path))
        with pytest.raises(VaultProblem):
            desk.ledger.filings(limit=1)


def test_a_file_that_does_not_open_stops_it_before_anything_is_changed(home: Environ, tmp_path: Path) -> None:
    keyed = with_key(home, tmp_path)
    encrypt(keyed)
    make_key(str(tmp_path / "key"), rotate=True)
    with work.open_desk(keyed) as desk:
        blob = max((path for path in desk.store.blobs.root.glob("??/*")), key=lambda path: path.stat().st_size)
    data = blob.read_bytes()
    blob.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(VaultProblem, match="damaged"):
        reseal.retire_old_keys(load_settings(keyed))
    assert count_keys(str(tmp_path / "key")) == 2
    blob.write_bytes(data)
    reseal.retire_old_keys(load_settings(keyed))
    assert everything(keyed)


def test_a_file_that_was_missing_before_is_told_and_a_file_of_nobody_goes(home: Environ, tmp_path: Path) -> None:
    with work.open_desk(home) as desk:
        desk.store.put_bytes(NAME.encode())
        (filing,) = (one.filing for one in desk.ledger.filings(limit=9))
        gone = next(one for one in desk.ledger.arrivals_of(filing) if one.name.endswith(".jpg"))
        assert desk.store.remove(gone.sha256)
    assert encrypt(with_key(home, tmp_path)).missing == 1
    assert [one for one in clear_files(tmp_path / "home") if not one.startswith("inbox/.taken")] == []


def test_bundles_that_lay_elsewhere_are_taken_in_and_other_files_there_stay(home: Environ, tmp_path: Path) -> None:
    here, there = tmp_path / "home/bundles", tmp_path / "elsewhere"
    here.rename(there)
    (there / "notes.txt").write_text("mine")
    with closing(sqlite3.connect(tmp_path / "home/state.db")) as ledger, ledger:
        ledger.execute("UPDATE bundles SET folder = replace(folder, ?, ?)", (str(here), str(there)))
    before, keyed = everything(home), with_key(home, tmp_path)
    encrypt(keyed)
    assert everything(keyed) == before
    assert [path.name for path in there.iterdir()] == ["notes.txt"]


KILLED_AT = {
    "at the first file": ("pipeline.store.Store", "take_over", 1),
    "at the second file": ("pipeline.store.Store", "take_over", 2),
    "while a file is written": ("pipeline.store_folder", "_sync", 2),
    "at a bundle": ("pipeline.bundle_places", "pack", 1),
    "at the note of folders": ("pipeline.reseal", "_write", 1),
    "in the ledger's first table": ("pipeline.ledger_reseal", "_reseal_table", 2),
    "in the ledger's last table": ("pipeline.ledger_reseal", "_move_bundles", 1),
    "after the ledger": ("pipeline.reseal._Place", "finish", 1),
    "at the first old file": ("pipeline.store_folder.FolderBlobs", "remove", 1),
    "at the last old file": ("pipeline.store_folder.FolderBlobs", "remove", 2),
    "at the folder of a bundle": ("pipeline.reseal", "_remove_bundle", 1),
    "at the second folder of a bundle": ("pipeline.reseal", "_remove_bundle", 2),
    "at the copies for people": ("pipeline.housekeeping", "remove_rejected_before", 1),
    "at the originals": ("pipeline.inbox", "tidy_taken", 1),
    "at the database's files": ("pipeline.ledger_reseal.LedgerAlone", "rewrite", 1),
    "at the key file": ("pipeline.vault_keys", "keep_first_key", 1),
    "at the end": ("pipeline.ledger_reseal.LedgerAlone", "end", 1),
}
KILLED_RUN = """
import os, pkgutil, signal, sys
from pipeline import reseal
from pipeline.settings import load_settings
place, name, count = pkgutil.resolve_name(sys.argv[2]), sys.argv[3], int(sys.argv[4])
real = getattr(place, name)

def die(*arguments, **named):
    global count
    count -= 1
    if count == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*arguments, **named)

setattr(place, name, die)
getattr(reseal, sys.argv[1])(load_settings(os.environ))
"""


def killed(what: str, moment: str, environ: Environ) -> None:
    place, name, count = KILLED_AT[moment]
    command = [sys.executable, "-c", KILLED_RUN, what, place, name, str(count)]
    done = subprocess.run(command, env={**os.environ, **environ}, timeout=60, check=False, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr


def is_sealed(environ: Environ) -> bool:
    with closing(sqlite3.connect(Path(environ["BEIANBOX_HOME"]) / "state.db")) as ledger:
        return ledger.execute("SELECT 1 FROM meta WHERE key = 'vault'").fetchone() is not None


@pytest.mark.parametrize("moment", sorted(set(KILLED_AT) - {"at the key file"}))
def test_a_home_that_is_killed_on_the_way_is_readable_and_finished_by_the_next_run(
    home: Environ, tmp_path: Path, moment: str
) -> None:
    before, keyed = everything(home), with_key(home, tmp_path)
    killed("encrypt", moment, keyed)
    assert everything(keyed if is_sealed(home) else home) == before
    assert (doctor_ledger.check_encryption(load_settings(keyed)).ok is False) == is_sealed(home)
    encrypt(keyed)
    assert doctor_ledger.check_encryption(load_settings(keyed)).ok is True
    assert everything(keyed) == before
    assert clear_files(tmp_path / "home") == []


@pytest.mark.parametrize(
    "moment", ["at the second file", "after the ledger", "at the first old file", "at the key file", "at the end"]
)
def test_a_change_of_keys_that_is_killed_is_readable_and_finished_by_the_next_run(
    home: Environ, tmp_path: Path, moment: str
) -> None:
    keyed = with_key(home, tmp_path)
    encrypt(keyed)
    before = everything(keyed)
    make_key(str(tmp_path / "key"), rotate=True)
    killed("retire_old_keys", moment, keyed)
    assert everything(keyed) == before
    reseal.retire_old_keys(load_settings(keyed))
    assert everything(keyed) == before and count_keys(str(tmp_path / "key")) == 1


def test_encrypting_that_was_killed_is_finished_before_another_key_comes(home: Environ, tmp_path: Path) -> None:
    before, keyed = everything(home), with_key(home, tmp_path)
    killed("encrypt", "after the ledger", keyed)
    make_key(str(tmp_path / "key"), rotate=True)
    reseal.retire_old_keys(load_settings(keyed))
    assert everything(keyed) == before and clear_files(tmp_path / "home") == []


def test_the_command_encrypts_and_says_what_is_left(
    home: Environ, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in with_key(home, tmp_path).items():
        monkeypatch.setenv(name, value)
    assert main(["key", "--encrypt"]) == 0
    said = capsys.readouterr().out
    assert "sealed" in said or "加密" in said
    assert main(["key", "--encrypt"]) == 2
    assert main(["key", "--rotate"]) == 0 and main(["key", "--retire", "--json"]) == 0
    assert '"keys": 1' in capsys.readouterr().out
    assert main(["status"]) == 0
