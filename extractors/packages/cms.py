"""PKCS#7 / CMS signed data: which certificate signed, and the content.

The bag of certificates is in no order, and may hold certificates nobody signed with. A signer is found by what
its SignerInfo says: issuer and serial number, else the same with names compared in a normal form, else the serial
number or key identifier alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from extractors.packages import der
from extractors.packages.certificates import normal_name, pick_leaf, read_certificate
from extractors.packages.der import DerError, Element
from extractors.packages.model import Certificate

SIGNED_DATA = "1.2.840.113549.1.7.2"
DATA = "1.2.840.113549.1.7.1"
MAX_CERTIFICATES = 64


@dataclass(frozen=True, slots=True)
class SignerInfo:
    """One signer's claim: who (issuer and serial, or key identifier), and the parts a check needs."""

    issuer: bytes
    serial: int | None
    key_id: bytes
    digest_oid: str
    signed_attributes: bytes
    signature_oid: str
    signature: bytes


@dataclass(frozen=True, slots=True)
class SignedData:
    """The parts of one SignedData; `certificates` in file order, those that cannot be read left out."""

    certificates: tuple[Certificate, ...]
    signers: tuple[SignerInfo, ...]
    content: bytes


def is_signed_data(data: bytes) -> bool:
    """Whether the bytes are a ContentInfo with SignedData."""
    try:
        read_signed_data(data)
    except DerError:
        return False
    return True


def read_signed_data(data: bytes) -> SignedData:
    """Parse a ContentInfo with SignedData; raises DerError for anything else."""
    outer = der.parse(data).children(2)
    if outer[0].tag != der.OID or outer[0].oid() != SIGNED_DATA:
        raise DerError("not signed data")
    body = outer[1].children(1)[0].children(3)
    bag: tuple[Certificate, ...] = ()
    infos: tuple[SignerInfo, ...] = ()
    for part in body[3:]:
        if part.tag == 0xA0:
            bag = _bag(part)
        elif part.tag == der.SET:
            infos = tuple(_signer_info(info) for info in part)
    return SignedData(bag, infos, _content(body[2]))


def _bag(part: Element) -> tuple[Certificate, ...]:
    found: list[Certificate] = []
    for piece in part:
        if len(found) >= MAX_CERTIFICATES:
            raise DerError("too many certificates")
        try:
            found.append(read_certificate(piece.raw))
        except DerError:
            continue  # Attribute certificates and damaged ones: the signer lookup decides whether that matters.
    return tuple(found)


def _content(info: Element) -> bytes:
    parts = info.children()
    if len(parts) < 2:
        return b""
    inner = parts[1].children()
    return inner[0].octets() if inner and inner[0].tag in (der.OCTET_STRING, 0x24) else b""


def _signer_info(info: Element) -> SignerInfo:
    parts = info.children(5)
    issuer, serial, key_id = _signer_name(parts[1])
    rest = list(parts[3:])
    attributes = b""
    if rest[0].tag == 0xA0:
        attributes = rest[0].raw
        rest = rest[1:]
    if len(rest) < 2:
        raise DerError("signer information cut off")
    return SignerInfo(
        issuer,
        serial,
        key_id,
        parts[2].children(1)[0].oid(),
        attributes,
        rest[0].children(1)[0].oid(),
        rest[1].octets(),
    )


def _signer_name(name: Element) -> tuple[bytes, int | None, bytes]:
    if name.tag != der.SEQUENCE:
        return b"", None, name.octets()
    issuer, serial = name.children(2)[:2]
    return issuer.raw, serial.integer(), b""


def signer_certificate(signed: SignedData, info: SignerInfo) -> Certificate | None:
    """Return the certificate `info` names; None when the bag does not hold it."""
    bag = signed.certificates
    if info.serial is None:
        return next((one for one in bag if one.key_id and one.key_id == info.key_id), None)
    same = [one for one in bag if one.serial_number == info.serial]
    exact = [one for one in same if one.issuer_raw == info.issuer]
    if exact:
        return exact[0]
    wanted = normal_name(info.issuer)
    alike = [one for one in same if normal_name(one.issuer_raw) == wanted]
    return next(iter(alike or same), None)


def first_signer(signed: SignedData) -> Certificate | None:
    """Return the first signer's certificate; where it cannot be told, the leaf of the chain in the bag."""
    for info in signed.signers:
        found = signer_certificate(signed, info)
        if found is not None:
            return found
    return pick_leaf(signed.certificates)
