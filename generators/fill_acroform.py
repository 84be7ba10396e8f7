"""PDF forms with fields (AcroForm): the fields' boxes are read, values drawn into them, and all fields removed.

The fields' own fonts cannot show Chinese, so nothing is left to the viewer: the result is plain print. What the
template itself had filled in stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject

from generators import fill_draw
from generators.errors import GenerateError
from generators.fill_flat import MAX_LINES
from generators.fill_labels import with_labels
from generators.fill_places import TEXT, TICK, Job, Place

PUSHBUTTON = 1 << 16
COMB = 1 << 24
OFF = "/Off"
LINE = 6.0
"""Fields whose middles lie closer than this stand on one line."""


def has_fields(reader: PdfReader) -> bool:
    """Whether a PDF has fields to fill in."""
    return any(True for _ in _widgets(reader.pages))


def find(reader: PdfReader) -> list[Place]:
    """All fields for texts and ticks, with what is printed beside them."""
    places = [place for number, widget in _widgets(reader.pages) if (place := _place(number, widget))]
    pages = groupby(places, key=lambda place: place.page)
    return [place for number, found in pages for place in with_labels(_by_line(found), reader.pages[number - 1])]


def _by_line(places: Iterable[Place]) -> list[Place]:
    """The places of a page as they are read: from line to line, each from the left."""
    found: list[Place] = []
    for place in sorted(places, key=lambda one: -_middle(one)):
        last = found[-1] if found else None
        same = last is not None and _middle(last) - _middle(place) < LINE
        found.append(replace(place, row=last.row if same and last else len(found) + MAX_LINES * place.page))
    return sorted(found, key=lambda one: (one.row, one.box or ()))


def _middle(place: Place) -> float:
    return (place.box[1] + place.box[3]) / 2 if place.box else 0.0


def write(writer: PdfWriter, wanted: Sequence[Job]) -> bytes:
    """The form with the values drawn and without fields."""
    filled = {_field_of(job) for job in wanted}
    kept = [job for job in _own_values(writer) if _field_of(job) not in filled]
    _refuse_turned(writer, wanted)
    drawn = {job.place.box for job in (*wanted, *kept)}
    empty = [Job(place, "") for place in _framed_ticks(writer) if place.box not in drawn]
    for page in writer.pages:
        _remove_widgets(page)
    writer.root_object.pop("/AcroForm", None)
    return fill_draw.draw(writer, [*wanted, *kept], empty)


def _field_of(job: Job) -> str:
    """The field, without the state: of a group of radio buttons only one may be ticked."""
    return job.place.ref.partition("=")[0] if job.place.kind == TICK else job.place.ref


def _widgets(pages: Any) -> Iterator[tuple[int, DictionaryObject]]:
    for number, page in enumerate(pages, 1):
        for reference in page.get("/Annots") or ():
            widget = reference.get_object()
            if isinstance(widget, DictionaryObject) and widget.get("/Subtype") == "/Widget":
                yield number, widget


def _place(number: int, widget: DictionaryObject) -> Place | None:
    kind = _inherited(widget, "/FT")
    name = full_name(widget)
    rectangle = widget.get("/Rect")
    if not rectangle or kind not in ("/Tx", "/Ch", "/Btn"):
        return None
    x0, y0, x1, y1 = (float(value) for value in rectangle)
    box = (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
    hint = str(_inherited(widget, "/TU") or "")
    short = name.rpartition(".")[2]
    flags = int(_inherited(widget, "/Ff") or 0)
    if kind != "/Btn":
        limit = int(_inherited(widget, "/MaxLen") or 0)
        comb = bool(flags & COMB and limit)
        return Place(name, TEXT, number, name, box, (hint, short), limit=limit, comb=comb)
    if flags & PUSHBUTTON:
        return None
    state = on_state(widget)
    return Place(
        name, TICK, number, f"{name}={state}", box, (f"{name}_{state}", f"{short}_{state}", hint, state, short)
    )


def on_state(widget: DictionaryObject) -> str:
    """What a tick box is called when it is ticked."""
    looks = (widget.get("/AP") or DictionaryObject()).get("/N")
    looks = looks.get_object() if looks is not None else {}
    names = [str(key) for key in looks if key != OFF] if isinstance(looks, dict) else []
    return names[0].removeprefix("/") if names else ""


def full_name(widget: DictionaryObject) -> str:
    """The names of a field and of those above it, joined by dots."""
    parts: list[str] = []
    place: Any = widget
    for _ in range(20):  # a loop in the tree would never end
        if "/T" in place:
            parts.append(str(place["/T"]))
        if "/Parent" not in place:
            break
        place = place["/Parent"].get_object()
    return ".".join(reversed(parts))


def _inherited(widget: DictionaryObject, key: str) -> Any:
    place: Any = widget
    for _ in range(20):
        if key in place:
            return place[key].get_object() if hasattr(place[key], "get_object") else place[key]
        if "/Parent" not in place:
            return None
        place = place["/Parent"].get_object()
    return None


def _own_values(writer: PdfWriter) -> Iterator[Job]:
    """What the template itself had filled in."""
    for number, widget in _widgets(writer.pages):
        place = _place(number, widget)
        if place is None:
            continue
        if place.kind == TICK and str(widget.get("/AS", OFF)) != OFF:
            yield Job(place, "")
        value = _inherited(widget, "/V")
        if place.kind == TEXT and isinstance(value, str) and value.strip():
            yield Job(place, value.strip())


def _framed_ticks(writer: PdfWriter) -> Iterator[Place]:
    """Tick boxes whose frame is the field's own and goes with it."""
    for number, widget in _widgets(writer.pages):
        looks = widget.get("/MK")
        place = _place(number, widget)
        if place and place.kind == TICK and looks is not None and "/BC" in looks.get_object():
            yield place


def _refuse_turned(writer: PdfWriter, wanted: Sequence[Job]) -> None:
    for number in sorted({job.place.page for job in wanted}):
        if writer.pages[number - 1].rotation:
            raise GenerateError(
                f"模板第 {number} 页是旋转过的页面，无法填写。请另存为正向的 PDF 后再试。",
                f"Page {number} of the template is turned and cannot be filled. Save it upright and try again.",
            )


def _remove_widgets(page: Any) -> None:
    notes = page.get("/Annots")
    if notes is None:
        return
    kept = [note for note in notes.get_object() if note.get_object().get("/Subtype") != "/Widget"]
    if kept:
        page[NameObject("/Annots")] = ArrayObject(kept)
    else:
        del page["/Annots"]
