"""Finds sheets of paper in a picture and squares them up.

A sheet is what differs in colour from the picture's rim, or what straight edges enclose; its side lines are fitted to
the middle of each side, because the corners of a card are round. Several cards on one page are several sheets.
Where nothing is found (a flat scan, white paper on white) the whole picture is the sheet, and `found` says so.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from extractors.vision import outline, page_net, quads, side_lines
from extractors.vision.images import Matrix, Picture, shrink
from extractors.vision.lines import Quad

_SEARCH_LONGEST_PX = 640
_CUT_OUT_LONGEST_PX = 150
_MIN_SHARE = 0.05
_WHOLE_SHARE = 0.97
_MIN_FILL = 0.88
_MOST_SKEW = 28.0  # a sheet seen so slantwise that a corner opens wider could not be read anyway
_CARD_ASPECT = 1.585
_ASPECTS = (_CARD_ASPECT, 1.414, 1.0 / 1.414, 1.0 / _CARD_ASPECT, 1.42)
_MAX_SHEETS = 4
_LEAST_KEPT = 0.9
_DOUBTFUL_SIDE = 0.6  # of a side, the share that shows: below it the outline may have taken in other things
_NO_SIDES = 0.4  # of all sides: below it the outline is a table's pattern or a shadow's
_PULLED_OUT, _LEFT_IN_PLACE = 0.2, 0.03  # how far a corner lies from another quad's, as a share of the quad's size
_CARDS_ON_SHEET = 0.85  # of a sheet at most is covered by the cards on it and what lies between them
_AGREED = 0.8  # of an outline with where the net sees a sheet
_PLAINLY, _FAR_MORE = 0.1, 0.25  # by how much another must agree better, and one that does not agree well
_PLAIN = 2.0  # a picture with less spread than this holds nothing to cut out

Mask = NDArray[np.uint8]
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Sheet:
    """One sheet squared up: `to_page` brings its points back to the page picture."""

    picture: Picture
    corners: Quad
    to_page: Matrix
    found: bool


def find_sheets(page: Picture, *, longest_px: int = 1500) -> list[Sheet]:
    """The sheets on a page, each warped to at most `longest_px`, in reading order; never none."""
    small, scale = shrink(page, _SEARCH_LONGEST_PX)
    found = [quad / scale for quad in _or_as_seen(_search(small), page_net.look(page).sheet, small)]
    sheets = [square_up(page, _as_quad(quad), longest_px) for quad in found]
    return sheets or [whole_page(page, longest_px)]


def whole_page(page: Picture, longest_px: int = 1500) -> Sheet:
    """The page itself as the sheet."""
    height, width = page.shape[:2]
    picture, scale = shrink(page, longest_px)
    to_page = np.diag([1 / scale, 1 / scale, 1.0])
    return Sheet(
        picture, ((0.0, 0.0), (float(width), 0.0), (float(width), float(height)), (0.0, float(height))), to_page, False
    )


def square_up(page: Picture, corners: Quad, longest_px: int) -> Sheet:
    """What lies between the corners as an upright rectangle, not enlarged beyond the page's own resolution."""
    points = np.array(corners, dtype=np.float32)
    top, right, bottom, left = (float(np.linalg.norm(points[i] - points[(i + 1) % 4])) for i in range(4))
    width, height = (top + bottom) / 2, (left + right) / 2
    scale = min(1.0, longest_px / max(width, height))
    size = (max(16, round(width * scale)), max(16, round(height * scale)))
    target = np.array([(0, 0), (size[0], 0), size, (0, size[1])], dtype=np.float32)
    to_sheet = cv2.getPerspectiveTransform(points, target)
    # Shrinking by interpolation alone would alias the letters: the page is averaged down first.
    source, factor = shrink(page, max(1, round(max(page.shape[:2]) * scale))) if scale < 0.7 else (page, 1.0)
    matrix = to_sheet @ np.diag([1 / factor, 1 / factor, 1.0])
    warped: Picture = cv2.warpPerspective(source, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return Sheet(warped, corners, np.linalg.inv(to_sheet), True)


def is_seen_apart(page: Picture, sheet: Sheet) -> bool:
    """Whether the net for whole pictures sees this sheet rather than one as large as the page."""
    mask = page_net.look(page).sheet
    corners = np.array(sheet.corners, np.float32)
    return outline.agreement(mask, corners, page) > outline.agreement(mask, _whole(page), page) + _FAR_MORE


def has_a_card_s_shape(page: Picture) -> bool:
    """Whether the page itself is as long and wide as a card: then it may be a scan cut at the card's edges."""
    height, width = page.shape[:2]
    return bool(abs(max(height, width) / min(height, width) / _CARD_ASPECT - 1) < 0.03)


def _search(small: Picture) -> list[Floats]:
    """Corners of the sheets in the shrunken page, upper left first."""
    lab = cv2.cvtColor(cv2.GaussianBlur(small, (5, 5), 0), cv2.COLOR_BGR2LAB).astype(np.float32)
    found: list[tuple[float, Floats]] = []
    for mask in (_unlike_rim(lab), _enclosed_by_edges(small)):
        found += _quads_of(mask, small)
    by_sides = None
    if not any(quads.share_of(q, small) > 0.15 for _, q in found):
        by_sides = side_lines.find_by_sides(small, _ASPECTS)
        if by_sides is not None and by_sides.sure:
            return [by_sides.corners]
        if not has_a_card_s_shape(small):
            found += _quads_of(_cut_out(small), small)
    chosen: list[Floats] = []
    for _, quad in sorted(found, key=lambda item: -item[0]):
        if len(chosen) < _MAX_SHEETS and not any(quads.overlap(quad, other) for other in chosen):
            chosen.append(quad)
    largest = max((quads.share_of(q, small) for q in chosen), default=0.0)
    kept = [q for q in chosen if quads.share_of(q, small) > largest * 0.4]
    if len(kept) == 1 and by_sides is None:
        kept = [_with_better_sides(kept[0], small)]
    elif by_sides is None:
        kept = _or_sheet_under(kept, small)
    return sorted(kept, key=lambda q: (round(float(q[:, 1].mean()) / small.shape[0] * 4), float(q[:, 0].mean())))


def _or_as_seen(found: list[Floats], mask: Floats, small: Picture) -> list[Floats]:
    """The sheet found, or the one that the net for whole pictures sees where what was found is hardly where it sees one.

    Several cards lie on a page that the net may take for the sheet: they stay.
    """
    if len(found) > 1:
        return found
    agreed = outline.agreement(mask, found[0] if found else _whole(small), small)
    seen = outline.seen_outline(mask, small) if agreed < _AGREED else None
    if seen is None:
        return found
    moved = outline.at_edges(seen, small)
    better = outline.agreement(mask, moved, small)
    return [moved] if better > agreed + (_PLAINLY if better >= _AGREED else _FAR_MORE) else found


def _whole(small: Picture) -> Floats:
    height, width = small.shape[:2]
    return np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)


