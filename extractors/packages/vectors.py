"""Vector drawables (矢量图标): the flat shapes of a compiled `<vector>`, for icons that have no raster.

Filled paths with groups moved, turned and scaled; a gradient becomes the mean of its colours. Strokes, clipping and
shadows are left out. Format: developer.android.com, VectorDrawable.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice, pairwise

from extractors.packages.axml import AxmlError, Document, Element, Value

MAX_POINTS = 200_000
MAX_SHAPES = 300
MAX_OUTLINES = 3000
_WIDTH, _HEIGHT, _FILL, _DATA = 0x01010402, 0x01010403, 0x01010404, 0x01010405
_TURN, _SCALE_X, _SCALE_Y = 0x01010326, 0x01010324, 0x01010325
_MOVE_X, _MOVE_Y, _PIVOT_X, _PIVOT_Y = 0x0101045A, 0x0101045B, 0x010101B5, 0x010101B6
_GRADIENT_COLOURS = (0x0101019D, 0x0101019E, 0x010101A5)
_TOKEN = re.compile(r"([MmLlHhVvCcSsQqTtAaZz])|([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)")
_COUNTS = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7, "Z": 0}
_STEPS = 12
_TYPE_FLOAT, _TYPE_INTEGER = 4, 0x10

Point = complex
Matrix = tuple[complex, complex, complex]  # of x + iy: moved by [0], with the axes going to [1] and [2]


@dataclass(frozen=True, slots=True)
class Shape:
    """One filled path: its colour as 0xaarrggbb and its closed outlines, in parts of the drawing's size."""

    colour: int
    outlines: tuple[tuple[Point, ...], ...]


def is_vector(data: bytes) -> bool:
    """Whether compiled XML is a vector drawable with something to draw."""
    try:
        elements = Document(data).elements
    except (AxmlError, struct.error):
        return False
    return bool(elements) and elements[0].name == "vector" and any(one.name == "path" for one in elements)


def read_vector(data: bytes, colour_of: Callable[[Value], int | None]) -> tuple[Shape, ...]:
    """Return a vector's shapes, undermost first; none where it is damaged. `colour_of` looks colours up."""
    try:
        document = Document(data)
    except (AxmlError, struct.error):
        return ()
    root = document.elements[0] if document.elements else None
    if root is None or root.name != "vector":
        return ()
    width, height = (_number(document, root, key, 0.0) for key in (_WIDTH, _HEIGHT))
    if not (0 < width < 1e6 and 0 < height < 1e6):
        return ()
    return tuple(islice(_shapes(document, width, height, colour_of), MAX_SHAPES))


