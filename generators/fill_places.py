"""Blanks of a template and the values that may go there.

A template says with a label (a field name, a word in the cell before) what belongs into a blank; the caller says with
names what each value is; `fill_assign` brings them together. What only a person may write (seal, signature,
fingerprint, date of signing) stays empty whatever the names say.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

Box = tuple[float, float, float, float]
TEXT, TICK = "text", "tick"
DOTS = ".…．·"
"""Characters that printed forms use, in a row, for a line to write on."""
LONGEST_LABEL = 16
MOST_ROWS = 50
"""Rows under a row of headings that are looked at."""
LABEL_END = re.compile(r"[：:]\s*$")
PARTS_OF_DATES = "年月日"
"""A blank before one of these is for a number, not for the whole value that its label asks for."""
BOXES = "□☐▢◻○\uf0a3\uf06f\uf0a8"
"""Characters that printed forms use for an empty tick box; the last are those of Wingdings and Wingdings 2."""

_NEVER = re.compile(
    r"盖章|签章|公章|印章|签名(?!(的)?(md5|sha|值|指纹|算法|证书))|签字|签署|手印|指印|捺印|按指纹|经办人|核验人|审核人|"
    r"^(填表|填写|签订|提交|申请|承诺|授权|核验|办理)?(日期|时间)$|年月日|signature(?!_?(md5|sha|hash))|signed|seal|stamp|^(sign|today)?_?date$"
)
_WORD_AFTER = re.compile(rf"([{BOXES}])\s*([^\s{BOXES}]+)")
_WORD_BEFORE = re.compile(rf"([^\s{BOXES}：:，。；]+)\s*([{BOXES}])")
_BEHIND = re.compile(r"\s*[（(]([^（）()，,：:_]+)[，,）)]")
_HINT = re.compile(r"[（(][^（）()]*(必填|选填|可选|如有|请|填写|required|optional)[^（）()]*[)）]")
_NOISE = re.compile(r"[\s:：*＊_、,，.。/\-\[\]]+")


@dataclass(frozen=True, slots=True)
class Entry:
    """A value the caller can fill in.

    `names` are the words a template may use for it; `ticked` is None for a text, else whether its box is ticked.
    `owner` is whom the value is of, by the words a heading may use; `leads` says that short labels after its blank
    speak of the same owner, as `手机号码` does after `主体负责人`. Where there may be several owners of a kind, such as websites,
    `number` counts them from 1.
    """

    path: str
    names: tuple[str, ...]
    value: str = ""
    ticked: bool | None = None
    owner: tuple[str, ...] = ()
    leads: bool = False
    number: int = 0

    @property
    def kind(self) -> str:
        """A text or a tick."""
        return TEXT if self.ticked is None else TICK


@dataclass(frozen=True, slots=True)
class Place:
    """A blank: its label, page or sheet (from 1), field name or cell, and for PDFs the box in points.

    `names` are further words that the template has for it, `printed` those that stand beside a field, `section` the heading it stands under, `row` its line in
    reading order, `path` the value that goes there. With `comb`, each of its `limit` characters has a part of the box.
    A long value may go on beyond the line it is written on, up to `room`. Under a row of headings, `heads`, `nth` counts
    the rows from 1.
    `explicit` blanks bear their value's name, like `{{ name }}`; `inferred` ones got theirs by what stands before.
    """

    label: str
    kind: str = TEXT
    page: int = 1
    ref: str = ""
    box: Box | None = None
    names: tuple[str, ...] = ()
    printed: tuple[str, ...] = ()
    limit: int = 0
    comb: bool = False
    room: float = 0.0
    section: str = ""
    row: int = 0
    heads: tuple[str, ...] = ()
    nth: int = 0
    explicit: bool = False
    path: str = ""
    inferred: bool = False


@dataclass(frozen=True, slots=True)
class Left:
    """A blank that stays empty and why: `never`, `no_value`, `ambiguous` (with the paths it may mean) or `unknown`.

    What the template has and the filled file lacks is `lost`.
    """

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


def is_label(text: str) -> bool:
    """Whether a text may be a label; a figure counts a row."""
    return any(char.isalnum() for char in text) and not text.strip().isdigit()


def is_counter(head: str) -> bool:
    """Whether a heading stands over running numbers."""
    return plain_name(head) in ("序号", "no")


def is_never(label: str) -> bool:
    """Whether only a person may fill this in."""
    return bool(_NEVER.search(plain_name(label)) or _NEVER.search(label.lower()))


def ticks_in(text: str) -> list[tuple[str, int]]:
    """The words of the tick boxes in a text, and where the boxes are.

    The words stand after the boxes, unless nothing stands after the last one: then all have theirs before them.
    """
    boxes = [place for place, char in enumerate(text) if char in BOXES]
    if not boxes:
        return []
    if any(char.isalnum() for char in text[boxes[-1] :]):
        return [(match[2], match.start(1)) for match in _WORD_AFTER.finditer(text)]
    return [(match[1], match.start(2)) for match in _WORD_BEFORE.finditer(text)]


def label_of(before: str, after: str) -> str:
    """What a blank is for: the words before it, or those in brackets right after it (`____（单位名称）`)."""
    if after.lstrip()[:1] in tuple(PARTS_OF_DATES):
        return ""
    behind = _BEHIND.match(after)
    words = before.rstrip()
    if behind and not LABEL_END.search(words):
        return behind[1]
    if words[-1:] in tuple("（("):
        words = words[:-1]
    cut = max(words.rfind(char) for char in "，。；;,、\t") + 1
    for opening, closing in ("（）", "()"):
        start = words.rfind(opening)
        if start > words.rfind(closing):
            cut = max(cut, start + 1)
    label = re.split(r"\s{2,}|　", words[cut:].strip())[-1]
    return label if len(label) <= 2 * LONGEST_LABEL else ""


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
