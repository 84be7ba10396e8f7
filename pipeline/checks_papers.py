"""Named checks about documents: which is asked when, and how old one may be.

A check says only that a document is asked (`Hit.kinds`, any one of them mends it); whether it lies in the folder
or can be generated is for `checks.check` and `checks.needed_documents`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.checks_base import Context, Hit, Params, add_months, named
from pipeline.checks_people import is_foreign
from pipeline.domain_names import suffix
from pipeline.model import App, Document, Text, Website
from pipeline.workdays import workdays_between

TEXTS = ("entity.name", "entity.business_scope", "services[].name", "services[].remark")
NOT_INVOLVED = re.compile(r"(不|未|无|没有)[^，。；;,.]{0,6}(涉及|从事|开展)|not involve", re.IGNORECASE)


@named({"documents": list}, {"nature": list, "operations": list, "choice": bool})
def document_needed(ctx: Context, params: Params) -> Iterator[Hit]:
    """A document is always asked of those the rule speaks of; `nature` and `operations` narrow them.

    `choice`: which of the documents fits is for a person, so none is generated unasked.
    """
    nature, operation = ctx.filing.entity.nature, ctx.filing.operation
    if nature in params.get("nature", [nature]) and operation in params.get("operations", [operation]):
        yield Hit("documents", {}, tuple(params["documents"]), choice=params.get("choice", False))


@named({"words": list, "documents": list}, {"paths": list, "letter": str, "unless_remark": bool, "unless_nature": list})
def document_if_words(ctx: Context, params: Params) -> Iterator[Hit]:
    """Words in names, scope or remark ask for a document, unless an approval is given or a remark says 不涉及.

    With `letter`, such a remark alone is not enough: the province wants that letter besides. `unless_nature` are natures
    with a rule of their own, such as a foundation for the word 基金 in its name.
    """
    filing = ctx.filing
    if filing.entity.nature in params.get("unless_nature", ()):
        return
    services: tuple[Website | App, ...] = (*filing.websites, *filing.apps)
    approved = any(item.number for service in services for item in service.pre_approvals)
    letter = params.get("letter")
    remarks = [text for _, text in ctx.texts(["services[].remark", "entity.remark"])]
    denied = params.get("unless_remark", True) and any(NOT_INVOLVED.search(text) for text in remarks)
    if approved or (denied and not letter):
        return
    for where, text in ctx.texts(params.get("paths", TEXTS)):
        found = [word for word in params["words"] if word in text and not (denied and where.endswith("remark"))]
        if found:
            kinds = (letter,) if denied and letter else (*params["documents"], *([letter] if letter else []))
            yield Hit(where, {"word": tuple(found), "way": _way_of(params)}, kinds, choice=not denied)
            return


def _way_of(params: Params) -> Text:
    """What helps where the words do not concern the service: a letter, a remark, or neither."""
    if params.get("letter"):
        return Text(
            "不涉及的，在备注写明“不涉及”，并提交该省样式的承诺书。",
            "If it does not, say 不涉及 in the remark and add the province's letter.",
        )
    if params.get("unless_remark", True):
        return Text("不涉及的，在备注写明“不涉及”。", "If it does not, say 不涉及 in the remark.")
    return Text(
        "仅在备注说明“不涉及”不被接受；请先与接入商确认，或改用不含该词的名称和经营范围。",
        "A remark that it does not is not accepted here: ask the provider first, or use a name and scope without the word.",
    )


@named({"suffixes": list, "documents": list})
def document_if_suffix(ctx: Context, params: Params) -> Iterator[Hit]:
    """Domains with certain endings ask for a document."""
    for where, name in ctx.known("services[].domains[].name"):
        if suffix(name) in params["suffixes"]:
            yield Hit(where, {"domain": name}, tuple(params["documents"]))


@named({"person": str, "documents": list})
def document_if_foreign(ctx: Context, params: Params) -> Iterator[Hit]:
    """A person without Chinese nationality brings a document."""
    if is_foreign(ctx.person(params["person"])):
        yield Hit(f"{params['person']}.certificate.type", {}, tuple(params["documents"]))


@named({"documents": list}, {"max_days": int, "max_months": int, "max_working_days": int})
def document_age(ctx: Context, params: Params) -> Iterator[Hit]:
    """A dated document is neither too old on submission nor dated later."""
    for index, document in enumerate(ctx.filing.documents):
        if document.dated is None or not _is_one_of(document, params["documents"]):
            continue
        days = (ctx.day - document.dated).days
        late = add_months(document.dated, params.get("max_months", 1200)) < ctx.day
        long = "max_working_days" in params and workdays_between(document.dated, ctx.day) > params["max_working_days"]
        if days < 0 or late or long or days > params.get("max_days", 100_000):
            yield Hit(f"documents[{index}]", {"file": document.file, "dated": document.dated, "days": days})


def _is_one_of(document: Document, kinds: list[str]) -> bool:
    return document.kind in kinds or not set(document.serves_as).isdisjoint(kinds)


@named({"documents": list, "min": int})
def document_valid(ctx: Context, params: Params) -> Iterator[Hit]:
    """A document with an end, such as a residence permit, is valid for so many more months."""
    for index, document in enumerate(ctx.filing.documents):
        until = document.valid_to
        if (
            _is_one_of(document, params["documents"])
            and until is not None
            and not isinstance(until, str)
            and until <= add_months(ctx.day, params["min"])
        ):
            yield Hit(f"documents[{index}]", {"file": document.file, "until": until, "min": params["min"]})


@named({"before": list, "documents": list})
def document_if_nature_changed(ctx: Context, params: Params) -> Iterator[Hit]:
    """A filing that turns from one nature into another brings a document."""
    before, after = ctx.filing.record.entity_nature, ctx.filing.entity.nature
    if before in params["before"] and after is not None and after != before:
        yield Hit("entity.nature", {}, tuple(params["documents"]))
