"""The application: which address is answered by what, behind the guard."""

from __future__ import annotations

import logging
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

import generators
from pipeline.errors import FilingError
from pipeline.web import actions, arrivals, orders, pages, rules
from pipeline.web.audit import Audit
from pipeline.web.safety import Guard, Session, TooMuch
from pipeline.web.site import HERE, Missing, Site, respond_missing
from pipeline.web.words import WORDS

log = logging.getLogger("beianbox.review")

FONTS = {
    "sans.ttf": "NotoSansSC-Regular.ttf",
    "sans-bold.ttf": "NotoSansSC-Bold.ttf",
    "serif.ttf": "NotoSerifSC-Regular.ttf",
}


def make_app(site: Site) -> Starlette:
    """The page of one site."""
    app = Starlette(
        routes=[
            Route("/start", pages.start),
            Route("/login", actions.log_in, methods=["GET", "POST"]),
            Route("/", pages.queue),
            Route("/arrivals", arrivals.arrivals),
            Route("/arrivals/{arrival:int}/again", arrivals.try_again, methods=["POST"]),
            Route("/arrivals/{arrival:int}/assign", arrivals.assign, methods=["POST"]),
            Route("/rules", rules.rules),
            Route("/upload", actions.upload, methods=["PUT"]),
            Route("/filings/{filing}", pages.filing),
            Route("/orders", orders.orders),
            Route("/orders.ics", orders.calendar_of_all),
            Route("/filings/{filing}/order", orders.order),
            Route("/filings/{filing}/order", orders.record, methods=["POST"]),
            Route("/filings/{filing}/order.ics", orders.calendar),
            Route("/filings/{filing}/next", pages.next_filing),
            Route("/filings/{filing}/work", pages.work_part),
            Route("/filings/{filing}/check", actions.check, methods=["POST"]),
            Route("/filings/{filing}/decide", actions.decide, methods=["POST"]),
            Route("/filings/{filing}/scan/{sha256}/{page:int}.jpg", pages.scan),
            Route("/filings/{filing}/preview/{page:int}/{name:path}", pages.preview_page),
            Route("/filings/{filing}/preview/{name:path}", pages.preview),
            Route("/filings/{filing}/file/{name:path}", pages.download),
            Route("/filings/{filing}/bundle.zip", pages.download_all),
            Route("/filings/{filing}/export/{format}", pages.export),
            Route("/fonts/{name}", font),
            Mount("/static", StaticFiles(directory=HERE / "static")),
        ],
        middleware=[
            Middleware(Guard, door=site.door, sessions=site.sessions),
            Middleware(Language),
            Middleware(Audit, desk=site.desk),
        ],
        exception_handlers={
            Missing: _missing,
            404: _missing,
            TooMuch: _too_much,
            FilingError: _problem,
            Exception: _broken,
        },
    )
    app.state.site = site
    return app


async def _missing(request: Request, _problem: Exception) -> Response:
    return respond_missing(request)


async def _too_much(_request: Request, _problem: Exception) -> Response:
    return PlainTextResponse("内容过长。\nThe form is too large.\n", 413)


async def _problem(request: Request, problem: Exception) -> Response:
    """Trouble of the environment, such as a locked ledger, in words."""
    assert isinstance(problem, FilingError)
    site: Site = request.app.state.site
    return site.page(request, "message.html", 500, head=f"{problem.zh} {problem}")


async def _broken(request: Request, bug: Exception) -> Response:
    """A fault of ours: said in words, with the traceback in the log and nothing of it on the page."""
    log.error("%s broke (%s)", request.scope["route"].path if "route" in request.scope else "?", type(bug).__name__)
    site: Site = request.app.state.site
    session: Session | None = request.scope.get("session")
    words = WORDS[session.lang if session else site.desk.settings.lang]
    return site.page(request, "message.html", 500, head=words["broken"])


def font(request: Request) -> Response:
    """Our fonts: a rare character in a name must show on every machine."""
    name = FONTS.get(request.path_params["name"])
    if name is None:
        raise Missing
    folder = Path(next(iter(generators.__path__))) / "fonts"
    return FileResponse(folder / name, media_type="font/ttf", headers={"Cache-Control": "private, max-age=604800"})


class Language:
    """`?lang=en` on any page turns the session's language and leads back to the page without it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a switch of language, passes everything else on."""
        session: Session | None = scope.get("session") if scope["type"] == "http" else None
        if session is not None and scope["method"] == "GET":
            request = Request(scope)
            lang = request.query_params.get("lang", "")
            if lang in ("zh", "en"):
                session.lang = lang
                await RedirectResponse(request.url.remove_query_params("lang"), 303)(scope, receive, send)
                return
        await self._app(scope, receive, send)
