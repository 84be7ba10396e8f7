"""Where on a page a value was read: the window to show, and how the page is turned. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline import review
from pipeline.rows import Json

Pages = Mapping[tuple[str, int], "ScanPage"]
CROP_WIDE, CROP_HIGH = 480, 96


@dataclass(frozen=True, slots=True)
class ScanPage:
    """One page of one received file and its size in the pixels that boxes speak of."""

    sha256: str
    number: int
    file: str
    kind: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Crop:
    """A window on a page: which part, and how the page is turned so that the text stands upright."""

    page: ScanPage
    box: str
    view: str
    turn: int
    points: str
    width: int = 0
    height: int = 0


def crop(one: Json, pages: Pages) -> Crop | None:
    """The window on the page where a value was read; None where it has no place on a page."""
    page = pages.get((one["sha256"], max(one["page"], 1)))
    box = review.box_of(one["box"])
    if page is None or box is None:
        return None
    turn = quarter_turn(box)
    turned = [_turned(point, turn) for point in box]
    left, top = min(x for x, _ in turned), min(y for _, y in turned)
    right, bottom = max(x for x, _ in turned), max(y for _, y in turned)
    pad = max(6.0, 0.35 * min(right - left, bottom - top))
    wide, high = right - left + 2 * pad, bottom - top + 2 * pad
    view = f"{left - pad:.0f} {top - pad:.0f} {wide:.0f} {high:.0f}"
    shrunk = min(CROP_WIDE / wide, CROP_HIGH / high, 1.0)
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in box)
    return Crop(page, points, view, turn, points, max(1, round(wide * shrunk)), max(1, round(high * shrunk)))


def quarter_turn(box: Sequence[tuple[float, float]]) -> int:
    """By how many degrees (a multiple of 90) text in a box is turned; its corners begin at the text's upper left."""
    (x0, y0), (x1, y1) = box[0], box[1]
    return round(math.degrees(math.atan2(y1 - y0, x1 - x0)) / 90) * 90 % 360


def _turned(point: tuple[float, float], turn: int) -> tuple[float, float]:
    """A point after the page was turned back by `turn` degrees about its origin."""
    x, y = point
    return {0: (x, y), 90: (y, -x), 180: (-x, -y), 270: (-y, x)}[turn]


def pages_of(files: Sequence[tuple[str, str, Json | None]]) -> dict[tuple[str, int], ScanPage]:
    """The pages of received files; `files` are name, hash and what the reader said."""
    found: dict[tuple[str, int], ScanPage] = {}
    for name, sha256, reading in files:
        for paper in (reading or {}).get("papers", ()):
            key = (sha256, max(int(paper["page"]), 1))
            if paper["width_px"] and key not in found:
                found[key] = ScanPage(sha256, key[1], name, paper["kind"], paper["width_px"], paper["height_px"])
    return found


def lows_of(files: Sequence[tuple[str, str, Json | None]]) -> dict[tuple[str, int, str], tuple[int, ...]]:
    """Place of a reading (hash, page, box) to the characters of its value that the reader was not sure of."""
    found: dict[tuple[str, int, str], tuple[int, ...]] = {}
    for _, sha256, reading in files:
        for paper in (reading or {}).get("papers", ()):
            for one in paper["fields"].values():
                if one.get("low"):
                    found[place_of(sha256, one["page"], one["box"])] = tuple(one["low"])
    return found


def place_of(sha256: str, page: int, box: object) -> tuple[str, int, str]:
    """Where a reading stands, as a key."""
    return sha256, max(int(page), 1), str(review.box_of(box))
