"""`beianbox read`: what documents are and say, one JSON object a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from extractors.paper import FieldReading, Paper
from pipeline.batch import sha256_of
from pipeline.model import ImageCheck
from pipeline.reading import Reading, read_file
from pipeline.vocabulary import kind_name


def run(files: Sequence[Path], *, engine: str, today: date) -> Iterator[dict[str, Any]]:
    """One object a file, in the order given; a file that cannot be read has its `error` set and stops nothing."""
    for file in files:
        yield to_json(_read(file, engine), today)


def _read(file: Path, engine: str) -> Reading:
    try:
        sha256 = sha256_of(file)
    except OSError:
        sha256 = ""
    return read_file(file, name=str(file), sha256=sha256, engine=engine)


def to_json(reading: Reading, today: date) -> dict[str, Any]:
    """The documented object; `papers` holds each sheet where a file has several."""
    failure = reading.failure
    return {
        "file": reading.file,
        "sha256": reading.sha256,
        "kind": reading.kind,
        "pages": reading.pages,
        "fields": _fields(reading.papers),
        "checks": [_check(check) for paper in reading.papers for check in _checks(paper, today)],
        "papers": [_paper(paper) for paper in reading.papers],
        "error": None
        if failure is None
        else {"code": failure.code, "message": {"zh": failure.message.zh, "en": failure.message.en}},
    }


def _fields(papers: Sequence[Paper]) -> dict[str, Any]:
    """All fields of all sheets; of a name that stands on two sheets the first."""
    found: dict[str, Any] = {}
    for paper in papers:
        for name, field in paper.fields.items():
            found.setdefault(name, _field(field))
    return found


def _field(field: FieldReading) -> dict[str, Any]:
    return {
        "value": field.value,
        "confidence": round(field.confidence, 4),
        "page": field.page,
        "box": None if field.box is None else [[round(x, 1), round(y, 1)] for x, y in field.box],
        "method": field.method,
    }


def _paper(paper: Paper) -> dict[str, Any]:
    return {
        "kind": paper.kind,
        "page": paper.page,
        "engine": paper.engine,
        "width_px": paper.width_px,
        "height_px": paper.height_px,
        "fields": {name: _field(field) for name, field in paper.fields.items()},
    }


def _checks(paper: Paper, today: date) -> tuple[ImageCheck, ...]:
    from pipeline.image_checks import check_image

    return check_image(paper, today)


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
    """One file for a person: kind, values with confidence, failed checks first."""
    if line["error"]:
        return f"✗ {line['file']}\n  {line['error']['message'][lang]}"
    kind = kind_name(line["kind"]) if lang == "zh" else line["kind"]
    lines = [f"{line['file']}: {kind}"]
    lines += [
        f"  {name:<14} {field['value']}  ({field['confidence']:.0%}, {field['method']})"
        for name, field in line["fields"].items()
    ]
    lines += [f"  ✗ {check['message'][lang]}" for check in line["checks"] if check["passed"] is False]
    passed = sum(check["passed"] is True for check in line["checks"])
    lines.append(f"  ✓ 图像检查通过 {passed} 项" if lang == "zh" else f"  ✓ {passed} image checks passed")
    return "\n".join(lines)
