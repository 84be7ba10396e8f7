"""A small neural net that looks at a whole picture: where is a sheet, is it cut off or covered, a copy, does it reflect?

What is measured on a squared-up sheet and along its sides needs the sheet's outline, which fingers, frames and sheets of
the table's own tone can spoil; the net needs none. `tools/train_page_net.py` makes it from drawn pictures. OpenCV runs it,
so that pictures are judged alike where onnxruntime is missing.
"""

from __future__ import annotations

import threading
import weakref
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from extractors.vision.images import Picture, shrink_to

SIZE = 160
"""Pixels of the square that a picture is shrunk into."""

GRID = SIZE // 4
"""Cells of a mask's side."""

_FILE = Path(__file__).parent / "data" / "page_net.onnx"
_LAB_STEP = 50.0
_lock = threading.Lock()  # OpenCV's nets keep their input in themselves

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class PageLook:
    """How likely a picture has each fault, 0 to 1, and where its sheet is."""

    occlusion: float
    """Something lies over a sheet's side."""
    cut: float
    """A sheet goes on beyond the picture."""
    copy: float
    """It is a copy in grey."""
    glare: float
    """It reflects light."""
    sheet: Floats = field(compare=False)
    """`GRID` x `GRID` over the square view: how likely a sheet is there, 0 to 1."""


def look(page: Picture) -> PageLook:
    """What the net says of a picture (blue, green, red): the mean for it and its mirror image."""
    known = _looked.get()
    if known is not None and known[0]() is page:
        return known[1]
    seen = page_view(page)
    with _lock:
        net = _net()
        net.setInput(np.ascontiguousarray(np.stack([seen, seen[:, :, ::-1]])))
        answers, sheet = (1 / (1 + np.exp(-logits)) for logits in net.forward(("answers", "sheet")))
    occlusion, cut, copy, glare = (round(float(one), 3) for one in answers.mean(axis=0))
    said = PageLook(occlusion, cut, copy, glare, np.mean([sheet[0, 0], sheet[1, 0, :, ::-1]], axis=0))
    _looked.set((weakref.ref(page), said))
    return said


def page_view(page: Picture) -> Floats:
    """The picture in the middle of a square, 4 x `SIZE` x `SIZE`: Lab in steps of 50 from mid-grey, and where it lies."""
    height, width = page.shape[:2]
    scale = SIZE / max(height, width)
    small = shrink_to(page, (max(1, round(width * scale)), max(1, round(height * scale))))
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_BGR2LAB) / np.float32(_LAB_STEP)
    lab[..., 0] -= 1
    top, left = (SIZE - lab.shape[0]) // 2, (SIZE - lab.shape[1]) // 2
    view = np.zeros((4, SIZE, SIZE), np.float32)
    view[:3, top : top + lab.shape[0], left : left + lab.shape[1]] = lab.transpose(2, 0, 1)
    view[3, top : top + lab.shape[0], left : left + lab.shape[1]] = 1
    return view


# A page is looked at for its sheets and again for the checks of each: the last one's answers are kept.
_looked: ContextVar[tuple[weakref.ref[Picture], PageLook] | None] = ContextVar("looked", default=None)


@lru_cache(maxsize=1)
def _net() -> cv2.dnn.Net:
    return cv2.dnn.readNetFromONNX(str(_FILE))
