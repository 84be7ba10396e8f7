"""Vector drawables (矢量图标): a compiled `<vector>` said as SVG, for icons that have no raster.

Paths with fill, stroke and gradients, groups moved, turned and scaled, clip paths, transparency and tint. Shadows and
trimmed paths (for animation) are left out; a sweep gradient becomes the mean of its colours. Formats:
developer.android.com, VectorDrawable and GradientColor; resource ids as published in the platform's `public.xml`.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from extractors.packages.axml import AxmlError, Document, Element, Value

MAX_SHAPES = 2000
MAX_PATH_TEXT = 400_000
MAX_DEPTH = 40
_WIDTH, _HEIGHT, _ALPHA, _TINT = 0x01010402, 0x01010403, 0x0101031F, 0x01010121
_DATA, _FILL, _FILL_ALPHA, _FILL_TYPE = 0x01010405, 0x01010404, 0x010104CC, 0x0101051E
_STROKE, _STROKE_WIDTH, _STROKE_ALPHA = 0x01010406, 0x01010407, 0x010104CB
_CAP, _JOIN, _MITER = 0x0101040B, 0x0101040C, 0x0101040D
_TURN, _SCALE_X, _SCALE_Y = 0x01010326, 0x01010324, 0x01010325
_MOVE_X, _MOVE_Y, _PIVOT_X, _PIVOT_Y = 0x0101045A, 0x0101045B, 0x010101B5, 0x010101B6
_KIND, _COLOUR, _OFFSET, _TILE = 0x010101A1, 0x010101A5, 0x01010514, 0x01010201
_STOPS = ((0.0, 0x0101019D), (0.5, 0x0101020B), (1.0, 0x0101019E))
_LINE = (("x1", 0x01010510), ("y1", 0x01010511), ("x2", 0x01010512), ("y2", 0x01010513))
_CIRCLE = (("cx", 0x010101A2), ("cy", 0x010101A3), ("r", 0x010101A4))
_CAPS, _JOINS, _SPREADS = ("butt", "round", "square"), ("miter", "round", "bevel"), ("pad", "repeat", "reflect")
_IS_PATH = re.compile(r"[MmLlHhVvCcSsQqTtAaZz0-9eE.,+\-\s]*")
_TYPE_FLOAT, _TYPE_INTEGER = 4, 0x10


@dataclass(frozen=True, slots=True)
class Gradient:
    """A compiled `<gradient>`: `tag` with its SVG attributes, and (offset, 0xaarrggbb) stops."""

    tag: str
    attributes: tuple[tuple[str, str], ...]
    stops: tuple[tuple[float, int], ...]


Paint = int | Gradient
PaintOf = Callable[[Value], Paint | None]


def is_vector(data: bytes) -> bool:
    """Whether compiled XML is a vector drawable with something to draw."""
    try:
        elements = Document(data).elements
    except (AxmlError, struct.error):
        return False
    return bool(elements) and elements[0].name == "vector" and any(one.name == "path" for one in elements)


def to_svg(data: bytes, paint_of: PaintOf, side: int) -> str:
    """Return a vector drawable as SVG of `side` pixels; empty where it is damaged. `paint_of` looks paints up."""
    try:
        document = Document(data)
    except (AxmlError, struct.error):
        return ""
    root = document.elements[0] if document.elements else None
    if root is None or root.name != "vector":
        return ""
    width, height = (_number(document, root, key, 0.0) for key in (_WIDTH, _HEIGHT))
    if width <= 0 or height <= 0:
        return ""
    drawing = _Drawing(document, paint_of, _tint(document, root, paint_of))
    inside = drawing.children(root, 0)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{side}" height="{side}" preserveAspectRatio="none" '
        f'viewBox="0 0 {_text(width)} {_text(height)}"><defs>{"".join(drawing.defined)}</defs>'
        f'<g opacity="{_text(_share(document, root, _ALPHA))}">{inside}</g></svg>'
    )


def gradient(document: Document, paint_of: PaintOf) -> Gradient | int | None:
    """Return a compiled `<gradient>`, the last colour of a `<selector>`; None where it is neither."""
    root = document.elements[0] if document.elements else None
    if root is None or root.name not in ("gradient", "selector"):
        return None
    stops = tuple(_stops(document, root, paint_of))
    if not stops or root.name == "selector":
        return stops[-1][1] if stops else None
    kind = _choice(document, root, _KIND, ("linear", "radial", "sweep"))
    if kind == "sweep":
        return _mean([colour for _, colour in stops])
    tag, places = ("radialGradient", _CIRCLE) if kind == "radial" else ("linearGradient", _LINE)
    attributes = [(name, _text(_number(document, root, key, 0.0))) for name, key in places]
    return Gradient(tag, (*attributes, ("spreadMethod", _choice(document, root, _TILE, _SPREADS))), stops)


def _stops(document: Document, root: Element, paint_of: PaintOf) -> list[tuple[float, int]]:
    items = [one for one in document.elements if one.parent == root.number and one.name == "item"]
    pairs = [(_number(document, one, _OFFSET, 0.0), document.value(one, _COLOUR)) for one in items]
    pairs = pairs or [(place, document.value(root, key)) for place, key in _STOPS]
    found = ((place, paint_of(value)) for place, value in pairs[:100] if value is not None)
    return [(max(0.0, min(1.0, place)), paint) for place, paint in found if isinstance(paint, int)]


def _mean(colours: Sequence[int]) -> int:
    return sum(sum(one >> shift & 0xFF for one in colours) // len(colours) << shift for shift in (24, 16, 8, 0))


def _tint(document: Document, root: Element, paint_of: PaintOf) -> int | None:
    value = document.value(root, _TINT)
    paint = paint_of(value) if value is not None else None
    return paint if isinstance(paint, int) else None


@dataclass(slots=True)
class _Drawing:
    """What is drawn so far of one document, and the definitions its paints and clip paths refer to."""

    document: Document
    paint_of: PaintOf
    tint: int | None
    defined: list[str] = field(default_factory=list)
    inside: dict[int, list[Element]] = field(default_factory=dict)
    shapes: int = MAX_SHAPES
    letters: int = MAX_PATH_TEXT

    def __post_init__(self) -> None:
        for element in self.document.elements:
            self.inside.setdefault(element.parent, []).append(element)

    def children(self, parent: Element, depth: int) -> str:
        """Groups and paths in order; a clip path holds for what comes after it in its group."""
        parts, open_clips = [], 0
        for element in self.inside.get(parent.number, ()) if depth < MAX_DEPTH else ():
            if element.name == "group":
                transform = _transform(self.document, element)
                parts.append(f'<g transform="{transform}">{self.children(element, depth + 1)}</g>')
            elif element.name == "path":
                parts.append(self.path(element))
            elif element.name == "clip-path" and open_clips < MAX_DEPTH and (outline := self.outline(element)):
                clip = self.define("clipPath", (), f'<path d="{outline}"/>')
                parts.append(f'<g clip-path="url(#{clip})">')
                open_clips += 1
        return "".join(parts) + "</g>" * open_clips

    def path(self, element: Element) -> str:
        outline = self.outline(element)
        if not outline:
            return ""
        rule = _choice(self.document, element, _FILL_TYPE, ("nonzero", "evenodd"))
        drawn = self.paint(element, "fill", _FILL, _FILL_ALPHA) + self.paint(element, "stroke", _STROKE, _STROKE_ALPHA)
        return f'<path d="{outline}" fill-rule="{rule}" {drawn}{self.line(element)}/>'

    def outline(self, element: Element) -> str:
        value = self.document.value(element, _DATA)
        text = value.text if value is not None else ""
        self.shapes -= 1
        self.letters -= len(text)
        # Only the letters of path data: nothing else of a file ever becomes markup.
        return " ".join(text.split()) if min(self.shapes, self.letters) >= 0 and _IS_PATH.fullmatch(text) else ""

    def line(self, element: Element) -> str:
        document = self.document
        width = _number(document, element, _STROKE_WIDTH, 0.0)
        cap, join = _choice(document, element, _CAP, _CAPS), _choice(document, element, _JOIN, _JOINS)
        miter = max(1.0, _number(document, element, _MITER, 4.0))
        return (
            f'stroke-width="{_text(max(0.0, width))}" stroke-linecap="{cap}" stroke-linejoin="{join}" '
            f'stroke-miterlimit="{_text(miter)}"'
        )

    def paint(self, element: Element, name: str, colour_key: int, alpha_key: int) -> str:
        value = self.document.value(element, colour_key)
        paint = self.paint_of(value) if value is not None else None
        if paint is None:
            return f'{name}="none" '
        alpha = _share(self.document, element, alpha_key)
        return f'{name}="{self.painted(paint, alpha)}" ' + self.opacity(name, paint, alpha)

    def painted(self, paint: Paint, alpha: float) -> str:
        if isinstance(paint, int):
            return f"#{_tinted(paint, self.tint) & 0xFFFFFF:06x}"
        stops = "".join(
            f'<stop offset="{_text(place)}" stop-color="#{colour & 0xFFFFFF:06x}" '
            f'stop-opacity="{_text(alpha * (colour >> 24) / 255)}"/>'
            for place, colour in _toned(paint, self.tint).stops
        )
        return f"url(#{self.define(paint.tag, (*paint.attributes, ('gradientUnits', 'userSpaceOnUse')), stops)})"

    def opacity(self, name: str, paint: Paint, alpha: float) -> str:
        if not isinstance(paint, int):
            return ""
        return f'{name}-opacity="{_text(alpha * (_tinted(paint, self.tint) >> 24) / 255)}" '

    def define(self, tag: str, attributes: tuple[tuple[str, str], ...], inside: str) -> str:
        name = f"d{len(self.defined)}"
        said = "".join(f' {key}="{value}"' for key, value in attributes)
        self.defined.append(f'<{tag} id="{name}"{said}>{inside}</{tag}>')
        return name


def _toned(paint: Gradient, tint: int | None) -> Gradient:
    return replace(paint, stops=tuple((place, _tinted(colour, tint)) for place, colour in paint.stops))


def _tinted(colour: int, tint: int | None) -> int:
    """A colour under a tint, in the mode that is the rule (`src_in`): the tint's colour where something is drawn."""
    if tint is None:
        return colour
    return (colour >> 24) * (tint >> 24) // 255 << 24 | tint & 0xFFFFFF


