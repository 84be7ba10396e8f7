"""A sheet seen together with what lies round it: what its four sides look like, and what crosses them.

Two faults show there: a sheet pushed over the picture's edge, and a finger that holds it. Both are told by numbers
along the sides; the probabilities come from small forests (`extractors.vision.forest`).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from extractors.vision import ranks
from extractors.vision.images import Picture, shrink
from extractors.vision.lines import Quad

_LONG_PX = 400  # the sheet's long side in the view
MARGIN_PX = 48
_ASPECTS = (1.586, 1.414, 1.42)
_RING_LONG_PX, _RING_DEEP_PX = 320, 4
_INNER, _OUTER = slice(6, 14), slice(4, 10)  # depths from the side: past the outline's own blur, near it outside
OUTER_PX = 11  # so far the picture must go on outside a side for what lies there to count

_INK = 14  # how much darker than the paper round it print is, in Lab
_TABLE_WEIGHTS = np.array((0.5, 1, 1), np.float32)  # shadows darken a table more than they colour it

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class RimView:
    """The squared sheet with a margin, in Lab; `inside_page` is False where the margin leaves the picture."""

    lab: Floats
    inside_page: Flags
    ring: Floats  # the colours along the picture's own edge, clockwise from the upper left
    aspect_error: float
    corner_margins: tuple[float, ...]  # of the corners, smallest first, as shares of the picture's shorter side
    side_margins: tuple[float, ...]  # of the sides' middles
    area_share: float
    found: bool
    sides: tuple[Side, ...]  # clockwise from the upper one, each turned up


def view_rim(page: Picture, corners: Quad, *, found: bool) -> RimView:
    """The view of a sheet by its corners on the page."""
    points = np.array(corners, np.float32)
    sides = [float(np.linalg.norm(points[i] - points[(i + 1) % 4])) for i in range(4)]
    across, down = (sides[0] + sides[2]) / 2, (sides[1] + sides[3]) / 2
    scale = _LONG_PX / max(across, down, 1.0)
    width, height = max(64, round(across * scale)), max(64, round(down * scale))
    small, factor = shrink(page, max(64, round(max(page.shape[:2]) * scale * 1.3)))
    far = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32) + MARGIN_PX
    matrix = cv2.getPerspectiveTransform(points * np.float32(factor), far)
    size = (width + 2 * MARGIN_PX, height + 2 * MARGIN_PX)
    seen = cv2.warpPerspective(small, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    there = cv2.warpPerspective(np.full(small.shape[:2], 255, np.uint8), matrix, size)
    lab = cv2.cvtColor(cv2.GaussianBlur(seen, (3, 3), 0).astype(np.float32) / 255, cv2.COLOR_BGR2LAB)
    inside = there > 127
    return RimView(
        lab,
        inside,
        _ring(page),
        _aspect_error(across, down),
        _margins(points, page),
        _margins((points + np.roll(points, -1, axis=0)) / np.float32(2), page),
        float(cv2.contourArea(points)) / (page.shape[0] * page.shape[1]),
        found,
        tuple(_side(np.rot90(lab, turn), np.rot90(inside, turn)) for turn in range(4)),
    )


def _ring(page: Picture) -> Floats:
    """The strip along the picture's edge as one line of colours."""
    small, _ = shrink(page, _RING_LONG_PX)
    strips = [np.ascontiguousarray(np.rot90(small, turn)[:_RING_DEEP_PX], np.float32) / 255 for turn in range(4)]
    return np.concatenate([cv2.cvtColor(strip, cv2.COLOR_BGR2LAB).mean(axis=0) for strip in strips])


def _aspect_error(across: float, down: float) -> float:
    long, short = max(across, down), max(1.0, min(across, down))
    return min(abs(long / short / known - 1) for known in _ASPECTS)


def _margins(points: Floats, page: Picture) -> tuple[float, ...]:
    height, width = page.shape[:2]
    return tuple(sorted(float(min(x, y, width - x, height - y)) / min(height, width) for x, y in points))


@dataclass(frozen=True, slots=True)
class Side:
    """What lies along one side: colours in and out of it (n x 3), and where the outside is still in the picture."""

    inner: Floats
    outer: Floats
    step: Floats
    out_of_page: float
    corner: float  # how unlike the sheet its very corner is, as round ones are
    strips: Floats  # depth x length x 3, from the side inwards
    print_margin: float  # depth at which print begins, as a share of the view's long side
    print_at_side: float  # share of the side that print touches
    frame: float  # how much of the side's length a line parallel to it takes


