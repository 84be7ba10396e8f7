"""What every check gets and gives: the context with the filing, the hit, and the register of named checks."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pipeline import checks_paths
from pipeline.fields import words_of
from pipeline.model import Filing, Operation, Person, Severity, Text
from pipeline.other_filings import Contact
from pipeline.same import same_person

Params = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Hit:
    """One place where a rule is broken: `values` fill the message's braces.

    `kinds` names documents any one of which mends it; `severity` lowers or raises the rule's own.
    `choice`: a person decides which document fits, so none of them is generated unasked.
    """

    where: str
    values: Mapping[str, object] = field(default_factory=dict)
    kinds: tuple[str, ...] = ()
    severity: Severity | None = None
    choice: bool = False


@dataclass(frozen=True, slots=True)
class Province:
    """A province (省、自治区、直辖市): its GB/T 2260 figures, short and full name, and its cities."""

    code: str
    name: str
    full_name: str
    en: str
    abbr: str
    cities: tuple[str, ...]


@dataclass(frozen=True)
class Context:
    """One filing on one day, seen by one rule: `service` is `web`, `app` or `both`, `others` the agent's other filings."""

    filing: Filing
    day: date
    provinces: Mapping[str, Province]
    service: str = "both"
    others: tuple[Contact, ...] = ()

    def known(self, path: str) -> list[tuple[str, Any]]:
        """Known values under a path, each with its exact path."""
        return checks_paths.known(self.filing, path, self.service)

    def value(self, path: str) -> Any:
        """The one known value of a path, or None."""
        found = self.known(path)
        return found[0][1] if found else None

    def texts(self, paths: Iterable[str]) -> list[tuple[str, str]]:
        """Known texts under several paths; lists of texts are taken apart."""
        return [item for path in paths for where, value in self.known(path) for item in _split(where, value)]

    @property
    def one_person(self) -> bool:
        """Whether both roles are known to be held by one person."""
        return same_person(self.filing.entity_person, self.filing.service_person) is True

    def person(self, path: str) -> Person:
        """The person at `entity_person`, `service_person` or `entity.legal_person`."""
        found: Person = self.known(path)[0][1]
        return found


@dataclass(frozen=True, slots=True)
class Among:
    """The kind of a parameter that lists some of these words; with `each`, a mapping to such lists."""

    words: frozenset[str]
    each: bool = False

    def unknown(self, value: Any) -> list[str] | None:
        """The words that are not among them; None where the value has not the shape at all."""
        lists = list(value.values()) if self.each and isinstance(value, dict) else [value]
        if (self.each and not isinstance(value, dict)) or not all(isinstance(one, list) for one in lists):
            return None
        return sorted({str(word) for one in lists for word in one} - self.words)


CheckFunction = Callable[[Context, Params], Iterable[Hit]]


@dataclass(frozen=True, slots=True)
class Check:
    """A named check: its function and the parameters it takes, each with its type."""

    name: str
    run: CheckFunction
    required: Mapping[str, Any]
    optional: Mapping[str, Any]


CHECKS: dict[str, Check] = {}


def named(
    required: Mapping[str, Any] | None = None, optional: Mapping[str, Any] | None = None
) -> Callable[[CheckFunction], CheckFunction]:
    """Registers a check under its function's name."""

    def register(function: CheckFunction) -> CheckFunction:
        CHECKS[function.__name__] = Check(function.__name__, function, required or {}, optional or {})
        return function

    return register


def label(where: str) -> Text:
    """A path in words, with the number of the website or APP from the second on; a list's member has the list's name."""
    words = Text(*words_of(where))
    place = re.match(r"(?:websites|apps)\[([1-9]\d*)\]", where)
    if place is None:
        return words
    number = int(place[1]) + 1
    return Text(f"第 {number} 个{words.zh}", f"{words.en} (no. {number})")


def _split(where: str, value: Any) -> list[tuple[str, str]]:
    if isinstance(value, tuple):
        return [(f"{where}[{index}]", str(item)) for index, item in enumerate(value)]
    return [(where, str(value))]


def add_months(day: date, months: int) -> date:
    """The same day some months later; the last of the month where that day does not exist."""
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def birth_of(person: Person) -> date | None:
    """The birth date, from the record or from the resident ID number's digits 7-14."""
    if person.birth:
        return person.birth
    digits = person.certificate.number[6:14]
    if len(person.certificate.number) != 18 or not digits.isdigit():
        return None
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


def full_years(birth: date, day: date) -> int:
    """Age in full years."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


GROUPS: Mapping[str, frozenset[Operation]] = {
    "first": frozenset({Operation.FIRST_FILING}),
    "add": frozenset({Operation.NEW_SERVICE_SAME_PROVIDER, Operation.NEW_SERVICE_OTHER_PROVIDER}),
    "access": frozenset({Operation.NEW_ACCESS_SAME_PROVIDER, Operation.NEW_ACCESS_OTHER_PROVIDER}),
    "change": frozenset(
        {Operation.CHANGE_ENTITY, Operation.CHANGE_SERVICE, Operation.CHANGE_FILING, Operation.CHANGE_ACCESS}
    ),
    "cancel": frozenset({Operation.CANCEL_ACCESS, Operation.DEREGISTER_ENTITY, Operation.DEREGISTER_SERVICE}),
}
"""Which operations the words of a rule's `filing` list mean; `all` means every one that hands in data, so not `cancel`."""

HANDS_IN_DATA = frozenset().union(*(GROUPS[name] for name in ("first", "add", "access", "change")))
