"""`beianbox watch`: the inbox without any server."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from types import FrameType

from pipeline import inbox, work
from pipeline.children import Child, Message
from pipeline.crew import Crew
from pipeline.drain import free_the_dead
from pipeline.errors import EnvironmentProblem
from pipeline.progress import Progress
from pipeline.rows import State, hash_of_place

log = logging.getLogger("beianbox.watch")

ATTENTION = 1


def run(*, once: bool, today: date | None, as_json: bool, lang: str) -> int:
    """Takes what is in the inbox through all steps; without `once` until Ctrl-C or SIGTERM, between two filings."""
    with work.open_desk(os.environ) as desk, Crew(desk.readers.count) as crew, stopping() as stop:
        round_ = Round(desk, crew, today, lambda one: tell(one, as_json, lang), lambda: stop.asked)
        if once:
            return _watch_once(round_, as_json, lang)
        _watch_on(round_, stop)
    return 0


def _watch_on(round_: Round, stop: Stop) -> None:
    """Round after round. A share or database that goes away is told once and waited for, unless it never was there."""
    desk, told, is_first = round_.desk, "", True
    memory: inbox.Memory = {}
    while not stop.asked:
        trouble: EnvironmentProblem | None
        try:
            report = work.look(desk, memory)
            memory, trouble = report.memory, report.full
            prepare_all(round_)
            work.offer_loose(desk)
        except EnvironmentProblem as problem:
            if is_first:
                raise
            trouble = problem
        told, is_first = _tell_trouble(trouble, told), False
        stop.wait(desk.settings.scan_seconds)


def _watch_once(round_: Round, as_json: bool, lang: str) -> int:
    desk = round_.desk
    report = work.receive_all(desk)
    _tell_trouble(report.full, "")
    outcomes = prepare_all(round_, is_patient=True)
    work.offer_loose(desk)
    attention = any(outcome.needs_attention for outcome in outcomes) or _tell_unprepared(desk, lang)
    return ATTENTION if _tell_untaken(desk, as_json, lang) or attention or report.full else 0


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of preparing needs: where, with whom, as of which day, whom to tell, and when to stop."""

    desk: work.Desk
    crew: Crew
    today: date | None
    tell: Callable[[work.Outcome], None]
    stop: Callable[[], bool]


def prepare_all(round_: Round, *, is_patient: bool = False) -> tuple[work.Outcome, ...]:
    """Prepares every filing that is ready: one of them here with all readers, several by the crew on all cores."""
    ready = len(work.waiting_filings(round_.desk))
    if ready < 2 or round_.crew.count < 2:
        return work.prepare_waiting(
            round_.desk, today=round_.today, tell=round_.tell, stop=round_.stop, is_patient=is_patient
        )
    job = {"job": "drain", "today": round_.today.isoformat() if round_.today else "", "is_patient": is_patient}
    members, outcomes = min(ready, round_.crew.count), list[work.Outcome]()
    with Progress(ready) as progress:
        while members:
            died = 0
            for _, message in round_.crew.run([partial(_drained, job)] * members, stop=round_.stop):
                if "died" in message:
                    log.warning("a process ended in the middle of a filing (%s); it is tried again", message["died"])
                    died += free_the_dead(round_.desk.ledger)
                else:
                    outcomes.append(work.outcome_of(message))
                    progress.step()
                    round_.tell(outcomes[-1])
            members = min(died, 1) if not round_.stop() else 0  # the ledger gives a filing up after some attempts
    return tuple(outcomes)


def _drained(job: Message, member: Child) -> Iterator[Message]:
    member.send(job)
    while "done" not in (message := json.loads(member.receive())):
        yield message


def _tell_unprepared(desk: work.Desk, lang: str) -> bool:
    """Says which filings could not be prepared; True where there are some."""
    left = [filing for filing in work.waiting_filings(desk) if filing not in desk.ledger.claimed()]
    for filing in left:
        print(
            f"{filing}：暂未处理（文件仍在写入，或多次出错，见日志）；下次运行会重试。"
            if lang == "zh"
            else f"{filing}: not prepared (files still on their way, or repeated errors, see the log); tried again next time.",
            file=sys.stderr,
            flush=True,
        )
    return bool(left)


def _tell_trouble(trouble: EnvironmentProblem | None, told: str) -> str:
    """Says once that the disk has no room, or that something is not there; gives what was said."""
    if trouble is None:
        return ""
    if trouble.zh != told:
        print(trouble.zh, trouble.en, sep="\n", file=sys.stderr, flush=True)
    return trouble.zh


@dataclass
class Stop:
    """Whether somebody asked to stop."""

    asked: bool = False

    def wait(self, seconds: float) -> None:
        """Sleeps, but not past a request to stop."""
        end = time.monotonic() + seconds
        while not self.asked and time.monotonic() < end:
            time.sleep(min(0.2, seconds))


@contextlib.contextmanager
def stopping() -> Iterator[Stop]:
    """Turns Ctrl-C and SIGTERM into a request that is honoured after the filing in work."""
    stop = Stop()

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.asked = True

    before = {sign: signal.signal(sign, ask) for sign in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)


def tell(outcome: work.Outcome, as_json: bool, lang: str) -> None:
    """One line a prepared filing."""
    is_packed = bool(hash_of_place(outcome.place))
    place = f"beianbox export {outcome.filing} --format bundle" if is_packed else str(outcome.folder / "bundle.pdf")
    if as_json:
        found = {"filing": outcome.filing, "bundle": outcome.place if is_packed else place}
        print(
            json.dumps({**found, "blockers": outcome.blockers, "warnings": outcome.warnings, "notes": outcome.notes}),
            flush=True,
        )
    elif lang == "zh":
        print(
            f"{outcome.filing}：必须处理 {outcome.blockers} 项，请核对 {outcome.warnings} 项 → {place}",
            flush=True,
        )
    else:
        print(
            f"{outcome.filing}: {outcome.blockers} blockers, {outcome.warnings} warnings -> {place}",
            flush=True,
        )


def _tell_untaken(desk: work.Desk, as_json: bool, lang: str) -> bool:
    """Says what lies in the inbox and cannot be taken; True where a person must do something."""
    untaken = [arrival for arrival in desk.ledger.waiting() if arrival.state is State.NEEDS_ATTENTION]
    for arrival in untaken:
        reason = {"zh": arrival.reason.zh, "en": arrival.reason.en}
        if as_json:
            print(
                json.dumps({"file": arrival.path, "state": arrival.state.value, "reason": reason}, ensure_ascii=False),
                flush=True,
            )
        else:
            print(f"{arrival.path}: {reason[lang]}", file=sys.stderr, flush=True)
    return bool(untaken)
