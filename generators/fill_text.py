"""Where the characters and straight rules of a PDF page lie: read from its drawing instructions with pypdf.

Enough for printed forms: text of all kinds of fonts that can be read at all, lines, boxes and thin filled bars, also
inside form objects. Curves and pictures are passed over; vertical writing is not understood.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from pypdf import PageObject
from pypdf.generic import ContentStream, DictionaryObject
from pypdf.generic._font import Font  # pypdf has no public way from codes to characters and widths

from generators.errors import GenerateError

Box = tuple[float, float, float, float]
Matrix = tuple[float, float, float, float, float, float]
IDENTITY: Matrix = (1, 0, 0, 1, 0, 0)
MAX_OPERATIONS = 400_000
MAX_DEPTH = 6
THIN = 2.5
"""A filled bar of at most this many points is a rule."""
SIDES = (5.0, 16.0)
"""How wide a drawn tick box may be, in points."""
PAINTED = {b"S", b"s", b"B", b"B*", b"b", b"b*"}
FILLED = {b"f", b"F", b"f*"}


@dataclass(frozen=True, slots=True)
class Glyph:
    """A character from `x0` to `x1` on the baseline `y`."""

    char: str
    x0: float
    x1: float
    y: float
    size: float

    @property
    def middle(self) -> tuple[float, float]:
        """The centre of the character's em box."""
        return (self.x0 + self.x1) / 2, self.y + 0.36 * self.size


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line along an axis; `x0 <= x1` and `y0 <= y1`."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def is_flat(self) -> bool:
        """Whether it is horizontal."""
        return self.x1 - self.x0 >= self.y1 - self.y0


@dataclass
class Drawn:
    """What a page shows; `squares` are drawn tick boxes, whose sides are no rules."""

    glyphs: list[Glyph] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    squares: list[Box] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Text:
    """The text state; part of what `q` keeps."""

    font: Font | None = None
    size: float = 0.0
    spacing: float = 0.0
    word: float = 0.0
    scale: float = 1.0
    leading: float = 0.0
    rise: float = 0.0


def read_page(page: PageObject) -> Drawn:
    """All characters and rules of a page, in its own coordinates.

    Raises:
        GenerateError: the page has more drawing instructions than any form.
    """
    drawn = Drawn()
    contents = page.get_contents()
    if contents is not None:
        _Reader(drawn).run(contents, _resources(page), IDENTITY, 0)
    return drawn


def _resources(holder: DictionaryObject) -> DictionaryObject:
    found = holder.get("/Resources")
    return found.get_object() if found is not None else DictionaryObject()


def multiply(a: Matrix, b: Matrix) -> Matrix:
    """First `a`, then `b`."""
    return (
        a[0] * b[0] + a[1] * b[2],
        a[0] * b[1] + a[1] * b[3],
        a[2] * b[0] + a[3] * b[2],
        a[2] * b[1] + a[3] * b[3],
        a[4] * b[0] + a[5] * b[2] + b[4],
        a[4] * b[1] + a[5] * b[3] + b[5],
    )


