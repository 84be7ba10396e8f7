"""Texts of form files: `{entity.name}` becomes the value on a rule, or an empty rule where nothing is known.

    {path}            value, underlined; a rule of 8 em if missing
    {path|12}         the empty rule is 12 em wide
    {path|plain}      value without a rule
    {path|date}       2026-11-22 as 2026年11月22日
    {path|platform}   android as 安卓 Android
    {path|algorithm}  sha1 as SHA-1
    {path|groups}     long keys in groups of ten
    {path|short}      without a last part in brackets: 营业执照（个人或企业） as 营业执照
    {?path=a,b}       tick box, ticked if the value is one of these; {?path} if there is any value
    {?}               tick box for a hand to tick
    {_6}              an empty rule 6 em wide, to be filled by hand
    **words**         bold

Nothing is computed here beyond that: what a form needs and a filing does not hold is in `form_views.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from generators.cjk import HAIR, Run
from generators.errors import TemplateMismatch

Scope = Mapping[str, Any]

_TOKEN = re.compile(r"\{([^{}]*)\}|\*\*(.+?)\*\*")
_PATH = re.compile(r"^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*|\[\d+\])*$")
PLATFORMS = {"android": "安卓 Android", "ios": "苹果 iOS", "harmony": "鸿蒙 HarmonyOS"}
FILTERS = frozenset({"plain", "short", "date", "platform", "algorithm", "groups"})
ALGORITHMS = {"md5": "MD5", "sha1": "SHA-1", "sha256": "SHA-256"}
BLANK_EM = 8.0
CELL_EM = 6.0


def look_up(scope: Scope, path: str) -> Any:
    """The value at a dotted path (`websites[0].name`), or None."""
    value: Any = scope
    for part in re.findall(r"[a-z_][a-z0-9_]*|\d+", path):
        if part.isdigit():
            index = int(part)
            value = value[index] if isinstance(value, Sequence) and index < len(value) else None
        else:
            value = value.get(part) if isinstance(value, Mapping) else None
        if value is None:
            return None
    return value


def text_of(value: Any) -> str:
    """A value as it is printed: lists are joined with the enumeration comma, of a group of values the name is printed."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Mapping):
        return text_of(value.get("name"))
    if isinstance(value, (list, tuple)):
        return "、".join(text for text in map(text_of, value) if text)
    return str(value).strip()


def format_value(value: Any, filters: Sequence[str]) -> str:
    """A value after its filters."""
    text = text_of(value)
    if "date" in filters:
        return date_zh(text)
    if "platform" in filters:
        return PLATFORMS.get(text, text)
    if "algorithm" in filters:
        return ALGORITHMS.get(text.lower().replace("-", ""), text)
    if "groups" in filters:
        return group(text)
    if "short" in filters:
        return re.sub(r"（[^（）]*）$", "", text)
    return text


def date_zh(text: str) -> str:
    """2026-11-22 as 2026年11月22日; other text (长期) as it is."""
    match = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", text)
    return f"{match[1]}年{int(match[2])}月{int(match[3])}日" if match else text


def group(text: str, size: int = 10) -> str:
    """A long key with a blank after every ten characters, so that two people can compare it."""
    return " ".join(text[start : start + size] for start in range(0, len(text), size))


def make_runs(text: str, scope: Scope, *, rules: bool = True) -> list[Run]:
    """Runs of a text; without `rules` values are printed plain (in tables)."""
    runs: list[Run] = []
    text = re.sub(r"(\{\?[^{}]*\}) ", r"\1", text)  # a tick box stays with its word
    position = 0
    for match in _TOKEN.finditer(text):
        between = text[position : match.start()]
        if between:
            runs.append(Run(_trim(between, after=position > 0) if rules else between))
        position = match.end()
        if match[2] is not None:
            runs.extend(_bold(run) for run in make_runs(match[2], scope, rules=False))
        else:
            runs.append(_token(match[1], scope, rules=rules))
    if position < len(text):
        rest = text[position:]
        runs.append(Run(rest.lstrip(" ") if rules and position else rest))
    return runs


def _trim(text: str, *, after: bool) -> str:
    """Blanks beside a token only make form files readable; the space on the page is the typesetter's."""
    text = text.rstrip(" ")
    return text.lstrip(" ") if after else text


def _bold(run: Run) -> Run:
    return replace(run, bold=True)


def _token(token: str, scope: Scope, *, rules: bool) -> Run:
    if token.startswith("_"):
        return Run(mark="blank", width_em=float(token[1:] or BLANK_EM))
    if token.startswith("?"):
        return Run(mark="tick" if is_ticked(token[1:], scope) else "box")
    path, *filters = token.split("|")
    widths = [part for part in filters if part.replace(".", "", 1).isdigit()]
    text = format_value(look_up(scope, path), filters)
    if not text:
        return Run(
            mark="blank",
            width_em=float(widths[0]) if widths else (BLANK_EM if rules else CELL_EM),
            colour=None if rules else HAIR,
        )
    return Run(text, mark="fill" if rules and "plain" not in filters else "", tight=True)


def is_ticked(condition: str, scope: Scope) -> bool:
    """Whether `path=a,b` or `path` holds; true and false are written as such."""
    if not condition:
        return False
    path, _, wanted = condition.partition("=")
    value = look_up(scope, path.strip())
    if not wanted:
        return bool(value)
    text = str(value).lower() if isinstance(value, bool) else text_of(value)
    return text in [item.strip() for item in wanted.split(",")]


def holds(conditions: Mapping[str, Any] | None, scope: Scope) -> bool:
    """Whether every `path: value` (or list of values) of a `when` is so."""
    return all(_holds_one(look_up(scope, path), wanted) for path, wanted in (conditions or {}).items())


def _holds_one(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, bool):
        return bool(value) is wanted
    return text_of(value) in (wanted if isinstance(wanted, list) else [wanted])


def check_text(text: str, where: str) -> None:
    """Raise `TemplateMismatch` if a token of a form file is not well made."""
    for match in _TOKEN.finditer(text):
        token = match[1]
        if token is None or token == "?" or re.fullmatch(r"_(\d+(\.\d+)?)?", token):
            continue
        path, *filters = token.lstrip("?").partition("=")[0].split("|")
        good = all(part in FILTERS or part.replace(".", "", 1).isdigit() for part in filters)
        if not _PATH.match(path) or not good:
            raise TemplateMismatch(f"表单文件 {where} 中的标记 {{{token}}} 无效。", f"{where}: bad token {{{token}}}.")
