"""Numbers that carry a check digit: read, read again where it fails, mended, and said how sure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from extractors.numbers import CheckedNumber
from extractors.papers.layout import SheetText, Value
from extractors.vision.lines import Line

Mend = Callable[[str, Sequence[float]], CheckedNumber]

_PROVEN = 0.99
_REPAIRED = 0.9
_DISPUTED = 0.75  # two readings were mended to two different numbers
_FAILED = 0.4


def number_value(sheet: SheetText, part: Line, mend: Mend, alphabet: str) -> Value:
    """The number in a line; where its check digit fails it is read again with only its alphabet, then mended."""
    readings = [mend(part.text, part.probabilities)]
    if not _is_plain(readings[0]) and sheet.reread is not None:
        again = sheet.reread(part, alphabet)
        readings.insert(0, mend(again.text, again.probabilities))
    valid = [number for number in readings if number.valid]
    if not valid:
        whole = next((number for number in readings if len(number.value) == 18), readings[-1])
        return Value(whole.value, (part,), min(_FAILED, part.score), part.method, part.text)
    chosen = min(valid, key=lambda number: number.repaired)
    repaired = chosen.repaired or len(readings) > 1
    sure = max(_PROVEN, part.score) if not repaired else _REPAIRED if _agree(valid) else _DISPUTED
    return Value(chosen.value, (part,), round(sure, 3), f"{part.method}+check_digit", part.text, repaired)


def _is_plain(number: CheckedNumber) -> bool:
    return number.valid and not number.repaired


def _agree(numbers: Sequence[CheckedNumber]) -> bool:
    return len({number.value for number in numbers}) == 1
