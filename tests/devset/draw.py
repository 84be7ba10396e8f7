"""Draws the development set: `python -m tests.devset.draw FOLDER [--count N] [--seed S] [--kinds …] [--conditions …]`.

Writes pictures and `truth.json`: for each file its kind, condition and printed values. The same seed draws the same
set. Nobody in it exists; it is made for measuring the reader and is not part of the program.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.devset import cards, certificates, letters, travel
from tests.devset.conditions import CONDITIONS, take
from tests.devset.fictional import Chance
from tests.devset.page import Drawn

KINDS: Mapping[str, Callable[[Chance], Drawn]] = {
    "idcard_front": cards.idcard_front,
    "idcard_back": cards.idcard_back,
    "idcard_both": cards.idcard_both,
    "licence": certificates.licence,
    "old_licence": certificates.old_licence,
    "individual_licence": certificates.individual_licence,
    "passport": travel.passport,
    "hk_macau_permit": travel.hk_macau_permit,
    "taiwan_permit": travel.taiwan_permit,
    "residence_front": cards.residence_front,
    "residence_back": cards.residence_back,
    "domain_certificate": certificates.domain_certificate,
    "institution": certificates.institution,
}
"""The thirteen papers everybody sends."""

RARER: Mapping[str, Callable[[Chance], Drawn]] = {
    "institution_kin": certificates.institution_kin,
    "temporary_idcard": cards.temporary_idcard,
    "living_permit": cards.living_permit,
    "foreign_permanent_card": travel.foreign_permanent_card,
    "letter": letters.letter,
    "preapproval": letters.preapproval,
}


@dataclass(frozen=True)
class Item:
    """One picture of the set."""

    number: int
    drawer: str
    condition: str
    drawn: Drawn
    data: bytes

    @property
    def file(self) -> str:
        return f"{self.number:04d}_{self.drawer}_{self.condition}.jpg"

    @property
    def truth(self) -> dict[str, object]:
        return {
            "file": self.file,
            "drawer": self.drawer,
            "kind": self.drawn.kind,
            "condition": self.condition,
            "design": self.drawn.design,
            "fields": dict(self.drawn.fields),
        }


def items(
    count: int, seed: int, kinds: Sequence[str] = tuple(KINDS), conditions: Sequence[str] = tuple(CONDITIONS)
) -> Iterator[Item]:
    """The set's pictures: kinds in turn, conditions so that each kind meets each of them."""
    for number in range(count):
        chance = np.random.default_rng((seed, number))
        drawer = kinds[number % len(kinds)]
        condition = conditions[(number + number // len(kinds) * 5) % len(conditions)]
        drawn = (KINDS | RARER)[drawer](chance)
        yield Item(number, drawer, condition, drawn, take(drawn, condition, chance))


def write(folder: Path, wanted: Iterator[Item]) -> None:
    """Writes pictures and their truth."""
    folder.mkdir(parents=True, exist_ok=True)
    truths = []
    for item in wanted:
        (folder / item.file).write_bytes(item.data)
        truths.append(item.truth)
    (folder / "truth.json").write_text(json.dumps(truths, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Reads the arguments and draws."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=130)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kinds", nargs="+", default=tuple(KINDS), choices=[*KINDS, *RARER])
    parser.add_argument("--conditions", nargs="+", default=tuple(CONDITIONS), choices=tuple(CONDITIONS))
    given = parser.parse_args()
    write(given.folder, items(given.count, given.seed, given.kinds, given.conditions))


if __name__ == "__main__":
    main()
