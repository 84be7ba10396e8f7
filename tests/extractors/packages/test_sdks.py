from __future__ import annotations

import io
import json
import plistlib
import re
import struct
import zipfile
from collections.abc import Callable, Iterable
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractors.packages import sdks
from extractors.packages.model import AppPackage, Sdk
from extractors.packages.read import read_package
from extractors.packages.report import to_json, to_text
from extractors.packages.sources import BytesSource
from extractors.packages.zipread import open_zip
from samples import apk_xml, apkbuild
from samples.apk_xml import Tag

ROWS = sdks.table().rows


def dex(*names: str, referred: Iterable[str] = ()) -> bytes:
    """A DEX file that defines these classes and refers to others; as much of it as says so."""
    texts = [f"L{name};".encode() for name in (*referred, *names)]
    first = len(list(referred))
    strings, types, data = 0x70, 0x70 + 4 * len(texts), 0x70 + 8 * len(texts) + 32 * len(names)
    classes = 0x70 + 8 * len(texts)
    ids, body = b"", b""
    for text in texts:
        ids += struct.pack("<I", data + len(body))
        length = bytes([len(text)]) if len(text) < 128 else bytes([len(text) & 0x7F | 0x80, len(text) >> 7])
        body += length + text + b"\0"
    head = bytearray(0x70)
    head[:8] = b"dex\n035\0"
    struct.pack_into("<IIII", head, 0x38, len(texts), strings, len(texts), types)
    struct.pack_into("<II", head, 0x60, len(names), classes)
    numbers = b"".join(struct.pack("<I", number) for number in range(len(texts)))
    defined = b"".join(struct.pack("<8I", first + place, *[0] * 7) for place in range(len(names)))
    return bytes(head) + ids + numbers + defined + body


def manifest(*tags: Tag, package: str = "com.example.specimen") -> bytes:
    return apk_xml.binary_xml(Tag("manifest", (("package", package),), (Tag("application", (), tags),)))


def component(kind: str, name: str) -> Tag:
    return Tag(kind, (("name", name),))


@pytest.fixture
def found(tmp_path: Path) -> Callable[..., dict[str, tuple[str, ...]]]:
    """SDKs by name with their places, of an APK of these files."""

    def read_files(files: dict[str, bytes], *, scan: bool = False) -> dict[str, tuple[str, ...]]:
        path = tmp_path / "x.apk"
        path.write_bytes(apkbuild.sign_files(files, [], ()))
        return by_name(read_package(path, scan=scan))

    return read_files


Found = Callable[..., dict[str, tuple[str, ...]]]


def by_name(package: AppPackage) -> dict[str, tuple[str, ...]]:
    return {one.name: one.found_in for one in package.sdks}


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    path.write_bytes(out.getvalue())
    return path


# --- the table -------------------------------------------------------------------------------------------------


