"""Takes a straight smear out of a picture: the camera moved while it was taken (运动模糊).

A smear of so many pixels weakens, evenly spaced, the frequencies along its direction. In the cepstrum (the spectrum of
the spectrum's logarithm) that shows as one dip, as far from the middle as the smear is long and in its direction, where
the print itself leaves none. Wiener's filter then puts back what the smear weakened.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from extractors.vision.images import Picture, shrink_to

_TILE_PX = 256
_TILES = 8
_LEAST_PX, _MOST_PX = 4.0, 28.0  # shorter smears leave the print readable, after longer ones nothing is left of it
_CLEAR_DIP = 27.0  # times the cepstrum's usual size there; shaken pictures have 35 and more, others at most 26
_NOISE = 0.01  # of the signal's power, as phone pictures of print have it; lower values make the noise louder
_FLOOR = 100.0  # keeps the logarithm from the noise of empty frequencies

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Smear:
    """How far and in which direction the picture moved, in pixels to the right and down."""

    across: float
    down: float


def find_smear(picture: Picture) -> Smear | None:
    """The picture's smear; None where there is none, or the picture is too small to tell."""
    tiles = _busiest_tiles(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY))
    if not tiles:
        return None
    cepstrum = _cepstrum(tiles)
    searched, usual = _rings()
    row, column = np.unravel_index(int(np.argmin(np.where(searched, cepstrum, np.inf))), cepstrum.shape)
    if -float(cepstrum[row, column]) <= _CLEAR_DIP * float(np.median(np.abs(cepstrum[usual]))):
        return None
    return _centre_of_dip(cepstrum, int(row), int(column))


def without_smear(picture: Picture, smear: Smear) -> Picture:
    """The picture in grey as it would be had the camera stood still."""
    margin = int(_MOST_PX) + 4
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    tall, wide = (cv2.getOptimalDFTSize(side + 2 * margin) for side in grey.shape)
    below, right = tall - grey.shape[0] - margin, wide - grey.shape[1] - margin
    held = cv2.copyMakeBorder(grey, margin, below, margin, right, cv2.BORDER_REFLECT).astype(np.float32)
    spectrum = cv2.dft(held, flags=cv2.DFT_COMPLEX_OUTPUT)
    spread = cv2.dft(_trace(smear, tall, wide), flags=cv2.DFT_COMPLEX_OUTPUT)
    cv2.mulSpectrums(spectrum, spread, 0, spectrum, conjB=True)  # in place, as below: these are the largest of all
    spectrum /= np.einsum("yxp,yxp->yx", spread, spread)[:, :, None] + np.float32(_NOISE)
    del held, spread
    full = cv2.dft(spectrum, flags=cv2.DFT_INVERSE | cv2.DFT_SCALE | cv2.DFT_REAL_OUTPUT) * np.float32(1 + _NOISE)
    inner = full[margin : margin + grey.shape[0], margin : margin + grey.shape[1]]
    return np.repeat(np.clip(inner, 0, 255).astype(np.uint8)[:, :, None], 3, axis=2)


def _busiest_tiles(grey: Picture) -> list[Floats]:
    """The tiles with the most print: empty ground says nothing of a smear."""
    height, width = grey.shape
    small = shrink_to(grey, (max(1, width // 4), max(1, height // 4)))
    busy = cv2.blur(np.abs(cv2.Laplacian(small, cv2.CV_32F)), (9, 9))
    corners = [(y, x) for y in _steps(height) for x in _steps(width)]
    quarter = _TILE_PX // 4
    corners.sort(
        key=lambda at: -float(busy[at[0] // 4 : at[0] // 4 + quarter, at[1] // 4 : at[1] // 4 + quarter].mean())
    )
    return [grey[y : y + _TILE_PX, x : x + _TILE_PX].astype(np.float32) for y, x in corners[:_TILES]]


def _steps(length: int) -> range:
    return range(0, length - _TILE_PX + 1, _TILE_PX * 3 // 4)


def _cepstrum(tiles: list[Floats]) -> Floats:
    logs = []
    for tile in tiles:
        parts = cv2.dft((tile - tile.mean()) * _taper(), flags=cv2.DFT_COMPLEX_OUTPUT)
        real, imaginary = cv2.split(parts)
        logs.append(np.log(real * real + imaginary * imaginary + _FLOOR))
    mean = np.fft.fftshift(np.mean(logs, axis=0)).astype(np.float32)
    # What changes slowly is the print's own spectrum and the lens.
    detail = np.fft.ifftshift(mean - cv2.GaussianBlur(mean, (0, 0), 20))
    # Of real numbers the transform's real part is that of the way back.
    back = np.fft.fftshift(cv2.dft(detail, flags=cv2.DFT_SCALE | cv2.DFT_COMPLEX_OUTPUT)[..., 0])
    smooth: Floats = cv2.GaussianBlur(back, (0, 0), 0.8)
    return smooth


def _centre_of_dip(cepstrum: Floats, row: int, column: int) -> Smear:
    """The dip's place between pixels: half a pixel counts in a smear of six."""
    near = np.clip(-cepstrum[row - 1 : row + 2, column - 1 : column + 2], 0, None)
    offsets = np.arange(-1, 2)
    middle = _TILE_PX // 2
    down = row - middle + float((near.sum(axis=1) * offsets).sum() / near.sum())
    across = column - middle + float((near.sum(axis=0) * offsets).sum() / near.sum())
    return Smear(across, down)


def _trace(smear: Smear, tall: int, wide: int) -> Floats:
    """The path of one point of light, its middle at the array's first element, summing up to 1."""
    trace = np.zeros((tall, wide), np.float32)
    steps = np.linspace(-0.5, 0.5, 8 * int(_MOST_PX))
    x, y = steps * smear.across, steps * smear.down
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    for dx, dy in ((0, 0), (1, 0), (0, 1), (1, 1)):
        share = (1 - np.abs(x - left - dx)) * (1 - np.abs(y - top - dy))
        np.add.at(trace, ((top + dy) % tall, (left + dx) % wide), share.astype(np.float32))
    return trace / np.float32(len(steps))


@lru_cache(maxsize=1)
def _taper() -> Floats:
    return np.outer(np.hanning(_TILE_PX), np.hanning(_TILE_PX)).astype(np.float32)


@lru_cache(maxsize=1)
def _rings() -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Where a dip may lie (half a plane, for the other half mirrors it), and what its depth is compared with."""
    y, x = np.mgrid[0:_TILE_PX, 0:_TILE_PX] - _TILE_PX // 2
    length = np.hypot(y, x)
    wide = (length >= _LEAST_PX) & (length <= 1.4 * _MOST_PX)
    return wide & (length <= _MOST_PX) & (y >= 0), wide
