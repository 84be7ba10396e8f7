"""The changes a reviewer makes. Each needs the token of exactly this change and the mark of what the page showed."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from pipeline import fields, names, review, review_changes, review_values
from pipeline.attention import State
from pipeline.ledger_base import StaleFiling
from pipeline.model import Severity
from pipeline.review import Kind, Said
from pipeline.review_values import Refused
from pipeline.rows import Json
from pipeline.web import pages, views
from pipeline.web.safety import Session, let_in, read_form, session_of
from pipeline.web.site import Case, Missing, Site, site_of
from pipeline.web.words import WORDS

WAIT_SECONDS = 12.0
PAUSE_SECONDS = 1.5


class Stale(Exception):
    """The page that asked showed something older; `now` is what holds."""

    def __init__(self, now: str) -> None:
        super().__init__(now)
        self.now = now


async def check(request: Request) -> Response:
    """Whether a typed value could be right, as it would be kept; nothing is saved and nothing of it is logged."""
    form = await read_form(request)
    return await run_in_threadpool(_check, request, form)


def _check(request: Request, form: dict[str, str]) -> Response:
    site, session = site_of(request), session_of(request)
    row = site.desk.ledger.get_filing(request.path_params["filing"])
    if row is None:
        raise Missing
    where = form.get("where", "")
    kind = views.certificate_type(where, row.document)
    try:
        value = review_values.checked_value(where, form.get("value", ""), kind)
    except Refused as refused:
        return JSONResponse({"right": False, "text": refused.zh if session.lang == "zh" else refused.en})
    doubt = review_values.doubt_about(where, value, kind)
    if doubt is not None:
        return JSONResponse({"right": False, "text": f"? {getattr(doubt, session.lang)}"})
    kept = value if isinstance(value, str) else "、".join(value)
    words = WORDS[session.lang]["checking_ok"]
    return JSONResponse({"right": True, "text": f"✓ {words}" + (f"：{kept}" if kept != form.get("value") else "")})


@dataclass(frozen=True, slots=True)
class Asked:
    """One posted change, with what it is about."""

    site: Site
    case: Case
    session: Session
    form: dict[str, str]

    @property
    def where(self) -> str:
        """The path, file or rule's place the change is about."""
        return self.form.get("where", "")

    @property
    def on(self) -> views.Sheet:
        """The filing as this reviewer sees it."""
        return self.site.sheet(self.case, self.session)

    def save(self, kind: Kind, value: Json) -> None:
        """Keeps a decision."""
        self.site.desk.ledger.save_decision(self.case.row.id, kind, self.where, value, self.session.who, pages.now())


async def decide(request: Request) -> Response:
    """Takes one decision and answers with the right side of the page as it is then."""
    form = await read_form(request)
    return await run_in_threadpool(_decide, request, form)


def _decide(request: Request, form: dict[str, str]) -> Response:
    site, session = site_of(request), session_of(request)
    case = site.case(request.path_params["filing"])
    kind = form.get("kind", "")
    if kind not in ACTIONS or not session.accepts(
        form.get("token", ""), case.row.id, kind, form.get("where", ""), form.get("basis", "")
    ):
        return PlainTextResponse("令牌无效，请刷新页面。\nThe token does not fit; reload the page.\n", 403)
    asked = Asked(site, case, session, form)
    try:
        with site.lock:
            case = site.case(case.row.id)
            wait = ACTIONS[kind](Asked(site, case, session, form))
    except Stale as stale:
        return _answer(
            request, asked, 409, stale={"path": asked.where, "now": stale.now, "typed": form.get("value", "")}
        )
    except Refused as refused:
        words = refused.zh if session.lang == "zh" else refused.en
        typed = form.get("value", "") or form.get("reason", "")
        return _answer(request, asked, 422, problem=words, problem_path=asked.where, typed=typed)
    except StaleFiling as problem:
        return _answer(request, asked, 409, problem=problem.zh if session.lang == "zh" else problem.en)
    return _redrawn(request, asked, wait)


