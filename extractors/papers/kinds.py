"""Which paper it is, by its title and labels; watermark words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from extractors.papers import institution, letter, preapproval
from extractors.papers.layout import SheetText, rows, slant_degrees
from extractors.papers.wording import as_zone, contains, squeeze
from extractors.vision.lines import Line

_WATERMARK = re.compile(
    r"仅供|仅用于|僅供|他用|再次复印|复印无|办理备案|案使用|备案专用|盗用|此件仅|只用于"
    # 仅限 alone stands in addresses (仅限办公) and scopes (仅限分支机构经营) too
    r"|仅限.{0,10}(?:备案|开户|认证|审核)|for\w+only|useonly|onlyfor|icpfiling",
    re.IGNORECASE,
)
_WATERMARK_WORDS = re.compile(
    r"(?:仅|供|用于|只|办理|网站|互联网|ICP|APP|备案|使用|专用|他用|其他用途|无效|复印|再次|严禁|盗用|有效|此件|本件|不得)+",
    re.IGNORECASE,
)
# Pieces of such words, with what readers take some of their characters for.
_WATERMARK_PIECE = re.compile(r"[仅供用于只办理网站互联备案使便专他途复印再次严禁盗此件]+")
_WATERMARK_PART = re.compile(
    r"网站备案|备案使|用于办理|他用无|用无效|icpfil|filing(?:use|only)", re.IGNORECASE
)  # what no paper says itself
_OF_WATERMARKS = frozenset("仅供限用于只办理网站互联备案使专他途复印再次严禁盗此件无效审核实名认证银行开户入职租房ICP")
_LATIN = frozenset("ICP")
_ENGLISH_PIECE = re.compile(r"icp|only|filing", re.IGNORECASE)
_LONG_PIECE, _MOST_STRANGE = 4, 0.4
_SHORT_WORDS, _LONG_WORDS = 2.5, 5.0  # heights of a slanted line
_TITLES = (
    ("business_licence", ("营业执照",)),
    ("hk_macau_permit", ("港澳居民来往内地通行证",)),
    ("taiwan_permit", ("台湾居民来往大陆通行证",)),
    ("foreign_permanent_resident", ("外国人永久居留身份证", "外国人永久居留证", "foreignpermanentresidentidcard")),
    ("temporary_idcard", ("临时居民身份证",)),
    ("letter", ("承诺书", "授权书", "委托书", "真实性核验单", "备案登记表")),
    ("institution_certificate", institution.TITLES),
    ("preapproval_permit", preapproval.TITLES),
)
_ENOUGH_LABELS = 4
_BESIDE_A_TITLE = 8  # letters of the issuing state, or of a stain
_NUMBER_LABEL = re.compile(r".民身份证?号码?")
"""The front's `公民身份号码`, which some copies print as `公民身份证号码`: one letter from the back's title."""
_FRONT_WORDS = ("姓名", "性别", "民族", "出生", "住址")
_INSTITUTION_LABELS = ("宗旨和业务范围", "经费来源", "开办资金", "举办单位")
_RESIDENCE_BACK = ("港澳居民居住证", "台湾居民居住证")
_RESIDENCE_NUMBER = re.compile(r"8[123]0{2,5}(?:19|20)\d\d[01]\d[0-3]\d")
"""81 to 83, four zeros and a birthday, as those from Hong Kong, Macau and Taiwan have it; a zero may be lost."""
_LICENCE_LABELS = (
    "业执照", "企业信用信息公示系统", "市场监督管理总局监制", "统一社会信用代码", "登记机关", "组成形式", "经营场所", "注册资本",
    "营业期限",
)  # fmt: skip
_LIVING = re.compile(r"^.{0,9}居住证(副证)?$", re.MULTILINE)
_PASSPORT_LINE = re.compile(r"P[A-Z0<][A-Z0]{3}[A-Z0-9<]*<<[A-Z0-9<]{12,}")


def kind_of(sheet: SheetText) -> str:
    """The paper's kind as `beianbox read` names it, `unknown` where no title and no group of labels is found."""
    text = sheet.joined
    if _is_passport(text):
        return "passport"
    if _is_domain_certificate(text):
        return "domain_certificate"
    lines = _title_lines(sheet)
    for kind, titles in _TITLES:
        if kind == "letter":
            if any(letter.TITLE.fullmatch(line) for line in text.split("\n")[:6]):
                return kind
        elif any(_is_titled(lines, title) for title in titles):
            return kind
    if sum(contains(text, label) for label in _INSTITUTION_LABELS) >= 2:  # its title could not be read
        return "institution_certificate"
    return "business_licence" if _is_licence(text) else _card(text)