def test_the_table_has_the_rows_it_promises() -> None:
    assert len(ROWS) >= 300
    assert len({row.id for row in ROWS}) == len({row.name for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_a_row_is_well_formed(row: sdks.Row) -> None:
    assert re.fullmatch(r"[a-z0-9_]+", row.id)
    assert row.name and row.name_en and row.vendor
    assert row.categories and set(row.categories) <= set(sdks.CATEGORIES)
    assert "http" in row.source and re.fullmatch(r"\d{4}(-\d{2})?", row.as_of)
    marks = [mark for kind in sdks.MARKERS for mark in getattr(row, kind)]
    assert marks and all(mark and mark == mark.strip() for mark in marks)
    assert all(re.fullmatch(r"[A-Za-z_][\w$]*(\.[A-Za-z_][\w$]*)+", mark) for mark in row.packages)
    assert all(re.fullmatch(r"\*\.\w+\.\w+", mark) for mark in row.components)
    assert all(mark.endswith(".so") and mark.count("*") <= 1 for mark in row.libraries)
    assert all(mark.endswith(".framework") for mark in row.frameworks)
    assert all(sdks._MODULE.fullmatch(mark.encode()) for mark in row.modules)
    assert all(re.fullmatch(r"[A-Z][A-Za-z0-9_]{3,60}", mark) for mark in row.classes)


@pytest.mark.parametrize("kind", sdks.MARKERS)
def test_no_marker_belongs_to_two_rows(kind: str) -> None:
    marks = [mark for row in ROWS for mark in getattr(row, kind)]
    assert sorted(marks) == sorted(set(marks))


def test_no_package_lies_inside_another_vendors() -> None:
    owners = [(mark, row.vendor) for row in ROWS for mark in row.packages]
    inside = [
        (mark, other)
        for (mark, vendor), (other, owner) in permutations(owners, 2)
        if other.startswith(mark + ".") and vendor != owner
    ]
    assert inside == []


def test_no_marker_is_as_wide_as_a_whole_company() -> None:
    wide = {"com.tencent", "com.alibaba", "com.baidu", "com.google", "com.huawei", "com.bytedance", "com.facebook"}
    assert not wide & {mark for row in ROWS for mark in row.packages}


def test_the_file_has_no_keys_the_reader_does_not_know() -> None:
    known = {"id", "name", "name_en", "vendor", "categories", "source", "as_of", "hosts", *sdks.MARKERS}
    rows = json.loads(sdks.TABLE.read_text(encoding="utf-8"))
    assert {key for row in rows for key in row} <= known


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cn.jpush.android.service.PushService", "jpush"),
        ("cn.jpush.im.android.api.JMessageClient", "jmessage"),
        ("com.huawei.hms.push.HmsMessaging", "huawei_push"),
        ("com.huawei.hms.common.ApiException", "hms_core"),
        ("com.amap.api.location.APSService", "amap_location"),
        ("com.google.android.gms.ads.AdActivity", "admob"),
        ("com.google.android.gms.ads.identifier.AdvertisingIdClient", None),
        ("com.facebook.react.ReactActivity", None),
        ("com.mobile.auth.gatewayauth.LoginAuthActivity", "aliyun_auth"),
        ("com.mobility.App", None),
        ("okhttp3.OkHttpClient", None),
        ("", None),
    ],
)
def test_the_longest_marker_decides(name: str, expected: str | None) -> None:
    row = sdks.by_package(name)
    assert (ROWS[row].id if row is not None else None) == expected


# --- Android ---------------------------------------------------------------------------------------------------


def test_components_and_keys_of_the_manifest_are_evidence_without_a_scan(found: Found) -> None:
    tags = (
        component("service", "cn.jpush.android.service.PushService"),
        component("activity", "com.tencent.tauth.AuthActivity"),
        Tag("meta-data", (("name", "com.amap.api.v2.apikey"),)),
        component("activity", ".MainActivity"),
    )
    assert found({"AndroidManifest.xml": manifest(*tags)}) == {
        "QQ 互联 SDK": ("AndroidManifest.xml: activity com.tencent.tauth.AuthActivity",),
        "高德开放平台基础 SDK": ("AndroidManifest.xml: meta-data com.amap.api.v2.apikey",),
        "极光推送 SDK": ("AndroidManifest.xml: service cn.jpush.android.service.PushService",),
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("com.example.specimen.wxapi.WXPayEntryActivity", {"微信支付 SDK"}),
        (".wxapi.WXEntryActivity", {"微信开放平台 SDK"}),
        (".wxapi.WXOtherActivity", set()),
    ],
)
def test_call_back_screens_tell_payment_from_login(found: Found, name: str, expected: set[str]) -> None:
    assert set(found({"AndroidManifest.xml": manifest(component("activity", name))})) == expected


def test_native_libraries_are_evidence_wherever_they_lie(found: Found, app_files: dict[str, bytes]) -> None:
    files = {
        "lib/arm64-v8a/libjcore253.so": b"x",
        "lib/armeabi-v7a/libjcore253.so": b"x",
        "assets/libjiagu.so": b"x",
        "lib/arm64-v8a/libmine.so": b"x",
        "assets/libBugly.so.txt": b"x",
    }
    assert found({**app_files, **files}) == {
        "极光基础 SDK": ("lib/arm64-v8a/libjcore253.so", "lib/armeabi-v7a/libjcore253.so"),
        "360 加固": ("assets/libjiagu.so",),
    }


