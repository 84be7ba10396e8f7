"""Prefect flows and tasks around the steps; nothing else imports Prefect.

Parameters are filing ids, dates and limits, never values: Prefect keeps parameters, exception texts and logs in clear.
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
async def receive() -> int:
    """Takes what has arrived into store and ledger; gives how many files were taken."""
    return await _step("receive", "", lambda desk: len(work.receive_all(desk).taken))


@task(name="read", persist_result=False, cache_policy=NO_CACHE, retries=1, retry_delay_seconds=2)
async def read(filing: str) -> int:
    """Reads every file of a filing that this reader has not read yet; gives how many files there are."""
    return await _step("read", filing, lambda desk: work.read_filing(desk, filing))


@task(name="finish", persist_result=False, cache_policy=NO_CACHE)
async def finish(filing: str, today: str) -> dict[str, int]:
    """Assembles, checks, plans, generates and bundles one filing; gives the counts of its findings."""
    outcome = await _step(
        "finish", filing, lambda desk: work.prepare_filing(desk, filing, today=date.fromisoformat(today))
    )
    return {"blockers": outcome.blockers, "warnings": outcome.warnings, "notes": outcome.notes}


@flow(name="drain", persist_result=False)
async def drain(today: str = "") -> dict[str, int]:
    """Receives what has arrived and prepares every filing with something new.

    A filing with blockers is a finished filing with findings. Only a machine fault fails a task; the other filings
    are still prepared, and the failed one is tried again by the next run.
    """
    day = today or date.today().isoformat()
    taken = await receive()
    filings = await _step("list", "", work.waiting_filings)
    failed = 0
    for filing in filings:
        failed += not await _prepared(filing, day)
    return {"taken": taken, "prepared": len(filings) - failed, "failed": failed}


async def _prepared(filing: str, day: str) -> bool:
    """Whether both tasks of a filing went well."""
    try:
        await read(filing)
        await finish(filing, day)
    except StepError:
        return False
    return True


def main(arguments: list[str]) -> int:
    """`python -m pipeline.flows drain [DAY]` runs the flow once; `serve` keeps the schedules."""
    if arguments[:1] == ["serve"]:
        serve(nightly="--no-nightly" not in arguments)
        return 0
    result = asyncio.run(drain(*arguments[1:2]))
    return 1 if result["failed"] else 0


def serve(*, nightly: bool) -> None:
    """Serves the inbox interval and the nightly run until stopped; one run of each at a time."""
    from prefect import serve as serve_deployments
    from prefect.schedules import Cron, Interval

    deployments = [
        drain.to_deployment("inbox", schedules=[Interval(60, timezone="Asia/Shanghai")], concurrency_limit=1),
    ]
    if nightly:
        deployments.append(
            drain.to_deployment("nightly", schedules=[Cron("0 2 * * *", timezone="Asia/Shanghai")], concurrency_limit=1)
        )
    serve_deployments(*deployments, pause_on_shutdown=False, limit=1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
