"""Paths such as `websites[].domains[].expires_on`: reading them from a filing, and building a filing from them.

`[]` stands for every place of a list; `services[]` for every website and APP the rule speaks of.
"""

from __future__ import annotations

import re
import types
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from pipeline.model import Filing

STEP = re.compile(r"^([a-z_0-9]+)(\[(\d*)\])?$")
SERVICES = {"web": ("websites[]",), "app": ("apps[]",), "both": ("websites[]", "apps[]")}
SHORT = ("operation", "province", "provider", "submit_date")
"""Values of the order itself: `filing.province` and `province` are the same path."""


@lru_cache(maxsize=4096)
def steps(path: str) -> tuple[tuple[str, str | None], ...]:
    """The path cut into (name, list place): place is None for a plain value, "" for every place."""
    parts = []
    for part in path.removeprefix("filing.").split("."):
        found = STEP.match(part)
        if not found:
            raise ValueError(path)
        parts.append((found[1], found[3] if found[2] else None))
    return tuple(parts)


def known(filing: Filing, path: str, service: str = "both") -> list[tuple[str, Any]]:
    """Every known value under a path, with its exact path; unknown values (`""`, None, empty) are left out."""
    if path.startswith("services[]"):
        heads = SERVICES[service]
        return [item for head in heads for item in known(filing, head + path[len("services[]") :]) if item]
    return [(where, value) for where, value in _walk(filing, "", steps(path)) if value not in ("", None, ())]


def _walk(value: Any, where: str, rest: tuple[tuple[str, str | None], ...]) -> Iterator[tuple[str, Any]]:
    if not rest:
        yield where, value
        return
    (name, place), tail = rest[0], rest[1:]
    if not hasattr(value, name):
        return
    inner, at = getattr(value, name), f"{where}.{name}" if where else name
    if place is None:
        yield from _walk(inner, at, tail)
        return
    for index, item in enumerate(inner):
        if place in ("", str(index)):
            yield from _walk(item, f"{at}[{index}]", tail)


def problem_of(path: str) -> str | None:
    """What is wrong with a path that a rule names, or None: no such field in the model."""
    heads = [head + path[len("services[]") :] for head in SERVICES["both"]] if path.startswith("services[]") else [path]
    problems = [_problem(Filing, head) for head in heads]
    return None if None in problems else problems[0]


def _problem(kind: Any, path: str) -> str | None:
    try:
        parts = steps(path)
    except ValueError:
        return f"no path: {path}"
    for name, place in parts:
        hints = get_type_hints(kind) if is_dataclass(kind) else {}
        if name not in hints:
            return f"no field {name} in {getattr(kind, '__name__', kind)}"
        kind = hints[name]
        if place is not None:
            kind = get_args(kind)[0]
    return None


def filing_from(values: Mapping[str, Any], start: Filing | None = None) -> Filing:
    """A filing with the given values (`{path: value}`, list places numbered); dates may be ISO texts."""
    filing = start or Filing(id="example")
    for path, value in values.items():
        filing = _put(filing, steps(path), value)
    return filing


def _put(owner: Any, rest: tuple[tuple[str, str | None], ...], value: Any) -> Any:
    (name, place), tail = rest[0], rest[1:]
    hint = get_type_hints(type(owner))[name]
    if place is None:
        inner = _put(getattr(owner, name), tail, value) if tail else _typed(hint, value)
        return replace(owner, **{name: inner})
    items, index = list(getattr(owner, name)), int(place or 0)
    kind = get_args(hint)[0]
    while len(items) <= index:
        items.append(_empty(kind))
    items[index] = _put(items[index], tail, value) if tail else _typed(kind, value)
    return replace(owner, **{name: tuple(items)})


def _empty(kind: Any) -> Any:
    """A list's member with nothing known: an empty value of the model, or an empty text."""
    build: Any = kind
    required = ("kind", "file", "sha256")
    return build(**{item.name: "" for item in fields(kind) if item.name in required}) if is_dataclass(kind) else ""


def _typed(hint: Any, value: Any) -> Any:
    kinds = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    if isinstance(value, str) and date in kinds and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return date.fromisoformat(value)
    for kind in kinds:
        if isinstance(kind, type) and issubclass(kind, StrEnum) and isinstance(value, str):
            return kind(value)
    if isinstance(value, (list, tuple, set, frozenset)):
        return frozenset(value) if get_origin(kinds[0]) is frozenset else tuple(value)
    return value
