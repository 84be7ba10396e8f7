"""Fills official templates that the user supplies: PDF forms, printed PDFs, Excel and Word files.

The caller says what each value is called; the template says where it goes. Blanks that cannot be told apart are not
filled but reported, or, in anchors (a YAML beside the template, written by `learn`), given their value by a person.
Anchors bear the template's SHA-256: a changed template is refused. The finished PDF is read back before it is given out.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError

from generators import fill_acroform, fill_docx, fill_flat, fill_xlsx
from generators.errors import GenerateError, TemplateMismatch
from generators.fill_assign import assign, refuse_doubles
from generators.fill_places import TEXT, TICK, Entry, Job, Left, Place, jobs
from generators.supplied import without_active_parts

ACROFORM, FLAT, XLSX, DOCX = "acroform", "flat", "xlsx", "docx"
SUFFIXES = {ACROFORM: ".pdf", FLAT: ".pdf", XLSX: ".xlsx", DOCX: ".docx"}
MAX_BYTES = 30_000_000
MAX_PAGES = 60
DAMAGE = (
    PyPdfError, ValueError, LookupError, TypeError, AttributeError, RecursionError, NotImplementedError, OSError,
)  # fmt: skip
"""What pypdf raises for damaged files: not all of it is of its own family."""


@dataclass(frozen=True, slots=True)
class Anchors:
    """Where the values of one template go: made for the file with this SHA-256 and no other."""

    sha256: str
    kind: str
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Filled:
    """The finished file, its kind, what was filled and what was left empty."""

    data: bytes
    kind: str
    filled: tuple[Place, ...]
    left: tuple[Left, ...]


def fill(template: bytes, entries: Sequence[Entry], anchors: Anchors | None = None) -> Filled:
    """The template with all values it has a place for.

    Args:
        template: the file's bytes.
        entries: the values, also those that are not known (an empty `value`).
        anchors: where they go; without them, labels decide.

    Raises:
        TemplateMismatch: the template is not the one of the anchors, no label is known, or one is there twice.
        DoesNotFit: a value is too long for its blank.
        GenerateError: the file cannot be read or is of another kind.
    """
    kind = kind_of(template)
    left: list[Left] = []
    if anchors is None:
        places, left = assign(_find(kind, template), entries)
        if kind != ACROFORM:
            refuse_doubles(places)
    else:
        places = _places_of(anchors, template)
    wanted, empty = jobs(places, entries)
    if not places:
        raise TemplateMismatch(
            "模板中没有认得的空白（0 处）。请核对模板，或用 forms learn 生成锚点文件并写明各处的 path。",
            "No blank of the template is known (0 found). Check it, or write anchors with forms learn and give each its path.",
        )
    data = _write(kind, template, wanted, anchored=anchors is not None)
    if kind == XLSX:
        empty += [Left(place, "lost") for place in fill_xlsx.lost(template)]
    return Filled(data, kind, tuple(job.place for job in wanted), (*left, *empty))


def learn(template: bytes, entries: Sequence[Entry], name: str) -> str:
    """Anchors of a template as YAML, to be checked by a person: unknown and ambiguous blanks have an empty `path`."""
    kind = kind_of(template)
    places, left = assign(_find(kind, template), entries)
    rows = [_row(place) for place in places] + [_row(one.place, one.choose) for one in left if one.why != "never"]
    head = {"template": name, "sha256": sha256_of(template), "kind": kind}
    never = sorted({one.place.label for one in left if one.why == "never"})
    return yaml.safe_dump({**head, "never": never, "places": rows}, allow_unicode=True, sort_keys=False, width=150)


def load_anchors(text: str) -> Anchors:
    """Anchors from YAML.

    Raises:
        GenerateError: they are not what `learn` writes.
    """
    try:
        read: Any = yaml.safe_load(text)
        places = tuple(_place(row) for row in read["places"] if row.get("path"))
        return Anchors(str(read["sha256"]), str(read["kind"]), places)
    except (yaml.YAMLError, TypeError, KeyError, ValueError, AttributeError) as error:
        raise GenerateError(
            f"锚点文件无法读取（{type(error).__name__}）。请用 forms learn 重新生成。",
            f"The anchors cannot be read ({type(error).__name__}). Write them again with forms learn.",
        ) from error


def sha256_of(template: bytes) -> str:
    """The SHA-256 that anchors name."""
    return hashlib.sha256(template).hexdigest()


def kind_of(template: bytes) -> str:
    """What kind of template it is, by its content."""
    if len(template) > MAX_BYTES:
        raise GenerateError(
            "模板超过 30 MB，不像是空白表格。", "The template is larger than 30 MB, too large for a blank form."
        )
    if template[:1024].lstrip().startswith(b"%PDF"):
        return _pdf_kind(template)
    names = _members(template)
    for member, kind in (("xl/workbook.xml", XLSX), ("word/document.xml", DOCX)):
        if member in names:
            return kind
    raise GenerateError(
        "不支持这种模板。请使用 PDF、.xlsx 或 .docx（旧的 .doc、.xls 请先另存）。",
        "This kind of template is not supported. Use PDF, .xlsx or .docx (save old .doc and .xls anew).",
    )


def _pdf_kind(template: bytes) -> str:
    try:
        return ACROFORM if fill_acroform.has_fields(_open_pdf(template)) else FLAT
    except DAMAGE as error:
        raise _refused("不是可读的 PDF", "it is no readable PDF", "请另存", "Save it anew") from error


def _members(template: bytes) -> set[str]:
    try:
        with zipfile.ZipFile(io.BytesIO(template)) as archive:
            return set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return set()


def _open_pdf(template: bytes) -> PdfReader:
    try:
        reader = PdfReader(io.BytesIO(template))
        if reader.is_encrypted:
            raise _refused("模板有密码保护", "it is protected by a password", "请去除密码", "Remove the password")
        form = reader.root_object.get("/AcroForm")
        if form is not None and "/XFA" in form.get_object():
            raise _refused("这是 XFA 动态表单", "it is an XFA form", "请打印为普通 PDF", "Print it to a plain PDF")
        if len(reader.pages) > MAX_PAGES:
            raise _refused(
                f"页数超过 {MAX_PAGES}", f"it has over {MAX_PAGES} pages", "请只留表格", "Keep the form alone"
            )
        return reader
    except DAMAGE as error:
        raise _refused("不是可读的 PDF", "it is no readable PDF", "请另存", "Save it anew") from error


def _refused(zh: str, en: str, todo_zh: str, todo_en: str) -> GenerateError:
    return GenerateError(
        f"模板无法填写：{zh}。{todo_zh}后再试。", f"The template cannot be filled: {en}. {todo_en} and try again."
    )


def _find(kind: str, template: bytes) -> list[Place]:
    if kind == XLSX:
        return fill_xlsx.find(template)
    if kind == DOCX:
        return fill_docx.find(template)
    try:
        reader = _open_pdf(template)
        return fill_acroform.find(reader) if kind == ACROFORM else fill_flat.find(reader)
    except DAMAGE as error:
        raise _refused("不是可读的 PDF", "it is no readable PDF", "请另存", "Save it anew") from error


def _write(kind: str, template: bytes, wanted: Sequence[Job], *, anchored: bool) -> bytes:
    try:
        return _write_kind(kind, template, wanted)
    except DAMAGE as error:
        if not anchored:
            raise _refused("文件已损坏", "it is damaged", "请另存", "Save it anew") from error
        raise TemplateMismatch(
            "锚点指向模板中不存在的位置。请用 forms learn 重新生成锚点文件，只改其中的 path。",
            "An anchor points to a place that the template lacks. Write the anchors anew with forms learn and change only path.",
        ) from error


def _write_kind(kind: str, template: bytes, wanted: Sequence[Job]) -> bytes:
    if kind == XLSX:
        return fill_xlsx.write(template, wanted)
    if kind == DOCX:
        return fill_docx.write(template, wanted)
    writer = PdfWriter(clone_from=_open_pdf(without_active_parts(template)))
    return fill_acroform.write(writer, wanted) if kind == ACROFORM else fill_flat.write(writer, wanted)


def _places_of(anchors: Anchors, template: bytes) -> list[Place]:
    found = sha256_of(template)
    if found != anchors.sha256:
        raise TemplateMismatch(
            f"模板已变化：锚点文件是为 SHA-256 {anchors.sha256[:12]}… 生成的，现在的模板是 {found[:12]}…。请核对新模板，并用 forms learn 重新生成锚点。",
            f"The template has changed: the anchors were made for SHA-256 {anchors.sha256[:12]}…, this one has {found[:12]}…. Write the anchors anew with forms learn.",
        )
    return list(anchors.places)


def _row(place: Place, choose: Sequence[str] = ()) -> dict[str, Any]:
    row: dict[str, Any] = {"label": place.label, "path": place.path, "kind": place.kind, "page": place.page}
    if choose:
        row["choose"] = list(choose)
    if place.ref:
        row["ref"] = place.ref
    if place.box:
        row["box"] = [round(value, 2) for value in place.box]
    if place.limit:
        row["limit"] = place.limit
    if place.comb:
        row["comb"] = True
    if place.room:
        row["room"] = round(place.room, 2)
    return row


def _place(row: dict[str, Any]) -> Place:
    kind = str(row["kind"])
    if kind not in (TEXT, TICK):
        raise ValueError(kind)
    box = row.get("box")
    x0, y0, x1, y1 = (float(value) for value in box) if box else (0.0, 0.0, 0.0, 0.0)
    return Place(
        label=str(row["label"]),
        kind=kind,
        page=int(row.get("page", 1)),
        ref=str(row.get("ref", "")),
        box=(x0, y0, x1, y1) if box else None,
        limit=int(row.get("limit", 0)),
        comb=bool(row.get("comb", False)),
        room=float(row.get("room", 0)),
        path=str(row["path"]),
    )
