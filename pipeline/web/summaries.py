"""One line of the queue from a saved filing, and the order of the queue. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline import review
from pipeline.rows import Decision, Json
from pipeline.web.views import open_count


@dataclass(frozen=True, slots=True)
class Summary:
    """One line of the queue."""

    filing: str
    version: int
    status: str
    entity: str
    operation: str
    province: str
    provider: str
    submit_date: str
    blockers: int
    warnings: int
    open_fields: int
    search: str
    updated: str


def summarise(
    filing: str, version: int, status: str, updated: str, document: Json, decisions: Sequence[Decision]
) -> Summary:
    """What the queue says of a filing."""
    saved = document["filing"]
    count = [sum(one["severity"] == word for one in document["findings"]) for word in ("blocker", "warning")]
    services = [one["name"] for one in (*saved["websites"], *saved["apps"])]
    domains = [domain["name"] for one in (*saved["websites"], *saved["apps"]) for domain in one["domains"]]
    return Summary(
        filing=filing,
        version=version,
        status=status,
        entity=saved["entity"]["name"],
        operation=saved["operation"],
        province=saved["province"],
        provider=saved["provider"],
        submit_date=saved["submit_date"] or "",
        blockers=count[0],
        warnings=count[1],
        open_fields=open_count(filing, document, review.standing(decisions)),
        search=" ".join((filing, saved["entity"]["name"], *services, *domains)).casefold(),
        updated=updated,
    )


def in_order(rows: Sequence[Summary]) -> list[Summary]:
    """What needs attention first: not approved, nearest day of submission, most blockers."""
    return sorted(
        rows,
        key=lambda one: (
            one.status == "approved",
            one.submit_date or "9999",
            -one.blockers,
            -one.warnings,
            one.updated,
            one.filing,
        ),
    )
