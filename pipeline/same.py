"""When two values, and two persons, are the same: the one place that decides it. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from extractors import numbers
from pipeline import phones
from pipeline.model import Person

_WIDTH = str.maketrans("（）【】·•．，", "()[]··.,")
_OLD_ID = re.compile(r"[1-9]\d{14}")


def plain_name(text: str) -> str:
    """A name without what typing changes: width of brackets, spaces, case."""
    return text.translate(_WIDTH).replace(" ", "").replace("\u3000", "").casefold()


def same_name(left: str, right: str) -> bool:
    """Whether two names agree, brackets and spaces of either width and letter case aside."""
    return plain_name(left) == plain_name(right)


def plain_number(number: str) -> str:
    """A certificate's number in capitals of one width, without spaces; a resident ID of 15 figures with its 18."""
    text = "".join(unicodedata.normalize("NFKC", number).split()).upper()
    if _OLD_ID.fullmatch(text) and numbers.is_resident_id(longer := numbers.upgrade_resident_id(text)):
        return longer
    return text


_FORMS: dict[str, Callable[[str], str]] = {
    "entity": plain_name,
    "person": plain_name,
    "number": plain_number,
    "phone": phones.plain,
    "email": str.casefold,
}


def comparable(kind: str, value: str) -> str:
    """A value in the form in which two of its kind are compared."""
    return _FORMS[kind](value) if kind in _FORMS else value


def same_person(left: Person, right: Person) -> bool | None:
    """Whether two records mean one person; None when that is not known.

    The certificate's number decides where both have one: two persons may have one name. Numbers that differ say nothing
    where the certificates are of two types (a permit and a passport). Without numbers the name decides, unless there are
    two mobiles: then they may be namesakes.
    """
    one, other = (plain_number(person.certificate.number) for person in (left, right))
    if one and other and (one == other or not _of_two_types(left, right)):
        return one == other
    if not left.name or not right.name:
        return None
    if not same_name(left.name, right.name):
        return False
    if one or other:
        return None if one and other else True
    mobiles = {phones.plain(person.mobile) for person in (left, right)} - {""}
    return True if len(mobiles) < 2 else None


def _of_two_types(left: Person, right: Person) -> bool:
    types = {left.certificate.type, right.certificate.type}
    return len(types) > 1 and "" not in types
