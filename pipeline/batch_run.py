"""`beianbox batch`: one bundle a sub-folder, on all processor cores, without home or ledger.

Each case is read and judged by whoever is free, then waits for the contacts of all cases before it in the order of
their names, so that a reused phone is found as if one case had followed the other; then it is drawn.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from pipeline import archives, batch, bundle, filing_folder, filing_table, work, workers
from pipeline.assemble import assemble
from pipeline.build import plain
from pipeline.children import Child, Message
from pipeline.crew import Crew, ask
from pipeline.errors import FilingError, UsageError
from pipeline.model import Severity, Text
from pipeline.other_filings import ROLES, Contact, contacts_in
from pipeline.progress import Progress
from pipeline.report import counts
from pipeline.rulebook import load_rulebook
from pipeline.settings import load_settings
from pipeline.watch import ATTENTION, stopping, tell


def run_many(folder: Path, out: Path, *, today: date | None, as_json: bool, lang: str) -> int:
    """One bundle a sub-folder, or a row of a table, written to `out/<name>`; one that fails never stops the rest."""
    day, attention = today or date.today(), False
    with tempfile.TemporaryDirectory(prefix="beianbox-table-") as place, stopping() as stop:
        cases = _rows_as_cases(folder, Path(place)) if folder.is_file() else _cases(folder, out)
        for case, answer in _answers(cases, out, day, lambda: stop.asked):
            _tell(case, answer, as_json, lang)
            attention = attention or "error" in answer or answer["blockers"] > 0
    return ATTENTION if attention else 0


class BatchRun:
    """What prepares one case after another in one process: readers, rules, and what was learned of other cases."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        settings = load_settings(environ)
        self._engine = settings.ocr_engine
        self._rules, self._templates = load_rulebook(settings.rule_folders), settings.templates
        self._readers = workers.readers_of(settings)
        self._others: list[Contact] = []
        self._judge: Callable[[], batch.Prepared] | None = None
        self._case, self._files = "", tuple[batch.SourceFile, ...]()
        self._unpacked = contextlib.ExitStack()

    def __enter__(self) -> BatchRun:
        return self

    def __exit__(self, *_error: object) -> None:
        self._unpacked.close()
        self._readers.close()

    def read(self, case: str, today: date) -> Message:
        """Reads and assembles a case and keeps it for `finish`; gives what other cases need to know of it."""
        try:
            self._unpacked.close()
            opened = archives.opened(filing_folder.files_of(Path(case)), self._readers, engine=self._engine)
            files, known = self._unpacked.enter_context(opened)
            readings = batch.read_all(files, self._readers, engine=self._engine, known=known)
            typed = batch.typed_facts(files)
            name = Path(case).name
            filing = assemble(name, readings, typed)
        except FilingError as problem:
            return _error(problem)
        self._case, self._files = name, files
        self._judge = lambda: batch.judge(name, readings, typed, self._rules, today, tuple(self._others))
        return {"contacts": {key: plain(getattr(filing, key)) for key in ("entity", *ROLES)}}

    def finish(self, out: str, others: Sequence[tuple[int, Mapping[str, Any]]]) -> Message:
        """Judges the case that was read, knowing `others` as well from now on, and writes its bundle."""
        for number, contacts in others:
            self._others += contacts_in(contacts, _place(number))
        assert self._judge is not None
        try:
            written = bundle.write(self._judge(), self._files, Path(out), templates=self._templates)
        except FilingError as problem:
            return _error(problem)
        found = counts(written.prepared.findings)
        blockers, warnings, notes = (found[severity] for severity in Severity)
        return work.Outcome(self._case, Path(out), blockers, warnings, notes).as_message()


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
            answer = run.read(str(case), today)
            if "error" not in answer:
                contacts = answer["contacts"]
                answer = run.finish(str(out / case.name), before)
                before = [(number, contacts)]
            yield case, answer


def _by_crew(
    cases: Sequence[Path], out: Path, today: date, stop: Callable[[], bool], count: int
) -> Iterator[tuple[Path, Message]]:
    board = _Board()
    talks = [partial(_talk, board, number, case, out / case.name, today) for number, case in enumerate(cases, 1)]
    early: dict[int, Message] = {}
    due = 0
    with Crew(count) as crew:
        for number, message in crew.run(talks, stop=stop):
            early[number] = _died(message["died"]) if "died" in message else message
            while due in early:
                yield cases[due], early.pop(due)
                due += 1
    yield from ((cases[number], early[number]) for number in sorted(early))


def _talk(board: _Board, number: int, case: Path, out: Path, today: date, member: Child) -> Iterator[Message]:
    """One case: read; then, when all cases before it have been read, drawn."""
    contacts = None
    try:
        answer = ask(member, {"job": "read", "case": os.fsencode(case.absolute()).hex(), "today": today.isoformat()})
        contacts = answer.get("contacts")
    finally:
        board.post(number, contacts)
    if "error" in answer:
        yield answer
        return
    others = board.news_for(member.pid, number)
    yield ask(member, {"job": "finish", "out": os.fsencode(out.absolute()).hex(), "others": others})


class _Board:
    """What the cases have said of themselves so far, and how much of it each process has been told."""

    def __init__(self) -> None:
        self._said: dict[int, Mapping[str, Any] | None] = {}
        self._told: dict[int, int] = {}
        self._change = threading.Condition()

    def post(self, number: int, contacts: Mapping[str, Any] | None) -> None:
        """A case says who is in it; None where it could not be read."""
        with self._change:
            self._said[number] = contacts
            self._change.notify_all()

    def news_for(self, reader: int, number: int) -> list[tuple[int, Mapping[str, Any]]]:
        """What a process has not been told of the cases before `number`; waits until they have all been read."""
        with self._change:
            self._change.wait_for(lambda: all(one in self._said for one in range(1, number)))
            first = self._told.get(reader, 0) + 1
            self._told[reader] = max(self._told.get(reader, 0), number - 1)
            return [(one, said) for one in range(first, number) if (said := self._said[one]) is not None]


def _rows_as_cases(table: Path, place: Path) -> list[Path]:
    with workers.readers_of(load_settings(os.environ)) as readers:
        return filing_table.write_cases(table, place, readers)


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


def _error(problem: FilingError) -> Message:
    return {"error": {"code": problem.code, "message": {"zh": problem.zh, "en": problem.en}}}


def _died(word: str) -> Message:
    return {
        "error": {
            "code": "worker_died",
            "message": {
                "zh": f"处理此文件夹的进程意外结束（{word}），其他文件夹不受影响。请检查内存后单独重试：beianbox run。",
                "en": f"The process at this folder ended unexpectedly ({word}); the others are not affected. "
                "Check the memory and try it alone: beianbox run.",
            },
        }
    }


def _tell(case: Path, answer: Message, as_json: bool, lang: str) -> None:
    if "error" not in answer:
        tell(work.outcome_of(answer), as_json, lang)
    elif as_json:
        print(json.dumps({"filing": case.name, **answer}, ensure_ascii=False), flush=True)
    else:
        print(f"{case.name}: {answer['error']['message'][lang]}", flush=True)
