"""Lines of the queue (待办) made of the ledger: for the review page, and for the orders in `beianbox status`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from pipeline import order_events, order_views, summaries
from pipeline.attention import Policy
from pipeline.deadlines import deadlines
from pipeline.due import due_dict
from pipeline.expiries import papers
from pipeline.ledger import Ledger
from pipeline.ledger_decisions import EVENT
from pipeline.model import Filing
from pipeline.order import Impossible
from pipeline.rows import Decision, Json, QueueRow


def summarised(ledger: Ledger, rows: Sequence[QueueRow], policy: Policy) -> list[QueueRow]:
    """Rows of the queue with their summaries made anew; what was purged or saved in between is left out."""
    wanted = {row.filing: row for row in rows}
    made = []
    for saved, decisions, came in ledger.queue_material(tuple(wanted)):
        row = wanted[saved.id]
        if saved.version == row.version:
            arrived = came.astimezone().date().isoformat() if came else ""
            filing = order_events.filing_of(saved)
            summary = summaries.summarise(
                row.filing,
                saved.document,
                decisions,
                policy,
                arrived=arrived,
                order=_order_of(filing, [one for one in decisions if one.kind == EVENT]),
                papers=papers(filing),
            )
            made.append(replace(row, summary=summaries.as_json(summary, policy)))
    return made


def _order_of(filing: Filing, events: Sequence[Decision]) -> Json:
    """Where an order stands and what is due, for the queue; empty where nothing was reported."""
    if not events:
        return {}
    now = datetime.now(UTC)
    try:
        order = order_events.order_of(filing, events)
    except Impossible:
        return dict(order_views.summary(filing, events, now)["order"])
    dues = [due_dict(due, now) for due in deadlines(order, filing) if not due.is_reminder]
    return {**order_views.summary(filing, events, now)["order"], "dues": dues}
