"""Marks: what a filing or a file says of whose it is, as the ledger's index knows it. Pure.

Values are kept in the form in which they are compared, so that equal marks are found by equality alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pipeline.other_filings import ROLES
from pipeline.same import comparable

if TYPE_CHECKING:
    from pipeline.reading import Reading

Mark = tuple[str, str]
"""A kind of thing and the thing itself, in the form of `same.comparable`."""

CONTACT_KINDS = frozenset({"entity", "number", "person", "phone", "email"})
"""The kinds by which an entity and its persons in charge are known in another filing."""

_FIELDS = {
    "credit_code": "number",
    "id_number": "number",
    "passport_no": "number",
    "permit_no": "number",
    "domain": "domain",
    "owner": "entity",
}
_ENTITY_PAPERS = ("licence", "institution")


def marks_of_reading(reading: Reading) -> frozenset[Mark]:
    """What a file says of whose it is."""
    found = [mark for paper in reading.papers for mark in _of_paper(paper.kind, paper.fields)]
    return _marks([*found, ("package", (reading.package or {}).get("package_name") or "")])


def marks_of_filing(filing: Mapping[str, Any]) -> frozenset[Mark]:
    """The same of a filing as the ledger keeps it."""
    return _marks(_of_filing(filing))


def marks_of_entity(name: str, number: str) -> frozenset[Mark]:
    """What the entity alone gives of them."""
    return _marks([("entity", name), ("number", number)])


def _marks(found: Iterable[Mark]) -> frozenset[Mark]:
    return frozenset((kind, comparable(kind, value)) for kind, value in found if value)


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
    for person in (entity.get("legal_person"), *(filing.get(role) for role in ROLES)):
        yield "person", (person or {}).get("name", "")
        yield "number", ((person or {}).get("certificate") or {}).get("number", "")
    for person in (filing.get(role) or {} for role in ROLES):
        yield "email", person.get("email", "")
        yield from (("phone", person.get(name, "")) for name in ("mobile", "emergency_phone"))
    for service in (*filing.get("websites", ()), *filing.get("apps", ())):
        for domain in service.get("domains", ()):
            yield "domain", domain.get("name", "")
        for platform in service.get("platforms", ()):
            yield "package", platform.get("package_name", "")
