"""The letters a filing needs (材料), in the request bodies: the signed scan where it lies in the folder, else its absence.

A table says which field a form's scan goes into; a form that no table names goes to the other materials of entity or service.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipeline.exports.mapping import Exported, Missing, put
from pipeline.model import Text

Mark = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Letter:
    """A form that has to be signed: its template, its title, and file and SHA-256 of the scan, if it came back."""

    template: str
    title: Text
    file: str = ""
    sha256: str = ""

    @property
    def mark(self) -> Mark:
        """What stands where the platform's media id goes."""
        return {"media": self.file, "sha256": self.sha256}


@dataclass(frozen=True, slots=True)
class Places:
    """Where the scans of a target go: lists by template, single fields by template, and the list for all others."""

    lists: Mapping[str, tuple[str, ...]]
    single: Mapping[str, tuple[str, ...]]
    other: str
    wrap: Callable[[Mark], Mark]


def attach(exported: Exported, letters: Sequence[Letter], places: Places) -> Exported:
    """The body with the scans put in; letters that did not come back are missing."""
    body, missing = copy.deepcopy(exported.body), list(exported.missing)
    asked = {one.target for one in missing}
    for letter in letters:
        for target in places.single.get(letter.template) or places.lists.get(letter.template) or (places.other,):
            if not letter.file:
                missing += [] if target in asked else [_unsigned(letter, target)]
                continue
            missing = [one for one in missing if one.target != target or target not in asked]
            mark = places.wrap(letter.mark)
            put(body, target, mark if letter.template in places.single else [*_list_at(body, target), mark])
    return replace(exported, body=body, missing=tuple(missing))


def _list_at(body: Mapping[str, Any], target: str) -> list[Mark]:
    """The list at a dotted place; empty where there is none yet."""
    found: Any = body
    for step in target.split("."):
        found = found.get(step, {})
    return found or []


def _unsigned(letter: Letter, target: str) -> Missing:
    return Missing(
        target,
        "",
        Text(
            f"缺少签字盖章后的《{letter.title.zh}》扫描件。请打印签署、彩色扫描后放入文件夹。",
            f"The signed scan of {letter.title.en} is missing. Print, sign and scan it in colour, and put it into the folder.",
        ),
    )
