from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from extractors.packages import crosscheck
from extractors.packages.read import read_package
from samples import apk_signing, apkbuild

DATA = Path(__file__).resolve().parents[2] / "data" / "packages"


def codes(path: Path, **changes: str) -> list[str]:
    package = replace(read_package(path), warnings=(), **changes)
    return [one.code for one in crosscheck.crosscheck(path, package).warnings]


def test_the_second_reader_agrees_about_a_sound_package() -> None:
    assert codes(DATA / "v123_rsa3072.apk") == []


@pytest.mark.parametrize("field", ["package_name", "version_name", "version_code"])
def test_a_disagreement_is_a_warning_that_names_the_value(field: str) -> None:
    path = DATA / "v123_rsa3072.apk"
    package = replace(read_package(path), warnings=(), **{field: "other"})
    (found,) = crosscheck.crosscheck(path, package).warnings
    assert found.code == "crosscheck_differs"
    assert field in found.en
    assert "other" in found.zh


def test_a_file_that_breaks_the_second_reader_is_only_noted(tmp_path: Path, app_files: dict[str, bytes]) -> None:
    manifest = app_files["AndroidManifest.xml"]
    spoilt = b"\0\0\x08\0" + manifest[4:16] + b"\xff\xff\xff\x7f" + manifest[20:]
    path = tmp_path / "x.apk"
    path.write_bytes(apkbuild.sign_files({**app_files, "AndroidManifest.xml": spoilt}, [], ()))
    assert read_package(path).package_name == "com.example.specimen"
    assert codes(path) == ["crosscheck_failed"]


def test_a_second_reader_that_takes_too_long_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*_: object, **__: object) -> None:
        raise subprocess.TimeoutExpired("apkutils2", 1)

    monkeypatch.setattr(subprocess, "run", slow)
    assert codes(DATA / "v123_rsa3072.apk") == ["crosscheck_failed"]


def test_certificates_are_not_cross_checked(tmp_path: Path, release_key: apk_signing.SigningKey) -> None:
    path = tmp_path / "x.cer"
    path.write_bytes(release_key.certificate)
    assert crosscheck.crosscheck(path, read_package(path)) == read_package(path)


def test_the_parent_never_imports_apkutils2() -> None:
    script = (
        "import sys; from extractors.packages import crosscheck; from extractors.packages.read import read_package;"
        "crosscheck.crosscheck(sys.argv[1], read_package(sys.argv[1]));"
        "print([name for name in sys.modules if name.startswith(('apkutils2', 'PIL', 'cv2', 'numpy', 'pyasn1_modules'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(DATA / "v1_rsa2048.apk")], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
