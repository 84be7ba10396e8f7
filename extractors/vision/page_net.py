"""A small neural net that looks at a whole picture and says whether a sheet is cut off by it or something lies over it.

The numbers along a sheet's sides (`rim`, `crossing`) need the sheet's outline, which fingers, frames and sheets of the
table's own tone can spoil; the net needs none. `tools/train_page_net.py` makes it from drawn pictures. OpenCV runs it,
so that pictures are judged alike where onnxruntime is missing.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from extractors.vision.images import Picture

SIZE = 160
"""Pixels of the square that a picture is shrunk into."""

_FILE = Path(__file__).parent / "data" / "page_net.onnx"
_LAB_STEP = 50.0
_lock = threading.Lock()  # OpenCV's nets keep their input in themselves

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class PageLook:
    """How likely something lies over a sheet's side, and a sheet goes on beyond the picture: 0 to 1."""

    occlusion: float
    cut: float


def look(page: Picture) -> PageLook:
    """What the net says of a picture (blue, green, red): the mean for it and its mirror image."""
    seen = page_view(page)
    with _lock:
        net = _net()
        net.setInput(np.ascontiguousarray(np.stack([seen, seen[:, :, ::-1]])))
        logits = net.forward()
    occlusion, cut = (1 / (1 + np.exp(-logits))).mean(axis=0)
    return PageLook(round(float(occlusion), 3), round(float(cut), 3))


def page_view(page: Picture) -> Floats:
    """The picture in the middle of a square, 4 x `SIZE` x `SIZE`: Lab in steps of 50 from mid-grey, and where it lies."""
    height, width = page.shape[:2]
    scale = SIZE / max(height, width)
    small = cv2.resize(
        page, (max(1, round(width * scale)), max(1, round(height * scale))), interpolation=cv2.INTER_AREA
    )
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_BGR2LAB) / np.float32(_LAB_STEP)
    lab[..., 0] -= 1
    top, left = (SIZE - lab.shape[0]) // 2, (SIZE - lab.shape[1]) // 2
    view = np.zeros((4, SIZE, SIZE), np.float32)
    view[:3, top : top + lab.shape[0], left : left + lab.shape[1]] = lab.transpose(2, 0, 1)
    view[3, top : top + lab.shape[0], left : left + lab.shape[1]] = 1
    return view


@lru_cache(maxsize=1)
def _net() -> cv2.dnn.Net:
    return cv2.dnn.readNetFromONNX(str(_FILE))
