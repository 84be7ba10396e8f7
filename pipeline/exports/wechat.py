"""The body of WeChat's `applyIcpFiling` (POST wxa/icp/apply_icp_filing): one line a field.

Names and constraints are those of WeChat's open platform documents as read in 2026-11. Media are placeholders: upload
the named file with `uploadIcpMedia` and put its media id there. Ids that WeChat hands out (districts, service contents,
"none of the above") are not in our tables and are listed as missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipeline import vocabulary
from pipeline.exports import codes, convert
from pipeline.exports.convert import BACKS, ENTITY_PAPERS, FRONTS, has_pre_approvals, is_unit, media
from pipeline.exports.mapping import Exported, Missing, Row, Work, export
from pipeline.exports.materials import Letter, Places, attach
from pipeline.model import App, Filing, Text, Website
from pipeline.same import same_person

KNOWN_CONTENTS = {"生活缴费": 1, "招聘": 2}
COMMENT_LENGTH = (20, 200)

DISTRICT = Text(
    "缺少行政区划代码（六位）。请用 queryIcpDistrictCode 查询后填入。",
    "The six-digit division code is missing. Look it up with queryIcpDistrictCode.",
)
CONTENTS = Text(
    "服务内容没有对应的微信编号。请用 queryIcpServiceContentTypes 查询二级编号（最多 5 个）后填入。",
    "The service contents have no WeChat ids here. Look up second-level ids (at most 5) with queryIcpServiceContentTypes.",
)
NONE_ABOVE = Text(
    "不涉及前置审批时也必须填写“以上都不涉及”。请用 queryIcpNrlxTypes 查询其编号后填入。",
    "Without pre-approvals, 以上都不涉及 (none of the above) must be sent. Look up its id with queryIcpNrlxTypes.",
)
APPROVALS = Text(
    "前置审批缺少微信编号、审批号或审批文件。请逐项核对后填入 type、code、media。",
    "A pre-approval lacks its WeChat id, its number or its file. Fill in type, code and media.",
)
FACE = Text(
    "服务负责人人脸核身任务号只能由微信给出。请在微信完成核身后填入。",
    "Only WeChat gives the id of the face check of the person in charge of the service. Fill it in after the check.",
)
LETTER = Text(
    "主体负责人不是法定代表人，需要盖章的授权书。请上传签字盖章后的扫描件。",
    "The person in charge is not the legal representative: upload the signed and sealed letter of authorisation.",
)
LICENCE = Text(
    "缺少主办单位证件照片。请放入文件夹。", "The entity's certificate picture is missing. Put it into the folder."
)
FRONT = Text(
    "缺少证件人像面照片。请放入文件夹。", "The portrait side of the certificate is missing. Put it into the folder."
)
BACK = Text(
    "缺少证件国徽面照片。请放入文件夹。", "The emblem side of the certificate is missing. Put it into the folder."
)
RESIDENCE = Text(
    "个人在户籍省份以外备案，需要居住证明。请放入居住证照片。",
    "A person who files outside the home province needs a proof of residence. Put the permit's picture into the folder.",
)
COMMENT = Text(
    "小程序备注要用 20–200 字说明实际服务内容。请写入 filing.yaml 的服务备注。",
    "The comment must say in 20-200 characters what the service does. Type it into filing.yaml as the service's remark.",
)


def comment(work: Work, path: str) -> str | None:
    """The service's remark, where its length is one that WeChat takes."""
    text = work.at(path) or ""
    shortest, longest = COMMENT_LENGTH
    return text if shortest <= len(text) <= longest else None


def approvals(work: Work, path: str) -> list[dict[str, Any]] | None:
    """Pre-approvals with WeChat's ids; their files are named by hand, as papers of that kind are not told apart."""
    found = [(codes.pre_approval_id(one.category), one.number) for one in work.at(path) or ()]
    if any(kind is None or not number for kind, number in found):
        return None
    return [{"type": kind, "code": number} for kind, number in found]


