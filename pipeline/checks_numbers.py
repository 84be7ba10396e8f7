"""Whether a number can be right: check digits and shapes of certificates, e-mails, addresses, filing numbers.

Standards: GB 11643 (resident ID), GB 32100 (unified social credit code), GB 11714 (organisation code),
GS 15 (15-digit licence number). Each function answers True or False; it never raises.
"""

from __future__ import annotations

import ipaddress
import re

from extractors import numbers
from pipeline import domain_names, phones


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


def unit_certificate(number: str) -> bool:
    """A unit's certificate: a credit code where it is as long as one, else a number of the old kind (事证第…号)."""
    plain = re.sub(r"[\s-]", "", number)
    return credit_code(plain) if len(plain) == 18 and plain.isalnum() else 6 <= len(number.strip()) <= 30


def passport(number: str) -> bool:
    """5 to 9 letters and digits with a digit among them, as the field of ICAO 9303 holds; countries differ otherwise."""
    return bool(re.fullmatch(r"[A-Z0-9]{5,9}", number.upper())) and any(letter.isdigit() for letter in number)


def hk_macau_permit(number: str) -> bool:
    """港澳居民来往内地通行证: H or M and eight figures, older cards two more."""
    return numbers.is_hk_macau_permit(number.upper())


def taiwan_permit(number: str) -> bool:
    """台湾居民来往大陆通行证: eight figures; older ones ten and perhaps a letter."""
    return numbers.is_taiwan_permit(number.upper())


def foreign_permanent_resident(number: str) -> bool:
    """外国人永久居留身份证: three letters and twelve figures, or 18 places starting with 9."""
    return bool(re.fullmatch(r"[A-Z]{3}\d{12}", number.upper())) or (number.startswith("9") and resident_id(number))


def email(address: str) -> bool:
    """Ordinary syntax: something, one @, a domain with a dot."""
    return len(address) <= 254 and bool(re.fullmatch(r"[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", address))


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
    "temporary_id": resident_id,
    "hk_macau_residence": resident_id,
    "taiwan_residence": resident_id,
    "business_licence": business_licence,
    "organization_code": lambda number: organisation_code(number) or credit_code(number),
    "passport": passport,
    "hk_macau_permit": hk_macau_permit,
    "taiwan_permit": taiwan_permit,
    "foreign_permanent_resident": foreign_permanent_resident,
    **dict.fromkeys(
        (
            "credit_code_certificate",
            "institution_certificate",
            "social_organization_certificate",
            "private_non_enterprise_certificate",
            "social_service_certificate",
            "foundation_certificate",
            "law_firm_licence",
            "foreign_office_registration",
        ),
        unit_certificate,
    ),
}
"""How a certificate's number is checked, by certificate type; other types have no public shape."""

SHAPES = {
    "mobile": phones.mobile,
    "landline": phones.landline,
    "phone": phones.phone,
    "office_phone": phones.office_phone,
    "email": email,
    "domain": domain_names.is_domain,
    "ip": ip_or_range,
    "filing_number": filing_number,
    "credit_code": credit_code,
}
"""What a value's shape can be asked to be, by the word in a rule's `shape`."""
