"""Two homes that share a ledger and an object store and no folder: what one made the other shows, exports and purges."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline import bundle_command, store_remote, strays, work
from pipeline.bundle_places import files_at
from pipeline.cli import main
from pipeline.errors import UsageError
from pipeline.housekeeping import housekeep, purge_filing
from pipeline.ledger_base import StaleFiling
from pipeline.store_remote import RemoteBlobs, StoreUnreachable
from pipeline.work import Desk

TYPED = "filing: {province: 广东}\nentity: {nature: enterprise, name: 广州共享样本有限公司}\n"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_remote, "PAUSES", (0.0,))


def environ(tmp_path: Path, home: str) -> dict[str, str]:
    return {
        "BEIANBOX_HOME": str(tmp_path / home),
        "BEIANBOX_LEDGER": str(tmp_path / "shared.db"),
        "BEIANBOX_STORE": f"memory://{tmp_path.name}",
        "BEIANBOX_SETTLE_SECONDS": "0.05",
        "BEIANBOX_MIN_FREE_BYTES": "0",
        "BEIANBOX_WORKERS": "1",
    }


@pytest.fixture
def desks(tmp_path: Path) -> Iterator[tuple[Desk, Desk]]:
    with ExitStack() as stack:
        one, two = (stack.enter_context(work.open_desk(environ(tmp_path, name))) for name in ("one", "two"))
        yield one, two


def drop(desk: Desk) -> None:
    """Typed values, a file that no reader knows, and an archive with another one."""
    folder = desk.settings.inbox / "公司"
    folder.mkdir()
    (folder / "filing.yaml").write_text(TYPED, "utf-8")
    (folder / "附件.bin").write_bytes(b"one")
    with zipfile.ZipFile(folder / "资料.zip", "w") as archive:
        archive.writestr("另一份.bin", b"other")


def kept(desk: Desk) -> set[str]:
    fs, base = desk.store.blobs._file_system()  # type: ignore[attr-defined]
    return {name.rpartition("/")[2] for name in fs.find(base)}


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def away(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> Any:
        raise StoreUnreachable("不在", "away")

    monkeypatch.setattr(RemoteBlobs, "_tried", refuse)


def test_what_one_machine_made_another_shows_exports_and_purges(desks: tuple[Desk, Desk], tmp_path: Path) -> None:
    one, two = desks
    drop(one)
    (outcome,) = work.run_once(one)
    row = two.ledger.latest_bundle(outcome.filing)
    assert row is not None and row.folder == outcome.place
    files = files_at(row.folder, two.store)
    manifest = json.loads(files.read("manifest.json"))["files"]
    assert {name: hashlib.sha256(files.read(name)).hexdigest() for name in manifest} == {
        name: said["sha256"] for name, said in manifest.items()
    }
    assert [file["file"] for file in json.loads(files.read("manifest.json"))["inputs"]] == [
        "filing.yaml",
        "资料.zip",
        "资料.zip/另一份.bin",
        "附件.bin",
    ]
    assert not (tmp_path / "one/bundles").exists() and not (tmp_path / "one/store").exists()
    assert files_in(tmp_path / "one/work") == files_in(tmp_path / "two/work") == []
    purge_filing(two, outcome.filing)
    assert kept(one) == set()


def test_a_copy_that_one_machine_rejected_goes_when_another_purges_the_filing(desks: tuple[Desk, Desk]) -> None:
    one, two = desks
    drop(one)
    (one.settings.inbox / "公司/坏.jpg").write_bytes(b"\xff\xd8\xff\xe0 cut")
    (outcome,) = work.run_once(one)
    work.look(one, {})
    assert len(files_in(one.settings.rejected)) == 2
    note = next(one.settings.rejected.iterdir()) / "note.txt"
    note.write_bytes("客户的便条".encode("gb18030"))
    purge_filing(two, outcome.filing)
    work.look(one, {})
    assert files_in(one.settings.rejected) == [note], "what is not ours stays"


def test_the_command_writes_a_bundle_out_of_the_store(
    desks: tuple[Desk, Desk], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    one, _ = desks
    drop(one)
    (outcome,) = work.run_once(one)
    for name, value in environ(tmp_path, "two").items():
        monkeypatch.setenv(name, value)
    out = tmp_path / "out"
    assert main(["export", outcome.filing, "--format", "bundle", "--out", str(out)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert sorted(path.relative_to(out).as_posix() for path in files_in(out)) == told["files"]
    assert (out / "bundle.pdf").read_bytes().startswith(b"%PDF")
    with pytest.raises(UsageError, match="no filing nobody"):
        bundle_command.run("nobody", None)


def test_what_is_taken_stays_in_the_inbox_until_the_store_answers(
    desks: tuple[Desk, Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = desks
    drop(one)
    with monkeypatch.context() as patch:
        away(one, patch)
        report = work.receive_all(one)
        assert report.full is not None and report.full.code == "store_unreachable"
        assert len(report.waiting) == 3 and {row.reason.en for row in report.waiting} == {"away"}
    assert len([path for path in files_in(one.settings.inbox) if not path.name.startswith(".")]) == 3
    (outcome,) = work.run_once(one)
    assert one.ledger.get_filing(outcome.filing) is not None


def test_a_filing_waits_for_the_store_without_having_failed(
    desks: tuple[Desk, Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = desks
    drop(one)
    work.receive_all(one)
    with monkeypatch.context() as patch:
        away(one, patch)
        for _ in range(7):
            assert work.prepare_waiting(one) == ()
    assert one.ledger.given_up() == () and len(work.waiting_filings(one)) == 1
    assert len(work.prepare_waiting(one)) == 1


def test_a_purge_that_does_not_reach_the_store_is_finished_later(
    desks: tuple[Desk, Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = desks
    drop(one)
    (outcome,) = work.run_once(one)
    with monkeypatch.context() as patch:
        away(one, patch)
        with pytest.raises(StoreUnreachable):
            purge_filing(one, outcome.filing)
    assert one.ledger.get_filing(outcome.filing) is None
    assert len(kept(one)) == 5
    strays.remove_left(one.store, one.ledger)
    assert kept(one) == set()
    assert files_in(one.settings.work) == []


def test_what_came_again_meanwhile_outlives_a_purge_that_is_finished_later(desks: tuple[Desk, Desk]) -> None:
    one, _ = desks
    drop(one)
    (outcome,) = work.run_once(one)
    known = {row.sha256 for row in one.ledger.arrivals_of(outcome.filing)}
    with pytest.raises(KeyboardInterrupt), strays.watched(one.store, one.ledger, known):
        raise KeyboardInterrupt
    assert known <= kept(one)


def test_a_note_that_was_cut_while_it_was_written_does_no_harm(desks: tuple[Desk, Desk]) -> None:
    one, _ = desks
    drop(one)
    work.run_once(one)
    for number, text in enumerate(("", "ab", f"{'0' * 64}\nab")):
        note = one.settings.work / f"strays-{number}"
        note.mkdir()
        (note / "hashes").write_text(text)
    (one.settings.work / "strays-none").mkdir()
    before = kept(one)
    strays.remove_left(one.store, one.ledger)
    assert kept(one) == before and list(one.settings.work.glob("strays-*")) == []


def test_a_bundle_that_comes_too_late_leaves_nothing_in_the_store(
    desks: tuple[Desk, Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = desks
    drop(one)
    (outcome,) = work.run_once(one)
    before = kept(one)
    real: Callable[..., int] = type(one.ledger).save_filing

    def too_late(self: Any, *arguments: Any, **named: Any) -> int:
        return real(self, *arguments, **{**named, "expected_version": 9})

    with monkeypatch.context() as patch:
        patch.setattr(type(one.ledger), "save_filing", too_late)
        with pytest.raises(StaleFiling):
            work.prepare_filing(one, outcome.filing, today=datetime(2030, 1, 1).date())
    assert kept(two) == before


def test_old_bundles_leave_the_store_too(desks: tuple[Desk, Desk]) -> None:
    one, two = desks
    drop(one)
    (outcome,) = work.run_once(one)
    for year in (2030, 2031):
        work.prepare_filing(one, outcome.filing, today=datetime(year, 1, 1).date())
    assert len(two.ledger.packed_bundles(outcome.filing)) == 3
    tidy = replace(two, settings=replace(two.settings, keep_bundles=1))
    assert housekeep(tidy, datetime.now(UTC) + timedelta(hours=1)).bundles == 2
    (left,) = two.ledger.packed_bundles(outcome.filing)
    assert left in kept(one) and len(kept(one)) == 5


def test_a_killed_purge_is_finished_by_the_next_look(tmp_path: Path) -> None:
    """Also where the store is a plain folder."""
    plain = {name: value for name, value in environ(tmp_path, "one").items() if name != "BEIANBOX_STORE"}
    with work.open_desk(plain) as desk:
        drop(desk)
        (outcome,) = work.run_once(desk)
        pid = os.fork()
        if pid == 0:
            type(desk.store).remove = lambda *_: os._exit(9)  # type: ignore[method-assign]
            purge_filing(desk, outcome.filing)
        os.waitpid(pid, 0)
        assert len(files_in(tmp_path / "one/store")) == 4
        work.look(desk, {})
        assert files_in(tmp_path / "one/store") == []
