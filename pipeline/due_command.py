"""`beianbox status --due`: what falls due over all filings of the ledger, for people, programs and calendars."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from pipeline import due_list, order_calendar, order_events, order_views, work
from pipeline.deadlines import BEFORE_SUBMISSION, deadlines
from pipeline.due import Due, due_dict, is_over
from pipeline.due_list import Window
from pipeline.errors import UsageError
from pipeline.expiries import papers
from pipeline.ledger_decisions import EVENT
from pipeline.order import ENDED, Impossible, Order, OrderState
from pipeline.rows import Decision, FilingRow

AT_ONCE = 200
"""Filings whose documents are in memory at the same time."""


class Item(NamedTuple):
    """Something that falls due, and whose it is."""

    filing: str
    entity: str
    due: Due


def run(filing: str, days: int, *, out: Path | None, as_json: bool, lang: str, now: datetime) -> int:
    """Prints what falls due in the next days, of one filing where `filing` is given; `out` also gets it as a calendar.

    Raises:
        UsageError: no such filing, or `out` holds something that is no calendar.
        EnvironmentProblem: the calendar cannot be written.
    """
    window = Window(now, days)
    with work.open_desk(os.environ) as desk:
        if filing and desk.ledger.get_filing(filing) is None:
            raise UsageError(
                f"没有编号为 {filing} 的已整理备案。用 beianbox status 查看全部编号。",
                f"There is no prepared filing {filing}; beianbox status lists them all.",
            )
        items = find(desk, window, filing)
    if out is not None:
        coming = ((one.filing, one.due) for one in items if not is_over(one.due, now))
        order_calendar.write(out, order_calendar.calendar_of_all(coming, now))
    if as_json:
        print(json.dumps(as_dict(items, window, out), ensure_ascii=False))
    else:
        print(as_text(items, window, out, lang))
    return 0


def find(desk: work.Desk, window: Window, filing: str = "") -> tuple[Item, ...]:
    """What falls due of one filing or of all, the earliest first."""
    ids = [filing] if filing else [one.filing for one in desk.ledger.filings(limit=1_000_000)]
    found: list[Item] = []
    for start in range(0, len(ids), AT_ONCE):
        for row, decisions, _ in desk.ledger.queue_material(ids[start : start + AT_ONCE]):
            found += items_of(row, [one for one in decisions if one.kind == EVENT], window)
    return tuple(sorted(found, key=lambda one: (one.due.day, one.filing, one.due.id)))


def items_of(row: FilingRow, events: list[Decision], window: Window) -> Iterator[Item]:
    """What falls due of a filing; where its events contradict, only its papers are known."""
    filing = order_events.filing_of(row)
    try:
        order: Order | None = order_events.order_of(filing, events)
    except Impossible:
        order = None
    state = order.state if order else OrderState.DRAFT
    if state is OrderState.ABANDONED:
        return
    dues = due_list.falling_due(
        deadlines(order, filing) if order else (),
        papers(filing),
        window,
        runs=state not in ENDED,
        letters=state in BEFORE_SUBMISSION,
    )
    for due in dues:
        yield Item(row.id, filing.entity.name, due)


def counts(desk: work.Desk, window: Window) -> dict[str, int]:
    """How much of each kind falls due, and how much of it is over: what the nightly run reports, without any value."""
    items = find(desk, window)
    kinds = Counter(f"due_{one.due.kind}" for one in items)
    return {**dict(sorted(kinds.items())), "overdue": sum(is_over(one.due, window.now) for one in items)}


def as_dict(items: tuple[Item, ...], window: Window, out: Path | None) -> dict[str, Any]:
    """Everything for `--json`."""
    return {
        "today": window.today.isoformat(),
        "until": window.last.isoformat(),
        "due": [
            {
                "filing": one.filing,
                "entity": one.entity,
                "kind": one.due.kind,
                **due_dict(one.due, window.now),
            }
            for one in items
        ],
        "ics": str(out) if out else None,
    }


def as_text(items: tuple[Item, ...], window: Window, out: Path | None, lang: str) -> str:
    """The list for a person: what is over first, then what comes, each line with its filing."""
    is_zh = lang == "zh"
    over = [one for one in items if is_over(one.due, window.now)]
    coming = [one for one in items if one not in over]
    ahead = f"{window.today} 至 {window.last} 到期：" if is_zh else f"Due from {window.today} to {window.last}:"
    none = "  没有。" if is_zh else "  nothing."
    lines = ["已过期：" if is_zh else "Over:", *_lines(over, window, lang)] if over else []
    lines += [ahead, *(_lines(coming, window, lang) or [none])]
    if out is not None:
        lines.append(f"{'日历' if is_zh else 'calendar'} → {out}")
    return "\n".join(lines)


def _lines(items: list[Item], window: Window, lang: str) -> list[str]:
    return [f"{order_views.due_line(due_dict(one.due, window.now), lang)}  {one.filing}" for one in items]
