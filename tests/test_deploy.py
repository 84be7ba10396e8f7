"""The files in `deploy/` and the page that explains them: units that systemd takes, commands and settings that exist."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.cli_parser import build_parser
from pipeline.setting_values import PREFIX
from pipeline.settings import SETTINGS

ROOT = Path(__file__).parent.parent
UNITS = sorted((ROOT / "deploy").glob("*.service"))
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text("utf-8"))
PAGE = (ROOT / "docs/deploy.md").read_text("utf-8")
SETTING_NAMES = {info.name for info in SETTINGS}
PROGRAM = "/opt/beianbox/bin/beianbox"


def lines(unit: Path, key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", unit.read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_takes_the_unit_without_a_word(unit: Path, tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed")
    here = tmp_path / unit.name
    here.write_text(unit.read_text("utf-8").replace(PROGRAM, sys.executable), "utf-8")
    done = subprocess.run([program, "verify", "--man=no", str(here)], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_keeps_its_data_private_and_runs_a_command_that_exists(unit: Path) -> None:
    (start,) = lines(unit, "ExecStart")
    program, *arguments = start.split()
    assert program == PROGRAM and build_parser().parse_args(arguments).run
    assert lines(unit, "UMask") == ["0077"] and lines(unit, "StateDirectoryMode") == ["0700"]
    assert lines(unit, "ProtectSystem") == ["strict"] and lines(unit, "ReadWritePaths") == ["-/shared"]
    assert int(lines(unit, "TimeoutStopSec")[0]) >= 120, "the filing in work is finished first"


def test_the_watching_unit_works_with_nothing_but_its_own_environment_and_ends_when_systemd_says_so(
    tmp_path: Path,
) -> None:
    """Without HOME, language or search path, as systemd starts a service."""
    unit = ROOT / "deploy/beianbox-watch.service"
    home = tmp_path / "state"
    environ = dict(line.split("=", 1) for line in lines(unit, "Environment"))
    environ |= {"BEIANBOX_HOME": str(home), "BEIANBOX_SETTLE_SECONDS": "0.1", "BEIANBOX_SCAN_SECONDS": "0.2"}
    case = home / "inbox/样本公司"
    case.mkdir(parents=True)
    home.chmod(0o700)
    (case / "filing.yaml").write_text("entity: {nature: enterprise, name: 样本公司}\n", "utf-8")
    command = [sys.executable, "-m", "pipeline.cli", *lines(unit, "ExecStart")[0].split()[1:]]
    process = subprocess.Popen(command, cwd=ROOT, env=environ, umask=0o077, stderr=subprocess.PIPE, text=True)
    end = time.monotonic() + 60
    while not list(home.glob("bundles/*/v1/bundle.pdf")) and time.monotonic() < end:
        time.sleep(0.1)
    process.terminate()
    _, errors = process.communicate(timeout=60)
    assert list(home.glob("bundles/*/v1/bundle.pdf")), errors
    assert process.returncode == 0 and "Traceback" not in errors


def test_compose_runs_commands_that_exist_with_settings_that_exist() -> None:
    services = COMPOSE["services"]
    for name in ("receiver", "worker"):
        assert build_parser().parse_args(services[name]["command"]).run
        named = {key.removeprefix(PREFIX).lower() for key in services[name]["environment"] if key.startswith(PREFIX)}
        assert named <= SETTING_NAMES, "each variable is a setting"
        assert {"ledger", "store", "bundles", "inbox", "home"} <= named
    own = services["worker"]["environment"]
    assert {**services["receiver"]["environment"], "BEIANBOX_INBOX": ""} == {**own, "BEIANBOX_INBOX": ""}


def test_compose_builds_from_a_file_that_is_there_and_keeps_no_password_in_the_open() -> None:
    build = COMPOSE["services"]["worker"]["build"]
    assert (ROOT / "deploy" / build["context"] / build["dockerfile"]).is_file()
    assert not re.search(r"password\s*[:=]\s*\S", (ROOT / "deploy/compose.yaml").read_text("utf-8"), re.IGNORECASE)
    assert {"POSTGRES_PASSWORD_FILE"} == {
        key for key in COMPOSE["services"]["database"]["environment"] if "PASSWORD" in key
    }


def test_the_image_is_built_without_the_checkouts_own_environment_and_data() -> None:
    ignored = (ROOT / ".dockerignore").read_text("utf-8").split()
    assert {".git", ".venv", "demo", "deploy/secrets"} <= set(ignored)


def test_every_file_and_command_of_the_page_exists() -> None:
    for name in re.findall(r"deploy/[\w.-]+\.\w+", PAGE):
        assert (ROOT / name).is_file(), name
    commands = re.findall(r"beianbox (watch|serve|doctor|purge|audit)\b", PAGE)
    assert {"watch", "serve", "doctor", "purge", "audit"} == set(commands)
    for name in re.findall(r"^\| `(\w+) = ", PAGE, re.MULTILINE):
        assert name in SETTING_NAMES, name
