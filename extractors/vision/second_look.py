"""Second looks at what the first, quick reading left open.

The quick recogniser's word is enough for labels, for digits that check digits and calendars prove, and for the long
text of a scope where it was sure; names and addresses may hold characters it does not know, so their lines are read
again by the larger model. Lines that belong to no value are not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from extractors.paper import EXPECTED, SURE
from extractors.papers import certainty, kinds, places, registry
from extractors.papers.layout import SheetText, Value, same_row
from extractors.papers.wording import simplify, squeeze
from extractors.vision import cleaning, names, ocr
from extractors.vision.images import Picture
from extractors.vision.lines import Line

_LONG_TEXTS = frozenset({"scope"})
# Words of a list, all of them known to the quick recogniser: on drawn papers it reads these as well as the larger one.
_LISTED = frozenset({"nation", "authority", "issue_place", "birth_place", "type", "form"})
_BODIES = frozenset({"registrar", "organizer"})  # well-known names, hardly with rare characters
_SURE = 0.9
_SURE_DIGITS = 0.985  # of dates and numbers: a digit read wrong in a shaken picture was read at 0.98
_DISSENT = 0.9  # a second reading so sure of something else makes the first one doubtful
_DISPUTED = 0.8
_CONFIRMED = 0.9
_SURE_MEAN = 0.99
_SURE_ROW = 0.995  # of an address with house numbers: a digit too many is read rather surely
_SURE_WORDS = 0.97  # of an address without: on 270 drawn papers the larger model changed none of these
_HELD = 0.5  # of the shorter of a line and a value: boxes are drawn a little wide, so that a label's reaches into its value's
_DIGIT = re.compile(r"\d")
_PLAIN = re.compile(r"[\d.\-]+|长期|[男女]")


def read_carefully(text: SheetText, found: Mapping[str, Value], readable: Picture) -> SheetText:
    """The sheet's text with the lines read again whose values need it.

    The larger model's word counts, which knows rarer characters; of words of a list it is the surer reading's where the
    larger model is unsure.
    """
    wanted = [line for name, value in found.items() for line in _open_lines(name, value)]
    listed = [line for name, value in found.items() if name in _LISTED | _BODIES for line in value.lines]

    def read(line: Line) -> Line:
        again = _again(line, readable)
        return line if again.score < min(SURE, line.score) and _holds_any(line, listed) else again

    return _with_lines_again(text, read, lambda line: _holds_any(line, wanted))


def read_all_again(text: SheetText, readable: Picture) -> SheetText:
    """The sheet's text read by the larger model throughout."""
    return _with_lines_again(text, lambda line: _again(line, readable), lambda line: True)


def values(kind: str, text: SheetText, readable: Picture, all_lines: Sequence[Line]) -> dict[str, Value]:
    """A paper's values after second looks, each with a confidence that says whether a person has to look too."""
    quick = registry.read(kind, text)
    found = _looked_at_again(kind, text, quick, readable, all_lines)
    whole = {name: _held_against_print(name, value, quick.get(name), readable) for name, value in found.items()}
    return places.settled({name: certainty.weighed(name, value, quick.get(name)) for name, value in whole.items()})


def _held_against_print(name: str, value: Value, quick: Value | None, readable: Picture) -> Value:
    if name == "domain":
        return names.domain_settled(value, readable)
    return names.settled(value, quick, readable) if name in registry.NAMES else value


def _looked_at_again(
    kind: str, text: SheetText, quick: Mapping[str, Value], readable: Picture, all_lines: Sequence[Line]
) -> dict[str, Value]:
    """The values from whichever reading was surer.

    Where something is missing, all lines are read again. From a picture that holds the dark print alone the sheet is
    read once more where something is still missing or words lie over the print, and single lines where a name, number
    or date is doubtful.
    """
    careful = read_carefully(text, quick, readable)
    found = dict(quick) | registry.read(kind, careful)
    if _is_incomplete(kind, found):
        found = _better_of(found, registry.read(kind, read_all_again(careful, readable)))
    if not (kinds.has_watermark(all_lines) or _is_incomplete(kind, found) or is_doubtful(found)):
        return found
    clean = cleaning.without_pale_marks(readable)
    if kinds.has_watermark(all_lines) or _is_incomplete(kind, found):
        bare = read_text(clean)
        return _better_of(found, registry.read(kind, read_carefully(bare, registry.read(kind, bare), clean)))
    return _better_of(found, registry.read(kind, _doubtful_from(clean, found, careful)))


