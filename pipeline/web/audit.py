"""Who opened or changed which filing, for the ledger's audit log.

One row an hour for what a person opens of a filing (its page, its scans, its files), one for each thing they change.
A row holds the person, the part and the filing's key: no value, so that it may outlive a purge.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from pipeline.work import Desk, key_of

READ_AGAIN = timedelta(hours=1)
_PLACE = re.compile(r"/filings/([^/]+)(?:/([a-z]+))?")
_QUIET = frozenset({"work", "next"})
"""Parts that a page asks for by itself."""
_TYPED = "check"
"""Asked while somebody types; what is kept of it comes as a change of its own."""


class Audit:
    """Notes a request about a filing after the doorkeeper has let it in."""

    def __init__(self, app: ASGIApp, desk: Desk) -> None:
        self._app, self._desk = app, desk
        self._last: dict[tuple[str, str, str], datetime] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Notes, then passes on."""
        session = scope.get("session") if scope["type"] == "http" else None
        found = _PLACE.match(scope["path"]) if session is not None else None
        if session is not None and found is not None:
            part = found.group(2) or "page"
            await self._note(session.who, part, key_of(found.group(1)), is_change=scope["method"] == "POST")
        await self._app(scope, receive, send)

    async def _note(self, who: str, part: str, key: str, *, is_change: bool) -> None:
        if part == _TYPED:
            return
        now = datetime.now(UTC)
        if not is_change and (
            part in _QUIET or now - self._last.get((who, part, key), datetime.min.replace(tzinfo=UTC)) < READ_AGAIN
        ):
            return
        self._last[who, part, key] = now
        action = "change" if is_change else "read"
        await run_in_threadpool(self._desk.ledger.note_access, action, key, who, now, part)
