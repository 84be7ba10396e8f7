from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, padding, rsa

from extractors.packages import der
from extractors.packages.certificates import read_public_key
from extractors.packages.model import AppPackage, PublicKey
from extractors.packages.read import read_package
from extractors.packages.sigcheck import is_sound
from samples import apk_signing, apk_zip, apkbuild

DATA = Path(__file__).resolve().parents[2] / "data" / "packages"
COMMITTED = sorted(path.stem for path in DATA.glob("*.apk"))


def verified(tmp_path: Path, data: bytes) -> AppPackage:
    path = tmp_path / "x.apk"
    path.write_bytes(data)
    return read_package(path, verify=True)


def codes(package: AppPackage) -> list[str]:
    return [one.code for one in package.warnings if one.code.startswith("verify")]


@pytest.mark.parametrize("name", COMMITTED)
def test_what_apksigner_signed_is_sound(name: str) -> None:
    package = read_package(DATA / f"{name}.apk", verify=True)
    assert (package.verified, codes(package)) == (True, [])


def test_without_the_option_nothing_is_claimed() -> None:
    assert read_package(DATA / "v123_rsa3072.apk").verified is None


@pytest.mark.parametrize("name", COMMITTED)
def test_a_changed_file_inside_is_noticed_by_every_scheme(tmp_path: Path, name: str) -> None:
    data = bytearray((DATA / f"{name}.apk").read_bytes())
    place = data.index(b"Specimen")  # the label in the stored resource table
    data[place] ^= 1
    package = verified(tmp_path, bytes(data))
    assert package.verified is False
    assert set(codes(package)) == {"verify_failed"}
    schemes = json.loads((DATA / "facts.json").read_text(encoding="utf-8"))[name]["verified"]
    text = " ".join(one.en for one in package.warnings)
    assert all(scheme in text for scheme in schemes)


def test_a_changed_directory_is_noticed(tmp_path: Path) -> None:
    data = bytearray((DATA / "v2_rsa2048.apk").read_bytes())
    place = data.rindex(b"resources.arsc") - 46 + 12
    data[place] ^= 1
    assert verified(tmp_path, bytes(data)).verified is False


def test_an_added_unsigned_file_is_noticed_in_v1(
    tmp_path: Path, app_files: dict[str, bytes], release_key: apk_signing.SigningKey
) -> None:
    signed = {**apk_signing.jar_signature(app_files, release_key, frozenset({"v1"})), **app_files}
    local, central = apk_zip.write_zip(signed)
    assert verified(tmp_path, local + central + apk_zip.end_record(5, len(central), len(local))).verified is True
    local, central = apk_zip.write_zip({**signed, "classes.dex": b"added"})
    package = verified(tmp_path, local + central + apk_zip.end_record(6, len(central), len(local)))
    assert package.verified is False
    assert "classes.dex is not signed" in " ".join(one.en for one in package.warnings)


def test_rotation_and_v31_are_checked(
    tmp_path: Path, app_files: dict[str, bytes], old_key: apk_signing.SigningKey, release_key: apk_signing.SigningKey
) -> None:
    good = apkbuild.sign_files(app_files, [old_key, release_key], ("v1", "v2", "v3", "v3.1"))
    assert verified(tmp_path, good).verified is True


def test_a_key_that_is_not_the_certificates_is_noticed(
    tmp_path: Path, app_files: dict[str, bytes], old_key: apk_signing.SigningKey, release_key: apk_signing.SigningKey
) -> None:
    mixed = apk_signing.SigningKey(old_key.private, release_key.certificate)
    package = verified(tmp_path, apkbuild.sign_files(app_files, [mixed], ("v2",)))
    assert package.verified is False
    assert "certificate_key_differs" in [one.code for one in package.warnings]


def test_a_signature_taken_away_is_not_sound_though_the_rest_is(
    tmp_path: Path, app_files: dict[str, bytes], release_key: apk_signing.SigningKey
) -> None:
    signed = {**apk_signing.jar_signature(app_files, release_key, frozenset({"v1", "v2"})), **app_files}
    local, central = apk_zip.write_zip(signed)
    package = verified(tmp_path, local + central + apk_zip.end_record(len(signed), len(central), len(local)))
    assert package.verified is False
    assert "signature_stripped" in [one.code for one in package.warnings]


def test_a_member_of_an_unknown_method_is_checked_as_apksig_reads_it(
    tmp_path: Path, app_files: dict[str, bytes], release_key: apk_signing.SigningKey
) -> None:
    signed = {**apk_signing.jar_signature(app_files, release_key, frozenset({"v1"})), **app_files}
    local, central = apk_zip.write_zip(signed)
    place = central.index(b"META-INF/CERT.RSA") - 46
    central = central[: place + 10] + b"\x34\x12" + central[place + 12 :]
    package = verified(tmp_path, local + central + apk_zip.end_record(len(signed), len(central), len(local)))
    assert package.verified is True


def test_an_unsigned_package_is_neither_sound_nor_broken(tmp_path: Path, app_files: dict[str, bytes]) -> None:
    assert verified(tmp_path, apkbuild.sign_files(app_files, [], ())).verified is None


def test_kinds_that_cannot_be_checked_say_so(tmp_path: Path, release_key: apk_signing.SigningKey) -> None:
    package = verified(tmp_path, release_key.certificate)
    assert (package.verified, codes(package)) == (None, ["verify_unavailable"])


def public(private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | dsa.DSAPrivateKey) -> PublicKey:
    spki = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return read_public_key(der.parse(spki))


@pytest.mark.parametrize("bits", [1024, 1281, 2049])
@pytest.mark.parametrize("name", ["sha256", "sha512"])
def test_rsa_signatures_of_both_paddings(bits: int, name: str) -> None:
    private = rsa.generate_private_key(65537, bits)
    algorithm = {"sha256": hashes.SHA256(), "sha512": hashes.SHA512()}[name]
    key = public(private)
    plain = private.sign(b"data", padding.PKCS1v15(), algorithm)
    if (bits, name) != (1024, "sha512"):
        salted = private.sign(b"data", padding.PSS(padding.MGF1(algorithm), algorithm.digest_size), algorithm)
        assert is_sound(key, "pss", name, b"data", salted) is True
        assert is_sound(key, "pss", name, b"Data", salted) is False
    assert is_sound(key, "rsa", name, b"data", plain) is True
    assert is_sound(key, "rsa", name, b"Data", plain) is False
    assert is_sound(key, "pss", name, b"data", plain) is False


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()])
def test_ecdsa_signatures_on_all_curves(curve: ec.EllipticCurve) -> None:
    private = ec.generate_private_key(curve)
    key = public(private)
    for number in range(5):
        data = bytes([number])
        signature = private.sign(data, ec.ECDSA(hashes.SHA512()))
        assert is_sound(key, "ecdsa", "sha512", data, signature) is True
        assert is_sound(key, "ecdsa", "sha512", data + b"x", signature) is False
        assert is_sound(key, "ecdsa", "sha512", data, b"\x30\x00") is False


def test_a_curve_that_is_not_known_gives_no_answer() -> None:
    private = ec.generate_private_key(ec.SECP256K1())
    signature = private.sign(b"data", ec.ECDSA(hashes.SHA256()))
    assert is_sound(public(private), "ecdsa", "sha256", b"data", signature) is None


def test_dsa_signatures() -> None:
    private = dsa.generate_private_key(2048)
    signature = private.sign(b"data", hashes.SHA256())
    assert is_sound(public(private), "dsa", "sha256", b"data", signature) is True
    assert is_sound(public(private), "dsa", "sha256", b"Data", signature) is False
