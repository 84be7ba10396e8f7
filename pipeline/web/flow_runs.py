"""Draws filings again as Prefect flow runs, where a Prefect server is configured (`PREFECT_API_URL`).

A child process keeps Prefect loaded: starting it costs seconds, a flow run in it a fifth of one. The child speaks one
line of JSON each way. What goes wrong with it never stops a reviewer: the caller then draws without Prefect.
"""

from __future__ import annotations

import contextlib
import json
import logging
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from pipeline import server

log = logging.getLogger("beianbox.review")
START_SECONDS = 60.0
RUN_SECONDS = 300.0


class NoFlowRun(Exception):
    """The flow run was not made; the reason is in the log."""


class FlowRuns:
    """One child that runs flows, started by the first request or by `warm_up`; one flow run at a time."""

    def __init__(self, home: Path, api_url: str, ui_url: str = "") -> None:
        self._home = home
        self._api_url = api_url
        self._ui_url = (ui_url or api_url.rstrip("/").removesuffix("/api")).rstrip("/")
        self._child: subprocess.Popen[str] | None = None
        self._answers: queue.Queue[str] = queue.Queue()
        self._turn = threading.Lock()

    def warm_up(self) -> None:
        """Starts the child, so that the first correction does not wait for it; trouble is told by that correction."""
        with self._turn, contextlib.suppress(OSError, ValueError, queue.Empty):
            self._start()

    def draw(self, filing: str, today: date) -> str:
        """Prepares a filing in a flow run and gives the address of the run.

        Raises:
            NoFlowRun: server or child do not answer, or a step broke.
        """
        with self._turn:
            try:
                answer = self._ask({"filing": filing, "today": today.isoformat()})
            except (OSError, ValueError, queue.Empty) as problem:
                self.stop()
                raise NoFlowRun(type(problem).__name__) from problem
        if not answer.get("done"):
            raise NoFlowRun(str(answer.get("problem", "")))
        return f"{self._ui_url}/runs/flow-run/{answer['run']}"

    def _ask(self, question: Mapping[str, str]) -> dict[str, Any]:
        child = self._start()
        assert child.stdin is not None
        child.stdin.write(json.dumps(question) + "\n")
        child.stdin.flush()
        found: dict[str, Any] = json.loads(self._answers.get(timeout=RUN_SECONDS))
        return found

    def _start(self) -> subprocess.Popen[str]:
        """The child, waiting until it is ready."""
        if self._child is not None and self._child.poll() is None:
            return self._child
        state = self._home / "prefect"
        state.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._answers = queue.Queue()
        self._child = subprocess.Popen(
            [sys.executable, "-m", "pipeline.flows", "redraw"],
            cwd=state,  # Prefect reads settings from the current folder, which may be a customer's
            env=server.environment(self._home, self._api_url),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        threading.Thread(target=_listen, args=(self._child, self._answers), daemon=True).start()
        if not json.loads(self._answers.get(timeout=START_SECONDS)).get("ready"):
            raise ValueError("the child is not ready")
        return self._child

    def stop(self) -> None:
        """Ends the child after what it does now."""
        child, self._child = self._child, None
        if child is None:
            return
        if child.stdin is not None:
            child.stdin.close()
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _listen(child: subprocess.Popen[str], answers: queue.Queue[str]) -> None:
    """Passes on what the child says; an empty answer at its end wakes whoever waits."""
    assert child.stdout is not None
    with child.stdout:
        for line in child.stdout:
            answers.put(line)
    answers.put("")


def flow_runs_of(home: Path, environ: Mapping[str, str]) -> FlowRuns | None:
    """Flow runs on the server that the environment names; None where it names none."""
    api_url = environ.get("PREFECT_API_URL", "")
    return FlowRuns(home, api_url, environ.get("PREFECT_UI_URL", "")) if api_url else None
