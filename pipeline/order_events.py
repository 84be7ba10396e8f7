"""The events of a filing's order in the ledger: the order they make, and keeping one more.

Each event is one row: what, when it happened, who recorded it and when. Nothing is overwritten; `undo` takes the last
event back by a row of its own.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from pipeline import build, order, rejections
from pipeline.build import parse_date
from pipeline.due import CHINA
from pipeline.errors import UsageError
from pipeline.ledger import Ledger
from pipeline.model import Filing, Operation
from pipeline.order import UNDO, Basis, Impossible, Order, OrderState, Recorded
from pipeline.rejections import Rejection
from pipeline.rows import Decision, FilingRow, Json

CLOCK_SKEW = timedelta(minutes=5)
MAX_NOTE = 500
SUBMISSIONS = frozenset({"submit", "resubmit"})
COME_BACK = frozenset({"reject", "ask_for_fix", "sms_failed"})
"""Events that bring an order back, with reasons."""


def filing_of(row: FilingRow) -> Filing:
    """The filing as it was last prepared."""
    found: Filing = _adapter().validate_python(row.document["filing"])
    return found


@functools.cache
def _adapter() -> Any:
    from pydantic import TypeAdapter  # takes longer to import than most commands run

    return TypeAdapter(Filing)


def order_of(filing: Filing, events: Sequence[Decision], *, most_resends: int = order.RESENDS) -> Order:
    """The order as its recorded events say; what was submitted counts as it was, not as the papers are now.

    `most_resends` is the setting `sms_resends`; it matters only to what may be recorded next.
    """
    return order.replay(
        order.new_order(order.basis_of(filing), most_resends=most_resends), [_recorded(one) for one in events]
    )


def state_of(events: Sequence[Decision]) -> OrderState:
    """Where an order stands, from its events alone: a submission carries what it was made on.

    Events that contradict, or that cannot be read, tell nothing; the order then counts as not handed in.
    """
    try:
        return order.replay(order.new_order(Basis(Operation.FIRST_FILING)), [_recorded(one) for one in events]).state
    except (Impossible, KeyError, ValueError):  # another filing must not suffer from such a row
        return OrderState.DRAFT


def _recorded(row: Decision) -> Recorded:
    kept = row.value.get("basis")
    basis = _basis(kept) if kept else None
    return Recorded(row.where, datetime.fromisoformat(row.value["at"]), str(row.value.get("note", "")), basis)


def _basis(kept: Json) -> Basis:
    facts = {name: kept[name] for name in ("website", "app", "entity_changed", "service_changed")}
    return Basis(Operation(kept["operation"]), **facts, codes=tuple(tuple(code) for code in kept["codes"]))


def record(
    ledger: Ledger,
    ident: str,
    filing: Filing,
    events: Sequence[Decision],
    word: str,
    *,
    at: str,
    note: str,
    who: str,
    now: datetime,
    told: Sequence[Rejection] = (),
    most_resends: int = order.RESENDS,
) -> Decision:
    """The row of one more event, kept only where the order can bear it; `at` is as typed, empty for now.

    Raises:
        UsageError: the time or the note is wrong.
        Impossible: the event cannot happen now.
    """
    if word.strip().casefold() in (UNDO, "撤回"):
        name, moment = UNDO, now.astimezone(CHINA)
        order_of(filing, [*events, Decision(0, ident, "event", UNDO, {"at": moment.isoformat()}, "", now)])
    else:
        before = order_of(filing, events, most_resends=most_resends)
        name = _event(before, filing, word)
        moment = _moment(before, name, at, now)
        order.apply(before, name, moment)
    value: Json = {"at": moment.isoformat(), "note": _note(note)}
    if told and name not in COME_BACK:
        raise UsageError(
            f"--reason 只用于驳回类事件（{'、'.join(sorted(COME_BACK))}），不用于 {name}。",
            f"--reason goes with {', '.join(sorted(COME_BACK))}, not with {name}.",
        )
    if told:
        value["rejections"] = rejections.as_dicts(told)
    if name in SUBMISSIONS:
        value["basis"] = build.plain(order.basis_of(filing))
    return ledger.save_event(ident, name, value, who, now)


def _event(now_order: Order, filing: Filing, word: str) -> str:
    """The event a word means: an event's name, or the provider's name of the state the order has come into."""
    found = order.event_of(word)
    state = None if found else order.state_of(filing.provider, word)
    if state is not None:
        found = order.event_leading_to(now_order, state)
    if found is None:
        possible = order.possible_events(now_order)
        zh = "、".join(f"{one}（{order.event_row(one)['zh']}）" for one in possible) or "无（订单已结束）"
        name = order.state_name(now_order.state)
        raise Impossible(
            f"“{word}”不是订单现在（{name.zh}）可以记录的事件。可以记录：{zh}；undo 撤回上一事件。",
            f"{word!r} is no event that can be recorded now ({name.en}). Possible: {', '.join(possible) or 'none'}; "
            "undo takes the last one back.",
        )
    return found


def _moment(now_order: Order, event: str, at: str, now: datetime) -> datetime:
    """When it happened: now, or as typed; a time without a zone is China's."""
    moment = parse_moment(at) if at.strip() else now
    happened = [one.at for one in now_order.history if not order.event_row(one.event).get("plans")]
    last = happened[-1] if happened else None
    if parse_date(at) is not None and last is not None and last.astimezone(CHINA).date() == moment.date():
        moment = max(moment, last)  # a mere day, and something else happened on it already
    if moment > now + CLOCK_SKEW and not order.event_row(event).get("plans"):
        raise UsageError(
            f"--at {at} 在将来；事件发生之后再记录。", f"--at {at} lies ahead: record an event when it has happened."
        )
    return moment.astimezone(CHINA)


def parse_moment(text: str) -> datetime:
    """A day or a day with an hour, such as 2026-11-22 or 2026-11-22T10:30; without a zone it is China's time.

    Raises:
        UsageError: it is neither.
    """
    day = parse_date(text)
    try:
        moment = datetime.combine(day, time()) if day else datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise UsageError(
            f"--at {text} 看不懂。请写成 2026-11-22 或 2026-11-22T10:30（北京时间）。",
            f"--at {text} is no time. Write 2026-11-22 or 2026-11-22T10:30 (China's time).",
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=CHINA)


def _note(note: str) -> str:
    clean = " ".join(note.split())
    if len(clean) > MAX_NOTE:
        raise UsageError(f"备注最多 {MAX_NOTE} 字。", f"A note has at most {MAX_NOTE} characters.")
    return clean