def _side(lab: Floats, there: Flags) -> Side:
    """The upper side of a view; the others are turned up first."""
    middle = slice(MARGIN_PX + 3, lab.shape[1] - MARGIN_PX - 3)
    inward = lab[MARGIN_PX:, middle]
    outward = lab[MARGIN_PX - 1 :: -1, middle]
    near_in, near_out = inward[_INNER], outward[_OUTER]
    inner, outer = np.median(near_in, axis=0), np.median(near_out, axis=0)
    is_out = ~there[MARGIN_PX - OUTER_PX, middle]
    corner = lab[MARGIN_PX : MARGIN_PX + 3, MARGIN_PX : MARGIN_PX + 3].mean(axis=(0, 1))
    body = lab[MARGIN_PX + 16 : MARGIN_PX + 24, MARGIN_PX + 16 : MARGIN_PX + 24].mean(axis=(0, 1))
    strips = inward[: lab.shape[0] // 2 - MARGIN_PX]
    return Side(
        inner.astype(np.float32),
        outer.astype(np.float32),
        np.linalg.norm(inner - outer, axis=1).astype(np.float32),
        float(is_out.mean()),
        float(np.linalg.norm(corner - body)),
        strips,
        *_print_along(strips[: _LONG_PX // 6, ..., 0]),
    )


def _print_along(light: Floats) -> tuple[float, float, float]:
    """Where print begins under a side, how much of it touches the side, and how much of a frame runs along it."""
    paper = cv2.dilate(light, np.ones((13, 13), np.uint8))
    ink = paper - light > _INK
    shares = ink[3:].mean(axis=1)
    rows = np.flatnonzero(shares > 0.012)
    return (
        float(rows[0] if len(rows) else len(shares)) / _LONG_PX,
        float(ink[1:5].any(axis=0).mean()),
        float(shares.max()) if len(shares) else 0.0,
    )


def edge_numbers(view: RimView) -> list[float]:
    """Numbers that tell a sheet inside the picture from one cut off by it."""
    sides = view.sides
    outs = sorted((side.out_of_page for side in sides), reverse=True)
    supports = sorted(float((side.step > 6).mean()) for side in sides)
    steps = sorted(float(ranks.median(side.step)) for side in sides)
    # Print that runs into the side: a sheet ends in plain paper or in a frame parallel to the side.
    busy = sorted((float(np.std(side.strips[1:6].mean(axis=0)[:, 0])) for side in sides), reverse=True)
    corners = sorted(side.corner for side in sides)
    margins = sorted(side.print_margin for side in sides)
    touched = sorted((side.print_at_side for side in sides), reverse=True)
    paired = [abs(sides[i].out_of_page - sides[i + 2].out_of_page) for i in (0, 1)]
    return [
        float(view.found),
        view.aspect_error,
        *view.corner_margins[:3],
        *view.side_margins[:2],
        view.area_share,
        *outs,
        *supports[:2],
        *steps[:2],
        *busy[:2],
        *corners,
        *margins[:3],
        *touched[:2],
        *sorted(side.frame for side in sides),
        max(abs(sides[i].print_margin - sides[i + 2].print_margin) for i in (0, 1)),
        max(paired),
        _wide_to_narrow(view),
        *across_the_ring(view.ring),
    ]


def _wide_to_narrow(view: RimView) -> float:
    height, width = (side - 2 * MARGIN_PX for side in view.lab.shape[:2])
    return float(max(height, width) / max(1, min(height, width)))


def across_the_ring(ring: Floats) -> tuple[float, ...]:
    """The longest stretch of the picture's edge that is not of the table's colour, as a sheet or hand makes it there."""
    table = np.median(ring, axis=0)
    off = (ring - table) * _TABLE_WEIGHTS
    start, length = longest_run(np.linalg.norm(off, axis=1) > 9)
    steps = np.linalg.norm(np.roll(ring, -2, axis=0) - np.roll(ring, 2, axis=0), axis=1)
    if length < 3:
        return 0.0, 0.0, 0.0, 0.0, float(np.sort(steps)[-2]), float(np.linalg.norm(off, axis=1).mean())
    # the edge is a ring: a stretch may go on past its last pixel
    run = ring.take(range(start, start + length), axis=0, mode="wrap")
    ends = [steps.take(range(at - 3, at + 4), mode="wrap").max() for at in (start, start + length - 1)]
    return (
        length / len(ring),
        float(run[:, 0].mean() - table[0]),
        float(np.linalg.norm(run[:, 1:].mean(axis=0) - table[1:])),
        float(skin_coloured(run[None]).mean()),
        float(min(ends)),
        float(np.linalg.norm(off, axis=1).mean()),
    )


def longest_run(flags: Flags) -> tuple[int, int]:
    """Start and length of the longest stretch, small gaps closed."""
    closed = cv2.morphologyEx(flags.astype(np.uint8)[None], cv2.MORPH_CLOSE, np.ones((1, 7), np.uint8))[0]
    edges = np.flatnonzero(np.diff(np.concatenate([[0], closed, [0]]).astype(np.int8)))
    if not len(edges):
        return 0, 0
    lengths = edges[1::2] - edges[::2]
    best = int(np.argmax(lengths))
    return int(edges[2 * best]), int(lengths[best])


def skin_coloured(lab: Floats) -> Flags:
    """Skin of any tone: its lightness differs, its hue and the ratio of red to yellow hardly do."""
    skin: Flags = (lab[..., 0] > 20) & (lab[..., 0] < 95) & (lab[..., 1] > 3)
    red, yellow = lab[skin][:, 1], lab[skin][:, 2]
    hue, chroma = np.degrees(np.arctan2(yellow, red)), np.hypot(red, yellow)
    skin[skin] = (hue > 20) & (hue < 78) & (chroma > 9) & (chroma < 48)
    return skin
