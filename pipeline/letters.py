"""Which form a signed and scanned letter answers (签回件): by the title printed on it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher

from pipeline.rows import Json

HEAD_LINES = 12
"""A letter's title stands among its first lines, below a number or a company's head at most."""
ALIKE = 0.8
KINDS = frozenset({"letter", "unknown"})


def heads(files: Iterable[tuple[str, str, Json | None]]) -> dict[str, tuple[str, ...]]:
    """The first lines of each letter or unknown paper, by hash; `files` are name, hash and what the reader said."""
    found: dict[str, tuple[str, ...]] = {}
    for _, sha256, reading in files:
        for paper in (reading or {}).get("papers", ()):
            if paper["kind"] in KINDS and sha256 not in found:
                found[sha256] = tuple(_squeezed(text) for text in paper["texts"][:HEAD_LINES])
    return found


def matched(titles: Mapping[str, str], heads: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Template to the file that answers it; a file answers one form only, and a doubtful match is none.

    Args:
        titles: template to the Chinese title printed on it.
        heads: file to its first lines.
    """
    found: dict[str, str] = {}
    for file, lines in heads.items():
        scores = sorted(((_score(title, lines), template) for template, title in titles.items()), reverse=True)
        best = [template for score, template in scores if score >= ALIKE and score == scores[0][0]]
        if len(best) == 1:
            found.setdefault(best[0], file)
    return found


def _score(title: str, lines: Sequence[str]) -> float:
    """How well a title is found among lines: 1 and a bit for its whole length, else the share of it in one line."""
    wanted = _squeezed(re.sub(r"（.*?）$", "", title))
    if any(wanted in line for line in lines):
        return 1 + len(wanted) / 1000  # of two titles that both stand there, the longer says more
    return max((SequenceMatcher(None, wanted, line, autojunk=False).ratio() for line in lines), default=0.0)


def _squeezed(text: str) -> str:
    return re.sub(r"[\s《》]", "", text)
