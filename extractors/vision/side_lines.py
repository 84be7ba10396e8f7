"""Finds a sheet by its four straight sides where its outline as a whole cannot be cut out.

A finger over a side, a thing beside it, a shadow's edge or the picture's rim spoil an outline, but leave most of each
side a straight line with other colours on either hand. At most two of the sides may be the picture's own rim.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from extractors.vision.images import Picture
from extractors.vision.lines import Quad

_LEAST_SEGMENT_PX = 22
_GAINS = (5.0, 8.0, 8.0)  # of lightness and colours: faint steps must reach what the detector takes for a line
_SAME_SINE, _SAME_PX = 0.05, 3.5
_MOST_SEGMENTS, _MOST_LINES = 240, 9
_LEAST_SHARE, _MOST_SHARE, _MOST_SKEW = 0.09, 0.97, 0.45  # skew as the sine of a corner's error
_STROKE_PX, _LEAST_INK = 7, 14
_FEWEST_INK_PLACES, _MOST_INK_PLACES = 60, 200
_MOST_QUADS, _LEAST_OF_INK, _INK_WORTH = 500, 0.5, 0.6
_SAMPLES = np.linspace(0.06, 0.94, 28, dtype=np.float32)
_AWAY_PX, _NEAR_PX = 6.0, 2.0
_LEAST_STEP, _ONE_WAY = 4.0, 0.6
_MOST_RIM_SUPPORT, _LIKELY = 0.7, 16
_LEAST_SUPPORT, _LEAST_MEAN = 0.3, 0.6
_LEAST_BESIDE_RIM, _LEAST_MEAN_BESIDE_RIM = 0.6, 0.78
_LEAST_INKED = 0.85
_SHADE_WEIGHTS = np.array((0.7, 1, 1), np.float32)

Floats = NDArray[np.float32]
Ints = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class SidesFound:
    """Four corners clockwise from the upper left, and how much of each side shows as a change of colour (0..1)."""

    corners: Floats
    support: Floats
    at_rim: NDArray[np.bool_]  # which sides are the picture's own rim
    inked: float  # share of the picture's print that lies inside

    @property
    def sure(self) -> bool:
        """Whether the sides that are not the picture's rim show well enough to square the sheet up by them."""
        if self.inked < _LEAST_INKED:
            return False
        seen, rim = self.support[~self.at_rim], self.support[self.at_rim]
        if not len(rim):
            return bool(seen.min() >= _LEAST_SUPPORT and seen.mean() >= _LEAST_MEAN)
        reached = bool((rim > _MOST_RIM_SUPPORT / 2).all())
        return bool(reached and seen.min() >= _LEAST_BESIDE_RIM and seen.mean() >= _LEAST_MEAN_BESIDE_RIM)


def find_by_sides(small: Picture, aspects: tuple[float, ...]) -> SidesFound | None:
    """The likeliest sheet made of long lines; `aspects` are the proportions of the papers known."""
    lab = _lab(small)
    level, upright = _lines(small)
    if not len(level) or not len(upright):
        return None
    height, width = small.shape[:2]
    quads, rims = _crossed(level, upright, width, height)
    quads, rims, inked = _holding_print(quads, rims, _places_of_ink(lab[..., 0]))
    if not len(quads):
        return None
    support = _supports(lab, quads)
    support[rims] = _MOST_RIM_SUPPORT
    worth = 0.3 * np.sqrt(_areas(quads) / (width * height)) - _misfit(quads, aspects) * ~rims.any(axis=1)
    worth += _INK_WORTH * inked - 0.12 * rims.sum(axis=1)
    likely = np.argsort(-_score(support, worth), kind="stable")[:_LIKELY]
    for number in likely[rims[likely].any(axis=1)]:
        support[number, rims[number]] = _MOST_RIM_SUPPORT * _rim_support(lab, quads[number], rims[number])
    best = likely[int(np.argmax(_score(support[likely], worth[likely])))]
    return SidesFound(quads[best], support[best], rims[best], float(inked[best]))


def _score(support: Floats, worth: Floats) -> Floats:
    return np.asarray(support.mean(axis=1) + 0.4 * np.minimum(0.6, support.min(axis=1)) + worth)