def gradient_colour(data: bytes) -> int | None:
    """Return the mean colour of a compiled `<gradient>`; None where it is none."""
    try:
        document = Document(data)
    except (AxmlError, struct.error):
        return None
    values = [document.value(one, key) for one in document.elements for key in _GRADIENT_COLOURS]
    colours = [one.data for one in values if one is not None and 0x1C <= one.kind <= 0x1F]
    if not colours:
        return None
    parts = (sum(colour >> shift & 0xFF for colour in colours) // len(colours) << shift for shift in (24, 16, 8, 0))
    return sum(parts)


def _shapes(
    document: Document, width: float, height: float, colour_of: Callable[[Value], int | None]
) -> Iterator[Shape]:
    matrices: dict[int, Matrix] = {}
    points, lines = MAX_POINTS, MAX_OUTLINES
    for element in document.elements:
        around = matrices.get(element.parent, (0j, 1 + 0j, 1j))
        matrices[element.number] = _within(around, document, element) if element.name == "group" else around
        fill, drawn = document.value(element, _FILL), document.value(element, _DATA)
        colour = colour_of(fill) if fill and drawn and element.name == "path" else None
        if colour is None or drawn is None:
            continue
        outlines = [[_moved(around, point) for point in outline] for outline in path_outlines(drawn.text)]
        points -= sum(map(len, outlines))
        lines -= len(outlines)
        if points < 0 or lines < 0:
            return
        yield Shape(colour, tuple(tuple(_sized(one, width, height) for one in line) for line in outlines))


def _sized(point: Point, width: float, height: float) -> Point:
    # What lies far outside is not seen, wherever it is; comparing this way also ends what is no number.
    return complex(max(-9.0, min(9.0, point.real / width)), max(-9.0, min(9.0, point.imag / height)))


def _moved(matrix: Matrix, point: Point) -> Point:
    return matrix[0] + matrix[1] * point.real + matrix[2] * point.imag


def _within(around: Matrix, document: Document, group: Element) -> Matrix:
    """A group's own change of place, inside that of the groups around it."""
    pivot = complex(_number(document, group, _PIVOT_X, 0), _number(document, group, _PIVOT_Y, 0))
    move = complex(_number(document, group, _MOVE_X, 0), _number(document, group, _MOVE_Y, 0))
    angle = math.radians(_number(document, group, _TURN, 0))
    turn = complex(math.cos(angle), math.sin(angle))
    axis_x, axis_y = turn * _number(document, group, _SCALE_X, 1), turn * 1j * _number(document, group, _SCALE_Y, 1)
    start = pivot + move - axis_x * pivot.real - axis_y * pivot.imag
    origin = around[0]
    return _moved(around, start), _moved(around, axis_x) - origin, _moved(around, axis_y) - origin


def _number(document: Document, element: Element, key: int, otherwise: float) -> float:
    value = document.value(element, key)
    if value is None:
        return otherwise
    if value.kind == _TYPE_FLOAT:
        number = float(struct.unpack("<f", struct.pack("<I", value.data))[0])
        return number if math.isfinite(number) and abs(number) < 1e6 else otherwise
    return float(value.data) if value.kind == _TYPE_INTEGER and value.data < 1 << 20 else otherwise


# --- path data -------------------------------------------------------------------------------------------------


def path_outlines(text: str) -> list[list[Point]]:
    """Return the outlines of path data (the language of SVG's `d`), curves as short lines; as far as it can be read."""
    pen = _Pen()
    command = ""
    numbers: list[float] = []
    for letter, number in _TOKEN.findall(text):
        if letter:
            command, numbers = letter, []
            if letter in "Zz":
                pen.close()
            continue
        numbers.append(max(-1e6, min(1e6, float(number))))
        if command and len(numbers) == _COUNTS[command.upper()]:
            pen.draw(command, numbers)
            command = {"M": "L", "m": "l"}.get(command, command)
            numbers = []
    return pen.outlines


class _Pen:
    def __init__(self) -> None:
        self.outlines: list[list[Point]] = []
        self._at = self._start = self._handle = 0j
        self._last = ""

    def close(self) -> None:
        self._at, self._last = self._start, "Z"

    def draw(self, command: str, numbers: list[float]) -> None:
        kind, base = command.upper(), self._at if command.islower() else 0j
        if kind == "M":
            self._at = self._start = base + complex(*numbers)
            self.outlines.append([self._at])
        elif kind in "HV":
            still = 1j * self._at.imag if kind == "H" else self._at.real
            along = numbers[0] + base.real if kind == "H" else 1j * (numbers[0] + base.imag)
            self._line([still + along])
        elif kind == "A":
            self._line(list(_arc(self._at, numbers, base + complex(*numbers[5:]))))
        else:
            self._curve(kind, [base + complex(*numbers[at : at + 2]) for at in range(0, len(numbers), 2)])
        self._last = kind

    def _curve(self, kind: str, points: list[Point]) -> None:
        if kind in "ST":
            family = "CS" if kind == "S" else "QT"
            points = [2 * self._at - self._handle if self._last in family else self._at, *points]
        if kind != "L":
            self._handle = points[-2]
        self._line(points if kind == "L" else list(_bezier([self._at, *points])))

    def _line(self, points: list[Point]) -> None:
        if not self.outlines or self._last == "Z":
            self.outlines.append([self._at])
        self.outlines[-1] += points
        self._at = points[-1]


def _bezier(points: list[Point]) -> Iterator[Point]:
    for step in range(1, _STEPS + 1):
        level, share = points, step / _STEPS
        while len(level) > 1:
            level = [one + (other - one) * share for one, other in pairwise(level)]
        yield level[0]


def _arc(start: Point, numbers: list[float], end: Point) -> Iterator[Point]:
    """The arc of SVG's implementation notes (F.6.5), as short lines."""
    wide, high = abs(numbers[0]), abs(numbers[1])
    if not wide or not high or start == end:
        yield end
        return
    turn = complex(math.cos(math.radians(numbers[2])), math.sin(math.radians(numbers[2])))

    def round_of(point: Point) -> Point:
        flat = point / turn
        return complex(flat.real / wide, flat.imag / high)

    def back(point: Point) -> Point:
        return complex(point.real * wide, point.imag * high) * turn

    one, other = round_of(start), round_of(end)
    half = abs(other - one) / 2
    away = math.sqrt(max(0.0, 1 - half * half)) if half <= 1 else 0.0
    side = 1 if bool(numbers[3]) != bool(numbers[4]) else -1
    centre = (one + other) / 2 + side * away * 1j * (other - one) / (2 * half)
    first = math.atan2((one - centre).imag, (one - centre).real)
    sweep = math.atan2((other - centre).imag, (other - centre).real) - first
    if numbers[4] and sweep < 0:
        sweep += 2 * math.pi
    elif not numbers[4] and sweep > 0:
        sweep -= 2 * math.pi
    radius = max(1.0, half)
    for step in range(1, 2 * _STEPS):
        angle = first + sweep * step / (2 * _STEPS)
        yield back(centre + radius * complex(math.cos(angle), math.sin(angle)))
    yield end
