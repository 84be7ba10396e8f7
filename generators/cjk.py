"""Paragraphs of Chinese text: runs with fill-ins and tick boxes, measured, split over pages and drawn.

A block knows its height for a width, can be cut in two at a height, and draws itself below a point. `page.py` puts
blocks on pages; tables and signature areas are blocks too (`blocks.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise, takewhile
from typing import Any, Protocol

from generators import linebreak
from generators.errors import MissingGlyph
from generators.fonts import BOLD, SERIF, FontStack, clean, load
from generators.linebreak import Atom, Kind, Line

INK = (0.10, 0.11, 0.13)
GREY = (0.42, 0.44, 0.47)
HAIR = (0.74, 0.76, 0.78)
PALE = (0.955, 0.957, 0.96)
ACCENT = (0.64, 0.15, 0.17)

Colour = tuple[float, float, float]
Canvas = Any
"""reportlab's canvas; reportlab ships no types."""


@dataclass(frozen=True, slots=True)
class Style:
    """How a paragraph looks; sizes in points, `indent` in em of the first line, `hang` in points of the others."""

    stack: FontStack = SERIF
    size: float = 11.5
    leading: float = 20.0
    indent: float = 0.0
    hang: float = 0.0
    align: str = "justify"
    before: float = 0.0
    after: float = 4.0
    colour: Colour = INK
    tight: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of text of one look.

    `mark` is empty for plain text, `fill` for a value on a rule, `blank` for an empty rule `width_em` wide,
    `tick` or `box` for a tick box with or without its tick. A `tight` run is a value: nothing is put between its
    characters that a program copying the page would take for a blank.
    """

    text: str = ""
    bold: bool = False
    mark: str = ""
    width_em: float = 0.0
    colour: Colour | None = None
    size: float | None = None
    tight: bool = False


class Block(Protocol):
    """Anything that can stand on a page."""

    @property
    def before(self) -> float:
        """Space above, unless it is the first of a page."""

    @property
    def after(self) -> float:
        """Space below."""

    @property
    def keep_next(self) -> bool:
        """Whether the next block must begin on the same page."""

    def height(self, width: float) -> float:
        """Points needed for this width."""

    def split(self, width: float, room: float) -> tuple[Block, Block] | None:
        """The part that fits into `room` and the rest; None if nothing sensible fits."""

    def draw(self, canvas: Canvas, x: float, top: float, width: float) -> None:
        """Draw below `top`."""


@dataclass
class Para:
    """A paragraph; `first` and `last` say which lines to draw once it has been split."""

    runs: Sequence[Run]
    style: Style = Style()
    keep_next: bool = False
    first: int = 0
    last: int | None = None
    _made: dict[float, tuple[list[Atom], list[Line]]] = field(default_factory=dict, repr=False)

    @property
    def before(self) -> float:
        """Space above; none for the rest of a split paragraph."""
        return 0.0 if self.first else self.style.before

    @property
    def after(self) -> float:
        """Space below."""
        return self.style.after if self.last is None else 0.0

    def lines(self, width: float) -> tuple[list[Atom], list[Line]]:
        """Atoms and broken lines for a width."""
        made = self._made.get(width)
        if made is None:
            atoms = make_atoms(self.runs, self.style, width)
            lines = self._break(atoms, width)
            while whole := _without_stubs(atoms, lines, self.runs):  # ends: each round has fewer atoms
                atoms, lines = whole, self._break(whole, width)
            made = self._made[width] = (atoms, lines)
        return made

    def _break(self, atoms: list[Atom], width: float) -> list[Line]:
        indent, hang = self.style.indent * self.style.size, self.style.hang
        return linebreak.break_lines(atoms, (width - indent, width - hang), justify=self.style.align == "justify")

    def height(self, width: float) -> float:
        """Points needed for this width."""
        return self._count(width) * self.style.leading

    def _count(self, width: float) -> int:
        total = len(self.lines(width)[1])
        return (total if self.last is None else self.last) - self.first

    def natural_width(self, width: float) -> float:
        """The widest line."""
        return max((line.width for line in self.lines(width)[1]), default=0.0)

    def split(self, width: float, room: float) -> tuple[Block, Block] | None:
        """Cut between lines, never leaving one line alone."""
        count, fits = self._count(width), int((room + 0.01) // self.style.leading)
        fits = min(fits, count - 2)
        if fits < 2:
            return None
        middle = self.first + fits
        upper = replace(self, last=middle, keep_next=False, _made=self._made)
        return upper, replace(self, first=middle, _made=self._made)

    def draw(self, canvas: Canvas, x: float, top: float, width: float) -> None:
        """Draw below `top`."""
        atoms, lines = self.lines(width)
        baseline = top - (self.style.leading - self.style.size) / 2 - 0.86 * self.style.size
        for number in range(self.first, len(lines) if self.last is None else self.last):
            line = lines[number]
            left = self._left(line, number, x, width)
            draw_line(canvas, atoms, line, left, baseline, self.runs, self.style)
            baseline -= self.style.leading

    def _left(self, line: Line, number: int, x: float, width: float) -> float:
        if self.style.align == "center":
            return x + (width - line.width) / 2
        if self.style.align == "right":
            return x + width - line.width
        return x + (self.style.indent * self.style.size if number == 0 else self.style.hang)


def para(text: str, style: Style, *, bold: bool = False, keep_next: bool = False) -> Para:
    """A paragraph of one run."""
    return Para([Run(text, bold=bold)], style, keep_next=keep_next)


def make_atoms(runs: Sequence[Run], style: Style, width: float) -> list[Atom]:
    """All characters of the runs with their widths, squeezed and spaced."""
    atoms: list[Atom] = []
    for number, run in enumerate(runs):
        size = run.size or style.size
        if run.mark in ("tick", "box"):
            atoms.append(Atom("☑" if run.mark == "tick" else "☐", Kind.BOX, "", size, 1.0 * size, number, end_trim=0))
        elif run.mark == "blank":
            atoms.extend(_blank_atoms(run, number, size, width))
        else:
            atoms.extend(_text_atoms(run, number, size, style))
    linebreak.space_out(atoms)
    _keep_together(atoms, runs)
    for left, right in pairwise(atoms):
        if left.run != right.run and {runs[left.run].mark, runs[right.run].mark} & {"fill", "blank", "tick", "box"}:
            right.gap = max(right.gap, (0.3 if left.char in linebreak.TICKS else 0.15) * right.size)
    return atoms


STUB_PIECES = 15
"""A rule of more pieces (of 2 em) is meant for several lines."""
KEPT = 8
"""A name, or the word beside a tick box, of so many characters is not cut over lines."""


def _keep_together(atoms: Sequence[Atom], runs: Sequence[Run]) -> None:
    for number, atom in enumerate(atoms):
        is_start = number == 0 or atoms[number - 1].run != atom.run
        if is_start and runs[atom.run].mark == "fill" and len(runs[atom.run].text) <= KEPT:
            _keep(atoms[number : number + len(runs[atom.run].text)], atom.run)
        elif atom.char in linebreak.TICKS:
            _keep(atoms[number + 1 : number + 2 + KEPT], None)


def _keep(atoms: Sequence[Atom], run: int | None) -> None:
    """Keeps the word that starts here whole, if it ends soon: at a mark, a blank, or with its run."""
    word = list(takewhile(lambda atom: atom.kind in (Kind.HAN, Kind.DOT) and run in (None, atom.run), atoms))
    if len(word) <= KEPT:
        for atom in word[1:]:
            atom.kept = True


def _without_stubs(atoms: Sequence[Atom], lines: Sequence[Line], runs: Sequence[Run]) -> list[Atom]:
    """The atoms without the shorter part of each empty rule that a line end cuts in two; empty if there is none.

    Two stubs of a rule are worse to write on than one a little shorter; of a rule over whole lines, both parts stay.
    """
    dropped: set[int] = set()
    for line in lines[:-1]:
        end, run = line.end, atoms[line.end - 1].run
        before, after = _length(reversed(atoms[line.start : end]), run), _length(atoms[end:], run)
        if runs[run].mark == "blank" and after and before + after <= STUB_PIECES:
            dropped |= set(range(end - before, end)) if before < after else set(range(end, end + after))
    return [atom for number, atom in enumerate(atoms) if number not in dropped] if dropped else []


def _length(atoms: Iterable[Atom], run: int) -> int:
    """How many of the atoms from the first on belong to the run."""
    return sum(1 for _ in takewhile(lambda atom: atom.run == run, atoms))


def _blank_atoms(run: Run, number: int, size: float, width: float) -> list[Atom]:
    """A short empty rule is one piece; a long one may go on in the next line."""
    pieces = 1 if run.width_em <= 6 else round(run.width_em / 2)
    return [Atom("", Kind.BOX, "", size, min(run.width_em * size / pieces, width), number) for _ in range(pieces)]


def _text_atoms(run: Run, number: int, size: float, style: Style) -> list[Atom]:
    stack = BOLD if run.bold else style.stack
    atoms = []
    for char in clean(run.text):
        kind = linebreak.classify(char)
        font, width = ("", 0.0) if kind is Kind.BREAK else stack.pick(char)
        if not font and kind is not Kind.BREAK:
            raise MissingGlyph("text", run.text, char)
        if kind is Kind.DOT:
            width = min(width, 0.4)
        atoms.append(Atom(char, kind, font, size, width * size, number, tight=run.tight or style.tight))
    return atoms


@lru_cache(maxsize=4096)
def _dot_shift(font: str) -> float:
    """How far a full-width middle dot is moved left when it gets the width of a narrow one."""
    width: float = load(font).face.getCharWidth(0xB7) / 1000
    return max(0.0, (width - 0.4) / 2)


def draw_line(
    canvas: Canvas, atoms: Sequence[Atom], line: Line, x: float, y: float, runs: Sequence[Run], style: Style
) -> None:
    """Draw one broken line from `x` on the baseline `y`."""
    positions = _positions(atoms, line, x)
    text = canvas.beginText()
    colour: Colour | None = None
    spacing = 0.0
    start = line.start
    while start < line.end:
        end = _segment_end(atoms, line, start)
        atom = atoms[start]
        wanted = runs[atom.run].colour or style.colour
        if atom.font:
            even = line.stretch_all if end - start > 1 and linebreak.is_gap(atoms, start + 1) else 0.0
            if even != spacing:
                text.setCharSpace(even)
                spacing = even
            if wanted != colour:
                text.setFillColorRGB(*wanted)
                colour = wanted
            text.setFont(atom.font, atom.size)
            shift = atom.shift + (_dot_shift(atom.font) * atom.size if atom.kind is Kind.DOT else 0)
            text.setTextOrigin(positions[start] - shift, y)
            text.textOut("".join(item.char for item in atoms[start:end]))
        start = end
    if spacing:
        text.setCharSpace(0)  # it would go on to whatever is drawn next
    canvas.drawText(text)
    _draw_marks(canvas, atoms, line, positions, y, runs)


def _positions(atoms: Sequence[Atom], line: Line, x: float) -> list[float]:
    """The x of each atom of the line (indexed like `atoms`; entries before the line are not used)."""
    positions = [0.0] * line.end
    for number in range(line.start, line.end):
        atom = atoms[number]
        if number > line.start:
            x += atom.gap
            if linebreak.is_glue(atoms, number):
                x += line.stretch_all + line.stretch_glue
            elif linebreak.is_gap(atoms, number):
                x += line.stretch_all
        positions[number] = x
        x += atom.width
    return positions


def _segment_end(atoms: Sequence[Atom], line: Line, start: int) -> int:
    """How far one show-text operation can go: same font, size, look, and evenly spaced."""
    first = atoms[start]
    if not first.font or first.kind is Kind.DOT:
        return start + 1
    end = start + 1
    even: bool | None = None
    while end < line.end:
        atom, left = atoms[end], atoms[end - 1]
        stretched = linebreak.is_gap(atoms, end)
        even = stretched if even is None else even
        whole = abs(left.width - load_width(left)) < 0.001
        same = atom.font == first.font and atom.size == first.size and atom.run == first.run
        if not same or atom.gap or atom.shift or not whole or atom.kind is Kind.DOT or stretched is not even:
            break
        if line.stretch_glue and linebreak.is_glue(atoms, end):
            break
        end += 1
    return end


def load_width(atom: Atom) -> float:
    """The full width of an atom's character in its font."""
    return _char_width(atom.font, atom.char) * atom.size


