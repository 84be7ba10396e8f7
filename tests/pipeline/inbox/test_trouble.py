"""Full disks, missing rights and mounts, empty and oversized files: said, and nothing lost."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline import store_folder
from pipeline.errors import EnvironmentProblem
from pipeline.folders import MAX_DEPTH, scan
from pipeline.inbox import reject
from pipeline.model import Text
from pipeline.receiving import Outcome, filing_id, receive
from pipeline.rows import State
from pipeline.store import Store
from tests.pipeline.inbox.desk import SETTLE, START, Desk, only


def test_a_full_disk_stops_taking_says_so_and_goes_on_by_itself(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b", "c"):
        desk.put(f"f/{name}.jpg", name.encode())
    real, calls = store_folder._sync, [0]

    def second_fails(file: Any) -> None:
        calls[0] += 1
        if calls[0] == 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(file)

    monkeypatch.setattr(store_folder, "_sync", second_fails)
    report = desk.take()
    assert report.full is not None
    assert [row.name for row in report.taken] == ["a.jpg"]
    assert desk.files_left() == ["f/b.jpg", "f/c.jpg"]
    assert [row.reason.zh for row in report.waiting] == [report.full.zh] * 2
    assert [row.name for row in desk.take().taken] == ["b.jpg", "c.jpg"]


def test_space_is_checked_before_copying(desk: Desk) -> None:
    desk.put("f/a.jpg")
    desk.store = replace(desk.store, min_free_bytes=1 << 62)
    report = desk.take()
    assert report.full is not None
    assert desk.files_left() == ["f/a.jpg"]


@pytest.mark.parametrize("number", [errno.EACCES, errno.EBUSY, errno.EIO])
def test_a_file_that_cannot_be_read_now_waits_with_the_cause_and_the_others_are_taken(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    locked = desk.put("f/a.jpg")
    desk.put("f/b.jpg")
    real = os.open

    def refuse(path: Any, *arguments: Any, **named: Any) -> int:
        if path == locked:
            raise OSError(number, os.strerror(number))
        return real(path, *arguments, **named)

    monkeypatch.setattr(os, "open", refuse)
    report = desk.take()
    assert only(report).name == "b.jpg"
    (row,) = report.waiting
    assert row.state is State.WAITING
    assert os.strerror(number) in row.reason.en
    monkeypatch.setattr(os, "open", real)
    assert only(desk.take()).name == "a.jpg"


def test_a_store_that_cannot_be_written_makes_files_wait_and_stay(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.put("f/a.jpg")

    def read_only(*_arguments: Any, **_named: Any) -> Any:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    with monkeypatch.context() as patch:
        patch.setattr(store_folder.tempfile, "mkstemp", read_only)
        (row,) = desk.take().waiting
    assert os.strerror(errno.EROFS) in row.reason.zh
    assert desk.files_left() == ["f/a.jpg"]
    only(desk.take())


def test_a_clock_that_jumps_back_changes_nothing(desk: Desk) -> None:
    desk.put("f/a.jpg")
    desk.take()
    desk.seconds -= 86_400
    desk.put("f/b.jpg", b"other")
    assert only(desk.take()).name == "b.jpg"
    assert len(desk.ledger.open_takings()) == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_without_read_rights_waits(desk: Desk) -> None:
    desk.put("f/a.jpg").chmod(0)
    assert desk.take().waiting[0].state is State.WAITING


def test_an_original_that_cannot_be_moved_is_taken_once_and_said_until_it_can(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.put("f/a.jpg")

    def refuse(_path: Path, _target: Path) -> Path:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", refuse)
        only(desk.take())
        patch.setattr(Store, "put", lambda *_arguments, **_named: pytest.fail("copied again"))
        report = desk.take()
        assert report.taken == ()
        (row,) = report.waiting
        assert row.state is State.NEEDS_ATTENTION
        assert "cannot be moved" in row.reason.en
        assert desk.files_left() == ["f/a.jpg"]
    assert desk.take().waiting == ()
    assert desk.files_left() == []
    assert len(desk.contents(filing_id("f"))) == 1


def test_a_store_that_vanished_is_not_taken_for_a_vanished_file(desk: Desk) -> None:
    desk.put("f/a.jpg")
    desk.store.blobs.root.rename(desk.store.blobs.root.with_name("away"))
    result = receive(scan(desk.inbox)[0], desk.store, desk.ledger, desk.inbox, now=START)
    assert result.outcome is Outcome.WAITING
    assert "No such file" in result.reason.en
    assert desk.files_left() == ["f/a.jpg"]
    assert not desk.store.blobs.root.exists(), (
        "a store on a share that is not mounted is not made anew on the wrong disk"
    )


def test_a_file_that_vanishes_while_it_is_copied_is_gone_and_nothing_of_it_is_kept(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = desk.put("f/a.jpg")
    look = scan(desk.inbox)[0]
    real = store_folder._sync
    monkeypatch.setattr(store_folder, "_sync", lambda file: (real(file), path.unlink()))
    assert receive(look, desk.store, desk.ledger, desk.inbox, now=START).outcome is Outcome.GONE
    assert list(desk.store.blobs.root.glob("*/*")) == []


def test_an_empty_file_is_not_eaten_and_reported_after_some_minutes(desk: Desk) -> None:
    desk.put("f/a.jpg", b"")
    first = desk.take()
    assert (first.taken, first.waiting[0].state) == ((), State.WAITING)
    desk.seconds += 600
    (row,) = desk.take().waiting
    assert row.state is State.NEEDS_ATTENTION
    assert "0 字节" in row.reason.zh
    assert desk.files_left() == ["f/a.jpg"]
    assert desk.ledger.waiting()[0].since == START + timedelta(seconds=SETTLE)


def test_a_file_over_the_limit_is_left_with_both_numbers(desk: Desk) -> None:
    desk.put("f/a.apk", b"x" * 11)
    desk.settings = replace(desk.settings, max_file_bytes=10)
    (row,) = desk.take().waiting
    assert row.state is State.NEEDS_ATTENTION
    assert "11 bytes, the limit is 10" in row.reason.en
    assert desk.files_left() == ["f/a.apk"]


def test_an_unsupported_file_is_taken_like_any_other(desk: Desk) -> None:
    desk.put("f/notes.xyz", b"whatever")
    assert only(desk.take()).path == "f/notes.xyz"


def test_a_rejected_file_is_copied_with_a_text_in_both_languages(desk: Desk) -> None:
    desk.put("f/合同?.xyz", b"whatever")
    arrival = only(desk.take())
    reason = Text("不支持的文件类型", "Unsupported kind of file")
    target = reject(desk.settings.rejected, desk.store, arrival, reason, date(2026, 1, 5))
    assert target is not None
    assert target == desk.settings.rejected / "2026-01-05" / f"{arrival.sha256[:8]}-697f504a-合同_.xyz"
    assert target.read_bytes() == b"whatever"
    text = target.with_name(target.name + ".txt").read_text(encoding="utf-8")
    assert "不支持的文件类型" in text
    assert "Unsupported kind of file" in text
    assert reject(desk.settings.rejected, desk.store, arrival, reason, date(2026, 1, 6)) is None, (
        "once, whatever the day"
    )
    assert len(list(desk.settings.rejected.glob("*/*"))) == 2


def test_an_inbox_that_is_not_mounted_is_an_error_of_the_environment(desk: Desk) -> None:
    desk.inbox.rmdir()
    with pytest.raises(EnvironmentProblem) as caught:
        desk.take()
    assert "挂载" in caught.value.zh


def test_a_folder_that_cannot_be_opened_is_listed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.put("f/a.jpg")
    desk.put("g/b.jpg")
    real = os.scandir

    def refuse(path: Any) -> Any:
        if str(path).endswith("/f/"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return real(path)

    monkeypatch.setattr(os, "scandir", refuse)
    report = desk.take()
    assert only(report).path == "g/b.jpg"
    assert [(row.path, row.state) for row in report.waiting] == [("f", State.NEEDS_ATTENTION)]
    assert report.waiting[0].filing == filing_id("f")


def test_folders_without_end_are_listed_not_followed(desk: Desk) -> None:
    deep = "/".join(["d"] * (MAX_DEPTH + 5))
    desk.put(f"{deep}/a.jpg")
    desk.put("/".join(["e"] * MAX_DEPTH) + "/a.jpg")
    report = desk.take()
    assert only(report).path.startswith("e/")
    assert f"{MAX_DEPTH}" in report.waiting[0].reason.en