def _title_lines(sheet: SheetText) -> list[str]:
    """Each line, and each row as one, for titles are printed wide apart; other papers name these titles in sentences."""
    joined = [squeeze(row.text).lower() for row in rows(sheet.lines, gap=4)]
    return joined + sheet.joined.lower().split("\n")


def _is_titled(lines: Sequence[str], title: str) -> bool:
    return any(len(line) <= len(title) + _BESIDE_A_TITLE and contains(line, title) for line in lines)


def _is_licence(text: str) -> bool:
    """A licence whose title could not be read is known by its labels."""
    if not contains(text, "经营范围"):
        return False
    heads = ("法定代表人", "经营者", "负责人", "投资人")
    has_head = any(head in text for head in heads) and ("登记机关" in text or "信用代码" in text)
    return has_head or sum(contains(text, label) for label in _LICENCE_LABELS) >= _ENOUGH_LABELS


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


def _card(text: str) -> str:
    """Which card, by its labels: sides of ID cards and residence cards are told apart by what stands on them."""
    front = contains(text, "公民身份号码") or sum(word in text for word in _FRONT_WORDS) >= 3
    titles = _NUMBER_LABEL.sub("", text)
    back = contains(titles, "居民身份证") or (contains(text, "签发机关") and contains(text, "有效期限"))
    if any(contains(text, title) for title in _RESIDENCE_BACK) or (back and "通行证号码" in text):
        return "residence_back"
    if _LIVING.search(text) and (front or back):
        return "residence_permit"
    if front and _RESIDENCE_NUMBER.search(text):
        return "residence_front"
    if front and back:
        return "idcard_both"
    return "idcard_front" if front else "idcard_back" if back else "unknown"


def watermark_texts(lines: Sequence[Line]) -> tuple[str, ...]:
    """The lines that say what a copy may be used for; of one read in part only, the part between dots (…)."""
    texts = [squeeze(line.text) for line in lines]
    whole = tuple(text for text in texts if _WATERMARK.search(text))
    return whole or tuple(f"…{text}…" for text in texts if _is_piece_of_watermark(text))


def _is_piece_of_watermark(text: str) -> bool:
    return bool(_WATERMARK_PART.search(text)) or (len(text) >= _LONG_PIECE and bool(_WATERMARK_PIECE.fullmatch(text)))


def faint_watermark(text: str) -> str:
    """What a line among the faint things on a paper says of a copy's use, a piece between dots; empty for anything else.

    Little but watermarks is so faint, so some characters may be misread.
    """
    squeezed = squeeze(text)
    if _WATERMARK.search(squeezed):
        return squeezed
    letters = set(squeezed)
    known = letters & _OF_WATERMARKS
    strange = sum(character not in known for character in squeezed)
    # A frame's bars are read as I: of Latin letters alone, all of ICP must be there.
    is_long = len(letters) >= _LONG_PIECE and bool(known - _LATIN or known == _LATIN)
    is_piece = is_long and strange <= _MOST_STRANGE * len(squeezed)
    return f"…{squeezed}…" if is_piece or _ENGLISH_PIECE.search(squeezed) else ""


def has_watermark(lines: Sequence[Line]) -> bool:
    """Whether words lie over the print, told by what they say or by their slant; a seal's ring has no long lines."""
    return any(_says_watermark(line) or _is_slanted(line, _LONG_WORDS) for line in lines)


def without_watermarks(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The lines without slanted ones and those that hold watermark words: they would mix into the values.

    Where such words were read, lines that are a piece of them go too.
    """
    kept = tuple(line for line in lines if not _is_watermark(line))
    if not any(_says_watermark(line) for line in lines):
        return kept
    return tuple(line for line in kept if not _WATERMARK_PIECE.fullmatch(squeeze(line.text)))


def _is_watermark(line: Line) -> bool:
    return _is_slanted(line, _SHORT_WORDS) or _says_watermark(line)


def _is_slanted(line: Line, heights: float) -> bool:
    return line.right - line.left > heights * line.height and slant_degrees(line) > 9


def _says_watermark(line: Line) -> bool:
    text = squeeze(line.text)
    return bool(_WATERMARK.search(text)) or (len(text) > 1 and bool(_WATERMARK_WORDS.fullmatch(text)))
