"""The command `beianbox export`: a filing in another system's shape."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import letters
from pipeline.build import plain
from pipeline.errors import EnvironmentProblem
from pipeline.exports import douyin, wechat
from pipeline.exports.mapping import Exported, Missing
from pipeline.exports.materials import Letter
from pipeline.model import Filing

if TYPE_CHECKING:
    from pipeline.batch import Prepared

BODIES: dict[str, Callable[[Filing, Sequence[Letter]], Exported]] = {"wechat": wechat.body, "douyin": douyin.body}
FORMATS = (*BODIES, "xlsx", "json")


OWN_SHEETS = frozenset({"filing_information_sheet", "app_feature_sheet"})
"""Forms for the applicant's own use, which no platform takes."""


def letters_of(prepared: Prepared) -> list[Letter]:
    """The forms of a filing that have to be signed, each with its scan where one lies in the folder."""
    wanted = {form.template: form.title for form in prepared.forms if form.sign and form.template not in OWN_SHEETS}
    seen = letters.heads(
        (one.file, one.sha256, {"papers": [{"kind": paper.kind, "texts": paper.texts} for paper in one.papers]})
        for one in prepared.readings
    )
    found = letters.matched({template: title.zh for template, title in wanted.items()}, seen)
    names = {one.sha256: one.file for one in prepared.readings}
    return [
        Letter(template, title, names.get(found.get(template, ""), ""), found.get(template, ""))
        for template, title in wanted.items()
    ]


def body_json(name: str, exported: Exported) -> dict[str, Any]:
    """What the command prints: the body, what it lacks, and services that it does not cover."""
    return {
        "format": name,
        "body": exported.body,
        "missing": [missing_json(one) for one in exported.missing],
        "not_included": list(exported.not_included),
    }


def missing_json(missing: Missing) -> dict[str, Any]:
    """One thing that is still to be filled in; `path` is where to type it in `filing.yaml`, or empty."""
    return {"target": missing.target, "path": missing.path, "zh": missing.message.zh, "en": missing.message.en}


def export(
    filing: Filing, name: str, out: Path | None, folder: Path, signed: Sequence[Letter] = ()
) -> tuple[dict[str, Any], bool]:
    """Exports a filing.

    Args:
        filing: the filing.
        name: one of `FORMATS`.
        out: the file to write: for a request body exactly the body, nothing beside it. None prints instead, except
            for a workbook, which goes beside the folder.
        folder: the filing's folder, after which a workbook is named.
        signed: the forms that have to be signed (see `letters_of`), for request bodies.

    Returns:
        The object to print, and whether something is missing.
    """
    if name == "xlsx":
        return _workbook(filing, out or _beside(folder)), False
    if name == "json":
        return _whole(filing, out), False
    exported = BODIES[name](filing, signed)
    shown = body_json(name, exported)
    if out is not None:
        write(out, json_bytes(shown.pop("body")))
        shown["out"] = str(out)
    return shown, bool(exported.missing)


def _beside(folder: Path) -> Path:
    whole = folder.resolve()
    return whole.with_name(f"{whole.name}-export.xlsx")


def _workbook(filing: Filing, out: Path) -> dict[str, Any]:
    from pipeline.exports import sheets

    write(out, sheets.book(filing))
    return {"format": "xlsx", "out": str(out), "missing": []}


def _whole(filing: Filing, out: Path | None) -> dict[str, Any]:
    whole: dict[str, Any] = plain(filing)
    if out is None:
        return whole
    write(out, json_bytes(whole))
    return {"format": "json", "out": str(out), "missing": []}


def json_bytes(value: object) -> bytes:
    """JSON as this program writes it to files."""
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def write(out: Path, data: bytes) -> None:
    """Writes a file whole or not at all.

    Raises:
        EnvironmentProblem: the place is not writable.
    """
    part = out.with_name(f".{out.name}.part")
    try:
        part.write_bytes(data)
        part.replace(out)
    except OSError as problem:
        part.unlink(missing_ok=True)
        raise EnvironmentProblem(
            f"无法写入 {out}（{problem.strerror}）。请检查文件夹和权限。",
            f"{out} cannot be written ({problem.strerror}). Check the folder and its rights.",
        ) from problem
