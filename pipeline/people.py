"""Whose ID is whose: pairs the two sides of cards and gives each card its roles. Pure.

Names decide; file names only help to pair a front with a back, never to give a role.
"""

from __future__ import annotations

import difflib
import itertools
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from extractors.paper import SURE, FieldReading, Paper
from pipeline.reading import Reading
from pipeline.same import plain_number

FRONTS = frozenset({"idcard_front", "residence_front"})
BACKS = frozenset({"idcard_back", "residence_back"})
WHOLE_IDS = frozenset(
    {"passport", "hk_macau_permit", "taiwan_permit", "idcard_both", "temporary_idcard", "foreign_permanent_resident"}
)
"""Papers that are a person's whole ID by themselves."""
PERSON_PAPERS = WHOLE_IDS | FRONTS | BACKS

SIDE_WORDS = re.compile(
    r"正反面|正面|反面|背面|人像面?|国徽面?|头像面?|front|back|portrait|emblem|side|[ab12](?=\W|_|$)|[\s_\-()（）.]+",
    re.IGNORECASE,
)
SAME_NAME = 0.6
PERHAPS_SAME_NAME = 0.3
SURE_NAME = 0.9


@dataclass(frozen=True, slots=True)
class Sheet:
    """One paper with the file it lies in."""

    reading: Reading
    paper: Paper


@dataclass(frozen=True, slots=True)
class PersonPapers:
    """The papers of one person: one card's sides, or a passport or permit."""

    sheets: tuple[Sheet, ...]

    @property
    def values(self) -> dict[str, tuple[Sheet, FieldReading]]:
        """Field name to its reading and the sheet it stands on; a foreign passport's name is that of its zone."""
        read = {name: (sheet, value) for sheet in self.sheets for name, value in sheet.paper.fields.items()}
        if "surname" in read and not read.keys() & {"name", "name_cn"}:
            read["name"] = _latin_name(read)
        return read

    @property
    def name(self) -> str:
        """The name as read, or an empty text."""
        reading = self._name_reading()
        return reading.value if reading else ""

    @property
    def name_is_sure(self) -> bool:
        """Whether the name was read without doubt."""
        reading = self._name_reading()
        return reading is not None and reading.confidence >= SURE_NAME

    def may_be_named(self, name: str) -> bool:
        """Whether a name read with doubt may be this one: where they differ, no character was read surely."""
        reading = self._name_reading()
        if reading is None or reading.confidence >= SURE or len(reading.value) != len(name):
            return False
        return all(
            at in reading.low for at, pair in enumerate(zip(reading.value, name, strict=True)) if len(set(pair)) > 1
        )

    def _name_reading(self) -> FieldReading | None:
        return next((self.values[key][1] for key in ("name", "name_cn") if key in self.values), None)


def _latin_name(read: Mapping[str, tuple[Sheet, FieldReading]]) -> tuple[Sheet, FieldReading]:
    """Surname and given names as one name, in the order of the machine-readable zone (ICAO 9303)."""
    sheet, surname = read["surname"]
    parts = [surname] + [reading for name, (_, reading) in read.items() if name == "given_names"]
    whole = " ".join(part.value for part in parts)
    return sheet, replace(surname, value=whole, confidence=min(part.confidence for part in parts), low=())


@dataclass(frozen=True, slots=True)
class Wanted:
    """The name that a licence or `filing.yaml` gives for a role, and whether it was read without doubt.

    `number` is that of a typed certificate: it tells namesakes apart.
    """

    name: str
    is_sure: bool = True
    number: str = ""


def sheets_of(readings: Sequence[Reading]) -> tuple[Sheet, ...]:
    """Every paper of every file, in the order of the files and pages."""
    return tuple(Sheet(reading, paper) for reading in readings for paper in reading.papers)


def pair(sheets: Sequence[Sheet]) -> tuple[PersonPapers, ...]:
    """The people whose papers lie in the folder; a back is given to the front it fits best, once."""
    complete = [PersonPapers((sheet,)) for sheet in sheets if sheet.paper.kind in PERSON_PAPERS - FRONTS - BACKS]
    fronts = [sheet for sheet in sheets if sheet.paper.kind in FRONTS]
    backs = [sheet for sheet in sheets if sheet.paper.kind in BACKS]
    partners = _partners(fronts, backs)
    paired = [
        PersonPapers((front, partners[number]) if number in partners else (front,))
        for number, front in enumerate(fronts)
    ]
    lonely = [PersonPapers((back,)) for back in backs if back not in partners.values()]
    return tuple(_without_copies([*paired, *complete, *lonely]))


def _partners(fronts: Sequence[Sheet], backs: Sequence[Sheet]) -> dict[int, Sheet]:
    """Front number to back, best fitting pairs first."""
    ranked = sorted(
        itertools.product(range(len(fronts)), range(len(backs))),
        key=lambda two: (-_fit(fronts[two[0]], backs[two[1]]), two),
    )
    taken: dict[int, int] = {}
    for front, back in ranked:
        if front not in taken and back not in taken.values():
            taken[front] = back
    return {front: backs[back] for front, back in taken.items()}


