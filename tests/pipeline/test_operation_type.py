"""The decision table of type verification, row by row."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.errors import UsageError
from pipeline.model import Operation
from pipeline.operation_facts import FACTS
from pipeline.operation_type import determine_type

HERE = {"entity_filed_here": True, "entity_has_services": True, "account_has_entity": True}
ELSEWHERE = {"entity_filed": True, "entity_has_services": True}
ROWS: list[tuple[str, dict[str, Any], int, Operation | None]] = [
    ("an order in flight stops everything", {"order_in_flight": True}, 1, None),
    ("an order in flight stops a filed entity too", {**HERE, "order_in_flight": "yes"}, 1, None),
    ("a domain under another entity stops", {"service_filed": True, "service_filed_by_same_entity": False}, 2, None),
    ("a domain on record while the entity is not is another entity's", {"service_filed": True}, 2, None),
    ("nothing on record", {}, 3, Operation.FIRST_FILING),
    ("two entity numbers stop", {**ELSEWHERE, "entity_numbers": 2}, 4, None),
    (
        "an empty shell is cancelled first",
        {"entity_filed": True, "entity_has_services": False, "province": "广东"},
        5,
        None,
    ),
    (
        "an empty shell in Jiangsu adds",
        {"entity_filed_here": True, "entity_has_services": False, "province": "江苏"},
        5,
        Operation.NEW_SERVICE_SAME_PROVIDER,
    ),
    (
        "an empty shell in Shanghai filed elsewhere adds",
        {"entity_filed": True, "entity_has_services": "否", "province": "上海"},
        5,
        Operation.NEW_SERVICE_OTHER_PROVIDER,
    ),
    ("a record in another account is claimed", {**HERE, "account_has_entity": False}, 6, Operation.CLAIM_FILING),
    ("filed here by the same entity is a change", {**HERE, "service_filed_here": True}, 7, Operation.CHANGE_FILING),
    ("entity here, service new", HERE, 8, Operation.NEW_SERVICE_SAME_PROVIDER),
    ("entity elsewhere, service new", ELSEWHERE, 9, Operation.NEW_SERVICE_OTHER_PROVIDER),
    ("entity here, service elsewhere", {**HERE, "service_filed": True}, 10, Operation.NEW_ACCESS_SAME_PROVIDER),
    ("both elsewhere", {**ELSEWHERE, "service_filed": True}, 11, Operation.NEW_ACCESS_OTHER_PROVIDER),
]


@pytest.mark.parametrize(("facts", "rule", "operation"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_the_facts_decide_the_operation(facts: dict[str, Any], rule: int, operation: Operation | None) -> None:
    answer = determine_type(facts)
    assert (answer.rule, answer.operation) == (rule, operation)
    assert answer.blocked == (operation is None)
    assert all(text.zh and text.en for text in (*answer.reasons, *answer.then))


def test_a_stopped_filing_says_the_way_out() -> None:
    assert all(determine_type(facts).then for _, facts, _, operation in (*ROWS, *WANTED) if operation is None)


def test_hunan_s_disputed_way_for_an_empty_shell_is_told() -> None:
    answer = determine_type({"entity_filed": True, "entity_has_services": False, "province": "湖南"})
    assert len(answer.then) == 2 and "建设方案书" in answer.then[1].zh


@pytest.mark.parametrize("facts", [{"entity_files": True}, {"entity_filed": "perhaps"}, {"entity_numbers": "several"}])
def test_a_wrong_fact_is_refused(facts: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        determine_type(facts)


def test_every_fact_has_words_in_both_languages() -> None:
    assert all(text.zh and text.en for text in FACTS.values())


WANTED: list[tuple[str, dict[str, Any], int, Operation | None]] = [
    ("a change of what is not on record", {"wants": "change"}, 12, None),
    ("a change of what is filed elsewhere", {**ELSEWHERE, "wants": "change"}, 12, None),
    ("the entity's data change", {**HERE, "wants": "change", "changes_entity": "是"}, 13, Operation.CHANGE_ENTITY),
    ("the service's data change", {**HERE, "wants": "change", "changes_service": True}, 13, Operation.CHANGE_SERVICE),
    (
        "both change",
        {**HERE, "wants": "change", "changes_entity": True, "changes_service": True},
        13,
        Operation.CHANGE_FILING,
    ),
    ("only access data change", {**HERE, "wants": "change", "changes_access": True}, 13, Operation.CHANGE_ACCESS),
    ("a change nobody described", {**HERE, "wants": "change"}, 13, Operation.CHANGE_FILING),
    (
        "an individual's change is of the whole filing",
        {**HERE, "wants": "change", "changes_entity": True, "individual": True},
        13,
        Operation.CHANGE_FILING,
    ),
    (
        "one person in both roles changes the whole filing",
        {**HERE, "wants": "change", "changes_service": True, "one_person": True},
        13,
        Operation.CHANGE_FILING,
    ),
    (
        "Jiangsu takes only the whole",
        {**HERE, "wants": "change", "changes_service": True, "province": "江苏省"},
        13,
        Operation.CHANGE_FILING,
    ),
    (
        "Hunan takes a new entity person only so",
        {**HERE, "wants": "change", "changes_entity": True, "province": "Hunan"},
        13,
        Operation.CHANGE_FILING,
    ),
    (
        "Guizhou takes no change of the service alone",
        {**HERE, "wants": "change", "changes_service": True, "province": "贵州"},
        13,
        Operation.CHANGE_FILING,
    ),
    (
        "access is cancelled",
        {**HERE, "service_filed_here": True, "wants": "cancel_access"},
        14,
        Operation.CANCEL_ACCESS,
    ),
    ("access elsewhere is not cancelled here", {**ELSEWHERE, "wants": "cancel_access"}, 14, None),
    ("a service goes", {**HERE, "wants": "deregister_service"}, 15, Operation.DEREGISTER_SERVICE),
    ("Jiangsu takes that on paper", {**HERE, "wants": "deregister_service", "province": "江苏"}, 15, None),
    ("a service filed elsewhere goes there", {**ELSEWHERE, "wants": "deregister_service"}, 15, None),
    ("the entity goes", {**HERE, "wants": "deregister_entity"}, 16, Operation.DEREGISTER_ENTITY),
    ("an entity filed elsewhere goes there", {**ELSEWHERE, "wants": "deregister_entity"}, 16, None),
    ("a record moves to another account", {**HERE, "wants": "transfer"}, 17, Operation.TRANSFER_FILING),
    ("what is elsewhere cannot move", {**ELSEWHERE, "wants": "transfer"}, 17, None),
    ("an order in flight stops a change too", {**HERE, "wants": "change", "order_in_flight": True}, 1, None),
]


@pytest.mark.parametrize(("facts", "rule", "operation"), [row[1:] for row in WANTED], ids=[row[0] for row in WANTED])
def test_what_is_wanted_decides_the_operation(facts: dict[str, Any], rule: int, operation: Operation | None) -> None:
    test_the_facts_decide_the_operation(facts, rule, operation)


def test_all_operations_can_be_the_answer() -> None:
    assert {operation for _, _, _, operation in (*ROWS, *WANTED) if operation} == set(Operation)


def test_the_last_service_leaves_a_shell() -> None:
    answer = determine_type({**HERE, "wants": "deregister_service", "last_service": True})
    assert "空壳" in answer.then[0].zh


def test_a_word_for_what_is_wanted_is_checked() -> None:
    with pytest.raises(UsageError, match="wants must be one of"):
        determine_type({"wants": "everything"})