def _doubtful_from(clean: Picture, found: Mapping[str, Value], text: SheetText) -> SheetText:
    """The sheet's text with the lines of doubtful names, numbers and dates as the cleaned picture shows them."""
    open_ones = [line for name, value in found.items() if _is_open(name, value) for line in value.lines]
    lines = (_again(line, clean) if _holds_any(line, open_ones) else line for line in text.lines)
    return replace(text, lines=tuple(line for line in lines if line.text.strip()))


def _is_open(name: str, value: Value) -> bool:
    return name in registry.KEYED and value.confidence < SURE


def _is_incomplete(kind: str, found: Mapping[str, Value]) -> bool:
    return any(name not in found for name in EXPECTED.get(kind, ()))


def is_doubtful(found: Mapping[str, Value]) -> bool:
    """Whether a name, number or date was read with doubt."""
    return any(_is_open(name, value) for name, value in found.items())


def confirmed(found: dict[str, Value], others: Sequence[Line]) -> dict[str, Value]:
    """Doubtful names, numbers and dates made surer where another engine's lines hold the same text.

    A second engine that reads something else proves nothing: Tesseract lacks half of the characters.
    """
    said = "\n".join(squeeze(line.text) for line in others)
    return {name: _confirmed(value, said) if name in registry.KEYED else value for name, value in found.items()}


def _confirmed(value: Value, said: str) -> Value:
    if value.confidence >= SURE or value.repaired or len(squeeze(value.raw)) < 2 or squeeze(value.raw) not in said:
        return value
    return replace(value, confidence=_CONFIRMED, method=f"{value.method}+tesseract")


def read_text(picture: Picture) -> SheetText:
    """The lines of a prepared picture without its watermarks, which can be read again with a smaller alphabet."""
    height, width = picture.shape[:2]
    lines = kinds.without_watermarks([simplify(line) for line in ocr.read_lines(picture)])
    return SheetText(lines, width, height, lambda line, allowed: ocr.read_line(picture, line.box, allowed))


def _better_of(first: dict[str, Value], second: dict[str, Value]) -> dict[str, Value]:
    """Each field by the surer of two readings; where both were sure of different things neither is believed.

    Of two readings that differ by an end that one has and one has not, the longer is taken where it was sure of it.
    """
    return first | second | {name: _settled(first[name], second[name]) for name in first.keys() & second.keys()}


def _settled(one: Value, other: Value) -> Value:
    better, worse = (one, other) if one.confidence >= other.confidence else (other, one)
    if worse.confidence < _DISSENT or one.value == other.value:
        return better
    if worse.value.startswith(better.value):
        better = worse
    return replace(better, confidence=min(_DISPUTED, better.confidence))


def _open_lines(name: str, value: Value) -> list[Line]:
    """The lines of a value that the quick reading does not settle."""
    if value.method.endswith("check_digit"):
        return []
    if name == "nation":  # one of 56, or it would not have been found
        return [line for line in value.lines if line.score < _SURE]
    if name in _LONG_TEXTS | _LISTED or _PLAIN.fullmatch(value.value):
        sure = _SURE_DIGITS if name in registry.KEYED else _SURE
        return [line for line in value.lines if line.score < sure or line.mean_score < _SURE_MEAN]
    if name == "address":
        return [line for line in value.lines if line.score < (_SURE_ROW if _DIGIT.search(line.text) else _SURE_WORDS)]
    return list(value.lines)


def _with_lines_again(text: SheetText, read: Callable[[Line], Line], is_wanted: Callable[[Line], bool]) -> SheetText:
    lines = (read(line) if line.quick and is_wanted(line) else line for line in text.lines)
    return replace(text, lines=tuple(line for line in lines if line.text.strip()))


def _holds_any(line: Line, parts: list[Line]) -> bool:
    return any(same_row(line, part) and _shared(line, part) > _HELD for part in parts)


def _shared(one: Line, other: Line) -> float:
    """How much of the shorter of two lines lies over the other, as a share of its width."""
    narrower = min(one.right - one.left, other.right - other.left)
    return (min(one.right, other.right) - max(one.left, other.left)) / max(1.0, narrower)


def _again(line: Line, readable: Picture) -> Line:
    return simplify(ocr.read_line(readable, line.box))
