from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.x509.oid import NameOID

from extractors.errors import Unreadable, Unsupported
from extractors.packages import cms, der
from extractors.packages.certificates import pick_leaf, read_certificate, read_public_key
from extractors.packages.model import AppPackage, decimal
from samples import apk_signing

Read = Callable[[bytes], AppPackage]
DER = serialization.Encoding.DER


def issue(
    subject: str, issuer: str, key: Any, signing_key: Any, *, is_ca: bool, extra: str = "", usage: Any = None
) -> bytes:
    def name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(key.public_key())
        .serial_number(len(subject) + 1)
        .not_valid_before(datetime(2024, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2044, 1, 1, tzinfo=UTC))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
    )
    if usage:
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    if extra:
        builder = builder.add_extension(
            x509.UnrecognizedExtension(x509.ObjectIdentifier(extra), b"\x05\x00"), critical=False
        )
    return builder.sign(signing_key, hashes.SHA256()).public_bytes(DER)


@pytest.fixture(scope="module")
def chain() -> list[bytes]:
    """Root, intermediate and leaf, in the shape of a HarmonyOS chain."""
    root, middle, leaf = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    names = [
        "Huawei CBG Root CA G2",
        "Huawei CBG Developer Relations CA G2",
        "Specimen(1234567890),Release",
    ]
    return [
        issue(names[0], names[0], root, root, is_ca=True),
        issue(names[1], names[0], middle, root, is_ca=True),
        issue(names[2], names[1], leaf, middle, is_ca=False),
    ]


