"""The engine around the named checks, places and paths."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import checks_numbers as numbers
from pipeline import domain_names, phones
from pipeline.checks import check, checklist, needed_documents
from pipeline.checks_base import add_months, full_years, label
from pipeline.checks_paths import filing_from, known, problem_of
from pipeline.checks_places import city_of, province_of
from pipeline.model import Document, Evidence, Filing, Operation, Severity
from pipeline.rulebook import load_rulebook
from pipeline.same import same_name

DAY = date(2026, 11, 2)
BOOK = load_rulebook()


def a_filing(**more: Any) -> Filing:
    values = {
        "province": "广东",
        "entity.nature": "enterprise",
        "entity.name": "广州青穗数据有限公司",
        "websites[0].name": "青穗数据",
    }
    return filing_from({**values, **{key.replace("__", "."): value for key, value in more.items()}})


@given(st.text(max_size=40))
def test_no_text_upsets_a_number_check(text: str) -> None:
    for test in (*numbers.SHAPES.values(), *numbers.CERTIFICATES.values()):
        assert test(text) in (True, False)
    assert domain_names.levels(text) >= 0 and isinstance(domain_names.registrable(text), str)
    assert phones.range_of(text) == "" or phones.mobile(text)


@pytest.mark.parametrize(
    ("address", "province", "city"),
    [
        ("广东省深圳市南山区样本路1号", "广东", "深圳"),
        ("深圳市南山区样本路1号", "广东", "深圳"),
        ("北京市朝阳区样本路1号", "北京", "北京"),
        ("内蒙古自治区呼和浩特市样本路", "内蒙古", "呼和浩特"),
        ("吉林省吉林市样本路", "吉林", "吉林"),
        ("海南省海口市样本路", "海南", "海口"),
        ("样本路1号", "", ""),
    ],
)
def test_addresses_tell_province_and_city(address: str, province: str, city: str) -> None:
    assert (province_of(address, BOOK.provinces), city_of(address, BOOK.provinces)) == (province, city)


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 11, 2), 3, date(2027, 2, 2)),
        (date(2027, 2, 2), -3, date(2026, 11, 2)),
    ],
)
def test_months_are_added_by_the_calendar(day: date, months: int, later: date) -> None:
    assert add_months(day, months) == later


def test_age_counts_full_years() -> None:
    assert full_years(date(2008, 11, 2), DAY) == 18
    assert full_years(date(2008, 11, 3), DAY) == 17


def test_brackets_and_spaces_do_not_make_another_name() -> None:
    assert same_name("青穗（广州）有限公司", "青穗(广州) 有限公司")
    assert not same_name("青穗有限公司", "青禾有限公司")


def test_paths_read_every_place_of_a_list_and_leave_out_what_is_not_known() -> None:
    filing = filing_from({"websites[0].domains[0].name": "a.cn", "websites[1].domains[1].name": "b.cn"})
    assert known(filing, "websites[].domains[].name") == [
        ("websites[0].domains[0].name", "a.cn"),
        ("websites[1].domains[1].name", "b.cn"),
    ]
    assert known(filing, "entity.name") == []


@pytest.mark.parametrize("path", ["entity.nam", "websites[].domain", "entity name", "websites[].domains[].owner.x"])
def test_a_path_the_model_does_not_have_is_noticed(path: str) -> None:
    assert problem_of(path)


@pytest.mark.parametrize(
    ("where", "zh"),
    [
        ("websites[0].ips", "网站IP地址"),
        ("websites[1].ips[0]", "第 2 个网站IP地址"),
        ("entity_person", "主体负责人"),
        ("entity.legal_person", "法定代表人"),
        ("apps", "APP"),
        ("websites[0].domains", "网站域名"),
        ("resource.months", "备案资源的购买时长（月）"),
    ],
)
def test_a_place_is_told_in_words(where: str, zh: str) -> None:
    assert label(where).zh == zh


def test_findings_come_worst_first_then_by_rule_and_place() -> None:
    found = check(a_filing(entity_person__mobile="123"), BOOK, DAY)
    keys = [({"blocker": 0, "warning": 1, "note": 2}[item.severity], item.rule, item.where) for item in found]
    assert keys == sorted(keys) and len(keys) == len(set(keys))


def test_the_same_filing_gives_the_same_findings() -> None:
    assert check(a_filing(), BOOK, DAY) == check(a_filing(), BOOK, DAY)


def test_an_empty_filing_is_judged_without_a_crash() -> None:
    rules = {item.rule for item in check(Filing(id="f"), BOOK, DAY)}
    assert {"RQ-service", "RQ-province", "RQ-entity_name", "RQ-entity_nature"} <= rules


@pytest.mark.parametrize("operation", list(Operation))
@pytest.mark.parametrize("province", [*BOOK.provinces, "", "火星"])
def test_every_province_and_operation_can_be_judged(province: str, operation: Operation) -> None:
    filing = filing_from(
        {"province": province, "entity.nature": "enterprise", "websites[0].name": "青穗", "apps[0].name": "青穗"}
    )
    filing = filing_from({"operation": operation.value}, filing)
    assert check(filing, BOOK, DAY) == check(filing, BOOK, DAY)
    assert len(needed_documents(filing, BOOK, DAY)) == len(BOOK.documents)


def test_the_day_of_submission_beats_today() -> None:
    values = {"entity_person__certificate__valid_to": date(2027, 1, 1)}
    soon = a_filing(**values, submit_date=date(2026, 12, 1))
    early = a_filing(**values, submit_date=date(2026, 9, 1))
    assert "GD-009" in {item.rule for item in check(soon, BOOK, DAY)}
    assert "GD-009" not in {item.rule for item in check(early, BOOK, DAY)}


def test_a_finding_carries_source_date_status_and_evidence() -> None:
    proof = Evidence("2026-11-20", "ocr", "身份证.jpg")
    filing = filing_from(
        {
            "entity_person.certificate.valid_to": "2026-11-20",
            "evidence": {"entity_person.certificate.valid_to": (proof,)},
        },
        a_filing(),
    )
    finding = next(item for item in check(filing, BOOK, DAY) if item.rule == "GD-009")
    assert finding.source is not None and finding.source.title and finding.source.as_of
    assert finding.status == "current" and finding.evidence == (proof,)


def test_no_certificate_number_stands_in_a_message() -> None:
    number = "440103199001151027"
    filing = filing_from(
        {
            f"{who}.certificate.number": number
            for who in ("entity", "entity_person", "service_person", "entity.legal_person")
        },
        a_filing(record__certificate_number="440103199001151028"),
    )
    for operation in Operation:
        changed = filing_from({"operation": operation.value}, filing)
        for item in check(changed, BOOK, DAY):
            assert number not in item.message.zh + item.message.en + item.advice.zh + item.advice.en


def test_a_provider_s_limit_speaks_only_on_that_provider() -> None:
    values = {"resource__months": 1}
    assert "CN-137" in {item.rule for item in check(a_filing(**values, provider="huawei"), BOOK, DAY)}
    assert "CN-137" not in {item.rule for item in check(a_filing(**values, provider="ucloud"), BOOK, DAY)}


def test_a_province_s_own_rule_replaces_the_national_default() -> None:
    values = {"entity_person__name": "陈穗生", "entity__legal_person__name": "李青禾"}
    assert {"CN-002", "GD-003"} & {item.rule for item in check(a_filing(**values), BOOK, DAY)} == {"GD-003"}


def states(filing: Filing) -> dict[str, str]:
    return {item.kind: item.state for item in needed_documents(filing, BOOK, DAY)}


def test_documents_are_present_missing_generated_or_not_needed() -> None:
    found = states(a_filing(supplied=["entity_certificate"]))
    assert found["entity_certificate"] == "present"
    assert found["entity_person_id"] == "missing"
    assert found["commitment_gd"] == "generated"
    assert found["authenticity_notice"] == "not_needed"


def test_scans_of_both_sides_of_one_person_s_card_serve_both_roles() -> None:
    filing = filing_from({"entity_person.name": "李青禾", "service_person.name": "李青禾"}, a_filing())
    sides = tuple(
        Document(kind, "a.jpg", "0", role="entity_person,entity.legal_person")
        for kind in ("idcard_front", "idcard_back")
    )
    found = states(filing_from({"documents": sides}, filing))
    assert (found["entity_person_id"], found["service_person_id"]) == ("present", "present")
    assert states(filing_from({"documents": sides[:1]}, filing))["entity_person_id"] == "missing"


def test_a_card_of_one_person_does_not_serve_another() -> None:
    filing = filing_from({"entity_person.name": "李青禾", "service_person.name": "陈穗生"}, a_filing())
    card = (Document("idcard_both", "a.jpg", "0", role="entity_person"),)
    found = states(filing_from({"documents": card}, filing))
    assert (found["entity_person_id"], found["service_person_id"]) == ("present", "missing")


def test_a_document_put_aside_for_a_newer_one_does_not_count() -> None:
    old = (Document("business_licence", "a.jpg", "0", superseded_by="1"),)
    assert states(filing_from({"documents": old}, a_filing()))["entity_certificate"] == "missing"


def test_one_letter_for_both_roles_where_one_person_holds_them() -> None:
    names = {
        "province": "江苏",
        "entity.legal_person.name": "王田",
        "entity_person.name": "李青禾",
        "service_person.name": "李青禾",
    }
    forms = {item.kind: item.form for item in needed_documents(filing_from(names, a_filing()), BOOK, DAY)}
    assert (forms["letter_leader"], forms["letter_service_leader"]) == ("authorisation_both", "authorisation_both")


def test_a_letter_we_generate_is_a_note_and_a_missing_video_a_warning() -> None:
    found = {item.rule: item.severity for item in check(filing_from({"province": "江苏"}, a_filing()), BOOK, DAY)}
    assert found["JS-023"] is Severity.NOTE
    assert found["JS-026"] is Severity.WARNING  # one source of 2021, and the video is made in the provider's app


def test_what_no_check_judges_is_on_the_checklist_the_province_s_first() -> None:
    rules = checklist(a_filing(), BOOK)
    assert rules and all(
        rule.check is None and rule.status in ("current", "likely_current", "contested") for rule in rules
    )
    places = [rule.province for rule in rules]
    assert "广东" in places and set(places) == {"广东", None}
    assert places == sorted(places, key=lambda place: place is None)


def test_the_checklist_speaks_only_of_such_a_filing() -> None:
    person = {rule.id for rule in checklist(a_filing(entity__nature="individual"), BOOK)}
    unit = {rule.id for rule in checklist(a_filing(), BOOK)}
    assert unit - person and "CN-020" in unit and "CN-020" not in person


def test_one_mobile_for_two_persons_is_told_once() -> None:
    names = {"entity_person__name": "李青禾", "service_person__name": "陈穗生", "province": "青海"}
    filing = a_filing(entity_person__mobile="13800000001", service_person__mobile="13800000001", **names)
    found = [
        one.rule for one in check(filing, BOOK, DAY) if one.where == "service_person.mobile" and "SMS" not in one.rule
    ]
    assert found == ["QH-008"]
