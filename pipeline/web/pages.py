"""The pages one looks at: queue, filing, preview, arrivals, rules; and the pictures and files they show."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from extractors import pdf
from extractors.errors import ExtractError
from generators.forms import SIGNS
from pipeline import fields, letters, review, summaries, work
from pipeline.attention import State
from pipeline.model import Filing
from pipeline.rows import Json
from pipeline.summaries import Summary
from pipeline.web import choices, views
from pipeline.web.places import ScanPage
from pipeline.web.safety import let_in, session_of
from pipeline.web.site import Case, Missing, Site, findings_of, lang_of, site_of, text_of
from pipeline.web.words import WORDS

PER_PAGE = 100
PRESSING_DAYS = 3
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


VIEWS: dict[str, Callable[[Summary, dict[str, Any]], bool]] = {
    "": lambda row, shown: True,
    "todo": lambda row, shown: not row.is_settled,
    "blockers": lambda row, shown: bool(row.blockers) and not row.is_settled,
    "open": lambda row, shown: bool(row.open_fields or row.warnings) and not row.is_settled,
    "ready": lambda row, shown: not (row.is_settled or row.blockers or row.warnings or row.open_fields or row.second),
    "second": lambda row, shown: bool(row.second) and not row.is_settled,
    "sampled": lambda row, shown: row.sampled and not row.is_settled,
    "pressing": lambda row, shown: bool(shown["pressing"]),
    "order": lambda row, shown: bool(row.order),
    "approved": lambda row, shown: row.is_settled,
}
"""The parts of the queue that one can turn to, each with its count."""
CHOSEN = ("q", "view", "province", "provider", "operation")


def queue(request: Request) -> Response:
    """All filings, what needs attention first."""
    site, lang = site_of(request), lang_of(request)
    rows = [queue_row(site, row, lang) for row in site.queue()]
    chosen = {name: request.query_params.get(name, "").strip() for name in CHOSEN}
    fits = [row for row in rows if _fits(row["one"], chosen)]
    counts = {view: sum(is_in(row["one"], row) for row in fits) for view, is_in in VIEWS.items()}
    is_in = VIEWS.get(chosen["view"], VIEWS[""])
    found = [row for row in fits if is_in(row["one"], row)]
    number = page_number(request, len(found), PER_PAGE)
    shown = found[(number - 1) * PER_PAGE : number * PER_PAGE]
    all_rows = [row["one"] for row in rows]
    return site.page(
        request,
        "queue.html",
        rows=shown,
        total=len(rows),
        found=len(found),
        counts=counts,
        provinces=sorted({row.province for row in all_rows if row.province}),
        providers=sorted({row.provider for row in all_rows if row.provider}),
        operations=[(one, choices.operation_name(one, lang)) for one in sorted({row.operation for row in all_rows})],
        chosen=chosen,
        number=number,
        last=max(1, -(-len(found) // PER_PAGE)),
    )


def next_filing(request: Request) -> Response:
    """Leads from one filing to the one after it in the queue that still wants something; else to the queue."""
    site = site_of(request)
    here = request.path_params["filing"]
    wanting = [row.filing for row in site.queue() if row.filing == here or not row.is_settled]
    place = wanting.index(here) if here in wanting else -1
    rest = [one for one in (*wanting[place + 1 :], *wanting[: max(place, 0)]) if one != here]
    return RedirectResponse(f"/filings/{quote(rest[0], safe='')}" if rest else "/", 303)


def _fits(row: Summary, chosen: dict[str, str]) -> bool:
    return chosen["q"].casefold() in row.search and all(
        chosen[name] in ("", getattr(row, name)) for name in ("province", "provider", "operation")
    )


def page_number(request: Request, found: int, per_page: int) -> int:
    """Which page of a list is asked for, within what there is."""
    asked = request.query_params.get("page", "1")
    return min(max(int(asked) if asked.isdigit() and len(asked) < 7 else 1, 1), max(1, -(-found // per_page)))


def queue_row(site: Site, row: Summary, lang: str) -> dict[str, Any]:
    """One line of a list of filings, in words."""
    words = WORDS[lang]
    moment, today = now(), site.redraw.today()
    due = summaries.next_due(row, moment)
    day = summaries.deadline(row, moment)
    left = summaries.days_left(day, today)
    arrived = summaries.days_left(row.arrived, today)
    return {
        "one": row,
        "operation": choices.operation_name(row.operation, lang),
        "drawing": site.redraw.is_busy(row.filing),
        "age": "" if arrived is None else _age(-arrived, words),
        "order": row.order.get("name", {}).get(lang, ""),
        "deadline": day,
        "what": due["title"][lang] if due else (words["submit"] if day else ""),
        "left": "" if left is None else str(words["days_left"] if left >= 0 else words["days_over"]).format(abs(left)),
        "pressing": left is not None and left <= PRESSING_DAYS and not row.is_settled,
    }


def _age(days: int, words: Any) -> str:
    return str(words["today"]) if days <= 0 else str(words["days_ago"]).format(days)


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
    return site.page(request, "work.html", **work_values(site, case, request, is_part=True))


def work_values(site: Site, case: Case, request: Request, **more: Any) -> dict[str, Any]:
    """What the right side of a filing's page is made of."""
    session = session_of(request)
    on = site.sheet(case, session)
    bundle = site.files_of(case.bundle)
    findings = findings_of(bundle)
    groups = views.groups(on)
    busy = site.redraw.is_busy(case.row.id)
    if case.is_pending and not busy and case.row.id not in site.redraw.failures:
        site.redraw.ask(case.row.id, pause_seconds=1.5)
        busy = True
    forms = findings.get("forms", ())
    answers = _answers(case, on, forms)
    received = files(site, case, on)
    values: dict[str, Any] = {
        "case": case,
        "filing": case.row.id,
        "title": case.row.document["filing"]["entity"]["name"] or WORDS[session.lang]["unknown_entity"],
        "operation": choices.operation_name(case.row.document["filing"]["operation"], session.lang),
        "groups": groups,
        "open_count": sum(group.open_count for group in groups),
        "second_count": sum(one.state is State.SECOND for group in groups for one in group.fields),
        "shown_paths": {one.path: one.key for group in groups for one in group.fields},
        "flow_run": site.redraw.flow_run(case.row.id),
        "findings": views.findings(on),
        "documents": [one for one in findings.get("documents", ()) if one["state"] != "not_needed"],
        "forms": [_form(one, session.lang) for one in forms],
        "answers": answers,
        "unmatched": [
            one["name"] for one in received if "letter" in one["kinds"] and not _is_used(one["sha256"], answers, on)
        ],
        "files": received,
        "bundle_files": list(bundle.sizes.items()),
        "titles": file_titles(forms, session.lang),
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
        "is_part": False,
        "typed": "",
        "stale": None,
        "announce": "",
        "folder": _folder(site, case.row.id),
        "empty_basis": lambda path: views.value_basis(path, case.row.document, on.now),
        "addable_paths": {path for group in groups for path, _ in group.addable},
    }
    return {**values, **more}


