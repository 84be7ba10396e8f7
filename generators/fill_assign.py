"""Which value goes into which blank of a template.

A label is tried as it stands, then without its hint, its number and its English half. Where it fits several values, the
heading over it, the other names of the blank, or the person last named before it decide; where two values are the same
text, it does not matter. A blank that still fits several values, or none, stays empty and is reported.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from generators.errors import TemplateMismatch
from generators.fill_numbers import numbers_of
from generators.fill_places import TICK, Entry, Left, Place, is_never, plain_name

Known = Mapping[tuple[str, str], Sequence[Entry]]
"""Kind and name to the values that are called so."""

_NUMBER = re.compile(r"^\s*(?:[（(]?[一二三四五六七八九十\d]+[)）、.．]|[●◆■★※·•▪])\s*")
_TAIL = re.compile(r"[（(]([^（）()]*)[)）]\s*[:：]?\s*$")
_PAIR = re.compile(r"^(.*[\u3400-\u9fff）)])[\s/／|（(\[]*([A-Za-z][A-Za-z .,'’/&\-]*)[)）\]]?\s*[:：]?\s*$", re.S)
_OURS = re.compile(r"^(我|本)(单位|公司|人|方)")
_TITLE = re.compile(r"(书|表|函|单|证明|声明|说明)\s*([（(][^（）()]*[)）])?\s*$")
_IS = re.compile(r"(为|是)\s*[:：]?$")
_SUFFIX = re.compile(r"(基本)?(信息|情况|资料|部分)$")
_SOMEBODY = re.compile(r"(人|员|者|方|姓名|名称|单位|机构|name)$")


@dataclass
class _Said:
    """Whom the lines read so far speak of: the one owner whose name was asked for last."""

    page: int = 0
    row: int = -1
    owner: tuple[str, ...] = ()
    in_row: set[tuple[str, ...]] = field(default_factory=set)
    section: str = ""

    def turn(self, place: Place) -> None:
        """On to the line of a place; after a line about two, on a new page or under a new heading it is nobody."""
        is_new = (place.page, place.section) != (self.page, self.section)
        if is_new or (place.row != self.row and len(self.in_row) > 1):
            self.owner = ()
        if is_new or place.row != self.row:
            self.in_row = set()
        self.page, self.row, self.section = place.page, place.row, place.section

    def name(self, owner: tuple[str, ...]) -> None:
        """A place asks for the name of this owner, or of somebody unknown."""
        self.owner = owner
        self.in_row.add(owner)


def assign(places: Iterable[Place], entries: Sequence[Entry]) -> tuple[list[Place], list[Left]]:
    """The places (in reading order) that have exactly one value, and those that stay empty."""
    places = list(places)
    names = _Names(places, entries)
    by_path = {(entry.kind, entry.path): entry for entry in entries}
    assigned: list[Place] = []
    left: list[Left] = []
    said, used = _Said(), Counter[str]()
    for place in places:
        if place.nth > 1:
            assigned += [replace(place, path=path) for path in names.in_list(place)]
            continue
        if place.kind != TICK:
            said.turn(place)
        if any(map(is_never, (place.label, *place.names, *place.printed))):
            left.append(Left(place, "never"))
            continue
        bare, known = names.of(place)
        found, inferred = _choice(bare, known, by_path, said, used)
        if len(found) == 1:
            used[found[0]] += 1
            assigned.append(replace(place, path=found[0], inferred=inferred))
        else:
            left.append(Left(place, "ambiguous" if found else "unknown", tuple(found)))
        _listen(said, place, found, by_path)
    return _without_doubtful(assigned, left)


class _Names:
    """What the values of a filing are called in one form, which may number websites and APPs or list them in rows."""

    def __init__(self, places: Sequence[Place], entries: Sequence[Entry]) -> None:
        self._entries = entries
        self._views: dict[tuple[int, ...], Known] = {}
        words = {plain_name(word) for entry in entries if entry.number for word in entry.owner}
        self._numbers = numbers_of(places, words, lambda label: bool(self._leaders(label, 1)))
        self._number_of = {entry.path: entry.number for entry in entries}

    def of(self, place: Place) -> tuple[Place, Known]:
        """A place without the number in its label, and the values it may mean; without a number the first service's."""
        if place.label in self._number_of:  # it bears a path
            return place, self._view(self._number_of[place.label])
        number, bare = self._numbers.of_label(place)
        if number:
            return bare, self._view(number)
        return place, self._view(0, self._numbers.of_heading(place.section) or 1)

    def in_list(self, place: Place) -> list[str]:
        """The path of a place in a further row under headings: of the service that the row is of, if they ask for its name."""
        leaders = {one.path: one for head in place.heads for one in self._leaders(head, place.nth)}
        if len(leaders) != 1:
            return []
        (owner,) = (one.owner for one in leaders.values())
        mine = [one for one in self._entries if one.number == place.nth and one.owner == owner]
        found = _meant(place, (place.label,), _by_name(mine))
        return list(found) if len(found) == 1 else []

    def _leaders(self, label: str, number: int) -> list[Entry]:
        """The services of a number whose name a label asks for, if it can mean nothing else."""
        paths = _meant(Place(label), (label,), self._view(0, number))
        found = [entry for entry in self._entries if entry.path in paths]
        return found if all(entry.leads and entry.number for entry in found) else []

    def _view(self, *numbers: int) -> Known:
        """The names of the values that have one of these numbers."""
        if numbers not in self._views:
            self._views[numbers] = _by_name([entry for entry in self._entries if entry.number in numbers])
        return self._views[numbers]


