"""The inbox through all steps without a server: bad files, bad `filing.yaml`, kept readings, purge, status, batch."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pytest

from pipeline import batch, work
from pipeline.cli import main
from pipeline.reading import Reading
from pipeline.rows import State
from pipeline.source_file import SourceFile
from pipeline.workers import Readers

ROOT = Path(__file__).parent.parent.parent
DAY = date(2026, 11, 20)
DOMAIN = ROOT / "samples/gd_enterprise_website/in/域名证书.pdf"
APK = ROOT / "samples/js_enterprise_app/in/wutong-notes-1.2.0.apk"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BEIANBOX_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BEIANBOX_SETTLE_SECONDS", "0.1")
    monkeypatch.setenv("BEIANBOX_MIN_FREE_BYTES", "0")
    return tmp_path / "home"


def drop(home: Path, filing: str, **files: bytes | Path) -> None:
    folder = home / "inbox" / filing
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        target = folder / name.replace("__", ".")
        shutil.copy(content, target) if isinstance(content, Path) else target.write_bytes(content)


def run_once() -> tuple[work.Outcome, ...]:
    import os

    with work.open_desk(os.environ) as desk:
        return work.run_once(desk, today=DAY)


def test_one_broken_file_needs_attention_and_the_rest_is_bundled(home: Path) -> None:
    drop(home, "甲公司", app__apk=APK, broken__jpg=b"\xff\xd8\xff\xe0 cut")
    (outcome,) = run_once()
    assert outcome.needs_attention
    filing = json.loads((outcome.folder / "filing.json").read_text("utf-8"))
    assert filing["apps"][0]["platforms"][0]["package_name"]
    assert {path.name.partition("-")[2] for path in (home / "inbox/.taken").rglob("*") if path.is_file()} == {
        "app.apk",
        "broken.jpg",
    }


def test_a_wrong_filing_yaml_is_a_finding_and_the_papers_are_still_read(home: Path) -> None:
    drop(home, "乙公司", domain__pdf=DOMAIN, filing__yaml="entity: {nmae: 某某}".encode())
    (outcome,) = run_once()
    findings = json.loads((outcome.folder / "findings.json").read_text("utf-8"))["findings"]
    finding = next(one for one in findings if one["rule"] == "file.filing_yaml")
    assert finding["severity"] == "blocker" and "entity.name" in finding["message"]["zh"]
    assert json.loads((outcome.folder / "filing.json").read_text("utf-8"))["websites"]


def test_nothing_is_read_twice(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drop(home, "丙公司", app__apk=APK)
    run_once()
    asked: list[int] = []
    real = batch.read_all

    def counting(files: list[SourceFile], readers: Readers, *, engine: str) -> tuple[Reading, ...]:
        asked.append(len(files))
        return real(files, readers, engine=engine)

    monkeypatch.setattr(work.batch, "read_all", counting)
    drop(home, "丙公司", filing__yaml="filing: {province: 广东}".encode())
    (outcome,) = run_once()
    assert outcome.folder.name == "v2"
    assert asked == [1]  # the new filing.yaml alone, which has no reader
    assert json.loads((outcome.folder / "filing.json").read_text("utf-8"))["apps"][0]["platforms"]


def test_loose_files_belong_to_nobody_until_someone_says_so(home: Path) -> None:
    (home / "inbox").mkdir(parents=True)
    shutil.copy(APK, home / "inbox/loose.apk")
    assert run_once() == ()


def test_one_filing_that_breaks_does_not_stop_the_next(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drop(home, "a", app__apk=APK)
    drop(home, "b", domain__pdf=DOMAIN)
    real = work.prepare_filing

    def breaking(desk: work.Desk, filing: str, **options: object) -> work.Outcome:
        if filing.startswith("a"):
            raise ZeroDivisionError
        return real(desk, filing, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(work, "prepare_filing", breaking)
    (outcome,) = run_once()
    assert outcome.filing.startswith("b")
    monkeypatch.undo()


def test_watch_once_tells_each_filing_and_needs_a_person_where_there_are_blockers(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drop(home, "甲公司", app__apk=APK)
    assert main(["watch", "--once", "--today", "2026-11-20", "--json"]) == 1
    line = json.loads(capsys.readouterr().out.splitlines()[0])
    assert line["blockers"] > 0 and Path(line["bundle"]).exists()
    assert main(["status", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert main(["status", row["filing"], "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["state"] == State.READ.value


def test_purge_removes_bytes_rows_originals_and_bundles(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drop(home, "甲公司", domain__pdf=DOMAIN)
    (outcome,) = run_once()
    assert main(["purge", outcome.filing]) == 0
    left = [path for path in home.rglob("*") if path.is_file() and not path.name.startswith("state.db")]
    assert left == []
    assert main(["purge", outcome.filing]) == 2
    assert "beianbox status" in capsys.readouterr().err


def test_batch_writes_one_bundle_a_folder_and_goes_on_after_an_empty_one(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cases = tmp_path / "cases"
    (cases / "空").mkdir(parents=True)
    (cases / "甲").mkdir()
    shutil.copy(APK, cases / "甲")
    assert main(["batch", str(cases), "--out", str(tmp_path / "out"), "--today", "2026-11-20", "--json"]) == 1
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (tmp_path / "out/甲/bundle.pdf").exists()
    assert next(one for one in lines if one["filing"] == "空")["error"]["code"] == "usage"


def test_doctor_names_what_is_missing_in_both_languages(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json"]) in (0, 3)
    checkups = json.loads(capsys.readouterr().out)
    assert len(checkups) >= 8
    assert all(one["zh"] and one["en"] for one in checkups)


def test_a_recheck_makes_a_new_bundle_only_where_the_day_changes_the_findings(home: Path) -> None:
    import os

    drop(home, "丁公司", domain__pdf=DOMAIN, filing__yaml="filing: {province: 广东}\nentity: {nature: 企业}".encode())
    (outcome,) = run_once()
    with work.open_desk(os.environ) as desk:
        assert not work.recheck_filing(desk, outcome.filing, today=DAY)
        assert not work.recheck_filing(desk, outcome.filing, today=date(2026, 12, 1))
        assert work.recheck_filing(desk, outcome.filing, today=date(2028, 5, 20))  # the domain runs out on 2028-06-01
    assert (outcome.folder.parent / "v2/bundle.pdf").exists()


def test_runs_that_do_not_go_on_remove_originals_past_their_days_too(tmp_path: Path) -> None:
    folder = tmp_path / "inbox/某公司"
    folder.mkdir(parents=True)
    tmp_path.chmod(0o700)
    (folder / "filing.yaml").write_text("filing: {province: 广东}\n", "utf-8")
    environ = {"BEIANBOX_HOME": str(tmp_path), "BEIANBOX_SETTLE_SECONDS": "0.05", "BEIANBOX_KEEP_DAYS": "0"}
    with work.open_desk({**environ, "BEIANBOX_MIN_FREE_BYTES": "0"}) as desk:
        work.run_once(desk)
        taken = tmp_path / "inbox/.taken/某公司"
        assert len(list(taken.iterdir())) == 1, "it is looked at for an hour first"
        desk.ledger.close_takings([one.id for one in desk.ledger.open_takings()])
        work.run_once(desk)
        assert not taken.exists()
