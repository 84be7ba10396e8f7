"""An S3 server of the tests' own, on the loopback address only; it keeps everything in its memory."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.pipeline.postgres import free_port

BUCKET = "beianbox"


@dataclass(frozen=True)
class Bucket:
    """A prefix of the bucket that nobody else uses."""

    endpoint: str
    prefix: str

    @property
    def url(self) -> str:
        return f"s3://{BUCKET}/{self.prefix}"

    @property
    def options(self) -> dict[str, Any]:
        return {"endpoint_url": self.endpoint, "key": "tests", "secret": "tests"}

    @property
    def environ(self) -> dict[str, str]:
        return {"BEIANBOX_STORE": self.url, "BEIANBOX_STORE_OPTIONS": json.dumps(self.options)}

    def objects(self) -> dict[str, bytes]:
        """Everything below the prefix."""
        from fsspec import filesystem

        fs = filesystem("s3", **self.options, use_listings_cache=False, skip_instance_cache=True)
        return {name: fs.cat_file(name) for name in fs.find(f"{BUCKET}/{self.prefix}")}


@contextmanager
def server() -> Iterator[str]:
    """The endpoint of a running server with a bucket."""
    port = free_port()
    command = [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    endpoint = f"http://127.0.0.1:{port}"
    try:
        _make_bucket(endpoint)
        yield endpoint
    finally:
        process.kill()
        process.wait()


def _make_bucket(endpoint: str) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(urllib.request.Request(f"{endpoint}/{BUCKET}", method="PUT"), timeout=5).close()
            return
        except urllib.error.HTTPError:
            raise
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the S3 server did not start")


def new_bucket(endpoint: str) -> Bucket:
    return Bucket(endpoint, uuid.uuid4().hex)
