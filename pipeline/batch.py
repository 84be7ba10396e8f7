"""The order of the steps: receive, read, assemble, check, plan, generate, bundle. Plain functions, no server.

`run_folder` does one folder in place; `receive_all`, `prepare_filing` and `run_once` do the inbox. The Prefect
flows call the same functions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pipeline import assemble, checks, file_findings, folder_facts, forms
from pipeline.checks import NeededDocument
from pipeline.model import Filing, Finding, Form, ImageCheck, Text
from pipeline.other_filings import Contact
from pipeline.reading import Reading
from pipeline.rulebook import Rule, Rulebook
from pipeline.workers import Readers, Source


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything known about a filing before anything is drawn."""

    filing: Filing
    readings: tuple[Reading, ...]
    image_checks: dict[str, tuple[ImageCheck, ...]]
    findings: tuple[Finding, ...]
    needed: tuple[NeededDocument, ...]
    forms: tuple[Form, ...]
    rulebook_version: str
    today: date
    checklist: tuple[Rule, ...] = ()


def typed_facts(files: Sequence[Source]) -> assemble.TypedFacts | None:
    """The values of the `filing.yaml` nearest to the top of the folder, if there is one."""
    found = [file for file in files if file.name.rpartition("/")[2].lower() in folder_facts.FILE_NAMES]
    if not found:
        return None
    top = min(found, key=lambda file: (file.name.count("/"), file.name))
    return assemble.TypedFacts(folder_facts.load(top.path), top.name, top.sha256)


def readable(files: Sequence[Source]) -> tuple[Source, ...]:
    """The files that are read as papers or packages: all but `filing.yaml`."""
    return tuple(file for file in files if file.name.rpartition("/")[2].lower() not in folder_facts.FILE_NAMES)


def read_all(
    files: Sequence[Source], readers: Readers, *, engine: str = "auto", known: Sequence[Reading] = ()
) -> tuple[Reading, ...]:
    """What each file says, in the order given; several at a time in child processes, none that is `known` already."""
    found = {reading.file: reading for reading in known}
    papers = readable(files)
    unread = [file for file in papers if file.name not in found]
    found |= {reading.file: reading for reading in readers.read_all(unread, engine=engine)}
    return tuple(found[file.name] for file in papers)


def judge(
    filing_id: str,
    readings: Sequence[Reading],
    typed: assemble.TypedFacts | None,
    rulebook: Rulebook,
    today: date,
    others: tuple[Contact, ...] = (),
) -> Prepared:
    """Assembles, checks and plans: from readings to everything that is to be drawn; `others` as `judge_filing`. Pure."""
    return judge_filing(assemble.assemble(filing_id, readings, typed), readings, rulebook, today, others)


def judge_filing(
    filing: Filing, readings: Sequence[Reading], rulebook: Rulebook, today: date, others: tuple[Contact, ...] = ()
) -> Prepared:
    """Checks and plans what was assembled from readings. Pure.

    `others` are the persons in the agent's other filings, whose phones and addresses may not be used again.
    """
    image_checks = check_images(readings, filing, rulebook, today)
    needed = checks.needed_documents(filing, rulebook, today)
    of_rules = tuple(file_findings.doubtful_as_warnings(checks.check(filing, rulebook, today, others)))
    of_files = file_findings.of_files(readings, image_checks, filing.documents)
    findings = file_findings.in_order(
        (*file_findings.not_told_by_rules(of_files, of_rules), *file_findings.of_evidence(filing), *of_rules)
    )
    return Prepared(
        filing=filing,
        readings=tuple(readings),
        image_checks=image_checks,
        findings=findings,
        needed=needed,
        forms=forms.plan(filing, wishes(needed), describe, today),
        rulebook_version=rulebook.version,
        today=today,
        checklist=checks.checklist(filing, rulebook),
    )


def check_images(
    readings: Sequence[Reading], filing: Filing, rulebook: Rulebook, today: date
) -> dict[str, tuple[ImageCheck, ...]]:
    """File to the image requirements held against its papers; nothing for files without papers."""
    if not any(reading.papers for reading in readings):
        return {}
    from pipeline import image_checks
    from pipeline.image_checks_base import months_of_papers

    day, months = filing.submit_date or today, months_of_papers(checks.applicable(filing, rulebook))
    return {
        reading.sha256: tuple(
            check
            for paper in reading.papers
            for check in image_checks.check_image(paper, day, provider=filing.provider, min_months=months)
        )
        for reading in readings
        if reading.papers
    }


def wishes(needed: Sequence[NeededDocument]) -> list[forms.Wish]:
    """The forms that the rules ask for and that we can generate."""
    return [forms.Wish(one.form, one.why.en) for one in needed if one.form and one.state == "generated"]


def describe(template: str) -> forms.FormText | None:
    """What the generators say of a template; None where they do not know it."""
    from generators import forms as templates

    if template not in templates.template_ids():
        return None
    spec = templates.describe(template)
    title = Text(spec.title.zh, spec.title.en)
    return forms.FormText(title, _signing(spec.sign), _signing(spec.sign_individual), spec.compare)


def _signing(keys: Sequence[str]) -> dict[str, Text]:
    from generators.forms import SIGNS

    return {key: Text(SIGNS[key].zh, SIGNS[key].en) for key in keys}
