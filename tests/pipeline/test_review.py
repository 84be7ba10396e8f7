from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipeline import assemble, claims, file_findings, review, review_changes, review_values
from pipeline.assemble import TypedFacts
from pipeline.model import Finding, Severity, Text
from pipeline.review import Kind
from pipeline.review_values import Refused
from pipeline.rows import Decision
from tests.pipeline import papers

AT = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
BOX = [[10, 10], [110, 10], [110, 40], [10, 40]]


def said(number: int, kind: str, where: str, **value: Any) -> Decision:
    return Decision(number, "f", kind, where, value, "anna", AT + timedelta(minutes=number))


def correct(
    number: int, where: str, new: Any, *, also: tuple[str, ...] = (), place: dict[str, Any] | None = None
) -> Decision:
    return said(number, Kind.CORRECT, where, old="", new=new, also=list(also), place=place or {})


def test_the_last_word_about_a_value_counts() -> None:
    now = review.standing([correct(1, "entity.name", "一"), correct(2, "entity.name", "二")])
    assert now.values["entity.name"].value["new"] == "二"


def test_undo_brings_back_what_stood_before() -> None:
    rows = [
        correct(1, "entity.name", "一"),
        correct(2, "entity.name", "二"),
        said(3, Kind.UNDO, "entity.name", decision=2),
    ]
    assert review.standing(rows).values["entity.name"].value["new"] == "一"
    rows.append(said(4, Kind.UNDO, "entity.name", decision=1))
    assert review.standing(rows).values == {}


def test_a_decision_holds_at_every_path_of_the_same_reading() -> None:
    now = review.standing([correct(1, "entity_person.name", "梁玥", also=("service_person.name",))])
    assert {claim.path for claim in review.decided_claims(now)} == {"entity_person.name", "service_person.name"}
    undone = review.standing([correct(1, "a", "x", also=("b",)), said(2, Kind.UNDO, "a", decision=1)])
    assert undone.values == {}


def test_waivers_rejections_ticks_and_approval_stand_until_they_are_taken_back() -> None:
    rows = [
        said(1, Kind.WAIVE, "entity.name", rule="r", message="m", reason="已核对"),
        said(2, Kind.REJECT, "a" * 64, reason="模糊"),
        said(3, Kind.DONE, "hand:commitment_letter"),
        said(4, Kind.APPROVE, "", version=1),
        said(5, Kind.REVEAL, "entity_person.certificate.number"),
    ]
    now = review.standing(rows)
    assert set(now.waived) == {("r", "entity.name")} and set(now.rejected) == {"a" * 64}
    assert set(now.done) == {"hand:commitment_letter"} and now.approval is not None
    gone = review.standing([*rows, *(said(10 + number, Kind.UNDO, "", decision=number) for number in range(1, 5))])
    assert not (gone.waived or gone.rejected or gone.done or gone.approval)


def decided(*rows: Decision) -> tuple[claims.Claim, ...]:
    return review.decided_claims(review.standing(rows))


def test_a_decided_value_beats_filing_yaml_and_every_reading() -> None:
    typed = TypedFacts({"entity.name": "手写公司"}, decided=decided(correct(1, "entity.name", "正确公司")))
    filing = assemble.assemble("f", [papers.licence()], typed)
    assert filing.entity.name == "正确公司"
    assert [one.value for one in filing.evidence["entity.name"]] == ["正确公司", "手写公司", "广州云杉样本科技有限公司"]
    assert filing.evidence["entity.name"][0].method == claims.PERSON


def test_a_decided_domain_stays_in_its_place() -> None:
    typed = {"websites[0].name": "站", "websites[0].domains[0].name": "yunshan-typo.cn"}
    facts = TypedFacts(typed, decided=decided(correct(1, "websites[0].domains[0].name", "yunshan-specimen.cn")))
    filing = assemble.assemble("f", [papers.licence(), papers.domain_paper("yunshan-specimen.cn")], facts)
    assert [domain.name for domain in filing.websites[0].domains] == ["yunshan-specimen.cn"]
    assert filing.websites[0].domains[0].owner == "广州云杉样本科技有限公司"


def test_a_list_is_decided_as_a_list() -> None:
    filing = assemble.assemble(
        "f",
        [papers.licence()],
        TypedFacts({}, decided=decided(correct(1, "websites[0].ips", ["203.0.113.1", "203.0.113.2"]))),
    )
    assert filing.websites[0].ips == ("203.0.113.1", "203.0.113.2")


