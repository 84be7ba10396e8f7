from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from pathlib import Path

import pytest

from extractors.errors import Unsupported
from extractors.packages.iconrender import render_icon
from extractors.packages.read import read_package
from extractors.packages.sources import BytesSource
from extractors.packages.zipread import open_member, open_zip
from samples import apk_signing, apk_xml, apk_zip, apkbuild

PACKAGE = "com.example.split"


def files(labels: list[str | None], labels_zh: list[str | None], icon: bytes | None = None) -> dict[str, bytes]:
    manifest = apk_xml.manifest_xml(PACKAGE, "9", 9, 21, 34, has_icon=True)
    table = apk_xml.resource_table(PACKAGE, labels, labels_zh, has_icon=icon is not None)  # type: ignore[arg-type]
    return {
        "AndroidManifest.xml": manifest,
        "resources.arsc": table,
        **({apk_xml.ICON_FILE: icon} if icon is not None else {}),
    }


def split_manifest(name: str) -> bytes:
    return apk_xml.binary_xml(apk_xml.Tag("manifest", (("package", PACKAGE), ("split", name))))


def pack(members: Mapping[str, bytes], *, is_stored: bool) -> bytes:
    local, central = bytearray(), bytearray()
    for name, data in members.items():
        raw, packed = name.encode(), data if is_stored else apk_zip.deflate(data)
        common = struct.pack("<HHHHHIII", 20, 0, 0 if is_stored else 8, 0, 33, 0, len(packed), len(data))
        central += b"PK\x01\x02\x14\0" + common + struct.pack("<HHHHHII", len(raw), 0, 0, 0, 0, 0, len(local)) + raw
        local += b"PK\x03\x04" + common + struct.pack("<HH", len(raw), 0) + raw + packed
    return bytes(local + central) + apk_zip.end_record(len(members), len(central), len(local))


@pytest.mark.parametrize("is_stored", [True, False])
@pytest.mark.parametrize(
    ("kind", "base", "prefix", "extra"),
    [
        ("xapk", f"{PACKAGE}.apk", "config.", {"manifest.json": b"{}"}),
        ("apkm", "base.apk", "split_config.", {"info.json": b"{}"}),
        ("apks", "splits/base-master.apk", "splits/base-", {"toc.pb": b""}),
    ],
)
def test_a_set_is_read_through_its_base_and_its_chinese_and_screen_splits(
    tmp_path: Path,
    release_key: apk_signing.SigningKey,
    icon_png: bytes,
    kind: str,
    base: str,
    prefix: str,
    extra: dict[str, bytes],
    is_stored: bool,
) -> None:
    def signed(contents: Mapping[str, bytes]) -> bytes:
        return apkbuild.sign_files(contents, [release_key], ("v2", "v3"))

    chinese = files([None, None], ["拆分样例", "拆分样例"])
    screen = files([None, None], [None, None], icon_png)
    members = {
        **extra,
        f"{prefix}zh.apk": signed({**chinese, "AndroidManifest.xml": split_manifest("config.zh")}),
        f"{prefix}xxhdpi.apk": signed({**screen, "AndroidManifest.xml": split_manifest("config.xxhdpi")}),
        base: signed(files(["Split"] * 2, [None, None])),
    }
    path = tmp_path / "样例.xapk"
    path.write_bytes(pack(members, is_stored=is_stored))
    found = read_package(path)
    assert (found.container, found.package_name, found.label.default) == (kind, PACKAGE, "Split")
    assert found.label.zh == "拆分样例"
    assert found.signers[0].certificate.raw == release_key.certificate
    assert found.icon is not None
    assert found.icon.inside == f"{prefix}xxhdpi.apk"
    rendered = render_icon(path, found)
    assert rendered is not None
    assert rendered.width == 144
    assert [one.code for one in found.warnings] == []


def test_a_split_signed_by_somebody_else_is_noted(
    tmp_path: Path, release_key: apk_signing.SigningKey, old_key: apk_signing.SigningKey
) -> None:
    base = apkbuild.sign_files(files(["A", "A"], [None, None]), [release_key], ("v2",))
    split = apkbuild.sign_files({"AndroidManifest.xml": split_manifest("config.zh")}, [old_key], ("v2",))
    path = tmp_path / "x.apkm"
    path.write_bytes(pack({"base.apk": base, "split_config.zh.apk": split, "info.json": b"{}"}, is_stored=True))
    assert "split_signer_differs" in [one.code for one in read_package(path).warnings]


def test_a_zip_of_broken_apks_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.xapk"
    path.write_bytes(pack({"a.apk": b"PK\x03\x04 broken", "b.apk": b""}, is_stored=True))
    with pytest.raises(Unsupported, match="no readable base"):
        read_package(path)


@pytest.mark.parametrize("is_stored", [True, False])
def test_a_set_is_searched_for_domains_and_sdks_in_its_base(tmp_path: Path, is_stored: bool) -> None:
    contents = files(["Split"] * 2, [None, None])
    base = apkbuild.sign_files(
        {**contents, "assets/a.json": b"https://api.specimen-shop.com", "lib/x/libBugly.so": b""}, [], ()
    )
    path = tmp_path / "x.xapk"
    path.write_bytes(pack({"manifest.json": b"{}", f"{PACKAGE}.apk": base}, is_stored=is_stored))
    found = read_package(path, scan=True)
    assert [one.domain for one in found.domains] == ["api.specimen-shop.com"]
    assert [one.name for one in found.sdks] == ["腾讯 Bugly SDK"]


def test_a_deflated_inner_package_beyond_the_limit_is_left_out(tmp_path: Path) -> None:
    zeros = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = zeros.compress(b"PK\x03\x04" + bytes(3_000_000)) + zeros.flush()
    directory = open_zip(
        BytesSource(pack({"base.apk": packed}, is_stored=True).replace(b"\x14\0\0\0\0\0", b"\x14\0\0\0\x08\0"))
    )
    entry = directory.entry(b"base.apk")
    assert entry is not None
    assert open_member(directory, entry, 1_000_000) is None
    whole = open_member(directory, entry, 4_000_000)
    assert whole is not None
    assert whole.size == 3_000_004
