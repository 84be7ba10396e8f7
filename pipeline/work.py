"""The steps on the inbox: take what arrived, prepare each filing that changed, remember everything in the ledger.

`beianbox watch`, `batch` and the Prefect flows all call these functions. Every step can be repeated: a killed run is
made good by the next one.
"""

from __future__ import annotations

import contextlib
import getpass
import logging
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from pipeline import (
    batch,
    bundle_places,
    file_findings,
    filing_table,
    inbox,
    inbox_files,
    inbox_tables,
    kept_readings,
    loose_files,
    neighbours,
    review,
    strays,
)
from pipeline.assemble import TypedFacts, assemble
from pipeline.build import plain
from pipeline.drain import drain_each
from pipeline.errors import FilingError, UsageError
from pipeline.home_folders import prepare_places
from pipeline.ledger import Ledger, open_ledger
from pipeline.ledger_base import StaleFiling
from pipeline.marks import Mark, marks_of_filing, marks_of_reading
from pipeline.model import Failure, Severity, Text
from pipeline.reading import Reading
from pipeline.review import Standing
from pipeline.rows import UNASSIGNED, Arrival, State
from pipeline.rulebook import Rulebook, load_rulebook
from pipeline.settings import Settings, load_settings
from pipeline.store import Room, Store, StoredFile, open_store
from pipeline.workers import Readers, Source, readers_of

log = logging.getLogger("beianbox.work")

LOOSE = 200
"""Loose files that are looked at in one round: the newest ones."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What the steps work with: settings, store, ledger, and the processes that read."""

    settings: Settings
    store: Store
    ledger: Ledger
    readers: Readers


@dataclass(frozen=True, slots=True)
class Outcome:
    """How preparing one filing ended: the place of its bundle and how many findings of each severity it has."""

    filing: str
    place: str
    blockers: int
    warnings: int
    notes: int

    @property
    def folder(self) -> Path:
        """The bundle's folder, where bundles are folders."""
        return Path(self.place)

    @property
    def needs_attention(self) -> bool:
        """Whether a person must mend something."""
        return self.blockers > 0

    def as_message(self) -> dict[str, Any]:
        """The outcome for another process."""
        return {**asdict(self), "place": os.fsencode(self.place).hex()}


def outcome_of(message: Mapping[str, Any]) -> Outcome:
    """The outcome that `as_message` wrote."""
    return Outcome(**{**message, "place": os.fsdecode(bytes.fromhex(message["place"]))})


@contextlib.contextmanager
def open_desk(environ: Mapping[str, str]) -> Iterator[Desk]:
    """Settings read, folders made and checked, ledger open; closes the ledger at the end."""
    settings = load_settings(environ)
    before = os.umask(0o077)  # whatever is written at the desk is for its owner alone
    with contextlib.ExitStack() as stack:
        stack.callback(os.umask, before)
        prepare_places(settings)
        name = inbox.inbox_name(settings.inbox) if "://" in settings.ledger else ""
        ledger = open_ledger(settings.ledger, inbox=name, vault=settings.open_vault())
        stack.callback(ledger.close)
        store = open_store(
            settings.store,
            settings.work,
            options=settings.store_options,
            min_free_bytes=settings.min_free_bytes,
            vault=ledger.vault,
        )
        store.sweep()
        readers = stack.enter_context(readers_of(settings))
        yield Desk(settings, store, ledger, readers)


def receive_all(desk: Desk) -> inbox.TakeReport:
    """Takes every settled file of the inbox into the store and the ledger."""
    report = inbox.take_all(desk.settings, desk.ledger, desk.store)
    inbox_tables.open_tables(desk.ledger, desk.store, desk.readers)
    _tidy(desk)
    return report


def waiting_filings(desk: Desk) -> tuple[str, ...]:
    """The filings with something new since they were last prepared; loose files are nobody's filing yet."""
    return tuple(filing for filing in desk.ledger.filings_to_prepare() if filing != UNASSIGNED)


