"""Prefect flows and tasks around the steps; nothing else imports Prefect.

Parameters are keys of filings and dates, never values: Prefect keeps parameters, exception texts and logs in clear.
What goes wrong inside a task leaves it as a `StepError` with a code and the id; the full text goes to our own log.
Any number of drains may run at once, here or on other machines: the ledger's leases keep them apart, and a drain that
is killed loses nothing.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import json
import logging
import os
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, time
from functools import lru_cache, partial
from typing import TextIO, TypeVar

from prefect import flow, task
from prefect.artifacts import acreate_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.deployments import run_deployment
from prefect.runtime import flow_run

from pipeline import due_command, housekeeping, inbox, private_log, work
from pipeline.disk_space import StoreProblem
from pipeline.drain import LEASE_SECONDS, free_the_dead, renewing, worker_name
from pipeline.due import CHINA
from pipeline.due_list import AHEAD_DAYS, Window
from pipeline.rows import Claim
from pipeline.settings import load_settings

log = logging.getLogger("beianbox.flows")

PLACE = "Asia/Shanghai"
SAFETY_SECONDS = 900
"""A drain runs at least so often, should the look at the inbox fail to ask for one."""

_OTHERS_SECONDS = 1.0

Result = TypeVar("Result")


class StepError(Exception):
    """A step broke on a machine fault: the message holds the step, the filing's id and the kind of error, no value."""


class StoreWaits(StepError):
    """The store takes or gives nothing: no filing failed, and all wait."""


@dataclass
class Hand:
    """What this process works with: one desk for all flow runs in it, and the filings it holds by their keys."""

    desk: work.Desk
    name: str = field(default_factory=worker_name)
    filings: dict[str, str] = field(default_factory=dict)
    drawing: threading.Lock = field(default_factory=threading.Lock)


@lru_cache(maxsize=1)
def hand() -> Hand:
    """Opened at the first step, closed when the process ends: readers stay warm from filing to filing."""
    private_log.set_up_beside_framework(
        logging.WARNING
    )  # here, since Prefect starts processes of its own for flow runs
    private_log.keep_unhandled_private()
    stack = contextlib.ExitStack()
    atexit.register(stack.close)
    return Hand(stack.enter_context(work.open_desk(os.environ)))


async def _step(name: str, filing: str, step: Callable[[Hand], Result]) -> Result:
    """Runs a step in a thread; an exception is logged by us and leaves as id and kind."""
    try:
        return await asyncio.to_thread(lambda: step(hand()))
    except StoreProblem as problem:
        log.warning("%s of %s waits (%s)", name, filing or "the inbox", problem.code)
        raise StoreWaits(f"{name} {filing} {problem.code}") from None
    except Exception as bug:
        log.exception("%s of %s broke", name, filing or "the inbox")
        kind = type(bug).__name__
    raise StepError(f"{name} {filing} {kind}") from None


@task(name="receive", persist_result=False, cache_policy=NO_CACHE, retries=2, retry_delay_seconds=2)
async def receive() -> int:
    """Takes what has arrived into store and ledger; gives how many files that were."""
    return len((await _step("receive", "", lambda mine: work.receive_all(mine.desk))).taken)


@task(name="read", persist_result=False, cache_policy=NO_CACHE, retries=1, retry_delay_seconds=2)
async def read(filing: str) -> int:
    """Reads every file of a filing that this reader has not read yet; gives how many files there are."""
    return await _step("read", filing, lambda mine: work.read_filing(mine.desk, mine.filings[filing]))


@task(name="finish", persist_result=False, cache_policy=NO_CACHE)
async def finish(filing: str, today: str) -> dict[str, int]:
    """Assembles, checks, plans, generates and bundles one filing; gives how often each finding's code occurs."""
    return await _step("finish", filing, lambda mine: _finish(mine, mine.filings[filing], date.fromisoformat(today)))


def _finish(mine: Hand, filing: str, day: date) -> dict[str, int]:
    with mine.drawing:  # one filing is drawn while the readers read the next
        work.prepare_filing(mine.desk, filing, today=day)
    row = mine.desk.ledger.get_filing(filing)
    return {} if row is None else dict(Counter(one["rule"] for one in row.document["findings"]))


