"""Which of several websites or APPs a blank speaks of, by a number in its label or in the heading over it.

`网站2名称`, `第二个网站域名`, `网站名称（二）`, or any label under `网站2`. A number at the end of a label counts only where the form
asks for names with such numbers too: `域名2` alone may be a second domain of one website.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace

from generators.fill_places import TEXT, Place, plain_name

_HAN = "一二三四五六七八九十"
_FIGURE = rf"(\d{{1,2}}|[{_HAN}])"
_END = re.compile(rf"(?<=[^\x00-\x7f表图件页条款项期类级])\(?{_FIGURE}\)?$")
"""Not after those characters: `附件2` and `第二类` count other things."""


@dataclass(frozen=True)
class Numbers:
    """How a form numbers its services: `words` stand for one; `counted` are the numbers that labels may end in."""

    words: Collection[str]
    counted: Collection[int] = ()

    def of_label(self, place: Place) -> tuple[int, Place]:
        """The number that a blank's own words bear, 0 for none, and the blank without it."""
        number = next(filter(None, (self._split(one)[0] for one in (place.label, *place.names, *place.printed))), 0)
        names, printed = (tuple(self._split(one)[1] for one in words) for words in (place.names, place.printed))
        return number, replace(place, label=self._split(place.label)[1], names=names, printed=printed)

    def of_heading(self, heading: str) -> int:
        """The number of the service that a heading speaks of, 0 for none."""
        name = plain_name(heading)
        at_end = at_end_of(name)[0] if any(word in name for word in self.words) else 0
        return self._beside(name)[0] or at_end

    def _split(self, name: str) -> tuple[int, str]:
        number, bare = self._beside(plain_name(name))
        if number:
            return number, bare
        number, bare = at_end_of(name)
        return (number, bare) if number in self.counted else (0, name)

    def _beside(self, plain: str) -> tuple[int, str]:
        """A number right before or after the word for a service."""
        if not self.words:
            return 0, plain
        word = f"(?P<word>{'|'.join(sorted(map(re.escape, self.words), key=len, reverse=True))})"
        before = re.search(rf"第{_FIGURE}个?{word}", plain)
        return _without(before or re.search(rf"{word}\(?{_FIGURE}\)?(?![级类期步层\d])", plain), plain)


def numbers_of(places: Iterable[Place], words: Collection[str], is_name: Callable[[str], bool]) -> Numbers:
    """How a form numbers its services; `is_name` tells whether a label without its number asks for a service's name."""
    ends = [at_end_of(place.label) for place in places if place.kind == TEXT] if words else []
    return Numbers(words, frozenset(number for number, bare in ends if number and is_name(bare)))


def at_end_of(name: str) -> tuple[int, str]:
    """The number that a label ends in, 0 for none, and the label without it."""
    plain = plain_name(name)
    return _without(_END.search(plain), plain)


def _without(match: re.Match[str] | None, plain: str) -> tuple[int, str]:
    if match is None:
        return 0, plain
    groups = match.groupdict()
    figure = next(one for one in match.groups() if one != groups.get("word"))
    number = int(figure) if figure.isdigit() else _HAN.index(figure) + 1
    return number, plain[: match.start()] + groups.get("word", "") + plain[match.end() :]
