from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from extractors.packages.model import AppPackage
from extractors.packages.read import read_package
from extractors.packages.report import to_json
from samples import apk_signing, apk_xml, apkbuild

DATA = Path(__file__).resolve().parents[2] / "data" / "packages"
COMMITTED = sorted(path.stem for path in DATA.glob("*.apk"))

Read = Callable[[bytes], AppPackage]


def codes(package: AppPackage) -> list[str]:
    return [one.code for one in package.warnings]


def build(release_key: apk_signing.SigningKey, icon_png: bytes | None, **changes: Any) -> bytes:
    pem = (apk_signing.KEYS / "specimen_release.pem").read_bytes()
    values: dict[str, Any] = {
        "package": "com.example.specimen",
        "label": "Specimen",
        "label_zh": "样例应用",
        "icon_png": icon_png,
        "key_pem": pem,
        "cert_der": release_key.certificate,
    }
    return apkbuild.build_apk(**{**values, **changes})


@pytest.mark.parametrize("name", COMMITTED)
def test_signers_equal_what_apksigner_and_openssl_printed(name: str, facts: dict[str, Any]) -> None:
    package = read_package(DATA / f"{name}.apk")
    expected = facts[name]["signers"] + facts[name]["previous"]
    assert package.package_name == facts[name]["package"]
    assert [
        {
            "md5": one.certificate.md5,
            "sha1": one.certificate.sha1,
            "sha256": one.certificate.sha256,
            "modulus_decimal": one.certificate.public_key.modulus_decimal or None,
        }
        for one in package.signers
    ] == expected
    assert [one.role for one in package.signers] == ["current"] * len(facts[name]["signers"]) + ["previous"] * len(
        facts[name]["previous"]
    )


@pytest.mark.parametrize("name", COMMITTED)
def test_the_schemes_named_are_those_apksigner_verified(name: str, facts: dict[str, Any]) -> None:
    package = read_package(DATA / f"{name}.apk")
    assert set(facts[name]["verified"]) <= set(package.signers[0].schemes)
    assert len(package.signers[0].schemes) == (1 if name == "v3_rotated" else len(name.partition("_")[0]) - 1)


@pytest.mark.parametrize(
    ("name", "algorithm", "bits", "curve"),
    [
        ("v123_rsa1024", "RSA", 1024, ""),
        ("v123_rsa4096", "RSA", 4096, ""),
        ("v123_ec256", "EC", 256, "P-256"),
        ("v2_ec384", "EC", 384, "P-384"),
        ("v12_dsa2048", "DSA", 2048, ""),
    ],
)
def test_the_kind_of_key_is_told(name: str, algorithm: str, bits: int, curve: str) -> None:
    key = read_package(DATA / f"{name}.apk").signers[0].certificate.public_key
    assert (key.algorithm, key.bits, key.curve) == (algorithm, bits, curve)


def test_the_features_of_an_rsa_package_are_modulus_and_md5(facts: dict[str, Any]) -> None:
    features = read_package(DATA / "v123_rsa3072.apk").features
    expected = facts["v123_rsa3072"]["signers"][0]
    assert features.package_name == "com.example.v123_rsa3072"
    assert features.public_key == expected["modulus_decimal"]
    assert (features.fingerprint, features.fingerprint_algorithm) == (expected["md5"], "md5")


def test_an_ec_key_gives_its_point_and_says_there_is_no_modulus() -> None:
    package = read_package(DATA / "v123_ec256.apk")
    assert package.features.public_key == package.signers[0].certificate.public_key.point_hex
    assert package.features.public_key.startswith("04")
    assert len(package.features.public_key) == 2 * 65
    assert "no_modulus" in codes(package)


def test_a_rotated_package_gives_the_new_key_first_and_says_so() -> None:
    package = read_package(DATA / "v3_rotated.apk")
    assert [(one.role, one.schemes) for one in package.signers] == [("current", ("v3",)), ("previous", ("v1", "v2"))]
    assert "key_rotated" in codes(package)


