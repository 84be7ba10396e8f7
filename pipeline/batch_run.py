"""`beianbox batch`: one bundle a sub-folder, on all processor cores, without home or ledger.

A case is read, then waits for the contacts of all cases before it in the order of their names, so that a reused phone
is found as if one case had followed the other; then it is judged and drawn. `batch_schedule` keeps the processes busy.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from pipeline import archives, batch, bundle, filing_folder, filing_table, work, workers
from pipeline.assemble import assemble
from pipeline.batch_schedule import Schedule, Step
from pipeline.build import plain
from pipeline.children import Child, Ended, Message
from pipeline.crew import Crew, Talk, ask, signal_name
from pipeline.errors import FilingError, UsageError
from pipeline.model import Filing, Severity, Text
from pipeline.other_filings import ROLES, Contact, contacts_in
from pipeline.progress import Progress
from pipeline.reading import Reading
from pipeline.report import counts
from pipeline.rulebook import load_rulebook
from pipeline.settings import load_settings
from pipeline.source_file import SourceFile
from pipeline.watch import ATTENTION, stopping, tell

log = logging.getLogger("beianbox.batch")


def run_many(folder: Path, out: Path, *, today: date | None, as_json: bool, lang: str) -> int:
    """One bundle a sub-folder, or a row of a table, written to `out/<name>`; one that fails never stops the rest."""
    day, attention = today or date.today(), False
    with contextlib.ExitStack() as stack, stopping() as stop:
        cases = _rows_as_cases(folder, stack) if folder.is_file() else _cases(folder, out)
        for case, answer in _answers(cases, out, day, lambda: stop.asked):
            _tell(case, answer, as_json, lang)
            attention = attention or "error" in answer or answer["blockers"] > 0
    return ATTENTION if attention else 0


@dataclass(frozen=True, slots=True)
class _Case:
    """A case that was read and assembled and waits to be judged; `unpacked` keeps what came out of its archives."""

    name: str
    files: tuple[SourceFile, ...]
    readings: tuple[Reading, ...]
    filing: Filing
    today: date
    unpacked: contextlib.ExitStack


class BatchRun:
    """What prepares the cases of a batch in one process: readers, rules, and what was learned of other cases."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        settings = load_settings(environ)
        self._engine = settings.ocr_engine
        self._rules, self._templates = load_rulebook(settings.rule_folders), settings.templates
        self._readers = workers.readers_of(settings)
        self._others: dict[int, list[Contact]] = {}
        self._held: dict[int, _Case] = {}

    def __enter__(self) -> BatchRun:
        return self

    def __exit__(self, *_error: object) -> None:
        for case in self._held.values():
            case.unpacked.close()
        self._readers.close()

    def read(self, number: int, folder: Path, today: date) -> Message:
        """Reads and assembles a case and holds it for `finish`; gives what other cases need to know of it."""
        return _answer(lambda: self._read(number, folder, today))

    def finish(self, number: int, out: Path, others: Sequence[tuple[int, Mapping[str, Any]]]) -> Message:
        """Judges a case that was read, knowing `others` as well from now on, and writes its bundle."""
        for other, contacts in others:
            self._others[other] = list(contacts_in(contacts, _place(other)))
        case = self._held.pop(number)
        with case.unpacked:
            return _answer(lambda: self._finish(number, case, out))

    def _read(self, number: int, folder: Path, today: date) -> Message:
        with contextlib.ExitStack() as stack:
            opened = archives.opened(filing_folder.files_of(folder), self._readers, engine=self._engine)
            files, known = stack.enter_context(opened)
            readings = batch.read_all(files, self._readers, engine=self._engine, known=known)
            filing = assemble(folder.name, readings, batch.typed_facts(files))
            self._held[number] = _Case(folder.name, files, readings, filing, today, stack.pop_all())
        return {"contacts": {key: plain(getattr(filing, key)) for key in ("entity", *ROLES)}}

    def _finish(self, number: int, case: _Case, out: Path) -> Message:
        others = tuple(one for other in sorted(self._others) if other < number for one in self._others[other])
        judged = batch.judge_filing(case.filing, case.readings, self._rules, case.today, others)
        written = bundle.write(judged, case.files, out, templates=self._templates)
        found = counts(written.prepared.findings)
        blockers, warnings, notes = (found[severity] for severity in Severity)
        return work.Outcome(case.name, str(out), blockers, warnings, notes).as_message()


def _answer(step: Callable[[], Message]) -> Message:
    """What a step gives, or why not: one case that breaks never stops the rest."""
    try:
        return step()
    except FilingError as problem:
        return _error(problem.code, problem.zh, problem.en)
    except Exception as bug:
        word = type(bug).__name__
        log.exception("a case of the batch broke (%s)", word)
        return _error(
            "internal",
            f"处理此文件夹时程序内部出错（{word}），其他文件夹不受影响。请把日志交给开发者。",
            f"The program broke on this folder ({word}); the others are not affected. Please report the log.",
        )


