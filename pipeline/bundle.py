"""Draws a prepared filing and writes its folder: bundle, forms, data, manifest. Whole or not at all.

Nothing here reads the clock: the same prepared filing gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from generators import archive, fonts
from generators import forms as drawing
from generators.errors import GenerateError
from generators.page import Pages
from pipeline import bundle_pages, fields, file_findings, report, versions
from pipeline.batch import Prepared
from pipeline.build import plain
from pipeline.errors import FilingError
from pipeline.model import Filing, Finding, Form, Severity, Text
from pipeline.publish import MARKER, publish
from pipeline.workers import Source

log = logging.getLogger("beianbox.bundle")


@dataclass(frozen=True, slots=True)
class Drawn:
    """What was drawn: the filing as it stands in the bundle, and the bundle's files by name."""

    prepared: Prepared
    contents: Mapping[str, bytes]

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the files, in order."""
        return tuple(sorted(self.contents))

    @property
    def digest(self) -> str:
        """The SHA-256 of the manifest."""
        return hashlib.sha256(self.contents[MARKER]).hexdigest()


@dataclass(frozen=True, slots=True)
class DrawnForm:
    """A form as a file of its own, and what of it goes into the bundle: our pages, or the user's template filled."""

    file: bytes
    content: Pages | bytes


def load() -> None:
    """Loads programs and fonts that `write` needs, some tenths of a second's work, for one who waits for something else."""
    archive.load()
    fonts.load_all()


def write(prepared: Prepared, files: Sequence[Source], out: Path, *, templates: Path | None = None) -> Drawn:
    """Draws everything and puts it at the folder `out`.

    Raises:
        UsageError: `out` holds something that is not ours.
        EnvironmentProblem: the place is not writable or full.
    """
    drawn = draw(prepared, files, templates=templates)
    publish(out, drawn.contents)
    return drawn


def draw(prepared: Prepared, files: Sequence[Source], *, templates: Path | None = None) -> Drawn:
    """The whole bundle, not yet written.

    A form that cannot be drawn (a character no font has) becomes a finding and is left out; the rest is drawn.

    Args:
        prepared: the filing, judged and planned.
        files: the files it was read from.
        templates: where the user keeps templates that are filled in place of our own forms.
    """
    prepared, drawn = draw_forms(prepared, files, templates)
    contents = {**_form_files(drawn), **_data_files(prepared)}
    pages = {name: form.content for name, form in drawn.items()}
    contents["bundle.pdf"] = _archived(bundle_pages.draw(prepared, files, pages), contents["filing.json"], prepared)
    return _with_manifest(prepared, files, contents)


def _archived(pdf: bytes, data: bytes, prepared: Prepared) -> bytes:
    """The bundle as PDF/A-3b that carries the filing's data along."""
    carried = archive.Attachment("filing.json", data, "application/json", "Filing data with evidence 备案数据及出处")
    made = archive.archive(pdf, [carried], prepared.today.isoformat())
    if made.problems:
        log.warning("filing %s: the bundle is no PDF/A (%s)", prepared.filing.id, ", ".join(made.problems[:5]))
    return made.pdf


def write_forms(prepared: Prepared, files: Sequence[Source], out: Path, *, templates: Path | None = None) -> Drawn:
    """As `write`, with the forms alone."""
    prepared, forms = draw_forms(prepared, files, templates)
    drawn = _with_manifest(prepared, files, _form_files(forms))
    publish(out, drawn.contents)
    return drawn


def _form_files(drawn: Mapping[str, DrawnForm]) -> dict[str, bytes]:
    return {name: form.file for name, form in drawn.items()}


def _with_manifest(prepared: Prepared, files: Sequence[Source], contents: Mapping[str, bytes]) -> Drawn:
    return Drawn(prepared, {**contents, MARKER: _manifest(prepared, files, contents)})


def draw_forms(
    prepared: Prepared, files: Sequence[Source], templates: Path | None = None
) -> tuple[Prepared, dict[str, DrawnForm]]:
    """The forms by file name; those that could not be drawn are findings of the prepared filing given back."""
    icons = _icons(prepared, files)
    drawn: dict[str, DrawnForm] = {}
    made: list[Form] = []
    troubles: list[Finding] = []
    for planned in prepared.forms:
        form, data, trouble = _own_form(planned, prepared.filing, templates)
        troubles += trouble
        try:
            drawn[form.file] = DrawnForm(data, data) if data else _drawn(form, icons)
            made.append(form)
        except GenerateError as problem:
            troubles.append(_not_drawn(form, problem))
    findings = file_findings.in_order((*prepared.findings, *troubles))
    return replace(prepared, forms=tuple(made), findings=findings), drawn


def _drawn(form: Form, icons: Mapping[int, bytes]) -> DrawnForm:
    pages = drawing.lay_out_form(form.template, _with_icons(form.values, icons))
    return DrawnForm(pages.pdf(), pages)


def _own_form(form: Form, filing: Filing, templates: Path | None) -> tuple[Form, bytes, list[Finding]]:
    """The user's own template of a form, filled; no bytes where there is none or it cannot be filled."""
    from pipeline import own_templates

    template = own_templates.find(templates, form.template)
    if template is None:
        return form, b"", []
    try:
        data = own_templates.filled(template, filing).data
    except FilingError as problem:
        return form, b"", [_not_filled(form, template, problem)]
    file = form.file.removesuffix(".pdf") + template.suffix
    return replace(form, file=file, is_supplied=True), data, []