def _with_better_sides(quad: Floats, small: Picture) -> Floats:
    """The corners by the sheet's lines where its outline took in a finger or a thing beside it."""
    support = side_lines.side_support(small, quad)
    if support.min() >= _DOUBTFUL_SIDE:
        return quad
    found = side_lines.find_by_sides(small, _ASPECTS)
    if found is None or not found.sure or found.support.mean() < support.mean() + 0.1:
        return quad
    # A much smaller one is a frame printed on the sheet, unless what was taken for the sheet hardly has sides or a thing
    # beside the sheet has pulled out a corner.
    is_smaller = quads.share_of(found.corners, small) < _LEAST_KEPT * quads.share_of(quad, small)
    is_frame = is_smaller and support.mean() > _NO_SIDES and not _is_pulled_out(quad, found.corners)
    return quad if is_frame or not quads.overlap(quad, found.corners) else found.corners


def _is_pulled_out(quad: Floats, inner: Floats) -> bool:
    """Whether some corner lies far from the inner quad's and another on it: round a printed frame all are as near."""
    apart = np.linalg.norm(quad - inner, axis=1) / max(1.0, cv2.contourArea(inner)) ** 0.5
    return bool(apart.max() > _PULLED_OUT and apart.min() < _LEFT_IN_PLACE)


def _or_sheet_under(cards: list[Floats], small: Picture) -> list[Floats]:
    """The sheet that several cards lie on or were copied to, where its sides show; else the cards.

    A sheet that leaves the picture at one side is not cut out as a whole, but the cards on it are.
    """
    found = side_lines.find_by_sides(small, _ASPECTS) if len(cards) > 1 else None
    if found is None or not found.sure or found.at_rim.sum() > 1:
        return cards
    together = cv2.convexHull(np.concatenate(cards))
    is_wider = float(cv2.contourArea(together)) < _CARDS_ON_SHEET * float(cv2.contourArea(found.corners))
    holds = all(cv2.pointPolygonTest(found.corners, (float(x), float(y)), False) > 0 for x, y in together[:, 0])
    return [found.corners] if is_wider and holds else cards


