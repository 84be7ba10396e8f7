"""Links, pipes and sockets, also in place of a file that was seen: listed, never followed."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from pipeline import receiving
from pipeline.folders import scan
from pipeline.receiving import Outcome, filing_id, receive
from pipeline.rows import State
from tests.pipeline.inbox.desk import START, Desk


def test_links_pipes_and_sockets_are_listed_and_never_followed(desk: Desk, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "a.jpg").write_bytes(b"secret")
    (desk.inbox / "f").mkdir()
    (desk.inbox / "f" / "link.jpg").symlink_to(secret / "a.jpg")
    (desk.inbox / "f" / "linked").symlink_to(secret)
    (desk.inbox / "loop").symlink_to(desk.inbox)
    os.mkfifo(desk.inbox / "f" / "pipe.jpg")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(desk.inbox / "f" / "sock"))
        report = desk.take()
    assert report.taken == ()
    assert [(row.path, row.state) for row in report.waiting] == [
        ("f/link.jpg", State.NEEDS_ATTENTION),
        ("f/linked", State.NEEDS_ATTENTION),
        ("f/pipe.jpg", State.NEEDS_ATTENTION),
        ("f/sock", State.NEEDS_ATTENTION),
        ("loop", State.NEEDS_ATTENTION),
    ]
    assert (secret / "a.jpg").read_bytes() == b"secret"


def test_a_pipe_that_takes_the_place_of_a_file_does_not_hang_anything(desk: Desk) -> None:
    path = desk.put("f/a.jpg")
    look = scan(desk.inbox)[0]
    path.unlink()
    os.mkfifo(path)
    assert receive(look, desk.store, desk.ledger, desk.inbox, now=START).outcome is Outcome.WAITING


def test_a_link_that_takes_the_place_of_a_file_or_a_folder_is_not_followed(desk: Desk, tmp_path: Path) -> None:
    path = desk.put("f/a.jpg")
    look = scan(desk.inbox)[0]
    (tmp_path / "a.jpg").write_bytes(b"secret")
    path.unlink()
    path.symlink_to(tmp_path / "a.jpg")
    assert receive(look, desk.store, desk.ledger, desk.inbox, now=START).outcome is Outcome.WAITING
    path.unlink()
    path.parent.rmdir()
    path.parent.symlink_to(tmp_path)
    assert receive(look, desk.store, desk.ledger, desk.inbox, now=START).reason == receiving.OUTSIDE
    assert (tmp_path / "a.jpg").read_bytes() == b"secret"
    assert list(desk.store.blobs.root.glob("??/*")) == []


def test_originals_are_not_moved_out_of_the_inbox_by_a_link(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (desk.inbox / ".taken").symlink_to(tmp_path / "outside")
    desk.put("f/a.jpg")
    report = desk.take()
    assert "out of the inbox" in report.waiting[0].reason.en
    assert desk.files_left() == ["f/a.jpg"]
    assert list((tmp_path / "outside").iterdir()) == []
    assert desk.contents(filing_id("f")) == [("f/a.jpg", b"abc", True)]
