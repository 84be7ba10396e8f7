"""Archives in a filing folder and in the inbox: their members are files of the same filing."""

from __future__ import annotations

import json
import os
import zipfile
from datetime import date
from pathlib import Path

import pytest

from pipeline import work
from pipeline.cli import main
from pipeline.housekeeping import purge_filing
from pipeline.rows import State

ROOT = Path(__file__).parent.parent.parent
DAY = date(2026, 11, 20)
DOMAIN = (ROOT / "samples/gd_enterprise_website/in/域名证书.pdf").read_bytes()
APK = (ROOT / "samples/js_enterprise_app/in/wutong-notes-1.2.0.apk").read_bytes()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BEIANBOX_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BEIANBOX_SETTLE_SECONDS", "0.1")
    monkeypatch.setenv("BEIANBOX_MIN_FREE_BYTES", "0")
    return tmp_path / "home"


def pack(path: Path, **members: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "."), data)
    return path


def findings(out: Path) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads((out / "findings.json").read_text("utf-8"))["findings"]
    return found


def inputs(out: Path) -> list[str]:
    return [one["file"] for one in json.loads((out / "manifest.json").read_text("utf-8"))["inputs"]]


def test_a_run_reads_the_members_of_an_archive(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pack(tmp_path / "in/资料.zip", 域名证书__pdf=DOMAIN, app__apk=APK, filing__yaml="entity: {name: 某某}".encode())
    assert main(["run", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--today", "2026-11-20"]) in (0, 1)
    assert inputs(tmp_path / "out") == ["资料.zip", "资料.zip/域名证书.pdf", "资料.zip/app.apk", "资料.zip/filing.yaml"]
    filing = json.loads((tmp_path / "out/filing.json").read_text("utf-8"))
    assert filing["apps"][0]["platforms"][0]["package_name"]
    assert filing["entity"]["name"] == "某某"
    assert {one["kind"]: one["file"] for one in filing["documents"]}["domain_certificate"] == "资料.zip/域名证书.pdf"
    assert not [one for one in findings(tmp_path / "out") if one["where"] == "资料.zip"]
    capsys.readouterr()


def test_a_batch_reads_archives_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pack(tmp_path / "in/甲/资料.zip", app__apk=APK)
    assert main(["batch", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--today", "2026-11-20"]) in (0, 1)
    assert inputs(tmp_path / "out/甲") == ["资料.zip", "资料.zip/app.apk"]
    capsys.readouterr()


def test_a_refused_archive_costs_itself_a_finding_and_no_more(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pack(tmp_path / "in/炸弹.zip", a__bin=bytes(30 << 20))
    (tmp_path / "in/旧.rar").write_bytes(b"Rar!\x1a\x07\x01\x00" + bytes(100))
    (tmp_path / "in/app.apk").write_bytes(APK)
    assert main(["run", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--today", "2026-11-20"]) == 1
    found = {one["where"]: one for one in findings(tmp_path / "out")}
    assert found["炸弹.zip"]["rule"] == "file.too_large" and "200:1" in str(found["炸弹.zip"]["message"])
    assert found["旧.rar"]["rule"] == "file.archive_kind" and "ZIP" in str(found["旧.rar"]["message"])
    assert json.loads((tmp_path / "out/filing.json").read_text("utf-8"))["apps"]
    capsys.readouterr()


def test_a_member_left_out_is_a_warning_on_the_archive(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pack(tmp_path / "in/资料.zip", **{"../x__pdf": DOMAIN, "app__apk": APK})
    main(["run", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--today", "2026-11-20"])
    (found,) = (one for one in findings(tmp_path / "out") if one["where"] == "资料.zip")
    assert found["rule"] == "file.archive_left_out" and "../x.pdf" in str(found["message"])
    capsys.readouterr()


def test_the_inbox_keeps_members_beside_their_archive_and_a_new_archive_replaces_them(home: Path) -> None:
    pack(home / "inbox/甲公司/资料.zip", 域名证书__pdf=DOMAIN, app__apk=APK)
    with work.open_desk(os.environ) as desk:
        (outcome,) = work.run_once(desk, today=DAY)
        arrivals = desk.ledger.arrivals_of(outcome.filing)
        assert {one.path for one in arrivals} == {
            "甲公司/资料.zip",
            "甲公司/资料.zip/域名证书.pdf",
            "甲公司/资料.zip/app.apk",
        }
        assert {one.state for one in arrivals} == {State.READ}
        assert work.run_once(desk, today=DAY) == (), "opening the archive asks for no second bundle"
        pack(home / "inbox/甲公司/资料.zip", app__apk=APK)
        (again,) = work.run_once(desk, today=DAY)
        assert inputs(again.folder) == ["资料.zip", "资料.zip/app.apk"]
        assert [one.path for one in desk.ledger.arrivals_of(outcome.filing) if one.superseded_by] == [
            "甲公司/资料.zip",
            "甲公司/资料.zip/域名证书.pdf",
        ]
        purge_filing(desk, outcome.filing)
        assert not [path for path in desk.settings.store.rglob("*") if path.is_file()]


def test_the_same_archive_in_another_filing_is_not_unpacked_again(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pack(home / "inbox/甲公司/资料.zip", app__apk=APK)
    with work.open_desk(os.environ) as desk:
        work.run_once(desk, today=DAY)
        pack(home / "inbox/乙公司/材料.zip", app__apk=APK)
        (home / "inbox/乙公司/材料.zip").write_bytes(
            desk.store.read(desk.ledger.arrivals_in(State.READ, text="资料.zip")[-1].sha256)
        )
        asked = list[str]()
        read_one = type(desk.readers).read_one
        monkeypatch.setattr(
            type(desk.readers),
            "read_one",
            lambda self, file, **rest: asked.append(file.name) or read_one(self, file, **rest),
        )
        (outcome,) = work.run_once(desk, today=DAY)
        assert inputs(outcome.folder) == ["材料.zip", "材料.zip/app.apk"] and not asked


def test_a_loose_archive_given_to_a_filing_is_opened_there(home: Path) -> None:
    pack(home / "inbox/资料.zip", app__apk=APK)
    (home / "inbox/甲公司").mkdir(parents=True)
    (home / "inbox/甲公司/filing.yaml").write_text("entity: {name: 甲公司}", "utf-8")
    with work.open_desk(os.environ) as desk:
        (outcome,) = work.run_once(desk, today=DAY)
        loose = next(one for one in desk.ledger.arrivals_of("unassigned"))
        desk.ledger.move_arrival(loose.id, outcome.filing)
        (again,) = work.run_once(desk, today=DAY)
        assert inputs(again.folder) == ["filing.yaml", "资料.zip", "资料.zip/app.apk"]
