"""Measures a picture against what reviewers look at: sharpness, colour, and the scores of the trained checks.

Only measures; the limits are the pipeline's. Sharpness and colour are measured on the squared-up sheet so that the
table round it does not count.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from extractors.vision import colour, crossing, forest, glare, moire, page_net, rim, sharpness
from extractors.vision.images import Picture
from extractors.vision.lines import Quad

_OUTLINE_S_SAY = {"cut": 0.6, "occlusion": 0.5}  # of 1, the rest is the net's: it sees no cut of a hundredth
_SURELY_NOT = 0.004  # neither of two scores outweighs the other alone


@dataclass(frozen=True, slots=True)
class Measures:
    """What was measured on one sheet; the names are those of `ImageFacts`."""

    edge_width_px: float | None
    colour_distance: float
    glare_share: float
    blur_score: float | None
    copy_score: float | None
    screen_score: float | None
    glare_score: float | None
    cut_score: float | None
    occlusion_score: float | None


def measure(page: Picture, sheet: Picture, corners: Quad, *, found: bool) -> Measures:
    """All measures of one sheet; `corners` are its corners on the page, `found` whether they were seen there."""
    numbers = numbers_of(page, sheet, corners, found)
    scores = {name: forest.score(name, weighed) for name, weighed in numbers.items()}
    look = page_net.look(page)
    scores["cut"] = _together(scores["cut"], look.cut, _OUTLINE_S_SAY["cut"])
    scores["occlusion"] = _together(scores["occlusion"], look.occlusion, _OUTLINE_S_SAY["occlusion"])
    return Measures(
        sharpness.edge_width(numbers["blur"]),
        colour.colour_distance(numbers["copy"] or ()),
        glare.burnt_share(sheet),
        **{f"{name}_score": score for name, score in scores.items()},
    )


def numbers_of(page: Picture, sheet: Picture, corners: Quad, found: bool) -> dict[str, list[float] | None]:
    """What each trained check weighs, by its name; None where a sheet cannot be measured for it."""
    view = rim.view_rim(page, corners, found=found)
    return {
        "blur": sharpness.sharpness_numbers(sheet, _longest_side(corners)),
        "copy": colour.copy_numbers(sheet),
        "screen": moire.screen_numbers(page, corners),
        "glare": glare.glare_numbers(sheet),
        "cut": rim.edge_numbers(view),
        "occlusion": crossing.occlusion_numbers(view),
    }


def _together(outline: float | None, whole: float, outline_s_say: float) -> float:
    """What the outline's numbers and the whole picture say as one score: the weighed mean of their odds' logarithms."""
    if outline is None:
        return whole
    said = np.clip((outline, whole), _SURELY_NOT, 1 - _SURELY_NOT)
    odds = np.average(np.log(said / (1 - said)), weights=(outline_s_say, 1 - outline_s_say))
    return round(float(1 / (1 + np.exp(-odds))), 3)


def _longest_side(corners: Quad) -> float:
    points = np.array(corners)
    return float(np.linalg.norm(points - np.roll(points, 1, axis=0), axis=1).max())
