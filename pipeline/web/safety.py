"""Who may speak to the page, and how: the guard in front of every request.

Threats: another website in the same browser (cross-site posts, DNS rebinding), another user of the machine, a reader
over the shoulder, and hostile file names or OCR text. Against them: a one-time token in the start address, a session
cookie no other site is sent with, Host and Origin checks, a token for each single change, a policy that runs no
inline script and loads nothing from elsewhere, and templates that escape everything.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.errors import EnvironmentProblem

MAX_FORM_BYTES = 64 * 1024
MAX_FIELDS = 50
MAX_SESSION_SECONDS = 12 * 3600
MAX_FAILED_LOGINS = 5
LOCK_SECONDS = 60.0
OPEN_PATHS = ("/start", "/login", "/static/", "/fonts/")
SAFE_METHODS = frozenset({"GET", "HEAD"})

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # with no-referrer a browser posts a form with "Origin: null", which no page of ours could tell from a stranger's
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


@dataclass(slots=True)
class Session:
    """One browser that was let in: who sits there, its secret, its language, which values it has revealed."""

    id: str
    key: bytes
    who: str
    lang: str
    began: float
    revealed: set[tuple[str, str]] = field(default_factory=set)

    def token(self, *about: object) -> str:
        """The token of one change: of this session, this action and the state the page showed."""
        message = "\x1f".join(str(part) for part in about).encode()
        return hmac.new(self.key, message, hashlib.sha256).hexdigest()[:40]

    def accepts(self, token: str, *about: object) -> bool:
        """Whether a token was made by this session for exactly this change."""
        return hmac.compare_digest(token.encode(), self.token(*about).encode())


class Sessions:
    """The browsers let in since the start, in memory only; the start token opens the door once."""

    def __init__(self, *, lang: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._lang = lang
        self._clock = clock
        self._lock = threading.Lock()
        self._open: dict[str, Session] = {}
        self._start_token = secrets.token_urlsafe(32)
        self._failures: list[float] = []

    @property
    def start_token(self) -> str:
        """The token of the start address; empty once it was used."""
        return self._start_token

    def begin_with_token(self, token: str, who: str) -> Session | None:
        """A session for whoever brings the start token first; None for everybody after."""
        with self._lock:
            if not self._start_token or not hmac.compare_digest(token.encode(), self._start_token.encode()):
                return None
            self._start_token = ""
            return self._begin(who)

    def begin_with_password(self, name: str, password: str, known: Mapping[str, str]) -> Session | None:
        """A session for a name and password of the file; a minute's pause after five failures."""
        with self._lock:
            now = self._clock()
            self._failures = [at for at in self._failures if now - at < LOCK_SECONDS]
            if len(self._failures) >= MAX_FAILED_LOGINS:
                return None
            expected = known.get(name, secrets.token_hex(16))
            if not (hmac.compare_digest(_digest(password), _digest(expected)) and name in known):
                self._failures.append(now)
                return None
            return self._begin(name)

    def _begin(self, who: str) -> Session:
        session = Session(secrets.token_urlsafe(32), secrets.token_bytes(32), who, self._lang, self._clock())
        self._open[session.id] = session
        return session

    def find(self, key: str) -> Session | None:
        """The session of a cookie, while it lasts."""
        session = self._open.get(key)
        if session is None or self._clock() - session.began > MAX_SESSION_SECONDS:
            self._open.pop(key, None)
            return None
        return session

    def end(self, session: Session) -> None:
        """Forgets a session."""
        self._open.pop(session.id, None)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


@dataclass(frozen=True, slots=True)
class Door:
    """Where the page is served and how one gets in; `passwords` is empty where the start token is the key."""

    host: str
    port: int
    passwords: Mapping[str, str] = field(default_factory=dict)

    @property
    def cookie(self) -> str:
        """The cookie's name: two pages on one machine must not overwrite each other's."""
        return f"beianbox_{self.port}"

    def allows_host(self, host: str) -> bool:
        """Whether a Host header names this page; anything else is another site's name pointed at our address."""
        names = {self.host} if self.passwords else {"127.0.0.1", "localhost", "[::1]"}
        if self.passwords and self.host in ("0.0.0.0", "::"):
            return _is_plain_host(host, self.port)
        shown = {f"[{name}]" if ":" in name and not name.startswith("[") else name for name in names}
        return host in {f"{name}:{self.port}" for name in shown} | (shown if self.port == 80 else set())


