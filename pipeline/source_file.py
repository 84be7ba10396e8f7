"""A file as the steps take it: where its bytes lie and how they are known."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of a filing: its name for people (relative, with /), where its bytes lie, and their SHA-256."""

    name: str
    path: Path
    sha256: str


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
