"""A second reader's opinion of an APK's manifest: apkutils2, in a process of its own.

apkutils2 reads package name and versions well. It is not asked about certificates: it needs pyOpenSSL without
declaring it and calls a function current pyOpenSSL no longer has; it only ever knew v1 signatures and MD5. It reads
the whole file into memory and inflates without a limit, hence the child with limits on memory, time and output.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from extractors.packages.messages import warning
from extractors.packages.model import AppPackage, PackageWarning

MEMORY_BYTES = 1024 * 1024 * 1024
SECONDS = 20
MAX_ANSWER_BYTES = 64 * 1024
_ROOT = Path(__file__).resolve().parents[2]
_FIELDS = (
    ("package_name", "@package"),
    ("version_name", "@android:versionName"),
    ("version_code", "@android:versionCode"),
)


def crosscheck(path: Path | str, package: AppPackage, *, seconds: int = SECONDS) -> AppPackage:
    """Return the package with a warning for each value apkutils2 reads differently; other kinds are left alone."""
    if package.container != "apk":
        return package
    return replace(package, warnings=(*package.warnings, *_opinions(path, package, seconds)))


def _opinions(path: Path | str, package: AppPackage, seconds: int) -> Iterator[PackageWarning]:
    answer = _ask(path, seconds)
    if "error" in answer:
        yield warning("crosscheck_failed", reason=answer["error"])
        return
    for name, key in _FIELDS:
        ours, theirs = getattr(package, name), answer.get(key) or ""
        # A version kept as a resource comes back as its number, such as `@7F040000`: no opinion.
        if theirs.startswith("@") or ours == theirs:
            continue
        yield warning("crosscheck_differs", field=name, ours=ours, theirs=theirs[:200])


def _ask(path: Path | str, seconds: int) -> dict[str, str]:
    """The child's answer, or an `error` that says why there is none."""
    command = [sys.executable, "-m", "extractors.packages.crosscheck", os.fspath(Path(path).absolute())]
    environment = {**os.environ, "PYTHONPATH": str(_ROOT), "PYTHONIOENCODING": "utf-8"}
    try:
        done = subprocess.run(command, capture_output=True, timeout=seconds, env=environment, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return {"error": f"> {seconds} s"}
    line = done.stdout[-MAX_ANSWER_BYTES:].rpartition(b"\n{")[2]
    try:
        answer: Any = json.loads(line if line.startswith(b"{") else b"{" + line)
    except ValueError:
        return {"error": f"exit {done.returncode}"}
    return {str(key): str(value) for key, value in answer.items()} if isinstance(answer, dict) else {"error": "answer"}


def _limit_self() -> None:
    import resource

    for kind, limit in ((resource.RLIMIT_AS, MEMORY_BYTES), (resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_FSIZE, 0)):
        resource.setrlimit(kind, (limit, limit))


def _child(path: str) -> None:
    _limit_self()
    try:
        from apkutils2 import APK

        manifest = APK(path).get_manifest() or {}
        answer = {key: str(manifest.get(key) or "")[:1024] for _, key in _FIELDS}
    # The one place where anything at all may come out of a foreign reader, fed with a foreign file.
    except Exception as error:
        answer = {"error": type(error).__name__}
    sys.stdout.write("\n" + json.dumps(answer) + "\n")


if __name__ == "__main__":
    _child(sys.argv[1])