def _is_plain_host(host: str, port: int) -> bool:
    """For a page on all interfaces: an IP address with our port; a name could be pointed here by anyone."""
    import ipaddress

    name, colon, number = host.rpartition(":")
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return bool(colon) and number == str(port)


def read_passwords(path: Path) -> dict[str, str]:
    """Names and passwords, one `name:password` a line; `#` begins a comment.

    Raises:
        EnvironmentProblem: no such file, open to others, or a password that is too short.
    """
    try:
        mode, text = path.stat().st_mode, path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise EnvironmentProblem(
            f"对外提供复核页需要密码文件，但无法读取 {path}。请建立该文件，每行“姓名:密码”，并执行 chmod 600。",
            f"Serving the page to others needs a password file, and {path} cannot be read. "
            "Make it with one name:password a line, then chmod 600.",
        ) from error
    if mode & 0o077:
        raise EnvironmentProblem(
            f"密码文件 {path} 其他用户可读。请执行 chmod 600 {path}。",
            f"Others can read the password file {path}. Run chmod 600 {path}.",
        )
    known = dict(_password_lines(text, path))
    if not known:
        raise EnvironmentProblem(f"密码文件 {path} 是空的。", f"The password file {path} is empty.")
    return known


def _password_lines(text: str, path: Path) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, colon, password = line.strip().partition(":")
        if not colon or not name or len(password) < 12:
            raise EnvironmentProblem(
                f"{path} 第 {number} 行应为“姓名:密码”，密码至少 12 位。",
                f"{path} line {number} must be name:password with at least 12 characters.",
            )
        found.append((name, password))
    return found


class Guard:
    """The ASGI layer before all pages: Host, session, Origin; and the headers of every answer."""

    def __init__(self, app: ASGIApp, door: Door, sessions: Sessions) -> None:
        self._app = app
        self._door = door
        self._sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets a request through or answers it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = self._refusal(scope)
        await (refusal or self._app)(scope, receive, send_safely)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if not self._door.allows_host(headers.get("host", "")):
            return _refused(421, "Host 不符，拒绝访问。", "This page does not answer to that host name.")
        if scope["method"] not in SAFE_METHODS and not _is_same_origin(headers):
            return _refused(403, "请求不是从本页发出的。", "The request did not come from this page.")
        scope["session"] = self._sessions.find(Request(scope).cookies.get(self._door.cookie, ""))
        if scope["session"] is not None or scope["path"].startswith(OPEN_PATHS):
            return None
        if self._door.passwords and scope["method"] == "GET" and not headers.get("hx-request"):
            return RedirectResponse("/login", 303)
        return _refused(
            401,
            "没有登录。请使用 beianbox review 打印的起始地址；地址只能用一次，用过请重新运行命令。",
            "Not signed in. Use the start address that beianbox review printed; it works once, so run the command again.",
        )


def _refused(status: int, zh: str, en: str) -> Response:
    return PlainTextResponse(f"{zh}\n{en}\n", status)


def _is_same_origin(headers: Headers) -> bool:
    """A change must say it comes from our own page: browsers send Origin with every post."""
    origin = headers.get("origin", "")
    fetch_site = headers.get("sec-fetch-site", "same-origin")
    return origin in (f"http://{headers['host']}", f"https://{headers['host']}") and fetch_site == "same-origin"


def session_of(request: Request) -> Session:
    """The session of a request that passed the guard."""
    session: Session = request.scope["session"]
    return session


class TooMuch(Exception):
    """A form is larger than any form of ours."""


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a posted form; the last of several equal names counts.

    Raises:
        TooMuch: the body is over `MAX_FORM_BYTES`, or has more than `MAX_FIELDS` fields.
    """
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_FORM_BYTES:
            raise TooMuch
    try:
        return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError as error:
        raise TooMuch from error


def let_in(response: Response, door: Door, session: Session) -> Response:
    """Gives the browser its session cookie: for this site only, out of reach of scripts."""
    response.set_cookie(door.cookie, session.id, httponly=True, samesite="strict", path="/")
    return response
