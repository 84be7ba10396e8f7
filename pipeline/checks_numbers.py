"""Whether a number can be right: check digits and shapes of certificates, phones, domains, addresses.

Standards: GB 11643 (resident ID), GB 32100 (unified social credit code), GB 11714 (organisation code),
GS 15 (15-digit licence number). Each function answers True or False; it never raises.
"""

from __future__ import annotations

import ipaddress
import re

from extractors import numbers


def resident_id(number: str) -> bool:
    """公民身份号码 or a residence card's number: 18 places, a real birth date, the right check figure (GB 11643)."""
    return numbers.is_resident_id(number.upper())


def credit_code(code: str) -> bool:
    """统一社会信用代码: 18 places and the right check letter (GB 32100)."""
    return numbers.is_credit_code(code.upper())


def organisation_code(code: str) -> bool:
    """组织机构代码: eight places, a dash or none, and a check figure (GB 11714)."""
    plain = code.upper().replace("-", "")
    return numbers.is_organisation_code(f"{plain[:8]}-{plain[8:]}")


def licence_15(number: str) -> bool:
    """The old 15-digit licence number (工商注册号), ISO 7064 MOD 11,10."""
    return numbers.is_old_registration_number(number)


def business_licence(number: str) -> bool:
    """A licence's number: a credit code, or the old 15 digits."""
    return credit_code(number) or licence_15(number)


def passport(number: str) -> bool:
    """5 to 15 letters and digits with a digit among them; countries differ, so no more is asked."""
    return bool(re.fullmatch(r"[A-Z0-9]{5,15}", number.upper())) and any(letter.isdigit() for letter in number)


def hk_macau_permit(number: str) -> bool:
    """港澳居民来往内地通行证: H or M and eight figures, older cards two more."""
    return numbers.is_hk_macau_permit(number.upper())


def taiwan_permit(number: str) -> bool:
    """台湾居民来往大陆通行证: eight figures; older ones ten and perhaps a letter."""
    return numbers.is_taiwan_permit(number.upper())


def foreign_permanent_resident(number: str) -> bool:
    """外国人永久居留身份证: three letters and twelve figures, or 18 places starting with 9."""
    return bool(re.fullmatch(r"[A-Z]{3}\d{12}", number.upper())) or (number.startswith("9") and resident_id(number))


def mobile(number: str) -> bool:
    """A mainland mobile: eleven figures from 13 to 19."""
    return bool(re.fullmatch(r"1[3-9]\d{9}", number.removeprefix("+86").replace(" ", "").replace("-", "")))


def landline(number: str) -> bool:
    """086-area-number: area of three or four figures with its zero, number of seven or eight."""
    return bool(re.fullmatch(r"086-0?\d{2,3}-\d{7,8}(-\d{1,5})?", number))


def phone(number: str) -> bool:
    """A mobile or a landline, the landline with or without 086."""
    return mobile(number) or landline(number) or bool(re.fullmatch(r"0\d{2,3}-?\d{7,8}(-\d{1,5})?", number))


def office_phone(number: str) -> bool:
    """086-area-number, or a mobile put in that shape (086-area-mobile)."""
    return landline(number) or mobile(number) or bool(re.fullmatch(r"086-0?\d{2,3}-1[3-9]\d{9}", number))


def email(address: str) -> bool:
    """Ordinary syntax: something, one @, a domain with a dot."""
    return len(address) <= 254 and bool(re.fullmatch(r"[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", address))


def domain(name: str) -> bool:
    """Two to four labels of letters, figures and inner dashes; a Chinese name counts in its xn-- form."""
    try:
        ascii_name = name.strip().lower().encode("idna").decode()
    except (UnicodeError, ValueError):
        return False
    return bool(re.fullmatch(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-)){1,4}", ascii_name))


def ip_or_range(text: str) -> bool:
    """An IPv4 or IPv6 address, or two of one family with the first not after the second."""
    first, dash, last = text.partition("-")
    try:
        start = ipaddress.ip_address(first.strip())
        end = ipaddress.ip_address(last.strip()) if dash else start
    except ValueError:
        return False
    return start.version == end.version and int(start) <= int(end)


def filing_number(text: str) -> bool:
    """An entity's, website's or APP's number: 粤ICP备2024000001号, -1, -1A, -1X, -1K."""
    return bool(
        re.fullmatch(
            r"[京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川蜀贵黔云滇藏陕甘陇青宁新]ICP备\d{8,10}号(-\d+[AXK]?)?",
            text,
        )
    )


CERTIFICATES = {
    "resident_id": resident_id,
    "hk_macau_residence": resident_id,
    "taiwan_residence": resident_id,
    "business_licence": business_licence,
    "organization_code": lambda number: organisation_code(number) or credit_code(number),
    "institution_certificate": lambda number: credit_code(number) or len(number) >= 12,
    "passport": passport,
    "hk_macau_permit": hk_macau_permit,
    "taiwan_permit": taiwan_permit,
    "foreign_permanent_resident": foreign_permanent_resident,
}
"""How a certificate's number is checked, by certificate type; other types have no public shape."""

SHAPES = {
    "mobile": mobile,
    "landline": landline,
    "phone": phone,
    "office_phone": office_phone,
    "email": email,
    "domain": domain,
    "ip": ip_or_range,
    "filing_number": filing_number,
    "credit_code": credit_code,
}

SECOND_LEVEL = frozenset({"com", "net", "org", "gov", "edu", "ac", "mil", "co"}) | frozenset(
    [
        "bj",
        "sh",
        "tj",
        "cq",
        "he",
        "sx",
        "nm",
        "ln",
        "jl",
        "hl",
        "js",
        "zj",
        "ah",
        "fj",
        "jx",
        "sd",
        "ha",
        "hb",
        "hn",
        "gd",
        "gx",
        "hi",
        "sc",
        "gz",
        "yn",
        "xz",
        "sn",
        "gs",
        "qh",
        "nx",
        "xj",
        "tw",
        "hk",
        "mo",
    ]
)
"""Labels that stand before .cn (or another country's ending) without being a registrable name: CNNIC's list."""


def registrable(name: str) -> str:
    """The part of a domain that is registered: `a.com.cn` of `www.a.com.cn`."""
    labels = name.strip().lower().rstrip(".").split(".")
    keep = 3 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in SECOND_LEVEL else 2
    return ".".join(labels[-keep:])


def suffix(name: str) -> str:
    """What follows the registered label: `gov.cn` of `a.gov.cn`, `com` of `a.com`."""
    return registrable(name).partition(".")[2]
