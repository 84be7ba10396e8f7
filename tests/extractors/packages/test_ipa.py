from __future__ import annotations

import io
import plistlib
import struct
import zlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID
from PIL import Image

from extractors.errors import Unreadable
from extractors.packages import macho
from extractors.packages.cgbi import is_crushed, uncrush
from extractors.packages.iconrender import render_icon
from extractors.packages.model import AppPackage
from extractors.packages.read import read_package
from samples import apk_signing, apk_zip

Read = Callable[[bytes], AppPackage]
BUNDLE = "com.example.ios"


def codes(package: AppPackage) -> list[str]:
    return [one.code for one in package.warnings]


def named_key(common_name: str, key: str = "specimen_release") -> apk_signing.SigningKey:
    """A key whose certificate says it was issued by Apple."""
    private: Any = serialization.load_pem_private_key((apk_signing.KEYS / f"{key}.pem").read_bytes(), None)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Apple Worldwide Developer Relations")]))
        .public_key(private.public_key())
        .serial_number(77)
        .not_valid_before(datetime(2024, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2044, 1, 1, tzinfo=UTC))
        .sign(private, hashes.SHA256())
    )
    return apk_signing.SigningKey(private, certificate.public_bytes(serialization.Encoding.DER))


@pytest.fixture(scope="module")
def distribution() -> apk_signing.SigningKey:
    return named_key("Apple Distribution: Specimen (ABCDE12345)")


@pytest.fixture(scope="module")
def other() -> apk_signing.SigningKey:
    return named_key("Apple Distribution: Other (ABCDE12345)", "specimen_old")


def profile(*keys: apk_signing.SigningKey, bundle: str = BUNDLE, is_development: bool = False) -> bytes:
    content = {
        "DeveloperCertificates": [key.certificate for key in keys],
        "Entitlements": {"application-identifier": f"ABCDE12345.{bundle}", "get-task-allow": is_development},
    }
    return apk_signing.pkcs7(plistlib.dumps(content), keys[0], is_attached=True)


def thin(key: apk_signing.SigningKey, filler: int = 5000) -> bytes:
    """A 64-bit program that is nothing but a header and a signature."""
    cms = apk_signing.pkcs7(b"directory", key)
    blob = struct.pack(">II", 0xFADE0B01, len(cms) + 8) + cms
    signature = struct.pack(">IIIII", 0xFADE0CC0, 20 + len(blob), 1, 0x10000, 20) + blob
    head = struct.pack("<IIIIIIII", 0xFEEDFACF, 0x0100000C, 0, 2, 2, 40, 0, 0)
    commands = struct.pack("<II16x", 0x19, 24) + struct.pack("<IIII", 0x1D, 16, 72 + filler, len(signature))
    return head + commands + bytes(range(256)) * (filler // 256) + bytes(filler % 256) + signature


def fat(*programs: tuple[int, bytes]) -> bytes:
    place, heads, body = 4096, b"", b""
    for kind, program in programs:
        heads += struct.pack(">IIIII", kind, 0, place + len(body), len(program), 12)
        body += program
    return (b"\xca\xfe\xba\xbe" + struct.pack(">I", len(programs)) + heads).ljust(4096, b"\0") + body


def crushed(side: int = 60) -> bytes:
    """A PNG the way Xcode writes it: blue first, raw deflate."""
    rows = b"".join(b"\x01" + b"\x20\x40\xc8\xff" + bytes(4 * (side - 1)) for _ in range(side))
    parts = (
        (b"CgBI", b"\x50\0\x20\x02"),
        (b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)),
        (b"IDAT", apk_zip.deflate(rows)),
        (b"IEND", b""),
    )
    chunks = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def info(**changes: Any) -> dict[str, Any]:
    return {
        "CFBundleIdentifier": BUNDLE,
        "CFBundleExecutable": "Specimen",
        "CFBundleName": "Specimen",
        "CFBundleDisplayName": "Specimen App",
        "CFBundleShortVersionString": "4.5",
        "CFBundleVersion": "4.5.6",
        "CFBundleIcons": {"CFBundlePrimaryIcon": {"CFBundleIconFiles": ["AppIcon60x60"]}},
        **changes,
    }


