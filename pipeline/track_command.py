"""`beianbox track`: records what happened to a filing's order, and says where it stands and what to do now.

Each event is one row of the ledger: what, when it happened, who recorded it and when. Nothing is overwritten; `undo`
takes the last event back by a row of its own.
"""

from __future__ import annotations

import functools
import getpass
import json
import os
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from pipeline import build, fields, ics, order, rejections, work
from pipeline.build import parse_date
from pipeline.deadlines import CHINA, Due, deadlines, is_over, what_now
from pipeline.errors import EnvironmentProblem, UsageError
from pipeline.model import Filing, Operation, Source, Text
from pipeline.order import UNDO, Basis, Impossible, Order, OrderState, Recorded
from pipeline.rejections import Rejection
from pipeline.rows import Decision, FilingRow, Json

CLOCK_SKEW = timedelta(minutes=5)
MAX_NOTE = 500
SUBMISSIONS = frozenset({"submit", "resubmit"})
COME_BACK = frozenset({"reject", "ask_for_fix", "sms_failed"})
"""Events that bring an order back, with reasons."""


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
        document = filing_of(row)
        events = list(desk.ledger.events(row.id).get(row.id, ()))
        told = tuple(rejections.rejection_of(word) for word in reasons)
        if told and not event:
            raise UsageError("--reason 须和事件一起写，例如 reject。", "--reason needs an event such as reject.")
        if event:
            kept = record(desk, row.id, document, events, event, at=at, note=note, who=_who(), now=now, told=told)
            events.append(kept)
        now_order = order_of(document, events)
    shown = as_dict(row.id, document, now_order, events, now)
    if out is not None:
        write_calendar(out, row.id, document, now_order, now)
        shown["ics"] = str(out)
    print(json.dumps(shown, ensure_ascii=False) if as_json else as_text(shown, lang))
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


def filing_of(row: FilingRow) -> Filing:
    """The filing as it was last prepared."""
    found: Filing = _adapter().validate_python(row.document["filing"])
    return found


@functools.cache
def _adapter() -> Any:
    from pydantic import TypeAdapter  # takes longer to import than most commands run

    return TypeAdapter(Filing)


def order_of(filing: Filing, events: Sequence[Decision]) -> Order:
    """The order as its recorded events say; what was submitted counts as it was, not as the papers are now."""
    return order.replay(order.new_order(order.basis_of(filing)), [_recorded(one) for one in events])


def _recorded(row: Decision) -> Recorded:
    kept = row.value.get("basis")
    basis = _basis(kept) if kept else None
    return Recorded(row.where, datetime.fromisoformat(row.value["at"]), str(row.value.get("note", "")), basis)


def _basis(kept: Json) -> Basis:
    facts = {name: kept[name] for name in ("website", "app", "entity_changed", "service_changed")}
    return Basis(Operation(kept["operation"]), **facts, codes=tuple(tuple(code) for code in kept["codes"]))


def record(
    desk: work.Desk,
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
) -> Decision:
    """The row of one more event, kept only where the order can bear it; `at` is as typed, empty for now.

    Raises:
        UsageError: the time or the note is wrong.
        Impossible: the event cannot happen now.
    """
    if word.strip().casefold() in (UNDO, "撤回"):
        name, moment = UNDO, now.astimezone(CHINA)
    else:
        before = order_of(filing, events)
        name = _event(before, filing, word)
        moment = _moment(before, name, at, now)
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
    order_of(filing, [*events, Decision(0, ident, "event", name, value, "", now)])
    return desk.ledger.save_event(ident, name, value, who, now)


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


def _who() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "local"


# -- what is shown -----------------------------------------------------------------------------------------------


