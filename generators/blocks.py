"""Tables, signature areas, pictures and empty areas: the blocks that are not plain paragraphs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from generators.cjk import HAIR, INK, PALE, Block, Canvas, Colour, Para, Run, Style, para
from generators.fonts import SANS, SERIF
from generators.pictures import Picture

LABEL = Style(stack=SANS, size=8.6, leading=12.4, align="left", after=0)
LABEL_EN = Style(stack=SANS, size=6.6, leading=8.6, align="left", after=0, colour=(0.45, 0.47, 0.5))
VALUE = Style(stack=SERIF, size=10, leading=14.6, align="left", after=0)


@dataclass(frozen=True, slots=True)
class Cell:
    """Blocks one below another; `span` columns wide."""

    blocks: tuple[Block, ...] = ()
    shade: Colour | None = None
    span: int = 1

    def height(self, width: float) -> float:
        """Points needed for this width."""
        return sum(block.height(width) + (block.before if number else 0) for number, block in enumerate(self.blocks))


@dataclass
class Table:
    """Rows of cells with hairlines; cut between rows, its head repeated on each page.

    `shares` are the parts of the width. A row higher than `tall` points may be cut inside; a table lower than
    `whole_below` stays on one page.
    """

    shares: Sequence[float]
    rows: Sequence[Sequence[Cell]]
    head: int = 0
    before: float = 0.0
    after: float = 10.0
    keep_next: bool = False
    pad: float = 4.5
    lines: bool = True
    least: float = 0.0
    tall: float = 140.0
    whole_below: float = 0.0
    _heights: dict[float, list[float]] = field(default_factory=dict, repr=False)

    def widths(self, width: float) -> list[float]:
        """Column widths."""
        total = sum(self.shares)
        return [width * share / total for share in self.shares]

    def heights(self, width: float) -> list[float]:
        """Row heights."""
        if width not in self._heights:
            self._heights[width] = [self._row_height(row, width) for row in self.rows]
        return self._heights[width]

    def _row_height(self, row: Sequence[Cell], width: float) -> float:
        cells = self._placed(row, 0, width)
        return max(self.least, max(cell.height(room - 2 * self.pad) for cell, _, room in cells) + 2 * self.pad)

    def _placed(self, row: Sequence[Cell], x: float, width: float) -> list[tuple[Cell, float, float]]:
        widths, column, placed = self.widths(width), 0, []
        for cell in row:
            room = sum(widths[column : column + cell.span])
            placed.append((cell, x, room))
            x += room
            column += cell.span
        return placed

    def height(self, width: float) -> float:
        """Points needed for this width."""
        return sum(self.heights(width))

    def split(self, width: float, room: float) -> tuple[Block, Block] | None:
        """Cut between rows, at least one row besides the head above; cut a tall row inside."""
        if self.height(width) <= self.whole_below:
            return None
        heights, used = self.heights(width), 0.0
        for number, height in enumerate(heights):
            if used + height > room + 0.01:
                return self._cut(number, width, room - used)
            used += height
        return None

    def _cut(self, number: int, width: float, room: float) -> tuple[Block, Block] | None:
        rows, head = list(self.rows), list(self.rows[: self.head])
        if number >= self.head and self.heights(width)[number] > self.tall:
            parts = self._cut_row(rows[number], width, room)
            if parts:
                return self._with([*rows[:number], parts[0]], last=False), self._with(
                    [*head, parts[1], *rows[number + 1 :]]
                )
        if number <= self.head:
            return None
        return self._with(rows[:number], last=False), self._with(head + rows[number:])

    def _with(self, rows: Sequence[Sequence[Cell]], *, last: bool = True) -> Table:
        return replace(self, rows=rows, after=self.after if last else 0.0, keep_next=False, _heights={})

    def _cut_row(self, row: Sequence[Cell], width: float, room: float) -> tuple[list[Cell], list[Cell]] | None:
        upper, lower = [], []
        for cell, _, cell_room in self._placed(row, 0, width):
            parts = _cut_cell(cell, cell_room - 2 * self.pad, room - 2 * self.pad)
            if parts is None:
                return None
            upper.append(parts[0])
            lower.append(parts[1])
        return upper, lower

    def draw(self, canvas: Canvas, x: float, top: float, width: float) -> None:
        """Draw below `top`."""
        y = top
        for row, height in zip(self.rows, self.heights(width), strict=True):
            self._draw_row(canvas, row, x, y, width, height)
            y -= height
        if self.lines:
            _outline(canvas, x, y, width, top - y)

    def _draw_row(self, canvas: Canvas, row: Sequence[Cell], x: float, top: float, width: float, height: float) -> None:
        for cell, left, room in self._placed(row, x, width):
            if cell.shade:
                canvas.setFillColorRGB(*cell.shade)
                canvas.rect(left, top - height, room, height, stroke=0, fill=1)
                canvas.setFillColorRGB(*INK)
            if self.lines:
                _outline(canvas, left, top - height, room, height)
            spare = height - 2 * self.pad - cell.height(room - 2 * self.pad)
            sunk = spare / 2 if height < 60 else 0.0  # values stand beside their labels; tall rows start at the top
            self._draw_cell(canvas, cell, left + self.pad, top - self.pad - sunk, room - 2 * self.pad)

    def _draw_cell(self, canvas: Canvas, cell: Cell, x: float, top: float, width: float) -> None:
        for number, block in enumerate(cell.blocks):
            top -= block.before if number else 0
            block.draw(canvas, x, top, width)
            top -= block.height(width)


def _outline(canvas: Canvas, x: float, y: float, width: float, height: float) -> None:
    canvas.setStrokeColorRGB(*HAIR)
    canvas.setLineWidth(0.5)
    canvas.rect(x, y, width, height, stroke=1, fill=0)


def _cut_cell(cell: Cell, width: float, room: float) -> tuple[Cell, Cell] | None:
    """The blocks that fit and the rest; a cell that fits whole leaves an empty rest."""
    if cell.height(width) <= room:
        return cell, replace(cell, blocks=())
    upper: list[Block] = []
    for number, block in enumerate(cell.blocks):
        need = block.height(width) + (block.before if number else 0)
        if need <= room:
            upper.append(block)
            room -= need
            continue
        parts = block.split(width, room)
        if parts:
            rest = (parts[1], *cell.blocks[number + 1 :])
            return replace(cell, blocks=(*upper, parts[0])), replace(cell, blocks=rest)
        if not upper:
            return None
        return replace(cell, blocks=tuple(upper)), replace(cell, blocks=cell.blocks[number:])
    return None


def label_cell(zh: str, en: str = "", *, span: int = 1) -> Cell:
    """A shaded cell with a Chinese label and a small English one."""
    blocks = [para(zh, LABEL)] + ([para(en, LABEL_EN)] if en else [])
    return Cell(tuple(blocks), shade=PALE, span=span)


def value_cell(runs: Sequence[Run], *, span: int = 1, style: Style = VALUE) -> Cell:
    """A cell with one paragraph."""
    return Cell((Para(runs, style),), span=span)


@dataclass(frozen=True, slots=True)
class Area:
    """A place that only a hand may fill: page number from 1, and the rectangle in points from the lower left."""

    page: int
    kind: str
    x: float
    y: float
    width: float
    height: float


def mark_area(canvas: Canvas, kind: str, x: float, y: float, width: float, height: float) -> None:
    """Remember a place that must stay empty, for tests and for those who check a returned scan."""
    areas = getattr(canvas, "never_areas", None)
    if areas is not None:
        areas.append(Area(canvas.getPageNumber(), kind, x, y, width, height))


@dataclass(frozen=True, slots=True)
class SignRow:
    """One line of a signature area: its label and what a hand puts there (`sign`, `seal`, `date`, `fingerprint`).

    `text` rows print `value` instead; an empty value leaves the rule.
    """

    label: str
    kind: str = "sign"
    value: str = ""


ROW_HEIGHT = {
    "sign": 34.0,
    "seal": 46.0,
    "date": 30.0,
    "fingerprint": 58.0,
    "hand": 30.0,
    "provider": 34.0,
    "text": 26.0,
}


@dataclass
class SignatureBlock:
    """Labels with empty rules at the right of the page; never cut, never filled."""

    rows: Sequence[SignRow]
    before: float = 22.0
    after: float = 6.0
    keep_next: bool = False
    style: Style = field(default_factory=lambda: Style(size=11, leading=16, align="left", after=0))
    start: float = 0.34
    density: float = 1.0

    def height(self, width: float) -> float:
        """Points needed for this width."""
        return sum(self._row_height(row, width) for row in self.rows)

    def split(self, width: float, room: float) -> tuple[Block, Block] | None:
        """A signature belongs to its text: not divisible."""
        return None

    def _label(self, row: SignRow) -> Para:
        return para(row.label, self.style)

    def _row_height(self, row: SignRow, width: float) -> float:
        value = self._value(row, width).height(self._value_room(row, width)) if row.value else 0
        return max(ROW_HEIGHT[row.kind] * self.density, value + 8, self.style.leading + 8)

    def _value(self, row: SignRow, width: float) -> Para:
        return Para([Run(row.value, mark="fill", tight=True)], self.style)

    def _label_width(self, row: SignRow, width: float) -> float:
        return min(self._label(row).natural_width(width), width * 0.5) + 4

    def _value_room(self, row: SignRow, width: float) -> float:
        return width * (1 - self.start) - self._label_width(row, width)

    def draw(self, canvas: Canvas, x: float, top: float, width: float) -> None:
        """Draw below `top`."""
        left = x + width * self.start
        for row in self.rows:
            height = self._row_height(row, width)
            self._draw_row(canvas, row, left, top - height, width)
            top -= height

    def _draw_row(self, canvas: Canvas, row: SignRow, x: float, low: float, width: float) -> None:
        label_width, room = self._label_width(row, width), self._value_room(row, width)
        base = low + 6
        label_top = base + self.style.leading - 3
        self._label(row).draw(canvas, x, label_top, label_width + 2)
        left = x + label_width
        height = self._row_height(row, width)
        if row.kind == "date":
            self._draw_date(canvas, left, label_top, base, height)
        elif row.value:
            value = self._value(row, width)
            value.draw(canvas, left, label_top + value.height(room) - self.style.leading, room)
        elif row.kind == "fingerprint":
            _dashed(canvas, left, low + 4, 48, 48)
            mark_area(canvas, row.kind, left, low + 4, 48, 48)
        else:
            _line(canvas, left, left + room, base)
            if row.kind != "text":
                mark_area(canvas, row.kind, left, base + 1, room, height - 8)

    def _draw_date(self, canvas: Canvas, x: float, top: float, base: float, height: float) -> None:
        size = self.style.size
        for blank, unit in ((3.4, "年"), (2.2, "月"), (2.2, "日")):
            room = blank * size
            _line(canvas, x, x + room, base)
            mark_area(canvas, "date", x, base + 1, room, height - 10)
            para(unit, self.style).draw(canvas, x + room + 2, top, size * 1.5)
            x += room + size + 6


def _line(canvas: Canvas, left: float, right: float, y: float) -> None:
    canvas.setStrokeColorRGB(*INK)
    canvas.setLineWidth(0.45)
    canvas.line(left, y, right, y)


def _dashed(canvas: Canvas, x: float, y: float, width: float, height: float) -> None:
    canvas.setStrokeColorRGB(0.6, 0.62, 0.65)
    canvas.setLineWidth(0.5)
    canvas.setDash(2, 2)
    canvas.rect(x, y, width, height, stroke=1, fill=0)
    canvas.setDash()


@dataclass
class NeverBox:
    """A framed empty area to be filled by hand, with a small caption above it."""

    caption: str
    kind: str
    room: float = 70.0
    ruled: bool = True
    before: float = 8.0
    after: float = 8.0
    keep_next: bool = False
    style: Style = LABEL

    def _caption(self) -> Para:
        return para(self.caption, self.style)

    def height(self, width: float) -> float:
        """Points needed for this width."""
        return self._caption().height(width) + 3 + self.room

    def split(self, width: float, room: float) -> tuple[Block, Block] | None:
        """Not divisible."""
        return None

    def draw(self, canvas: Canvas, x: float, top: float, width: float) -> None:
        """Draw below `top`."""
        caption = self._caption()
        caption.draw(canvas, x, top, width)
        top -= caption.height(width) + 3
        _outline(canvas, x, top - self.room, width, self.room)
        mark_area(canvas, self.kind, x + 1, top - self.room + 1, width - 2, self.room - 2)


@dataclass
class Image:
    """A picture, scaled to fit, never enlarged beyond `scale` points a pixel."""

    picture: Picture
    max_width: float
    max_height: float
    align: str = "left"
    frame: bool = False
    before: float = 0.0
    after: float = 0.0
    keep_next: bool = False

    def size(self, width: float) -> tuple[float, float]:
        """Drawn size in points."""
        return self.picture.fit(min(width, self.max_width), self.max_height)

    def height(self, width: float) -> float:
        """Points needed for this width."""
        return self.size(width)[1]

    def split(self, width: float, room: float) -> tuple[Block, Block] | None:
        """Not divisible."""
        return None

    def draw(self, canvas: Canvas, x: float, top: float, width: float) -> None:
        """Draw below `top`."""
        wide, high = self.size(width)
        if self.align == "center":
            x += (width - wide) / 2
        self.picture.draw(canvas, x, top - high, wide, high)
        if self.frame:
            _outline(canvas, x, top - high, wide, high)
