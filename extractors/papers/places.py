"""Addresses and police offices held against the table of administrative divisions.

A name of the table that agrees with the ID number's or credit code's division, or an office that there is, confirms what was read; a
single doubtful character is put right where the table leaves exactly one name. Where people have moved nothing agrees,
and nothing is said.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from extractors import divisions
from extractors.papers.doubt import sureness
from extractors.papers.layout import Value, confidence_of

_CONFIRMED = 0.99
_REPAIRED = 0.9
_SURE = 0.95
_METHOD = "division"


def settled(values: Mapping[str, Value]) -> dict[str, Value]:
    """The values with `address` and `authority` confirmed or repaired by the table."""
    settled = dict(values)
    if "address" in values and _is_doubtful(values["address"]):
        settled["address"] = _address(values["address"], divisions.address_beginnings(_code(values)))
    if "authority" in values and _is_doubtful(values["authority"]):
        settled["authority"] = _whole(values["authority"], divisions.all_police_offices())
    return settled


def _code(values: Mapping[str, Value]) -> str:
    """The division inside the ID number or the credit code."""
    if "id_number" in values:
        return values["id_number"].value[:6]
    return values["credit_code"].value[2:8] if "credit_code" in values else ""


def _is_doubtful(value: Value) -> bool:
    return value.method == "ocr" and min(sureness(value), default=1.0) < _SURE


def _address(value: Value, own: frozenset[str]) -> Value:
    meant = _meant(value, own) or _meant(value, divisions.all_address_beginnings())
    if meant:
        return _repaired(value, meant + value.value[len(meant) :])
    return _confirmed(value, max((len(name) for name in own if value.value.startswith(name)), default=0))


def _whole(value: Value, known: Collection[str]) -> Value:
    if value.value in known:
        return _confirmed(value, len(value.value))
    meant = _meant(value, [name for name in known if len(name) == len(value.value)])
    return _repaired(value, meant) if meant else value


def _meant(value: Value, known: Collection[str]) -> str:
    """The longest name that the value begins with but for one doubtful character, if there is one and none as it stands."""
    sure = sureness(value)
    near = [name for name in known if _differs_in_doubt(name, value.value, sure)]
    longest = max(map(len, near), default=0)
    fitting = [name for name in near if len(name) == longest]
    is_right = any(value.value.startswith(name) for name in known if len(name) >= longest)
    return fitting[0] if len(fitting) == 1 and not is_right else ""


def _differs_in_doubt(name: str, text: str, sure: tuple[float, ...]) -> bool:
    different = [at for at, pair in enumerate(zip(name, text, strict=False)) if pair[0] != pair[1]]
    return len(name) <= len(text) and len(different) == 1 and sure[different[0]] < _SURE


def _confirmed(value: Value, length: int) -> Value:
    if not length:
        return value
    sure = [max(_CONFIRMED, p) if at < length else p for at, p in enumerate(sureness(value))]
    return replace(value, confidence=confidence_of(sure), method=f"{value.method}+{_METHOD}")


def _repaired(value: Value, text: str) -> Value:
    sure = [p if old == new else _REPAIRED for old, new, p in zip(value.value, text, sureness(value), strict=True)]
    return replace(value, value=text, confidence=confidence_of(sure), method=f"{value.method}+{_METHOD}", repaired=True)
