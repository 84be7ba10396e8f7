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
from pipeline.errors import FilingError
from pipeline.ledger_base import StaleFiling
from pipeline.model import Text
from pipeline.rulebook import Rulebook
from pipeline.work import Desk

log = logging.getLogger("beianbox.review")
TRIES = 3


@dataclass
class Redraw:
    """The queue of filings to draw again; `failures` says why the last try of a filing went wrong."""

    desk: Desk
    rules: Callable[[], Rulebook]
    today: Callable[[], date]
    failures: dict[str, Text] = field(default_factory=dict)
    runs: dict[str, str] = field(default_factory=dict)
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

    def _draw(self, filing: str) -> None:
        for _ in range(TRIES):
            try:
                work.prepare_filing(self.desk, filing, today=self.today(), rules=self.rules())
                self.failures.pop(filing, None)
                return
            except StaleFiling as problem:
                self.failures[filing] = Text(problem.zh, problem.en)
            except FilingError as problem:
                self.failures[filing] = Text(problem.zh, problem.en)
                return
            except Exception as bug:
                log.exception("filing %s could not be drawn (%s)", work.key_of(filing), type(bug).__name__)
                word = type(bug).__name__
                self.failures[filing] = Text(
                    f"重新生成失败（{word}），决定已保存，原材料包未改动。请把日志交给开发者。",
                    f"The redraw failed ({word}); decisions are kept and the old bundle is unchanged. Please report the log.",
                )
                return
