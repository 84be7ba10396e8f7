"""Emptied folders and kept originals are tidied away when it is safe, and not before."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from pipeline.inbox import tidy_taken
from pipeline.receiving import filing_id
from tests.pipeline.inbox.desk import Desk


def test_a_folder_we_emptied_goes_after_some_minutes_and_one_we_never_saw_stays(desk: Desk) -> None:
    desk.put("f/sub/a.jpg")
    (desk.inbox / "new").mkdir()
    desk.take()
    assert (desk.inbox / "f" / "sub").is_dir()
    desk.seconds += 601
    desk.take()
    desk.take()
    assert not (desk.inbox / "f").exists()
    assert (desk.inbox / "new").is_dir()


def test_originals_are_kept_for_the_days_of_the_settings_and_then_tidied_away(desk: Desk) -> None:
    desk.put("f/sub/a.jpg")
    desk.take()
    desk.seconds += 7200
    desk.take()
    assert tidy_taken(desk.inbox, desk.store, desk.ledger, keep_days=1, now=desk.now) == 0
    assert desk.originals() == [b"abc"]
    desk.seconds += 86_400
    assert tidy_taken(desk.inbox, desk.store, desk.ledger, keep_days=1, now=desk.now) == 1
    assert list((desk.inbox / ".taken").iterdir()) == []
    assert desk.contents(filing_id("f")) == [("f/sub/a.jpg", b"abc", True)]
    assert tidy_taken(desk.inbox, desk.store, desk.ledger, keep_days=1, now=desk.now) == 0


def test_an_original_whose_bytes_the_store_does_not_hold_is_never_removed(desk: Desk) -> None:
    desk.put("f/a.jpg")
    desk.take()
    desk.seconds += 7200
    desk.take()
    (original,) = (desk.inbox / ".taken" / "f").iterdir()
    original.write_bytes(b"written much later")
    desk.seconds += 40 * 86_400
    assert tidy_taken(desk.inbox, desk.store, desk.ledger, keep_days=30, now=desk.now) == 0
    assert original.exists()
    desk.take()
    assert desk.contents(filing_id("f"))[-1] == ("f/a.jpg", b"written much later", True)


def _settled_for_good(desk: Desk) -> Path:
    """An original in `.taken` that is old enough to be tidied away."""
    desk.put("f/a.jpg")
    desk.take()
    desk.seconds += 7200
    desk.take()
    desk.seconds += 40 * 86_400
    (original,) = (desk.inbox / ".taken" / "f").iterdir()
    return original


def test_tidying_leaves_alone_what_a_link_leads_to(desk: Desk, tmp_path: Path) -> None:
    original = _settled_for_good(desk)
    original.parent.rename(tmp_path / "elsewhere")
    original.parent.symlink_to(tmp_path / "elsewhere")
    assert tidy_taken(desk.inbox, desk.store, desk.ledger, keep_days=30, now=desk.now) == 0
    assert [path.read_bytes() for path in (tmp_path / "elsewhere").iterdir()] == [b"abc"]


def test_tidying_forgets_an_original_that_someone_took_away(desk: Desk) -> None:
    _settled_for_good(desk).unlink()
    assert tidy_taken(desk.inbox, desk.store, desk.ledger, keep_days=30, now=desk.now) == 0
    assert desk.ledger.takings_before(desk.now) == ()


def test_tidying_skips_an_original_that_cannot_be_removed_now(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    original = _settled_for_good(desk)

    def refuse(_path: Path) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refuse)
        assert tidy_taken(desk.inbox, desk.store, desk.ledger, keep_days=30, now=desk.now) == 0
    assert original.exists()
    assert tidy_taken(desk.inbox, desk.store, desk.ledger, keep_days=30, now=desk.now) == 1


def test_tidying_leaves_a_folder_that_still_holds_something(desk: Desk) -> None:
    original = _settled_for_good(desk)
    original.with_name("note.txt").write_bytes(b"of a person")
    assert tidy_taken(desk.inbox, desk.store, desk.ledger, keep_days=30, now=desk.now) == 1
    assert [path.name for path in original.parent.iterdir()] == ["note.txt"]
