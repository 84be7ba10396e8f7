from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from extractors.packages import read
from pipeline import app_command
from pipeline.cli import main

DATA = Path(__file__).resolve().parents[1] / "data" / "packages"
GOOD = [DATA / "v1_rsa2048.apk", DATA / "v3_rotated.apk"]


def test_a_line_is_given_as_soon_as_its_file_is_read(tmp_path: Path) -> None:
    late = tmp_path / "late.apk"
    lines = app_command.run([GOOD[0], late])
    assert next(lines).json["error"] is None
    late.write_bytes(GOOD[1].read_bytes())
    assert next(lines).json["package_name"] == "com.example.v3_rotated"


def test_a_bad_file_in_the_middle_changes_nothing_for_the_rest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "坏 1.apk"
    bad.write_bytes(b"<html>login</html>")
    assert main(["app", str(GOOD[0]), str(bad), str(tmp_path / "missing.apk"), str(GOOD[1]), "--json"]) == 1
    mixed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["error"] and line["error"]["code"] for line in mixed] == [None, "unreadable", "unreadable", None]
    assert main(["app", *map(str, GOOD), "--json"]) == 0
    alone = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [mixed[0], mixed[3]] == alone


def test_even_an_error_of_our_own_costs_only_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    real = read.read_package

    def failing(path: Path, **options: Any) -> object:
        if path == GOOD[0]:
            raise ZeroDivisionError
        return real(path, **options)

    monkeypatch.setattr(read, "read_package", failing)
    first, second = app_command.run(GOOD)
    assert "ZeroDivisionError" in first.json["error"]["en"]
    assert second.json["error"] is None


def test_each_provider_gets_what_its_pages_ask_for() -> None:
    (line,) = app_command.run(GOOD[:1])
    features, signer = line.json["features"], line.json["signers"][0]
    assert set(features["providers"]) == {"huawei", "ucloud", "huoshuyun", "aliyun"}
    for one in features["providers"].values():
        assert (one["public_key"], one["fingerprint"]) == (signer["public_key"]["modulus_decimal"], signer["md5"])