def _transform(document: Document, group: Element) -> str:
    """A group's own change of place, in the order Android applies it."""
    pivot_x, pivot_y = (_number(document, group, key, 0.0) for key in (_PIVOT_X, _PIVOT_Y))
    move_x, move_y = (_number(document, group, key, 0.0) for key in (_MOVE_X, _MOVE_Y))
    scale_x, scale_y = (_number(document, group, key, 1.0) for key in (_SCALE_X, _SCALE_Y))
    turn = _number(document, group, _TURN, 0.0)
    return (
        f"translate({_text(pivot_x + move_x)} {_text(pivot_y + move_y)}) rotate({_text(turn)}) "
        f"scale({_text(scale_x)} {_text(scale_y)}) translate({_text(-pivot_x)} {_text(-pivot_y)})"
    )


def _choice(document: Document, element: Element, key: int, names: tuple[str, ...]) -> str:
    value = document.value(element, key)
    return names[value.data] if value is not None and value.data < len(names) else names[0]


def _share(document: Document, element: Element, key: int) -> float:
    return max(0.0, min(1.0, _number(document, element, key, 1.0)))


def _number(document: Document, element: Element, key: int, otherwise: float) -> float:
    value = document.value(element, key)
    if value is None:
        return otherwise
    if value.kind == _TYPE_FLOAT:
        number = float(struct.unpack("<f", struct.pack("<I", value.data))[0])
        return number if math.isfinite(number) and abs(number) < 1e6 else otherwise
    if value.kind == _TYPE_INTEGER:
        number = float(value.data - (value.data >> 31 << 32))
        return number if abs(number) < 1e6 else otherwise
    return otherwise


def _text(number: float) -> str:
    return f"{number:.5f}".rstrip("0").rstrip(".")
