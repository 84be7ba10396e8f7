"""A reader that does what the file tells it to: crash, hang, eat memory. Started in place of `pipeline.reader_child`."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from extractors.paper import Paper
from pipeline import reader_child, reading
from pipeline.reading import Reading


def obey(path: Path, *, name: str, sha256: str, engine: str) -> Reading:
    word = path.read_text("utf-8").partition(" ")[0]
    if word == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    elif word == "leave":
        os._exit(3)
    elif word == "hang":
        time.sleep(1000)
    elif word == "loop":
        while True:
            pass
    elif word == "crash-once" and not (mark := path.with_suffix(".mark")).exists():
        mark.write_bytes(b"")
        os.kill(os.getpid(), signal.SIGKILL)
    elif word == "evil":
        os.write(
            reader_output(), answer(b"cos\nsystem\n(S'touch " + str(path.with_suffix(".owned")).encode() + b"'\ntR.")
        )
        time.sleep(1000)
    elif word == "print":
        print("a library says something", flush=True)
        subprocess.run(["echo", "so does a program"], check=True)
    elif word == "start":
        child = subprocess.Popen(["sleep", "1000"])
        path.with_suffix(".pid").write_text(str(child.pid))
        os.kill(os.getpid(), signal.SIGKILL)
    return Reading(name, sha256, path.stat().st_size, "other", papers=(Paper("unknown", texts=(told(word),)),))


def told(word: str) -> str:
    """What an attempt at something forbidden ended in."""
    if word == "environment":
        return " ".join(sorted(os.environ))
    try:
        if word == "eat":
            return str(len(bytearray(4 << 30)))
        if word == "net":
            socket.socket().connect(("127.0.0.1", 9))
        if word == "net-child":
            code = "import socket; socket.socket()"
            return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stderr[-30:]
        if word == "temp":
            Path(tempfile.mkstemp(prefix="page")[1]).write_bytes(b"a page of an ID card")
            return tempfile.gettempdir()
    except OSError as error:
        return type(error).__name__
    return word


def reader_output() -> int:
    """The pipe to the parent: the copy that `reader_child` made of standard output."""
    pipes = [int(one) for one in os.listdir("/proc/self/fd") if os.readlink(f"/proc/self/fd/{one}").startswith("pipe")]
    return max(pipes)


def answer(data: bytes) -> bytes:
    return len(data).to_bytes(8, "big") + data


real = reading.read_file


def read_file(path: Path, *, name: str, sha256: str, engine: str = "auto", place: Path | None = None) -> Reading:
    try:
        return obey(path, name=name, sha256=sha256, engine=engine)
    except MemoryError:
        return Reading(name, sha256, 0, "other", failure=reading.OUT_OF_MEMORY)


if __name__ == "__main__":
    reading.read_file = read_file  # type: ignore[assignment]
    sys.exit(reader_child.main())
