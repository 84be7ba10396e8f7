"""Takes filings from the ledger under leases until none is ready: the loop of watch, batch runs, schedules, machines.

Any number of drains may run at once, in one process or on many machines: each filing is held by one of them. A drain
that is killed leaves a lease that runs out, at once where another on the same machine sees that its process has gone.
"""

from __future__ import annotations

import contextlib
import logging
import os
import platform
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pipeline.disk_space import StoreProblem
from pipeline.errors import FilingError

if TYPE_CHECKING:
    from pipeline.ledger import Ledger

LEASE_SECONDS = 60.0
MOST_SECONDS = 3600.0
_RENEW_SECONDS = 15.0
_LOOK_SECONDS = 0.5

Result = TypeVar("Result")

log = logging.getLogger("beianbox.drain")


def drain_each(
    ledger: Ledger,
    prepare: Callable[[str], Result],
    *,
    stop: Callable[[], bool] = lambda: False,
    is_patient: bool = False,
) -> Iterator[Result]:
    """Prepares filing after filing until none is ready; one that breaks is logged and never stops the rest.

    A store that takes or gives nothing ends it, with all filings as they were.

    `stop` is asked between two filings. A patient drain also waits for what others hold, in case they die.
    """
    name, failed = worker_name(), set[str]()
    free_the_dead(ledger)
    with renewing(ledger, name) as began:
        while not stop():
            claim = ledger.claim(name, LEASE_SECONDS, skip=failed)
            if claim is not None:
                began()
                try:
                    result = _attempt(ledger, prepare, claim.filing, name)
                except StoreProblem:  # no other filing would fare better, and it is nobody's failure
                    return
                if result is not None:
                    yield result
                else:
                    failed.add(claim.filing)
            elif is_patient and _others_hold(ledger, failed):
                time.sleep(_LOOK_SECONDS)
                free_the_dead(ledger)
            else:
                return


def _attempt(ledger: Ledger, prepare: Callable[[str], Result], filing: str, worker: str) -> Result | None:
    try:
        result = prepare(filing)
    except StoreProblem as problem:
        log.warning("filing %s: not prepared (%s); it waits", filing.rpartition("-")[2], problem.code)
        ledger.release(worker)
        raise
    except Exception as bug:
        cause = bug.code if isinstance(bug, FilingError) else type(bug).__name__
        log.exception("filing %s: not prepared (%s); it is tried again later", filing.rpartition("-")[2], cause)
        ledger.release(worker, failed=True)
        return None
    except BaseException:
        ledger.release(worker)
        raise
    ledger.release(worker)
    return result


def _others_hold(ledger: Ledger, failed: set[str]) -> bool:
    return any(filing not in failed for filing in ledger.claimed())


@contextlib.contextmanager
def renewing(ledger: Ledger, worker: str) -> Iterator[Callable[[], None]]:
    """Keeps a worker's leases alive; what it gives is called when a filing is begun.

    After `MOST_SECONDS` on one filing no lease is renewed any more: then this process hangs, and another may try.
    """
    over, start = threading.Event(), [time.monotonic()]

    def began() -> None:
        start[0] = time.monotonic()

    def renew() -> None:
        while not over.wait(_RENEW_SECONDS):
            try:
                if time.monotonic() - start[0] < MOST_SECONDS:
                    ledger.renew(worker, LEASE_SECONDS)
            except FilingError as problem:  # the next try may reach the database; a lost lease costs only double work
                log.warning("leases were not renewed (%s)", problem.code)

    thread = threading.Thread(target=renew, name="renew", daemon=True)
    thread.start()
    try:
        yield began
    finally:
        over.set()
        thread.join()


def worker_name() -> str:
    """A name that says which process on which machine this is; a new one with each call."""
    return f"{_machine()}/{os.getpid()}/{secrets.token_hex(4)}"


def free_the_dead(ledger: Ledger) -> int:
    """Gives back what processes of this machine held that are no more; returns how many workers those were."""
    gone = {worker for worker in ledger.claimed().values() if _has_gone(worker)}
    for worker in gone:
        ledger.release(worker, failed=True)
    return len(gone)


def _machine() -> str:
    """This machine, and the set of process numbers that this process sees: containers have their own."""
    node = re.sub(r"[^A-Za-z0-9.-]", "-", platform.node())[:60]
    try:
        numbers = re.sub(r"\D", "", str(Path("/proc/self/ns/pid").readlink()))
    except OSError:
        numbers = ""
    return f"{node}/{numbers}"


def _has_gone(worker: str) -> bool:
    machine, _, rest = worker.rpartition("/")[0].rpartition("/")
    return machine == _machine() and rest.isdecimal() and not Path(f"/proc/{rest}").exists()
