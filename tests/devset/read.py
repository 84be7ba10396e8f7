"""Reads a drawn set with one engine and writes what it read: `python -m tests.devset.read FOLDER ENGINE OUT`.

Run as a process of its own, so that processor time and peak memory are that engine's alone. Engines: `beianbox`, the
whole reader; `tesseract` and `rapidocr`, those engines as shipped on the raw picture, their lines given to our parsers.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from extractors.vision.lines import Line

Result = dict[str, Any]


def main(folder: Path, engine: str, out: Path) -> None:
    """Reads each picture of the set and writes one result a line, then the peak memory."""
    read = _READERS[engine]()
    truths = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    # The first reading loads the models: it would be counted for one picture.
    read((folder / truths[0]["file"]).read_bytes())
    rows = []
    for truth in truths:
        data = (folder / truth["file"]).read_bytes()
        start = _cpu_seconds()
        kind, fields = read(data)
        rows.append({"file": truth["file"], "kind": kind, "cpu": _cpu_seconds() - start, "fields": fields})
    out.write_text(json.dumps({"peak_mb": _peak_mb(), "rows": rows}, ensure_ascii=False, indent=1), encoding="utf-8")


def _cpu_seconds() -> float:
    """Of this process and of the programs it has run: Tesseract is one."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _peak_mb() -> float:
    """The most memory since this program began; what `getrusage` says holds the parent's peak too."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


Reader = Callable[[bytes], tuple[str, Mapping[str, Any]]]


def _beianbox() -> Reader:
    from extractors.documents import read_document
    from extractors.identify import FileKind

    def read(data: bytes) -> tuple[str, Mapping[str, Any]]:
        papers = read_document(data, FileKind.JPEG)
        fields: dict[str, Any] = {}
        for paper in papers:
            for name, field in paper.fields.items():
                fields.setdefault(
                    name,
                    {
                        "value": field.value,
                        "confidence": field.confidence,
                        "state": field.state,
                        "method": field.method,
                    },
                )
        return papers[0].kind, fields

    return read


def _tesseract() -> Reader:
    from extractors.vision import tesseract

    return _parsed(lambda picture: tuple(tesseract.read_lines(picture)))


def _rapidocr() -> Reader:
    from rapidocr import RapidOCR  # type: ignore[import-not-found]

    from extractors.vision.lines import even_line

    ocr = RapidOCR()

    def lines(picture: Any) -> tuple[Line, ...]:
        found = ocr(picture)
        if found.boxes is None:
            return ()
        return tuple(
            even_line(text, tuple((float(x), float(y)) for x, y in box), "rapidocr", float(score))  # type: ignore[arg-type]
            for text, box, score in zip(found.txts, found.boxes, found.scores, strict=True)
        )

    return _parsed(lines)


def _parsed(lines: Callable[[Any], tuple[Line, ...]]) -> Reader:
    """Another engine's lines of the raw picture, given to our parsers."""
    from extractors.papers import kinds, registry
    from extractors.papers.layout import SheetText
    from extractors.vision.images import decode

    def read(data: bytes) -> tuple[str, Mapping[str, Any]]:
        picture = decode(data)
        text = SheetText(kinds.without_watermarks(lines(picture)), picture.shape[1], picture.shape[0])
        kind = kinds.kind_of(text)
        return kind, {
            name: {"value": value.value, "confidence": value.confidence}
            for name, value in registry.read(kind, text).items()
        }

    return read


_READERS: Mapping[str, Callable[[], Reader]] = {"beianbox": _beianbox, "tesseract": _tesseract, "rapidocr": _rapidocr}


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
