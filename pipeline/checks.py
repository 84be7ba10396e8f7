"""Holds a filing against the rulebook: findings, and the documents it needs. Pure: same values, same answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pipeline import checks_people, checks_services, materials
from pipeline.checks_base import CHECKS, GROUPS, HANDS_IN_DATA, Context, Hit
from pipeline.model import EntityNature, Evidence, Filing, Finding, Severity, Source, Text
from pipeline.other_filings import Contact
from pipeline.rulebook import DocumentKind, Rule, Rulebook
from pipeline.same import same_person

__all__ = ["NeededDocument", "check", "checklist", "evaluate", "needed_documents"]

ORDER = {Severity.BLOCKER: 0, Severity.WARNING: 1, Severity.NOTE: 2}
LIVE = frozenset({"current", "likely_current", "contested"})
State = Literal["present", "missing", "generated", "not_needed"]


@dataclass(frozen=True, slots=True)
class NeededDocument:
    """A document the filing asks for: its state, why, the rule that asks, and the form we generate for it."""

    kind: str
    state: State
    why: Text
    rule: str
    form: str | None = None


def check(filing: Filing, rulebook: Rulebook, today: date, others: tuple[Contact, ...] = ()) -> tuple[Finding, ...]:
    """All findings, by severity, rule and place. `today` counts where the filing names no day of submission.

    `others` are the persons of the agent's other filings, for what may not be used twice. Where a province's rule and
    a national one find the same fault at the same place, only the province's is given.
    """
    rules = applicable(filing, rulebook)
    found = [(rule, hit, finding) for rule in rules for hit, finding in _judge(rule, filing, rulebook, today, others)]
    local = {_fault(rule, hit) for rule, hit, _ in found if rule.province}
    kept = [finding for rule, hit, finding in found if rule.province or _fault(rule, hit) not in local]
    return tuple(sorted(_once(kept), key=lambda item: (ORDER[item.severity], item.rule, item.where)))


def _fault(rule: Rule, hit: Hit) -> tuple[str | None, str, tuple[str, ...]]:
    return SAME_FAULT.get(rule.check or "", rule.check), hit.where, hit.kinds if hit.where == "documents" else ()


SAME_FAULT = {"contacts_fit_persons": "differ", "matches": "valid_shape"}
"""Checks that find the same fault where they find it at the same place, such as two persons with one mobile."""


def _once(findings: Iterable[Finding]) -> list[Finding]:
    """Of several rules that say the same words about the same place, the first."""
    kept: dict[tuple[str, str], Finding] = {}
    for finding in sorted(findings, key=lambda item: (ORDER[item.severity], item.rule)):
        kept.setdefault((finding.where, finding.message.zh), finding)
    return list(kept.values())


def applicable(filing: Filing, rulebook: Rulebook) -> tuple[Rule, ...]:
    """The live, checked rules that speak of such a filing; a national default gives way to a province's rule on its topic."""
    rules = [
        rule
        for rule in rulebook.rules_for(filing.province, filing.provider)
        if rule.status in LIVE and applies(rule, filing)
    ]
    own = {rule.topic for rule in rules if rule.province}
    return tuple(rule for rule in rules if rule.check and not (rule.yields and rule.topic in own))


def checklist(filing: Filing, rulebook: Rulebook) -> tuple[Rule, ...]:
    """The live requirements on such a filing that no check can judge: a person goes through them, the province's first.

    What the picture checks measure (`how: image`) and what merely informs is left out.
    """
    found = [
        rule
        for rule in rulebook.rules_for(filing.province, filing.provider)
        if rule.check is None and rule.status in LIVE and rule.how in BY_HAND and applies(rule, filing)
    ]
    return tuple(sorted(found, key=lambda rule: (not rule.province, not rule.provider, ORDER[rule.severity])))


BY_HAND = frozenset({"manual", "partial", "network", "external", "fields", "history", "reminder"})


def evaluate(
    rule: Rule, filing: Filing, rulebook: Rulebook, today: date, others: tuple[Contact, ...] = ()
) -> tuple[Finding, ...]:
    """What one rule finds, however the others stand; for its examples."""
    if rule.status not in LIVE or not applies(rule, filing):
        return ()
    return tuple(finding for _, finding in _judge(rule, filing, rulebook, today, others))


