"""What the review sheets are told: plain values, made by the pipeline, drawn by `sheet.py`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TodoGroup:
    """What people must still do: `kind` is `mend`, `sign`, `seal`, `upload`, or a heading of its own.

    `english` says the items in English, one for one, where it is known.
    """

    kind: str
    items: tuple[str, ...]
    english: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CoverInfo:
    """The first page. `date` is the day the caller works with, YYYY-MM-DD; nothing reads a clock.

    `facts` are further label and value pairs; `notes` small lines at the foot, such as which scans were made smaller.
    """

    title: str
    entity: str
    operation: str
    province: str
    provider: str
    date: str
    blockers: int = 0
    warnings: int = 0
    notices: int = 0
    todo: tuple[TodoGroup, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One finding; `severity` is `blocker`, `warning` or `note`, `where` a label or path a person understands."""

    severity: str
    message_zh: str
    message_en: str = ""
    advice_zh: str = ""
    advice_en: str = ""
    where: str = ""
    rule: str = ""
    status: str = "current"
    source_title: str = ""
    source_as_of: str = ""
    source_address: str = ""


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """One place a value was read: `method` in words, `crop` a small JPEG or PNG of it, `confidence` in 0..1."""

    value: str
    file: str = ""
    page: int = 0
    method: str = ""
    confidence: float | None = None
    crop: bytes | None = None


@dataclass(frozen=True, slots=True)
class ValueRow:
    """One value of the filing; `others` are readings that disagree with it."""

    label_zh: str
    label_en: str
    value: str
    reading: ReadingRow | None = None
    others: tuple[ReadingRow, ...] = ()


@dataclass(frozen=True, slots=True)
class ValueGroup:
    """Values that belong together: the entity, a person, a website, an APP."""

    title_zh: str
    title_en: str
    rows: tuple[ValueRow, ...]
