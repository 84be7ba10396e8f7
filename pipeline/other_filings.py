"""Whose phones and addresses the agent's other filings hold, so that a reused one is noticed. Pure.

A filing is known here by a label that names no person or company, because findings go to the customer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.model import Certificate, Filing, Person, Text

ROLES = ("entity_person", "service_person")


@dataclass(frozen=True, slots=True)
class Contact:
    """One person in charge in another filing: the filing's label, whose filing it is, and the person's data."""

    filing: Text
    entity_name: str
    entity_number: str
    is_individual: bool
    person: Person


def contacts_of(filing: Filing, label: Text) -> tuple[Contact, ...]:
    """The persons in charge of a filing as other filings see them; a person in both roles comes once."""
    return tuple(_contacts(filing, label))


def _contacts(filing: Filing, label: Text) -> Iterator[Contact]:
    entity, seen = filing.entity, set[Person]()
    for role in ROLES:
        person: Person = getattr(filing, role)
        if person not in seen and person != Person():
            seen.add(person)
            yield Contact(label, entity.name, entity.certificate.number, entity.is_individual, person)


def contacts_in(document: Mapping[str, Any], label: Text) -> tuple[Contact, ...]:
    """As `contacts_of`, from the filing as the ledger keeps it, without building the whole of it."""
    entity = document["entity"]
    is_individual = entity["nature"] == "individual"
    persons = dict.fromkeys(_person(document[role]) for role in ROLES)
    return tuple(
        Contact(label, entity["name"], entity["certificate"]["number"], is_individual, person)
        for person in persons
        if person != Person()
    )


def _person(kept: Mapping[str, Any]) -> Person:
    words = {name: kept[name] for name in ("name", "mobile", "emergency_phone", "email")}
    return Person(**words, certificate=Certificate(number=kept["certificate"]["number"]))