def prepare_filing(desk: Desk, filing: str, *, today: date | None = None, rules: Rulebook | None = None) -> Outcome:
    """Reads, judges and bundles one filing; its bundle is a new version beside the older ones."""
    from pipeline import bundle  # draws: `beianbox status` and its like need not wait for it

    now = datetime.now(UTC)
    with desk.store.room() as room:
        inbox_files.open_archives(desk, filing, room)
        seen = desk.ledger.last_change(filing)
        known = desk.ledger.get_filing(filing)
        judged = _judge(desk, filing, today or date.today(), rules or rules_of(desk), room)
        version = (known.version if known else 0) + 1
        drawn = bundle.draw(judged.prepared, judged.files, templates=desk.settings.templates)
    document = {"filing": plain(judged.prepared.filing), "findings": plain(drawn.prepared.findings)}
    marks = marks_of_filing(document["filing"])
    with bundle_places.kept(drawn.contents, _bundle_folder(desk, filing, version), desk.store, desk.ledger) as place:
        try:
            desk.ledger.save_filing(
                filing,
                document,
                expected_version=version - 1,
                seen=seen,
                now=now,
                marks_found=marks,
                bundle=(place, drawn.digest),
            )
        except StaleFiling:
            _leave_nothing_of_purged(desk, filing)
            raise
    _tell_arrivals(desk, judged.arrivals, judged.prepared.readings, judged.decided, now)
    _offer_to(desk, filing, marks)
    return _outcome(filing, place, drawn.prepared)


def _bundle_folder(desk: Desk, filing: str, version: int) -> Path | None:
    """Where a version's bundle is written; None where bundles are kept in the store."""
    return None if desk.settings.bundles is None else desk.settings.bundles / filing / f"v{version}"


def offer_loose(desk: Desk) -> int:
    """Reads the loose files that came, and offers each to the filing it fits; gives how many were offered.

    What breaks here is logged: filings are prepared whether or not a loose file can be offered to them.
    """
    try:
        return _offer_loose(desk)
    except FilingError:  # the ledger or the store
        raise
    except Exception as bug:
        log.exception("loose files were not offered (%s)", type(bug).__name__)
        return 0


def _offer_loose(desk: Desk) -> int:
    fresh = [one for one in desk.ledger.unoffered(State.TAKEN, limit=LOOSE) if not filing_table.is_table(one.name)]
    if not fresh:
        return 0
    with desk.store.room() as room:
        read = {
            reading.sha256: reading
            for reading in kept_readings.read_cached(desk, [inbox_files.file_of(one, room) for one in fresh])
        }
    found = {one: marks_of_reading(read[one.sha256]) for one in fresh if one.sha256 in read}
    for arrival, marks in found.items():
        desk.ledger.save_marks(arrival.id, marks)
    _tell_arrivals(desk, fresh, tuple(read.values()), review.standing(()), datetime.now(UTC))
    return _offer(desk, {one: (marks, desk.ledger.filings_like(marks, one.name)) for one, marks in found.items()})


def _offer_to(desk: Desk, filing: str, marks: frozenset[Mark]) -> None:
    """Offers a filing that was just prepared the loose files that nobody was found for before."""
    loose = desk.ledger.unoffered(State.READ, limit=LOOSE)
    said = desk.ledger.marks_of(one.id for one in loose)
    _offer(desk, {one: (said[one.id], {filing: marks}) for one in loose})


_Fits = tuple[frozenset[Mark], Mapping[str, frozenset[Mark]]]
"""What a file says of whose it is, and the filings that may fit it with what they say."""


def _offer(desk: Desk, files: Mapping[Arrival, _Fits]) -> int:
    offers = {one.id: loose_files.best_offer(one.name, said, like.items()) for one, (said, like) in files.items()}
    good = {arrival: offer for arrival, offer in offers.items() if offer is not None}
    if good:
        desk.ledger.save_offers(good)
    return len(good)


