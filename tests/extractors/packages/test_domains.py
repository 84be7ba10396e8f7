from __future__ import annotations

import json
import plistlib
import struct
from pathlib import Path

import pytest

from extractors.packages.hosts import registrable
from extractors.packages.model import AppPackage
from extractors.packages.read import read_package
from samples import apk_xml, apk_zip, apkbuild


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
        ("a.specimen.xn--fiqs8s", "specimen.xn--fiqs8s"),
        ("bucket.oss-cn-hangzhou.aliyuncs.com", "aliyuncs.com"),
        ("com.cn", ""),
        ("classes.dex", ""),
        ("com.example.specimen", ""),
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


def test_a_makers_hosts_go_to_its_sdk_and_to_nobody_else(tmp_path: Path, app_files: dict[str, bytes]) -> None:
    code = b"https://sdk.open.talk.getui.net/x https://log.umeng.com/ https://api.own.cn/"
    found = scanned(tmp_path, app_files, **{"classes.dex": code, "lib/arm64-v8a/libgetuiext3.so": b""})
    assert [one.domain for one in found.domains] == ["api.own.cn"]
    assert [(one.name, one.domains) for one in found.sdks] == [("个推推送 SDK", ("sdk.open.talk.getui.net",))]


@pytest.mark.parametrize(
    "name", ["META-INF/x.txt", "assets/LICENSE.txt", "assets/open_source_licenses.html", "a.proto"]
)
def test_licences_and_descriptions_are_not_looked_at(tmp_path: Path, app_files: dict[str, bytes], name: str) -> None:
    assert scanned(tmp_path, app_files, **{name: b"https://api.author.cn/"}).domains == ()


def test_settings_name_hosts_without_a_scheme_but_files_are_no_hosts(
    tmp_path: Path, app_files: dict[str, bytes]
) -> None:
    settings = b'{"host": "api.specimen-a.com", "page": "index.js.map", "class": "com.app.cn.Main", "v": "1.0.cn2"}'
    found = scanned(tmp_path, app_files, **{"assets/config.json": settings, "classes.dex": b'"api.specimen-b.com"'})
    assert [one.domain for one in found.domains] == ["api.specimen-a.com"]


def test_an_app_of_a_platform_keeps_its_own_name(tmp_path: Path, app_files: dict[str, bytes]) -> None:
    own = apk_xml.manifest_xml("com.youku.phone", "1", 1, 21, 30, has_icon=False)
    code = b"https://api.youku.com/ https://api.taobao.com/"
    found = scanned(tmp_path, {**app_files, "AndroidManifest.xml": own}, **{"classes.dex": code})
    assert [one.domain for one in found.domains] == ["api.youku.com"]


def program_with(entitlements: bytes) -> bytes:
    """A program that is nothing but a header and a signature with entitlements."""
    blob = struct.pack(">II", 0xFADE7171, len(entitlements) + 8) + entitlements
    signature = struct.pack(">IIIII", 0xFADE0CC0, 20 + len(blob), 1, 5, 20) + blob
    head = struct.pack("<IIIIIIII", 0xFEEDFACF, 0x0100000C, 0, 2, 1, 16, 0, 0)
    return head + struct.pack("<IIII", 0x1D, 16, 48, len(signature)) + signature


def zipped(path: Path, files: dict[str, bytes]) -> AppPackage:
    local, central = apk_zip.write_zip(files)
    path.write_bytes(local + central + apk_zip.end_record(len(files), len(central), len(local)))
    return read_package(path, scan=True)


def test_an_ipa_declares_hosts_in_its_settings_and_entitlements(tmp_path: Path) -> None:
    info = {
        "CFBundleIdentifier": "com.example.specimen",
        "CFBundleExecutable": "Specimen",
        "NSAppTransportSecurity": {"NSExceptionDomains": {"plain.specimen.cn": {}, "localhost": {}}},
    }
    allowed = {
        "com.apple.developer.associated-domains": ["applinks:www.link-a.cn?mode=developer", "webcredentials:link-b.cn"]
    }
    folder = "Payload/Specimen.app/"
    files = {
        f"{folder}Info.plist": plistlib.dumps(info, fmt=plistlib.FMT_BINARY),
        f"{folder}Specimen": program_with(plistlib.dumps(allowed)),
        f"{folder}main.jsbundle": b"'https://api.code.cn/v1'",
    }
    found = {one.domain: one.found_in for one in zipped(tmp_path / "x.ipa", files).domains}
    assert found == {
        "plain.specimen.cn": ("Info.plist: NSExceptionDomains",),
        "link-b.cn": ("entitlements: associated domain",),
        "www.link-a.cn": ("entitlements: associated domain",),
        "api.code.cn": (f"{folder}main.jsbundle",),
    }
    assert next(iter(found)) == "plain.specimen.cn"


def test_a_hap_declares_hosts_in_its_skills_and_network_settings(tmp_path: Path) -> None:
    skills = [{"uris": [{"scheme": "https", "host": "link.specimen.cn"}]}]
    module = {"app": {"bundleName": "com.example.x"}, "module": {"abilities": [{"name": "A", "skills": skills}]}}
    network = {"network-security-config": {"domain-config": [{"domains": [{"name": "net.specimen.cn"}]}]}}
    files = {
        "module.json": json.dumps(module).encode(),
        "resources/base/profile/network_config.json": json.dumps(network).encode(),
        "ets/modules.abc": b"PANDA\0https://api.code.cn/\0",
    }
    found = zipped(tmp_path / "x.hap", files).domains
    assert [one.domain for one in found] == ["net.specimen.cn", "link.specimen.cn", "api.code.cn"]


def test_names_in_wide_characters_and_across_pieces_are_found(tmp_path: Path, app_files: dict[str, bytes]) -> None:
    wide = "https://wide.specimen.cn/x".encode("utf-16-le")
    across = bytes(256 * 1024 - 12) + b"https://across.specimen.cn/"
    found = scanned(tmp_path, app_files, **{"assets/a.txt": wide, "assets/b.png.txt": across})
    assert {one.domain for one in found.domains} == {"wide.specimen.cn", "across.specimen.cn"}


def test_a_deep_link_outranks_code(tmp_path: Path, app_files: dict[str, bytes]) -> None:
    link = apk_xml.Tag("data", (("host", "link.zzz.cn"),))
    activity = apk_xml.Tag("activity", (("name", ".A"),), (apk_xml.Tag("intent-filter", (), (link,)),))
    root = apk_xml.Tag("manifest", (("package", "com.example.x"),), (apk_xml.Tag("application", (), (activity,)),))
    files = {**app_files, "AndroidManifest.xml": apk_xml.binary_xml(root), "classes.dex": b"https://aaa.cn/"}
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
