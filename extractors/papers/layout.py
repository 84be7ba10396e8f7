"""Where values stand on a printed paper: labels, what follows them, rows.

Works on lines of an upright sheet, wherever they were read from (picture or PDF text layer).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from extractors.papers.wording import contains, differences, squeeze, squeeze_with_places
from extractors.vision.lines import Line, Quad, bounding_box

Reread = Callable[[Line, str], Line]

_BODY_ENDS = tuple("局厅委部院会司府处室校办团社")
_APART = 1.4  # steps between characters; a first one so far off is a watermark's
_WORSE = 0.6  # a row read so much worse than the one above may be a seal's piece
_NEXT_LINE_GAP = 2.1  # a value's next line stands at most so many line heights below


@dataclass(frozen=True, slots=True)
class SheetText:
    """The lines of one upright sheet; `reread` reads a line again with a given alphabet, where that is possible."""

    lines: tuple[Line, ...]
    width: float
    height: float
    reread: Reread | None = None

    @property
    def joined(self) -> str:
        """All text without blanks, line after line."""
        return "\n".join(squeeze(line.text) for line in self.lines)


@dataclass(frozen=True, slots=True)
class Value:
    """A value with the lines it was read from; `repaired` where characters were changed on proof."""

    value: str
    lines: tuple[Line, ...]
    confidence: float
    method: str = "ocr"
    raw: str = ""
    repaired: bool = False

    @property
    def box(self) -> Quad | None:
        """The place on the sheet."""
        return bounding_box(self.lines) if self.lines else None


@dataclass(frozen=True, slots=True)
class Label:
    """A printed label found at the start of a line; `rest` is what follows it on that line."""

    name: str
    line: Line
    label: Line
    rest: Line = field(repr=False)


def find_label(lines: Iterable[Line], *names: str) -> Label | None:
    """The first line that begins with one of the labels; earlier names win."""
    lines = tuple(lines)
    for name in names:
        for line in lines:
            end = _label_end(line.text, name)
            if end:
                return Label(name, line, line.part(0, end), line.part(end, len(line.text)).strip())
    return None


def _label_end(text: str, name: str) -> int:
    """How many characters of the text the label at its start takes, 0 where it does not start with it."""
    places = [i for i, c in enumerate(text) if not c.isspace()]
    if len(places) < len(name):
        return 0
    start = "".join(text[i] for i in places[: len(name)])
    wrong = differences(start.lower(), name.lower())
    if wrong > (len(name) // 4 if len(name) >= 4 else 0):
        return 0
    return places[len(name) - 1] + 1


def join_split_labels(lines: Sequence[Line], names: Iterable[str]) -> list[Line]:
    """Joins labels printed wide apart (名　称) that were found as two lines, the second with or without its value."""
    wide = [name for name in names if 2 <= len(name) <= 4]
    result = list(lines)
    for name in wide:
        for cut in range(1, len(name)):
            first = next((x for x in result if squeeze(x.text) == name[:cut]), None)
            if first is None:
                continue
            second = _right_neighbour(first, result, name[cut:])
            if second is not None:
                result.remove(first)
                result[result.index(second)] = merge(first, second)
    return result


def _right_neighbour(first: Line, lines: Sequence[Line], start: str) -> Line | None:
    for line in lines:
        gap = line.left - first.right
        if same_row(first, line) and -first.height < gap < 6 * first.height and squeeze(line.text).startswith(start):
            return line
    return None


def merge(first: Line, second: Line) -> Line:
    """Two lines of a row as one."""
    box = bounding_box((first, second))
    left, width = box[0][0], max(1.0, box[1][0] - box[0][0])
    spans = tuple(
        ((x.left + a * (x.right - x.left) - left) / width, (x.left + b * (x.right - x.left) - left) / width)
        for x in (first, second)
        for a, b in x.spans
    )
    probabilities = first.probabilities + second.probabilities
    return Line(first.text + second.text, box, probabilities, spans, first.method)


def same_row(a: Line, b: Line) -> bool:
    """Whether two lines stand side by side, along the lean of the longer one."""
    longer, other = (a, b) if a.right - a.left >= b.right - b.left else (b, a)
    expected = longer.middle + longer.lean * ((other.left + other.right) - (longer.left + longer.right)) / 2
    return abs(expected - other.middle) < 0.75 * min(a.height, b.height)


def rows(lines: Iterable[Line], gap: float = 2.5) -> list[Line]:
    """Lines of a row that stand close together (at most `gap` heights apart) joined to one, top to bottom."""
    result: list[Line] = []
    for line in sorted(lines, key=lambda x: x.left):
        for i, other in enumerate(result):
            if same_row(line, other) and line.left - other.right < gap * max(line.height, other.height):
                result[i] = merge(other, line)
                break
        else:
            result.append(line)
    return sorted(result, key=lambda x: (x.middle, x.left))


def following(
    label: Label,
    lines: Sequence[Line],
    stops: Sequence[Line],
    *,
    limit: float = float("inf"),
    most: int = 1,
) -> tuple[Line, ...]:
    """The value lines of a label: the rest of its line or what stands right of it, then the lines below.

    Args:
        label: the label.
        lines: all lines of the sheet.
        stops: the lines of other labels, which end the value.
        limit: the x where the next column begins.
        most: how many rows the value may have.
    """
    first = _first_row(label, lines, stops, limit)
    if not first:
        return ()
    taken = list(first)
    left, last = first[0].left, first[0]
    for _ in range(most - 1):
        row = [
            x
            for x in lines
            if x not in taken
            and x is not label.line
            and not _is_any(x, stops)
            and left - 1.6 * last.height < x.left < limit
            and 0.5 * last.height < x.middle - last.middle < _NEXT_LINE_GAP * max(last.height, x.height * 0.9)
            and not _has_stop_left(x, stops, left)
        ]
        if not row:
            break
        top = min(row, key=lambda x: x.middle)
        row = sorted((x for x in row if same_row(top, x)), key=lambda x: x.left)
        if _is_labelled(row[0], label, lines, left) or _is_seal_s_piece(row[0], last):
            break
        taken += row
        last = row[0]
    return tuple(taken)


def _is_seal_s_piece(line: Line, last: Line) -> bool:
    """Whether a row was read so much worse than the last one, and does not begin where that one does."""
    is_level = abs(line.left - last.left) < 0.5 * last.height
    return line.mean_score < _WORSE * last.mean_score and not is_level


def _is_labelled(line: Line, label: Label, lines: Sequence[Line], left: float) -> bool:
    """Whether something stands in the labels' column beside the line: then it is another label's value."""
    start = label.line.left - 3 * label.label.height
    return any(same_row(x, line) and start < x.left < left - 1.6 * x.height for x in lines if x is not line)


def _first_row(label: Label, lines: Sequence[Line], stops: Sequence[Line], limit: float) -> list[Line]:
    row = sorted(
        (
            x
            for x in lines
            if x is not label.line
            and not _is_any(x, stops)
            and same_row(label.label, x)
            and label.line.right - x.height <= x.left < limit
            and not _has_stop_left(x, stops, label.line.right)
        ),
        key=lambda x: x.left,
    )
    is_own = label.rest.text and not any(_covers(x, label.rest) for x in row)
    return [label.rest, *row] if is_own else row


def _covers(line: Line, part: Line) -> bool:
    """Whether a line holds most of the part too: a label's line that runs into its value's first character."""
    shared = min(line.right, part.right) - max(line.left, part.left)
    return shared > 0.5 * (part.right - part.left)


def _is_any(line: Line, others: Sequence[Line]) -> bool:
    return any(line is other for other in others)


def _has_stop_left(line: Line, stops: Sequence[Line], from_x: float) -> bool:
    """Whether another label stands between `from_x` and the line on the same row."""
    return any(s is not line and same_row(s, line) and from_x < s.left < line.left for s in stops)


def below(label: Line, lines: Sequence[Line], labels: Sequence[Line] = ()) -> tuple[Line, ...]:
    """What stands right under a label, where passports print their values.

    Two values of a row may have been read as one line: it is cut where the next of the other `labels` begins.
    """
    right = min((x.left for x in labels if x.left > label.left + label.height and same_row(label, x)), default=None)
    under = [
        part
        for x in lines
        if not _is_any(x, labels)
        and 0 < x.top - label.middle < 2.5 * label.height
        and (part := _between(x, _start(x, label), right, label.height)).text
        and abs(part.left - label.left) < 3 * label.height
    ]
    return tuple(sorted(under, key=lambda x: x.top)[:1])


def _start(line: Line, label: Line) -> float:
    """Where a value begins: at its label, a little before it only where the whole line begins there, in one piece."""
    if _begins_with_a_stray(line):
        return label.left
    begins_here = line.left > label.left - 3 * label.height
    return line.left if begins_here else label.left - 0.6 * label.height


def _begins_with_a_stray(line: Line) -> bool:
    first, second, third = ([sum(span) / 2 for span in line.spans] + [0.0] * 3)[:3]
    return len(line.spans) > 2 and second - first > _APART * (third - second)


def _between(line: Line, left: float, right: float | None, height: float) -> Line:
    """The characters of a line that stand between two places."""
    width = line.right - line.left
    centres = [line.left + width * (a + b) / 2 for a, b in line.spans]
    end = float("inf") if right is None else right - 0.4 * height
    inside = [i for i, x in enumerate(centres) if left <= x < end]
    return line.part(inside[0], inside[-1] + 1).strip() if inside else line.part(0, 0)


def above(lines: Iterable[Line], limit: Label | None) -> list[Line]:
    """The lines without those level with a label or below and not left of it: there lie the registrar's seal and date."""
    if limit is None:
        return list(lines)
    edge = limit.label.top - 0.3 * limit.label.height
    return [x for x in lines if x.middle < edge or x.right < limit.label.left or x is limit.line]


