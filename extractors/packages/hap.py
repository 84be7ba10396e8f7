"""HarmonyOS packages: HAP, HSP and the .app that holds them.

The signing block stands before the ZIP directory, like Android's, with two possible marks. The signer is who the
PKCS#7 names, checked against the certificate in the provisioning profile; the bag's order means nothing, and "take
the first" returns an authority.
"""

import json
import re
import struct
from collections.abc import Iterator
from dataclasses import replace

from extractors.errors import ExtractError, Unsupported
from extractors.packages import sdks
from extractors.packages.arsc import chinese
from extractors.packages.hap_index import MEDIA, REFERENCE, STRING, HapIndexError, Record, ResourceIndex, open_index
from extractors.packages.hap_signing import (
    Profile,
    features_for,
    is_debug,
    profile_warnings,
    read_block,
    read_profile,
    read_signer,
)
from extractors.packages.icons import icon_at
from extractors.packages.jsontext import Json, objects, part, read_json, text
from extractors.packages.messages import warning
from extractors.packages.model import AppPackage, Certificate, Icon, Label, PackageWarning, Signer
from extractors.packages.zipread import ZipDirectory, decode_name, open_member, open_zip, read_member

MAX_JSON_BYTES = 4 * 1024 * 1024
MAX_INDEX_BYTES = 32 * 1024 * 1024
MAX_MODULES = 16
_FA_INDEX = re.compile(rb"assets/[^/]+/resources\.index")


def is_hap(directory: ZipDirectory) -> bool:
    """Whether a ZIP is a HAP or HSP."""
    return b"module.json" in directory or b"config.json" in directory


def is_app(directory: ZipDirectory) -> bool:
    """Whether a ZIP is a HarmonyOS .app with modules inside."""
    return b"pack.info" in directory and bool(_modules(directory))


