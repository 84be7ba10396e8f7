"""From saved filings, readings and decisions to what a page shows. Pure: plain values in, plain values out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import groupby

from pipeline import attention, build, claims, fields, headings, review, vocabulary
from pipeline.attention import Look, Policy, State
from pipeline.review import Said, Standing
from pipeline.rows import Decision, Json
from pipeline.web import choices
from pipeline.web.places import Crop, Pages, crop, place_of


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of characters; `mark` is `differs` where sources do not agree, `low` where the reader was not sure."""

    text: str
    mark: str = ""


@dataclass(frozen=True, slots=True)
class SourceView:
    """One piece of evidence as the page shows it."""

    value: str
    file: str
    page: int
    method: str
    confidence: int | None
    crop: Crop | None
    raw: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class FindingView:
    """One finding; `basis` marks what was shown, for a waiver."""

    rule: str
    severity: str
    where: str
    label: str
    message: str
    advice: str
    status: str
    source: str
    address: str
    message_zh: str
    basis: str
    waived_by: int | None = None


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field: its value, where it comes from, what is wrong with it and what was decided."""

    path: str
    label: str
    value: str
    shown: str
    pieces: tuple[Piece, ...]
    secret: bool
    revealed: bool
    kind: str
    source: SourceView | None
    others: tuple[SourceView, ...]
    spot: Crop | None
    findings: tuple[FindingView, ...]
    said: Said | None
    seconded: Said | None
    state: State
    sample: bool
    basis: str
    choices: tuple[tuple[str, str], ...] = ()

    @property
    def undo(self) -> int:
        """The decision that undo takes back: the last one about this field."""
        return self.seconded.id if self.seconded else self.said.id if self.said else 0

    @property
    def may_confirm(self) -> bool:
        """Whether a confirmation says something: the first one, or that of a second person."""
        return bool(self.value) and (self.said is None or self.state is State.OPEN)

    @property
    def key(self) -> str:
        """An id for the page."""
        return "f-" + "".join(char if char.isalnum() else "-" for char in self.path)


@dataclass(frozen=True, slots=True)
class GroupView:
    """Fields under one heading, what may be added, and whose values hold here too."""

    key: str
    title: str
    fields: tuple[FieldView, ...]
    addable: tuple[tuple[str, str], ...]
    same: str = ""
    same_count: int = 0

    @property
    def open_count(self) -> int:
        """How many fields still want a look."""
        return sum(one.state is State.OPEN for one in self.fields)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the views are made from: a saved filing, its pages, decisions, and for whom."""

    filing: str
    document: Json
    pages: Pages
    decisions: Sequence[Decision]
    lang: str
    who: str = ""
    lows: Mapping[tuple[str, int, str], tuple[int, ...]] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)
    revealed: frozenset[str] = frozenset()
    now: Standing = field(default_factory=Standing)

    @property
    def looks(self) -> attention.Looks:
        """What each field waits for, as this reviewer sees it."""
        return attention.looks(self.filing, self.document, self.now, self.policy, self.who)


def groups(on: Sheet) -> tuple[GroupView, ...]:
    """All fields of a filing by group; what an earlier group shows from the same place is only counted."""
    by_path = _findings_by_path(on)
    looks = on.looks
    made = []
    present = {headings.group_of(path) for path in (*looks.shown, *looks.doubles)}
    for key in headings.in_order(present):
        shown = tuple(
            _field(path, on, look, by_path.get(path, ()))
            for path, look in looks.shown.items()
            if headings.group_of(path) == key
        )
        hidden = [first for path, first in looks.doubles.items() if headings.group_of(path) == key]
        same = headings.title(headings.group_of(hidden[0]), on.lang) if hidden else ""
        made.append(
            GroupView(key, headings.title(key, on.lang), shown, tuple(_addable(key, on, by_path)), same, len(hidden))
        )
    return tuple(made)


def _findings_by_path(on: Sheet) -> dict[str, tuple[FindingView, ...]]:
    found: dict[str, tuple[FindingView, ...]] = {}
    for view in findings(on):
        if fields.field_of(view.where) is not None:
            found[view.where] = (*found.get(view.where, ()), view)
    return found