def _fit(front: Sheet, back: Sheet) -> float:
    """How well two sides belong together: same file, same file name but for the side, same place of issue."""
    if front.paper.kind[:3] != back.paper.kind[:3]:
        return -1
    same_file = 4.0 if front.reading.sha256 == back.reading.sha256 else 0.0
    one, two = (SIDE_WORDS.sub("", sheet.reading.file.rpartition(".")[0]) for sheet in (front, back))
    alike = 2.0 * difflib.SequenceMatcher(None, one, two).ratio()
    return same_file + alike + _same_place(front, back)


def _same_place(front: Sheet, back: Sheet) -> float:
    address, authority = front.paper.fields.get("address"), back.paper.fields.get("authority")
    if address is None or authority is None:
        return 0.0
    town = re.split(r"公安|市|县|区|分局", authority.value)[0]
    return 1.0 if len(town) >= 2 and town in address.value else 0.0


def _without_copies(people: Sequence[PersonPapers]) -> list[PersonPapers]:
    """The same card photographed twice counts once: the surer reading of its number is kept."""
    kept: dict[str, PersonPapers] = {}
    for number, person in enumerate(people):
        key = plain_number(_number(person)) or f"#{number}"
        if key not in kept or _sureness(person) > _sureness(kept[key]):
            kept[key] = person
    return list(kept.values())


def _number(person: PersonPapers) -> str:
    for key in ("id_number", "passport_no", "permit_no"):
        if key in person.values:
            return person.values[key][1].value
    return ""


def _sureness(person: PersonPapers) -> tuple[int, float]:
    values = [value for _, value in person.values.values()]
    return len(values), sum(value.confidence for value in values)


def give_roles(
    people: Sequence[PersonPapers], wanted: Mapping[str, Wanted], *, individual: bool
) -> dict[str, PersonPapers]:
    """Role (`entity.legal_person`, `entity_person`, `service_person`) to person.

    `wanted` maps a role to the name that licence or `filing.yaml` gives for it. Who is not named by anything: the
    legal person is in charge of the entity, and the one other person, if there is one, of the service.
    """
    roles: dict[str, PersonPapers] = {}
    for role, asked in wanted.items():
        found = _numbered(asked.number, people) or best_match(asked.name, people)
        if found is not None:
            roles[role] = found
    if individual:
        return _individual_roles(people, roles)
    return _unit_roles(people, roles, wanted)


def _numbered(number: str, people: Sequence[PersonPapers]) -> PersonPapers | None:
    return next((one for one in people if number and plain_number(_number(one)) == plain_number(number)), None)


def best_match(name: str, people: Sequence[PersonPapers]) -> PersonPapers | None:
    """The person whose name is `name`, or like it but for a misread character; None if nobody's is."""
    scored = [(_alike(name, person.name), number) for number, person in enumerate(people) if person.name]
    best = max(scored, key=lambda one: (one[0], -one[1]), default=(0.0, 0))
    return people[best[1]] if name and best[0] >= SAME_NAME else None


def _alike(one: str, two: str) -> float:
    if one == two or (_latin_words(one) and _latin_words(one) == _latin_words(two)):
        return 1.0
    if len(one) != len(two):
        return difflib.SequenceMatcher(None, one, two).ratio() * 0.9
    return sum(a == b for a, b in zip(one, two, strict=True)) / len(one) if one else 0.0


def _latin_words(name: str) -> list[str]:
    """The words of a name in Latin letters, whichever comes first, accents and case aside; none of any other name."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    return sorted(re.findall(r"[a-z]+", plain)) if plain.isascii() else []


def _individual_roles(people: Sequence[PersonPapers], roles: dict[str, PersonPapers]) -> dict[str, PersonPapers]:
    person = roles.get("entity_person") or roles.get("service_person") or (people[0] if people else None)
    return {"entity_person": person, "service_person": person} if person else {}


def _unit_roles(
    people: Sequence[PersonPapers], roles: dict[str, PersonPapers], wanted: Mapping[str, Wanted]
) -> dict[str, PersonPapers]:
    _give_misread(people, roles, wanted)
    if "entity_person" not in wanted:
        _set(roles, "entity_person", roles.get("entity.legal_person") or _first(people, roles))
    others = [person for person in people if person not in roles.values()]
    if "service_person" not in wanted:
        _set(roles, "service_person", others[0] if len(others) == 1 else roles.get("entity_person"))
    return roles


def _give_misread(people: Sequence[PersonPapers], roles: dict[str, PersonPapers], wanted: Mapping[str, Wanted]) -> None:
    """One name without papers and one person without a role, alike and one of them unsure: it was misread."""
    left = [person for person in people if person not in roles.values() and person.name]
    missing = {role: asked for role, asked in wanted.items() if role not in roles}
    if len(left) != 1 or len({asked.name for asked in missing.values()}) != 1:
        return
    person, asked = left[0], next(iter(missing.values()))
    doubtful = not (asked.is_sure and person.name_is_sure)
    if doubtful and _alike(asked.name, person.name) >= PERHAPS_SAME_NAME:
        roles.update(dict.fromkeys(missing, person))


def _first(people: Sequence[PersonPapers], roles: Mapping[str, PersonPapers]) -> PersonPapers | None:
    return next((person for person in people if person not in roles.values()), None)


def _set(roles: dict[str, PersonPapers], role: str, person: PersonPapers | None) -> None:
    if person is not None:
        roles.setdefault(role, person)
