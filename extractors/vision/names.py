"""Names held against their print: unsure characters settled, and what nobody read noticed."""

from __future__ import annotations

from collections.abc import Collection
from difflib import SequenceMatcher

from extractors.paper import SURE
from extractors.papers import certainty, people
from extractors.papers.layout import Value
from extractors.papers.wording import squeeze_with_places
from extractors.vision import glyphs, ink
from extractors.vision.images import Picture
from extractors.vision.lines import Line


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
        # Of rare characters in people's names the two models often make the same common one.
        agreed = _agreed(line, quick) if is_institution else ()
        return glyphs.settle(picture, line, beginnings, agreed)

    value = people.settled(value, settle)
    lines = [squeeze_with_places(line) for line in value.lines]
    unread = value.confidence >= SURE and any(ink.has_unread_character(picture, line) for line in lines)
    return certainty.doubted(value) if unread else value


def _agreed(line: Line, quick: Value | None) -> Collection[int]:
    """The places of a line at which the quick reading has the same characters."""
    if quick is None:
        return ()
    read = "".join(part.text for part in quick.lines)
    blocks = SequenceMatcher(None, line.text, read, autojunk=False).get_matching_blocks()
    return frozenset(block.a + step for block in blocks for step in range(block.size))
