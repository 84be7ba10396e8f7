"""Measures a verification photo (核验照片): faces, what covers them, the wall behind, head-room and shoulders.

Lengths are in multiples of the face's box, so that the picture's resolution does not matter.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from extractors.paper import PortraitFacts
from extractors.vision.faces import Face, find_faces
from extractors.vision.images import Picture, shrink, turn

_LONG_PX = 480
_LEAST_FACE_SHARE = 0.1  # of the picture's height: smaller faces are portraits on papers, or passers-by
_SIDE = 0.2
_WHITE_LEAST_LIGHT, _WHITE_MOST_CHROMA = 78, 10
_UNLIKE_WALL = _UNLIKE_SKIN = 14  # distances in Lab
# Light and shade change lightness more than colour.
_WALL_WEIGHTS = np.array((0.7, 1, 1), np.float32)
_SKIN_WEIGHTS = np.array((0.5, 1, 1), np.float32)

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]


def find_portrait(page: Picture) -> tuple[int, tuple[Face, ...]] | None:
    """How far the picture must be turned clockwise for a face to stand upright, and the faces; None without a large one."""
    small, scale = shrink(page, _LONG_PX)
    for degrees in (0, 90, 270, 180):
        turned = turn(small, degrees)
        faces = find_faces(turned)
        if faces and _is_large(faces[0], turned):
            return degrees, tuple(_scaled(face, 1 / scale) for face in faces)
    return None


def measure(page: Picture, faces: tuple[Face, ...]) -> PortraitFacts:
    """The measures of an upright photo; of several faces the largest is measured."""
    small, scale = shrink(page, _LONG_PX)
    face = _scaled(faces[0], scale)
    lab = cv2.cvtColor(cv2.GaussianBlur(small, (3, 3), 0).astype(np.float32) / 255, cv2.COLOR_BGR2LAB)
    behind = _behind(lab.shape[:2], face)
    figure = _figure(lab, behind, face)
    white, clutter = _wall(lab, behind, figure)
    left, right = _shoulders(figure, face)
    covered_eyes, covered_mouth = _covered(lab, face)
    eye_contrast, mouth_contrast = _features(lab, face)
    return PortraitFacts(
        faces=len(faces),
        face_confidence=round(faces[0].confidence, 2),
        face_height_px=round(faces[0].height),
        face_share=round(faces[0].height / page.shape[0], 3),
        face_light=round(float(np.median(_inside(lab, face, 0.25, 0.75, 0.2, 0.9)[..., 0])), 1),
        covered_eyes=covered_eyes,
        covered_mouth=covered_mouth,
        eye_contrast=eye_contrast,
        mouth_contrast=mouth_contrast,
        head_room=_head_room(figure, face),
        shoulder_left=left,
        shoulder_right=right,
        below_chin=round((lab.shape[0] - face.top - face.height) / face.height, 2),
        white_share=white,
        clutter_share=clutter,
    )


def _is_large(face: Face, picture: Picture) -> bool:
    """Whether the face is the picture's subject: large, and not at the side as the portrait on a card is."""
    height, width = picture.shape[:2]
    middle = (face.left + face.width / 2) / width
    return bool(face.height > _LEAST_FACE_SHARE * height and _SIDE < middle < 1 - _SIDE)


def _scaled(face: Face, scale: float) -> Face:
    return Face(face.left * scale, face.top * scale, face.width * scale, face.height * scale, face.confidence)


def _inside(lab: Floats, face: Face, x0: float, x1: float, y0: float, y1: float) -> Floats:
    """A part of the face's box, given in shares of it."""
    top, bottom = (int(max(0, face.top + share * face.height)) for share in (y0, y1))
    left, right = (int(max(0, face.left + share * face.width)) for share in (x0, x1))
    return lab[top : max(top + 1, bottom), left : max(left + 1, right)]


def _behind(shape: tuple[int, int], face: Face) -> Flags:
    """The zone where the wall shows: above the chin, beside and above the head."""
    behind = np.zeros(shape, np.bool_)
    behind[: int(face.top + face.height * 0.9)] = True
    middle, half = face.left + face.width / 2, face.width * 0.95
    top = int(max(0, face.top - face.height * 0.45))
    behind[top:, int(max(0, middle - half)) : int(middle + half)] = False
    return behind


