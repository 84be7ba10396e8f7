"""X.509 certificates: who, until when, which key, and the fingerprints of the raw bytes.

The outer structure is cut with `der` so that no byte is re-encoded; names, times and keys are decoded by pyasn1,
which accepts the BER habits of real certificates (trailing NULLs, negative numbers). Bad bytes raise `DerError`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import lru_cache

from pyasn1.codec.ber import decoder
from pyasn1.error import PyAsn1Error

from extractors.packages import der
from extractors.packages.der import DerError, Element
from extractors.packages.model import Certificate, PublicKey

MAX_CERTIFICATE_BYTES = 256 * 1024

_NAME_PARTS = {
    "2.5.4.3": "CN",
    "2.5.4.4": "SN",
    "2.5.4.5": "SERIALNUMBER",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "STREET",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.12": "T",
    "2.5.4.42": "GIVENNAME",
    "2.5.4.97": "organizationIdentifier",
    "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC",
    "1.2.840.113549.1.9.1": "EMAILADDRESS",
}

_RSA = ("1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10", "1.2.840.113549.1.1.7", "2.5.8.1.1")
_EC = "1.2.840.10045.2.1"
_DSA = ("1.2.840.10040.4.1", "1.3.14.3.2.12")
_PLAIN_KEYS = {"1.3.101.112": ("Ed25519", 256), "1.3.101.113": ("Ed448", 456)}
_SM2_CURVE = "1.2.156.10197.1.301"

_CURVES = {
    "1.2.840.10045.3.1.1": ("P-192", 192),
    "1.3.132.0.33": ("P-224", 224),
    "1.2.840.10045.3.1.7": ("P-256", 256),
    "1.3.132.0.34": ("P-384", 384),
    "1.3.132.0.35": ("P-521", 521),
    "1.3.132.0.10": ("secp256k1", 256),
    "1.3.36.3.3.2.8.1.1.7": ("brainpoolP256r1", 256),
    "1.3.36.3.3.2.8.1.1.11": ("brainpoolP384r1", 384),
    "1.3.36.3.3.2.8.1.1.13": ("brainpoolP512r1", 512),
    _SM2_CURVE: ("SM2", 256),
}

_BASIC_CONSTRAINTS = "2.5.29.19"
_SUBJECT_KEY_ID = "2.5.29.14"
_EXTENDED_USAGE = "2.5.29.37"
_CODE_SIGNING = "1.3.6.1.5.5.7.3.3"


@lru_cache(maxsize=256)
def read_certificate(raw: bytes) -> Certificate:
    """Return what a certificate says; `raw` must be one element, bytes behind it are not part of the fingerprint."""
    if len(raw) > MAX_CERTIFICATE_BYTES:
        raise DerError(f"certificate of {len(raw)} bytes")
    outer = der.parse(raw)
    if outer.tag != der.SEQUENCE:
        raise DerError("not a certificate")
    body = outer.children(1)[0]
    if body.tag != der.SEQUENCE:
        raise DerError("not a certificate")
    parts = list(body)
    if parts and parts[0].tag == 0xA0:
        parts = parts[1:]
    if len(parts) < 6:
        raise DerError("certificate with parts missing")
    return _certificate(outer.raw, parts)


def _certificate(raw: bytes, parts: list[Element]) -> Certificate:
    serial, _algorithm, issuer, validity, subject, key = parts[:6]
    if subject.tag != der.SEQUENCE or validity.tag != der.SEQUENCE or key.tag != der.SEQUENCE:
        raise DerError("not a certificate")
    extensions = _extensions(parts[6:])
    names = _readable_name(subject)
    not_before, not_after = _validity(validity)
    return Certificate(
        raw=raw,
        subject=_spell(names),
        issuer=_spell(_readable_name(issuer)),
        common_name=next((text for oid, text in reversed(names) if oid == "2.5.4.3"), ""),
        serial_number=serial.integer(),
        not_before=not_before,
        not_after=not_after,
        public_key=read_public_key(key),
        md5=hashlib.md5(raw, usedforsecurity=False).hexdigest(),
        sha1=hashlib.sha1(raw, usedforsecurity=False).hexdigest(),
        sha256=hashlib.sha256(raw).hexdigest(),
        subject_raw=subject.raw,
        issuer_raw=issuer.raw,
        is_ca=_is_ca(extensions.get(_BASIC_CONSTRAINTS)),
        key_id=_key_id(extensions.get(_SUBJECT_KEY_ID)),
        extended_usages=_usages(extensions.get(_EXTENDED_USAGE)),
        extension_oids=tuple(extensions),
    )


def _name(name: Element) -> list[tuple[str, str]]:
    """The parts of a distinguished name in the file's order, as (identifier, text)."""
    found: list[tuple[str, str]] = []
    for relative in name.children():
        for pair in relative.children():
            kind, value = pair.children(2)[:2]
            found.append((kind.oid(), _text(value)))
    return found


def _readable_name(name: Element) -> list[tuple[str, str]]:
    # A name nobody can read does not change the key and the fingerprints, which are what is filed.
    try:
        return _name(name)
    except DerError:
        return []


def _text(value: Element) -> str:
    if value.tag == 0x1E:
        return value.content.decode("utf-16-be", "replace")
    if value.tag == 0x1C:
        return value.content.decode("utf-32-be", "replace")
    try:
        return value.octets().decode("utf-8")
    except UnicodeDecodeError:
        return _legacy_text(value.octets())


def _legacy_text(data: bytes) -> str:
    # Chinese tools of the 2000s wrote GBK into T61String; Latin-1 is what the standard tools assume otherwise.
    try:
        return data.decode("gb18030")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _spell(names: list[tuple[str, str]]) -> str:
    return ", ".join(f"{_NAME_PARTS.get(oid, oid)}={_escaped(text)}" for oid, text in reversed(names))


