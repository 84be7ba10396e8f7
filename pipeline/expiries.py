"""What of a filing runs out: certificates, pre-approvals, domains, letters. Pure.

A paper gives two dated items: the day from which too little is left for a filing (the reminder), and its last day.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from pipeline.checks_base import add_months
from pipeline.due import Due
from pipeline.model import App, Document, Filing, Text, Website
from pipeline.order_tables import Row, source, tables

HOLDERS = {
    "entity": Text("主办单位", "the entity"),
    "legal_person": Text("法定代表人", "the legal person"),
    "entity_person": Text("主体负责人", "the entity person"),
    "service_person": Text("互联网信息服务负责人", "the service person"),
}
LETTERS = frozenset(
    {"letter", "letter_leader", "letter_service_leader", "name_change_letter", "foreign_legal_rep_letter"}
)
"""Documents that are written anew when they are too old (rule CN-015)."""


@dataclass(frozen=True, slots=True)
class Paper:
    """Something with a last day: `kind` is `certificate`, `approval`, `domain` or `letter`, `subject` says which one.

    A certificate is named by whose it is, several holders with `+` between them.
    """

    kind: str
    subject: str
    ends: date


def papers(filing: Filing) -> tuple[Paper, ...]:
    """All that runs out, as far as its last day is known."""
    return (*_certificates(filing), *_approvals(filing), *_domains(filing), *_letters(filing))


def _certificates(filing: Filing) -> Iterator[Paper]:
    """Each certificate once, though one person may have several parts."""
    held = {
        "entity": filing.entity.certificate,
        "legal_person": filing.entity.legal_person.certificate,
        "entity_person": filing.entity_person.certificate,
        "service_person": filing.service_person.certificate,
    }
    found: dict[tuple[str, date], list[str]] = {}
    for part, certificate in held.items():
        if isinstance(certificate.valid_to, date):
            found.setdefault((certificate.number or part, certificate.valid_to), []).append(part)
    for (_, end), parts in found.items():
        yield Paper("certificate", "+".join(parts), end)


def _services(filing: Filing) -> tuple[Website | App, ...]:
    return (*filing.websites, *filing.apps)


def _approvals(filing: Filing) -> Iterator[Paper]:
    approvals = (approval for one in _services(filing) for approval in one.pre_approvals)
    for index, approval in enumerate(approvals):
        if isinstance(approval.valid_to, date):
            yield Paper("approval", f"pre_approvals[{index}]", approval.valid_to)


def _domains(filing: Filing) -> Iterator[Paper]:
    known = {domain.name: domain.expires_on for one in _services(filing) for domain in one.domains}
    for name, end in sorted(known.items()):
        if end is not None:
            yield Paper("domain", name, end)


def _letters(filing: Filing) -> Iterator[Paper]:
    months = _row("letter")["months"]
    for document in filing.documents:
        if document.dated is not None and not document.superseded_by and _is_letter(document):
            yield Paper("letter", document.file, add_months(document.dated, months))


def _is_letter(document: Document) -> bool:
    return bool(LETTERS & {document.kind, *document.serves_as})


def _row(kind: str) -> Row:
    row: Row = tables("statuses")["reminders"]["expiry" if kind in ("certificate", "approval") else kind]
    return row


# -- as dated items ----------------------------------------------------------------------------------------------


def reminder(paper: Paper) -> Due:
    """The day from which the paper is too short for a filing; of a letter its last day."""
    if paper.kind == "letter":
        return ending(paper)
    row, words = _row(paper.kind), _words(paper)
    title = Text(
        f"{words.zh}，此日起不足 {row['months']} 个月：请续期或更换，并检查备案信息",
        f"{words.en}: from this day on less than {row['months']} months are left; renew or replace it, and look at what is on file",
    )
    return _due(f"expiry:{_name(paper)}", paper, add_months(paper.ends, -row["months"]), title)


def ending(paper: Paper) -> Due:
    """The paper's last day."""
    words = _words(paper)
    if paper.kind == "letter":
        return _due(f"letter:{paper.subject}", paper, paper.ends, words)
    more = Text("：请续期或换证，并办理变更备案", ": renew or replace it, and change what is on file")
    if paper.kind == "domain":
        more = Text("：请续费，到期未续的域名会被注销备案", ": renew it, or the filing of a lapsed domain is cancelled")
    return _due(f"end:{_name(paper)}", paper, paper.ends, Text(words.zh + more.zh, words.en + more.en))


def _due(ident: str, paper: Paper, day: date, title: Text) -> Due:
    row = _row(paper.kind)
    return Due(ident, day, title, source(row["source"]), row["rule"], kind=paper.kind)


def _name(paper: Paper) -> str:
    return f"domain:{paper.subject}" if paper.kind == "domain" else paper.subject


def _words(paper: Paper) -> Text:
    end = paper.ends
    if paper.kind == "domain":
        return Text(f"域名 {paper.subject} 到期日 {end}", f"domain {paper.subject} expires on {end}")
    if paper.kind == "letter":
        months = _row("letter")["months"]
        return Text(
            f"函件 {paper.subject} 到 {end} 满 {months} 个月，需重新出具",
            f"letter {paper.subject} is {months} months old on {end}: it must be written anew",
        )
    name = Text("前置审批文件", "the pre-approval") if paper.kind == "approval" else _certificate(paper.subject)
    return Text(f"{name.zh}有效期至 {end}", f"{name.en} is valid until {end}")


def _certificate(subject: str) -> Text:
    holders = [HOLDERS[part] for part in subject.split("+")]
    return Text(
        "、".join(one.zh for one in holders) + "证件",
        "the certificate of " + " and ".join(one.en for one in holders),
    )
