"""Blanks of a template, the values that may go there, and which goes where.

A template says with a label (a field name, a word in the cell before) what belongs into a blank; the caller says with
names what each value is. A blank whose label fits two different values, or none, stays empty and is reported. What
only a person may write (seal, signature, fingerprint, date of signing) stays empty whatever the names say.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from generators.errors import TemplateMismatch

Box = tuple[float, float, float, float]
TEXT, TICK = "text", "tick"
BOXES = "□☐▢◻○"
"""Characters that printed forms use for an empty tick box."""

_NEVER = re.compile(
    r"盖章|签章|公章|印章|签名(?!(的)?(md5|sha|值|指纹|算法|证书))|签字|签署|手印|指印|捺印|按指纹|经办人|核验人|审核人|"
    r"^(填表|填写|签订|提交|申请|承诺|授权|核验|办理)?(日期|时间)$|年月日|signature(?!_?(md5|sha|hash))|signed|seal|stamp|^(sign|today)?_?date$"
)
_HINT = re.compile(r"[（(][^（）()]*(必填|选填|可选|如有|请|填写|required|optional)[^（）()]*[)）]")
_NUMBER = re.compile(r"^[（(]?[一二三四五六七八九十\d]+[)）、.．]\s*")
_SUFFIX = re.compile(r"(基本)?(信息|情况|资料|部分)$")
_NOISE = re.compile(r"[\s:：*＊_、,，.。/\-\[\]]+")


@dataclass(frozen=True, slots=True)
class Entry:
    """A value the caller can fill in.

    `names` are the words a template may use for it; `ticked` is None for a text, else whether its box is ticked.
    """

    path: str
    names: tuple[str, ...]
    value: str = ""
    ticked: bool | None = None

    @property
    def kind(self) -> str:
        """A text or a tick."""
        return TEXT if self.ticked is None else TICK


@dataclass(frozen=True, slots=True)
class Place:
    """A blank: its label, page or sheet (from 1), field name or cell, and for PDFs the box in points.

    `names` are further words that the template has for it, `section` the heading it stands under, `path` the value that
    goes there.
    """

    label: str
    kind: str = TEXT
    page: int = 1
    ref: str = ""
    box: Box | None = None
    names: tuple[str, ...] = ()
    limit: int = 0
    section: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Left:
    """A blank that stays empty and why: `never`, `no_value`, `ambiguous` (with the paths it may mean) or `unknown`."""

    place: Place
    why: str
    choose: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be put where: a text, or an empty text for a tick."""

    place: Place
    value: str


def plain_name(name: str) -> str:
    """A label without blanks, marks, hints and letter case: `证件号码（必填）：` gives `证件号码`."""
    text = unicodedata.normalize("NFKC", _HINT.sub("", name))
    return _NOISE.sub("", _HINT.sub("", text)).lower()


def is_never(label: str) -> bool:
    """Whether only a person may fill this in."""
    return bool(_NEVER.search(plain_name(label)) or _NEVER.search(label.lower()))


def assign(places: Iterable[Place], entries: Sequence[Entry]) -> tuple[list[Place], list[Left]]:
    """The places that have exactly one value, and those that stay empty."""
    known: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        for name in {plain_name(one) for one in entry.names}:
            known.setdefault((entry.kind, name), []).append(entry)
    assigned: list[Place] = []
    left: list[Left] = []
    for place in places:
        found = _candidates(place, known)
        if any(map(is_never, (place.label, *place.names))):
            left.append(Left(place, "never"))
        elif len(found) == 1:
            assigned.append(replace(place, path=found[0]))
        else:
            left.append(Left(place, "ambiguous" if found else "unknown", tuple(found)))
    return assigned, left


def _candidates(place: Place, known: Mapping[tuple[str, str], list[Entry]]) -> list[str]:
    """The paths that the first name with any meaning stands for; a heading may say whose a value is."""
    parts = re.split(r"[/／]", place.label)
    for name in (place.label, *place.names, *(parts if len(parts) > 1 else ())):
        found = _paths(place.kind, name, known)
        if len(found) > 1 and place.section:
            found = _paths(place.kind, section_name(place.section) + name, known) or found
        if found:
            return found
    return []


def _paths(kind: str, name: str, known: Mapping[tuple[str, str], list[Entry]]) -> list[str]:
    return sorted({entry.path for entry in known.get((kind, plain_name(name)), [])})


def section_name(heading: str) -> str:
    """Whom a heading speaks of: `二、主体负责人基本信息` gives `主体负责人`."""
    return _SUFFIX.sub("", plain_name(_NUMBER.sub("", heading.strip())))


def refuse_doubles(places: Sequence[Place]) -> None:
    """Raise where one value would go to two places: the form has sections that labels alone do not tell apart."""
    for place in places:
        same = [one for one in places if one.path == place.path and one.kind == place.kind]
        if len(same) > 1:
            raise TemplateMismatch(
                f"模板中“{place.label}”出现 {len(same)} 次，无法确定填在哪里。请用 forms learn 生成锚点文件，写明各处的 path 后再填。",
                f"The template has {place.label!r} {len(same)} times, so its place is not certain. Write anchors with forms learn, give each its path, and fill again.",
            )


def jobs(places: Sequence[Place], entries: Sequence[Entry]) -> tuple[list[Job], list[Left]]:
    """What to write, and the places whose value is not known."""
    values = {(entry.path, entry.kind): entry for entry in entries}
    wanted: list[Job] = []
    left: list[Left] = []
    for place in places:
        entry = values.get((place.path, place.kind))
        if is_never(place.label):
            left.append(Left(place, "never"))
        elif entry is None or not (entry.value or entry.ticked is not None):
            left.append(Left(place, "no_value"))
        elif entry.ticked is not False:
            wanted.append(Job(place, entry.value))
    return wanted, left
