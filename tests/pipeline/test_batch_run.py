"""`beianbox batch` on several processes: nobody waits while there is work, and a process that dies costs no case."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from pipeline import batch, batch_run
from pipeline.batch_schedule import MOST_HELD, Schedule, Step
from tests.pipeline.test_drain import fill, members_of, start, wait_for

TODAY = "2026-11-20"


def steps(schedule: Schedule, process: int) -> Callable[[], Step | None]:
    found = schedule.steps(process)
    return lambda: next(found, None)


def read(schedule: Schedule, process: int, number: int) -> None:
    schedule.say(process, number, {"case": number}, is_held=True)


def test_a_process_reads_on_while_an_earlier_case_is_being_read_and_judges_as_soon_as_it_can() -> None:
    schedule = Schedule(4)
    slow, quick = steps(schedule, 1), steps(schedule, 2)
    assert slow() == Step(1, is_read=True)
    assert quick() == Step(2, is_read=True)
    read(schedule, 2, 2)
    assert quick() == Step(3, is_read=True), "it does not wait for case 1"
    read(schedule, 1, 1)
    assert slow() == Step(1, is_read=False)
    read(schedule, 2, 3)
    assert quick() == Step(2, is_read=False, others=((1, {"case": 1}),))
    assert quick() == Step(3, is_read=False, others=((2, {"case": 2}),)), "only what it has not heard"
    assert quick() == Step(4, is_read=True)
    assert slow() is None and not schedule.has_work()


def test_no_process_holds_more_than_its_share_but_reads_what_it_waits_for() -> None:
    schedule = Schedule(MOST_HELD + 3)
    dying, quick = steps(schedule, 1), steps(schedule, 2)
    assert dying() == Step(1, is_read=True)
    for number in range(2, MOST_HELD + 2):
        assert quick() == Step(number, is_read=True)
        read(schedule, 2, number)
    late = list[Step | None]()
    waiting = threading.Thread(target=lambda: late.append(quick()))
    waiting.start()
    waiting.join(0.3)
    assert waiting.is_alive(), "it holds all it may"
    assert schedule.lose(1, 1), "the first death of a case is forgiven"
    waiting.join(10)
    assert late == [Step(1, is_read=True)]


def test_what_a_dead_process_held_is_read_again_and_a_case_that_kills_twice_is_given_up() -> None:
    schedule = Schedule(3)
    first = steps(schedule, 1)
    other = steps(schedule, 2)
    assert other() == Step(1, is_read=True) and first() == Step(2, is_read=True)
    read(schedule, 1, 2)
    assert first() == Step(3, is_read=True)
    assert schedule.lose(1, 3)
    third = steps(schedule, 3)
    assert third() == Step(2, is_read=True), "it was held and is read again"
    read(schedule, 3, 2)
    assert third() == Step(3, is_read=True)
    assert not schedule.lose(3, 3) and schedule.has_work(), "only case 2 is read again"


def test_a_case_given_up_holds_nobody_up_and_what_it_had_said_stands() -> None:
    schedule = Schedule(3)
    first, last = steps(schedule, 1), steps(schedule, 9)
    assert first() == Step(1, is_read=True)
    schedule.lose(1, 1)
    again = steps(schedule, 2)
    assert again() == Step(1, is_read=True)
    read(schedule, 2, 1)
    assert again() == Step(1, is_read=False)
    assert not schedule.lose(2, 1), "it died twice, the second time while it was drawn"
    assert last() == Step(2, is_read=True)
    read(schedule, 9, 2)
    assert last() == Step(2, is_read=False, others=((1, {"case": 1}),))


def test_a_case_that_could_not_be_read_holds_nobody_up() -> None:
    schedule = Schedule(2)
    first, second = steps(schedule, 1), steps(schedule, 2)
    assert first() == Step(1, is_read=True) and second() == Step(2, is_read=True)
    schedule.say(1, 1, None, is_held=False)
    read(schedule, 2, 2)
    assert second() == Step(2, is_read=False)


def test_asked_to_stop_a_process_reads_no_further_case() -> None:
    asked = [False]
    schedule = Schedule(3, lambda: asked[0])
    first = steps(schedule, 1)
    assert first() == Step(1, is_read=True)
    read(schedule, 1, 1)
    asked[0] = True
    assert first() == Step(1, is_read=False)
    assert first() is None and not schedule.has_work()


@pytest.mark.timeout(200)
def test_a_batch_whose_process_is_killed_writes_every_bundle_all_the_same(tmp_path: Path) -> None:
    fill(tmp_path / "cases", 6)
    command = ("batch", str(tmp_path / "cases"), "--out", str(tmp_path / "out"), "--today", TODAY, "--json")
    process = start(tmp_path / "home", *command)
    assert wait_for(lambda: any((tmp_path / "out").glob("*")))
    os.kill(members_of(process)[0], signal.SIGKILL)
    out, errors = process.communicate(timeout=150)
    assert b"Traceback" not in errors
    assert [json.loads(line)["filing"] for line in out.splitlines()] == [f"公司{n:02d}" for n in range(6)]
    assert not [line for line in out.splitlines() if "error" in json.loads(line)]
    assert {path.name for path in (tmp_path / "out").iterdir()} == {f"公司{n:02d}" for n in range(6)}
    assert len(list((tmp_path / "out").glob("*/bundle.pdf"))) == 6


def test_a_case_that_breaks_the_program_is_told_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path / "cases", 2)
    with batch_run.BatchRun(os.environ) as run:
        judge = batch.judge_filing
        breaks = lambda filing, *rest: 1 / 0 if filing.id == "公司00" else judge(filing, *rest)  # noqa: E731
        monkeypatch.setattr(batch, "judge_filing", breaks)
        for number, name in enumerate(("公司00", "公司01"), 1):
            assert "contacts" in run.read(number, tmp_path / "cases" / name, date(2026, 11, 20))
        broken = run.finish(1, tmp_path / "out/a", ())
        assert broken["error"]["code"] == "internal" and "ZeroDivisionError" in broken["error"]["message"]["zh"]
        assert run.finish(2, tmp_path / "out/b", ())["filing"] == "公司01"
