"""Two records of persons are one person, two, or nobody can say; whoever asks gets the same answer."""

from __future__ import annotations

from datetime import date

import pytest

from pipeline import checks, folder_facts, forms
from pipeline.assemble import TypedFacts, assemble
from pipeline.batch import describe
from pipeline.checks_paths import filing_from
from pipeline.exports import convert
from pipeline.exports.mapping import Work
from pipeline.model import Certificate, Filing, Person
from pipeline.rulebook import load_rulebook
from pipeline.same import comparable, same_person
from tests.pipeline import papers

DAY = date(2026, 11, 20)
ID, OTHER_ID = "440106198506182182", "320105199402274825"


def person(name: str = "", number: str = "", mobile: str = "", kind: str = "") -> Person:
    return Person(name, Certificate(kind, number), mobile=mobile)


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        (person("梁样本", ID), person("梁样本", ID), True),
        (person("梁样本", ID), person("梁样夲", ID), True),  # one number, a name misread
        (person("", ID), person("", "４４０１０６ 19850618 2182"), True),
        (person("", "11010519491231002x"), person("", "11010519491231002X"), True),
        (person("", "110105491231002"), person("", "11010519491231002X"), True),  # the number of before 1999
        (person("梁样本", ID), person("梁样本", OTHER_ID), False),  # namesakes
        (person("梁样本", ID), person("梁样本"), True),
        (person("梁样本", ID, "13800000001"), person("梁样本", "", "13800000002"), True),
        (person("梁样本", ID), person("王样本"), False),
        (person("梁样本", ID), person(), None),
        (person("梁样本"), person("梁样本"), True),
        (person("Ann（Lee）"), person("ANN (LEE)"), True),
        (person("梁样本", mobile="13800000001"), person("梁样本", mobile="+86 138-0000-0001"), True),
        (person("梁样本", mobile="13800000001"), person("梁样本", mobile="13800000002"), None),  # perhaps namesakes
        (person("梁样本", "H12345678", kind="hk_macau_permit"), person("梁样本", "K1234567", kind="passport"), None),
        (person("梁样本", "H12345678", kind="hk_macau_permit"), person("李样本", "K1234567", kind="passport"), False),
        (person("梁样本", "K7654321", kind="passport"), person("梁样本", "K1234567", kind="passport"), False),
        (person(), person(), None),
    ],
)
def test_whether_two_records_mean_one_person(left: Person, right: Person, same: bool | None) -> None:
    assert same_person(left, right) is same
    assert same_person(right, left) is same


def test_fifteen_figures_that_are_no_resident_id_stay_as_they_are() -> None:
    assert comparable("number", "440106000001234") == "440106000001234"
    assert comparable("number", "71526726-x") == "71526726-X"


NAMESAKES = f"""
filing: {{province: 广东}}
entity: {{nature: 企业, legal_person: {{name: 梁样本}}}}
entity_person: {{name: 王样本, id_number: {ID}, mobile: "13800000001"}}
service_person: {{name: 王样本, id_number: {OTHER_ID}}}
"""
ONE_PERSON = NAMESAKES.replace(OTHER_ID, ID)


def filing(text: str, *readings: object) -> Filing:
    return assemble("F1", readings, TypedFacts(folder_facts.parse(text.encode())))  # type: ignore[arg-type]


def test_values_of_one_person_go_to_both_roles_and_those_of_a_namesake_do_not() -> None:
    assert filing(ONE_PERSON).service_person.mobile == "13800000001"
    assert filing(NAMESAKES).service_person.mobile == ""


def test_who_is_named_nowhere_is_the_person_in_charge_of_the_entity_unless_a_number_says_otherwise() -> None:
    nobody = "entity: {nature: 企业}\nentity_person: {name: 王样本, mobile: '13800000001'}"
    assert filing(nobody).service_person.mobile == "13800000001"
    assert filing(f"{nobody}\nservice_person: {{id_number: {OTHER_ID}}}").service_person.name == ""


def test_two_cards_of_namesakes_stay_two_persons() -> None:
    cards = [
        papers.front("王样本", ID, "a/正面.jpg"),
        papers.front("王样本", OTHER_ID, "b/正面.jpg", address="江苏省南京市"),
    ]
    made = filing("entity: {nature: 企业}\nservice_person: {name: 王样本, id_number: '" + OTHER_ID + "'}", *cards)
    assert made.entity_person.certificate.number != made.service_person.certificate.number


@pytest.mark.parametrize(("text", "letter"), [(ONE_PERSON, "authorisation_both"), (NAMESAKES, "authorisation_entity")])
def test_the_letter_names_both_roles_only_for_one_person(text: str, letter: str) -> None:
    planned = forms.plan(filing(text), [], describe, DAY)
    assert [form.template for form in planned if form.template.startswith("authorisation")] == [letter]
    material = load_rulebook().documents["letter_service_leader"]
    assert material.form_for(filing(text)) == letter.replace("_entity", "_service")


def test_a_legal_representative_under_another_spelling_needs_no_letter_to_himself() -> None:
    spelt = "entity: {nature: 企业, legal_person: {name: Ann（Lee）}}\nentity_person: {name: 'ANN (LEE)'}"
    assert not [one for one in forms.plan(filing(spelt), [], describe, DAY) if "authorisation" in one.template]
    assert not convert.needs_legal_person(Work(filing(spelt), ()))


def test_rules_about_one_person_do_not_accuse_a_namesake() -> None:
    values = {
        "province": "广东",
        "entity.nature": "enterprise",
        "entity_person.name": "王样本",
        "service_person.name": "王样本",
        "entity_person.mobile": "13800000001",
        "service_person.mobile": "13800000002",
    }

    def told(**more: str) -> list[str]:
        numbers = {name.replace("__", "."): value for name, value in more.items()}
        found = checks.check(filing_from({**values, **numbers}), load_rulebook(), DAY, ())
        return [one.rule for one in found if one.where == "service_person.mobile" and "同一个人" in one.message.zh]

    number = "certificate__number"
    assert told(**{f"entity_person__{number}": ID, f"service_person__{number}": ID})
    assert not told(**{f"entity_person__{number}": ID, f"service_person__{number}": OTHER_ID})
    assert not told(), "neither has a number, so they may be namesakes"