def _not_filled(form: Form, template: Path, problem: FilingError) -> Finding:
    return Finding(
        rule=f"form.{problem.code}",
        severity=Severity.WARNING,
        where=form.template,
        message=Text(
            f"您的模板 {template.name} 未能填写，已改用本程序的《{form.title.zh}》：{problem.zh}",
            f"Your template {template.name} was not filled; our own form stands in its place: {problem.en}",
        ),
        advice=Text(
            f"请核对模板，或用 beianbox forms learn {template.name} 写明各处内容后重新运行。",
            f"Check the template, or say what goes where with beianbox forms learn {template.name}, and run again.",
        ),
    )


def _not_drawn(form: Form, problem: GenerateError) -> Finding:
    where = getattr(problem, "field", form.template)
    return Finding(
        rule=f"form.{problem.code}",
        severity=Severity.BLOCKER,
        where=where,
        message=Text(f"《{form.title.zh}》未能生成：{problem.zh}", f"{form.title.en} was not made: {problem.en}"),
        advice=Text(
            f"改正“{fields.label(where)}”后重新运行；其他表格已生成。",
            f"Mend {fields.label(where, 'en')} and run again; the other forms were made.",
        ),
    )


def _icons(prepared: Prepared, files: Sequence[Source]) -> dict[int, bytes]:
    """APP number to its icon as PNG or JPEG, from the first package that has one."""
    packages = {reading.sha256 for reading in prepared.readings if (reading.package or {}).get("icon")}
    paths = {file.sha256: file.path for file in files if file.sha256 in packages}
    icons = _icon_files(prepared, files)
    for number in range(len(prepared.filing.apps)):
        for evidence in prepared.filing.evidence.get(f"apps[{number}].platforms[0].platform", ()):
            if evidence.sha256 in paths and number not in icons:
                icons[number] = _icon(paths[evidence.sha256])
    return {number: data for number, data in icons.items() if data}


def _icon_files(prepared: Prepared, files: Sequence[Source]) -> dict[int, bytes]:
    """The supplied icon file of the only APP."""
    supplied = {document.sha256 for document in prepared.filing.documents if document.kind == "app_icon"}
    paths = [file.path for file in files if file.sha256 in supplied]
    return {0: paths[0].read_bytes()} if paths and len(prepared.filing.apps) == 1 else {}


def _icon(path: Path) -> bytes:
    from extractors.errors import ExtractError
    from extractors.packages import iconrender, read

    try:
        icon = iconrender.render_icon(path, read.read_package(path))
    except ExtractError:
        # the package's own reading says what is wrong with it; a form without its icon is still a form
        return b""
    return icon.data if icon else b""


def _with_icons(values: Mapping[str, object], icons: Mapping[int, bytes]) -> dict[str, Any]:
    apps: Any = values.get("apps") or ()
    return {**values, "apps": [{**app, "icon_png": icons.get(number)} for number, app in enumerate(apps)]}


def _data_files(prepared: Prepared) -> dict[str, bytes]:
    filing = prepared.filing
    contents = {
        "filing.json": _json(plain(filing)),
        "findings.json": _json(report.findings_json(prepared)),
    }
    if filing.apps:
        from generators.workbook import workbook

        contents["app-features.xlsx"] = workbook(feature_sheets(prepared))
    return contents


FEATURE_COLUMNS = (
    ("platform", "平台 platform"),
    ("package_name", "包名 package name / bundle ID"),
    ("public_key", "公钥 public key"),
    ("fingerprint", "签名MD5值一栏 fingerprint box"),
    ("fingerprint_algorithm", "指纹算法 algorithm"),
    ("md5", "MD5"),
    ("sha1", "SHA-1"),
    ("sha256", "SHA-256"),
    ("version_name", "版本 version"),
)


def feature_sheets(prepared: Prepared) -> list[tuple[str, list[list[str]]]]:
    """The rows of `app-features.xlsx`: one sheet of features, one of domains."""
    head = ["APP名称 APP name", *(title for _, title in FEATURE_COLUMNS)]
    features = [
        [app.name, *(str(getattr(platform, name)) for name, _ in FEATURE_COLUMNS)]
        for app in prepared.filing.apps
        for platform in app.platforms
    ]
    domains = [[app.name, domain.name, "、".join(app.ips)] for app in prepared.filing.apps for domain in app.domains]
    return [
        ("APP特征信息", [head, *features]),
        ("APP域名", [["APP名称 APP name", "域名 domain", "IP"], *domains]),
    ]


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def _manifest(prepared: Prepared, files: Sequence[Source], contents: Mapping[str, bytes]) -> bytes:
    return _json(
        {
            "filing": prepared.filing.id,
            "today": prepared.today.isoformat(),
            "files": {
                name: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
                for name, data in sorted(contents.items())
            },
            "inputs": [{"file": file.name, "sha256": file.sha256} for file in files],
            "versions": versions.all_versions(),
            "rulebook_version": prepared.rulebook_version,
        }
    )
