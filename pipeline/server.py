"""A Prefect server of our own on the loopback address, and the child processes that run flows on it.

Nothing here imports Prefect: its settings must be in the environment before that, and a command that needs no
server must not pay for it. Prefect reads `.env` and `pyproject.toml` from the current folder, so every child is
started in our own state folder and never in one that a customer's files lie in.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

from pipeline.errors import EnvironmentProblem

START_SECONDS = 120
STOP_SECONDS = 15
HOST = "127.0.0.1"


def environment(home: Path, api_url: str, base: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of every process that touches Prefect: quiet, local, no telemetry, own home folder."""
    settings = {
        "DO_NOT_TRACK": "1",
        "PREFECT_API_URL": api_url,
        "PREFECT_HOME": str(home / "prefect"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",
        "PREFECT_SERVER_API_HOST": HOST,
        "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
        "PREFECT_LOGGING_TO_API_ENABLED": "false",
        "PREFECT_LOGGING_LEVEL": "WARNING",
        "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
        "PREFECT_CLI_COLORS": "false",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": "P30D",
        "PREFECT_SERVER_EVENTS_RETENTION_PERIOD": "P1D",
        "PYTHONSAFEPATH": "1",
        "PYTHONPATH": str(Path(__file__).resolve().parent.parent),
        "BEIANBOX_HOME": str(home),
    }
    inherited = os.environ if base is None else base
    kept = {name: value for name, value in inherited.items() if not name.startswith("PREFECT_")}
    return {**kept, **settings}


@contextlib.contextmanager
def running_server(home: Path) -> Iterator[str]:
    """Starts a server, yields its API address when it answers, and stops it; its log lies in the home folder."""
    state = home / "prefect"
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    port = free_port()
    api_url = f"http://{HOST}:{port}/api"
    log = state / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "prefect", "server", "start", "--host", HOST, "--port", str(port), "--no-ui"],
            cwd=state,
            env=environment(home, api_url),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _wait_until_healthy(process, api_url, log)
            yield api_url
        finally:
            _stop(process)


def run_child(home: Path, api_url: str, module: str, *arguments: str) -> int:
    """Runs `python -m module` in the state folder against the server; its output goes to ours. Gives the exit code."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=home / "prefect",
        env=environment(home, api_url),
        stdin=subprocess.DEVNULL,
    )
    try:
        return process.wait()
    finally:
        # a filing in work is finished or tried again by the next run: every step can be repeated
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    """A TCP port on the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _wait_until_healthy(process: subprocess.Popen[bytes], api_url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise _not_started(log, f"exit code {process.returncode}")
        if _healthy(api_url):
            return
        time.sleep(0.25)
    raise _not_started(log, f"no answer within {START_SECONDS} s")


def _healthy(api_url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{api_url}/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _not_started(log: Path, why: str) -> EnvironmentProblem:
    return EnvironmentProblem(
        f"本机 Prefect 服务没有启动（{why}）。详情见 {log}。不需要服务时可直接用 beianbox run 或 beianbox watch。",
        f"The local Prefect server did not start ({why}); see {log}. beianbox run and beianbox watch need no server.",
    )


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ends the server and everything it started: politely, then for good."""
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, sign)
        try:
            process.wait(STOP_SECONDS)
            return
        except subprocess.TimeoutExpired:
            continue


class _Stopped(Exception):
    """Somebody asked `beianbox serve` to end."""


def serve(home: Path, *, nightly: bool) -> int:
    """Runs a server and the schedules until Ctrl-C or SIGTERM; with `PREFECT_API_URL` set, uses that server."""
    (home / "prefect").mkdir(parents=True, exist_ok=True, mode=0o700)
    arguments = ["serve"] if nightly else ["serve", "--no-nightly"]
    before = signal.signal(signal.SIGTERM, _stop_asked)
    try:
        return _serve(home, arguments)
    except (_Stopped, KeyboardInterrupt):
        return 0
    finally:
        signal.signal(signal.SIGTERM, before)


def _serve(home: Path, arguments: list[str]) -> int:
    given = os.environ.get("PREFECT_API_URL")
    if given:
        return run_child(home, given, "pipeline.flows", *arguments)
    with running_server(home) as api_url:
        print(f"Prefect: {api_url}", flush=True)
        return run_child(home, api_url, "pipeline.flows", *arguments)


def _stop_asked(_number: int, _frame: object) -> None:
    raise _Stopped