def ipa(files: Mapping[str, bytes], folder: str = "Payload/样例 App.app/") -> bytes:
    members = {folder + name: data for name, data in files.items()}
    local, central = apk_zip.write_zip(members)
    return local + central + apk_zip.end_record(len(members), len(central), len(local))


def app_files(key: apk_signing.SigningKey, **changes: bytes) -> dict[str, bytes]:
    files = {
        "Info.plist": plistlib.dumps(info(), fmt=plistlib.FMT_BINARY),
        "Specimen": thin(key),
        "embedded.mobileprovision": profile(key),
        "AppIcon60x60@2x.png": crushed(120),
        "AppIcon60x60@3x.png": crushed(180),
        "zh-Hans.lproj/InfoPlist.strings": plistlib.dumps({"CFBundleDisplayName": "样例"}, fmt=plistlib.FMT_BINARY),
    }
    return {**files, **{name.replace("__", "."): data for name, data in changes.items()}}


def test_an_ipa_gives_names_version_signer_and_sha1(read: Read, distribution: apk_signing.SigningKey) -> None:
    found = read(ipa(app_files(distribution)))
    assert (found.platform, found.container, found.package_name) == ("ios", "ipa", BUNDLE)
    assert (found.version_name, found.version_code) == ("4.5", "4.5.6")
    assert (found.label.default, found.label.zh, found.label.display_name) == ("Specimen App", "样例", "样例")
    assert [(one.certificate.raw, one.schemes) for one in found.signers] == [
        (distribution.certificate, ("codesign", "profile"))
    ]
    assert found.features.fingerprint == found.signers[0].certificate.sha1
    assert found.features.public_key == found.signers[0].certificate.public_key.pkcs1_hex
    assert codes(found) == []


@pytest.mark.parametrize("folder", ["Payload/A.app/", "build output/Payload/A b.app/"])
def test_the_app_is_found_under_any_folder_beside_others(
    read: Read, distribution: apk_signing.SigningKey, folder: str
) -> None:
    nested = plistlib.dumps(info(CFBundleIdentifier="nested"))
    files = {
        **{folder + name: data for name, data in app_files(distribution).items()},
        folder + "Watch/W.app/Info.plist": nested,
        folder + "PlugIns/P.appex/Info.plist": nested,
        "__MACOSX/Payload/._A.app/Info.plist": b"junk",
        "__MACOSX/Payload/A.app/Info.plist": b"junk",
    }
    assert read(ipa(files, "")).package_name == BUNDLE


def test_the_program_decides_between_the_profiles_certificates(
    read: Read, distribution: apk_signing.SigningKey, other: apk_signing.SigningKey
) -> None:
    found = read(ipa(app_files(distribution, embedded__mobileprovision=profile(other, distribution))))
    assert [(one.certificate.raw, one.role) for one in found.signers] == [
        (distribution.certificate, "current"),
        (other.certificate, "other"),
    ]


def test_a_fat_program_is_read_for_64_bit_arm(
    read: Read, distribution: apk_signing.SigningKey, other: apk_signing.SigningKey
) -> None:
    program = fat((12, thin(other)), (0x0100000C, thin(distribution)))
    assert read(ipa(app_files(distribution, Specimen=program))).signers[0].certificate.raw == distribution.certificate


def test_an_app_store_copy_offers_nothing_to_file(read: Read) -> None:
    files = app_files(named_key("Apple iPhone OS Application Signing"))
    del files["embedded.mobileprovision"]
    found = read(ipa(files))
    assert codes(found) == ["app_store_copy"]
    assert (found.features.package_name, found.features.public_key, found.features.fingerprint) == (BUNDLE, "", "")


def test_a_development_profile_is_noted(read: Read, distribution: apk_signing.SigningKey) -> None:
    found = read(ipa(app_files(distribution, embedded__mobileprovision=profile(distribution, is_development=True))))
    assert "apple_development" in codes(found)


