"""Password-based decryption as PKCS#12 stores need it: PBES2 with AES, and the older RC2 and triple DES kinds.

AES and RC2 are small enough to stand here; triple DES needs the `cryptography` package. Only ever used on the few
kilobytes of certificates that the owner gave the password for; private keys are not touched.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from extractors.errors import TooLarge, ToolMissing, Unsupported
from extractors.packages.der import Element

MAX_ITERATIONS = 5_000_000
MAX_DATA_BYTES = 256 * 1024
_PBES2, _PBKDF2 = "1.2.840.113549.1.5.13", "1.2.840.113549.1.5.12"
_AES = {"2.16.840.1.101.3.4.1.2": 16, "2.16.840.1.101.3.4.1.22": 24, "2.16.840.1.101.3.4.1.42": 32}
_TRIPLE_DES_CBC = "1.2.840.113549.3.7"
_HMAC = {
    "1.2.840.113549.2.7": "sha1",
    "1.2.840.113549.2.8": "sha224",
    "1.2.840.113549.2.9": "sha256",
    "1.2.840.113549.2.10": "sha384",
    "1.2.840.113549.2.11": "sha512",
}
_OLD = {
    "1.2.840.113549.1.12.1.3": ("3des", 24),
    "1.2.840.113549.1.12.1.5": ("rc2", 16),
    "1.2.840.113549.1.12.1.6": ("rc2", 5),
}


class WrongPassword(ValueError):
    """The padding does not fit: the password is not the one the data was locked with."""


def decrypt(algorithm: Element, data: bytes, password: str) -> bytes:
    """Return the plain bytes; raises WrongPassword, DerError or an ExtractError."""
    if len(data) > MAX_DATA_BYTES:
        raise TooLarge(
            f"密钥库中的证书数据过大（{len(data)} 字节）。请改为提供 .cer 文件。",
            f"The certificates in the key store are too large ({len(data)} bytes). Supply the .cer instead.",
        )
    parts = algorithm.children(2)
    kind = parts[0].oid()
    if kind == _PBES2:
        return _pbes2(parts[1], data, password)
    if kind in _OLD:
        return _old(kind, parts[1], data, password)
    raise _unknown(kind)


def _unknown(kind: str) -> Unsupported:
    return Unsupported(
        f"密钥库使用了不支持的加密方式（{kind}）。请改为提供 APK 或 .cer 文件。",
        f"The key store is locked in a way that is not supported ({kind}). Supply the APK or the .cer instead.",
    )


def _iterations(number: int) -> int:
    if not 0 < number <= MAX_ITERATIONS:
        raise TooLarge(
            f"密钥库的迭代次数异常（{number}），已停止。请改为提供 .cer 文件。",
            f"The key store asks for {number} rounds of key making, which is out of all measure. Supply the .cer instead.",
        )
    return number


def _pbes2(parameters: Element, data: bytes, password: str) -> bytes:
    maker, cipher = (part.children(2) for part in parameters.children(2)[:2])
    if maker[0].oid() != _PBKDF2:
        raise _unknown(maker[0].oid())
    values = maker[1].children(2)
    hash_name = "sha1"
    for part in values[2:]:
        if part.tag == 0x30:
            hash_name = _HMAC.get(part.children(1)[0].oid(), "")
    name, start = cipher[0].oid(), cipher[1].octets()
    size = _AES.get(name, 24 if name == _TRIPLE_DES_CBC else 0)
    if not size or not hash_name or len(start) != (8 if size == 24 and name == _TRIPLE_DES_CBC else 16):
        raise _unknown(name)
    rounds = _iterations(values[1].integer())
    key = hashlib.pbkdf2_hmac(hash_name, password.encode(), values[0].octets(), rounds, size)
    if name == _TRIPLE_DES_CBC:
        return _triple_des(key, start, data)
    return _unpadded(_cbc(_aes_decryptor(key), 16, start, data), 16)


def _old(kind: str, parameters: Element, data: bytes, password: str) -> bytes:
    salt, rounds = parameters.children(2)[:2]
    name, size = _OLD[kind]
    count = _iterations(rounds.integer())
    key = _pkcs12_key(password, salt.octets(), count, 1, size)
    start = _pkcs12_key(password, salt.octets(), count, 2, 8)
    if name == "3des":
        return _triple_des(key, start, data)
    return _unpadded(_cbc(_rc2_decryptor(key), 8, start, data), 8)


def _pkcs12_key(password: str, salt: bytes, rounds: int, purpose: int, size: int) -> bytes:
    """Key material as RFC 7292 appendix B makes it, with SHA-1."""
    text = password.encode("utf-16-be") + b"\0\0"
    block = _filled(salt) + _filled(text)
    out = b""
    while len(out) < size:
        digest = bytes([purpose]) * 64 + block
        for _ in range(rounds):
            digest = hashlib.sha1(digest, usedforsecurity=False).digest()
        out += digest
        step = int.from_bytes(_filled(digest)[:64], "big") + 1
        pieces = [int.from_bytes(block[at : at + 64], "big") + step for at in range(0, len(block), 64)]
        block = b"".join((piece % (1 << 512)).to_bytes(64, "big") for piece in pieces)
    return out[:size]


def _filled(data: bytes) -> bytes:
    """The bytes repeated up to a whole number of 64."""
    length = -(-len(data) // 64) * 64
    return (data * (length // len(data) + 1))[:length] if data else b""


def _cbc(decrypt_block: Callable[[bytes], bytes], size: int, start: bytes, data: bytes) -> bytes:
    if not data or len(data) % size:
        raise WrongPassword("length")
    out = bytearray()
    before = start
    for place in range(0, len(data), size):
        block = data[place : place + size]
        out += bytes(one ^ other for one, other in zip(decrypt_block(block), before, strict=True))
        before = block
    return bytes(out)


def _unpadded(data: bytes, size: int) -> bytes:
    count = data[-1]
    if not 1 <= count <= size or data[-count:] != bytes([count]) * count:
        raise WrongPassword("padding")
    return data[:-count]


def _triple_des(key: bytes, start: bytes, data: bytes) -> bytes:
    try:
        from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
        from cryptography.hazmat.primitives.ciphers import Cipher, modes
    except ImportError as error:
        raise ToolMissing(
            "该密钥库使用 3DES 加密，需要安装 cryptography（pip install cryptography），或改为提供 APK / .cer 文件。",
            "This key store is locked with triple DES, which needs the package cryptography (pip install cryptography); "
            "or supply the APK or the .cer.",
        ) from error
    if not data or len(data) % 8:
        raise WrongPassword("length")
    engine = Cipher(TripleDES(key), modes.CBC(start)).decryptor()
    return _unpadded(engine.update(data) + engine.finalize(), 8)


# --- AES -------------------------------------------------------------------------------------------------------


def _times(one: int, other: int) -> int:
    """Multiplication in AES's field of 256 elements."""
    out = 0
    while other:
        if other & 1:
            out ^= one
        one = one << 1 ^ (0x11B if one & 0x80 else 0)
        other >>= 1
    return out


