"""`beianbox read`: what documents are and say, one JSON object a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from extractors.paper import EXPECTED, FieldReading, Paper
from pipeline.model import ImageCheck
from pipeline.reading import Reading
from pipeline.source_file import SourceFile, sha256_of
from pipeline.vocabulary import kind_name
from pipeline.workers import Readers

MISSING = "missing"
"""The state of a value that a paper of its kind carries and that was not found."""


def run(files: Sequence[Path], *, engine: str, readers: Readers) -> Iterator[Reading]:
    """One reading a file, in the order given; a file that cannot be read has its failure and stops nothing."""
    yield from readers.read_each([_source(file) for file in files], engine=engine)


def _source(file: Path) -> SourceFile:
    try:
        sha256 = sha256_of(file)
    except OSError:
        sha256 = ""
    return SourceFile(str(file), file, sha256)


def to_json(reading: Reading, judge: Callable[[Paper], Iterable[ImageCheck]]) -> dict[str, Any]:
    """The documented object; `papers` holds each sheet where a file has several. `judge` checks a paper's picture."""
    failure = reading.failure
    return {
        "file": reading.file,
        "sha256": reading.sha256,
        "kind": reading.kind,
        "pages": reading.pages,
        "fields": _fields(reading.papers),
        "checks": [_check(check) for paper in reading.papers for check in judge(paper)],
        "papers": [_paper(paper) for paper in reading.papers],
        "error": None
        if failure is None
        else {"code": failure.code, "message": {"zh": failure.message.zh, "en": failure.message.en}},
    }


def _fields(papers: Sequence[Paper]) -> dict[str, Any]:
    """All fields of all sheets; of a name that stands on two sheets the first that was read."""
    found: dict[str, Any] = {}
    for paper in papers:
        for name, field in _fields_of(paper).items():
            if name not in found or found[name]["state"] == MISSING:
                found[name] = field
    return found


def _fields_of(paper: Paper) -> dict[str, Any]:
    """A sheet's values, then those it should carry and that were not found, empty and `missing`."""
    read = {name: _field(field) for name, field in paper.fields.items()}
    lost = {name: _missing(paper.page) for name in EXPECTED.get(paper.kind, ()) if name not in read}
    return read | lost


def _field(field: FieldReading) -> dict[str, Any]:
    return {
        "value": field.value,
        "confidence": round(field.confidence, 4),
        "state": field.state,
        "page": field.page,
        "box": None if field.box is None else [[round(x, 1), round(y, 1)] for x, y in field.box],
        "method": field.method,
        "raw": field.raw,
    }


def _missing(page: int) -> dict[str, Any]:
    return {"value": "", "confidence": 0.0, "state": MISSING, "page": page, "box": None, "method": "", "raw": ""}


def _paper(paper: Paper) -> dict[str, Any]:
    return {
        "kind": paper.kind,
        "page": paper.page,
        "engine": paper.engine,
        "width_px": paper.width_px,
        "height_px": paper.height_px,
        "fields": _fields_of(paper),
    }


def _check(check: ImageCheck) -> dict[str, Any]:
    return {
        "code": check.code,
        "passed": check.passed,
        "measured": check.measured,
        "limit": check.limit,
        "message": {"zh": check.message.zh, "en": check.message.en},
        "page": check.page,
    }


def as_text(line: dict[str, Any], lang: str) -> str:
    """One file for a person: kind, values with confidence, failed checks first, then what a person should look at."""
    if line["error"]:
        return f"✗ {line['file']}\n  {line['error']['message'][lang]}"
    lines = [f"{line['file']}: {kind_name(line['kind'], lang)}"]
    lines += [f"  {name:<14} {_shown(field, lang)}" for name, field in line["fields"].items()]
    for mark, passed in (("✗", False), ("?", None)):
        lines += [f"  {mark} {check['message'][lang]}" for check in line["checks"] if check["passed"] is passed]
    good = sum(check["passed"] is True for check in line["checks"])
    lines.append(f"  ✓ 图像检查通过 {good} 项" if lang == "zh" else f"  ✓ {good} image checks passed")
    return "\n".join(lines)


_STATES = {
    "ok": ("", ""),
    "repaired": ("，已据校验修正", ", repaired by proof"),
    "unsure": ("，把握不大，请核对", ", unsure: compare it with the picture"),
}


def _shown(field: dict[str, Any], lang: str) -> str:
    """A value with its confidence, method and state."""
    if field["state"] == MISSING:
        return "— 未读到，请查看原图" if lang == "zh" else "— not read: look at the picture"
    said = _STATES[field["state"]][lang != "zh"]
    return f"{field['value']}  ({field['confidence']:.0%}, {field['method']}{said})"
