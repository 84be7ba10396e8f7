"""Limits name the number and the limit in both languages."""

from __future__ import annotations

import pytest

from extractors import limits
from extractors.errors import TooLarge


def test_a_giant_picture_is_refused_with_its_size_and_the_limit() -> None:
    with pytest.raises(TooLarge) as refusal:
        limits.check_pixels(20_000, 20_000)
    for text in (refusal.value.zh, refusal.value.en):
        assert "20000" in text
        assert "60" in text


@pytest.mark.parametrize(("width", "height"), [(8160, 6120), (1, 1), (30_000, 2_000)])
def test_pictures_of_cameras_and_scanners_pass(width: int, height: int) -> None:
    limits.check_pixels(width, height)


def test_a_long_strip_is_refused_by_its_side() -> None:
    with pytest.raises(TooLarge):
        limits.check_pixels(30_001, 100)


def test_too_many_bytes_pages_and_points_are_refused() -> None:
    with pytest.raises(TooLarge, match=r"2\.0 MB, the limit is 1 MB"):
        limits.check_bytes(2 * limits.MEBIBYTE, limits.MEBIBYTE)
    with pytest.raises(TooLarge, match="61 pages"):
        limits.check_pages(61)
    with pytest.raises(TooLarge, match="14400000"):
        limits.check_page_size(14_400_000, 800)
    limits.check_pages(60)
    limits.check_page_size(2384, 3370)