def test_a_correction_mends_the_reading_it_was_read_from() -> None:
    card = papers.front("粱妖")
    field = replace(card.papers[0].fields["name"], box=review.box_of(BOX))
    card = replace(card, papers=(replace(card.papers[0], fields={**card.papers[0].fields, "name": field}),))
    place = {"file": card.file, "sha256": card.sha256, "page": 1, "box": BOX, "raw": "粱妖"}
    now = review.standing([correct(1, "entity_person.name", "梁㛃", place=place)])
    mended = review.mended([papers.licence(), card, papers.back()], now)
    assert mended[1].papers[0].fields["name"].value == "梁㛃"
    assert mended[1].papers[0].fields["address"] == card.papers[0].fields["address"]
    filing = assemble.assemble("f", mended, TypedFacts({}, decided=review.decided_claims(now)))
    # the card belongs to the legal person now, although its name was misread beyond likeness
    assert filing.entity.legal_person.certificate.number == "440106198506182182"
    found = review.settled(file_findings.of_evidence(filing), now)
    assert [one for one in found if one.where.endswith("person.name")] == []


def test_readings_without_corrections_are_left_alone() -> None:
    readings = (papers.licence(), papers.front())
    assert review.mended(readings, review.standing([])) == readings


def finding(
    severity: Severity = Severity.WARNING, message: str = "消息", rule: str = "r", where: str = "entity.name"
) -> Finding:
    return Finding(rule, severity, where, Text(message, "message"), Text("处理", "advice"))


WAIVER = said(1, Kind.WAIVE, "entity.name", rule="r", message="消息", reason="原件已核对")


def test_a_waived_warning_becomes_a_note_that_says_who_and_why() -> None:
    (found,) = review.settled([finding()], review.standing([WAIVER]))
    assert found.severity is Severity.NOTE and found.status == "waived"
    assert "anna" in found.advice.zh and "原件已核对" in found.advice.zh and "2026-11-20" in found.advice.en


@pytest.mark.parametrize(
    "other",
    [
        finding(Severity.BLOCKER),
        finding(message="另一个值"),
        finding(rule="other"),
        finding(where="entity.remark"),
        finding(Severity.NOTE),
    ],
)
def test_a_waiver_covers_nothing_but_the_warning_it_was_given_for(other: Finding) -> None:
    assert review.settled([other], review.standing([WAIVER])) == (other,)


def test_doubts_about_a_decided_value_are_gone_but_rules_still_speak() -> None:
    now = review.standing([correct(1, "entity.name", "对")])
    rows = [
        finding(rule="evidence.unsure"),
        finding(rule="evidence.disagreement"),
        finding(rule="CN-001", severity=Severity.BLOCKER),
    ]
    assert [one.rule for one in review.settled(rows, now)] == ["CN-001"]


GOOD = [
    ("entity.name", " 广州云杉样本科技有限公司 ", "", "广州云杉样本科技有限公司"),
    ("entity.name", "周𬭎\x00工作室", "", "周𬭎工作室"),
    ("entity.business_scope", "软件开发\n信息服务", "", "软件开发 信息服务"),
    ("entity.established", "2020年6月1日", "", "2020-06-01"),
    ("entity.established", "20200601", "", "2020-06-01"),
    ("entity_person.certificate.valid_to", "永久", "resident_id", "长期"),
    ("entity_person.certificate.valid_to", "2036.11.20", "resident_id", "2036-11-20"),
    ("entity_person.certificate.number", "44010619850618218２", "resident_id", "440106198506182182"),
    ("entity_person.certificate.number", "11010519491231002x", "resident_id", "11010519491231002X"),
    ("entity_person.certificate.number", "G12345678", "passport", "G12345678"),
    ("entity.certificate.number", "91440101MA9X7K2Q1Y", "unheard_of", "91440101MA9X7K2Q1Y"),
    ("entity_person.certificate.type", "身份证", "", "resident_id"),
    ("entity_person.sex", "女", "", "女"),
    ("entity_person.mobile", "13800000011", "", "13800000011"),
    ("entity_person.emergency_phone", "020-80000011", "", "020-80000011"),
    ("entity_person.email", "a@yunshan-specimen.cn", "", "a@yunshan-specimen.cn"),
    ("entity.nature", "企业", "", "enterprise"),
    ("filing.operation", "首次备案", "", "first_filing"),
    ("filing.province", "广东省", "", "广东"),
    ("websites[0].domains[0].name", "yunshan-specimen.cn", "", "yunshan-specimen.cn"),
    ("websites[0].ips", "203.0.113.1，203.0.113.2;203.0.113.9", "", ("203.0.113.1", "203.0.113.2", "203.0.113.9")),
    ("websites[0].languages", "中文简体、英语", "", ("中文简体", "英语")),
    ("apps[0].sdk_use", "是", "", "true"),
    ("apps[0].icon_bytes", "40960", "", "40960"),
    ("apps[0].platforms[0].platform", "ios", "", "ios"),
]


