"""Hosts an app itself declares: the surest candidates for its domains.

Android: deep links and the network security configuration. iOS: exceptions of App Transport Security and associated
domains. HarmonyOS: the links its abilities open and `network_config.json`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from extractors.packages import ipa
from extractors.packages.axml import AxmlError, Document
from extractors.packages.hosts import host_in
from extractors.packages.jsontext import objects, part, read_json, text
from extractors.packages.manifest import read_manifest
from extractors.packages.zipread import ZipDirectory, read_member

MAX_BYTES = 4 * 1024 * 1024
_HOST_ATTRIBUTE = 0x01010028
_SECURITY_CONFIG = 0x01010527
_SECURITY, _LINK = 90, 80


@dataclass(frozen=True, slots=True)
class Declared:
    """A host, where it is declared, and how much that says (higher is surer)."""

    host: str
    place: str
    score: int


def hosts(directory: ZipDirectory, platform: str) -> Iterator[Declared]:
    """Yield the hosts a package declares."""
    reader = {"ios": _ios, "harmony": _harmony}.get(platform, _android)
    for name, place, score in reader(directory):
        host = host_in(name)
        if host:
            yield Declared(host, place, score)


Found = Iterator[tuple[str, str, int]]


def _android(directory: ZipDirectory) -> Found:
    manifest = read_manifest(directory, [])
    if manifest is None:
        return
    for element in manifest.document.elements:
        if element.name == "data":
            host = manifest.text(manifest.document.value(element, _HOST_ATTRIBUTE))
            yield host, "AndroidManifest.xml: deep link", _LINK
    if manifest.application is None:
        return
    config = manifest.text(manifest.document.value(manifest.application, _SECURITY_CONFIG))
    try:
        texts = Document(_bytes(directory, config)).texts() if config else ()
    except AxmlError:
        return
    for one in texts:
        yield one, f"{config}: network security configuration", _SECURITY


def _ios(directory: ZipDirectory) -> Found:
    info = ipa.app_info(directory)
    security = info.get("NSAppTransportSecurity")
    exceptions = security.get("NSExceptionDomains") if isinstance(security, dict) else None
    for name in exceptions if isinstance(exceptions, dict) else ():
        yield str(name), "Info.plist: NSExceptionDomains", _SECURITY
    for entry in _listed(ipa.entitlements(directory).get("com.apple.developer.associated-domains")):
        yield entry.partition(":")[2].partition("?")[0], "entitlements: associated domain", _LINK


def _listed(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _harmony(directory: ZipDirectory) -> Found:
    module = part(read_json(_bytes(directory, "module.json") or _bytes(directory, "config.json")), "module")
    for ability in objects(module, "abilities"):
        for skill in objects(ability, "skills"):
            for uri in objects(skill, "uris"):
                yield text(uri, "host"), "module.json: skills", _LINK
    for name in directory.names():
        if name.endswith(b"profile/network_config.json"):
            rules = part(read_json(_bytes(directory, name.decode("utf-8", "replace"))), "network-security-config")
            for rule in objects(rules, "domain-config"):
                for domain in objects(rule, "domains"):
                    yield text(domain, "name"), "network_config.json", _SECURITY


def _bytes(directory: ZipDirectory, name: str) -> bytes:
    entry = directory.entry(name.encode())
    content = read_member(directory, entry, MAX_BYTES) if entry else None
    return content.data if content else b""