def subjects(filing: Filing) -> frozenset[str]:
    """The words of the rules' `subject` lists that fit this filing."""
    entity, found = filing.entity, {"all"}
    if entity.nature is EntityNature.INDIVIDUAL:
        found.add("individual")
    elif entity.nature is not None:
        found.add("organisation")
        found |= {"enterprise"} if entity.nature is EntityNature.ENTERPRISE else set()
        found |= {"government"} if entity.nature in checks_services.GOVERNMENT else set()
        found |= {"sole_proprietor"} if entity.is_sole_trader else set()
    found |= {"sole_proprietor"} if "个体" in entity.kind_text else set()
    persons = (filing.entity_person, filing.service_person)
    found |= {"foreign_person"} if any(checks_people.is_foreign(person) for person in persons) else set()
    found |= {"hkmtw_person"} if any(checks_people.is_compatriot(person) for person in persons) else set()
    return frozenset(found)


def applies(rule: Rule, filing: Filing) -> bool:
    """Whether a rule speaks of this province, provider, entity, service and operation."""
    if rule.province not in (None, filing.province) or rule.provider not in (None, filing.provider):
        return False
    if filing.province in rule.except_provinces:
        return False
    if not subjects(filing) & set(rule.subject):
        return False
    if (rule.service == "web" and not filing.websites) or (rule.service == "app" and not filing.apps):
        return False
    return _operation_fits(rule, filing)


def _operation_fits(rule: Rule, filing: Filing) -> bool:
    if "all" in rule.filing:
        return filing.operation in HANDS_IN_DATA
    return any(filing.operation in GROUPS[name] for name in rule.filing)


def _judge(
    rule: Rule, filing: Filing, rulebook: Rulebook, today: date, others: tuple[Contact, ...]
) -> Iterator[tuple[Hit, Finding]]:
    for hit in _hits(rule, filing, rulebook, today, others):
        state, kind, _ = _document_state(hit, filing, rulebook)
        if state != "present":
            yield hit, _finding(rule, hit, filing, rulebook, kind if state == "generated" else None)


def _hits(
    rule: Rule, filing: Filing, rulebook: Rulebook, today: date, others: tuple[Contact, ...] = ()
) -> Iterable[Hit]:
    if rule.check is None:
        return ()
    context = Context(filing, filing.submit_date or today, rulebook.provinces, rule.service, others)
    return CHECKS[rule.check].run(context, rule.params)


def _document_state(hit: Hit, filing: Filing, rulebook: Rulebook) -> tuple[State, str, str | None]:
    """Whether any document that mends the hit is there, else the first that we generate, else the first asked."""
    if not hit.kinds:
        return "missing", "", None
    for name in hit.kinds:
        if is_supplied(name, filing, rulebook):
            return "present", name, None
    for name in () if hit.choice else hit.kinds:
        form = rulebook.documents[name].form_for(filing)
        if form:
            return "generated", name, form
    return "missing", hit.kinds[0], None


def is_supplied(kind: str, filing: Filing, rulebook: Rulebook) -> bool:
    """Whether a document of the kind lies in the folder, by its own name, another name or the kind of paper it is."""
    wanted = rulebook.documents[kind]
    if wanted.id in filing.supplied or not filing.supplied.isdisjoint(wanted.aliases):
        return True
    papers = [paper for paper in filing.documents if not paper.superseded_by and not materials.absent(paper)]
    if any(wanted.id in paper.serves_as for paper in papers):
        return True
    roles = _roles(wanted.role, filing)
    return _by_paper(
        wanted, [paper.kind for paper in papers if not wanted.role or not roles.isdisjoint(paper.role.split(","))]
    )


def _roles(role: str, filing: Filing) -> frozenset[str]:
    """Whose papers count for a role: those of nobody in particular, and of the same person in another role."""
    persons = {
        "entity_person": filing.entity_person,
        "service_person": filing.service_person,
        "entity.legal_person": filing.entity.legal_person,
    }
    if role not in persons:
        return frozenset({"", role})
    as_entity = {"entity"} if filing.entity.is_individual else set()
    return frozenset(
        {"", role, *as_entity} | {name for name, person in persons.items() if same_person(person, persons[role])}
    )