def needs_letter(work: Work) -> bool:
    """Whether the person in charge of the entity acts for the legal representative."""
    person = work.filing.entity.legal_person
    return bool(person.name) and convert.needs_legal_person(work)


def needs_service_letter(work: Work) -> bool:
    """Whether the person in charge of the service acts for the legal representative."""
    filing = work.filing
    legal = filing.entity.legal_person
    return is_unit(work) and bool(legal.name) and not same_person(legal, filing.service_person)


def files_away_from_home(work: Work) -> bool:
    """Whether a person files in another province than the one whose code begins the ID number."""
    filing = work.filing
    home = vocabulary.PROVINCES.get(filing.entity_person.certificate.number[:2])
    of_citizen = filing.entity_person.certificate.type == "resident_id"
    return filing.entity.is_individual and of_citizen and bool(filing.province) and home != filing.province


def without_pre_approvals(work: Work) -> bool:
    """Whether "none of the above" has to be sent."""
    return not has_pre_approvals(work)


ENTITY = "icp_subject.base_info"
PERSONAL = "icp_subject.personal_info"
UNIT = "icp_subject.organize_info"
LEGAL = "icp_subject.legal_person_info"
LEADER = "icp_subject.principal_info"
SERVICE = "icp_applets.base_info"
KEEPER = "icp_applets.principal_info"

# fmt: off
ROWS: tuple[Row, ...] = (
    Row(f"{ENTITY}.type", "entity.nature", convert.nature),
    Row(f"{ENTITY}.name", "entity.name"),
    Row(f"{ENTITY}.province", "filing.province", convert.province_code),
    Row(f"{ENTITY}.city", "entity.mail_address", convert.city_code, note=DISTRICT),
    Row(f"{ENTITY}.district", "entity.mail_address", convert.nothing, note=DISTRICT),
    Row(f"{ENTITY}.address", "entity.mail_address", convert.street),
    Row(f"{ENTITY}.comment", "entity.remark", needed=False),
    Row(f"{PERSONAL}.residence_permit", "", media(("residence_front",)), files_away_from_home, note=RESIDENCE),
    Row(f"{UNIT}.certificate_type", "entity.certificate.type", convert.entity_certificate, is_unit),
    Row(f"{UNIT}.certificate_number", "entity.certificate.number", when=is_unit),
    Row(f"{UNIT}.certificate_address", "entity.certificate.address", when=is_unit),
    Row(f"{UNIT}.certificate_photo", "", media(ENTITY_PAPERS), is_unit, note=LICENCE),
    Row(f"{LEADER}.name", "entity_person.name"),
    Row(f"{LEADER}.mobile", "entity_person.mobile"),
    Row(f"{LEADER}.email", "entity_person.email"),
    Row(f"{LEADER}.emergency_contact", "entity_person.emergency_phone"),
    Row(f"{LEADER}.certificate_type", "entity_person.certificate.type", convert.person_certificate),
    Row(f"{LEADER}.certificate_number", "entity_person.certificate.number"),
    Row(f"{LEADER}.certificate_validity_date_start", "entity_person.certificate.valid_from", convert.compact_day),
    Row(f"{LEADER}.certificate_validity_date_end", "entity_person.certificate.valid_to", convert.compact_day),
    Row(f"{LEADER}.certificate_photo_front", "", media(FRONTS, "entity_person"), note=FRONT),
    Row(f"{LEADER}.certificate_photo_back", "", media(BACKS, "entity_person"), note=BACK),
    Row(f"{LEADER}.authorization_letter", "", convert.nothing, needs_letter, note=LETTER),
    Row(f"{LEGAL}.name", "entity.legal_person.name", when=convert.needs_legal_person),
    Row(f"{LEGAL}.certificate_number", "entity.legal_person.certificate.number", when=convert.needs_legal_person),
    Row(f"{SERVICE}.service_content_types", "{service}.content_types", convert.content_ids(KNOWN_CONTENTS), note=CONTENTS),
    Row(f"{SERVICE}.nrlx_details", "{service}.pre_approvals", approvals, has_pre_approvals, note=APPROVALS),
    Row(f"{SERVICE}.nrlx_details", "", convert.nothing, without_pre_approvals, note=NONE_ABOVE),
    Row(f"{SERVICE}.comment", "{service}.remark", comment, note=COMMENT),
    Row(f"{KEEPER}.name", "service_person.name"),
    Row(f"{KEEPER}.mobile", "service_person.mobile"),
    Row(f"{KEEPER}.email", "service_person.email"),
    Row(f"{KEEPER}.emergency_contact", "service_person.emergency_phone"),
    Row(f"{KEEPER}.certificate_type", "service_person.certificate.type", convert.person_certificate),
    Row(f"{KEEPER}.certificate_number", "service_person.certificate.number"),
    Row(f"{KEEPER}.certificate_validity_date_start", "service_person.certificate.valid_from", convert.compact_day),
    Row(f"{KEEPER}.certificate_validity_date_end", "service_person.certificate.valid_to", convert.compact_day),
    Row(f"{KEEPER}.certificate_photo_front", "", media(FRONTS, "service_person"), note=FRONT),
    Row(f"{KEEPER}.certificate_photo_back", "", media(BACKS, "service_person"), note=BACK),
    Row(f"{KEEPER}.authorization_letter", "", convert.nothing, needs_service_letter, note=LETTER),
    Row(f"{KEEPER}.verify_task_id", "", convert.nothing, note=FACE),
)
# fmt: on


