"""Forms and letters from their YAML files: which there are, what a person must still do, and the finished PDF.

A form file says what is printed, who signs and seals, and what only a hand may fill in. The clauses are in our own
words; where an authority prescribes the wording, the page says so and asks to compare it with the provider's current
download. Missing values become empty rules; seals, signatures, fingerprints and dates of signing are never drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from generators import form_blocks, form_views
from generators.blocks import Area
from generators.errors import DoesNotFit, TemplateMismatch
from generators.fonts import check_values
from generators.page import LETTER, SHEET, Frame, Furniture, Info, Pages, Placed, lay_out, numbered, open_canvas

FOLDER = Path(__file__).parent / "forms"
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MAX_LENGTH = 20_000
DENSITIES = (1.0, 0.94, 0.88, 0.82)
KINDS = ("letter", "sheet", "table")
ONE_PAGE = ("letter", "table")
KEYS = frozenset(
    {"id", "title", "kind", "file", "who", "sign", "sign_individual", "date", "never", "province", "provider"}
    | {"official_wording", "compare", "source", "body"}
)


@dataclass(frozen=True, slots=True)
class Words:
    """A text in the two languages of the product."""

    zh: str
    en: str


SIGNS = {
    "seal_unit": Words(
        "加盖单位公章（不可用合同章、财务章）", "official seal of the unit (no contract or finance seal)"
    ),
    "seal_provider": Words("接入服务商盖章", "seal of the access provider"),
    "sign_legal_person": Words("法定代表人亲笔签名", "signature of the legal representative"),
    "sign_entity_person": Words("主体负责人亲笔签名", "signature of the person in charge of the entity"),
    "sign_service_person": Words("互联网信息服务负责人亲笔签名", "signature of the person in charge of the service"),
    "sign_agent": Words("经办人亲笔签名", "signature of the agent"),
    "sign_individual": Words("本人亲笔签名", "signature of the person"),
    "sign_domain_owner": Words("域名注册人亲笔签名", "signature of the domain holder"),
    "fingerprint": Words("按手印", "fingerprint"),
    "copy_by_hand": Words("亲笔抄写指定内容", "sentence to be copied by hand"),
    "date_by_hand": Words("手写签署日期", "date of signing, by hand"),
    "date_open": Words("日期留空，不填写", "date stays open"),
    "ask_authority": Words("咨询主管部门后填写答复", "answer of the authority, filled in after asking"),
    "video": Words("另行录制承诺视频", "spoken promise, recorded separately"),
}


@dataclass(frozen=True, slots=True)
class FormSpec:
    """What is known about a form before it is filled.

    `sign` holds keys of `SIGNS`, `sign_individual` those for a natural person; `never` names the kinds of areas
    that stay empty; `official_wording` is false because the clauses are ours.
    """

    id: str
    title: Words
    kind: str
    file: str
    who: Words
    sign: tuple[str, ...]
    sign_individual: tuple[str, ...]
    date: Words
    never: tuple[str, ...]
    province: str
    provider: str
    official_wording: bool
    compare: bool
    source: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rendered:
    """A finished form and the areas on it that only a hand may fill."""

    pdf: bytes
    never: tuple[Area, ...]
    pages: int


def template_ids() -> tuple[str, ...]:
    """All forms there are, in order of their names."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


def describe(template: str) -> FormSpec:
    """What a form is, who signs and seals it.

    Raises:
        TemplateMismatch: there is no such form, or its file is not well made.
    """
    return _load(template)[0]


def signs_for(template: str, values: Mapping[str, object]) -> tuple[Words, ...]:
    """What people must still do on the printed form, for this filing."""
    spec = describe(template)
    keys = spec.sign_individual if form_views.is_individual(values) and spec.sign_individual else spec.sign
    return tuple(SIGNS[key] for key in keys)


