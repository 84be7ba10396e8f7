"""The body of Douyin's `icp_record/submit_record_info`: one line a field.

Names are those of Douyin's open platform documents as read in 2026-11; their sample uses the same numbers for natures,
certificates and provinces as the national tables. Files are placeholders: upload them with `upload_image` and put the
path it gives into `path`. Ids that Douyin hands out (districts, languages, contents, approvals) are listed as missing.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.exports import convert
from pipeline.exports.convert import BACKS, ENTITY_PAPERS, FRONTS, has_pre_approvals, media, wrapped
from pipeline.exports.mapping import Exported, Row, Work, export
from pipeline.exports.materials import Letter, Places, attach
from pipeline.exports.wechat import BACK, FRONT, LETTER, LICENCE, needs_letter, needs_service_letter
from pipeline.model import LONG_TERM, Filing, Text

DISTRICT = Text(
    "缺少行政区划代码。请用抖音“查询区域信息”接口查询后填入。",
    "The division code is missing. Look it up with Douyin's district query.",
)
CONTENTS = Text(
    "服务内容没有对应的抖音编号。请用“查询服务内容类型”接口查询后填入。",
    "The service contents have no Douyin ids here. Look them up with Douyin's query of service contents.",
)
LANGUAGES = Text(
    "语种没有对应的抖音编号。请按抖音文档填入编号。",
    "The languages have no Douyin ids here. Fill in the ids of Douyin's page.",
)
APPROVALS = Text(
    "前置审批没有对应的抖音编号。请用“查询前置审批类型”接口查询，逐项填入编号、审批号和文件。",
    "The approvals have no Douyin ids here. Look them up and fill in id, number and files of each.",
)
FACE = Text(
    "人证核验凭证只能由抖音给出（链接 2 小时内有效，结果 72 小时内有效）。请核验后填入。",
    "Only Douyin gives the token of the face check (the link lives 2 hours, its result 72). Fill it in after the check.",
)


def ends(work: Work) -> bool:
    """Whether the certificate of the person in charge has a last day, or none is known."""
    return work.filing.entity_person.certificate.valid_to != LONG_TERM


CORP = "corp_info"
LEADER = "corp_info.incharge_people"
SERVICE = "app_info"
KEEPER = "app_info.incharge_people"

# fmt: off
ROWS: tuple[Row, ...] = (
    Row(f"{CORP}.corp_type", "entity.nature", convert.nature),
    Row(f"{CORP}.credentials_type", "entity.certificate.type", convert.entity_certificate),
    Row(f"{CORP}.credentials_name", "entity.name"),
    Row(f"{CORP}.credentials_number", "entity.certificate.number"),
    Row(f"{CORP}.credentials_pic", "", wrapped(media(ENTITY_PAPERS), "path"), convert.is_unit, note=LICENCE),
    Row(f"{CORP}.credentials_pic", "", wrapped(media(FRONTS, "entity_person"), "path"), convert.is_individual, note=FRONT),
    Row(f"{CORP}.credentials_address", "entity.certificate.address"),
    Row(f"{CORP}.province_code", "filing.province", convert.province_code),
    Row(f"{CORP}.province_name", "filing.province", convert.province_name),
    Row(f"{CORP}.city_code", "entity.mail_address", convert.city_code, note=DISTRICT),
    Row(f"{CORP}.city_name", "entity.mail_address", convert.city_name),
    Row(f"{CORP}.region_code", "entity.mail_address", convert.nothing, note=DISTRICT),
    Row(f"{CORP}.region_name", "entity.mail_address", convert.district_name),
    Row(f"{CORP}.communication_address", "entity.mail_address"),
    Row(f"{LEADER}_name", "entity_person.name"),
    Row(f"{LEADER}_credentials_type", "entity_person.certificate.type", convert.person_certificate),
    Row(f"{LEADER}_credentials_number", "entity_person.certificate.number"),
    Row(f"{LEADER}_credentials_front", "", wrapped(media(FRONTS, "entity_person"), "path"), note=FRONT),
    Row(f"{LEADER}_credentials_back", "", wrapped(media(BACKS, "entity_person"), "path"), note=BACK),
    Row(f"{LEADER}_credentials_has_end_time", "entity_person.certificate.valid_to", convert.has_end),
    Row(f"{LEADER}_credentials_valid_start_time", "entity_person.certificate.valid_from", convert.unix_seconds),
    Row(f"{LEADER}_credentials_valid_end_time", "entity_person.certificate.valid_to", convert.unix_seconds, ends),
    Row(f"{LEADER}_email", "entity_person.email"),
    Row(f"{LEADER}_phone", "entity_person.mobile"),
    Row(f"{LEADER}_emergency_phone", "entity_person.emergency_phone"),
    Row(f"{CORP}.corp_authority_letter", "", convert.nothing, needs_letter, note=LETTER),
    Row(f"{CORP}.remark", "entity.remark", needed=False),
    Row(f"{SERVICE}.app_language", "{service}.languages", convert.numbers, note=LANGUAGES),
    Row(f"{SERVICE}.facial_recognition_token", "", convert.nothing, note=FACE),
    Row(f"{KEEPER}_email", "service_person.email"),
    Row(f"{KEEPER}_phone", "service_person.mobile"),
    Row(f"{KEEPER}_emergency_phone", "service_person.emergency_phone"),
    Row(f"{SERVICE}.involve_pre_approval", "{service}.pre_approvals", convert.yes_if(has_pre_approvals)),
    Row(f"{SERVICE}.pre_approval_list", "{service}.pre_approvals", convert.nothing, has_pre_approvals, note=APPROVALS),
    Row(f"{SERVICE}.service_content_type_list", "{service}.content_types", convert.numbers, note=CONTENTS),
    Row(f"{SERVICE}.app_authority_letter", "", convert.nothing, needs_service_letter, note=LETTER),
    Row(f"{SERVICE}.remark", "{service}.remark", needed=False),
)
# fmt: on


PLACES = Places(
    lists={
        "commitment_letter": (f"{CORP}.corp_commitment",),
        "commitment_letter_sh": (f"{CORP}.corp_commitment",),
        "commitment_letter_site": (f"{CORP}.corp_commitment",),
        "authorisation_entity": (f"{CORP}.corp_authority_letter",),
        "authorisation_service": (f"{SERVICE}.app_authority_letter",),
        "authorisation_both": (f"{CORP}.corp_authority_letter", f"{SERVICE}.app_authority_letter"),
        "foreign_legal_rep": (f"{CORP}.corp_authority_letter", f"{SERVICE}.app_authority_letter"),
        "fraud_self_assessment": (f"{SERVICE}.app_other_materials",),
    },
    single={},
    other=f"{CORP}.corp_other_materials",
    wrap=lambda mark: {"path": mark},
)


def body(filing: Filing, letters: Sequence[Letter] = ()) -> Exported:
    """The request body and what it lacks; `letters` are the forms that have to be signed."""
    return attach(export(filing, ROWS), letters, PLACES)
