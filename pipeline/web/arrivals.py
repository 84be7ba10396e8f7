"""The arrivals (来件): every dropped file with its state and reason; trying again, and saying whose a loose file is."""

from __future__ import annotations

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from pipeline.rows import UNASSIGNED, Arrival, State
from pipeline.web import pages
from pipeline.web.safety import read_form, session_of
from pipeline.web.site import Site, lang_of, site_of
from pipeline.web.words import WORDS

PER_PAGE = 100
LOOSE = "loose"


def arrivals(request: Request) -> Response:
    """The files that came, newest first; those of one state or name where asked."""
    return _page(request)


def _page(request: Request, status: int = 200, problem: str = "") -> Response:
    site, lang = site_of(request), lang_of(request)
    asked = {name: request.query_params.get(name, "").strip() for name in ("q", "state")}
    counts = site.desk.ledger.arrival_counts(asked["q"])
    counts[LOOSE] = site.desk.ledger.arrival_counts(asked["q"], UNASSIGNED).get("", 0)
    found = counts.get(asked["state"], 0)
    number = pages.page_number(request, found, PER_PAGE)
    wanted = tuple(State) if asked["state"] in ("", LOOSE) else (State(asked["state"]),) if found else ()
    rows = site.desk.ledger.arrivals_in(
        *wanted,
        text=asked["q"],
        filing=UNASSIGNED if asked["state"] == LOOSE else "",
        limit=PER_PAGE,
        offset=(number - 1) * PER_PAGE,
    )
    offers = site.desk.ledger.offers() if counts[LOOSE] else {}
    return site.page(
        request,
        "arrivals.html",
        status,
        rows=[_row(site, row, lang) for row in rows],
        offers={arrival: (offer.filing, getattr(offer.why, lang)) for arrival, offer in offers.items()},
        counts=counts,
        asked=asked,
        found=found,
        filings=[one.filing for one in site.desk.ledger.filings(limit=2000)] if counts[LOOSE] else [],
        problem=problem,
        number=number,
        last=max(1, -(-found // PER_PAGE)),
    )


def _row(site: Site, row: Arrival, lang: str) -> dict[str, Any]:
    same = site.desk.ledger.arrivals_with(row.sha256) if row.sha256 else ()
    return {
        "one": row,
        "reason": getattr(row.reason, lang),
        "note": getattr(row.note, lang),
        "when": row.arrived_at.astimezone().strftime("%Y-%m-%d %H:%M"),
        "also": [
            other for other in same if other.id != row.id and (other.filing, other.path) != (row.filing, row.path)
        ],
        "assigned": row.filing != UNASSIGNED,
        "can_assign": bool(row.sha256) and row.filing == UNASSIGNED,
        "can_retry": bool(row.sha256) and row.state is State.NEEDS_ATTENTION and row.superseded_by is None,
    }


async def try_again(request: Request) -> Response:
    """Puts a file that needed attention on the list again."""
    form = await read_form(request)
    return await run_in_threadpool(_try_again, request, form)


def _try_again(request: Request, form: dict[str, str]) -> Response:
    site, session = site_of(request), session_of(request)
    arrival = request.path_params["arrival"]
    if not session.accepts(form.get("token", ""), "again", arrival):
        return PlainTextResponse("token", 403)
    site.desk.ledger.try_again(arrival, pages.now())
    site.redraw.ask_to_receive()
    return RedirectResponse("/arrivals", 303)


async def assign(request: Request) -> Response:
    """Says which filing a loose file belongs to."""
    form = await read_form(request)
    return await run_in_threadpool(_assign, request, form)


def _assign(request: Request, form: dict[str, str]) -> Response:
    site, session = site_of(request), session_of(request)
    arrival, filing = request.path_params["arrival"], form.get("filing", "").strip()
    if not session.accepts(form.get("token", ""), "assign", arrival):
        return PlainTextResponse("token", 403)
    if site.desk.ledger.get_filing(filing) is None:
        return _page(request, 422, WORDS[session.lang]["assigned_not"].format(filing))
    loose = {one.id for one in site.desk.ledger.arrivals_of(UNASSIGNED)}
    if arrival in loose:
        site.desk.ledger.move_arrival(arrival, filing)
        site.redraw.ask_to_receive()
    return RedirectResponse("/arrivals", 303)
