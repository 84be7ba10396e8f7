"""A program of its own: cleans the pages of a supplied PDF and says whether they may go into a PDF/A as they are.

The files come from strangers, so this only ever runs under limits of memory and processor time that it sets for
itself first. It is started by `generators.supplied` by file path, reads the PDF from standard input and writes one
line of JSON (`fit`, `pages`) and then the cleaned file to standard output.

Scripts, attachments, multimedia and actions that reach the network or the disk are removed; what form fields and
notes show is drawn into the page, and the fields and notes themselves, links among them, are left out.
"""

from __future__ import annotations

import io
import json
import resource
import sys
from typing import Any

_MEMORY_BYTES = 1024 * 1024 * 1024
_CPU_SECONDS = 8
_FLAVOUR = "3b"


def main() -> int:
    """Reads the page numbers (from 1) from the arguments, and answers."""
    limit_itself()
    header, cleaned = _answer(sys.stdin.buffer.read(), [int(argument) for argument in sys.argv[1:]])
    sys.stdout.buffer.write(json.dumps(header).encode() + b"\n" + cleaned)
    return 0


def limit_itself() -> None:
    """Caps this process's memory and processor time, and lets it leave no core file."""
    limits = ((resource.RLIMIT_AS, _MEMORY_BYTES), (resource.RLIMIT_CPU, _CPU_SECONDS), (resource.RLIMIT_CORE, 0))
    for kind, value in limits:
        _, hard = resource.getrlimit(kind)
        lowest = value if hard == resource.RLIM_INFINITY else min(value, hard)  # a stricter parent's limit stays
        resource.setrlimit(kind, (lowest, lowest))


def _answer(data: bytes, numbers: list[int]) -> tuple[dict[str, Any], bytes]:
    import pikepdf
    from pikepdf import pdfa

    with pikepdf.open(io.BytesIO(data)) as supplied, pikepdf.new() as cleaned:
        strip_active(supplied)
        supplied.flatten_annotations("print")
        for number in numbers:
            cleaned.pages.append(supplied.pages[number - 1])
        for page in cleaned.pages:
            _keep_the_drawing_alone(page)
        pdfa.prepare(cleaned, _FLAVOUR)
        fit = pdfa.check(cleaned, _FLAVOUR).passed
        out = io.BytesIO()
        cleaned.save(out, deterministic_id=True)
    return {"fit": fit, "pages": len(numbers)}, out.getvalue()


def strip_active(pdf: Any) -> None:
    """Removes what acts, hides or phones home, in place; what the pages show stays."""
    from pikepdf.sanitize import Sanitizer

    (
        Sanitizer()
        .remove_javascript()
        .remove_external_access()
        .remove_attachments()
        .remove_multimedia()
        .remove_collection()
        .remove_private_app_data()
        .remove_web_capture()
        .remove_search_index()
        .remove_thumbnails()
        .apply(pdf)
    )


def _keep_the_drawing_alone(page: Any) -> None:
    for key in ("/Annots", "/AA", "/Trans", "/Metadata", "/PieceInfo", "/AF", "/StructParents", "/Tabs", "/B"):
        if key in page.obj:
            del page.obj[key]


if __name__ == "__main__":
    sys.exit(main())
