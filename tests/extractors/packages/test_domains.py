from __future__ import annotations

from pathlib import Path

import pytest

from extractors.packages.domains import registrable
from extractors.packages.model import AppPackage
from extractors.packages.read import read_package
from samples import apkbuild


def scanned(tmp_path: Path, files: dict[str, bytes], **extra: bytes) -> AppPackage:
    path = tmp_path / "x.apk"
    path.write_bytes(apkbuild.sign_files({**files, **extra}, [], ()))
    return read_package(path, scan=True)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("api.specimen.cn", "specimen.cn"),
        ("a.b.specimen.com.cn", "specimen.com.cn"),
        ("www.specimen.gd.cn", "specimen.gd.cn"),
        ("specimen.com", "specimen.com"),
        ("x.specimen.co.uk", "specimen.co.uk"),
    ],
)
def test_the_registered_part_of_a_name(host: str, expected: str) -> None:
    assert registrable(host) == expected


def test_hosts_are_found_with_their_places_and_the_apps_own_first(tmp_path: Path, app_files: dict[str, bytes]) -> None:
    found = scanned(
        tmp_path,
        app_files,
        **{
            "classes.dex": b"\0https://api.specimen.com.cn/v1\0http://zz-other.cn:8080/x\0",
            "assets/env.json": b'{"base": "wss://push.another.cn/ws", "self": "https://api.specimen.com.cn"}',
        },
    )
    assert [one.domain for one in found.domains] == ["api.specimen.com.cn", "push.another.cn", "zz-other.cn"]
    assert found.domains[0].registrable == "specimen.com.cn"
    assert found.domains[0].found_in == ("assets/env.json", "classes.dex")
    assert "domains_to_confirm" in [one.code for one in found.warnings]


def test_schemas_sdk_makers_and_private_addresses_are_left_out(tmp_path: Path, app_files: dict[str, bytes]) -> None:
    noise = b"http://schemas.android.com/apk/res/android https://www.w3.org/ns https://log.umeng.com/x http://127.0.0.1/ http://10.0.0.8/ "
    found = scanned(tmp_path, app_files, **{"classes.dex": noise + b"http://8.8.4.4/dns https://a.b.c.d.toodeep.cn/"})
    assert found.domains == ()
    assert found.ips == ("8.8.4.4",)


def test_names_in_wide_characters_and_across_pieces_are_found(tmp_path: Path, app_files: dict[str, bytes]) -> None:
    wide = "https://wide.specimen.cn/x".encode("utf-16-le")
    across = bytes(256 * 1024 - 12) + b"https://across.specimen.cn/"
    found = scanned(tmp_path, app_files, **{"assets/a.txt": wide, "assets/b.png.txt": across})
    assert {one.domain for one in found.domains} == {"wide.specimen.cn", "across.specimen.cn"}


def test_a_deep_link_outranks_code(tmp_path: Path, app_files: dict[str, bytes]) -> None:
    link = apkbuild.Tag("data", (("host", "link.zzz.cn"),))
    activity = apkbuild.Tag("activity", (("name", ".A"),), (apkbuild.Tag("intent-filter", (), (link,)),))
    root = apkbuild.Tag("manifest", (("package", "com.example.x"),), (apkbuild.Tag("application", (), (activity,)),))
    files = {**app_files, "AndroidManifest.xml": apkbuild.binary_xml(root), "classes.dex": b"https://aaa.cn/"}
    found = scanned(tmp_path, files)
    assert [one.domain for one in found.domains] == ["link.zzz.cn", "aaa.cn"]
    assert found.domains[0].found_in == ("AndroidManifest.xml: deep link",)


def test_at_most_twenty_are_given(tmp_path: Path, app_files: dict[str, bytes]) -> None:
    names = b" ".join(b"https://host%d.cn/" % number for number in range(50))
    assert len(scanned(tmp_path, app_files, **{"classes.dex": names}).domains) == 20


def test_without_a_scan_there_are_none(tmp_path: Path, app_files: dict[str, bytes]) -> None:
    path = tmp_path / "x.apk"
    path.write_bytes(apkbuild.sign_files({**app_files, "classes.dex": b"https://aaa.cn/"}, [], ()))
    assert read_package(path).domains == ()