def _by_paper(wanted: DocumentKind, kinds: list[str]) -> bool:
    if wanted.id in kinds or any(alias in kinds for alias in wanted.aliases):
        return True
    return any(all(part in kinds for part in paper.split("+")) for paper in wanted.papers)


def _finding(rule: Rule, hit: Hit, filing: Filing, rulebook: Rulebook, generated: str | None) -> Finding:
    severity = hit.severity or rule.severity
    if severity is Severity.BLOCKER and rule.status == "contested":
        severity = Severity.WARNING
    message, advice = rule.message, rule.advice
    if hit.kinds and not rule.worded:
        message, advice = rulebook.texts.get(f"{rule.check}+documents", (message, advice))
    if generated:
        severity, (message, advice) = Severity.NOTE, rulebook.texts["generated"]
    values = _values(rule, hit, rulebook)
    said, asked = fill(message, values), fill(advice, values)
    if rule.status == "contested":
        message, advice = rulebook.texts["contested"]
        both = {"message": said, "advice": asked, "requirement": rule.requirement}
        said, asked = fill(message, both), fill(advice, both)
    evidence: tuple[Evidence, ...] = tuple(filing.evidence.get(hit.where, ()))
    newest = max(rule.sources, key=lambda item: item.date)
    source = Source(newest.title, newest.address, rule.as_of)
    return Finding(rule.id, severity, hit.where, said, asked, source, rule.status, evidence)


def _values(rule: Rule, hit: Hit, rulebook: Rulebook) -> dict[str, object]:
    """What fills a message's braces; a certificate's number never does."""
    kinds = [rulebook.documents[name] for name in hit.kinds]
    papers = Text("或".join(kind.zh for kind in kinds), " or ".join(kind.en for kind in kinds))
    province = rulebook.provinces.get(rule.province or "")
    place = Text(province.name, province.en) if province else Text("全国", "the nationwide rule")
    said = {name: _said(value, rulebook) for name, value in hit.values.items()}
    return {
        "province": place,
        **dict(rule.params),
        **said,
        **(dict.fromkeys(("value", "other", "before"), "…") if hit.where.endswith("number") else {}),
        "documents": papers,
        "requirement": Text(rule.requirement.zh, rule.requirement.en.rstrip(".") + "."),
        "where": place,
    }


def _said(value: object, rulebook: Rulebook) -> object:
    """A value as the two languages say it: several in a row, a province by its English name too."""
    if isinstance(value, tuple):
        return Text("、".join(map(str, value)), ", ".join(map(str, value)))
    if isinstance(value, str) and value in rulebook.provinces:
        return Text(value, rulebook.provinces[value].en)
    return value


def fill(text: Text, values: Mapping[str, object]) -> Text:
    """The text with its braces filled, each language with its own words."""
    zh = {name: value.zh if isinstance(value, Text) else value for name, value in values.items()}
    en = {name: value.en if isinstance(value, Text) else value for name, value in values.items()}
    sentence = text.en.format_map(_Words(en))
    return Text(text.zh.format_map(_Words(zh)), sentence[:1].upper() + sentence[1:])


class _Words(dict[str, object]):
    """Leaves a word that a user's own message misspells as it stands."""

    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"


def needed_documents(filing: Filing, rulebook: Rulebook, today: date) -> tuple[NeededDocument, ...]:
    """Every document the filing asks for, present or not, and those it does not need; one entry a kind, in the register's order."""
    asked: dict[str, NeededDocument] = {}
    for rule in applicable(filing, rulebook):
        for hit in _hits(rule, filing, rulebook, today):
            if hit.kinds:
                state, kind, form = _document_state(hit, filing, rulebook)
                entry = NeededDocument(kind, state, rule.requirement, rule.id, form)
                asked[kind] = _stronger(asked.get(kind), entry)
    return tuple(asked.get(kind) or _not_needed(kind) for kind in rulebook.documents)


def _stronger(old: NeededDocument | None, new: NeededDocument) -> NeededDocument:
    """The entry to keep of two that ask for one kind: a province's reason before a national one."""
    return new if old is None or old.rule.startswith(("CN-", "RQ-")) else old


def _not_needed(kind: str) -> NeededDocument:
    return NeededDocument(
        kind, "not_needed", Text("本次备案没有要求提交此材料的规则。", "No rule asks this filing for it."), ""
    )
