"""The tracking of filing orders (备案订单): where each stands, what to do now, what is due; and recording an event."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from pipeline import order_calendar, order_events, order_views, rejections, summaries
from pipeline.due import CHINA, Due, is_over
from pipeline.due_list import AHEAD_DAYS, Window
from pipeline.errors import FilingError
from pipeline.order import UNDO, Impossible, OrderState, event_row, state_name
from pipeline.order_sms import role_name, sms_limits
from pipeline.order_tables import text
from pipeline.rows import Decision, FilingRow
from pipeline.summaries import Summary
from pipeline.web import choices, pages
from pipeline.web.safety import read_form, session_of
from pipeline.web.site import Missing, Site, lang_of, site_of

RAIL = (
    (OrderState.DRAFT,),
    (OrderState.PROVIDER_AUDITING, OrderState.PROVIDER_NEEDS_FIX, OrderState.PROVIDER_REJECTED),
    (OrderState.PROVIDER_PASSED,),
    (OrderState.SMS_PENDING, OrderState.SMS_FAILED),
    (OrderState.ADMIN_AUDITING, OrderState.ADMIN_REJECTED),
    (OrderState.FILED,),
)
"""The way of an order; states at one station stand together, the usual one first."""
BACK = frozenset(
    {
        OrderState.PROVIDER_NEEDS_FIX,
        OrderState.PROVIDER_REJECTED,
        OrderState.SMS_FAILED,
        OrderState.ADMIN_REJECTED,
        OrderState.ABANDONED,
    }
)


def orders(request: Request) -> Response:
    """All orders that run, what is due first, then the approved filings that were not handed in."""
    site, lang = site_of(request), lang_of(request)
    rows = [row for row in site.queue() if row.order or row.is_settled]
    shown = [{**pages.queue_row(site, row, lang), "clock": summaries.clock(row)} for row in rows]
    shown.sort(key=lambda one: (not one["one"].order, one["deadline"] or "9999"))
    return site.page(request, "orders.html", rows=shown, due=_due(site, lang), days=AHEAD_DAYS)


def _due(site: Site, lang: str) -> list[dict[str, Any]]:
    """What falls due over all filings, what is over first."""
    window = Window(pages.now(), AHEAD_DAYS)
    return [
        {
            "filing": row.filing,
            "entity": row.entity,
            "day": due.at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M") if due.at else due.day.isoformat(),
            "what": getattr(due.title, lang),
            "over": is_over(due, window.now),
        }
        for row, due in _falling_due(site, window)
    ]


def _falling_due(site: Site, window: Window) -> list[tuple[Summary, Due]]:
    found = [(row, due) for row in site.queue() for due in summaries.falling_due(row, window)]
    return sorted(found, key=lambda one: (one[1].day, one[0].filing, one[1].id))


def calendar_of_all(request: Request) -> Response:
    """What falls due over all filings in the coming days, as a calendar file."""
    window = Window(pages.now(), AHEAD_DAYS)
    found = _falling_due(site_of(request), window)
    coming = [(row.filing, due) for row, due in found if not is_over(due, window.now)]
    return pages.attachment(order_calendar.calendar_of_all(coming, window.now), "due.ics", "text/calendar")


def order(request: Request) -> Response:
    """One order."""
    site = site_of(request)
    return site.page(request, "order.html", **_values(site, _row(site, request), request))


def calendar(request: Request) -> Response:
    """What is still due, as a calendar file."""
    site = site_of(request)
    row = _row(site, request)
    filing = order_events.filing_of(row)
    found = order_events.order_of(filing, _events(site, row))
    data = order_calendar.calendar(row.id, filing, found, pages.now())
    return pages.attachment(data, f"{row.id}.ics", "text/calendar")


async def record(request: Request) -> Response:
    """Records one event; a page that shows an older order is refused and shows the newer one."""
    form = await read_form(request)
    return await run_in_threadpool(_record, request, form)


def _record(request: Request, form: dict[str, str]) -> Response:
    site, session = site_of(request), session_of(request)
    row = _row(site, request)
    basis = form.get("basis", "")
    if not session.accepts(form.get("token", ""), row.id, "event", basis):
        return PlainTextResponse("令牌无效，请刷新页面。\nThe token does not fit; reload the page.\n", 403)
    event, at, note = (form.get(name, "").strip() for name in ("event", "at", "note"))
    with site.lock:
        events = _events(site, row)
        if basis != _basis(events):
            return site.page(request, "order.html", 409, **_values(site, row, request, stale=True))
        try:
            filing = order_events.filing_of(row)
            told = [one for line in form.get("reasons", "").splitlines() if (one := line.strip())]
            order_events.record(
                site.desk.ledger,
                row.id,
                filing,
                events,
                event,
                at=at,
                note=note,
                who=session.who,
                now=pages.now(),
                most_resends=site.desk.settings.sms_resends,
                told=tuple(rejections.rejection_of(one) for one in told) if event in order_events.COME_BACK else (),
            )
        except FilingError as refused:
            words = refused.zh if session.lang == "zh" else refused.en
            return site.page(
                request,
                "order.html",
                422,
                **_values(
                    site,
                    row,
                    request,
                    problem=words,
                    event=event,
                    at=at,
                    note=note,
                    reasons=form.get("reasons", ""),
                ),
            )
    return RedirectResponse(f"/filings/{quote(row.id, safe='')}/order", 303)


def _row(site: Site, request: Request) -> FilingRow:
    row = site.desk.ledger.get_filing(request.path_params["filing"])
    if row is None:
        raise Missing
    return row


def _events(site: Site, row: FilingRow) -> tuple[Decision, ...]:
    return site.desk.ledger.events(row.id).get(row.id, ())


def _basis(events: Sequence[Decision]) -> str:
    """The mark of the order as it was shown: its newest event."""
    return str(events[-1].id if events else 0)


def _values(site: Site, row: FilingRow, request: Request, **more: Any) -> dict[str, Any]:
    """What the page of an order is made of; an order whose events contradict can only have the last one undone."""
    lang, moment, events = lang_of(request), pages.now(), _events(site, row)
    filing = order_events.filing_of(row)
    try:
        now_order = order_events.order_of(filing, events, most_resends=site.desk.settings.sms_resends)
        shown = order_views.as_dict(row.id, filing, now_order, events, moment)
        clock = _clock(now_order.state, now_order.since)
        rail = _rail(now_order.state, lang)
    except Impossible as problem:
        shown, clock, rail = {"order": None, "now": (), "deadlines": (), "conflicts": (), "rejections": ()}, None, []
        more.setdefault("problem", problem.zh if lang == "zh" else problem.en)
    return {
        "filing": row.id,
        "title": filing.entity.name,
        "operation": choices.operation_name(filing.operation.value, lang),
        "province": filing.province,
        "provider": filing.provider,
        "shown": shown,
        "rail": rail,
        "clock": clock,
        "tries": _tries(shown["order"]),
        "role": lambda key: getattr(role_name(key), lang),
        "history": [_happened(one, lang) for one in reversed(events)],
        "basis": _basis(events),
        "now_text": moment.astimezone(CHINA).strftime("%Y-%m-%dT%H:%M"),
        "stale": False,
        "problem": "",
        "event": "",
        "at": "",
        "note": "",
        "reasons": "",
        "come_back": order_events.COME_BACK,
        **more,
    }


def _rail(state: OrderState, lang: str) -> list[tuple[str, str]]:
    """The stations with `done`, `here`, `back` or `ahead`."""
    here = next((place for place, states in enumerate(RAIL) if state in states), -1)
    found = []
    for place, states in enumerate(RAIL):
        word = "here" if place == here else "done" if place < here else "ahead"
        shown = state if place == here else states[0]
        found.append((getattr(state_name(shown), lang), "back" if word == "here" and state in BACK else word))
    return found


def _clock(state: OrderState, since: datetime | None) -> str | None:
    """When the hours of the SMS check end, where they run."""
    if state is not OrderState.SMS_PENDING or since is None:
        return None
    return (since + timedelta(hours=sms_limits()["hours"])).astimezone(CHINA).isoformat(timespec="seconds")


def _tries(now_order: dict[str, Any] | None) -> tuple[int, int]:
    """Wrong entries and resends that are left."""
    if now_order is None:
        return 0, 0
    sms = now_order["sms"]
    return max(0, sms_limits()["wrong_tries"] - sms["wrong_tries"]), max(0, sms["most_resends"] - sms["resends"])


def _happened(one: Decision, lang: str) -> dict[str, str]:
    words = {"zh": "撤回上一事件", "en": "took the last event back"} if one.where == UNDO else None
    return {
        "what": words[lang] if words else getattr(text(event_row(one.where)), lang),
        "at": datetime.fromisoformat(one.value["at"]).astimezone(CHINA).strftime("%Y-%m-%d %H:%M"),
        "note": one.value["note"],
        "who": one.who,
    }
