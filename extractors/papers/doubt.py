"""Which characters of a value the reader was not sure of."""

from __future__ import annotations

from difflib import SequenceMatcher

from extractors.papers.layout import Value

LOW = 0.85
"""Characters read with a lower probability are shown to a person as doubtful."""
CONFIRMED = frozenset({"ocr+check_digit", "qr", "text_layer", "mrz"})


def low_places(value: Value, limit: float = LOW) -> tuple[int, ...]:
    """The positions in a value of characters less sure than the limit; none where a check digit fits."""
    if value.method in CONFIRMED:
        return ()
    return tuple(place for place, sure in enumerate(sureness(value)) if sure < limit)


def sureness(value: Value) -> tuple[float, ...]:
    """How surely each character of a value was read; 0 for those put there by their looks, 1 for others not read so."""
    read = [(char, sure) for line in value.lines for char, sure in zip(line.text, line.probabilities, strict=False)]
    matcher = SequenceMatcher(None, "".join(char for char, _ in read), value.value, autojunk=False)
    as_read = {block.b + step: block.a + step for block in matcher.get_matching_blocks() for step in range(block.size)}
    otherwise = 0.0 if value.method.endswith("+glyph") else 1.0
    return tuple(read[as_read[at]][1] if at in as_read else otherwise for at in range(len(value.value)))