def read_hap(directory: ZipDirectory, file: str, size: int) -> AppPackage:
    """Return what a HAP or HSP says."""
    warnings = [warning(code) for code in directory.oddities]
    certificate, profile = read_signer(directory, warnings)
    is_stage = b"module.json" in directory
    description = _json_member(directory, b"module.json" if is_stage else b"config.json")
    app, module = part(description, "app"), part(description, "module")
    bundle = text(app, "bundleName")
    if not bundle:
        _refuse_or_warn(certificate, warnings)
    index = _index(directory, warnings)
    ability = _main_ability(module)
    label = _label(index, app, ability, warnings)
    icon = _icon(directory, index, (ability, app))
    if icon is None:
        warnings.append(warning("icon_missing"))
    version = app if is_stage else part(app, "version")
    warnings += _common_warnings(profile, certificate, bundle)
    return AppPackage(
        file=file,
        bytes=size,
        platform="harmony",
        container="hsp" if text(module, "type") == "shared" else "hap",
        package_name=bundle,
        label=label,
        version_name=text(version, "versionName" if is_stage else "name"),
        version_code=text(version, "versionCode" if is_stage else "code"),
        signers=(Signer(certificate, ("hap",)),) if certificate else (),
        features=features_for(bundle, profile, certificate),
        icon=icon,
        sdks=sdks.in_harmony(directory),
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
    # The FA model keeps it, and all resources, in assets/<module>/.
    name = b"resources.index"
    if name not in directory:
        name = next((one for one in directory.names() if _FA_INDEX.fullmatch(one)), name)
    entry = directory.entry(name)
    content = read_member(directory, entry, MAX_INDEX_BYTES) if entry else None
    if content is None:
        return None
    try:
        return open_index(content.data)
    except (HapIndexError, struct.error):
        warnings.append(warning("index_unreadable"))
        return None


def _main_ability(module: Json) -> Json:
    """The ability that stands on the desktop: the named main one, else the one with the home skill."""
    abilities = objects(module, "abilities")
    main = text(module, "mainElement") or text(module, "mainAbility")
    for ability in abilities:
        if main and text(ability, "name") == main:
            return ability
    for ability in abilities:
        if "home" in json.dumps(objects(ability, "skills")):
            return ability
    return abilities[0] if abilities else {}


def _values(index: ResourceIndex | None, owner: Json, key: str, kind: int) -> tuple[Record, ...]:
    """The values behind `label` or `icon`: by number where there is one, else by name."""
    if index is None:
        return ()
    number = owner.get(f"{key}Id")
    if type(number) is int and index.find(number):
        return index.find(number)
    return _referred(index, text(owner, key), kind)


def _referred(index: ResourceIndex, reference: str, kind: int) -> tuple[Record, ...]:
    """The values behind `$kind:name` or, as the compiler writes it, `$kind:number`."""
    number = REFERENCE.fullmatch(reference)
    if number:
        return index.find(int(number[1]))
    return index.find_name(kind, reference.rpartition(":")[2]) if reference.startswith("$") else ()


def _texts(index: ResourceIndex | None, owner: Json) -> dict[str, str]:
    literal = text(owner, "label")
    if literal and not literal.startswith("$"):
        return {"": literal}
    texts: dict[str, str] = {}
    for record in _values(index, owner, "label", STRING):
        texts.setdefault(record.config.locale, record.text)
    return texts


def _label(index: ResourceIndex | None, app: Json, ability: Json, warnings: list[PackageWarning]) -> Label:
    application, launcher = _texts(index, app), _texts(index, ability)
    shown = launcher or application
    if not shown and (text(app, "label") or text(ability, "label")):
        warnings.append(warning("label_unresolved"))
    usual = chinese(application) or application.get("", "")
    label = Label(
        default=application.get("") or next(iter((application or shown).values()), ""),
        zh=chinese(shown) or shown.get("") or next(iter(shown.values()), ""),
        locales=dict(sorted(application.items())),
        launcher_default=shown.get("") or next(iter(shown.values()), ""),
        launcher_component=text(ability, "name"),
    )
    if usual and label.display_name != usual:
        warnings.append(warning("label_differs", launcher=label.display_name, application=usual))
    return label


def _icon(directory: ZipDirectory, index: ResourceIndex | None, owners: tuple[Json, ...]) -> Icon | None:
    for owner in owners:
        records = sorted(
            _values(index, owner, "icon", MEDIA), key=lambda one: (one.config.is_special, -one.config.density)
        )
        for record in records:
            found = _picture(directory, index, record.text)
            if found is not None:
                return found
    return None


def _member_path(directory: ZipDirectory, value: str) -> str:
    """A media value's member: the module's own name stands before the path, which the FA model keeps in assets/."""
    inside = value[value.find("resources/") :] if "resources/" in value else value
    return next((one for one in (value, inside, f"assets/{value}") if one.encode() in directory), value)


def _picture(directory: ZipDirectory, index: ResourceIndex | None, value: str) -> Icon | None:
    path = _member_path(directory, value)
    if not path.endswith(".json"):
        return icon_at(directory, path)
    layered = part(_json_member(directory, path.encode()), "layered-image")
    layers = [_layer(directory, index, text(layered, key)) for key in ("background", "foreground")]
    found = [one for one in layers if one is not None]
    if not found:
        return None
    side = max(one.width for one in found)
    entry = directory.entry(path.encode())
    return Icon(path, "layered", side, side, entry.size if entry else 0, tuple(one.entry for one in found))


def _layer(directory: ZipDirectory, index: ResourceIndex | None, reference: str) -> Icon | None:
    for record in _referred(index, reference, MEDIA) if index else ():
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
    modules = _packages(directory, pack)
    if not modules:
        raise Unsupported(
            "这个 .app 中没有可读取的 HAP 模块。请提供构建生成的 .app 或 .hap 文件。",
            "There is no readable HAP inside this .app. Supply the .app or .hap that the build made.",
        )
    best = next((one for one in modules if one.label.display_name), modules[0])
    warnings = [warning(code) for code in directory.oddities]
    own_block = read_block(directory)
    certificate, profile = read_signer(directory, warnings) if own_block else (None, None)
    if certificate is None:
        return replace(best, file=file, bytes=size, container="harmony_app")
    summary = part(part(pack, "summary"), "app")
    bundle = text(summary, "bundleName") or best.package_name
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
    packages = objects(pack, "packages")
    entries = {text(one, "name") for one in packages if text(one, "moduleType") == "entry"}
    return sorted(
        names, key=lambda name: name.rpartition(b"/")[2].decode("utf-8", "replace").rpartition(".")[0] not in entries
    )


def main_module(directory: ZipDirectory) -> ZipDirectory | None:
    """Return a .app's entry module, opened; None where none can be read."""
    return next((inner for _, inner in _opened(directory, _json_member(directory, b"pack.info"))), None)


def _opened(directory: ZipDirectory, pack: Json) -> Iterator[tuple[bytes, ZipDirectory]]:
    """The modules that can be opened, the entry module first, one at a time."""
    for name in _entry_first(_modules(directory), pack):
        entry = directory.entry(name)
        source = open_member(directory, entry) if entry else None
        try:
            if source is not None:
                yield name, open_zip(source)
        except ExtractError:
            continue


def _packages(directory: ZipDirectory, pack: Json) -> list[AppPackage]:
    """What the modules say, up to the first that has a name to show."""
    found: list[AppPackage] = []
    for name, opened in _opened(directory, pack):
        try:
            inner = read_hap(opened, "", opened.source.size)
        except ExtractError:
            continue
        icon = replace(inner.icon, inside=decode_name(name)) if inner.icon else None
        found.append(replace(inner, icon=icon))
        if inner.label.display_name:
            break
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
