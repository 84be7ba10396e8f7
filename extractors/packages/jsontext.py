"""JSON from strangers: read however it was saved, and asked without trusting its shape."""

from __future__ import annotations

import json
from typing import Any

Json = dict[str, Any]


def read_json(data: bytes) -> Json:
    """Return a JSON object however it was saved; an empty one for anything else."""
    for encoding in ("utf-8-sig", "utf-16", "gb18030"):
        try:
            found = json.loads(data.decode(encoding))
        except (ValueError, RecursionError):
            continue
        return found if isinstance(found, dict) else {}
    return {}


def part(value: object, key: str) -> Json:
    """The object under a key; an empty one for anything else."""
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def text(value: object, key: str) -> str:
    """The text or whole number under a key as text, at most 1024 characters; empty for anything else."""
    found = value.get(key) if isinstance(value, dict) else None
    return found[:1024] if isinstance(found, str) else str(found) if type(found) is int else ""


def objects(value: object, key: str) -> list[Json]:
    """The objects in the list under a key."""
    found = value.get(key) if isinstance(value, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
