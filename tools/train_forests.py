"""Trains the forests of the picture checks: `python tools/train_forests.py [--count N] [--parts FOLDER] [--only CHECK …]`.

Draws pictures with known faults (tests/devset/faults.py and photographs), measures them as the reader does, and writes
`extractors/vision/data/forests.npz`. Needs scikit-learn, which the program itself does not: install it into an
environment of its own (`pip install scikit-learn==1.9.1`). The same seeds and versions give the same trees.
"""

from __future__ import annotations

import argparse
import pickle
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
TARGET = ROOT / "extractors/vision/data/forests.npz"

from tests.devset import faults  # noqa: E402
from tests.devset.photographs import shots  # noqa: E402

CHECKS = {"blur": "blur", "copy": "grey", "screen": "screen", "glare": "glare", "cut": "cut", "occlusion": "finger"}
"""Each forest, and the fault of the drawn pictures it learns."""

COUNT, PHOTOGRAPHS = 3200, 2400
_PART = 40
_TREES, _DEPTH = 120, 11

Row = tuple[frozenset[str], frozenset[str], dict[str, list[float] | None]]
"""Of one picture: its faults, which of them are doubtful, and each check's numbers."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some pictures in a row: first seed, how many, and the faults each shows in turn; without any, by chance."""

    first: int
    count: int
    forced: tuple[str, ...] = ()
    photographs: bool = False

    @property
    def name(self) -> str:
        """For the file that keeps its rows."""
        return f"{'photographs_' if self.photographs else ''}{self.first}"

    def shots(self) -> Iterator[faults.Shot]:
        """The pictures, drawn."""
        if self.photographs:
            return shots.shots(self.first, self.count)
        return faults.pictures(self.first, self.count, self.forced)


def kept(part: Part, folder: Path | None) -> list[Row]:
    """A part's rows, from the folder where an earlier run measured them."""
    file = folder / f"{part.name}.pickle" if folder else None
    if file and file.exists():
        rows: list[Row] = pickle.loads(file.read_bytes())
        return rows
    rows = measured(part)
    if file:
        file.write_bytes(pickle.dumps(rows))
    return rows


def measured(part: Part) -> list[Row]:
    """Faults and numbers of a part of the drawn pictures, each measured on the sheet the reader would take."""
    import cv2

    from extractors.vision import quality, reader

    cv2.setNumThreads(1)
    rows: list[Row] = []
    for shot in part.shots():
        sheet = max(reader.choose_sheets(shot.picture), key=lambda one: _area(one.corners))
        rows.append(
            (shot.faults, shot.doubtful, quality.numbers_of(shot.picture, sheet.picture, sheet.corners, sheet.found))
        )
    return rows


def _parts(whole: Part) -> list[Part]:
    last = whole.first + whole.count
    return [replace(whole, first=seed, count=min(_PART, last - seed)) for seed in range(whole.first, last, _PART)]


def _area(corners: Any) -> float:
    import cv2

    return float(cv2.contourArea(np.array(corners, np.float32)))


def trained(numbers: NDArray[np.float32], at_fault: NDArray[np.bool_]) -> dict[str, NDArray[Any]]:
    """The arrays of one forest, as `extractors.vision.forest` reads them."""
    from sklearn.ensemble import ExtraTreesClassifier

    model = ExtraTreesClassifier(_TREES, max_depth=_DEPTH, min_samples_leaf=2, max_features=0.5, random_state=1)
    model.fit(numbers, at_fault)
    return joined([tree.tree_ for tree in model.estimators_])


def joined(trees: Sequence[Any]) -> dict[str, NDArray[Any]]:
    """All trees' nodes in a row."""
    starts = np.cumsum([0, *(tree.node_count for tree in trees)])[:-1]
    shares = [tree.value[:, 0, :] / tree.value[:, 0, :].sum(axis=1, keepdims=True) for tree in trees]
    return {
        "roots": starts.astype(np.int32),
        "feature": np.concatenate([tree.feature for tree in trees]).astype(np.int16),
        "threshold": np.concatenate([tree.threshold for tree in trees]).astype(np.float32),
        "left": np.concatenate([tree.children_left + at for tree, at in zip(trees, starts, strict=True)]).astype(
            np.int32
        ),
        "right": np.concatenate([tree.children_right + at for tree, at in zip(trees, starts, strict=True)]).astype(
            np.int32
        ),
        "value": np.concatenate([share[:, 1] for share in shares]).astype(np.float32),
    }


def main() -> None:
    """Draws, measures, trains and writes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--parts", type=Path, help="a folder that keeps what is measured, to go on after a stop")
    parser.add_argument("--only", nargs="+", choices=tuple(CHECKS), help="leave the other checks' forests as they are")
    given = parser.parse_args()
    with ProcessPoolExecutor(given.workers) as pool:
        read = partial(kept, folder=given.parts)
        photographs = Part(0, given.count * PHOTOGRAPHS // COUNT, photographs=True)
        parts = [*_parts(Part(0, given.count)), *_parts(photographs)]
        rows = [row for part in pool.map(read, parts) for row in part]
        copies = [row for part in pool.map(read, _parts(Part(*faults.COPIES, faults.COPY_FAULTS))) for row in part]
    arrays = dict(np.load(TARGET)) if given.only else {}
    for check in given.only or CHECKS:
        fault = CHECKS[check]
        seen = [
            (numbers[check], fault in shown)
            for shown, doubtful, numbers in (rows + copies if check == "copy" else rows)
            if numbers[check] is not None and fault not in doubtful
        ]
        forest = trained(np.array([n for n, _ in seen], np.float32), np.array([f for _, f in seen]))
        arrays |= {f"{check}.{name}": values for name, values in forest.items()}
        print(f"{check}: {len(seen)} pictures, {sum(f for _, f in seen)} at fault, {len(forest['feature'])} nodes")
    np.savez_compressed(TARGET, **arrays)
    print(f"{TARGET}: {TARGET.stat().st_size / 1024:.0f} KB")


if __name__ == "__main__":
    main()
