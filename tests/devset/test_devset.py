"""The development set itself: what is drawn is consistent, and the same seed draws the same pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from extractors import numbers
from tests.devset import doubtful, draw, faults, score
from tests.devset.conditions import CONDITIONS, take
from tests.devset.designs import Design, design
from tests.devset.scenes import Scene

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


def _scene(paper: int, table: int) -> Scene:
    page = np.full((300, 400, 3), table, np.float32)
    page[60:240, 80:320] = paper
    return Scene(page, np.array([(80, 60), (320, 60), (320, 240), (80, 240)], np.float32), "desk")


def test_a_shadow_covers_nothing_and_a_thumb_does() -> None:
    before = _scene(230, 90)
    after = Scene(before.page.copy(), before.corners, before.place)
    after.page[60:120, 80:200] *= 0.7
    cover = np.zeros((300, 400), np.float32)
    assert doubtful.is_hardly_covered(before, after, cover)
    cover[60:120, 80:200] = 1
    assert not doubtful.is_hardly_covered(before, after, cover)


@pytest.mark.parametrize(("table", "hardly"), [(90, False), (228, True)])
def test_a_side_cut_within_its_margin_shows_only_on_a_table_of_another_tone(table: int, hardly: bool) -> None:
    whole = _scene(230, table)
    cut = Scene(whole.page[:, :310], whole.corners, whole.place)
    sheet = Design(np.full((180, 240, 3), 230, np.uint8), np.full((180, 240), 255, np.uint8), False)
    assert doubtful.is_hardly_cut(sheet, cut) is hardly


def test_a_grid_that_the_lens_has_smoothed_away_is_faint() -> None:
    x = np.mgrid[0:300, 0:400][1].astype(np.float32)
    grid = np.repeat((12 * np.cos(x * 2.1))[..., None], 3, axis=2)
    scene = _scene(200, 100)
    plain = scene.page.astype(np.uint8)
    levels = [doubtful.grid_level((scene.page + s * grid).astype(np.uint8), plain, grid, scene) for s in (1.0, 0.05)]
    assert levels[0] == pytest.approx(12 / 2**0.5, rel=0.1)
    assert [doubtful.is_faint_grid(level) for level in levels] == [False, True]


@pytest.mark.parametrize(
    ("spread", "blurred", "hardly"), [(1.0, True, True), (1.5, True, False), (0.6, False, False), (1.0, False, True)]
)
def test_sharp_and_blurred_have_a_band_between_them(spread: float, blurred: bool, hardly: bool) -> None:
    assert doubtful.is_hardly_blurred(spread, 20.0, blurred=blurred) is hardly


def test_originals_are_coloured_and_copies_are_not() -> None:
    drawn = [design(np.random.default_rng(seed)) for seed in range(8)]
    assert [doubtful.is_coloured(one) for one in drawn] == [True] * 8
    grey = faults.picture(11, fault="grey", sheet=drawn[0])
    assert "grey" in grey.faults - grey.doubtful


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
