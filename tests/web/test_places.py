from __future__ import annotations

import pytest

from pipeline.web import places
from pipeline.web.places import ScanPage

PAGE = ScanPage("a" * 64, 1, "正面.jpg", "idcard_front", 1000, 700)


@pytest.mark.parametrize(
    ("box", "turn", "view"),
    [
        ([[100, 50], [300, 50], [300, 70], [100, 70]], 0, "93 43 214 34"),
        ([[300, 70], [100, 70], [100, 50], [300, 50]], 180, "-307 -77 214 34"),
        ([[70, 100], [70, 300], [50, 300], [50, 100]], 90, "93 -77 214 34"),
        ([[50, 300], [50, 100], [70, 100], [70, 300]], 270, "-307 43 214 34"),
        ([[100, 50], [300, 60], [299, 80], [99, 70]], 0, "88 40 222 51"),
    ],
)
def test_a_window_shows_the_text_upright_with_a_margin(box: list[list[int]], turn: int, view: str) -> None:
    found = places.crop({"sha256": PAGE.sha256, "page": 1, "box": box}, {(PAGE.sha256, 1): PAGE})
    assert found is not None
    assert (found.turn, found.view) == (turn, view)
    assert 0 < found.width <= places.CROP_WIDE and 0 < found.height <= places.CROP_HIGH


@pytest.mark.parametrize("box", [None, [], [[1, 2]]])
def test_a_value_without_a_place_has_no_window(box: object) -> None:
    assert places.crop({"sha256": PAGE.sha256, "page": 1, "box": box}, {(PAGE.sha256, 1): PAGE}) is None


def test_a_place_on_a_file_that_is_gone_has_no_window() -> None:
    assert (
        places.crop({"sha256": "b" * 64, "page": 1, "box": [[0, 0], [1, 0], [1, 1], [0, 1]]}, {(PAGE.sha256, 1): PAGE})
        is None
    )


def test_pages_are_listed_once_and_only_where_their_size_is_known() -> None:
    papers = [
        {"page": 1, "kind": "idcard_front", "width_px": 10, "height_px": 5},
        {"page": 1, "kind": "idcard_back", "width_px": 10, "height_px": 5},
        {"page": 2, "kind": "letter", "width_px": 0, "height_px": 0},
    ]
    found = places.pages_of([("a.pdf", "a", {"papers": papers}), ("filing.yaml", "b", None)])
    assert [(page.number, page.kind) for page in found.values()] == [(1, "idcard_front")]
