"""Filings claimed with leases: held once, free again when a worker ends, given up after failures."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.ledger import Ledger, open_ledger
from pipeline.ledger_base import StaleFiling
from pipeline.ledger_claims import MAX_ATTEMPTS
from tests.pipeline.incoming import NOW, incoming, waiting


def test_a_filing_is_claimed_once_and_free_again_when_its_worker_ends(ledger: Ledger) -> None:
    for number in range(3):
        ledger.record_arrival(incoming("abc"[number], filing=f"f-{number}"), NOW)
    first, second = ledger.claim("one", 60), ledger.claim("two", 60)
    assert first and second and (first.filing, second.filing) == ("f-0", "f-1")
    assert ledger.claimed() == {"f-0": "one", "f-1": "two"}
    ledger.release("one")
    again = ledger.claim("two", 60)
    assert again is not None and again.filing == "f-0"


def test_a_lease_that_ran_out_is_taken_by_another_and_one_renewed_is_not(ledger: Ledger) -> None:
    ledger.record_arrival(incoming(), NOW)
    assert ledger.claim("dead", 0.05)
    time.sleep(0.1)
    taken = ledger.claim("alive", 0.05)
    assert taken is not None and taken.attempts == 2
    ledger.renew("alive", 60)
    time.sleep(0.1)
    assert ledger.claim("other", 60) is None


def test_a_prepared_filing_leaves_the_list_and_a_later_file_brings_it_back(ledger: Ledger) -> None:
    ledger.record_arrival(incoming(), NOW)
    claim = ledger.claim("one", 60)
    assert claim is not None
    ledger.record_arrival(incoming("b", path="f/late.jpg"), NOW)
    ledger.save_filing("f-1", {}, expected_version=0, seen=claim.change, now=NOW)
    assert ledger.claim("two", 60) is None, "still held by the one that prepares it"
    ledger.release("one")
    again = ledger.claim("two", 60)
    assert again is not None and again.change > claim.change
    ledger.save_filing("f-1", {}, expected_version=1, seen=again.change, now=NOW)
    assert ledger.filings_to_prepare() == ()


def test_what_fails_pauses_and_is_given_up_until_it_changes(ledger: Ledger) -> None:
    ledger.record_arrival(incoming(), NOW)
    for attempt in range(1, MAX_ATTEMPTS + 1):
        claim = ledger.claim("one", 0.001)
        assert claim is not None and claim.attempts == attempt, "a worker that died without a word"
        time.sleep(0.01)
    assert ledger.claim("one", 60) is None
    assert ledger.given_up() == ("f-1",)
    ledger.record_arrival(incoming("b", path="f/late.jpg"), NOW)
    assert ledger.claim("one", 60) is not None
    ledger.release("one", failed=True)
    assert ledger.claim("one", 60) is not None, "the first failure is tried again at once"
    ledger.release("one", failed=True)
    assert ledger.claim("one", 60) is None
    assert ledger.given_up() == ()
    ledger.record_arrival(incoming("c", path="f/later.jpg"), NOW)
    assert ledger.claim("one", 60) is not None, "a change ends the pause"


def test_a_filing_with_a_file_on_its_way_waits_for_an_hour_at_most(ledger: Ledger) -> None:
    now = datetime.now(UTC)
    ledger.record_arrival(incoming(), now)
    ledger.note_waiting([replace(waiting("f/coming.pdf.part"), is_busy=True)], now)
    assert ledger.claim("one", 60) is None
    ledger.note_waiting([waiting("f/coming.pdf.part")], now)
    assert ledger.claim("one", 60) is not None
    ledger.release("one")
    ledger.note_waiting([], now)
    ledger.note_waiting([replace(waiting("f/coming.pdf.part"), is_busy=True)], now - timedelta(hours=2))
    assert ledger.claim("one", 60) is not None


def test_loose_files_are_nobodys_to_prepare(ledger: Ledger) -> None:
    ledger.record_arrival(incoming(filing="unassigned", path="x.jpg"), NOW)
    assert ledger.claim("one", 60) is None


def test_many_claim_at_once_and_no_filing_is_held_twice(place: Path | str) -> None:
    ledger = open_ledger(place)
    for number in range(40):
        ledger.record_arrival(incoming(filing=f"f-{number:02d}", path=f"{number}/x"), NOW)
    found: list[str] = []

    def claim_all(worker: str) -> None:
        mine = open_ledger(place)
        while claim := mine.claim(worker, 60):
            found.append(claim.filing)
        mine.close()

    threads = [threading.Thread(target=claim_all, args=(f"w{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    ledger.close()
    assert sorted(found) == [f"f-{number:02d}" for number in range(40)]


def test_a_filing_purged_while_it_was_prepared_does_not_come_back(ledger: Ledger) -> None:
    ledger.record_arrival(incoming(), NOW)
    claim = ledger.claim("one", 60)
    assert claim is not None
    ledger.forget_filing("f-1")
    with pytest.raises(StaleFiling):
        ledger.save_filing("f-1", {"name": "x"}, expected_version=0, seen=claim.change, now=NOW)
    assert ledger.get_filing("f-1") is None and ledger.filings_to_prepare() == ()
