"""Which characters of a value the reader was not sure of."""

from __future__ import annotations

from difflib import SequenceMatcher

from extractors.papers.layout import Value

LOW = 0.85
"""Characters read with a lower probability are shown to a person as doubtful."""
CONFIRMED = frozenset({"ocr+check_digit", "qr", "text_layer", "mrz"})


def low_places(value: Value, limit: float = LOW) -> tuple[int, ...]:
    """The positions in a value of characters read with a probability below the limit; none where a check digit fits."""
    read = [(char, sure) for line in value.lines for char, sure in zip(line.text, line.probabilities, strict=False)]
    if value.method in CONFIRMED or all(sure >= limit for _, sure in read):
        return ()
    matcher = SequenceMatcher(None, "".join(char for char, _ in read), value.value, autojunk=False)
    return tuple(
        block.b + step
        for block in matcher.get_matching_blocks()
        for step in range(block.size)
        if read[block.a + step][1] < limit
    )
