from __future__ import annotations

import io
import json
import struct
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from PIL import Image

from extractors.errors import Unsupported
from extractors.packages.iconrender import render_icon
from extractors.packages.model import AppPackage
from extractors.packages.read import read_package
from samples import apk_signing, apk_zip

Read = Callable[[bytes], AppPackage]
BUNDLE = "com.example.harmony"
NEW_MARK, OLD_MARK = b"<hap sign block>", b"HAP Sig Block 42"


def codes(package: AppPackage) -> list[str]:
    return [one.code for one in package.warnings]


def issue(subject: str, issuer: str, key: Any, signing_key: Any, *, is_ca: bool, serial: int) -> bytes:
    def name(text: str) -> x509.Name:
        country = x509.NameAttribute(NameOID.COUNTRY_NAME, "CN")
        return x509.Name([country, x509.NameAttribute(NameOID.COMMON_NAME, text)])

    return (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(datetime(2024, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2044, 1, 1, tzinfo=UTC))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .sign(signing_key, hashes.SHA256())
        .public_bytes(serialization.Encoding.DER)
    )


class Chain:
    """A HarmonyOS chain of fictional names: root, intermediate and leaf."""

    def __init__(self, leaf: str = "Specimen(1234567890),Release") -> None:
        root, middle, own = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
        names = ["Huawei CBG Root CA G2", "Huawei CBG Developer Relations CA G2", leaf]
        self.root = issue(names[0], names[0], root, root, is_ca=True, serial=1)
        self.middle = issue(names[1], names[0], middle, root, is_ca=True, serial=2)
        self.leaf = issue(names[2], names[1], own, middle, is_ca=False, serial=3)
        self.key = apk_signing.SigningKey(own, self.leaf)
        self.bag = [self.root, self.leaf, self.middle]


@pytest.fixture(scope="module")
def chain() -> Chain:
    return Chain()


def pem(certificate: bytes) -> str:
    return x509.load_der_x509_certificate(certificate).public_bytes(serialization.Encoding.PEM).decode()


def profile(chain: Chain, *, kind: str = "release", bundle: str = BUNDLE, leaf: bytes | None = None) -> bytes:
    which = "distribution-certificate" if kind == "release" else "development-certificate"
    content = {"type": kind, "bundle-info": {"bundle-name": bundle, which: pem(leaf or chain.leaf)}}
    return apk_signing.pkcs7(json.dumps(content).encode(), chain.key, chain.bag, is_attached=True)


def picture(side: int = 128) -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", (side, side), (200, 30, 30, 255)).save(out, "PNG")
    return out.getvalue()


def letters(text: str) -> int:
    return int.from_bytes(text.encode(), "big")


def index(configs: Sequence[tuple[Mapping[int, int], Mapping[int, tuple[int, str, str]]]]) -> bytes:
    """A resources.index of layout 1: per configuration its keys and id -> (kind, name, value)."""
    version = b"Restool 4.1.0.400".ljust(100, b"\0") + b"\xde\xad" * 14
    place = 136 + sum(12 + 8 * len(keys) for keys, _ in configs)
    heads, bodies = b"", b""
    for keys, values in configs:
        head = b"KEYS" + struct.pack("<II", place, len(keys))
        heads += head + b"".join(struct.pack("<II", *pair) for pair in keys.items())
        records, ids = b"", b""
        first = place + 8 + 8 * len(values)
        for identifier, (kind, name, value) in values.items():
            ids += struct.pack("<II", identifier, first + len(records))
            data = b"".join(struct.pack("<H", len(one) + 1) + one + b"\0" for one in (value.encode(), name.encode()))
            records += struct.pack("<IiI", 12 + len(data), kind, identifier) + data
        body = b"IDSS" + struct.pack("<I", len(values)) + ids + records
        bodies += body
        place += len(body)
    size = 136 + len(heads) + len(bodies)
    return version + struct.pack("<II", size, len(configs)) + heads + bodies


