"""The development set itself: what is drawn is consistent, and the same seed draws the same pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from extractors import numbers
from tests.devset import draw, faults, score
from tests.devset.conditions import CONDITIONS, take

PAPERS = draw.KINDS | draw.RARER


@pytest.mark.parametrize("drawer", PAPERS)
def test_every_number_drawn_has_its_right_check_digits(drawer: str) -> None:
    fields = PAPERS[drawer](np.random.default_rng(5)).fields
    checks = {
        "credit_code": numbers.is_credit_code,
        "mrz2": numbers.is_mrz_line2,
        "id_number": lambda number: numbers.resident_id_check(number[:17]) == number[17],
    }
    assert fields
    assert [name for name, is_right in checks.items() if name in fields and not is_right(fields[name])] == []


def test_the_same_seed_draws_the_same_pictures() -> None:
    one, other = (next(draw.items(1, 8, ("idcard_back",), ("phone",))) for _ in range(2))
    assert (one.data, one.truth) == (other.data, other.truth)


@pytest.mark.parametrize("fault", ["", *faults.FAULTS])
def test_each_fault_can_be_drawn(fault: str) -> None:
    shot = faults.picture(11, fault=fault)
    assert shot.faults == frozenset({fault} - {""})
    assert min(shot.picture.shape[:2]) > 250


def test_the_same_seed_draws_the_same_faults() -> None:
    first, again = (next(faults.pictures(4, 1)) for _ in range(2))
    assert first.faults == again.faults
    assert np.array_equal(first.picture, again.picture)


def test_every_condition_gives_a_picture() -> None:
    drawn = PAPERS["idcard_back"](np.random.default_rng(6))
    sizes = {name: len(take(drawn, name, np.random.default_rng(6))) for name in CONDITIONS}
    assert min(sizes.values()) > 5_000


@pytest.mark.parametrize(
    ("a", "b", "far"), [("", "", 0), ("abc", "", 3), ("张三", "张王", 1), ("kitten", "sitting", 3)]
)
def test_the_distance_counts_changed_characters(a: str, b: str, far: int) -> None:
    assert score.distance(a, b) == far


def test_a_value_that_was_not_read_counts_as_wrong_and_marked(tmp_path: Path) -> None:
    truth = '[{"file":"a","kind":"idcard_back","drawer":"d","condition":"scan","fields":{"authority":"甲局","valid_to":"长期"}}]'
    result = '{"peak_mb":1,"rows":[{"file":"a","kind":"idcard_back","cpu":0.1,"fields":{"authority":{"value":"甲局","state":"ok"}}}]}'
    (tmp_path / "truth.json").write_text(truth, encoding="utf-8")
    (tmp_path / "result.json").write_text(result, encoding="utf-8")
    fields = score.outcome(tmp_path, tmp_path / "result.json").fields
    assert [(f.name, f.right, f.marked) for f in fields] == [("authority", True, False), ("valid_to", False, True)]
