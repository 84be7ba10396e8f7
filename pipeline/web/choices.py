"""Values with a fixed set, in words of the page's language: operations, natures, certificate types, provinces."""

from __future__ import annotations

import functools

from generators.form_views import PROVIDERS, PROVIDERS_EN
from pipeline import fields, vocabulary
from pipeline.model import Operation
from pipeline.order_tables import tables

OPERATIONS_EN = {
    Operation.FIRST_FILING: "First filing",
    Operation.NEW_ACCESS_SAME_PROVIDER: "New access (on record here)",
    Operation.NEW_ACCESS_OTHER_PROVIDER: "New access (on record elsewhere)",
    Operation.NEW_SERVICE_SAME_PROVIDER: "New service (on record here)",
    Operation.NEW_SERVICE_OTHER_PROVIDER: "New service (on record elsewhere)",
    Operation.CHANGE_ENTITY: "Change of the entity",
    Operation.CHANGE_SERVICE: "Change of a service",
    Operation.CHANGE_FILING: "Change of entity and service",
    Operation.CHANGE_ACCESS: "Change of access",
    Operation.CANCEL_ACCESS: "Cancellation of access",
    Operation.DEREGISTER_ENTITY: "Deregistration of the entity",
    Operation.DEREGISTER_SERVICE: "Deregistration of a service",
    Operation.CLAIM_FILING: "Claim of a filing",
    Operation.TRANSFER_FILING: "Transfer of a filing",
}
CERTIFICATES_EN = {
    "resident_id": "Resident ID card",
    "temporary_id": "Temporary ID card",
    "hk_macau_permit": "Mainland travel permit, Hong Kong or Macao",
    "taiwan_permit": "Mainland travel permit, Taiwan",
    "hk_macau_residence": "Residence card, Hong Kong or Macao resident",
    "taiwan_residence": "Residence card, Taiwan resident",
    "foreign_permanent_resident": "Foreign permanent resident's ID card",
    "organization_code": "Organisation code certificate",
    "credit_code_certificate": "Unified social credit code certificate",
    "institution_certificate": "Public institution's certificate",
}
"""Those whose key is no fair name; the key of any other, written out, is one."""


def choices(path: str, lang: str) -> tuple[tuple[str, str], ...]:
    """The fixed set of a field: key and words; nothing where any text may stand."""
    general = fields.general(path)
    if general.endswith("certificate.type"):
        return tuple((one, certificate_name(one, lang)) for one in vocabulary.CERTIFICATE_TYPES)
    if general == "entity.nature":
        return tuple((one.value, zh if lang == "zh" else _written(one)) for one, zh in vocabulary.NATURES.items())
    if general == "filing.operation":
        return tuple((one.value, operation_name(one, lang)) for one in vocabulary.OPERATIONS)
    if general == "filing.province":
        return tuple((one, province_name(one, lang)) for one in vocabulary.PROVINCES.values())
    return _small(general, lang)


def _small(general: str, lang: str) -> tuple[tuple[str, str], ...]:
    is_zh = lang == "zh"
    if general.endswith(".sex"):
        return (("男", "男" if is_zh else "male"), ("女", "女" if is_zh else "female"))
    field_ = fields.BY_PATH.get(general)
    if field_ is None or field_.kind != "bool":
        return ()
    return (("true", "是" if is_zh else "yes"), ("false", "否" if is_zh else "no"))


def readable(path: str, value: str, lang: str) -> str:
    """A code as words, anything else as it is."""
    if path == "filing.provider":
        return provider_name(value, lang)
    return next((words for key, words in choices(path, lang) if key == value), value)


def operation_name(word: str, lang: str) -> str:
    """An operation in words."""
    one = Operation(word)
    return vocabulary.OPERATIONS[one] if lang == "zh" else OPERATIONS_EN[one]


def certificate_name(key: str, lang: str) -> str:
    """A certificate type in words."""
    return vocabulary.CERTIFICATE_TYPES[key] if lang == "zh" else CERTIFICATES_EN.get(key, _written(key))


def province_name(name: str, lang: str) -> str:
    """A province by its short Chinese name; what is no province stays as it is."""
    return name if lang == "zh" else _provinces().get(name, name)


def provider_name(key: str, lang: str) -> str:
    """A provider in words; its own key where it is not one of those known."""
    return (PROVIDERS if lang == "zh" else PROVIDERS_EN).get(key, key)


@functools.cache
def _provinces() -> dict[str, str]:
    return {one["name"]: one["en"] for one in tables("provinces")["provinces"]}


def _written(key: str) -> str:
    return key.replace("_", " ").capitalize()