@flow(name="drain", persist_result=False)
async def drain(today: str = "") -> dict[str, int]:
    """Receives what has arrived and prepares every filing with something new, several at a time.

    A filing with blockers is a finished filing with findings. Only a machine fault fails a task; the other filings
    are still prepared, and the failed one is tried again by the next run. What another machine holds is waited for, in
    case that machine dies.
    """
    day = today or date.today().isoformat()
    await receive()
    codes: Counter[str] = Counter()
    failed: set[str] = set()
    slots = (await _step("open", "", lambda mine: mine.desk.readers.count)) + 1
    done = await asyncio.gather(*(_drain_slot(number, day, codes, failed) for number in range(slots)))
    await _step("offer", "", lambda mine: work.offer_loose(mine.desk))
    result = {"prepared": sum(done), "failed": len(failed)}
    await _publish(result, codes)
    return result


async def _drain_slot(number: int, day: str, codes: Counter[str], failed: set[str]) -> int:
    """Claims and prepares until nothing is ready and nobody else holds anything; gives how many went well."""
    mine, done = await _step("open", "", lambda found: found), 0
    worker = f"{mine.name.rpartition('/')[0]}/{mine.name.rpartition('/')[2]}{number}"
    with renewing(mine.desk.ledger, worker) as began:
        while True:
            claim = await _step("claim", "", lambda _: _claim(mine, worker, failed))
            if claim is None:
                if not await _step("claim", "", lambda _: _others_hold(mine)):
                    return done
                await asyncio.sleep(_OTHERS_SECONDS)
                continue
            began()
            try:
                found = await _prepared(work.key_of(claim.filing), day)
            except StoreWaits:
                await _step("release", "", partial(_release, worker, False))
                return done
            await _step("release", "", partial(_release, worker, found is None))
            if found is None:
                failed.add(claim.filing)
            else:
                done += 1
                codes.update(found)


def _claim(mine: Hand, worker: str, failed: set[str]) -> Claim | None:
    free_the_dead(mine.desk.ledger)
    claim = mine.desk.ledger.claim(worker, LEASE_SECONDS, skip=failed)
    if claim is not None:
        mine.filings[work.key_of(claim.filing)] = claim.filing
    return claim


def _release(worker: str, is_failed: bool, mine: Hand) -> None:
    mine.desk.ledger.release(worker, failed=is_failed)


def _others_hold(mine: Hand) -> bool:
    """Whether another process holds a filing that it may yet lose."""
    here = mine.name.rpartition("/")[0]
    return any(not worker.startswith(f"{here}/") for worker in mine.desk.ledger.claimed().values())


async def _prepared(filing: str, day: str) -> dict[str, int] | None:
    """The codes of a filing's findings; None where the machine failed.

    Raises:
        StoreWaits: the store is not there.
    """
    try:
        await read(filing)
        return await finish(filing, day)
    except StoreWaits:
        raise
    except StepError:
        return None


async def _publish(result: dict[str, int], codes: Counter[str]) -> None:
    """What a run did, for Prefect's page: counts and codes of findings, no value and no id."""
    if not any(result.values()):
        return
    await _publish_table("beianbox-run", "Counts and codes of findings", {**result, **dict(sorted(codes.items()))})


async def _publish_table(key: str, description: str, counted: Mapping[str, int]) -> None:
    try:
        rows = [{"what": name, "count": count} for name, count in counted.items()]
        await acreate_table_artifact(rows, key=key, description=description)
    except Exception as bug:  # a page about the work is not worth the work
        log.warning("the artifact was not written (%s)", type(bug).__name__)


@flow(name="redraw", persist_result=False)
async def redraw(filing: str, today: str) -> dict[str, str]:
    """A reviewer decided something: prepares that filing again; gives the id of this run, and whether it went well."""
    done = await _prepared(filing, today)
    return {"run": str(flow_run.id), "done": "" if done is None else "yes"}


@task(name="recheck", persist_result=False, cache_policy=NO_CACHE)
async def recheck_one(filing: str, today: str) -> bool:
    """Judges a filing as of today; where the findings have changed, its bundle is made anew and this is True."""
    day = date.fromisoformat(today)
    return await _step("recheck", filing, lambda mine: work.recheck_filing(mine.desk, mine.filings[filing], today=day))


@task(name="housekeep", persist_result=False, cache_policy=NO_CACHE, retries=1, retry_delay_seconds=2)
async def housekeep() -> dict[str, int]:
    """Removes what is past its day; gives how much of each kind."""
    return asdict(await _step("housekeep", "", lambda mine: housekeeping.housekeep(mine.desk, datetime.now(UTC))))


