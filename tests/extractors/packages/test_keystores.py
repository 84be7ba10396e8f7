from __future__ import annotations

import shutil
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, PrivateFormat, pkcs12

from extractors.errors import Encrypted, Unreadable, Unsupported
from extractors.packages.model import AppPackage
from extractors.packages.read import read_package
from samples import apk_signing

Read = Callable[[bytes], AppPackage]
PASSWORD = "sample 密码"


def utf(text: str) -> bytes:
    return struct.pack(">H", len(text.encode())) + text.encode()


def jks(*entries: tuple[int, bytes], magic: bytes = b"\xfe\xed\xfe\xed", version: int = 2) -> bytes:
    """A Java store: (1, certificate) is a key with its certificate, (2, certificate) a trusted one."""
    out = magic + struct.pack(">II", version, len(entries))
    for kind, certificate in entries:
        out += struct.pack(">I", kind) + utf("alias") + bytes(8)
        if kind == 1:
            out += struct.pack(">I", 5) + b"lockd" + struct.pack(">I", 1)
        out += (utf("X.509") if version > 1 else b"") + struct.pack(">I", len(certificate)) + certificate
    return out + bytes(20)


def p12(key: apk_signing.SigningKey, encryption: Any) -> bytes:
    certificate = x509.load_der_x509_certificate(key.certificate)
    return pkcs12.serialize_key_and_certificates(b"alias", key.private, certificate, None, encryption)


def modern(password: str) -> Any:
    return BestAvailableEncryption(password.encode())


def triple_des(password: str) -> Any:
    builder = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(2048)
    return (
        builder.key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
        .hmac_hash(hashes.SHA1())
        .build(password.encode())
    )


@pytest.mark.parametrize("magic", [b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce"])
@pytest.mark.parametrize("version", [1, 2])
def test_a_java_store_is_read_without_a_password(
    read: Read, release_key: apk_signing.SigningKey, magic: bytes, version: int
) -> None:
    found = read(jks((1, release_key.certificate), magic=magic, version=version))
    assert found.container == "keystore"
    assert [one.certificate.raw for one in found.signers] == [release_key.certificate]
    assert found.features.public_key == found.signers[0].certificate.public_key.modulus_decimal


def test_several_keys_are_listed_and_noted(
    read: Read, release_key: apk_signing.SigningKey, old_key: apk_signing.SigningKey
) -> None:
    found = read(jks((1, release_key.certificate), (1, old_key.certificate)))
    assert len(found.signers) == 2
    assert "several_keys" in [one.code for one in found.warnings]


def test_keys_made_with_one_set_of_answers_are_no_issuers_of_each_other(read: Read) -> None:
    keys = [apk_signing.load_key(name, "Same Answers").certificate for name in ("specimen_release", "specimen_old")]
    found = read(jks(*((1, one) for one in keys)))
    assert [one.certificate.raw for one in found.signers] == keys


def test_a_trusted_certificate_counts_only_without_keys(
    read: Read, release_key: apk_signing.SigningKey, old_key: apk_signing.SigningKey
) -> None:
    both = read(jks((2, old_key.certificate), (1, release_key.certificate)))
    assert [one.certificate.raw for one in both.signers] == [release_key.certificate]
    assert read(jks((2, old_key.certificate))).signers[0].certificate.raw == old_key.certificate


def test_a_cut_or_empty_java_store_is_refused(read: Read, release_key: apk_signing.SigningKey) -> None:
    with pytest.raises(Unreadable):
        read(jks((1, release_key.certificate))[:200])
    with pytest.raises(Unsupported):
        read(jks())


@pytest.mark.parametrize("encryption", [modern, triple_des])
@pytest.mark.parametrize("password", ["specimen", PASSWORD])
def test_a_pkcs12_store_opens_with_its_password(
    tmp_path: Path, release_key: apk_signing.SigningKey, encryption: Callable[[str], Any], password: str
) -> None:
    path = tmp_path / "store.p12"
    path.write_bytes(p12(release_key, encryption(password)))
    found = read_package(path, password=password)
    assert [one.certificate.raw for one in found.signers] == [release_key.certificate]


@pytest.mark.parametrize("encryption", [modern, triple_des])
def test_no_password_and_a_wrong_one_are_told_apart(
    tmp_path: Path, release_key: apk_signing.SigningKey, encryption: Callable[[str], Any]
) -> None:
    path = tmp_path / "store.p12"
    path.write_bytes(p12(release_key, encryption("specimen")))
    with pytest.raises(Encrypted, match="needs a password"):
        read_package(path)
    with pytest.raises(Encrypted, match="wrong") as caught:
        read_package(path, password="secret-guess")
    assert "secret-guess" not in caught.value.zh + caught.value.en


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed (apt install openssl)")
@pytest.mark.parametrize(
    "options",
    [
        ["-certpbe", "AES-128-CBC"],
        ["-certpbe", "AES-192-CBC"],
        ["-certpbe", "AES-256-CBC"],
        ["-certpbe", "NONE"],
        ["-legacy", "-certpbe", "PBE-SHA1-RC2-40"],
        ["-legacy", "-certpbe", "PBE-SHA1-RC2-128"],
    ],
    ids=lambda options: options[-1],
)
def test_what_openssl_locks_is_opened(tmp_path: Path, release_key: apk_signing.SigningKey, options: list[str]) -> None:
    certificate, path = tmp_path / "cert.pem", tmp_path / "store.p12"
    subprocess.run(
        ["openssl", "x509", "-inform", "DER", "-out", certificate], input=release_key.certificate, check=True
    )
    command = [
        "openssl",
        "pkcs12",
        "-export",
        "-inkey",
        str(apk_signing.KEYS / "specimen_release.pem"),
        "-in",
        str(certificate),
    ]
    made = subprocess.run([*command, "-out", str(path), "-passout", "pass:specimen", *options], capture_output=True)
    if made.returncode and b"-legacy" in b" ".join(one.encode() for one in options):
        pytest.skip("this openssl has no legacy ciphers")
    assert made.returncode == 0
    assert read_package(path, password="specimen").signers[0].certificate.raw == release_key.certificate


@pytest.mark.slow
@pytest.mark.skipif(
    shutil.which("keytool") is None, reason="keytool is not installed (apt install default-jre-headless)"
)
@pytest.mark.parametrize("kind", ["JKS", "PKCS12"])
def test_a_store_made_by_keytool_is_read(tmp_path: Path, kind: str) -> None:
    store, exported = tmp_path / "store", tmp_path / "cert.der"
    common = ["-keystore", str(store), "-storepass", "specimen", "-alias", "key"]
    name = ["-keyalg", "RSA", "-keysize", "2048", "-dname", "CN=Specimen"]
    subprocess.run(
        ["keytool", "-genkeypair", *common, "-keypass", "specimen", "-storetype", kind, *name],
        check=True,
        capture_output=True,
    )
    subprocess.run(["keytool", "-exportcert", *common, "-file", str(exported)], check=True, capture_output=True)
    password = "specimen" if kind == "PKCS12" else None
    assert read_package(store, password=password).signers[0].certificate.raw == exported.read_bytes()