def findings(on: Sheet) -> tuple[FindingView, ...]:
    """All findings in order."""
    return tuple(_finding(one, on) for one in on.document["findings"])


def _finding(one: Json, on: Sheet) -> FindingView:
    source = one["source"] or {"title": "", "address": "", "as_of": ""}
    said = on.now.waived.get((one["rule"], one["where"]))
    return FindingView(
        rule=one["rule"],
        severity=one["severity"],
        where=one["where"],
        label=fields.label(one["where"], on.lang),
        message=hide(one["message"][on.lang], on),
        advice=one["advice"][on.lang],
        status=one["status"],
        source=f"{source['title']} {source['as_of']}".strip(),
        address=source["address"] if source["address"].startswith(("https://", "http://")) else "",
        message_zh=one["message"]["zh"],
        basis=finding_basis(one, said),
        waived_by=said.id if said and one["status"] == "waived" else None,
    )


def finding_basis(finding: Json, said: Said | None) -> str:
    """The mark of a finding as it was shown."""
    return review.basis(finding["rule"], finding["where"], finding["message"]["zh"], said.id if said else 0)


def hide(text: str, on: Sheet) -> str:
    """A message without the ID numbers that are masked beside it."""
    for path, several in on.document["filing"]["evidence"].items():
        if _is_secret(path, on) and path not in on.revealed:
            for one in several:
                if len(one["value"]) >= 8:
                    text = text.replace(one["value"], review.masked(one["value"]))
    return text


def certificate_type(path: str, document: Json) -> str:
    """The type of the certificate whose number stands at a path."""
    several = document["filing"]["evidence"].get(path.rpartition(".")[0] + ".type")
    return str(several[0]["value"]) if several else ""


def _is_secret(path: str, on: Sheet) -> bool:
    return review.is_secret(path, certificate_type(path, on.document))


def value_basis(path: str, document: Json, now: Standing) -> str:
    """The mark of a value as it was shown: a stale tab brings another one."""
    several = document["filing"]["evidence"].get(path) or [{"value": ""}]
    said = now.values.get(path)
    # the value that stands, also while the bundle is still being drawn again
    value = said.value["new"] if said else several[0]["value"]
    return review.basis(path, value, said.id if said else 0)


def _field(path: str, on: Sheet, look: Look, found: Sequence[FindingView]) -> FieldView:
    several = on.document["filing"]["evidence"].get(path) or []
    field_ = fields.field_of(path)
    said = on.now.values.get(path)
    stored = _value(several, said)
    secret = _is_secret(path, on)
    hidden = secret and path not in on.revealed
    shown = review.masked(stored) if hidden else choices.readable(path, stored, on.lang)
    return FieldView(
        path=path,
        label=headings.short_label(path, on.lang),
        value=stored,
        shown=shown,
        pieces=_pieces(shown, () if hidden or said else several, _low(several, stored, on)),
        secret=secret,
        revealed=not hidden,
        kind=field_.kind if field_ else "text",
        source=_source(several[0], on, hidden) if several else None,
        others=tuple(_source(one, on, hidden) for one in _beside(several)),
        spot=next((window for one in several if (window := crop(one, on.pages))), None),
        findings=tuple(found),
        said=said,
        seconded=on.now.seconded.get(said.id) if said else None,
        state=look.state,
        sample=look.sample,
        basis=value_basis(path, on.document, on.now),
        choices=choices.choices(path, on.lang),
    )


def _value(several: Sequence[Json], said: Said | None) -> str:
    if said is None:
        return str(several[0]["value"]) if several else ""
    new = said.value["new"]
    return new if isinstance(new, str) else "、".join(new)


def _beside(several: Sequence[Json]) -> list[Json]:
    """The other sources of a value, for comparison; the reading that a decision mended is not one."""
    return [one for one in several[1:] if one["method"] != claims.DERIVED and not review.same_place(one, several[0])]


