"""Packages built to confuse readers: each is read as Android would, or refused with a sentence."""

from __future__ import annotations

import random
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from extractors.errors import Empty, ExtractError, Incomplete, Unreadable, Unsupported
from extractors.packages.model import AppPackage
from extractors.packages.read import read_package
from extractors.packages.report import error_json, to_json
from samples import apk_signing, apk_xml, apk_zip, apkbuild
from tests.extractors.packages.mutation import spoilt

Read = Callable[[bytes], AppPackage]
Files = dict[str, bytes]
MANIFEST = b"AndroidManifest.xml"


def codes(package: AppPackage) -> list[str]:
    return [one.code for one in package.warnings]


@pytest.fixture
def signed(app_files: Files, release_key: apk_signing.SigningKey) -> bytes:
    return apkbuild.sign_files(app_files, [release_key], ("v1", "v2", "v3"))


def zip_of(files: Mapping[str, bytes]) -> tuple[bytes, bytes, bytes]:
    local, central = apk_zip.write_zip(files)
    return local, central, apk_zip.end_record(len(files), len(central), len(local))


def assert_whole(package: AppPackage, release_key: apk_signing.SigningKey) -> None:
    assert package.package_name == "com.example.specimen"
    assert package.label.display_name == "样例"
    assert package.signers[0].certificate.raw == release_key.certificate


# --- ZIP -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("comment", [b"hello", b"x" * 0xFFFF, b"PK\x05\x06" + bytes(40), b"PK\x05\x06" * 9000])
def test_a_comment_does_not_hide_the_directory(
    read: Read, signed: bytes, release_key: apk_signing.SigningKey, comment: bytes
) -> None:
    data = signed[:-2] + struct.pack("<H", len(comment)) + comment
    assert_whole(read(data), release_key)


def test_bytes_after_the_end_are_noted(read: Read, signed: bytes, release_key: apk_signing.SigningKey) -> None:
    package = read(signed + b"\0" * 300)
    assert_whole(package, release_key)
    assert "zip_trailing_bytes" in codes(package)


def test_bytes_before_the_start_are_noted(read: Read, signed: bytes, release_key: apk_signing.SigningKey) -> None:
    package = read(b"dex\n035\0" + bytes(1000) + signed)
    assert_whole(package, release_key)
    assert "zip_prefix" in codes(package)


def test_a_zip64_end_record_is_followed(read: Read, app_files: Files) -> None:
    local, central, _ = zip_of(app_files)
    place = len(local) + len(central)
    record = b"PK\x06\x06" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, 2, 2, len(central), len(local))
    locator = b"PK\x06\x07" + struct.pack("<IQI", 0, place, 1)
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    assert read(local + central + record + locator + end).package_name == "com.example.specimen"


def test_seventy_thousand_files_are_no_trouble(read: Read, app_files: Files) -> None:
    names = {f"res/{number}": b"" for number in range(70_000)}
    local, central = apk_zip.write_zip({**app_files, **names})
    count = len(app_files) + len(names)
    end = apk_zip.end_record(count & 0xFFFF, len(central), len(local))
    assert read(local + central + end).package_name == "com.example.specimen"


@pytest.mark.parametrize("is_real_first", [True, False])
def test_of_two_manifests_the_readable_one_counts(read: Read, app_files: Files, is_real_first: bool) -> None:
    order = [app_files[MANIFEST.decode()], b"\x03\0\x08\0garbage, not a manifest"]
    parts = [zip_of({MANIFEST.decode(): data}) for data in (order if is_real_first else order[::-1])]
    local = parts[0][0] + parts[1][0]
    second = parts[1][1].replace(struct.pack("<I", 0) + MANIFEST, struct.pack("<I", len(parts[0][0])) + MANIFEST)
    data = local + parts[0][1] + second + apk_zip.end_record(2, len(parts[0][1] + second), len(local))
    package = read(data)
    assert package.package_name == "com.example.specimen"
    assert "zip_duplicate_names" in codes(package)


def patched_entry(data: bytes, name: bytes, offset: int, value: bytes) -> bytes:
    """Change bytes of a directory entry, counted from its signature."""
    place = data.rfind(name) - 46
    assert data[place : place + 4] == b"PK\x01\x02"
    return data[: place + offset] + value + data[place + offset + len(value) :]


