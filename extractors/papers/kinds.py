"""Which paper it is, by its title and labels; watermark words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from extractors.papers.layout import SheetText, as_zone, contains, slant_degrees, squeeze
from extractors.vision.lines import Line

_WATERMARK = re.compile(r"仅供|仅用于|僅供|他用|再次复印|复印无效|办理备案|备案使用|备案专用|盗用")
_TITLES = (
    ("business_licence", ("营业执照",)),
    ("institution_certificate", ("事业单位法人证书",)),
    ("hk_macau_permit", ("港澳居民来往内地通行证",)),
    ("taiwan_permit", ("台湾居民来往大陆通行证",)),
    ("residence_back", ("港澳居民居住证", "台湾居民居住证")),
    ("letter", ("承诺书", "授权书", "委托书", "真实性核验单", "备案登记表")),
)
_LETTER_LINE = re.compile(r".{0,24}(承诺书|授权书|委托书|核验单|登记表)")
_PASSPORT_LINE = re.compile(r"P[A-Z0<][A-Z0]{3}[A-Z0-9<]*<<[A-Z0-9<]{12,}")


def kind_of(sheet: SheetText) -> str:
    """The paper's kind as `beianbox read` names it, `unknown` where no title and no group of labels is found."""
    text = sheet.joined
    if _is_passport(text):
        return "passport"
    if _is_domain_certificate(text):
        return "domain_certificate"
    for kind, titles in _TITLES:
        if kind == "letter":
            if any(_LETTER_LINE.fullmatch(line) for line in text.split("\n")[:6]):
                return kind
        elif any(contains(text, title) for title in titles):
            return kind
    return _id_card(text)


def _is_passport(text: str) -> bool:
    if any(_PASSPORT_LINE.match(as_zone(line)) for line in text.split("\n")):
        return True
    low = text.lower()
    return "passport" in low and ("护照" in text or "nationality" in low or "surname" in low)


def _is_domain_certificate(text: str) -> bool:
    if contains(text, "域名证书") or contains(text, "域名注册证书") or "domainnamecertificate" in text.lower():
        return True
    low = text.lower()
    labels = (
        "注册商",
        "registrar",
        "注册时间",
        "注册日期",
        "registrationdate",
        "到期",
        "expir",
        "所有者",
        "registrant",
        "实名认证",
    )
    return ("域名" in text or "domain" in low) and sum(label in low for label in labels) >= 2


def _id_card(text: str) -> str:
    front = (
        contains(text, "公民身份号码") or sum(word in text for word in ("姓名", "性别", "民族", "出生", "住址")) >= 3
    )
    back = contains(text, "居民身份证") or (contains(text, "签发机关") and contains(text, "有效期限"))
    if front and re.search(r"8[123]0000\d{11}", text):
        return "residence_front"
    if front and back:
        return "idcard_both"
    return "idcard_front" if front else "idcard_back" if back else "unknown"


def watermark_texts(lines: Sequence[Line]) -> tuple[str, ...]:
    """The lines that say what a copy may be used for."""
    return tuple(squeeze(line.text) for line in lines if _WATERMARK.search(squeeze(line.text)))


def without_watermarks(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The lines without slanted ones and those that hold watermark words: they would mix into the values."""
    return tuple(line for line in lines if not _is_watermark(line))


def _is_watermark(line: Line) -> bool:
    long_enough = line.right - line.left > 2.5 * line.height
    return (long_enough and slant_degrees(line) > 9) or bool(_WATERMARK.search(squeeze(line.text)))