@task(name="due", persist_result=False, cache_policy=NO_CACHE, retries=1, retry_delay_seconds=2)
async def falling_due(today: str) -> dict[str, int]:
    """How much of each kind falls due in the next days; which and whose it is, `beianbox status --due` says."""
    noon = datetime.combine(date.fromisoformat(today), time(12), tzinfo=CHINA)
    return await _step("due", "", lambda mine: due_command.counts(mine.desk, Window(noon, AHEAD_DAYS)))


@flow(name="recheck", persist_result=False)
async def recheck(today: str = "") -> dict[str, int]:
    """Nightly: what was fine yesterday may run out today. Drains, judges every filing again, tidies, counts what falls due."""
    day = today or date.today().isoformat()
    result = await drain(day)
    changed = failed = 0
    for filing in await _step("list", "", _known):
        try:
            changed += await recheck_one(filing, day)
        except StepError:
            failed += 1
    removed = await housekeep()
    due = await falling_due(day)
    await _publish_table("beianbox-due", f"What falls due within {AHEAD_DAYS} days: beianbox status --due", due)
    return {**result, **removed, **due, "changed": changed, "failed": result["failed"] + failed}


def _known(mine: Hand) -> list[str]:
    """The keys of all filings: ids hold folder names, and those name people and companies."""
    mine.filings.update(work.key_to_filing(mine.desk))
    return sorted(mine.filings)


def main(arguments: list[str]) -> int:
    """`python -m pipeline.flows drain|recheck [DAY]` runs a flow once; `serve` keeps the schedules.

    `redraw` is for the review page: a line of JSON in for each filing, one out.
    """
    if arguments[:1] == ["serve"]:
        serve(nightly="--no-nightly" not in arguments)
        return 0
    if arguments[:1] == ["redraw"]:
        return _redraw_each(sys.stdin, sys.stdout)
    chosen = recheck if arguments[:1] == ["recheck"] else drain
    result = asyncio.run(chosen(*arguments[1:2]))
    return 1 if result["failed"] else 0


def _redraw_each(asked: Iterable[str], answers: TextIO) -> int:
    """Runs a flow for each line that asks for one; the filing's id comes by this line and never reaches Prefect."""
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in asked:
        question = json.loads(line)
        key = work.key_of(question["filing"])
        hand().filings[key] = question["filing"]
        try:
            answer = asyncio.run(redraw(key, question["today"]))
        except Exception as bug:
            log.exception("the flow run of %s broke", key)
            answer = {"run": "", "done": "", "problem": type(bug).__name__}
        print(json.dumps(answer), file=answers, flush=True)
    return 0


def serve(*, nightly: bool) -> None:
    """Serves inbox and nightly run until stopped; one run of each at a time.

    The inbox is looked at every few seconds by a thread, which asks for a drain when there is something to prepare:
    a flow run for each look would cost more than all looks of a day.
    """
    from prefect import serve as serve_deployments
    from prefect.schedules import Cron, Interval

    settings = load_settings(os.environ)
    deployments = [
        drain.to_deployment("inbox", schedules=[Interval(SAFETY_SECONDS, timezone=PLACE)], concurrency_limit=1)
    ]
    if nightly:
        deployments.append(
            recheck.to_deployment("nightly", schedules=[Cron(settings.nightly, timezone=PLACE)], concurrency_limit=1)
        )
    threading.Thread(target=_look_for_ever, name="look", daemon=True).start()
    serve_deployments(*deployments, pause_on_shutdown=False, limit=2)  # type: ignore[arg-type]  # sync context: no coroutine


def _look_for_ever() -> None:
    """Looks at the inbox again and again, and asks for a drain for each change not yet asked for."""
    memory: inbox.Memory = {}
    pause, asked = threading.Event(), frozenset[tuple[str, int]]()
    while True:
        try:
            desk = hand().desk
            memory = work.look(desk, memory).memory
            waiting = frozenset(desk.ledger.changes_to_prepare().items())
            if waiting - asked:
                run_deployment("drain/inbox", timeout=0, as_subflow=False)
            asked = waiting
        except Exception as bug:  # the server may be starting, the share unmounted: the next look may fare better
            log.warning("the inbox was not looked at (%s)", type(bug).__name__)
        pause.wait(hand().desk.settings.scan_seconds)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
