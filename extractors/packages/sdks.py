"""Third-party SDKs (第三方SDK) in a package: which of the table's rows left their marks, and where.

The manifest, the names of members and Info.plist are always looked at: they cost next to nothing. A scan also reads
the classes that DEX files define, the class names in an iOS program and the package names in HarmonyOS byte code.
A class that is only referred to is no evidence, and renamed (obfuscated) classes are not recognised, so an SDK that
is missing here may still be in the app. Every hit names where it was found, so that a person can check it.

The table is our own, written from general knowledge of the vendors' public documentation (`source`); its vendor names
are legal names where these are well known, else brands. `as_of` is the year that knowledge stands for. Names of native
libraries were compared with LibChecker-Rules (Apache-2.0), and a few were taken from there.
"""

from __future__ import annotations

import json
import re
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from extractors.packages import macho
from extractors.packages.manifest import Manifest
from extractors.packages.model import AppPackage, Sdk
from extractors.packages.zipread import Entry, ZipDirectory, decode_name, member_pieces, read_member, read_range

TABLE = Path(__file__).with_name("data") / "sdks.json"
CATEGORIES = (
    "支付类", "定位类", "登录类", "推送类", "统计类", "分享类", "广告类", "地图类", "音视频类", "即时通讯类",
    "客服类", "崩溃监控类", "验证码类", "安全类", "语音类", "人脸识别类", "文字识别类", "存储类", "浏览服务类",
    "网络服务类", "热更新类", "设备标识类", "游戏类", "电商类", "渠道归因类", "开发框架类", "其他类",
)  # fmt: skip
MAX_PLACES = 5
MAX_HOSTS = 20
MAX_CODE_FILES = 64
MAX_DEX_BYTES = 64 * 1024 * 1024
MAX_TOTAL_BYTES = 512 * 1024 * 1024
MAX_CLASSES = 100_000
MAX_NAME = 300
_OVERLAP = 256

_NAME = 0x01010003
_COMPONENTS = frozenset({"activity", "activity-alias", "service", "receiver", "provider"})
_DEX = re.compile(rb"(?:[^/]+/dex/)?classes\d*\.dex")
_MODULE = re.compile(rb"@[a-z0-9_.-]{2,40}/[A-Za-z0-9_.-]{2,60}")


@dataclass(frozen=True, slots=True)
class Row:
    """One SDK of the table; the markers are sets of exact names unless said otherwise.

    `packages` are Java packages or classes, with all below them; a component `*.a.B` matches by its last two parts;
    a library may hold one `*`; `url_schemes` are regular expressions for a whole scheme. `hosts` are the maker's own,
    with all below them: they prove nothing, but they are not the app's.
    """

    id: str
    name: str
    name_en: str
    vendor: str
    categories: tuple[str, ...]
    source: str
    as_of: str
    packages: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    metadata: tuple[str, ...] = ()
    frameworks: tuple[str, ...] = ()
    info_keys: tuple[str, ...] = ()
    url_schemes: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()


MARKERS = (
    "packages",
    "components",
    "libraries",
    "metadata",
    "frameworks",
    "info_keys",
    "url_schemes",
    "classes",
    "modules",
)


@dataclass(frozen=True, slots=True)
class Table:
    """The rows, and by kind of marker which row each marker stands for."""

    rows: tuple[Row, ...]
    exact: dict[str, dict[str, int]]
    patterns: dict[str, tuple[tuple[re.Pattern[str], int], ...]]
    hosts: dict[str, tuple[int, ...]]


@cache
def table() -> Table:
    """Return the table of SDKs, read once."""
    rows = tuple(_row(one) for one in json.loads(TABLE.read_text(encoding="utf-8")))
    exact = {kind: {mark: place for place, row in enumerate(rows) for mark in getattr(row, kind)} for kind in MARKERS}
    wild = [(_wild(mark), place) for mark, place in exact["libraries"].items() if "*" in mark]
    schemes = [(re.compile(mark), place) for mark, place in exact["url_schemes"].items()]
    hosts: dict[str, tuple[int, ...]] = {}
    for place, row in enumerate(rows):
        for host in row.hosts:
            hosts[host] = (*hosts.get(host, ()), place)
    return Table(rows, exact, {"libraries": tuple(wild), "url_schemes": tuple(schemes)}, hosts)


def _row(fields: dict[str, Any]) -> Row:
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in fields.items()}
    return Row(**values)


def _wild(mark: str) -> re.Pattern[str]:
    return re.compile(re.escape(mark).replace(r"\*", ".*"))


class Hits:
    """Which rows were met, each with the first places where; an app is no third party to itself."""

    def __init__(self, app: str = "") -> None:
        self._places: dict[int, list[str]] = {}
        self._own = by_package(app)

    def add(self, row: int | None, place: str) -> None:
        """Note a place for a row; nothing for None."""
        if row is None or row == self._own:
            return
        places = self._places.setdefault(row, [])
        if len(places) < MAX_PLACES and place not in places:
            places.append(place)

    def sdks(self) -> tuple[Sdk, ...]:
        """Return what was found, in the table's order."""
        return tuple(_sdk(table().rows[row], tuple(places)) for row, places in sorted(self._places.items()))


