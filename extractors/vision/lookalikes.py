"""What the reader answers with for characters that it cannot answer with, or hardly knows.

It is often quite sure: shown 𫍯 it reads 诚 at 0.99. `data/lookalikes.txt` has, for each such character of the national
table, the answers it gave to drawings of it, each with its mean probability in hundredths; `python
tools/build_lookalikes.py` makes it again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

_OFTEN = 0.3

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class LookAlikes:
    """Pairs of rows in a table of characters: what was `answered` where another was `meant`, and how usual that is, up to 1.

    `suspects` are the characters that the reader often answers with where another is printed.
    """

    answered: NDArray[np.int64]
    meant: NDArray[np.int64]
    usual: Floats
    suspects: frozenset[str]

    def chances(self, chances: Floats) -> Floats:
        """How well the reader's answer fits each character that it reads as others, as natural logarithms.

        `chances` are how likely it finds each character of the table, as natural logarithms too.
        """
        fit = np.bincount(self.meant, np.exp(chances[self.answered]) * self.usual, minlength=len(chances))
        return np.log(np.maximum(fit, np.finfo(np.float32).tiny)).astype(np.float32)


@lru_cache(maxsize=2)
def look_alikes(characters: str) -> LookAlikes:
    """The pairs among these characters."""
    places = {character: at for at, character in enumerate(characters)}
    pairs = [pair for pair in _pairs() if pair[0] in places and pair[1] in places]
    return LookAlikes(
        np.array([places[answered] for answered, _, _ in pairs]),
        np.array([places[meant] for _, meant, _ in pairs]),
        np.array([usual for _, _, usual in pairs], np.float32),
        frozenset(answered for answered, _, usual in pairs if usual > _OFTEN),
    )


def _pairs() -> Iterator[tuple[str, str, float]]:
    text = files("extractors.vision").joinpath("data/lookalikes.txt").read_text(encoding="utf-8")
    for meant, *answers in (row.split() for row in text.splitlines() if not row.startswith("#")):
        shares = {answer[0]: int(answer[1:]) for answer in answers}
        yield from ((answer, meant, share / max(shares.values())) for answer, share in shares.items())
