"""A PostgreSQL server of the tests' own: started once a session in a temporary folder, on the loopback address only."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=32MB")


def programs() -> Path | None:
    """The folder of the server's programs: Debian keeps them off the search path."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return folders[-1].parent if folders else None


def account() -> list[str]:
    """What runs a command as somebody the server accepts: it refuses to run as root."""
    if os.getuid() != 0:
        return []
    try:
        pwd.getpwnam("postgres")
    except KeyError:
        pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]


@contextmanager
def server() -> Iterator[str]:
    """The address of a running server, without a database name."""
    folder = programs()
    if folder is None:
        pytest.skip("PostgreSQL's server is not installed (apt-get install postgresql)")
    place = Path(tempfile.mkdtemp(prefix="beianbox-pg-"))
    run = account()
    if run:
        shutil.chown(place, "postgres", "postgres")
    data, port = place / "data", free_port()

    def call(*command: str) -> None:
        subprocess.run([*run, *command], cwd=place, check=True, capture_output=True, timeout=60)

    options = " ".join(f"-c {one}" for one in (*QUICK, "listen_addresses=127.0.0.1", f"port={port}"))
    try:
        call(str(folder / "initdb"), "-D", str(data), "-U", "beian", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        call(
            str(folder / "pg_ctl"),
            "-D",
            str(data),
            "-l",
            str(place / "log"),
            "-w",
            "-o",
            f"{options} -k {place}",
            "start",
        )
        try:
            yield f"postgresql://beian@127.0.0.1:{port}"
        finally:
            call(str(folder / "pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(place, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def new_database(address: str) -> str:
    """The URL of an empty database."""
    import psycopg

    name = f"t{uuid.uuid4().hex[:12]}"
    with psycopg.connect(f"{address}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return f"{address}/{name}"