def _rotated(value: int, count: int) -> int:
    return (value << count | value >> (8 - count)) & 0xFF


def _aes_decryptor(key: bytes) -> Callable[[bytes], bytes]:
    box = _aes_box()
    back = bytearray(256)
    for value, image in enumerate(box):
        back[image] = value
    keys = _round_keys(key, box)
    tables = {factor: bytes(_times(value, factor) for value in range(256)) for factor in (9, 11, 13, 14)}
    # Undoing the row shift: where each byte of the state comes from.
    source = [(place - 4 * (place % 4)) % 16 for place in range(16)]

    def decrypt_block(block: bytes) -> bytes:
        state = bytes(one ^ other for one, other in zip(block, keys[-1], strict=True))
        for number in range(len(keys) - 2, -1, -1):
            state = bytes(back[state[place]] ^ keys[number][at] for at, place in enumerate(source))
            if number:
                state = _mixed_back(state, tables)
        return state

    return decrypt_block


def _aes_box() -> bytes:
    box = bytearray(256)
    inverses = [0] * 256
    power, powers = 1, []
    for _ in range(255):
        powers.append(power)
        power = _times(power, 3)
    for place, value in enumerate(powers):
        inverses[value] = powers[-place % 255]
    for value in range(256):
        one = inverses[value]
        box[value] = one ^ _rotated(one, 1) ^ _rotated(one, 2) ^ _rotated(one, 3) ^ _rotated(one, 4) ^ 0x63
    return bytes(box)