def _form(one: Json, lang: str) -> Json:
    """A form with the words for what is done to it by hand."""
    return {**one, "sign": [getattr(SIGNS[key], lang) for key in one["sign"] if key in SIGNS]}


def file_titles(forms: Sequence[Json], lang: str) -> dict[str, str]:
    """Files of a bundle by what a person calls them."""
    named = {one["file"]: text_of(one["title"], lang) for one in forms}
    return {"bundle.pdf": WORDS[lang]["whole_bundle"], **named}


def _answers(case: Case, on: views.Sheet, forms: Sequence[Json]) -> dict[str, str]:
    """Template to the received letter that answers it by its title; rejected letters and used ones are not offered."""
    used = {str(said.value.get("sha256", "")) for said in on.now.done.values()} | set(on.now.rejected)
    titles = {one["template"]: one["title"]["zh"] for one in forms if f"hand:{one['template']}" not in on.now.done}
    return letters.matched(titles, {file: lines for file, lines in case.heads.items() if file not in used})


def _is_used(sha256: str, answers: Mapping[str, str], on: views.Sheet) -> bool:
    known = {str(said.value.get("sha256", "")) for said in on.now.done.values()}
    return sha256 in known or sha256 in on.now.rejected or sha256 in answers.values()


def _folder(site: Site, filing_id: str) -> str:
    """The inbox folder of a filing: where an upload for it goes."""
    first = next(iter(site.desk.ledger.arrivals_of(filing_id)), None)
    return first.path.partition("/")[0] if first and "/" in first.path else ""


