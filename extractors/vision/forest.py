"""Small trained forests that weigh the numbers of a picture check. `tools/train_forests.py` makes them.

Each is a few dozen shallow trees, kept as arrays in `data/forests.npz` and walked by numpy: no learning library is
needed to run them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_FILE = Path(__file__).parent / "data" / "forests.npz"
_MAX_DEPTH = 16


@dataclass(frozen=True)
class Forest:
    """All trees' nodes in a row; a node whose `feature` is negative is a leaf with a `value`."""

    roots: NDArray[np.int32]
    feature: NDArray[np.int16]
    threshold: NDArray[np.float32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: NDArray[np.float32]

    def score(self, numbers: Sequence[float]) -> float:
        """The mean of the trees' leaves: 0 for sound, 1 for the fault."""
        given = np.asarray(numbers, np.float32)
        nodes = self.roots
        for _ in range(_MAX_DEPTH):
            feature = self.feature[nodes]
            below = given[feature] <= self.threshold[nodes]
            nodes = np.where(feature < 0, nodes, np.where(below, self.left[nodes], self.right[nodes]))
        return round(float(self.value[nodes].mean()), 3)


def score(name: str, numbers: Sequence[float] | None) -> float | None:
    """The score of one check (`screen`, `glare`, `cut`, `occlusion`); None where nothing was measured."""
    return None if numbers is None else _forests()[name].score(numbers)


@lru_cache(maxsize=1)
def _forests() -> dict[str, Forest]:
    fields = Forest.__dataclass_fields__
    with np.load(_FILE) as data:
        names = {key.partition(".")[0] for key in data.files}
        return {name: Forest(**{field: data[f"{name}.{field}"] for field in fields}) for name in sorted(names)}