def apply(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    """A point through a matrix."""
    return matrix[0] * x + matrix[2] * y + matrix[4], matrix[1] * x + matrix[3] * y + matrix[5]


class _Reader:
    """Runs drawing instructions and notes what they draw."""

    def __init__(self, drawn: Drawn) -> None:
        self.drawn = drawn
        self.count = 0
        self.fonts: dict[int, Font] = {}

    def run(self, stream: ContentStream, resources: DictionaryObject, start: Matrix, depth: int) -> None:
        """One content stream; form objects inside call this again."""
        self.resources, self.depth = resources, depth
        self.matrix, self.text = start, _Text()
        self.line = self.cursor = IDENTITY
        self.stack: list[tuple[Matrix, _Text]] = []
        self.path: list[tuple[float, float, float, float]] = []
        self.squares: list[Box] = []
        self.point = self.first = (0.0, 0.0)
        for operands, operator in stream.operations:
            self.count += 1
            if self.count > MAX_OPERATIONS:
                raise GenerateError(
                    "模板过于复杂，无法读取版面。请换用官方的空白表格。", "The template is too complex to be read."
                )
            self._step(operator, operands)

    def _step(self, operator: bytes, operands: Any) -> None:
        action = _ACTIONS.get(operator)
        if action is not None:
            try:
                action(self, *operands)
            except (TypeError, ValueError, AttributeError, KeyError):
                return  # a malformed instruction draws nothing, in viewers too

    def save(self) -> None:
        self.stack.append((self.matrix, self.text))

    def restore(self) -> None:
        if self.stack:
            self.matrix, self.text = self.stack.pop()

    def concat(self, *values: Any) -> None:
        self.matrix = multiply(_matrix(values), self.matrix)

    def begin(self) -> None:
        self.line = self.cursor = IDENTITY

    def set_font(self, name: Any, size: Any) -> None:
        font = self.resources["/Font"][name].get_object()  # type: ignore[index]
        known = self.fonts.get(id(font))
        if known is None:
            known = self.fonts[id(font)] = Font.from_font_resource(font)
        self.text = replace(self.text, font=known, size=float(size))

    def set_spacing(self, value: Any) -> None:
        self.text = replace(self.text, spacing=float(value))

    def set_word(self, value: Any) -> None:
        self.text = replace(self.text, word=float(value))

    def set_scale(self, value: Any) -> None:
        self.text = replace(self.text, scale=float(value) / 100)

    def set_leading(self, value: Any) -> None:
        self.text = replace(self.text, leading=float(value))

    def set_rise(self, value: Any) -> None:
        self.text = replace(self.text, rise=float(value))

    def move(self, x: Any, y: Any) -> None:
        self.line = self.cursor = multiply((1, 0, 0, 1, float(x), float(y)), self.line)

    def move_leading(self, x: Any, y: Any) -> None:
        self.set_leading(-float(y))
        self.move(x, y)

    def set_matrix(self, *values: Any) -> None:
        self.line = self.cursor = _matrix(values)

    def next_line(self) -> None:
        self.move(0, -self.text.leading)

    def show(self, text: Any) -> None:
        for raw, shown in _decode(self.text.font, text):
            self._glyph(raw, shown)

    def show_array(self, items: Any) -> None:
        for item in items:
            if isinstance(item, int | float):
                self._advance(-float(item) / 1000 * self.text.size * self.text.scale)
            else:
                self.show(item)

    def next_show(self, text: Any) -> None:
        self.next_line()
        self.show(text)

    def spaced_show(self, word: Any, spacing: Any, text: Any) -> None:
        self.set_word(word)
        self.set_spacing(spacing)
        self.next_show(text)

    def _glyph(self, raw: str, shown: str) -> None:
        state = self.text
        if state.font is None:
            return
        widths = state.font.character_widths
        width = float(widths.get(raw, widths.get("default", 500))) / 1000 * state.size
        full = multiply((state.scale, 0, 0, 1, 0, state.rise), multiply(self.cursor, self.matrix))
        x0, y = apply(full, 0, 0)
        x1, _ = apply(full, width, 0)
        size = abs(full[3]) * state.size or state.size
        self.drawn.glyphs.append(Glyph(shown, min(x0, x1), max(x0, x1), y, size))
        self._advance((width + state.spacing + (state.word if raw == " " else 0)) * state.scale)

    def _advance(self, x: float) -> None:
        self.cursor = multiply((1, 0, 0, 1, x, 0), self.cursor)

    def rectangle(self, x: Any, y: Any, width: Any, height: Any) -> None:
        left, low = float(x), float(y)
        right, high = left + float(width), low + float(height)
        self.point = self.first = (left, low)
        x0, y0, x1, y1 = (*apply(self.matrix, left, low), *apply(self.matrix, right, high))
        if _is_square(abs(x1 - x0), abs(y1 - y0)):
            self.squares.append((min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)))
            return
        corners = [(left, low), (right, low), (right, high), (left, high)]
        for start, end in zip(corners, [*corners[1:], corners[0]], strict=True):
            self._side(start, end)

    def move_to(self, x: Any, y: Any) -> None:
        self.point = self.first = (float(x), float(y))

    def line_to(self, x: Any, y: Any) -> None:
        end = (float(x), float(y))
        self._side(self.point, end)
        self.point = end

    def close(self) -> None:
        self._side(self.point, self.first)

    def _side(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        self.path.append((*apply(self.matrix, *start), *apply(self.matrix, *end)))

    def stroke(self) -> None:
        self.drawn.rules.extend(rule for side in self.path if (rule := _rule(side)))
        self.drawn.squares.extend(self.squares)
        self.drop()

    def fill(self) -> None:
        if self.path:
            xs = [x for side in self.path for x in (side[0], side[2])]
            ys = [y for side in self.path for y in (side[1], side[3])]
            bar = Rule(min(xs), min(ys), max(xs), max(ys))
            if min(bar.x1 - bar.x0, bar.y1 - bar.y0) <= THIN:
                self.drawn.rules.append(bar)
        self.drop()

    def drop(self) -> None:
        self.path, self.squares = [], []

    def do(self, name: Any) -> None:
        form = self.resources["/XObject"][name].get_object()  # type: ignore[index]
        if form.get("/Subtype") != "/Form" or self.depth >= MAX_DEPTH:
            return
        inner = _Reader(self.drawn)
        inner.count, inner.fonts = self.count, self.fonts
        matrix = multiply(_matrix(form.get("/Matrix", IDENTITY)), self.matrix)
        own = _resources(form) if "/Resources" in form else self.resources
        inner.run(ContentStream(form, None), own, matrix, self.depth + 1)
        self.count = inner.count


_ACTIONS: dict[bytes, Any] = {
    b"q": _Reader.save,
    b"Q": _Reader.restore,
    b"cm": _Reader.concat,
    b"BT": _Reader.begin,
    b"Tf": _Reader.set_font,
    b"Tc": _Reader.set_spacing,
    b"Tw": _Reader.set_word,
    b"Tz": _Reader.set_scale,
    b"TL": _Reader.set_leading,
    b"Ts": _Reader.set_rise,
    b"Td": _Reader.move,
    b"TD": _Reader.move_leading,
    b"Tm": _Reader.set_matrix,
    b"T*": _Reader.next_line,
    b"Tj": _Reader.show,
    b"TJ": _Reader.show_array,
    b"'": _Reader.next_show,
    b'"': _Reader.spaced_show,
    b"re": _Reader.rectangle,
    b"m": _Reader.move_to,
    b"l": _Reader.line_to,
    b"h": _Reader.close,
    b"n": _Reader.drop,
    b"Do": _Reader.do,
    **dict.fromkeys(PAINTED, _Reader.stroke),
    **dict.fromkeys(FILLED, _Reader.fill),
}


def _matrix(values: Any) -> Matrix:
    a, b, c, d, e, f = (float(value) for value in values)
    return a, b, c, d, e, f


def _is_square(width: float, height: float) -> bool:
    """Whether a rectangle is small and square enough for a tick box."""
    return SIDES[0] <= width <= SIDES[1] and abs(width - height) <= 0.15 * width


def _rule(side: tuple[float, float, float, float]) -> Rule | None:
    x0, y0, x1, y1 = side
    rule = Rule(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
    return rule if min(rule.x1 - rule.x0, rule.y1 - rule.y0) < 1 else None


def _decode(font: Font | None, text: Any) -> Iterator[tuple[str, str]]:
    """Codes as the widths know them, and the characters they show."""
    if font is None:
        return
    raw = getattr(text, "original_bytes", text)
    data = raw if isinstance(raw, bytes) else str(raw).encode("latin-1", "replace")
    if isinstance(font.encoding, str):
        codes = data.decode(font.encoding, "surrogatepass" if "utf" in font.encoding else "replace")
    else:
        codes = "".join(font.encoding.get(code, chr(code)) for code in data)
    for code in codes:
        yield code, font.character_map.get(code, code)
