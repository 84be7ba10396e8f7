"""Templates that the user supplies, filled on demand or in place of our own forms.

Those kept in `templates/` of the home folder take the place of ours; each is named after the form it replaces:
`commitment_letter.docx`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from generators.errors import GenerateError
from pipeline.errors import FilingError, UsageError
from pipeline.model import Filing

if TYPE_CHECKING:
    from generators import fill as filling

ANCHORS = ".anchors.yaml"
SUFFIXES = (".pdf", ".docx", ".xlsx")

_T = TypeVar("_T")


class TemplateProblem(FilingError):
    """A template cannot be filled."""

    exit_code = 1

    def __init__(self, problem: GenerateError) -> None:
        super().__init__(problem.zh, problem.en)
        self.code = problem.code


def find(folder: Path | None, form: str) -> Path | None:
    """The user's own template of a form, if there is one."""
    places = [folder / f"{form}{suffix}" for suffix in SUFFIXES] if folder else []
    return next((place for place in places if place.is_file()), None)


def filled(template: Path, filing: Filing) -> filling.Filled:
    """The template with the filing's values; anchors are read from `<template>.anchors.yaml` beside it.

    Raises:
        TemplateProblem: the template cannot be filled.
        UsageError: there is no such file.
    """
    from generators import fill as filling
    from pipeline.exports.template_values import entries

    data, anchors = read(template), _anchors(template)
    return or_problem(lambda: filling.fill(data, entries(filing), anchors))


def as_pdf(done: filling.Filled, filing: Filing) -> bytes:
    """A filled Word or Excel file as PDF, in which the values were read back; a PDF as it is.

    Raises:
        TemplateProblem: LibreOffice is not installed, or could not convert the file.
    """
    from generators import fill as filling
    from generators import office
    from pipeline.exports.template_values import entries

    if done.kind not in (filling.DOCX, filling.XLSX):
        return done.data
    values = {entry.path: entry.value for entry in entries(filing) if entry.ticked is None}
    wanted = [values[place.path] for place in done.filled if place.path in values]
    return or_problem(lambda: office.to_pdf(done.data, filling.SUFFIXES[done.kind], wanted))


def anchors_of(template: Path) -> Path:
    """Where the anchors of a template lie."""
    return template.with_name(template.name + ANCHORS)


def read(template: Path) -> bytes:
    """The template's bytes."""
    try:
        return template.read_bytes()
    except OSError as problem:
        raise UsageError(
            f"无法读取模板 {template}（{problem.strerror}）。请检查路径。",
            f"The template {template} cannot be read ({problem.strerror}). Check the path.",
        ) from problem


def _anchors(template: Path) -> filling.Anchors | None:
    place = anchors_of(template)
    if not place.exists():
        return None
    from generators import fill as filling

    text = read(place).decode("utf-8", "replace")
    return or_problem(lambda: filling.load_anchors(text))


def or_problem(work: Callable[[], _T]) -> _T:
    """The result, or `TemplateProblem` where the generators refuse."""
    try:
        return work()
    except GenerateError as problem:
        raise TemplateProblem(problem) from problem
