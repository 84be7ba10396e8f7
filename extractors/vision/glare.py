"""Reflections on a sheet: light mirrored by its surface, brighter than the paper can be and washing the print out."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from extractors.vision import ranks
from extractors.vision.images import Picture, shrink

_LONG_PX = 320
_BURNT = 246
_ALL_ROUND, _ALL_WHITE = 0.9, 0.7  # shares of the rim and of the sheet; an evenly white scan is left as it is

Floats = NDArray[np.float32]


def glare_numbers(sheet: Picture) -> list[float]:
    """Numbers that tell a reflection from a white paper, a lamp at one side, and an evenly bright scan."""
    small = _without_white_paper(shrink(sheet, _LONG_PX)[0])
    least = _least_channel(small)
    light = cv2.GaussianBlur(least, (0, 0), 2.0).astype(np.float32)
    paper = cv2.dilate(light, np.ones((9, 9), np.uint8))  # without the print
    excess = paper - _even_light(paper)
    burnt = _burnt(small)
    blob = _largest(burnt)
    lit = _largest((excess > 25).astype(np.uint8))
    return [
        float(burnt.mean()),
        float(blob.mean()),
        *_compared(blob, small, paper, excess),
        float(ranks.percentile(paper, 25)),
        float(ranks.percentile(paper, 50)),
        float(ranks.percentile(paper, 90)),
        float(paper.max() - ranks.percentile(paper, 75)),
        float(ranks.percentile(excess, 99)),
        float(excess.max()),
        float(lit.mean()),
        *_compared(lit, small, paper, excess),
    ]


def _least_channel(small: Picture) -> NDArray[np.uint8]:
    """Each pixel's darkest channel; numpy's `min` over so short an axis takes fifty times as long."""
    return np.asarray(cv2.min(cv2.min(small[..., 0], small[..., 1]), small[..., 2]), np.uint8)


def _burnt(small: Picture) -> NDArray[np.uint8]:
    white = (_least_channel(small) >= _BURNT).astype(np.uint8)
    return np.asarray(cv2.morphologyEx(white, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)), np.uint8)


def _without_white_paper(small: Picture) -> Picture:
    """The picture with white paper that runs all round it, as where cards are copied onto a page, in the tone of the rest.

    No reflection follows a sheet's whole rim.
    """
    white = _largest(_burnt(small))
    rim = np.concatenate([white[0], white[-1], white[:, 0], white[:, -1]])
    if rim.mean() < _ALL_ROUND or white.mean() > _ALL_WHITE:
        return small
    frame = cv2.dilate(white.astype(np.uint8), np.ones((9, 9), np.uint8)).astype(bool)
    toned = small.copy()
    toned[frame] = np.median(small[~frame], axis=0) if not frame.all() else small[frame]
    return toned


def burnt_share(sheet: Picture) -> float:
    """Share of the sheet burnt out by a reflection; 0 where the paper itself is near white."""
    small, _ = shrink(sheet, _LONG_PX)
    least = _least_channel(small)
    # A white scan is bright all over; a reflection stands out from its paper.
    if float(ranks.percentile(least, 75)) >= 236:
        return 0.0
    burnt = cv2.morphologyEx((least >= 250).astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    return round(float(burnt.mean()), 4)


def _even_light(paper: Floats) -> Floats:
    """The paper's lightness as a tilted, bent plane fitted to all but its brightest parts."""
    coarse = cv2.resize(paper, (24, 24), interpolation=cv2.INTER_AREA)
    y, x = np.mgrid[-1:1:24j, -1:1:24j]
    terms = np.stack([np.ones_like(x), x, y, x * x, y * y, x * y], axis=2).reshape(-1, 6)
    values = coarse.ravel().astype(np.float64)
    kept = values <= ranks.percentile(values, 75)
    solution = np.zeros(6)
    for _ in range(3):
        solution = np.linalg.lstsq(terms[kept], values[kept], rcond=None)[0]
        off = values - terms @ solution
        kept = (off < max(6.0, float(ranks.percentile(off, 70)))) & (off > -40)
    fitted = (terms @ solution).reshape(24, 24).astype(np.float32)
    return np.asarray(cv2.resize(fitted, paper.shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def _largest(mask: NDArray[np.uint8]) -> NDArray[np.bool_]:
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    if count < 2:
        return np.zeros(mask.shape, np.bool_)
    return np.asarray(labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA])))


def _compared(blob: NDArray[np.bool_], small: Picture, paper: Floats, excess: Floats) -> list[float]:
    """A bright region against its surroundings: excess, print inside, halo, roundness, contact with the rim, its outline.

    A portrait before a white wall is an upright rectangle with a sharp outline, which few reflections are.
    """
    if blob.sum() < 12:
        return [0.0] * 8
    grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).astype(np.float32)
    detail = np.abs(cv2.Laplacian(grey, cv2.CV_32F))
    reach = np.ones((21, 21), np.uint8)
    flags = blob.astype(np.uint8)
    near = cv2.dilate(flags, reach).astype(bool) & ~blob
    contours, _ = cv2.findContours(flags, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    hull = cv2.convexHull(max(contours, key=cv2.contourArea))
    rim = np.concatenate([blob[0], blob[-1], blob[:, 0], blob[:, -1]])
    around = paper[near] if near.any() else paper.ravel()
    halo = float(paper[blob].mean() - around.mean())
    return [
        float(excess[blob].mean()),
        float(detail[blob].mean() / (1 + detail[~blob].mean())) if not blob.all() else 1.0,
        halo,
        float(around.std()),
        float(blob.sum() / max(1.0, cv2.contourArea(hull))),
        float(rim.mean()),
        _uprightness(hull),
        _steepness(_least_channel(small), hull) / max(8.0, halo),
    ]


def _uprightness(hull: NDArray[np.int32]) -> float:
    """Share of its upright bounding box that a hull fills: 1 for an upright rectangle, under 0.8 for ovals."""
    _, _, width, height = cv2.boundingRect(hull)
    return float(cv2.contourArea(hull) / max(1, (width - 1) * (height - 1)))


def _steepness(least: NDArray[np.uint8], hull: NDArray[np.int32]) -> float:
    """How much the lightness changes from pixel to pixel at a hull's outline."""
    outline = cv2.polylines(np.zeros(least.shape, np.uint8), [hull], True, 1, 3) > 0
    slope = cv2.morphologyEx(least, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    return float(np.median(slope[outline]))