@pytest.mark.parametrize("name", [MANIFEST, b"resources.arsc"])
def test_an_unknown_compression_method_is_seen_through(
    read: Read, signed: bytes, release_key: apk_signing.SigningKey, name: bytes
) -> None:
    package = read(patched_entry(signed, name, 10, b"\x34\x12"))
    assert_whole(package, release_key)
    assert "zip_header_lies" in codes(package)


def test_the_encrypted_flag_is_ignored_as_android_does(
    read: Read, signed: bytes, release_key: apk_signing.SigningKey
) -> None:
    package = read(patched_entry(signed, MANIFEST, 8, b"\x01\x08"))
    assert_whole(package, release_key)
    assert "zip_header_lies" in codes(package)


@pytest.mark.parametrize(
    ("offset", "value"),
    [
        (16, b"\0\0\0\0"),  # CRC
        (20, b"\x01\0\0\0"),  # compressed size too small
        (20, b"\xff\xff\xff\x7f"),  # compressed size beyond the file
        (24, b"\xff\xff\xff\x7f"),  # size beyond the file
        (24, b"\x01\0\0\0"),  # size too small
        (10, b"\0\0"),  # says stored, is deflated
    ],
)
def test_lies_in_the_directory_entry_of_the_manifest(
    read: Read, signed: bytes, release_key: apk_signing.SigningKey, offset: int, value: bytes
) -> None:
    assert_whole(read(patched_entry(signed, MANIFEST, offset, value)), release_key)


@pytest.mark.parametrize(("offset", "value"), [(26, b"\x05\x00"), (18, b"\xff" * 8), (8, b"\x63\0"), (30, b"X")])
def test_lies_in_the_local_header_of_the_manifest(read: Read, app_files: Files, offset: int, value: bytes) -> None:
    local, central, end = zip_of(app_files)
    lying = local[:offset] + value + local[offset + len(value) :]
    assert read(lying + central + end).package_name == "com.example.specimen"


def test_a_folder_named_like_the_manifest_is_no_manifest(read: Read, app_files: Files) -> None:
    data = b"".join(zip_of({"AndroidManifest.xml/": b"", "AndroidManifest.xml/x": b"decoy", **app_files}))
    assert read(data).package_name == "com.example.specimen"


def test_a_wrong_directory_size_and_count_are_survived(
    read: Read, signed: bytes, release_key: apk_signing.SigningKey
) -> None:
    data = signed[:-14] + struct.pack("<HHI", 7, 7, 5) + signed[-6:]
    package = read(data)
    assert_whole(package, release_key)
    assert "zip_count_differs" in codes(package)


def test_a_broken_download_is_called_incomplete(read: Read, signed: bytes) -> None:
    with pytest.raises(Incomplete, match="broken download"):
        read(signed[: len(signed) * 2 // 3])


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", Empty),
        (b"<!DOCTYPE html><html>login</html>", Unreadable),
        (b"\xef\xbb\xbf\r\n<HTML>", Unreadable),
        (b"this is a text", Unreadable),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), Unreadable),
        (bytes(100_000), Unreadable),
        (b"PK\x05\x06" + bytes(18), Unsupported),
        (b"".join(zip_of({"word/document.xml": b"<x/>"})), Unsupported),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", Unsupported),
        (b"\x30\x82\x01\x0a broken", Unreadable),
    ],
)
def test_what_is_no_package_is_refused_in_two_languages(read: Read, data: bytes, kind: type[ExtractError]) -> None:
    with pytest.raises(kind) as caught:
        read(data)
    assert any("\u4e00" <= letter <= "\u9fff" for letter in caught.value.zh)
    assert caught.value.en.isascii()


def test_a_folder_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="regular file"):
        read_package(tmp_path)
    with pytest.raises(Unreadable, match="cannot be opened"):
        read_package(tmp_path / "missing.apk")


