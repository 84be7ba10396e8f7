"""How one filing becomes another system's request body: a row a field, and a list of what could not be filled.

A target module holds a table of `Row`s. Each row names the place in the body, the path in our filing, and the
function that turns the one into the other. A row whose value is not known is left out of the body and named in
`missing`, with what to do; nothing is made up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline import fields
from pipeline.build import value_at
from pipeline.model import App, Filing, Text, Website

SERVICE = "{service}"
NOTHING: tuple[object, ...] = (None, "", (), [])


@dataclass(frozen=True, slots=True)
class Work:
    """The filing and the one service of it that this body is about; `service` is its path, such as `apps[0]`."""

    filing: Filing
    service: str

    def at(self, path: str) -> Any:
        """The value at a path, with `{service}` replaced."""
        return value_at(self.filing, self.place(path))

    def place(self, path: str) -> str:
        """The path itself, with `{service}` replaced."""
        return path.replace(SERVICE, self.service)


Take = Callable[[Work, str], Any]
When = Callable[[Work], bool]


def value(work: Work, path: str) -> Any:
    """The text as it stands."""
    return work.at(path)


def always(work: Work) -> bool:
    """For rows that every filing has."""
    return True


@dataclass(frozen=True, slots=True)
class Row:
    """One field of the target.

    `path` is empty where no field of ours says it; `needed` tells whether its absence is worth saying; `note` is
    what to say then, in place of "this is missing".
    """

    target: str
    path: str
    take: Take = value
    when: When = always
    needed: bool = True
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """A field the target needs and the filing lacks: where it goes, where to type it (if anywhere), and words."""

    target: str
    path: str
    message: Text


@dataclass(frozen=True, slots=True)
class Exported:
    """A request body, what it lacks, and the names of services that it does not cover."""

    body: dict[str, Any]
    missing: tuple[Missing, ...]
    not_included: tuple[str, ...]


def export(filing: Filing, rows: Sequence[Row], notes: Iterable[Missing] = ()) -> Exported:
    """The body of a table of rows, for the filing's first APP or else its first website."""
    work = Work(filing, service_of(filing))
    body: dict[str, Any] = {}
    missing: list[Missing] = []
    for row in rows:
        if not row.when(work):
            continue
        found = row.take(work, row.path)
        if found not in NOTHING:
            put(body, row.target, found)
        elif row.needed:
            missing.append(_missing(work, row))
    return Exported(body, (*missing, *notes), _others(filing))


def service_of(filing: Filing) -> str:
    """The path of the service that is exported: these systems take one at a time."""
    return "apps[0]" if filing.apps or not filing.websites else "websites[0]"


def _others(filing: Filing) -> tuple[str, ...]:
    services: tuple[App | Website, ...] = (*filing.apps, *filing.websites)
    return tuple(service.name for service in services[1:])


def put(body: dict[str, Any], target: str, found: Any) -> None:
    """Puts a value at a dotted place, making the objects on the way."""
    *steps, last = target.split(".")
    for step in steps:
        body = body.setdefault(step, {})
    body[last] = found


def _missing(work: Work, row: Row) -> Missing:
    path = work.place(row.path)
    return Missing(row.target, path, row.note or _lacking(path, row.target))


def _lacking(path: str, target: str) -> Text:
    if not path:
        return Text(
            f"备案材料里没有 {target} 的内容，请在提交前补上。", f"The filing holds nothing for {target}; add it."
        )
    return Text(
        f"缺少“{fields.label(path)}”。请写入 filing.yaml 的 {path}，或补充相应材料。",
        f"{fields.label(path, 'en')} is missing. Type it into filing.yaml as {path}, or add the paper that says it.",
    )
