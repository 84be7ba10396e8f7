"""HarmonyOS signatures: the signing block, who signed, and the provisioning profile beside it."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from extractors.packages import certfiles, cms
from extractors.packages.certificates import is_authority, pick_leaf
from extractors.packages.der import DerError
from extractors.packages.features import features
from extractors.packages.jsontext import Json, part, read_json, text
from extractors.packages.messages import warning
from extractors.packages.model import Certificate, Features, PackageWarning
from extractors.packages.zipread import ZipDirectory

MARKS = (b"HAP Sig Block 42", b"<hap sign block>")
MAX_VALUE_BYTES = 4 * 1024 * 1024
MAX_BLOCKS = 64
_SIGNATURE = 0x20000000
_PROFILE = 0x20000002


@dataclass(frozen=True, slots=True)
class Profile:
    """A provisioning profile (签名描述文件): what it is for and whose certificate it carries."""

    kind: str
    bundle_name: str
    certificate: Certificate | None


def read_block(directory: ZipDirectory) -> dict[int, bytes] | None:
    """Return signature and profile of the signing block by type; None where there is no block.

    Other values are left alone: the one for code signing holds a hash of every page and may be many megabytes.
    """
    source, end = directory.source, directory.central_offset
    tail = source.read(end - 32, 32)
    if len(tail) < 32 or tail[12:28] not in MARKS:
        return None
    count, size = struct.unpack_from("<iq", tail)
    start = end - size
    if size < 32 or start < 0 or not 0 <= count <= MAX_BLOCKS:
        return {}
    found: dict[int, bytes] = {}
    for kind, length, offset in struct.iter_unpack("<III", source.read(start, min(12 * count, size) // 12 * 12)):
        if kind in (_SIGNATURE, _PROFILE) and length <= MAX_VALUE_BYTES and offset + length <= size:
            found.setdefault(kind, source.read(start + offset, length))
    return found


def read_profile(data: bytes) -> Profile | None:
    """Return a profile from its p7b, or from bare JSON; None when it is neither."""
    content = data
    if data[:1] == b"\x30":
        try:
            content = cms.read_signed_data(data).content
        except DerError:
            return None
    found = read_json(content)
    bundle = part(found, "bundle-info")
    if not bundle:
        return None
    pem = _text_long(bundle, "distribution-certificate") or _text_long(bundle, "development-certificate")
    certificates = certfiles.certificates_in(pem.encode("ascii", "replace")) if pem else ()
    return Profile(text(found, "type"), text(bundle, "bundle-name"), pick_leaf(certificates))


def _text_long(value: Json, key: str) -> str:
    found = value.get(key)
    return found if isinstance(found, str) else ""


def read_signer(directory: ZipDirectory, warnings: list[PackageWarning]) -> tuple[Certificate | None, Profile | None]:
    """Return who signed a package, and the profile in it."""
    block = read_block(directory)
    if not block:
        warnings.append(warning("unsigned" if block is None else "signing_block_damaged", scheme="HAP"))
        return None, None
    profile = read_profile(block[_PROFILE]) if _PROFILE in block else None
    certificate = None
    try:
        certificate = _leaf_signer(block[_SIGNATURE]) if _SIGNATURE in block else None
    except DerError:
        warnings.append(warning("signing_block_damaged", scheme="HAP"))
    if certificate is None and _SIGNATURE not in block:
        warnings.append(warning("unsigned"))
    return certificate, profile


def _leaf_signer(data: bytes) -> Certificate | None:
    signed = cms.read_signed_data(data)
    found = cms.first_signer(signed)
    # An authority never signs a package: the lookup met a bag whose numbers collide.
    return pick_leaf(signed.certificates) if found is None or is_authority(found) else found


def profile_warnings(profile: Profile | None, certificate: Certificate | None, bundle: str) -> list[PackageWarning]:
    """What a profile says against filing, or against the package it lies in."""
    found: list[PackageWarning] = []
    if profile is not None:
        if certificate and profile.certificate and profile.certificate.raw != certificate.raw:
            found.append(warning("profile_certificate_differs"))
        if bundle and profile.bundle_name and profile.bundle_name != bundle:
            found.append(warning("profile_bundle_differs", profile=profile.bundle_name, package=bundle))
    if is_debug(profile, certificate):
        found.append(warning("harmony_debug", subject=certificate.common_name if certificate else ""))
    return found


def is_debug(profile: Profile | None, certificate: Certificate | None) -> bool:
    """Whether profile or certificate is for development."""
    return (profile is not None and profile.kind == "debug") or (
        certificate is not None and certificate.common_name.endswith(",Development")
    )


def features_for(bundle: str, profile: Profile | None, certificate: Certificate | None) -> Features:
    """The values for the boxes; none but the name when the signature is for development only."""
    if is_debug(profile, certificate):
        return Features(package_name=bundle)
    return features("harmony", bundle, certificate)


# --- HAP -------------------------------------------------------------------------------------------------------