def _escaped(text: str) -> str:
    return "".join(f"\\{letter}" if letter in ',+"\\<>;' else letter for letter in text)


def normal_name(raw: bytes) -> tuple[tuple[str, str], ...]:
    """A form of a distinguished name that is equal however its strings are encoded and its parts ordered."""
    try:
        return tuple(sorted((oid, " ".join(text.casefold().split())) for oid, text in _name(der.parse(raw))))
    except (DerError, ValueError):
        return (("raw", raw.hex()),)


def _validity(validity: Element) -> tuple[str, str]:
    times = [_time(moment) for moment in validity][:2]
    if len(times) < 2:
        raise DerError("certificate without validity")
    return times[0], times[1]


def _time(moment: Element) -> str:
    try:
        value, _ = decoder.decode(moment.raw)
        return str(value.asDateTime.strftime("%Y-%m-%dT%H:%M:%SZ"))
    except (PyAsn1Error, AttributeError, ValueError, OverflowError, IndexError):
        return ""


def read_public_key(info: Element) -> PublicKey:
    """Decode a SubjectPublicKeyInfo; a kind of key we do not know keeps its identifier as `algorithm`."""
    algorithm, bits = info.children(2)[:2]
    parts = algorithm.children(1)
    oid = parts[0].oid()
    if bits.tag != der.BIT_STRING:
        raise DerError("public key without bit string")
    key = bits.content[1:]
    if oid in _RSA:
        return _rsa(info.raw, key)
    if oid == _EC:
        return _elliptic(info.raw, key, parts[1] if len(parts) > 1 else None)
    if oid in _DSA:
        return _dsa(info.raw, key, parts[1] if len(parts) > 1 else None)
    name, size = _PLAIN_KEYS.get(oid, (oid, 8 * len(key)))
    return PublicKey(name, size, info.raw, key)


def _rsa(spki: bytes, key: bytes) -> PublicKey:
    try:
        value, _ = decoder.decode(key)
        # A modulus written without its leading zero reads as negative; the key is the unsigned number.
        modulus, exponent = (_positive(int(part), piece) for part, piece in zip(value, der.parse(key), strict=False))
    except (PyAsn1Error, TypeError, ValueError, IndexError, RecursionError) as error:
        raise DerError("RSA key cannot be read") from error
    return PublicKey("RSA", modulus.bit_length(), spki, key, modulus, exponent)


def _positive(number: int, piece: Element) -> int:
    return number if number >= 0 else piece.unsigned()


def _elliptic(spki: bytes, key: bytes, parameters: Element | None) -> PublicKey:
    # The point's own length tells the size where the curve is not named (explicit parameters).
    size = 4 * (len(key) - 1) if key[:1] == b"\x04" else 8 * (len(key) - 1)
    curve = ""
    if parameters is not None and parameters.tag == der.OID:
        oid = parameters.oid()
        curve, size = _CURVES.get(oid, (oid, size))
    return PublicKey("SM2" if curve == "SM2" else "EC", size, spki, key, curve=curve)


def _dsa(spki: bytes, key: bytes, parameters: Element | None) -> PublicKey:
    size = 0
    if parameters is not None and parameters.tag == der.SEQUENCE:
        size = next((prime.unsigned().bit_length() for prime in parameters), 0)
    return PublicKey("DSA", size, spki, key)


def _extensions(parts: Iterable[Element]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    holder = next((part for part in parts if part.tag == 0xA3), None)
    if holder is None:
        return found
    try:
        for extension in holder.children(1)[0].children():
            pieces = extension.children(2)
            found.setdefault(pieces[0].oid(), pieces[-1].octets())
    except DerError:
        return found  # The key and the name stand without them.
    return found


def _is_ca(value: bytes | None) -> bool | None:
    if value is None:
        return None
    try:
        flags = [part for part in der.parse(value) if part.tag == 0x01]
    except DerError:
        return None
    return bool(flags and any(flags[0].content))


def _key_id(value: bytes | None) -> bytes:
    try:
        return der.parse(value).content if value else b""
    except DerError:
        return b""


def _usages(value: bytes | None) -> tuple[str, ...]:
    try:
        return tuple(part.oid() for part in der.parse(value)) if value else ()
    except DerError:
        return ()


def pick_leaf(certificates: Iterable[Certificate]) -> Certificate | None:
    """Return the certificate that signed no other one of the list, whatever the order; None for an empty list.

    A root signs itself; that does not make it somebody else's issuer. Between several, one that is not marked
    as an authority wins, then the first.
    """
    chain = tuple(dict.fromkeys(certificates))
    leaves = [one for one in chain if not any(is_issuer(one, other) for other in chain if other is not one)]
    best = [one for one in leaves if not is_authority(one)] or leaves
    return next(iter(best or chain), None)


def is_issuer(issuer: Certificate, other: Certificate) -> bool:
    """Whether the names say that `issuer` signed `other`.

    A certificate that names itself as issuer was signed by nobody else, even where others bear the same name: key
    stores often hold several keys made with one set of answers.
    """
    name = normal_name(other.issuer_raw)
    return (
        normal_name(issuer.subject_raw) == name
        and normal_name(other.subject_raw) != name
        and issuer.public_key.spki != other.public_key.spki
    )


def is_authority(certificate: Certificate) -> bool:
    """Whether a certificate is an authority's; some developers' own ones carry the mark too, but sign code."""
    return bool(certificate.is_ca) and _CODE_SIGNING not in certificate.extended_usages
