"""The measurements of one picture as `ImageFacts`: of a paper's sheet, of a verification photo, of an icon."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace

import numpy as np

from extractors.paper import ImageFacts, PortraitFacts
from extractors.vision import portrait, quality
from extractors.vision.faces import Face
from extractors.vision.images import Picture, turn
from extractors.vision.sheet import Sheet


def of_sheet(
    page: Picture, sheet: Sheet, upright: Picture, turned: int, watermarks: tuple[str, ...], facts: ImageFacts
) -> ImageFacts:
    """What was measured on a paper's sheet; `upright` is the sheet turned by `turned` degrees."""
    measures = quality.measure(page, upright, sheet.corners, found=sheet.found)
    return replace(
        facts,
        width_px=page.shape[1],
        height_px=page.shape[0],
        sheet_found=sheet.found,
        sheet_corners=sheet.corners if sheet.found else None,
        sheet_width_px=_true_width(sheet, turned),
        turned_degrees=turned,
        corner_margin_share=_corner_margin(sheet, page) if sheet.found else None,
        watermark_texts=watermarks,
        **asdict(measures),
    )


def of_photo(page: Picture, turned: int, faces: tuple[Face, ...], facts: ImageFacts) -> ImageFacts:
    """What was measured on a verification photo whose faces stand upright when it is turned by `turned` degrees."""
    upright = turn(page, turned)
    measured: PortraitFacts = portrait.measure(upright, faces)
    return replace(
        facts,
        width_px=page.shape[1],
        height_px=page.shape[0],
        turned_degrees=turned,
        portrait=measured,
    )


def of_icon(page: Picture, facts: ImageFacts) -> ImageFacts:
    """What was measured on an app's icon."""
    spread = float(page.reshape(-1, 3).std(axis=0).max())
    return replace(facts, width_px=page.shape[1], height_px=page.shape[0], contrast=round(spread, 1))


def _true_width(sheet: Sheet, turned: int) -> float:
    """The upright sheet's width in pixels of the page as taken, before it was shrunk for reading."""
    corners = np.array(sheet.corners)
    sides = [float(np.linalg.norm(corners[i] - corners[(i + 1) % 4])) for i in range(4)]
    across, down = (sides[0] + sides[2]) / 2, (sides[1] + sides[3]) / 2
    return round(down if turned in (90, 270) else across, 1)


def _corner_margin(sheet: Sheet, page: Picture) -> float:
    height, width = page.shape[:2]
    margin = min(min(x, y, width - x, height - y) for x, y in sheet.corners)
    return round(float(margin / min(height, width)), 4)


def worse(a: ImageFacts | None, b: ImageFacts | None) -> ImageFacts | None:
    """The measures of the worse of two sheets, each by itself."""
    if a is None or b is None:
        return a or b
    highest = (
        "edge_width_px",
        "glare_share",
        "blur_score",
        "copy_score",
        "screen_score",
        "glare_score",
        "cut_score",
        "occlusion_score",
    )
    lowest = ("sheet_width_px", "colour_distance", "corner_margin_share")
    picked = {name: _pick(max, getattr(a, name), getattr(b, name)) for name in highest}
    picked |= {name: _pick(min, getattr(a, name), getattr(b, name)) for name in lowest}
    return replace(
        a,
        turned_degrees=a.turned_degrees or b.turned_degrees,
        watermark_texts=a.watermark_texts + b.watermark_texts,
        **picked,  # type: ignore[arg-type]
    )


def _pick(choose: Callable[[float, float], float], a: float | None, b: float | None) -> float | None:
    return choose(a, b) if a is not None and b is not None else (a if a is not None else b)