def test_classes_are_only_looked_at_in_a_scan_and_only_when_defined(found: Found, app_files: dict[str, bytes]) -> None:
    code = dex("com/example/specimen/A", "com/alipay/sdk/app/PayTask", referred=["com/umeng/analytics/MobclickAgent"])
    files = {**app_files, "classes.dex": code, "classes2.dex": dex("io/agora/rtc2/RtcEngine")}
    assert found(files) == {}
    assert found(files, scan=True) == {
        "支付宝支付 SDK": ("classes.dex: Lcom/alipay/sdk/",),
        "声网实时音视频 SDK": ("classes2.dex: Lio/agora/",),
    }


@pytest.mark.parametrize(
    ("name", "is_code"),
    [
        (b"classes.dex", True),
        (b"classes12.dex", True),
        (b"base/dex/classes2.dex", True),
        (b"assets/plugin/classes.dex", False),
        (b"classes.dex.bak", False),
    ],
)
def test_the_code_of_packages_and_bundles_is_known_by_its_place(name: bytes, is_code: bool) -> None:
    assert bool(sdks._DEX.fullmatch(name)) == is_code


def test_a_marker_that_is_one_class_is_found_beside_others(found: Found, app_files: dict[str, bytes]) -> None:
    code = dex("com/facebook/soloader/SoLoader", "com/facebook/Other", "com/facebook/FacebookSdk")
    places = found({**app_files, "classes.dex": code}, scan=True)
    assert places == {"Facebook SDK": ("classes.dex: Lcom/facebook/FacebookSdk;",)}


def test_a_scan_adds_its_places_to_those_of_the_manifest(found: Found) -> None:
    service = component("service", "cn.jpush.android.service.PushService")
    code = dex(*(f"cn/jpush/android/C{number}" for number in range(40)))
    places = found({"AndroidManifest.xml": manifest(service), "classes.dex": code}, scan=True)
    assert places["极光推送 SDK"] == (
        "AndroidManifest.xml: service cn.jpush.android.service.PushService",
        "classes.dex: Lcn/jpush/android/",
    )


def test_an_app_is_no_third_party_to_itself(found: Found) -> None:
    own = manifest(component("activity", "com.iflytek.speech.Main"), package="com.iflytek.speech")
    assert found({"AndroidManifest.xml": own, "classes.dex": dex("com/iflytek/A")}, scan=True) == {}


def test_at_most_five_places_are_kept(found: Found) -> None:
    tags = [component("service", f"cn.jpush.android.S{number}") for number in range(30)]
    assert len(found({"AndroidManifest.xml": manifest(*tags)})["极光推送 SDK"]) == 5


def test_long_class_names_are_read(found: Found, app_files: dict[str, bytes]) -> None:
    name = "com/alipay/sdk/" + "x" * 150
    for length in (61, 62, 63, 113, 150):
        code = dex(name[: 15 + length])
        assert found({**app_files, "classes.dex": code}, scan=True) == {
            "支付宝支付 SDK": ("classes.dex: Lcom/alipay/sdk/",)
        }


def test_finds_are_noted_as_to_be_confirmed_and_written_to_json(tmp_path: Path) -> None:
    path = tmp_path / "x.apk"
    files = {"AndroidManifest.xml": manifest(component("service", "com.igexin.sdk.PushService"))}
    path.write_bytes(apkbuild.sign_files(files, [], ()))
    package = read_package(path)
    assert "sdks_to_confirm" in [one.code for one in package.warnings]
    assert to_json(package)["sdks"] == [
        {
            "name": "个推推送 SDK",
            "vendor": "每日互动股份有限公司",
            "category": "推送类",
            "found_in": ["AndroidManifest.xml: service com.igexin.sdk.PushService"],
            "domains": [],
        }
    ]
    line = "个推推送 SDK | 每日互动股份有限公司 | 推送类 | AndroidManifest.xml: service com.igexin.sdk.PushService"
    assert f"第三方SDK:\n  {line}" in to_text(package)
    assert f"Third-party SDKs:\n  {line}" in to_text(package, language="en")


