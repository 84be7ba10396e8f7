from __future__ import annotations

import random
import zipfile
from pathlib import Path
from typing import Any

import pytest

from extractors.errors import ExtractError
from extractors.packages.aab import ProtoError, fields
from extractors.packages.iconrender import render_icon
from extractors.packages.read import read_package
from extractors.packages.report import to_json
from samples import apk_zip

DATA = Path(__file__).resolve().parents[2] / "data" / "packages"
BUNDLE = DATA / "bundle_rsa2048.aab"


def test_a_bundle_gives_names_and_icon_from_its_messages() -> None:
    found = read_package(BUNDLE)
    assert (found.container, found.package_name) == ("aab", "com.example.bundle_rsa2048")
    assert (found.version_name, found.version_code, found.min_sdk, found.target_sdk) == ("1.0.0", "1", 21, 34)
    assert found.label.locales == {"": "Bundle", "zh": "应用包"}
    assert (found.label.zh, found.label.launcher_default) == ("样例", "Start")
    icon = render_icon(BUNDLE, found)
    assert icon is not None
    assert icon.width == 48


def test_the_upload_key_is_given_and_called_one(facts: dict[str, Any]) -> None:
    found = read_package(BUNDLE)
    (expected,) = facts["bundle_rsa2048"]["signers"]
    assert found.features.public_key == expected["modulus_decimal"]
    assert found.features.fingerprint == expected["md5"]
    assert "upload_key" in [one.code for one in found.warnings]


@pytest.mark.parametrize("data", [b"\x08", b"\x0a\x05a", b"\x0b", b"\xff" * 12, b"\x0d\0"])
def test_a_broken_message_raises_the_one_error(data: bytes) -> None:
    with pytest.raises(ProtoError):
        list(fields(data))


def test_spoilt_messages_give_a_value_or_a_typed_error(tmp_path: Path) -> None:
    with zipfile.ZipFile(BUNDLE) as source:
        members = {name: source.read(name) for name in source.namelist()}
    chance = random.Random(1)
    path = tmp_path / "x.aab"
    read = 0
    for _ in range(300):
        name = chance.choice(["base/manifest/AndroidManifest.xml", "base/resources.pb"])
        spoilt = bytearray(members[name])
        for _ in range(chance.choice((1, 3, 9))):
            spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
        files = {**members, name: bytes(spoilt)}
        local, central = apk_zip.write_zip(files)
        path.write_bytes(local + central + apk_zip.end_record(len(files), len(central), len(local)))
        try:
            to_json(read_package(path))
            read += 1
        except ExtractError:
            continue
    assert read > 50
