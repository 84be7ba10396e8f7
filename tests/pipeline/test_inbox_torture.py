"""Many writers, several consumers, kills at any moment: nothing lost, nothing half, nothing twice.

The consumers are real processes that are killed and started again; the writers write slowly, by rename, by `.part`,
in folders moved in, and over files that may just be copied. Drains are killed in the middle of filings as well, on one
home with SQLite and on two homes that share a PostgreSQL ledger and folders, or an object store and no folder at all. `BEIANBOX_TEST_ROUNDS` and
`BEIANBOX_TEST_FILES` make it longer: 20 and 300 are the project's own measure.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline import strays, work
from pipeline.bundle_places import files_at
from pipeline.folders import LookKind, scan
from pipeline.home_folders import prepare_places
from pipeline.housekeeping import purge_filing
from pipeline.inbox import Seen, inbox_name, take_step
from pipeline.ledger import Ledger, open_ledger
from pipeline.receiving import filing_id
from pipeline.settings import Settings, load_settings
from pipeline.store import open_store
from pipeline.vault_keys import make_key
from tests.pipeline.object_store import Bucket

ROOT = Path(__file__).parent.parent.parent
ROUNDS = int(os.environ.get("BEIANBOX_TEST_ROUNDS", "1"))
FILES = int(os.environ.get("BEIANBOX_TEST_FILES", "60"))
SETTLE = "0.3"

CONSUMER = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from pipeline import receiving
from pipeline.inbox import inbox_name, take_step
from pipeline.ledger import open_ledger
from pipeline.settings import load_settings
from pipeline.store import open_store
if sys.argv[3] == "no-lease":
    receiving.is_being_written = lambda _file: None
settings = load_settings({"BEIANBOX_SETTLE_SECONDS": sys.argv[2], "BEIANBOX_MIN_FREE_BYTES": "0"}, Path(sys.argv[1]))
ledger, store = open_ledger(sys.argv[4], inbox=inbox_name(settings.inbox)), open_store(settings.store)
store.sweep()
memory = {}
while True:
    report = take_step(settings, ledger, store, memory, clock=time.monotonic, now=datetime.now(UTC))
    memory = report.memory
    time.sleep(0.05)
"""


