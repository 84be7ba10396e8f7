"""Draws filings again after decisions, one at a time, in a thread of its own; takes uploads in in another.

Several quick confirmations are one redraw: a request may ask for a pause. What has to be redrawn is known by the
ledger (a decision newer than what the filing was prepared from), so nothing is lost when the page is closed.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from pipeline import work
from pipeline.drain import LEASE_SECONDS, renewing, worker_name
from pipeline.errors import FilingError
from pipeline.ledger_base import StaleFiling
from pipeline.model import Text
from pipeline.rulebook import Rulebook
from pipeline.web.flow_runs import FlowRuns, NoFlowRun
from pipeline.work import Desk

log = logging.getLogger("beianbox.review")
TRIES = 3
HELD_SECONDS = 120.0


@dataclass
class Redraw:
    """The queue of filings to draw again; `failures` says why the last try of a filing went wrong."""

    desk: Desk
    rules: Callable[[], Rulebook]
    today: Callable[[], date]
    failures: dict[str, Text] = field(default_factory=dict)
    runs: dict[str, str] = field(default_factory=dict)
    flow_runs: FlowRuns | None = None
    _due: dict[str, float] = field(default_factory=dict)
    _busy: str = ""
    _receiving: bool = False
    _receive_again: bool = False
    _stopping: bool = False
    _change: threading.Condition = field(default_factory=threading.Condition)
    _thread: threading.Thread | None = None

    def ask(self, filing: str, *, pause_seconds: float = 0.0) -> None:
        """Puts a filing on the list; a new request with a pause puts the drawing off."""
        with self._change:
            self._due[filing] = time.monotonic() + pause_seconds
            self._start()
            self._change.notify_all()

    def ask_to_receive(self) -> None:
        """Takes what was put into the inbox, then prepares every filing with something new."""
        with self._change:
            if self._receiving:
                self._receive_again = True
                return
            self._receiving = True
        threading.Thread(target=self._take, name="receive", daemon=True).start()

    def wait(self, filing: str, seconds: float, *, for_inbox: bool = False) -> bool:
        """Waits until a filing is drawn; False when it takes longer. A pause that runs is cut short."""
        with self._change:
            if filing in self._due:
                self._due[filing] = 0.0
                self._change.notify_all()
            return self._change.wait_for(lambda: not (self.is_busy(filing) or (for_inbox and self._receiving)), seconds)

    def is_busy(self, filing: str) -> bool:
        """Whether a filing is being drawn or on the list."""
        return filing in self._due or self._busy == filing

    def flow_run(self, filing: str) -> str:
        """The address of the Prefect flow run that drew a filing last; empty where no server is configured."""
        return self.runs.get(filing, "")

    def stop(self) -> None:
        """Ends the thread after the filing in work; what is left is drawn at the next start."""
        with self._change:
            self._stopping = True
            self._change.notify_all()
        if self._thread is not None:
            self._thread.join(30)
        if self.flow_runs is not None:
            self.flow_runs.stop()

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="redraw", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while (filing := self._next()) is not None:
            try:
                self._draw(filing)
            finally:
                with self._change:
                    self._busy = ""
                    self._change.notify_all()

    def _next(self) -> str | None:
        """The next filing that is due, None at the end."""
        with self._change:
            while not self._stopping:
                now = time.monotonic()
                ready = next((filing for filing, at in self._due.items() if at <= now), None)
                if ready is not None:
                    del self._due[ready]
                    self._busy = ready
                    return ready
                self._change.wait(min(self._due.values()) - now if self._due else None)
            return None

    def _take(self) -> None:
        """One round of the inbox, and another where more was uploaded meanwhile."""
        waiting: tuple[str, ...] = ()
        try:
            work.receive_all(self.desk)
            waiting = work.waiting_filings(self.desk)
        except FilingError as problem:
            log.warning("the inbox could not be taken (%s)", problem.code)
        finally:
            with self._change:
                again, self._receive_again, self._receiving = self._receive_again, False, False
                for filing in waiting:
                    self._due.setdefault(filing, 0.0)
                self._start()
                self._change.notify_all()
        if again:
            self.ask_to_receive()
        else:
            self._offer_loose()

    def _offer_loose(self) -> None:
        try:
            work.offer_loose(self.desk)
        except FilingError as problem:
            log.warning("loose files were not offered to a filing (%s)", problem.code)

    def _draw(self, filing: str) -> None:
        """Draws a filing unless another process is at it or has done it: then it is waited for."""
        worker = worker_name()
        with renewing(self.desk.ledger, worker):
            try:
                for _ in range(TRIES):
                    if self._is_held(filing, worker) or not self._is_due(filing) or self._is_drawn(filing):
                        return
            finally:
                self.desk.ledger.release(worker)

    def _is_drawn(self, filing: str) -> bool:
        """One try; False where another process saved the filing meanwhile, and it is to be tried again."""
        try:
            self._prepare(filing)
        except StaleFiling as problem:
            self.failures[filing] = Text(problem.zh, problem.en)
            return False
        except FilingError as problem:
            self.failures[filing] = Text(problem.zh, problem.en)
        except Exception as bug:
            log.exception("filing %s could not be drawn (%s)", work.key_of(filing), type(bug).__name__)
            self.failures[filing] = _broken(type(bug).__name__)
        else:
            self.failures.pop(filing, None)
        return True

    def _is_held(self, filing: str, worker: str) -> bool:
        """Takes the lease of a filing; where another process holds it, waits for that process to end its work."""
        deadline = time.monotonic() + HELD_SECONDS
        while time.monotonic() < deadline and not self._stopping:
            if self.desk.ledger.claim(worker, LEASE_SECONDS, only=filing) is not None:
                return False
            if self.desk.ledger.claimed().get(filing, worker) == worker:
                return (
                    False  # ours already, or nobody's: put off after a failure, but a person asked, so it is tried now
                )
            time.sleep(0.1)
        return True

    def _is_due(self, filing: str) -> bool:
        """Whether anything came or was decided since the filing was last prepared."""
        row = self.desk.ledger.get_filing(filing)
        is_due = row is None or self.desk.ledger.last_change(filing) > row.seen
        if not is_due:
            self.failures.pop(filing, None)
        return is_due

    def _prepare(self, filing: str) -> None:
        """In a Prefect flow run where there is a server, else here; the steps are the same."""
        self.runs.pop(filing, None)
        if self.flow_runs is not None:
            try:
                self.runs[filing] = self.flow_runs.draw(filing, self.today())
                return
            except NoFlowRun as problem:
                log.warning("no flow run for %s (%s): drawn without Prefect", work.key_of(filing), problem)
        work.prepare_filing(self.desk, filing, today=self.today(), rules=self.rules())


def _broken(word: str) -> Text:
    return Text(
        f"重新生成失败（{word}），决定已保存，原材料包未改动。请把日志交给开发者。",
        f"The redraw failed ({word}); decisions are kept and the old bundle is unchanged. Please report the log.",
    )
