"""`beianbox status`, `audit` and `purge`: what the ledger knows, told and forgotten.

A list of filings loads neither SQLAlchemy nor the rules, unless an order has changed since the last list; what needs
more is imported where it is needed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pipeline import ledger_glance
from pipeline.due import due_of, is_over
from pipeline.errors import FilingError, UsageError
from pipeline.home_folders import prepare_places
from pipeline.ledger_glance import Listed
from pipeline.rows import Json
from pipeline.settings import load_settings

if TYPE_CHECKING:
    from pipeline.work import Desk

SHOWN = 1000
"""Filings in one list: a longer one is nothing to read, and would take long to make."""


def status(filing: str, *, as_json: bool, lang: str) -> int:
    """The filings of the inbox, those changed last first, or the files of one, each with its state and reason."""
    rows, order_text = _status_of(filing, lang) if filing else (_filings_status(), "")
    if as_json:
        print(json.dumps(rows, ensure_ascii=False))
    else:
        print(
            "\n".join("  ".join(_shown(value, lang) for value in row.values() if value) for row in rows)
            or ("收件箱还没有备案。" if lang == "zh" else "No filings yet.")
        )
        print(order_text, end="\n" if order_text else "")
    return 0


def _status_of(filing: str, lang: str) -> tuple[list[dict[str, Any]], str]:
    """The files of a filing, and where its order stands."""
    from pipeline import work

    with work.open_desk(os.environ) as desk:
        rows = _files_status(desk, filing)
        work.note_access(desk, "read", filing, "status")
        return rows, _order_text(desk, filing, lang)


def _filings_status() -> list[dict[str, Any]]:
    """The filings changed last; a new or older ledger is opened in full, which brings it up to date."""
    settings, now = load_settings(os.environ), datetime.now(UTC)
    prepare_places(settings)
    newest = ledger_glance.newest(settings.ledger, SHOWN)
    if newest is not None and all(one.summary for one in newest if one.is_tracked):
        return [_row(one, one.summary, now) for one in newest]
    from pipeline import work

    with work.open_desk(os.environ) as desk:
        newest = desk.ledger.newest(SHOWN)
        made = _summaries(desk, [one.filing for one in newest if one.is_tracked])
    return [_row(one, made.get(one.filing), now) for one in newest]


def _row(one: Listed, summary: Json | None, now: datetime) -> dict[str, Any]:
    """A line of the list; `order` and `next` are null where no order is tracked."""
    row = {"filing": one.filing, "version": one.version, "status": one.status, "bundle": one.bundle}
    return {**row, **(_order(summary["order"], now) if summary else {"order": None, "next": None})}


def _order(order: Json, now: datetime) -> dict[str, Any]:
    """The state of an order and its next deadline; null where nothing of it lies ahead."""
    coming = (due for due in order.get("dues", ()) if not is_over(due_of(due), now))
    state = {"state": order["state"], "name": order["name"]}
    return {"order": state, "next": next(({**due, "over": False} for due in coming), None)}


def _summaries(desk: Desk, filings: Sequence[str]) -> dict[str, Json]:
    """What the queue says of these filings, made anew and kept where they changed: the next list is quicker."""
    from pipeline import attention, queue_lines, summaries

    policy = attention.policy_of(desk.settings.review_sample_percent, desk.settings.double_review)
    rows = desk.ledger.queue(filings)
    stale = [row for row in rows if summaries.from_row(row, policy) is None]
    made = queue_lines.summarised(desk.ledger, stale, policy)
    desk.ledger.save_summaries(made)
    return {row.filing: row.summary for row in (*rows, *made) if row.summary is not None}


def _shown(value: Any, lang: str) -> str:
    """A value of a row; of an order its state, of a deadline its day and title."""
    if not isinstance(value, dict):
        return str(value)
    return str(value["name"][lang]) if "name" in value else f"{value['day']} {value['title'][lang]}"


def _order_text(desk: Desk, filing: str, lang: str) -> str:
    """Where the order of a prepared filing stands and what to do now."""
    from pipeline import order_events, order_views

    row = desk.ledger.get_filing(filing)
    if row is None:
        return ""
    events = desk.ledger.events(filing).get(filing, ())
    document, now = order_events.filing_of(row), datetime.now(UTC)
    try:
        order = order_events.order_of(document, events, most_resends=desk.settings.sms_resends)
    except FilingError as problem:  # events that contradict: the files are still listed
        return problem.zh if lang == "zh" else problem.en
    return order_views.as_text(order_views.as_dict(filing, document, order, events, now), lang)


def _files_status(desk: Desk, filing: str) -> list[dict[str, Any]]:
    arrivals = desk.ledger.arrivals_of(filing)
    if not arrivals:
        raise _no_such(filing)
    return [
        {
            "file": one.path,
            "state": one.state.value,
            "reason": one.reason.zh,
            "reason_en": one.reason.en,
            "note": one.note.zh,
            "note_en": one.note.en,
            "since": one.since.isoformat(timespec="seconds"),
        }
        for one in arrivals
    ]


def _no_such(filing: str) -> UsageError:
    return UsageError(
        f"没有编号为 {filing} 的备案。用 beianbox status 查看全部编号。",
        f"There is no filing {filing}; beianbox status lists them all.",
    )


def audit(filing: str, *, as_json: bool, lang: str) -> int:
    """Who read or changed a filing, or any filing, newest first."""
    from pipeline import work

    with work.open_desk(os.environ) as desk:
        rows = desk.ledger.accesses(work.key_of(filing) if filing else "")
    for row in rows:
        at = row.at.astimezone().isoformat(timespec="seconds")
        shown = {"at": at, "who": row.who, "action": row.action, "filing": row.filing_key, "part": row.detail}
        print(json.dumps(shown, ensure_ascii=False) if as_json else "  ".join(shown.values()))
    if not rows and not as_json:
        print("尚无记录。" if lang == "zh" else "Nothing is recorded yet.")
    return 0


def purge(filing: str, *, lang: str) -> int:
    """Removes a filing's files that no other filing uses, its rows and all its bundles."""
    from pipeline import work
    from pipeline.housekeeping import purge_filing

    with work.open_desk(os.environ) as desk:
        if not desk.ledger.arrivals_of(filing) and desk.ledger.get_filing(filing) is None:
            raise _no_such(filing)
        files = purge_filing(desk, filing)
        work.note_access(desk, "purge", filing)
    print(
        f"已删除 {filing}：{files} 个文件及其材料包。"
        if lang == "zh"
        else f"Purged {filing}: {files} files and its bundles."
    )
    return 0
