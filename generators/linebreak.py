"""Where Chinese lines may break, how marks are squeezed, and how a line is filled out. Pure arithmetic, no drawing.

The rules (after GB/T 15834 and the habits of Chinese typesetting): no closing mark at the start of a line, no opening
mark at its end, no break inside a word, a number with its unit, a name with a middle dot, a dash or an ellipsis; two
marks side by side share the space of one and a half; a closing mark at the end of a line takes half its width; Han
and alphanumerics stand a fifth of an em apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from itertools import pairwise

CLOSE = frozenset("，。、；：？！）》〉」』】〕］｝”’％‰℃")
OPEN = frozenset("（《〈「『【〔［｛“‘￥")
HALF_RIGHT = frozenset("，。、；：）》〉」』】〕］｝”’")
"""Marks whose right half is blank and may be given up."""
HALF_LEFT = frozenset("（《〈「『【〔［｛“‘")
ASCII_CLOSE = frozenset(",.;:?!)]}%'\"-/")
ASCII_OPEN = frozenset("([{$#@")
UNITS = frozenset("年月日时分秒")
BOUND = UNITS | frozenset("页号楼层室条款项元份岁")
"""What a number keeps beside it."""
PAIRED = frozenset("—…")
DOTS = frozenset("·•‧")
TICKS = frozenset("☐☑")
SOFT = frozenset(".@/_:?&=,")
"""Inside a long identifier a line may end after these, if need be. Not after a hyphen: nobody could tell whether it
belongs to the name, and PDFium leaves it out of copied text."""

GAP = 0.2
HAN_STRETCH = 0.085  # more than a tenth of an em between Han reads as a blank to programs that copy text
GLUE_STRETCH = 0.35


class Kind(IntEnum):
    """What an atom is to the line."""

    HAN = 0
    WORD = 1
    OPEN = 2
    CLOSE = 3
    SPACE = 4
    DOT = 5
    BOX = 6
    BREAK = 7


@dataclass(slots=True)
class Atom:
    """One character (or blank, or tick box) with its place in the line.

    `tight` atoms take no space between Han and alphanumerics: a value must be copied out of the page as it was put in.
    `gap` is the space wanted before it, `shift` moves the drawing left for marks without their left half,
    `end_trim` is what it gives up as the last of a line. No line ends before a `kept` atom: it belongs to a short name,
    or to the word beside a tick box.
    """

    char: str
    kind: Kind
    font: str
    size: float
    width: float
    run: int
    tight: bool = False
    gap: float = 0.0
    shift: float = 0.0
    end_trim: float = 0.0
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """Atoms `start:end` of a paragraph, with the spaces that fill the line."""

    start: int
    end: int
    width: float
    stretch_all: float = 0.0
    stretch_glue: float = 0.0
    last: bool = False


def classify(char: str) -> Kind:
    """The kind of a character."""
    if char == "\n":
        return Kind.BREAK
    if char in " \u3000":
        return Kind.SPACE
    if char in OPEN:
        return Kind.OPEN
    if char in CLOSE:
        return Kind.CLOSE
    if char in DOTS:
        return Kind.DOT
    return Kind.WORD if ord(char) < 0x2E80 and char not in "—…①②③④⑤⑥⑦⑧⑨⑩→×□■√○●" else Kind.HAN


def space_out(atoms: Sequence[Atom]) -> None:
    """Set gaps and squeeze neighbouring marks, in place."""
    for left, right in pairwise(atoms):
        if _wants_gap(left, right):
            right.gap = GAP * right.size
        if left.char in HALF_RIGHT and right.char in HALF_RIGHT | HALF_LEFT and left.width >= 0.9 * left.size:
            left.width -= left.size / 2
        elif left.char in HALF_LEFT and right.char in HALF_LEFT and right.width >= 0.9 * right.size:
            right.width -= right.size / 2
            right.shift = right.size / 2
        elif left.char == right.char == "—":
            right.gap = -0.1 * right.size  # the strokes of a double dash meet
    for atom in atoms:
        if atom.char in HALF_RIGHT and atom.width >= 0.9 * atom.size:
            atom.end_trim = atom.size / 2


def _wants_gap(left: Atom, right: Atom) -> bool:
    kinds = {left.kind, right.kind}
    if left.tight and right.tight and left.run == right.run:
        return False
    if (left.char.isdigit() and right.char in UNITS) or (right.char.isdigit() and left.char in UNITS):
        return False
    if kinds != {Kind.HAN, Kind.WORD} and kinds != {Kind.BOX, Kind.WORD}:
        return False
    word = left if left.kind is Kind.WORD else right
    return word.char.isalnum() or word.char in "%+#@"


def may_break(left: Atom, right: Atom) -> bool:
    """Whether a line may end between two neighbours without breaking a rule."""
    if left.kind is Kind.BREAK:
        return True
    if right.kept:
        return False
    if right.kind in (Kind.CLOSE, Kind.DOT, Kind.SPACE, Kind.BREAK) or left.kind in (Kind.OPEN, Kind.DOT):
        return False
    if left.char in TICKS or left.char in ASCII_OPEN or (right.char in ASCII_CLOSE and left.kind is not Kind.SPACE):
        return False
    if left.kind is Kind.WORD and right.kind is Kind.WORD:
        return False
    if left.char == right.char and left.char in PAIRED:
        return False
    return not ((left.char.isdigit() and right.char in BOUND) or (left.char == "第" and right.char.isdigit()))


def _leaves_open(atoms: Sequence[Atom], start: int, position: int) -> bool:
    """Whether the line would end with an opening mark, a dot or a tick box, once the blanks after it are dropped."""
    while position > start and atoms[position].kind is Kind.SPACE:
        position -= 1
    return atoms[position].kind in (Kind.OPEN, Kind.DOT) or atoms[position].char in TICKS


def _may_break_word(atoms: Sequence[Atom], position: int) -> bool:
    """Whether a long identifier may be cut after this atom: at a soft mark, with at least four characters to follow."""
    left, rest = atoms[position], atoms[position + 1 : position + 5]
    if left.char not in SOFT or left.kind is not Kind.WORD or len(rest) < 4 or rest[0].char in ASCII_CLOSE:
        return False
    return all(atom.kind is Kind.WORD for atom in rest)


def break_lines(atoms: Sequence[Atom], widths: Sequence[float], *, justify: bool = True) -> list[Line]:
    """Break greedily; `widths[i]` is the room in line i, the last one counts for all further lines."""
    lines: list[Line] = []
    start = 0
    while start < len(atoms):
        room = widths[min(len(lines), len(widths) - 1)]
        end, hard = _find_end(atoms, start, room)
        lines.append(_fill(atoms, start, end, room, justify=justify and not hard and end < len(atoms)))
        start = _skip_spaces(atoms, end, hard=hard)
    return _mend_last(atoms, lines, widths, justify=justify) if lines else [Line(0, 0, 0.0, last=True)]


def _skip_spaces(atoms: Sequence[Atom], position: int, *, hard: bool) -> int:
    if hard:
        return position + 1
    while position < len(atoms) and atoms[position].kind is Kind.SPACE:
        position += 1
    return position


def _find_end(atoms: Sequence[Atom], start: int, room: float) -> tuple[int, bool]:
    """Where the line that starts at `start` ends, and whether a written line break ends it."""
    width, good, soft, last_fit = 0.0, 0, 0, start
    for position in range(start, len(atoms)):
        atom = atoms[position]
        if atom.kind is Kind.BREAK:
            return position, True
        gap = atom.gap if position > start else 0.0
        width += gap + atom.width
        if width - atom.end_trim > room + 0.01 and atom.kind is not Kind.SPACE:
            return _choose(atoms, start, good, soft, last_fit, room), False
        last_fit = position + 1
        if position + 1 < len(atoms):
            if may_break(atom, atoms[position + 1]) and not _leaves_open(atoms, start, position):
                good = position + 1
            elif _may_break_word(atoms, position):
                soft = position + 1
    return len(atoms), False


def _choose(atoms: Sequence[Atom], start: int, good: int, soft: int, last_fit: int, room: float) -> int:
    if good and (soft <= good or natural_width(atoms, start, good) > 0.8 * room):
        return good
    if soft:
        return soft
    if good:
        return good
    return _cut_anywhere(atoms, start, last_fit)


def _cut_anywhere(atoms: Sequence[Atom], start: int, last_fit: int) -> int:
    """A word longer than the line: cut between letters; a chain of marks: cut where the line is full."""
    for position in range(last_fit, start, -1):
        if position < len(atoms) and atoms[position - 1].kind is Kind.WORD and atoms[position].kind is Kind.WORD:
            return position
    return max(last_fit, start + 1)


def natural_width(atoms: Sequence[Atom], start: int, end: int) -> float:
    """The width of a line before stretching, its last mark cut to half and trailing blanks dropped."""
    while end > start and atoms[end - 1].kind is Kind.SPACE:
        end -= 1
    if end == start:
        return 0.0
    total = sum(atom.width + atom.gap for atom in atoms[start:end])
    return total - atoms[start].gap - atoms[end - 1].end_trim


def gaps_of(atoms: Sequence[Atom], start: int, end: int) -> tuple[int, int]:
    """How many places of a line can be stretched: (all, of them those between Han and word, or blanks)."""
    every = glue = 0
    for position in range(start + 1, end):
        if is_glue(atoms, position):
            glue += 1
        elif is_gap(atoms, position):
            every += 1
    return every + glue, glue


def is_glue(atoms: Sequence[Atom], position: int) -> bool:
    """Whether there is a visible space before this atom already."""
    return atoms[position].gap > 0 or atoms[position].kind is Kind.SPACE


def is_gap(atoms: Sequence[Atom], position: int) -> bool:
    """Whether the line may be stretched before this atom."""
    left, right = atoms[position - 1], atoms[position]
    if left.kind is Kind.DOT or right.kind is Kind.DOT or left.char == right.char == "—":
        return False
    return not (left.kind is Kind.WORD and right.kind is Kind.WORD)


def _fill(atoms: Sequence[Atom], start: int, end: int, room: float, *, justify: bool) -> Line:
    stop = end
    while stop > start and atoms[stop - 1].kind is Kind.SPACE:
        stop -= 1
    width = natural_width(atoms, start, stop)
    line = Line(start, stop, width, last=end >= len(atoms))
    slack = room - width
    if not justify or slack <= 0:
        return line
    return _stretch(atoms, line, slack)


def _stretch(atoms: Sequence[Atom], line: Line, slack: float) -> Line:
    every, glue = gaps_of(atoms, line.start, line.end)
    if not every:
        return line
    size = atoms[line.start].size
    even = slack / every
    if even <= HAN_STRETCH * size:
        return replace(line, stretch_all=even, width=line.width + slack)
    rest = slack - HAN_STRETCH * size * every
    if glue and rest / glue <= GLUE_STRETCH * size:
        return replace(line, stretch_all=HAN_STRETCH * size, stretch_glue=rest / glue, width=line.width + slack)
    return line  # too loose: better ragged


def _mend_last(atoms: Sequence[Atom], lines: list[Line], widths: Sequence[float], *, justify: bool) -> list[Line]:
    """Keep a single character from standing alone in the last line."""
    if len(lines) < 2 or lines[-1].end - lines[-1].start > 2 or lines[-2].end - lines[-2].start < 12:
        return lines
    before, last = lines[-2], lines[-1]
    if before.end != last.start:
        return lines
    for position in range(before.end - 1, before.end - 4, -1):
        if may_break(atoms[position - 1], atoms[position]):
            room = widths[min(len(lines) - 2, len(widths) - 1)]
            first = _fill(atoms, before.start, position, room, justify=justify)
            second = _fill(atoms, position, last.end, room, justify=False)
            return [*lines[:-2], replace(first, last=False), replace(second, last=True)]
    return lines