MATERIALS = "icp_materials"
VIDEO = Text(
    "缺少服务负责人的承诺视频。请按江苏的要求录制后上传并填入。",
    "The spoken promise of the person in charge of the service is missing. Record it as Jiangsu asks, upload it and fill it in.",
)
PLACES = Places(
    lists={
        "commitment_letter": (f"{MATERIALS}.commitment_letter",),
        "commitment_letter_sh": (f"{MATERIALS}.commitment_letter",),
        "commitment_letter_site": (f"{MATERIALS}.commitment_letter",),
        "party_building": (f"{MATERIALS}.party_building_confirmation_letter",),
        "jiangsu_notice": (f"{MATERIALS}.authenticity_responsibility_letter",),
        "jiangsu_commitment": (f"{MATERIALS}.authenticity_commitment_letter",),
        "construction_plan": (f"{MATERIALS}.website_construction_proposal",),
        "fraud_self_assessment": (f"{MATERIALS}.applets_other_materials",),
    },
    single={
        "authorisation_entity": (f"{LEADER}.authorization_letter",),
        "authorisation_service": (f"{KEEPER}.authorization_letter",),
        "authorisation_both": (f"{LEADER}.authorization_letter", f"{KEEPER}.authorization_letter"),
        "foreign_legal_rep": (f"{LEADER}.authorization_letter", f"{KEEPER}.authorization_letter"),
    },
    other=f"{MATERIALS}.subject_other_materials",
    wrap=dict,
)


def body(filing: Filing, letters: Sequence[Letter] = ()) -> Exported:
    """The request body and what it lacks; `letters` are the forms that have to be signed."""
    video = [
        Missing(f"{MATERIALS}.promise_video", "", VIDEO) for one in letters if one.template == "jiangsu_commitment"
    ]
    return attach(export(filing, ROWS, (*_approval_files(filing), *video)), letters, PLACES)


def _approval_files(filing: Filing) -> list[Missing]:
    """Each approval's picture has to be named by hand."""
    services: tuple[App | Website, ...] = (*filing.apps, *filing.websites)
    found = services[0].pre_approvals if services else ()
    return [
        Missing(
            f"{SERVICE}.nrlx_details[{number}].media",
            "",
            Text(
                f"请上传“{one.category}”审批文件的照片并填入 media。",
                f"Upload the picture of the approval document ({one.category}) and fill in media.",
            ),
        )
        for number, one in enumerate(found)
    ]
