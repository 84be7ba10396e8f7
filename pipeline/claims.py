"""Claims: what each paper, package and person says about the filing, path by path, with its evidence. Pure.

The mapping from what extractors read to where it belongs in the filing stands here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from extractors.paper import FieldReading, Paper
from pipeline.model import LONG_TERM, Evidence
from pipeline.people import PersonPapers, Sheet
from pipeline.reading import Reading

Leaf = str | tuple[str, ...]

LICENCE_FIELDS = {
    "credit_code": "entity.certificate.number",
    "name": "entity.name",
    "type": "entity.kind_text",
    "legal_person": "entity.legal_person.name",
    "address": "entity.certificate.address",
    "scope": "entity.business_scope",
    "capital": "entity.registered_capital",
    "established": "entity.established",
    "registered": "entity.established",
    "term_end": "entity.certificate.valid_to",
}
INSTITUTION_FIELDS = {
    "credit_code": "entity.certificate.number",
    "name": "entity.name",
    "legal_person": "entity.legal_person.name",
    "address": "entity.certificate.address",
    "scope": "entity.business_scope",
    "capital": "entity.registered_capital",
    "valid_from": "entity.certificate.valid_from",
    "valid_to": "entity.certificate.valid_to",
}
PERSON_FIELDS = {
    "name": "name",
    "name_cn": "name",
    "sex": "sex",
    "nation": "nation",
    "birth": "birth",
    "country": "nationality",
    "address": "certificate.address",
    "id_number": "certificate.number",
    "passport_no": "certificate.number",
    "permit_no": "certificate.number",
    "authority": "certificate.authority",
    "valid_from": "certificate.valid_from",
    "valid_to": "certificate.valid_to",
    "issue_date": "certificate.valid_from",
    "expiry": "certificate.valid_to",
}
PERSON_CERTIFICATES = {
    "idcard_front": "resident_id",
    "idcard_back": "resident_id",
    "idcard_both": "resident_id",
    "passport": "passport",
    "hk_macau_permit": "hk_macau_permit",
    "taiwan_permit": "taiwan_permit",
    "temporary_idcard": "temporary_id",
    "foreign_permanent_resident": "foreign_permanent_resident",
}
ENTITY_CERTIFICATES = {"business_licence": "business_licence", "institution_certificate": "institution_certificate"}
TITLED_CERTIFICATES = {
    "社会团体法人登记证书": "social_organization_certificate",
    "民办非企业单位登记证书": "private_non_enterprise_certificate",
    "社会服务机构登记证书": "social_service_certificate",
    "基金会法人登记证书": "foundation_certificate",
    "律师事务所执业许可证": "law_firm_licence",
    "医疗机构执业许可证": "medical_licence",
    "常驻代表机构登记证": "foreign_office_registration",
    "统一社会信用代码证书": "credit_code_certificate",
    "宗教活动场所登记证": "religious_site_registration",
    "农村集体经济组织登记证": "collective_registration",
    "司法鉴定许可证": "forensic_licence",
    "公证机构执业证": "notary_licence",
}
"""Which certificate an `institution_certificate` is, by the title that was read."""
DOMAIN_FIELDS = {
    "domain": "name",
    "owner": "owner",
    "registrar": "registrar",
    "reg_date": "registered_on",
    "exp_date": "expires_on",
}

MACHINE_READ = frozenset({"signature_block", "manifest", "text_layer", "qr", "mrz"})
PERSON = "person"
DERIVED = "derived"


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement: the value at a path is this, because of that."""

    path: str
    value: Leaf
    evidence: Evidence


def of_field(path: str, sheet: Sheet, reading: FieldReading) -> Claim:
    """What one field of a sheet says about a path."""
    return Claim(
        path,
        reading.value,
        Evidence(
            value=reading.value,
            method=reading.method,
            file=sheet.reading.file,
            sha256=sheet.reading.sha256,
            page=reading.page,
            box=reading.box,
            confidence=reading.confidence,
            raw=reading.raw,
        ),
    )


def derived(path: str, value: Leaf, *, file: str = "", sha256: str = "", confidence: float = 1.0) -> Claim:
    """A value that follows from others."""
    return Claim(path, value, Evidence(_text(value), DERIVED, file, sha256, confidence=confidence))


def typed(values: Mapping[str, Leaf], file: str, sha256: str) -> Iterator[Claim]:
    """What a person wrote in `filing.yaml`."""
    for path, value in values.items():
        yield Claim(path, value, Evidence(_text(value), PERSON, file, sha256))


def _text(value: Leaf) -> str:
    return value if isinstance(value, str) else "、".join(value)


