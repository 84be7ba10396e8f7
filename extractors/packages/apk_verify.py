"""Checks an APK's signatures and digests (`--verify`): the one reader that goes through the whole file.

Every scheme the package carries must be sound, since that is what phones of different ages check. The pieces of a
v2/v3 digest are hashed on two cores; a v1 package has each of its files inflated and hashed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from extractors.packages import cms, der, sigcheck, signing_block
from extractors.packages.apk_signers import is_same_key, signature_files
from extractors.packages.certificates import read_certificate
from extractors.packages.der import DerError
from extractors.packages.messages import warning
from extractors.packages.model import PackageWarning
from extractors.packages.signing_block import V2, BlockError, BlockSigner, SigningBlock
from extractors.packages.zipread import DEFLATED, STORED, Entry, ZipDirectory, member_pieces, read_member

PIECE = 1024 * 1024
MAX_MANIFEST_BYTES = 64 * 1024 * 1024
MAX_SIGNERS = 10  # Android refuses more, under every scheme.
_WORKERS = 2
# Signature algorithm of the schemes -> (kind, hash of the signature, hash of the content digest).
_ALGORITHMS = {
    0x0101: ("pss", "sha256", "sha256"),
    0x0102: ("pss", "sha512", "sha512"),
    0x0103: ("rsa", "sha256", "sha256"),
    0x0104: ("rsa", "sha512", "sha512"),
    0x0201: ("ecdsa", "sha256", "sha256"),
    0x0202: ("ecdsa", "sha512", "sha512"),
    0x0301: ("dsa", "sha256", "sha256"),
}
_HASHES = {
    "1.2.840.113549.2.5": "md5",
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.4": "sha224",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
_HASH_NAMES = (("SHA-512", "sha512"), ("SHA-384", "sha384"), ("SHA-256", "sha256"), ("SHA1", "sha1"), ("SHA-1", "sha1"))
_CONTENT_TYPE = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST = "1.2.840.113549.1.9.4"


class Broken(Exception):
    """A signature or digest does not fit; the text says which."""


class NotKnown(Exception):
    """A kind of signature that cannot be checked here."""


def verify(directory: ZipDirectory) -> tuple[bool | None, list[PackageWarning]]:
    """Return whether all signatures are sound (None: none there, or of a kind that is not known), and why not."""
    checks = list(_checks(directory))
    result: bool | None = True if checks else None
    warnings: list[PackageWarning] = []
    for scheme, check in checks:
        try:
            check()
        except (Broken, BlockError, DerError) as error:
            result = False
            warnings.append(warning("verify_failed", scheme=scheme, reason=str(error)))
        except NotKnown as error:
            result = result and None
            warnings.append(warning("verify_unknown", scheme=scheme, reason=str(error)))
    return result, warnings


def _checks(directory: ZipDirectory) -> Iterator[tuple[str, Callable[[], None]]]:
    block = signing_block.find_signing_block(directory.source, directory.central_offset)
    if block is not None and block.values.keys() & signing_block.SCHEME_IDS.keys():
        digests = _Digests(directory, block)
        for identifier, scheme in signing_block.SCHEME_IDS.items():
            if identifier in block.values:
                yield scheme, _block_check(block.values[identifier], identifier, digests)
    jar = signature_files(directory)
    for name, (block_name, signature_name) in jar.items():
        yield f"v1 {name}", _jar_check(directory, block_name, signature_name, len(jar))


# --- v2, v3, v3.1 ----------------------------------------------------------------------------------------------


class _Digests:
    """The content digests of a package, each worked out once."""

    def __init__(self, directory: ZipDirectory, block: SigningBlock) -> None:
        self._directory = directory
        self._block = block
        self._known: dict[str, bytes] = {}

    def get(self, hash_name: str) -> bytes:
        if hash_name not in self._known:
            self._known[hash_name] = self._digest(hash_name)
        return self._known[hash_name]

    def _digest(self, hash_name: str) -> bytes:
        source, start = self._directory.source, self._block.offset
        central, end = self._directory.central_offset, self._directory.end_offset
        tail = bytearray(source.read(end, source.size - end))
        # The record is taken as it was before the block was put in.
        tail[16:20] = start.to_bytes(4, "little") if start < 1 << 32 else b"\xff" * 4
        ranges = [*_ranges(0, start), *_ranges(central, end)]

        def hashed(place: tuple[int, int]) -> bytes:
            return _piece(hash_name, source.read(*place))

        with ThreadPoolExecutor(_WORKERS) as pool:
            each = list(pool.map(hashed, ranges))
        each += [_piece(hash_name, bytes(tail[at : at + PIECE])) for at in range(0, len(tail), PIECE)]
        whole = hashlib.new(hash_name, b"\x5a" + len(each).to_bytes(4, "little"))
        whole.update(b"".join(each))
        return whole.digest()


def _ranges(start: int, end: int) -> list[tuple[int, int]]:
    return [(place, min(PIECE, end - place)) for place in range(start, end, PIECE)]


def _piece(hash_name: str, data: bytes) -> bytes:
    engine = hashlib.new(hash_name, b"\xa5" + len(data).to_bytes(4, "little"))
    engine.update(data)
    return engine.digest()


def _block_check(value: bytes, identifier: int, digests: _Digests) -> Callable[[], None]:
    def check() -> None:
        signers = signing_block.read_signers(value, has_sdk_range=identifier != V2)
        if len(signers) > MAX_SIGNERS:
            raise Broken(f"{len(signers)} signers")
        for signer in signers:
            _check_signer(signer, digests)

    return check


def _check_signer(signer: BlockSigner, digests: _Digests) -> None:
    certificate = read_certificate(signer.certificates[0])
    key = certificate.public_key
    if not is_same_key(signer.public_key, certificate):
        raise Broken("key is not the certificate's")
    if [number for number, _ in signer.signatures] != [number for number, _ in signer.digests]:
        raise Broken("signatures and digests are of different kinds")
    known = [(number, signature) for number, signature in signer.signatures if number in _ALGORITHMS]
    if not known:
        raise NotKnown("algorithm " + ", ".join(f"0x{number:04x}" for number, _ in signer.signatures))
    for number, signature in known:
        kind, hash_name, content_hash = _ALGORITHMS[number]
        _require(sigcheck.is_sound(key, kind, hash_name, signer.signed_data, signature), "signature")
        expected = dict(signer.digests).get(number)
        if expected != digests.get(content_hash):
            raise Broken("content digest")


def _require(sound: bool | None, what: str) -> None:
    if sound is None:
        raise NotKnown("key or algorithm")
    if not sound:
        raise Broken(what)


# --- v1 --------------------------------------------------------------------------------------------------------


def _jar_check(directory: ZipDirectory, block_name: bytes, signature_name: bytes, signers: int) -> Callable[[], None]:
    def check() -> None:
        if signers > MAX_SIGNERS:
            raise Broken(f"{signers} signers")
        signature_file = _whole(directory, signature_name)
        _check_pkcs7(_whole(directory, block_name, cms.is_signed_data), signature_file)
        manifest = _whole(directory, b"META-INF/MANIFEST.MF")
        _check_signature_file(signature_file, manifest)
        _check_files(directory, _sections(manifest))

    return check


def _whole(directory: ZipDirectory, name: bytes, looks_right: Callable[[bytes], bool] | None = None) -> bytes:
    entry = directory.entry(name)
    content = read_member(directory, entry, MAX_MANIFEST_BYTES, looks_right) if entry else None
    if content is None or content.is_cut:
        raise Broken(f"{name.decode('utf-8', 'replace')} cannot be read")
    return content.data


def _check_pkcs7(block: bytes, signature_file: bytes) -> None:
    signed = cms.read_signed_data(block)
    for info in signed.signers[:1]:
        certificate = cms.signer_certificate(signed, info)
        hash_name = _HASHES.get(info.digest_oid, "")
        if certificate is None or not hash_name:
            raise NotKnown("signer")
        data = signature_file
        if info.signed_attributes:
            _check_attributes(info.signed_attributes, hash_name, signature_file)
            # The attributes are signed under the tag of a SET, and stored under another.
            data = b"\x31" + info.signed_attributes[1:]
        key = certificate.public_key
        kind = {"RSA": "rsa", "EC": "ecdsa", "DSA": "dsa"}.get(key.algorithm, "")
        if info.signature_oid == "1.2.840.113549.1.1.10":
            kind = "pss"
        _require(sigcheck.is_sound(key, kind, hash_name, data, info.signature), "signature")
        return
    raise Broken("no signer")


def _check_attributes(attributes: bytes, hash_name: str, content: bytes) -> None:
    found = {kind.oid(): values.children(1)[0] for kind, values in map(_pair, der.parse(attributes).children())}
    if _CONTENT_TYPE not in found or found[_CONTENT_TYPE].oid() != cms.DATA:
        raise Broken("content type")
    if _MESSAGE_DIGEST not in found:
        raise Broken("message digest missing")
    if found[_MESSAGE_DIGEST].octets() != hashlib.new(hash_name, content, usedforsecurity=False).digest():
        raise Broken("message digest")


def _pair(attribute: der.Element) -> tuple[der.Element, der.Element]:
    kind, values = attribute.children(2)[:2]
    return kind, values


def _sections(data: bytes) -> dict[str, tuple[dict[str, str], bytes]]:
    """The sections of a manifest by name (`""` is the head), each with its own bytes."""
    found: dict[str, tuple[dict[str, str], bytes]] = {}
    start = 0
    while start < len(data):
        ends = [place + len(mark) for mark in (b"\r\n\r\n", b"\n\n", b"\r\r") if (place := data.find(mark, start)) >= 0]
        end = min(ends, default=len(data))
        section = data[start:end]
        values = _values(section)
        if values:
            found.setdefault(values.get("Name", "") if found else "", (values, section))
        start = end
    return found


def _values(section: bytes) -> dict[str, str]:
    text = section.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n ", b"").decode("utf-8", "replace")
    return {name: value for name, mark, value in (line.partition(": ") for line in text.split("\n")) if mark}


def _digest_of(values: dict[str, str], suffix: str) -> tuple[str, bytes] | None:
    for word, hash_name in _HASH_NAMES:
        if f"{word}-Digest{suffix}" in values:
            try:
                return hash_name, base64.b64decode(values[f"{word}-Digest{suffix}"], validate=True)
            except binascii.Error as error:
                raise Broken("digest is not base64") from error
    return None


def _check_signature_file(signature_file: bytes, manifest: bytes) -> None:
    """The signature file covers the manifest as a whole, or section by section."""
    signed = _sections(signature_file)
    whole = _digest_of(signed.get("", ({}, b""))[0], "-Manifest")
    if whole is not None and _is_digest(whole, manifest):
        return
    for name, (_values_of, section) in _sections(manifest).items():
        own = _digest_of(signed.get(name, ({}, b""))[0], "") if name else None
        if name and (own is None or not _is_digest(own, section)):
            raise Broken(f"manifest section of {name[:80]}")


def _is_digest(expected: tuple[str, bytes], data: bytes) -> bool:
    return hashlib.new(expected[0], data, usedforsecurity=False).digest() == expected[1]


def _check_files(directory: ZipDirectory, sections: dict[str, tuple[dict[str, str], bytes]]) -> None:
    entries = [entry for name in directory.names() if _is_signed(name) for entry in directory.entries(name)]

    def checked(entry: Entry) -> str:
        values = sections.get(entry.text_name, ({}, b""))[0]
        expected = _digest_of(values, "")
        if expected is None:
            return f"{entry.text_name[:80]} is not signed"
        # Of a method that is neither, apksig believes deflated and Android stored.
        ways = (entry.method,) if entry.method in (STORED, DEFLATED) else (DEFLATED, STORED)
        if any(_is_member_digest(expected, directory, replace(entry, method=way)) for way in ways):
            return ""
        return f"{entry.text_name[:80]} was changed"

    with ThreadPoolExecutor(_WORKERS) as pool:
        for trouble in pool.map(checked, entries):
            if trouble:
                raise Broken(trouble)


def _is_member_digest(expected: tuple[str, bytes], directory: ZipDirectory, entry: Entry) -> bool:
    engine = hashlib.new(expected[0], usedforsecurity=False)
    try:
        for piece in member_pieces(directory, entry):
            engine.update(piece)
    except zlib.error:
        return False
    return engine.digest() == expected[1]


def _is_signed(name: bytes) -> bool:
    if name.endswith(b"/"):
        return False
    upper = name.upper()
    is_meta = upper.startswith(b"META-INF/") and b"/" not in upper[9:]
    return not (is_meta and upper.endswith((b".SF", b".RSA", b".DSA", b".EC", b"/MANIFEST.MF")))