def bomb(inside: bytes, size: int) -> bytes:
    """Raw deflate of `inside` and then `size` zero bytes."""
    engine = zlib.compressobj(9, zlib.DEFLATED, -15)
    out = [engine.compress(inside)]
    zeros = bytes(1 << 20)
    out += [engine.compress(zeros) for _ in range(size >> 20)]
    return b"".join([*out, engine.flush()])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["AndroidManifest.xml", "resources.arsc"])
def test_a_bomb_is_read_to_its_limit_and_no_further(tmp_path: Path, app_files: Files, name: str) -> None:
    local, central = bytearray(), bytearray()
    for member, data in app_files.items():
        packed = bomb(data, 1 << 30) if member == name else apk_zip.deflate(data)
        raw = member.encode()
        common = struct.pack("<HHHHHIII", 20, 0, 8, 0, 33, 0, len(packed), len(data))
        central += b"PK\x01\x02\x14\0" + common + struct.pack("<HHHHHII", len(raw), 0, 0, 0, 0, 0, len(local)) + raw
        local += b"PK\x03\x04" + common + struct.pack("<HH", len(raw), 0) + raw + packed
    path = tmp_path / "bomb.apk"
    path.write_bytes(local + central + apk_zip.end_record(2, len(central), len(local)))
    script = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (400 << 20, 400 << 20));"
        "from extractors.packages.read import read_package; package = read_package(sys.argv[1]);"
        "print(package.package_name, *[one.code for one in package.warnings]);"
        # the peak of this process image: getrusage would count the test runner it was forked from
        "print(open('/proc/self/status').read().partition('VmHWM:')[2].split()[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout.startswith("com.example.specimen ")
    assert "member_too_large" in done.stdout
    assert int(done.stdout.split()[-1]) <= 200 * 1024


# --- signatures ------------------------------------------------------------------------------------------------


def with_block(files: Files, values: list[tuple[int, bytes]]) -> bytes:
    local, central = apk_zip.write_zip(files)
    return apk_signing.insert_block(local, central, len(files), lambda _: values)


def v2_value(key: apk_signing.SigningKey) -> bytes:
    return apk_signing.prefixed(apk_signing.prefixed(apk_signing.block_signer(bytes(32), key, [])))


def v3_value(*signers: tuple[apk_signing.SigningKey, tuple[int, int]]) -> bytes:
    each = [apk_signing.prefixed(apk_signing.block_signer(bytes(32), key, [], sdk=sdk)) for key, sdk in signers]
    return apk_signing.prefixed(b"".join(each))


V2, V3, V31 = 0x7109871A, 0xF05368C0, 0x1B93AD61


def test_of_two_blocks_with_one_id_the_first_counts(
    read: Read, app_files: Files, old_key: apk_signing.SigningKey, release_key: apk_signing.SigningKey
) -> None:
    package = read(with_block(app_files, [(V2, v2_value(release_key)), (V2, v2_value(old_key))]))
    assert [one.certificate.raw for one in package.signers] == [release_key.certificate]
    assert "signing_block_repeated" in codes(package)


def test_channel_padding_and_stamp_blocks_are_stepped_over(
    read: Read, app_files: Files, release_key: apk_signing.SigningKey
) -> None:
    others = [(0x71777777, b'{"channel":"x"}'), (0x42726577, bytes(999)), (0x504B4453, b"?"), (0x6DFF800D, b"?")]
    package = read(with_block(app_files, [*others, (V2, v2_value(release_key))]))
    assert [one.certificate.raw for one in package.signers] == [release_key.certificate]


def test_signers_for_ranges_of_systems_come_newest_first(
    read: Read, app_files: Files, old_key: apk_signing.SigningKey, release_key: apk_signing.SigningKey
) -> None:
    value = v3_value((old_key, (24, 32)), (release_key, (33, 0x7FFFFFFF)))
    package = read(with_block(app_files, [(V3, value)]))
    assert [one.certificate.raw for one in package.signers] == [release_key.certificate, old_key.certificate]


@pytest.mark.parametrize("cut", [4, 40, 400])
def test_a_damaged_v3_value_leaves_v2_readable(
    read: Read, app_files: Files, release_key: apk_signing.SigningKey, cut: int
) -> None:
    value = v3_value((release_key, (28, 0x7FFFFFFF)))[:-cut]
    package = read(with_block(app_files, [(V3, value), (V2, v2_value(release_key))]))
    assert package.signers[0].schemes == ("v2",)
    assert "signing_block_damaged" in codes(package)