def _leave_nothing_of_purged(desk: Desk, filing: str) -> None:
    """Removes what was made of a filing that was purged meanwhile."""
    if desk.ledger.get_filing(filing) is None and not desk.ledger.arrivals_of(filing):
        remove_bundle_folders(desk, filing)
        desk.ledger.forget_orphans()


def remove_bundle_folders(desk: Desk, filing: str) -> None:
    """Removes all bundles of a filing that are folders."""
    if desk.settings.bundles is not None:
        shutil.rmtree(desk.settings.bundles / filing, ignore_errors=True)


def recheck_filing(desk: Desk, filing: str, *, today: date) -> bool:
    """Judges a filing as of another day; makes its bundle anew only where the findings have changed."""
    known = desk.ledger.get_filing(filing)
    with desk.store.room() as room:
        judged = _judge(desk, filing, today, rules_of(desk), room)
    before = [one for one in known.document["findings"] if not one["rule"].startswith("form.")] if known else []
    if plain(judged.prepared.findings) == before:
        return False
    prepare_filing(desk, filing, today=today)
    return True


@dataclass(frozen=True, slots=True)
class Judged:
    """A filing judged but not yet written, with the rows it was made from."""

    prepared: batch.Prepared
    files: tuple[StoredFile, ...]
    arrivals: Sequence[Arrival]
    decided: Standing


def _judge(desk: Desk, filing: str, today: date, rules: Rulebook, room: Room) -> Judged:
    arrivals = inbox_files.current(desk.ledger.arrivals_of(filing))
    decided = review.standing(desk.ledger.decisions_of(filing))
    files = tuple(file for file in inbox_files.files_of(arrivals, room) if file.sha256 not in decided.rejected)
    typed, typed_trouble = _typed(files)
    typed = replace(typed or TypedFacts({}), decided=review.decided_claims(decided))
    readings = (*review.mended(kept_readings.read_cached(desk, files), decided), *typed_trouble)
    assembled = assemble(filing, readings, typed)
    others = neighbours.contacts(desk.ledger, assembled, _label)
    prepared = batch.judge_filing(assembled, readings, rules, today, others)
    prepared = replace(prepared, findings=file_findings.in_order(review.settled(prepared.findings, decided)))
    return Judged(prepared, files, arrivals, decided)


def _label(filing: str) -> Text:
    """How findings call another filing: without a name of a person or company."""
    ident = key_of(filing)
    return Text(f"编号 {ident}", f"id {ident}")


def read_filing(desk: Desk, filing: str) -> int:
    """Reads what this reader has not read yet and keeps the readings; gives how many files the filing has."""
    with desk.store.room() as room:
        inbox_files.open_archives(desk, filing, room)
        files = inbox_files.files_of(inbox_files.current(desk.ledger.arrivals_of(filing)), room)
        kept_readings.read_cached(desk, files)
    return len(files)


def _typed(files: Sequence[Source]) -> tuple[TypedFacts | None, tuple[Reading, ...]]:
    """The typed values; a wrong `filing.yaml` is a failure of that file, and the papers are still read."""
    try:
        return batch.typed_facts(files), ()
    except UsageError as problem:
        file = next(one for one in files if one.name.lower().endswith((".yaml", ".yml")))
        failure = Failure("filing_yaml", Text(problem.zh, problem.en))
        return None, (Reading(file.name, file.sha256, file.path.stat().st_size, "filing_yaml", failure=failure),)


def current_files(desk: Desk, filing: str) -> tuple[tuple[str, str], ...]:
    """Name and hash of the files of a filing that no newer version replaces, in the order of their names."""
    return tuple(
        sorted((inbox_files.name_of(one), one.sha256) for one in inbox_files.current(desk.ledger.arrivals_of(filing)))
    )