def _by_name(entries: Iterable[Entry]) -> Known:
    known: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        for name in {plain_name(one) for one in entry.names}:
            known.setdefault((entry.kind, name), []).append(entry)
    return known


def _choice(
    place: Place, known: Known, by_path: Mapping[tuple[str, str], Entry], said: _Said, used: Counter[str]
) -> tuple[list[str], bool]:
    """The paths a place may mean, and whether only what stands before it has told them apart."""
    found = _candidates(place, known)
    if len(found) < 2:
        return found, False
    entries = [by_path[place.kind, path] for path in found]
    if place.kind == TICK:  # a box that stands for several choices is ticked for each of them
        return [next((entry.path for entry in entries if entry.ticked), found[0])], False
    same = [entry.path for entry in entries if said.owner and entry.owner == said.owner]
    if len(same) == 1:
        return same, True
    free = [entry for entry in entries if not used[entry.path]]
    if free and len({entry.value for entry in entries}) == 1 and free[0].value:
        return [free[0].path], False
    return found, False


def _candidates(place: Place, known: Known) -> list[str]:
    """The paths a place may mean: what its names and the print beside it agree on, or all of both where they do not."""
    found = _meant(place, (place.label, *place.names), known)
    printed = _meant(place, place.printed, known)
    return sorted(found & printed or found | printed)


def _meant(place: Place, names: Iterable[str], known: Known) -> set[str]:
    """The paths that names stand for: the first with any meaning, narrowed by those after it."""
    found: list[Entry] = []
    for name in chain.from_iterable(map(_variants, names)):
        entries = known.get((place.kind, plain_name(name)), ())
        narrowed = [entry for entry in entries if not found or entry in found]
        found = list(narrowed) or found
        if len(found) > 1:
            found = _under(place, name, found, known)
        if len(found) == 1:
            break
    return {entry.path for entry in found}


def _variants(name: str) -> Iterator[str]:
    """A label as it stands, and without number, hint and the half in the other script."""
    yield name
    bare = _NUMBER.sub("", name)
    yield bare
    yield _TAIL.sub("", bare)
    yield _IS.sub("", _OURS.sub("", bare)).replace("的", "")
    pair = _PAIR.match(bare)
    if pair:
        yield pair[1]
        yield _TAIL.sub("", pair[1])
        yield pair[2]
    parts = re.split(r"[/／]", bare)
    if len(parts) > 1:
        yield from parts
    hint = _TAIL.search(bare)
    if hint:
        yield hint[1]


def _under(place: Place, name: str, found: list[Entry], known: Known) -> list[Entry]:
    """The values among those found that belong to whom the heading, or the label's own hint, speaks of."""
    hint = _TAIL.search(place.label)
    for heading in (hint[1] if hint else "", place.section):
        if not heading or _TITLE.search(heading):  # the title of the whole says nothing of a part
            continue
        named = known.get((place.kind, plain_name(section_name(heading) + name)), ())
        of_owner = [entry for entry in named if entry in found] or _of_owner(plain_name(heading), found)
        if of_owner:
            return of_owner
    return found


def _of_owner(heading: str, found: Sequence[Entry]) -> list[Entry]:
    """The values whose owner a heading names; of `网站` and `网站负责人` the longer word is meant."""
    lengths = [max((len(word) for word in entry.owner if plain_name(word) in heading), default=0) for entry in found]
    best = max(lengths, default=0)
    return [entry for entry, length in zip(found, lengths, strict=True) if best and length == best]


def section_name(heading: str) -> str:
    """Whom a heading speaks of: `二、主体负责人基本信息` gives `主体负责人`."""
    return _SUFFIX.sub("", plain_name(_NUMBER.sub("", heading.strip())))


def _listen(said: _Said, place: Place, found: Sequence[str], by_path: Mapping[tuple[str, str], Entry]) -> None:
    """Whom the places after this one speak of."""
    if place.kind == TICK:
        return
    entry = by_path[place.kind, found[0]] if len(found) == 1 else None
    if entry is not None and entry.leads:
        said.name(entry.owner)
    elif _SOMEBODY.search(plain_name(_TAIL.sub("", place.label))) and (entry is None or entry.owner != said.owner):
        said.name(())


def _without_doubtful(assigned: Sequence[Place], left: Sequence[Left]) -> tuple[list[Place], list[Left]]:
    """Without places that got, only by what stands before them, a value that another has too."""
    times = Counter((place.kind, place.path) for place in assigned)
    doubtful = [place for place in assigned if place.inferred and times[place.kind, place.path] > 1]
    kept = [place for place in assigned if place not in doubtful]
    return kept, [*left, *(Left(replace(one, path=""), "ambiguous", (one.path,)) for one in doubtful)]


def refuse_doubles(places: Sequence[Place]) -> None:
    """Raise where one value would go to two places: the form has sections that labels alone do not tell apart."""
    times = Counter((place.kind, place.path) for place in places if not place.explicit)
    for place in places:
        count = times[place.kind, place.path]
        if count > 1:
            raise TemplateMismatch(
                f"模板中“{place.label}”出现 {count} 次，无法确定填在哪里。请用 forms learn 生成锚点文件，写明各处的 path 后再填。",
                f"The template has {place.label!r} {count} times, so its place is not certain. Write anchors with forms learn, give each its path, and fill again.",
            )