def test_a_value_without_signers_is_damage(read: Read, app_files: Files) -> None:
    package = read(with_block(app_files, [(V2, apk_signing.prefixed(b""))]))
    assert {"signing_block_damaged", "unsigned"} <= set(codes(package))


def test_block_sizes_that_differ_make_the_block_void(
    read: Read, app_files: Files, release_key: apk_signing.SigningKey
) -> None:
    data = with_block(app_files, [(V2, v2_value(release_key))])
    size_place = data.rfind(b"APK Sig Block 42") - 8
    start = size_place + 24 - int.from_bytes(data[size_place : size_place + 8], "little") - 8
    package = read(data[:start] + b"\x01" * 8 + data[start + 8 :])
    assert {"signing_block_damaged", "unsigned"} <= set(codes(package))


def jar(files: Files, key: apk_signing.SigningKey, **changes: bytes | None) -> bytes:
    """A v1-signed package with some files replaced or left out."""
    signed = apk_signing.jar_signature(files, key, frozenset({"v1"}))
    for name, data in changes.items():
        path = f"META-INF/{name.replace('_', '.')}"
        if data is None:
            signed.pop(path)
        else:
            signed[path] = data
    return b"".join(zip_of({**signed, **files}))


def test_a_stranger_first_in_the_bag_is_not_the_signer(
    read: Read, app_files: Files, old_key: apk_signing.SigningKey, release_key: apk_signing.SigningKey
) -> None:
    decoy = apk_signing.certificate_for((apk_signing.KEYS / "specimen_old.pem").read_bytes(), "Decoy", serial=7)
    block = apk_signing.pkcs7(b"x", release_key, bag=[decoy, release_key.certificate])
    package = read(jar(app_files, release_key, CERT_RSA=block))
    assert [one.certificate.raw for one in package.signers] == [release_key.certificate]


def test_a_block_without_its_signature_file_signs_nothing(
    read: Read, app_files: Files, old_key: apk_signing.SigningKey, release_key: apk_signing.SigningKey
) -> None:
    package = read(jar(app_files, release_key, AAAA_RSA=apk_signing.pkcs7(b"x", old_key)))
    assert [one.certificate.raw for one in package.signers] == [release_key.certificate]
    assert read(jar(app_files, release_key, CERT_SF=None)).signers == ()


def test_ten_v1_signers_are_all_listed_in_directory_order(
    read: Read, app_files: Files, release_key: apk_signing.SigningKey
) -> None:
    pem = (apk_signing.KEYS / "specimen_old.pem").read_bytes()
    keys = [
        apk_signing.SigningKey(
            release_key.private, apk_signing.certificate_for(pem, f"Signer {number}", serial=number + 1)
        )
        for number in range(10)
    ]
    more = {f"S{number}_RSA": apk_signing.pkcs7(b"x", key) for number, key in enumerate(keys)}
    files = {f"S{number}_SF": b"Signature-Version: 1.0\r\n\r\n" for number in range(10)}
    package = read(jar(app_files, release_key, **more, **files))
    names = [one.certificate.common_name for one in package.signers]
    assert names == ["Specimen Release", *[f"Signer {number}" for number in range(10)]]


def test_lower_case_signature_files_count_as_on_android(
    read: Read, app_files: Files, release_key: apk_signing.SigningKey
) -> None:
    signed = apk_signing.jar_signature(app_files, release_key, frozenset({"v1"}))
    lower = {f"META-INF/{name.rpartition('/')[2].lower()}": data for name, data in signed.items()}
    assert len(read(b"".join(zip_of({**lower, **app_files}))).signers) == 1


def test_a_v2_signature_taken_away_is_noticed(
    read: Read, app_files: Files, release_key: apk_signing.SigningKey
) -> None:
    signed = apk_signing.jar_signature(app_files, release_key, frozenset({"v1", "v2", "v3"}))
    assert "signature_stripped" in codes(read(b"".join(zip_of({**signed, **app_files}))))