def second_index(configs: Sequence[tuple[Mapping[int, int], Mapping[int, tuple[int, str, str]]]]) -> bytes:
    """The same in layout 2: names once by kind, and for each id a list of (configuration, place of the value)."""
    keys = b"".join(
        b"KEYS" + struct.pack("<II", number, len(one)) + b"".join(struct.pack("<II", *pair) for pair in one.items())
        for number, (one, _) in enumerate(configs, start=7)
    )
    names = {identifier: value[:2] for _, values in configs for identifier, value in values.items()}
    kinds = sorted({kind for kind, _ in names.values()})
    items = {kind: [one for one, value in names.items() if value[0] == kind] for kind in kinds}
    head = 16 + sum(12 + sum(12 + len(names[one][1]) for one in items[kind]) for kind in kinds)
    data = 140 + len(keys) + head
    block, values_of = b"", {}
    for identifier in names:
        own = [(number, v[identifier][2].encode()) for number, (_, v) in enumerate(configs, start=7) if identifier in v]
        values_of[identifier] = data + 12 + len(block)
        place = values_of[identifier] + 12 + 8 * len(own)
        pairs, texts = b"", b""
        for number, text in own:
            pairs += struct.pack("<II", number, place + len(texts))
            texts += struct.pack("<H", len(text)) + text + b"\0"
        block += struct.pack("<III", identifier, len(pairs) + len(texts), len(own)) + pairs + texts
    listed = b""
    for kind in kinds:
        rows = b"".join(
            struct.pack("<III", one, values_of[one], len(names[one][1])) + names[one][1].encode() for one in items[kind]
        )
        listed += struct.pack("<III", kind, 12 + len(rows), len(items[kind])) + rows
    listed = b"IDSS" + struct.pack("<III", 16 + len(listed), len(kinds), len(names)) + listed
    version = b"RestoolV2 6.0.0.001".ljust(128, b"\0")
    size = data + 12 + len(block)
    return (
        version
        + struct.pack("<III", size, len(configs), data)
        + keys
        + listed
        + b"DATA"
        + struct.pack("<II", 12 + len(block), len(names))
        + block
    )


LAYOUTS = pytest.mark.parametrize("index_of", [index, second_index])
ZH = {0: letters("zh"), 1: letters("CN")}
STRINGS = {
    0x1000001: (9, "app_name", "Harmony Specimen"),
    0x1000002: (9, "EntryAbility_label", "Specimen"),
    0x1000003: (19, "app_icon", "entry/resources/base/media/app_icon.png"),
}
STRINGS_ZH = {0x1000001: (9, "app_name", "鸿蒙样例"), 0x1000002: (9, "EntryAbility_label", "样例")}


def stage_files(**app: Any) -> dict[str, bytes]:
    description = {
        "app": {
            "bundleName": BUNDLE,
            "versionName": "2.0.1",
            "versionCode": 2000001,
            "label": "$string:app_name",
            "labelId": 0x1000001,
            "icon": "$media:app_icon",
            "iconId": 0x1000003,
            **app,
        },
        "module": {
            "name": "entry",
            "type": "entry",
            "mainElement": "EntryAbility",
            "abilities": [
                {"name": "Other", "label": "no"},
                {"name": "EntryAbility", "label": "$string:EntryAbility_label", "labelId": 0x1000002},
            ],
        },
    }
    return {
        "module.json": json.dumps(description).encode(),
        "resources.index": index([({}, STRINGS), (ZH, STRINGS_ZH)]),
        "resources/base/media/app_icon.png": picture(),
    }


def block(values: Sequence[tuple[int, bytes]], mark: bytes) -> bytes:
    heads, body = b"", b""
    for kind, value in values:
        heads += struct.pack("<III", kind, len(value), 12 * len(values) + len(body))
        body += value
    size = len(heads) + len(body) + 32
    return heads + body + struct.pack("<iq", len(values), size) + mark + struct.pack("<i", 3)


def package(files: Mapping[str, bytes], values: Sequence[tuple[int, bytes]] | None, mark: bytes = NEW_MARK) -> bytes:
    local, central = apk_zip.write_zip(files)
    signed = block(values, mark) if values is not None else b""
    return local + signed + central + apk_zip.end_record(len(files), len(central), len(local) + len(signed))