def _figure(lab: Floats, behind: Flags, face: Face) -> Flags:
    """The person: what differs from the wall and hangs together with the face."""
    wall = np.median(lab[behind], axis=0) if behind.sum() > 50 else np.array((95.0, 0.0, 0.0), np.float32)
    unlike = np.linalg.norm((lab - wall) * _WALL_WEIGHTS, axis=2) > _UNLIKE_WALL
    closed = cv2.morphologyEx(unlike.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    # The face is the person's even where its skin is like the wall.
    top, left = int(face.top + 0.2 * face.height), int(face.left + 0.2 * face.width)
    closed[top : int(top + 0.7 * face.height), left : int(left + 0.6 * face.width)] = 1
    _, labels = cv2.connectedComponents(closed, connectivity=4)
    at = min(lab.shape[0] - 1, int(face.top + face.height / 2)), min(lab.shape[1] - 1, int(face.left + face.width / 2))
    return np.asarray(labels == labels[at])


def _wall(lab: Floats, behind: Flags, figure: Flags) -> tuple[float | None, float | None]:
    """Share of the wall that is white, and of it covered by things that are not the person; None where none shows."""
    shown = behind & ~cv2.dilate(figure.astype(np.uint8), np.ones((7, 7), np.uint8)).astype(bool)
    if behind.sum() < 0.02 * behind.size:
        return None, None
    white = (lab[..., 0] > _WHITE_LEAST_LIGHT) & (np.hypot(lab[..., 1], lab[..., 2]) < _WHITE_MOST_CHROMA)
    if shown.sum() < 0.3 * behind.sum():
        return round(float(white[behind].mean()), 3), 0.0
    things = cv2.morphologyEx((shown & ~white).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    return round(float(white[shown].mean()), 3), round(float(things[shown].mean()), 3)


def _head_room(figure: Flags, face: Face) -> float:
    """Space between the hair and the picture's upper edge."""
    columns = figure[: int(face.top + face.height / 2), int(max(0, face.left)) : int(face.left + face.width)]
    rows = np.flatnonzero(columns.mean(axis=1) > 0.12) if columns.size else np.array([], int)
    hair = float(rows[0]) if len(rows) else face.top - 0.25 * face.height
    return round(max(0.0, hair) / face.height, 2)


def _shoulders(figure: Flags, face: Face) -> tuple[float, float]:
    """How far the body reaches to the left and right of the face's middle, in face widths, just below the neck."""
    middle = int(face.left + face.width / 2)
    low = int(face.top + 1.3 * face.height)
    rows = figure[low : int(face.top + 2.1 * face.height)]
    if rows.shape[0] < 0.15 * face.height or not 0 < middle < figure.shape[1]:
        return 0.0, 0.0
    left = np.argmin(rows[:, middle::-1], axis=1)
    right = np.argmin(rows[:, middle:], axis=1)
    # argmin of a row that is all figure is 0: then it reaches the picture's edge.
    left[rows[:, middle::-1].all(axis=1)] = middle
    right[rows[:, middle:].all(axis=1)] = figure.shape[1] - middle
    return round(float(np.percentile(left, 80)) / face.width, 2), round(float(np.percentile(right, 80)) / face.width, 2)


def _covered(lab: Floats, face: Face) -> tuple[float, float]:
    """Share of the eyes' band and of the mouth's zone that is not of the face's own skin."""
    cheeks = _inside(lab, face, 0.2, 0.8, 0.12, 0.55).reshape(-1, 3)
    warm = cheeks[(cheeks[:, 1] > 2) & (cheeks[:, 2] > 2)]
    skin = np.median(warm if len(warm) > 20 else cheeks, axis=0)
    eyes, mouth = _inside(lab, face, 0.1, 0.9, 0.26, 0.5), _inside(lab, face, 0.25, 0.75, 0.58, 0.95)
    return _unlike(eyes, skin), _unlike(mouth, skin)


def _features(lab: Floats, face: Face) -> tuple[float, float]:
    """How dark the paler eye's pupil is against its surroundings, and how much the line of the mouth differs from skin.

    A hand is of the face's own colour, so what it covers shows only by what no longer shows.
    """
    halves = [_inside(lab, face, left, left + 0.35, 0.28, 0.5)[..., 0] for left in (0.12, 0.53)]
    eye = min(float(np.median(half) - np.percentile(half, 4)) for half in halves)
    rows = np.median(_inside(lab, face, 0.33, 0.67, 0.58, 0.92), axis=1)
    off = np.linalg.norm((rows - np.median(rows, axis=0)) * _WALL_WEIGHTS, axis=1)
    return round(eye, 1), round(float(np.percentile(off, 93)), 1)


def _unlike(part: Floats, skin: Floats) -> float:
    off = (part - skin) * _SKIN_WEIGHTS
    return round(float((np.linalg.norm(off, axis=2) > _UNLIKE_SKIN).mean()), 2)
