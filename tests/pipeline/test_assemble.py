"""From readings to one filing: who is who, which value wins, what stays as evidence."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from pipeline import folder_facts
from pipeline.assemble import TypedFacts, assemble, same_value
from pipeline.file_findings import of_evidence, of_files
from pipeline.model import EntityNature, Failure, Operation, Text
from pipeline.reading import Reading
from tests.pipeline import papers


def typed(text: str) -> TypedFacts:
    return TypedFacts(folder_facts.parse(text.encode()), "filing.yaml", "0" * 64)


def test_one_id_card_and_a_licence_give_both_persons_in_charge() -> None:
    filing = assemble("F1", [papers.licence(), papers.front(), papers.back()])
    assert filing.entity.name == "广州云杉样本科技有限公司"
    assert filing.entity.nature is EntityNature.ENTERPRISE
    assert filing.operation is Operation.FIRST_FILING
    assert filing.province == "广东"
    for person in (filing.entity.legal_person, filing.entity_person, filing.service_person):
        assert (person.name, person.certificate.number) == ("梁㛃", "440106198506182182")
        assert person.certificate.valid_to == date(2038, 4, 12)
    assert {"entity_certificate", "legal_rep_id", "entity_person_id", "service_person_id"} <= filing.supplied


def test_a_named_person_in_charge_gets_the_card_with_that_name_whatever_the_file_is_called() -> None:
    readings = [
        papers.licence(),
        papers.front(file="a/1.jpg"),
        papers.back(file="a/2.jpg"),
        papers.front("王样本", "320105199402274825", "b/1.jpg"),
        papers.back("b/2.jpg", "2041-05-06", "南京市公安局"),
    ]
    filing = assemble("F1", readings, typed("entity_person: {name: 王样本}\nservice_person: {name: 王样本}"))
    assert filing.entity.legal_person.name == "梁㛃"
    assert filing.entity_person.certificate.number == "320105199402274825"
    assert filing.service_person.certificate.valid_to == date(2041, 5, 6)
    assert filing.entity.legal_person.certificate.valid_to == date(2038, 4, 12)


def test_a_misread_name_still_gets_the_only_card_left_and_the_doubt_becomes_a_finding() -> None:
    filing = assemble("F1", [papers.licence(legal_person=("梁洁", 0.6, "ocr")), papers.front("梁㛃"), papers.back()])
    assert filing.entity_person.certificate.number == "440106198506182182"
    rules = {(one.rule, one.where) for one in of_evidence(filing)}
    assert ("evidence.disagreement", "entity.legal_person.name") in rules


@pytest.mark.parametrize(
    ("low", "name"),
    [
        ((1,), "梁㛃"),  # the doubtful character differs: the licence's clear word counts
        ((0,), "梁契"),  # a character read surely differs: it may be somebody else's card
    ],
)
def test_a_card_s_doubtful_name_is_taken_from_the_licence(low: tuple[int, ...], name: str) -> None:
    card = papers.front("梁契")
    doubtful = replace(card.papers[0].fields["name"], confidence=0.6, low=low)
    paper = replace(card.papers[0], fields={**card.papers[0].fields, "name": doubtful})
    filing = assemble("F1", [papers.licence(), replace(card, papers=(paper,)), papers.back()])
    assert filing.entity_person.name == name
    assert filing.entity_person.certificate.number == "440106198506182182"


def test_two_clear_different_names_are_two_people() -> None:
    filing = assemble("F1", [papers.licence(legal_person="梁洁"), papers.front("梁㛃"), papers.back()])
    assert filing.entity.legal_person.certificate.number == ""
    assert filing.entity_person.name == "梁㛃"


def test_a_typed_value_beats_a_read_one_and_the_difference_is_a_finding() -> None:
    filing = assemble(
        "F1", [papers.licence(), papers.front(), papers.back()], typed("entity: {name: 广州云杉科技有限公司}")
    )
    assert filing.entity.name == "广州云杉科技有限公司"
    evidence = filing.evidence["entity.name"]
    assert [(one.method, one.chosen) for one in evidence] == [("person", True), ("ocr", False)]
    finding = next(one for one in of_evidence(filing) if one.where == "entity.name")
    assert "广州云杉样本科技有限公司" in finding.message.zh
    assert "filing.yaml" in finding.message.en


def test_spellings_that_differ_only_in_width_or_blanks_agree() -> None:
    assert same_value("有限责任公司(自然人独资)", "有限责任公司（自然人独资）")
    assert same_value("古丽娜·阿迪力", "古丽娜 阿迪力")
    assert not same_value("梁㛃", "梁洁")


def test_a_value_confirmed_by_its_check_digit_beats_a_surer_plain_reading() -> None:
    poor = papers.licence(file="复印件.jpg", credit_code=("91440101MA9X7K2Q1V", 1.0, "ocr"))
    filing = assemble("F1", [poor, papers.licence()])
    assert filing.entity.certificate.number == "91440101MA9X7K2Q1Y"


def test_an_unsure_name_asks_for_a_look_unless_a_second_paper_says_the_same() -> None:
    unsure = papers.front(name=("梁㛃", 0.5, "ocr"))  # type: ignore[arg-type]
    alone = assemble("F1", [unsure, papers.back()], typed("entity: {nature: 个人}"))
    assert any(one.rule == "evidence.unsure" and one.where == "entity_person.name" for one in of_evidence(alone))
    confirmed = assemble("F1", [papers.licence(), unsure, papers.back()])
    assert not any(one.where == "entity.legal_person.name" for one in of_evidence(confirmed))


def test_an_individual_is_entity_and_both_persons_at_once() -> None:
    filing = assemble(
        "F1",
        [papers.front(), papers.back()],
        typed("entity: {nature: individual}\nentity_person: {mobile: '13800000000'}"),
    )
    assert filing.entity.name == "梁㛃"
    assert filing.entity.certificate.type == "resident_id"
    assert filing.service_person.mobile == "13800000000"
    assert filing.evidence["service_person.mobile"][0].method == "derived"


def test_a_foreign_passport_gives_the_name_of_its_zone() -> None:
    filing = assemble("F1", [papers.licence(), papers.passport("EXAMPLE", "ANNA MARIA")])
    person = filing.entity_person
    assert (person.name, person.certificate.type, person.nationality) == ("EXAMPLE ANNA MARIA", "passport", "UTO")
    (evidence,) = filing.evidence["entity_person.name"]
    assert (evidence.method, evidence.file) == ("mrz", "护照.jpg")


def test_a_passport_is_the_named_person_s_however_the_name_is_written() -> None:
    readings = [papers.licence(), papers.passport("ÉXAMPLE", "ANNA"), papers.front(), papers.back()]
    filing = assemble("F1", readings, typed("service_person: {name: Anna Example}"))
    assert filing.service_person.certificate.number == "L898902C3"
    assert filing.entity_person.name == "梁㛃"


def test_a_chinese_passport_keeps_its_chinese_name() -> None:
    filing = assemble("F1", [papers.passport("LIANG", "JIE", name_cn="梁㛃")])
    assert filing.entity_person.name == "梁㛃"


def test_a_domain_certificate_goes_to_the_domain_it_names_even_with_l_read_as_1() -> None:
    text = "websites: [{name: 甲, domains: [alpha-specimen.cn]}, {name: 乙, domains: [beta-specimen.cn]}]"
    filing = assemble("F1", [papers.licence(), papers.domain_paper("a1pha-specimen.cn")], typed(text))
    assert filing.websites[0].domains[0].owner == "广州云杉样本科技有限公司"
    assert filing.websites[0].domains[0].name == "alpha-specimen.cn"
    assert filing.websites[1].domains[0].owner == ""


def test_a_domain_certificate_nobody_mentioned_becomes_a_domain_of_the_website() -> None:
    filing = assemble("F1", [papers.domain_paper("new-specimen.cn")], typed("websites: [{name: 甲}]"))
    assert [one.name for one in filing.websites[0].domains] == ["new-specimen.cn"]


def test_packages_of_one_name_are_platforms_of_one_app() -> None:
    readings = [
        papers.package(),
        papers.package(platform="ios", file="app.ipa"),
        papers.package("另一个", file="b.apk"),
    ]
    filing = assemble("F1", readings)
    assert [one.name for one in filing.apps] == ["样本", "另一个"]
    assert [one.platform for one in filing.apps[0].platforms] == ["android", "ios"]
    assert filing.evidence["apps[0].platforms[0].public_key"][0].method == "signature_block"


def test_a_typed_platform_is_completed_by_its_package() -> None:
    filing = assemble(
        "F1", [papers.package()], typed("apps: [{name: 样本, platforms: [{platform: android, domains: [a.cn]}]}]")
    )
    assert len(filing.apps[0].platforms) == 1
    assert filing.apps[0].platforms[0].package_name == "cn.specimen.app"
    assert filing.apps[0].platforms[0].domains == ("a.cn",)


def test_an_id_with_one_side_does_not_count_as_supplied() -> None:
    filing = assemble("F1", [papers.licence(), papers.front()])
    assert "entity_person_id" not in filing.supplied


def test_a_file_that_could_not_be_read_is_a_blocker_that_says_so() -> None:
    failure = Failure("incomplete", Text("文件不完整。", "The file is cut off."))
    readings = [Reading("照片.jpg", "0" * 64, 10, "jpeg", failure=failure), papers.licence()]
    (finding,) = of_files(readings, {})
    assert (finding.rule, finding.severity, finding.where) == ("file.incomplete", "blocker", "照片.jpg")
    assert "照片.jpg" in finding.message.zh


def test_nothing_at_all_gives_an_empty_filing_and_no_guess() -> None:
    filing = assemble("F1", [])
    assert filing.entity.name == ""
    assert filing.websites == ()