def test_a_profile_for_another_app_is_noted_and_a_wildcard_is_not(
    read: Read, distribution: apk_signing.SigningKey
) -> None:
    foreign = profile(distribution, bundle="com.other")
    assert "profile_bundle_differs" in codes(read(ipa(app_files(distribution, embedded__mobileprovision=foreign))))
    wild = profile(distribution, bundle="*")
    assert codes(read(ipa(app_files(distribution, embedded__mobileprovision=wild)))) == []


@pytest.mark.parametrize(
    "strings",
    [
        plistlib.dumps({"CFBundleDisplayName": "样例"}),
        '/* name */\n"CFBundleDisplayName" = "样例";\n'.encode(),
        '"CFBundleDisplayName" = "样例";\n'.encode("utf-16"),
        'CFBundleName="样例";'.encode("utf-8-sig"),
    ],
    ids=["xml", "utf-8", "utf-16", "bare key"],
)
def test_the_chinese_name_is_read_from_every_kind_of_strings_file(
    read: Read, distribution: apk_signing.SigningKey, strings: bytes
) -> None:
    files = {**app_files(distribution), "zh-Hans.lproj/InfoPlist.strings": strings}
    assert read(ipa(files)).label.zh == "样例"


def test_the_largest_icon_is_chosen_and_uncrushed(tmp_path: Path, distribution: apk_signing.SigningKey) -> None:
    path = tmp_path / "应用.ipa"
    path.write_bytes(ipa(app_files(distribution)))
    found = read_package(path)
    assert found.icon is not None
    assert found.icon.entry.endswith("AppIcon60x60@3x.png")
    assert found.icon.width == 180
    icon = render_icon(path, found)
    assert icon is not None
    shown = Image.open(io.BytesIO(icon.data)).convert("RGBA")
    # The first filter adds each pixel to the one on its left: the whole row has the first pixel's colour.
    assert shown.getpixel((0, 0)) == shown.getpixel((179, 179)) == (0xC8, 0x40, 0x20, 0xFF)


@pytest.mark.parametrize("cut", [10, 30, 60])
def test_a_cut_crushed_picture_is_refused(cut: int) -> None:
    data = crushed(4)
    assert is_crushed(data)
    with pytest.raises(Unreadable):
        uncrush(data[: len(data) - 12 - cut])


def test_a_provisioning_profile_alone_is_read(
    read: Read, distribution: apk_signing.SigningKey, other: apk_signing.SigningKey
) -> None:
    found = read(profile(distribution, other))
    assert (found.container, found.platform, found.package_name) == ("profile", "ios", BUNDLE)
    assert [one.certificate.raw for one in found.signers] == [distribution.certificate, other.certificate]
    assert "profile_certificates" in codes(found)


def test_an_app_folder_zipped_by_itself_is_read(read: Read, distribution: apk_signing.SigningKey) -> None:
    files = {"Info.plist": plistlib.dumps(info()), "Specimen": thin(distribution)}
    assert read(ipa(files, "Specimen.app/")).package_name == BUNDLE


def test_a_profile_already_unwrapped_is_read(read: Read, distribution: apk_signing.SigningKey) -> None:
    content = {"DeveloperCertificates": [distribution.certificate]}
    for form in (plistlib.FMT_XML, plistlib.FMT_BINARY):
        found = read(plistlib.dumps(content, fmt=form))
        assert [one.certificate.raw for one in found.signers] == [distribution.certificate]


def test_a_property_list_that_is_no_profile_is_refused(read: Read) -> None:
    with pytest.raises(Unreadable):
        read(plistlib.dumps({"a": 1}))


def test_an_unreadable_info_plist_is_refused(read: Read, distribution: apk_signing.SigningKey) -> None:
    with pytest.raises(Unreadable, match=r"Info\.plist"):
        read(ipa(app_files(distribution, Info__plist=b"bplist00 broken")))


@pytest.mark.parametrize("program", [b"", b"MZ", b"\xca\xfe\xba\xbe\0\0\0\x05", b"\xcf\xfa\xed\xfe" + bytes(40)])
def test_what_is_no_signed_program_has_no_signature(program: bytes) -> None:
    assert macho.read_signature(lambda offset, length: program[offset : offset + length]) == macho.Signature()
