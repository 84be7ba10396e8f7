"""The filing (备案订单) and everything it is made of, as frozen values.

English terms follow Huawei Cloud's and Alibaba Cloud's English pages; the Chinese term stands beside each type once.
A text that is not known is `""`, a date or number that is not known is `None`; nothing is ever guessed.
Paths such as `entity_person.mobile` or `apps[0].platforms[1].public_key` name a value everywhere:
in evidence, findings, `filing.yaml` and rule files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Literal

LongTerm = Literal["长期"]
LONG_TERM: LongTerm = "长期"
Validity = date | LongTerm | None
"""Until when a certificate is valid (有效期至): a day, `长期` (no end), or None when not known."""


class Operation(StrEnum):
    """What the filing is for (备案类型)."""

    FIRST_FILING = "first_filing"
    NEW_ACCESS_SAME_PROVIDER = "new_access_same_provider"
    NEW_ACCESS_OTHER_PROVIDER = "new_access_other_provider"
    NEW_SERVICE_SAME_PROVIDER = "new_service_same_provider"
    NEW_SERVICE_OTHER_PROVIDER = "new_service_other_provider"
    CHANGE_ENTITY = "change_entity"
    CHANGE_SERVICE = "change_service"
    CHANGE_FILING = "change_filing"
    CHANGE_ACCESS = "change_access"
    CANCEL_ACCESS = "cancel_access"
    DEREGISTER_ENTITY = "deregister_entity"
    DEREGISTER_SERVICE = "deregister_service"
    CLAIM_FILING = "claim_filing"
    TRANSFER_FILING = "transfer_filing"


class EntityNature(StrEnum):
    """Nature of the entity (主办单位性质); a sole trader (个体工商户) files as an enterprise."""

    DEFENCE_BODY = "defence_body"
    GOVERNMENT_ORGAN = "government_organ"
    PUBLIC_INSTITUTION = "public_institution"
    ENTERPRISE = "enterprise"
    INDIVIDUAL = "individual"
    SOCIAL_ORGANIZATION = "social_organization"
    PRIVATE_NON_ENTERPRISE = "private_non_enterprise"
    FOUNDATION = "foundation"
    LAW_FIRM = "law_firm"
    FOREIGN_CULTURAL_CENTER = "foreign_cultural_center"
    MASS_ORGANIZATION = "mass_organization"
    FORENSIC_BODY = "forensic_body"
    RELIGIOUS_BODY = "religious_body"
    OVERSEAS_BODY = "overseas_body"
    MEDICAL_INSTITUTION = "medical_institution"
    NOTARY_BODY = "notary_body"
    COLLECTIVE_ECONOMY = "collective_economy"
    ARBITRATION_BODY = "arbitration_body"


class Severity(StrEnum):
    """How much a finding matters: a blocker brings the filing back, a warning may, a note informs."""

    BLOCKER = "blocker"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Text:
    """One message in the two languages of the product."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Certificate:
    """A person's or an entity's certificate (证件).

    `type` is a key of `rules/codes/certificates.yaml`, such as `resident_id`, `business_licence`, `passport`.
    """

    type: str = ""
    number: str = ""
    address: str = ""
    valid_from: date | None = None
    valid_to: Validity = None
    authority: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """A person in charge: of the entity (主体负责人), of the service (互联网信息服务负责人), or the legal person (法定代表人)."""

    name: str = ""
    certificate: Certificate = Certificate()
    sex: str = ""
    nation: str = ""
    nationality: str = ""
    birth: date | None = None
    mobile: str = ""
    emergency_phone: str = ""
    office_phone: str = ""
    email: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Entity:
    """Who files (主办单位): `kind_text` is the licence's own word for its kind (类型)."""

    name: str = ""
    nature: EntityNature | None = None
    certificate: Certificate = Certificate()
    legal_person: Person = Person()
    mail_address: str = ""
    business_scope: str = ""
    kind_text: str = ""
    registered_capital: str = ""
    established: date | None = None
    superior: str = ""
    record_number: str = ""
    remark: str = ""

    @property
    def is_individual(self) -> bool:
        """Whether a natural person files, not a unit."""
        return self.nature is EntityNature.INDIVIDUAL

    @property
    def is_sole_trader(self) -> bool:
        """Whether the licence says 个体工商户 (or the credit code's second figure does: 92)."""
        return "个体" in self.kind_text or self.certificate.number.startswith("92")


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain name (域名) and its registration."""

    name: str = ""
    owner: str = ""
    owner_certificate_number: str = ""
    registrar: str = ""
    registered_on: date | None = None
    expires_on: date | None = None
    realname_done_on: date | None = None
    registrar_in_china: bool | None = None


@dataclass(frozen=True, slots=True)
class PreApproval:
    """A pre-approval or special approval (前置审批): its category, number and issuer."""

    category: str = ""
    number: str = ""
    issuer: str = ""
    valid_to: Validity = None


@dataclass(frozen=True, slots=True)
class Website:
    """A website (网站)."""

    name: str = ""
    domains: tuple[Domain, ...] = ()
    home_urls: tuple[str, ...] = ()
    ips: tuple[str, ...] = ()
    content_types: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    pre_approvals: tuple[PreApproval, ...] = ()
    access_mode: str = ""
    server_place: str = ""
    record_number: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class AppFeatures:
    """Features of an APP on one platform (APP特征信息).

    `fingerprint` is lower-case hex without separators; its algorithm is a field because the same box
    (签名MD5值) takes MD5 on Android and SHA-1 on iOS. `public_key` is the RSA modulus in decimal on Android.
    """

    platform: str = ""
    package_name: str = ""
    public_key: str = ""
    fingerprint: str = ""
    fingerprint_algorithm: str = ""
    md5: str = ""
    sha1: str = ""
    sha256: str = ""
    version_name: str = ""
    label: str = ""
    domains: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sdk:
    """A third-party SDK in the APP (第三方SDK服务)."""

    name: str = ""
    vendor: str = ""
    category: str = ""


@dataclass(frozen=True, slots=True)
class App:
    """An APP (移动互联网应用程序)."""

    name: str = ""
    domains: tuple[Domain, ...] = ()
    ips: tuple[str, ...] = ()
    platforms: tuple[AppFeatures, ...] = ()
    content_types: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    pre_approvals: tuple[PreApproval, ...] = ()
    icon_bytes: int | None = None
    sdk_provide: bool | None = None
    sdk_use: bool | None = None
    sdks: tuple[Sdk, ...] = ()
    home_url: str = ""
    icon_format: str = ""
    record_number: str = ""
    remark: str = ""


Box = tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a value comes from.

    `method` is `person` for `filing.yaml` and reviewers, else the extractor's word (`ocr`, `ocr+check_digit`,
    `text_layer`, `signature_block`, `manifest`, `derived`). `chosen` says whether this is the value that was used.
    """

    value: str
    method: str
    file: str = ""
    sha256: str = ""
    page: int = 0
    box: Box | None = None
    confidence: float = 1.0
    raw: str = ""
    chosen: bool = True