def lay_out_form(template: str, values: Mapping[str, object]) -> Pages:
    """The form's pages, ready to be drawn.

    Args:
        template: one of `template_ids()`.
        values: the filing as nested dicts; what is missing becomes an empty rule.

    Raises:
        MissingGlyph: a value has a character that no font can print.
        DoesNotFit: a value is longer than a form can hold.
        TemplateMismatch: there is no such form.
    """
    spec, body = _load(template)
    _check_values(form_views.flatten(values))
    scope = {**values, "derived": form_views.derive(values)}
    info = Info(spec.title.zh, spec.title.en, str(values.get("submit_date") or ""))
    return numbered(_laid_out(spec, body, scope), _frame(spec), _furniture(spec), info)


def render(template: str, values: Mapping[str, object]) -> bytes:
    """The form as PDF; arguments and errors as of `lay_out_form`."""
    return lay_out_form(template, values).pdf()


def render_marked(template: str, values: Mapping[str, object]) -> Rendered:
    """The form with the list of areas that must stay empty."""
    pages = lay_out_form(template, values)
    canvas, out = open_canvas(pages.info)
    canvas.never_areas = []
    pages.draw_all(canvas)
    return Rendered(out.getvalue(), tuple(canvas.never_areas), len(pages.draw))


def _check_values(texts: Mapping[str, str]) -> None:
    for name, text in texts.items():
        if len(text) > MAX_LENGTH:
            raise DoesNotFit(
                f"{name} 长达 {len(text)} 字，超过 {MAX_LENGTH} 字，无法印在表单上。请核对该项。",
                f"{name} has {len(text)} characters, more than the {MAX_LENGTH} a form can hold. Check the value.",
            )
    check_values(texts)


def _laid_out(spec: FormSpec, body: Sequence[Mapping[str, Any]], scope: Mapping[str, Any]) -> list[list[Placed]]:
    """The laid-out form; what belongs on one page is set closer if it runs over by a few lines."""
    tries = []
    for density in DENSITIES if spec.kind in ONE_PAGE else (1.0,):
        blocks = form_blocks.make_blocks(spec.title.zh, spec.title.en, spec.kind, body, scope, density=density)
        tries.append(lay_out(blocks, _frame(spec)))
        if len(tries[-1]) == 1:
            return tries[-1]
    return min(tries, key=len)


def _frame(spec: FormSpec) -> Frame:
    return LETTER if spec.kind == "letter" else SHEET


def _furniture(spec: FormSpec) -> Furniture:
    note = "本页文字为通用草拟，使用前请与服务商当前提供的模板核对 · Compare with the provider's current download"
    return Furniture(footer=note if spec.compare else "", header="" if spec.kind == "letter" else spec.title.zh)


@cache
def _load(template: str) -> tuple[FormSpec, list[dict[str, Any]]]:
    path = FOLDER / f"{template}.yaml"
    if template not in template_ids():
        raise TemplateMismatch(f"没有名为 {template} 的表单。", f"There is no form named {template}.")
    data = yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)
    _check(data, path.name)
    return _spec(data), data["body"]


def _check(data: Any, where: str) -> None:
    unknown = set(data) - KEYS
    if unknown or data["id"] != where.removesuffix(".yaml") or data["kind"] not in KINDS:
        raise _bad(where, f"unknown keys {sorted(unknown)}, wrong id or kind")
    if unsigned := {*data["sign"], *data.get("sign_individual", ())} - set(SIGNS):
        raise _bad(where, f"unknown signs {sorted(unsigned)}")
    if data["official_wording"] is not False:
        raise _bad(where, "official_wording must be false")
    form_blocks.check_body(data["body"], where)


def _bad(where: str, what: str) -> TemplateMismatch:
    return TemplateMismatch(f"表单文件 {where} 有误：{what}。", f"Form file {where}: {what}.")


def _spec(data: Mapping[str, Any]) -> FormSpec:
    return FormSpec(
        id=data["id"],
        title=_words(data["title"]),
        kind=data["kind"],
        file=data["file"],
        who=_words(data["who"]),
        sign=tuple(data["sign"]),
        sign_individual=tuple(data.get("sign_individual", ())),
        date=_words(data["date"]),
        never=tuple(data["never"]),
        province=data.get("province") or "",
        provider=data.get("provider") or "",
        official_wording=data["official_wording"],
        compare=bool(data.get("compare", False)),
        source=tuple(data["source"]),
    )


def _words(data: Mapping[str, str]) -> Words:
    return Words(data["zh"], data["en"])
