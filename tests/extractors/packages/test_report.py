from __future__ import annotations

import json
import string
from pathlib import Path

import pytest

from extractors.errors import Unreadable
from extractors.packages import messages
from extractors.packages.read import read_package
from extractors.packages.report import error_json, to_json, to_text

DATA = Path(__file__).resolve().parents[2] / "data" / "packages"


def test_json_of_a_package_is_plain_json_and_the_same_twice() -> None:
    path = DATA / "v3_rotated.apk"
    first, second = (json.dumps(to_json(read_package(path)), ensure_ascii=False) for _ in range(2))
    assert first == second
    assert json.loads(first)["signers"][1]["role"] == "previous"


def test_an_error_has_the_same_keys_as_a_package() -> None:
    good = to_json(read_package(DATA / "v1_rsa2048.apk"))
    bad = error_json("x.apk", Unreadable("坏", "bad"), language="en")
    assert bad.keys() == good.keys()
    assert bad["error"]["code"] == "unreadable"
    assert bad["error"]["message"] == "bad"
    assert bad["signers"] == []
    assert bad["platform"] is bad["container"] is None


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_listing_holds_what_is_to_be_copied(language: str) -> None:
    package = read_package(DATA / "v123_rsa4096.apk")
    text = to_text(package, language=language)
    assert package.features.public_key in text
    assert package.features.fingerprint in text
    assert package.package_name in text
    assert package.signers[0].certificate.sha256 in text


@pytest.mark.parametrize("code", messages.codes())
def test_every_warning_speaks_both_languages_and_takes_the_same_values(code: str) -> None:
    values = {name for one in messages._TEXTS[code] for _, name, _, _ in string.Formatter().parse(one) if name}
    found = messages.warning(code, **{name: f"<{name}>" for name in values})
    assert found.code == code
    assert any("\u4e00" <= letter <= "\u9fff" for letter in found.zh)
    assert not any("\u4e00" <= letter <= "\u9fff" for letter in found.en)
    assert all(f"<{name}>" in found.zh and f"<{name}>" in found.en for name in values)
