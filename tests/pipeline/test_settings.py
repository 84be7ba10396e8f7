"""Settings: read once, an unknown name is an error, the home is closed to others."""

from __future__ import annotations

import re
import stat
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import pytest

from pipeline import order
from pipeline.errors import EnvironmentProblem
from pipeline.home_folders import check_places, prepare_places
from pipeline.ledger_base import COPY_MARK
from pipeline.settings import FILE_NAME, SETTINGS, Settings, load_settings

ROOT = Path(__file__).parent.parent.parent


def write(home: Path, text: str) -> None:
    home.mkdir(mode=0o700, exist_ok=True)
    (home / FILE_NAME).write_text(text, encoding="utf-8")


def test_defaults_lie_in_the_home(tmp_path: Path) -> None:
    settings = load_settings({"BEIANBOX_HOME": str(tmp_path)})
    assert settings.home == tmp_path
    assert settings.inbox == tmp_path / "inbox"
    assert settings.ledger == str(tmp_path / "state.db")
    assert (settings.lang, settings.ocr_engine, settings.rules_dir) == ("zh", "auto", None)


def test_without_a_word_the_home_is_in_the_users_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load_settings({}).home == tmp_path / ".beianbox"
    assert not (tmp_path / ".beianbox").exists(), "reading settings makes no folder"


def test_a_variable_beats_the_file_and_the_file_beats_the_default(tmp_path: Path) -> None:
    write(tmp_path, 'settle_seconds = 9\nkeep_days = 2\nlang = "en"\n')
    settings = load_settings({"BEIANBOX_HOME": str(tmp_path), "BEIANBOX_KEEP_DAYS": "7"})
    assert (settings.settle_seconds, settings.keep_days, settings.lang) == (9.0, 7, "en")


def test_a_home_from_the_command_line_beats_the_variable(tmp_path: Path) -> None:
    assert load_settings({"BEIANBOX_HOME": "/elsewhere"}, tmp_path).home == tmp_path


def test_paths_in_the_file_are_relative_to_the_home_and_those_in_variables_to_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, here = tmp_path / "home", tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    write(home, 'inbox = "in"\nrules_dir = "rules"\n')
    settings = load_settings({"BEIANBOX_HOME": str(home), "BEIANBOX_STORE": "blobs"})
    assert settings.inbox == home / "in"
    assert settings.rules_dir == home / "rules"
    assert settings.store == here / "blobs"


def test_an_empty_variable_counts_as_not_set(tmp_path: Path) -> None:
    assert load_settings({"BEIANBOX_HOME": str(tmp_path), "BEIANBOX_LANG": ""}).lang == "zh"


def test_a_database_url_is_taken_as_it_is(tmp_path: Path) -> None:
    url = "postgresql+psycopg://db.example/beianbox"
    assert load_settings({"BEIANBOX_LEDGER": url}, tmp_path).ledger == url


def test_an_unknown_variable_names_the_nearest_setting(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentProblem) as caught:
        load_settings({"BEIANBOX_SETLE_SECONDS": "3"}, tmp_path)
    assert str(caught.value) == "There is no setting BEIANBOX_SETLE_SECONDS. Did you mean BEIANBOX_SETTLE_SECONDS?"
    assert caught.value.exit_code == 3


def test_an_unknown_key_in_the_file_names_the_file_and_the_nearest_setting(tmp_path: Path) -> None:
    write(tmp_path, "keepdays = 3\n")
    with pytest.raises(EnvironmentProblem) as caught:
        load_settings({}, tmp_path)
    assert f"{tmp_path / FILE_NAME}: keepdays" in str(caught.value)
    assert "keep_days" in caught.value.zh


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("settle_seconds = 0", "seconds above 0"),
        ("settle_seconds = nan", "seconds above 0"),
        ('settle_seconds = "soon"', "seconds above 0"),
        ("scan_seconds = 100000", "at most 86400"),
        ("keep_days = -1", "whole number"),
        ("keep_days = 1.5", "whole number"),
        ("keep_days = true", "whole number"),
        ('lang = "fr"', "one of zh, en"),
        ('ocr_engine = "magic"', "one of auto, ppocr, tesseract"),
        ("inbox = 3", "a path"),
        ('inbox = ""', "a path"),
    ],
)
def test_a_wrong_value_names_the_setting_and_what_it_must_be(tmp_path: Path, line: str, expected: str) -> None:
    write(tmp_path, line)
    with pytest.raises(EnvironmentProblem) as caught:
        load_settings({}, tmp_path)
    assert expected in str(caught.value)
    assert line.split(" ")[0] in caught.value.zh


def test_a_file_that_is_no_toml_is_an_error_not_a_default(tmp_path: Path) -> None:
    write(tmp_path, "lang = zh")
    with pytest.raises(EnvironmentProblem, match="cannot be read"):
        load_settings({}, tmp_path)


