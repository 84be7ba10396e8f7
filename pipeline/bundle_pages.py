"""The pages of `bundle.pdf` in reading order: cover, values with crops, findings, forms, scans."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from extractors.documents import TEXT_LAYER
from generators import merge, scans, sheet
from generators.fonts import printable
from generators.merge import Meta, Part
from generators.page import Pages
from generators.sheet_model import CoverInfo, FindingRow, TodoGroup
from pipeline import bundle_values, fields, vocabulary
from pipeline.batch import Prepared
from pipeline.model import (
    Document,
    Finding,
    Form,
    ImageCheck,
    Severity,
    Text,
)
from pipeline.proofs import Page, Proofs, archivable, collect
from pipeline.workers import Source

TITLE = "ICP备案材料包"
GROUP_VALUES, GROUP_FORMS, GROUP_SCANS = "核对 Review", "表格与函件 Forms and letters", "材料 Documents"
SMALLER = "本材料包中的扫描件为缩小的审阅副本，上报请使用原件。 Scans in this bundle are smaller copies for review; upload the originals."
SMALLEST = (
    "为控制材料包大小，其中 {0} 页扫描件进一步缩小。 To keep the bundle small, {0} scans were made smaller still."
)
MAX_TODO = 12
NAMED_FILES = 5


def draw(prepared: Prepared, files: Sequence[Source], forms: Mapping[str, Pages | bytes]) -> bytes:
    """The bundle as PDF bytes; `forms` are our pages or filled templates, by file name."""
    proofs = _proofs(prepared, files)
    day = prepared.today.isoformat()
    parts = [
        Part("封面 Cover", "", sheet.cover(cover_info(prepared, shrunk=len(proofs.shrunk)))),
        Part(
            "审核意见 Findings",
            GROUP_VALUES,
            sheet.findings_sheet([_finding_row(one) for one in prepared.findings], date=day),
        ),
        Part(
            "取值与出处 Values and where they were read",
            GROUP_VALUES,
            sheet.values_sheet(bundle_values.value_groups(prepared, proofs), date=day),
        ),
        *(part for form in prepared.forms for part in _form_parts(form, forms[form.file], day)),
        *_scan_parts(prepared, proofs, day),
    ]
    name = printable(prepared.filing.entity.name)
    return merge.bundle(
        parts, Meta(title=f"{TITLE} {name}".strip(), subject=vocabulary.OPERATIONS[prepared.filing.operation], date=day)
    )


def _form_parts(form: Form, content: Pages | bytes, day: str) -> Iterator[Part]:
    """Our own form as it is; of the user's template its pages. Word and Excel files lie beside the bundle only."""
    title = f"{form.title.zh} {form.title.en}"
    if isinstance(content, Pages):
        yield Part(title, GROUP_FORMS, content)
    elif form.file.endswith(".pdf"):
        yield Part(title, GROUP_FORMS, archivable(content, form.title.zh, day))


def _proofs(prepared: Prepared, files: Sequence[Source]) -> Proofs:
    pages = {
        Page(reading.sha256, paper.page): (paper.image.turned_degrees or 0) if paper.image else 0
        for reading in prepared.readings
        for paper in reading.papers
    }
    evidence = [one for several in prepared.filing.evidence.values() for one in several]
    shown = {page.sha256 for page in pages}
    paths = {file.sha256: file.path for file in files if file.sha256 in shown}
    return collect(paths, pages, evidence, _drawn_pages(prepared)) if pages else Proofs()


def _drawn_pages(prepared: Prepared) -> list[Page]:
    """The pages of PDFs whose text can be read, so that it can be searched in the bundle too."""
    return [
        Page(reading.sha256, paper.page)
        for reading in prepared.readings
        for paper in reading.papers
        if paper.engine == TEXT_LAYER
    ]


def cover_info(prepared: Prepared, *, shrunk: int = 0) -> CoverInfo:
    """What the first page says; `shrunk` scans were made smaller than usual."""
    filing = prepared.filing
    number = {severity: sum(one.severity is severity for one in prepared.findings) for severity in Severity}
    return CoverInfo(
        title=TITLE,
        entity=printable(filing.entity.name),
        operation=vocabulary.OPERATIONS[filing.operation],
        province=filing.province,
        provider=filing.provider,
        date=prepared.today.isoformat(),
        blockers=number[Severity.BLOCKER],
        warnings=number[Severity.WARNING],
        notices=number[Severity.NOTE],
        todo=tuple(_todo(prepared)),
        facts=(
            ("备案编号 Filing", filing.id),
            ("材料 Files", f"{len(prepared.readings)}"),
            ("服务 Services", printable(_services(prepared))),
        ),
        notes=(SMALLER, *((SMALLEST.format(shrunk),) if shrunk else ())),
    )


def _services(prepared: Prepared) -> str:
    filing = prepared.filing
    names = [*(site.name for site in filing.websites), *(app.name for app in filing.apps)]
    return "、".join(name for name in names if name)


def _todo(prepared: Prepared) -> Iterator[TodoGroup]:
    yield from _group("mend", [one.message for one in prepared.findings if one.severity is Severity.BLOCKER])
    own_words = [form.title for form in prepared.forms if form.compare and not form.is_supplied]
    together = Text("、".join(f"《{one.zh}》" for one in own_words), "; ".join(one.en for one in own_words))
    yield from _group("compare", [together] if own_words else [])
    yield from _group("sign", [_to_sign(form) for form in prepared.forms if form.sign])
    yield from _group("upload", [one.why for one in prepared.needed if one.state == "missing"])
    by_hand = [rule.requirement for rule in prepared.checklist if rule.province or rule.provider]
    yield from _group("需人工核对　To be checked by a person", [*_to_look_at(prepared), *by_hand])


