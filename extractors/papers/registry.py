"""Which reader reads which kind of paper."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from extractors.papers import domaincert, idcard, institution, letter, licence, passport, permits, preapproval
from extractors.papers.layout import SheetText, Value

READERS: Mapping[str, Callable[[SheetText], dict[str, Value]]] = {
    "idcard_front": idcard.read_front,
    "idcard_back": idcard.read_back,
    "idcard_both": idcard.read_both,
    "business_licence": licence.read,
    "domain_certificate": domaincert.read,
    "passport": passport.read,
    "hk_macau_permit": permits.read_hk_macau,
    "taiwan_permit": permits.read_taiwan,
    "residence_front": permits.read_residence_front,
    "residence_back": permits.read_residence_back,
    "institution_certificate": institution.read,
    "temporary_idcard": idcard.read_temporary,
    "residence_permit": idcard.read_residence_permit,
    "foreign_permanent_resident": permits.read_foreign_resident,
    "preapproval_permit": preapproval.read,
    "letter": letter.read,
}

KEYED = frozenset(
    {
        "credit_code",
        "id_number",
        "permit_no",
        "passport_no",
        "mrz2",
        "domain",
        "name_cn",
        "name",
        "legal_person",
        "owner",
    }
    | {"birth", "valid_from", "valid_to", "expiry", "issue_date", "established", "registered", "term_end"}
    | {"reg_date", "exp_date"}
)
"""Fields a filing is refused for when one character is wrong: names, numbers, dates."""

NAMES = frozenset({"name", "name_cn", "legal_person", "owner"})
"""Fields that hold the name of a person or an institution, where rare characters are looked at twice."""


def read(kind: str, sheet: SheetText) -> dict[str, Value]:
    """The values of a paper of that kind; none for kinds without a reader."""
    reader = READERS.get(kind)
    return reader(sheet) if reader else {}
