"""Which forms a filing gets, who signs, and the words that stand in for codes."""

from __future__ import annotations

from datetime import date

import pytest

from pipeline import folder_facts, forms
from pipeline.assemble import TypedFacts, assemble
from pipeline.batch import describe
from pipeline.model import Filing, Operation
from tests.pipeline import papers

DAY = date(2026, 11, 20)


def filing(text: str = "", *readings: object) -> Filing:
    typed = TypedFacts(folder_facts.parse(text.encode()))
    return assemble("F1", readings or [papers.licence(), papers.front(), papers.back()], typed)  # type: ignore[arg-type]


def templates(one: Filing, *asked: str) -> list[str]:
    return [form.template for form in forms.plan(one, [forms.Wish(name, "") for name in asked], describe, DAY)]


def test_every_filing_gets_sheet_and_commitment() -> None:
    assert templates(filing()) == ["filing_information_sheet", "commitment_letter"]


def test_an_app_gets_its_feature_sheet() -> None:
    assert "app_feature_sheet" in templates(filing("apps: [{name: 样本}]"))


def test_henan_has_its_own_commitment() -> None:
    assert "commitment_letter_site" in templates(filing("filing: {province: 河南}"))


@pytest.mark.parametrize(
    ("service_person", "letter"), [("王样本", "authorisation_both"), ("李样本", "authorisation_entity")]
)
def test_a_person_in_charge_who_is_not_the_legal_representative_gets_a_letter(service_person: str, letter: str) -> None:
    found = templates(filing(f"entity_person: {{name: 王样本}}\nservice_person: {{name: {service_person}}}"))
    assert [name for name in found if name.startswith("authorisation")] == [letter]


def test_what_a_rule_asks_for_is_made_once() -> None:
    found = templates(filing(), "commitment_letter", "no_training", "no_training")
    assert found.count("commitment_letter") == 1
    assert found.count("no_training") == 1


def test_a_form_nobody_can_draw_is_left_out() -> None:
    assert "form_from_the_moon" not in templates(filing(), "form_from_the_moon")


@pytest.mark.parametrize("operation", sorted(forms.WITHOUT_PAPERS))
def test_operations_that_hand_in_no_data_get_no_forms_of_their_own(operation: Operation) -> None:
    assert templates(filing(f"filing: {{operation: {operation.value}}}")) == []


def test_an_individual_signs_for_himself() -> None:
    one = filing("entity: {nature: 个人}", papers.front(), papers.back())
    (letter,) = (form for form in forms.plan(one, [], describe, DAY) if form.template == "commitment_letter")
    assert "seal_unit" not in letter.sign
    assert "sign_individual" in letter.sign


def test_codes_have_their_chinese_words_beside_them() -> None:
    values = forms.form_values(filing(), DAY)
    assert values["entity"]["nature_zh"] == "企业"
    assert values["entity"]["certificate"]["type_zh"] == "营业执照（个人或企业）"
    assert values["entity_person"]["certificate"]["type_zh"] == "居民身份证"
    assert values["operation_zh"] == "首次备案"
    assert values["submit_date"] == "2026-11-20"
    assert "evidence" not in values
