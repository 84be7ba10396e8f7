"""What is shown of an order: as values for `--json` and the review page, and as lines for a person. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pipeline import fields, order, rejections
from pipeline.deadlines import deadlines, what_now
from pipeline.due import CHINA, due_dict, is_over, source_dict, words_of
from pipeline.model import Filing, Text
from pipeline.order import Impossible, Order, OrderState
from pipeline.order_events import COME_BACK, order_of
from pipeline.rejections import Rejection
from pipeline.rows import Decision


def as_dict(ident: str, filing: Filing, now_order: Order, events: Sequence[Decision], now: datetime) -> dict[str, Any]:
    """Everything for `--json`."""
    return {
        "filing": ident,
        "order": order_dict(now_order, filing),
        "events": [_event_dict(one) for one in events],
        "rejections": [_rejection_dict(one) for one in last_rejections(now_order, events)],
        "now": [words_of(one) for one in what_now(now_order, filing, now)],
        "deadlines": [due_dict(one, now) for one in deadlines(now_order, filing)],
        "conflicts": [
            {"id": one.id, **words_of(one.text), "sources": [source_dict(by) for by in one.sources]}
            for one in now_order.targets.conflicts
        ],
        "ics": None,
    }


def order_dict(now_order: Order, filing: Filing) -> dict[str, Any]:
    """An order for programs."""
    row, possible = order.state_row(now_order.state), order.possible_events(now_order)
    return {
        "operation": now_order.operation.value,
        "state": now_order.state.value,
        "name": words_of(order.state_name(now_order.state)),
        "provider_names": list(order.provider_names(filing.provider, now_order.state)),
        "since": now_order.since.astimezone(CHINA).isoformat(timespec="minutes") if now_order.since else None,
        "may_edit": bool(row["may_edit"]),
        "edit": row["edit"],
        "may_withdraw": "withdraw" in possible,
        "may_abandon": "abandon" in possible,
        "irreversible": now_order.is_irreversible,
        "possible": [{"event": one, **words_of(_event_name(one))} for one in possible],
        "sms": {
            "who": list(now_order.targets.who),
            "maybe": list(now_order.targets.maybe),
            "codes": [list(code) for code in now_order.codes],
            "waits_for": [list(code) for code in now_order.waits_for],
            "wrong_tries": now_order.wrong_tries,
            "resends": now_order.resends,
            "most_resends": now_order.most_resends,
            "sources": [source_dict(one) for one in now_order.targets.sources],
        },
    }


def last_rejections(now_order: Order, events: Sequence[Decision]) -> tuple[Rejection, ...]:
    """Why the order came back the last time, as long as it has not been handed in again."""
    back = next((one for one in reversed(events) if one.where in COME_BACK), None)
    if back is None or now_order.state not in RETURNED:
        return ()
    return rejections.from_dicts(back.value.get("rejections", ()))


RETURNED = frozenset(
    {OrderState.PROVIDER_NEEDS_FIX, OrderState.PROVIDER_REJECTED, OrderState.SMS_FAILED, OrderState.ADMIN_REJECTED}
)


def _rejection_dict(one: Rejection) -> dict[str, Any]:
    whole = Text("整个订单", "the whole order")
    named = Text(fields.label(one.field, "zh"), fields.label(one.field, "en"))
    causes = [
        {"id": cause.id, **words_of(cause.text), "do": words_of(cause.do), "rules": list(cause.rules)}
        for cause in rejections.causes_of(one)
    ]
    label = whole if one.field == rejections.WHOLE else named
    return {"field": one.field, "label": words_of(label), "reason": one.reason, "causes": causes}


def _event_name(event: str) -> Text:
    row = order.event_row(event)
    return Text(row["zh"], row["en"])


def _event_dict(one: Decision) -> dict[str, Any]:
    recorded = one.decided_at.astimezone(CHINA).isoformat(timespec="seconds")
    return {
        "event": one.where,
        "at": one.value["at"],
        "note": one.value["note"],
        "rejections": one.value.get("rejections", []),
        "who": one.who,
        "recorded_at": recorded,
    }


def as_text(shown: dict[str, Any], lang: str) -> str:
    """The order for a person."""
    is_zh, now_order = lang == "zh", shown["order"]
    name = now_order["name"][lang]
    theirs = f"（{'、'.join(now_order['provider_names'])}）" if now_order["provider_names"] else ""
    since = f"  {'自' if is_zh else 'since'} {now_order['since'][:16].replace('T', ' ')}" if now_order["since"] else ""
    lines = [f"{shown['filing']}  {name}{theirs}{since}", "现在：" if is_zh else "Now:"]
    lines += [f"  · {one[lang]}" for one in shown["now"]]
    lines += _rejection_lines(shown["rejections"], lang)
    lines.append(f"可修改：{now_order['edit']['zh']}" if is_zh else f"What may be edited: {now_order['edit']['en']}")
    lines += _possible_lines(now_order["possible"], is_zh)
    if shown["deadlines"]:
        lines.append("日期：" if is_zh else "Dates:")
        lines += [due_line(one, lang) for one in shown["deadlines"]]
    if shown["ics"]:
        lines.append(f"{'日历' if is_zh else 'calendar'} → {shown['ics']}")
    return "\n".join(lines)


def _rejection_lines(told: Sequence[dict[str, Any]], lang: str) -> list[str]:
    """Each reason, and what mends the cause it most likely means."""
    if not told:
        return []
    none = {"zh": "没有对应的已知原因，请按原文修改。", "en": "No known cause fits; mend what was told."}
    lines = ["退回原因：" if lang == "zh" else "Why it came back:"]
    for one in told:
        lines.append(f"  ✗ {one['label'][lang]}: {one['reason']}")
        ways = [f"{cause[lang]} → {cause['do'][lang]} [{', '.join(cause['rules'])}]" for cause in one["causes"]]
        lines += [f"      {way}" for way in ways or [none[lang]]]
    return lines


def _possible_lines(possible: Sequence[dict[str, str]], is_zh: bool) -> list[str]:
    if not possible:
        return []
    named = "、".join(f"{one['event']}（{one['zh']}）" for one in possible)
    return [f"可记录的事件：{named}" if is_zh else f"Events: {', '.join(one['event'] for one in possible)}"]


def due_line(due: dict[str, Any], lang: str) -> str:
    """One deadline on one line, with who says so."""
    day = due["at"][:16].replace("T", " ") if due["at"] else due["day"]
    return f"  {'!' if due['over'] else ' '} {day}  {due['title'][lang]}  [{due['source']['title']}, {due['source']['as_of']}]"


def summary(filing: Filing, events: Sequence[Decision], now: datetime) -> dict[str, Any]:
    """Where an order stands and what is due next, for a list of filings."""
    try:
        now_order = order_of(filing, events)
    except Impossible:  # one bad row must not hide all other filings; `track` says what is wrong, `undo` mends it
        return {"order": {"state": "unclear", "name": {"zh": "事件有矛盾", "en": "events contradict"}}, "next": None}
    coming = [due_dict(due, now) for due in deadlines(now_order, filing) if not is_over(due, now)]
    state = {"state": now_order.state.value, "name": words_of(order.state_name(now_order.state))}
    return {"order": state, "next": coming[0] if coming else None}
