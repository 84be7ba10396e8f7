"""The v4 signature of an APK, which lies in a file of its own beside it (`app.apk.idsig`).

It names the certificate that signed, and the content digest of the v2 or v3 signature it was made for; both must be
found in the APK. What is left alone: the hash tree that follows, and the v4 signature itself, are not checked.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable
from dataclasses import dataclass, replace

from extractors.packages import signing_block
from extractors.packages.messages import warning
from extractors.packages.model import AppPackage, PackageWarning, Signer
from extractors.packages.signing_block import V2, BlockError
from extractors.packages.sources import FileSource, Source
from extractors.packages.zipread import ZipDirectory

SUFFIX = ".idsig"
VERSION = 2
# Certificates and digests are small; the tree behind them grows with the APK and is not read.
MAX_BYTES = 1024 * 1024
MAX_BLOCKS = 8
_NUMBER = struct.Struct("<I")


class IdsigError(ValueError):
    """The bytes are no v4 signature."""


@dataclass(frozen=True, slots=True)
class SigningInfo:
    """One v4 signature: the APK digest it was made for, the certificate that signed."""

    apk_digest: bytes
    certificate: bytes


class _Cursor:
    """Reads numbers and length-prefixed pieces in order."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 0

    @property
    def has_more(self) -> bool:
        return self._place < len(self._data)

    def number(self) -> int:
        return int(_NUMBER.unpack(self._take(4))[0])

    def piece(self) -> bytes:
        return self._take(self.number())

    def _take(self, length: int) -> bytes:
        end = self._place + length
        if end > len(self._data):
            raise IdsigError(f"{length} bytes at {self._place}, {len(self._data) - self._place} are there")
        data = self._data[self._place : end]
        self._place = end
        return data


def read_idsig(data: bytes) -> tuple[SigningInfo, ...]:
    """Return the signatures of an idsig file, the main one first; raises IdsigError.

    There are several when the key was rotated: the further ones are for the newer systems of scheme v3.1.
    """
    cursor = _Cursor(data)
    version = cursor.number()
    if version != VERSION:
        raise IdsigError(f"version {version}")
    cursor.piece()
    inner = _Cursor(cursor.piece())
    found = [_signing_info(inner)]
    while inner.has_more and len(found) < MAX_BLOCKS:
        inner.number()
        found.append(_signing_info(_Cursor(inner.piece())))
    return tuple(found)


def _signing_info(cursor: _Cursor) -> SigningInfo:
    digest, certificate = cursor.piece(), cursor.piece()
    # Additional data, public key, algorithm and signature: only checked to be there.
    cursor.piece(), cursor.piece(), cursor.number(), cursor.piece()
    if not certificate:
        raise IdsigError("no certificate")
    return SigningInfo(digest, certificate)


def joined(package: AppPackage, path: str, directory: ZipDirectory) -> AppPackage:
    """Return an APK's values with what the idsig beside it says; unchanged where there is none."""
    data = _beside(path + SUFFIX)
    if data is None:
        return package
    try:
        found = read_idsig(data)
    except IdsigError:
        return _noted(package, warning("idsig_unreadable", name=_name(path)))
    if not _digests(directory).issuperset(one.apk_digest for one in found):
        return _noted(package, warning("idsig_other_apk", name=_name(path)))
    signers = tuple(_marked(one, found) for one in package.signers)
    known = {one.certificate.raw for one in signers if "v4" in one.schemes}
    package = replace(package, signers=signers)
    if any(one.certificate not in known for one in found):
        return _noted(package, warning("idsig_signer_differs", name=_name(path)))
    return package


def _marked(signer: Signer, found: Iterable[SigningInfo]) -> Signer:
    """The signer with scheme v4 added, where it signed by v2 or v3 and the idsig names it too."""
    is_named = any(one.certificate == signer.certificate.raw for one in found)
    is_block_signer = bool({"v2", "v3", "v3.1"}.intersection(signer.schemes))
    return replace(signer, schemes=(*signer.schemes, "v4")) if is_named and is_block_signer else signer


def _noted(package: AppPackage, note: PackageWarning) -> AppPackage:
    return replace(package, warnings=(*package.warnings, note))


def _name(path: str) -> str:
    return path.rpartition("/")[2] + SUFFIX


def _beside(path: str) -> bytes | None:
    try:
        # Non-blocking, so that a pipe of that name cannot hang the reader.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (OSError, ValueError):
        return None
    try:
        return FileSource(descriptor).read(0, MAX_BYTES)
    except OSError:
        return b""
    finally:
        os.close(descriptor)


def _digests(directory: ZipDirectory) -> set[bytes]:
    """The content digests the APK's own signing block states."""
    source: Source = directory.source
    block = signing_block.find_signing_block(source, directory.central_offset)
    found: set[bytes] = set()
    for identifier in signing_block.SCHEME_IDS if block else ():
        value = block.values.get(identifier) if block else None
        if value is None:
            continue
        try:
            signers = signing_block.read_signers(value, has_sdk_range=identifier != V2)
        except BlockError:
            continue
        found.update(digest for signer in signers for _, digest in signer.digests)
    return found
