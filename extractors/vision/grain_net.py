"""A small neural net that looks at a sheet's finest detail and says whether it was photographed from a display.

It sees a few patches of the page as taken, as the spectra of `moire` do, but in each how the colours of a display's grid
lie beside each other. `tools/train_grain_net.py` makes it from drawn pictures; OpenCV runs it.
"""

from __future__ import annotations

import threading
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from extractors.vision.images import Picture
from extractors.vision.lines import Quad

SIZE = 160
"""Pixels of a patch's side."""

PLACES = ((0.5, 0.5), (0.22, 0.27), (0.78, 0.27), (0.22, 0.73), (0.78, 0.73))
"""Where patches lie, in shares of the sheet's width and height."""

_FILE = Path(__file__).parent / "data" / "grain_net.onnx"
_CONTRAST = 0.25
_lock = threading.Lock()  # OpenCV's nets keep their input in themselves

Floats = NDArray[np.float32]


def screen_likeness(page: Picture, corners: Quad) -> float | None:
    """How likely the page (blue, green, red) was taken from a display, 0 to 1; None where it is smaller than a patch."""
    if min(page.shape[:2]) < SIZE:
        return None
    patches = np.stack([patch_view(page[y : y + SIZE, x : x + SIZE]) for x, y in _places(page, corners)])
    with _lock:
        net = _net()
        net.setInput(patches)
        logit = float(net.forward().ravel()[0])
    return round(float(1 / (1 + np.exp(-logit))), 3)


def patch_view(patch: NDArray[np.uint8]) -> Floats:
    """A patch as the net sees it, 3 x `SIZE` x `SIZE`: each colour round its own mean, a quarter of full scale being 1."""
    floats = patch.astype(np.float32) / np.float32(255 * _CONTRAST)
    return np.ascontiguousarray((floats - floats.mean(axis=(0, 1))).transpose(2, 0, 1))


def _places(page: Picture, corners: Quad) -> list[tuple[int, int]]:
    """Upper left corners of the patches, within the page."""
    points = np.array(corners, np.float32)
    height, width = page.shape[:2]
    places = []
    for u, v in PLACES:
        upper, lower = points[0] * (1 - u) + points[1] * u, points[3] * (1 - u) + points[2] * u
        x, y = upper * (1 - v) + lower * v - SIZE / 2
        places.append((int(np.clip(x, 0, width - SIZE)), int(np.clip(y, 0, height - SIZE))))
    return places


@lru_cache(maxsize=1)
def _net() -> cv2.dnn.Net:
    return cv2.dnn.readNetFromONNX(str(_FILE))
