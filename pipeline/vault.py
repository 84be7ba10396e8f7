"""Encryption at rest: of stored files and of what the ledger says.

Files and documents are sealed with AES-256-GCM. A file is sealed in chunks under a key of its own, each chunk with its
number and a mark on the last one: chunks that were changed, moved, left out or cut off are noticed. What the ledger
looks up (ids, names of files, hashes, marks) is sealed with AES-256-SIV (RFC 5297), where the same text gives the same
result, so that the database can compare what it cannot read. Names in the store are keyed hashes: they do not tell
whether a known file is there.

Of several keys the first one writes and all of them read. One makes names, which have to stay the same: the last one, or
that whose mark the ledger tells. A key is never used itself: HKDF (RFC 5869) derives one for each purpose.
"""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
import hmac
import io
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, cast

from pipeline.disk_space import StoreProblem

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
    from typing_extensions import Buffer

KEY_BYTES = 32
_MAGIC, _ID_BYTES, _SALT_BYTES, _NONCE_BYTES, _TAG_BYTES = b"BBX1", 4, 16, 12, 16
_HEADER_BYTES = len(_MAGIC) + _ID_BYTES + _SALT_BYTES
_CHUNK_BYTES = 1 << 20
_SEALED_TEXT = "x1:"


class VaultProblem(StoreProblem):
    """The key is missing, unsafe, or another one than was used: no filing's failure, so that all wait for the key."""

    code = "key"


class Damaged(OSError):
    """Sealed bytes were changed, cut off, or are none."""


