"""iOS: IPA packages and provisioning profiles.

The signer is who signed the program itself; the profile says which certificates it allows and whether it is for
development. A copy from the App Store is signed by Apple, so it cannot tell the developer's key.
"""

from __future__ import annotations

import plistlib
import re
import struct
from dataclasses import dataclass
from typing import Any
from xml.parsers.expat import ExpatError

from extractors.errors import Unreadable
from extractors.packages import cms, macho, sdks
from extractors.packages.arsc import chinese
from extractors.packages.certificates import read_certificate
from extractors.packages.der import DerError
from extractors.packages.features import features
from extractors.packages.icons import icon_at
from extractors.packages.messages import warning
from extractors.packages.model import AppPackage, Certificate, Features, Icon, Label, PackageWarning, Signer
from extractors.packages.zipread import ZipDirectory, decode_name, read_member, read_range

MAX_PLIST_BYTES = 8 * 1024 * 1024
MAX_CERTIFICATES = 64
APP_STORE = "Apple iPhone OS Application Signing"
# In an IPA below Payload; an app folder that was zipped by itself stands alone.
_INFO = (
    re.compile(rb"(?:[^/]+/)*?Payload/[^/]+\.app/Info\.plist"),
    re.compile(rb"(?:[^/]+/)*?[^/]+\.app/Info\.plist"),
)
_STRING_LINE = re.compile(r"""["']?(CFBundle(?:Display)?Name)["']?\s*=\s*"((?:[^"\\]|\\.)*)"\s*;""")

Plist = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Profile:
    """A provisioning profile: the certificates it allows, the application it is for."""

    certificates: tuple[Certificate, ...]
    bundle_pattern: str
    is_development: bool


def info_member(directory: ZipDirectory) -> bytes | None:
    """Return the app's own Info.plist: not a nested app's, not what macOS's archiver left."""
    names = [name for name in directory.names() if name.endswith(b".app/Info.plist") and b"__MACOSX/" not in name]
    for shape in _INFO:
        found = [name for name in names if shape.fullmatch(name)]
        if found:
            return min(found, key=lambda name: (name.count(b"/"), name))
    return None


def is_plist(head: bytes) -> bool:
    """Whether a file's first bytes are a property list's."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"bplist0", b"<?xml"))


def read_plist(data: bytes) -> Plist:
    """Return a property list's dictionary, binary or XML; an empty one for anything else."""
    try:
        found = plistlib.loads(data)
    except (ValueError, LookupError, OverflowError, TypeError, RecursionError, MemoryError, ExpatError, struct.error):
        return {}
    return found if isinstance(found, dict) else {}


def _text(value: Plist, key: str) -> str:
    found = value.get(key)
    return found[:1024] if isinstance(found, str) else ""


def read_profile(data: bytes) -> Profile | None:
    """Return a provisioning profile (.mobileprovision), signed or already unwrapped; None when it is none."""
    try:
        content = read_plist(data if is_plist(data) else cms.read_signed_data(data).content)
    except DerError:
        return None
    allowed = content.get("DeveloperCertificates")
    if not isinstance(allowed, list):
        return None
    entitlements = content.get("Entitlements")
    entitlements = entitlements if isinstance(entitlements, dict) else {}
    found: list[Certificate] = []
    for raw in allowed[:MAX_CERTIFICATES]:
        try:
            found.append(read_certificate(bytes(raw)))
        except (DerError, TypeError, ValueError):
            continue
    application = _text(entitlements, "application-identifier")
    return Profile(tuple(found), application.partition(".")[2], entitlements.get("get-task-allow") is True)


def read_profile_file(data: bytes, file: str) -> AppPackage | None:
    """Return what a .mobileprovision file says; None when it is none."""
    profile = read_profile(data)
    if profile is None:
        return None
    bundle = "" if "*" in profile.bundle_pattern else profile.bundle_pattern
    warnings = [*_several(profile), *_certificate_warnings(next(iter(profile.certificates), None), profile)]
    return AppPackage(
        file=file,
        bytes=len(data),
        platform="ios",
        container="profile",
        package_name=bundle,
        signers=tuple(Signer(one, ("profile",)) for one in profile.certificates),
        features=features("ios", bundle, next(iter(profile.certificates), None)),
        warnings=tuple(warnings),
    )


def _several(profile: Profile) -> list[PackageWarning]:
    count = len(profile.certificates)
    return [warning("profile_certificates", count=count)] if count > 1 else []


def _certificate_warnings(certificate: Certificate | None, profile: Profile | None) -> list[PackageWarning]:
    if certificate is None:
        return [warning("unsigned")]
    if certificate.common_name == APP_STORE:
        return [warning("app_store_copy")]
    if profile is not None and profile.is_development:
        return [warning("apple_development", subject=certificate.common_name)]
    return []


def read_ipa(directory: ZipDirectory, info_name: bytes, file: str, size: int) -> AppPackage:
    """Return what an IPA says."""
    info = read_plist(_member(directory, info_name))
    bundle = _text(info, "CFBundleIdentifier")
    if not bundle:
        raise Unreadable(
            "IPA 中的 Info.plist 无法读取，得不到 Bundle ID。请重新导出 IPA。",
            "The Info.plist in this IPA cannot be read, so there is no bundle ID. Export the IPA again.",
        )
    folder = info_name.removesuffix(b"Info.plist")
    warnings = [warning(code) for code in directory.oddities]
    certificate, profile = _signer(directory, folder, info, warnings)
    icon = _icon(directory, folder, info)
    if icon is None:
        warnings.append(warning("icon_missing"))
    is_store_copy = certificate is not None and certificate.common_name == APP_STORE
    return AppPackage(
        file=file,
        bytes=size,
        platform="ios",
        container="ipa",
        package_name=bundle,
        label=_label(directory, folder, info),
        version_name=_text(info, "CFBundleShortVersionString"),
        version_code=_text(info, "CFBundleVersion"),
        signers=_signers(certificate, profile),
        features=Features(package_name=bundle) if is_store_copy else features("ios", bundle, certificate),
        icon=icon,
        sdks=sdks.in_ios(info, folder, directory),
        warnings=tuple(dict.fromkeys(warnings)),
    )


