"""Words laid over a paper in colour (水印): they vanish from the channel that is read, so they are read by themselves."""

from __future__ import annotations

import cv2
import numpy as np

from extractors.papers import kinds
from extractors.vision import ocr
from extractors.vision.images import Picture, shrink
from extractors.vision.lines import Line

_LONGEST_PX = 640  # the words of a watermark are larger than print
_FOUND_AT_PX = 416  # enough to see where they stand
_NEAR_SHARE = 1 / 12  # the ground's own tint is looked for so far round a point
_FAINT = 14.0  # of 255: the difference of channels that a pale mark leaves
_LEAST_SHARE = 0.004


def red_words(picture: Picture) -> tuple[Line, ...]:
    """Watermark lines among what is printed in red over the picture: print in black and the ground's tint are gone."""
    small, _ = shrink(picture, _LONGEST_PX)
    blue, green, red = (small[:, :, channel].astype(np.float32) for channel in range(3))
    tint = red - (green + blue) / 2
    reach = max(3, round(max(tint.shape) * _NEAR_SHARE)) | 1
    tint = cv2.GaussianBlur(tint - cv2.blur(tint, (reach, reach)), (0, 0), 0.8)
    if float((tint > _FAINT).mean()) < _LEAST_SHARE:
        return ()
    level = np.clip(tint / max(2 * _FAINT, float(np.percentile(tint, 99))), 0, 1)
    page = np.repeat((240 - 210 * level).astype(np.uint8)[:, :, None], 3, axis=2)
    lines = (ocr.read_line(page, box, quick=True) for box in ocr.find_lines(page, _FOUND_AT_PX))
    return tuple(line for line in lines if kinds.watermark_texts((line,)))
