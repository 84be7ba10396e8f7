"""What a decision changed in a filing: findings that went or came, values that are others now. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline import fields
from pipeline.model import Severity, Text
from pipeline.review import is_secret, masked
from pipeline.rows import Json


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that a decision changed: `gone`, `new` or `changed`, and in words."""

    kind: str
    text: Text


def changes(before: Json, after: Json) -> tuple[Change, ...]:
    """What differs between two saved filings: findings that went or came, values that are others now."""
    return (*_finding_changes(before, after), *_value_changes(before, after))


def _finding_changes(before: Json, after: Json) -> Iterator[Change]:
    old, new = (_open_findings(document) for document in (before, after))
    yield from (Change("gone", _text(one)) for key, one in old.items() if key not in new)
    yield from (Change("new", _text(one)) for key, one in new.items() if key not in old)


def _open_findings(document: Json) -> dict[tuple[str, str, str], Json]:
    return {
        (one["rule"], one["where"], one["message"]["zh"]): one
        for one in document["findings"]
        if one["severity"] != Severity.NOTE.value
    }


def _text(finding: Json) -> Text:
    return Text(finding["message"]["zh"], finding["message"]["en"])


def _value_changes(before: Json, after: Json) -> Iterator[Change]:
    old, new = (_values(document) for document in (before, after))
    for path in (*old, *(path for path in new if path not in old)):
        was, now = old.get(path, ""), new.get(path, "")
        if was != now:
            shown = (masked(was), masked(now)) if is_secret(path) else (was, now)
            words = tuple(one or "—" for one in shown)
            yield Change(
                "changed",
                Text(
                    f"{fields.label(path)}：{words[0]} → {words[1]}",
                    f"{fields.label(path, 'en')}: {words[0]} → {words[1]}",
                ),
            )


def _values(document: Json) -> dict[str, str]:
    return {path: str(several[0]["value"]) for path, several in document["filing"]["evidence"].items() if several}
