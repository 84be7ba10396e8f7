"""Compares what was read with what was drawn: fields, whole papers, character errors, how honest the states are."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from typing import Any

KEYED = frozenset(
    {"name", "name_cn", "legal_person", "id_number", "credit_code", "passport_no", "permit_no", "mrz1", "mrz2", "birth", "valid_from",
     "valid_to", "expiry", "issue_date", "established", "registered", "term_end", "reg_date", "exp_date"}
)  # fmt: skip
"""Names, numbers and dates: where one of these is wrong, the reader has to say that it is unsure."""
PERSON_NAMES = (
    ("name", ("idcard", "residence", "hk_macau", "taiwan")),
    ("name_cn", ("passport",)),
    ("legal_person", ("business", "institution")),
)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of one picture."""

    file: str
    kind: str
    drawer: str
    condition: str
    name: str
    truth: str
    read: str
    marked: bool

    @property
    def right(self) -> bool:
        return self.truth == self.read


@dataclass(frozen=True, slots=True)
class Outcome:
    """A whole set read by one engine."""

    fields: tuple[Field, ...]
    kinds: tuple[tuple[str, str, str], ...]
    cpu: Mapping[str, tuple[float, ...]]
    peak_mb: float


def outcome(folder: Path, result: Path) -> Outcome:
    """Joins a set's truth with one engine's result."""
    truths = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    said = json.loads(result.read_text(encoding="utf-8"))
    rows = {row["file"]: row for row in said["rows"]}
    cpu: dict[str, list[float]] = defaultdict(list)
    for truth in truths:
        cpu[truth["drawer"]].append(rows[truth["file"]]["cpu"])
    fields = tuple(field for truth in truths for field in _fields(truth, rows[truth["file"]]))
    kinds = tuple((truth["file"], truth["kind"], rows[truth["file"]]["kind"]) for truth in truths)
    return Outcome(fields, kinds, {name: tuple(times) for name, times in cpu.items()}, said["peak_mb"])


def _fields(truth: Mapping[str, Any], row: Mapping[str, Any]) -> Iterator[Field]:
    for name, value in truth["fields"].items():
        read = row["fields"].get(name) or {"value": "", "state": "missing"}
        marked = read.get("state", "ok") != "ok"
        yield Field(
            truth["file"], truth["kind"], truth["drawer"], truth["condition"], name, value, read["value"], marked
        )


def report(name: str, result: Outcome) -> Iterator[str]:
    """The figures of one engine as lines of text."""
    fields = result.fields
    files = _grouped(fields, lambda f: f.file)
    right = sum(kind == read for _, kind, read in result.kinds)
    times = [t for one in result.cpu.values() for t in one]
    yield f"{name}: {len(files)} pictures, {len(fields)} fields"
    whole = 100 * mean(all(f.right for f in one) for one in files.values())
    yield f"  fields exact {_share(fields)}   whole papers {whole:.1f} %   character errors {100 * error_rate(fields):.2f} %"
    yield f"  kind recognised {100 * right / len(result.kinds):.1f} %"
    yield f"  CPU seconds a picture: mean {mean(times):.2f}, median {median(times):.2f}   peak memory {result.peak_mb:.0f} MB"
    numbers = ("id_number", "credit_code", "mrz2", "passport_no", "permit_no")
    yield "  " + "   ".join(f"{n} {_share([f for f in fields if f.name == n])}" for n in numbers)
    yield f"  people's names {_share(list(_names(fields)))}"
    yield "  " + honesty(fields)


def tables(result: Outcome) -> Iterator[str]:
    """Exact shares by paper, condition and field."""
    for title, key in (
        ("paper", lambda f: f.drawer),
        ("condition", lambda f: f.condition),
        ("field", lambda f: f.name),
    ):
        yield f"  by {title}: " + ", ".join(f"{k} {_share(v)}" for k, v in sorted(_grouped(result.fields, key).items()))
    yield "  CPU by paper: " + ", ".join(f"{k} {mean(v):.2f}" for k, v in result.cpu.items())


def mistakes(result: Outcome) -> Iterator[str]:
    """Every wrong field, for whoever mends the reader."""
    for file, kind, read in result.kinds:
        if kind != read:
            yield f"{file}: kind {kind} read as {read}"
    for f in result.fields:
        if not f.right:
            yield f"{f.file} {f.name}: {f.truth} | {f.read} | {'marked' if f.marked else 'NOT MARKED'}"


def honesty(fields: Sequence[Field]) -> str:
    """How many wrong keyed fields are marked, and how many right ones are marked for nothing."""
    keyed = [f for f in fields if f.name in KEYED]
    wrong, right = [f for f in keyed if not f.right], [f for f in keyed if f.right]
    caught = f"{sum(f.marked for f in wrong)}/{len(wrong)}"
    return f"wrong keyed fields marked {caught}   right ones marked {100 * sum(f.marked for f in right) / max(1, len(right)):.1f} %"


def _names(fields: Iterable[Field]) -> Iterator[Field]:
    for f in fields:
        if any(f.name == name and f.kind.startswith(kinds) for name, kinds in PERSON_NAMES):
            yield f


def _share(fields: Sequence[Field]) -> str:
    return f"{100 * mean(f.right for f in fields):.1f} %" if fields else "-"


def _grouped(fields: Iterable[Field], key: Callable[[Field], str]) -> dict[str, list[Field]]:
    groups: dict[str, list[Field]] = defaultdict(list)
    for f in fields:
        groups[key(f)].append(f)
    return groups


def error_rate(fields: Iterable[Field]) -> float:
    """Edit distance over the drawn characters."""
    fields = tuple(fields)
    return sum(distance(f.truth, f.read) for f in fields) / max(1, sum(len(f.truth) for f in fields))


def distance(a: str, b: str) -> int:
    """Least number of characters to put in, leave out or change."""
    before = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (x != y)))
        before = row
    return before[-1]
