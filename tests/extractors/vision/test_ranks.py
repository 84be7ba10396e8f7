"""Ranks: to the last bit what numpy gives, for the checks' forests were trained on that."""

from __future__ import annotations

import numpy as np
import pytest

from extractors.vision import ranks

SIZES = (1, 2, 3, 4, 17, 300, 7396, 7397)


@pytest.mark.parametrize("size", SIZES)
def test_medians_are_numpys(size: int) -> None:
    values = np.random.default_rng(size).normal(size=size).astype(np.float32)
    assert ranks.median(values) == np.median(values)
    assert ranks.median(values).dtype == np.float32


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("percent", [25, 40, 60, 70, 75, 90, 97, 99])
def test_percentiles_are_numpys(size: int, percent: int) -> None:
    values = np.random.default_rng((size, percent)).normal(size=(1, size)).astype(np.float32)
    assert ranks.percentile(values, percent) == np.percentile(values, percent)
    whole = (values * 40 + 100).astype(np.uint8)
    assert ranks.percentile(whole, percent) == np.percentile(whole, percent)