class Vault:
    """Seals and opens with one or several keys; safe to share between threads."""

    def __init__(self, keys: Sequence[bytes], naming: bytes | None = None) -> None:
        self._keys = {_derived(key, "id", _ID_BYTES): key for key in keys}
        self._writing = _derived(keys[0], "id", _ID_BYTES)
        self._naming = naming or keys[-1]
        self._texts: dict[bytes, AESGCM] = {}

    @property
    def mark(self) -> int:
        """A number that tells the key that makes names from others, and nothing of the key."""
        return int.from_bytes(_derived(self._naming, "mark", 7), "big")

    def named_by(self, mark: int) -> Vault | None:
        """The same keys, of which the one with this mark makes names; None where it is not among them."""
        return next((one for one in self.namings() if one.mark == mark), None)

    def namings(self) -> list[Vault]:
        """The same keys as often as there are any, each time another one making names."""
        keys = list(self._keys.values())
        return [Vault(keys, key) for key in keys]

    def with_first_alone(self) -> Vault:
        """The vault of the first key, which makes names too."""
        return Vault([self._keys[self._writing]])

    def seal(self, text: str, about: str) -> str:
        """A text that only the key opens; `about` says where it belongs, and it opens only there."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._for_texts(self._writing).encrypt(nonce, text.encode("utf-8"), about.encode())
        return _SEALED_TEXT + base64.b64encode(self._writing + nonce + sealed).decode("ascii")

    def open(self, sealed: str, about: str) -> str:
        """The text that `seal` was given.

        Raises:
            VaultProblem: it was sealed with a key that is not among ours, or it was changed.
        """
        try:
            data = base64.b64decode(sealed.removeprefix(_SEALED_TEXT).encode("ascii"), validate=True)
        except (ValueError, binascii.Error) as error:
            raise _changed() from error
        key, nonce = data[:_ID_BYTES], data[_ID_BYTES : _ID_BYTES + _NONCE_BYTES]
        with _as_problem():
            return self._for_texts(key).decrypt(nonce, data[_ID_BYTES + _NONCE_BYTES :], about.encode()).decode("utf-8")

    def name(self, data: bytes, about: str) -> bytes:
        """Sealed so that the same bytes about the same give the same; nothing stays nothing."""
        return self._for_names.encrypt(data, [about.encode()]) if data else b""

    def unname(self, sealed: bytes, about: str) -> bytes:
        """The bytes that `name` was given.

        Raises:
            VaultProblem: they were named with another key, or changed.
        """
        with _as_problem():
            return self._for_names.decrypt(sealed, [about.encode()]) if sealed else b""

    def blob_name(self, sha256: str) -> str:
        """The name of a file in the store, as long as a hash."""
        return hmac.new(self._for_blob_names, sha256.encode("ascii"), hashlib.sha256).hexdigest()

    @contextmanager
    def sealing(self, target: BinaryIO) -> Iterator[BinaryIO]:
        """What is written goes to `target`, sealed; the end makes it whole."""
        header = _MAGIC + self._writing + os.urandom(_SALT_BYTES)
        target.write(header)
        writer = _Sealing(target, self._for_file(header), header)
        yield cast(BinaryIO, writer)
        writer.finish()

    def opened(self, source: BinaryIO) -> BinaryIO:
        """The plain bytes of a sealed file; reading it raises `Damaged` where it was changed or cut off.

        Raises:
            Damaged: it is no sealed file.
            VaultProblem: it was sealed with a key that is not among ours.
        """
        header = source.read(_HEADER_BYTES)
        if len(header) < _HEADER_BYTES or not header.startswith(_MAGIC):
            raise Damaged("no sealed file")
        return io.BufferedReader(_Opening(source, self._for_file(header), header), _CHUNK_BYTES)

    def _key(self, ident: bytes) -> bytes:
        try:
            return self._keys[ident]
        except KeyError:
            raise _unknown_key() from None

    def _for_file(self, header: bytes) -> AESGCM:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        ident, salt = header[len(_MAGIC) : len(_MAGIC) + _ID_BYTES], header[-_SALT_BYTES:]
        return AESGCM(_derived(self._key(ident), "file", KEY_BYTES, salt))

    def _for_texts(self, ident: bytes) -> AESGCM:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        if ident not in self._texts:
            self._texts[ident] = AESGCM(_derived(self._key(ident), "text", KEY_BYTES))
        return self._texts[ident]

    @functools.cached_property
    def _for_names(self) -> AESSIV:
        from cryptography.hazmat.primitives.ciphers.aead import AESSIV

        return AESSIV(_derived(self._naming, "name", 2 * KEY_BYTES))

    @functools.cached_property
    def _for_blob_names(self) -> bytes:
        return _derived(self._naming, "blob", KEY_BYTES)


class _Sealing(io.RawIOBase):
    """Collects plain bytes to chunks and writes them sealed; the last chunk is written when it is known to be it."""

    def __init__(self, target: BinaryIO, cipher: AESGCM, header: bytes) -> None:
        self._target, self._cipher, self._header = target, cipher, header
        self._waiting, self._number = bytearray(), 0

    def writable(self) -> bool:
        """Yes."""
        return True

    def write(self, data: Buffer, /) -> int:
        """Takes all of it."""
        self._waiting += memoryview(data)
        while len(self._waiting) > _CHUNK_BYTES:
            self._write(bytes(self._waiting[:_CHUNK_BYTES]), is_last=False)
            del self._waiting[:_CHUNK_BYTES]
        return memoryview(data).nbytes

    def finish(self) -> None:
        """Writes the last chunk, which may be empty."""
        self._write(bytes(self._waiting), is_last=True)

    def _write(self, chunk: bytes, *, is_last: bool) -> None:
        self._target.write(self._cipher.encrypt(_nonce(self._number, is_last), chunk, self._header))
        self._number += 1


class _Opening(io.RawIOBase):
    """Plain bytes, chunk by chunk; closes its source."""

    def __init__(self, source: BinaryIO, cipher: AESGCM, header: bytes) -> None:
        self._source, self._cipher, self._header = source, cipher, header
        self._next, self._number = source.read(_CHUNK_BYTES + _TAG_BYTES), 0
        self._plain, self._is_over = memoryview(b""), False

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: Buffer, /) -> int:
        """The next bytes; none at the end."""
        while not self._plain and not self._is_over:
            self._plain = memoryview(self._chunk())
        wanted = memoryview(buffer).cast("B")
        count = min(len(wanted), len(self._plain))
        wanted[:count] = self._plain[:count]
        self._plain = self._plain[count:]
        return count

    def close(self) -> None:
        """Closes the source too."""
        self._source.close()
        super().close()

    def _chunk(self) -> bytes:
        from cryptography.exceptions import InvalidTag

        sealed, self._next = self._next, self._source.read(_CHUNK_BYTES + _TAG_BYTES)
        self._is_over = not self._next
        try:
            plain = self._cipher.decrypt(_nonce(self._number, self._is_over), sealed, self._header)
        except InvalidTag:
            raise Damaged(f"chunk {self._number} was changed, or the end is missing") from None
        self._number += 1
        return plain


def sealed_size(size: int) -> int:
    """The bytes of a sealed file by those of the plain one."""
    chunks = max(1, -(-size // _CHUNK_BYTES))
    return _HEADER_BYTES + size + chunks * _TAG_BYTES


def _unknown_key() -> VaultProblem:
    return VaultProblem(
        "内容是用另一把密钥加密的，密钥文件中没有它。什么都没有改动；请恢复原来的密钥（可与新密钥并存）。",
        "This was encrypted with a key that is not among those in key_file. Nothing was changed; restore that key, "
        "beside the new one if need be.",
    )


def _changed() -> VaultProblem:
    return VaultProblem(
        "加密内容无法解开：密钥不符，或内容被改动。什么都没有改动；请检查密钥，或从备份恢复。",
        "What was encrypted does not open: it is another key, or it was changed. Nothing was overwritten; check the "
        "key, or restore from a backup.",
    )


@contextmanager
def _as_problem() -> Iterator[None]:
    from cryptography.exceptions import InvalidTag

    try:
        yield
    except InvalidTag:
        raise _changed() from None


def _nonce(number: int, is_last: bool) -> bytes:
    return number.to_bytes(_NONCE_BYTES - 1, "big") + bytes([is_last])


def _derived(key: bytes, purpose: str, size: int, salt: bytes | None = None) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), size, salt, f"beianbox {purpose}".encode()).derive(key)