def as_dict(ident: str, filing: Filing, now_order: Order, events: Sequence[Decision], now: datetime) -> dict[str, Any]:
    """Everything for `--json`."""
    return {
        "filing": ident,
        "order": order_dict(now_order, filing),
        "events": [_event_dict(one) for one in events],
        "rejections": [_rejection_dict(one) for one in last_rejections(now_order, events)],
        "now": [_words(one) for one in what_now(now_order, filing, now)],
        "deadlines": [due_dict(one, now) for one in deadlines(now_order, filing)],
        "conflicts": [
            {"id": one.id, **_words(one.text), "sources": [_source(by) for by in one.sources]}
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
        "name": _words(order.state_name(now_order.state)),
        "provider_names": list(order.provider_names(filing.provider, now_order.state)),
        "since": now_order.since.astimezone(CHINA).isoformat(timespec="minutes") if now_order.since else None,
        "may_edit": bool(row["may_edit"]),
        "edit": row["edit"],
        "may_withdraw": "withdraw" in possible,
        "may_abandon": "abandon" in possible,
        "irreversible": now_order.is_irreversible,
        "possible": [{"event": one, **_words(_event_name(one))} for one in possible],
        "sms": {
            "who": list(now_order.targets.who),
            "maybe": list(now_order.targets.maybe),
            "codes": [list(code) for code in now_order.codes],
            "waits_for": [list(code) for code in now_order.waits_for],
            "wrong_tries": now_order.wrong_tries,
            "resends": now_order.resends,
            "sources": [_source(one) for one in now_order.targets.sources],
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
        {"id": cause.id, **_words(cause.text), "do": _words(cause.do), "rules": list(cause.rules)}
        for cause in rejections.causes_of(one)
    ]
    label = whole if one.field == rejections.WHOLE else named
    return {"field": one.field, "label": _words(label), "reason": one.reason, "causes": causes}


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


def due_dict(due: Due, now: datetime) -> dict[str, Any]:
    """One deadline for programs."""
    return {
        "id": due.id,
        "day": due.day.isoformat(),
        "at": due.at.isoformat(timespec="minutes") if due.at else None,
        "title": _words(due.title),
        "expected": due.is_expected,
        "reminder": due.is_reminder,
        "over": is_over(due, now),
        "rule": due.rule or None,
        "source": _source(due.source),
    }


def _words(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def _source(source: Source) -> dict[str, str]:
    return {"title": source.title, "address": source.address, "as_of": source.as_of}


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


# -- calendar ----------------------------------------------------------------------------------------------------


def write_calendar(path: Path, ident: str, filing: Filing, now_order: Order, now: datetime) -> None:
    """Writes what is still to come as a calendar file; an older calendar there is replaced, any other file is not.

    Raises:
        UsageError: something that is no calendar lies there.
        EnvironmentProblem: it cannot be written.
    """
    data = calendar(ident, filing, now_order, now)
    try:
        if path.exists() and not path.read_bytes().startswith(b"BEGIN:VCALENDAR"):
            raise UsageError(f"{path} 不是日历文件，不覆盖。", f"{path} is no calendar; it is left alone.")
        path.write_bytes(data)
    except OSError as error:
        raise EnvironmentProblem(
            f"无法写入 {path}：{error.strerror}。", f"Cannot write {path}: {error.strerror}."
        ) from error


def calendar(ident: str, filing: Filing, now_order: Order, now: datetime) -> bytes:
    """What is still to come as a calendar file (RFC 5545)."""
    coming = [due for due in deadlines(now_order, filing) if not is_over(due, now)]
    stamp = now_order.history[-1].at if now_order.history else now.replace(hour=0, minute=0, second=0, microsecond=0)
    return ics.calendar([_entry(ident, due) for due in coming], stamp=stamp, name=f"备案 {ident}")


def _entry(ident: str, due: Due) -> ics.Entry:
    described = f"{due.title.en}\n{due.source.title} ({due.source.as_of})\n{due.source.address}"
    alarm = "-P1D" if due.at is None else "-PT4H"
    return ics.Entry(f"{ident}/{due.id}", due.day, f"{ident}：{due.title.zh}", described, due.at, alarm)


# -- for `beianbox status` ---------------------------------------------------------------------------------------


def summary(filing: Filing, events: Sequence[Decision], now: datetime) -> dict[str, Any]:
    """Where an order stands and what is due next, for a list of filings."""
    try:
        now_order = order_of(filing, events)
    except Impossible:  # one bad row must not hide all other filings; `track` says what is wrong, `undo` mends it
        return {"order": {"state": "unclear", "name": {"zh": "事件有矛盾", "en": "events contradict"}}, "next": None}
    coming = [due_dict(due, now) for due in deadlines(now_order, filing) if not is_over(due, now)]
    state = {"state": now_order.state.value, "name": _words(order.state_name(now_order.state))}
    return {"order": state, "next": coming[0] if coming else None}
