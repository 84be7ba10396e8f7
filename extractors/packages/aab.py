"""Android App Bundles: the same manifest and resources as an APK, written as protocol buffers.

A bundle is signed with the upload key. When Google Play signs the app itself, phones see another certificate, so the
signer here is a candidate at best; the warning says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from extractors.errors import Unreadable
from extractors.packages import apk, apk_signers
from extractors.packages.arsc import Candidate, Config, ResourceTable
from extractors.packages.axml import (
    TYPE_BOOLEAN,
    TYPE_INT_DEC,
    TYPE_INT_HEX,
    TYPE_REFERENCE,
    TYPE_STRING,
    Element,
    Value,
)
from extractors.packages.manifest import MAX_MANIFEST_BYTES, MAX_RESOURCES_BYTES, Manifest, open_manifest
from extractors.packages.messages import warning
from extractors.packages.model import AppPackage, PackageWarning
from extractors.packages.zipread import ZipDirectory, read_member

MANIFEST = b"base/manifest/AndroidManifest.xml"
RESOURCES = b"base/resources.pb"
MAX_NODES = 400_000
MAX_DEPTH = 64

_REFERENCE, _STRING, _RAW_STRING, _STYLED, _FILE, _PRIMITIVE = 1, 2, 3, 4, 5, 7
_PRIMITIVES = {6: TYPE_INT_DEC, 7: TYPE_INT_HEX, 8: TYPE_BOOLEAN}


class ProtoError(ValueError):
    """The bytes are not a sound message."""


def fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield the fields of a message as (number, value): numbers as int, everything with a length as bytes."""
    place = 0
    while place < len(data):
        key, place = _varint(data, place)
        kind = key & 7
        if kind == 0:
            number, place = _varint(data, place)
            yield key >> 3, number
            continue
        length = {1: 8, 5: 4}.get(kind)
        if kind == 2:
            length, place = _varint(data, place)
        if length is None or place + length > len(data):
            raise ProtoError(f"field of kind {kind} at {place}")
        yield key >> 3, data[place : place + length]
        place += length


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while place < len(data) and shift < 70:
        byte = data[place]
        value |= (byte & 0x7F) << shift
        place += 1
        shift += 7
        if not byte & 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, place
    raise ProtoError(f"number at {place}")


def _message(data: bytes, number: int) -> bytes:
    """The first message or text of that number; empty where there is none."""
    return next((value for key, value in fields(data) if key == number and isinstance(value, bytes)), b"")


def _messages(data: bytes, number: int) -> Iterator[bytes]:
    return (value for key, value in fields(data) if key == number and isinstance(value, bytes))


def _number(data: bytes, number: int) -> int:
    return next((value for key, value in fields(data) if key == number and isinstance(value, int)), 0)


def _text(data: bytes, number: int) -> str:
    return _message(data, number).decode("utf-8", "replace")


def _value(item: bytes) -> Value | None:
    """An item as the value a binary manifest would hold."""
    for kind, data in fields(item):
        if not isinstance(data, bytes):
            continue
        if kind == _REFERENCE:
            return Value(TYPE_REFERENCE, _number(data, 2))
        if kind in (_STRING, _RAW_STRING, _STYLED):
            return Value(TYPE_STRING, 0, _text(data, 1))
        if kind == _FILE:
            return Value(TYPE_STRING, 0, f"base/{_text(data, 1)}")
        if kind == _PRIMITIVE:
            return _primitive(data)
    return None


def _primitive(data: bytes) -> Value | None:
    for number, value in fields(data):
        if number in _PRIMITIVES and isinstance(value, int):
            return Value(_PRIMITIVES[number], value & 0xFFFFFFFF)
    return None


