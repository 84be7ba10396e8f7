"""A home in a temporary folder with an inbox and a clock that only moves when told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipeline.folders import LookKind, scan
from pipeline.inbox import Seen, TakeReport, take_all, take_step
from pipeline.ledger import Ledger
from pipeline.rows import Arrival
from pipeline.settings import Settings
from pipeline.store import Store

START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
SETTLE = 5.0


@dataclass
class Desk:
    """A home in a temporary folder, with a clock that only moves when told."""

    settings: Settings
    ledger: Ledger
    store: Store
    seconds: float = 0.0
    memory: dict[str, Seen] = field(default_factory=dict)

    @property
    def inbox(self) -> Path:
        return self.settings.inbox

    @property
    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def put(self, path: str, data: bytes = b"abc") -> Path:
        target = self.inbox / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        return target

    def take(self, during: Callable[[], object] = lambda: None) -> TakeReport:
        """Once: look, let `during` happen while waiting, take what did not change."""

        def wait(seconds: float) -> None:
            during()
            self.seconds += seconds

        return take_all(
            self.settings, self.ledger, self.store, clock=lambda: self.seconds, wait=wait, now=lambda: self.now
        )

    def step(self, after: float = SETTLE) -> TakeReport:
        """One look of a watch that has been running."""
        self.seconds += after
        report = take_step(
            self.settings, self.ledger, self.store, self.memory, clock=lambda: self.seconds, now=self.now
        )
        self.memory = dict(report.memory)
        return report

    def contents(self, filing: str) -> list[tuple[str, bytes, bool]]:
        """Path, stored bytes and whether it is the current version, for each arrival of a filing."""
        rows = self.ledger.arrivals_of(filing)
        return [(row.path, self.store.read(row.sha256), row.superseded_by is None) for row in rows]

    def files_left(self) -> list[str]:
        return [look.path for look in scan(self.inbox) if look.kind is LookKind.FILE]

    def originals(self) -> list[bytes]:
        return sorted(path.read_bytes() for path in (self.inbox / ".taken").rglob("*") if path.is_file())


def only(report: TakeReport) -> Arrival:
    (arrival,) = report.taken
    return arrival
