"""The code tables of `pipeline/rules/codes`, as the request bodies need them."""

from __future__ import annotations

import functools
from importlib import resources
from typing import Any

import yaml

from pipeline import vocabulary
from pipeline.model import EntityNature


@functools.cache
def table(name: str) -> tuple[dict[str, Any], ...]:
    """The rows of one table, such as `natures`."""
    text = resources.files("pipeline").joinpath(f"rules/codes/{name}.yaml").read_text("utf-8")
    return tuple(yaml.safe_load(text)[name])


def nature_code(nature: EntityNature | None) -> int | None:
    """The number of a nature (主办单位性质)."""
    return next((row["code"] for row in table("natures") if nature and row["key"] == nature.value), None)


def certificate_code(kind: str, nature: EntityNature | None) -> int | None:
    """The number of a certificate type; the same certificate has another number under another nature."""
    key = vocabulary.certificate_type_of(kind)
    for row in table("certificates"):
        if row["key"] == key:
            found = row["codes"].get(nature.value if nature else "")
            if found is not None:
                return int(found)
    return None


def province_row(name: str) -> dict[str, Any] | None:
    """Code and full name of a province by its short name."""
    return next((row for row in table("provinces") if row["name"] == name), None)


def pre_approval_id(category: str) -> int | None:
    """WeChat's number of a pre-approval category; a number is taken as it is."""
    if category.isdigit():
        return int(category)
    rows = (row for row in table("pre_approvals") if row["zh"] == category or row["zh"].partition("（")[0] == category)
    return next((row["wechat_id"] for row in rows), None)
