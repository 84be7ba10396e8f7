"""A line of text on a page, with a place and a probability for each of its characters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Point = tuple[float, float]
Quad = tuple[Point, Point, Point, Point]


_LOOSE = " :：;；.,，。、|-_—·"
_LONG = 4.0  # a line so many heights long shows its direction


@dataclass(frozen=True, slots=True)
class Line:
    """Text with its four corners, clockwise from the text's upper left.

    `spans` gives each character's start and end along the line as shares of its width; `probabilities` how sure the
    reader is of each. `quick` says that only the smaller model has read it, whose alphabet is a third as long.
    """

    text: str
    box: Quad
    probabilities: tuple[float, ...]
    spans: tuple[tuple[float, float], ...]
    method: str = "ocr"
    quick: bool = False

    @property
    def left(self) -> float:
        """Least x of the corners."""
        (a, _), (b, _), (c, _), (d, _) = self.box
        return min(a, b, c, d)

    @property
    def right(self) -> float:
        """Greatest x of the corners."""
        (a, _), (b, _), (c, _), (d, _) = self.box
        return max(a, b, c, d)

    @property
    def top(self) -> float:
        """Mean height of the upper corners."""
        return (self.box[0][1] + self.box[1][1]) / 2

    @property
    def bottom(self) -> float:
        """Mean height of the lower corners."""
        return (self.box[2][1] + self.box[3][1]) / 2

    @property
    def middle(self) -> float:
        """Height of the line's middle."""
        return (self.top + self.bottom) / 2

    @property
    def height(self) -> float:
        """Distance of upper and lower edge."""
        return max(1.0, self.bottom - self.top)

    @property
    def lean(self) -> float:
        """By how much a line falls to the right, as a share of its length; 0 for lines too short to tell."""
        (x0, y0), (x1, y1) = self.box[0], self.box[1]
        return (y1 - y0) / (x1 - x0) if x1 - x0 > _LONG * self.height else 0.0

    @property
    def score(self) -> float:
        """The least sure character's probability."""
        return min(self.probabilities, default=0.0)

    @property
    def mean_score(self) -> float:
        """The characters' mean probability."""
        return sum(self.probabilities) / len(self.probabilities) if self.probabilities else 0.0

    def part(self, start: int, end: int) -> Line:
        """The characters from `start` to before `end` as a line of their own."""
        spans = self.spans[start:end]
        if not spans:
            return Line("", self.box, (), (), self.method)
        first, last = spans[0][0], spans[-1][1]
        width = max(1e-6, last - first)
        upper_left, upper_right, lower_right, lower_left = self.box
        box = (
            _between(upper_left, upper_right, first),
            _between(upper_left, upper_right, last),
            _between(lower_left, lower_right, last),
            _between(lower_left, lower_right, first),
        )
        inner = tuple(((a - first) / width, (b - first) / width) for a, b in spans)
        return Line(self.text[start:end], box, self.probabilities[start:end], inner, self.method)

    def strip(self) -> Line:
        """The line without blanks and loose punctuation before it, and blanks behind: a text's last mark is its own."""
        start, end = 0, len(self.text)
        while start < end and self.text[start] in _LOOSE:
            start += 1
        while end > start and self.text[end - 1].isspace():
            end -= 1
        return self.part(start, end)


def even_line(text: str, box: Quad, method: str, probability: float = 1.0) -> Line:
    """A line whose characters share its width by their usual widths (full and half)."""
    widths = [1.0 if ord(c) > 0x2E7F else 0.5 for c in text]
    total = sum(widths) or 1.0
    spans, at = [], 0.0
    for width in widths:
        spans.append((at / total, (at + width) / total))
        at += width
    return Line(text, box, (probability,) * len(text), tuple(spans), method)


def bounding_box(lines: Sequence[Line]) -> Quad:
    """The upright box round all lines; the one line's own box where there is only one."""
    if len(lines) == 1:
        return lines[0].box
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    top = min(y for line in lines for _, y in line.box)
    bottom = max(y for line in lines for _, y in line.box)
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def _between(a: Point, b: Point, share: float) -> Point:
    return (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share)