def _redrawn(request: Request, asked: Asked, wait: float | None) -> Response:
    """Has the bundle made again: at once and waited for, after a pause, or not at all (`wait` is None)."""
    if wait is not None:
        asked.site.redraw.ask(asked.case.row.id, pause_seconds=0.0 if wait else PAUSE_SECONDS)
    if wait:
        asked.site.redraw.wait(asked.case.row.id, wait)
        after = asked.site.case(asked.case.row.id)
        changed = review_changes.changes(asked.case.row.document, after.row.document)
        return _answer(request, asked, 200, changes=_other_changes(changed, asked), announce="changed")
    return _answer(request, asked, 200)


def _other_changes(changed: tuple[review_changes.Change, ...], asked: Asked) -> list[dict[str, str]]:
    on = asked.on
    return [{"kind": one.kind, "text": views.hide(getattr(one.text, asked.session.lang), on)} for one in changed]


def _answer(request: Request, asked: Asked, status: int, **more: Any) -> Response:
    case = asked.site.case(asked.case.row.id)
    values = pages.work_values(asked.site, case, request, is_part=True, **more)
    if status == 200 and asked.form.get("kind") in review.OF_VALUES:
        values["next"] = _next_open(values["groups"], asked.where)
    else:
        values["next"] = asked.where
    return asked.site.page(request, "work.html", status, **values)


def _next_open(groups: tuple[views.GroupView, ...], path: str) -> str:
    """The next field that wants a look: after this one, else from the top; this one where none is left."""
    rows = [one for group in groups for one in group.fields]
    place = next((number for number, one in enumerate(rows) if one.path == path), -1)
    return next((one.path for one in (*rows[place + 1 :], *rows[: place + 1]) if one.state == "open"), path)


# -- one function per kind: saves the decision, tells how long to wait for the new bundle --------------------------


def _check_value_basis(asked: Asked) -> Json | None:
    """The chosen evidence of the value the change is about."""
    document, now = asked.case.row.document, review.standing(asked.case.decisions)
    if asked.form.get("basis") != views.value_basis(asked.where, document, now):
        said = now.values.get(asked.where)
        value = str(said.value["new"]) if said else views.shown_value(document, asked.where)
        hidden = review.is_secret(asked.where, views.certificate_type(asked.where, document))
        raise Stale(review.masked(value) if hidden else value)
    several: list[Json] = document["filing"]["evidence"].get(asked.where) or []
    return several[0] if several else None


def _confirm(asked: Asked) -> float | None:
    chosen = _check_value_basis(asked)
    if chosen is None:
        raise Refused("这里还没有值，请用“补充”填写。", "There is no value yet; add one.")
    said = review.standing(asked.case.decisions).values.get(asked.where)
    if said is not None:
        _second(asked, said)
        return None
    asked.save(Kind.CONFIRM, _of_value(asked, chosen, _typed(asked.where, chosen["value"])))
    return 0.0


def _second(asked: Asked, said: Said) -> None:
    """A second person's confirmation, where the settings ask for one; the bundle stays as it is."""
    look = asked.on.looks.shown.get(asked.where)
    if look is not None and look.state is State.OPEN:
        asked.save(Kind.CONFIRM, {"old": said.value["new"], "new": said.value["new"], "second": said.id})
        _acknowledge(asked, asked.case.row.status)


def _typed(path: str, value: str) -> Any:
    """A confirmed value as the model wants it: lists stay lists."""
    field_ = fields.field_of(path)
    return value.split("、") if field_ is not None and field_.kind == "texts" else value


def _correct(asked: Asked) -> float | None:
    chosen = _check_value_basis(asked)
    kind = views.certificate_type(asked.where, asked.case.row.document)
    value = review_values.checked_value(asked.where, asked.form.get("value", ""), kind)
    new = value if isinstance(value, str) else list(value)
    asked.save(Kind.CORRECT, _of_value(asked, chosen, new))
    return WAIT_SECONDS


def _of_value(asked: Asked, chosen: Json | None, new: Any) -> Json:
    """The decision about a value: old, new, where it was read, and the other paths that were read there."""
    evidence = asked.case.row.document["filing"]["evidence"]
    also = [
        path
        for path, several in sorted(evidence.items())
        if path != asked.where and chosen is not None and review.same_place(several[0], chosen)
    ]
    return {
        "old": chosen["value"] if chosen else "",
        "new": new,
        "also": also,
        "place": _place(asked, chosen) if chosen else {},
        **({"sample": True} if _is_of_sample(asked) else {}),
    }


def _is_of_sample(asked: Asked) -> bool:
    look = asked.on.looks.shown.get(asked.where)
    return look is not None and look.sample


