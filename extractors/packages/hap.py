"""HarmonyOS packages: HAP, HSP and the .app that holds them.

The signing block stands before the ZIP directory, like Android's, with two possible marks. The signer is who the
PKCS#7 names, checked against the certificate in the provisioning profile; the bag's order means nothing, and "take
the first" returns an authority.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, replace
from typing import Any

from extractors.errors import ExtractError, Unsupported
from extractors.packages import certfiles, cms
from extractors.packages.arsc import chinese
from extractors.packages.certificates import pick_leaf
from extractors.packages.der import DerError
from extractors.packages.features import features
from extractors.packages.hap_index import MEDIA, STRING, HapIndexError, Record, ResourceIndex
from extractors.packages.icons import icon_at
from extractors.packages.messages import warning
from extractors.packages.model import AppPackage, Certificate, Features, Icon, Label, PackageWarning, Signer
from extractors.packages.zipread import ZipDirectory, decode_name, open_member, open_zip, read_member

MARKS = (b"HAP Sig Block 42", b"<hap sign block>")
MAX_BLOCK_BYTES = 16 * 1024 * 1024
MAX_BLOCKS = 64
MAX_JSON_BYTES = 4 * 1024 * 1024
MAX_INDEX_BYTES = 32 * 1024 * 1024
MAX_MODULES = 64
_SIGNATURE = 0x20000000
_PROFILE = 0x20000002

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Profile:
    """A provisioning profile (签名描述文件): what it is for and whose certificate it carries."""

    kind: str
    bundle_name: str
    certificate: Certificate | None


def is_hap(directory: ZipDirectory) -> bool:
    """Whether a ZIP is a HAP or HSP."""
    return b"module.json" in directory or b"config.json" in directory


def is_app(directory: ZipDirectory) -> bool:
    """Whether a ZIP is a HarmonyOS .app with modules inside."""
    return b"pack.info" in directory and bool(_modules(directory))


def read_json(data: bytes) -> Json:
    """Return a JSON object however it was saved; an empty one for anything else."""
    for encoding in ("utf-8-sig", "utf-16", "gb18030"):
        try:
            found = json.loads(data.decode(encoding))
        except (ValueError, RecursionError):
            continue
        return found if isinstance(found, dict) else {}
    return {}


def _part(value: object, key: str) -> Json:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def _text(value: object, key: str) -> str:
    found = value.get(key) if isinstance(value, dict) else None
    return found[:1024] if isinstance(found, str) else str(found) if type(found) is int else ""


def _list(value: object, key: str) -> list[Json]:
    found = value.get(key) if isinstance(value, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


# --- signatures ------------------------------------------------------------------------------------------------


def read_block(directory: ZipDirectory) -> dict[int, bytes] | None:
    """Return the values of the signing block by type; None where there is no block."""
    tail = directory.source.read(directory.central_offset - 32, 32)
    if len(tail) < 32 or tail[12:28] not in MARKS:
        return None
    count, size = struct.unpack_from("<iq", tail)
    start = directory.central_offset - size
    if not 32 <= size <= MAX_BLOCK_BYTES or start < 0 or not 0 <= count <= MAX_BLOCKS:
        return {}
    data = directory.source.read(start, size)
    found: dict[int, bytes] = {}
    for place in range(0, min(12 * count, len(data) - 12), 12):
        kind, length, offset = struct.unpack_from("<III", data, place)
        if offset + length <= len(data):
            found.setdefault(kind, data[offset : offset + length])
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
    bundle = _part(found, "bundle-info")
    if not bundle:
        return None
    pem = _text_long(bundle, "distribution-certificate") or _text_long(bundle, "development-certificate")
    certificates = certfiles.certificates_in(pem.encode("ascii", "replace")) if pem else ()
    return Profile(_text(found, "type"), _text(bundle, "bundle-name"), pick_leaf(certificates))


def _text_long(value: Json, key: str) -> str:
    found = value.get(key)
    return found if isinstance(found, str) else ""


def _signer(directory: ZipDirectory, warnings: list[PackageWarning]) -> tuple[Certificate | None, Profile | None]:
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
    return pick_leaf(signed.certificates) if found is None or found.is_ca else found


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


def read_hap(directory: ZipDirectory, file: str, size: int) -> AppPackage:
    """Return what a HAP or HSP says."""
    warnings = [warning(code) for code in directory.oddities]
    certificate, profile = _signer(directory, warnings)
    is_stage = b"module.json" in directory
    description = _json_member(directory, b"module.json" if is_stage else b"config.json")
    app, module = _part(description, "app"), _part(description, "module")
    bundle = _text(app, "bundleName")
    if not bundle:
        _refuse_or_warn(certificate, warnings)
    index = _index(directory, warnings)
    ability = _main_ability(module)
    label = _label(index, app, ability, warnings)
    icon = _icon(directory, index, (ability, app))
    if icon is None:
        warnings.append(warning("icon_missing"))
    version = app if is_stage else _part(app, "version")
    warnings += _common_warnings(profile, certificate, bundle)
    return AppPackage(
        file=file,
        bytes=size,
        platform="harmony",
        container="hsp" if _text(module, "type") == "shared" else "hap",
        package_name=bundle,
        label=label,
        version_name=_text(version, "versionName" if is_stage else "name"),
        version_code=_text(version, "versionCode" if is_stage else "code"),
        signers=(Signer(certificate, ("hap",)),) if certificate else (),
        features=features_for(bundle, profile, certificate),
        icon=icon,
        warnings=tuple(dict.fromkeys(warnings)),
    )


def _refuse_or_warn(certificate: Certificate | None, warnings: list[PackageWarning]) -> None:
    if certificate is None:
        raise Unsupported(
            "这是 ZIP 文件，但不是可识别的安装包（module.json / config.json 中没有包名，也没有签名）。",
            "This is a ZIP file but no app package that is known (no bundle name in module.json or config.json, no signature).",
        )
    warnings.append(warning("module_unreadable"))


def _common_warnings(profile: Profile | None, certificate: Certificate | None, bundle: str) -> list[PackageWarning]:
    found = profile_warnings(profile, certificate, bundle)
    if certificate is not None and not is_debug(profile, certificate):
        found.append(warning("fingerprint_unclear"))
    return found


def _json_member(directory: ZipDirectory, name: bytes) -> Json:
    for entry in directory.entries(name):
        content = read_member(directory, entry, MAX_JSON_BYTES)
        found = read_json(content.data) if content else {}
        if found:
            return found
    return {}


def _index(directory: ZipDirectory, warnings: list[PackageWarning]) -> ResourceIndex | None:
    entry = directory.entry(b"resources.index")
    content = read_member(directory, entry, MAX_INDEX_BYTES) if entry else None
    if content is None:
        return None
    try:
        return ResourceIndex(content.data)
    except (HapIndexError, struct.error):
        warnings.append(warning("index_unreadable"))
        return None


def _main_ability(module: Json) -> Json:
    """The ability that stands on the desktop: the named main one, else the one with the home skill."""
    abilities = _list(module, "abilities")
    main = _text(module, "mainElement") or _text(module, "mainAbility")
    for ability in abilities:
        if main and _text(ability, "name") == main:
            return ability
    for ability in abilities:
        if "home" in json.dumps(_list(ability, "skills")):
            return ability
    return abilities[0] if abilities else {}


def _values(index: ResourceIndex | None, owner: Json, key: str, kind: int) -> tuple[Record, ...]:
    """The values behind `label` or `icon`: by number where there is one, else by name."""
    if index is None:
        return ()
    number = owner.get(f"{key}Id")
    if type(number) is int and index.find(number):
        return index.find(number)
    reference = _text(owner, key)
    return index.find_name(kind, reference.rpartition(":")[2]) if reference.startswith("$") else ()


def _texts(index: ResourceIndex | None, owner: Json) -> dict[str, str]:
    text = _text(owner, "label")
    if text and not text.startswith("$"):
        return {"": text}
    texts: dict[str, str] = {}
    for record in _values(index, owner, "label", STRING):
        texts.setdefault(record.locale, record.text)
    return texts


def _label(index: ResourceIndex | None, app: Json, ability: Json, warnings: list[PackageWarning]) -> Label:
    application, launcher = _texts(index, app), _texts(index, ability)
    shown = launcher or application
    if not shown and (_text(app, "label") or _text(ability, "label")):
        warnings.append(warning("label_unresolved"))
    usual = chinese(application) or application.get("", "")
    label = Label(
        default=application.get("") or next(iter((application or shown).values()), ""),
        zh=chinese(shown) or shown.get("") or next(iter(shown.values()), ""),
        locales=dict(sorted(application.items())),
        launcher_default=shown.get("") or next(iter(shown.values()), ""),
        launcher_component=_text(ability, "name"),
    )
    if usual and label.display_name != usual:
        warnings.append(warning("label_differs", launcher=label.display_name, application=usual))
    return label


def _icon(directory: ZipDirectory, index: ResourceIndex | None, owners: tuple[Json, ...]) -> Icon | None:
    for owner in owners:
        records = sorted(_values(index, owner, "icon", MEDIA), key=lambda one: -one.density)
        for record in records:
            found = _picture(directory, index, record.text)
            if found is not None:
                return found
    return None


def _member_path(directory: ZipDirectory, text: str) -> str:
    """A media value's member: the module's own name stands before the path inside the package."""
    place = text.find("resources/")
    return text[place:] if place > 0 and text.encode() not in directory else text


def _picture(directory: ZipDirectory, index: ResourceIndex | None, text: str) -> Icon | None:
    path = _member_path(directory, text)
    if not path.endswith(".json"):
        return icon_at(directory, path)
    layered = _part(_json_member(directory, path.encode()), "layered-image")
    layers = [_layer(directory, index, _text(layered, key)) for key in ("background", "foreground")]
    found = [one for one in layers if one is not None]
    if not found:
        return None
    side = max(one.width for one in found)
    entry = directory.entry(path.encode())
    return Icon(path, "layered", side, side, entry.size if entry else 0, tuple(one.entry for one in found))


def _layer(directory: ZipDirectory, index: ResourceIndex | None, reference: str) -> Icon | None:
    name = reference.rpartition(":")[2]
    for record in index.find_name(MEDIA, name) if index and name else ():
        found = icon_at(directory, _member_path(directory, record.text))
        if found is not None:
            return found
    return None


# --- .app ------------------------------------------------------------------------------------------------------


def _modules(directory: ZipDirectory) -> list[bytes]:
    return [name for name in directory.names() if name.lower().endswith((b".hap", b".hsp"))][:MAX_MODULES]


def read_app(directory: ZipDirectory, file: str, size: int) -> AppPackage:
    """Return what a .app says: names from its entry module, signer from its own block or the module's."""
    pack = _json_member(directory, b"pack.info")
    modules = _packages(directory, _entry_first(_modules(directory), pack))
    if not modules:
        raise Unsupported(
            "这个 .app 中没有可读取的 HAP 模块。请提供构建生成的 .app 或 .hap 文件。",
            "There is no readable HAP inside this .app. Supply the .app or .hap that the build made.",
        )
    best = next((one for one in modules if one.label.display_name), modules[0])
    warnings = [warning(code) for code in directory.oddities]
    own_block = read_block(directory)
    certificate, profile = _signer(directory, warnings) if own_block else (None, None)
    if certificate is None:
        return replace(best, file=file, bytes=size, container="harmony_app")
    summary = _part(_part(pack, "summary"), "app")
    bundle = _text(summary, "bundleName") or best.package_name
    warnings += [one for one in best.warnings if one.code not in ("unsigned", "signing_block_damaged")]
    warnings += _common_warnings(profile, certificate, bundle)
    return replace(
        best,
        file=file,
        bytes=size,
        container="harmony_app",
        package_name=bundle,
        signers=(Signer(certificate, ("hap",)),),
        features=features_for(bundle, profile, certificate),
        warnings=tuple(dict.fromkeys(warnings)),
    )