def of_entity_paper(sheet: Sheet) -> Iterator[Claim]:
    """What a business licence or institution certificate says about the entity."""
    table = LICENCE_FIELDS if sheet.paper.kind == "business_licence" else INSTITUTION_FIELDS
    for name, path in table.items():
        reading = sheet.paper.fields.get(name)
        if reading is not None:
            yield of_field(path, sheet, reading)
    yield derived(
        "entity.certificate.type",
        _entity_certificate(sheet.paper),
        file=sheet.reading.file,
        sha256=sheet.reading.sha256,
    )
    if "term_end" not in sheet.paper.fields and sheet.paper.kind == "business_licence":
        # a licence of the 2019 layout prints a term only where there is one
        yield derived(
            "entity.certificate.valid_to",
            LONG_TERM,
            file=sheet.reading.file,
            sha256=sheet.reading.sha256,
            confidence=0.9,
        )


def _entity_certificate(paper: Paper) -> str:
    title = paper.fields.get("title")
    return TITLED_CERTIFICATES.get(title.value if title else "", ENTITY_CERTIFICATES[paper.kind])


def of_person(role: str, person: PersonPapers) -> Iterator[Claim]:
    """What a person's papers say about the role the person has."""
    for name, path in PERSON_FIELDS.items():
        if name in person.values:
            sheet, reading = person.values[name]
            yield of_field(f"{role}.{path}", sheet, reading)
    sheet = person.sheets[0]
    kind = PERSON_CERTIFICATES.get(sheet.paper.kind)
    if sheet.paper.kind.startswith("residence"):
        kind = _residence_kind(person)
    if kind:
        yield derived(f"{role}.certificate.type", kind, file=sheet.reading.file, sha256=sheet.reading.sha256)


def _residence_kind(person: PersonPapers) -> str:
    """Residence permits for Hong Kong and Macau residents begin with 81 or 82, for Taiwan residents with 83."""
    number = person.values["id_number"][1].value if "id_number" in person.values else ""
    return "taiwan_residence" if number.startswith("83") else "hk_macau_residence"


def of_individual(person: PersonPapers) -> Iterator[Claim]:
    """What a natural person's papers say about the entity, when the person files in his own name."""
    for claim in of_person("entity_person", person):
        rest = claim.path.removeprefix("entity_person.")
        if rest == "name" or rest.startswith("certificate."):
            yield Claim(f"entity.{rest}", claim.value, claim.evidence)


def of_domain_paper(sheet: Sheet, place: str) -> Iterator[Claim]:
    """What a domain certificate says about the domain at `place`, such as `websites[0].domains[0]`."""
    for name, path in DOMAIN_FIELDS.items():
        reading = sheet.paper.fields.get(name)
        if reading is not None:
            yield of_field(f"{place}.{path}", sheet, reading)


def of_package(reading: Reading, app: str, platform: str, *, with_label: bool) -> Iterator[Claim]:
    """What an app package or certificate says about an APP (`apps[0]`) and its platform (`apps[0].platforms[1]`)."""
    package = reading.package or {}
    features = package.get("features") or {}
    signer: Mapping[str, object] = next(iter(package.get("signers") or ()), {})
    yield _of_package(reading, f"{platform}.platform", package.get("platform"), "manifest")
    yield from _present(reading, platform, features, ("package_name",), "manifest")
    yield from _present(
        reading, platform, features, ("public_key", "fingerprint", "fingerprint_algorithm"), "signature_block"
    )
    yield from _present(reading, platform, signer, ("md5", "sha1", "sha256"), "signature_block")
    yield from _present(reading, platform, package, ("version_name",), "manifest")
    icon = package.get("icon") or {}
    sizes = {"icon_bytes": icon.get("bytes"), "icon_format": icon.get("format")}
    yield from _present(reading, app, sizes, ("icon_bytes", "icon_format"), "manifest")
    yield from _present(reading, platform, {"label": app_label(reading)}, ("label",), "manifest")
    if with_label and app_label(reading):
        yield _of_package(reading, f"{app}.name", app_label(reading), "manifest")


def of_icon(sheet: Sheet, app: str) -> Iterator[Claim]:
    """What an icon file says about an APP: it beats the icon inside the package."""
    if sheet.paper.image is not None:
        image = sheet.paper.image
        for name, value in (("icon_bytes", str(image.file_bytes)), ("icon_format", image.format)):
            yield Claim(f"{app}.{name}", value, Evidence(value, PERSON, sheet.reading.file, sheet.reading.sha256))


def _present(
    reading: Reading, base: str, values: Mapping[str, object], names: Sequence[str], method: str
) -> Iterator[Claim]:
    for name in names:
        if values.get(name):
            yield _of_package(reading, f"{base}.{name}", values[name], method)


def _of_package(reading: Reading, path: str, value: object, method: str) -> Claim:
    text = str(value or "")
    return Claim(path, text, Evidence(text, method, reading.file, reading.sha256))


def app_label(reading: Reading) -> str:
    """The name under the installed icon: Chinese where the package has one."""
    package = reading.package or {}
    label = package.get("label") or {}
    return str(package.get("display_name") or label.get("zh") or label.get("default") or "")