def _sdk(row: Row, places: tuple[str, ...]) -> Sdk:
    return Sdk(row.name, row.vendor, "、".join(row.categories), places)


def by_package(name: str) -> int | None:
    """Return the row of the longest package marker that is the class `name` or stands above it."""
    marks = table().exact["packages"]
    while name:
        if name in marks:
            return marks[name]
        name = name.rpartition(".")[0]
    return None


def by_host(host: str) -> tuple[int, ...]:
    """Return the rows whose maker a host belongs to, itself or by what it stands below."""
    hosts = table().hosts
    while host:
        if host in hosts:
            return hosts[host]
        host = host.partition(".")[2]
    return ()


def with_domains(found: tuple[Sdk, ...], hosts: Mapping[str, tuple[int, ...]]) -> tuple[Sdk, ...]:
    """Return the SDKs with the hosts that belong to their makers."""
    names = {host: {table().rows[place].name for place in places} for host, places in hosts.items()}
    return tuple(
        replace(one, domains=tuple(sorted(host for host in names if one.name in names[host]))[:MAX_HOSTS])
        for one in found
    )


# --- always ----------------------------------------------------------------------------------------------------


def in_android(manifest: Manifest | None, directory: ZipDirectory, app: str) -> tuple[Sdk, ...]:
    """Return the SDKs that an Android manifest and the names of native libraries show; `app` is the package name."""
    hits = Hits(app)
    if manifest is not None:
        _manifest(manifest, hits)
    _libraries(directory, hits)
    return hits.sdks()


def _manifest(manifest: Manifest, hits: Hits) -> None:
    exact = table().exact
    for element in manifest.document.elements:
        if element.name not in _COMPONENTS and element.name != "meta-data":
            continue
        value = manifest.document.value(element, _NAME)
        name = value.text[:MAX_NAME] if value else ""
        if element.name == "meta-data":
            row = exact["metadata"].get(name)
        else:
            row = exact["components"].get("*." + ".".join(name.rsplit(".", 2)[-2:]))
            row = by_package(name) if row is None else row
        hits.add(row, f"AndroidManifest.xml: {element.name} {name}")


def _libraries(directory: ZipDirectory, hits: Hits) -> None:
    found = table()
    seen: dict[str, int | None] = {}
    for raw in directory.names():
        if not raw.endswith(b".so"):
            continue
        place = decode_name(raw)[:MAX_NAME]
        name = place.rpartition("/")[2]
        if name not in seen:
            seen[name] = _by_pattern(found, "libraries", name)
        hits.add(seen[name], place)


def _by_pattern(found: Table, kind: str, name: str) -> int | None:
    if name in found.exact[kind]:
        return found.exact[kind][name]
    return next((row for pattern, row in found.patterns[kind] if pattern.fullmatch(name)), None)


def in_ios(info: dict[str, Any], folder: bytes, directory: ZipDirectory) -> tuple[Sdk, ...]:
    """Return the SDKs that an Info.plist and the names of embedded frameworks show."""
    found, hits = table(), Hits()
    for key in info:
        hits.add(found.exact["info_keys"].get(key), f"Info.plist: {key}")
    for scheme in _schemes(info):
        hits.add(_by_pattern(found, "url_schemes", scheme), f"Info.plist: CFBundleURLSchemes {scheme}")
    inside = folder + b"Frameworks/"
    for raw in directory.names():
        if raw.startswith(inside):
            name = decode_name(raw[len(inside) :].partition(b"/")[0])
            hits.add(found.exact["frameworks"].get(name), f"Frameworks/{name}")
    return hits.sdks()


def _schemes(info: dict[str, Any]) -> Iterator[str]:
    types = info.get("CFBundleURLTypes")
    for one in types if isinstance(types, list) else ():
        schemes = one.get("CFBundleURLSchemes") if isinstance(one, dict) else None
        for scheme in schemes if isinstance(schemes, list) else ():
            if isinstance(scheme, str) and len(scheme) <= MAX_NAME:
                yield scheme


def in_harmony(directory: ZipDirectory) -> tuple[Sdk, ...]:
    """Return the SDKs that the names of a HAP's native libraries show."""
    hits = Hits()
    _libraries(directory, hits)
    return hits.sdks()


# --- scan ------------------------------------------------------------------------------------------------------


def scan(directory: ZipDirectory, package: AppPackage, program: bytes = b"") -> tuple[tuple[Sdk, ...], bool]:
    """Return the package's SDKs with those its code shows, and whether a cap ended the search early.

    `program` is the member that holds an iOS app's own program.
    """
    hits = Hits(package.package_name)
    is_cut = False
    if package.platform == "ios":
        _scan_program(directory, program, hits)
    elif package.platform == "harmony":
        is_cut = _scan_bytecode(directory, hits)
    else:
        is_cut = _scan_dex_files(directory, hits)
    return merged(package.sdks, hits.sdks()), is_cut


