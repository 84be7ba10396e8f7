"""`beianbox track`: records what happened to a filing's order, and says where it stands and what to do now."""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from pipeline import order_calendar, order_events, order_views, rejections, work
from pipeline.errors import UsageError
from pipeline.rows import FilingRow


def run(
    filing: str,
    event: str,
    *,
    at: str,
    note: str,
    out: Path | None,
    as_json: bool,
    lang: str,
    now: datetime,
    reasons: Sequence[str] = (),
) -> int:
    """Records `event` (nothing where it is empty), then prints the order, what to do and what is due.

    `reasons` are why it came back, each `FIELD=REASON` or a reason alone.

    Raises:
        UsageError: there is no such filing, or the time is wrong.
        Impossible: the event cannot happen now.
    """
    with work.open_desk(os.environ) as desk:
        row = find(desk, filing)
        document = order_events.filing_of(row)
        events = list(desk.ledger.events(row.id).get(row.id, ()))
        told = tuple(rejections.rejection_of(word) for word in reasons)
        if told and not event:
            raise UsageError("--reason 须和事件一起写，例如 reject。", "--reason needs an event such as reject.")
        if event:
            kept = order_events.record(
                desk.ledger,
                row.id,
                document,
                events,
                event,
                at=at,
                note=note,
                who=_who(),
                now=now,
                told=told,
                most_resends=desk.settings.sms_resends,
            )
            events.append(kept)
        now_order = order_events.order_of(document, events, most_resends=desk.settings.sms_resends)
    shown = order_views.as_dict(row.id, document, now_order, events, now)
    if out is not None:
        order_calendar.write(out, order_calendar.calendar(row.id, document, now_order, now))
        shown["ics"] = str(out)
    print(json.dumps(shown, ensure_ascii=False) if as_json else order_views.as_text(shown, lang))
    return 0


def find(desk: work.Desk, word: str) -> FilingRow:
    """The prepared filing with an id, or the only one whose id or key begins so.

    Raises:
        UsageError: there is none, or more than one.
    """
    known = [one.filing for one in desk.ledger.filings(limit=1_000_000)]
    exact = [one for one in known if word in (one, work.key_of(one))]
    found = exact or sorted(
        one for one in known if word and (one.startswith(word) or work.key_of(one).startswith(word))
    )
    if len(found) > 1:
        shown = "、".join(found[:5])
        raise UsageError(
            f"“{word}”对应 {len(found)} 份备案：{shown}。请写得更完整。",
            f"{word!r} means {len(found)} filings: {', '.join(found[:5])}. Write more of the id.",
        )
    row = desk.ledger.get_filing(found[0]) if found else None
    if row is None:
        raise UsageError(
            f"没有编号为 {word} 的已整理备案。用 beianbox status 查看全部编号；刚放入的材料先用 beianbox watch --once 整理。",
            f"There is no prepared filing {word}; beianbox status lists them all, beianbox watch --once prepares new ones.",
        )
    return row


def _who() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "local"
