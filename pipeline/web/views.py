"""From saved filings, readings and decisions to what a page shows. Pure: plain values in, plain values out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from typing import Any

from pipeline import build, claims, fields, review, vocabulary
from pipeline.file_findings import SURE
from pipeline.review import Said, Standing
from pipeline.rows import Decision, Json
from pipeline.web.places import Crop, Pages, crop

GROUPS = (
    ("filing", "备案信息", "Filing"),
    ("entity", "主办单位", "Entity"),
    ("entity.legal_person", "法定代表人", "Legal representative"),
    ("entity_person", "主体负责人", "Person in charge of the entity"),
    ("service_person", "互联网信息服务负责人", "Person in charge of the service"),
    ("websites", "网站", "Website"),
    ("apps", "APP", "APP"),
)
ROLES = ("entity.legal_person", "entity_person", "service_person")
METHODS = {
    "person": ("人工填写", "typed"),
    "ocr": ("识别", "OCR"),
    "ocr+check_digit": ("识别，校验码无误", "OCR, check digit right"),
    "ocr+glyph": ("识别，生僻字", "OCR, rare character"),
    "text_layer": ("PDF 文字", "PDF text"),
    "signature_block": ("签名块", "signature block"),
    "manifest": ("安装包清单", "package manifest"),
    "qr": ("二维码", "QR code"),
    "mrz": ("机读码", "MRZ"),
    "tesseract": ("识别（Tesseract）", "OCR (Tesseract)"),
    "derived": ("推定", "derived"),
}
SAMPLE_PERCENT = 5


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of characters; `doubtful` where sources differ or the reading was mended."""

    text: str
    doubtful: bool = False


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
    findings: tuple[FindingView, ...]
    said: Said | None
    state: str
    sample: bool
    basis: str
    choices: tuple[tuple[str, str], ...] = ()

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
        return sum(one.state == "open" for one in self.fields)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the views are made from: a saved filing, its pages, decisions, and for whom."""

    filing: str
    document: Json
    pages: Pages
    decisions: Sequence[Decision]
    lang: str
    revealed: frozenset[str] = frozenset()
    now: Standing = field(default_factory=Standing)


def sheet(
    filing: str, document: Json, pages: Pages, decisions: Sequence[Decision], lang: str, revealed: frozenset[str]
) -> Sheet:
    """The material of one filing's page."""
    return Sheet(filing, document, pages, decisions, lang, revealed, review.standing(decisions))


def groups(on: Sheet) -> tuple[GroupView, ...]:
    """All fields of a filing by group; what an earlier group shows from the same place is only counted."""
    evidence: dict[str, list[Json]] = on.document["filing"]["evidence"]
    by_path = _findings_by_path(on)
    paths = [path for path in _ordered((*evidence, *by_path)) if fields.field_of(path)]
    doubles = _doubles(paths, evidence, on.now)
    made = []
    for key, title in _headings(paths, on.lang):
        mine = [path for path in paths if _group_of(path) == key]
        shown = tuple(
            _field(path, on, by_path.get(path, ())) for path in mine if path not in doubles or by_path.get(path)
        )
        hidden = [doubles[path] for path in mine if path in doubles and not by_path.get(path)]
        same = _title(_group_of(hidden[0]), on.lang) if hidden else ""
        made.append(GroupView(key, title, shown, tuple(_addable(key, evidence, by_path, on.lang)), same, len(hidden)))
    return tuple(made)


ORDER = {field_.path: number for number, field_ in enumerate(fields.FIELDS)}


def _ordered(paths: Sequence[str]) -> list[str]:
    return sorted(dict.fromkeys(paths), key=lambda path: (ORDER.get(fields.general(path), len(ORDER)), path))


def open_count(filing: str, document: Json, now: Standing) -> int:
    """How many fields of a filing still want a look; what `groups` shows as open, without drawing it up."""
    evidence: dict[str, list[Json]] = document["filing"]["evidence"]
    told: dict[str, list[str]] = {}
    for one in document["findings"]:
        told.setdefault(one["where"], []).append(one["severity"])
    paths = [path for path in _ordered((*evidence, *told)) if fields.field_of(path)]
    doubles = _doubles(paths, evidence, now)
    return sum(
        _state(evidence.get(path) or [], told.get(path, ()), now.values.get(path), _is_sampled(filing, path, evidence))
        == "open"
        for path in paths
        if path not in doubles or path in told
    )


