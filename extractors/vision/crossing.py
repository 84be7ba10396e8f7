"""What lies over a sheet's side: a finger that holds it, a clip, a strip of tape.

Such a thing looks the same inside and outside the side, and unlike both the sheet and the table. A shadow crosses too,
but leaves the colours' ratios as they are and has soft edges. `occlusion_numbers` measures that; a small forest weighs it
(`extractors.vision.forest`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from extractors.vision import ranks, rim
from extractors.vision.rim import MARGIN_PX, Flags, Floats, RimView, Side

_SMOOTH_PX = 9
_TABLE_COLOURS, _FEWEST_OF_TABLE = 4, 40
_LEAST_OF_TABLE, _LEAST_OF_SIDE, _SURELY_TABLE = 0.1, 0.1, 0.4
_NUMBERS_OF_A_RUN, _NUMBERS_OF_A_THING = 9, 9
_OF_BOTH, _OF_INSIDE = slice(2, 4), slice(2, 3)  # of a run's numbers, how unlike the rest it is inside and outside
_SHADE_WEIGHTS = np.array((0.6, 1, 1), np.float32)


def occlusion_numbers(view: RimView) -> list[float]:
    """Numbers that tell a finger, or another thing lying over a side, from a free rim."""
    sides = view.sides
    usual_step = float(np.median([ranks.median(side.step) for side in sides]))
    table = _table_colours(view, sides)
    bridges, bites = _crossings(view, sides, table)
    skin = rim.skin_coloured(view.lab)
    numbers = [float(view.found), float(skin.mean()), usual_step]
    numbers += _best_runs(bridges, usual_step)
    numbers += _largest_thing(view, bridges, table, _OF_BOTH)
    numbers += max(bites, key=lambda bite: bite.total).numbers if bites else (0.0,) * _NUMBERS_OF_A_RUN
    numbers += _largest_thing(view, bites, table[:0], _OF_INSIDE)
    numbers += _one_sided(skin[MARGIN_PX:-MARGIN_PX, MARGIN_PX:-MARGIN_PX])
    return [*numbers, *_warmth(sides), *rim.across_the_ring(view.ring)]


@dataclass(frozen=True, slots=True)
class _Bridge:
    """A stretch of a side where the same colour lies inside and outside, unlike what is usual inside."""

    number: int  # of the side, as the view is turned
    start: int
    stop: int
    colour: Floats
    total: float  # how much unlike the rest and alike across, summed over the length
    numbers: tuple[float, ...]


def _crossings(view: RimView, sides: Sequence[Side], table: Floats) -> tuple[list[_Bridge], list[_Bridge]]:
    """On each side the strongest stretch of another colour than sheet and table; and of another than the sheet alone.

    The second are bites out of a side: a finger of the table's colour leaves nothing else.
    """
    found = [_crossing(number, side, _inside_page(view, number), table) for number, side in enumerate(sides)]
    bridges, bites = ([run for run in runs if run is not None] for runs in zip(*found, strict=True))
    return bridges, bites


def _inside_page(view: RimView, number: int) -> Flags:
    """Along a side, where the strip outside it still lies in the picture."""
    there = np.rot90(view.inside_page, number)
    return np.asarray(there[MARGIN_PX - rim.OUTER_PX, MARGIN_PX + 3 : there.shape[1] - MARGIN_PX - 3])


def _table_colours(view: RimView, sides: Sequence[Side]) -> Floats:
    """The usual colours round the sheet: those that make up a good part of the strips outside it, on most sides of it.

    A hand takes as much of one side, or of two. Where the sheet fills the picture it is the usual colour of its rim.
    """
    strips = [side.outer[_inside_page(view, number)] for number, side in enumerate(sides)]
    colours = np.ascontiguousarray(np.concatenate(strips))
    if len(colours) < _FEWEST_OF_TABLE:
        return np.median(view.ring, axis=0)[None]
    cv2.setRNGSeed(7)
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 10, 0.5)
    _, labels, centres = cv2.kmeans(colours, _TABLE_COLOURS, None, stop, 1, cv2.KMEANS_PP_CENTERS)
    shares = np.bincount(labels.ravel(), minlength=_TABLE_COLOURS) / len(colours)
    counts = _shares_by_side(labels.ravel(), strips)
    on_most = (counts > _LEAST_OF_SIDE).sum(axis=0) >= min(3, len(counts))
    usual = ((shares >= _LEAST_OF_TABLE) & on_most) | (shares >= min(_SURELY_TABLE, shares.max()))
    return np.asarray(centres[usual], np.float32)


def _shares_by_side(labels: NDArray[np.int32], strips: Sequence[Floats]) -> Floats:
    """Of each strip that lies in the picture, how much of it is of each colour."""
    ends = np.cumsum([len(strip) for strip in strips])[:-1]
    parts = [part for part in np.split(labels, ends) if len(part) >= _FEWEST_OF_TABLE / 2]
    return np.array([np.bincount(part, minlength=_TABLE_COLOURS) / len(part) for part in parts], np.float32)


def _crossing(number: int, side: Side, there: Flags, table: Floats) -> tuple[_Bridge | None, _Bridge | None]:
    usual = _running_median(side.inner)
    strange_in = _distance(side.inner, usual)
    strange_out = np.min([_distance(side.outer, colour) for colour in table], axis=0)
    step = _distance(side.inner, side.outer)
    alike = np.minimum(strange_in, strange_out) - 0.8 * step - 2
    bitten = strange_in - 0.8 * step - 4
    at_rim = 0.5 * strange_in - 6  # at the picture's rim only the inside shows
    seen = _Strange(number, side, there, usual, strange_in, strange_out, step, table)
    return _strongest(seen, np.where(there, alike, at_rim)), _strongest(seen, np.where(there, bitten, at_rim))


@dataclass(frozen=True, slots=True)
class _Strange:
    """Along a side: the usual colour inside, how unlike it the inside is and how unlike the table the outside."""

    number: int
    side: Side
    there: Flags
    usual: Floats
    inside: Floats
    outside: Floats
    step: Floats
    table: Floats


def _strongest(seen: _Strange, alike: Floats) -> _Bridge | None:
    smooth = cv2.blur(alike[None].astype(np.float32), (_SMOOTH_PX, 1), borderType=cv2.BORDER_REPLICATE)[0]
    start, length = _strongest_run(smooth)
    if length < 3:
        return None
    run, side = slice(start, start + length), seen.side
    colour = np.median(np.concatenate([side.inner[run], side.outer[run]]), axis=0).astype(np.float32)
    tints = _tint(side.inner[run]), _tint(seen.usual[run]), _tint(side.outer[run])
    table_tint = min(float(np.linalg.norm(tints[2].mean(axis=0) - _tint(one[None])[0])) for one in seen.table)
    numbers = (
        length / len(smooth),
        float(smooth[run].mean()),
        float(seen.inside[run].mean()),
        float(seen.outside[run].mean()),
        float(ranks.median(seen.step[run])),
        float(np.linalg.norm(tints[0].mean(axis=0) - tints[1].mean(axis=0))),
        table_tint,
        float(rim.skin_coloured(side.inner[None, run]).mean()),
        float(seen.there[run].mean()),
    )
    return _Bridge(seen.number, start, start + length, colour, float(smooth[run].sum()), numbers)


def _distance(colours: Floats, other: Floats) -> Floats:
    return np.asarray(np.linalg.norm((colours - other) * _SHADE_WEIGHTS, axis=-1), np.float32)


def _squared_distance(lab: Floats, colour: Floats) -> Floats:
    """The square of `_distance` over a whole view, in a tenth of the time."""
    apart = cv2.subtract(lab, (*(float(value) for value in colour), 0.0))
    return np.asarray(cv2.transform(cv2.multiply(apart, apart), np.square(_SHADE_WEIGHTS)[None]), np.float32)


def _tint(lab: Floats) -> Floats:
    """Colour without light: what a shadow leaves as it is."""
    return np.asarray(lab[..., 1:] * 60 / (lab[..., :1] + 8), np.float32)


def _running_median(colours: Floats) -> Floats:
    """The usual colour near each place of a side, over nearly half its length; at its ends over the half they are in."""
    reach = max(8, int(len(colours) * 0.24))
    wide = min(len(colours), 2 * reach + 1)
    starts = np.clip(np.arange(0, len(colours), 8) - reach, 0, len(colours) - wide)
    windows = np.lib.stride_tricks.sliding_window_view(colours, wide, axis=0)[starts, :, ::3]
    return np.repeat(np.median(windows, axis=2), 8, axis=0)[: len(colours)]


def _strongest_run(values: Floats) -> tuple[int, int]:
    """Start and length of the stretch above zero whose sum is highest."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], values > 0, [0]]).astype(np.int8)))
    if not len(edges):
        return 0, 0
    sums = [float(values[a:b].sum()) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    best = int(np.argmax(sums))
    return int(edges[2 * best]), int(edges[2 * best + 1] - edges[2 * best])


def _best_runs(bridges: list[_Bridge], usual_step: float) -> list[float]:
    """The numbers of the two strongest bridges, and the strength of the first over the usual step."""
    ordered = sorted(bridges, key=lambda bridge: -bridge.total)
    empty = (0.0,) * _NUMBERS_OF_A_RUN
    runs = [*(bridge.numbers for bridge in ordered[:2]), empty, empty][:2]
    return [*runs[0], *runs[1], runs[0][4] / max(4.0, usual_step), ordered[0].total if ordered else 0.0]


def _largest_thing(view: RimView, runs: list[_Bridge], others: Floats, strangeness: slice) -> list[float]:
    """What crosses at the strongest of the runs; zeros without one.

    It is told from the rest by half its strangeness, and by being more like itself than like the sheet or the `others`.
    """
    if not runs:
        return [0.0] * _NUMBERS_OF_A_THING
    run = max(runs, key=lambda run: run.total)
    sheet = np.median(np.concatenate([side.inner for side in view.sides]), axis=0)[None]
    reach = max(9.0, 0.55 * min(run.numbers[strangeness]))
    return _thing(view, run, np.concatenate([sheet, others]), reach)


def _thing(view: RimView, bridge: _Bridge, others: Floats, reach: float) -> list[float]:
    """The region of the bridge's colour, as far as `reach` from it, that crosses there: its size, form, texture, outline."""
    lab = np.rot90(view.lab, bridge.number)
    there = np.rot90(view.inside_page, bridge.number)
    far = _squared_distance(lab, bridge.colour)
    nearest = np.minimum.reduce([_squared_distance(lab, colour) for colour in others])
    like = (far < np.minimum(nearest, reach * reach)).astype(np.uint8)
    like = cv2.morphologyEx(like, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    _, labels = cv2.connectedComponents(like, connectivity=4)
    band = labels[MARGIN_PX - 12 : MARGIN_PX + 12, MARGIN_PX + 3 + bridge.start : MARGIN_PX + 3 + bridge.stop]
    names, counts = np.unique(band[band > 0], return_counts=True)
    if not len(names):
        return [0.0] * _NUMBERS_OF_A_THING
    thing = labels == names[int(np.argmax(counts))]
    inside, outside = thing[MARGIN_PX:-MARGIN_PX, MARGIN_PX:-MARGIN_PX], thing[:MARGIN_PX]
    rows = np.flatnonzero(inside.any(axis=1))
    within = int(inside.sum())
    return [
        within / inside.size,
        float((outside & there[:MARGIN_PX]).sum()) / outside.size,
        (rows[-1] + 1) / inside.shape[0] if len(rows) else 0.0,
        _solidity(inside),
        float(rim.skin_coloured(lab[thing]).mean()),
        float(lab[thing][:, 0].std()),
        float(np.linalg.norm(lab[thing][:, 1:].std(axis=0))),
        float(np.hypot(*lab[thing][:, 1:].mean(axis=0))),
        _outline_step(lab, thing),
    ]


def _solidity(region: Flags) -> float:
    """Share of its hull that a region fills: near 1 for a finger, less for print and patterns."""
    points = cv2.findNonZero(region.astype(np.uint8))
    if points is None or len(points) < 5:
        return 0.0
    return float(len(points) / max(1.0, cv2.contourArea(cv2.convexHull(points)) + 1))


def _outline_step(lab: Floats, region: Flags) -> float:
    """How much the colour changes within a few pixels at the region's outline inside the sheet: little at shadows."""
    sheet = np.zeros(region.shape, np.bool_)
    sheet[MARGIN_PX + 4 : -MARGIN_PX - 4, MARGIN_PX + 4 : -MARGIN_PX - 4] = True
    flags = region.astype(np.uint8)
    kernel = np.ones((5, 5), np.uint8)
    out = (cv2.dilate(flags, kernel) > 0) & ~region & sheet
    inside = region & (cv2.erode(flags, kernel) == 0) & sheet
    if out.sum() < 5 or inside.sum() < 5:
        return 0.0
    return float(_distance(np.median(lab[out], axis=0), np.median(lab[inside], axis=0)))


def _one_sided(skin: Flags) -> tuple[float, float, float]:
    """The largest skin-coloured region that touches one side only: its share, its contact, its reach inwards."""
    height, width = skin.shape
    opened = cv2.morphologyEx(skin.astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(opened, connectivity=4)
    best = (0.0, 0.0, 0.0)
    for label in range(1, count):
        x, y, w, h, area = (int(v) for v in stats[label])
        touches = [y <= 2, x + w >= width - 2, y + h >= height - 2, x <= 2]
        if sum(touches) != 1:
            continue
        side = touches.index(True)
        contact, reach = (w / width, h / height) if side % 2 == 0 else (h / height, w / width)
        best = max(best, (area / (height * width), contact, reach))
    return best


def _warmth(sides: Sequence[Side]) -> tuple[float, float]:
    """How much redder the sides are at their reddest than usual, inside and outside."""
    inner = max(float(ranks.percentile(side.inner[:, 1], 97) - ranks.median(side.inner[:, 1])) for side in sides)
    outer = max(float(ranks.percentile(side.outer[:, 1], 97) - ranks.median(side.outer[:, 1])) for side in sides)
    return inner, outer
