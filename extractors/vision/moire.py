"""Traces of a display in a picture: its pixel grid, or the beats of that grid with the camera's own (moiré).

Measured on the page as taken, because squaring up smears the grid. A screen makes isolated peaks in the spectrum,
print makes ridges along the axes; security print has fine lines too, so single peaks decide nothing: a small forest
weighs them (`extractors.vision.forest`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from extractors.vision import ranks
from extractors.vision.images import Picture, shrink
from extractors.vision.lines import Quad

_WINDOW = 256
_PLACES = ((0.5, 0.5), (0.22, 0.27), (0.78, 0.27), (0.22, 0.73), (0.78, 0.73))
_BANDS = ((0.018, 0.047), (0.047, 0.11), (0.11, 0.25), (0.25, 0.71))  # cycles a pixel
_ROUND_PLACES = ((0.02, 0.02), (0.98, 0.02), (0.02, 0.98), (0.98, 0.98), (0.5, 0.02), (0.5, 0.98))
_MOST_ROUND = 2  # windows round the sheet
_AXIS_PX = 4
_FINE_PX, _CLIPPED_AT = 21, 3.0
_APART = 5
_BEFORE = 12  # rows before the middle, for what is compared with its surroundings there
_NEAR, _OFF_AXIS_PX = 2, 2  # places round a wave that count as it; places off the axes from which waves count
_WAVES_LONG_PX, _WAVE_PX, _LEAST_PAPER = 400, 31, 40

Floats = NDArray[np.float32]
Waves = NDArray[np.complex64]
Window = Sequence[Floats]  # its blue, green and red


def screen_numbers(page: Picture, corners: Quad) -> list[float] | None:
    """Peaks of the spectra of lightness, red against green and blue against yellow; None for a sheet too small.

    A display's grid lies over what surrounds the sheet too, at the same place of the spectrum: the last number of each
    channel is the highest peak that both share, -1 where too little of the surroundings is in the picture.
    """
    points = np.array(corners, np.float32)
    windows, around = _windows(page, points), _windows_around(page, points)
    if not windows:
        return None
    waves = np.stack([[_waves(_channel(window, number)) for window in windows] for number in range(3)])
    numbers: list[float] = []
    for number in range(3):
        spectra = _spectra(waves[number])
        spectrum = spectra.mean(axis=0)
        above = _above(spectrum)
        numbers += _peaks(spectrum, above)
        numbers.append(_shared_peak(above, _above(_mean_spectrum(around, number))) if around else -1.0)
        numbers += _highest_wave(spectra, above, waves)
    return [*numbers, *_colour_waves(page, points)]


def _colour_waves(page: Picture, points: Floats) -> list[float]:
    """How much the paper's colour swings over wide stripes, red to green and blue to yellow: beats wider than letters."""
    low = np.clip(points.min(axis=0), 0, None).astype(int)
    high = points.max(axis=0).astype(int)
    part, scale = shrink(page[low[1] : high[1] + 1, low[0] : high[0] + 1], _WAVES_LONG_PX)
    lab = cv2.cvtColor(cv2.GaussianBlur(part, (3, 3), 0).astype(np.float32) / 255, cv2.COLOR_BGR2LAB)
    outline = ((points - low) * np.float32(scale)).astype(np.int32)
    inside = cv2.fillConvexPoly(np.zeros(lab.shape[:2], np.uint8), outline, 1)
    sampled = lab[::2, ::2, 0][inside[::2, ::2] > 0]
    if len(sampled) < _LEAST_PAPER:
        return [0.0] * 4
    paper = inside * (lab[..., 0] >= ranks.median(sampled))
    swings = lab - cv2.blur(lab, (_WAVE_PX, _WAVE_PX))
    spread = cv2.meanStdDev(swings, mask=paper.astype(np.uint8))[1].ravel()
    usual = np.percentile(np.abs(swings[::2, ::2, 1:][paper[::2, ::2] > 0]), 75, axis=0)
    return [float(usual[0]), float(usual[1]), float(spread[1]), float(spread[2])]


