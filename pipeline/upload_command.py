"""The command `beianbox pictures`: the papers of a folder as pictures for a provider's page."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.batch import Prepared
from pipeline.export_command import json_bytes
from pipeline.publish import publish
from pipeline.source_file import SourceFile
from pipeline.upload_pictures import Made, make


def pictures(
    prepared: Prepared,
    files: Sequence[SourceFile],
    out: Path,
    *,
    provider: str = "",
    least_kb: float | None = None,
    most_kb: float | None = None,
) -> tuple[dict[str, Any], bool]:
    """Makes the pictures and writes their folder whole.

    Returns:
        The object to print, and whether a picture could not be made.

    Raises:
        UsageError: `out` holds something that is not ours.
    """
    wanted = provider or prepared.filing.provider
    made = make(prepared.readings, files, wanted, least_kb=least_kb, most_kb=most_kb)
    contents = {one.file: one.data for one in made if one.data}
    contents["manifest.json"] = json_bytes({"provider": wanted, "pictures": [_entry(one) for one in made]})
    publish(out, contents)
    return {"out": str(out), "provider": wanted, "pictures": [one.as_json() for one in made]}, any(
        one.problem for one in made
    )


def _entry(made: Made) -> dict[str, Any]:
    return {**made.as_json(), "sha256": hashlib.sha256(made.data).hexdigest() if made.data else None}


def default_out(folder: Path) -> Path:
    """Beside the folder."""
    whole = folder.resolve()
    return whole.with_name(f"{whole.name}-pictures")


def as_text(shown: dict[str, Any], lang: str) -> str:
    """The result for a person."""
    lines = [f"上传图片：{shown['out']}" if lang == "zh" else f"Pictures for upload: {shown['out']}"]
    for one in shown["pictures"]:
        if one["error"]:
            lines.append(f"  ✗ {one['from']}: {one['error'][lang]}")
        else:
            lines.append(f"  {one['file']}  {one['bytes'] / 1024:.0f} KB  ← {one['from']}")
    return "\n".join(lines)