def test_an_app_without_sdks_has_no_note(tmp_path: Path, app_files: dict[str, bytes]) -> None:
    path = tmp_path / "x.apk"
    path.write_bytes(apkbuild.sign_files(app_files, [], ()))
    package = read_package(path, scan=True)
    assert package.sdks == ()
    assert "sdks_to_confirm" not in [one.code for one in package.warnings]


# --- damaged code ----------------------------------------------------------------------------------------------


def test_a_dex_cut_anywhere_gives_fewer_classes_and_no_error() -> None:
    whole = dex("com/alipay/sdk/A", "io/agora/B")
    assert list(sdks.defined_classes(whole)) == ["com.alipay.sdk.A", "io.agora.B"]
    for length in range(len(whole)):
        assert set(sdks.defined_classes(whole[:length])) <= {"com.alipay.sdk.A", "io.agora.B"}


@settings(deadline=None)  # the first example reads the table
@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 255)), max_size=12))
def test_a_dex_with_any_bytes_changed_is_read_or_left(changes: list[tuple[int, int]]) -> None:
    data = bytearray(dex("com/alipay/sdk/A", "io/agora/B"))
    for place, value in changes:
        data[place % len(data)] = value
    names = list(sdks.defined_classes(bytes(data)))
    assert len(names) <= sdks.MAX_CLASSES
    assert all(len(name) <= sdks.MAX_NAME for name in names)


def test_a_scan_that_a_cap_ends_early_says_so(
    tmp_path: Path, app_files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sdks, "MAX_CODE_FILES", 1)
    path = tmp_path / "x.apk"
    code = {"classes.dex": dex("com/alipay/sdk/A"), "classes2.dex": dex("io/agora/B")}
    path.write_bytes(apkbuild.sign_files({**app_files, **code}, [], ()))
    package = read_package(path, scan=True)
    assert list(by_name(package)) == ["支付宝支付 SDK"]
    assert "sdk_scan_cut" in [one.code for one in package.warnings]


def test_members_called_dex_that_are_none_give_nothing(tmp_path: Path, app_files: dict[str, bytes]) -> None:
    zeros = bytes(48 * 1024 * 1024)
    path = tmp_path / "x.apk"
    path.write_bytes(apkbuild.sign_files({**app_files, "classes.dex": zeros}, [], ()))
    directory = open_zip(BytesSource(path.read_bytes()))
    assert sdks.scan(directory, AppPackage("x.apk", 0, "android", "apk")) == ((), False)


def test_byte_code_beyond_the_budget_is_left_out_and_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sdks, "MAX_TOTAL_BYTES", 1000)
    files = {"ets/a.abc": bytes(2000), "ets/b.abc": b"@amap/amap_lbs_map3d "}
    directory = open_zip(BytesSource(zipped(tmp_path / "x.hap", files).read_bytes()))
    assert sdks.scan(directory, AppPackage("x.hap", 0, "harmony", "hap")) == ((), True)


# --- iOS and HarmonyOS -----------------------------------------------------------------------------------------

INFO: dict[str, Any] = {
    "CFBundleIdentifier": "com.example.specimen",
    "CFBundleExecutable": "Specimen",
    "FacebookAppID": "1",
    "CFBundleURLTypes": [{"CFBundleURLSchemes": ["wx0123456789abcdef", "specimen", 3]}, "odd"],
}