def slow(folder: Path, name: str, data: bytes, chance: random.Random) -> None:
    """In pieces, with pauses that are sometimes longer than the settling time."""
    with (folder / name).open("wb", buffering=0) as file:
        for start in range(0, len(data), max(1, len(data) // 3)):
            file.write(data[start : start + max(1, len(data) // 3)])
            time.sleep(chance.choice((0.0, 0.02, 0.45)))


def by_rename(folder: Path, name: str, data: bytes, chance: random.Random) -> None:
    outside = folder.parent.parent / f"outside-{chance.random()}"
    outside.write_bytes(data)
    outside.rename(folder / name)


def by_part(folder: Path, name: str, data: bytes, chance: random.Random) -> None:
    part = folder / f"{name}.part"
    part.write_bytes(data[: len(data) // 2])
    time.sleep(chance.choice((0.0, 0.4)))
    with part.open("ab") as file:
        file.write(data[len(data) // 2 :])
    part.rename(folder / name)


def in_moved_folder(folder: Path, name: str, data: bytes, chance: random.Random) -> None:
    outside = folder.parent.parent / f"folder-{chance.random()}"
    outside.mkdir()
    (outside / name).write_bytes(data)
    outside.rename(folder / f"sub-{hashlib.sha256(data).hexdigest()[:8]}")


def replaced(folder: Path, name: str, data: bytes, chance: random.Random) -> None:
    """First something else, then the real bytes over it, at a moment when it may be being copied."""
    (folder / name).write_bytes(b"earlier " + data[:100])
    time.sleep(chance.uniform(0.25, 0.4))
    other = folder / f".{name}.tmp"
    other.write_bytes(data)
    other.replace(folder / name)


WAYS: tuple[Callable[[Path, str, bytes, random.Random], None], ...] = (
    slow,
    by_rename,
    by_part,
    in_moved_folder,
    replaced,
)


def write_share(inbox: Path, numbers: range, seed: int, wanted: dict[str, bytes]) -> None:
    """One sender: each number is one file with contents of its own; `wanted` gets name and final bytes."""
    chance = random.Random(seed * 1000 + numbers.start)
    for number in numbers:
        data = chance.randbytes(chance.choice((10, 5_000, 400_000))) + b"%d" % number
        name = f"{number}-材料.bin"
        folder = inbox / f"公司{number % 4}"
        wanted[name] = data
        time.sleep(chance.uniform(0.0, 0.5))
        for _ in range(20):
            try:
                folder.mkdir(exist_ok=True)
                WAYS[number % len(WAYS)](folder, name, data, chance)
                break
            except FileNotFoundError:
                continue


class Consumers:
    """Processes that take from the inbox, killed and started again until told to stop."""

    def __init__(self, home: Path, count: int, seed: int, lease: str, place: str) -> None:
        self._arguments = [str(home), SETTLE, lease, place]
        self._chance = random.Random(seed)
        self._running = [self._start() for _ in range(count)]
        self.kills = 0

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", CONSUMER, *self._arguments]
        return subprocess.Popen(command, stderr=subprocess.PIPE)

    def kill_one(self) -> None:
        which = self._chance.randrange(len(self._running))
        errors = self._end(self._running[which])
        self.kills += 1
        assert errors == b"", errors.decode()
        self._running[which] = self._start()

    def stop(self) -> bytes:
        return b"".join(self._end(process) for process in self._running)

    @staticmethod
    def _end(process: subprocess.Popen[bytes]) -> bytes:
        process.kill()
        _, errors = process.communicate(timeout=30)
        return errors


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    found = load_settings({"BEIANBOX_SETTLE_SECONDS": SETTLE, "BEIANBOX_MIN_FREE_BYTES": "0"}, tmp_path / "home")
    prepare_places(found)
    return found


@pytest.fixture
def ledger(settings: Settings, request: pytest.FixtureRequest) -> Iterator[Ledger]:
    place = request.getfixturevalue("postgres_url") if request.param == "postgresql" else settings.ledger
    opened = open_ledger(place, inbox=inbox_name(settings.inbox))
    opened.place = place  # type: ignore[attr-defined]
    yield opened
    opened.close()


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("ledger", "lease"), [("sqlite", "lease"), ("sqlite", "no-lease"), ("postgresql", "lease")], indirect=["ledger"]
)
@pytest.mark.parametrize("seed", range(ROUNDS))
def test_six_writers_one_to_three_consumers_and_many_kills_lose_nothing(
    settings: Settings, ledger: Ledger, seed: int, lease: str
) -> None:
    """With leases, and as on a network share without them, where a slow file may arrive in several versions."""
    wanted: dict[str, bytes] = {}
    shares = [range(start, FILES, 6) for start in range(6)]
    writers = [threading.Thread(target=write_share, args=(settings.inbox, share, seed, wanted)) for share in shares]
    count = 1 + (seed + 1) % 3
    consumers = Consumers(settings.home, count, seed, lease, ledger.place)  # type: ignore[attr-defined]
    chance = random.Random(seed)
    for writer in writers:
        writer.start()
    try:
        while any(writer.is_alive() for writer in writers):
            time.sleep(chance.uniform(0.3, 1.2))
            consumers.kill_one()
    finally:
        for writer in writers:
            writer.join()
        errors = consumers.stop()
    assert errors == b""
    assert consumers.kills >= FILES // 20
    drain(settings, ledger)
    check_everything(settings, ledger, wanted)
    partial = [row for row in ledger.arrivals_of(filing_id("公司0")) if row.superseded_by is not None]
    print(
        f"{len(wanted)} files, {count} consumers, {consumers.kills} kills, {len(partial)} older versions in one filing"
    )


def drain(settings: Settings, ledger: Ledger) -> None:
    """What the last consumer left is taken in peace."""
    store = open_store(settings.store)
    memory: dict[str, Seen] = {}
    store.sweep()
    for _ in range(100):
        report = take_step(settings, ledger, store, memory, clock=time.monotonic, now=datetime.now(UTC))
        memory = dict(report.memory)
        if not report.waiting and not any(look.kind is LookKind.FILE for look in scan(settings.inbox)):
            return
        time.sleep(0.1)
    pytest.fail("the inbox did not become empty")


def check_everything(settings: Settings, ledger: Ledger, wanted: dict[str, bytes]) -> None:
    store = open_store(settings.store)
    rows = [row for number in range(4) for row in ledger.arrivals_of(filing_id(f"公司{number}"))]
    current = [row for row in rows if row.superseded_by is None]
    found = {row.name: store.read(row.sha256) for row in current}
    assert sorted(row.name for row in current) == sorted(wanted), "each file once, none lost"
    assert [name for name, data in wanted.items() if found[name] != data] == [], "each file whole"
    blobs = list(store.blobs.root.glob("??/*"))
    assert all(hashlib.sha256(path.read_bytes()).hexdigest() == path.name for path in blobs), "no blob corrupt"
    assert {path.name for path in blobs} >= {row.sha256 for row in rows}
    assert list((store.blobs.root / "tmp").iterdir()) == [], "no temporary file left"
    originals = {path.read_bytes() for path in (settings.inbox / ".taken").rglob("*") if path.is_file()}
    assert set(wanted.values()) <= originals, "every original still there"


DRAINER = [sys.executable, "-m", "pipeline.cli", "watch", "--once", "--today", "2026-11-20"]
FILINGS = max(8, FILES // 10)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("shared", ["home", "folders", "object store", "encrypted object store"])
@pytest.mark.parametrize("seed", range(max(1, ROUNDS // 4)))
def test_drains_killed_in_the_middle_of_filings_prepare_each_filing_once(
    tmp_path: Path, request: pytest.FixtureRequest, shared: str, seed: int
) -> None:
    """Two drains at a time, killed at random moments with all they started; then one is left in peace."""
    homes, environ = shared_homes(tmp_path, request, shared)
    chance, running, kills = random.Random(seed), [start_drain(home, environ) for home in homes], 0
    for _ in range(max(6, FILINGS // 2)):
        time.sleep(chance.uniform(1.0, 5.0))
        which = chance.randrange(2)
        kills += kill_with_all(running[which])
        running[which] = start_drain(homes[which], environ)
    for process in running:
        finish(process)
    with work.open_desk({**environ, "BEIANBOX_HOME": str(homes[0])}) as desk:
        # what was killed again and again waits longer each time: a slow machine needs another look or two
        for _ in range(10):
            if work.waiting_filings(desk):
                time.sleep(6)
                finish(start_drain(homes[0], environ))
        assert work.waiting_filings(desk) == () and desk.ledger.claimed() == {}
        rows = desk.ledger.filings(limit=1000)
        assert len(rows) == FILINGS and {row.version for row in rows} == {1}
        check_bundles(desk, [row.filing for row in rows])
        if "object store" in shared:
            check_object_store(desk, homes, environ, request.getfixturevalue("bucket"))
    print(f"{FILINGS} filings, {kills} kills, shared: {shared}")


def finish(process: subprocess.Popen[bytes]) -> None:
    """Lets a drain come to its end, which must not be an error of ours."""
    _, errors = process.communicate(timeout=600)
    assert b"Traceback" not in errors, errors.decode()


def check_object_store(desk: work.Desk, homes: tuple[Path, Path], environ: dict[str, str], bucket: Bucket) -> None:
    """Both homes hold nothing but originals; every object is as it was put and somebody's; a purge leaves none."""
    for home in homes:
        with work.open_desk({**environ, "BEIANBOX_HOME": str(home)}) as mine:
            strays.remove_left(mine.store, mine.ledger)
            assert not (home / "store").exists() and not (home / "bundles").exists()
            assert [path for path in mine.settings.work.rglob("*") if path.is_file()] == []
    filings = [row.filing for row in desk.ledger.filings(limit=1000)]
    wanted = {row.sha256 for filing in filings for row in desk.ledger.arrivals_of(filing)}
    bundles = {sha256 for filing in filings for sha256 in desk.ledger.packed_bundles(filing)}
    names = {name.rpartition("/")[2] for name in bucket.objects()}
    assert names == {desk.store.name(sha256) for sha256 in wanted | bundles} and len(bundles) == len(filings)
    assert all(desk.store.is_sound(sha256) for sha256 in wanted | bundles), "whole or absent"
    for filing in filings:
        purge_filing(desk, filing)
    assert bucket.objects() == {}


def shared_homes(
    tmp_path: Path, request: pytest.FixtureRequest, shared: str
) -> tuple[tuple[Path, Path], dict[str, str]]:
    """Two names of one home, or two homes that share ledger, store and bundles; each filing lies in one inbox."""
    environ = {"BEIANBOX_SETTLE_SECONDS": SETTLE, "BEIANBOX_MIN_FREE_BYTES": "0", "BEIANBOX_WORKERS": "2"}
    homes = (tmp_path / "one", tmp_path / "one")
    if shared != "home":
        homes = (tmp_path / "one", tmp_path / "two")
        environ["BEIANBOX_LEDGER"] = request.getfixturevalue("postgres_url")
    if shared == "folders":
        environ |= {name: str(tmp_path / f"shared/{name}") for name in ("BEIANBOX_STORE", "BEIANBOX_BUNDLES")}
    if "object store" in shared:
        environ |= request.getfixturevalue("bucket").environ
    if "encrypted" in shared:
        make_key(str(tmp_path / "key"))
        environ["BEIANBOX_KEY_FILE"] = str(tmp_path / "key")
    for home in homes:
        prepare_places(load_settings({**environ}, home))
    for number in range(FILINGS):
        folder = homes[number % 2] / f"inbox/公司{number:03d}"
        folder.mkdir()
        (folder / "filing.yaml").write_text(
            f"entity: {{nature: enterprise, name: 广州第{number}样本有限公司}}\n", "utf-8"
        )
        (folder / "附件.bin").write_bytes(b"%d" % number)
    return homes, environ


def start_drain(home: Path, environ: dict[str, str]) -> subprocess.Popen[bytes]:
    whole = {**os.environ, **environ, "BEIANBOX_HOME": str(home)}
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    return subprocess.Popen(DRAINER, cwd=ROOT, env=whole, start_new_session=True, **pipes)  # type: ignore[call-overload,no-any-return]


def kill_with_all(process: subprocess.Popen[bytes]) -> int:
    """Kills a drain, and sees that what it had started ends by itself; gives how many were killed."""
    was_running = process.poll() is None
    process.kill()
    _, errors = process.communicate(timeout=60)  # its children hold the pipe: this returns when they have ended
    assert b"Traceback" not in errors, errors.decode()
    return int(was_running)


def check_bundles(desk: work.Desk, filings: list[str]) -> None:
    for filing in filings:
        row = desk.ledger.latest_bundle(filing)
        assert row is not None and row.version == 1
        if desk.settings.bundles is not None:
            (folder,) = (desk.settings.bundles / filing).iterdir()
            assert folder.name == "v1", "whole, or not there under its name"
        files = files_at(row.folder, desk.store)
        for name, kept in json.loads(files.read("manifest.json"))["files"].items():
            assert hashlib.sha256(files.read(name)).hexdigest() == kept["sha256"]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_machine_that_dies_is_made_good_by_another_within_two_minutes(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Two workers with homes, names and networks of their own; the database is reached by a socket in the file system."""
    if subprocess.run(["unshare", "-n", "-u", "true"], capture_output=True).returncode != 0:
        pytest.skip("this system gives no namespaces of its own")
    homes, environ = shared_homes(tmp_path, request, "folders")
    address, _, name = environ["BEIANBOX_LEDGER"].rpartition("/")
    port = address.rpartition(":")[2]
    (socket,) = Path(tempfile.gettempdir()).glob(f"beianbox-pg-*/.s.PGSQL.{port}")
    environ["BEIANBOX_LEDGER"] = f"postgresql://beian@/{name}?host={socket.parent}&port={port}"
    first, second = (start_machine(home, environ) for home in homes)
    bundles = tmp_path / "shared/BEIANBOX_BUNDLES"
    while len(list(bundles.glob("*/v1"))) < 2:
        time.sleep(0.05)
    os.killpg(first.pid, signal.SIGKILL)
    died = time.monotonic()
    first.communicate(timeout=60)
    with work.open_desk({**environ, "BEIANBOX_HOME": str(homes[1])}) as desk:
        held = set(desk.ledger.claimed())
        _, errors = second.communicate(timeout=200)
        assert b"Traceback" not in errors, errors.decode()
        seconds = time.monotonic() - died
        assert work.waiting_filings(desk) == () and seconds < 120
        check_bundles(desk, [row.filing for row in desk.ledger.filings(limit=1000)])
    print(f"the second machine was done {seconds:.0f} s after the first had died, {len(held)} filings were held then")


def start_machine(home: Path, environ: dict[str, str]) -> subprocess.Popen[bytes]:
    whole = {**os.environ, **environ, "BEIANBOX_HOME": str(home)}
    command = ["unshare", "-n", "-u", "sh", "-c", f'hostname {home.name} && exec "$@"', "sh", *DRAINER]
    return subprocess.Popen(
        command, cwd=ROOT, env=whole, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