def _page_list(on: views.Sheet) -> list[ScanPage]:
    return sorted(on.pages.values(), key=lambda page: (page.file, page.number))


def files(site: Site, case: Case, on: views.Sheet) -> list[dict[str, Any]]:
    """The received files with what each is and whether it was rejected."""
    kinds: dict[str, list[str]] = {}
    for document in case.row.document["filing"]["documents"]:
        kinds.setdefault(document["sha256"], []).append(document["kind"])
    return [
        {
            "name": name,
            "sha256": sha256,
            "kinds": list(dict.fromkeys(kinds.get(sha256, ()))),
            "rejected": on.now.rejected.get(sha256),
        }
        for name, sha256 in work.current_files(site.desk, case.row.id)
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
    sha256, page = request.path_params["sha256"], request.path_params["page"]
    if all(sha256 != known for _, known in work.current_files(site.desk, request.path_params["filing"])):
        raise Missing
    with site.desk.store.room() as room:
        return _jpeg(lambda: site.pictures.scan(sha256, lambda: room.path(sha256), page))


def _jpeg(draw: Any) -> Response:
    try:
        return Response(draw(), media_type="image/jpeg")
    except (ExtractError, OSError) as problem:
        raise Missing from problem


def preview(request: Request) -> Response:
    """The pages of one finished PDF."""
    site = site_of(request)
    case = site.case(request.path_params["filing"])
    name, bundle = request.path_params["name"], site.files_of(case.bundle)
    if name not in bundle.sizes or not name.endswith(".pdf"):
        raise Missing
    return site.page(
        request,
        "preview.html",
        filing=case.row.id,
        name=name,
        names=[one for one in bundle.sizes if one.endswith(".pdf")],
        count=pdf.page_count(bundle.read(name)),
        titles=file_titles(findings_of(bundle).get("forms", ()), lang_of(request)),
        title=case.row.document["filing"]["entity"]["name"],
        version=case.bundle.version if case.bundle else 0,
    )


def preview_page(request: Request) -> Response:
    """One page of a finished PDF as JPEG."""
    site = site_of(request)
    row, name = site.desk.ledger.latest_bundle(request.path_params["filing"]), request.path_params["name"]
    files = site.files_of(row)
    if row is None or name not in files.sizes or not name.endswith(".pdf"):
        raise Missing
    return _jpeg(lambda: site.pictures.preview(row.digest, name, lambda: files.read(name), request.path_params["page"]))


def download(request: Request) -> Response:
    """One file of the newest bundle."""
    site = site_of(request)
    name, files = request.path_params["name"], site.bundle(request.path_params["filing"])
    if name not in files.sizes:
        raise Missing
    path = PurePosixPath(name)
    return attachment(files.read(name), path.name, KINDS.get(path.suffix, "application/octet-stream"))


def download_all(request: Request) -> Response:
    """The newest bundle's folder as one ZIP."""
    site = site_of(request)
    filing_id = request.path_params["filing"]
    files = site.bundle(filing_id)
    if not files.sizes:
        raise Missing
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in files.sizes:
            archive.writestr(zipfile.ZipInfo(f"{filing_id}/{name}"), files.read(name), zipfile.ZIP_DEFLATED)
    return attachment(packed.getvalue(), f"{filing_id}.zip")


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
        return attachment(sheets.book(made), f"{row.id}-export.xlsx")
    body = export_command.body_json(name, export_command.BODIES[name](made, ()))
    return attachment(export_command.json_bytes(body), f"{row.id}-{name}.json")


def attachment(data: bytes, name: str, kind: str = "application/octet-stream") -> Response:
    """A file to be saved under a name."""
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return Response(data, media_type=kind, headers=headers)


def now() -> datetime:
    """The time decisions are stamped with."""
    return datetime.now(UTC)
