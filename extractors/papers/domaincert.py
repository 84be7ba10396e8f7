"""The domain certificate (域名证书), as a picture or with a text layer; Chinese and English labels."""

from __future__ import annotations

import re
from collections.abc import Sequence

from extractors.papers.dates import date_value, find_dates
from extractors.papers.layout import Label, SheetText, Value, confidence, following, level_lines, text_value
from extractors.papers.wording import chinese_text, squeeze, squeeze_with_places
from extractors.vision.lines import Line

_LABELS: dict[str, re.Pattern[str]] = {
    field: re.compile(rf'^(?:{words})(?:[（(/]?(?:{english})[）)]?)?[:：]?|^(?:{english})[:：]?', re.IGNORECASE)
    for field, words, english in (
        ('reg_date', '域名注册日期|域名注册时间|注册日期|注册时间|创建时间', 'registrationdate|registeredon|creationdate|regdate'),
        ('exp_date', '域名到期日期|域名到期时间|域名过期时间|到期日期|到期时间|过期时间|有效期至|截止日期',
         'expirationdate|expirydate|expiredate|expireson|registryexpirydate'),
        ('registrar', '域名注册服务机构|注册服务机构|域名注册商|所属注册商|注册商', 'sponsoringregistrar|registrarname|registrar'),
        ('owner', '域名所有者|域名持有者|域名持有人|域名所有人|域名注册人|注册人|注册者|所有者|持有者|持有人|注册联系人',
         'domainnameowner|domainowner|registrantorganization|registrantname|registrant|owner|holder'),
        ('domain', '域名名称|域名', 'domainname|domain'),
    )
}  # fmt: skip
_DOMAIN = re.compile(
    r"(?:[a-z0-9\u3400-\u9fff](?:[a-z0-9\u3400-\u9fff-]*[a-z0-9\u3400-\u9fff])?\.)+[a-z\u3400-\u9fff]{2,}",
    re.IGNORECASE,
)


def read(sheet: SheetText) -> dict[str, Value]:
    """Domain, owner, registrar and the two dates."""
    lines = level_lines(squeeze_with_places(line) for line in sheet.lines)
    labels = _find_labels(lines)
    stops = [label.line for label in labels.values()]
    values: dict[str, Value | None] = {}
    for field, label in labels.items():
        found = following(label, lines, stops, most=2 if field in ("owner", "registrar") else 1)
        values[field] = _value(field, found)
    if values.get("domain") is None:
        values["domain"] = _any_domain(lines)
    _dates_of_a_period(lines, values)
    return {field: value for field, value in values.items() if value is not None}


def _find_labels(lines: Sequence[Line]) -> dict[str, Label]:
    labels: dict[str, Label] = {}
    for line in lines:
        for field, pattern in _LABELS.items():
            match = pattern.match(line.text)
            if not match or match.end() == 0:
                continue
            if field not in labels and not _is_title(line.text):
                end = match.end()
                labels[field] = Label(field, line, line.part(0, end), line.part(end, len(line.text)).strip())
            break
    return labels


def _is_title(text: str) -> bool:
    return bool(
        re.match(r"(国际|国家|顶级|中国)?域名(注册)?证书|domainname(registration)?certificate", text, re.IGNORECASE)
    )


def _value(field: str, found: tuple[Line, ...]) -> Value | None:
    if field in ("reg_date", "exp_date"):
        return date_value(found)
    if field == "domain":
        return _any_domain(found)
    return text_value(found, clean=_clean_party)


def _clean_party(text: str) -> str:
    text = text.strip(":： ")
    return chinese_text(text) if re.search(r"[\u3400-\u9fff]", text) else text


def _any_domain(lines: Sequence[Line]) -> Value | None:
    for line in lines:
        match = _DOMAIN.search(line.text.lower().replace("。", ".").replace("．", "."))
        if match:
            part = line.part(*match.span())
            return Value(match.group(), (part,), _domain_confidence(part), part.method, part.text)
    return None


def _domain_confidence(part: Line) -> float:
    """Pictures cannot tell l from 1 or o from 0 for certain: such a domain is never quite sure."""
    sure = confidence((part,))
    ambiguous = part.method != "text_layer" and re.search(r"[l1o0]", part.text)
    return min(sure, 0.9) if ambiguous else sure


def _dates_of_a_period(lines: Sequence[Line], values: dict[str, Value | None]) -> None:
    """Certificates that print one period instead of two labelled dates."""
    if values.get("reg_date") and values.get("exp_date"):
        return
    for line in lines:
        dates = find_dates(squeeze(line.text))
        if len(dates) == 2:
            for field, (value, start, end) in zip(("reg_date", "exp_date"), dates, strict=True):
                part = line.part(start, end)
                if values.get(field) is None:
                    values[field] = Value(value, (part,), confidence((part,)), part.method, part.text)
