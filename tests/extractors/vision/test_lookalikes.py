"""What the reader answers with for characters it cannot answer with: known for all of them, and weighed by its answer."""

from __future__ import annotations

import numpy as np

from extractors.vision import glyphs, models
from extractors.vision.lookalikes import look_alikes


def test_each_character_that_the_reader_cannot_answer_with_has_its_usual_answers() -> None:
    characters = glyphs.table().characters
    never_taught = {at for at, character in enumerate(characters) if not models.is_taught(character)}
    found = look_alikes(characters)
    assert set(found.meant.tolist()) == never_taught
    assert {"诚", "铵", "铉"} <= found.suspects
    assert all(models.is_taught(character) for character in found.suspects)


def test_an_answer_fits_a_character_as_well_as_it_is_usual_for_it() -> None:
    characters = "诚𫍯铵𬭎王"
    fit = look_alikes(characters).chances(np.log(np.array([0.9, 1e-6, 0.05, 1e-6, 0.01], np.float32)))
    assert np.argmax(fit) == 1
    np.testing.assert_allclose(np.exp(fit[[1, 3]]), [0.9, 0.05], rtol=1e-3)
    assert np.exp(fit[4]) < 1e-9