def test_different_keys_in_v1_and_v2_are_noticed(
    read: Read, app_files: Files, old_key: apk_signing.SigningKey, release_key: apk_signing.SigningKey
) -> None:
    signed = apk_signing.jar_signature(app_files, old_key, frozenset({"v1"}))
    package = read(with_block({**signed, **app_files}, [(V2, v2_value(release_key))]))
    assert [(one.schemes, one.role) for one in package.signers] == [(("v2",), "current"), (("v1",), "other")]
    assert "signers_differ" in codes(package)


# --- manifest and resources ------------------------------------------------------------------------------------


def repacked(files: Files, name: str, data: bytes) -> bytes:
    return b"".join(zip_of({**files, name: data}))


def test_a_manifest_with_a_wrong_type_and_size_is_read(read: Read, app_files: Files) -> None:
    manifest = app_files["AndroidManifest.xml"]
    for head in (b"\0\0\x08\0", b"\x34\x12\x08\0"):
        for size in (b"\0\0\0\0", b"\xff\xff\xff\xff"):
            data = head + size + manifest[8:] + b"trailing bytes"
            assert read(repacked(app_files, "AndroidManifest.xml", data)).package_name == "com.example.specimen"


def test_a_huge_string_count_and_an_unknown_chunk_are_survived(read: Read, app_files: Files) -> None:
    manifest = app_files["AndroidManifest.xml"]
    pool_size = int.from_bytes(manifest[12:16], "little")
    counted = manifest[:16] + b"\xff\xff\xff\x7f" + manifest[20:]
    strange = counted[: 8 + pool_size] + struct.pack("<HHI", 0x7777, 8, 16) + bytes(8) + counted[8 + pool_size :]
    assert read(repacked(app_files, "AndroidManifest.xml", strange)).package_name == "com.example.specimen"


def test_a_cut_manifest_gives_what_is_there_and_a_note(read: Read, app_files: Files) -> None:
    manifest = app_files["AndroidManifest.xml"]
    package = read(repacked(app_files, "AndroidManifest.xml", manifest[:-200]))
    assert package.package_name == "com.example.specimen"
    assert "manifest_damaged" in codes(package)


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"<manifest package='x'/>", "not_binary_manifest"), (b"\x03\0\x08\0" + bytes(60), "manifest_unreadable")],
)
def test_an_unreadable_manifest_still_lets_the_signers_be_read(
    read: Read, app_files: Files, release_key: apk_signing.SigningKey, data: bytes, code: str
) -> None:
    package = read(apkbuild.sign_files({**app_files, "AndroidManifest.xml": data}, [release_key], ("v2",)))
    assert package.package_name == ""
    assert len(package.signers) == 1
    assert code in codes(package)


def test_unreadable_resources_leave_the_package_name(read: Read, app_files: Files) -> None:
    package = read(repacked(app_files, "resources.arsc", b"\x02\0\x0c\0" + bytes(4)))
    assert package.package_name == "com.example.specimen"
    assert "resources_unreadable" in codes(package)


def test_references_in_a_circle_end(read: Read, app_files: Files) -> None:
    table = app_files["resources.arsc"]
    entry = struct.pack("<HHIHBB", 8, 0, 0, 8, 0, 3)
    assert entry in table
    place = table.index(entry)
    loop = table[:place] + struct.pack("<HHIHBBI", 8, 0, 0, 8, 0, 1, apk_xml.APP_NAME) + table[place + 16 :]
    package = read(repacked(app_files, "resources.arsc", loop))
    assert package.label.zh == "样例"


# --- anything --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_spoilt_bytes_give_a_value_or_a_typed_error(
    read: Read, app_files: Files, old_key: apk_signing.SigningKey, release_key: apk_signing.SigningKey, seed: int
) -> None:
    chance = random.Random(seed)
    good = apkbuild.sign_files(app_files, [old_key, release_key], ("v1", "v2", "v3"))
    outcomes = {"read": 0, "refused": 0}
    for _ in range(250):
        try:
            to_json(read(spoilt(good, chance)))
            outcomes["read"] += 1
        except ExtractError as error:
            assert error_json("x", error)["error"]["code"] == error.code
            outcomes["refused"] += 1
    assert outcomes["read"] > 100
