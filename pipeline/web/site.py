"""What the pages share: desk, door, sessions, pictures, the redraw thread, and the loading of one filing's material."""

from __future__ import annotations

import functools
import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from pipeline import attention, bundle_places, letters, queue_lines, review, summaries, vocabulary, work
from pipeline.attention import Policy
from pipeline.bundle_places import NO_BUNDLE, BundleFiles
from pipeline.kept_readings import kept_reading
from pipeline.rows import BundleRow, Decision, FilingRow, Json, QueueRow
from pipeline.summaries import Summary
from pipeline.web import choices, views
from pipeline.web.pictures import Pictures
from pipeline.web.places import ScanPage, lows_of, pages_of
from pipeline.web.redraw import Redraw
from pipeline.web.safety import Door, Session, Sessions, session_of
from pipeline.web.words import WORDS
from pipeline.work import Desk

HERE = Path(__file__).parent
AT_ONCE = 200


class Missing(Exception):
    """There is no such page, filing or file."""


@dataclass(frozen=True, slots=True)
class Case:
    """One filing as the pages need it: saved row, newest bundle, decisions, pages of its files."""

    row: FilingRow
    bundle: BundleRow | None
    decisions: tuple[Decision, ...]
    pages: Mapping[tuple[str, int], ScanPage]
    lows: Mapping[tuple[str, int, str], tuple[int, ...]]
    heads: Mapping[str, tuple[str, ...]]
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
        read = [(name, sha256, kept_reading(self.desk, sha256)) for name, sha256 in files]
        return Case(
            row,
            ledger.latest_bundle(filing),
            ledger.decisions_of(filing),
            pages_of(read),
            lows_of(read),
            letters.heads(read),
            ledger.last_change(filing),
        )

    def bundle(self, filing: str) -> BundleFiles:
        """The files of a filing's newest bundle; none where there is no bundle."""
        return self.files_of(self.desk.ledger.latest_bundle(filing))

    def files_of(self, bundle: BundleRow | None) -> BundleFiles:
        """The files of a bundle: their names are the only ones that can be asked for."""
        return bundle_places.files_at(bundle.folder, self.desk.store) if bundle is not None else NO_BUNDLE

    def sheet(self, case: Case, session: Session) -> views.Sheet:
        """The material of a page for whoever looks at it."""
        revealed = frozenset(path for filing, path in session.revealed if filing == case.row.id)
        now = review.standing(case.decisions)
        shown = (case.row.id, case.row.document, case.pages, case.decisions, session.lang, session.who)
        return views.Sheet(*shown, case.lows, self.policy, revealed, now)

    @functools.cached_property
    def policy(self) -> Policy:
        """What the settings ask a reviewer to look at besides doubts."""
        settings = self.desk.settings
        return attention.policy_of(settings.review_sample_percent, settings.double_review)

    def queue(self) -> list[Summary]:
        """All filings for the queue. What was kept of an unchanged filing is not made again, also after a restart."""
        with self.summing:
            rows = self.desk.ledger.queue()
            found = {row.filing: summaries.from_row(row, self.policy) for row in rows}
            stale = [row for row in rows if found[row.filing] is None]
            for first in range(0, len(stale), AT_ONCE):
                made = self._summarised(stale[first : first + AT_ONCE])
                self.desk.ledger.save_summaries(made)
                found.update((row.filing, summaries.from_row(row, self.policy)) for row in made)
        return summaries.in_order([one for one in found.values() if one is not None], datetime.now(UTC))

    def _summarised(self, rows: Sequence[QueueRow]) -> list[QueueRow]:
        return queue_lines.summarised(self.desk.ledger, rows, self.policy)

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
            "text_of": text_of,
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
    made.filters["kind_name"] = vocabulary.kind_name
    made.filters["provider"] = choices.provider_name
    made.filters["province"] = choices.province_name
    return made


def site_of(request: Request) -> Site:
    """The site a request is for."""
    site: Site = request.app.state.site
    return site


def findings_of(files: BundleFiles) -> Json:
    """What a bundle says of findings, documents and forms; empty where there is no bundle."""
    try:
        found: Json = json.loads(files.read("findings.json"))
    except (KeyError, OSError, ValueError):
        return {}
    return found


def text_of(message: Mapping[str, str], lang: str) -> str:
    """The language's half of a message."""
    return message.get(lang) or message.get("zh") or ""


def respond_missing(request: Request) -> Response:
    """The answer where there is nothing."""
    return site_of(request).page(request, "message.html", 404, head=None)


def lang_of(request: Request) -> str:
    """The language a request is answered in."""
    return session_of(request).lang