def pem(*certificates: bytes) -> bytes:
    blocks = []
    for one in certificates:
        body = base64.b64encode(one).decode()
        lines = "\n".join(body[at : at + 64] for at in range(0, len(body), 64))
        blocks.append(f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n")
    return "".join(blocks).encode()


def test_fingerprints_are_of_the_files_own_bytes(release_key: apk_signing.SigningKey) -> None:
    found = read_certificate(release_key.certificate)
    assert found.md5 == hashlib.md5(release_key.certificate, usedforsecurity=False).hexdigest()
    assert found.sha1 == hashlib.sha1(release_key.certificate, usedforsecurity=False).hexdigest()
    assert found.sha256 == hashlib.sha256(release_key.certificate).hexdigest()


def test_all_spellings_of_an_rsa_key_agree_with_cryptography(release_key: apk_signing.SigningKey) -> None:
    key = read_certificate(release_key.certificate).public_key
    public = release_key.private.public_key()
    numbers = public.public_numbers()
    assert (key.modulus, key.exponent, key.bits) == (numbers.n, numbers.e, 2048)
    assert key.modulus_decimal == str(numbers.n)
    assert key.modulus_hex == f"{numbers.n:x}"
    assert key.spki == release_key.spki
    assert bytes.fromhex(key.pkcs1_hex) == public.public_bytes(DER, serialization.PublicFormat.PKCS1)
    assert key.pkcs1_hex.startswith("3082010a0282010100")


@pytest.mark.parametrize(
    ("curve", "name", "bits"),
    [(ec.SECP256R1(), "P-256", 256), (ec.SECP384R1(), "P-384", 384), (ec.SECP521R1(), "P-521", 521)],
)
def test_an_ec_key_shows_curve_and_point(curve: ec.EllipticCurve, name: str, bits: int) -> None:
    private = ec.generate_private_key(curve)
    key = read_certificate(issue("x", "x", private, private, is_ca=False)).public_key
    point = private.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    assert (key.algorithm, key.curve, key.bits, key.point_hex) == ("EC", name, bits, point.hex())
    assert key.modulus_decimal == key.pkcs1_hex == ""


def test_an_sm2_key_is_called_by_its_name(release_key: apk_signing.SigningKey) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    certificate = issue("x", "x", private, private, is_ca=False)
    p256, sm2 = bytes.fromhex("06082a8648ce3d030107"), bytes.fromhex("06082a811ccf5501822d")
    assert certificate.count(p256) == 1
    key = read_certificate(certificate.replace(p256, sm2)).public_key
    assert (key.algorithm, key.bits, key.curve) == ("SM2", 256, "SM2")
    assert key.point_hex.startswith("04")


def test_a_dsa_key_has_a_size_and_no_modulus() -> None:
    private = dsa.generate_private_key(1024)
    key = read_certificate(issue("x", "x", private, private, is_ca=False)).public_key
    assert (key.algorithm, key.bits, key.modulus_decimal) == ("DSA", 1024, "")


def test_a_modulus_without_leading_zero_is_still_positive(release_key: apk_signing.SigningKey) -> None:
    modulus = release_key.private.public_key().public_numbers().n
    number = modulus.to_bytes(256, "big")
    assert number[0] & 0x80
    key = apk_signing.tlv(0x30, apk_signing.tlv(0x02, number), apk_signing.tlv(0x02, b"\x01\x00\x01"))
    algorithm = apk_signing.tlv(0x30, bytes.fromhex("06092a864886f70d010101"), b"\x05\x00")
    spki = apk_signing.tlv(0x30, algorithm, apk_signing.tlv(0x03, b"\0" + key))
    changed = release_key.certificate.replace(release_key.spki, spki)
    # The lengths around it are now one too large; only the key is read here.
    assert spki in changed
    assert read_public_key(der.parse(spki)).modulus == modulus


@pytest.mark.parametrize("bits", [16384])
def test_a_very_large_modulus_is_written_in_full(bits: int) -> None:
    number = (1 << bits) - 12345
    assert len(decimal(number)) == 4933
    assert sum(int(digit) for digit in decimal(number)) % 9 == number % 9


def test_bits_and_names_with_commas_are_escaped(chain: list[bytes]) -> None:
    assert read_certificate(chain[2]).subject == "CN=Specimen(1234567890)\\,Release"
    assert read_certificate(chain[2]).common_name == "Specimen(1234567890),Release"


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_leaf_is_found_in_any_order(chain: list[bytes], order: tuple[int, ...]) -> None:
    found = pick_leaf(read_certificate(chain[place]) for place in order)
    assert found is not None
    assert found.raw == chain[2]


def test_no_certificates_have_no_leaf() -> None:
    assert pick_leaf([]) is None


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text,
        lambda text: b"\xef\xbb\xbf" + text,
        lambda text: text.replace(b"\n", b"\r\n"),
        lambda text: text.replace(b"\n", b"\r"),
        lambda text: text.decode().encode("utf-16"),
        lambda text: text.decode().encode("utf-16-le"),
        lambda text: b"\xfe\xff" + text.decode().encode("utf-16-be"),
        lambda text: "备注：鸿蒙证书\n".encode() + text,
        lambda text: b"subject=/CN=x\nissuer=/CN=y\n" + text,
        lambda text: b"Certificate:\n    Data:\n        Version: 3 (0x2)\n" * 100 + text,
        lambda text: text.decode().encode("utf-16-be"),
        lambda text: base64.b64encode(text),
        lambda text: text.rpartition(b"-----END")[0],
        lambda text: text.replace(b"\n", b"\\n"),
        lambda text: b"  " + text.replace(b"\n", b"  \n\n  "),
    ],
    ids=[
        "plain",
        "bom",
        "crlf",
        "cr",
        "utf16-bom",
        "utf16-le",
        "utf16-be",
        "remark",
        "openssl text",
        "long text",
        "utf16-be without mark",
        "encoded twice",
        "last line lost",
        "copied from JSON",
        "spaces",
    ],
)
def test_a_chain_file_is_read_however_it_was_saved(
    read: Read, chain: list[bytes], spoil: Callable[[bytes], bytes]
) -> None:
    package = read(spoil(pem(*chain)))
    leaf = read_certificate(chain[2])
    assert package.container == "certificate"
    assert package.platform == "harmony"
    assert package.signers[0].certificate == leaf
    assert (package.features.fingerprint, package.features.fingerprint_algorithm) == (leaf.sha1, "sha1")
    assert package.features.public_key == leaf.public_key.point_hex


def test_bare_base64_is_read(read: Read, release_key: apk_signing.SigningKey) -> None:
    found = read(base64.encodebytes(release_key.certificate))
    assert [one.certificate.raw for one in found.signers] == [release_key.certificate]


def test_a_leaf_marked_as_authority_is_a_developers_own_when_it_signs_code(read: Read, chain: list[bytes]) -> None:
    """OpenHarmony's own tool writes such leaves."""
    key = ec.generate_private_key(ec.SECP256R1())
    issuer, own = "Huawei CBG Developer Relations CA G2", "App1 Release"
    leaf = issue(own, issuer, key, key, is_ca=True, usage=x509.ExtendedKeyUsageOID.CODE_SIGNING)
    found = read(pem(*chain[:2], leaf))
    assert found.signers[0].certificate.raw == leaf
    assert "authority_certificate" not in [one.code for one in found.warnings]


