"""`beianbox type`: which operation a filing is, from facts given as `name=yes`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipeline.build import plain
from pipeline.errors import UsageError
from pipeline.operation_facts import FACTS
from pipeline.operation_type import determine_type
from pipeline.vocabulary import OPERATIONS


def run(words: Sequence[str]) -> dict[str, Any]:
    """The answer as JSON: `operation` (null where nothing can be filed), `blocked`, `rule`, `reasons`, `then`.

    Without facts: the facts that can be given, under `facts`.

    Raises:
        UsageError: a fact is unknown or its value is neither yes nor no.
    """
    if not words:
        return {"operation": None, "facts": plain(FACTS)}
    facts = dict(_fact(word) for word in words)
    answer: dict[str, Any] = plain(determine_type(facts))
    return answer


def _fact(word: str) -> tuple[str, object]:
    name, equals, value = word.partition("=")
    if not equals:
        raise UsageError(f"“{word}”应写成 名称=yes 或 名称=no。", f"Write {word!r} as {word}=yes or {word}=no.")
    return name, value


def as_text(answer: dict[str, Any], lang: str) -> str:
    """The answer for a person."""
    if "facts" in answer:
        return "\n".join(f"{name:<30} {text[lang]}" for name, text in answer["facts"].items())
    names = {operation.value: zh for operation, zh in OPERATIONS.items()}
    none = "不能提交" if lang == "zh" else "nothing can be filed"
    head = names.get(answer["operation"], none) if lang == "zh" else (answer["operation"] or none)
    return "\n".join([head, *(f"  {text[lang]}" for text in (*answer["reasons"], *answer["then"]))])