def app_info(directory: ZipDirectory) -> Plist:
    """Return an IPA's own Info.plist; an empty one where there is none."""
    return read_plist(_member(directory, info_member(directory) or b""))


def program_member(directory: ZipDirectory) -> bytes:
    """Return the name of the app's own program; empty where Info.plist names none."""
    name = _text(app_info(directory), "CFBundleExecutable")
    folder = (info_member(directory) or b"").removesuffix(b"Info.plist")
    return folder + name.encode("utf-8", "replace") if name else b""


def entitlements(directory: ZipDirectory) -> Plist:
    """Return what the program is allowed to do (entitlements), as its signature says."""
    return read_plist(_signature(directory, program_member(directory)).entitlements)


def _member(directory: ZipDirectory, name: bytes) -> bytes:
    entry = directory.entry(name)
    content = read_member(directory, entry, MAX_PLIST_BYTES) if entry else None
    return content.data if content else b""


def _signer(
    directory: ZipDirectory, folder: bytes, info: Plist, warnings: list[PackageWarning]
) -> tuple[Certificate | None, Profile | None]:
    """The program's signer; where the program has no signature, the only certificate of the profile."""
    profile = read_profile(_member(directory, folder + b"embedded.mobileprovision"))
    certificate = _program_signer(directory, folder + _text(info, "CFBundleExecutable").encode())
    if certificate is None and profile is not None and profile.certificates:
        certificate = profile.certificates[0]
        warnings += _several(profile)
    if profile is not None and certificate is not None and certificate not in profile.certificates:
        warnings.append(warning("profile_certificate_differs"))
    pattern = profile.bundle_pattern if profile else ""
    if pattern and "*" not in pattern and pattern != info.get("CFBundleIdentifier"):
        warnings.append(warning("profile_bundle_differs", profile=pattern, package=info.get("CFBundleIdentifier")))
    warnings += _certificate_warnings(certificate, profile)
    return certificate, profile


def _signature(directory: ZipDirectory, name: bytes) -> macho.Signature:
    entry = directory.entry(name)
    if entry is None:
        return macho.Signature()
    return macho.read_signature(lambda offset, length: read_range(directory, entry, offset, length))


def _program_signer(directory: ZipDirectory, name: bytes) -> Certificate | None:
    data = _signature(directory, name).cms
    try:
        return cms.first_signer(cms.read_signed_data(data)) if data else None
    except DerError:
        return None


def _signers(certificate: Certificate | None, profile: Profile | None) -> tuple[Signer, ...]:
    allowed = profile.certificates if profile else ()
    found = []
    if certificate is not None:
        found.append(Signer(certificate, ("codesign", "profile") if certificate in allowed else ("codesign",)))
    return (*found, *(Signer(one, ("profile",), "other") for one in allowed if one != certificate))


def _label(directory: ZipDirectory, folder: bytes, info: Plist) -> Label:
    default = _text(info, "CFBundleDisplayName") or _text(info, "CFBundleName")
    locales = {"": default} if default else {}
    for name in directory.names():
        if (
            name.startswith(folder)
            and name.endswith(b".lproj/InfoPlist.strings")
            and name.count(b"/") == folder.count(b"/") + 1
        ):
            tag = decode_name(name[len(folder) :].partition(b".lproj")[0]).replace("_", "-")
            text = _strings_name(_member(directory, name))
            if text and tag != "Base":
                locales[tag] = text
    return Label(
        default=default,
        zh=chinese(locales) or default,
        locales=dict(sorted(locales.items())),
        launcher_default=default,
    )


def _strings_name(data: bytes) -> str:
    """The app's name in an InfoPlist.strings file: a property list, or text of `key = "value";` lines."""
    found = read_plist(data)
    if not found:
        found = dict(_STRING_LINE.findall(_decoded(data)))
    return _unescaped(_text(found, "CFBundleDisplayName") or _text(found, "CFBundleName"))


def _decoded(data: bytes) -> str:
    is_wide = data[:2] in (b"\xff\xfe", b"\xfe\xff") or data[1:2] == b"\0"
    return data.decode("utf-16" if is_wide else "utf-8-sig", "replace")


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _icon(directory: ZipDirectory, folder: bytes, info: Plist) -> Icon | None:
    names = _icon_names(info)
    best: Icon | None = None
    for member in directory.names() if names else ():
        if member.startswith(folder) and b"/" not in member[len(folder) :]:
            own = decode_name(member[len(folder) :])
            if own.endswith(".png") and own.startswith(names):
                found = icon_at(directory, decode_name(member))
                if found is not None and (best is None or found.width > best.width):
                    best = found
    return best


def _icon_names(info: Plist) -> tuple[str, ...]:
    """What the icon files' names begin with; phone first, tablet also."""
    names: list[object] = []
    for key in ("CFBundleIcons", "CFBundleIcons~ipad"):
        icons = info.get(key)
        primary = icons.get("CFBundlePrimaryIcon") if isinstance(icons, dict) else None
        files = primary.get("CFBundleIconFiles") if isinstance(primary, dict) else None
        names += files if isinstance(files, list) else []
    files = info.get("CFBundleIconFiles")
    names += [*(files if isinstance(files, list) else []), info.get("CFBundleIconFile")]
    return tuple(name.removesuffix(".png") for name in names if isinstance(name, str) and name)
