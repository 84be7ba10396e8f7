"""The tables behind an order's life: states, transitions, SMS targets, clocks, with their sources.

They are data files of the program, not of the user, so a fault in one is a bug; the tests read every row.
"""

from __future__ import annotations

import functools
from importlib import resources
from typing import Any

import yaml

from pipeline.model import Source, Text

Row = dict[str, Any]
Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@functools.cache
def tables(name: str) -> Row:
    """Everything in one file of `rules/codes`, such as `statuses`."""
    return table_of(f"rules/codes/{name}.yaml")


def rows(table: str, file: str = "statuses") -> tuple[Row, ...]:
    """The rows of one table."""
    return tuple(tables(file)[table])


@functools.cache
def source(key: str) -> Source:
    """Who says so, by the key that rows carry."""
    found = {**_known_sources(), **tables("statuses")["order_sources"]}[key]
    return Source(found["title"], found["address"], str(found["date"]))


def text(row: Row) -> Text:
    """A row's words."""
    return Text(row["zh"], row["en"])


@functools.cache
def _known_sources() -> Row:
    found: Row = table_of("rules/sources.yaml")["sources"]
    return found


def table_of(path: str) -> Row:
    """Everything in one file of the program's data, such as `rules/materials.yaml`."""
    content = resources.files("pipeline").joinpath(path).read_text("utf-8")
    found: Row = yaml.load(content, Loader=Loader)
    return found
