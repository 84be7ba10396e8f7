"""One line of the queue (待办) from a saved filing, and the order of the queue. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from pipeline import attention, due_list, review
from pipeline.attention import Policy, State
from pipeline.deadlines import BEFORE_SUBMISSION
from pipeline.due import CHINA, Due, due_of
from pipeline.due_list import Window
from pipeline.expiries import Paper
from pipeline.order import ENDED, OrderState
from pipeline.rows import SUMMARY_FORMAT, Decision, Json, QueueRow


@dataclass(frozen=True, slots=True)
class Summary:
    """One line of the queue. `order` is where the order stands and what is due; empty while nothing was reported.

    `papers` are those that run out, each as kind, subject and last day.
    """

    filing: str
    entity: str
    operation: str
    province: str
    provider: str
    submit_date: str
    blockers: int
    warnings: int
    open_fields: int
    second: int
    sampled: bool
    search: str
    arrived: str = ""
    order: Json = field(default_factory=dict)
    papers: tuple[tuple[str, str, str], ...] = ()
    version: int = 0
    status: str = ""
    updated: str = ""

    @property
    def is_settled(self) -> bool:
        """Whether nobody has to do anything before the order is handed in."""
        return self.status == "approved"


def summarise(
    filing: str,
    document: Json,
    decisions: Sequence[Decision],
    policy: Policy,
    *,
    arrived: str = "",
    order: Json,
    papers: Sequence[Paper] = (),
) -> Summary:
    """What the queue says of a filing."""
    saved = document["filing"]
    count = [sum(one["severity"] == word for one in document["findings"]) for word in ("blocker", "warning")]
    looks = attention.looks(filing, document, review.standing(decisions), policy)
    services = (*saved["websites"], *saved["apps"])
    names = [one["name"] for one in services]
    domains = [domain["name"] for one in services for domain in one["domains"]]
    return Summary(
        filing=filing,
        entity=saved["entity"]["name"],
        operation=saved["operation"],
        province=saved["province"],
        provider=saved["provider"],
        submit_date=saved["submit_date"] or "",
        blockers=count[0],
        warnings=count[1],
        open_fields=looks.count(State.OPEN),
        second=looks.count(State.SECOND),
        sampled=looks.is_sampled,
        search=" ".join((filing, saved["entity"]["name"], *names, *domains)).casefold(),
        arrived=arrived,
        order=order,
        papers=tuple((one.kind, one.subject, one.ends.isoformat()) for one in papers),
    )


def as_json(summary: Summary, policy: Policy) -> Json:
    """A summary to be kept, with the mark of what it was made by."""
    return {"mark": mark(policy), **asdict(summary)}


def from_row(row: QueueRow, policy: Policy) -> Summary | None:
    """The kept summary of a filing; None where there is none that still holds."""
    kept = row.summary
    if kept is None or kept.get("mark") != mark(policy):
        return None
    known: dict[str, Any] = {name: value for name, value in kept.items() if name != "mark"}
    known["papers"] = tuple(tuple(one) for one in known["papers"])
    known.update(version=row.version, status=row.status, updated=row.updated_at.date().isoformat())
    return Summary(**known)


def mark(policy: Policy) -> str:
    """What a summary depends on besides the filing."""
    return f"{SUMMARY_FORMAT}/{policy.sample_percent}/{','.join(policy.double)}"


def next_due(summary: Summary, now: datetime) -> Json | None:
    """The order's next date: one that was missed while the order runs, else the first that has not passed."""
    runs = summary.order.get("state") not in ENDED
    for due in summary.order.get("dues", ()):
        if not _is_over(due, now) or (runs and not due["expected"]):
            found: Json = due
            return found
    return None


def falling_due(summary: Summary, window: Window) -> tuple[Due, ...]:
    """What of the filing falls due in the days ahead, or was missed."""
    state = summary.order.get("state", OrderState.DRAFT.value)
    if state == OrderState.ABANDONED:
        return ()
    near = [due for due in summary.order.get("dues", ()) if due["day"] <= window.last.isoformat()]
    papers = [Paper(kind, subject, date.fromisoformat(ends)) for kind, subject, ends in summary.papers]
    return due_list.falling_due(
        [due_of(one) for one in near],
        papers,
        window,
        runs=state not in ENDED,
        letters=state in BEFORE_SUBMISSION,
    )


def clock(summary: Summary) -> str:
    """When the hours end in which the SMS code has to be entered; empty where no such clock runs."""
    if summary.order.get("state") != OrderState.SMS_PENDING:
        return ""
    return next((str(due["at"]) for due in summary.order.get("dues", ()) if due["at"]), "")


def _is_over(due: Json, now: datetime) -> bool:
    """A clock of hours counts to the minute, a day to its end in China."""
    if due["at"]:
        return datetime.fromisoformat(due["at"]) < now
    return bool(due["day"] < now.astimezone(CHINA).date().isoformat())


def deadline(summary: Summary, now: datetime) -> str:
    """The nearest day that matters: of the order once it runs, else the planned submission."""
    due = next_due(summary, now)
    if due is not None:
        return str(due["day"])
    return "" if summary.order else summary.submit_date


def days_left(day: str, today: date) -> int | None:
    """Days from today to a day; negative once it has passed, None where there is no day."""
    return (date.fromisoformat(day) - today).days if day else None


def in_order(rows: Sequence[Summary], now: datetime) -> list[Summary]:
    """What needs attention first: not approved, nearest deadline, most blockers, most warnings, longest untouched."""
    return sorted(
        rows,
        key=lambda one: (
            one.is_settled,
            deadline(one, now) or "9999",
            -one.blockers,
            -one.warnings,
            -one.open_fields,
            one.updated,
            one.filing,
        ),
    )
