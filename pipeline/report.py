"""Findings, documents, forms and rules as JSON and as text for the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import fields
from pipeline.build import plain
from pipeline.model import Finding, Severity, Text

if TYPE_CHECKING:
    from pipeline.batch import Prepared
    from pipeline.bundle import Drawn
    from pipeline.rulebook import Rule

COMPARE = Text(
    "函件文字为通用草拟：签署前请与服务商当前提供的模板核对，或用 beianbox fill 填写服务商的模板。",
    "The letters are in our own words: compare with the provider's current download before signing, or fill that one with beianbox fill.",
)
MARKS = {Severity.BLOCKER: "✗", Severity.WARNING: "!", Severity.NOTE: "·"}
WORDS = {
    "zh": {Severity.BLOCKER: "必须处理", Severity.WARNING: "请核对", Severity.NOTE: "提示"},
    "en": {Severity.BLOCKER: "blocker", Severity.WARNING: "warning", Severity.NOTE: "note"},
}


def _text(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def finding_json(finding: Finding) -> dict[str, Any]:
    """One finding in the documented shape."""
    source = finding.source
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "where": finding.where,
        "message": _text(finding.message),
        "advice": _text(finding.advice),
        "source": None if source is None else {"title": source.title, "address": source.address, "as_of": source.as_of},
        "status": finding.status,
        "evidence": plain(finding.evidence),
    }


def findings_json(prepared: Prepared) -> dict[str, Any]:
    """The object of `beianbox check --json` and of `findings.json`."""
    return {
        "findings": [finding_json(finding) for finding in prepared.findings],
        "operation": prepared.filing.operation.value,
        "documents": [
            {"kind": one.kind, "state": one.state, "why": _text(one.why), "rule": one.rule} for one in prepared.needed
        ],
        "forms": forms_json(prepared),
        "checklist": [checklist_item(rule) for rule in prepared.checklist],
        "rulebook_version": prepared.rulebook_version,
        "today": prepared.today.isoformat(),
    }


def checklist_item(rule: Rule) -> dict[str, Any]:
    """One requirement for a person to check; `how` says what it would take."""
    return {
        "rule": rule.id,
        "severity": rule.severity.value,
        "requirement": _text(rule.requirement),
        "how": rule.how,
        "status": rule.status,
        "as_of": rule.as_of,
    }


def forms_json(prepared: Prepared) -> list[dict[str, Any]]:
    """The forms with the file each was written to and who signs."""
    return [
        {
            "template": form.template,
            "file": form.file,
            "title": _text(form.title),
            "sign": list(form.sign),
            "why": form.why,
        }
        for form in prepared.forms
    ]


def counts(findings: Sequence[Finding]) -> dict[Severity, int]:
    """How many findings of each severity."""
    return {severity: sum(one.severity is severity for one in findings) for severity in Severity}


LANGS = ("zh", "en")


def findings_text(prepared: Prepared, lang: str) -> str:
    """All findings for a person: what, where, what to do, who says so; then what only a person can check.

    `lang` is `zh`, `en` or `both`.
    """
    langs = LANGS if lang == "both" else (lang,)
    lines = [*(summary(prepared, one) for one in langs), ""]
    for finding in prepared.findings:
        lines += _finding_lines(finding, langs)
    return "\n".join([*lines, *_checklist_lines(prepared, langs)])


HANDS = {"zh": "请人工核对（程序无法判断）：", "en": "For a person to check (no program can judge it):"}
MORE = {
    "zh": "    ……全国通用的另有 {} 项，见 --json 的 checklist",
    "en": "    … and {} nationwide, under checklist in --json",
}


def _checklist_lines(prepared: Prepared, langs: Sequence[str]) -> list[str]:
    """The province's and provider's requirements that no check judges, and how many nationwide ones there are."""
    own = [rule for rule in prepared.checklist if rule.province or rule.provider]
    rest = len(prepared.checklist) - len(own)
    lines = [""] + [HANDS[lang] for lang in langs] if prepared.checklist else []
    for rule in own:
        words = [getattr(rule.requirement, lang) for lang in langs]
        lines += [f"  □ {words[0]}  {rule.id}", *(f"    {word}" for word in words[1:])]
    return lines + ([MORE[lang].format(rest) for lang in langs] if rest else [])


def summary(prepared: Prepared, lang: str) -> str:
    """One line: whose filing, where, and how many findings."""
    number = counts(prepared.findings)
    filing = prepared.filing
    name = filing.entity.name or (("（未读到主办单位名称）") if lang == "zh" else "(no entity name read)")
    if lang == "zh":
        return f"{name} · {filing.province or '省份未定'} · 必须处理 {number[Severity.BLOCKER]} 项，请核对 {number[Severity.WARNING]} 项，提示 {number[Severity.NOTE]} 项"
    return f"{name} · {filing.province or 'province unknown'} · {number[Severity.BLOCKER]} blockers, {number[Severity.WARNING]} warnings, {number[Severity.NOTE]} notes"


def _finding_lines(finding: Finding, langs: Sequence[str]) -> list[str]:
    lines = []
    for lang in langs:
        word, message = WORDS[lang][finding.severity], getattr(finding.message, lang)
        lines += [f"{MARKS[finding.severity]} [{word}] {message}", f"    → {getattr(finding.advice, lang)}"]
    where = fields.label(finding.where, langs[0])
    source = finding.source
    said = f"{source.title}（{source.as_of}）" if source else ""
    lines.append("    " + "  ".join(part for part in (where, finding.rule, said) if part))
    return lines


def bundle_text(out: Path, written: Drawn, lang: str) -> str:
    """Where the bundle lies."""
    head = f"材料包：{out / 'bundle.pdf'}" if lang == "zh" else f"Bundle: {out / 'bundle.pdf'}"
    return f"\n{head}\n" + forms_text(out, written.prepared, lang)


def forms_text(out: Path, prepared: Prepared, lang: str) -> str:
    """Where the forms lie and who signs each."""
    lines = []
    for form in prepared.forms:
        sign = ("、" if lang == "zh" else ", ").join(getattr(word, lang) for word in form.sign_words)
        signing = (f"（签署：{sign}）" if lang == "zh" else f" (sign: {sign})") if sign else ""
        lines.append(f"  {out / form.file}  {getattr(form.title, lang)}{signing}")
    if any(form.compare and not form.is_supplied for form in prepared.forms):
        lines.append(getattr(COMPARE, lang))
    return "\n".join(lines)


def rules_text(rules: Sequence[dict[str, Any]], lang: str) -> str:
    """Rules for a person, one paragraph each."""
    return "\n".join(_rule_text(rule, lang) for rule in rules)


OWN = {"zh": "自定", "en": "your own"}
JUDGED = {"zh": ("程序检查", "人工核对"), "en": ("checked", "for a person")}


def _rule_text(rule: dict[str, Any], lang: str) -> str:
    source = "；".join(f"{one['title']}（{one['date']}）" for one in rule["sources"])
    place = rule["province"] or rule["provider"] or ("全国" if lang == "zh" else "national")
    judged = JUDGED[lang][0 if rule["check"] else 1]
    own = [OWN[lang]] if rule["own"] else []
    head = " · ".join([*own, place, rule["severity"], rule["status"], rule["as_of"], judged])
    return f"{rule['id']}  [{head}]\n    {rule['requirement'][lang]}\n    {source}"
