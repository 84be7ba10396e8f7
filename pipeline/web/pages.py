"""The pages one looks at: queue, filing, preview, arrivals, rules; and the pictures and files they show."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response

from extractors import pdf
from extractors.errors import ExtractError
from generators.forms import SIGNS
from pipeline import fields, review, rulebook, vocabulary, work
from pipeline.model import Filing, Operation
from pipeline.rows import UNASSIGNED, Json, State
from pipeline.web import views
from pipeline.web.places import ScanPage
from pipeline.web.safety import let_in, session_of
from pipeline.web.site import Case, Missing, Site, bundle_files, bundle_json, lang_of, site_of, text_of
from pipeline.web.summaries import Summary
from pipeline.web.words import WORDS

PER_PAGE = 100
KINDS = {".pdf": "application/pdf", ".json": "application/json", ".xlsx": "application/octet-stream"}


def start(request: Request) -> Response:
    """Lets in whoever brings the one-time token."""
    site = site_of(request)
    if request.scope.get("session") is not None:
        return RedirectResponse("/", 303)
    session = site.sessions.begin_with_token(request.query_params.get("token", ""), site.who)
    if session is None or site.door.passwords:
        words = WORDS[site.desk.settings.lang]
        head = (
            "起始地址只能用一次。请重新运行 beianbox review。"
            if words is WORDS["zh"]
            else "The start address works once. Run beianbox review again."
        )
        return site.page(request, "message.html", 403, head=head)
    return let_in(RedirectResponse("/", 303), site.door, session)


def queue(request: Request) -> Response:
    """All filings, what needs attention first."""
    site, lang = site_of(request), lang_of(request)
    rows = site.queue()
    chosen = {name: request.query_params.get(name, "").strip() for name in ("q", "state", "province")}
    fits = [row for row in rows if _fits(row, chosen)]
    number = _page_number(request, len(fits))
    shown = fits[(number - 1) * PER_PAGE : number * PER_PAGE]
    return site.page(
        request,
        "queue.html",
        rows=[_queue_row(site, row, lang) for row in shown],
        total=len(rows),
        found=len(fits),
        provinces=sorted({row.province for row in rows if row.province}),
        chosen=chosen,
        number=number,
        last=max(1, -(-len(fits) // PER_PAGE)),
    )


def _fits(row: Summary, chosen: dict[str, str]) -> bool:
    return (
        chosen["q"].casefold() in row.search
        and chosen["state"] in ("", row.status)
        and chosen["province"] in ("", row.province)
    )


def _page_number(request: Request, found: int) -> int:
    asked = request.query_params.get("page", "1")
    return min(max(int(asked) if asked.isdigit() and len(asked) < 7 else 1, 1), max(1, -(-found // PER_PAGE)))


def _queue_row(site: Site, row: Summary, lang: str) -> dict[str, Any]:
    first = next(iter(site.desk.ledger.arrivals_of(row.filing)), None)
    words = WORDS[lang]
    today = site.redraw.today()
    arrived = first.arrived_at.astimezone().date() if first else None
    return {
        "one": row,
        "operation": vocabulary.OPERATIONS[Operation(row.operation)]
        if lang == "zh"
        else row.operation.replace("_", " "),
        "drawing": site.redraw.is_busy(row.filing),
        "age": _age((today - arrived).days, words) if arrived else "",
        "left": _left(row.submit_date, today, words),
    }


def _age(days: int, words: Any) -> str:
    return str(words["today"]) if days <= 0 else str(words["days_ago"]).format(days)


def _left(day: str, today: date, words: Any) -> str:
    if not day:
        return ""
    days = (date.fromisoformat(day) - today).days
    return str(words["days_left"] if days >= 0 else words["days_over"]).format(abs(days))


def filing(request: Request) -> Response:
    """One filing: scan left, fields right."""
    site = site_of(request)
    case = site.case(request.path_params["filing"])
    return site.page(request, "filing.html", **work_values(site, case, request))


def work_part(request: Request) -> Response:
    """The right side of a filing's page alone, as it is now; empty with 204 while the bundle is being made."""
    site = site_of(request)
    case = site.case(request.path_params["filing"])
    if site.redraw.is_busy(case.row.id):
        return Response(status_code=204)
    return site.page(request, "work.html", **work_values(site, case, request))


