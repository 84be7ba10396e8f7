"""Loose files of the inbox are offered to a filing: by a number, domain, package or name they share, or by file name.

Offered, never moved: a person says where a file belongs, on the arrivals page. The reason names the kind of thing that
agrees and never the thing itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.marks import Mark
from pipeline.model import Text
from pipeline.same import comparable

WHY: dict[str, Text] = {
    "number": Text("证件号码相同", "the same certificate number"),
    "domain": Text("域名相同", "the same domain"),
    "package": Text("包名相同", "the same package name"),
    "entity": Text("主办单位名称相同", "the same entity name"),
    "person": Text("姓名相同", "the same person's name"),
    "file_name": Text("文件名含主办单位名称", "a file name with the entity's name in it"),
}
"""Kinds of marks that may agree, the most telling first."""

_SHORTEST = 3
"""Letters of an entity's name that say something in a file name."""
_LONGEST_TITLE = 150
"""Letters of a file name that are looked through: a name on a disk has 255 bytes, 85 Chinese characters."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A filing that a loose file may belong to, and why."""

    filing: str
    why: Text


def best_offer(file_name: str, marks: frozenset[Mark], filings: Iterable[tuple[str, frozenset[Mark]]]) -> Offer | None:
    """The filing that a file has most in common with; of several that are alike the first, and their number is told."""
    scored = [(score, filing) for filing, known in filings if (score := _score(file_name, marks, known))]
    if not scored:
        return None
    best = max(score for score, _ in scored)
    alike = [filing for score, filing in scored if score == best]
    return Offer(alike[0], _why(best, len(alike)))


def names_in(file_name: str) -> frozenset[str]:
    """Every part of a file's name that could be an entity's: what `best_offer` takes for one is among them."""
    title = comparable("entity", file_name)[:_LONGEST_TITLE]
    ends = range(_SHORTEST, len(title) + 1)
    return frozenset(title[start:end] for end in ends for start in range(end - _SHORTEST + 1))


def _score(file_name: str, marks: frozenset[Mark], known: frozenset[Mark]) -> tuple[str, ...]:
    """The kinds that agree, comparable: better kinds first, then more of them; empty where nothing agrees."""
    kinds = sorted({kind for kind, _ in marks & known}, key=list(WHY).index)
    title = comparable("entity", file_name)
    if not kinds and any(kind == "entity" and len(name) >= _SHORTEST and name in title for kind, name in known):
        kinds = ["file_name"]
    return tuple(_RANKS[kind] for kind in kinds)


_RANKS = {kind: chr(ord("z") - place) for place, kind in enumerate(WHY)}
_KINDS = {rank: kind for kind, rank in _RANKS.items()}


def _why(score: Sequence[str], alike: int) -> Text:
    texts = [WHY[_KINDS[rank]] for rank in score]
    zh, en = "、".join(text.zh for text in texts), ", ".join(text.en for text in texts)
    if alike > 1:
        return Text(f"{zh}；另有 {alike - 1} 份备案同样相符", f"{en}; {alike - 1} more filings fit alike")
    return Text(zh, en)
