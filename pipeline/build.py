"""From `{path: text}` to the frozen types of the model and back."""

from __future__ import annotations

import dataclasses
import functools
import re
import types
import typing
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any

from pipeline import fields
from pipeline.model import LONG_TERM, Filing

STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
SEPARATED_DAY = re.compile(r"(\d{4})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*日?")
COMPACT_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})")
LONG_TERM_WORDS = {LONG_TERM, "永久", "长期有效", "long-term", "long term", "permanent"}

Leaf = str | tuple[str, ...]


def parse_date(text: str) -> date | None:
    """A day written as 2026-11-20, 2026.11.20, 2026/11/20, 20261120 or 2026年11月20日; None if it is none."""
    found = SEPARATED_DAY.fullmatch(text.strip()) or COMPACT_DAY.fullmatch(text.strip())
    if not found:
        return None
    try:
        return date(*(int(part) for part in found.groups()))
    except ValueError:
        return None


def parse_validity(text: str) -> date | typing.Literal["长期"] | None:
    """A day or 长期."""
    return LONG_TERM if text.strip().lower() in LONG_TERM_WORDS else parse_date(text)


def build_filing(filing_id: str, values: Mapping[str, Leaf], **rest: Any) -> Filing:
    """The `Filing` these values describe; `rest` gives its documents, evidence and supplied kinds."""
    tree = nest(values)
    tree.update(tree.pop("filing", {}))
    built = construct(Filing, {**tree, "id": filing_id})
    return typing.cast("Filing", dataclasses.replace(built, **rest))


def nest(values: Mapping[str, Leaf]) -> dict[str, Any]:
    """Nested dicts from numbered paths; list places become lists, holes are closed up."""
    root: dict[str, Any] = {}
    for path, value in values.items():
        steps: list[str | int] = [int(found[2]) if found[2] else found[1] for found in STEP.finditer(path)]
        place: Any = root
        for step in steps[:-1]:
            place = place.setdefault(step, {})
        place[steps[-1]] = value
    closed = _close(root)
    return typing.cast("dict[str, Any]", closed)


def _close(tree: Any) -> Any:
    if not isinstance(tree, dict):
        return tree
    if tree and all(isinstance(key, int) for key in tree):
        return [_close(tree[key]) for key in sorted(tree)]
    return {key: _close(value) for key, value in tree.items()}


@functools.cache
def _hints(cls: type) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def construct(cls: type, tree: Mapping[str, Any]) -> Any:
    """An instance of a frozen dataclass from nested texts; what the tree lacks keeps its default."""
    known = {field.name for field in dataclasses.fields(cls)}
    return cls(**{name: _convert(_hints(cls)[name], value) for name, value in tree.items() if name in known})


def _convert(hint: Any, value: Any) -> Any:
    origin = typing.get_origin(hint)
    if origin is tuple:
        item = typing.get_args(hint)[0]
        items = value if isinstance(value, list | tuple) else [value]
        return tuple(_convert(item, one) for one in items)
    if origin in (types.UnionType, typing.Union):
        return _optional(typing.get_args(hint), value)
    if dataclasses.is_dataclass(hint):
        return construct(typing.cast("type", hint), value)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint(value)
    return value


def _optional(options: tuple[Any, ...], value: Any) -> Any:
    if int in options:
        return int(value) if str(value).isdigit() else None
    if bool in options:
        return {"true": True, "false": False}.get(str(value).lower())
    if date in options:
        return parse_validity(value) if len(options) > 2 else parse_date(value)
    enum = next((one for one in options if isinstance(one, type) and issubclass(one, StrEnum)), None)
    return enum(value) if enum else value


def value_at(filing: Filing, path: str) -> Any:
    """The value at a path of the filing (`filing.province` included); None where the path leads nowhere."""
    place: Any = filing
    for found in STEP.finditer(path.removeprefix("filing.")):
        place = _item(place, int(found[2])) if found[2] else getattr(place, found[1], None)
        if place is None:
            return None
    return place


def _item(items: Any, number: int) -> Any:
    return items[number] if number < len(items) else None


def plain(value: Any) -> Any:
    """JSON-ready: dataclasses as dicts, dates as ISO texts, sets sorted."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, frozenset | set):
        return sorted(plain(one) for one in value)
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value


def show(value: Any) -> str:
    """A value as a person reads it: lists joined, yes and no in Chinese, nothing for nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list | tuple):
        return "、".join(show(one) for one in value)
    return str(value)


def known_paths(filing: Filing) -> tuple[str, ...]:
    """Every leaf path of the filing that has a field and a value, in the order of the field list."""
    found: list[str] = []
    for field in fields.FIELDS:
        found.extend(path for path in _places(filing, field.path) if value_at(filing, path) not in (None, "", ()))
    return tuple(found)


def _places(filing: Filing, path: str) -> list[str]:
    head, bracket, tail = path.partition("[]")
    if not bracket:
        return [path]
    count = len(value_at(filing, head) or ())
    return [one for number in range(count) for one in _places(filing, f"{head}[{number}]{tail}")]
