"""Android APK: package name, versions, names, icon and signers by bounded reading.

The file is never read whole: its tail, its directory, the signing block, the manifest and the resource table are.
Nothing is verified here; `signers` says what the signing blocks declare, the one new systems trust first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from extractors.packages import apk_signers, icons, sdks
from extractors.packages.arsc import ResourceTable, chinese
from extractors.packages.axml import Element, Value
from extractors.packages.features import features
from extractors.packages.manifest import MAX_NAME, Manifest, read_manifest, read_resources
from extractors.packages.messages import warning
from extractors.packages.model import AppPackage, Icon, Label, PackageWarning, Signer
from extractors.packages.zipread import ZipDirectory

_LABEL = 0x01010001
_ICON = 0x01010002
_NAME = 0x01010003
_ENABLED = 0x0101000E
_TARGET_ACTIVITY = 0x01010202
_MIN_SDK = 0x0101020C
_VERSION_CODE = 0x0101021B
_VERSION_NAME = 0x0101021C
_TARGET_SDK = 0x01010270
_ROUND_ICON = 0x0101052C
_VERSION_CODE_MAJOR = 0x01010576

_MAIN = "android.intent.action.MAIN"
_LAUNCHERS = ("android.intent.category.LAUNCHER", "android.intent.category.LEANBACK_LAUNCHER")


def read_apk(
    directory: ZipDirectory, file: str, size: int, splits: Mapping[str, ZipDirectory] = MappingProxyType({})
) -> AppPackage:
    """Return what an APK says; parts that cannot be read become warnings, never guesses.

    `splits` are the other packages of a set: names and icons for other languages and screens may lie in them.
    """
    warnings = [warning(code) for code in directory.oddities]
    manifest = read_manifest(directory, warnings)
    if manifest is not None and manifest.resources is not None:
        manifest.resources.join(_split_tables(splits))
    signers = apk_signers.read_signers(directory, _sdk(manifest, _MIN_SDK), _sdk(manifest, _TARGET_SDK), warnings)
    return describe(directory, manifest, signers, warnings, file=file, size=size, container="apk", splits=splits)


def describe(
    directory: ZipDirectory,
    manifest: Manifest | None,
    signers: tuple[Signer, ...],
    warnings: list[PackageWarning],
    *,
    file: str,
    size: int,
    container: str,
    splits: Mapping[str, ZipDirectory] = MappingProxyType({}),
) -> AppPackage:
    """Put together what manifest, resources and signers say."""
    name = _package_name(manifest)
    label, launcher = _label(manifest) if manifest else (Label(), None)
    found = _best_icon(directory, splits, manifest, launcher) if manifest else None
    if manifest:
        warnings += manifest.warnings
        if found is None:
            warnings.append(warning("icon_missing"))
    first = signers[0].certificate if signers else None
    return AppPackage(
        file=file,
        bytes=size,
        platform="android",
        container=container,
        package_name=name,
        label=label,
        version_name=_version_name(manifest),
        version_code=_version_code(manifest),
        min_sdk=_sdk(manifest, _MIN_SDK),
        target_sdk=_sdk(manifest, _TARGET_SDK),
        signers=signers,
        features=features("android", name, first),
        icon=found,
        sdks=sdks.in_android(manifest, directory, name),
        warnings=tuple(dict.fromkeys(warnings)),
    )


def _package_name(manifest: Manifest | None) -> str:
    return manifest.document.plain(manifest.root, "package")[:MAX_NAME] if manifest else ""


def _version_name(manifest: Manifest | None) -> str:
    if manifest is None:
        return ""
    return manifest.text(manifest.document.value(manifest.root, _VERSION_NAME))[:MAX_NAME]


def _version_code(manifest: Manifest | None) -> str:
    if manifest is None:
        return ""
    low = manifest.number(manifest.document.value(manifest.root, _VERSION_CODE))
    high = manifest.number(manifest.document.value(manifest.root, _VERSION_CODE_MAJOR)) or 0
    return "" if low is None else str(high << 32 | low)


def _sdk(manifest: Manifest | None, attribute: int) -> int | None:
    if manifest is None:
        return None
    document = manifest.document
    for element in document.elements:
        if element.name == "uses-sdk" and element.parent == manifest.root.number:
            return manifest.number(document.value(element, attribute))
    return None


@dataclass(frozen=True, slots=True)
class Launcher:
    """The component that opens when the icon is tapped."""

    element: Element
    target: Element | None
    component: str


def _launchers(manifest: Manifest) -> list[Launcher]:
    """Enabled starting components in manifest order, phone ones before TV ones."""
    document = manifest.document
    filters: dict[int, tuple[set[str], set[str]]] = {}
    for element in document.elements:
        if element.name in ("action", "category") and element.path and element.path[-1] == "intent-filter":
            name = document.value(element, _NAME)
            actions, categories = filters.setdefault(element.parent, (set(), set()))
            (actions if element.name == "action" else categories).add(name.text if name else "")
    found: dict[str, list[Launcher]] = {kind: [] for kind in _LAUNCHERS}
    taken: set[int] = set()
    for number, (actions, categories) in filters.items():
        owner = document.elements[document.elements[number].parent]
        if _MAIN not in actions or owner.number in taken or owner.name not in ("activity", "activity-alias"):
            continue
        kind = next((one for one in _LAUNCHERS if one in categories), None)
        if kind and _is_enabled(manifest, owner):
            taken.add(owner.number)
            found[kind].append(_launcher(manifest, owner))
    return [one for kind in _LAUNCHERS for one in found[kind]]


def _is_enabled(manifest: Manifest, element: Element) -> bool:
    return manifest.number(manifest.document.value(element, _ENABLED)) != 0


def _launcher(manifest: Manifest, owner: Element) -> Launcher:
    component = _component(manifest, owner, _NAME)
    target = None
    if owner.name == "activity-alias":
        wanted = _component(manifest, owner, _TARGET_ACTIVITY)
        target = next(
            (
                one
                for one in manifest.document.elements
                if one.name == "activity" and _component(manifest, one, _NAME) == wanted
            ),
            None,
        )
    return Launcher(owner, target, component)


def _component(manifest: Manifest, element: Element, attribute: int) -> str:
    name = manifest.text(manifest.document.value(element, attribute))
    package = _package_name(manifest)
    if name.startswith("."):
        return package + name
    return name if "." in name else f"{package}.{name}" if name else ""


def _own_value(manifest: Manifest, launcher: Launcher, attribute: int) -> Value | None:
    """A launcher's own label or icon; an alias without one has its target's."""
    own = manifest.document.value(launcher.element, attribute)
    if own is None and launcher.target is not None:
        own = manifest.document.value(launcher.target, attribute)
    return own


def _label(manifest: Manifest) -> tuple[Label, Launcher | None]:
    document = manifest.document
    value = document.value(manifest.application, _LABEL) if manifest.application else None
    application = manifest.texts(value)
    if value is not None and value.is_reference and not application:
        manifest.warnings.append(warning("label_unresolved"))
    launchers = _launchers(manifest)
    if not launchers:
        if not document.plain(manifest.root, "split"):
            manifest.warnings.append(warning("no_launcher"))
        return _joined_label(application, {}, ""), None
    names = [manifest.texts(_own_value(manifest, one, _LABEL)) for one in launchers]
    label = _joined_label(application, names[0], launchers[0].component)
    shown = list(dict.fromkeys(_joined_label(application, one, "").display_name for one in names))
    if len(shown) > 1:
        manifest.warnings.append(warning("several_launchers", names="、".join(shown)))
    usual = chinese(application) or application.get("", "")
    if label.display_name != usual and usual:
        manifest.warnings.append(warning("label_differs", launcher=label.display_name, application=usual))
    return label, launchers[0]


def _joined_label(application: dict[str, str], launcher: dict[str, str], component: str) -> Label:
    shown = launcher or application
    return Label(
        default=application.get("") or next(iter(application.values()), ""),
        zh=chinese(shown) or shown.get("") or next(iter(shown.values()), ""),
        locales=dict(sorted(application.items())),
        launcher_default=shown.get("") or next(iter(shown.values()), ""),
        launcher_component=component,
    )


def _split_tables(splits: Mapping[str, ZipDirectory]) -> Iterable[ResourceTable]:
    for directory in splits.values():
        table = read_resources(directory, [])
        if table is not None:
            yield table


def _best_icon(
    directory: ZipDirectory, splits: Mapping[str, ZipDirectory], manifest: Manifest, launcher: Launcher | None
) -> Icon | None:
    """The widest icon of the package and its splits, the package's own first."""
    best = _icon(directory, manifest, launcher)
    for name, split in splits.items():
        found = _icon(split, manifest, launcher)
        if found is not None and (best is None or found.width > best.width):
            best = replace(found, inside=name)
    return best


def _icon(directory: ZipDirectory, manifest: Manifest, launcher: Launcher | None) -> Icon | None:
    wanted: list[Value | None] = []
    for attribute in (_ICON, _ROUND_ICON):
        if launcher is not None:
            wanted.append(_own_value(manifest, launcher, attribute))
        if manifest.application is not None:
            wanted.append(manifest.document.value(manifest.application, attribute))
    for value in wanted:
        found = icons.android_icon(directory, manifest.resources, value) if value else None
        if found is not None:
            return found
    return None
