"""Measures a picture against what reviewers look at: sharpness, colour, and the scores of the trained checks.

Only measures; the limits are the pipeline's. Sharpness and colour are measured on the squared-up sheet so that the
table round it does not count.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from extractors.vision import colour, crossing, forest, glare, grain_net, moire, page_net, rim, sharpness
from extractors.vision.images import Picture
from extractors.vision.lines import Quad

_FOREST_S_SAY = {"cut": 0.5, "occlusion": 0.4, "copy": 0.5, "glare": 0.5, "screen": 0.7}
"""Of 1, what the numbers of a sheet weigh; the rest is a net's: it sees no cut of a hundredth."""

_WITHOUT_OUTLINE = {**_FOREST_S_SAY, "cut": 0.4}  # the numbers are then those of the picture's rim
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
    nets_say = {name: getattr(look, name) for name in ("cut", "occlusion", "copy", "glare")}
    nets_say["screen"] = grain_net.screen_likeness(page, corners)
    forest_s_say = _FOREST_S_SAY if found else _WITHOUT_OUTLINE
    scores |= {name: _together(scores[name], said, forest_s_say[name]) for name, said in nets_say.items()}
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


def _together(forest_s: float | None, net_s: float | None, forest_s_say: float) -> float | None:
    """What the sheet's numbers and a net say as one score: the weighed mean of their odds' logarithms."""
    if forest_s is None or net_s is None:
        return net_s if forest_s is None else forest_s
    said = np.clip((forest_s, net_s), _SURELY_NOT, 1 - _SURELY_NOT)
    odds = np.average(np.log(said / (1 - said)), weights=(forest_s_say, 1 - forest_s_say))
    return round(float(1 / (1 + np.exp(-odds))), 3)


def _longest_side(corners: Quad) -> float:
    points = np.array(corners)
    return float(np.linalg.norm(points - np.roll(points, 1, axis=0), axis=1).max())