def test_two_signers_are_both_current_and_in_the_files_order(facts: dict[str, Any]) -> None:
    package = read_package(DATA / "v12_two_signers.apk")
    assert [one.certificate.common_name for one in package.signers] == [
        "Specimen v12_two_signers-0",
        "Specimen v12_two_signers-1",
    ]
    assert "several_signers" in codes(package)


def test_names_versions_and_icon_of_a_built_package(
    read: Read, release_key: apk_signing.SigningKey, icon_png: bytes
) -> None:
    package = read(
        build(
            release_key,
            icon_png,
            launcher_label="Spec",
            launcher_label_zh="样例",
            version_name="3.2.1-中文",
            version_code=321,
        )
    )
    assert (package.version_name, package.version_code, package.min_sdk, package.target_sdk) == (
        "3.2.1-中文",
        "321",
        21,
        34,
    )
    assert package.label.default == "Specimen"
    assert package.label.locales == {"": "Specimen", "zh": "样例应用"}
    assert package.label.zh == package.label.display_name == "样例"
    assert package.label.launcher_component == "com.example.specimen.MainActivity"
    assert "label_differs" in codes(package)
    assert package.icon is not None
    assert (package.icon.entry, package.icon.format, package.icon.width, package.icon.bytes) == (
        apk_xml.ICON_FILE,
        "png",
        144,
        len(icon_png),
    )


def test_without_a_chinese_name_the_default_one_is_filed(read: Read, release_key: apk_signing.SigningKey) -> None:
    package = read(build(release_key, None, label_zh=None))
    assert package.label.zh == package.label.display_name == "Specimen"
    assert package.label.locales == {"": "Specimen"}
    assert "icon_missing" in codes(package)


@pytest.mark.parametrize("schemes", [("v1",), ("v2",), ("v3",), ("v1", "v2", "v3")])
def test_every_scheme_names_the_same_certificate(
    read: Read, release_key: apk_signing.SigningKey, icon_png: bytes, schemes: Iterable[str]
) -> None:
    package = read(build(release_key, icon_png, schemes=schemes, target_sdk=29))
    assert [one.schemes for one in package.signers] == [tuple(schemes)]
    assert package.signers[0].certificate.raw == release_key.certificate
    assert codes(package) == []


def test_an_unsigned_package_still_gives_its_name(read: Read, release_key: apk_signing.SigningKey) -> None:
    package = read(build(release_key, None, schemes=()))
    assert package.package_name == "com.example.specimen"
    assert package.signers == ()
    assert "unsigned" in codes(package)


def test_a_v1_only_package_for_a_new_system_is_read_and_noted(read: Read, release_key: apk_signing.SigningKey) -> None:
    package = read(build(release_key, None, schemes=("v1",), target_sdk=34))
    assert package.features.public_key == package.signers[0].certificate.public_key.modulus_decimal
    assert "v1_only" in codes(package)


def test_v31_names_the_newest_key_and_v3_the_one_before(
    read: Read, app_files: dict[str, bytes], old_key: apk_signing.SigningKey, release_key: apk_signing.SigningKey
) -> None:
    package = read(apkbuild.sign_files(app_files, [old_key, release_key], ("v1", "v2", "v3", "v3.1")))
    assert [(one.schemes, one.role) for one in package.signers] == [
        (("v3.1",), "current"),
        (("v1", "v2", "v3"), "previous"),
    ]
    assert package.signers[0].certificate.raw == release_key.certificate
    assert package.signers[0].min_sdk == 33


def test_keys_only_the_rotation_record_knows_are_listed_last(
    read: Read, app_files: dict[str, bytes], old_key: apk_signing.SigningKey, release_key: apk_signing.SigningKey
) -> None:
    package = read(apkbuild.sign_files(app_files, [old_key, release_key], ("v3",)))
    assert [(one.schemes, one.role) for one in package.signers] == [(("v3",), "current"), ((), "previous")]


def test_a_debug_certificate_is_not_to_be_filed(read: Read, app_files: dict[str, bytes]) -> None:
    key = apk_signing.load_key("specimen_old", "Android Debug")
    assert "debug_certificate" in codes(read(apkbuild.sign_files(app_files, [key], ("v2",))))