def _is_sampled(filing: str, path: str, evidence: Mapping[str, object]) -> bool:
    return bool(evidence.get(path)) and review.is_sample(filing, path, SAMPLE_PERCENT)


def _group_of(path: str) -> str:
    return "entity.legal_person" if path.startswith("entity.legal_person.") else path.partition(".")[0]


def _headings(paths: Sequence[str], lang: str) -> Iterator[tuple[str, str]]:
    present = {_group_of(path) for path in paths}
    for start, _, _ in GROUPS:
        for key in sorted(present):
            if key == start or (start in ("websites", "apps") and key.startswith(f"{start}[")):
                yield key, _title(key, lang)


def _title(key: str, lang: str) -> str:
    name, _, number = key.partition("[")
    zh, en = next((zh, en) for start, zh, en in GROUPS if start == name)
    place = int(number[:-1]) if number else 0
    return (zh if lang == "zh" else en) + (f" {place + 1}" if place else "")


def _doubles(paths: Sequence[str], evidence: Mapping[str, list[Json]], now: Standing) -> dict[str, str]:
    """Path to the earlier path that shows the same reading; a value with a decision of its own is always shown."""
    first: dict[tuple[Any, ...], str] = {}
    found: dict[str, str] = {}
    for path in paths:
        if not evidence.get(path):
            continue
        chosen = evidence[path][0]
        earlier = _earlier_role(path, evidence, chosen)
        place = (chosen["sha256"], chosen["page"], str(chosen["box"]), chosen["value"])
        if chosen["box"] and place in first and (path not in now.values or now.values[path].where != path):
            found[path] = first[place]
        elif earlier and path not in now.values:
            found[path] = earlier
        else:
            first.setdefault(place, path)
    return found


def _earlier_role(path: str, evidence: Mapping[str, list[Json]], chosen: Json) -> str:
    """For a derived value: the same value of the role above it."""
    if chosen["method"] != claims.DERIVED:
        return ""
    for number, role in enumerate(ROLES):
        if path.startswith(f"{role}."):
            for earlier in ROLES[:number]:
                other = earlier + path[len(role) :]
                if evidence.get(other) and evidence[other][0]["value"] == chosen["value"]:
                    return other
    return ""


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


def _field(path: str, on: Sheet, found: Sequence[FindingView]) -> FieldView:
    several = on.document["filing"]["evidence"].get(path) or []
    field_ = fields.field_of(path)
    said = on.now.values.get(path)
    stored = _value(several, said)
    secret = _is_secret(path, on)
    hidden = secret and path not in on.revealed
    shown = review.masked(stored) if hidden else readable(path, stored)
    chosen = next((one for one in several if one["box"]), several[0] if several else None)
    sample = _is_sampled(on.filing, path, on.document["filing"]["evidence"])
    return FieldView(
        path=path,
        label=short_label(path, on.lang),
        value=stored,
        shown=shown,
        pieces=_pieces(shown, () if hidden or said else several),
        secret=secret,
        revealed=not hidden,
        kind=field_.kind if field_ else "text",
        source=_source(several[0], on, hidden, chosen) if several else None,
        others=tuple(_source(one, on, hidden, one) for one in _beside(several)),
        findings=tuple(found),
        said=said,
        state=_state(several, [one.severity for one in found], said, sample),
        sample=sample,
        basis=value_basis(path, on.document, on.now),
        choices=choices(path),
    )


def short_label(path: str, lang: str) -> str:
    """The label without the words that the group's heading says already."""
    label = fields.label(path, lang)
    zh, en = next((zh, en) for start, zh, en in GROUPS if start == _group_of(path).partition("[")[0])
    short = label.removeprefix(zh).strip() if lang == "zh" else label.replace(en.lower(), "", 1).strip()
    return (short[0].upper() + short[1:] if short else "") or label


def _value(several: Sequence[Json], said: Said | None) -> str:
    if said is None:
        return str(several[0]["value"]) if several else ""
    new = said.value["new"]
    return new if isinstance(new, str) else "、".join(new)


