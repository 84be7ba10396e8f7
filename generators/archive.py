"""The finished bundle as PDF/A-3b: data files attached, identity fixed, and the written bytes checked against the standard.

ISO 19005-3 lets a file carry its own data and forbids everything that a later reader might lack: fonts left outside,
scripts, encryption. pikepdf prepares and checks; its check approves only what it knows, so a refusal may be a false
alarm. A file that is refused is still given out, as plain PDF that claims nothing.
"""

from __future__ import annotations

import importlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pikepdf import Pdf

FLAVOUR = "3b"
PRODUCER = "beianbox"
EPOCH = "2000-01-01"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file inside the PDF: the data that the pages show (AFRelationship Data)."""

    name: str
    data: bytes
    mime: str
    description: str


@dataclass(frozen=True, slots=True)
class Archived:
    """The finished file; `problems` says why it is no PDF/A, and is empty where it is."""

    pdf: bytes
    problems: tuple[str, ...] = ()

    @property
    def flavour(self) -> str:
        """`3b`, or an empty text for a plain PDF."""
        return "" if self.problems else FLAVOUR


def load() -> None:
    """Loads the libraries; `archive` does it by itself where nobody did before."""
    importlib.import_module("pikepdf.pdfa")


def archive(pdf: bytes, attachments: Sequence[Attachment] = (), date: str = "") -> Archived:
    """The PDF as PDF/A-3b with the attachments; the same input gives the same bytes.

    Args:
        pdf: a file drawn by this program; it is not screened for hostile content.
        attachments: files to carry along.
        date: YYYY-MM-DD, written as the day of the file; nothing reads a clock.
    """
    import pikepdf
    from pikepdf import pdfa

    stamp = f"{date or EPOCH}T00:00:00Z"
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        _attach(opened, attachments, stamp)
        pdfa.prepare(opened, FLAVOUR)
        _sign_off(opened, stamp)
        settings = pdfa.resolve_save_kwargs(FLAVOUR, deterministic_id=True)
        made = _saved(opened, settings)
    report = pdfa.validate_written(io.BytesIO(made), FLAVOUR, settings)
    if report.passed:
        return Archived(made)
    return Archived(_plain(pdf, attachments, stamp), tuple(dict.fromkeys(one.rule for one in report.findings)))


def _attach(pdf: Pdf, attachments: Sequence[Attachment], stamp: str) -> None:
    import pikepdf

    files = pikepdf.Array()
    for one in attachments:
        specification = pikepdf.AttachedFileSpec(
            pdf,
            one.data,
            description=one.description,
            filename=one.name,
            mime_type=one.mime,
            mod_date=_pdf_date(stamp),
            relationship=pikepdf.Name.Data,
        )
        pdf.attachments[one.name] = specification
        files.append(specification.obj)
    if len(files):
        pdf.Root.AF = files


def _pdf_date(stamp: str) -> str:
    return f"D:{stamp[:10].replace('-', '')}000000Z"


def _sign_off(pdf: Pdf, stamp: str) -> None:
    """Who made the file and when: pikepdf writes its own name and the time of day, which differ each time."""
    with pdf.open_metadata(set_pikepdf_as_editor=False) as metadata:
        metadata["xmp:MetadataDate"] = stamp
        metadata["pdf:Producer"] = PRODUCER
    pdf.docinfo["/Producer"] = PRODUCER


def _saved(pdf: Pdf, settings: dict[str, object]) -> bytes:
    out = io.BytesIO()
    pdf.save(out, **settings)  # type: ignore[arg-type]
    return out.getvalue()


def _plain(pdf: bytes, attachments: Sequence[Attachment], stamp: str) -> bytes:
    import pikepdf

    with pikepdf.open(io.BytesIO(pdf)) as opened:
        _attach(opened, attachments, stamp)
        return _saved(opened, {"deterministic_id": True, "object_stream_mode": pikepdf.ObjectStreamMode.generate})