def _mean_spectrum(windows: list[Window], number: int) -> Floats:
    waves = np.stack([_waves(_channel(window, number)) for window in windows])
    return np.asarray(_spectra(waves).mean(axis=0), np.float32)


def _spectra(waves: Waves) -> Floats:
    """The logarithmic spectra of windows, each place by its highest near: of the half that the other mirrors."""
    # Seen from aside a grid is finer at one end of the sheet than at the other: peaks may lie a few places apart.
    near = np.ones((_APART, _APART), np.uint8)
    return np.stack([cv2.dilate(_strength(one), near)[_APART:-_APART] for one in waves])


def _strength(waves: Waves) -> Floats:
    real, imaginary = cv2.split(waves.view(np.float32).reshape(*waves.shape, 2))
    return np.asarray(np.log1p(cv2.magnitude(real, imaginary)), np.float32)


def _windows(page: Picture, points: Floats) -> list[Window]:
    """Windows inside the sheet; some overlap on a small one."""
    height, width = page.shape[:2]
    if min(height, width) < _WINDOW or min(points.max(axis=0) - points.min(axis=0)) < _WINDOW * 0.8:
        return []
    return [_cut(page, place) for place in sorted({_place(points, u, v, width, height) for u, v in _PLACES})]


def _windows_around(page: Picture, points: Floats) -> list[Window]:
    """A few windows at the picture's rim that show little of the sheet."""
    height, width = page.shape[:2]
    if min(height, width) < _WINDOW:
        return []
    inside = cv2.fillConvexPoly(np.zeros((height, width), np.uint8), points.astype(np.int32), 1)
    places = [(round(u * (width - _WINDOW)), round(v * (height - _WINDOW))) for u, v in _ROUND_PLACES]
    covered = [float(inside[y : y + _WINDOW : 8, x : x + _WINDOW : 8].mean()) for x, y in places]
    best = sorted(zip(covered, places, strict=True))[:_MOST_ROUND]
    return [_cut(page, place) for share, place in best if share < 0.35]


def _cut(page: Picture, place: tuple[int, int]) -> Window:
    x, y = place
    return cv2.split(page[y : y + _WINDOW, x : x + _WINDOW].astype(np.float32))


def _place(points: Floats, u: float, v: float, width: int, height: int) -> tuple[int, int]:
    upper = points[0] * (1 - u) + points[1] * u
    lower = points[3] * (1 - u) + points[2] * u
    x, y = upper * (1 - v) + lower * v - _WINDOW / 2
    return int(np.clip(x, 0, width - _WINDOW)), int(np.clip(y, 0, height - _WINDOW))


def _channel(window: Window, number: int) -> Floats:
    blue, green, red = window
    if number == 0:
        return np.asarray(0.114 * blue + 0.587 * green + 0.299 * red, np.float32)
    return np.asarray(red - green if number == 1 else blue - (red + green) / 2, np.float32)


