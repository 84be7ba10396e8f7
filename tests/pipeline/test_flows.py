"""The Prefect flow on a server of our own: the same bundles as without it, and no value in Prefect's files.

One server serves the whole module; it is started and stopped by the code that `make demo` uses.
"""

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
from datetime import date
from pathlib import Path

import pytest

from pipeline import server, work
from pipeline.home_folders import prepare_places
from pipeline.settings import load_settings

ROOT = Path(__file__).parent.parent.parent
DAY = "2026-11-20"
CASE = "gd_enterprise_website"
COMPANY = "广州密名样本有限公司"
"""A folder named after its company: the name must not reach Prefect either."""

pytestmark = [pytest.mark.slow, pytest.mark.prefect, pytest.mark.timeout(300)]


def make_home(home: Path, *cases: str) -> Path:
    home.mkdir(mode=0o700)
    settings = load_settings({}, home)
    prepare_places(settings)
    for case in cases:
        shutil.copytree(ROOT / "samples" / case / "in", settings.inbox / case)
    broken = settings.inbox / COMPANY
    broken.mkdir()
    (broken / "card.jpg").write_bytes(b"\xff\xd8\xff\xe0 cut off")
    if cases:
        shutil.copy(ROOT / "samples" / cases[0] / "in/域名证书.pdf", settings.inbox / f"{COMPANY}.pdf")
    return home


@pytest.fixture(scope="module")
def flow_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = make_home(tmp_path_factory.mktemp("flow") / "home", CASE)
    with server.running_server(home) as api_url:
        code = server.run_child(home, api_url, "pipeline.flows", "drain", DAY)
    assert code == 0
    yield home


@pytest.fixture(scope="module")
def plain_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = make_home(tmp_path_factory.mktemp("plain") / "home", CASE)
    with work.open_desk({"BEIANBOX_HOME": str(home), "BEIANBOX_SETTLE_SECONDS": "0.2"}) as desk:
        work.run_once(desk, today=date.fromisoformat(DAY))
    return home


def bundles(home: Path) -> dict[str, str]:
    return {
        path.relative_to(home / "bundles").as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((home / "bundles").rglob("*"))
        if path.is_file()
    }


def test_flow_and_plain_functions_give_the_same_bytes(flow_home: Path, plain_home: Path) -> None:
    found = bundles(flow_home)
    assert sum(name.endswith("bundle.pdf") for name in found) == 2
    assert found == bundles(plain_home)


def test_the_flow_offers_loose_files_too(flow_home: Path) -> None:
    with work.open_desk({"BEIANBOX_HOME": str(flow_home)}) as desk:
        (offer,) = desk.ledger.offers().values()
        assert offer.filing.startswith(CASE) and "域名相同" in offer.why.zh


def test_originals_are_moved_aside_and_kept(flow_home: Path) -> None:
    kept = {path.name.partition("-")[2] for path in (flow_home / "inbox/.taken").rglob("*") if path.is_file()}
    assert {path.name for path in (ROOT / "samples" / CASE / "in").iterdir()} <= kept


def test_a_second_round_finds_nothing_new(plain_home: Path) -> None:
    before = bundles(plain_home)
    with work.open_desk({"BEIANBOX_HOME": str(plain_home), "BEIANBOX_SETTLE_SECONDS": "0.2"}) as desk:
        assert work.run_once(desk, today=date.fromisoformat(DAY)) == ()
    assert bundles(plain_home) == before


def test_a_late_file_makes_a_new_version_beside_the_old_one(plain_home: Path) -> None:
    late = plain_home / "inbox" / CASE
    late.mkdir(exist_ok=True)
    shutil.copy(ROOT / "samples/js_enterprise_app/in/wutong-notes-1.2.0.apk", late / "app.apk")
    with work.open_desk({"BEIANBOX_HOME": str(plain_home), "BEIANBOX_SETTLE_SECONDS": "0.2"}) as desk:
        (outcome,) = work.run_once(desk, today=date.fromisoformat(DAY))
    assert outcome.folder.name == "v2"
    assert (outcome.folder.parent / "v1/bundle.pdf").exists()
    assert (outcome.folder / "app-features.xlsx").exists()


def test_the_nightly_run_judges_again_and_counts_what_falls_due(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    papers = home / "inbox" / COMPANY
    (papers / "filing.yaml").write_text(
        "filing: {province: 广东, provider: huawei, operation: 首次备案}\n"
        "entity_person: {name: 张三, certificate: {type: resident_id, valid_to: 2026-12-10}}\n",
        "utf-8",
    )
    with server.running_server(home) as api_url:
        assert server.run_child(home, api_url, "pipeline.flows", "recheck", DAY) == 0
    kept = b"".join(path.read_bytes() for path in (home / "prefect").rglob("*") if path.is_file())
    assert b"due_certificate" in kept and b"beianbox-due" in kept
    assert (
        "张三".encode() not in kept and b"2026-12-10" not in kept and json.dumps("张三").strip('"').encode() not in kept
    )


def test_prefect_keeps_no_value_of_a_filing(flow_home: Path) -> None:
    values = json.loads((ROOT / "samples" / CASE / "expected/values.json").read_text("utf-8"))
    secrets = {value for path, value in values.items() if path.endswith((".name", ".number", ".address", ".mobile"))}
    secrets.add(COMPANY)
    assert len(secrets) > 5
    for path in (flow_home / "prefect").rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            for secret in secrets:
                assert secret.encode() not in content, f"{path.name} holds a value"
                assert json.dumps(secret).strip('"').encode() not in content, f"{path.name} holds a value"


STEP = """
import asyncio
import pipeline.flows as flows
flows.work.open_desk = lambda _environ: int("章密名")
try:
    asyncio.run(flows._step("read", "k", len))
except flows.StepError as error:
    print(error)
"""


def test_a_step_that_breaks_is_logged_without_its_message_past_prefects_own_handlers(tmp_path: Path) -> None:
    environ = server.environment(tmp_path, "http://127.0.0.1:9/api")
    done = subprocess.run([sys.executable, "-c", STEP], cwd=tmp_path, env=environ, capture_output=True, text=True)
    assert done.stdout == "read k ValueError\n"
    assert "builtins.ValueError" in done.stderr and "章密名" not in done.stderr, done.stderr


def test_serve_takes_the_inbox_on_schedule_and_stops_cleanly_when_asked(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    with (tmp_path / "serve.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "pipeline.cli", "serve"],
            cwd=ROOT,
            env={**os.environ, "BEIANBOX_HOME": str(home), "BEIANBOX_SETTLE_SECONDS": "0.5"},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        assert wait_for(lambda: list(home.glob("bundles/*/v1/bundle.pdf")), 200), (tmp_path / "serve.log").read_text()
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        assert wait_for(lambda: not still_running(home), 20), still_running(home)
    finally:
        process.kill()


def wait_for(happened: Callable[[], object], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if happened():
            return True
        time.sleep(0.5)
    return False


def still_running(home: Path) -> list[str]:
    """Processes whose environment names this home."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if f"BEIANBOX_HOME={home}\0".encode() in (entry / "environ").read_bytes():
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found
