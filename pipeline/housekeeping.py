"""What keeps a home small and private: purging a filing, and the nightly removal of what is past its day."""

from __future__ import annotations

import contextlib
import os
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from pipeline import inbox, inbox_tables, strays
from pipeline.drain import free_the_dead
from pipeline.receiving import TAKEN, is_inside
from pipeline.rows import UNASSIGNED, Forgotten
from pipeline.work import Desk, remove_bundle_folders

MOST_FILINGS = 100_000
"""More filings than one night can purge: a bound, not a limit that anybody meets."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a night's housekeeping removed: originals moved aside, rejected copies, old bundles, filings, readings."""

    originals: int
    rejected: int
    bundles: int
    filings: int
    readings: int
    freed: int


def purge_filing(desk: Desk, filing: str) -> int:
    """Removes a filing's rows, its bytes that no other filing uses, originals, rejected copies and all bundles.

    A table of several filings that has a row of this one goes too: what it says of the others is kept with them. Rows of
    the ledger go first: a worker that is preparing the filing then keeps nothing of it. Gives how many files went.
    """
    arrivals = desk.ledger.arrivals_of(filing)
    hashes = {arrival.sha256 for arrival in arrivals}
    tables = [] if filing == UNASSIGNED else list(inbox_tables.tables_of(filing, desk.ledger, desk.store, desk.readers))
    theirs = {*hashes, *(table.sha256 for table in tables), *desk.ledger.packed_bundles(filing)}
    with strays.watched(desk.store, desk.ledger, theirs):
        removed = _remove_originals(desk, desk.ledger.forget_filing(filing))
        for table in tables:
            removed += _remove_originals(desk, desk.ledger.forget_file(table))
            inbox.remove_rejected(desk.settings.rejected, table.sha256, UNASSIGNED)
    for folder in {os.fsdecode(arrival.path_raw).partition("/")[0] for arrival in arrivals}:
        _remove_empty(desk.settings.inbox / folder)
    for sha256 in hashes:
        inbox.remove_rejected(desk.settings.rejected, sha256, filing)
    remove_bundle_folders(desk, filing)
    return removed


def _remove_originals(desk: Desk, gone: Forgotten) -> int:
    """Removes originals whose rows are gone; gives how many files nobody has any more."""
    for original in gone.originals:
        _remove_original(desk.settings.inbox, os.fsdecode(original))
    return len(gone.hashes)


def housekeep(desk: Desk, now: datetime) -> Kept:
    """One night's work; each part may be repeated, and a part that finds nothing costs next to nothing."""
    settings = desk.settings
    desk.store.sweep()
    desk.store.tidy()
    strays.remove_left(desk.store, desk.ledger)
    inbox.tidy_rejected(settings.rejected, desk.ledger)
    return Kept(
        originals=inbox.tidy_taken(settings.inbox, desk.store, desk.ledger, keep_days=settings.keep_days, now=now),
        rejected=remove_rejected_before(settings.rejected, now - timedelta(days=settings.keep_days)),
        bundles=_remove_old_bundles(desk) if settings.keep_bundles else 0,
        filings=_purge_old(desk, now) if settings.retention_days else 0,
        readings=desk.ledger.forget_orphans(),
        freed=free_the_dead(desk.ledger),
    )


def _purge_old(desk: Desk, now: datetime) -> int:
    """Purges filings that nothing has happened to for `retention_days`."""
    before = now - timedelta(days=desk.settings.retention_days)
    old = [one.filing for one in desk.ledger.filings_untouched_since(before, limit=MOST_FILINGS)]
    for filing in old:
        purge_filing(desk, filing)
    return len(old)


def _remove_old_bundles(desk: Desk) -> int:
    """Of each filing the newest `keep_bundles` stay."""
    bundles, keep = desk.settings.bundles, desk.settings.keep_bundles
    old = desk.ledger.old_packed_bundles(keep)
    with strays.watched(desk.store, desk.ledger, old.values()):
        desk.ledger.forget_bundles(list(old))
    return len(old) + (_remove_old_folders(bundles, keep) if bundles is not None else 0)


def _remove_old_folders(bundles: Path, keep: int) -> int:
    removed = 0
    for folder in sorted(bundles.iterdir()):
        versions = sorted(
            (one for one in folder.glob("v*") if one.name[1:].isdecimal()), key=lambda one: int(one.name[1:])
        )
        for old in versions[:-keep]:
            shutil.rmtree(old, ignore_errors=True)
            removed += 1
    return removed


def remove_rejected_before(rejected: Path, before: datetime) -> int:
    """Removes the days of `rejected` before a moment; gives how many files went."""
    removed = 0
    for day in sorted(rejected.iterdir()):
        if day.is_dir() and day.name < before.date().isoformat():
            removed += sum(1 for _ in day.iterdir())
            shutil.rmtree(day, ignore_errors=True)
    return removed


def _remove_empty(folder: Path) -> None:
    """Removes what is left of a filing's folder in the inbox, whose name is a company's; files in it are kept."""
    if folder.is_symlink() or not folder.is_dir():
        return
    for below in sorted((path for path in folder.rglob("*") if path.is_dir() and not path.is_symlink()), reverse=True):
        with contextlib.suppress(OSError):
            below.rmdir()
    with contextlib.suppress(OSError):
        folder.rmdir()


def _remove_original(place: Path, original: str) -> None:
    if is_inside(place, original):
        (place / original).unlink(missing_ok=True)
        inbox.remove_folders_above(place / original, place / TAKEN)