def _answers(cases: Sequence[Path], out: Path, today: date, stop: Callable[[], bool]) -> Iterator[tuple[Path, Message]]:
    """Each case with what became of it, in the order of the cases."""
    count = min(len(cases), load_settings(os.environ).workers or workers.cores())
    made = _by_one(cases, out, today, stop) if count < 2 else _by_crew(cases, out, today, stop, count)
    with Progress(len(cases)) as progress:
        for case, answer in made:
            progress.step()
            yield case, answer


def _by_one(cases: Sequence[Path], out: Path, today: date, stop: Callable[[], bool]) -> Iterator[tuple[Path, Message]]:
    with BatchRun(os.environ) as run:
        before: list[tuple[int, Mapping[str, Any]]] = []
        for number, case in enumerate(cases, 1):
            if stop():
                return
            answer = run.read(number, case, today)
            if "error" not in answer:
                contacts = answer["contacts"]
                answer = run.finish(number, out / case.name, before)
                before = [(number, contacts)]
            yield case, answer


def _by_crew(
    cases: Sequence[Path], out: Path, today: date, stop: Callable[[], bool], count: int
) -> Iterator[tuple[Path, Message]]:
    schedule, early, due = Schedule(len(cases), stop), dict[int, Message](), 1
    with Crew(count) as crew:
        while schedule.has_work():
            for message in _messages(crew, schedule, partial(_talk, schedule, cases, out, today), stop):
                early[message.pop("number")] = message
                while due in early:
                    yield cases[due - 1], early.pop(due)
                    due += 1
    yield from ((cases[number - 1], early[number]) for number in sorted(early))


def _messages(crew: Crew, schedule: Schedule, talk: Talk, stop: Callable[[], bool]) -> Iterator[Message]:
    """What became of cases as they are done; a process that dies is replaced while there is work."""
    talks = iter(lambda: talk if schedule.has_work() else None, None)
    return (message for _, message in crew.run(talks, stop=stop) if "number" in message)


def _talk(schedule: Schedule, cases: Sequence[Path], out: Path, today: date, member: Child) -> Iterator[Message]:
    """One process works on case after case."""
    for step in schedule.steps(member.pid):
        case, number = cases[step.number - 1], step.number
        try:
            answer = ask(member, _job(step, case, out / case.name, today))
        except Ended as end:
            if not schedule.lose(member.pid, number):
                yield {"number": number, **_died(signal_name(end.signal))}
            raise
        if step.is_read:
            schedule.say(member.pid, number, answer.get("contacts"), is_held="error" not in answer)
        if not step.is_read or "error" in answer:
            yield {"number": number, **answer}


def _job(step: Step, case: Path, out: Path, today: date) -> Message:
    if step.is_read:
        return {"job": "read", "number": step.number, "case": _hex(case), "today": today.isoformat()}
    return {"job": "finish", "number": step.number, "out": _hex(out), "others": step.others}


def _hex(path: Path) -> str:
    """A path that need not be UTF-8, for a message that must be."""
    return os.fsencode(path.absolute()).hex()


def _rows_as_cases(table: Path, stack: contextlib.ExitStack) -> list[Path]:
    """A folder for each row, gone at the end; what a killed run leaves is swept by the next one."""
    readers = stack.enter_context(workers.readers_of(load_settings(os.environ)))
    return filing_table.write_cases(table, stack.enter_context(readers.room()), readers)


def _cases(folder: Path, out: Path) -> list[Path]:
    if not folder.is_dir():
        raise UsageError(f"找不到文件夹 {folder}。", f"There is no folder {folder}.")
    filing_folder.refuse_overlap(folder, out)
    cases = sorted(entry for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    if not cases:
        raise UsageError(
            f"{folder} 里没有子文件夹。每份备案应是一个子文件夹；只有一份时用 beianbox run。",
            f"{folder} has no sub-folder. Each filing is one; for a single filing use beianbox run.",
        )
    return cases


def _place(number: int) -> Text:
    """A case by its place: findings go to the customer, and a folder's name may name another one."""
    return Text(f"本批第 {number} 份，按文件夹名排序", f"no. {number} of this batch, by folder name")


def _error(code: str, zh: str, en: str) -> Message:
    return {"error": {"code": code, "message": {"zh": zh, "en": en}}}


def _died(word: str) -> Message:
    return _error(
        "worker_died",
        f"处理此文件夹的进程两次意外结束（{word}），其他文件夹不受影响。请检查内存后单独重试：beianbox run。",
        f"The process at this folder ended unexpectedly twice ({word}); the others are not affected. "
        "Check the memory and try it alone: beianbox run.",
    )


def _tell(case: Path, answer: Message, as_json: bool, lang: str) -> None:
    if "error" not in answer:
        tell(work.outcome_of(answer), as_json, lang)
    elif as_json:
        print(json.dumps({"filing": case.name, **answer}, ensure_ascii=False), flush=True)
    else:
        print(f"{case.name}: {answer['error']['message'][lang]}", flush=True)