def _unlike_rim(lab: Floats) -> Mask:
    """What differs from the colours along the picture's rim."""
    height, width = lab.shape[:2]
    rim = max(3, min(height, width) // 50)
    samples = np.concatenate(
        [lab[:rim].reshape(-1, 3), lab[-rim:].reshape(-1, 3), lab[:, :rim].reshape(-1, 3), lab[:, -rim:].reshape(-1, 3)]
    )
    cv2.setRNGSeed(7)
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 12, 0.5)
    picked = np.ascontiguousarray(samples[:: max(1, len(samples) // 2000)])
    _, labels, centres = cv2.kmeans(picked, 4, None, stop, 1, cv2.KMEANS_PP_CENTERS)
    # A colour that is rare on the rim may be the sheet's own, where it reaches the picture's edge.
    counts = np.bincount(labels.ravel(), minlength=4)
    modes = centres[counts >= 0.12 * len(picked)]
    distance = np.sqrt(np.min([_squared_distance(lab, mode) for mode in modes], axis=0))
    level = cv2.normalize(np.minimum(distance, 60), None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)
    threshold, mask = cv2.threshold(level, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    if threshold * min(60.0, float(distance.max())) / 255 < 4:
        mask = np.zeros_like(level)
    return _closed(mask, 9)


def _squared_distance(lab: Floats, mode: Floats) -> Floats:
    """Of each pixel's colour from one, lightness counting less: shadows change it."""
    apart = cv2.subtract(lab, (float(mode[0]), float(mode[1]), float(mode[2]), 0.0))
    weights = np.array([[0.36, 1.0, 1.0]], dtype=np.float32)
    return np.asarray(cv2.transform(cv2.multiply(apart, apart), weights), np.float32)


def _enclosed_by_edges(small: Picture) -> Mask:
    grey = cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), (5, 5), 0)
    edges = cv2.Canny(grey, 20, 60)
    closed = cv2.morphologyEx(edges, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    return _filled(closed)


def _cut_out(small: Picture) -> Mask:
    """Foreground and background by GrabCut on a thumbnail; the costly way for sheets like their table."""
    thumb, _ = shrink(small, _CUT_OUT_LONGEST_PX)
    height, width = thumb.shape[:2]
    if float(thumb.std()) < _PLAIN:
        return np.zeros(small.shape[:2], np.uint8)
    # Areas of one flat colour make GrabCut's models degenerate and its graph cut take minutes.
    noise = np.random.default_rng(7).integers(-3, 4, thumb.shape)
    thumb = np.clip(thumb.astype(np.int16) + noise, 0, 255).astype(np.uint8)
    mask = np.full((height, width), cv2.GC_PR_FGD, np.uint8)
    rim_y, rim_x = max(2, height // 40), max(2, width // 40)
    mask[:rim_y] = mask[-rim_y:] = cv2.GC_BGD
    mask[:, :rim_x] = mask[:, -rim_x:] = cv2.GC_BGD
    cv2.setRNGSeed(7)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    try:
        cv2.grabCut(thumb, mask, None, models[0], models[1], 3, cv2.GC_INIT_WITH_MASK)
    except cv2.error:
        return np.zeros(small.shape[:2], np.uint8)
    front = np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8) * 255
    full: Mask = cv2.resize(front, (small.shape[1], small.shape[0]), interpolation=cv2.INTER_NEAREST)
    return _closed(full, 5)


def _closed(mask: Mask, size: int) -> Mask:
    kernel = np.ones((size, size), np.uint8)
    opened = cv2.morphologyEx(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, kernel), cv2.MORPH_OPEN, kernel)
    return _filled(opened)


def _filled(mask: Mask) -> Mask:
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled: Mask = np.zeros_like(mask)
    cv2.drawContours(filled, contours, -1, 255, cv2.FILLED)
    kernel = np.ones((9, 9), np.uint8)
    opened: Mask = cv2.morphologyEx(filled, cv2.MORPH_OPEN, kernel)
    return opened


def _quads_of(mask: Mask, small: Picture) -> list[tuple[float, Floats]]:
    """Four-cornered regions with a score: how well the region fills its corners, its size, a paper's proportions."""
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    found = []
    for contour in contours:
        area = cv2.contourArea(contour)
        if area < _MIN_SHARE * small.shape[0] * small.shape[1]:
            continue
        quad = quads.fit_quad(contour)
        if quad is None or quads.share_of(quad, small) > _WHOLE_SHARE or quads.most_skewed(quad) > _MOST_SKEW:
            continue
        fill = area / max(1.0, cv2.contourArea(quad.astype(np.float32)))
        if _MIN_FILL < fill < 1.08:
            found.append((_score(quad, fill, small), quad))
    return found


def _score(quad: Floats, fill: float, small: Picture) -> float:
    sides = quads.side_lengths(quad)
    aspect = (sides[0] + sides[2]) / max(1.0, sides[1] + sides[3])
    fit = min(abs(np.log(aspect / known)) for known in _ASPECTS)
    return float(fill - min(0.3, fit) + 0.3 * quads.share_of(quad, small) ** 0.5)


def _as_quad(points: Floats) -> Quad:
    corners = [(round(float(x), 1), round(float(y), 1)) for x, y in points]
    return corners[0], corners[1], corners[2], corners[3]
