"""Loose files of the inbox are offered to a filing: by a number, domain, package or name they share, or by file name.

Offered, never moved: a person says where a file belongs, on the arrivals page. The reason names the kind of thing that
agrees and never the thing itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.model import Text
from pipeline.reading import Reading

Mark = tuple[str, str]
"""A kind of thing (a key of `WHY`) and the thing itself."""

WHY: dict[str, Text] = {
    "number": Text("证件号码相同", "the same certificate number"),
    "domain": Text("域名相同", "the same domain"),
    "package": Text("包名相同", "the same package name"),
    "entity": Text("主办单位名称相同", "the same entity name"),
    "person": Text("姓名相同", "the same person's name"),
    "file_name": Text("文件名含主办单位名称", "a file name with the entity's name in it"),
}
"""What may agree, the most telling first."""

_FIELDS = {
    "credit_code": "number",
    "id_number": "number",
    "passport_no": "number",
    "permit_no": "number",
    "domain": "domain",
    "owner": "entity",
}
_ENTITY_PAPERS = ("licence", "institution")
_ROLES = ("entity_person", "service_person")
_SHORTEST = 3
"""Letters of an entity's name that say something in a file name."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A filing that a loose file may belong to, and why."""

    filing: str
    why: Text


def marks_of_reading(reading: Reading) -> frozenset[Mark]:
    """What a file says of whose it is."""
    found = {mark for paper in reading.papers for mark in _of_paper(paper.kind, paper.fields)}
    package = (reading.package or {}).get("package_name")
    return frozenset(found | ({("package", package)} if package else set()))


def marks_of_filing(filing: Mapping[str, Any]) -> frozenset[Mark]:
    """The same of a filing as the ledger keeps it."""
    return frozenset((kind, value) for kind, value in _of_filing(filing) if value)


def best_offer(file_name: str, marks: frozenset[Mark], filings: Iterable[tuple[str, frozenset[Mark]]]) -> Offer | None:
    """The filing that a file has most in common with; of several that are alike the first, and their number is told."""
    scored = [(score, filing) for filing, known in filings if (score := _score(file_name, marks, known))]
    if not scored:
        return None
    best = max(score for score, _ in scored)
    alike = [filing for score, filing in scored if score == best]
    return Offer(alike[0], _why(best, len(alike)))


def _score(file_name: str, marks: frozenset[Mark], known: frozenset[Mark]) -> tuple[str, ...]:
    """The kinds that agree, comparable: better kinds first, then more of them; empty where nothing agrees."""
    kinds = sorted({kind for kind, _ in marks & known}, key=list(WHY).index)
    if not kinds and any(kind == "entity" and len(name) >= _SHORTEST and name in file_name for kind, name in known):
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


def _of_paper(paper_kind: str, fields: Mapping[str, Any]) -> Iterator[Mark]:
    for name, field in fields.items():
        if name in _FIELDS:
            yield _FIELDS[name], field.value
        elif name in ("name", "name_cn"):
            yield ("entity" if any(word in paper_kind for word in _ENTITY_PAPERS) else "person"), field.value


def _of_filing(filing: Mapping[str, Any]) -> Iterator[Mark]:
    entity = filing.get("entity") or {}
    yield "entity", entity.get("name", "")
    yield "number", (entity.get("certificate") or {}).get("number", "")
    for person in (entity.get("legal_person"), *(filing.get(role) for role in _ROLES)):
        yield "person", (person or {}).get("name", "")
        yield "number", ((person or {}).get("certificate") or {}).get("number", "")
    for service in (*filing.get("websites", ()), *filing.get("apps", ())):
        for domain in service.get("domains", ()):
            yield "domain", domain.get("name", "")
        for platform in service.get("platforms", ()):
            yield "package", platform.get("package_name", "")
