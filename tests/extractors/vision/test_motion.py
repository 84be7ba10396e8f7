"""A shaken picture: its smear is found, taken out only where more can be read so, and seen in no other picture."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from extractors.vision import models, motion, ocr, reader
from extractors.vision.images import Picture
from extractors.vision.lines import even_line
from samples import draw_cards, people

NEEDS_MODELS = pytest.mark.skipif(not models.is_available(), reason="the reading models are not installed")
CARD = cv2.cvtColor(
    cv2.resize(draw_cards.front(people.XU, 3), (1200, 757), interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2BGR
)


def grainy(picture: Picture) -> Picture:
    noise = np.random.default_rng(3).normal(0, 2, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def shaken(picture: Picture, length: int, degrees: float) -> Picture:
    """The picture as a hand shakes it, in thin lines; made another way than the filter undoes it."""
    line = np.zeros((41, 41), np.uint8)
    ends = [
        np.array((20, 20)) + sign * length / 2 * np.array((np.cos(np.radians(degrees)), np.sin(np.radians(degrees))))
        for sign in (-1, 1)
    ]
    start, end = ((int(x * 16), int(y * 16)) for x, y in ends)
    cv2.line(line, start, end, 255, 1, cv2.LINE_AA, 4)
    return grainy(cv2.filter2D(picture, -1, line.astype(np.float32) / line.sum()))


@pytest.mark.parametrize(("length", "degrees"), [(9, 0), (12, 35), (14, 120), (18, 80)])
def test_length_and_direction_of_a_smear_are_found(length: int, degrees: float) -> None:
    smear = motion.find_smear(shaken(CARD, length, degrees))
    assert smear is not None
    assert np.hypot(smear.across, smear.down) == pytest.approx(length, abs=1.6)
    off = np.degrees(np.arctan2(smear.down, smear.across)) - degrees
    assert min(off % 180, -off % 180) < 8


@pytest.mark.parametrize(
    "still",
    [
        grainy(CARD),
        grainy(cv2.GaussianBlur(CARD, (0, 0), 3.5)),
        np.full((757, 1200, 3), 200, np.uint8),
        CARD[:200, :200],
    ],
    ids=["sharp", "out of focus", "blank", "too small to tell"],
)
def test_a_picture_that_was_not_shaken_has_no_smear(still: Picture) -> None:
    assert motion.find_smear(still) is None


@NEEDS_MODELS
def test_a_card_too_shaken_to_read_can_be_read_afterwards() -> None:
    picture = shaken(CARD, 20, 25)
    smear = motion.find_smear(picture)
    assert smear is not None
    before = "".join(line.text for line in ocr.read_lines(picture))
    after = "".join(line.text for line in ocr.read_lines(motion.without_smear(picture, smear)))
    assert people.XU.number not in before
    assert people.XU.number in after


@pytest.mark.parametrize(("sure", "looks"), [(0.99, 0), (0.5, 1)])
def test_a_smear_is_looked_for_only_where_a_character_is_unsure(
    sure: float, looks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[Picture] = []
    monkeypatch.setattr(motion, "find_smear", looked.append)
    lines = (even_line("张晓岚", ((0, 0), (90, 0), (90, 30), (0, 30)), "ocr", sure),)
    assert reader._held_still(CARD, lines, reader.Engine("none", lambda _: [], True)) == (CARD, lines)
    assert len(looked) == looks
