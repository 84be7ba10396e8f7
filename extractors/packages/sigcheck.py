"""Checks one signature with a public key: RSA (PKCS#1 v1.5 and PSS), ECDSA on the NIST curves, DSA.

Plain integer arithmetic on public values, so nothing secret can leak by timing. A kind that is not known gives None,
which is neither sound nor broken.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from extractors.packages import der
from extractors.packages.der import DerError
from extractors.packages.model import PublicKey

_DIGEST_INFO = {
    "md5": "3020300c06082a864886f70d020505000410",
    "sha1": "3021300906052b0e03021a05000414",
    "sha224": "302d300d06096086480165030402040500041c",
    "sha256": "3031300d060960864801650304020105000420",
    "sha384": "3041300d060960864801650304020205000430",
    "sha512": "3051300d060960864801650304020305000440",
}
MAX_KEY_BITS = 16384

Point = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Curve:
    """A short Weierstrass curve with a = -3."""

    prime: int
    order: int
    x: int
    y: int


CURVES = {
    "P-256": Curve(
        2**256 - 2**224 + 2**192 + 2**96 - 1,
        0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
        0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
        0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
    ),
    "P-384": Curve(
        2**384 - 2**128 - 2**96 + 2**32 - 1,
        0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
        0xAA87CA22BE8B05378EB1C71EF320AD746E1D3B628BA79B9859F741E082542A385502F25DBF55296C3A545E3872760AB7,
        0x3617DE4A96262C6F5D9E98BF9292DC29F8F41DBD289A147CE9DA3113B5F0B8C00A60B1CE1D7E819D7A431D7C90EA0E5F,
    ),
    "P-521": Curve(
        2**521 - 1,
        0x01FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFA51868783BF2F966B7FCC0148F709A5D03BB5C9B8899C47AEBB6FB71E91386409,
        0xC6858E06B70404E9CD9E3ECB662395B4429C648139053FB521F828AF606B4D3DBAA14B5E77EFE75928FE1DC127A2FFA8DE3348B3C1856A429BF97E7E31C2E5BD66,
        0x011839296A789A3BC0045C8A5FB42C7D1BD998F54449579B446817AFBD17273E662C97EE72995EF42640C550B9013FAD0761353C7086A272C24088BE94769FD16650,
    ),
}


def is_sound(key: PublicKey, scheme: str, hash_name: str, data: bytes, signature: bytes) -> bool | None:
    """Return whether `signature` is over `data`; `scheme` is `rsa`, `pss`, `ecdsa` or `dsa`, None when not known."""
    if hash_name not in _DIGEST_INFO or key.bits > MAX_KEY_BITS:
        return None
    digest = hashlib.new(hash_name, data, usedforsecurity=False).digest()
    try:
        if scheme in ("rsa", "pss") and key.modulus is not None and key.exponent is not None:
            return _rsa(key.modulus, key.exponent, scheme, hash_name, digest, signature)
        if scheme == "ecdsa" and key.curve in CURVES:
            return _ecdsa(CURVES[key.curve], key.key, digest, signature)
        if scheme == "dsa" and key.algorithm == "DSA":
            return _dsa(key, digest, signature)
    except DerError:
        return False
    return None


# --- RSA -------------------------------------------------------------------------------------------------------


def _rsa(modulus: int, exponent: int, scheme: str, hash_name: str, digest: bytes, signature: bytes) -> bool:
    size = (modulus.bit_length() + 7) // 8
    number = int.from_bytes(signature, "big")
    if number >= modulus or exponent.bit_length() > 64:
        return False
    opened = pow(number, exponent, modulus)
    if scheme == "pss":
        return _pss(opened, modulus.bit_length() - 1, hash_name, digest)
    known = bytes.fromhex(_DIGEST_INFO[hash_name]) + digest
    expected = b"\0\1" + b"\xff" * (size - len(known) - 3) + b"\0" + known
    return opened.to_bytes(size, "big") == expected


def _pss(opened: int, bits: int, hash_name: str, digest: bytes) -> bool:
    """The encoding of RFC 8017 section 9.1.2, with a salt of any length."""
    size = (bits + 7) // 8
    if opened.bit_length() > bits or size < 2 * len(digest) + 2:
        return False
    message = opened.to_bytes(size, "big")
    masked, own = message[: size - len(digest) - 1], message[size - len(digest) - 1 : -1]
    mask = _mask(own, len(masked), hash_name)
    plain = bytearray(one ^ other for one, other in zip(masked, mask, strict=True))
    plain[0] &= 0xFF >> (8 * size - bits)
    zeros, mark, salt = bytes(plain).partition(b"\x01")
    if message[-1] != 0xBC or any(zeros) or not mark:
        return False
    return hashlib.new(hash_name, bytes(8) + digest + salt, usedforsecurity=False).digest() == own


def _mask(seed: bytes, length: int, hash_name: str) -> bytes:
    out = b""
    for count in range(length):
        if len(out) >= length:
            break
        out += hashlib.new(hash_name, seed + count.to_bytes(4, "big"), usedforsecurity=False).digest()
    return out[:length]


# --- DSA and ECDSA ---------------------------------------------------------------------------------------------


def _pair(signature: bytes, order: int) -> tuple[int, int] | None:
    parts = der.parse(signature).children(2)
    first, second = parts[0].integer(), parts[1].integer()
    return (first, second) if 0 < first < order and 0 < second < order else None


def _shortened(digest: bytes, order: int) -> int:
    return int.from_bytes(digest, "big") >> max(0, 8 * len(digest) - order.bit_length())


def _dsa(key: PublicKey, digest: bytes, signature: bytes) -> bool:
    parameters = der.parse(key.spki).children(2)[0].children(2)[1].children(3)
    prime, order, base = (one.unsigned() for one in parameters[:3])
    pair = _pair(signature, order)
    if pair is None or prime.bit_length() > MAX_KEY_BITS or order < 2 or prime < 2:
        return False
    first, second = pair
    inverse = _inverse(second, order)
    if inverse is None:
        return False
    left = pow(base, _shortened(digest, order) * inverse % order, prime)
    right = pow(der.parse(key.key).unsigned(), first * inverse % order, prime)
    return left * right % prime % order == first


def _inverse(number: int, modulus: int) -> int | None:
    try:
        return pow(number, -1, modulus)
    except ValueError:
        return None


def _ecdsa(curve: Curve, point: bytes, digest: bytes, signature: bytes) -> bool:
    size = (curve.prime.bit_length() + 7) // 8
    pair = _pair(signature, curve.order)
    if pair is None or len(point) != 1 + 2 * size or point[0] != 4:
        return False
    first, second = pair
    inverse = pow(second, -1, curve.order)
    own = (int.from_bytes(point[1 : 1 + size], "big"), int.from_bytes(point[1 + size :], "big"), 1)
    left = _multiplied((curve.x, curve.y, 1), _shortened(digest, curve.order) * inverse % curve.order, curve.prime)
    right = _multiplied(own, first * inverse % curve.order, curve.prime)
    x, _, z = _added(left, right, curve.prime)
    if z == 0:
        return False
    scale = pow(z, -2, curve.prime)
    return x * scale % curve.prime % curve.order == first


def _multiplied(point: Point, factor: int, prime: int) -> Point:
    out: Point = (1, 1, 0)
    for bit in f"{factor:b}":
        out = _doubled(out, prime)
        if bit == "1":
            out = _added(out, point, prime)
    return out


def _doubled(point: Point, prime: int) -> Point:
    """Twice a point in Jacobian coordinates (x/z², y/z³)."""
    x, y, z = point
    if z == 0 or y == 0:
        return (1, 1, 0)
    square = y * y % prime
    middle = 4 * x * square % prime
    slope = 3 * (x - z * z) * (x + z * z) % prime
    new_x = (slope * slope - 2 * middle) % prime
    return new_x, (slope * (middle - new_x) - 8 * square * square) % prime, 2 * y * z % prime


def _added(one: Point, other: Point, prime: int) -> Point:
    if one[2] == 0:
        return other
    if other[2] == 0:
        return one
    first, second = one[2] * one[2] % prime, other[2] * other[2] % prime
    left, right = one[0] * second % prime, other[0] * first % prime
    low, high = one[1] * second * other[2] % prime, other[1] * first * one[2] % prime
    if left == right:
        return _doubled(one, prime) if low == high else (1, 1, 0)
    step, rise = (right - left) % prime, (high - low) % prime
    cube = step * step * step % prime
    middle = left * step * step % prime
    x = (rise * rise - cube - 2 * middle) % prime
    return x, (rise * (middle - x) - low * cube) % prime, one[2] * other[2] * step % prime
