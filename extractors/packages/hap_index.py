"""HarmonyOS resources.index: names and pictures by resource id, per language.

Both layouts begin with a 128-byte version text whose tail may be garbage, the file's length and the number of
configurations (language, density, colour mode …), which follow as `KEYS` blocks.

Layout 1 (`Restool`): each block points to an `IDSS` list of (id, place of the value).
Layout 2 (`RestoolV2`): one `IDSS` block for the file names all ids by kind; each id points to a list of
(configuration, place of the value).
Source: openharmony/global_resource_management, frameworks/resmgr/include/res_desc.h.
"""

from __future__ import annotations

import re
import struct
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

STRING = 9
MEDIA = 19
MAX_CONFIGS = 4096
MAX_TEXT = 4096
MAX_REFERENCES = 8
MAX_RESOURCES = 500_000
MAX_KINDS = 256
_VERSION_BYTES = 128
_HEAD = _VERSION_BYTES + 8
_LANGUAGE, _REGION, _DENSITY, _DEVICE, _SCRIPT, _NIGHT, _MCC = 0, 1, 2, 4, 5, 6, 7
_DARK, _PHONE = 0, 0
REFERENCE = re.compile(r"\$[a-z]+:(\d{1,10})")


class HapIndexError(ValueError):
    """The index is damaged or of a layout that is not read."""


@dataclass(frozen=True, slots=True)
class Config:
    """For whom a value is: `locale` is empty for everybody.

    `is_special` marks values for dark mode, for one carrier or for devices that are no phone.
    """

    locale: str
    density: int
    is_special: bool


@dataclass(frozen=True, slots=True)
class Record:
    """One value: for whom it is, its kind, name and text."""

    config: Config
    kind: int
    name: str
    text: str


class ResourceIndex(ABC):
    """An opened resources.index."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    @abstractmethod
    def records(self, identifier: int) -> Iterator[Record]:
        """The values of a resource as they stand, in the file's order."""

    @abstractmethod
    def identifiers(self) -> Iterator[tuple[int, int, str]]:
        """All resources as (id, kind, name); one may come several times."""

    def find(self, identifier: int) -> tuple[Record, ...]:
        """Return a resource's values for all configurations, the usual ones first, references followed."""
        return tuple(self._followed(identifier, set()))

    def find_name(self, kind: int, name: str) -> tuple[Record, ...]:
        """Return a resource's values by its name: for references without a number."""
        for identifier, own_kind, own_name in self.identifiers():
            if (own_kind, own_name) == (kind, name):
                return self.find(identifier)
        return ()

    def _followed(self, identifier: int, seen: set[int]) -> Iterator[Record]:
        seen.add(identifier)
        if not 0 <= identifier < 1 << 32:
            return
        for record in sorted(self.records(identifier), key=lambda one: one.config.is_special):
            reference = REFERENCE.fullmatch(record.text)
            if reference is None:
                yield record
            elif int(reference[1]) not in seen and len(seen) < MAX_REFERENCES:
                yield from self._followed(int(reference[1]), seen)

    def config(self, place: int) -> tuple[int, Config, int]:
        """Read a `KEYS` block: its number (layout 1: the place of its ids), whom it is for, and where it ends."""
        if self.data[place : place + 4] != b"KEYS":
            raise HapIndexError("no configuration where one should be")
        number, count = self.number(place + 4), self.number(place + 8)
        end = place + 12 + 8 * count
        if end > len(self.data):
            raise HapIndexError("cut off")
        keys = dict(struct.iter_unpack("<II", self.data[place + 12 : end]))
        return number, Config(_locale(keys), keys.get(_DENSITY, 0), _is_special(keys)), end

    def number(self, place: int) -> int:
        """The number at a place; raises HapIndexError behind the end."""
        if place + 4 > len(self.data):
            raise HapIndexError("cut off")
        return int.from_bytes(self.data[place : place + 4], "little")

    def text(self, place: int) -> tuple[str, int]:
        """The text at a place, which its length precedes, and where it ends."""
        length = int.from_bytes(self.data[place : place + 2], "little")
        return self.plain(place + 2, length), place + 2 + length

    def plain(self, place: int, length: int) -> str:
        """A text of known length, with or without a closing zero."""
        return self.data[place : place + min(length, MAX_TEXT)].rstrip(b"\0").decode("utf-8", "replace")