def signed_hap(chain: Chain, files: Mapping[str, bytes] | None = None, **changes: Any) -> bytes:
    values = [
        (0x20000000, changes.get("signature", apk_signing.pkcs7(b"digests", chain.key, chain.bag, is_attached=True))),
        (0x20000002, changes.get("profile", profile(chain))),
    ]
    return package(files or stage_files(), values, changes.get("mark", NEW_MARK))


@pytest.mark.parametrize("mark", [NEW_MARK, OLD_MARK])
def test_a_hap_gives_the_leaf_under_either_mark(read: Read, chain: Chain, mark: bytes) -> None:
    found = read(signed_hap(chain, mark=mark))
    assert (found.platform, found.container, found.package_name) == ("harmony", "hap", BUNDLE)
    assert [one.certificate.raw for one in found.signers] == [chain.leaf]
    assert found.features.public_key == found.signers[0].certificate.public_key.point_hex
    assert found.features.fingerprint == found.signers[0].certificate.sha1
    assert codes(found) == ["label_differs", "fingerprint_unclear"]


def test_names_come_from_the_main_ability_in_chinese(read: Read, chain: Chain) -> None:
    found = read(signed_hap(chain))
    assert found.label.display_name == found.label.zh == "样例"
    assert found.label.default == "Harmony Specimen"
    assert found.label.locales == {"": "Harmony Specimen", "zh-CN": "鸿蒙样例"}
    assert (found.version_name, found.version_code) == ("2.0.1", "2000001")
    assert found.icon is not None
    assert (found.icon.entry, found.icon.width) == ("resources/base/media/app_icon.png", 128)


def test_an_issuer_spelt_differently_still_leads_to_the_leaf(read: Read, chain: Chain) -> None:
    signature = apk_signing.pkcs7(b"digests", chain.key, chain.bag, is_attached=True)
    wanted = b"Huawei CBG Developer Relations CA G2"
    place = signature.rindex(wanted)
    assert signature[place - 2] == 0x0C
    other = signature[: place - 2] + b"\x13" + signature[place - 1 :]
    assert [one.certificate.raw for one in read(signed_hap(chain, signature=other)).signers] == [chain.leaf]


def test_a_debug_profile_offers_nothing_to_file_and_says_why(read: Read, chain: Chain) -> None:
    found = read(signed_hap(chain, profile=profile(chain, kind="debug")))
    assert "harmony_debug" in codes(found)
    assert (found.features.package_name, found.features.public_key, found.features.fingerprint) == (BUNDLE, "", "")
    assert len(found.signers) == 1


def test_a_development_certificate_offers_nothing_to_file(read: Read) -> None:
    found = read(signed_hap(Chain("Specimen(1),Development")))
    assert "harmony_debug" in codes(found)
    assert found.features.public_key == ""


def test_a_profile_for_another_certificate_or_bundle_is_noted(read: Read, chain: Chain) -> None:
    found = read(signed_hap(chain, profile=profile(chain, bundle="com.other", leaf=chain.middle)))
    assert {"profile_certificate_differs", "profile_bundle_differs"} <= set(codes(found))


def test_an_unsigned_hap_still_gives_its_names(read: Read) -> None:
    found = read(package(stage_files(), None))
    assert found.package_name == BUNDLE
    assert found.signers == ()
    assert "unsigned" in codes(found)


def test_a_lying_offset_in_the_block_is_stepped_over(read: Read, chain: Chain) -> None:
    data = signed_hap(chain)
    place = data.index(struct.pack("<I", 0x20000002))
    lying = data[: place + 8] + b"\xff\xff\xff\x7f" + data[place + 12 :]
    assert [one.certificate.raw for one in read(lying).signers] == [chain.leaf]


def test_a_block_with_a_large_value_for_code_signing_is_read(read: Read, chain: Chain) -> None:
    signature = apk_signing.pkcs7(b"digests", chain.key, chain.bag, is_attached=True)
    values = [(0x20000003, bytes(20_000_000)), (0x20000000, signature), (0x20000002, profile(chain))]
    assert [one.certificate.raw for one in read(package(stage_files(), values)).signers] == [chain.leaf]