def level_lines(lines: Iterable[Line]) -> list[Line]:
    """The lines without those far taller than the rest: seal rims and stains read as text."""
    kept = list(lines)
    heights = sorted(line.height for line in kept)
    usual = heights[len(heights) // 2] if heights else 0.0
    return [line for line in kept if line.height <= 4 * usual]


def text_value(lines: Sequence[Line], *, clean: Callable[[str], str] = squeeze) -> Value | None:
    """The lines' text as one value, None where nothing is left after cleaning."""
    lines = tuple(line for line in lines if line.text.strip())
    raw = "".join(line.text for line in lines)
    value = clean(raw)
    if not value:
        return None
    return Value(value, lines, confidence(lines), lines[0].method, raw)


def one_body(found: Sequence[Line]) -> tuple[Line, ...]:
    """A public body's name up to the row that ends it: what stands below is a seal."""
    ends = (i for i, line in enumerate(found) if squeeze(line.text).endswith(_BODY_ENDS))
    return tuple(found[: next(ends, len(found)) + 1])


def title_value(lines: Sequence[Line], titles: Sequence[str]) -> Value | None:
    """Which of the titles stands on the paper, spelt as it should be."""
    for line in lines:
        title = next((title for title in titles if contains(squeeze(line.text), title)), None)
        if title is not None:
            return Value(title, (line,), round(line.mean_score, 3), line.method, line.text)
    return None


def confidence(lines: Sequence[Line]) -> float:
    """How sure a value is that was read from the lines."""
    return confidence_of([p for line in lines for p in line.probabilities])


def confidence_of(probabilities: Sequence[float]) -> float:
    """How sure a text is: its least sure character; in long texts weighed with the mean."""
    if not probabilities:
        return 0.0
    least, mean = min(probabilities), sum(probabilities) / len(probabilities)
    return round(least if len(probabilities) <= 24 else (least + mean) / 2, 3)


def joined(lines: Sequence[Line]) -> Line:
    """Lines that follow each other as one, without blanks."""
    whole = lines[0]
    for line in lines[1:]:
        whole = merge(whole, line)
    return squeeze_with_places(whole)


def slant_degrees(line: Line) -> float:
    """By how much a line leans, 0 for a level one."""
    from math import atan2, degrees

    (x0, y0), (x1, y1) = line.box[0], line.box[1]
    return abs(degrees(atan2(y1 - y0, x1 - x0)))
