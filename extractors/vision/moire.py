"""Traces of a display in a picture: its pixel grid, or the beats of that grid with the camera's own (moiré).

Measured on the page as taken, because squaring up smears the grid. A screen makes isolated peaks in the spectrum,
print makes ridges along the axes; security print has fine lines too, so single peaks decide nothing: a small forest
weighs them (`extractors.vision.forest`).
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from extractors.vision.images import Picture
from extractors.vision.lines import Quad

_WINDOW = 256
_PLACES = ((0.5, 0.5), (0.22, 0.27), (0.78, 0.27), (0.22, 0.73), (0.78, 0.73))
_BANDS = ((0.047, 0.11), (0.11, 0.25), (0.25, 0.71))  # cycles a pixel
_AXIS_PX = 4

Floats = NDArray[np.float32]


def screen_numbers(page: Picture, corners: Quad) -> list[float] | None:
    """Peaks of the spectra of lightness, red against green and blue against yellow; None for a sheet too small."""
    windows = _windows(page, corners)
    if not windows:
        return None
    numbers: list[float] = []
    for channel in range(3):
        spectrum = np.mean([_spectrum(_channel(window, channel)) for window in windows], axis=0)
        numbers += _peaks(np.fft.fftshift(spectrum).astype(np.float32))
    return numbers


def _windows(page: Picture, corners: Quad) -> list[Floats]:
    """Windows inside the sheet; some overlap on a small one."""
    height, width = page.shape[:2]
    if min(height, width) < _WINDOW:
        return []
    points = np.array(corners, np.float32)
    if min(points.max(axis=0) - points.min(axis=0)) < _WINDOW * 0.8:
        return []
    places = {_place(points, u, v, width, height) for u, v in _PLACES}
    return [page[y : y + _WINDOW, x : x + _WINDOW].astype(np.float32) for x, y in sorted(places)]


def _place(points: Floats, u: float, v: float, width: int, height: int) -> tuple[int, int]:
    upper = points[0] * (1 - u) + points[1] * u
    lower = points[3] * (1 - u) + points[2] * u
    x, y = upper * (1 - v) + lower * v - _WINDOW / 2
    return int(np.clip(x, 0, width - _WINDOW)), int(np.clip(y, 0, height - _WINDOW))


def _channel(window: Floats, number: int) -> Floats:
    blue, green, red = window[..., 0], window[..., 1], window[..., 2]
    parts = (0.114 * blue + 0.587 * green + 0.299 * red, red - green, blue - (red + green) / 2)
    return np.asarray(parts[number], np.float32)


def _spectrum(channel: Floats) -> Floats:
    parts = cv2.dft((channel - channel.mean()) * _taper(), flags=cv2.DFT_COMPLEX_OUTPUT)
    return np.asarray(np.log1p(cv2.magnitude(parts[..., 0], parts[..., 1])), np.float32)


def _peaks(spectrum: Floats) -> list[float]:
    """By band the highest and the eighth peak off the axes, and by band the highest on them; over the local median."""
    scaled = np.clip(spectrum * 18, 0, 255).astype(np.uint8)
    above = spectrum - cv2.medianBlur(scaled, 13).astype(np.float32) / 18
    over_ridge = _over_ridge(spectrum)
    numbers = []
    for off_axes, on_axes in _zones():
        strongest = np.partition(above[off_axes], (-8, -1))
        numbers += [float(strongest[-1]), float(strongest[-8]), float(over_ridge[on_axes].max())]
    numbers.append(float(np.median(spectrum[_zones()[-1][0]])))
    return numbers


def _over_ridge(spectrum: Floats) -> Floats:
    """By how much each value is above its neighbours along the ridge, across and down."""
    across = np.maximum(spectrum - _moved_median(spectrum, (1, 21)), 0)
    down = np.maximum(spectrum - _moved_median(spectrum, (21, 1)), 0)
    return np.asarray(np.minimum(across, down), np.float32)


def _moved_median(spectrum: Floats, size: tuple[int, int]) -> Floats:
    # A box mean without the middle third stands in for the median along a ridge: peaks are narrow.
    wide = cv2.blur(spectrum, size[::-1]) * (size[0] * size[1])
    small = tuple(max(1, side // 3) | 1 for side in size)
    near = cv2.blur(spectrum, small[::-1]) * (small[0] * small[1])
    return np.asarray((wide - near) / (size[0] * size[1] - small[0] * small[1]), np.float32)


@lru_cache(maxsize=1)
def _taper() -> Floats:
    return np.outer(np.hanning(_WINDOW), np.hanning(_WINDOW)).astype(np.float32)


@lru_cache(maxsize=1)
def _zones() -> tuple[tuple[NDArray[np.bool_], NDArray[np.bool_]], ...]:
    """For each band the places off the axes and on them; half a plane, for the other half mirrors it."""
    y, x = np.mgrid[0:_WINDOW, 0:_WINDOW] - _WINDOW // 2
    radius = np.hypot(y, x) / _WINDOW
    axis = (np.abs(y) < _AXIS_PX) | (np.abs(x) < _AXIS_PX)
    half = y >= 0
    return tuple(
        ((radius >= low) & (radius < high) & ~axis & half, (radius >= low) & (radius < high) & axis & half)
        for low, high in _BANDS
    )