def merged(*groups: Iterable[Sdk]) -> tuple[Sdk, ...]:
    """Return the SDKs of several searches as one list in the table's order."""
    order = {row.name: place for place, row in enumerate(table().rows)}
    hits = Hits()
    for group in groups:
        for one in group:
            for place in one.found_in:
                hits.add(order[one.name], place)
    return hits.sdks()


def _scan_program(directory: ZipDirectory, name: bytes, hits: Hits) -> None:
    """Look up the classes an iOS program defines."""
    entry = directory.entry(name)
    marks = table().exact["classes"]
    if entry is not None:
        for raw in macho.class_names(lambda offset, length: read_range(directory, entry, offset, length)):
            text = raw[:MAX_NAME].decode("ascii", "replace")
            hits.add(marks.get(text), f"{entry.text_name[:MAX_NAME]}: class {text}")


def _scan_bytecode(directory: ZipDirectory, hits: Hits) -> bool:
    """Look up the packages that HarmonyOS byte code names; True when a cap or damage cut it short."""
    marks, budget = table().exact["modules"], MAX_TOTAL_BYTES
    names = [name for name in directory.names() if name.endswith(b".abc")]
    for entry in filter(None, map(directory.entry, names[:MAX_CODE_FILES])):
        try:
            for data, fresh in _overlapping(directory, entry):
                for match in _MODULE.finditer(data):
                    text = match[0].decode("ascii")
                    hits.add(marks.get(text), f"{entry.text_name[:MAX_NAME]}: package {text}")
                budget -= fresh
                if budget <= 0:
                    return True
        except zlib.error:
            return True
    return len(names) > MAX_CODE_FILES


def _overlapping(directory: ZipDirectory, entry: Entry) -> Iterator[tuple[bytes, int]]:
    """A member's pieces, each with the end of the one before, since a word may lie across two; and what is new."""
    rest = b""
    for piece in member_pieces(directory, entry):
        data = rest + piece
        yield data, len(piece)
        rest = data[-_OVERLAP:]


def _scan_dex_files(directory: ZipDirectory, hits: Hits) -> bool:
    names = [name for name in directory.names() if _DEX.fullmatch(name)]
    budget, is_cut = MAX_TOTAL_BYTES, len(names) > MAX_CODE_FILES
    for name in names[:MAX_CODE_FILES]:
        entry = directory.entry(name)
        if budget <= 0 or entry is None:
            return True
        size, is_short = _scan_dex(directory, entry, hits)
        budget -= size
        is_cut = is_cut or is_short
    return is_cut


def _scan_dex(directory: ZipDirectory, entry: Entry, hits: Hits) -> tuple[int, bool]:
    # The head first: finding out with all of it that a member is no DEX would inflate it in every possible way.
    if read_member(directory, entry, 8, _is_dex) is None:
        return 0, False
    content = read_member(directory, entry, MAX_DEX_BYTES, _is_dex)
    if content is None:
        return MAX_DEX_BYTES, True
    rows: dict[str, int | None] = {}
    marks = table().exact["packages"]
    for name in defined_classes(content.data):
        group = name.rpartition(".")[0]
        if group not in rows:
            rows[group] = by_package(group)
        # A marker may be a class; its package is then looked up once, the class each time.
        row = marks.get(name, rows[group])
        if row is not None:
            hits.add(row, f"{entry.text_name}: L{_shown(name, row).replace('.', '/')}")
    return len(content.data), content.is_cut


def _is_dex(data: bytes) -> bool:
    return data[:4] == b"dex\n"


def _shown(name: str, row: int) -> str:
    """The marker that fits, as the place to name: not one place for each class below it."""
    fits = (mark for mark in table().rows[row].packages if name == mark or name.startswith(mark + "."))
    mark = max(fits, key=len)
    return mark + (";" if mark == name else "/")


def defined_classes(data: bytes) -> Iterator[str]:
    """Yield the dotted names of the classes a DEX file defines; damaged entries are stepped over."""
    if len(data) < 0x70:
        return
    string_count, strings = struct.unpack_from("<II", data, 0x38)
    type_count, types = struct.unpack_from("<II", data, 0x40)
    class_count, classes = struct.unpack_from("<II", data, 0x60)
    for number in range(min(class_count, MAX_CLASSES)):
        kind = _number(data, classes + 32 * number)
        string = _number(data, types + 4 * kind) if kind < type_count else string_count
        start = _number(data, strings + 4 * string) if string < string_count else len(data)
        # The length in front takes one byte, two from 128 characters on.
        start += 2 if data[start : start + 1] > b"\x7f" else 1
        end = data.find(b"\0", start, start + MAX_NAME)
        if end > 0 and data[start : start + 1] == b"L" and data[end - 1 : end] == b";":
            yield data[start + 1 : end - 1].decode("utf-8", "replace").replace("/", ".")


def _number(data: bytes, place: int) -> int:
    return int.from_bytes(data[place : place + 4], "little") if place + 4 <= len(data) else 0xFFFFFFFF
