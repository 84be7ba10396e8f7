"""Several processes at the same filings: each prepared once, a killed one's work done by another, a clean stop."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from pipeline import drain, work
from pipeline.children import Child
from pipeline.cli import main
from pipeline.crew import Crew, ask
from pipeline.home_folders import prepare_places
from pipeline.ledger import open_ledger
from pipeline.progress import Progress
from pipeline.settings import load_settings

ROOT = Path(__file__).parent.parent.parent
APK = ROOT / "samples/js_enterprise_app/in/wutong-notes-1.2.0.apk"
DOMAIN = ROOT / "samples/gd_enterprise_website/in/域名证书.pdf"
TYPED = "filing: {province: 广东}\nentity: {nature: enterprise, name: 广州第%d样本有限公司}\nentity_person: {mobile: '13800000011'}\n"
QUICK = {"BEIANBOX_SETTLE_SECONDS": "0.1", "BEIANBOX_MIN_FREE_BYTES": "0", "BEIANBOX_SCAN_SECONDS": "0.2"}


def fill(folder: Path, count: int) -> None:
    """Filings of a typed file each, every third one with an app, every fourth with a domain certificate."""
    for number in range(count):
        case = folder / f"公司{number:02d}"
        case.mkdir(parents=True)
        (case / "filing.yaml").write_text(TYPED % number, "utf-8")
        if number % 3 == 0:
            shutil.copy(APK, case)
        if number % 4 == 1:
            shutil.copy(DOMAIN, case)


def make_home(home: Path, count: int) -> Path:
    settings = load_settings(QUICK, home)
    prepare_places(settings)
    fill(settings.inbox, count)
    return home


def hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def start(home: Path, *arguments: str, **environ: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "pipeline.cli", *arguments]
    whole = {**os.environ, **QUICK, "BEIANBOX_HOME": str(home), "BEIANBOX_WORKERS": "2", **environ}
    return subprocess.Popen(command, cwd=ROOT, env=whole, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def members_of(process: subprocess.Popen[bytes]) -> list[int]:
    try:
        found = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        threads = Path(f"/proc/{process.pid}/task").iterdir()
        for thread in threads:
            found += (thread / "children").read_text().split()
    except FileNotFoundError:
        return []
    return sorted({int(one) for one in found})


def wait_for(check: Callable[[], object], seconds: float = 60) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if check():
            return True
        time.sleep(0.05)
    return False


def prepared(home: Path) -> dict[str, int]:
    """Each filing and its version."""
    ledger = open_ledger(load_settings(QUICK, home).ledger)
    found = {one.filing: one.version for one in ledger.filings(limit=1000)}
    assert ledger.claimed() == {}, "no lease is left"
    ledger.close()
    return found


def bundles_are_whole(home: Path) -> None:
    for folder in (home / "bundles").glob("*/*"):
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        for name, kept in manifest["files"].items():
            assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == kept["sha256"]


def test_a_batch_on_two_processes_gives_the_bytes_of_one_in_the_same_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The cases share a phone number: each finding about it names the same earlier case."""
    fill(tmp_path / "cases", 5)
    (tmp_path / "cases/公司02/filing.yaml").write_text("entity: {nmae: x}", "utf-8")
    told = {}
    for count in ("2", "1"):
        monkeypatch.setenv("BEIANBOX_WORKERS", count)
        out = tmp_path / f"out{count}"
        assert main(["batch", str(tmp_path / "cases"), "--out", str(out), "--today", "2026-11-20", "--json"]) == 1
        told[count] = capsys.readouterr().out.replace(str(out), "OUT")
    assert told["2"] == told["1"]
    assert [json.loads(line)["filing"] for line in told["2"].splitlines()] == [f"公司{n:02d}" for n in range(5)]
    assert hashes(tmp_path / "out2") == hashes(tmp_path / "out1") != {}
    findings = json.loads((tmp_path / "out2/公司04/findings.json").read_text("utf-8"))["findings"]
    assert any("第 1 份" in one["message"]["zh"] for one in findings)