@dataclass(frozen=True, slots=True)
class Document:
    """A paper or file of the filing (材料): `kind` as in `beianbox read`, `role` the path of whom it belongs to.

    `serves_as` are the kinds of `rules/materials.yaml` that it is said or named to be, where its content is not read.
    """

    kind: str
    file: str
    sha256: str
    pages: tuple[int, ...] = (1,)
    role: str = ""
    superseded_by: str = ""
    dated: date | None = None
    valid_to: Validity = None
    serves_as: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """What already stands on file for the entity (已备案信息), as far as the person states it; None means not known.

    `shell` says that the entity has a number but no live service (空壳主体).
    """

    shell: bool | None = None
    sites: int | None = None
    apps: int | None = None
    entity_name: str = ""
    entity_nature: EntityNature | None = None
    certificate_number: str = ""
    entity_person_name: str = ""
    domains: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Resource:
    """The server the service runs on (备案资源): `months` is the paid period, renewals included."""

    type: str = ""
    months: int | None = None
    ends_on: date | None = None
    services: int | None = None


@dataclass(frozen=True, slots=True)
class Filing:
    """One application to one access provider (备案订单).

    `province` is the short Chinese name (`广东`), `provider` a key such as `huawei`; both may be empty.
    `evidence` maps a path to everything that was read for it, the chosen value first.
    `supplied` holds the kinds of documents that lie in the folder (keys of `rules/materials.yaml`).
    """

    id: str
    operation: Operation = Operation.FIRST_FILING
    province: str = ""
    provider: str = ""
    submit_date: date | None = None
    entity: Entity = Entity()
    entity_person: Person = Person()
    service_person: Person = Person()
    websites: tuple[Website, ...] = ()
    apps: tuple[App, ...] = ()
    documents: tuple[Document, ...] = ()
    supplied: frozenset[str] = frozenset()
    record: Record = Record()
    resource: Resource = Resource()
    evidence: Mapping[str, tuple[Evidence, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Source:
    """Who says so: `as_of` is the day the statement speaks of."""

    title: str
    address: str
    as_of: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a person should know or mend (审核意见, ours); `where` is the path of the value, or a file name."""

    rule: str
    severity: Severity
    where: str
    message: Text
    advice: Text
    source: Source | None = None
    status: str = "current"
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """A form or letter to generate: the template's id, the values it takes, what is done by hand (keys and words).

    `compare` says that an authority prescribes the wording and ours has to be held against the provider's download;
    `is_supplied` that the file is the user's own template, filled.
    """

    template: str
    title: Text
    file: str
    values: Mapping[str, object]
    sign: tuple[str, ...] = ()
    sign_words: tuple[Text, ...] = ()
    why: str = ""
    compare: bool = False
    is_supplied: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a file gave nothing: the extractor's code and message."""

    code: str
    message: Text


@dataclass(frozen=True, slots=True)
class ImageCheck:
    """One image requirement held against one picture; `passed` is None where it could not be judged."""

    code: str
    passed: bool | None
    measured: str
    limit: str
    message: Text
    page: int = 1
