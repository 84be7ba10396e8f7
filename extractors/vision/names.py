"""Names held against their print: unsure characters settled, and what nobody read noticed; domains' twins doubted."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from difflib import SequenceMatcher

from extractors.paper import SURE
from extractors.papers import certainty, people
from extractors.papers.layout import Value
from extractors.papers.wording import squeeze_with_places
from extractors.vision import glyphs, ink, models
from extractors.vision.images import Picture
from extractors.vision.lines import Line

_DISPUTES = 0.5
_TWINS = frozenset("1l0o")
_CAPITAL_TWINS = frozenset("IO")  # domains are printed in small letters
_SURE_TWIN = 0.98  # nearly every misread one lies below, but for l
_BAR = 0.27  # an l is slimmer; a 1 that was surely read as one is not, even where serifs are blurred


def settled(value: Value, quick: Value | None, picture: Picture) -> Value:
    """A name with its characters compared with drawn ones, doubted where a character of it was left out.

    `quick` is what the smaller model read, `picture` the upright sheet the value's lines were found on; values that hold
    more than a name stay as they are.
    """
    value = people.fuller(value, quick)
    if not people.is_settled_here(value):
        return value
    beginnings = people.likely_beginnings(value.value)
    is_institution = people.is_institution(value.value)

    def settle(line: Line) -> Line:
        agreed, disputed = _compared(line, quick)
        # Of rare characters in people's names the two models often make the same common one.
        return glyphs.settle(picture, _doubted(line, disputed), beginnings, agreed if is_institution else ())

    value = people.settled(value, settle)
    lines = [squeeze_with_places(line) for line in value.lines]
    unread = value.confidence >= SURE and any(ink.has_unread_character(picture, line) for line in lines)
    return certainty.doubted(value) if unread else value


def domain_settled(value: Value, picture: Picture) -> Value:
    """A domain doubted where a letter of it may be the digit that looks like it, or the other way round.

    In serif fonts readers take 1 for l and are sure of it: they are believed where it is a mere bar.
    """
    if len(value.lines) != 1:
        return value
    (line,) = value.lines
    twins = [at for at, letter in enumerate(line.text) if letter in _TWINS]
    is_open = any(line.probabilities[at] < _SURE_TWIN or not _looks_right(picture, line, at) for at in twins)
    return certainty.doubted(value) if is_open or _CAPITAL_TWINS & set(line.text) else value


def _looks_right(picture: Picture, line: Line, at: int) -> bool:
    slimness = ink.slimness(picture, line, at) if line.text[at] == "l" else 0.0
    return slimness is not None and slimness < _BAR


def _compared(line: Line, quick: Value | None) -> tuple[Collection[int], Collection[int]]:
    """The places of a line at which the quick reading has the same characters, and those at which it was sure of others.

    What the quick model has no character for it cannot dispute.
    """
    if quick is None:
        return (), ()
    text = "".join(part.text for part in quick.lines)
    sure = [probability for part in quick.lines for probability in part.probabilities]
    agreed: set[int] = set()
    disputed: set[int] = set()
    for same, start, end, other, other_end in SequenceMatcher(None, line.text, text, autojunk=False).get_opcodes():
        if same == "equal":
            agreed.update(range(start, end))
        elif same == "replace" and end - start == other_end - other:
            disputed.update(
                at
                for at, probability in zip(range(start, end), sure[other:other_end], strict=True)
                if probability > _DISPUTES and models.is_known_to_both(line.text[at])
            )
    return agreed, disputed


def _doubted(line: Line, places: Collection[int]) -> Line:
    """The line with the characters at these places no surer than that their looks must confirm them."""
    sure = enumerate(line.probabilities)
    return replace(line, probabilities=tuple(min(glyphs.SURE_ENOUGH, p) if at in places else p for at, p in sure))
