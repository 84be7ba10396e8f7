"""Keys, certificates and signatures of packages: v1 in the JAR, v2 to v3.1 in the signing block."""

from __future__ import annotations

import base64
import hashlib
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

from samples.apk_zip import end_record

KEYS = Path(__file__).with_name("keys")


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key with its certificate in DER."""

    private: Any
    certificate: bytes

    @property
    def spki(self) -> bytes:
        return bytes(
            self.private.public_key().public_bytes(
                serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        )

    @property
    def is_rsa(self) -> bool:
        return isinstance(self.private, rsa.RSAPrivateKey)

    def sign(self, data: bytes) -> bytes:
        if self.is_rsa:
            return bytes(self.private.sign(data, padding.PKCS1v15(), hashes.SHA256()))
        return bytes(self.private.sign(data, ec.ECDSA(hashes.SHA256(), deterministic_signing=True)))

    @property
    def algorithm(self) -> int:
        """The number of `sign`'s algorithm in the APK signature schemes."""
        return 0x0103 if self.is_rsa else 0x0201


def load_key(name: str, common_name: str = "Specimen Release") -> SigningKey:
    """Return a key of `samples/keys` with its certificate."""
    pem = (KEYS / f"{name}.pem").read_bytes()
    return SigningKey(serialization.load_pem_private_key(pem, None), certificate_for(pem, common_name))


def certificate_for(key_pem: bytes, common_name: str, *, serial: int = 20240101) -> bytes:
    """Return a self-signed certificate in DER: fixed serial number and dates, so the same bytes each time."""
    key: Any = serialization.load_pem_private_key(key_pem, None)
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Specimen"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(datetime(2024, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2049, 1, 1, tzinfo=UTC))
    )
    is_elliptic = isinstance(key, ec.EllipticCurvePrivateKey)
    signed = builder.sign(key, hashes.SHA256(), ecdsa_deterministic=True if is_elliptic else None)
    return signed.public_bytes(serialization.Encoding.DER)


def prefixed(data: bytes) -> bytes:
    return struct.pack("<I", len(data)) + data


def insert_block(local: bytes, central: bytes, count: int, values_of: Any) -> bytes:
    """Put the signing block between members and directory; `values_of(digest)` gives its pairs, none for no block."""
    # The digest is taken as if the directory began where the block does, so it does not depend on the block.
    plain_end = end_record(count, len(central), len(local))
    values = values_of(content_digest((local, central, plain_end)))
    if not values:
        return local + central + plain_end
    block = signing_block(values)
    return local + block + central + end_record(count, len(central), len(local) + len(block))


def signing_block(values: Iterable[tuple[int, bytes]]) -> bytes:
    pairs = b"".join(struct.pack("<QI", len(value) + 4, number) + value for number, value in values)
    size = struct.pack("<Q", len(pairs) + 24)
    return size + pairs + size + b"APK Sig Block 42"


def content_digest(sections: Iterable[bytes]) -> bytes:
    """The v2/v3 digest: SHA-256 over the SHA-256 of each 1 MB piece."""
    pieces = [section[at : at + 1048576] for section in sections for at in range(0, len(section), 1048576)]
    each = [hashlib.sha256(b"\xa5" + struct.pack("<I", len(piece)) + piece).digest() for piece in pieces]
    return hashlib.sha256(b"\x5a" + struct.pack("<I", len(each)) + b"".join(each)).digest()


def block_signer(
    digest: bytes, key: SigningKey, attributes: Iterable[tuple[int, bytes]], sdk: tuple[int, int] | None = None
) -> bytes:
    """One signer of a v2 value, or of a v3 value when it has a range of systems."""
    limits = struct.pack("<II", *sdk) if sdk else b""
    signed = (
        prefixed(prefixed(struct.pack("<I", key.algorithm) + prefixed(digest)))
        + prefixed(prefixed(key.certificate))
        + limits
        + prefixed(b"".join(prefixed(struct.pack("<I", number) + value) for number, value in attributes))
    )
    signature = struct.pack("<I", key.algorithm) + prefixed(key.sign(signed))
    return prefixed(signed) + limits + prefixed(prefixed(signature)) + prefixed(key.spki)