def _to_look_at(prepared: Prepared) -> list[Text]:
    """Which pictures have something that no program could tell."""
    documents = prepared.filing.documents
    asked = [one.file for one in documents if any(check.passed is None for check in _checks_of(one, prepared))]
    files = list(dict.fromkeys(asked))
    if not files:
        return []
    shown, rest = files[:NAMED_FILES], len(files) - NAMED_FILES
    more = (f" 等 {len(files)} 个文件", f" and {rest} more") if rest > 0 else ("", "")
    return [
        Text(
            f"材料页中标“?”的各项，程序无法判定：{'、'.join(shown)}{more[0]}",
            f"What no program could tell of pictures, marked “?” under them: {', '.join(shown)}{more[1]}",
        )
    ]


def _to_sign(form: Form) -> Text:
    beside = "" if form.file.endswith(".pdf") else form.file
    zh, en = (f"（{beside}，不在本册内）", f" ({beside}, not in this file)") if beside else ("", "")
    return Text(
        f"《{form.title.zh}》{zh}：{'、'.join(word.zh for word in form.sign_words)}",
        f"{form.title.en}{en}: {', '.join(word.en for word in form.sign_words)}",
    )


def _group(kind: str, items: Sequence[Text]) -> Iterator[TodoGroup]:
    if items:
        rest = len(items) - MAX_TODO
        more = [Text(f"……另有 {rest} 项，见审核意见", f"and {rest} more, see the findings")] if rest > 0 else []
        shown = [*items[:MAX_TODO], *more]
        yield TodoGroup(kind, tuple(printable(one.zh) for one in shown), tuple(printable(one.en) for one in shown))


def _finding_row(finding: Finding) -> FindingRow:
    source = finding.source
    return FindingRow(
        severity=finding.severity.value,
        message_zh=printable(finding.message.zh),
        message_en=printable(finding.message.en),
        advice_zh=printable(finding.advice.zh),
        advice_en=printable(finding.advice.en),
        where=printable(fields.label(finding.where)),
        rule=finding.rule,
        status=finding.status,
        source_title=printable(source.title) if source else "",
        source_as_of=source.as_of if source else "",
        source_address=printable(source.address) if source else "",
    )


def _scan_parts(prepared: Prepared, proofs: Proofs, day: str) -> Iterator[Part]:
    """Every page of every supplied paper once, both sides of a card together."""
    shown: set[Page] = set()
    for document in sorted(prepared.filing.documents, key=_scan_order):
        page = _page_of(document)
        if page in shown or not (page in proofs.scans or page in proofs.drawings):
            continue
        shown.add(page)
        back = _other_side(document, prepared.filing.documents, shown, proofs)
        if back is not None:
            shown.add(back)
        caption = _caption(document, prepared, back)
        title = f"{caption.kind} {caption.file}"
        yield Part(title, GROUP_SCANS, _scan(page, back, caption, proofs, day))


def _scan(page: Page, back: Page | None, caption: scans.Caption, proofs: Proofs, day: str) -> Pages | bytes:
    if page in proofs.drawings:
        return scans.pdf_scan_page(proofs.drawings[page], caption, date=day)
    if back is None:
        return scans.scan_page(proofs.scans[page], caption, date=day)
    return scans.id_card_page(proofs.scans[page], proofs.scans[back], caption, date=day)


def _page_of(document: Document) -> Page:
    return Page(document.sha256, document.pages[0])


ORDER = (
    "business_licence",
    "institution_certificate",
    "idcard_front",
    "idcard_both",
    "passport",
    "idcard_back",
    "domain_certificate",
)


def _scan_order(document: Document) -> tuple[int, str, int]:
    place = ORDER.index(document.kind) if document.kind in ORDER else len(ORDER)
    return place, document.file, document.pages[0]


def _other_side(document: Document, documents: Sequence[Document], shown: set[Page], proofs: Proofs) -> Page | None:
    """The emblem side that goes with a portrait side, where both are pictures."""
    if document.kind != "idcard_front" or not document.role:
        return None
    for other in documents:
        page = _page_of(other)
        fits = other.kind == "idcard_back" and other.role == document.role and page not in shown
        if fits and page in proofs.scans and _page_of(document) in proofs.scans:
            return page
    return None


def _caption(document: Document, prepared: Prepared, back: Page | None = None) -> scans.Caption:
    """What stands under a scan: what is wrong with it, then what no program could tell; the rest is counted."""
    sides = [document, *(one for one in prepared.filing.documents if back is not None and _page_of(one) == back)]
    kind = "居民身份证" if back is not None else vocabulary.kind_name(document.kind)
    found = [(side.file, check) for side in sides for check in _checks_of(side, prepared)]
    files = list(dict.fromkeys(side.file for side in sides))
    lines = [
        scans.CheckLine(printable(f"{file}：" * (len(files) > 1) + f"{check.message.zh}　{check.message.en}"), passed)
        for passed in (False, None)
        for file, check in found
        if check.passed is passed
    ]
    passed = sum(check.passed is True for _, check in found)
    summary = [scans.CheckLine(f"图像检查通过 {passed} 项　{passed} image checks passed", True)] if passed else []
    return scans.Caption(printable("，".join(files)), kind, (*lines, *summary), document.pages[0])


def _checks_of(document: Document, prepared: Prepared) -> list[ImageCheck]:
    checks = prepared.image_checks.get(document.sha256, ())
    return [check for check in checks if check.page in document.pages]
