"""Takes from a sheet what is not its own print: red ink, and half-transparent words laid over it.

A watermark over a value makes readers mix its letters in. It is paler than the print: against the paper's own
brightness the print stays below a half, the mark above. Stretching what lies below to the whole range leaves the print.
"""

from __future__ import annotations

import cv2
import numpy as np

from extractors.vision.images import Picture, shrink_to

_RED_SHARE = 0.003
_PALE = 0.58  # of the way from the print's darkest to the paper: what is lighter becomes paper
_REDUCED = 0.25
_NEAR_SHARE = 1 / 80  # the paper's brightness is looked for so far round a point, as a share of the long side


def without_red_ink(picture: Picture) -> Picture:
    """The picture's red channel where it carries red ink: seals vanish from it, black print stays."""
    hsv = cv2.cvtColor(shrink_to(picture, (320, 240)), cv2.COLOR_BGR2HSV)
    red = ((hsv[:, :, 0] < 10) | (hsv[:, :, 0] > 168)) & (hsv[:, :, 1] > 70) & (hsv[:, :, 2] > 110)
    if float(red.mean()) < _RED_SHARE:
        return picture
    return np.repeat(picture[:, :, 2:3], 3, axis=2)


def without_pale_marks(picture: Picture) -> Picture:
    """The dark print alone, in grey on an even ground."""
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(np.float32)
    small = cv2.resize(grey, None, fx=_REDUCED, fy=_REDUCED, interpolation=cv2.INTER_AREA)
    reach = max(3, round(max(small.shape) * _NEAR_SHARE / _REDUCED)) | 1
    paper = cv2.GaussianBlur(cv2.dilate(small, np.ones((reach, reach), np.uint8)), (0, 0), reach / 2)
    share = grey / np.maximum(1.0, cv2.resize(paper, (grey.shape[1], grey.shape[0])))
    darkest = float(np.percentile(share, 1))
    level = np.clip((share - darkest) / max(1e-3, (1 - darkest) * _PALE), 0, 1)
    return np.repeat((20 + 225 * level).astype(np.uint8)[:, :, None], 3, axis=2)
