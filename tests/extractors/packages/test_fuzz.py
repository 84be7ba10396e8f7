"""Every format with its bytes spoilt by chance: a value or a typed error, nothing else.

`BEIANBOX_FUZZ_SECONDS` sets the CPU seconds for each format (1 unless set), `BEIANBOX_FUZZ_SEED` another chance.
"""

from __future__ import annotations

import os
import plistlib
import random
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import pytest

from extractors.errors import ExtractError
from extractors.packages.iconrender import render_icon
from extractors.packages.read import read_package
from extractors.packages.report import to_json, to_text
from samples import apk_signing, apk_xml, apk_zip, apkbuild
from tests.extractors.packages import test_hap as hap
from tests.extractors.packages import test_ipa as ipa
from tests.extractors.packages import test_keystores as stores
from tests.extractors.packages import test_sdks as code
from tests.extractors.packages.conftest import DATA
from tests.extractors.packages.mutation import spoilt

SECONDS = float(os.environ.get("BEIANBOX_FUZZ_SECONDS", "1"))
SEED = int(os.environ.get("BEIANBOX_FUZZ_SEED", "1"))
PASSWORD = "specimen"

Make = Callable[[random.Random], bytes]
KEY = apk_signing.load_key("specimen_release")
OLD_KEY = apk_signing.load_key("specimen_old", "Specimen Old")


def zipped(files: Mapping[str, bytes]) -> bytes:
    local, central = apk_zip.write_zip(files)
    return local + central + apk_zip.end_record(len(files), len(central), len(local))


def whole(data: bytes) -> Make:
    """The file itself is spoilt."""
    return lambda chance: spoilt(data, chance)


def member(files: Mapping[str, bytes], name: str, pack: Callable[[Mapping[str, bytes]], bytes] = zipped) -> Make:
    """One member is spoilt and packed soundly again, so that its own reader gets it."""
    return lambda chance: pack({**files, name: spoilt(files[name], chance)})


def android() -> Iterator[tuple[str, Make]]:
    package = "com.example.specimen"
    files = {
        "AndroidManifest.xml": apk_xml.manifest_xml(package, "1.2", 12, 21, 29, has_icon=True),
        "resources.arsc": apk_xml.resource_table(package, ["Specimen"] * 2, ["样例"] * 2, has_icon=True),
        apk_xml.ICON_FILE: hap.picture(),
        "classes.dex": code.dex("com/alipay/sdk/A", "io/agora/B"),
    }
    signed = {**apk_signing.jar_signature(files, KEY, frozenset({"v1"})), **files}
    yield "apk", whole(apkbuild.sign_files(files, [OLD_KEY, KEY], ("v1", "v2", "v3", "v3.1")))
    for name, inside in (("manifest", "AndroidManifest.xml"), ("resources", "resources.arsc"), ("dex", "classes.dex")):
        yield name, member(files, inside)
    yield "icon", member(files, apk_xml.ICON_FILE)
    yield "v1 signature", member(signed, "META-INF/CERT.RSA")
    yield "xapk", whole(zipped({"manifest.json": b"{}", f"{package}.apk": zipped(files)}))
    with zipfile.ZipFile(DATA / "bundle_rsa2048.aab") as archive:
        bundle = {name: archive.read(name) for name in archive.namelist()}
    yield "aab manifest", member(bundle, "base/manifest/AndroidManifest.xml")
    yield "aab resources", member(bundle, "base/resources.pb")


def harmony() -> Iterator[tuple[str, Make]]:
    chain, files = hap.Chain(), hap.stage_files()

    def unsigned(contents: Mapping[str, bytes]) -> bytes:
        return hap.package(contents, None)

    yield "hap", whole(hap.signed_hap(chain))
    yield "module.json", member(files, "module.json", unsigned)
    for name, layout in (("index 1", hap.index), ("index 2", hap.second_index)):
        table = layout([({}, hap.STRINGS), (hap.ZH, hap.STRINGS_ZH)])
        yield name, member({**files, "resources.index": table}, "resources.index", unsigned)
    yield "profile p7b", whole(hap.profile(chain))
    yield "chain", whole("".join(map(hap.pem, chain.bag)).encode())


def apple() -> Iterator[tuple[str, Make]]:
    key = ipa.named_key("Apple Distribution: Specimen (ABCDE12345)")
    files = ipa.app_files(key, **{"AppIcon60x60@2x.png": ipa.crushed()})
    yield "ipa", whole(ipa.ipa(files))
    for name in ("Specimen", "embedded.mobileprovision", "AppIcon60x60@2x.png"):
        yield name, member(files, name, ipa.ipa)
    binary = {**files, "Info.plist": plistlib.dumps(ipa.info(), fmt=plistlib.FMT_BINARY)}
    yield "Info.plist", member(binary, "Info.plist", ipa.ipa)


def keys() -> Iterator[tuple[str, Make]]:
    yield "certificate", whole(KEY.certificate)
    yield "jks", whole(stores.jks((1, KEY.certificate), (2, OLD_KEY.certificate)))
    yield "pkcs12", whole(stores.p12(KEY, stores.triple_des(PASSWORD)))


FORMATS = dict([*android(), *harmony(), *apple(), *keys()])


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMATS)
def test_spoilt_files_give_a_value_or_a_typed_error(tmp_path: Path, name: str) -> None:
    chance, make = random.Random(f"{SEED} {name}"), FORMATS[name]
    path, tried = tmp_path / "x", 0
    end = time.process_time() + SECONDS
    while time.process_time() < end or tried < 5:
        path.write_bytes(make(chance))
        tried += 1
        with suppress(ExtractError):
            package = read_package(path, password=PASSWORD, verify=tried % 4 == 0, scan=tried % 2 == 0)
            assert to_json(package)["error"] is None
            assert to_text(package)
            render_icon(path, package)