@pytest.mark.parametrize(("path", "text", "kind", "value"), GOOD)
def test_a_right_value_comes_in_its_normal_form(path: str, text: str, kind: str, value: object) -> None:
    assert review_values.checked_value(path, text, kind) == value


BAD = [
    ("entity.name", "", "", "empty"),
    ("entity.name", " \x00 ", "", "empty"),
    ("entity.name", "长" * 4001, "", "4000"),
    ("entity.nonsense", "x", "", "no field"),
    ("entity.established", "2021-02-30", "", "2021-02-30"),
    ("entity_person.certificate.valid_to", "不知道", "", "长期"),
    ("entity_person.certificate.number", "440106198506182183", "resident_id", "check character"),
    ("entity_person.certificate.number", "440106198513402182", "resident_id", "check character"),
    ("entity.certificate.number", "91440101MA9X7K2Q1Z", "business_licence", "check character"),
    ("entity_person.certificate.type", "学生证", "", "type"),
    ("entity_person.sex", "未知", "", "男"),
    ("entity_person.mobile", "12345678901", "", "11 figures"),
    ("entity_person.email", "a@b", "", "address"),
    ("entity.nature", "国家", "", "one of"),
    ("filing.province", "加州", "", "province"),
    ("websites[0].domains[0].name", "not a domain", "", "domain"),
    ("websites[0].ips", "203.0.113.1、999.1.1.1", "", "range"),
    ("websites[0].ips", "、，", "", "range"),
    ("apps[0].sdk_use", "也许", "", "yes or no"),
    ("apps[0].icon_bytes", "40 KB", "", "bytes"),
    ("apps[0].platforms[0].platform", "windows", "", "harmony"),
]


@pytest.mark.parametrize(("path", "text", "kind", "said_so"), BAD)
def test_a_value_that_cannot_be_right_is_refused_with_what_would_be(
    path: str, text: str, kind: str, said_so: str
) -> None:
    with pytest.raises(Refused) as caught:
        review_values.checked_value(path, text, kind)
    assert said_so in caught.value.en
    assert caught.value.zh and caught.value.zh != caught.value.en


@pytest.mark.parametrize("text", ["", " ", "x", "长" * 501])
def test_a_reason_must_say_something(text: str) -> None:
    with pytest.raises(Refused):
        review_values.checked_reason(text)


def test_a_reason_is_cleaned() -> None:
    assert review_values.checked_reason(" 原件\x07已核对 ") == "原件已核对"


@pytest.mark.parametrize(
    ("path", "kind", "secret"),
    [
        ("entity_person.certificate.number", "resident_id", True),
        ("entity.legal_person.certificate.number", "", True),
        ("entity.certificate.number", "resident_id", True),
        ("entity.certificate.number", "business_licence", False),
        ("entity.name", "", False),
        ("websites[0].domains[0].owner_certificate_number", "", True),
    ],
)
def test_numbers_of_persons_are_secret(path: str, kind: str, secret: bool) -> None:
    assert review.is_secret(path, kind) is secret


@pytest.mark.parametrize(
    ("value", "shown"), [("440106198506182182", "440*************82"), ("1234567", "*******"), ("", "")]
)
def test_a_masked_number_keeps_its_ends_only(value: str, shown: str) -> None:
    assert review.masked(value) == shown


def test_a_sample_is_the_same_every_time_and_about_its_share() -> None:
    taken = [review.is_sample(f"filing-{number}", 5) for number in range(2000)]
    assert taken == [review.is_sample(f"filing-{number}", 5) for number in range(2000)]
    assert 60 < sum(taken) < 140
    assert not any(review.is_sample(f"filing-{number}", 0) for number in range(100))


def document(name: str, *messages: str) -> dict[str, Any]:
    findings = [
        {
            "rule": "r",
            "where": "w",
            "severity": "warning",
            "message": {"zh": one, "en": one},
            "advice": {"zh": "", "en": ""},
        }
        for one in messages
    ]
    evidence = {"entity.name": [{"value": name}], "entity_person.certificate.number": [{"value": "440106198506182182"}]}
    return {"filing": {"evidence": evidence}, "findings": findings}


def test_changes_name_what_went_what_came_and_what_is_another_value() -> None:
    before, after = document("甲", "旧意见", "留下的"), document("乙", "留下的", "新意见")
    after["filing"]["evidence"]["entity_person.certificate.number"] = [{"value": "110105194912310020"}]
    found = review_changes.changes(before, after)
    assert [(one.kind, one.text.zh) for one in found] == [
        ("gone", "旧意见"),
        ("new", "新意见"),
        ("changed", "主办单位名称：甲 → 乙"),
        ("changed", "主体负责人证件号码：440*************82 → 110*************20"),
    ]
    assert review_changes.changes(before, before) == ()
