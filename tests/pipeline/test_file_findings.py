"""Findings about files and readings: doubt asks first, one fault is told once."""

from __future__ import annotations

import dataclasses

import pytest

from pipeline import folder_facts
from pipeline.assemble import TypedFacts, assemble
from pipeline.file_findings import doubtful_as_warnings, in_order, not_told_by_rules, of_evidence, of_files
from pipeline.model import Evidence, Finding, ImageCheck, Severity, Text
from tests.pipeline import papers

EVIDENCE = Evidence("2026-12-01", "ocr", "a.jpg", "0" * 64, 1, None, 0.5)
BLOCKER = Finding("GD-009", Severity.BLOCKER, "x", Text("过期", "expired"), Text("换证", "renew"), evidence=(EVIDENCE,))


def test_a_blocker_on_a_doubtful_value_becomes_a_warning_that_asks_to_look_first() -> None:
    (found,) = doubtful_as_warnings([BLOCKER])
    assert found.severity is Severity.WARNING
    assert "先核对原件" in found.advice.zh and "换证" in found.advice.zh


def test_a_blocker_on_a_sure_or_typed_value_stays_a_blocker() -> None:
    for change in ({"confidence": 0.99}, {"method": "person"}, {"method": "text_layer"}):
        evidence = dataclasses.replace(EVIDENCE, **change)  # type: ignore[arg-type]
        (found,) = doubtful_as_warnings([dataclasses.replace(BLOCKER, evidence=(evidence,))])
        assert found.severity is Severity.BLOCKER


def test_a_validity_that_a_rule_judged_is_not_told_again_for_the_picture() -> None:
    picture = dataclasses.replace(BLOCKER, rule="image.validity", where="a.jpg", evidence=())
    rule = dataclasses.replace(BLOCKER, where="entity_person.certificate.valid_to")
    assert not_told_by_rules([picture], [rule]) == ()
    assert not_told_by_rules([picture], [dataclasses.replace(rule, where="entity_person.mobile")]) == (picture,)
    assert not_told_by_rules([dataclasses.replace(picture, where="b.jpg")], [rule]) != ()


def test_blockers_come_first() -> None:
    note = dataclasses.replace(BLOCKER, severity=Severity.NOTE, rule="A")
    assert [one.severity for one in in_order([note, BLOCKER])] == [Severity.BLOCKER, Severity.NOTE]


def test_an_individual_whose_name_differs_is_told_once_and_not_for_each_role() -> None:
    typed = TypedFacts(
        folder_facts.parse("entity: {nature: 个人, name: 周样本}\nentity_person: {name: 周样本}".encode())
    )
    filing = assemble("F1", [papers.front("周祥本"), papers.back()], typed)
    assert len([one for one in of_evidence(filing) if one.rule == "evidence.disagreement"]) == 1


def test_one_doubtful_reading_that_serves_three_roles_is_told_once() -> None:
    unsure = papers.front(name=("梁㛃", 0.5, "ocr"))  # type: ignore[arg-type]
    filing = assemble("F1", [papers.licence(legal_person=("梁㛃", 0.6, "ocr")), papers.back(), unsure])
    assert [one for one in of_evidence(filing) if one.rule == "evidence.unsure"] == []


@pytest.mark.parametrize(("second", "asks"), [(0.6, True), (0.99, False)])
def test_two_doubtful_readings_of_one_kind_of_paper_do_not_confirm_each_other(second: float, asks: bool) -> None:
    licences = [
        papers.licence(file=file, name=("贵阳铵远科技有限公司", confidence, "ocr"))
        for file, confidence in (("正本.jpg", 0.5), ("副本.jpg", second))
    ]
    found = [one for one in of_evidence(assemble("F1", licences)) if one.rule == "evidence.unsure"]
    assert ("entity.name" in {one.where for one in found}) is asks


def test_a_failed_image_check_names_the_file_and_a_photocopy_blocks() -> None:
    checks = [
        ImageCheck("sharpness", False, "5.0 px", "4.0 px", Text("模糊", "blurred")),
        ImageCheck("photocopy", False, "3", "8", Text("复印件", "a copy")),
        ImageCheck("glare", None, "", "", Text("", "")),
        ImageCheck("format", True, "jpeg", "", Text("", "")),
    ]
    reading = papers.licence()
    found = of_files([reading], {reading.sha256: checks})
    assert {(one.rule, one.severity.value) for one in found} == {
        ("image.sharpness", "warning"),
        ("image.photocopy", "blocker"),
    }
    assert all(one.message.zh.startswith("营业执照.jpg：") for one in found)


@pytest.mark.parametrize(
    ("code", "advised"),
    [("upright", "不必重拍"), ("validity", "新证"), ("file_size", "替换原文件"), ("sharpness", "重新拍摄")],
)
def test_the_advice_of_a_failed_image_check_fits_its_fault(code: str, advised: str) -> None:
    reading = papers.licence()
    failed = ImageCheck(code, False, "", "", Text("不合要求", "not as required"))
    (found,) = of_files([reading], {reading.sha256: [failed]})
    assert advised in found.advice.zh


def test_sdks_seen_in_a_package_are_proposed_with_vendor_and_kind() -> None:
    package = papers.package()
    sdk = {"name": "极光推送", "vendor": "样本公司", "category": "推送", "found_in": ["lib/x.so"]}
    reading = dataclasses.replace(package, package={**(package.package or {}), "sdks": [sdk]})
    (found,) = [one for one in of_files([reading], {}) if one.rule == "app.sdks_found"]
    assert "极光推送（样本公司，推送）" in found.message.zh
    assert found.severity is Severity.NOTE