def test_the_same_arguments_build_the_same_bytes(release_key: apk_signing.SigningKey, icon_png: bytes) -> None:
    assert build(release_key, icon_png) == build(release_key, icon_png)


def test_json_has_the_documented_keys(read: Read, release_key: apk_signing.SigningKey, icon_png: bytes) -> None:
    found = to_json(read(build(release_key, icon_png)), sha256="ab")
    assert {"file", "sha256", "bytes", "platform", "container", "package_name", "label", "version_name"} <= found.keys()
    assert {"version_code", "signers", "features", "icon", "domains", "sdks", "warnings", "error"} <= found.keys()
    assert found["verified"] is None
    assert found["error"] is None
    signer = found["signers"][0]
    assert signer["serial_number"] == f"{20240101:x}"
    assert signer["subject"] == "CN=Specimen Release, O=Specimen, C=CN"
    assert (signer["not_before"], signer["not_after"]) == ("2024-01-01T00:00:00Z", "2049-01-01T00:00:00Z")
    assert int(signer["public_key"]["modulus_hex"], 16) == int(signer["public_key"]["modulus_decimal"])
    assert signer["public_key"]["exponent"] == 65537


def printed(*command: str | Path) -> str:
    return subprocess.run([str(one) for one in command], capture_output=True, text=True, timeout=120).stdout


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("apksigner") is None, reason="apksigner is not installed (apt install apksigner)")
@pytest.mark.parametrize("schemes", [("v1",), ("v2",), ("v3",), ("v1", "v2", "v3")])
def test_apksigner_accepts_what_the_builder_signs_and_agrees(
    tmp_path: Path, read: Read, release_key: apk_signing.SigningKey, schemes: tuple[str, ...]
) -> None:
    path = tmp_path / "built.apk"
    minimum = {("v2",): 24, ("v3",): 28}.get(schemes, 21)
    path.write_bytes(build(release_key, None, schemes=schemes, min_sdk=minimum, target_sdk=29))
    text = printed("apksigner", "verify", "-v", "--print-certs", path)
    certificate = read_package(path).signers[0].certificate
    for scheme in schemes:
        assert f"Verified using {scheme} scheme" in text
        assert f"{scheme})" in text or ": true" in text
    assert "DOES NOT VERIFY" not in text
    assert f"certificate MD5 digest: {certificate.md5}" in text
    assert f"certificate SHA-1 digest: {certificate.sha1}" in text
    assert f"certificate SHA-256 digest: {certificate.sha256}" in text


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("apksigner") is None, reason="apksigner is not installed (apt install apksigner)")
def test_apksigner_accepts_the_builders_rotation(
    tmp_path: Path, app_files: dict[str, bytes], old_key: apk_signing.SigningKey, release_key: apk_signing.SigningKey
) -> None:
    path = tmp_path / "rotated.apk"
    path.write_bytes(apkbuild.sign_files(app_files, [old_key, release_key], ("v1", "v2", "v3")))
    text = printed("apksigner", "verify", "-v", "--print-certs", "--min-sdk-version", "28", path)
    assert f"certificate SHA-256 digest: {read_package(path).signers[0].certificate.sha256}" in text
    assert "DOES NOT VERIFY" not in text


@pytest.mark.skipif(shutil.which("aapt") is None, reason="aapt is not installed (apt install aapt)")
def test_aapt_reads_the_same_names_from_a_built_package(
    tmp_path: Path, release_key: apk_signing.SigningKey, icon_png: bytes
) -> None:
    path = tmp_path / "built.apk"
    path.write_bytes(build(release_key, icon_png, launcher_label="Spec", launcher_label_zh="样例"))
    text = printed("aapt", "dump", "badging", path)
    package = read_package(path)
    assert f"package: name='{package.package_name}' versionCode='{package.version_code}'" in text
    assert f"application-label:'{package.label.default}'" in text
    assert f"application-label-zh:'{package.label.locales['zh']}'" in text
    assert f"launchable-activity: name='{package.label.launcher_component}'  label='Spec'" in text
    assert package.icon is not None
    assert f"application-icon-480:'{package.icon.entry}'" in text