@pytest.mark.parametrize("place", [0, 1])
def test_a_chains_upper_certificates_alone_are_not_the_developers(read: Read, chain: list[bytes], place: int) -> None:
    assert "authority_certificate" in [one.code for one in read(chain[place]).warnings]


def test_der_and_pkcs7_files_are_read(read: Read, release_key: apk_signing.SigningKey, chain: list[bytes]) -> None:
    assert read(release_key.certificate).signers[0].certificate.raw == release_key.certificate
    assert read(release_key.certificate + b"\r\n").signers[0].certificate.raw == release_key.certificate
    bag = apk_signing.pkcs7(b"", release_key, bag=[chain[0], chain[2], chain[1]])
    assert read(bag).signers[0].certificate.raw == chain[2]
    as_pem = b"-----BEGIN PKCS7-----\n" + base64.b64encode(bag) + b"\n-----END PKCS7-----\n"
    assert read(as_pem).signers[0].certificate.raw == chain[2]


def test_a_development_certificate_of_harmony_is_noted(read: Read) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    data = issue("Specimen(1),Development", "Huawei CBG Developer Relations CA G2", key, key, is_ca=False)
    assert "harmony_development" in [one.code for one in read(data).warnings]


def test_an_apple_push_certificate_is_refused_by_name(read: Read) -> None:
    key = rsa.generate_private_key(65537, 2048)
    data = issue("Apple Push Services: x", "Apple WWDR", key, key, is_ca=False, extra="1.2.840.113635.100.6.3.2")
    with pytest.raises(Unsupported, match="push certificate"):
        read(data)


def test_an_apple_distribution_certificate_gives_sha1(read: Read) -> None:
    key = rsa.generate_private_key(65537, 2048)
    data = issue("Apple Distribution: x", "Apple WWDR", key, key, is_ca=False, extra="1.2.840.113635.100.6.1.4")
    package = read(data)
    assert package.platform == "ios"
    assert package.features.fingerprint == hashlib.sha1(data, usedforsecurity=False).hexdigest()
    assert package.features.public_key == package.signers[0].certificate.public_key.pkcs1_hex


@pytest.mark.parametrize("label", ["PRIVATE KEY", "RSA PRIVATE KEY", "CERTIFICATE REQUEST", "PUBLIC KEY"])
def test_keys_and_requests_are_refused_with_the_reason(read: Read, label: str) -> None:
    with pytest.raises(Unsupported):
        read(f"-----BEGIN {label}-----\nAAAA\n-----END {label}-----\n".encode())


def test_a_file_ruined_by_an_editor_is_told(read: Read, release_key: apk_signing.SigningKey) -> None:
    with pytest.raises(Unreadable, match="saved as text"):
        read(release_key.certificate.decode("utf-8", "replace").encode())


def test_indefinite_lengths_and_split_strings_are_understood(release_key: apk_signing.SigningKey) -> None:
    strict = der.parse(apk_signing.pkcs7(b"x", release_key))
    kind, holder = strict.children()
    loose = b"\x30\x80" + kind.raw + b"\xa0\x80" + holder.content + b"\0\0" + b"\0\0"
    signer = cms.first_signer(cms.read_signed_data(loose))
    assert signer is not None
    assert signer.raw == release_key.certificate
    split = b"\x24\x80" + b"\x04\x02ab" + b"\x04\x01c" + b"\0\0"
    assert der.parse(split).octets() == b"abc"


@pytest.mark.parametrize(
    "data",
    [b"", b"\x30", b"\x30\x05\x01", b"\x30\x80", b"\x30\x89" + bytes(9), b"\x24\x80" * 100, b"\x3f" + b"\xff" * 20],
)
def test_broken_elements_raise_the_one_error(data: bytes) -> None:
    with pytest.raises(der.DerError):
        list(der.parse(data))


def test_an_issuer_written_in_another_string_type_is_still_matched(release_key: apk_signing.SigningKey) -> None:
    block = apk_signing.pkcs7(b"x", release_key)
    place = block.rindex(b"Specimen Release")
    other = block[: place - 2] + b"\x13" + block[place - 1 :]
    assert other != block
    signed = cms.read_signed_data(other)
    assert signed.signers[0].issuer != signed.certificates[0].issuer_raw
    found = cms.signer_certificate(signed, signed.signers[0])
    assert found is not None
    assert found.raw == release_key.certificate
