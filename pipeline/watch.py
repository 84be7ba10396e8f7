"""`beianbox watch`, `batch`, `status` and `purge`: the inbox without any server."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from types import FrameType
from typing import Any

from pipeline import batch, bundle, filing_folder, inbox, track_command, work, workers
from pipeline.errors import FilingError, UsageError
from pipeline.model import Severity, Text
from pipeline.other_filings import Contact, contacts_of
from pipeline.report import counts
from pipeline.rows import Decision, State
from pipeline.rulebook import load_rulebook
from pipeline.settings import load_settings

ATTENTION = 1


def run(*, once: bool, today: date | None, as_json: bool, lang: str) -> int:
    """Takes what is in the inbox through all steps; without `once` until Ctrl-C or SIGTERM, between two filings."""
    with work.open_desk(os.environ) as desk, stopping() as stop:
        if once:
            return _watch_once(desk, today, as_json, lang)
        memory: inbox.Memory = {}
        full = ""
        while not stop.asked:
            report = work.look(desk, memory)
            memory, full = report.memory, _tell_full(report, full)
            work.prepare_waiting(
                desk, report, today=today, tell=lambda one: _tell(one, as_json, lang), stop=lambda: stop.asked
            )
            stop.wait(desk.settings.scan_seconds)
    return 0


def _watch_once(desk: work.Desk, today: date | None, as_json: bool, lang: str) -> int:
    report = work.receive_all(desk)
    _tell_full(report, "")
    outcomes = work.prepare_waiting(desk, report, today=today, tell=lambda one: _tell(one, as_json, lang))
    attention = any(outcome.needs_attention for outcome in outcomes)
    return ATTENTION if _tell_untaken(desk, as_json, lang) or attention or report.full else 0


def _tell_full(report: inbox.TakeReport, told: str) -> str:
    """Says once that the disk has no room; gives what was said."""
    if report.full is not None and report.full.zh != told:
        print(report.full.zh, report.full.en, sep="\n", file=sys.stderr, flush=True)
    return report.full.zh if report.full else ""


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


def _tell(outcome: work.Outcome, as_json: bool, lang: str) -> None:
    if as_json:
        found = {"filing": outcome.filing, "bundle": str(outcome.folder / "bundle.pdf")}
        print(
            json.dumps({**found, "blockers": outcome.blockers, "warnings": outcome.warnings, "notes": outcome.notes}),
            flush=True,
        )
    elif lang == "zh":
        print(
            f"{outcome.filing}：必须处理 {outcome.blockers} 项，请核对 {outcome.warnings} 项 → {outcome.folder / 'bundle.pdf'}",
            flush=True,
        )
    else:
        print(
            f"{outcome.filing}: {outcome.blockers} blockers, {outcome.warnings} warnings -> {outcome.folder / 'bundle.pdf'}",
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


def run_many(folder: Path, out: Path, *, today: date | None, as_json: bool, lang: str) -> int:
    """One bundle a sub-folder, written to `out/<name>`; a folder that fails never stops the rest."""
    cases = _cases(folder, out)
    settings = load_settings(os.environ)
    rules = load_rulebook(settings.rule_folders)
    attention = False
    with stopping() as stop, workers.readers_of(settings) as readers:
        day, others = today or date.today(), list[Contact]()
        for number, case in enumerate(cases, 1):
            if stop.asked:
                break
            prepared = _one_of_many(case, out / case.name, day, rules, readers, tuple(others), as_json, lang)
            attention = prepared is None or bool(counts(prepared.findings)[Severity.BLOCKER]) or attention
            if prepared is not None:
                others += contacts_of(prepared.filing, _place(number))
    return ATTENTION if attention else 0


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


def _one_of_many(
    case: Path,
    out: Path,
    today: date,
    rules: Any,
    readers: workers.Readers,
    others: tuple[Contact, ...],
    as_json: bool,
    lang: str,
) -> batch.Prepared | None:
    """What was prepared and written for one case; None where it failed, which is told."""
    try:
        files = filing_folder.files_of(case)
        readings = batch.read_all(files, readers)
        prepared = batch.judge(case.name, readings, batch.typed_facts(files), rules, today, others)
        written = bundle.write(prepared, files, out)
    except FilingError as problem:
        message = {"zh": problem.zh, "en": problem.en}
        print(
            json.dumps({"filing": case.name, "error": {"code": problem.code, "message": message}}, ensure_ascii=False)
            if as_json
            else f"{case.name}: {message[lang]}"
        )
        return None
    number = counts(written.prepared.findings)
    blockers, warnings, notes = (number[severity] for severity in number)
    _tell(work.Outcome(case.name, out, blockers, warnings, notes), as_json, lang)
    return written.prepared


def status(filing: str, *, as_json: bool, lang: str) -> int:
    """The filings of the inbox, or the files of one, each with its state and reason."""
    with work.open_desk(os.environ) as desk:
        rows = _files_status(desk, filing) if filing else _filings_status(desk)
        order_text = _order_text(desk, filing, lang) if filing and not as_json else ""
    if as_json:
        print(json.dumps(rows, ensure_ascii=False))
    else:
        print(
            "\n".join("  ".join(_shown(value, lang) for value in row.values() if value) for row in rows)
            or ("收件箱还没有备案。" if lang == "zh" else "No filings yet.")
        )
        print(order_text, end="\n" if order_text else "")
    return 0


def _shown(value: Any, lang: str) -> str:
    """A value of a row; of an order its state, of a deadline its day and title."""
    if not isinstance(value, dict):
        return str(value)
    return str(value["name"][lang]) if "name" in value else f"{value['day']} {value['title'][lang]}"


def _order_text(desk: work.Desk, filing: str, lang: str) -> str:
    """Where the order of a prepared filing stands and what to do now."""
    row = desk.ledger.get_filing(filing)
    if row is None:
        return ""
    events = desk.ledger.events(filing).get(filing, ())
    document, now = track_command.filing_of(row), datetime.now(UTC)
    try:
        order = track_command.order_of(document, events)
    except FilingError as problem:  # events that contradict: the files are still listed
        return problem.zh if lang == "zh" else problem.en
    return track_command.as_text(track_command.as_dict(filing, document, order, events, now), lang)


def _filings_status(desk: work.Desk) -> list[dict[str, Any]]:
    rows, events = [], desk.ledger.events()
    for summary in desk.ledger.filings(limit=10_000):
        bundle_row = desk.ledger.latest_bundle(summary.filing)
        rows.append(
            {
                "filing": summary.filing,
                "version": summary.version,
                "status": summary.status,
                "bundle": bundle_row.folder if bundle_row else "",
                **_order_status(desk, summary.filing, events.get(summary.filing, ())),
            }
        )
    return rows


def _order_status(desk: work.Desk, filing: str, events: Sequence[Decision]) -> dict[str, Any]:
    """The state of an order that is tracked, and its next deadline; null for what is not tracked yet."""
    row = desk.ledger.get_filing(filing) if events else None
    if row is None:
        return {"order": None, "next": None}
    return track_command.summary(track_command.filing_of(row), events, datetime.now(UTC))


def _files_status(desk: work.Desk, filing: str) -> list[dict[str, Any]]:
    arrivals = desk.ledger.arrivals_of(filing)
    if not arrivals:
        raise _no_such(filing)
    return [
        {
            "file": one.path,
            "state": one.state.value,
            "reason": one.reason.zh,
            "reason_en": one.reason.en,
            "since": one.since.isoformat(timespec="seconds"),
        }
        for one in arrivals
    ]


def _no_such(filing: str) -> UsageError:
    return UsageError(
        f"没有编号为 {filing} 的备案。用 beianbox status 查看全部编号。",
        f"There is no filing {filing}; beianbox status lists them all.",
    )


def purge(filing: str, *, lang: str) -> int:
    """Removes a filing's files that no other filing uses, its rows and all its bundles."""
    with work.open_desk(os.environ) as desk:
        if not desk.ledger.arrivals_of(filing) and desk.ledger.get_filing(filing) is None:
            raise _no_such(filing)
        gone = desk.ledger.forget_filing(filing)
        for sha256 in gone.hashes:
            desk.store.remove(sha256)
        for original in gone.originals:
            (desk.settings.inbox / os.fsdecode(original)).unlink(missing_ok=True)
        shutil.rmtree(desk.settings.bundles / filing, ignore_errors=True)
    print(
        f"已删除 {filing}：{len(gone.hashes)} 个文件及其材料包。"
        if lang == "zh"
        else f"Purged {filing}: {len(gone.hashes)} files and its bundles."
    )
    return 0