@lru_cache(maxsize=65536)
def _char_width(font: str, char: str) -> float:
    width: float = load(font).face.getCharWidth(ord(char)) / 1000
    return width


def _draw_marks(
    canvas: Canvas, atoms: Sequence[Atom], line: Line, positions: Sequence[float], y: float, runs: Sequence[Run]
) -> None:
    start = line.start
    while start < line.end:
        end = start + 1
        while end < line.end and atoms[end].run == atoms[start].run:
            end += 1
        atom, mark = atoms[start], runs[atoms[start].run].mark
        if mark in ("fill", "blank"):
            right = positions[end - 1] + atoms[end - 1].width - (atoms[end - 1].end_trim if end == line.end else 0)
            _rule(canvas, positions[start] - 1.2, right + 1.2, y - 0.22 * atom.size, runs[atom.run].colour or INK)
        elif mark in ("tick", "box"):
            draw_tick(canvas, positions[start] + 0.08 * atom.size, y, atom.size, ticked=mark == "tick")
        start = end


def _rule(canvas: Canvas, left: float, right: float, y: float, colour: Colour) -> None:
    canvas.setStrokeColorRGB(*colour)
    canvas.setLineWidth(0.45)
    canvas.line(left, y, right, y)


def draw_tick(canvas: Canvas, x: float, y: float, size: float, *, ticked: bool) -> None:
    """A tick box drawn as lines, with a character behind it for those who copy or search the text.

    The fonts lack ☐ and ☑. Readers that know ActualText give those; others see ■ or □.
    """
    side = 0.82 * size
    low = y - 0.06 * size
    canvas.setStrokeColorRGB(*INK)
    canvas.setLineWidth(0.6)
    canvas.rect(x, low, side, side, stroke=1, fill=0)
    if ticked:
        canvas.setLineWidth(1.1)
        canvas.setLineCap(1)
        canvas.lines(
            [
                (x + 0.18 * side, low + 0.52 * side, x + 0.42 * side, low + 0.22 * side),
                (x + 0.42 * side, low + 0.22 * side, x + 0.86 * side, low + 0.84 * side),
            ]
        )
        canvas.setLineCap(0)
    canvas.addLiteral(f"/Span <</ActualText <FEFF{'2611' if ticked else '2610'}>>> BDC")
    text = canvas.beginText(x, y)
    text.setFont(SERIF.pick("□")[0], side)
    text.setTextRenderMode(3)
    text.textOut("■" if ticked else "□")
    text.setTextRenderMode(0)
    canvas.drawText(text)
    canvas.addLiteral("EMC")
