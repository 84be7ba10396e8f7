"""The rules: what applies and why, with source and date; all of them, of one province, or those of one filing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from pipeline import checks, order_events, vocabulary
from pipeline.model import Filing
from pipeline.rows import FilingRow
from pipeline.rulebook import Rulebook, rules_json
from pipeline.web import pages
from pipeline.web.site import Missing, lang_of, site_of

PER_PAGE = 100
SUBJECTS = {
    "all": ("所有主体", "every entity"),
    "organisation": ("单位", "organisations"),
    "enterprise": ("企业", "enterprises"),
    "individual": ("个人", "individuals"),
    "government": ("党政机关、事业单位", "government bodies"),
    "sole_proprietor": ("个体工商户", "sole traders"),
    "hkmtw_person": ("港澳台人员", "people from Hong Kong, Macau, Taiwan"),
    "foreign_person": ("外籍人员", "foreigners"),
}
SERVICES = {"both": ("网站和APP", "websites and APPs"), "web": ("网站", "websites"), "app": ("APP", "APPs")}
OPERATIONS = {
    "all": ("各类备案", "every filing"),
    "first": ("首次备案", "first filing"),
    "add": ("新增服务", "new service"),
    "access": ("新增接入", "new access"),
    "change": ("变更", "change"),
    "cancel": ("注销", "deregistration"),
}


def rules(request: Request) -> Response:
    """The rules that fit what was asked for."""
    site, lang = site_of(request), lang_of(request)
    asked = {name: request.query_params.get(name, "").strip() for name in ("q", "province", "severity", "filing")}
    asked["province"] = vocabulary.province_of(asked["province"]) or ""
    book = site.redraw.rules()
    row = _filing(request, asked["filing"])
    filing = None if row is None else order_events.filing_of(row)
    found = [
        {**one, "why": _why(one, lang), "outcome": ""}
        for one in rules_json(book, asked["province"] or None)
        if _fits(one, asked)
    ]
    if row is not None and filing is not None:
        outcomes = _outcomes(row, filing, book)
        found = [{**one, "outcome": outcomes[one["id"]]} for one in found if one["id"] in outcomes]
        found.sort(key=lambda one: ("finding", "met", "told").index(str(one["outcome"])))
    else:
        # a province's own rules before the national ones
        found.sort(key=lambda one: bool(asked["province"]) and one["province"] is None)
    number = pages.page_number(request, len(found), PER_PAGE)
    return site.page(
        request,
        "rules.html",
        rows=found[(number - 1) * PER_PAGE : number * PER_PAGE],
        found=len(found),
        asked=asked,
        title=filing.entity.name if filing else "",
        provinces=list(vocabulary.PROVINCES.values()),
        number=number,
        last=max(1, -(-len(found) // PER_PAGE)),
    )


def _filing(request: Request, wanted: str) -> FilingRow | None:
    if not wanted:
        return None
    row = site_of(request).desk.ledger.get_filing(wanted)
    if row is None:
        raise Missing
    return row


def _fits(one: Mapping[str, Any], asked: Mapping[str, str]) -> bool:
    if asked["severity"] not in ("", one["severity"]):
        return False
    words = (one["id"], one["topic"], *one["requirement"].values(), *(source["title"] for source in one["sources"]))
    return asked["q"].casefold() in "\n".join(words).casefold()


def _outcomes(row: FilingRow, filing: Filing, book: Rulebook) -> dict[str, str]:
    """What each rule that applies says of a filing: `finding`, `met`, or `told` where a person has to look."""
    hit = {one["rule"] for one in row.document["findings"]}
    checked = {rule.id for rule in checks.applicable(filing, book)}
    return {
        rule.id: "finding" if rule.id in hit else "met" if rule.id in checked else "told"
        for rule in book.rules_for(filing.province, filing.provider)
        if rule.status in checks.LIVE and checks.applies(rule, filing)
    }


def _why(one: Mapping[str, Any], lang: str) -> list[str]:
    """To whom, to what and to which filings a rule applies, in words."""
    side = 0 if lang == "zh" else 1
    to = one["applies_to"]
    return [
        _words(SUBJECTS, to["subject"], side),
        _words(SERVICES, [to["service"]], side),
        _words(OPERATIONS, to["filing"], side),
    ]


def _words(table: Mapping[str, tuple[str, str]], keys: Sequence[str], side: int) -> str:
    return ("、" if side == 0 else ", ").join(table.get(key, (key, key))[side] for key in keys)