class ProtoDocument:
    """A manifest in protocol buffers, asked in the same way as a binary one."""

    def __init__(self, data: bytes) -> None:
        self.is_cut = False
        self._attributes: list[list[bytes]] = []
        self._elements: list[Element] = []
        self._walk(data, ())
        self.elements: tuple[Element, ...] = tuple(self._elements)

    def _walk(self, node: bytes, around: tuple[Element, ...]) -> None:
        body = _message(node, 1)
        if not body or len(around) >= MAX_DEPTH or len(self._elements) >= MAX_NODES:
            return
        attributes, children, name = [], [], ""
        for number, value in fields(body):
            if number == 3 and isinstance(value, bytes):
                name = value.decode("utf-8", "replace")
            elif number == 4 and isinstance(value, bytes):
                attributes.append(value)
            elif number == 5 and isinstance(value, bytes):
                children.append(value)
        parent = around[-1].number if around else -1
        path = tuple(one.name for one in around)
        element = Element(name, path, parent, len(self._elements), 0, len(attributes), 0)
        self._elements.append(element)
        self._attributes.append(attributes)
        for child in children:
            self._walk(child, (*around, element))

    def value(self, element: Element, resource_id: int) -> Value | None:
        """Return the attribute with that resource id."""
        for attribute in self._attributes[element.number]:
            if _number(attribute, 5) == resource_id:
                item = _message(attribute, 6)
                return (_value(item) if item else None) or Value(TYPE_STRING, 0, _text(attribute, 3))
        return None

    def plain(self, element: Element, name: str) -> str:
        """Return the text of an attribute without namespace."""
        for attribute in self._attributes[element.number]:
            if _text(attribute, 2) == name and not _message(attribute, 1):
                return _text(attribute, 3)
        return ""


class ProtoTable(ResourceTable):
    """A resource table in protocol buffers; only the entries asked for are opened."""

    def __init__(self, data: bytes) -> None:
        self._others = ()
        self._entries: dict[int, bytes] = {}
        for package in _messages(data, 2):
            number = _number(_message(package, 1), 1)
            for kind in _messages(package, 3):
                self._take(number << 24 | _number(_message(kind, 1), 1) << 16, kind)

    def _take(self, prefix: int, kind: bytes) -> None:
        for entry in _messages(kind, 3):
            self._entries.setdefault(prefix | _number(_message(entry, 1), 1), entry)

    def _own_candidates(self, resource_id: int) -> tuple[Candidate, ...]:
        return tuple(_candidates(_messages(self._entries.get(resource_id, b""), 6)))


def _candidates(values: Iterable[bytes]) -> Iterator[Candidate]:
    for one in values:
        config = _message(one, 1)
        value = _value(_message(_message(one, 2), 4))
        if value is not None:
            plain = not any(number not in (3, 18, 24) for number, _ in fields(config))
            yield Candidate(Config(_text(config, 3), _number(config, 18), _number(config, 24), plain), value)


def is_aab(directory: ZipDirectory) -> bool:
    """Whether a ZIP is an app bundle."""
    return MANIFEST in directory


def read_aab(directory: ZipDirectory, file: str, size: int) -> AppPackage:
    """Return what an app bundle's base module says; raises Unreadable when its messages are broken."""
    try:
        return _read(directory, file, size)
    except ProtoError as error:
        raise Unreadable(
            "AAB 中的清单或资源已损坏，无法读取。请重新获取文件，或提供 APK。",
            "The manifest or the resources in this app bundle are damaged. Get the file again, or supply an APK.",
        ) from error


def _read(directory: ZipDirectory, file: str, size: int) -> AppPackage:
    warnings = [warning(code) for code in directory.oddities]
    manifest = _manifest(directory, warnings)
    signers = apk_signers.read_signers(directory, None, None, warnings)
    if signers:
        warnings.append(warning("upload_key"))
    return apk.describe(directory, manifest, signers, warnings, file=file, size=size, container="aab")


def _manifest(directory: ZipDirectory, warnings: list[PackageWarning]) -> Manifest | None:
    entry = directory.entry(MANIFEST)
    content = read_member(directory, entry, MAX_MANIFEST_BYTES) if entry else None
    try:
        document = ProtoDocument(content.data if content else b"")
    except ProtoError:
        document = None
    root = next((one for one in document.elements if one.name == "manifest"), None) if document else None
    if document is None or root is None:
        warnings.append(warning("manifest_unreadable"))
        return None
    return open_manifest(document, root, _table(directory, warnings))


def _table(directory: ZipDirectory, warnings: list[PackageWarning]) -> ProtoTable | None:
    entry = directory.entry(RESOURCES)
    content = read_member(directory, entry, MAX_RESOURCES_BYTES) if entry else None
    if content is None:
        return None
    try:
        return ProtoTable(content.data)
    except ProtoError:
        warnings.append(warning("resources_unreadable"))
        return None
