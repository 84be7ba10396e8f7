"""No value of a filing leaves the home: not into logs, temporary files or process arguments; after `purge` none is left.

Values are planted in a filing, its file names and a broken paper, and then searched for byte by byte in every place a
careless program would leave them, as UTF-8, GB18030, UTF-16 and escaped JSON.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import threading
import time
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from generators.workbook import workbook
from pipeline import inbox, work
from pipeline.bundle_places import files_at
from pipeline.errors import EnvironmentProblem
from pipeline.home_folders import prepare_places
from pipeline.housekeeping import housekeep, purge_filing
from pipeline.rows import UNASSIGNED
from pipeline.settings import load_settings
from pipeline.vault_keys import make_key
from tests.pipeline.object_store import Bucket

ROOT = Path(__file__).parent.parent.parent
CASE = ROOT / "samples/gd_enterprise_website"
COMPANY = "广州密名样本有限公司"
PHONE, MAIL = "13900000027", "mimi@mimi-specimen.cn"
TABLED, TABLED_PHONE = "佛山表中样本有限公司", "13900000036"
TYPED = f"""filing: {{province: 广东}}
entity: {{nature: enterprise, name: {COMPANY}}}
entity_person: {{mobile: "{PHONE}", email: {MAIL}, name: 章密名}}
"""


def planted() -> set[str]:
    """The planted values, and all that the sample's cards and certificates say."""
    values = json.loads((CASE / "expected/values.json").read_text("utf-8"))
    found = {value for path, value in values.items() if path.endswith((".name", ".number", ".mobile"))}
    return {
        COMPANY,
        PHONE,
        MAIL,
        "章密名",
        TABLED,
        TABLED_PHONE,
        *(str(value) for value in found if len(str(value)) > 2),
    }


def spellings(values: set[str]) -> set[bytes]:
    found: set[bytes] = set()
    for value in values:
        escaped = json.dumps(value).strip('"').encode()
        found |= {value.encode(), value.encode("gb18030"), value.encode("utf-16-le"), escaped}
    return found


def leaks(data: bytes) -> set[str]:
    return {one.decode("utf-8", "backslashreplace") for one in spellings(planted()) if one in data}


def leaks_under(folder: Path) -> dict[str, set[str]]:
    """Each file with a value in its bytes or its name."""
    found = {}
    for path in folder.rglob("*"):
        data = os.fsencode(path.relative_to(folder)) + (path.read_bytes() if path.is_file() else b"")
        if hits := leaks(data):
            found[str(path)] = hits
    return found


def environ(tmp_path: Path, **more: str) -> dict[str, str]:
    (tmp_path / "temp").mkdir(exist_ok=True)
    settings = {"BEIANBOX_SETTLE_SECONDS": "0.1", "BEIANBOX_MIN_FREE_BYTES": "0", "TMPDIR": str(tmp_path / "temp")}
    return {"BEIANBOX_HOME": str(tmp_path / "home"), **settings, **more}


def drop(tmp_path: Path) -> None:
    """Three filings, so that the crew works, and loose files; names of files tell as much as they can.

    One filing is whole, one has a broken paper and an archive, one is a row of a table.
    """
    inbox = tmp_path / "home/inbox"
    inbox.mkdir(parents=True)
    shutil.copytree(CASE / "in", inbox / COMPANY)
    other = inbox / "章密名"
    other.mkdir()
    (other / "filing.yaml").write_text(TYPED, "utf-8")
    (other / f"{COMPANY} {PHONE}.pdf").write_bytes(b"%PDF-1.7 " + TYPED.encode() + b"%%EOF")
    (other / "坏.yaml.jpg").write_bytes(b"\xff\xd8\xff\xe0 cut")
    packed(other / f"{COMPANY}.zip")
    packed(inbox / f"{PHONE}.zip")
    rows = [["entity.name", "entity_person.mobile"], [TABLED, TABLED_PHONE], ["另一样本有限公司", ""]]
    (inbox / f"{TABLED}.xlsx").write_bytes(workbook([("样本", rows)]))
    shutil.copy(CASE / "in/域名证书.pdf", inbox / f"{COMPANY}域名.pdf")


