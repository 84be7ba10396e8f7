"""What the pages share: desk, door, sessions, pictures, the redraw thread, and the loading of one filing's material."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from pipeline import vocabulary, work
from pipeline.rows import BundleRow, Decision, FilingRow, Json
from pipeline.web import views
from pipeline.web.pictures import Pictures
from pipeline.web.places import ScanPage, pages_of
from pipeline.web.redraw import Redraw
from pipeline.web.safety import Door, Session, Sessions, session_of
from pipeline.web.summaries import Summary, in_order, summarise
from pipeline.web.words import WORDS
from pipeline.work import Desk

HERE = Path(__file__).parent


class Missing(Exception):
    """There is no such page, filing or file."""


@dataclass(frozen=True, slots=True)
class Case:
    """One filing as the pages need it: saved row, newest bundle, decisions, pages of its files."""

    row: FilingRow
    bundle: BundleRow | None
    decisions: tuple[Decision, ...]
    pages: Mapping[tuple[str, int], ScanPage]
    last_change: int

    @property
    def is_pending(self) -> bool:
        """Whether something was decided or arrived since the bundle was made."""
        return self.last_change > self.row.seen


@dataclass
class Site:
    """Everything behind the pages; one per process."""

    desk: Desk
    door: Door
    sessions: Sessions
    redraw: Redraw
    who: str
    pictures: Pictures = field(default_factory=Pictures)
    summaries: dict[str, tuple[tuple[int, str], Summary]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    summing: threading.Lock = field(default_factory=threading.Lock)
    templates: Environment = field(default_factory=lambda: make_templates())

    def case(self, filing: str) -> Case:
        """A filing's material.

        Raises:
            Missing: no such filing was prepared.
        """
        ledger = self.desk.ledger
        row = ledger.get_filing(filing)
        if row is None:
            raise Missing
        files = work.current_files(self.desk, filing)
        read = [(file.name, file.sha256, work.kept_reading(self.desk, file.sha256)) for file in files]
        return Case(
            row,
            ledger.latest_bundle(filing),
            ledger.decisions_of(filing),
            pages_of(read),
            ledger.last_change(filing),
        )

    def sheet(self, case: Case, session: Session) -> views.Sheet:
        """The material of a page for whoever looks at it."""
        revealed = frozenset(path for filing, path in session.revealed if filing == case.row.id)
        return views.sheet(case.row.id, case.row.document, case.pages, case.decisions, session.lang, revealed)

    def queue(self) -> list[Summary]:
        """All filings for the queue; what has not changed since is not loaded again."""
        rows = self.desk.ledger.filings(limit=100_000)
        with self.summing:
            for row in rows:
                kept = self.summaries.get(row.filing)
                if kept is None or kept[0] != (row.version, row.status):
                    self.summaries[row.filing] = ((row.version, row.status), self._summary(row.filing))
            return in_order([self.summaries[row.filing][1] for row in rows])

    def _summary(self, filing: str) -> Summary:
        row = self.desk.ledger.get_filing(filing)
        if row is None:
            raise Missing
        decisions = self.desk.ledger.decisions_of(filing)
        day = row.updated_at.date().isoformat()
        return summarise(filing, row.version, row.status, day, row.document, decisions)

    def page(self, request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        """A page in the session's language."""
        session: Session | None = request.scope.get("session")
        lang = session.lang if session else self.desk.settings.lang
        common = {
            "w": WORDS[lang],
            "lang": lang,
            "session": session,
            "token": session.token if session else None,
            "path": request.url.path,
        }
        return HTMLResponse(self.templates.get_template(template).render(**common, **values), status)


def make_templates() -> Environment:
    """The templates: everything in them is escaped, a misspelt name is an error."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["kind_zh"] = vocabulary.kind_name
    return made


def site_of(request: Request) -> Site:
    """The site a request is for."""
    site: Site = request.app.state.site
    return site


def bundle_json(bundle: BundleRow | None, name: str) -> Json:
    """A JSON file of a bundle; empty where there is none."""
    if bundle is None:
        return {}
    try:
        found: Json = json.loads((Path(bundle.folder) / name).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def bundle_files(bundle: BundleRow | None) -> dict[str, Path]:
    """Every file of a bundle by its name in it; the only names that can be asked for."""
    if bundle is None:
        return {}
    folder = Path(bundle.folder)
    found = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return {path.relative_to(folder).as_posix(): path for path in found}


def text_of(message: Mapping[str, str], lang: str) -> str:
    """The language's half of a message."""
    return message.get(lang) or message.get("zh") or ""


def respond_missing(request: Request) -> Response:
    """The answer where there is nothing."""
    return site_of(request).page(request, "message.html", 404, head=None)


def lang_of(request: Request) -> str:
    """The language a request is answered in."""
    return session_of(request).lang