def work_values(site: Site, case: Case, request: Request, **more: Any) -> dict[str, Any]:
    """What the right side of a filing's page is made of."""
    session = session_of(request)
    on = site.sheet(case, session)
    findings = bundle_json(case.bundle, "findings.json")
    groups = views.groups(on)
    busy = site.redraw.is_busy(case.row.id)
    if case.is_pending and not busy and case.row.id not in site.redraw.failures:
        site.redraw.ask(case.row.id, pause_seconds=1.5)
        busy = True
    values: dict[str, Any] = {
        "case": case,
        "filing": case.row.id,
        "title": case.row.document["filing"]["entity"]["name"] or WORDS[session.lang]["unknown_entity"],
        "operation": _operation(case, session.lang),
        "groups": groups,
        "open_count": sum(group.open_count for group in groups),
        "findings": views.findings(on),
        "documents": [one for one in findings.get("documents", ()) if one["state"] != "not_needed"],
        "forms": [_form(one, session.lang) for one in findings.get("forms", ())],
        "files": files(site, case, on),
        "bundle_files": [(name, path.stat().st_size) for name, path in bundle_files(case.bundle).items()],
        "exports": EXPORTS,
        "history": [_history(one, session.lang) for one in reversed(case.decisions)],
        "pages": _page_list(on),
        "covers": views.secret_boxes(on),
        "turns": views.page_turns(on),
        "busy": busy,
        "failure": site.redraw.failures.get(case.row.id),
        "approval": on.now.approval if case.row.status == "approved" else None,
        "done": on.now.done,
        "approve_basis": case.row.version,
        "changes": (),
        "next": "",
        "problem": "",
        "problem_path": "",
        "typed": "",
        "stale": None,
        "text_of": text_of,
        "kind_name": vocabulary.kind_name,
        "announce": "",
        "folder": _folder(site, case.row.id),
        "empty_basis": lambda path: views.value_basis(path, case.row.document, on.now),
        "addable_paths": {path for group in groups for path, _ in group.addable},
    }
    return {**values, **more}


def _form(one: Json, lang: str) -> Json:
    """A form with the words for what is done to it by hand."""
    return {**one, "sign": [getattr(SIGNS[key], lang) for key in one["sign"] if key in SIGNS]}


def _folder(site: Site, filing_id: str) -> str:
    """The inbox folder of a filing: where an upload for it goes."""
    first = next(iter(site.desk.ledger.arrivals_of(filing_id)), None)
    return first.path.partition("/")[0] if first and "/" in first.path else ""


def _operation(case: Case, lang: str) -> str:
    word = case.row.document["filing"]["operation"]
    return vocabulary.OPERATIONS[Operation(word)] if lang == "zh" else word.replace("_", " ")


def _page_list(on: views.Sheet) -> list[ScanPage]:
    return sorted(on.pages.values(), key=lambda page: (page.file, page.number))


def files(site: Site, case: Case, on: views.Sheet) -> list[dict[str, Any]]:
    """The received files with what each is and whether it was rejected."""
    kinds: dict[str, list[str]] = {}
    for document in case.row.document["filing"]["documents"]:
        kinds.setdefault(document["sha256"], []).append(document["kind"])
    return [
        {
            "name": file.name,
            "sha256": file.sha256,
            "kinds": list(dict.fromkeys(kinds.get(file.sha256, ()))),
            "rejected": on.now.rejected.get(file.sha256),
        }
        for file in work.current_files(site.desk, case.row.id)
    ]


HISTORY = {
    "confirm": ("确认", "confirmed"),
    "correct": ("改正", "corrected"),
    "reject_document": ("退件", "rejected"),
    "waive": ("放行", "waived"),
    "done": ("手工完成", "done by hand"),
    "undo": ("撤销", "took back"),
    "approve": ("批准", "approved"),
    "reveal": ("查看号码", "revealed"),
}


def _history(one: Any, lang: str) -> dict[str, str]:
    zh, en = HISTORY.get(one.kind, (one.kind, one.kind))
    hidden = review.is_secret(one.where)
    old, new = (_plain(one.value.get(name, ""), hidden) for name in ("old", "new"))
    said = f"{old or '—'} → {new}" if one.kind == "correct" else new or str(one.value.get("reason", ""))
    return {
        "id": str(one.id),
        "what": zh if lang == "zh" else en,
        "where": fields.label(one.where, lang) if len(one.where) != 64 else str(one.value.get("file", "")),
        "said": said,
        "who": one.who,
        "when": one.decided_at.astimezone().strftime("%Y-%m-%d %H:%M"),
    }


def _plain(value: Any, hidden: bool) -> str:
    text = value if isinstance(value, str) else "、".join(value)
    return review.masked(text) if hidden else text


def scan(request: Request) -> Response:
    """A page of a received file as JPEG."""
    site = site_of(request)
    files = {file.sha256: file for file in work.current_files(site.desk, request.path_params["filing"])}
    file = files.get(request.path_params["sha256"])
    if file is None:
        raise Missing
    return _jpeg(lambda: site.pictures.scan(file.sha256, file.path, request.path_params["page"]))


