"""People's names held against their print: unsure characters settled, and what nobody read noticed."""

from __future__ import annotations

from extractors.paper import SURE
from extractors.papers import certainty, people
from extractors.papers.layout import Value
from extractors.papers.wording import squeeze_with_places
from extractors.vision import glyphs, ink
from extractors.vision.images import Picture


def settled(value: Value, picture: Picture) -> Value:
    """A person's name with its characters compared with drawn ones, doubted where a character of it was left out.

    `picture` is the upright sheet the value's line was found on; values that are no person's name stay as they are.
    """
    if len(value.lines) != 1 or not people.is_name_line(value):
        return value
    if value.confidence < glyphs.SURE and people.may_hold_rare(value.value):
        beginnings = people.likely_beginnings(value.value)
        value = people.settled(value, lambda line: glyphs.settle(picture, line, beginnings))
    unread = value.confidence >= SURE and ink.has_unread_character(picture, squeeze_with_places(value.lines[0]))
    return certainty.doubted(value) if unread else value