def _place(asked: Asked, chosen: Json) -> Json:
    """Where the value was read. A value corrected before keeps its place and what was read there."""
    said = review.standing(asked.case.decisions).values.get(asked.where)
    if said is not None and said.value.get("place"):
        place: Json = said.value["place"]
        return place
    place = review.place_json(chosen)
    return {**place, "raw": place["raw"] or chosen["value"]}


def _undo(asked: Asked) -> float | None:
    decision = asked.form.get("decision", "")
    known = {str(one.id): one for one in asked.case.decisions}
    undone = {str(one.value.get("decision")) for one in asked.case.decisions if one.kind == Kind.UNDO}
    if decision not in known or known[decision].kind == Kind.UNDO:
        raise Missing
    if decision in undone:
        raise Stale("")
    asked.save(Kind.UNDO, {"decision": int(decision)})
    if known[decision].kind in (Kind.DONE, Kind.APPROVE) or known[decision].value.get("second"):
        # none of these is part of the bundle
        _acknowledge(asked, asked.case.row.status if known[decision].kind == Kind.DONE else "prepared")
        return None
    return WAIT_SECONDS


def _waive(asked: Asked) -> float | None:
    found = [
        one
        for one in asked.case.row.document["findings"]
        if one["rule"] == asked.form.get("rule") and one["where"] == asked.where
    ]
    now = review.standing(asked.case.decisions)
    for one in found:
        said = now.waived.get((one["rule"], one["where"]))
        if views.finding_basis(one, said) == asked.form.get("basis"):
            if one["severity"] != Severity.WARNING.value:
                raise Refused(
                    "只有“请核对”一级的意见可以放行。“必须处理”的意见请先处理。",
                    "Only warnings can be waived; a blocker has to be mended.",
                )
            reason = review_values.checked_reason(asked.form.get("reason", ""))
            asked.save(Kind.WAIVE, {"rule": one["rule"], "message": one["message"]["zh"], "reason": reason})
            return WAIT_SECONDS
    raise Stale("")


def _reject(asked: Asked) -> float | None:
    names_by_hash = {
        document["sha256"]: document["file"] for document in asked.case.row.document["filing"]["documents"]
    }
    files = {file["sha256"]: file["name"] for file in pages.files(asked.site, asked.case, asked.on)}
    if asked.where not in files:
        raise Missing
    if asked.where in review.standing(asked.case.decisions).rejected:
        raise Stale("")
    reason = review_values.checked_reason(asked.form.get("reason", ""))
    file = names_by_hash.get(asked.where) or files[asked.where]
    asked.save(Kind.REJECT, {"file": file, "reason": reason})
    return WAIT_SECONDS


def _done(asked: Asked) -> float | None:
    """Ticks off hand work; the signed paper that came back may be named, one of the filing's own files."""
    if asked.where in review.standing(asked.case.decisions).done:
        raise Stale("")
    chosen = asked.form.get("file", "")
    names_by_hash = {file["sha256"]: file["name"] for file in pages.files(asked.site, asked.case, asked.on)}
    if chosen and chosen not in names_by_hash:
        raise Missing
    asked.save(Kind.DONE, {"sha256": chosen, "file": names_by_hash.get(chosen, "")})
    _acknowledge(asked, asked.case.row.status)
    return None


def _reveal(asked: Asked) -> float | None:
    asked.save(Kind.REVEAL, {})
    evidence = asked.case.row.document["filing"]["evidence"]
    numbers = {one["value"] for one in evidence.get(asked.where, ())}
    # the same number stands at several paths and in several places of a scan: it is shown everywhere or nowhere
    same = {path for path, several in evidence.items() if numbers & {one["value"] for one in several}}
    asked.session.revealed.update((asked.case.row.id, path) for path in (asked.where, *same))
    _acknowledge(asked, asked.case.row.status)
    return None


def _approve(asked: Asked) -> float | None:
    row = asked.case.row
    if asked.form.get("basis") != str(row.version):
        raise Stale(f"v{row.version}")
    if asked.case.is_pending or asked.case.bundle is None:
        raise Refused("材料包尚未按最新的决定生成，请稍候再批准。", "The bundle is not up to date yet; wait a moment.")
    _check_second(asked)
    blockers = sum(one["severity"] == Severity.BLOCKER.value for one in row.document["findings"])
    reason = asked.form.get("reason", "").strip()
    value = {"version": asked.case.bundle.version, "digest": asked.case.bundle.digest}
    asked.save(Kind.APPROVE, {**value, "reason": review_values.checked_reason(reason) if blockers or reason else ""})
    _acknowledge(asked, "approved")
    return None