def _entry_first(names: list[bytes], pack: Json) -> list[bytes]:
    """Module files with those the description calls `entry` first."""
    packages = _list(pack, "packages")
    entries = {_text(one, "name") for one in packages if _text(one, "moduleType") == "entry"}
    return sorted(
        names, key=lambda name: name.rpartition(b"/")[2].decode("utf-8", "replace").rpartition(".")[0] not in entries
    )


def _packages(directory: ZipDirectory, names: list[bytes]) -> list[AppPackage]:
    found: list[AppPackage] = []
    for name in names:
        entry = directory.entry(name)
        source = open_member(directory, entry) if entry else None
        if source is None:
            continue
        try:
            inner = read_hap(open_zip(source), "", source.size)
            icon = replace(inner.icon, inside=decode_name(name)) if inner.icon else None
            found.append(replace(inner, icon=icon))
        except ExtractError:
            continue
    return found


def read_profile_file(data: bytes, file: str) -> AppPackage | None:
    """Return what a profile file (.p7b) says; None when it is not one."""
    profile = read_profile(data)
    if profile is None:
        return None
    certificate = profile.certificate
    warnings = _common_warnings(profile, certificate, profile.bundle_name)
    return AppPackage(
        file=file,
        bytes=len(data),
        platform="harmony",
        container="profile",
        package_name=profile.bundle_name,
        signers=(Signer(certificate, ("profile",)),) if certificate else (),
        features=features_for(profile.bundle_name, profile, certificate),
        warnings=tuple(warnings),
    )
