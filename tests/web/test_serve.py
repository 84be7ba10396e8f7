from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


def start(home: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "pipeline.cli", "review", "--no-browser", *arguments]
    environ = {**os.environ, "BEIANBOX_HOME": str(home)}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ)


def test_the_command_prints_an_address_that_opens_once_and_ends_quietly(tmp_path: Path) -> None:
    process = start(tmp_path / "home", "--port", "0")
    assert process.stdout is not None
    try:
        address = process.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:") and "/start?token=" in address
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        with opener.open(address, timeout=20) as answer:
            assert "还没有备案" in answer.read().decode()
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(address, timeout=20)
        assert caught.value.code == 403
        caught.value.close()
    finally:
        process.send_signal(signal.SIGTERM)
        _, complaints = process.communicate(timeout=30)
    assert (process.returncode, complaints) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--host", "0.0.0.0"], 3, "password file"),
        (["--host", "example.com"], 2, "no IP address"),
        (["--port", "99999"], 3, "cannot be served"),
    ],
)
def test_a_wrong_place_to_serve_at_is_said_in_words(tmp_path: Path, arguments: list[str], code: int, said: str) -> None:
    process = start(tmp_path / "home", *arguments)
    _, complaints = process.communicate(timeout=30)
    assert process.returncode == code and said in complaints and "Traceback" not in complaints
