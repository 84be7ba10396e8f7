"""Which fields of a filing want a look (待核字段), and whose. Pure: a saved filing and its decisions in, states out.

Three things ask for a look: a finding or a doubtful reading, the setting that a field is always looked at by two
people (双人复核), and the random sample (抽查) of filings in which nothing at all was doubtful.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from typing import Any

from pipeline import claims, fields, review
from pipeline.errors import EnvironmentProblem
from pipeline.file_findings import SURE
from pipeline.review import Said, Standing
from pipeline.rows import Json

ROLES = ("entity.legal_person", "entity_person", "service_person")
READ = ("ocr", "tesseract")
ORDER = {field_.path: number for number, field_ in enumerate(fields.FIELDS)}


class State(StrEnum):
    """What a field waits for; `second` is decided by one and waits for another person."""

    FINE = "fine"
    OPEN = "open"
    SECOND = "second"
    DECIDED = "decided"


@dataclass(frozen=True, slots=True)
class Policy:
    """What the settings ask for: the share of sampled filings, and the fields that two people look at."""

    sample_percent: int = 0
    double: tuple[str, ...] = ()

    def is_double(self, path: str) -> bool:
        """Whether two people look at a field; a group such as `entity_person` stands for all its fields."""
        if not self.double:
            return False
        general = fields.general(path)
        return any(general == one or general.startswith((f"{one}.", f"{one}[]")) for one in self.double)


def policy_of(sample_percent: int, double: Sequence[str]) -> Policy:
    """The policy of the settings.

    Raises:
        EnvironmentProblem: a name in `double_review` is neither a field nor a group of fields.
    """
    known = {fields.general(one.path) for one in fields.FIELDS}
    groups = {path.rpartition(".")[0].removesuffix("[]") for path in known} - {""}
    for name in double:
        if name not in known | groups:
            near = get_close_matches(name, sorted(known | groups), n=1, cutoff=0.0)[0]
            raise EnvironmentProblem(
                f"设置 double_review 中没有名为 {name} 的字段。是否想写 {near}？",
                f"double_review names {name}, which is no field. Did you mean {near}?",
            )
    return Policy(min(sample_percent, 100), tuple(double))


@dataclass(frozen=True, slots=True)
class Look:
    """One field: its state, for whoever looks, and whether it is asked for by the sample alone."""

    state: State
    sample: bool = False


@dataclass(frozen=True, slots=True)
class Looks:
    """The fields of a filing in order, each with its look; `doubles` are shown at the path they name."""

    shown: Mapping[str, Look]
    doubles: Mapping[str, str] = field(default_factory=dict)

    def count(self, *states: State) -> int:
        """How many fields are in one of these states."""
        return sum(one.state in states for one in self.shown.values())

    @property
    def is_sampled(self) -> bool:
        """Whether the filing is in the random sample."""
        return any(one.sample for one in self.shown.values())


def looks(filing: str, document: Json, now: Standing, policy: Policy, who: str = "") -> Looks:
    """The fields of a saved filing and what each waits for, as `who` sees it (nobody in particular where empty)."""
    evidence: dict[str, list[Json]] = document["filing"]["evidence"]
    told = _severities(document)
    paths = [path for path in ordered((*evidence, *told)) if fields.field_of(path)]
    twins = doubles(paths, evidence, now)
    shown = [path for path in paths if path not in twins or path in told]
    twice = {twins.get(path, path) for path in paths if policy.is_double(path)}
    states = {path: _state(evidence.get(path) or (), told.get(path, ()), now.values.get(path)) for path in shown}
    sampled = _is_sampled(filing, states, now, policy)
    return Looks(
        {
            path: _look(state, now, now.values.get(path), sampled and is_read(evidence.get(path)), path in twice, who)
            for path, state in states.items()
        },
        {path: first for path, first in twins.items() if path not in told},
    )


def ordered(paths: Iterable[str]) -> list[str]:
    """Paths in the order of the fields, each once."""
    return sorted(dict.fromkeys(paths), key=lambda path: (ORDER.get(fields.general(path), len(ORDER)), path))


def is_read(several: Sequence[Json] | None) -> bool:
    """Whether a value was read from a picture."""
    return bool(several) and str(several[0]["method"]).startswith(READ)  # type: ignore[index]


def _severities(document: Json) -> dict[str, list[str]]:
    told: dict[str, list[str]] = {}
    for one in document["findings"]:
        told.setdefault(one["where"], []).append(one["severity"])
    return told


def _state(several: Sequence[Json], severities: Sequence[str], said: Said | None) -> State:
    """What the papers and the findings alone ask for."""
    if said is not None:
        return State.DECIDED
    if any(one != "note" for one in severities) or not several:
        return State.OPEN
    chosen = several[0]
    doubtful = is_read(several) and chosen["method"] != "ocr+check_digit" and chosen["confidence"] < SURE
    return State.OPEN if doubtful else State.FINE


def _is_sampled(filing: str, states: Mapping[str, State], now: Standing, policy: Policy) -> bool:
    """A filing in which nothing was doubtful and nothing decided; it stays in the sample once that has begun."""
    if not review.is_sample(filing, policy.sample_percent):
        return False
    if any(said.value.get("sample") for said in now.values.values()):
        return True
    return not now.values and State.OPEN not in states.values()


def _look(state: State, now: Standing, said: Said | None, sample: bool, twice: bool, who: str) -> Look:
    if said is None:
        wanted = state is State.OPEN or sample or twice
        return Look(State.OPEN if wanted else State.FINE, sample and state is not State.OPEN)
    if twice and said.id not in now.seconded:
        return Look(State.OPEN if who and who != said.who else State.SECOND)
    return Look(State.DECIDED)


def doubles(paths: Sequence[str], evidence: Mapping[str, list[Json]], now: Standing) -> dict[str, str]:
    """Path to the earlier path that shows the same reading; a value with a decision of its own is always shown."""
    first: dict[tuple[Any, ...], str] = {}
    found: dict[str, str] = {}
    for path in paths:
        if not evidence.get(path):
            continue
        chosen = evidence[path][0]
        earlier = _earlier_role(path, evidence, chosen)
        place = (chosen["sha256"], chosen["page"], str(chosen["box"]), chosen["value"])
        if chosen["box"] and place in first and (path not in now.values or now.values[path].where != path):
            found[path] = first[place]
        elif earlier and path not in now.values:
            found[path] = earlier
        else:
            first.setdefault(place, path)
    return found


def _earlier_role(path: str, evidence: Mapping[str, list[Json]], chosen: Json) -> str:
    """For a derived value: the same value of the role above it."""
    if chosen["method"] != claims.DERIVED:
        return ""
    for number, role in enumerate(ROLES):
        if path.startswith(f"{role}."):
            for earlier in ROLES[:number]:
                other = earlier + path[len(role) :]
                if evidence.get(other) and evidence[other][0]["value"] == chosen["value"]:
                    return other
    return ""