def _source(one: Json, on: Sheet, hidden: bool) -> SourceView:
    read = one["method"].startswith(("ocr", "tesseract"))
    value = review.masked(one["value"]) if hidden else one["value"]
    raw = one["raw"] if one["raw"] not in ("", review.REVIEW, one["value"]) and not hidden else ""
    return SourceView(
        value=value,
        file=one["file"],
        page=one["page"],
        method=headings.method(one["method"], on.lang),
        confidence=round(one["confidence"] * 100) if read else None,
        crop=crop(one, on.pages),
        raw=raw,
        kind=_kind_words(one, on),
    )


def _kind_words(one: Json, on: Sheet) -> str:
    """The kind of the paper a value was read from, in words."""
    page = on.pages.get((one["sha256"], max(one["page"], 1)))
    if page is None:
        return ""
    return vocabulary.kind_name(page.kind, on.lang)


def _low(several: Sequence[Json], stored: str, on: Sheet) -> tuple[int, ...]:
    """The characters of the value that its reader was not sure of."""
    chosen: Json = several[0] if several else {}
    if not chosen.get("box") or chosen["value"] != stored:
        return ()
    return on.lows.get(place_of(chosen["sha256"], chosen["page"], chosen["box"]), ())


def _pieces(value: str, several: Sequence[Json], low: Sequence[int]) -> tuple[Piece, ...]:
    """The value in runs: what another source or the raw reading shows differently, what was read with doubt, the rest."""
    if not several:
        return (Piece(value),) if value else ()
    others = {one["value"] for one in several[1:] if one["method"] != claims.DERIVED}
    others |= {one["raw"] for one in several[:1] if one["raw"] not in ("", review.REVIEW)}
    differs = {place for other in others for place in _differing(value, other)}
    marks = ["differs" if place in differs else "low" if place in low else "" for place in range(len(value))]
    runs = groupby(zip(value, marks, strict=True), key=lambda pair: pair[1])
    return tuple(Piece("".join(char for char, _ in run), mark) for mark, run in runs)


def _differing(value: str, other: str) -> Iterator[int]:
    matcher = SequenceMatcher(None, value, other, autojunk=False)
    if matcher.quick_ratio() < 0.5:
        return  # another wording altogether, such as a date written in another way
    for tag, start, end, _, _ in matcher.get_opcodes():
        if tag in ("replace", "delete"):
            yield from (place for place in range(start, end) if value[place].isalnum())


def _addable(key: str, on: Sheet, by_path: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Fields of a group that have no value yet: path and label."""
    evidence = on.document["filing"]["evidence"]
    for field_ in fields.FIELDS:
        path = field_.path.replace("[]", f"[{key.partition('[')[2][:-1]}]", 1) if "[" in key else field_.path
        path = path.replace("[]", "[0]")
        if headings.group_of(path) == key and path not in evidence and path not in by_path:
            yield path, fields.label(path, on.lang)


def secret_boxes(on: Sheet) -> dict[tuple[str, int], list[str]]:
    """Page to the boxes of ID numbers that are covered until they are revealed."""
    found: dict[tuple[str, int], list[str]] = {}
    for path, several in on.document["filing"]["evidence"].items():
        if _is_secret(path, on) and path not in on.revealed:
            for one in several:
                window = crop(one, on.pages)
                if window is not None and window.points not in found.setdefault(
                    (one["sha256"], window.page.number), []
                ):
                    found[one["sha256"], window.page.number].append(window.points)
    return found


def page_turns(on: Sheet) -> dict[tuple[str, int], int]:
    """Page to the turn that makes most of its text upright."""
    votes: dict[tuple[str, int], dict[int, int]] = {}
    for several in on.document["filing"]["evidence"].values():
        for one in several:
            window = crop(one, on.pages)
            if window is not None:
                count = votes.setdefault((one["sha256"], window.page.number), {})
                count[window.turn] = count.get(window.turn, 0) + 1
    return {page: max(sorted(count), key=lambda turn: count[turn]) for page, count in votes.items()}


def shown_value(document: Json, path: str) -> str:
    """The value at a path of a saved filing, as evidence gives it."""
    several = document["filing"]["evidence"].get(path)
    return build.show(several[0]["value"]) if several else ""