def _jpeg(draw: Any) -> Response:
    try:
        return Response(draw(), media_type="image/jpeg")
    except (ExtractError, OSError) as problem:
        raise Missing from problem


def preview(request: Request) -> Response:
    """The pages of one finished PDF."""
    site = site_of(request)
    case = site.case(request.path_params["filing"])
    name = request.path_params["name"]
    path = bundle_files(case.bundle).get(name)
    if path is None or path.suffix != ".pdf":
        raise Missing
    return site.page(
        request,
        "preview.html",
        filing=case.row.id,
        name=name,
        names=[one for one in bundle_files(case.bundle) if one.endswith(".pdf")],
        count=pdf.page_count(path.read_bytes()),
        title=case.row.document["filing"]["entity"]["name"],
        version=case.bundle.version if case.bundle else 0,
    )


def preview_page(request: Request) -> Response:
    """One page of a finished PDF as JPEG."""
    site = site_of(request)
    bundle = site.desk.ledger.latest_bundle(request.path_params["filing"])
    path = bundle_files(bundle).get(request.path_params["name"])
    if path is None or path.suffix != ".pdf" or bundle is None:
        raise Missing
    return _jpeg(lambda: site.pictures.preview(bundle.digest, path, request.path_params["page"]))


def download(request: Request) -> Response:
    """One file of the newest bundle."""
    site = site_of(request)
    name = request.path_params["name"]
    path = bundle_files(site.desk.ledger.latest_bundle(request.path_params["filing"])).get(name)
    if path is None:
        raise Missing
    return FileResponse(path, media_type=KINDS.get(path.suffix, "application/octet-stream"), filename=path.name)


def download_all(request: Request) -> Response:
    """The newest bundle's folder as one ZIP."""
    site = site_of(request)
    filing_id = request.path_params["filing"]
    files = bundle_files(site.desk.ledger.latest_bundle(filing_id))
    if not files:
        raise Missing
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in files.items():
            archive.writestr(zipfile.ZipInfo(f"{filing_id}/{name}"), path.read_bytes(), zipfile.ZIP_DEFLATED)
    return _attachment(packed.getvalue(), f"{filing_id}.zip")


EXPORTS = ("wechat", "douyin", "xlsx")


def export(request: Request) -> Response:
    """The filing in another system's shape, as a file; what a request body still lacks is listed in it."""
    from pydantic import TypeAdapter

    from pipeline import export_command
    from pipeline.exports import sheets

    name = request.path_params["format"]
    row = site_of(request).desk.ledger.get_filing(request.path_params["filing"])
    if row is None or name not in EXPORTS:
        raise Missing
    made = TypeAdapter(Filing).validate_python(row.document["filing"])
    if name == "xlsx":
        return _attachment(sheets.book(made), f"{row.id}-export.xlsx")
    body = export_command.body_json(name, export_command.BODIES[name](made))
    return _attachment(export_command.json_bytes(body), f"{row.id}-{name}.json")


def _attachment(data: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return Response(data, media_type="application/octet-stream", headers=headers)


def arrivals(request: Request) -> Response:
    """Every dropped file with its state and reason."""
    site, lang = site_of(request), lang_of(request)
    rows = site.desk.ledger.arrivals_in(*State, limit=500)
    return site.page(request, "arrivals.html", rows=[_arrival(site, row, lang) for row in rows])


def _arrival(site: Site, row: Any, lang: str) -> dict[str, Any]:
    same = site.desk.ledger.arrivals_with(row.sha256) if row.sha256 else ()
    return {
        "one": row,
        "reason": getattr(row.reason, lang),
        "note": getattr(row.note, lang),
        "when": row.arrived_at.astimezone().strftime("%Y-%m-%d %H:%M"),
        "also": [
            other for other in same if other.id != row.id and (other.filing, other.path) != (row.filing, row.path)
        ],
        "assigned": row.filing != UNASSIGNED,
        "can_retry": bool(row.sha256) and row.state is State.NEEDS_ATTENTION and row.superseded_by is None,
    }


def rules(request: Request) -> Response:
    """The rules that apply, with source and date."""
    site = site_of(request)
    chosen = vocabulary.province_of(request.query_params.get("province", "")) or ""
    rows = rulebook.rules_json(site.redraw.rules(), chosen or None)
    return site.page(
        request, "rules.html", rows=rows, chosen=chosen, provinces=list(vocabulary.PROVINCES.values()), text_of=text_of
    )


def now() -> datetime:
    """The time decisions are stamped with."""
    return datetime.now(UTC)