def program(*classes: str, is_64: bool = True, filler: int = 300_000) -> bytes:
    """A program whose one segment has a section with the names of its classes, and mentions others elsewhere."""
    names = b"".join(one.encode() + b"\0" for one in classes)
    commands = 72 + 80 if is_64 else 56 + 68
    head = struct.pack("<IIIIIII", 0xFEEDFACF if is_64 else 0xFEEDFACE, 0x0100000C, 0, 2, 1, commands, 0)
    head += bytes(4) if is_64 else b""
    place = len(head) + commands + filler
    section = b"__objc_classname".ljust(16, b"\0") + b"__TEXT".ljust(16, b"\0")
    if is_64:
        segment = struct.pack("<II", 0x19, commands) + bytes(56) + struct.pack("<II", 1, 0)
        section += struct.pack("<QQI", 0, len(names), place)
    else:
        segment = struct.pack("<II", 0x01, commands) + bytes(40) + struct.pack("<II", 1, 0)
        section += struct.pack("<III", 0, len(names), place)
    used = head + segment.ljust(72 if is_64 else 56, b"\0") + section
    return used.ljust(place, b"\0") + names + b"\0UMConfigure\0"


@pytest.mark.parametrize("is_64", [True, False])
def test_only_the_classes_a_program_defines_count(tmp_path: Path, is_64: bool) -> None:
    folder = "Payload/Specimen.app/"
    files = {
        f"{folder}Info.plist": plistlib.dumps({"CFBundleIdentifier": "x", "CFBundleExecutable": "Specimen"}),
        f"{folder}Specimen": program("JPUSHService", "OwnClass", is_64=is_64),
    }
    path = zipped(tmp_path / "x.ipa", files)
    assert list(by_name(read_package(path, scan=True))) == ["极光推送 SDK"]


def test_an_ipa_shows_sdks_by_schemes_keys_frameworks_and_classes(tmp_path: Path) -> None:
    folder = "Payload/Specimen.app/"
    files = {
        f"{folder}Info.plist": plistlib.dumps(INFO),
        f"{folder}Frameworks/AgoraRtcKit.framework/AgoraRtcKit": b"x",
        f"{folder}Frameworks/Own.framework/Own": b"x",
        f"{folder}Specimen": program("JPUSHService", "BMKMapManager", "xWXPay"),
    }
    path = zipped(tmp_path / "x.ipa", files)
    cheap = {
        "微信开放平台 SDK": ("Info.plist: CFBundleURLSchemes wx0123456789abcdef",),
        "声网实时音视频 SDK": ("Frameworks/AgoraRtcKit.framework",),
        "Facebook SDK": ("Info.plist: FacebookAppID",),
    }
    assert by_name(read_package(path)) == cheap
    assert by_name(read_package(path, scan=True)) == cheap | {
        "百度地图 SDK": (f"{folder}Specimen: class BMKMapManager",),
        "极光推送 SDK": (f"{folder}Specimen: class JPUSHService",),
    }


def test_a_hap_shows_sdks_by_the_packages_in_its_byte_code(tmp_path: Path) -> None:
    module = {
        "app": {"bundleName": "com.example.specimen", "versionName": "1", "versionCode": 1},
        "module": {"name": "entry", "type": "entry", "abilities": []},
    }
    files = {
        "module.json": json.dumps(module).encode(),
        "ets/modules.abc": b"PANDA\0&@tencent/wechat_open_sdk/Index&1.0.0\0&@specimen/own/Index\0",
        "libs/arm64-v8a/libBugly.so": b"x",
    }
    path = zipped(tmp_path / "x.hap", files)
    assert by_name(read_package(path)) == {"腾讯 Bugly SDK": ("libs/arm64-v8a/libBugly.so",)}
    assert by_name(read_package(path, scan=True)) == {
        "微信开放平台 SDK": ("ets/modules.abc: package @tencent/wechat_open_sdk",),
        "腾讯 Bugly SDK": ("libs/arm64-v8a/libBugly.so",),
    }


def test_lists_are_joined_in_the_tables_order_whatever_comes_first() -> None:
    first, last = ROWS[0], ROWS[-1]
    one = Sdk(first.name, first.vendor, "、".join(first.categories), ("a",))
    other = Sdk(last.name, last.vendor, "、".join(last.categories), ("b",))
    assert sdks.merged((other,), (one,)) == sdks.merged((one,), (other,)) == (one, other)