def test_a_file_in_gbk_is_an_error_that_says_utf_8(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes('inbox = "收件箱"'.encode("gbk"))
    with pytest.raises(EnvironmentProblem, match="UTF-8"):
        load_settings({}, tmp_path)


def test_the_table_lists_every_setting_once_in_order() -> None:
    assert [info.name for info in SETTINGS] == [item.name for item in fields(Settings)]
    assert len(SETTINGS) <= 25
    assert next(one for one in SETTINGS if one.name == "sms_resends").default == order.RESENDS
    assert all(info.zh and info.en for info in SETTINGS)
    assert SETTINGS[1].variable == "BEIANBOX_INBOX"


def test_every_default_of_the_table_is_a_value_its_own_reader_takes(tmp_path: Path) -> None:
    settings = load_settings({}, tmp_path)
    for info in SETTINGS[1:]:
        if info.kind in ("seconds", "count") or "|" in info.kind:
            assert getattr(settings, info.name) == info.default


def test_the_home_and_its_folders_are_made_and_closed_to_others(tmp_path: Path) -> None:
    settings = load_settings({}, tmp_path / "new" / "home")
    prepare_places(settings)
    for folder in (settings.home, settings.inbox, settings.store, settings.bundles, settings.rejected):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    prepare_places(settings)


def test_an_empty_home_is_closed_but_one_in_use_is_refused_untouched(tmp_path: Path) -> None:
    empty, used = tmp_path / "empty", tmp_path / "used"
    for home in (empty, used):
        home.mkdir()
        home.chmod(0o755)
    (used / "thesis.txt").write_bytes(b"")
    prepare_places(load_settings({}, empty))
    assert stat.S_IMODE(empty.stat().st_mode) == 0o700
    with pytest.raises(EnvironmentProblem) as caught:
        prepare_places(load_settings({}, used))
    assert f"chmod 700 {used}" in caught.value.zh
    assert stat.S_IMODE(used.stat().st_mode) == 0o755
    assert [path.name for path in used.iterdir()] == ["thesis.txt"]


def test_a_home_with_a_copy_of_its_ledger_is_closed(tmp_path: Path) -> None:
    (tmp_path / f"state.db{COPY_MARK}2").write_bytes(b"")
    tmp_path.chmod(0o755)
    prepare_places(load_settings({}, tmp_path))
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700


def test_a_home_with_an_inbox_made_by_hand_is_closed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "inbox" / "公司").mkdir(parents=True)
    home.chmod(0o755)
    prepare_places(load_settings({}, home))
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


@pytest.mark.parametrize("name", ["home", "store", "bundles", "rejected"])
def test_nothing_of_ours_may_lie_inside_the_inbox(tmp_path: Path, name: str) -> None:
    settings = load_settings({}, tmp_path / "home")
    inside = replace(settings, inbox=tmp_path / "in", **{name: tmp_path / "in" / "deep"})
    with pytest.raises(EnvironmentProblem) as caught:
        check_places(inside)
    assert name in str(caught.value)


def test_the_ledger_may_not_lie_inside_the_inbox_and_the_inbox_not_inside_the_store(tmp_path: Path) -> None:
    settings = load_settings({}, tmp_path)
    with pytest.raises(EnvironmentProblem, match="ledger"):
        check_places(replace(settings, ledger=str(settings.inbox / "state.db")))
    with pytest.raises(EnvironmentProblem, match="inside the place of store"):
        check_places(replace(settings, inbox=settings.store / "in"))


def test_a_link_does_not_hide_that_the_home_is_inside_the_inbox(tmp_path: Path) -> None:
    (tmp_path / "in" / "home").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "in" / "home")
    settings = replace(load_settings({}, tmp_path / "link"), inbox=tmp_path / "in")
    with pytest.raises(EnvironmentProblem, match="inside the inbox"):
        check_places(settings)


def test_a_home_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(EnvironmentProblem, match="cannot be made"):
        prepare_places(load_settings({}, tmp_path / "file" / "home"))


def test_reading_settings_loads_nothing_heavy() -> None:
    code = "import sys, pipeline.settings, pipeline.folders, pipeline.inbox; print([m for m in ('sqlalchemy', 'cv2', 'prefect', 'yaml') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def test_variables_that_are_no_settings_are_left_alone(tmp_path: Path) -> None:
    """Commands that tests and benches start inherit what these were told, and documents tell people to set it."""
    read = re.compile(r"""environ(?:\.get\(|\[)["'](BEIANBOX_[A-Z_]+)""")
    told = {name for path in (ROOT / "tests").rglob("*.py") for name in read.findall(path.read_text("utf-8"))}
    pages = (ROOT / "README.md", ROOT / "README.zh-CN.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md"))
    told |= {name for path in pages for name in re.findall(r"\b(BEIANBOX_[A-Z_]+[A-Z])\b", path.read_text("utf-8"))}
    others = told - {info.variable for info in SETTINGS}
    assert {"BEIANBOX_FONTS", "BEIANBOX_SCREENSHOTS", "BEIANBOX_FUZZ_SECONDS", "BEIANBOX_TEST_ROUNDS"} <= others
    assert load_settings(dict.fromkeys(others - {"BEIANBOX_HOME"}, "20"), tmp_path).workers == 0
