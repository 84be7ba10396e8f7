"""An Android manifest with the resource table its references point into.

Opening tries every plausible reading of the two members; what could not be read becomes a warning.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from extractors.packages.arsc import ResourceTable
from extractors.packages.axml import (
    TYPE_BOOLEAN,
    TYPE_FLOAT,
    TYPE_INT_DEC,
    TYPE_INT_HEX,
    TYPE_STRING,
    AxmlError,
    Document,
    Element,
    Value,
)
from extractors.packages.messages import warning
from extractors.packages.model import PackageWarning
from extractors.packages.zipread import ZipDirectory, read_member

MANIFEST = b"AndroidManifest.xml"
RESOURCES = b"resources.arsc"
MAX_MANIFEST_BYTES = 16 * 1024 * 1024
MAX_RESOURCES_BYTES = 32 * 1024 * 1024
MAX_NAME = 1024


class ManifestDocument(Protocol):
    """A manifest that can be asked for its elements' attributes, however it is written."""

    is_cut: bool
    elements: tuple[Element, ...]

    def value(self, element: Element, resource_id: int) -> Value | None:
        """Return the attribute with that resource id."""
        ...

    def plain(self, element: Element, name: str) -> str:
        """Return the text of an attribute without namespace."""
        ...


@dataclass(slots=True)
class Manifest:
    """An opened manifest with the table its references point into."""

    document: ManifestDocument
    resources: ResourceTable | None
    root: Element
    application: Element | None
    warnings: list[PackageWarning] = field(default_factory=list)

    def texts(self, value: Value | None) -> dict[str, str]:
        """The text of a value per locale tag (`""` is the default)."""
        if value is None:
            return {}
        if not value.is_reference:
            text = _literal(value)
            return {"": text} if text else {}
        if self.resources is None:
            return {}
        return _by_locale(
            (one.config.locale, one.config.is_plain, _literal(one.value)) for one in self.resources.resolve(value.data)
        )

    def text(self, value: Value | None) -> str:
        """The default text of a value."""
        texts = self.texts(value)
        return texts.get("") or next(iter(texts.values()), "")

    def number(self, value: Value | None) -> int | None:
        """The number a value stands for, directly or by reference."""
        if value is not None and value.is_reference:
            found = self.resources.resolve(value.data) if self.resources else ()
            value = found[0].value if found else None
        if value is None:
            return None
        if value.kind in (TYPE_INT_DEC, TYPE_INT_HEX, TYPE_BOOLEAN):
            return value.data
        return int(value.text) if value.text.isascii() and value.text.isdigit() and len(value.text) < 12 else None


def _by_locale(found: Iterable[tuple[str, bool, str]]) -> dict[str, str]:
    texts: dict[str, str] = {}
    plain: set[str] = set()
    for locale, is_plain, text in found:
        if text and (locale not in texts or (is_plain and locale not in plain)):
            texts[locale] = text[:MAX_NAME]
        if text and is_plain:
            plain.add(locale)
    return texts


def _literal(value: Value) -> str:
    if value.kind == TYPE_STRING:
        return value.text
    if value.kind == TYPE_INT_DEC:
        return str(value.data - (1 << 32) if value.data >> 31 else value.data)
    if value.kind == TYPE_INT_HEX:
        return f"0x{value.data:x}"
    if value.kind == TYPE_FLOAT:
        return f"{struct.unpack('<f', value.data.to_bytes(4, 'little'))[0]:g}"
    if value.kind == TYPE_BOOLEAN:
        return "true" if value.data else "false"
    return ""


def read_manifest(directory: ZipDirectory, warnings: list[PackageWarning]) -> Manifest | None:
    """Open the manifest: of several, the first that names a package; None with a warning where none does."""
    entries = directory.entries(MANIFEST)
    if not entries:
        warnings.append(warning("manifest_missing"))
        return None
    opened: list[tuple[Document, Element]] = []

    def names_a_package(data: bytes) -> bool:
        found = _root(data)
        if found is not None:
            opened.append(found)
        return found is not None

    for entry in entries:
        content = read_member(directory, entry, MAX_MANIFEST_BYTES, names_a_package)
        if content is None:
            continue
        if content.oddity:
            warnings.append(warning(content.oddity, name=MANIFEST.decode()))
        if content.is_cut and len(content.data) >= MAX_MANIFEST_BYTES:
            warnings.append(warning("member_too_large", name=MANIFEST.decode(), limit=MAX_MANIFEST_BYTES))
        return _manifest(directory, *opened[-1], warnings)
    raw = read_member(directory, entries[0], 512)
    is_text = raw is not None and raw.data.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0")[:1] == b"<"
    warnings.append(warning("not_binary_manifest" if is_text else "manifest_unreadable"))
    return None


def _root(data: bytes) -> tuple[Document, Element] | None:
    try:
        document = Document(data)
    except (AxmlError, struct.error):
        return None
    root = next((element for element in document.elements if element.name == "manifest"), None)
    return (document, root) if root is not None else None


def _manifest(directory: ZipDirectory, document: Document, root: Element, warnings: list[PackageWarning]) -> Manifest:
    return open_manifest(document, root, read_resources(directory, warnings))


def open_manifest(document: ManifestDocument, root: Element, resources: ResourceTable | None) -> Manifest:
    """Return the manifest with its application element found, and what is odd about it."""
    application = next(
        (one for one in document.elements if one.name == "application" and one.parent == root.number), None
    )
    manifest = Manifest(document, resources, root, application)
    if document.is_cut or not document.plain(root, "package"):
        manifest.warnings.append(warning("manifest_damaged"))
    if document.plain(root, "split"):
        manifest.warnings.append(warning("split_package"))
    return manifest


def read_resources(directory: ZipDirectory, warnings: list[PackageWarning]) -> ResourceTable | None:
    """Open the resource table; None, with a warning, where there is one that cannot be read."""
    entries = directory.entries(RESOURCES)
    for entry in entries:
        content = read_member(directory, entry, MAX_RESOURCES_BYTES, _is_table)
        if content is None:
            continue
        if content.oddity:
            warnings.append(warning(content.oddity, name=RESOURCES.decode()))
        if content.is_cut and len(content.data) >= MAX_RESOURCES_BYTES:
            warnings.append(warning("member_too_large", name=RESOURCES.decode(), limit=MAX_RESOURCES_BYTES))
        try:
            return ResourceTable(content.data)
        except (AxmlError, struct.error):
            continue
    if entries:
        warnings.append(warning("resources_unreadable"))
    return None


def _is_table(data: bytes) -> bool:
    return data[:2] == b"\x02\0" and len(data) > 12