def test_the_older_model_with_config_json_is_read(read: Read, chain: Chain) -> None:
    description = {
        "app": {"bundleName": BUNDLE, "version": {"name": "1.0", "code": 1}},
        "module": {
            "mainAbility": "Main",
            "abilities": [{"name": "Main", "label": "老样例", "icon": "$media:app_icon", "iconId": 0x1000003}],
        },
    }
    files = {**stage_files(), "config.json": json.dumps(description).encode()}
    del files["module.json"]
    found = read(signed_hap(chain, files))
    assert (found.package_name, found.version_name, found.version_code) == (BUNDLE, "1.0", "1")
    assert found.label.display_name == "老样例"
    assert found.icon is not None


def test_a_shared_module_is_an_hsp(read: Read, chain: Chain) -> None:
    description = {"app": {"bundleName": BUNDLE}, "module": {"type": "shared", "name": "lib"}}
    assert read(signed_hap(chain, {"module.json": json.dumps(description).encode()})).container == "hsp"


def test_references_without_numbers_are_found_by_name(read: Read, chain: Chain) -> None:
    found = read(signed_hap(chain, stage_files(labelId=None)))
    assert found.label.default == "Harmony Specimen"


@LAYOUTS
def test_both_index_layouts_give_names_and_icon_by_number_and_by_name(read: Read, chain: Chain, index_of: Any) -> None:
    files = stage_files(labelId=None, iconId=None)
    found = read(signed_hap(chain, {**files, "resources.index": index_of([({}, STRINGS), (ZH, STRINGS_ZH)])}))
    assert found.label.locales == {"": "Harmony Specimen", "zh-CN": "鸿蒙样例"}
    assert found.label.display_name == "样例"
    assert found.icon is not None
    assert "index_unreadable" not in codes(found)


@LAYOUTS
def test_a_name_that_refers_to_another_is_followed_and_a_circle_ends(read: Read, chain: Chain, index_of: Any) -> None:
    values = {**STRINGS, 0x1000002: (9, "a", f"$string:{0x1000007}"), 0x1000007: (9, "b", "Followed")}
    circle = {**STRINGS, 0x1000002: (9, "a", f"$string:{0x1000002}")}
    one, other = (
        read(signed_hap(chain, {**stage_files(), "resources.index": index_of([({}, table)])}))
        for table in (values, circle)
    )
    assert one.label.display_name == "Followed"
    assert other.label.display_name == "Harmony Specimen"


@LAYOUTS
def test_dark_and_tablet_values_stand_back_behind_the_usual_ones(read: Read, chain: Chain, index_of: Any) -> None:
    special = [
        ({key: value}, {0x1000002: (9, "EntryAbility_label", "no")}) for key, value in ((6, 0), (4, 1), (7, 460))
    ]
    table = index_of([*special, ({}, STRINGS)])
    assert read(signed_hap(chain, {**stage_files(), "resources.index": table})).label.display_name == "Specimen"


def test_the_older_model_keeps_its_resources_in_assets(read: Read, chain: Chain) -> None:
    description = {
        "app": {"bundleName": BUNDLE, "version": {"name": "1.0", "code": 1}},
        "module": {"abilities": [{"name": "Main", "label": "$string:app_name", "icon": "$media:app_icon"}]},
    }
    files = {
        "config.json": json.dumps(description).encode(),
        "assets/entry/resources.index": index([({}, STRINGS), (ZH, STRINGS_ZH)]),
        "assets/entry/resources/base/media/app_icon.png": picture(),
    }
    found = read(signed_hap(chain, files))
    assert found.label.display_name == "鸿蒙样例"
    assert found.icon is not None
    assert found.icon.entry == "assets/entry/resources/base/media/app_icon.png"


@pytest.mark.parametrize("number", [-1, 1 << 32, 1 << 80])
def test_a_number_that_is_no_resource_leaves_the_name_to_be_looked_up(read: Read, chain: Chain, number: int) -> None:
    found = read(package(stage_files(labelId=number, iconId=number), None))
    assert (found.package_name, found.label.default) == (BUNDLE, "Harmony Specimen")


@LAYOUTS
def test_an_index_cut_anywhere_is_read_as_far_as_it_goes(read: Read, chain: Chain, index_of: Any) -> None:
    table = index_of([({}, STRINGS), (ZH, STRINGS_ZH)])
    for length in range(0, len(table), 7):
        files = {**stage_files(), "resources.index": table[:length]}
        assert read(package(files, None)).package_name == BUNDLE


