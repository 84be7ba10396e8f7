"""Android's resource table: the value of a resource in every configuration.

Only headers are walked when the table is opened; entries are read when asked for. Sparse types, 16-bit offsets and
compact entries are understood. Anything that does not fit the bytes is treated as absent.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from extractors.packages.axml import REFERENCES, TYPE_STRING, AxmlError, StringPool, Value

MAX_CHUNKS = 200_000
MAX_REFERENCES = 16
ANY_DENSITY = 0xFFFE
NO_DENSITY = 0xFFFF
_NO_ENTRY = 0xFFFFFFFF

_CHUNK = struct.Struct("<HHI")


@dataclass(frozen=True, slots=True)
class Config:
    """The part of a configuration that we choose by: language tag, density, system version, night mode."""

    locale: str = ""
    density: int = 0
    sdk: int = 0
    is_plain: bool = True


@dataclass(frozen=True, slots=True)
class Candidate:
    """One value of a resource and the configuration it is for."""

    config: Config
    value: Value


@dataclass(frozen=True, slots=True)
class _Type:
    number: int
    place: int
    end: int
    header: int


@dataclass(frozen=True, slots=True)
class _Package:
    number: int
    offset: int
    types: tuple[_Type, ...]


class ResourceTable:
    """An opened resources.arsc."""

    def __init__(self, data: bytes) -> None:
        if len(data) < 12 or _CHUNK.unpack_from(data, 0)[0] != 0x0002:
            raise AxmlError("not a resource table")
        self._data = data
        self._strings: StringPool | None = None
        self._budget = MAX_CHUNKS
        self._packages: list[_Package] = []
        self._others: tuple[ResourceTable, ...] = ()
        header = max(8, _CHUNK.unpack_from(data, 0)[1])
        for place, kind, chunk_header, end in self._chunks(header, len(data)):
            if kind == 0x0001 and self._strings is None:
                self._strings = StringPool(data, place, end)
            elif kind == 0x0200:
                self._packages.append(self._package(place, chunk_header, end))

    def _chunks(self, position: int, limit: int) -> Iterator[tuple[int, int, int, int]]:
        while position + 8 <= limit and self._budget > 0:
            kind, header, size = _CHUNK.unpack_from(self._data, position)
            if size < 8 or header < 8 or header > size:
                return
            self._budget -= 1
            yield position, kind, header, min(position + size, limit)
            position += size

    def _package(self, place: int, header: int, end: int) -> _Package:
        data = self._data
        number = int.from_bytes(data[place + 8 : place + 12], "little")
        offset = int.from_bytes(data[place + 284 : place + 288], "little") if header >= 288 else 0
        types = tuple(
            _Type(data[at + 8], at, stop, chunk_header)
            for at, kind, chunk_header, stop in self._chunks(place + header, end)
            if kind == 0x0201 and at + 20 <= stop
        )
        return _Package(number, offset, types)

    def join(self, others: Iterable[ResourceTable]) -> None:
        """Take the tables of split packages in: they hold the same resources for other languages and screens."""
        self._others = tuple(others)

    def candidates(self, resource_id: int) -> tuple[Candidate, ...]:
        """Return the values of a resource in file order; empty for a resource the table does not hold."""
        own = self._own_candidates(resource_id)
        return (*own, *(one for other in self._others for one in other.candidates(resource_id)))

    def _own_candidates(self, resource_id: int) -> tuple[Candidate, ...]:
        package, number, entry = resource_id >> 24, resource_id >> 16 & 0xFF, resource_id & 0xFFFF
        for one in self._packages:
            # Shared libraries are numbered 0 in their own table; 0x7f is the app itself.
            if one.number & 0xFF not in (package, 0):
                continue
            for wanted in dict.fromkeys((number, number - one.offset, number + one.offset)):
                found = tuple(self._of_types(one.types, wanted, entry))
                if found:
                    return found
        return ()

    def _of_types(self, types: tuple[_Type, ...], number: int, entry: int) -> Iterator[Candidate]:
        for one in types:
            if one.number == number:
                value = self._value(one, entry)
                if value is not None:
                    yield Candidate(self._config(one.place + 20, one.end), value)

    def _value(self, one: _Type, entry: int) -> Value | None:
        flags = self._data[one.place + 9]
        count, start = struct.unpack_from("<II", self._data, one.place + 12)
        relative = self._entry_offset(one, flags, count, entry)
        if relative is None:
            return None
        return self._entry_value(one.place + start + relative, one.end)

    def _entry_offset(self, one: _Type, flags: int, count: int, entry: int) -> int | None:
        table = one.place + one.header
        if flags & 1:
            return self._sparse_offset(table, min(count, (one.end - table) // 4), entry)
        if entry >= count:
            return None
        width = 2 if flags & 2 else 4
        place = table + width * entry
        if place + width > one.end:
            return None
        value = int.from_bytes(self._data[place : place + width], "little")
        if flags & 2:
            return None if value == 0xFFFF else 4 * value
        return None if value == _NO_ENTRY else value

    def _sparse_offset(self, table: int, count: int, entry: int) -> int | None:
        for place in range(table, table + 4 * max(0, count), 4):
            index, value = struct.unpack_from("<HH", self._data, place)
            if index == entry:
                return int(4 * value)
        return None

    def _entry_value(self, place: int, end: int) -> Value | None:
        if place + 8 > end:
            return None
        size, flags = struct.unpack_from("<HH", self._data, place)
        if flags & 8:
            return self._typed(flags >> 8, int.from_bytes(self._data[place + 4 : place + 8], "little"))
        if flags & 1 or place + size + 8 > end:
            return None
        kind = self._data[place + size + 3]
        return self._typed(kind, int.from_bytes(self._data[place + size + 4 : place + size + 8], "little"))

    def _typed(self, kind: int, data: int) -> Value:
        text = self._strings.get(data) if kind == TYPE_STRING and self._strings else ""
        return Value(kind, data, text)

    def _config(self, place: int, end: int) -> Config:
        raw = self._data[place : min(place + 64, end)]
        size = int.from_bytes(raw[:4], "little")
        raw = raw[: max(4, min(size, 64))].ljust(64, b"\0")
        density = int.from_bytes(raw[14:16], "little")
        sdk = int.from_bytes(raw[24:26], "little")
        others = raw[4:8] + raw[12:14] + raw[16:24] + raw[28:36]
        return Config(_locale(raw), density, sdk, not any(others))

    def resolve(self, resource_id: int) -> tuple[Candidate, ...]:
        """Return the final values of a resource: references followed, in all configurations."""
        return tuple(self._resolve(resource_id, MAX_REFERENCES, [MAX_CHUNKS // 100]))

    def _resolve(self, resource_id: int, depth: int, budget: list[int]) -> Iterator[Candidate]:
        for candidate in self.candidates(resource_id):
            budget[0] -= 1
            if depth <= 0 or budget[0] <= 0:
                return
            if candidate.value.kind not in REFERENCES:
                yield candidate
                continue
            for deeper in self._resolve(candidate.value.data, depth - 1, budget):
                yield Candidate(_joined(candidate.config, deeper.config), deeper.value)


def _joined(outer: Config, inner: Config) -> Config:
    return Config(
        outer.locale or inner.locale,
        outer.density or inner.density,
        max(outer.sdk, inner.sdk),
        outer.is_plain and inner.is_plain,
    )


def _locale(raw: bytes) -> str:
    """The language tag of a configuration, such as `zh-Hans-CN`; empty for the default."""
    language = _letters(raw[8:10], ord("a"))
    if not language:
        return ""
    script = raw[36:40].rstrip(b"\0").decode("ascii", "replace")
    region = _letters(raw[10:12], ord("0"))
    return "-".join(part for part in (language, script, region) if part)


def _letters(packed: bytes, base: int) -> str:
    first, second = packed
    if not first & 0x80:
        return packed.rstrip(b"\0").decode("ascii", "replace")
    # Three letters of five bits each, the last in the high bits.
    letters = (second & 0x1F, second >> 5 | (first & 0x03) << 3, first >> 2 & 0x1F)
    return "".join(chr(letter + base) for letter in letters)


_CHINESE_ORDER = ("zh-Hans-CN", "zh-CN", "zh-Hans", "zh", "zh-Hans-SG", "zh-SG", "zh-Hans-MY")


def chinese(locales: dict[str, str]) -> str:
    """Return the text a phone set to mainland Chinese would show; empty where no locale fits.

    Android does not offer Traditional Chinese to a phone set to Simplified: that phone sees the default name.
    """
    for wanted in _CHINESE_ORDER:
        if locales.get(wanted):
            return locales[wanted]
    others = [tag for tag in locales if tag.split("-")[0] == "zh" and locales[tag]]
    simplified = [tag for tag in others if "Hant" not in tag and tag[-2:] not in ("TW", "HK", "MO")]
    return locales[simplified[0]] if simplified else ""