def _tell_arrivals(
    desk: Desk, arrivals: Sequence[Arrival], readings: Sequence[Reading], decided: Standing, now: datetime
) -> None:
    """Each file's state: read, rejected by a reviewer, or needs attention; the latter two with the reason."""
    unusable: dict[Arrival, Text] = {}
    failures = {reading.sha256: reading.failure for reading in readings if reading.failure is not None}
    for arrival in arrivals:
        failure = failures.get(arrival.sha256)
        said = decided.rejected.get(arrival.sha256)
        if said is not None:
            desk.ledger.set_state(arrival.id, State.REJECTED, now, Text(said.reason, said.reason))
        elif failure is None:
            desk.ledger.set_state(arrival.id, State.READ, now)
            inbox.remove_rejected(desk.settings.rejected, arrival.sha256, arrival.filing)
        else:
            desk.ledger.set_state(arrival.id, State.NEEDS_ATTENTION, now, failure.message)
            unusable[arrival] = failure.message
    if not desk.settings.key_file:  # what is encrypted is not laid out in clear
        for arrival, reason in unusable.items():
            inbox.reject(desk.settings.rejected, desk.store, arrival, reason, now.date())


def _outcome(filing: str, place: str, prepared: batch.Prepared) -> Outcome:
    number = {severity: sum(one.severity is severity for one in prepared.findings) for severity in Severity}
    return Outcome(filing, place, number[Severity.BLOCKER], number[Severity.WARNING], number[Severity.NOTE])


def rules_of(desk: Desk) -> Rulebook:
    """The rulebook with the user's own rows from `rules_dir`."""
    return load_rulebook(desk.settings.rule_folders)


def run_once(
    desk: Desk, *, today: date | None = None, tell: Callable[[Outcome], None] = lambda _: None
) -> tuple[Outcome, ...]:
    """One round that waits for files to settle: receive, then prepare every filing with something new."""
    receive_all(desk)
    outcomes = prepare_waiting(desk, today=today, tell=tell)
    offer_loose(desk)
    return outcomes


def look(desk: Desk, memory: inbox.Memory) -> inbox.TakeReport:
    """One look of a round that goes on: takes what has not changed since the look that left `memory`."""
    report = inbox.take_step(
        desk.settings, desk.ledger, desk.store, memory, clock=time.monotonic, now=datetime.now(UTC)
    )
    inbox_tables.open_tables(desk.ledger, desk.store, desk.readers)
    _tidy(desk)
    return report


def _tidy(desk: Desk) -> None:
    """Finishes purges, those of other machines too, and removes originals past their days."""
    settings, now = desk.settings, datetime.now(UTC)
    strays.remove_left(desk.store, desk.ledger)
    inbox.tidy_rejected(settings.rejected, desk.ledger)
    inbox.tidy_taken(settings.inbox, desk.store, desk.ledger, keep_days=settings.keep_days, now=now)


def prepare_waiting(
    desk: Desk,
    *,
    today: date | None = None,
    tell: Callable[[Outcome], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
    is_patient: bool = False,
) -> tuple[Outcome, ...]:
    """Prepares, here, every filing with something new whose files have all come, and that nobody else holds."""
    rules, outcomes = rules_of(desk), []
    prepare = lambda filing: prepare_filing(desk, filing, today=today, rules=rules)  # noqa: E731
    for outcome in drain_each(desk.ledger, prepare, stop=stop, is_patient=is_patient):
        outcomes.append(outcome)
        tell(outcome)
    return tuple(outcomes)


def note_access(desk: Desk, action: str, filing: str, detail: str = "") -> None:
    """Adds to the audit log what the person at this machine read or changed."""
    desk.ledger.note_access(action, key_of(filing), _person(), datetime.now(UTC), detail)


def _person() -> str:
    """The name of the user of this machine who runs the program."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run as a number without a name
        return str(os.getuid())


def key_of(filing: str) -> str:
    """The part of a filing's id that says nothing of a person or company: for logs and for Prefect."""
    return filing.rpartition("-")[2]


def key_to_filing(desk: Desk) -> dict[str, str]:
    """Each filing that was prepared, by its key."""
    return {key_of(one.filing): one.filing for one in desk.ledger.filings(limit=1_000_000)}
