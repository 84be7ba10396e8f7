"""What a checkup of this machine gives."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.model import Text
from pipeline.rows import NOTHING

LATER = Text("首次运行时会自动建立", "It is made at the first run")


@dataclass(frozen=True, slots=True)
class Checkup:
    """One thing looked at; `ok` is None for a trouble that work can go on with. `todo` says what to do."""

    name: str
    ok: bool | None
    zh: str
    en: str
    todo: Text = NOTHING