@pytest.mark.timeout(200)
def test_a_watch_on_two_processes_prepares_each_filing_once_though_one_process_is_killed(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", 6)
    process = start(home, "watch", "--once", "--today", "2026-11-20", "--json")
    assert wait_for(lambda: len(members_of(process)) == 2)
    assert wait_for(lambda: any((home / "bundles").glob("*/v1")))
    os.kill(members_of(process)[0], signal.SIGKILL)
    out, errors = process.communicate(timeout=150)
    assert process.returncode == 1, "blockers need a person"
    assert "Traceback" not in errors.decode()
    missing = set(prepared(home)) - {json.loads(line)["filing"] for line in out.splitlines()}
    assert len(missing) <= 1, "the killed one may have been about to tell"
    assert set(prepared(home).values()) == {1} and len(prepared(home)) == 6
    bundles_are_whole(home)


@pytest.mark.timeout(200)
@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_watch_that_is_asked_to_stop_finishes_what_it_is_at_and_leaves_nothing_running(
    tmp_path: Path, sign: signal.Signals
) -> None:
    home = make_home(tmp_path / "home", 7)
    process = start(home, "watch", "--json")
    assert wait_for(lambda: any((home / "bundles").glob("*/v1")))
    members = members_of(process)
    process.send_signal(sign)
    out, errors = process.communicate(timeout=100)
    assert process.returncode == 0 and b"Traceback" not in errors
    done = prepared(home)
    assert 0 < len(done) < 7, "it stopped between two filings"
    assert {json.loads(line)["filing"] for line in out.splitlines()} == set(done)
    assert not [one for one in members if Path(f"/proc/{one}").exists()]
    with work.open_desk({**QUICK, "BEIANBOX_HOME": str(home), "BEIANBOX_WORKERS": "1"}) as desk:
        assert len(work.prepare_waiting(desk, today=date(2026, 11, 20))) == 7 - len(done)
    bundles_are_whole(home)


@pytest.mark.timeout(200)
def test_a_watch_waits_for_an_inbox_that_goes_away_and_goes_on_when_it_is_back(tmp_path: Path) -> None:
    home, share = make_home(tmp_path / "home", 1), tmp_path / "share"
    process = start(home, "watch", "--json", BEIANBOX_WORKERS="1")
    assert wait_for(lambda: any((home / "bundles").glob("*/v1")))
    (home / "inbox").rename(share)
    time.sleep(1)
    fill(share / "新", 1)
    assert process.poll() is None
    share.rename(home / "inbox")
    assert wait_for(lambda: len(list((home / "bundles").glob("*/v1"))) == 2)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=100)
    assert process.returncode == 0
    assert errors.decode().count("网络盘是否已挂载") == 1, errors.decode()


def test_a_watch_whose_inbox_was_never_there_ends_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = make_home(tmp_path / "home", 0)
    monkeypatch.setenv("BEIANBOX_HOME", str(home))
    monkeypatch.setattr(work, "prepare_places", lambda _settings: (home / "inbox").rmdir())
    assert main(["watch"]) == 3
    assert "inbox" in capsys.readouterr().err


def test_what_a_process_of_this_machine_held_is_free_when_it_has_gone(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", 1)
    code = (
        "import os\nfrom pipeline import drain, work\n"
        "with work.open_desk(os.environ) as desk:\n"
        "    work.receive_all(desk)\n"
        "    assert desk.ledger.claim(drain.worker_name(), 1000)\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    environ = {**os.environ, **QUICK, "BEIANBOX_HOME": str(home)}
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environ).returncode == -9
    with work.open_desk(environ) as desk:
        assert desk.ledger.claimed()
        assert len(work.prepare_waiting(desk)) == 1


def test_a_process_on_another_machine_is_never_taken_for_dead(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path / "state.db")
    ledger.save_decision("f-1", "correction", "x", {}, "me", datetime.now(UTC))
    assert ledger.claim("elsewhere/4026531836/999999999/ab", 1000)
    assert drain.free_the_dead(ledger) == 0
    ledger.close()


def test_a_filing_that_breaks_is_skipped_here_and_tried_again_later(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path / "state.db")
    for filing in ("f-1", "f-2"):
        ledger.save_decision(filing, "correction", "x", {}, "me", datetime.now(UTC))
    asked: list[str] = []

    def prepare(filing: str) -> str:
        asked.append(filing)
        if filing == "f-1":
            raise ZeroDivisionError
        ledger.save_filing(filing, {}, expected_version=0, seen=ledger.last_change(filing), now=datetime.now(UTC))
        return filing

    assert list(drain.drain_each(ledger, prepare)) == ["f-2"]
    assert asked == ["f-1", "f-2"]
    assert ledger.claimed() == {} and ledger.filings_to_prepare() == ("f-1",)
    ledger.close()


def test_a_crew_tells_when_a_member_died_and_goes_on_with_another() -> None:
    def talk(member: Child) -> Iterator[dict[str, object]]:
        os.kill(member.pid, signal.SIGKILL)
        yield ask(member, {"job": "drain"})

    def other(member: Child) -> Iterator[dict[str, object]]:
        yield {"pid": member.pid}

    with Crew(1) as crew:
        assert next(message for _, message in crew.run([talk, other])) == {"died": "SIGKILL"}


def test_an_error_in_a_talk_reaches_the_caller() -> None:
    def talk(_member: Child) -> Iterator[dict[str, object]]:
        raise ZeroDivisionError
        yield {}

    with Crew(1) as crew, pytest.raises(ZeroDivisionError):
        list(crew.run([talk]))


def test_progress_is_shown_on_a_terminal_only(capsys: pytest.CaptureFixture[str]) -> None:
    class Terminal:
        text = ""

        def isatty(self) -> bool:
            return True

        def write(self, text: str) -> None:
            self.text += text

        def flush(self) -> None: ...

    terminal = Terminal()
    with Progress(2, terminal) as progress:  # type: ignore[arg-type]
        progress.step()
    assert "1/2" in terminal.text and terminal.text.endswith("\r\x1b[K")
    with Progress(2) as progress:
        progress.step()
    assert capsys.readouterr().err == ""