def packed(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{COMPANY}/{PHONE}.txt", TYPED)
        archive.write(CASE / "in/域名证书.pdf", "章密名/域名.pdf")


class Arguments(threading.Thread):
    """Collects the arguments and environments of every process below one, for as long as it runs."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        super().__init__(daemon=True)
        self._process, self.seen = process, set[bytes]()

    def run(self) -> None:
        while self._process.poll() is None:
            for pid in descendants(self._process.pid):
                for name in ("cmdline", "comm"):
                    try:
                        self.seen.add(Path(f"/proc/{pid}/{name}").read_bytes())
                    except OSError:
                        continue
            time.sleep(0.02)


def descendants(pid: int) -> list[int]:
    found = [pid]
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [one for child in thread.read_text().split() for one in descendants(int(child))]
        except OSError:
            continue
    return found


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("kept_in", ["folder", "object store"])
def test_a_whole_run_leaves_no_value_outside_the_home_and_a_purge_none_in_it(
    tmp_path: Path, request: pytest.FixtureRequest, kept_in: str
) -> None:
    drop(tmp_path)
    bucket: Bucket | None = request.getfixturevalue("bucket") if kept_in == "object store" else None
    settings = environ(tmp_path, **(bucket.environ if bucket else {}))
    whole = {**os.environ, **settings, "BEIANBOX_WORKERS": "2"}
    command = [sys.executable, "-m", "pipeline.cli", "-v", "watch", "--once", "--today", "2026-11-20", "--json"]
    process = subprocess.Popen(command, cwd=ROOT, env=whole, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    arguments = Arguments(process)
    arguments.start()
    out, log = process.communicate(timeout=200)
    arguments.join()
    assert process.returncode == 1 and len(out.splitlines()) == 4, log.decode()
    assert leaks(log) == set(), log.decode()
    assert len(arguments.seen) > 5
    assert leaks(b"\n".join(arguments.seen)) == set()
    assert leaks_under(tmp_path / "temp") == {}
    assert leaks_under(tmp_path / "home"), "the search finds what is there"
    assert not bucket or leaks(b"".join(bucket.objects().values()))
    check_rights(tmp_path / "home")
    with work.open_desk(settings) as desk:
        for filing in (*(row.filing for row in desk.ledger.filings()), UNASSIGNED):
            work.note_access(desk, "read", filing)
            purge_filing(desk, filing)
        assert leaks_under(tmp_path / "home") == {}, "while the ledger is open, with its log"
        assert len(desk.ledger.accesses()) == 5, "the audit log outlives the filing"
    assert leaks_under(tmp_path / "home") == {}
    assert not bucket or bucket.objects() == {}


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_an_encrypted_home_holds_no_value_in_clear_once_the_originals_have_gone(tmp_path: Path) -> None:
    drop(tmp_path)
    make_key(str(tmp_path / "key"))
    sealed = environ(tmp_path, BEIANBOX_WORKERS="2", BEIANBOX_KEY_FILE=str(tmp_path / "key"))
    command = [sys.executable, "-m", "pipeline.cli", "-v", "watch", "--once", "--today", "2026-11-20", "--json"]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **sealed}, capture_output=True, timeout=200)
    assert done.returncode == 1 and len(done.stdout.splitlines()) == 4, done.stderr.decode()
    assert leaks(done.stderr) == set() and leaks_under(tmp_path / "temp") == {}
    check_rights(tmp_path / "home")
    with work.open_desk(sealed) as desk:
        assert {Path(name).relative_to(tmp_path / "home").parts[0] for name in leaks_under(tmp_path / "home")} == {
            "inbox"
        }, "only the originals, for as long as they are looked at again"
        later = datetime.now(UTC) + timedelta(hours=2)
        for _ in range(3):
            inbox.take_step(desk.settings, desk.ledger, desk.store, {}, clock=time.monotonic, now=later)
            assert housekeep(desk, later).filings == 0
        assert leaks_under(tmp_path / "home") == {}
        filings = [row.filing for row in desk.ledger.filings()]
        assert any(filing.startswith(COMPANY) for filing in filings)
        for filing in filings:
            bundle = desk.ledger.latest_bundle(filing)
            assert bundle is not None and files_at(bundle.folder, desk.store).read("bundle.pdf").startswith(b"%PDF")
        assert {TABLED, TABLED_PHONE} <= leaks(
            b"".join(
                files_at(desk.ledger.latest_bundle(filing).folder, desk.store).read("filing.json")  # type: ignore[union-attr]
                for filing in filings
            )
        )
        for filing in (*filings, UNASSIGNED):
            purge_filing(desk, filing)
        assert [path for path in (tmp_path / "home/store").rglob("*") if path.is_file()] == []
    assert leaks_under(tmp_path / "home") == {}


def test_purging_a_row_of_a_table_takes_the_table_along_and_leaves_the_other_rows(tmp_path: Path) -> None:
    inbox = tmp_path / "home/inbox"
    inbox.mkdir(parents=True)
    (inbox / "客户.csv").write_text(
        f"entity.name,entity_person.mobile\n{TABLED},{TABLED_PHONE}\n另一样本有限公司,\n", "utf-8"
    )
    with work.open_desk(environ(tmp_path)) as desk:
        work.run_once(desk)
        tabled, other = sorted((row.filing for row in desk.ledger.filings()), key=lambda one: TABLED not in one)
        assert purge_filing(desk, tabled) == 2, "its own facts, and the table"
        assert leaks_under(tmp_path / "home") == {}
        assert desk.ledger.arrivals_of(UNASSIGNED) == ()
        assert [row.filing for row in desk.ledger.filings()] == [other]
        assert desk.store.has(desk.ledger.arrivals_of(other)[0].sha256)


def check_rights(home: Path) -> None:
    for path in home.rglob("*"):
        inside = path.relative_to(home).parts
        is_dropped = inside[0] == "inbox"  # what people put there has the rights they gave it
        assert is_dropped or not stat.S_IMODE(path.lstat().st_mode) & 0o077, path


CHILD = """
import threading
from pipeline import children

class Reluctant:
    def __del__(self):
        raise ValueError("章密名")

def answer(_message):
    Reluctant()
    thread = threading.Thread(target=lambda: int("章密名"))
    thread.start()
    thread.join()
    try:
        int("章密名")
    except ValueError as error:
        raise KeyError("章密名") from error
    yield b""

children.serve(answer, opened=lambda _opening: None)
"""


def test_an_error_that_nobody_catches_in_a_child_is_written_without_its_message() -> None:
    said = json.dumps({"parent": os.getpid()}) + "\n{}\n"
    done = subprocess.run([sys.executable, "-c", CHILD], cwd=ROOT, input=said.encode(), capture_output=True, timeout=60)
    assert done.returncode == 1
    assert leaks(done.stderr) == set(), done.stderr.decode()
    for words in (
        b"ended the program",
        b"ended a thread",
        b"passed over",
        b"builtins.KeyError",
        b"builtins.ValueError",
    ):
        assert words in done.stderr


def test_errors_of_the_database_name_no_value(tmp_path: Path) -> None:
    with work.open_desk(environ(tmp_path)) as desk, desk.ledger._engine.connect() as connection:
        with pytest.raises(DatabaseError) as caught:
            connection.execute(sa.text("INSERT INTO nowhere VALUES (:value)"), {"value": "章密名"})
        assert leaks(str(caught.value).encode()) == set()


def test_a_place_outside_the_home_that_others_can_enter_is_refused(tmp_path: Path) -> None:
    for name in ("store", "bundles", "rejected"):
        place = tmp_path / name
        place.mkdir(mode=0o755)
        settings = load_settings({f"BEIANBOX_{name.upper()}": str(place)}, tmp_path / "home")
        with pytest.raises(EnvironmentProblem) as caught:
            prepare_places(settings)
        assert name in caught.value.zh and f"chmod 700 {place}" in caught.value.en
        place.chmod(0o700)
        prepare_places(settings)


def test_a_ledger_restored_with_open_rights_is_closed(tmp_path: Path) -> None:
    with work.open_desk(environ(tmp_path)):
        pass
    (tmp_path / "home/state.db").chmod(0o644)
    with work.open_desk(environ(tmp_path)):
        assert stat.S_IMODE((tmp_path / "home/state.db").stat().st_mode) == 0o600


def test_a_filing_untouched_for_the_retention_days_is_purged_at_night_and_a_younger_one_stays(tmp_path: Path) -> None:
    for name in ("老公司", "新公司"):
        folder = tmp_path / f"home/inbox/{name}"
        folder.mkdir(parents=True)
        (folder / "filing.yaml").write_text(TYPED, "utf-8")
    with work.open_desk(environ(tmp_path, BEIANBOX_RETENTION_DAYS="90", BEIANBOX_KEEP_BUNDLES="1")) as desk:
        old, new = sorted(one.filing for one in work.run_once(desk))[::-1]
        later = datetime.now(UTC) + timedelta(days=89)
        assert housekeep(desk, later).filings == 0
        desk.ledger.save_event(new, "submit", {}, "li", later)
        desk.ledger.try_again(desk.ledger.arrivals_of(new)[0].id, later)
        (outcome,) = work.prepare_waiting(desk)
        kept = housekeep(desk, later + timedelta(days=2))
        assert (kept.filings, kept.bundles) == (1, 1)
        assert [row.filing for row in desk.ledger.filings()] == [new]
        assert [one.name for one in (desk.settings.bundles / new).iterdir()] == [outcome.folder.name] == ["v2"]
        assert not (desk.settings.bundles / old).exists()


def test_a_file_that_cannot_be_read_lies_in_rejected_until_it_can(tmp_path: Path) -> None:
    folder = tmp_path / "home/inbox/公司"
    folder.mkdir(parents=True)
    (folder / "坏.jpg").write_bytes(b"\xff\xd8\xff\xe0 cut")
    with work.open_desk(environ(tmp_path)) as desk:
        (outcome,) = work.run_once(desk)
        (told,) = desk.settings.rejected.glob("*/*坏.jpg.txt")
        text = told.read_text("utf-8")
        assert "公司/坏.jpg" in text and any(word in text for word in ("不完整", "损坏", "截断"))
        assert told.with_suffix("").read_bytes() == b"\xff\xd8\xff\xe0 cut"
        purge_filing(desk, outcome.filing)
        assert list(desk.settings.rejected.glob("*/*")) == []