def _beside(several: Sequence[Json]) -> list[Json]:
    """The other sources of a value, for comparison; the reading that a decision mended is not one."""
    return [one for one in several[1:] if one["method"] != claims.DERIVED and not review.same_place(one, several[0])]


def _state(several: Sequence[Json], severities: Sequence[str], said: Said | None, sample: bool) -> str:
    """`decided`, `open` where a person should look, `fine` otherwise."""
    if said is not None:
        return "decided"
    if any(one != "note" for one in severities) or not several:
        return "open"
    chosen = several[0]
    read = chosen["method"].startswith(("ocr", "tesseract"))
    doubtful = read and chosen["method"] != "ocr+check_digit" and chosen["confidence"] < SURE
    return "open" if doubtful or sample else "fine"


def _source(one: Json, on: Sheet, hidden: bool, placed: Json | None) -> SourceView:
    zh, en = METHODS.get(one["method"], (one["method"], one["method"]))
    read = one["method"].startswith(("ocr", "tesseract"))
    value = review.masked(one["value"]) if hidden else one["value"]
    raw = one["raw"] if one["raw"] not in ("", review.REVIEW, one["value"]) and not hidden else ""
    return SourceView(
        value=value,
        file=one["file"],
        page=one["page"],
        method=zh if on.lang == "zh" else en,
        confidence=round(one["confidence"] * 100) if read else None,
        crop=None if placed is None else crop(placed, on.pages),
        raw=raw,
    )


def readable(path: str, value: str) -> str:
    """A code as words, anything else as it is."""
    for key, words in choices(path):
        if key == value:
            return words
    return value


def choices(path: str) -> tuple[tuple[str, str], ...]:
    """The fixed set of a field: key and words; nothing where any text may stand."""
    general = fields.general(path)
    if general.endswith("certificate.type"):
        return tuple(vocabulary.CERTIFICATE_TYPES.items())
    if general == "entity.nature":
        return tuple((one.value, words) for one, words in vocabulary.NATURES.items())
    if general == "filing.operation":
        return tuple((one.value, words) for one, words in vocabulary.OPERATIONS.items())
    if general == "filing.province":
        return tuple((one, one) for one in vocabulary.PROVINCES.values())
    if general.endswith(".sex"):
        return (("男", "男"), ("女", "女"))
    field_ = fields.BY_PATH.get(general)
    return (("true", "是"), ("false", "否")) if field_ is not None and field_.kind == "bool" else ()


def _pieces(value: str, several: Sequence[Json]) -> tuple[Piece, ...]:
    """The value with the characters marked that another source, or the raw reading, shows differently."""
    others = {one["value"] for one in several[1:] if one["method"] != claims.DERIVED}
    others |= {one["raw"] for one in several[:1] if one["raw"] not in ("", review.REVIEW)}
    doubtful = {place for other in others for place in _differing(value, other)}
    pieces: list[Piece] = []
    for place, char in enumerate(value):
        marked = place in doubtful
        if pieces and pieces[-1].doubtful == marked:
            pieces[-1] = replace(pieces[-1], text=pieces[-1].text + char)
        else:
            pieces.append(Piece(char, marked))
    return tuple(pieces)


def _differing(value: str, other: str) -> Iterator[int]:
    matcher = SequenceMatcher(None, value, other, autojunk=False)
    if matcher.quick_ratio() < 0.5:
        return  # another wording altogether, such as a date written in another way
    for tag, start, end, _, _ in matcher.get_opcodes():
        if tag in ("replace", "delete"):
            yield from (place for place in range(start, end) if value[place].isalnum())


def _addable(
    key: str, evidence: Mapping[str, object], by_path: Mapping[str, object], lang: str
) -> Iterator[tuple[str, str]]:
    """Fields of a group that have no value yet: path and label."""
    for field_ in fields.FIELDS:
        path = field_.path.replace("[]", f"[{key.partition('[')[2][:-1]}]", 1) if "[" in key else field_.path
        path = path.replace("[]", "[0]")
        if _group_of(path) == key and path not in evidence and path not in by_path:
            yield path, fields.label(path, lang)


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