@pytest.mark.parametrize("head", [b"RestoolV2", b"RestoolV2 1".ljust(132, b"\0") + b"\xff" * 4])
def test_a_damaged_index_is_noted(read: Read, chain: Chain, head: bytes) -> None:
    files = {**stage_files(), "resources.index": head.ljust(200, b"\0")}
    found = read(signed_hap(chain, files))
    assert {"index_unreadable", "label_unresolved"} <= set(codes(found))
    assert found.package_name == BUNDLE


def test_an_app_holds_the_names_of_its_entry_module(tmp_path: Path, chain: Chain) -> None:
    pack = {
        "summary": {"app": {"bundleName": BUNDLE, "version": {"name": "2.0.1", "code": 2000001}}},
        "packages": [{"name": "entry-default", "moduleType": "entry"}, {"name": "a-lib", "moduleType": "shared"}],
    }
    files = {
        "pack.info": json.dumps(pack).encode(),
        "a-lib.hsp": package({"module.json": b'{"app":{"bundleName":"x"},"module":{}}'}, None),
        "entry-default.hap": package(stage_files(), None),
    }
    path = tmp_path / "样例 1.app"
    path.write_bytes(signed_hap(chain, files))
    found = read_package(path)
    assert (found.container, found.package_name, found.label.display_name) == ("harmony_app", BUNDLE, "样例")
    assert [one.certificate.raw for one in found.signers] == [chain.leaf]
    assert found.icon is not None
    assert found.icon.inside == "entry-default.hap"
    icon = render_icon(path, found)
    assert icon is not None
    assert (icon.format, icon.width) == ("png", 128)


def test_an_app_is_searched_for_sdks_in_its_entry_module(tmp_path: Path) -> None:
    files = {"pack.info": b"{}", "entry.hap": package({**stage_files(), "libs/arm64-v8a/libBugly.so": b""}, None)}
    path = tmp_path / "x.app"
    path.write_bytes(package(files, None))
    assert [one.name for one in read_package(path, scan=True).sdks] == ["腾讯 Bugly SDK"]


@pytest.mark.parametrize("names", [("background", "foreground"), (0x1000004, 0x1000005)])
def test_a_layered_icon_is_composed_whole(tmp_path: Path, chain: Chain, names: tuple[object, object]) -> None:
    values = {
        **STRINGS,
        0x1000003: (19, "app_icon", "entry/resources/base/media/layered_image.json"),
        0x1000004: (19, "background", "entry/resources/base/media/background.png"),
        0x1000005: (19, "foreground", "entry/resources/base/media/foreground.png"),
    }
    layers = {"layered-image": {"background": f"$media:{names[0]}", "foreground": f"$media:{names[1]}"}}
    files = {
        **stage_files(),
        "resources.index": index([({}, values)]),
        "resources/base/media/layered_image.json": json.dumps(layers).encode(),
        "resources/base/media/background.png": picture(256),
        "resources/base/media/foreground.png": picture(64),
    }
    path = tmp_path / "x.hap"
    path.write_bytes(signed_hap(chain, files))
    found = read_package(path)
    icon = render_icon(path, found)
    assert found.icon is not None
    assert found.icon.format == "layered"
    assert icon is not None
    assert (icon.width, icon.height) == (256, 256)


def test_a_zip_with_some_config_json_is_no_package(read: Read) -> None:
    with pytest.raises(Unsupported):
        read(package({"config.json": b'{"a": 1}'}, None))


def test_a_profile_file_gives_bundle_and_certificate(read: Read, chain: Chain) -> None:
    found = read(profile(chain))
    assert (found.container, found.platform, found.package_name) == ("profile", "harmony", BUNDLE)
    assert [one.certificate.raw for one in found.signers] == [chain.leaf]


def test_a_debug_profile_file_offers_nothing_to_file(read: Read, chain: Chain) -> None:
    found = read(profile(chain, kind="debug"))
    assert "harmony_debug" in codes(found)
    assert found.features.public_key == ""
