"""Prefect flows and tasks around the steps; nothing else imports Prefect.

Parameters are keys of filings and dates, never values: Prefect keeps parameters, exception texts and logs in clear.
What goes wrong inside a task leaves it as a `StepError` with a code and the id; the full text goes to our own log.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Callable
from datetime import date
from typing import TypeVar

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from pipeline import work

log = logging.getLogger("beianbox.flows")

PLACE = "Asia/Shanghai"

Result = TypeVar("Result")


class StepError(Exception):
    """A step broke on a machine fault: the message holds the step, the filing's id and the kind of error, no value."""


async def _step(name: str, filing: str, work_step: Callable[[work.Desk], Result]) -> Result:
    """Runs a step at a desk of its own in a thread; an exception is logged by us and leaves as id and kind."""

    def at_desk() -> Result:
        with work.open_desk(os.environ) as desk:
            return work_step(desk)

    try:
        return await asyncio.to_thread(at_desk)
    except Exception as bug:
        log.exception("%s of %s broke", name, filing or "the inbox")
        kind = type(bug).__name__
    raise StepError(f"{name} {filing} {kind}") from None


@task(name="receive", persist_result=False, cache_policy=NO_CACHE, retries=2, retry_delay_seconds=2)
async def receive() -> list[str]:
    """Takes what has arrived into store and ledger; gives the keys of filings whose files are still on their way."""
    return await _step("receive", "", lambda desk: [work.key_of(one) for one in work.receive_all(desk).busy])


@task(name="read", persist_result=False, cache_policy=NO_CACHE, retries=1, retry_delay_seconds=2)
async def read(filing: str) -> int:
    """Reads every file of a filing that this reader has not read yet; gives how many files there are."""
    return await _step("read", filing, lambda desk: work.read_filing(desk, work.filing_with(desk, filing)))


@task(name="finish", persist_result=False, cache_policy=NO_CACHE)
async def finish(filing: str, today: str) -> dict[str, int]:
    """Assembles, checks, plans, generates and bundles one filing; gives the counts of its findings."""
    day = date.fromisoformat(today)
    outcome = await _step(
        "finish", filing, lambda desk: work.prepare_filing(desk, work.filing_with(desk, filing), today=day)
    )
    return {"blockers": outcome.blockers, "warnings": outcome.warnings, "notes": outcome.notes}


@flow(name="drain", persist_result=False)
async def drain(today: str = "") -> dict[str, int]:
    """Receives what has arrived and prepares every filing with something new.

    A filing with blockers is a finished filing with findings. Only a machine fault fails a task; the other filings
    are still prepared, and the failed one is tried again by the next run.
    """
    day = today or date.today().isoformat()
    busy = await receive()
    filings = [key for key in await _step("list", "", _keys) if key not in busy]
    failed = 0
    for filing in filings:
        failed += not await _prepared(filing, day)
    return {"prepared": len(filings) - failed, "failed": failed}


@task(name="recheck", persist_result=False, cache_policy=NO_CACHE)
async def recheck_one(filing: str, today: str) -> bool:
    """Judges a filing as of today; where the findings have changed, its bundle is made anew and this is True."""
    day = date.fromisoformat(today)
    return await _step(
        "recheck", filing, lambda desk: work.recheck_filing(desk, work.filing_with(desk, filing), today=day)
    )


@flow(name="recheck", persist_result=False)
async def recheck(today: str = "") -> dict[str, int]:
    """Nightly: what was fine yesterday may run out today. Drains the inbox first, then judges every filing again."""
    day = today or date.today().isoformat()
    result = await drain(day)
    changed = failed = 0
    for filing in await _step("list", "", _all_keys):
        try:
            changed += await recheck_one(filing, day)
        except StepError:
            failed += 1
    return {**result, "changed": changed, "failed": result["failed"] + failed}


def _all_keys(desk: work.Desk) -> list[str]:
    return [work.key_of(one.filing) for one in desk.ledger.filings(limit=1_000_000)]


def _keys(desk: work.Desk) -> list[str]:
    """The keys of the filings with something new: ids hold folder names, and those name people and companies."""
    return [work.key_of(filing) for filing in work.waiting_filings(desk)]


async def _prepared(filing: str, day: str) -> bool:
    """Whether both tasks of a filing went well."""
    try:
        await read(filing)
        await finish(filing, day)
    except StepError:
        return False
    return True


def main(arguments: list[str]) -> int:
    """`python -m pipeline.flows drain|recheck [DAY]` runs a flow once; `serve` keeps the schedules."""
    if arguments[:1] == ["serve"]:
        serve(nightly="--no-nightly" not in arguments)
        return 0
    chosen = recheck if arguments[:1] == ["recheck"] else drain
    result = asyncio.run(chosen(*arguments[1:2]))
    return 1 if result["failed"] else 0


def serve(*, nightly: bool) -> None:
    """Serves the inbox interval and the nightly run until stopped; one run of each at a time."""
    from prefect import serve as serve_deployments
    from prefect.schedules import Cron, Interval

    inbox = drain.to_deployment("inbox", schedules=[Interval(60, timezone=PLACE)], concurrency_limit=1)
    deployments = [inbox]
    if nightly:
        deployments.append(
            recheck.to_deployment("nightly", schedules=[Cron("0 2 * * *", timezone=PLACE)], concurrency_limit=1)
        )
    serve_deployments(*deployments, pause_on_shutdown=False, limit=1)  # type: ignore[arg-type]  # sync context: no coroutine


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
