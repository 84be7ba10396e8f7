"""Whose phones and addresses the agent's other filings hold, and whose order is in review. Pure.

A filing is known here by a label that names no person or company, because findings go to the customer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.model import Certificate, Filing, Person, Text

ROLES = ("entity_person", "service_person")


@dataclass(frozen=True, slots=True)
class Contact:
    """One person in charge in another filing: the filing's label, whose filing it is, and the person's data.

    `order` is the name of the state of that filing's order while it is in review, else None. `stands_for` says for how
    many filings it is looked at, that filing among them.
    """

    filing: Text
    entity_name: str
    entity_number: str
    is_individual: bool
    person: Person
    order: Text | None = None
    stands_for: int = 1


def contacts_of(filing: Filing, label: Text) -> tuple[Contact, ...]:
    """The persons in charge of a filing as other filings see them; a person in both roles comes once.

    A filing that names nobody gives one contact with an empty person, so that its entity is known all the same.
    """
    entity = filing.entity
    return tuple(
        Contact(label, entity.name, entity.certificate.number, entity.is_individual, person)
        for person in _named(getattr(filing, role) for role in ROLES)
    )


def contacts_in(document: Mapping[str, Any], label: Text) -> tuple[Contact, ...]:
    """As `contacts_of`, from the filing as the ledger keeps it, without building the whole of it."""
    entity = document["entity"]
    is_individual = entity["nature"] == "individual"
    return tuple(
        Contact(label, entity["name"], entity["certificate"]["number"], is_individual, person)
        for person in _named(_person(document[role]) for role in ROLES)
    )


def _named(persons: Iterable[Person]) -> list[Person]:
    return [one for one in dict.fromkeys(persons) if one != Person()] or [Person()]


def _person(kept: Mapping[str, Any]) -> Person:
    words = {name: kept[name] for name in ("name", "mobile", "emergency_phone", "email")}
    return Person(**words, certificate=Certificate(number=kept["certificate"]["number"]))