def lineage(keys: Sequence[SigningKey]) -> bytes:
    """The proof of rotation: each newer certificate signed by the key before it."""
    levels = b""
    for place, key in enumerate(keys):
        parent = keys[place - 1] if place else None
        signed = prefixed(key.certificate) + struct.pack("<I", parent.algorithm if parent else 0)
        signature = parent.sign(signed) if parent else b""
        own = key.algorithm if place + 1 < len(keys) else 0
        levels += prefixed(prefixed(signed) + struct.pack("<II", 0x17, own) + prefixed(signature))
    return struct.pack("<I", 1) + levels


def jar_signature(files: Mapping[str, bytes], key: SigningKey, schemes: frozenset[str]) -> dict[str, bytes]:
    sections = {name: _section({"Name": name, "SHA-256-Digest": _digest(data)}) for name, data in files.items()}
    manifest = _section({"Manifest-Version": "1.0", "Created-By": "1.0 (beianbox specimen)"})
    manifest += b"".join(sections.values())
    head = {"Signature-Version": "1.0", "Created-By": "1.0 (beianbox specimen)"}
    head["SHA-256-Digest-Manifest"] = _digest(manifest)
    newer = [number for number in ("2", "3") if f"v{number}" in schemes]
    if newer:
        head["X-Android-APK-Signed"] = ", ".join(newer)
    signed = _section(head)
    signed += b"".join(_section({"Name": name, "SHA-256-Digest": _digest(data)}) for name, data in sections.items())
    return {
        "META-INF/MANIFEST.MF": manifest,
        "META-INF/CERT.SF": signed,
        f"META-INF/CERT.{'RSA' if key.is_rsa else 'EC'}": pkcs7(signed, key),
    }


def _digest(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def _section(lines: Mapping[str, str]) -> bytes:
    return b"".join(_line(f"{name}: {value}".encode()) for name, value in lines.items()) + b"\r\n"


def _line(line: bytes) -> bytes:
    out, rest = line[:70] + b"\r\n", line[70:]
    while rest:
        out, rest = out + b" " + rest[:69] + b"\r\n", rest[69:]
    return out


def tlv(tag: int, *parts: bytes) -> bytes:
    """One DER element."""
    body = b"".join(parts)
    if len(body) < 0x80:
        return bytes([tag, len(body)]) + body
    length = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


_SHA256 = tlv(0x30, bytes.fromhex("0609608648016503040201"), b"\x05\x00")
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_DATA = bytes.fromhex("06092a864886f70d010701")
_RSA = tlv(0x30, bytes.fromhex("06092a864886f70d010101"), b"\x05\x00")
_ECDSA = tlv(0x30, bytes.fromhex("06082a8648ce3d040302"))


def pkcs7(content: bytes, key: SigningKey, bag: Sequence[bytes] | None = None, *, is_attached: bool = False) -> bytes:
    """A signature without attributes; `bag` is which certificates to carry, the signer's by default."""
    certificate = x509.load_der_x509_certificate(key.certificate)
    serial = certificate.serial_number.to_bytes(certificate.serial_number.bit_length() // 8 + 1, "big")
    info = tlv(
        0x30,
        b"\x02\x01\x01",
        tlv(0x30, certificate.issuer.public_bytes(), tlv(0x02, serial)),
        _SHA256,
        _RSA if key.is_rsa else _ECDSA,
        tlv(0x04, key.sign(content)),
    )
    certificates = tlv(0xA0, *([key.certificate] if bag is None else bag))
    inside = tlv(0xA0, tlv(0x04, content)) if is_attached else b""
    body = tlv(0x30, b"\x02\x01\x01", tlv(0x31, _SHA256), tlv(0x30, _DATA, inside), certificates, tlv(0x31, info))
    return tlv(0x30, _SIGNED_DATA, tlv(0xA0, body))
