"""Whose keys an APK's signature schemes name, the one newest systems trust first.

Android checks v3.1, then v3, v2 and v1, and stops at the first it finds, so that scheme's certificate is the value to
file. Only certificates a scheme itself names are listed: a PKCS#7 bag may carry any number of strangers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from extractors.packages import cms, signing_block
from extractors.packages.certificates import read_certificate
from extractors.packages.der import DerError
from extractors.packages.messages import warning
from extractors.packages.model import Certificate, PackageWarning, Signer
from extractors.packages.signing_block import V2, V3, V31, BlockError, BlockSigner, SigningBlock
from extractors.packages.zipread import ZipDirectory, decode_name, read_member

MAX_SIGNATURE_FILES = 64
MAX_SIGNATURE_BYTES = 4 * 1024 * 1024
_SCHEMES = ("v3.1", "v3", "v2", "v1")
_BLOCK_FILE = re.compile(rb"META-INF/([^/]+)\.(RSA|DSA|EC)", re.IGNORECASE)
_STRIP_HEADER = re.compile(rb"^X-Android-APK-Signed: *([0-9, ]+)", re.MULTILINE)
_ANDROID_11 = 30


@dataclass(frozen=True, slots=True)
class Found:
    """One certificate as one scheme names it."""

    scheme: str
    certificate: Certificate
    min_sdk: int | None = None
    max_sdk: int | None = None


def read_signers(
    directory: ZipDirectory, min_sdk: int | None, target_sdk: int | None, warnings: list[PackageWarning]
) -> tuple[Signer, ...]:
    """Return the signers, effective one first; what is wrong with them is added to `warnings`."""
    block = signing_block.find_signing_block(directory.source, directory.central_offset)
    found, lineage = _from_block(block, warnings)
    old, stripped = _from_jar(directory, warnings)
    found += old
    _warn_stripped(stripped, found, warnings)
    if block is not None and block.is_damaged and not any(one.scheme != "v1" for one in found):
        warnings.append(warning("signing_block_damaged", scheme="v2/v3"))
    signers = _merge(found, lineage)
    _warn_signers(signers, lineage, target_sdk, warnings)
    return signers


def is_signed(directory: ZipDirectory) -> bool:
    """Whether a ZIP bears an APK signature of any scheme, sound or not."""
    block = signing_block.find_signing_block(directory.source, directory.central_offset)
    return block is not None or bool(signature_files(directory))


def _from_block(
    block: SigningBlock | None, warnings: list[PackageWarning]
) -> tuple[list[Found], tuple[Certificate, ...]]:
    if block is None:
        return [], ()
    if any(identifier in signing_block.SCHEME_IDS for identifier in block.repeated):
        warnings.append(warning("signing_block_repeated"))
    found: list[Found] = []
    lineage: tuple[Certificate, ...] = ()
    for identifier in (V31, V3, V2):
        if identifier not in block.values:
            continue
        scheme = signing_block.SCHEME_IDS[identifier]
        try:
            signers = signing_block.read_signers(block.values[identifier], has_sdk_range=identifier != V2)
            # Newest systems first; the file's own order decides between equals.
            for signer in sorted(signers, key=lambda one: -(one.max_sdk or 0)):
                found.append(_block_signer(scheme, signer, warnings))
                lineage = lineage or tuple(read_certificate(raw) for raw in signer.lineage)
                _warn_announced(scheme, signer, block, warnings)
        except (BlockError, DerError):
            warnings.append(warning("signing_block_damaged", scheme=scheme))
    return found, lineage


def _block_signer(scheme: str, signer: BlockSigner, warnings: list[PackageWarning]) -> Found:
    certificate = read_certificate(signer.certificates[0])
    if not is_same_key(signer.public_key, certificate):
        warnings.append(warning("certificate_key_differs", scheme=scheme))
    return Found(scheme, certificate, signer.min_sdk, signer.max_sdk)


def is_same_key(spki: bytes, certificate: Certificate) -> bool:
    """Whether a key is a certificate's. apksig re-encodes keys that are not strict DER; the key bits stay the same."""
    return spki == certificate.public_key.spki or (bool(spki) and certificate.public_key.key[-32:] == spki[-32:])


def _warn_announced(scheme: str, signer: BlockSigner, block: SigningBlock, warnings: list[PackageWarning]) -> None:
    if scheme == "v3" and signer.announces_v31 and V31 not in block.values:
        warnings.append(warning("signature_stripped", scheme="v3.1"))
    if scheme == "v2" and signer.announces_newer and not {V3, V31} & block.values.keys():
        warnings.append(warning("signature_stripped", scheme="v3"))


