"""Sets of APKs in one ZIP: XAPK, APKM and APKS.

The base package tells names and signer; the Chinese name and the sharpest icon may lie in its language and screen
splits, which are read along. Inner packages that are stored are read in place, without unpacking.
"""

from __future__ import annotations

import re
from dataclasses import replace

from extractors.errors import ExtractError, Unsupported
from extractors.packages import apk, apk_signers
from extractors.packages.manifest import read_manifest
from extractors.packages.messages import warning
from extractors.packages.model import AppPackage, PackageWarning, Signer
from extractors.packages.sources import KeptSource
from extractors.packages.zipread import MAX_INNER_BYTES, ZipDirectory, decode_name, open_member, open_zip

MAX_PACKAGES = 256
MAX_SPLITS = 24
_BASES = ("base.apk", "splits/base-master.apk", "universal.apk", "base-master.apk")
# Language splits for Chinese, and screen splits: the only ones that hold what the form asks for.
_USEFUL = re.compile(r"(^|[._/-])(zh([_-][A-Za-z]+)*|[a-z]*hdpi|ldpi|tvdpi)([._-]\d+)?\.apk$")


def inner_packages(directory: ZipDirectory) -> list[bytes]:
    """Return the APKs of a set; empty for a ZIP that is none."""
    return [name for name in directory.names() if name.lower().endswith(b".apk")][:MAX_PACKAGES]


def kind_of(directory: ZipDirectory) -> str:
    """Return which kind of set a ZIP with APKs inside is."""
    if b"toc.pb" in directory or b"meta.sai_v1.json" in directory or b"meta.sai_v2.json" in directory:
        return "apks"
    if b"info.json" in directory:
        return "apkm"
    return "xapk" if b"manifest.json" in directory else "apks"


def read_bundle(directory: ZipDirectory, file: str, size: int) -> AppPackage:
    """Return what the base package of a set says, names and icon completed from its splits."""
    opened = _opened(directory, _ordered(inner_packages(directory)))
    base = _base(opened)
    if base is None:
        raise Unsupported(
            "压缩包内有 APK，但没有可读取的主包（base）。请提供完整的安装包。",
            "There are APKs in this archive, but no readable base package. Supply the whole set or a single APK.",
        )
    useful = [name for name in opened if name != base and _USEFUL.search(decode_name(name))][:MAX_SPLITS]
    found = apk.read_apk(opened[base], file, size, {decode_name(name): opened[name] for name in useful})
    icon = found.icon
    if icon is not None and not icon.inside:
        icon = replace(icon, inside=decode_name(base))
    warnings = [*(warning(code) for code in directory.oddities), *found.warnings]
    warnings += _foreign_splits(found.signers, {name: one for name, one in opened.items() if name != base})
    return replace(found, container=kind_of(directory), icon=icon, warnings=tuple(dict.fromkeys(warnings)))


def base_package(directory: ZipDirectory) -> ZipDirectory | None:
    """Return the opened base package of a set; None where none can be read."""
    opened = _opened(directory, _ordered(inner_packages(directory)))
    base = _base(opened)
    return opened[base] if base is not None else None


def _base(opened: dict[bytes, ZipDirectory]) -> bytes | None:
    return next((name for name, inner in opened.items() if _is_base(inner)), None)


def _ordered(names: list[bytes]) -> list[bytes]:
    """Likely bases first, then splits that are of use; the rest is not opened when there are many."""

    def rank(name: bytes) -> tuple[int, str]:
        text = decode_name(name)
        if text in _BASES:
            return _BASES.index(text), text
        return (5 if _USEFUL.search(text) else 6 if "split" in text or "config." in text else 4), text

    return sorted(names, key=rank)[: MAX_SPLITS * 2]


def _opened(directory: ZipDirectory, names: list[bytes]) -> dict[bytes, ZipDirectory]:
    """The inner packages that can be opened; deflated ones only as far as the room set aside for them goes."""
    found: dict[bytes, ZipDirectory] = {}
    budget = MAX_INNER_BYTES
    for name in names:
        entry = directory.entry(name)
        source = open_member(directory, entry, budget) if entry else None
        if source is None:
            continue
        if isinstance(source, KeptSource):
            budget -= source.size
        try:
            found[name] = open_zip(source)
        except ExtractError:
            continue
    return found


def _is_base(inner: ZipDirectory) -> bool:
    manifest = read_manifest(inner, [])
    return manifest is not None and not manifest.document.plain(manifest.root, "split")


def _foreign_splits(signers: tuple[Signer, ...], splits: dict[bytes, ZipDirectory]) -> list[PackageWarning]:
    own = {one.certificate.raw for one in signers}
    for name, split in splits.items():
        others = {one.certificate.raw for one in apk_signers.read_signers(split, None, None, [])}
        if own and others and not own & others:
            return [warning("split_signer_differs", name=decode_name(name))]
    return []
