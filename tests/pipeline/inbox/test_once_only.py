"""Each file is recorded once, whoever looks, sends again or is killed between two steps."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import threading

import pytest

from pipeline.folders import scan
from pipeline.model import Text
from pipeline.receiving import Outcome, filing_id, receive
from pipeline.rows import State
from tests.pipeline.inbox.desk import START, Desk, only


def test_the_same_file_sent_again_is_a_no_op_that_tidies_the_inbox(desk: Desk) -> None:
    desk.put("f/a.jpg")
    first = only(desk.take())
    desk.put("f/a.jpg")
    assert only(desk.take()) == first
    assert desk.files_left() == []
    assert desk.originals() == [b"abc", b"abc"], "nothing people gave is overwritten"


def test_the_same_bytes_under_another_name_are_a_note(desk: Desk) -> None:
    desk.put("f/a.jpg")
    desk.take()
    desk.put("f/b.jpg")
    arrival = only(desk.take())
    assert arrival.state is State.TAKEN
    assert "already here since" in arrival.note.en
    assert len([path for path in desk.store.blobs.root.rglob("*") if path.is_file()]) == 1


def test_the_same_name_with_new_bytes_is_a_new_version_and_the_old_one_stays(desk: Desk) -> None:
    desk.put("f/a.jpg", b"one")
    desk.take()
    desk.put("f/a.jpg", b"two")
    desk.take()
    assert desk.contents(filing_id("f")) == [("f/a.jpg", b"one", False), ("f/a.jpg", b"two", True)]


def test_a_file_that_another_consumer_took_is_silently_gone(desk: Desk) -> None:
    path = desk.put("f/a.jpg")
    look = scan(desk.inbox)[0]
    path.unlink()
    result = receive(look, desk.store, desk.ledger, desk.inbox, now=START)
    assert (result.outcome, result.arrival, result.reason) == (Outcome.GONE, None, Text("", ""))


def test_four_consumers_record_each_file_exactly_once(desk: Desk) -> None:
    for number in range(40):
        desk.put(f"f/{number}.jpg", b"%d" % number)
    looks = scan(desk.inbox)

    def consume() -> None:
        for look in looks:
            receive(look, desk.store, desk.ledger, desk.inbox, now=START)

    threads = [threading.Thread(target=consume) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(data for _, data, _ in desk.contents(filing_id("f"))) == sorted(b"%d" % n for n in range(40))
    assert desk.files_left() == []
    assert sorted(set(desk.originals())) == sorted(b"%d" % n for n in range(40))


KILLED_AT = {
    "while copying": "store_folder._sync = die",
    "after the copy": "Ledger.record_arrival = die",
    "after the record": "receiving._finish = die",
    "just before the move": "Path.rename = die",
    "just after the move": "Ledger.note_waiting = die",
}
KILLED_RUN = """
import os, signal, sys
from pathlib import Path
from pipeline import inbox, receiving, store_folder
from pipeline.ledger import Ledger, open_ledger
from pipeline.settings import load_settings
from pipeline.store import open_store

def die(*_arguments, **_named):
    os.kill(os.getpid(), signal.SIGKILL)

settings = load_settings({"BEIANBOX_SETTLE_SECONDS": "0.05", "BEIANBOX_MIN_FREE_BYTES": "0"}, Path(sys.argv[1]))
ledger, store = open_ledger(settings.ledger), open_store(settings.store)
"""


@pytest.mark.parametrize("moment", KILLED_AT)
def test_a_process_killed_between_any_two_steps_loses_nothing_and_doubles_nothing(desk: Desk, moment: str) -> None:
    desk.put("f/a.jpg", b"precious")
    code = KILLED_RUN + KILLED_AT[moment] + "\ninbox.take_all(settings, ledger, store)"
    done = subprocess.run([sys.executable, "-c", code, str(desk.settings.home)], timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    everywhere = [path.read_bytes() for path in desk.inbox.rglob("*") if path.is_file()]
    assert everywhere == [b"precious"], "the original is there at every moment"
    desk.store.sweep()
    desk.take()
    assert desk.contents(filing_id("f")) == [("f/a.jpg", b"precious", True)]
    assert desk.files_left() == []
    assert desk.originals() == [b"precious"]
    assert list((desk.store.blobs.root / "tmp").iterdir()) == []


def test_originals_brought_back_from_a_backup_do_not_replace_a_file_dropped_since(desk: Desk) -> None:
    desk.put("f/a.jpg", b"old")
    desk.take()
    (original,) = (path for path in (desk.inbox / ".taken").rglob("*") if path.is_file())
    shutil.copy2(original, original.with_suffix(".copy"))  # bytes and time kept, a new inode: cp -a, rsync -a, tar
    original.with_suffix(".copy").replace(original)
    desk.put("f/a.jpg", b"new")
    desk.take()
    assert [data for _, data, is_current in desk.contents(filing_id("f")) if is_current] == [b"new"]