def _from_jar(directory: ZipDirectory, warnings: list[PackageWarning]) -> tuple[list[Found], set[str]]:
    """The v1 signers in directory order, and which newer schemes their files announce."""
    found: list[Found] = []
    announced: set[str] = set()
    for name, signature_file in signature_files(directory).values():
        announced |= _announced(directory, signature_file)
        certificate = _jar_signer(directory, name)
        if certificate is None:
            warnings.append(warning("signing_block_damaged", scheme="v1"))
        else:
            found.append(Found("v1", certificate))
    return found, announced


def signature_files(directory: ZipDirectory) -> dict[str, tuple[bytes, bytes]]:
    """The v1 signers in directory order: name -> block file and the signature file it signs.

    Without its .SF file a block signs nothing, without a manifest nobody does; Android ignores both.
    """
    files = {name.upper(): name for name in directory.names() if name[:9].upper() == b"META-INF/"}
    if b"META-INF/MANIFEST.MF" not in files:
        return {}
    found: dict[str, tuple[bytes, bytes]] = {}
    for name in files.values():
        stem = name.upper().rpartition(b".")[0]
        if _BLOCK_FILE.fullmatch(name) and stem + b".SF" in files and len(found) < MAX_SIGNATURE_FILES:
            found[decode_name(name)] = (name, files[stem + b".SF"])
    return found


def _announced(directory: ZipDirectory, name: bytes) -> set[str]:
    entry = directory.entry(name)
    head = read_member(directory, entry, 64 * 1024) if entry else None
    line = _STRIP_HEADER.search(head.data) if head else None
    numbers = line[1].decode().replace(" ", "").split(",") if line else []
    return {f"v{number}" for number in numbers if number in ("2", "3")}


def _jar_signer(directory: ZipDirectory, name: bytes) -> Certificate | None:
    for entry in directory.entries(name):
        content = read_member(directory, entry, MAX_SIGNATURE_BYTES, lambda data: data[:1] == b"\x30")
        if content is None:
            continue
        try:
            return cms.first_signer(cms.read_signed_data(content.data))
        except DerError:
            continue
    return None


def _warn_stripped(announced: set[str], found: list[Found], warnings: list[PackageWarning]) -> None:
    present = {one.scheme for one in found}
    for scheme in sorted(announced - present):
        if not (scheme == "v3" and "v3.1" in present):
            warnings.append(warning("signature_stripped", scheme=scheme))


def _merge(found: list[Found], lineage: tuple[Certificate, ...]) -> tuple[Signer, ...]:
    """One signer per certificate: those of the newest scheme are current, proven older keys previous."""
    best = next((scheme for scheme in _SCHEMES if any(one.scheme == scheme for one in found)), "")
    old = {one.raw for one in lineage}
    signers: dict[bytes, Signer] = {}
    for one in sorted(found, key=lambda item: _SCHEMES.index(item.scheme)):
        raw = one.certificate.raw
        if raw in signers:
            signers[raw] = replace(signers[raw], schemes=_with(signers[raw].schemes, one.scheme))
            continue
        role = "current" if one.scheme == best else "previous" if raw in old else "other"
        signers[raw] = Signer(one.certificate, (one.scheme,), role, one.min_sdk, one.max_sdk)
    for certificate in reversed(lineage):
        signers.setdefault(certificate.raw, Signer(certificate, (), "previous"))
    return tuple(signers.values())


def _with(schemes: tuple[str, ...], scheme: str) -> tuple[str, ...]:
    return tuple(sorted({*schemes, scheme}))


def _warn_signers(
    signers: tuple[Signer, ...],
    lineage: tuple[Certificate, ...],
    target_sdk: int | None,
    warnings: list[PackageWarning],
) -> None:
    if not signers:
        warnings.append(warning("unsigned"))
        return
    current = [one for one in signers if one.role == "current"]
    if any(one.role == "other" for one in signers):
        warnings.append(warning("signers_differ"))
    if any(one.role == "previous" for one in signers) or len(lineage) > 1:
        warnings.append(warning("key_rotated"))
    if len(current) > 1:
        warnings.append(warning("several_signers", count=len(current)))
    if all(one.schemes == ("v1",) for one in signers) and (target_sdk or 0) >= _ANDROID_11:
        warnings.append(warning("v1_only", target=target_sdk))
    warnings += _key_warnings(one.certificate for one in current)


def _key_warnings(certificates: Iterable[Certificate]) -> Iterable[PackageWarning]:
    for one in certificates:
        if one.common_name == "Android Debug":
            yield warning("debug_certificate", subject=one.subject)
        if "EMAILADDRESS=android@android.com" in one.subject:
            yield warning("test_key", subject=one.subject)
        if one.public_key.modulus is None:
            yield warning("no_modulus", algorithm=one.public_key.algorithm)
