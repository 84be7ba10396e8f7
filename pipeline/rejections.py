"""Why a filing came back: reasons per field, and the known causes they mean with what mends them. Pure.

The causes stand in `rules/codes/rejections.yaml`. A reason is kept as it was told; a cause is only proposed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline import fields
from pipeline.errors import UsageError
from pipeline.model import Text
from pipeline.order_tables import Row, rows, text

WHOLE = "order"
"""Where a reason lies that speaks of no single field."""
MOST = 2
"""Causes proposed for one reason; more would not tell what to do."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """One reason (驳回原因): the path of the field it speaks of, or `order`, and what was told."""

    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class Cause:
    """A known cause, what to do, and the rules that say so."""

    id: str
    text: Text
    do: Text
    rules: tuple[str, ...]


def rejection_of(word: str) -> Rejection:
    """The rejection a person types: `FIELD=REASON`, or a reason alone; the field by its path or its Chinese name.

    Raises:
        UsageError: the field is not known, or there is no reason.
    """
    field, equals, reason = word.partition("=")
    if not equals:
        field, reason = "", word
    path = _path(field.strip())
    reason = " ".join(reason.split())
    if not reason:
        raise UsageError(
            f"“{word}”没有写原因。请写成 字段=原因，例如 entity_person.mobile=无法接通。",
            f"{word!r} gives no reason. Write FIELD=REASON, such as entity_person.mobile=无法接通.",
        )
    return Rejection(path, reason)


def _path(field: str) -> str:
    if field in ("", WHOLE, "订单"):
        return WHOLE
    if fields.field_of(field) or field in fields.PLACES or field.partition("[")[0] in fields.PLACES:
        return field
    found = next((one.path for one in fields.FIELDS if field in (one.zh, *one.aliases)), None)
    if found is not None:
        return found.replace("[]", "[0]")
    near = fields.nearest(field, list(fields.BY_PATH))
    raise UsageError(
        f"没有名为“{field}”的字段。" + (f"您是否想写“{near}”？" if near else ""),
        f"There is no field {field!r}." + (f" Did you mean {near!r}?" if near else ""),
    )


def causes_of(rejection: Rejection) -> tuple[Cause, ...]:
    """The known causes a reason most likely means, the likeliest first; none where nothing fits."""
    scored = [(_score(row, rejection), place) for place, row in enumerate(rows("causes", "rejections"))]
    best = sorted(((score, place) for score, place in scored if score), key=lambda item: (-item[0], item[1]))
    table = rows("causes", "rejections")
    return tuple(_cause(table[place]) for _, place in best[:MOST])


def _score(row: Row, rejection: Rejection) -> int:
    """How well a cause fits: its words in the reason count double, its field only beside them or for a silent reason."""
    words = sum(2 for word in row["words"] if word in rejection.reason)
    field = fields.general(rejection.field)
    return words + (1 if words and any(part in field for part in row["fields"]) else 0)


def _cause(row: Row) -> Cause:
    return Cause(row["id"], text(row), text(row["do"]), tuple(row["rules"]))


def as_dicts(rejections: Iterable[Rejection]) -> list[dict[str, str]]:
    """For the ledger."""
    return [{"field": one.field, "reason": one.reason} for one in rejections]


def from_dicts(kept: Sequence[dict[str, str]]) -> tuple[Rejection, ...]:
    """From the ledger."""
    return tuple(Rejection(one["field"], one["reason"]) for one in kept)