def _waves(channel: Floats) -> Waves:
    """A window's waves by direction and frequency: from a few rows before the middle on, the middle of each row amid it."""
    whole = cv2.dft(_without_print(channel) * _taper(), flags=cv2.DFT_COMPLEX_OUTPUT).view(np.complex64)[..., 0]
    before, after = whole[-_BEFORE - _APART :], whole[: _WINDOW // 2 + _APART]
    return np.fft.fftshift(np.concatenate([before, after]), axes=1)


def _without_print(channel: Floats) -> Floats:
    """The channel's fine detail, clipped to what grain and a grid make: letters would drown them."""
    fine = channel - cv2.blur(channel, (_FINE_PX, _FINE_PX))
    most = _CLIPPED_AT * float(ranks.median(np.abs(fine[::3, ::3]))) + 0.5
    return np.asarray(np.clip(fine, -most, most), np.float32)


def _above(spectrum: Floats) -> Floats:
    """How much each place of a spectrum rises over its neighbourhood."""
    # At half the size a median of five takes a tenth of the time that one of about ten does.
    size = (spectrum.shape[1], spectrum.shape[0])
    half = cv2.resize(spectrum * 18, (size[0] // 2, size[1] // 2), interpolation=cv2.INTER_AREA)
    usual = cv2.medianBlur(np.clip(half, 0, 255).astype(np.uint8), 5).astype(np.float32) / 18
    return np.asarray(spectrum - cv2.resize(usual, size), np.float32)


def _peaks(spectrum: Floats, above: Floats) -> list[float]:
    """By band the highest and the eighth peak off the axes, and by band the highest on them; last the noise."""
    over_ridge = _over_ridge(spectrum)
    numbers = []
    for off_axes, on_axes in _zones():
        strongest = np.partition(above.ravel()[off_axes], (-8, -1))
        numbers += [float(strongest[-1]), float(strongest[-8]), float(over_ridge.ravel()[on_axes].max())]
    numbers.append(float(ranks.median(spectrum.ravel()[_zones()[-1][0]])))
    return numbers


def _shared_peak(above: Floats, around: Floats) -> float:
    both = np.minimum(above, cv2.dilate(around, np.ones((3, 3), np.uint8))).ravel()
    return float(max(both[_zones()[band][0]].max() for band in range(len(_BANDS))))


def _highest_wave(spectra: Floats, above: Floats, waves: Waves) -> list[float]:
    """The wave that rises highest: where it lies, how far the weakest window has it, and how the colours go together in it.

    Printed lines are of one ink, so that red, green and blue rise and fall together; a display's stripes of red, green
    and blue lie beside each other, and their beats are coloured one after the other.
    """
    row, column = np.unravel_index(int(np.argmax(np.where(_free(), above, -1))), above.shape)
    down, across = int(row) - _BEFORE, int(column) - _WINDOW // 2
    usual = float(spectra[:, row, column].mean() - above[row, column])
    return [
        float(np.hypot(down, across)) / _WINDOW,
        float(min(abs(down), abs(across))) / _WINDOW,
        float(spectra[:, row, column].min()) - usual,
        *_in_step(waves[:, :, row + _APART - _NEAR : row + _APART + _NEAR + 1, _around(int(column))]),
    ]


def _around(column: int) -> slice:
    first = min(max(0, column - _NEAR), _WINDOW - 2 * _NEAR - 1)
    return slice(first, first + 2 * _NEAR + 1)


def _in_step(waves: Waves) -> list[float]:
    """How far red and green, red and blue, green and blue rise and fall together in waves: 1 as in grey, -1 against."""
    light, red_green, blue_yellow = waves.reshape(3, -1)
    green = light - 0.114 * blue_yellow - 0.356 * red_green
    red, blue = green + red_green, green + blue_yellow + red_green / 2
    return [_together(red, green), _together(red, blue), _together(green, blue)]


def _together(a: Waves, b: Waves) -> float:
    power = float(np.vdot(a, a).real) * float(np.vdot(b, b).real)
    return float(np.vdot(a, b).real) / max(1e-6, float(np.sqrt(power)))


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
def _free() -> NDArray[np.bool_]:
    """Where a wave is sought: off the axes, on which print has its ridges and JPEG its blocks."""
    y, x = np.mgrid[-_BEFORE : _WINDOW // 2, -_WINDOW // 2 : _WINDOW // 2]
    found = (np.hypot(y, x) >= _BANDS[0][0] * _WINDOW) & (np.abs(y) >= _OFF_AXIS_PX) & (np.abs(x) >= _OFF_AXIS_PX)
    return np.asarray(found & (y >= 0))


@lru_cache(maxsize=1)
def _zones() -> tuple[tuple[NDArray[np.intp], NDArray[np.intp]], ...]:
    """For each band the places off the axes and on them, in the flattened spectrum."""
    y, x = np.mgrid[-_BEFORE : _WINDOW // 2, -_WINDOW // 2 : _WINDOW // 2]
    radius = np.hypot(y, x) / _WINDOW
    axis = (np.abs(y) < _AXIS_PX) | (np.abs(x) < _AXIS_PX)
    half = y >= 0
    return tuple(
        (
            np.flatnonzero((radius >= low) & (radius < high) & ~axis & half),
            np.flatnonzero((radius >= low) & (radius < high) & axis & half),
        )
        for low, high in _BANDS
    )