class _First(ResourceIndex):
    """Layout 1. A resource is looked for in each configuration's list when asked: there may be a million values."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._lists: list[tuple[Config, int, int]] = []
        place = _HEAD
        for _ in range(_count(self)):
            ids, config, place = self.config(place)
            if data[ids : ids + 4] == b"IDSS":
                room = max(0, len(data) - ids - 8) // 8
                self._lists.append((config, ids + 8, min(self.number(ids + 4), room)))

    def records(self, identifier: int) -> Iterator[Record]:
        wanted = identifier.to_bytes(4, "little")
        for config, start, count in self._lists:
            place = self.data.find(wanted, start, start + 8 * count)
            while place >= 0 and (place - start) % 8:
                place = self.data.find(wanted, place + 1, start + 8 * count)
            if place >= 0:
                kind, name, text = self._value(self.number(place + 4))
                yield Record(config, kind, name, text)

    def identifiers(self) -> Iterator[tuple[int, int, str]]:
        budget = MAX_RESOURCES
        for _, start, count in self._lists:
            for identifier, place in struct.iter_unpack("<II", self.data[start : start + 8 * min(count, budget)]):
                kind, name, _ = self._value(place)
                yield identifier, kind, name
            budget -= min(count, budget)

    def _value(self, place: int) -> tuple[int, str, str]:
        kind = int.from_bytes(self.data[place + 4 : place + 8], "little")
        text, after = self.text(place + 12)
        return kind, self.text(after)[0], text


class _Second(ResourceIndex):
    """Layout 2: names and pictures only, each as (kind, name, place of its list of values)."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._configs: dict[int, Config] = {}
        self._items: dict[int, tuple[int, str, int]] = {}
        place = _HEAD + 4
        for _ in range(_count(self)):
            number, config, place = self.config(place)
            self._configs[number] = config
        if data[place : place + 4] != b"IDSS":
            raise HapIndexError("no list of resources where it should be")
        kinds = self.number(place + 8)
        place += 16
        for _ in range(min(kinds, MAX_KINDS)):
            kind, length = self.number(place), self.number(place + 4)
            if kind in (STRING, MEDIA):
                self._read_items(kind, place + 12, self.number(place + 8))
            place += max(length, 12)

    def _read_items(self, kind: int, place: int, count: int) -> None:
        for _ in range(min(count, MAX_RESOURCES - len(self._items))):
            identifier, values, length = struct.unpack_from("<III", self.data, place)
            self._items[identifier] = (kind, self.plain(place + 12, length), values)
            place += 12 + length

    def records(self, identifier: int) -> Iterator[Record]:
        kind, name, place = self._items.get(identifier, (0, "", 0))
        if not 0 < place <= len(self.data) - 12:
            return
        count = min(self.number(place + 8), len(self._configs), (len(self.data) - place - 12) // 8)
        for number, value in struct.iter_unpack("<II", self.data[place + 12 : place + 12 + 8 * count]):
            if number in self._configs:
                yield Record(self._configs[number], kind, name, self.text(value)[0])

    def identifiers(self) -> Iterator[tuple[int, int, str]]:
        for identifier, (kind, name, _) in self._items.items():
            yield identifier, kind, name


def open_index(data: bytes) -> ResourceIndex:
    """Return the index of either layout; raises HapIndexError or struct.error where it is damaged."""
    return _Second(data) if data.startswith(b"RestoolV2") else _First(data)


def _count(index: ResourceIndex) -> int:
    count = index.number(_HEAD - 4)
    if count > MAX_CONFIGS:
        raise HapIndexError(f"{count} configurations")
    return count


def _is_special(keys: dict[int, int]) -> bool:
    return keys.get(_NIGHT) == _DARK or keys.get(_DEVICE, _PHONE) != _PHONE or _MCC in keys


def _locale(keys: dict[int, int]) -> str:
    parts = [_letters(keys.get(kind, 0)) for kind in (_LANGUAGE, _SCRIPT, _REGION)]
    return "-".join(part for part in parts if part) if parts[0] else ""


def _letters(packed: int) -> str:
    # The letters stand in the number from its high byte down: `zh` is 0x7a68.
    return packed.to_bytes(4, "big").strip(b"\0").decode("ascii", "replace")
