"""`beianbox review`: starts the page, prints its start address, opens the browser."""

from __future__ import annotations

import functools
import getpass
import ipaddress
import logging
import os
import socket
import threading
import webbrowser
from datetime import date
from pathlib import Path

import uvicorn

from pipeline import watch, work
from pipeline.errors import EnvironmentProblem, UsageError
from pipeline.web.app import make_app
from pipeline.web.flow_runs import flow_runs_of
from pipeline.web.redraw import Redraw
from pipeline.web.safety import Door, Sessions, read_passwords
from pipeline.web.site import Site
from pipeline.work import Desk

PASSWORDS = "review-passwords"
BACKLOG = 128
log = logging.getLogger("beianbox.review")


def review(*, host: str, port: int, browser: bool, passwords: Path | None = None) -> int:
    """Serves the page until Ctrl-C; the start address goes to standard output."""
    with work.open_desk(os.environ) as desk:
        known = {} if is_loopback(host) else read_passwords(passwords or desk.settings.home / PASSWORDS)
        listening = _listen(host, port)
        door = Door(host, listening.getsockname()[1], known)
        site = make_site(desk, door)
        site.queue()  # what is new since the last time is summed up here, not at the first click
        address = start_address(site)
        print(address, flush=True)
        if browser:
            threading.Timer(0.5, webbrowser.open, (address,)).start()
        threading.Thread(target=_warm_up, args=(site,), daemon=True).start()
        # uvicorn stops on a signal and then raises it again: caught here, so that the drawing in work ends well
        with watch.stopping():
            try:
                server_of(site).run([listening])
            finally:
                site.redraw.stop()
                listening.close()
    return 0


def make_site(desk: Desk, door: Door) -> Site:
    """A site on an open desk."""
    redraw = Redraw(desk, functools.partial(work.rules_of, desk), date.today)
    redraw.flow_runs = flow_runs_of(desk.settings.home, os.environ)
    return Site(desk, door, Sessions(lang=desk.settings.lang), redraw, _who())


def start_address(site: Site) -> str:
    """Where to begin: with the one-time token, or the sign-in page where passwords are in force."""
    host = f"[{site.door.host}]" if ":" in site.door.host else site.door.host
    base = f"http://{host}:{site.door.port}"
    return f"{base}/login" if site.door.passwords else f"{base}/start?token={site.sessions.start_token}"


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address.

    Raises:
        UsageError: it is neither an IP address nor `localhost`.
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError as error:
        raise UsageError(
            f"--host {host} 不是 IP 地址。例如 127.0.0.1（仅本机）或本机在局域网的地址。",
            f"--host {host} is no IP address; use 127.0.0.1 for this machine alone, or its address in the network.",
        ) from error


def _who() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "local"


def _listen(host: str, port: int) -> socket.socket:
    name = "127.0.0.1" if host == "localhost" else host
    listening = socket.socket(socket.AF_INET6 if ":" in name else socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((name, port))
        # from here on a browser that is quicker than the server waits instead of being refused
        listening.listen(BACKLOG)
    except (OSError, OverflowError) as error:
        listening.close()
        reason = getattr(error, "strerror", None) or str(error)
        raise EnvironmentProblem(
            f"无法在 {host}:{port} 上提供复核页（{reason}）。请用 --port 换一个端口，--port 0 自动选择。",
            f"The page cannot be served on {host}:{port} ({reason}). Choose another --port; 0 picks a free one.",
        ) from error
    return listening


def server_of(site: Site) -> uvicorn.Server:
    """The server, not yet running. It logs through our handlers: its own would write messages of errors, with values."""
    app = make_app(site)
    return uvicorn.Server(
        uvicorn.Config(
            app,
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            lifespan="off",
        )
    )


def _warm_up(site: Site) -> None:
    """Loads the rules and the picture library before the first click."""
    site.redraw.rules()
    if site.redraw.flow_runs is not None:
        site.redraw.flow_runs.warm_up()
    from extractors.vision import images

    log.info("ready (%s)", images.__name__)
