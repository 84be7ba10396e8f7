"""Candidate backend domains of an app: for a person to confirm, never more.

What an app declares comes first (network security configuration, deep links, ATS and associated domains), then names
in its settings and scripts, then those in its program code: one pass over the members that can hold them, with caps on
bytes and members. Names of documentation and platforms are left out, those of SDK makers are given to the SDK, bare IP
addresses are listed apart.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from extractors.packages import declared, sdks
from extractors.packages.hosts import host_in, is_of_others, is_public_address, registrable
from extractors.packages.model import AppPackage, Domain
from extractors.packages.zipread import Entry, ZipDirectory, decode_name, member_pieces

MAX_DOMAINS = 20
MAX_IPS = 20
MAX_HOSTS = 5000
MAX_MEMBERS = 5000
MAX_MEMBER_BYTES = 48 * 1024 * 1024
MAX_TOTAL_BYTES = 512 * 1024 * 1024
MAX_PLACES = 5
_OVERLAP = 300

_URL = re.compile(rb"(?:https?|wss?)://(?:[^\s/@\"'<>\\\x00]{1,64}@)?([A-Za-z0-9][A-Za-z0-9.-]{2,252})")
_WIDE_URL = re.compile(rb"(?:h\0t\0t\0p\0(?:s\0)?|w\0s\0(?:s\0)?):\0/\0/\0((?:[A-Za-z0-9.-]\0){3,253})")
# In settings a host often stands without its scheme; endings that file names also have are not believed there.
_SETTING = re.compile(
    rb"[\"'=:>\s]((?:[a-z0-9][a-z0-9-]{0,40}\.){1,3}(?:com|cn|net|org|io|top|vip|cc|tech|club|xyz|ltd|com\.cn|net\.cn))[\"'<:/\s]"
)
_SKIPPED = re.compile(
    r"\.(java|kt|proto|map|png|jpe?g|webp|gif|avif|svga?|mp[34]|ogg|wav|m4a|aac|ttf|otf|woff2?|ttc|zip|apk|bin|tflite|onnx|model|param|dat"
    r"|sf|rsa|dsa|ec|mf|pem|cer|crt|bks|kotlin_.*|kotlin_module|version|pro|md|html?\.txt)$"
    r"|(^|/)([a-z_-]*licen[cs]es?|notices?|copying|third_?party)[^/]*$|(^|/)(META-INF|BUNDLE-METADATA|licenses?)/|__MACOSX/",
    re.IGNORECASE,
)
_SETTINGS = re.compile(
    r"\.(json5?|js|ts|jsbundle|bundle|plist|properties|env|ya?ml|toml|ini|conf|cfg|xml|html?|txt)$|(^|/)\.env"
)


@dataclass(slots=True)
class _Found:
    score: int = 0
    places: list[str] = field(default_factory=list)

    def add(self, score: int, place: str) -> None:
        self.score = max(self.score, score)
        if place not in self.places and len(self.places) < MAX_PLACES:
            self.places.append(place)


@dataclass(frozen=True, slots=True)
class Candidates:
    """What a scan found: domains best first, addresses apart, hosts of SDK makers, and whether a cap ended it early.

    `sdk_hosts` maps a host to the SDKs (numbers of the table's rows) whose maker it belongs to.
    """

    domains: tuple[Domain, ...]
    ips: tuple[str, ...]
    sdk_hosts: Mapping[str, tuple[int, ...]]
    is_cut: bool


def scan(directory: ZipDirectory, package: AppPackage) -> Candidates:
    """Return the candidate domains of a package; costs one pass over what it holds."""
    found: dict[str, _Found] = {}
    is_cut = _scan_members(directory, found)
    for one in declared.hosts(directory, package.platform):
        found.setdefault(one.host, _Found()).add(one.score, one.place)
    addresses = tuple(sorted(host for host in found if is_public_address(host)))[:MAX_IPS]
    best, of_sdks = _ranked(found, package.package_name)
    return Candidates(best, addresses, of_sdks, is_cut)


def _scan_members(directory: ZipDirectory, found: dict[str, _Found]) -> bool:
    budget = MAX_TOTAL_BYTES
    for number, name in enumerate(_members(directory)):
        entry = directory.entry(name)
        if number >= MAX_MEMBERS or budget <= 0 or entry is None:
            return entry is not None
        budget -= _scan_member(directory, entry, found)
    return False


def _members(directory: ZipDirectory) -> Iterator[bytes]:
    for name in directory.names():
        if not name.endswith(b"/") and not _SKIPPED.search(decode_name(name)):
            yield name


def _scan_member(directory: ZipDirectory, entry: Entry, found: dict[str, _Found]) -> int:
    place, score = entry.text_name, _score(entry.text_name)
    rest, done = b"", 0
    try:
        for piece in member_pieces(directory, entry):
            # A name may lie across two pieces.
            data = rest + piece
            for host in _hosts(data, is_setting=score == _SETTING_SCORE):
                if host in found or len(found) < MAX_HOSTS:
                    found.setdefault(host, _Found()).add(score, place)
            rest = data[-_OVERLAP:]
            done += len(piece)
            if done > MAX_MEMBER_BYTES:
                break
    except zlib.error:
        return done
    return done


_SETTING_SCORE, _CODE_SCORE, _LIBRARY_SCORE = 50, 40, 30


def _score(name: str) -> int:
    lower = name.lower()
    if _SETTINGS.search(lower):
        return _SETTING_SCORE
    # A Flutter app's own program is a library; what others bring speaks of their makers.
    is_library = lower.endswith(".so") and not lower.endswith("/libapp.so")
    return _LIBRARY_SCORE if is_library or ".framework/" in lower else _CODE_SCORE


def _hosts(data: bytes, *, is_setting: bool) -> Iterator[str]:
    """The hosts in a piece, each once: a name may stand there a thousand times."""
    raw = {match[1] for match in _URL.finditer(data)}
    if b"t\0p\0" in data or b"w\0s\0" in data:
        raw |= {match[1].replace(b"\0", b"") for match in _WIDE_URL.finditer(data)}
    if is_setting:
        raw |= {match[1] for match in _SETTING.finditer(data)}
    return filter(None, (host_in(one.decode("ascii")) for one in raw))


def _ranked(found: dict[str, _Found], package_name: str) -> tuple[tuple[Domain, ...], dict[str, tuple[int, ...]]]:
    """Candidates best first, and the hosts of SDK makers."""
    own = {part for part in package_name.lower().split(".") if len(part) > 3} - _COMMON_PARTS
    candidates: list[tuple[int, str, Domain]] = []
    of_sdks: dict[str, tuple[int, ...]] = {}
    for host, one in found.items():
        name = "" if is_public_address(host) else registrable(host)
        is_own = name.split(".")[0].replace("-", "") in own
        makers = () if is_own or not name else sdks.by_host(host)
        if makers:
            of_sdks[host] = makers
        elif (
            name
            and not name.startswith("www.")
            and (is_own or not is_of_others(name))
            and host.count(".") - name.count(".") <= _MAX_BELOW
        ):
            score = one.score + 60 * is_own + len(one.places)
            candidates.append((-score, host, Domain(host, name, tuple(one.places))))
    best = tuple(domain for _, _, domain in sorted(candidates, key=lambda item: item[:2])[:MAX_DOMAINS])
    return best, of_sdks


# Up to the fourth level may be filed, the registered name being the second.
_MAX_BELOW = 2
_COMMON_PARTS = {"android", "mobile", "client", "phone", "release", "debug", "harmony", "application", "example"}
