"""The command `beianbox fill`: a filing in a template that the user supplies, and anchors for such a template."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from generators import fill as filling
from generators.fill_places import Left, Place
from pipeline.errors import UsageError
from pipeline.export_command import write
from pipeline.exports.template_values import entries
from pipeline.model import App, Filing, Text, Website
from pipeline.own_templates import anchors_of, as_pdf, filled, or_problem, read

WHY = {
    "never": Text("由本人手工填写或盖章", "to be written, signed or sealed by hand"),
    "no_value": Text("备案材料中没有该内容", "the filing does not say it"),
    "ambiguous": Text("名称可指多项内容，请在锚点文件中写明", "its name fits several values; say which in the anchors"),
    "lost": Text(
        "Excel 图形、文本框或控件无法保留，请对照原模板补上，或改用 Word、PDF 模板",
        "shapes, text boxes and controls of Excel are not kept; add them from the template, or use a Word or PDF form",
    ),
    "no_room": Text(
        "模板中没有它的空白，未填入；如需填报，请为它另填一份或写明锚点",
        "the form has no blanks for it, so it is not in it; fill another copy for it, or give it blanks in the anchors",
    ),
    "unknown": Text("未识别的空白", "not a blank that is known"),
}
ATTENTION = frozenset({"no_value", "ambiguous", "lost", "no_room"})


def fill(template: Path, filing: Filing, out: Path) -> tuple[dict[str, Any], bool]:
    """Fills a template.

    Args:
        template: the file; anchors are read from `<template>.anchors.yaml` beside it, if that is there.
        filing: the filing.
        out: the file to write; a Word or Excel template becomes a PDF if its name ends so and LibreOffice is there.

    Returns:
        The object to print, and whether a blank is left that the filing should have filled.

    Raises:
        TemplateProblem: the template cannot be filled; nothing was written.
        UsageError: there is no such file, or `out` is the template itself.
    """
    if out.resolve() == template.resolve():
        raise UsageError(f"输出文件不能覆盖模板 {template}。", f"The output must not replace the template {template}.")
    done = filled(template, filing)
    done = replace(done, left=(*done.left, *_without_room(filing, done)))
    write(out, as_pdf(done, filing) if out.suffix.lower() == ".pdf" else done.data)
    return _shown(template, out, done), any(one.why in ATTENTION for one in done.left)


def _without_room(filing: Filing, done: filling.Filled) -> Iterator[Left]:
    """The further websites and APPs of which a form that asks for the first has nothing."""
    taken = {place.path.partition(".")[0] for place in done.filled}
    for group, word, services in (("websites", "网站", filing.websites), ("apps", "APP", filing.apps)):
        for number in range(1, len(services)):
            if f"{group}[0]" in taken and f"{group}[{number}]" not in taken:
                yield Left(Place(f"{word}{number + 1}"), "no_room")


def learn(template: Path, filing: Filing | None, out: Path | None) -> dict[str, Any]:
    """Writes the anchors of a template beside it, to be checked and completed by a person.

    Raises:
        UsageError: anchors are there already.
    """
    place = out or anchors_of(template)
    if place.exists():
        raise UsageError(
            f"锚点文件 {place} 已存在，可能已由人工修改。请先移走它。",
            f"The anchors {place} exist and may have been edited. Move them away first.",
        )
    data = read(template)
    known = entries(filing or Filing("", apps=(App(),), websites=(Website(),)))
    text = or_problem(lambda: filling.learn(data, known, template.name))
    write(place, text.encode())
    return {"template": str(template), "anchors": str(place), "sha256": filling.sha256_of(data)}


def default_out(template: Path, folder: Path) -> Path:
    """Beside the folder, with the names of both."""
    whole = folder.resolve()
    return whole.with_name(f"{whole.name}-{template.name}")


def _shown(template: Path, out: Path, done: filling.Filled) -> dict[str, Any]:
    return {
        "template": str(template),
        "kind": done.kind,
        "out": str(out),
        "filled": [{"path": one.path, "label": one.label, "page": one.page} for one in done.filled],
        "left": [_left(one) for one in done.left],
    }


def _left(left: Left) -> dict[str, Any]:
    why = WHY[left.why]
    shown: dict[str, Any] = {"label": left.place.label, "page": left.place.page, "why": left.why}
    return {**shown, "choose": list(left.choose), "zh": why.zh, "en": why.en}


def as_text(shown: dict[str, Any], lang: str) -> str:
    """The result for a person."""
    if "anchors" in shown:
        return f"锚点：{shown['anchors']}" if lang == "zh" else f"Anchors: {shown['anchors']}"
    count = len(shown["filled"])
    head = f"已填 {count} 处：{shown['out']}" if lang == "zh" else f"{count} blanks filled: {shown['out']}"
    return "\n".join([head, *(_left_text(one, lang) for one in shown["left"])])


def _left_text(left: dict[str, Any], lang: str) -> str:
    choices = f" [{', '.join(left['choose'])}]" if left["choose"] else ""
    label = " ".join(left["label"].split()).rstrip("：: ")
    return f"  · {label}{'：' if lang == 'zh' else ': '}{left[lang]}{choices}"