def _rim_support(lab: Floats, quad: Floats, rims: NDArray[np.bool_]) -> Floats:
    """How much of each rim side the sheet lies along: its colours there are the sheet's rather than the table's."""
    inside, outside = (np.asarray(_beside(lab, quad[None], far)[0], np.float32) for far in (_AWAY_PX, -_AWAY_PX))
    sheet, table = (np.median(part[~rims].reshape(-1, 3), axis=0) for part in (inside, outside))
    return np.asarray((_norm(inside[rims] - sheet) < _norm(inside[rims] - table)).mean(axis=1), np.float32)


def side_support(small: Picture, corners: Quad | Floats) -> Floats:
    """How much of each side of a quad shows as a change of colour."""
    return np.asarray(_supports(_lab(small), np.array(corners, np.float32)[None])[0])


def _lab(small: Picture) -> Floats:
    smooth = cv2.GaussianBlur(small, (5, 5), 0)
    return np.asarray(cv2.cvtColor(smooth.astype(np.float32) / 255, cv2.COLOR_BGR2LAB), np.float32)


def _lines(small: Picture) -> tuple[Floats, Floats]:
    """Long lines as point and direction, level ones and upright ones, the longest first.

    Sought at half size: there the grain is calmer, so that a sheet paler than its table by next to nothing still has
    lines, and a table's texture has fewer.
    """
    half = cv2.resize(small, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(half.astype(np.float32) / 255, cv2.COLOR_BGR2LAB)
    found = [_segments(lab[..., channel], gain) for channel, gain in enumerate(_GAINS)]
    channels = np.repeat(np.arange(len(found)), [len(segments) for segments in found])
    segments = 2 * np.concatenate(found)
    lengths = _lengths(segments)
    order = np.argsort(-lengths, kind="stable")
    order = order[lengths[order] >= _LEAST_SEGMENT_PX]
    segments, channels = segments[order], channels[order]
    is_level = np.abs(segments[:, 2] - segments[:, 0]) >= np.abs(segments[:, 3] - segments[:, 1])
    return _joined(segments[is_level], channels[is_level]), _joined(segments[~is_level], channels[~is_level])


def _segments(channel: Floats, gain: float) -> Floats:
    spread = np.clip((channel - float(np.median(channel))) * gain + 128, 0, 255).astype(np.uint8)
    found = cv2.createLineSegmentDetector(cv2.LSD_REFINE_STD).detect(spread)[0]
    return np.zeros((0, 4), np.float32) if found is None else np.asarray(found, np.float32).reshape(-1, 4)


def _joined(segments: Floats, channels: Ints) -> Floats:
    """Segments of one straight line together, as its point and direction; those of the greatest whole length.

    The detector's segments run with the brighter side on one hand: where that changes from piece to piece, as between
    the squares of a cloth, the pieces take from the whole length.
    """
    segments, channels = segments[:_MOST_SEGMENTS], channels[:_MOST_SEGMENTS]
    if not len(segments):
        return np.zeros((0, 4), np.float32)
    together, lengths = _in_line(segments), _lengths(segments)
    signed = lengths * np.sign((segments[:, 2:] - segments[:, :2])[np.arange(len(segments)), _longer_way(segments)])
    free = np.ones(len(segments), np.bool_)
    groups: list[tuple[float, Floats]] = []
    for number in range(len(segments)):
        if free[number]:
            members = together[number] & free
            free &= ~members
            whole = np.abs(np.bincount(channels[members], signed[members])).sum()
            groups.append((float(whole), segments[members]))
    groups.sort(key=lambda group: -group[0])
    return np.array([_fitted(members) for _, members in groups[:_MOST_LINES]], np.float32)


def _longer_way(segments: Floats) -> Ints:
    return np.asarray(np.argmax(np.abs(segments[:, 2:] - segments[:, :2]), axis=1), np.intp)


def _lengths(segments: Floats) -> Floats:
    return np.asarray(np.hypot(segments[:, 2] - segments[:, 0], segments[:, 3] - segments[:, 1]), np.float32)


def _in_line(segments: Floats) -> NDArray[np.bool_]:
    """For each segment, which of all lie in its line."""
    way = (segments[:, 2:] - segments[:, :2]) / np.maximum(1e-6, _lengths(segments))[:, None]
    sine = np.abs(way[:, None, 0] * way[None, :, 1] - way[:, None, 1] * way[None, :, 0])
    ends = segments.reshape(1, -1, 2, 2) - segments[:, None, None, :2]
    aside = np.abs(ends[..., 0] * -way[:, None, None, 1] + ends[..., 1] * way[:, None, None, 0]).max(axis=2)
    # The farther a piece lies from the first, the more the first's own direction may be off.
    reach = np.abs(ends[..., 0] * way[:, None, None, 0] + ends[..., 1] * way[:, None, None, 1]).max(axis=2)
    return np.asarray((sine < _SAME_SINE) & (aside < _SAME_PX + 0.01 * reach))


def _fitted(segments: Floats) -> Floats:
    # Each segment counts by its length: it is taken as points at even distances.
    points = np.concatenate([_spaced(segment) for segment in segments])
    vx, vy, x, y = cv2.fitLine(points, cv2.DIST_HUBER, 0, 0.01, 0.01).ravel()
    return np.array((x, y, vx, vy), np.float32)


def _spaced(segment: Floats) -> Floats:
    count = max(2, int(_lengths(segment[None])[0] / 6))
    return np.linspace(segment[:2], segment[2:], count, dtype=np.float32)


def _crossed(level: Floats, upright: Floats, width: int, height: int) -> tuple[Floats, NDArray[np.bool_]]:
    """All sensible quads of two level and two upright lines, and which of their sides are the picture's rim."""
    rim_level = np.array([(0, 0, 1, 0), (0, height - 1, 1, 0)], np.float32)
    rim_upright = np.array([(0, 0, 0, 1), (width - 1, 0, 0, 1)], np.float32)
    level, upright = np.concatenate([level, rim_level]), np.concatenate([upright, rim_upright])
    points = _crossings(level, upright)
    upper, lower = _pairs(points[:, :, 1].mean(axis=1))
    left, right = _pairs(points[:, :, 0].mean(axis=0))
    a, b = (index.ravel() for index in np.meshgrid(np.arange(len(upper)), np.arange(len(left)), indexing="ij"))
    quads = np.stack(
        [points[upper[a], left[b]], points[upper[a], right[b]], points[lower[a], right[b]], points[lower[a], left[b]]],
        axis=1,
    )
    rims = np.stack(
        [upper[a] >= len(level) - 2, right[b] >= len(upright) - 2, lower[a] >= len(level) - 2, left[b] >= len(upright) - 2],
        axis=1,
    )  # fmt: skip
    fits = _sensible(quads, width, height) & (rims.sum(axis=1) <= 2)
    return quads[fits], rims[fits]


def _places_of_ink(light: Floats) -> Floats:
    """Places of print anywhere in the picture, strokes darker than what lies on both sides; none where there are few."""
    strokes = cv2.morphologyEx(light, cv2.MORPH_BLACKHAT, np.ones((_STROKE_PX, _STROKE_PX), np.uint8))
    rows, columns = np.nonzero(strokes > max(_LEAST_INK, 0.5 * float(np.percentile(strokes, 99.5))))
    if len(rows) < _FEWEST_INK_PLACES:
        return np.zeros((0, 2), np.float32)
    every = 1 + len(rows) // _MOST_INK_PLACES
    return np.stack([columns[::every], rows[::every]], axis=1).astype(np.float32)


def _holding_print(quads: Floats, rims: NDArray[np.bool_], places: Floats) -> tuple[Floats, NDArray[np.bool_], Floats]:
    """The quads with most of the picture's print inside, and each one's share of it: a sheet leaves none outside."""
    if not len(quads) or not len(places):
        return quads, rims, np.ones(len(quads), np.float32)
    ways = np.roll(quads, -1, axis=1) - quads
    inside = np.ones((len(quads), len(places)), np.bool_)
    for side in range(4):
        off = places[None] - quads[:, side, None]
        inside &= ways[:, side, None, 0] * off[..., 1] - ways[:, side, None, 1] * off[..., 0] > 0
    share = inside.mean(axis=1).astype(np.float32)
    kept = np.argsort(-share, kind="stable")[:_MOST_QUADS]
    kept = kept[share[kept] >= _LEAST_OF_INK * share.max()]
    return quads[kept], rims[kept], share[kept]


def _crossings(level: Floats, upright: Floats) -> Floats:
    """Where each level line meets each upright one."""
    a, b = level[:, None], upright[None]
    cross = a[..., 2] * b[..., 3] - a[..., 3] * b[..., 2]
    way = ((b[..., 0] - a[..., 0]) * b[..., 3] - (b[..., 1] - a[..., 1]) * b[..., 2]) / np.where(
        np.abs(cross) < 0.2, np.nan, cross
    )
    points = np.stack([a[..., 0] + way * a[..., 2], a[..., 1] + way * a[..., 3]], axis=2)
    return np.nan_to_num(points, nan=-1e4).astype(np.float32)


def _pairs(position: Floats) -> tuple[Ints, Ints]:
    order = np.argsort(position, kind="stable")
    first, second = np.triu_indices(len(order), 1)
    return order[first], order[second]


def _sensible(quads: Floats, width: int, height: int) -> NDArray[np.bool_]:
    margin = 0.02 * max(width, height)
    inside = (quads >= -margin).all(axis=(1, 2)) & (quads <= (width + margin, height + margin)).all(axis=(1, 2))
    share = _areas(quads) / (width * height)
    edges = np.roll(quads, -1, axis=1) - quads
    unit = edges / np.maximum(1e-6, np.linalg.norm(edges, axis=2, keepdims=True))
    skew = np.abs((unit * np.roll(unit, 1, axis=1)).sum(axis=2)).max(axis=1)
    return np.asarray(inside & (share > _LEAST_SHARE) & (share < _MOST_SHARE) & (skew < _MOST_SKEW))


def _areas(quads: Floats) -> Floats:
    x, y = quads[..., 0], quads[..., 1]
    return np.asarray((x * np.roll(y, -1, axis=1) - y * np.roll(x, -1, axis=1)).sum(axis=1) / 2, np.float32)


def _misfit(quads: Floats, aspects: tuple[float, ...]) -> Floats:
    """How far the proportions are from the nearest paper's, at most 0.3."""
    sides = np.linalg.norm(np.roll(quads, -1, axis=1) - quads, axis=2)
    ratio = np.log((sides[:, 0] + sides[:, 2]) / np.maximum(1, sides[:, 1] + sides[:, 3]))
    off = np.min([np.abs(ratio - np.log(aspect)) for aspect in aspects], axis=0)
    return np.asarray(np.minimum(0.3, off), np.float32)


def _supports(lab: Floats, quads: Floats) -> Floats:
    """Share of each side along which the colours on either hand differ, and change just there.

    It counts less where the change is now one way and now the other: so it is along the squares of a cloth.
    """
    steps = _beside(lab, quads, _AWAY_PX) - _beside(lab, quads, -_AWAY_PX)
    step = _norm(steps)
    close = _norm(_beside(lab, quads, _NEAR_PX) - _beside(lab, quads, -_NEAR_PX))
    one_way = _norm(steps.mean(axis=2)) / np.maximum(1e-3, step.mean(axis=2))
    seen = ((step > _LEAST_STEP) & (close > 0.45 * step)).mean(axis=2)
    return np.asarray(seen * np.minimum(1, one_way / _ONE_WAY), np.float32)


def _beside(lab: Floats, quads: Floats, far: float) -> Floats:
    """The colours along all sides, so many pixels inwards from them."""
    along = np.roll(quads, -1, axis=1) - quads
    length = np.maximum(1e-6, np.linalg.norm(along, axis=2, keepdims=True))
    inward = np.stack([-along[..., 1], along[..., 0]], axis=2) / length * np.float32(far)
    points = (quads + inward)[:, :, None] + along[:, :, None] * _SAMPLES[None, None, :, None]
    x = np.clip(np.rint(points[..., 0]), 0, lab.shape[1] - 1).astype(np.intp)
    y = np.clip(np.rint(points[..., 1]), 0, lab.shape[0] - 1).astype(np.intp)
    return np.asarray(lab[y, x])


def _norm(colours: Floats) -> Floats:
    return np.asarray(np.linalg.norm(colours * _SHADE_WEIGHTS, axis=-1), np.float32)