def _mixed_back(state: bytes, tables: dict[int, bytes]) -> bytes:
    nine, eleven, thirteen, fourteen = (tables[factor] for factor in (9, 11, 13, 14))
    out = bytearray()
    for at in (0, 4, 8, 12):
        a, b, c, d = state[at : at + 4]
        out.append(fourteen[a] ^ eleven[b] ^ thirteen[c] ^ nine[d])
        out.append(nine[a] ^ fourteen[b] ^ eleven[c] ^ thirteen[d])
        out.append(thirteen[a] ^ nine[b] ^ fourteen[c] ^ eleven[d])
        out.append(eleven[a] ^ thirteen[b] ^ nine[c] ^ fourteen[d])
    return bytes(out)


def _round_keys(key: bytes, box: bytes) -> list[bytes]:
    width = len(key) // 4
    words = [key[at : at + 4] for at in range(0, len(key), 4)]
    constant = 1
    for place in range(width, 4 * (width + 7)):
        word = words[-1]
        if place % width == 0:
            word = bytes(box[one] for one in word[1:] + word[:1])
            word = bytes([word[0] ^ constant]) + word[1:]
            constant = _times(constant, 2)
        elif width > 6 and place % width == 4:
            word = bytes(box[one] for one in word)
        words.append(bytes(one ^ other for one, other in zip(words[-width], word, strict=True)))
    return [b"".join(words[at : at + 4]) for at in range(0, len(words), 4)]


# --- RC2 (RFC 2268) --------------------------------------------------------------------------------------------

_PI = bytes.fromhex(
    "d978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2"
    "179a59f587b34f1361456d8d09817d32bd8f40eb86b77b0bf09521225c6b4e82"
    "54d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb626"
    "6fbf0eda4669075727f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed7"
    "08e8eade8052eef784aa72ac354d6a2a961ad2715a1549744b9fd05e0418a4ec"
    "c2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b25559731"
    "2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a9"
    "0d38341bab33ffb0bb480c5fb9b1cd2ec5f3db47e5a59c770aa62068fe7fc1ad"
)


def _rc2_decryptor(key: bytes) -> Callable[[bytes], bytes]:
    words = _rc2_words(key)
    shifts = (1, 2, 3, 5)

    def decrypt_block(block: bytes) -> bytes:
        state = [int.from_bytes(block[at : at + 2], "little") for at in (0, 2, 4, 6)]
        place = 63
        for number in range(16):
            for one in (3, 2, 1, 0):
                value = (state[one] >> shifts[one] | state[one] << (16 - shifts[one])) & 0xFFFF
                value -= words[place] + (state[one - 1] & state[one - 2]) + (~state[one - 1] & state[one - 3])
                state[one] = value & 0xFFFF
                place -= 1
            if number in (4, 10):
                for one in (3, 2, 1, 0):
                    state[one] = (state[one] - words[state[one - 1] & 63]) & 0xFFFF
        return b"".join(value.to_bytes(2, "little") for value in state)

    return decrypt_block


def _rc2_words(key: bytes) -> list[int]:
    size, bits = len(key), 8 * len(key)
    table = bytearray(key)
    for place in range(size, 128):
        table.append(_PI[(table[place - 1] + table[place - size]) & 0xFF])
    table[128 - size] = _PI[table[128 - size] & (0xFF >> (-bits % 8))]
    for place in range(127 - size, -1, -1):
        table[place] = _PI[table[place + 1] ^ table[place + size]]
    return [int.from_bytes(table[at : at + 2], "little") for at in range(0, 128, 2)]
