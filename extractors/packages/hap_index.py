"""HarmonyOS resources.index: names and pictures by resource id, per language.

Layout 1 (Restool 1): a 128-byte version text whose tail may be garbage, sizes, then one `KEYS` block per
configuration that points to an `IDSS` list of (id, offset). Layout 2 is not read; `open_index` says so by raising.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

STRING = 9
MEDIA = 19
MAX_CONFIGS = 4096
MAX_TEXT = 4096
_VERSION_BYTES = 128
_LANGUAGE, _REGION, _DENSITY, _SCRIPT, _NIGHT = 0, 1, 2, 5, 6


class HapIndexError(ValueError):
    """The index is damaged or of a layout that is not read."""


@dataclass(frozen=True, slots=True)
class Record:
    """One value: its language tag (`""` is the default), kind, name and text."""

    locale: str
    density: int
    kind: int
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class _Config:
    locale: str
    density: int
    entries: dict[int, int]


class ResourceIndex:
    """An opened resources.index."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        if len(data) < _VERSION_BYTES + 8 or b"V2" in data[:32]:
            raise HapIndexError("layout not known")
        count = self._number(_VERSION_BYTES + 4)
        if count > MAX_CONFIGS:
            raise HapIndexError(f"{count} configurations")
        self._configs: list[_Config] = []
        place = _VERSION_BYTES + 8
        for _ in range(count):
            place = self._config(place)

    def _number(self, place: int) -> int:
        if place + 4 > len(self._data):
            raise HapIndexError("cut off")
        return int.from_bytes(self._data[place : place + 4], "little")

    def _config(self, place: int) -> int:
        if self._data[place : place + 4] != b"KEYS":
            raise HapIndexError("no configuration where one should be")
        ids, count = self._number(place + 4), self._number(place + 8)
        end = place + 12 + 8 * count
        if end > len(self._data):
            raise HapIndexError("cut off")
        keys = dict(struct.iter_unpack("<II", self._data[place + 12 : end]))
        self._configs.append(_Config(_locale(keys), keys.get(_DENSITY, 0), self._ids(ids)))
        return end

    def _ids(self, place: int) -> dict[int, int]:
        if self._data[place : place + 4] != b"IDSS":
            return {}
        count = self._number(place + 4)
        end = min(place + 8 + 8 * count, place + 8 + (len(self._data) - place - 8) // 8 * 8)
        return dict(struct.iter_unpack("<II", self._data[place + 8 : end]))

    def find(self, identifier: int) -> tuple[Record, ...]:
        """Return a resource's values in all configurations."""
        found = []
        for config in self._configs:
            place = config.entries.get(identifier)
            record = self._record(place, config) if place is not None else None
            if record is not None:
                found.append(record)
        return tuple(found)

    def find_name(self, kind: int, name: str) -> tuple[Record, ...]:
        """Return a resource's values by its name: for references without a number."""
        for config in self._configs:
            for identifier, place in config.entries.items():
                record = self._record(place, config)
                if record is not None and (record.kind, record.name) == (kind, name):
                    return self.find(identifier)
        return ()

    def _record(self, place: int, config: _Config) -> Record | None:
        if place + 14 > len(self._data):
            return None
        _size, kind, _identifier = struct.unpack_from("<IiI", self._data, place)
        text, after = self._text(place + 12)
        name, _ = self._text(after)
        return Record(config.locale, config.density, kind, name, text)

    def _text(self, place: int) -> tuple[str, int]:
        length = int.from_bytes(self._data[place : place + 2], "little")
        raw = self._data[place + 2 : place + 2 + min(length, MAX_TEXT)]
        return raw.rstrip(b"\0").decode("utf-8", "replace"), place + 2 + length


def _locale(keys: dict[int, int]) -> str:
    parts = [_letters(keys.get(kind, 0)) for kind in (_LANGUAGE, _SCRIPT, _REGION)]
    return "-".join(part for part in parts if part) if parts[0] else ""


def _letters(packed: int) -> str:
    # The letters stand in the number from its high byte down: `zh` is 0x7a68.
    return packed.to_bytes(4, "big").strip(b"\0").decode("ascii", "replace")