def _check_second(asked: Asked) -> None:
    """Fields that two people look at are looked at by two before anything is approved."""
    on = asked.on
    waiting = [
        fields.label(path, asked.session.lang)
        for path, look in on.looks.shown.items()
        if on.policy.is_double(path) and look.state is not State.DECIDED
    ]
    if waiting:
        named = "、".join(waiting[:5])
        raise Refused(
            f"还有 {len(waiting)} 个字段需要两人各自复核，尚不能批准：{named}。",
            f"{len(waiting)} fields are still to be looked at by two people: {named}.",
        )


def _acknowledge(asked: Asked, status: str) -> None:
    """Notes that a decision changes nothing in the bundle, so that it is not made again for it."""
    row, ledger = asked.case.row, asked.site.desk.ledger
    if not asked.case.is_pending:
        ledger.save_filing(
            row.id,
            row.document,
            expected_version=row.version,
            seen=ledger.last_change(row.id),
            now=pages.now(),
            status=status,
        )


ACTIONS: dict[str, Callable[[Asked], float | None]] = {
    Kind.CONFIRM: _confirm,
    Kind.CORRECT: _correct,
    Kind.UNDO: _undo,
    Kind.WAIVE: _waive,
    Kind.REJECT: _reject,
    Kind.DONE: _done,
    Kind.REVEAL: _reveal,
    Kind.APPROVE: _approve,
}


async def upload(request: Request) -> Response:
    """Puts a file into the inbox, streamed; from there it is taken like any other."""
    site, session = site_of(request), session_of(request)
    folder = request.query_params.get("folder", "")
    if not session.accepts(request.headers.get("x-token", ""), "upload"):
        return PlainTextResponse("token", 403)
    name = names.safe_name(names.display_name(names.raw_name(request.query_params.get("name", ""))))
    place = site.desk.settings.inbox / names.safe_name(folder.strip())
    if not folder.strip():
        return PlainTextResponse(WORDS[session.lang]["folder_name"], 422)
    place.mkdir(mode=0o700, exist_ok=True)
    part = place / f".{secrets.token_hex(8)}.part"
    limit = min(
        site.desk.settings.max_file_bytes, max(0, site.desk.store.free_bytes() - site.desk.settings.min_free_bytes)
    )
    try:
        if not await _receive(request, part, limit):
            return PlainTextResponse(_too_large(limit, session.lang), 413)
        target = _free_name(place, name)
        await run_in_threadpool(part.rename, target)
    finally:
        part.unlink(missing_ok=True)
    site.redraw.ask_to_receive()
    return PlainTextResponse(WORDS[session.lang]["uploaded"])


async def _receive(request: Request, part: Any, limit: int) -> bool:
    size = 0
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        async for piece in request.stream():
            size += len(piece)
            if size > limit:
                return False
            await run_in_threadpool(file.write, piece)
    return True


def _too_large(limit: int, lang: str) -> str:
    size = f"{limit / (1 << 20):.0f} MB"
    return f"文件过大，上限 {size}。" if lang == "zh" else f"The file is larger than {size}."


def _free_name(place: Any, name: str) -> Any:
    """A name that is not taken: a second upload must not replace a file that was not taken in yet."""
    target = place / name
    stem, dot, suffix = name.rpartition(".")
    number = 2
    while target.exists():
        target = place / (f"{stem} ({number}).{suffix}" if dot else f"{name} ({number})")
        number += 1
    return target


async def log_in(request: Request) -> Response:
    """Opens a session by name and password; only where a password file is in force."""
    site = site_of(request)
    form = await read_form(request) if request.method == "POST" else {}
    if not site.door.passwords:
        raise Missing
    if request.method == "POST":
        session = site.sessions.begin_with_password(form.get("name", ""), form.get("password", ""), site.door.passwords)
        if session is not None:
            return let_in(RedirectResponse("/", 303), site.door, session)
    return site.page(request, "login.html", 200 if request.method == "GET" else 403, failed=request.method == "POST")
